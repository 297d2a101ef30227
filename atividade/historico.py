"""A história de um cliente numa linha do tempo só: o que comprou, o que se falou e o que mudou.

Uma consulta por página, com as contagens de cada tipo e os itens dos pedidos dentro: o número de consultas não
depende do tamanho da história. `texto` procura em números, produtos e observações, sem acento nem caixa.
"""

import json
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection

from atividade.fragmentos import ler
from atividade.models import Limiar, MudancaStatus
from contas.texto import sem_acento

PEDIDO, CONTATO, SITUACAO = "pedido", "contato", "situacao"
ORCAMENTO, NOTA, TITULO, ATENDIMENTO = "orcamento", "nota", "titulo", "atendimento"
TIPOS = (PEDIDO, CONTATO, ORCAMENTO, NOTA, TITULO, ATENDIMENTO, SITUACAO)
TAMANHO = 20


@dataclass(frozen=True, slots=True)
class Fato:
    dia: date
    tipo: str
    id: int
    em: datetime | None
    valor: Decimal | None
    dados: dict[str, Any]
    itens: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PaginaDaHistoria:
    """Os fatos, quantos há de cada tipo em toda a história, e as regras por trás das mudanças de situação."""

    fatos: list[Fato]
    tem_mais: bool
    limiares: dict[int, Limiar] = field(default_factory=dict)
    por_tipo: dict[str, int] = field(default_factory=dict)


def historico(
    *, cliente_id: int, em: date, tipos: tuple[str, ...] = TIPOS, texto: str = "", pagina: int = 1
) -> PaginaDaHistoria:
    """Os fatos do mais novo ao mais velho; `tipos` escolhe quais, e `em` diz o que já venceu."""
    parametros = {
        "cliente": cliente_id,
        "em": em,
        "fuso": settings.TIME_ZONE,
        "tipos": list(tipos),
        "padrao": _padrao(texto),
        "limite": TAMANHO + 1,
        "pular": (max(pagina, 1) - 1) * TAMANHO,
    }
    with connection.cursor() as cursor:
        cursor.execute(ler("linha_do_tempo"), parametros)
        linhas = cursor.fetchall()
    por_tipo = _json(linhas[0][0]) or {}
    fatos = [_fato(*linha[1:]) for linha in linhas[:TAMANHO] if linha[1] is not None]
    return PaginaDaHistoria(fatos, len(linhas) > TAMANHO, _limiares(fatos), por_tipo)


def _padrao(texto: str) -> str:
    """O que se digitou, em qualquer lugar do texto; o que é curinga para o banco vale como letra."""
    limpo = sem_acento(texto).strip()
    for curinga in ("\\", "%", "_"):
        limpo = limpo.replace(curinga, f"\\{curinga}")
    return f"%{limpo}%" if limpo else ""


def _limiares(fatos: list[Fato]) -> dict[int, Limiar]:
    """As regras de todas as mudanças da página, em uma consulta."""
    ids = {f.dados["limiar"] for f in fatos if f.tipo == SITUACAO and f.dados["limiar"]}
    return Limiar.objects.select_related("empresa", "segmento", "por").in_bulk(ids) if ids else {}


@dataclass(frozen=True, slots=True)
class Mudanca:
    """Uma passagem de uma situação a outra, para o desenho da linha do tempo."""

    em: date
    de: str
    para: str


def situacoes_de(cliente_id: int) -> list[Mudanca]:
    """Todas as mudanças do cliente, da mais velha à mais nova."""
    mudancas = MudancaStatus.objects.filter(cliente=cliente_id).order_by("em", "ordem")
    return [Mudanca(*linha) for linha in mudancas.values_list("em", "de", "para")]


def _fato(
    dia: date, tipo: str, pk: int, em: datetime | None, valor: Decimal | None, dados: Any, itens: Any
) -> Fato:
    return Fato(dia, tipo, pk, em, valor, _json(dados), [_item(i) for i in _json(itens) or []])


def _item(item: dict[str, Any]) -> dict[str, Any]:
    numeros = {nome: Decimal(item[nome]) for nome in ("quantidade", "valor")}
    return {**item, **numeros}


def _json(valor: Any) -> Any:
    """O cursor do Django entrega jsonb como texto."""
    return json.loads(valor) if isinstance(valor, str) else valor
