"""As regras puras: cada limite, um dia antes, no dia e um dia depois."""

from datetime import date, timedelta
from decimal import Decimal as D

import pytest

from atividade.regras import (
    PRESETS,
    REGRA_PADRAO,
    Marca,
    Periodo,
    Regra,
    RegraInvalida,
    Ritmo,
    Status,
    Tendencia,
    arredondar_dias,
    classificar,
    classificar_ritmo,
    classificar_tendencia,
    curva_abc,
    eh_irregular,
    marcar,
    notas_rfv,
    recuperou,
    ultimo_dia_da_novidade,
)


def regra(periodo: str, antecedencia: str, antigo: str = "") -> Regra:
    return Regra(
        Periodo.de_texto(periodo),
        Periodo.de_texto(antecedencia),
        Periodo.de_texto(antigo) if antigo else None,
    )


def status(r: Regra, ultima: date, dia: date) -> Status:
    limites = r.limites(ultima)
    return classificar(limites.quase_inativo_em, limites.inativo_em, dia)


def test_dezoito_e_seis_meses_com_os_dois_limites_inclusivos() -> None:
    r, hoje = regra("18m", "6m"), date(2026, 3, 15)
    assert status(r, date(2024, 9, 15), hoje) == Status.INATIVO  # exatamente 18 meses
    assert status(r, date(2024, 9, 16), hoje) == Status.QUASE_INATIVO
    assert status(r, date(2025, 3, 15), hoje) == Status.QUASE_INATIVO  # exatamente 12 meses
    assert status(r, date(2025, 3, 16), hoje) == Status.ATIVO


def test_mes_curto_encurta_o_dia_pela_soma() -> None:
    limites = regra("18m", "6m").limites(date(2024, 8, 31))
    assert (limites.quase_inativo_em, limites.inativo_em) == (date(2025, 8, 31), date(2026, 2, 28))


def test_compra_em_29_de_fevereiro() -> None:
    limites = regra("12m", "1m").limites(date(2024, 2, 29))
    assert (limites.quase_inativo_em, limites.inativo_em) == (date(2025, 1, 29), date(2025, 2, 28))


def test_meses_com_antecedencia_em_dias_tira_da_data_final() -> None:
    limites = regra("6m", "15d").limites(date(2024, 8, 31))
    assert (limites.quase_inativo_em, limites.inativo_em) == (date(2025, 2, 13), date(2025, 2, 28))


@pytest.mark.parametrize(
    ("periodo", "antecedencia", "trecho"),
    [
        ("180d", "2m", "antecedência em dias"),
        ("6m", "6m", "menor que o período"),
        ("30d", "31d", "menor que o período"),
        ("1m", "28d", "período inteiro"),  # de 31/01 a 28/02 são 28 dias
        ("1m", "30d", "período inteiro"),
    ],
)
def test_regra_sem_sentido_e_recusada(periodo: str, antecedencia: str, trecho: str) -> None:
    with pytest.raises(RegraInvalida, match=trecho):
        regra(periodo, antecedencia)


def test_um_mes_com_27_dias_de_aviso_ainda_serve() -> None:
    assert regra("1m", "27d").limites(date(2023, 1, 31)).quase_inativo_em == date(2023, 2, 1)


def test_antigo_comeca_depois_de_inativo() -> None:
    assert regra("90d", "30d", "365d").limites(date(2024, 1, 1)).antigo_em == date(2024, 12, 31)
    with pytest.raises(RegraInvalida, match="depois de"):
        regra("3m", "1m", "92d")


@pytest.mark.parametrize("texto", ["", "18", "m", "18 anos", "1.5m", "-3m", "0d", "241m", "7301d"])
def test_periodo_mal_escrito_e_recusado(texto: str) -> None:
    with pytest.raises(RegraInvalida):
        Periodo.de_texto(texto)


def test_unidade_desconhecida_e_recusada() -> None:
    with pytest.raises(RegraInvalida, match="unidade"):
        Periodo(3, "a")


def test_periodo_se_le_em_voz_alta() -> None:
    assert [str(Periodo.de_texto(t)) for t in ("1m", " 18M ", "1d", "180d")] == [
        "1 mês",
        "18 meses",
        "1 dia",
        "180 dias",
    ]
    assert str(REGRA_PADRAO) == "inativo após 6 meses, aviso 2 meses antes"
    assert len(PRESETS) == 6


@pytest.mark.parametrize(
    ("dia", "esperado"),
    [
        (date(2024, 4, 30), Status.ATIVO),
        (date(2024, 5, 1), Status.QUASE_INATIVO),
        (date(2024, 5, 2), Status.QUASE_INATIVO),
        (date(2024, 6, 30), Status.QUASE_INATIVO),
        (date(2024, 7, 1), Status.INATIVO),
        (date(2024, 7, 2), Status.INATIVO),
    ],
)
def test_regra_padrao_de_seis_e_dois_meses(dia: date, esperado: Status) -> None:
    assert status(REGRA_PADRAO, date(2024, 1, 1), dia) == esperado


def test_sem_compra_e_prospect() -> None:
    assert classificar(None, None, date(2024, 1, 1)) == Status.PROSPECT


def test_novo_ate_o_ultimo_dia_da_janela() -> None:
    ate = ultimo_dia_da_novidade(date(2024, 1, 1), 90)
    assert ate == date(2024, 3, 30)
    assert marcar(Status.ATIVO, ate, novo_ate=ate) == Marca.NOVO
    assert marcar(Status.ATIVO, ate + timedelta(days=1), novo_ate=ate) is None


def test_recuperado_vence_novo() -> None:
    dia = date(2024, 3, 1)
    assert marcar(Status.ATIVO, dia, novo_ate=dia, recuperado_ate=dia) == Marca.RECUPERADO


def test_recente_e_antigo_so_onde_a_regra_diz() -> None:
    dia = date(2024, 3, 1)
    assert marcar(Status.INATIVO, dia) is None
    assert marcar(Status.INATIVO, dia, antigo_em=date(2024, 3, 2)) == Marca.RECENTE
    assert marcar(Status.INATIVO, dia, antigo_em=dia) == Marca.ANTIGO
    assert marcar(Status.QUASE_INATIVO, dia, antigo_em=dia, novo_ate=dia) is None


def test_compra_no_dia_do_limite_ja_e_recuperacao() -> None:
    r = regra("30d", "10d")
    assert recuperou(r, date(2024, 1, 1), date(2024, 1, 31))
    assert not recuperou(r, date(2024, 1, 1), date(2024, 1, 30))


@pytest.mark.parametrize(
    ("ciclo", "esperado"),
    [
        ("4", Ritmo.A_CADA_N_DIAS),
        ("4.5", Ritmo.SEMANAL),
        ("9", Ritmo.SEMANAL),
        ("9.5", Ritmo.QUINZENAL),
        ("20", Ritmo.QUINZENAL),
        ("21", Ritmo.MENSAL),
        ("45", Ritmo.MENSAL),
        ("46", Ritmo.BIMESTRAL),
        ("76", Ritmo.TRIMESTRAL),
        ("121", Ritmo.SEMESTRAL),
        ("241", Ritmo.ANUAL),
        ("400", Ritmo.ANUAL),
        ("401", Ritmo.A_CADA_N_DIAS),
    ],
)
def test_faixas_de_ritmo(ciclo: str, esperado: Ritmo) -> None:
    assert classificar_ritmo(3, D(ciclo), 40, 800) == esperado


def test_ritmo_de_quem_compra_pouco_ou_sem_regra() -> None:
    assert classificar_ritmo(1, None, 0, 0) == Ritmo.UNICA
    assert classificar_ritmo(2, D(30), 30, 900) is None
    assert classificar_ritmo(3, D(50), 100, 90 * 90 + 10 * 10) == Ritmo.IRREGULAR


def test_variacao_de_exatamente_meio_nao_e_irregular() -> None:
    assert not eh_irregular(2, 40, 10 * 10 + 30 * 30)  # desvio 10, média 20
    assert eh_irregular(2, 40, 9 * 9 + 31 * 31)


@pytest.mark.parametrize(
    ("recente", "anterior", "esperado"),
    [
        ("0", "0", None),
        ("1", "0", Tendencia.SOBE),
        ("0", "1", Tendencia.CAI),
        ("110.00", "100.00", Tendencia.ESTAVEL),
        ("110.01", "100.00", Tendencia.SOBE),
        ("90.00", "100.00", Tendencia.ESTAVEL),
        ("89.99", "100.00", Tendencia.CAI),
    ],
)
def test_tendencia(recente: str, anterior: str, esperado: Tendencia | None) -> None:
    assert classificar_tendencia(D(recente), D(anterior)) == esperado


def test_rfv_empates_dividem_a_nota() -> None:
    assert notas_rfv([1, 2, 3, 4, 5]) == [1, 2, 3, 4, 5]
    assert notas_rfv([0, 0, 0, 0, 9]) == [1, 1, 1, 1, 5]
    assert notas_rfv([7, 7]) == [1, 1]
    assert notas_rfv([3]) == [1]


def test_curva_abc_pelo_acumulado_antes_do_cliente() -> None:
    clientes = [("a", D(80)), ("b", D(15)), ("c", D(5)), ("z", D(0))]
    assert curva_abc(clientes) == {"a": "A", "b": "B", "c": "C"}


def test_curva_abc_desempata_pelo_codigo_em_bytes() -> None:
    assert curva_abc([("b", D(50)), ("B", D(50))], a=D(50)) == {"B": "A", "b": "B"}


def test_arredonda_meio_dia_para_cima() -> None:
    assert [arredondar_dias(D(v)) for v in ("1.4999", "1.5", "2.5")] == [1, 2, 3]
