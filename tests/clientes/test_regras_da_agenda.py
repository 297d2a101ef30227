"""Dias úteis, novas tentativas e séries: as regras da agenda, puras, nos seus limites."""

from datetime import date

import pytest

from clientes.dias_uteis import feriado, porque_nao_e_util, somar_uteis, util_desde
from clientes.regras_da_agenda import Regras, Tentativa, depois_da_tentativa, parou, proxima_da_serie

NEGRA = date(2026, 11, 20)  # sexta-feira, feriado nacional


@pytest.mark.parametrize(
    ("dia", "uf", "dito"),
    [
        (NEGRA, "", "feriado: Dia Nacional de Zumbi e da Consciência Negra"),
        (date(2026, 11, 15), "SC", "feriado: Proclamação da República"),
        (date(2026, 11, 21), "", "sábado"),
        (date(2026, 11, 22), "", "domingo"),
        (date(2026, 11, 23), "", ""),
        (date(2026, 7, 9), "SP", "feriado: Revolução Constitucionalista"),
        (date(2026, 7, 9), "SC", ""),
        (date(2026, 7, 9), "XX", ""),  # estado que não existe: só os nacionais
        (date(2026, 4, 3), "", "feriado: Sexta-feira Santa"),
        (date(2026, 2, 17), "", ""),  # terça de carnaval é ponto facultativo
    ],
)
def test_o_dia_diz_por_que_nao_e_util(dia: date, uf: str, dito: str) -> None:
    assert porque_nao_e_util(dia, uf) == dito


def test_feriado_do_ano_seguinte_tambem_se_sabe() -> None:
    assert feriado(date(2027, 1, 1)) == "Confraternização Universal"


@pytest.mark.parametrize(
    ("dia", "util"),
    [
        (date(2026, 11, 19), date(2026, 11, 19)),
        (NEGRA, date(2026, 11, 23)),  # feriado na sexta: segunda
        (date(2026, 12, 25), date(2026, 12, 28)),
        (date(2026, 12, 31), date(2026, 12, 31)),
    ],
)
def test_primeiro_util_desde_o_dia(dia: date, util: date) -> None:
    assert util_desde(dia) == util


@pytest.mark.parametrize(
    ("dia", "quantos", "uf", "chega"),
    [
        (date(2026, 11, 18), 1, "", date(2026, 11, 19)),
        (date(2026, 11, 19), 1, "", date(2026, 11, 23)),  # pula o feriado e o fim de semana
        (date(2026, 11, 19), 2, "", date(2026, 11, 24)),
        (date(2026, 11, 21), 1, "", date(2026, 11, 23)),
        (date(2026, 7, 8), 1, "SP", date(2026, 7, 10)),
        (date(2026, 7, 8), 1, "SC", date(2026, 7, 9)),
        (NEGRA, 0, "", date(2026, 11, 23)),  # nem sem somar nada se cai em feriado
    ],
)
def test_somar_dias_uteis(dia: date, quantos: int, uf: str, chega: date) -> None:
    assert somar_uteis(dia, quantos, uf) == chega


def test_tentativa_remarca_ate_a_ultima_que_para() -> None:
    regras = Regras(nova_tentativa_em_dias=2, tentativas_ate_parar=3, uf="SC")
    dia = date(2026, 11, 19)
    primeira = depois_da_tentativa(em=dia, tentativas=0, dia=dia, regras=regras)
    assert primeira == Tentativa(date(2026, 11, 24), 1, False)
    segunda = depois_da_tentativa(em=primeira.em, tentativas=1, dia=primeira.em, regras=regras)
    assert segunda == Tentativa(date(2026, 11, 26), 2, False)
    terceira = depois_da_tentativa(em=segunda.em, tentativas=2, dia=segunda.em, regras=regras)
    assert terceira == Tentativa(date(2026, 11, 26), 3, True)  # fica onde está


def test_parar_e_na_ultima_e_nao_antes() -> None:
    assert [parou(n, 5) for n in (4, 5, 6)] == [False, True, True]


@pytest.mark.parametrize(
    ("recorrencia", "desde", "depois_de", "chega"),
    [
        ("", NEGRA, NEGRA, None),
        ("semanal", date(2026, 11, 18), date(2026, 11, 18), date(2026, 11, 25)),
        ("semanal", date(2026, 11, 13), date(2026, 11, 13), date(2026, 11, 23)),  # sexta 20 é feriado
        ("semanal", date(2026, 11, 13), date(2026, 11, 23), date(2026, 11, 27)),  # e a sexta não se perde
        ("semanal", date(2026, 11, 18), date(2026, 12, 10), date(2026, 12, 16)),  # atrasou três semanas
        ("quinzenal", date(2026, 11, 18), date(2026, 11, 18), date(2026, 12, 3)),
        ("mensal", date(2026, 11, 18), date(2026, 11, 18), date(2026, 12, 18)),
        ("mensal", date(2026, 10, 30), date(2026, 10, 30), date(2026, 11, 30)),
        ("mensal", date(2026, 12, 31), date(2026, 12, 31), date(2027, 2, 1)),  # 31/01/2027 é domingo
        ("mensal", date(2026, 12, 31), date(2027, 2, 1), date(2027, 3, 1)),  # 28/02/2027 é domingo
        ("mensal", date(2026, 12, 31), date(2027, 3, 1), date(2027, 3, 31)),  # volta ao 31
        ("ciclo", date(2026, 11, 18), date(2026, 11, 18), date(2026, 12, 21)),  # 20/12 é domingo
        ("semanal", date(2026, 11, 25), date(2026, 11, 18), date(2026, 12, 2)),  # feito antes do dia
    ],
)
def test_o_dia_seguinte_da_serie(recorrencia: str, desde: date, depois_de: date, chega: date | None) -> None:
    achado = proxima_da_serie(desde=desde, recorrencia=recorrencia, depois_de=depois_de, ciclo_dias=32)
    assert achado == chega


def test_a_serie_acaba_no_dia_que_se_disse() -> None:
    def seguinte(ate: date) -> date | None:
        return proxima_da_serie(
            desde=date(2026, 11, 13), recorrencia="semanal", depois_de=date(2026, 11, 13), ate=ate
        )

    assert seguinte(date(2026, 11, 23)) == date(2026, 11, 23)
    assert seguinte(date(2026, 11, 22)) is None  # o útil já passa do fim
    assert seguinte(NEGRA) is None


def test_no_ritmo_de_quem_nao_tem_ritmo_nao_ha_seguinte() -> None:
    assert proxima_da_serie(desde=NEGRA, recorrencia="ciclo", depois_de=NEGRA) is None
