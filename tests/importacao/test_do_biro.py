"""Scores, restrições e eventos do birô: a fonte fica, o histórico fica, e o desconhecido é dito com a linha."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from clientes.models import Cliente, CorrecaoDeScore, RestricaoDeCredito, ScoreDeCredito
from tests.importacao.test_historias import contas, versoes

SCORES = "cliente_codigo;fonte;em;valor\n"
RESTRICOES = "cliente_codigo;fonte;tipo;em;numero;valor;baixada_em;descricao\n"


@pytest.fixture(autouse=True)
def _clientes(clientes_a_e_b: None) -> None:
    """A e B."""


def test_o_score_novo_guarda_o_velho_e_repetir_nao_escreve_nada(importar: Any) -> None:
    outubro, novembro = "A;Serasa;01/10/2026;640\nB;SPC;01/10/2026;0\n", "A;Serasa;01/11/2026;480\n"
    assert contas(importar("scores", SCORES + outubro)) == (2, 0, 0, 0)
    antes = versoes("clientes_scoredecredito")
    assert contas(importar("scores", SCORES + outubro)) == (0, 0, 2, 0)
    assert versoes("clientes_scoredecredito") == antes
    assert contas(importar("scores", SCORES + outubro + novembro)) == (1, 0, 2, 0)
    dela = ScoreDeCredito.objects.filter(cliente__codigo="A").values_list("em", "valor", "fonte")
    assert list(dela) == [(date(2026, 11, 1), 480, "Serasa"), (date(2026, 10, 1), 640, "Serasa")]


def test_a_correcao_do_mesmo_dia_guarda_o_valor_anterior(importar: Any) -> None:
    importar("scores", SCORES + "A;Serasa;01/10/2026;640\n")
    assert contas(importar("scores", SCORES + "A;Serasa;01/10/2026;604\n")) == (0, 1, 0, 0)
    assert ScoreDeCredito.objects.get().valor == 604
    assert list(CorrecaoDeScore.objects.values_list("de", "para")) == [(640, 604)]


def test_a_mesma_fonte_em_outra_grafia_e_a_mesma_serie(importar: Any) -> None:
    importar("scores", SCORES + "A;Serasa;01/09/2026;640\n")
    assert contas(importar("scores", SCORES + "A;SERASA;01/09/2026;600\nB;serasa;01/10/2026;500\n")) == (
        1,
        1,
        0,
        0,
    )
    assert contas(importar("scores", SCORES + "A;boa vista;01/10/2026;1\nB;Boa Vista;01/10/2026;2\n")) == (
        2,
        0,
        0,
        0,
    )
    fontes = ScoreDeCredito.objects.order_by("fonte").values_list("fonte", flat=True)
    assert sorted(fontes) == ["Serasa", "Serasa", "boa vista", "boa vista"]
    assert set(fontes.filter(valor__in=(600, 500))) == {"Serasa"}


def test_linhas_ruins_dizem_a_coluna_o_valor_e_o_remedio(importar: Any) -> None:
    Cliente.objects.filter(codigo="A").update(documento="11222333000181", documento_valido=True)
    conteudo = (
        "cliente_documento;fonte;em;valor\n11.222.333/0001-81;Serasa;01/10/2026;640\n"
        "45.723.174/0001-10;Serasa;01/10/2026;700\n11222333000181;;01/10/2026;700\n"
        "11222333000181;SPC;01/12/2026;700\n11222333000181;SPC;01/10/2026;1001\n11222333000181;Serasa;01/10/2026;641\n"
    )
    resultado = importar("scores", conteudo)
    assert contas(resultado) == (1, 0, 0, 5)
    ditas = [(r.linha, r.coluna, r.motivo.split(":")[0]) for r in resultado.rejeicoes]
    assert ditas == [
        (3, "cliente_documento", "cliente desconhecido nesta empresa"),
        (4, "fonte", "fonte em branco"),
        (5, "em", resultado.rejeicoes[2].motivo.split(":")[0]),
        (6, "valor", "o score vai de 0 a 1000, sem casas"),
        (7, "fonte", "score repetido (mesmo cliente, fonte e data)"),
    ]
    assert ScoreDeCredito.objects.get().valor == 640


def test_a_baixa_se_anota_e_a_celula_vazia_reabre(importar: Any) -> None:
    linha = "A;Serasa;protesto;01/10/2026;P1;1.250,00;{};Cartório\n"
    importar("restricoes", RESTRICOES + linha.format(""))
    assert contas(importar("restricoes", RESTRICOES + linha.format("05/11/2026"))) == (0, 1, 0, 0)
    restricao = RestricaoDeCredito.objects.get()
    assert (restricao.baixada_em, restricao.valor) == (date(2026, 11, 5), Decimal("1250.00"))
    sem_a_coluna = "cliente_codigo;fonte;tipo;em;numero\nA;Serasa;protesto;01/10/2026;P1\n"
    assert contas(importar("restricoes", sem_a_coluna)) == (0, 0, 1, 0)
    assert contas(importar("restricoes", RESTRICOES + linha.format(""))) == (0, 1, 0, 0)
    assert RestricaoDeCredito.objects.get().baixada_em is None


def test_dois_protestos_do_mesmo_dia_pedem_numero_e_evento_nao_tem_baixa(importar: Any) -> None:
    resultado = importar(
        "restricoes",
        RESTRICOES + "A;Serasa;protesto;01/10/2026;;10;;\nA;Serasa;protesto;01/10/2026;;20;;\n"
        "A;Serasa;mudança societária;01/10/2026;;;02/10/2026;\nB;SPC;protesto;02/10/2026;;5;01/10/2026;\n"
        "B;SPC;calote;02/10/2026;;5;;\nB;SPC;alteração contratual;02/10/2026;;;;Saiu um sócio\n",
    )
    assert contas(resultado) == (2, 0, 0, 4)
    assert [(r.linha, r.coluna) for r in resultado.rejeicoes] == [
        (3, "fonte"), (4, "baixada_em"), (5, "baixada_em"), (6, "tipo"),
    ]  # fmt: skip
    assert "distinga-as pelo número" in resultado.rejeicoes[0].motivo
    evento = RestricaoDeCredito.objects.get(cliente__codigo="B")
    assert evento.tipo == "mudanca_societaria"
    assert not RestricaoDeCredito.objects.que_restringem().filter(cliente__codigo="B").exists()
