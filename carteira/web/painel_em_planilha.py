"""Os números do painel em planilha: de um vendedor, ou de todos os da alçada com o total."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path

from carteira.painel import Desempenho, somar
from carteira.web.acesso import exige
from carteira.web.painel import Pedido
from carteira.web.planilha import responder_planilha
from contas.auditoria import registrar
from contas.papeis import Permissao
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


@exige(Permissao.EXPORTAR)
def exportar(request: HttpRequest) -> HttpResponseBase:
    """CSV ou XLSX do período da URL; quem exportou, quando e de quem fica na auditoria."""
    pedido = Pedido(request.user, request.GET)
    tabela = tabela_de(pedido)
    formato = "xlsx" if request.GET.get("formato") == "xlsx" else "csv"
    registrar(
        "exportar painel",
        por=request.user,
        objeto=f"{pedido.periodo.nome} ({formato})",
        depois={
            "vendedor": pedido.vendedor.nome if pedido.vendedor else "todos",
            "linhas": len(tabela.linhas),
        },
    )
    nome = f"painel-{pedido.periodo.visto.de}-{pedido.periodo.visto.ate}"
    return responder_planilha(formato, nome, COLUNAS, tabela, aba="Painel")


urlpatterns = [path("exportar/", exportar, name="exportar")]
