"""As medidas de todos, por faixas repartidas entre processos do banco: o mesmo resultado, ou nada."""

import threading
import time
from datetime import date, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import DatabaseError, Error, connection, connections, transaction

from atividade import fragmentos, medidas, recalculo
from atividade.models import Indicadores, MudancaStatus, Sujo
from clientes.models import Cliente
from contas.models import Empresa
from tests.atividade.conftest import de
from tests.conftest import novo_pedido

pytestmark = pytest.mark.django_db
R = date(2024, 6, 30)
EM_SERIE, REPARTIDAS = 0, 2


def antes(dias: int) -> date:
    return R - timedelta(days=dias)


@pytest.fixture
def duas_por_faixa(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(medidas, "POR_FAIXA", 2)


@pytest.fixture
def carteira(novo_cliente: Any) -> list[Cliente]:
    """Sete clientes: quem voltou, quem compra duas vezes no dia, quem só comprou uma, quem nunca comprou."""
    voltou = novo_cliente("Volta", compras=[(antes(900), 10), (antes(870), 20), (antes(5), "40.55")])
    dobrado = novo_cliente("Dobra", compras=[(antes(60), 1), (antes(60), 2), (antes(30), 4), (antes(3), 8)])
    uma = novo_cliente("Uma", compras=[(antes(366), 7)])
    resto = [
        novo_cliente(f"C{n}", compras=[(antes(n * k), f"{n}.1{k}") for k in range(1, 6)]) for n in (9, 40, 95)
    ]
    return [voltou, dobrado, uma, *resto, novo_cliente("Prospecto")]


def medir(empresa: Empresa, processos: int) -> tuple[list[Any], str]:
    """O que se mediu e o plano das faixas."""
    with transaction.atomic(), connection.cursor() as cursor:
        rodada = recalculo.abrir(empresa, R, R, cursor)
        cursor.execute(f"SET LOCAL max_parallel_workers_per_gather = {processos}")
        executar, planos = recalculo.Rodada.executar, []

        def espiar(sql: str) -> int:
            if "AS SELECT * FROM pg_temp.c_medir(" in sql:
                cursor.execute("EXPLAIN " + sql)
                planos.append("\n".join(linha for (linha,) in cursor.fetchall()))
            return executar(rodada, sql)

        with pytest.MonkeyPatch.context() as troca:
            troca.setattr(recalculo.Rodada, "executar", lambda _, sql: espiar(sql))
            medidas.medir(rodada)
        cursor.execute("SELECT * FROM c_medidas ORDER BY cliente_id")
        return cursor.fetchall(), "\n".join(planos)


def test_o_banco_reparte_as_faixas_e_mede_o_mesmo(
    empresa: Empresa, carteira: list[Cliente], monkeypatch: pytest.MonkeyPatch
) -> None:
    de_uma_vez, plano = medir(empresa, EM_SERIE)
    assert (len(de_uma_vez), plano) == (6, "")

    monkeypatch.setattr(medidas, "POR_FAIXA", 2)
    em_serie, plano = medir(empresa, EM_SERIE)
    assert (em_serie, "Parallel" in plano, plano.count("Function Scan")) == (de_uma_vez, False, 3)
    repartidas, plano = medir(empresa, REPARTIDAS)
    assert repartidas == de_uma_vez
    assert "Parallel Append" in plano
    assert "Workers Planned: 2" in plano


def test_a_rodada_por_faixas_grava_o_mesmo_que_de_uma_vez(
    empresa: Empresa, carteira: list[Cliente], rodar: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rodar(antes(1), completo=True)
    novo_pedido(carteira[3], "N", R, "7.77")
    with transaction.atomic():
        inteira = rodar(R, completo=True)
        esperadas = fotografia()
        transaction.set_rollback(True)
    empresa.refresh_from_db()

    monkeypatch.setattr(medidas, "POR_FAIXA", 2)
    por_faixas = rodar(R, completo=True)
    assert fotografia() == esperadas
    assert (por_faixas.linhas_alteradas, por_faixas.mudancas, por_faixas.contagens) == (
        inteira.linhas_alteradas,
        inteira.mudancas,
        inteira.contagens,
    )
    voltou, dobrado = de(carteira[0]), de(carteira[1])
    assert (voltou.valor_12m, voltou.valor_total, voltou.recuperado_ate is None) == (
        D("40.55"),
        D("70.55"),
        False,
    )
    assert (dobrado.pedidos, dobrado.dias_de_compra, dobrado.intervalo_mediano_dias) == (4, 3, D("28.5"))
    assert rodar(R, completo=True).linhas_alteradas == 0


def test_empresa_pequena_de_ids_espalhados_nao_se_reparte(
    empresa: Empresa, carteira: list[Cliente], novo_cliente: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    outra = Empresa.objects.create(codigo="2", nome="Outra")
    for n in range(9):
        novo_cliente(f"B{n}", compras=[(R, 90)], empresa=outra)
    novo_cliente("Longe", compras=[(R, 1)])
    monkeypatch.setattr(medidas, "POR_FAIXA", 8)
    linhas, plano = medir(empresa, REPARTIDAS)
    assert (len(linhas), plano) == (7, "")
    monkeypatch.setattr(medidas, "POR_FAIXA", 7)
    assert medir(empresa, REPARTIDAS)[1].count("Function Scan") == 3


@pytest.mark.usefixtures("duas_por_faixa")
def test_so_entra_quem_e_da_empresa(empresa: Empresa, novo_cliente: Any, rodar: Any) -> None:
    outra = Empresa.objects.create(codigo="2", nome="Outra")
    daqui = [novo_cliente(f"A{n}", compras=[(R, 10 + n)]) for n in range(3)]
    de_la = novo_cliente("B", compras=[(R, 90)], empresa=outra)
    daqui.append(novo_cliente("A9", compras=[(R, 19)]))
    rodar(R, completo=True)
    assert [de(c).valor_total for c in daqui] == [D(10), D(11), D(12), D(19)]
    assert de(de_la).valor_total == D(0)


@pytest.mark.usefixtures("duas_por_faixa")
def test_nada_da_mesa_fica_depois_da_rodada(empresa: Empresa, carteira: list[Cliente], rodar: Any) -> None:
    """Duas na mesma transação, como a noite de quem perdeu dias: a segunda acha a mesa limpa."""
    rodar(antes(1), completo=True)
    rodar(R, completo=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_proc WHERE proname = 'c_medir'")
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT count(*) FROM pg_class WHERE relname = 'c_de_todos'")
        assert cursor.fetchone() == (0,)


@pytest.mark.usefixtures("duas_por_faixa")
def test_a_faixa_que_falha_desfaz_a_rodada_inteira(
    empresa: Empresa, carteira: list[Cliente], rodar: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rodar(antes(1), completo=True)
    novo_pedido(carteira[4], "N", R, "7.77")
    como_estava, sujos = fotografia(), list(Sujo.objects.values_list("cliente_id", flat=True))
    trocar_na_medida(monkeypatch, f"1 / (cliente_id - {carteira[4].pk}) IS NULL OR salto >= 0")
    with pytest.raises(DatabaseError, match="division by zero"):
        rodar(R, completo=True)
    assert fotografia() == como_estava
    assert list(Sujo.objects.values_list("cliente_id", flat=True)) == sujos
    empresa.refresh_from_db()
    assert empresa.referencia_regular == antes(1)

    monkeypatch.undo()
    assert rodar(R, completo=True).modo == "completo"
    assert de(carteira[4]).ultima_compra == R


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("duas_por_faixa")
def test_processo_morto_no_meio_nao_deixa_nada(
    empresa: Empresa, carteira: list[Cliente], rodar: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rodar(antes(1), completo=True)
    novo_pedido(carteira[4], "N", R, "7.77")
    como_estava = fotografia()
    trocar_na_medida(monkeypatch, "pg_sleep(20) IS NULL OR salto >= 0")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (quem_manda,) = cursor.fetchone()
    algoz = threading.Thread(target=matar, args=(quem_manda,))
    algoz.start()
    with pytest.raises(Error):
        rodar(R, completo=True)
    algoz.join()
    monkeypatch.undo()
    connection.close()
    assert fotografia() == como_estava
    assert Sujo.objects.filter(cliente=carteira[4]).exists()
    assert rodar(R, completo=True).linhas_alteradas > 0
    assert de(carteira[4]).ultima_compra == R


# ── Atalhos ──────────────────────────────────────────────────────────────────


def fotografia() -> list[Any]:
    mudancas = MudancaStatus.objects.order_by("cliente_id", "em", "ordem")
    return [
        *Indicadores.objects.order_by("pk").values_list(),
        *mudancas.values_list("cliente_id", "de", "para", "em", "ordem", "motivo", "pedido_id"),
    ]


def trocar_na_medida(monkeypatch: pytest.MonkeyPatch, condicao: str) -> None:
    """O indício de volta passa a depender disto, que falha ou demora."""
    ler, indicio = fragmentos.ler, "salto >= %(menor_periodo)s"
    assert indicio in ler("medidas")
    monkeypatch.setattr(fragmentos, "ler", lambda nome: ler(nome).replace(indicio, f"({condicao})"))


def matar(quem_manda: int) -> None:
    """O primeiro processo chamado por esta conexão; se o banco não tem nenhum livre, a própria."""
    ate = time.monotonic() + 15
    try:
        with connection.cursor() as cursor:
            while time.monotonic() < ate:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE leader_pid = %s",
                    [quem_manda],
                )
                if cursor.fetchall():
                    return
                time.sleep(0.02)
            cursor.execute("SELECT pg_terminate_backend(%s)", [quem_manda])
    finally:
        connections.close_all()
