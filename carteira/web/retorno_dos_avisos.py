"""Retorno dos avisos: o que deu avisar. Alertados, contatados no prazo, compras, e o que ninguém tocou."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Count, Min
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from atividade.models import Indicadores, Status
from atividade.rotulos import PLURAIS
from carteira.web.acesso import exige
from carteira.web.nomes_em_planilha import exportacoes, levar_clientes
from carteira.web.planilha import responder_planilha
from contas.auditoria import registrar
from contas.models import Equipe, Papel, Usuario
from contas.papeis import Permissao, pode
from notificacoes.retorno import (
    DIAS_DA_COMPRA,
    DIAS_DO_CONTATO,
    FAIXAS,
    MAIOR_PRAZO,
    Grupo,
    Linha,
    Medida,
    Prazo,
    Retorno,
    alertas_visiveis,
    clientes_da,
    do_periodo,
    intocados_por_faixa,
    linhas_de,
    nome_das_regras,
    retorno_por,
)
from notificacoes.situacao_da_equipe import Volumes, agendas_atrasadas_por, volumes_de
from relatorios.periodos import ler_dia
from relatorios.planilhas import Coluna

DIAS_DE_INICIO = 30
MAIOR_PERIODO = 366
POR_PAGINA = 50
GRUPOS = {Grupo.QUEM: "Pessoa", Grupo.EQUIPE: "Equipe", Grupo.REGRA: "Regra"}
NOMES_DAS_FAIXAS = {
    "0-2": "até 2 dias", "3-7": "3 a 7 dias", "8-14": "8 a 14 dias", "15-30": "15 a 30 dias", "31": "31 dias ou mais",
}  # fmt: skip
TITULOS = {
    Medida.ALERTADOS: "Alertados",
    Medida.CONTATADOS: "Contatados no prazo",
    Medida.SEM_CONTATO: "Sem contato no prazo",
    Medida.COMPRARAM: "Compraram depois do contato",
    Medida.COMPRARAM_SEM: "Compraram sem contato",
    Medida.INTOCADOS: "Alertas intocados",
}
_DO_RECORTE = ("vendedor", "equipe", "regra")


class Pedido:
    """O período, os prazos e o recorte: tudo na URL; o que não se entende é o padrão, e a tela o diz."""

    def __init__(self, request: HttpRequest) -> None:
        self.usuario: Usuario = request.user
        self.consulta = request.GET
        self.hoje = timezone.localdate()

    @cached_property
    def dias(self) -> tuple[date, date] | None:
        """Os dois dias da URL, se fizerem um período."""
        de, ate = (ler_dia(self.consulta.get(nome, "")) for nome in ("de", "ate"))
        if de is None or ate is None or de > ate or (ate - de).days >= MAIOR_PERIODO:
            return None
        return de, ate

    @property
    def entendido(self) -> bool:
        pediu = bool(self.consulta.get("de") or self.consulta.get("ate"))
        return not pediu or self.dias is not None

    @cached_property
    def prazo(self) -> Prazo:
        de, ate = self.dias or (self.hoje - timedelta(days=DIAS_DE_INICIO - 1), self.hoje)
        contato, compra = self._inteiro("contato", DIAS_DO_CONTATO), self._inteiro("compra", DIAS_DA_COMPRA)
        return Prazo(de, ate, self.hoje, contato, compra)

    def _inteiro(self, nome: str, padrao: int) -> int:
        texto = self.consulta.get(nome, "")
        valor = int(texto) if texto.isascii() and texto.isdigit() and len(texto) <= 4 else padrao
        return min(max(valor, 1), MAIOR_PRAZO)

    @property
    def grupo(self) -> Grupo:
        pedido = self.consulta.get("agrupar", "")
        if pedido in {g.value for g in Grupo}:
            return Grupo(pedido)
        return Grupo.REGRA if self.usuario.papel == Papel.VENDEDOR else Grupo.QUEM

    @cached_property
    def recorte(self) -> dict[str, str]:
        """Só um vendedor, uma equipe ou uma regra; número que não é número não é nada."""
        achados = {nome: self.consulta.get(nome, "") for nome in _DO_RECORTE}
        for nome in ("vendedor", "equipe"):
            valor = achados[nome]
            achados[nome] = valor if valor.isascii() and valor.isdigit() and len(valor) <= 15 else ""
        return {nome: valor[:40] for nome, valor in achados.items() if valor}

    @cached_property
    def alertas(self) -> Any:
        r = self.recorte
        return do_periodo(
            alertas_visiveis(self.usuario),
            self.prazo,
            quem=r.get("vendedor", ""),
            equipe=r.get("equipe", ""),
            regra=r.get("regra", ""),
        )

    def elo(self, rota: str = "retorno:pagina", sem: str = "", **mudancas: object) -> str:
        """O mesmo pedido com uma mudança; vazio tira."""
        p = self.prazo
        consulta: dict[str, object] = {"de": p.de, "ate": p.ate, "contato": p.contato, "compra": p.compra}
        consulta |= {"agrupar": self.grupo.value} | self.recorte | mudancas
        return f"{reverse(rota)}?{urlencode({k: v for k, v in consulta.items() if v != '' and k != sem})}"

    def nomes(self, grupo: Grupo, chaves: list[str]) -> dict[str, str]:
        if grupo is Grupo.REGRA:
            return nome_das_regras(chaves)
        modelo: Any = Usuario if grupo is Grupo.QUEM else Equipe
        pares = modelo.objects.filter(pk__in=[c for c in chaves if c]).values_list("pk", "nome")
        return {str(pk): nome for pk, nome in pares}

    @cached_property
    def linhas(self) -> list[Linha]:
        retornos = retorno_por(self.alertas, self.prazo, self.grupo)
        sem = "Sem equipe" if self.grupo is Grupo.EQUIPE else "Sem nome"
        return linhas_de(retornos, self.nomes(self.grupo, list(retornos)), sem)

    @cached_property
    def total(self) -> Retorno:
        """Cada cliente uma vez, ainda que esteja em mais de um grupo."""
        return retorno_por(self.alertas, self.prazo, None).get("", Retorno())

    @cached_property
    def volumes(self) -> Volumes:
        return volumes_de(self.usuario, self.prazo.de, self.prazo.ate)

    @cached_property
    def atrasos(self) -> list[Any]:
        return agendas_atrasadas_por(self.usuario, self.hoje)


@require_safe
@exige(Permissao.VER_COMPOSICAO)
def pagina(request: HttpRequest) -> HttpResponse:
    pedido = Pedido(request)
    faixas = intocados_por_faixa(pedido.alertas, pedido.prazo)
    contexto = {
        "pedido": pedido,
        "prazo": pedido.prazo,
        "total": pedido.total,
        "elos": {m.value: _elo(pedido, m) for m in Medida},
        "linhas": [_da_tabela(pedido, linha) for linha in pedido.linhas],
        "nome_do_grupo": GRUPOS[pedido.grupo],
        "agrupamentos": [
            (nome, pedido.elo(agrupar=g.value), g is pedido.grupo) for g, nome in GRUPOS.items()
        ],
        "recortes": _recortes(pedido),
        "faixas": _faixas(pedido, faixas),
        "intocados": sum(faixas.values()),
        "atrasos": [(a, _elo_da_agenda(request, a.pessoa)) for a in pedido.atrasos],
        "volumes": pedido.volumes,
        "pode_exportar": pode(request.user, Permissao.EXPORTAR),
        "maior_prazo": MAIOR_PRAZO,
    }
    return render(request, "avisos/retorno.html", contexto)


def _elo(pedido: Pedido, medida: Medida, **mais: object) -> str:
    return pedido.elo("retorno:clientes", medida=medida.value, **mais)


def _da_tabela(pedido: Pedido, linha: Linha) -> dict[str, Any]:
    """Cada número leva aos clientes dele; o nome, ao recorte. Um grupo sem chave não se recorta."""
    if not linha.chave:
        return {"nome": linha.nome, "r": linha.retorno}
    so_ele = {pedido.grupo.value: linha.chave}
    outro = Grupo.QUEM if pedido.grupo is Grupo.REGRA else Grupo.REGRA
    return {
        "nome": linha.nome,
        "r": linha.retorno,
        "url": pedido.elo(agrupar=outro.value, **so_ele),
        "elos": {m.value: _elo(pedido, m, **so_ele) for m in Medida},
    }


def _recortes(pedido: Pedido) -> list[dict[str, str]]:
    """O que está ligado, com o nome e o elo que o desliga; o que a pessoa não vê aparece sem nome."""
    vistos = bool(pedido.recorte) and pedido.alertas.exists()
    ligados = []
    for nome, valor in pedido.recorte.items():
        grupo = Grupo(nome)
        nomes = pedido.nomes(grupo, [valor]) if vistos else {}
        ligados.append(
            {"rotulo": GRUPOS[grupo], "valor": nomes.get(valor, "escolhido"), "tirar": pedido.elo(sem=nome)}
        )
    return ligados


def _faixas(pedido: Pedido, faixas: dict[str, int]) -> list[dict[str, Any]]:
    maior = max(faixas.values(), default=0)
    return [
        {
            "nome": NOMES_DAS_FAIXAS[faixa],
            "quantos": n,
            "largura": n * 100 // maior if maior else 0,
            "url": _elo(pedido, Medida.INTOCADOS, faixa=faixa),
        }
        for faixa, n in faixas.items()
    ]


def _elo_da_agenda(request: HttpRequest, pessoa: int) -> str:
    if request.user.olhado_por or not pode(request.user, Permissao.REGISTRAR_CONTATO):
        return ""
    agenda = reverse("agenda:lista")
    return agenda if pessoa == request.user.pk else f"{agenda}?pessoa={pessoa}"


# ── Os clientes atrás de um número ───────────────────────────────────────────


@require_safe
@exige(Permissao.VER_COMPOSICAO)
def clientes(request: HttpRequest) -> HttpResponseBase:
    pedido = Pedido(request)
    try:
        medida = Medida(request.GET.get("medida", Medida.ALERTADOS.value))
    except ValueError as erro:
        raise Http404 from erro
    faixa = request.GET.get("faixa", "")
    faixa = faixa if faixa in FAIXAS else ""
    ids = clientes_da(medida, pedido.alertas, pedido.prazo, faixa)
    visiveis = Indicadores.objects.visiveis_para(pedido.usuario).filter(pk__in=ids).select_related("cliente")
    visiveis = visiveis.order_by("-valor_12m", "pk")
    if request.GET.get("formato"):
        avisados = _avisos(pedido, ids)
        return levar_clientes(
            request,
            f"avisos-{medida.value}",
            TITULOS[medida],
            visiveis,
            a_mais=_DOS_AVISOS,
            do_cliente=avisados,
        )
    pagina = Paginator(visiveis, POR_PAGINA).get_page(request.GET.get("pagina"))
    avisos = _avisos(pedido, [ind.pk for ind in pagina])
    contexto = {
        "pedido": pedido,
        "prazo": pedido.prazo,
        "pagina": pagina,
        "linhas": [(ind, *avisos.get(ind.pk, (None, 0))) for ind in pagina],
        "titulo": TITULOS[medida],
        "faixa": NOMES_DAS_FAIXAS.get(faixa, ""),
        "recortes": _recortes(pedido),
        "voltar": pedido.elo(),
        "exportacoes": exportacoes(request),
        "abas": [
            {"rotulo": nome, "url": _elo(pedido, m), "atual": m is medida, "quantidade": None}
            for m, nome in TITULOS.items()
        ],
    }
    return render(request, "avisos/retorno_clientes.html", contexto)


_DOS_AVISOS = (Coluna("Primeiro aviso", "data"), Coluna("Dias de aviso", "inteiro"))


def _avisos(pedido: Pedido, clientes: list[int]) -> dict[int, tuple[date, int]]:
    """O primeiro aviso de cada cliente no período, e quantos foram."""
    contas = pedido.alertas.filter(cliente__in=clientes).order_by().values("cliente")
    linhas = contas.annotate(primeiro=Min("dia"), vezes=Count("dia", distinct=True))
    return {linha["cliente"]: (linha["primeiro"], linha["vezes"]) for linha in linhas}


# ── Planilhas ────────────────────────────────────────────────────────────────

_RETORNO = (
    Coluna("De", "data"),
    Coluna("Até", "data"),
    Coluna("Dias para contato", "inteiro"),
    Coluna("Dias para compra", "inteiro"),
    Coluna("Alertados", "inteiro"),
    Coluna("Contatados no prazo", "inteiro"),
    Coluna("Contatados %", "decimal2"),
    Coluna("Ainda no prazo", "inteiro"),
    Coluna("Compraram depois do contato", "inteiro"),
    Coluna("Compraram %", "decimal2"),
    Coluna("Valor", "moeda", 18),
    Coluna("Compraram sem contato", "inteiro"),
    Coluna("Compraram sem contato %", "decimal2"),
    Coluna("Valor sem contato", "moeda", 18),
)
_AGENDAS = (
    Coluna("Vendedor", largura=28),
    Coluna("Atrasados", "inteiro"),
    Coluna("Mais velho", "data"),
    Coluna("Dias de atraso", "inteiro"),
    Coluna("Parados por tentativas", "inteiro"),
)


def _volumes_em_colunas() -> tuple[Coluna, ...]:
    quase, inativos = PLURAIS[Status.QUASE_INATIVO], PLURAIS[Status.INATIVO]
    return (
        Coluna("Vendedor", largura=28),
        *(
            Coluna(f"{nome}: {o_que}", "inteiro")
            for nome in (quase, inativos)
            for o_que in ("antes", "agora", "entraram")
        ),
        Coluna("Voltaram a comprar", "inteiro"),
        Coluna("Em risco por ano", "moeda", 18),
    )


def _casas(valor: Decimal | None) -> Decimal | None:
    return None if valor is None else round(valor, 2)


def _celulas(nome: str, r: Retorno, p: Prazo) -> list[Any]:
    return [
        nome, p.de, p.ate, p.contato, p.compra, r.alertados, r.contatados, _casas(r.contatados_pct), r.no_prazo,
        r.compraram, _casas(r.compraram_pct), r.valor, r.compraram_sem, _casas(r.compraram_sem_pct), r.valor_sem,
    ]  # fmt: skip


@dataclass(frozen=True)
class _Tabela:
    pedido: Pedido
    qual: str

    @property
    def colunas(self) -> tuple[Coluna, ...]:
        if self.qual == "agendas":
            return _AGENDAS
        if self.qual == "volumes":
            return _volumes_em_colunas()
        return (Coluna(GRUPOS[self.pedido.grupo], largura=36), *_RETORNO)

    def __iter__(self) -> Iterator[list[Any]]:
        if self.qual == "agendas":
            yield from ([a.nome, a.quantos, a.mais_velho, a.dias, a.parados] for a in self.pedido.atrasos)
        elif self.qual == "volumes":
            for v in (*self.pedido.volumes.linhas, self.pedido.volumes.total):
                medidas = [(m.antes, m.agora, m.entraram) for m in (v.quase, v.inativos)]
                yield [v.nome, *medidas[0], *medidas[1], v.voltaram, v.valor]
        else:
            yield from (
                _celulas(linha.nome, linha.retorno, self.pedido.prazo) for linha in self.pedido.linhas
            )
            yield _celulas("Total", self.pedido.total, self.pedido.prazo)


@require_safe
@exige(Permissao.EXPORTAR)
def exportar(request: HttpRequest) -> HttpResponseBase:
    """CSV ou XLSX do pedido da URL; `tabela` é o retorno, as agendas ou os volumes. Fica na auditoria."""
    pedido = Pedido(request)
    qual = request.GET.get("tabela", "")
    tabela = _Tabela(pedido, qual if qual in {"agendas", "volumes"} else "retorno")
    formato = "xlsx" if request.GET.get("formato") == "xlsx" else "csv"
    periodo = f"{pedido.prazo.de}-{pedido.prazo.ate}"
    registrar(
        "exportar retorno dos avisos",
        por=request.user,
        objeto=formato.upper(),
        depois={"periodo": periodo, "tabela": tabela.qual, "agrupar": pedido.grupo.value} | pedido.recorte,
    )
    nome = "retorno-dos-avisos" if tabela.qual == "retorno" else f"{tabela.qual}-do-retorno"
    return responder_planilha(formato, f"{nome}-{periodo}", tabela.colunas, list(tabela), aba="Retorno")


urlpatterns = [
    path("", pagina, name="pagina"),
    path("clientes/", clientes, name="clientes"),
    path("exportar/", exportar, name="exportar"),
]
