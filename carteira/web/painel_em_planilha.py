"""Os números do painel em planilha: de um vendedor, ou de todos os da alçada com o total."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path

from atividade.giro import Toque
from atividade.rotulos import PLURAIS
from carteira.painel import Desempenho, somar
from carteira.web.acesso import exige
from carteira.web.painel import Pedido, da_tela
from carteira.web.planilha import responder_planilha
from contas.auditoria import registrar
from contas.papeis import Permissao
from relatorios.composicao import NA_CONTA
from relatorios.planilhas import Coluna

COLUNAS = (
    Coluna("Vendedor", largura=28),
    Coluna("Equipe", largura=20),
    Coluna("De", "data"),
    Coluna("Até", "data"),
    Coluna("Clientes no primeiro dia", "inteiro"),
    Coluna("Contatados", "inteiro"),
    Coluna("Giro %", "decimal2"),
    Coluna("Giro % anterior", "decimal2"),
    Coluna("Meta de giro %", "decimal2"),
    Coluna("Compraram", "inteiro"),
    Coluna("Positivação %", "decimal2"),
    Coluna("Positivação % anterior", "decimal2"),
    Coluna("Meta de positivação %", "decimal2"),
    Coluna("Contatos", "inteiro"),
    Coluna("Efetivos", "inteiro"),
    Coluna("Pedidos", "inteiro"),
    Coluna("Valor", "moeda", 18),
    Coluna("Meta de valor", "moeda", 18),
    Coluna("Pedidos após contato", "inteiro"),
    Coluna("Valor após contato", "moeda", 18),
    Coluna("Reativados", "inteiro"),
    Coluna("Reativados por contato", "inteiro"),
)


def _celulas(d: Desempenho) -> list[Any]:
    r, meta = d.resultados, d.meta
    return [
        d.pessoa.nome if d.pessoa else "Total",
        d.equipe,
        d.periodo.visto.de,
        d.periodo.visto.ate,
        d.giro.clientes,
        d.n_contatados,
        _duas_casas(d.contatados),
        _duas_casas(d.contatados_antes),
        meta.giro if meta else None,
        d.n_compraram,
        _duas_casas(d.compraram),
        _duas_casas(d.compraram_antes),
        meta.positivacao if meta else None,
        r.contatos,
        r.efetivos,
        r.pedidos,
        r.valor,
        meta.valor if meta else None,
        r.apos_contato,
        r.valor_apos_contato,
        r.reativados,
        r.reativados_por_contato,
    ]


def _duas_casas(valor: Decimal | None) -> Decimal | None:
    return None if valor is None else round(valor, 2)


@dataclass(frozen=True)
class Tabela:
    linhas: list[Desempenho]
    total: Desempenho | None

    def __iter__(self) -> Iterator[list[Any]]:
        yield from map(_celulas, self.linhas)
        if self.total:
            yield _celulas(self.total)


def tabela_de(pedido: Pedido) -> Tabela:
    todos = pedido.desempenhos
    return Tabela(todos, None if pedido.vendedor else somar(todos, pedido.periodo))


# ── As tabelas do painel de um vendedor ──────────────────────────────────────

_DO_DIA = (
    Coluna("Dia", "data"),
    Coluna("No dia", "inteiro"),
    Coluna("Até o dia", "inteiro"),
    Coluna("%", "decimal2"),
)
_RESULTADOS = {
    "Contatos": "contatos", "Contatos efetivos": "efetivos", "Pedidos": "pedidos", "Valor": "valor",
    "Pedidos após contato": "apos_contato", "Valor após contato": "valor_apos_contato", "Reativados": "reativados",
    "Reativados por contato": "reativados_por_contato",
}  # fmt: skip


def _do_dia(contexto: dict[str, Any], toque: str) -> Iterator[list[Any]]:
    (grafico,) = (g for g in contexto["graficos"] if g["toque"] == toque)
    return ([dia, n, ate, _duas_casas(parte)] for dia, n, ate, parte in grafico["linhas"])


def _situacoes(contexto: dict[str, Any]) -> Iterator[list[Any]]:
    for status, fatia, parte, parte_valor, _ in contexto["situacoes"]:
        yield [PLURAIS[status], fatia.clientes, _duas_casas(parte), fatia.valor, _duas_casas(parte_valor)]


def _meses(contexto: dict[str, Any]) -> Iterator[list[Any]]:
    for mes in contexto.get("meses", ()):
        yield [mes.data, *(mes.clientes.get(s, 0) if mes.origem else None for s in NA_CONTA)]


def _do_vendedor(nome: str) -> tuple[Sequence[Coluna], Callable[[dict[str, Any]], Iterator[list[Any]]]]:
    """As colunas e, do contexto da tela, as linhas da tabela pedida."""
    tabelas: dict[str, Any] = {
        **{t.value: (_DO_DIA, lambda c, t=t: _do_dia(c, t.value)) for t in Toque},
        "resultados": (
            (Coluna("O quê", largura=26), Coluna("Agora", "decimal2"), Coluna("Antes", "decimal2")),
            lambda c: (
                [rotulo, getattr(c["d"].resultados, campo), getattr(c["d"].resultados_antes, campo)]
                for rotulo, campo in _RESULTADOS.items()
            ),
        ),
        "valores": (
            (Coluna("Mês", "data"), Coluna("Valor", "moeda", 18), Coluna("Meta", "moeda", 18)),
            lambda c: ([mes, valor, meta] for mes, _, valor, meta in c["valores"]),
        ),
        "situacoes": (
            (
                Coluna("Situação", largura=20), Coluna("Clientes", "inteiro"), Coluna("% dos clientes", "decimal2"),
                Coluna("R$ 12 meses", "moeda", 18), Coluna("% do R$", "decimal2"),
            ),
            _situacoes,
        ),
        "meses": ((Coluna("Fim de", "data"), *(Coluna(PLURAIS[s], "inteiro") for s in NA_CONTA)), _meses),
    }  # fmt: skip
    if nome not in tabelas:
        raise Http404
    colunas, linhas = tabelas[nome]
    return colunas, linhas


def _linhas_e_colunas(pedido: Pedido) -> tuple[list[list[Any]], Sequence[Coluna], str]:
    """Todos os vendedores ou, de um só, a tabela pedida da página dele."""
    pedida = pedido.consulta.get("tabela", "")
    if not pedida:
        return list(tabela_de(pedido)), COLUNAS, "painel"
    if pedido.vendedor is None:
        raise Http404
    colunas, linhas = _do_vendedor(pedida)
    return list(linhas(da_tela(pedido)[1])), colunas, f"painel-{pedida}"


@exige(Permissao.EXPORTAR)
def exportar(request: HttpRequest) -> HttpResponseBase:
    """CSV ou XLSX do período da URL; quem exportou, quando e de quem fica na auditoria."""
    pedido = Pedido(request.user, request.GET)
    linhas, colunas, nome = _linhas_e_colunas(pedido)
    formato = "xlsx" if request.GET.get("formato") == "xlsx" else "csv"
    registrar(
        "exportar painel",
        por=request.user,
        objeto=f"{pedido.periodo.nome} ({formato})",
        depois={
            "vendedor": pedido.vendedor.nome if pedido.vendedor else "todos",
            "linhas": len(linhas),
        }
        | ({"tabela": pedido.consulta["tabela"]} if pedido.consulta.get("tabela") else {}),
    )
    arquivo = f"{nome}-{pedido.periodo.visto.de}-{pedido.periodo.visto.ate}"
    return responder_planilha(formato, arquivo, colunas, linhas, aba="Painel")


urlpatterns = [path("exportar/", exportar, name="exportar")]
