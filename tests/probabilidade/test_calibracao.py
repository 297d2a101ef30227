"""A chance calibrada: as janelas e a logística contra a conta na unha, o mês guardado e as listas que o leem."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from atividade.probabilidade.calibracao import Calibracao, calibrar, provar_p
from atividade.probabilidade.janelas import Janelas, cortes_de
from atividade.probabilidade.mensal import ajustar_empresa, devido
from contas.models import Empresa
from tests.conftest import novo_pedido
from tests.probabilidade.conftest import DIA, Compras, janela, logistica

pytestmark = pytest.mark.django_db


def calibrar_em(empresa: Empresa, dia: date) -> Calibracao:
    with transaction.atomic(), connection.cursor() as cursor:
        return calibrar(Janelas(empresa, DIA, cursor), dia)


def test_janelas_e_calibracao_sao_as_da_conta_na_unha(
    empresa: Empresa, semear: Callable[..., Compras]
) -> None:
    base = semear(160, ate=DIA + timedelta(days=60))
    linhas = [linha for corte in cortes_de(DIA) for linha in janela(base, corte)]
    calibracao = calibrar_em(empresa, DIA)
    assert calibracao.linhas == len(linhas) >= 200
    assert not calibracao.estimativa
    assert (calibracao.b0, calibracao.s) == pytest.approx(logistica(linhas), abs=1e-7)


def test_com_menos_de_duzentas_linhas_fica_a_estimativa(
    empresa: Empresa, semear: Callable[..., Compras]
) -> None:
    base = semear(30)
    linhas = sum(len(janela(base, corte)) for corte in cortes_de(DIA))
    assert 0 < linhas < 200
    assert calibrar_em(empresa, DIA) == Calibracao(-0.8, 0.75, linhas, True)


def test_sem_ninguem_calado_nao_ha_o_que_ajustar(empresa: Empresa, novo_cliente: Any) -> None:
    for n in range(60):
        novo_cliente(f"C{n}", compras=[(DIA - timedelta(days=10 * k), 1) for k in range(40)])
    assert calibrar_em(empresa, DIA) == Calibracao(-0.8, 0.75, 240, True)


def test_a_prova_compara_o_previsto_com_o_acontecido(
    empresa: Empresa, semear: Callable[..., Compras]
) -> None:
    base = semear(900)
    corte = DIA - timedelta(days=90)
    with transaction.atomic(), connection.cursor() as cursor:
        janelas = Janelas(empresa, DIA, cursor)
        calibracao = calibrar(janelas, corte)
        prova = provar_p(janelas, corte, calibracao)
    assert prova is not None
    pares = [
        (1 / (1 + 2.718281828459045 ** -(calibracao.b0 + calibracao.s * v)), y)
        for v, y in janela(base, corte)
    ]
    media = sum(y for _, y in pares) / len(pares)
    faixas = [[(p, y) for p, y in pares if int(p * 10) == k] for k in range(10)]
    erro = sum(abs(sum(p - y for p, y in faixa)) for faixa in faixas) / len(pares)
    brier, acaso = (sum((p - y) ** 2 for p, y in xs) for xs in (pares, [(media, y) for _, y in pares]))
    assert prova.linhas == len(pares)
    assert [f.linhas for f in prova.faixas] == [len(faixa) for faixa in faixas if faixa]
    assert (prova.acontecido, prova.erro, prova.ganho) == pytest.approx((media, erro, 1 - brier / acaso))


@pytest.mark.resistencia
def test_quem_compra_como_o_modelo_diz_fica_dentro_das_metas(
    empresa: Empresa, semear: Callable[..., Compras]
) -> None:
    """Erro de calibração até 5% e ganho de 0,14, na chance da fila e na do modelo de compra."""
    semear(2_500)
    ajuste = ajustar_empresa(empresa=empresa, referencia=DIA, hoje=DIA)
    for nome in ("p", "modelo"):
        prova = ajuste.prova[nome]
        assert prova["erro"] <= 0.05, (nome, prova)
        assert prova["ganho"] >= 0.14, (nome, prova)


def test_sem_compras_nada_se_deve_e_o_ajuste_diz_que_faltam_dados(empresa: Empresa) -> None:
    empresa.referencia = DIA
    assert not devido(empresa)
    ajuste = ajustar_empresa(empresa=empresa, referencia=DIA, hoje=DIA)
    assert (ajuste.modelo, ajuste.estimativa, ajuste.linhas, ajuste.clientes) == ("", True, 0, 0)
    assert ajuste.modelos[0]["recusa"].startswith("Poucos dados: 0 clientes")
    assert ajuste.prova["p"] is None


def test_numero_de_consultas_nao_depende_da_carteira(
    empresa: Empresa, semear: Callable[..., Compras]
) -> None:
    def contar() -> int:
        with CaptureQueriesContext(connection) as contadas:
            ajustar_empresa(empresa=empresa, referencia=DIA, hoje=DIA)
        return len([c for c in contadas if "c_janelas" not in c["sql"]])

    pequena = contar()
    semear(120)
    contar()
    novo = contar()
    assert novo <= pequena + 6, "só a calibração acrescenta passos, e não clientes"


def test_dias_repetidos_devolucoes_e_futuro_nao_contam(empresa: Empresa, novo_cliente: Any) -> None:
    from atividade.probabilidade.estatisticas import estatisticas

    cliente = novo_cliente("A", compras=[(DIA - timedelta(days=n), 5) for n in (40, 40, 10, 3)])
    novo_pedido(cliente, "D1", DIA - timedelta(days=1), "-5.00", "devolvido")
    novo_pedido(cliente, "F1", DIA + timedelta(days=1))
    novo_cliente("B", compras=[(DIA - timedelta(days=7), 5)])
    novo_cliente("SO_FUTURO", compras=[(DIA + timedelta(days=7), 5)])
    dados = estatisticas(empresa, DIA)
    assert [list(c) for c in (dados.x, dados.tx, dados.t, dados.quantos)] == [
        [0, 2],
        [0, 37],
        [7, 40],
        [1, 1],
    ]
    assert dados.soma_log == pytest.approx(5.347107530717469)  # ln 30 + ln 7
