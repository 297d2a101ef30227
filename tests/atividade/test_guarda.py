"""Sem pedidos novos a carteira não envelhece."""

from datetime import date, timedelta
from typing import Any

import pytest

from atividade.guarda import referencia_da_noite
from atividade.models import ParametrosDaAtividade

pytestmark = pytest.mark.django_db
DIA = date(2024, 11, 18)


def test_com_pedidos_ate_cinco_dias_atras_a_noite_segue(empresa: Any, novo_cliente: Any) -> None:
    novo_cliente("C", compras=[(DIA, 1)])
    noite = referencia_da_noite(empresa, DIA + timedelta(days=5))
    assert (noite.data, noite.parado, noite.aviso) == (DIA + timedelta(days=5), False, "")


def test_pedidos_parados_ha_seis_dias_seguram_a_referencia(
    empresa: Any, rodar: Any, novo_cliente: Any
) -> None:
    novo_cliente("C", compras=[(DIA, 1)])
    rodar(DIA + timedelta(days=2))
    empresa.refresh_from_db()
    hoje = DIA + timedelta(days=6)
    noite = referencia_da_noite(empresa, hoje)
    assert (noite.data, noite.parado, noite.aviso) == (
        DIA + timedelta(days=2),
        True,
        "pedidos até 18/11/2024",
    )
    resultado = rodar(noite.data, hoje=hoje)
    empresa.refresh_from_db()
    assert (resultado.regular, resultado.linhas_alteradas, empresa.consulta_passada) == (True, 0, False)
    assert (empresa.referencia, empresa.pedidos_ate) == (DIA + timedelta(days=2), DIA)


def test_primeira_rodada_com_pedidos_parados_usa_a_data_do_ultimo(
    empresa: Any, rodar: Any, novo_cliente: Any
) -> None:
    novo_cliente("C", compras=[(DIA, 1)])
    hoje = DIA + timedelta(days=400)
    noite = referencia_da_noite(empresa, hoje)
    assert (noite.data, noite.parado) == (DIA, True)
    assert rodar(noite.data, hoje=hoje).regular
    empresa.refresh_from_db()
    assert empresa.referencia_regular == DIA


def test_data_imposta_obedece_sem_guarda(rodar: Any, novo_cliente: Any, empresa: Any) -> None:
    novo_cliente("C", compras=[(DIA, 1)])
    rodar(DIA)
    resultado = rodar(DIA + timedelta(days=300))
    assert (resultado.regular, resultado.contagens, resultado.mudancas) == (True, {"inativo": 1}, 2)


def test_limite_de_dias_parados_e_da_empresa(empresa: Any, novo_cliente: Any) -> None:
    ParametrosDaAtividade.objects.create(empresa=empresa, dias_feed_parado=30)
    novo_cliente("C", compras=[(DIA, 1)])
    assert not referencia_da_noite(empresa, DIA + timedelta(days=30)).parado
    assert referencia_da_noite(empresa, DIA + timedelta(days=31)).parado


def test_empresa_sem_pedidos_anda_com_o_calendario(empresa: Any) -> None:
    assert referencia_da_noite(empresa, DIA).data == DIA


def test_referencia_anterior_a_regular_e_consulta(rodar: Any, novo_cliente: Any) -> None:
    novo_cliente("C", compras=[(DIA, 1)])
    rodar(DIA + timedelta(days=3))
    assert not rodar(DIA, hoje=DIA).regular
