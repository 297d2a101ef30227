"""Listas, campanhas e ofertas lado a lado: o que cada uma rendeu, e o que o controle diz que foi da lista."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path
from django.utils import timezone

from carteira.web.acesso import exige
from carteira.web.listas_comuns import pontos, veredito
from carteira.web.planilha import responder_planilha
from clientes.comparacao import Comparacao, Grupo, comparar
from clientes.models import ListaDeTrabalho, MembroDaLista
from clientes.progresso_de_lista import Progresso, por_lista
from contas.auditoria import registrar
from contas.models import Usuario
from contas.papeis import Permissao, pode
from relatorios.planilhas import Coluna

DIAS = 90  # o período que se mostra sem pedir outro
MAIS_LISTAS = 200
AGRUPAR = {"lista": "Lista", "campanha": "Campanha", "oferta": "Tipo de oferta", "finalidade": "Finalidade"}


class PeriodoForm(forms.Form):
    de = forms.DateField(required=False)
    ate = forms.DateField(required=False)


@dataclass(frozen=True)
class Linha:
    """Uma lista, ou as de uma campanha ou oferta somadas."""

    nome: str
    lista: ListaDeTrabalho | None
    listas: int
    p: Progresso
    meta_clientes: int | None
    meta_valor: Decimal | None

    @property
    def comparacao(self) -> Comparacao | None:
        return comparar(
            Grupo(self.p.sorteados, self.p.sorteados_compraram),
            Grupo(self.p.controle, self.p.controle_compraram),
        )

    @property
    def veredito(self) -> str:
        c = self.comparacao
        return veredito(c) if c else ""

    @property
    def pontos(self) -> str:
        return pontos(self.comparacao.diferenca) if self.comparacao else ""

    @property
    def meta_pct(self) -> Decimal | None:
        """Da meta de clientes; sem ela, da de valor."""
        if self.meta_clientes:
            return Decimal(self.p.compraram) * 100 / self.meta_clientes
        return self.p.valor * 100 / self.meta_valor if self.meta_valor else None


def _periodo(consulta: QueryDict, hoje: date) -> tuple[date, date, bool]:
    """O da URL ou os últimos 90 dias; um que não se entende volta ao padrão, e diz-se."""
    form = PeriodoForm(consulta)
    if form.is_valid():
        ate = form.cleaned_data["ate"] or hoje
        de = form.cleaned_data["de"] or ate - timedelta(days=DIAS)
        if de <= ate:
            return de, ate, True
    return hoje - timedelta(days=DIAS), hoje, False


def _linhas(usuario: Usuario, consulta: QueryDict, hoje: date) -> tuple[list[Linha], dict[str, Any]]:
    de, ate, entendido = _periodo(consulta, hoje)
    agrupar = consulta.get("agrupar", "lista")
    agrupar = agrupar if agrupar in AGRUPAR else "lista"
    no_periodo = Q(de__lte=ate) & (Q(ate__isnull=True) | Q(ate__gte=de))
    visiveis = ListaDeTrabalho.objects.visiveis_para(usuario).filter(no_periodo)
    achadas = list(visiveis.select_related("campanha").order_by("-de", "-pk")[: MAIS_LISTAS + 1])
    listas = achadas[:MAIS_LISTAS]
    membros = MembroDaLista.objects.visiveis_para(usuario).filter(lista__in=[x.pk for x in listas])
    progresso = por_lista(membros, hoje) if listas else {}
    grupos: dict[str, list[ListaDeTrabalho]] = {}
    for lista in listas:
        grupos.setdefault(_grupo(lista, agrupar), []).append(lista)
    linhas = [_linha(agrupar, itens, progresso) for itens in grupos.values()]
    contexto = {
        "de": de, "ate": ate, "entendido": entendido, "agrupar": agrupar, "cortadas": len(achadas) > MAIS_LISTAS,
    }  # fmt: skip
    return linhas, contexto


def _grupo(lista: ListaDeTrabalho, agrupar: str) -> str:
    return {
        "lista": str(lista.pk),
        "campanha": str(lista.campanha or "Sem campanha"),
        "oferta": str(lista.get_oferta_tipo_display()),
        "finalidade": str(lista.get_finalidade_display()),
    }[agrupar]


def _linha(agrupar: str, listas: list[ListaDeTrabalho], progresso: dict[int, Progresso]) -> Linha:
    total = Progresso()
    for lista in listas:
        total += progresso.get(lista.pk, Progresso())
    so_uma = listas[0] if agrupar == "lista" else None
    return Linha(
        str(listas[0]) if so_uma else _grupo(listas[0], agrupar),
        so_uma,
        len(listas),
        total,
        sum(x.meta_clientes or 0 for x in listas) or None,
        sum((x.meta_valor or Decimal(0) for x in listas), Decimal(0)) or None,
    )


@exige(Permissao.VER_COMPOSICAO)
def comparacao(request: HttpRequest) -> HttpResponse:
    hoje = timezone.localdate()
    linhas, contexto = _linhas(request.user, request.GET, hoje)
    endereco = request.GET.copy()
    endereco.pop("formato", None)
    contexto |= {
        "linhas": linhas,
        "agrupamentos": [
            (nome, f"?{_com(endereco, agrupar=chave)}", chave == contexto["agrupar"]) for chave, nome in AGRUPAR.items()
        ],
        "nome_do_grupo": AGRUPAR[contexto["agrupar"]],
        "ha_controle": any(linha.comparacao for linha in linhas),
        "ha_meta": any(linha.meta_pct is not None for linha in linhas),
        "pode_exportar": pode(request.user, Permissao.EXPORTAR),
        "endereco": endereco.urlencode(),
    }  # fmt: skip
    return render(request, "listas/comparar.html", contexto)


def _com(consulta: QueryDict, **mudancas: str) -> str:
    nova = consulta.copy()
    for nome, valor in mudancas.items():
        nova[nome] = valor
    return nova.urlencode()


COLUNAS = (
    Coluna("Listas", "inteiro", 8),
    Coluna("Membros", "inteiro"),
    Coluna("Procurados", "inteiro"),
    Coluna("Contatados", "inteiro"),
    Coluna("Contatados %", "decimal2"),
    Coluna("Compraram", "inteiro"),
    Coluna("Compraram %", "decimal2"),
    Coluna("Pedidos", "inteiro"),
    Coluna("Valor", "moeda"),
    Coluna("Ticket médio", "moeda"),
    Coluna("Meta de clientes", "inteiro"),
    Coluna("Meta de valor", "moeda"),
    Coluna("Meta cumprida %", "decimal"),
    Coluna("Controle", "inteiro"),
    Coluna("Controle comprou", "inteiro"),
    Coluna("Diferença (pontos)", "decimal"),
    Coluna("De", "decimal"),
    Coluna("Até", "decimal"),
    Coluna("O que se pode dizer", largura=60),
)


@exige(Permissao.EXPORTAR)
def exportar(request: HttpRequest) -> HttpResponseBase:
    hoje = timezone.localdate()
    linhas, contexto = _linhas(request.user, request.GET, hoje)
    formato = "xlsx" if request.GET.get("formato") == "xlsx" else "csv"
    periodo = f"{contexto['de']:%Y-%m-%d}-{contexto['ate']:%Y-%m-%d}"
    registrar(
        "exportar comparação de listas",
        por=request.user,
        objeto=formato.upper(),
        depois={"periodo": periodo, "agrupar": contexto["agrupar"], "linhas": len(linhas)},
    )
    colunas = (Coluna(AGRUPAR[contexto["agrupar"]], largura=36), *COLUNAS)
    return responder_planilha(formato, f"listas-{periodo}", colunas, map(_celulas, linhas), aba="Listas")


def _celulas(linha: Linha) -> list[Any]:
    p, c = linha.p, linha.comparacao
    return [
        linha.nome, linha.listas, p.membros, p.procurados, p.contatados, _casas(p.contatados_pct, 2),
        p.compraram, _casas(p.compraram_pct, 2), p.pedidos, p.valor, _casas(p.ticket, 2), linha.meta_clientes,
        linha.meta_valor, _casas(linha.meta_pct, 1), p.controle, p.controle_compraram,
        *([_casas(v, 1) for v in (c.diferenca, c.de, c.ate)] if c else (None, None, None)), linha.veredito,
    ]  # fmt: skip


def _casas(valor: Decimal | float | None, casas: int) -> Decimal | None:
    return None if valor is None else round(Decimal(valor), casas)


urlpatterns = [
    path("comparar/", comparacao, name="comparar"),
    path("comparar/exportar/", exportar, name="comparar_exportar"),
]
