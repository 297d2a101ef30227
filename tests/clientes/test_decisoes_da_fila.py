"""Agora não e adiar: guardados com o motivo, da pessoa e do dia, e com volta."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from clientes.cadastro import adiar
from clientes.decisoes_da_fila import (
    DecisaoRecusada,
    adiar_na_fila,
    deixados,
    deixar_para_o_fim,
    desfazer_decisao,
)
from clientes.models import Cliente, DecisaoDaFila

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
HOJE = date(2026, 11, 20)
NATAL, ANO_NOVO = date(2026, 12, 25), date(2027, 1, 1)


@pytest.fixture
def clientes(ana: Any, novo_cliente: Any) -> dict[str, Cliente]:
    return {codigo: novo_cliente(codigo, vendedor=ana) for codigo in ("C1", "C2")}


def deixar(cliente: Any, pessoa: Any, motivo: str = "Ligo mais tarde", hoje: date = HOJE) -> DecisaoDaFila:
    return deixar_para_o_fim(cliente=cliente, pessoa=pessoa, motivo=motivo, hoje=hoje)


def test_agora_nao_vale_no_dia_e_so_para_a_pessoa_na_ordem_em_que_deixou(
    ana: Any, bruno: Any, clientes: Any
) -> None:
    primeira = deixar(clientes["C1"], ana)
    deixar(clientes["C2"], ana, "  Em   reunião ")
    assert [(d.cliente.codigo, d.motivo) for d in deixados(pessoa=ana, dia=HOJE).values()] == [
        ("C1", "Ligo mais tarde"), ("C2", "Em reunião"),
    ]  # fmt: skip
    deixar(clientes["C1"], ana, "De novo")
    assert [d.cliente.codigo for d in deixados(pessoa=ana, dia=HOJE).values()] == ["C2", "C1"]
    assert not deixados(pessoa=bruno, dia=HOJE)
    assert not deixados(pessoa=ana, dia=HOJE + timedelta(days=1))
    assert desfazer_decisao(decisao=DecisaoDaFila.objects.last(), por=ana, hoje=HOJE)
    assert deixados(pessoa=ana, dia=HOJE)[clientes["C1"].pk] == primeira


def test_sem_motivo_e_recusado_na_casa_e_no_banco(ana: Any, clientes: Any) -> None:
    with pytest.raises(DecisaoRecusada, match="Diga por que agora não"):
        deixar(clientes["C1"], ana, "  ")
    with pytest.raises(IntegrityError), transaction.atomic():
        DecisaoDaFila.objects.create(
            cliente=clientes["C1"], pessoa=ana, dia=HOJE, decisao="agora_nao", motivo=""
        )
    assert not DecisaoDaFila.objects.exists()


def test_desfazer_o_adiamento_devolve_o_de_antes_uma_vez_so(ana: Any, bruno: Any, clientes: Any) -> None:
    cliente = clientes["C1"]
    adiar(cliente=cliente, ate=NATAL, motivo="Férias", por=ana, hoje=HOJE)
    decisao = adiar_na_fila(cliente=cliente, pessoa=ana, ate=ANO_NOVO, motivo=" Reforma ", hoje=HOJE)
    cliente.refresh_from_db()
    assert (cliente.adiado_ate, cliente.adiado_motivo) == (ANO_NOVO, "Reforma")
    with pytest.raises(DecisaoRecusada, match="Só quem decidiu"):
        desfazer_decisao(decisao=decisao, por=bruno, hoje=HOJE)
    assert desfazer_decisao(decisao=decisao, por=ana, hoje=HOJE) is True
    assert desfazer_decisao(decisao=decisao, por=ana, hoje=HOJE) is False
    cliente.refresh_from_db()
    assert (cliente.adiado_ate, cliente.adiado_motivo) == (NATAL, "Férias")


def test_desfazer_nao_atropela_quem_mudou_depois_nem_ressuscita_o_vencido(ana: Any, clientes: Any) -> None:
    decisao = adiar_na_fila(cliente=clientes["C1"], pessoa=ana, ate=ANO_NOVO, motivo="Reforma", hoje=HOJE)
    adiar(cliente=clientes["C1"], ate=NATAL, motivo="Volta antes", por=ana, hoje=HOJE)
    with pytest.raises(DecisaoRecusada, match="já foi mudado depois"):
        desfazer_decisao(decisao=decisao, por=ana, hoje=HOJE)
    assert Cliente.objects.get(codigo="C1").adiado_ate == NATAL
    Cliente.objects.filter(codigo="C2").update(adiado_ate=HOJE, adiado_motivo="Já passou")
    decisao = adiar_na_fila(cliente=clientes["C2"], pessoa=ana, ate=NATAL, motivo="Reforma", hoje=HOJE)
    desfazer_decisao(decisao=decisao, por=ana, hoje=HOJE)
    assert (Cliente.objects.get(codigo="C2").adiado_ate, Cliente.objects.get(codigo="C2").adiado_motivo) == (
        None,
        "",
    )
