"""Galeria de componentes: cada peça das telas em todos os estados; só fora de produção."""

import datetime as dt
import math
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

REFERENCIA = dt.date(2026, 11, 19)


class ContatoDeExemplo(forms.Form):
    """Um campo de cada tipo, para ver rótulo, ajuda e erro."""

    nome = forms.CharField(label="Nome", help_text="Como está no cartão.")
    email = forms.EmailField(label="E-mail")
    segmento = forms.ChoiceField(
        label="Segmento", choices=[("f", "Ferragens"), ("t", "Tintas")], required=False
    )
    canal = forms.ChoiceField(
        label="Como foi",
        choices=[("l", "Ligação"), ("w", "WhatsApp"), ("v", "Visita")],
        widget=forms.RadioSelect,
        initial="l",
    )
    nota = forms.CharField(
        label="O que ficou combinado", widget=forms.Textarea(attrs={"rows": 2}), required=False
    )
    lembrar = forms.BooleanField(label="Lembrar estas ligações", required=False, initial=True)


@login_not_required
def galeria(request: HttpRequest) -> HttpResponse:
    if settings.AMBIENTE not in ("desenvolvimento", "teste"):
        raise Http404
    return render(request, "componentes/galeria.html", _contexto())


def _contexto() -> dict[str, Any]:
    com_erro = ContatoDeExemplo({"email": "ana@", "canal": "l"})
    com_erro.is_valid()
    return {
        "form": ContatoDeExemplo(),
        "form_com_erro": com_erro,
        "referencia": REFERENCIA,
        "status": ["ativo", "quase_inativo", "inativo", "prospect"],
        "clientes": _clientes(),
        "pedidos": _pedidos(),
        "limites": {"quase": dt.date(2026, 11, 28), "inativo": dt.date(2027, 1, 27)},
        "meses": _meses(),
        "partes": _partes(),
        "fluxos": _fluxos(),
        "ufs": [{"uf": uf, "total": total, "percentual": p} for uf, total, p in _UFS],
        "faixas": _faixas(),
        "acumulado": [100 * (1 - math.exp(-d / 38)) for d in range(241)],
        "municipios": [
            {
                "rotulo": nome,
                "valor": v,
                "texto": f"R$ {v} mil",
                "detalhe": f"{p}%",
                "status": "quase_inativo",
                "url": "#",
            }
            for nome, v, p in _MUNICIPIOS
        ],
        "faisca": [6, 5, 7, 6, 6, 5, 7, 5, 3, 2, 0, 0],
        "abas": _abas(),
        "pagina": Paginator(range(214), 50).page(2),
        "etapas": ["Enviar", "Ligar colunas", "Conferir", "Concluir"],
        "migalhas": [{"nome": "Clientes", "url": "#"}, {"nome": "<b>Krüger</b> & Filhos"}],
    }


_UFS = [("MT", 12, 33), ("MS", 38, 42), ("GO", 9, 22), ("SP", 96, 51), ("MG", 14, 36), ("PR", 268, 39)]
_UFS += [("RJ", 7, 14), ("SC", 628, 35), ("RS", 198, 44)]
_MUNICIPIOS = [
    ("Joinville/SC", 288, 31),
    ("Chapecó/SC", 214, 44),
    ("Cascavel/PR", 196, 47),
    ("Campinas/SP", 174, 52),
]


def _clientes() -> list[dict[str, Any]]:
    """Um cliente por estado da barra de ritmo."""
    nomes = ("nome", "status", "recencia", "ciclo", "valor", "variacao", "abc", "unica")
    linhas = [
        ("Metalúrgica Aurora do Vale", "quase_inativo", 84, 38, Decimal("46910"), -41, "A", False),
        ("Casa das Tintas Rio do Sul", "ativo", 39, 21, Decimal("31770"), 6, "A", False),
        ("Serralheria Ponto Forte", "inativo", 143, 35, Decimal("8120"), -63, "C", False),
        ("Parafusos Litoral Norte", "inativo", 233, None, Decimal("1190"), 0, "C", True),
        ("Construtora <Vila> Nova & Cia", "prospect", None, None, Decimal(0), None, "", False),
    ]
    return [dict(zip(nomes, linha, strict=True)) for linha in linhas]


def _pedidos() -> list[tuple[dt.date, Decimal]]:
    dias = ["2025-11-24", "2025-12-20", "2026-01-27", "2026-02-26", "2026-03-31", "2026-05-02"]
    dias += ["2026-05-30", "2026-07-02", "2026-07-31", "2026-08-28", "2026-09-29"]
    valores = [1420, 2210, 980, 1610, 1890, 1540, 2320, 1260, 1730, 2040, 1240]
    return [(dt.date.fromisoformat(d), Decimal(v)) for d, v in zip(dias, valores, strict=True)]


def _meses() -> list[dict[str, Any]]:
    rotulos = ["nov", "dez", "jan/26", "fev", "mar", "abr", "mai", "jun", "jul", "ago", "set", "out", "nov"]
    ativos = [846, 842, 822, 831, 841, 847, 837, 827, 818, 809, 805, 798, 793]
    quase = [150, 156, 170, 160, 152, 149, 155, 161, 165, 173, 171, 177, 182]
    return [
        {"rotulo": r, "ativo": a, "quase_inativo": q, "inativo": 1270 - a - q}
        for r, a, q in zip(rotulos, ativos, quase, strict=True)
    ]


def _partes() -> list[dict[str, Any]]:
    linhas = [("ativo", 793, 9420000), ("quase_inativo", 182, 2310000), ("inativo", 295, 1480000)]
    return [{"status": s, "clientes": c, "valor": v} for s, c, v in linhas]


def _fluxos() -> list[dict[str, Any]]:
    linhas = [
        ("ativo", "quase_inativo", 61),
        ("quase_inativo", "inativo", 29),
        ("quase_inativo", "ativo", 34),
    ]
    linhas += [("inativo", "ativo", 21), ("prospect", "ativo", 11)]
    return [{"de": de, "para": para, "clientes": n} for de, para, n in linhas]


def _faixas() -> list[dict[str, int]]:
    """Distribuição de mentira com uma corcova perto de 30 dias."""
    return [
        {
            "inicio": d,
            "fim": d + 6,
            "quantidade": round(1400 * math.exp(-(((d - 27) / 26) ** 2)) + 90 * math.exp(-d / 90)),
        }
        for d in range(0, 240, 6)
    ]


def _abas() -> list[dict[str, Any]]:
    linhas = [
        ("Todos", "", 214, True),
        ("Ativos", "ativo", 128, False),
        ("Quase inativos", "quase_inativo", 31, False),
    ]
    linhas += [("Inativos", "inativo", 41, False), ("Prospects", "prospect", 14, False)]
    return [
        {"url": f"?sit={s}", "rotulo": r, "status": s, "quantidade": n, "atual": atual}
        for r, s, n, atual in linhas
    ]
