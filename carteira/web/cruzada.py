"""A composição cruzada por duas dimensões: cada célula é um elo para os clientes que ela conta."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path

from atividade.rotulos import PLURAIS
from carteira.web import passado
from carteira.web.acesso import exige
from carteira.web.pedido_da_composicao import Pedido
from carteira.web.planilha import responder_planilha
from carteira.web.recorte import DA_COMPOSICAO, chips_para, elo_da_lista, parametros
from contas.auditoria import registrar
from contas.papeis import Permissao, pode
from relatorios.composicao import NA_CONTA, Dimensao
from relatorios.cruzada import (
    ATIVIDADE,
    CRUZAVEIS,
    Celula,
    Cruzada,
    Faixa,
    cruzar,
    cruzar_na_data,
    filtros_da_lista,
)
from relatorios.planilhas import Coluna

LINHAS_POR_PAGINA = 50
COLUNAS_POR_VEZ = 12
_PARTES = (("linha", "% da linha"), ("coluna", "% da coluna"), ("geral", "% do total"))
_EM_ORDEM_PROPRIA = ("atividade", "abc")


class PedidoCruzado(Pedido):
    """O pedido da composição mais o par de dimensões, a parte mostrada e a ordem."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        url = request.GET
        _ = self.na_data  # diz que dimensões há naquela data
        self.cruzaveis = [ATIVIDADE.nome, *self.permitidas]
        self.linha = self._dimensao(url.get("linhas", ""), self.permitidas[0])
        outra = ATIVIDADE.nome if self.linha != ATIVIDADE else self.permitidas[0]
        self.coluna = self._dimensao(url.get("colunas", ""), outra)
        if self.coluna == self.linha:
            self.coluna = CRUZAVEIS[outra]
        self.parte = url.get("parte") if url.get("parte") in dict(_PARTES) else "linha"
        com_atividade = ATIVIDADE in (self.linha, self.coluna)
        situacao = url.get("situacao", "")
        self.situacao = situacao if situacao in {s.value for s in NA_CONTA} and not com_atividade else ""
        natural = "nome" if self.linha.nome in _EM_ORDEM_PROPRIA else "-total"
        self.ordem = url.get("ordem") or natural

    def _dimensao(self, pedida: str, senao: str) -> Dimensao:
        return CRUZAVEIS[pedida if pedida in self.cruzaveis else senao]

    @cached_property
    def cruzada(self) -> Cruzada:
        if self.na_data:
            return cruzar_na_data(self.na_data.passado, self.linha, self.coluna, self.situacao)
        return cruzar(self.usuario, self.recorte, self.linha, self.coluna, self.situacao)

    def medida(self, celula: Celula) -> int | Decimal:
        return celula.valor if self.por_valor else celula.clientes

    def linhas_em_ordem(self) -> list[Faixa]:
        """A ordem natural desempata: a mesma pergunta dá sempre a mesma tabela."""
        chave, ao_contrario = self.ordem.lstrip("-"), self.ordem.startswith("-")
        faixas = self.cruzada.linhas
        if chave == "nome":
            return faixas[::-1] if ao_contrario else faixas
        coluna = chave.removeprefix("c.") if chave.startswith("c.") else None

        def medida(faixa: Faixa) -> int | Decimal:
            return self.medida(faixa.total if coluna is None else self.cruzada.celula(faixa.chave, coluna))

        return sorted(faixas, key=medida, reverse=ao_contrario)

    @cached_property
    def colunas_em_ordem(self) -> list[Faixa]:
        faixas = self.cruzada.colunas
        if self.coluna.nome in _EM_ORDEM_PROPRIA:
            return faixas
        return sorted(faixas, key=lambda f: self.medida(f.total), reverse=True)

    @cached_property
    def janela(self) -> Any:
        """As colunas que cabem de cada vez; as outras estão a um elo."""
        return Paginator(self.colunas_em_ordem, COLUNAS_POR_VEZ).get_page(self.consulta.get("colunas_da"))

    def porcento(self, celula: Celula, linha: Faixa | None, coluna: Faixa | None) -> Decimal | None:
        """A parte pedida; prospects não entram em porcentagem nenhuma."""
        if any(faixa and not faixa.na_conta for faixa in (linha, coluna)):
            return None
        base = {"linha": linha, "coluna": coluna}.get(self.parte)
        total = self.medida(base.total if base else self.cruzada.total)
        return Decimal(self.medida(celula)) * 100 / Decimal(total) if total else None

    def elo_da_celula(self, linha: Faixa | None, coluna: Faixa | None) -> str:
        """Os clientes que a célula conta, hoje ou naquele dia."""
        filtros: dict[str, Any] = {
            "status": [self.situacao] if self.situacao else [s.value for s in NA_CONTA]
        }
        for dimensao, faixa in ((self.linha, linha), (self.coluna, coluna)):
            if faixa:
                filtros |= filtros_da_lista(dimensao, faixa.chave)
        return (
            self.na_data.elo_dos_clientes(**filtros)
            if self.na_data
            else elo_da_lista(self.recorte, **filtros)
        )


@dataclass(frozen=True)
class _Celula:
    """Um número da tabela: quanto, que parte e para onde leva."""

    medida: int | Decimal
    parte: Decimal | None
    elo: str


def _celula(pedido: PedidoCruzado, celula: Celula, linha: Faixa | None, coluna: Faixa | None) -> _Celula:
    elo = pedido.elo_da_celula(linha, coluna) if celula.clientes else ""
    return _Celula(pedido.medida(celula), pedido.porcento(celula, linha, coluna), elo)


def _linha(pedido: PedidoCruzado, linha: Faixa) -> tuple[Faixa, list[_Celula], _Celula]:
    celula = pedido.cruzada.celula
    celulas = [_celula(pedido, celula(linha.chave, c.chave), linha, c) for c in pedido.janela]
    return linha, celulas, _celula(pedido, linha.total, linha, None)


@exige(Permissao.VER_COMPOSICAO)
def cruzada(request: HttpRequest) -> HttpResponse:
    pedido = PedidoCruzado(request)
    pagina = Paginator(pedido.linhas_em_ordem(), LINHAS_POR_PAGINA).get_page(request.GET.get("pagina"))
    rodape = [_celula(pedido, c.total, None, c) for c in pedido.janela]
    contexto = {
        "pedido": pedido,
        "na_data": pedido.na_data,
        "referencia": pedido.referencia,
        "pagina": pagina,
        "linhas": [_linha(pedido, faixa) for faixa in pagina],
        "rodape": rodape,
        "total": _celula(pedido, pedido.cruzada.total, None, None),
        "chips": chips_para(pedido.usuario, pedido.recorte, pedido.consulta, DA_COMPOSICAO),
        "filtrada": bool(parametros(pedido.recorte)),
        "sem_filtros": _sem_filtros(pedido),
        "escolhas": _leituras(pedido),
        "relatorio": _relatorio(pedido),
        "exportacoes": [
            (f.upper(), pedido.elo("composicao:exportar_cruzada", formato=f)) for f in ("csv", "xlsx")
        ]
        if pode(request.user, Permissao.EXPORTAR)
        else [],
        **_escolhas(pedido),
    }
    return render(request, "composicao/cruzada.html", contexto)


def _relatorio(pedido: PedidoCruzado) -> str:
    """Os mesmos eixos, medida, parte, situação e ordem, ditos com os nomes do relatório."""
    desce = "-" if pedido.ordem.startswith("-") else ""
    chave = pedido.ordem.lstrip("-")
    ordem = {"nome": "rotulo"}.get(chave, f"c_{chave[2:]}" if chave.startswith("c.") else chave)
    return pedido.relatorio(
        "composicao-cruzada", linhas=pedido.linha.nome, colunas=pedido.coluna.nome, parte=pedido.parte,
        medir="valor" if pedido.por_valor else "", situacao=pedido.situacao,
        ordem="" if (desce, ordem) == ("", "rotulo") else f"{desce}{ordem}",
    )  # fmt: skip


def _escolhas(pedido: PedidoCruzado) -> dict[str, Any]:
    """Os menus: as duas dimensões, a medida, a parte e a situação."""
    volta = {"pagina", "colunas_da", "ordem"}
    fixos = volta | {"linhas", "colunas", "situacao"}
    return {
        "dimensoes": [(nome, CRUZAVEIS[nome].titulo) for nome in pedido.cruzaveis],
        "situacoes": [("", "Todas"), *((s.value, PLURAIS[s]) for s in NA_CONTA)],
        "com_atividade": ATIVIDADE in (pedido.linha, pedido.coluna),
        "escondidos": [(k, v) for k, lista in pedido.consulta.lists() if k not in fixos for v in lista],
        "trocar": pedido.elo(
            "composicao:cruzada",
            linhas=pedido.coluna.nome,
            colunas=pedido.linha.nome,
            ordem="",
            colunas_da="",
        ),
        "medidas": [
            ("Clientes", pedido.elo("composicao:cruzada", medir="clientes"), not pedido.por_valor),
            ("R$ 12 meses", pedido.elo("composicao:cruzada", medir="valor"), pedido.por_valor),
        ],
        "partes": [
            (rotulo, pedido.elo("composicao:cruzada", parte=valor), valor == pedido.parte)
            for valor, rotulo in _PARTES
        ],
        "fora_da_data": [
            (k, v)
            for k, lista in pedido.consulta.lists()
            if k not in {"data", "regra", "dono", "pagina"}
            for v in lista
        ],
    }


def _leituras(pedido: PedidoCruzado) -> passado.Escolhas:
    """Os mesmos pares da composição na data, nesta página."""
    return pedido.na_data.escolhas_em("composicao:cruzada") if pedido.na_data else []


def _sem_filtros(pedido: PedidoCruzado) -> str:
    consulta = pedido.consulta.copy()
    for nome in parametros(pedido.recorte):
        consulta.pop(nome, None)
    return f"?{consulta.urlencode()}"


# ── Exportar ─────────────────────────────────────────────────────────────────


@exige(Permissao.EXPORTAR)
def exportar_cruzada(request: HttpRequest) -> HttpResponseBase:
    """As colunas que a tela mostra, com todas as linhas, na mesma ordem."""
    formato = request.GET.get("formato", "csv")
    if formato not in {"csv", "xlsx"}:
        raise Http404
    pedido = PedidoCruzado(request)
    linhas = pedido.linhas_em_ordem()
    leitura = {k: str(v) for k, v in asdict(pedido.na_data.leitura).items()} if pedido.na_data else {}
    registrar(
        "exportar composição",
        por=request.user,
        objeto=f"{pedido.linha.em_frase} × {pedido.coluna.em_frase} ({formato})",
        depois={"recorte": parametros(pedido.recorte), "linhas": len(linhas), **leitura},
    )
    dia = pedido.na_data.leitura.data if pedido.na_data else pedido.referencia
    nome = f"composicao-{pedido.linha.nome}-por-{pedido.coluna.nome}-{dia or 'sem-data'}"
    return responder_planilha(formato, nome, _colunas(pedido), _linhas(pedido, linhas))


def _colunas(pedido: PedidoCruzado) -> list[Coluna]:
    tipo, largura = ("moeda", 18) if pedido.por_valor else ("inteiro", 12)
    colunas = [Coluna(pedido.linha.titulo, largura=32)]
    for titulo in [*(c.rotulo for c in pedido.janela), "Total"]:
        colunas += [Coluna(titulo, tipo, largura), Coluna(f"{titulo} %", "decimal2", 10)]
    return colunas


def _linhas(pedido: PedidoCruzado, faixas: list[Faixa]) -> Iterator[list[Any]]:
    for faixa in faixas:
        _, celulas, total = _linha(pedido, faixa)
        yield [faixa.rotulo, *_pares([*celulas, total])]
    rodape = [_celula(pedido, c.total, None, c) for c in pedido.janela]
    yield ["Total", *_pares([*rodape, _celula(pedido, pedido.cruzada.total, None, None)])]


def _pares(celulas: list[_Celula]) -> Iterator[Any]:
    for c in celulas:
        yield c.medida
        yield round(c.parte, 2) if c.parte is not None else None


urlpatterns = [
    path("cruzada/", cruzada, name="cruzada"),
    path("cruzada/exportar/", exportar_cruzada, name="exportar_cruzada"),
]
