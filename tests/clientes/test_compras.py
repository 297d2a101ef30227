"""O que conta como compra muda por escolha da empresa, e os pedidos acompanham."""

from datetime import date
from typing import Any

import pytest

from atividade.models import Sujo
from clientes.compras import SituacaoRecusada, mudar_situacoes_que_contam, reescrever_conta
from clientes.models import Pedido
from contas.models import Empresa, RegistroDeAuditoria
from tests.conftest import novo_pedido

pytestmark = pytest.mark.django_db
DIA = date(2026, 11, 1)


@pytest.fixture
def pedidos(novo_cliente: Any) -> dict[str, Pedido]:
    cliente = novo_cliente("C1")
    situacoes = ("aberto", "faturado", "cancelado", "orcamento")
    return {s: novo_pedido(cliente, s, DIA, situacao=s) for s in situacoes}


def contam() -> set[str]:
    return set(Pedido.objects.filter(conta=True).values_list("situacao", flat=True))


def test_so_faturado_passa_a_contar_e_a_volta_desfaz(empresa: Empresa, davi: Any, pedidos: Any) -> None:
    assert contam() == {"aberto", "faturado"}
    assert mudar_situacoes_que_contam(empresa=empresa, situacoes=["faturado"], por=davi)
    assert reescrever_conta(empresa=empresa, lote=1) == 1
    assert contam() == {"faturado"}
    assert mudar_situacoes_que_contam(empresa=empresa, situacoes=["faturado", "aberto"], por=davi)
    assert reescrever_conta(empresa=empresa) == 1
    assert contam() == {"aberto", "faturado"}


def test_reescrever_de_novo_nao_toca_em_nada_e_diz_o_progresso(
    empresa: Empresa, davi: Any, pedidos: Any
) -> None:
    mudar_situacoes_que_contam(empresa=empresa, situacoes=["aberto"], por=davi)
    andou: list[tuple[int, int]] = []
    reescrever_conta(empresa=empresa, lote=2, avisar=lambda feito, total: andou.append((feito, total)))
    assert andou[-1][0] == andou[-1][1] == max(p.pk for p in pedidos.values())
    assert reescrever_conta(empresa=empresa) == 0


def test_pedidos_reescritos_marcam_o_cliente_para_o_recalculo(
    empresa: Empresa, davi: Any, pedidos: Any
) -> None:
    Sujo.objects.all().delete()
    mudar_situacoes_que_contam(empresa=empresa, situacoes=["faturado"], por=davi)
    reescrever_conta(empresa=empresa)
    assert set(Sujo.objects.values_list("cliente", flat=True)) == {pedidos["aberto"].cliente_id}


def test_a_mudanca_fica_na_auditoria_e_repetir_a_escolha_nao_e_mudanca(empresa: Empresa, davi: Any) -> None:
    assert not mudar_situacoes_que_contam(empresa=empresa, situacoes=["faturado", "aberto"], por=davi)
    assert not RegistroDeAuditoria.objects.exists()
    mudar_situacoes_que_contam(empresa=empresa, situacoes=["faturado"], por=davi)
    registro = RegistroDeAuditoria.objects.get()
    assert (registro.por, registro.antes, registro.depois) == (
        davi,
        {"contam": ["aberto", "faturado"]},
        {"contam": ["faturado"]},
    )


@pytest.mark.parametrize("escolha", [[], ["cancelado"], ["faturado", "devolvido"], ["orcamento", "aberto"]])
def test_cancelado_devolvido_e_orcamento_nunca_contam(
    empresa: Empresa, davi: Any, escolha: list[str]
) -> None:
    with pytest.raises(SituacaoRecusada):
        mudar_situacoes_que_contam(empresa=empresa, situacoes=escolha, por=davi)
    empresa.refresh_from_db()
    assert empresa.situacoes_que_contam == ["aberto", "faturado"]
