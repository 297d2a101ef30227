"""Quando uma regra de aviso é devida, sem banco: cadências, feriados, noites perdidas e o silêncio."""

from datetime import date, datetime, time, timedelta

import pytest

from notificacoes.regras.vagas import Quando, fora_do_silencio
from tests.conftest import SAO_PAULO

SEXTA = date(2026, 11, 20)  # feriado nacional
SEGUNDA = date(2026, 11, 23)
DIA = timedelta(days=1)


@pytest.mark.parametrize(
    ("quando", "devidas"),
    [
        (Quando("diaria"), [18, 19, 20, 21, 22, 23, 24]),
        (Quando("diaria", so_dias_uteis=True), [18, 19, 23, 24]),
        (Quando("semanal", dia_da_semana=4), [20]),
        (Quando("semanal", dia_da_semana=4, so_dias_uteis=True), [23]),
        (Quando("semanal", dia_da_semana=6, so_dias_uteis=True), [23]),
        (Quando("quinzenal", dia_da_semana=0, comeca_em=date(2026, 11, 9)), [23]),
        (Quando("quinzenal", dia_da_semana=0, comeca_em=date(2026, 11, 20)), []),
        (Quando("mensal", dia_do_mes=22), [22]),
        (Quando("mensal", dia_do_mes=21, so_dias_uteis=True), [23]),
    ],
)
def test_as_noites_de_18_a_24_de_novembro(quando: Quando, devidas: list[int]) -> None:
    noites = [date(2026, 11, dia) for dia in range(18, 25)]
    assert [
        noite.day for noite in noites if quando.devida(noite, [noite - n * DIA for n in range(1, 9)])
    ] == devidas


def test_o_dia_que_o_mes_nao_tem_e_o_ultimo() -> None:
    mensal = Quando("mensal", dia_do_mes=31)
    assert mensal.devida(date(2026, 11, 30))
    assert mensal.devida(date(2027, 2, 28))
    assert not mensal.devida(date(2027, 1, 30))
    assert mensal.proxima(date(2026, 11, 30)) == date(2026, 12, 31)


def test_a_vaga_perdida_vem_na_primeira_noite_que_rodar() -> None:
    segundas = Quando("semanal", dia_da_semana=0)
    assert segundas.devida(SEGUNDA + 2 * DIA, [SEGUNDA - DIA]), "a de segunda não rodou"
    assert not segundas.devida(SEGUNDA + 2 * DIA, [SEGUNDA]), "a de segunda rodou"
    assert not segundas.devida(SEGUNDA + 2 * DIA), "a primeira noite de todas não deve nada ao passado"
    uteis = Quando("semanal", dia_da_semana=3, so_dias_uteis=True)
    assert not uteis.devida(SEXTA + DIA, [SEXTA - 2 * DIA]), "quinta se perdeu, mas sábado não é dia"
    assert uteis.devida(SEGUNDA, [SEXTA + DIA, SEXTA - 2 * DIA]), "a rodada de sábado não a cumpriu"


@pytest.mark.parametrize(
    ("hora", "de", "ate", "sai"),
    [
        ("06:59", "20:00", "07:00", "20 07:00"),
        ("07:00", "20:00", "07:00", "20 07:00"),
        ("19:59", "20:00", "07:00", "20 19:59"),
        ("20:00", "20:00", "07:00", "21 07:00"),
        ("12:30", "12:00", "13:00", "20 13:00"),
        ("13:00", "12:00", "13:00", "20 13:00"),
        ("03:00", None, None, "20 03:00"),
    ],
)
def test_no_silencio_espera_o_fim_dele(hora: str, de: str | None, ate: str | None, sai: str) -> None:
    momento = datetime.combine(SEXTA, time.fromisoformat(hora), SAO_PAULO)
    limites = [time.fromisoformat(limite) if limite else None for limite in (de, ate)]
    assert f"{fora_do_silencio(momento, *limites):%d %H:%M}" == sai


@pytest.mark.parametrize(
    ("quando", "dita", "frase"),
    [
        (Quando("semanal", dia_da_semana=0), "toda segunda", "às segundas-feiras"),
        (Quando("semanal", dia_da_semana=5), "todo sábado", "aos sábados"),
        (Quando("quinzenal", dia_da_semana=2), "quarta, semana sim, semana não", "a cada duas semanas"),
        (
            Quando("mensal", dia_do_mes=5, so_dias_uteis=True),
            "dia 5 de cada mês, só em dias úteis",
            "uma vez por mês",
        ),
        (Quando("diaria"), "todo dia", "depois da rotina de cada noite"),
    ],
)
def test_como_se_diz(quando: Quando, dita: str, frase: str) -> None:
    assert (str(quando), quando.em_frase) == (dita, frase)
