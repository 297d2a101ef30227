"""Os membros de uma lista em planilha: o recorte, os filtros e a ordem que se está vendo."""

from collections.abc import Iterator
from datetime import date
from itertools import islice
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path
from django.utils import timezone

from atividade.rotulos import NOMES, fixar
from carteira.formatos import telefone
from carteira.web.acesso import exige
from carteira.web.listas_comuns import lista_visivel
from carteira.web.listas_membros import LinhaDaLista, linhas_da_lista, membros_pedidos, ordem_pedida
from carteira.web.planilha import responder_planilha
from clientes.models import Cliente
from contas.auditoria import registrar
from contas.papeis import Permissao
from relatorios.planilhas import Coluna

LOTE = 500
COLUNAS = (
    Coluna("Código", largura=12),
    Coluna("Cliente", largura=36),
    Coluna("Município", largura=22),
    Coluna("UF", largura=6),
    Coluna("Situação", largura=16),
    Coluna("Último pedido", "data"),
    Coluna("Valor 12 meses", "moeda"),
    Coluna("Telefone", largura=18),
    Coluna("Quem liga", largura=24),
    Coluna("Entrou em", "data"),
    Coluna("Saiu em", "data"),
    Coluna("De fora por", largura=20),
    Coluna("Procurado", largura=10),
    Coluna("Contatado", largura=10),
    Coluna("Último resultado", largura=24),
    Coluna("Pedidos na lista", "inteiro"),
    Coluna("Valor na lista", "moeda"),
    Coluna("Próxima ação", "data"),
)


@exige(Permissao.EXPORTAR)
def exportar(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Os membros do recorte que se está vendo, em CSV ou XLSX; quem exportou fica na auditoria."""
    lista, hoje = lista_visivel(request, pk), timezone.localdate()
    fixar(lista.empresa)
    recorte, membros = membros_pedidos(request, lista, hoje)
    _, ordem = ordem_pedida(request)
    formato = "xlsx" if request.GET.get("formato") == "xlsx" else "csv"
    registrar(
        "exportar lista",
        por=request.user,
        objeto=lista.nome,
        depois={"formato": formato, "recorte": recorte, "linhas": membros.count()},
    )
    linhas = _linhas(ordem.ordenar(membros), hoje)
    return responder_planilha(formato, f"lista-{pk}-{hoje:%Y-%m-%d}", COLUNAS, linhas, aba="Lista")


def _linhas(membros: Any, hoje: date) -> Iterator[list[Any]]:
    vindos = membros.iterator(chunk_size=LOTE)
    while lote := list(islice(vindos, LOTE)):
        for item in linhas_da_lista(lote, hoje):
            yield _colunas(item)


def _colunas(item: LinhaDaLista) -> list[Any]:
    m, ind, cliente = item.membro, item.linha.ind, item.linha.cliente
    return [
        cliente.codigo,
        cliente.nome,
        cliente.cidade,
        cliente.uf,
        NOMES[ind.status],
        ind.ultima_compra,
        ind.valor_12m,
        _numero_para_ligar(item, cliente),
        item.quem,
        m.entrou_em,
        m.saiu_em,
        item.motivo,
        "sim" if m.procurado else "não",
        "sim" if m.contatado else "não",
        item.resultado,
        m.pedidos or 0,
        m.valor or 0,
        item.linha.proxima.em if item.linha.proxima else None,
    ]


def _numero_para_ligar(item: LinhaDaLista, cliente: Cliente) -> str:
    """De quem não é para chamar, o telefone não sai: nem do controle, nem de quem se opôs."""
    if item.membro.controle or "ligacao" in cliente.nao_contatar:
        return ""
    return telefone(cliente.telefone)


urlpatterns = [path("<int:pk>/exportar/", exportar, name="exportar")]
