"""O placar no fim do resumo: o que se fez desde o último dia útil e no mês, os números do painel."""

from datetime import date, timedelta
from typing import Any

import pytest

from contas.models import Empresa, Usuario
from notificacoes.models import Mensagem
from notificacoes.placar import placares
from tests.conftest import novo_pedido
from tests.notificacoes.test_resumos import VAGA, escrever, quase
from tests.notificacoes.test_retorno import falar

__all__ = ["quase"]
pytestmark = pytest.mark.django_db


def test_ontem_e_o_mes_no_fim_do_resumo(
    empresa: Empresa, ana: Usuario, quase: Any, novo_cliente: Any
) -> None:
    quase("A1", ana)
    outro = novo_cliente("A2", vendedor=ana, compras=[(date(2026, 11, 3), "100.00")])
    falar(outro, ana, VAGA - timedelta(days=1), resultado="Não atendeu")
    falar(outro, ana, date(2026, 11, 5))
    novo_pedido(outro, "P1", VAGA - timedelta(days=1), "2310.00")
    novo_pedido(outro, "P2", VAGA, "999.00")  # o dia da vaga ainda não passou
    escrever(empresa)
    mensagem = Mensagem.objects.get(pessoa=ana)
    dito = (
        "Ontem: 1 contato, 1 pedido (R$ 2 mil). Em novembro: 2 contatos, 2 pedidos (R$ 2 mil), 0 reativados."
    )
    assert dito in mensagem.texto
    assert "1 contato, 1 pedido (R$ 2 mil)" in mensagem.html


@pytest.mark.parametrize(
    ("vaga", "quando", "desde"),
    [
        (date(2026, 11, 20), "Ontem", date(2026, 11, 19)),  # sexta
        (date(2026, 11, 21), "Ontem", date(2026, 11, 20)),  # sábado
        (date(2026, 11, 22), "Desde sexta", date(2026, 11, 20)),
        (date(2026, 11, 23), "Desde sexta", date(2026, 11, 20)),  # segunda
        (date(2026, 11, 24), "Ontem", date(2026, 11, 23)),
    ],
)
def test_na_segunda_conta_desde_sexta(
    vaga: date, quando: str, desde: date, empresa: Empresa, ana: Usuario, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(2):
        placar = placares([ana.pk], [empresa.pk], vaga)[ana.pk]
    assert (placar.quando, placar.desde, placar.tem_o_que_dizer) == (quando, desde, False)


def test_no_dia_primeiro_o_mes_e_o_que_acabou(empresa: Empresa, ana: Usuario) -> None:
    assert placares([ana.pk], [empresa.pk], date(2026, 12, 1))[ana.pk].nome_do_mes == date(2026, 11, 1)
