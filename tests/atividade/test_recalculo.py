"""O recálculo, história por história, com números exatos."""

from datetime import date, timedelta
from decimal import Decimal as D
from typing import Any

import pytest

from atividade.models import Indicadores
from tests.atividade.conftest import de, historia

pytestmark = pytest.mark.django_db

REFERENCIA = date(2022, 3, 22)
# A grade do documento dos cinco passos: último pedido → recência em 22/03/2022.
GRADE = [
    (date(2022, 1, 13), 68),
    (date(2020, 1, 6), 806),
    (date(2022, 1, 31), 50),
    (date(2022, 2, 17), 33),
    (date(2021, 9, 15), 188),
    (date(2021, 8, 27), 207),
    (date(2020, 10, 7), 531),
    (date(2021, 7, 30), 235),
    (date(2019, 8, 2), 963),
]


@pytest.mark.parametrize(("ultima", "recencia"), GRADE)
def test_grade_dos_cinco_passos(rodar: Any, novo_cliente: Any, ultima: date, recencia: int) -> None:
    cliente = novo_cliente("G1", compras=[(ultima, "150.00")])
    rodar(REFERENCIA)
    linha = Indicadores.objects.com_recencia(REFERENCIA).get(cliente=cliente)
    assert linha.recencia_dias == recencia
    assert linha.intervalo_medio_dias is None
    na_janela = ultima > date(2021, 3, 22)
    assert linha.valor_janela == (D("150.00") if na_janela else D("0.00"))
    assert linha.valor_ano_ativo == D("150.00")


def test_cliente_sem_compra_e_prospect_com_zeros(rodar: Any, novo_cliente: Any) -> None:
    cliente = novo_cliente("P1")
    rodar(REFERENCIA)
    linha = de(cliente)
    assert (linha.status, linha.pedidos, linha.valor_total, linha.ultima_compra) == (
        "prospect",
        0,
        D(0),
        None,
    )
    assert (linha.curva_abc, linha.rfv_r, linha.proxima_compra_esperada) == ("", None, None)


def test_intervalos_por_dia_de_compra(rodar: Any, novo_cliente: Any) -> None:
    dias = [date(2022, 1, 1), date(2022, 1, 1), date(2022, 1, 11), date(2022, 1, 31), date(2022, 3, 20)]
    cliente = novo_cliente("I1", compras=[(dia, "10.10") for dia in dias])
    rodar(REFERENCIA)
    linha = de(cliente)
    assert (linha.pedidos, linha.dias_de_compra) == (5, 4)
    assert linha.intervalo_medio_dias == D("26.0000")  # 78 dias ÷ 3
    assert linha.intervalo_mediano_dias == D("20.0000")
    assert linha.valor_total == D("50.50")
    assert linha.proxima_compra_esperada == date(2022, 4, 9)


def test_mediana_e_a_media_dos_dois_do_meio(rodar: Any, novo_cliente: Any) -> None:
    cliente = novo_cliente(
        "I2", compras=[(date(2022, 1, 1), 1), (date(2022, 1, 11), 1), (date(2022, 2, 2), 1)]
    )
    rodar(REFERENCIA)
    assert de(cliente).intervalo_mediano_dias == D("16.0000")  # 10 e 22


def test_primeira_rodada_nao_escreve_mudancas(rodar: Any, novo_cliente: Any) -> None:
    cliente = novo_cliente("M1", compras=[(date(2022, 1, 1), 1)])
    assert rodar(REFERENCIA).mudancas == 0
    assert historia(cliente) == []
    assert de(cliente).status_historico == "ativo"


def test_repetir_a_rodada_nao_muda_linha_alguma(rodar: Any, novo_cliente: Any) -> None:
    for n in range(30):
        novo_cliente(f"R{n}", compras=[(REFERENCIA - timedelta(days=n * 13), "10.00")])
    rodar(REFERENCIA)
    antes = list(Indicadores.objects.extra(select={"x": "xmin::text"}).values_list("pk", "x"))
    for completo in (False, True):
        resultado = rodar(REFERENCIA, completo=completo)
        assert (resultado.linhas_alteradas, resultado.mudancas) == (0, 0)
    assert list(Indicadores.objects.extra(select={"x": "xmin::text"}).values_list("pk", "x")) == antes
