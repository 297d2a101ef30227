"""Declínio silencioso: quem ainda compra, mas menos que nos mesmos meses do ano passado, e quanto isso custa."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path, reverse

from atividade.regras import Status
from carteira.filtros.expressao import ErroDeFiltro
from carteira.filtros.operadores import escrever_valor, ler_decimal
from carteira.ids import inteiro_entre
from carteira.web.acesso import exige
from carteira.web.nomes_em_planilha import exportacoes, levar
from carteira.web.planilha import responder_planilha
from carteira.web.recorte import chips_para, elo_da_lista, ler_recorte, parametros
from contas.auditoria import registrar
from contas.escopo import empresas_de
from contas.models import Empresa, Usuario
from contas.papeis import Permissao, pode
from relatorios.composicao import linhas
from relatorios.declinio import MESES, Regra, em_declinio, meses_de, por_vendedor, somar
from relatorios.planilhas import Coluna

POR_PAGINA = 50
ORDENS = {
    "ano": F("por_ano"),
    "menos": F("menos"),
    "queda": F("queda"),
    "antes": F("antes"),
    "agora": F("agora"),
    "nome": F("cliente__razao_social"),
    "vendedor": F("vendedor__nome"),
    "ultima": F("ultima_compra"),
}


class Pedido:
    """Quem olha, o recorte, a regra e a ordem: tudo na URL, e o que não se entende vale o padrão."""

    def __init__(self, request: HttpRequest) -> None:
        self.usuario: Usuario = request.user
        self.consulta = request.GET
        self.recorte = ler_recorte(request.GET)

    @cached_property
    def regra(self) -> Regra:
        padrao = Regra()
        meses = self._inteiro("meses", max(MESES))
        queda = self._inteiro("queda", 100)
        return Regra(
            meses if meses in MESES else padrao.meses, queda or padrao.queda, self._piso(padrao.piso)
        )

    def _inteiro(self, nome: str, maior: int) -> int | None:
        return inteiro_entre(self.consulta.get(nome, "").strip(), 1, maior)

    def _piso(self, padrao: Decimal) -> Decimal:
        texto = self.consulta.get("piso", "").strip()
        try:
            return max(Decimal(0), ler_decimal(texto)) if texto else padrao
        except ErroDeFiltro:
            return padrao

    @cached_property
    def empresas(self) -> list[Empresa]:
        escolhidas = self.recorte.empresa
        todas = empresas_de(self.usuario).order_by("codigo")
        return [e for e in todas if not escolhidas or str(e.pk) in escolhidas]

    @cached_property
    def declinio(self) -> Any:
        return em_declinio(linhas(self.usuario, self.recorte), self.regra, self.empresas)

    @property
    def ordem(self) -> str:
        pedida = self.consulta.get("ordem", "")
        return pedida if pedida.lstrip("-") in ORDENS else "-ano"

    @property
    def em_ordem(self) -> Any:
        coluna = ORDENS[self.ordem.lstrip("-")]
        sentido = coluna.desc(nulls_last=True) if self.ordem.startswith("-") else coluna.asc(nulls_last=True)
        clientes = self.declinio.select_related("cliente", "vendedor", "empresa")
        return clientes.order_by(sentido, "cliente__codigo", "pk")

    @property
    def da_regra(self) -> dict[str, str]:
        piso = escrever_valor(self.regra.piso)
        return {"meses": str(self.regra.meses), "queda": str(self.regra.queda), "piso": piso}

    @property
    def condicao(self) -> str:
        """A mesma pergunta na lista de clientes."""
        return f"declinio.cai.{'.'.join(self.da_regra.values())}"

    def elo(self, rota: str = "declinio:pagina", **mudancas: str) -> str:
        consulta: dict[str, Any] = parametros(self.recorte) | self.da_regra | {"ordem": self.ordem} | mudancas
        return f"{reverse(rota)}?{urlencode(consulta, doseq=True)}"

    @property
    def como_relatorio(self) -> str:
        """O mesmo em PDF e por e-mail: o relatório comum conta o piso em reais inteiros."""
        regra = self.da_regra | {"piso": str(int(self.regra.piso))}
        consulta = urlencode(parametros(self.recorte) | regra, doseq=True)
        return f"{reverse('relatorios:pagina', args=['declinio'])}?{consulta}"

    def lista(self, **mais: str) -> str:
        return elo_da_lista(self.recorte, status=Status.ATIVO.value, e=self.condicao, **mais)


@exige(Permissao.VER_COMPOSICAO)
def pagina(request: HttpRequest) -> HttpResponseBase:
    pedido = Pedido(request)
    vendedores = por_vendedor(pedido.declinio)
    if "formato" in request.GET:
        linhas = ([v.nome, v.total.clientes, v.total.menos, v.total.por_ano] for v in vendedores)
        return levar(request, "declinio-por-vendedor", "Declínio por vendedor", POR_VENDEDOR, linhas)
    total = somar(vendedores)
    paginador = Paginator(pedido.em_ordem, POR_PAGINA)
    paginador.count = total.clientes  # os grupos já os contaram
    pagina = paginador.get_page(request.GET.get("pagina"))
    chips = chips_para(request.user, pedido.recorte, request.GET)
    contexto = {
        "pedido": pedido,
        "regra": pedido.regra,
        "total": total,
        "vendedores": [(v, pedido.lista(vendedor=v.chave)) for v in vendedores],
        "pagina": pagina,
        "linhas": _com_faisca(list(pagina)),
        "calculado": any(e.referencia for e in pedido.empresas),
        "referencia": max((e.referencia for e in pedido.empresas if e.referencia), default=None),
        "janelas": [(m, pedido.elo(meses=str(m)), m == pedido.regra.meses) for m in MESES],
        "escondidos": [
            *((k, v) for k, valores in parametros(pedido.recorte).items() for v in valores),
            ("meses", str(pedido.regra.meses)),
            ("ordem", pedido.ordem),
        ],
        "piso": escrever_valor(pedido.regra.piso),
        "chips": chips,
        "filtrada": bool(parametros(pedido.recorte)),
        "sem_filtros": f"{reverse('declinio:pagina')}?{urlencode(pedido.da_regra)}",
        "elo_lista": pedido.lista(),
        "elo_trabalho": f"{reverse('listas:nova')}?{pedido.lista().split('?', 1)[1]}",
        "faz_lista": pode(request.user, Permissao.GERIR_LISTAS),
        "pode_exportar": pode(request.user, Permissao.EXPORTAR),
        "exportacoes": [(f.upper(), pedido.elo("declinio:exportar", formato=f)) for f in ("csv", "xlsx")],
        "levar_vendedores": exportacoes(request),
        "relatorio": pedido.como_relatorio,
    }
    return render(request, "declinio/pagina.html", contexto)


def _com_faisca(clientes: list[Any]) -> list[tuple[Any, list[Decimal]]]:
    """Uma consulta por empresa da página, não por cliente."""
    por_empresa: dict[Empresa, list[int]] = defaultdict(list)
    for ind in clientes:
        por_empresa[ind.empresa].append(ind.pk)
    valores: dict[int, list[Decimal]] = {}
    for empresa, ids in por_empresa.items():
        valores |= meses_de(empresa, ids)
    return [(ind, valores[ind.pk]) for ind in clientes]


COLUNAS = (
    Coluna("Código", largura=12),
    Coluna("Cliente", largura=36),
    Coluna("Vendedor", largura=26),
    Coluna("Antes", "moeda", 18),
    Coluna("Agora", "moeda", 18),
    Coluna("Queda %", "decimal2"),
    Coluna("A menos", "moeda", 18),
    Coluna("A menos por ano", "moeda", 18),
    Coluna("Último pedido", "data"),
)
POR_VENDEDOR = (
    Coluna("Vendedor", largura=28),
    Coluna("Clientes", "inteiro"),
    Coluna("A menos", "moeda", 18),
    Coluna("A menos por ano", "moeda", 18),
)


def _celulas(ind: Any) -> list[Any]:
    vendedor = ind.vendedor.nome if ind.vendedor else ""
    valores = [ind.antes, ind.agora, round(ind.queda, 2), ind.menos, ind.por_ano]
    return [ind.cliente.codigo, ind.cliente.nome, vendedor, *valores, ind.ultima_compra]


@exige(Permissao.EXPORTAR)
def exportar(request: HttpRequest) -> HttpResponseBase:
    """Todas as linhas, com a mesma regra, os mesmos filtros e a mesma ordem da tela."""
    pedido = Pedido(request)
    formato = "xlsx" if request.GET.get("formato") == "xlsx" else "csv"
    registrar(
        "exportar declínio",
        por=request.user,
        objeto=formato.upper(),
        depois={"regra": pedido.da_regra, "filtros": parametros(pedido.recorte)},
    )
    fluxo: Iterator[list[Any]] = (_celulas(i) for i in pedido.em_ordem.iterator(chunk_size=2000))
    dia = max((e.referencia for e in pedido.empresas if e.referencia), default="sem-data")
    return responder_planilha(formato, f"declinio-{dia}", COLUNAS, fluxo, aba="Declínio")


urlpatterns = [path("", pagina, name="pagina"), path("exportar/", exportar, name="exportar")]
