"""Do pedido de um relatório comum à consulta dos resultados: os mesmos filtros, os mesmos números da tela."""

from typing import Any

from django.utils import timezone

from atividade.giro import Janela
from contas.models import Usuario
from relatorios.base import Escolha, Filtro, Numero, Periodo, Proprio
from relatorios.pedido import Pedido, recorte_em_partes
from relatorios.resultados.consulta import (
    DIMENSOES,
    ESPONTANEO,
    MAIOR_ATRIBUICAO,
    POR_CONTATO,
    Consulta,
    Recorte,
)
from relatorios.resultados.recorte import aceitos, em_palavras

_DO_CONTATO = ("campanha", "oferta", "canal", "quem")
_ORIGENS = (("", "Todos"), (POR_CONTATO, "Por contato"), (ESPONTANEO, "Espontâneos"))


def filtros_por(dimensoes: tuple[str, ...]) -> tuple[Filtro, ...]:
    """O período, o prazo da atribuição e as dimensões por que aquele resultado se recorta."""
    return (
        Periodo(ate_hoje=True),
        Numero("atribuicao", "Prazo da atribuição", 0, 0, MAIOR_ATRIBUICAO, "dias", zero="o de cada empresa"),
        *(_filtro(nome) for nome in dimensoes),
    )


def _filtro(nome: str) -> Filtro:
    if nome == "origem":
        return Escolha("origem", "Atribuição", _ORIGENS)
    return _do_contato(nome) if nome in _DO_CONTATO else nome


def _do_contato(nome: str) -> Proprio:
    return Proprio(
        nome,
        DIMENSOES[nome].titulo,
        ler=lambda vindos: aceitos(nome, vindos),
        dizer=lambda usuario, valores: em_palavras(usuario, nome, valores),
    )


def consulta_de(usuario: Usuario, pedido: Pedido) -> Consulta:
    origem = pedido.escolhas.get("origem")
    return Consulta(
        usuario,
        Janela(pedido.periodo.de, pedido.periodo.ate),
        timezone.localdate(),
        Recorte(
            **recorte_em_partes(pedido.recorte),
            **pedido.proprios,
            **({"origem": (origem,)} if origem else {}),
        ),
        pedido.numeros["atribuicao"] or None,
    )


def parametros(pedido: Pedido, **mais: str) -> dict[str, Any]:
    """O pedido como a página dos resultados o lê."""
    janela = pedido.periodo
    base: dict[str, Any] = {"de": janela.de.isoformat(), "ate": janela.ate.isoformat()}
    base |= recorte_em_partes(pedido.recorte) | {n: v for n, v in pedido.proprios.items() if v}
    if dias := pedido.numeros["atribuicao"]:
        base["atribuicao"] = str(dias)
    if origem := pedido.escolhas.get("origem"):
        base["origem"] = origem
    return base | mais
