"""A distribuição guardada: a rodada seguinte move-a por quem mudou, e só parte dela se é a do que está gravado."""

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from atividade import distribuicao, recalculo
from atividade.models import Distribuicao, EstadoDoRecalculo, Indicadores, ParametrosDaAtividade
from clientes.models import Cliente, Pedido
from contas.models import Empresa
from tests.atividade.distribuicao_na_unha import contada, faixa_de, guardada
from tests.conftest import novo_pedido

DIA = date(2026, 11, 10)
D = Decimal
pytestmark = pytest.mark.django_db


@pytest.fixture
def passos(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """O que cada rodada faz com a distribuição."""
    feitos: list[str] = []
    passo = recalculo.Rodada.passo

    def anotar(rodada: recalculo.Rodada, nome: str, **trocas: str) -> int:
        if nome in {"distribuicao_contada", "distribuicao_movida"}:
            feitos.append(nome.removeprefix("distribuicao_"))
        return passo(rodada, nome, **trocas)

    monkeypatch.setattr(recalculo.Rodada, "passo", anotar)
    return feitos


@pytest.fixture
def clientes(empresa: Empresa) -> list[Cliente]:
    """Vinte que compraram há dez dias, de 10 a 200 reais; rodados, com a distribuição guardada."""
    todos = [
        Cliente.objects.create(empresa=empresa, codigo=f"K{n:02}", razao_social=f"K{n}") for n in range(20)
    ]
    for n, cliente in enumerate(todos):
        novo_pedido(cliente, f"P{n}", DIA - timedelta(days=10), 10 * (n + 1))
    rodar(empresa, DIA)
    return todos


def rodar(empresa: Empresa, dia: date, *, completo: bool = False) -> str:
    empresa.refresh_from_db()
    return recalculo.recalcular(empresa=empresa, referencia=dia, hoje=dia, completo=completo).modo


def classes() -> dict[str, tuple[Any, ...]]:
    campos = ("curva_abc", "rfv_r", "rfv_f", "rfv_v")
    return {c: tuple(k) for c, *k in Indicadores.objects.values_list("cliente__codigo", *campos)}


def do_completo(empresa: Empresa, dia: date) -> dict[str, tuple[Any, ...]]:
    """As classes que o completo daria, desfeito em seguida."""
    ponto = transaction.savepoint()
    rodar(empresa, dia, completo=True)
    dadas = classes()
    transaction.savepoint_rollback(ponto)
    return dadas


def test_a_completa_conta_e_a_incremental_move(
    empresa: Empresa, clientes: list[Cliente], passos: list[str]
) -> None:
    assert guardada() == contada()
    novo_pedido(clientes[0], "N1", DIA + timedelta(days=1), 500)
    assert rodar(empresa, DIA + timedelta(days=1)) == "incremental"
    assert passos == ["movida"]
    assert guardada() == contada()
    assert classes()["K00"] == ("A", 5, 5, 5)
    assert classes() == do_completo(empresa, DIA + timedelta(days=1))


def test_noites_seguidas_com_empates_e_gente_de_fora(
    empresa: Empresa, clientes: list[Cliente], passos: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Doze noites ao acaso, de semente fixa: pedidos que entram, mudam e somem, e encerrados que voltam."""
    monkeypatch.setattr(recalculo, "FRACAO_PARA_COMPLETO", 2)
    acaso, dia = random.Random(20261110), DIA
    valores = ["0.00", "0.49", "0.50", "10.00", "10.00", "99.49", "99.50", "100.00", "20000.00"]
    for noite in range(12):
        dia += timedelta(days=1)
        for n in range(8):
            quando = dia - timedelta(days=acaso.choice([0, 0, 1, 5, 364, 365, 366, 500]))
            novo_pedido(acaso.choice(clientes), f"{noite}-{n}", quando, D(acaso.choice(valores)))
        Pedido.objects.filter(numero=f"P{noite}").delete()
        Pedido.objects.filter(numero=f"{noite}-1").update(data=dia - timedelta(days=400))
        Cliente.objects.filter(pk=acaso.choice(clientes).pk).update(
            encerrado_em=acaso.choice([None, dia, dia + timedelta(days=2)])
        )
        esperadas = do_completo(empresa, dia)
        passos.clear()
        assert rodar(empresa, dia) == "incremental"
        assert passos == ["movida"]
        assert guardada() == contada()
        assert classes() == esperadas, noite


def _apagar(clientes: list[Cliente]) -> None:
    Pedido.objects.filter(cliente=clientes[-1]).delete()
    clientes[-1].delete()


def _mexer(clientes: list[Cliente]) -> None:
    Indicadores.objects.filter(pk=clientes[-1].pk).update(valor_12m=D("0.00"))


def _de_outra_versao(clientes: list[Cliente]) -> None:
    Distribuicao.objects.update(versao=distribuicao.VERSAO + 1)


def _de_outra_rodada(clientes: list[Cliente]) -> None:
    """Uma que não a guarda, como as da versão anterior ainda no ar."""
    Empresa.objects.update(calculada_em=timezone.now() + timedelta(seconds=1))


def _sumir(clientes: list[Cliente]) -> None:
    Distribuicao.objects.all().delete()


@pytest.mark.parametrize("estragar", [_apagar, _mexer, _de_outra_versao, _de_outra_rodada, _sumir])
def test_se_nao_e_a_do_que_esta_gravado_conta_se(
    empresa: Empresa, clientes: list[Cliente], passos: list[str], estragar: Any
) -> None:
    estragar(clientes)
    amanha = DIA + timedelta(days=1)
    novo_pedido(clientes[0], "N1", amanha, 500)
    assert rodar(empresa, amanha) == "incremental"
    assert passos == ["contada"]
    assert guardada() == contada()
    passos.clear()
    novo_pedido(clientes[1], "N2", amanha + timedelta(days=1), 500)
    assert rodar(empresa, amanha + timedelta(days=1)) == "incremental"
    assert passos == ["movida"]
    assert guardada() == contada()


def test_mudar_o_abc_nao_muda_a_distribuicao(empresa: Empresa, clientes: list[Cliente]) -> None:
    antes = guardada()
    ParametrosDaAtividade.objects.filter(empresa=empresa).update(abc_a=D(50), abc_b=D(70))
    assert rodar(empresa, DIA + timedelta(days=1)) == "completo"
    assert guardada() == antes


def test_consulta_ao_passado_nao_a_guarda(empresa: Empresa, clientes: list[Cliente]) -> None:
    antes, dia = guardada(), DIA - timedelta(days=9)
    assert not recalculo.recalcular(empresa=empresa, referencia=dia, hoje=DIA).regular
    assert guardada() == antes
    assert rodar(empresa, DIA) == "completo"
    assert guardada() == contada() == antes


def test_empresa_sem_compras(empresa: Empresa, passos: list[str]) -> None:
    Cliente.objects.create(empresa=empresa, codigo="K", razao_social="K")
    rodar(empresa, DIA)
    rodar(empresa, DIA + timedelta(days=1))
    assert guardada() == {}
    assert EstadoDoRecalculo.objects.get().cortes["abc_va"] is None


@pytest.mark.parametrize("valor", ["0.01", "0.50", "1.50", "99.50", "101.50", "1038.50", "1E8", "3E9"])
def test_o_indice_busca_a_faixa_inteira(valor: str) -> None:
    """O intervalo que se lê pelo índice é o da faixa: nem um centavo a mais, nem a menos."""
    ultima = faixa_de(D("1E12"))
    intervalo = f"v >= {distribuicao.desde('f')} AND v < {distribuicao.antes_de('f')}"
    for v in (D(valor) - D("0.01"), D(valor), D(valor) + D("0.01")):
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT f FROM generate_series(1, {ultima}) f, (SELECT %s::numeric AS v) x WHERE {intervalo}",
                [v],
            )
            assert cursor.fetchall() == ([(faixa_de(v),)] if v > 0 else [])
