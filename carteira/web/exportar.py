"""A lista da tela em planilha: os mesmos filtros (ou só os marcados), a mesma ordem, as mesmas colunas."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBadRequest, QueryDict
from django.http.response import HttpResponseBase

from atividade.models import Indicadores
from carteira import colunas
from carteira import colunas_planilha as planilha
from carteira.filters import FiltroDeClientes
from carteira.lista_de_clientes import com_relacoes, montar_linhas, ordem_pedida
from carteira.referencias import Referencias
from carteira.selecao import Selecao
from carteira.web.acesso import exige
from carteira.web.planilha import responder_planilha
from contas.auditoria import registrar
from contas.papeis import Permissao

LOTE = 1000


@exige(Permissao.EXPORTAR)
def exportar(request: HttpRequest) -> HttpResponseBase:
    """CSV ou XLSX da lista filtrada ou da seleção; quem exportou, quando e o quê fica na auditoria."""
    referencias = Referencias.de(request.user)
    selecao = Selecao.de(request.GET, request.user)
    consulta = QueryDict(request.GET.get("consulta", "")) if selecao else request.GET
    filtro = FiltroDeClientes(consulta, usuario=request.user, referencias=referencias)
    if filtro.recusados and not selecao.ids:
        return HttpResponseBadRequest(f"Filtro não entendido: {', '.join(filtro.recusados.values())}.")
    vistas = colunas.escolhidas(consulta.getlist("colunas"), request.user)
    clientes = _clientes(filtro, selecao)
    ordem = ordem_pedida(consulta.get("ordem", ""), request.user, referencias)
    formato = "xlsx" if request.GET.get("formato") == "xlsx" else "csv"
    campos = campos_da_planilha(vistas, com_regra=request.GET.get("regra") == "1")
    registrar(
        "exportar clientes",
        por=request.user,
        objeto=formato.upper(),
        depois={"filtros": _filtros(consulta, selecao), "linhas": clientes.count()},
    )
    ordenados = ordem.ordenar(com_relacoes(clientes, *colunas.relacoes_de(vistas)))
    linhas = _linhas(ordenados, referencias, colunas.precisam(vistas, na_planilha=True), campos)
    nome = f"clientes-{referencias.hoje:%Y-%m-%d}"
    return responder_planilha(formato, nome, [c.coluna for c in campos], linhas, aba="Clientes")


def campos_da_planilha(vistas: list[colunas.Coluna], *, com_regra: bool) -> list[planilha.Campo]:
    """Quem é, as colunas da tela na ordem dela e, por fim, o telefone, que na tela está no botão de ligar."""
    da_tela = [campo for coluna in vistas for campo in coluna.campos]
    campos = planilha.sem_repetir([*planilha.NOME, *da_tela, *planilha.TELEFONE])
    return [*campos, planilha.POR_QUE] if com_regra else campos


def _clientes(filtro: FiltroDeClientes, selecao: Selecao) -> QuerySet[Indicadores]:
    """A lista filtrada ou, com seleção, os marcados que a pessoa vê."""
    if not selecao or selecao.consulta is not None:
        return filtro.resultado()
    visiveis: QuerySet[Indicadores] = Indicadores.objects.visiveis_para(filtro.usuario)
    return visiveis.filter(pk__in=selecao.ids)


def _filtros(consulta: QueryDict, selecao: Selecao) -> dict[str, list[str]]:
    fora = {"formato", "apos", "por"}
    filtros = {k: [str(v) for v in valores] for k, valores in consulta.lists() if k not in fora}
    return filtros | ({"marcados": [str(pk) for pk in selecao.ids]} if selecao.ids else {})


def _linhas(
    clientes: QuerySet[Indicadores],
    referencias: Referencias,
    precisa: frozenset[str],
    campos: list[planilha.Campo],
) -> Iterator[list[Any]]:
    """De mil em mil: a memória não cresce com a carteira, e os fatos vêm em lote também aqui."""
    todos = clientes.iterator(chunk_size=LOTE)
    while lote := list(islice(todos, LOTE)):
        for linha in montar_linhas(lote, referencias, precisa):
            yield [campo.valor(linha) for campo in campos]
