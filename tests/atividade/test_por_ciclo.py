"""Regras por ciclo: a régua é o ciclo do próprio cliente, conhecido antes do silêncio que se julga."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from atividade import fragmentos
from atividade.limiares import configurar, regra_em_vigor
from atividade.models import Limiar
from atividade.regras import Periodo, PorCiclo, Regra, RegraInvalida, Status, ciclo_conhecido, recuperou
from tests.atividade.conftest import de, historia
from tests.conftest import novo_pedido

DIA = date(2026, 3, 1)
FIXA = (Periodo(180, "d"), Periodo(60, "d"))
TRES = PorCiclo(D("1.5"), D(3), 15, 180, 30, 365)


def regra(ciclo: PorCiclo | None = TRES, antigo: str = "") -> Regra:
    return Regra(*FIXA, Periodo.de_texto(antigo) if antigo else None, ciclo)


def dias_ate(ciclo: str, por_ciclo: PorCiclo = TRES) -> tuple[int, int]:
    return por_ciclo.dias(D(ciclo))


def de_n_em_n(n: int, vezes: int, fim: date = DIA) -> list[tuple[date, int]]:
    """Compras a cada `n` dias, a última em `fim`."""
    return [(fim - timedelta(days=n * k), 100) for k in reversed(range(vezes))]


def por_ciclo(empresa: Any, ciclo: PorCiclo = TRES, desde: date = date(2020, 1, 1)) -> Limiar:
    return configurar(
        empresa=empresa, periodo=FIXA[0], antecedencia=FIXA[1], ciclo=ciclo, vigente_desde=desde, por=None
    )


# ── Puras ────────────────────────────────────────────────────────────────────


def test_multiplos_do_ciclo_arredondam_para_cima_entre_minimo_e_maximo() -> None:
    assert dias_ate("32") == (48, 96)
    assert dias_ate("32.5") == (49, 98)  # 48,75 e 97,5
    assert dias_ate("5") == (15, 30)  # 8 e 15 sobem ao mínimo
    assert dias_ate("10") == (15, 30)
    assert dias_ate("200") == (180, 365)  # 300 e 600 descem ao máximo
    assert dias_ate("1", PorCiclo(D("0.5"), D("0.51"), 1, 10, 2, 10)) == (1, 2)


def test_quase_inativo_vem_ao_menos_um_dia_antes() -> None:
    assert dias_ate("30", PorCiclo(D(1), D("1.01"), 1, 300, 2, 300)) == (30, 31)
    assert dias_ate("10", PorCiclo(D("1.41"), D("1.5"), 1, 300, 2, 300)) == (14, 15)
    assert dias_ate("10", PorCiclo(D("1.91"), D(2), 1, 300, 2, 300)) == (19, 20)
    assert dias_ate("3", PorCiclo(D("0.5"), D(3), 30, 30, 30, 30)) == (29, 30)


def test_sem_tres_dias_de_compra_valem_os_limites_fixos() -> None:
    fixos = Regra(*FIXA).limites(DIA)
    assert regra().limites(DIA) == regra().limites(DIA, D(30), 2) == regra().limites(DIA, None, 9) == fixos
    proprios = regra().limites(DIA, D(30), 3)
    assert (proprios.quase_inativo_em, proprios.inativo_em) == (date(2026, 4, 15), date(2026, 5, 30))


def test_antigo_continua_fixo_e_vem_depois_do_inativo_mais_tardio() -> None:
    assert regra(antigo="366d").limites(DIA, D(30), 3).antigo_em == DIA + timedelta(days=366)
    for cedo in ("365d", "12m"):
        with pytest.raises(RegraInvalida, match="depois de"):
            regra(antigo=cedo)


@pytest.mark.parametrize(
    ("campos", "trecho"),
    [
        ({"quase": D(0)}, "maiores que zero"),
        ({"inativo": D("-3")}, "maiores que zero"),
        ({"inativo": D(101)}, "até 100"),
        ({"quase": D("1.505")}, "duas casas"),
        ({"quase": D(3)}, "menor que o de inativo"),
        ({"quase_min": 0}, "1 dia"),
        ({"inativo_min": 1}, "2 dias"),
        ({"inativo_max": 7301}, "7300"),
        ({"quase_min": 181, "inativo_min": 181}, "mínimo de dias não pode passar"),
        ({"inativo_min": 366}, "mínimo de dias não pode passar"),
        ({"quase_min": 31}, "não podem passar dos de inativo"),
        ({"quase_max": 366}, "não podem passar dos de inativo"),
    ],
)
def test_regra_por_ciclo_sem_sentido_e_recusada(campos: dict[str, Any], trecho: str) -> None:
    certos = {"quase": D("1.5"), "inativo": D(3), "quase_min": 15, "quase_max": 180}
    with pytest.raises(RegraInvalida, match=trecho):
        PorCiclo(**{**certos, "inativo_min": 30, "inativo_max": 365, **campos})


def test_o_silencio_julgado_nao_entra_na_propria_regua() -> None:
    dias = [date(2026, 1, 1), date(2026, 1, 11), date(2026, 1, 21), date(2026, 3, 22)]
    assert (ciclo_conhecido(dias[:3]), ciclo_conhecido(dias[:1])) == (D(10), None)
    solta = regra(PorCiclo(D("1.5"), D(3), 1, 180, 2, 365))
    # 60 dias de silêncio contra um ciclo de 10: inativo desde 20/02; com os 60 na mediana, também, mas com
    # dois intervalos longos a régua teria se alargado
    assert recuperou(solta, dias[2], dias[3], ciclo_conhecido(dias[:3]), 3)
    assert not recuperou(solta, dias[2], dias[3], D(60), 3)
    assert not recuperou(solta, dias[2], date(2026, 2, 19), D(10), 3)
    assert recuperou(solta, dias[2], date(2026, 2, 20), D(10), 3)


def test_a_regra_se_le_em_voz_alta() -> None:
    assert regra().prazo == "3× o ciclo do cliente, entre 30 e 365 dias; sem ciclo, 180 dias"
    assert str(regra()) == (
        "inativo após 3× o ciclo do cliente, entre 30 e 365 dias, aviso a 1,5×, entre 15 e 180 dias; "
        "sem ciclo, inativo após 180 dias, aviso 60 dias antes"
    )
    assert regra(PorCiclo(D("1.50"), D("10"), 15, 180, 30, 365)).prazo.startswith("10× o ciclo")
    assert Regra(*FIXA).prazo == "180 dias"


# ── No banco ─────────────────────────────────────────────────────────────────


def extremos() -> Iterator[PorCiclo]:
    for quase, inativo in (("1.5", "3"), ("0.5", "0.51"), ("0.33", "2.75")):
        yield PorCiclo(D(quase), D(inativo), 1, 7300, 2, 7300)
        yield PorCiclo(D(quase), D(inativo), 20, 40, 20, 60)
        yield PorCiclo(D(quase), D(inativo), 15, 365, 30, 365)


@pytest.mark.django_db
def test_datas_no_banco_iguais_as_puras_em_todo_ciclo() -> None:
    linhas = "SELECT n / 2.0 AS ciclo FROM generate_series(2, 900) n"
    for ciclo in extremos():
        valores = {
            "cq": ciclo.quase, "cq_min": ciclo.quase_min, "cq_max": ciclo.quase_max,
            "ci": ciclo.inativo, "ci_min": ciclo.inativo_min, "ci_max": ciclo.inativo_max,
        }  # fmt: skip
        fixos = "interval '120 days' AS iq, 0 AS dq, interval '180 days' AS ii"
        colunas = ", ".join(f"%({c})s::{'numeric' if c in {'cq', 'ci'} else 'int'} AS {c}" for c in valores)
        sql = (
            f"SELECT ciclo, {fragmentos.quase_inativo_em('date %(dia)s', 'x.ciclo')}, "
            f"{fragmentos.inativo_em('date %(dia)s', 'x.ciclo')} "
            f"FROM ({linhas} UNION ALL SELECT NULL) x, (SELECT {fixos}, {colunas}) r"
        )
        with connection.cursor() as cursor:
            cursor.execute(sql.replace("date %(dia)s", "%(dia)s::date"), {**valores, "dia": DIA})
            for cada, quase, inativo in cursor.fetchall():
                puros = regra(ciclo).limites(DIA, cada, 3)
                assert (quase, inativo) == (puros.quase_inativo_em, puros.inativo_em), (ciclo, cada)


@pytest.mark.django_db
def test_status_de_cada_um_pelo_seu_ciclo(empresa: Any, rodar: Any, novo_cliente: Any) -> None:
    limiar = por_ciclo(empresa)
    semanal = novo_cliente("A", compras=de_n_em_n(10, 4, DIA - timedelta(days=30)))
    mensal = novo_cliente("B", compras=de_n_em_n(30, 4, DIA - timedelta(days=45)))
    novato = novo_cliente("C", compras=de_n_em_n(10, 2, DIA - timedelta(days=30)))
    na_vespera = novo_cliente("D", compras=de_n_em_n(30, 3, DIA - timedelta(days=44)))
    rodar(DIA)
    assert [de(c).status for c in (semanal, mensal, novato, na_vespera)] == [
        Status.INATIVO,
        Status.QUASE_INATIVO,
        Status.ATIVO,
        Status.ATIVO,
    ]
    assert (de(semanal).quase_inativo_em, de(semanal).inativo_em) == (date(2026, 2, 14), DIA)
    assert de(novato).inativo_em == date(2026, 1, 30) + timedelta(days=180)
    assert de(mensal).limiar == limiar == regra_em_vigor(mensal, DIA).limiar
    assert regra_em_vigor(mensal, DIA).texto == (
        f"regra da empresa {empresa}, desde 01/01/2020: "
        "3× o ciclo do cliente, entre 30 e 365 dias; sem ciclo, 180 dias"
    )


@pytest.mark.django_db
def test_recuperado_pelo_ciclo_de_antes_do_silencio(empresa: Any, rodar: Any, novo_cliente: Any) -> None:
    por_ciclo(empresa, PorCiclo(D("1.5"), D(3), 1, 180, 2, 365))
    volta, silencio = DIA - timedelta(days=5), 30
    dias = [(volta - timedelta(days=silencio + 10 * k), 1) for k in (2, 1, 0)]
    voltou = novo_cliente("A", compras=[*dias, (volta, 1)])  # ciclo 10, silêncio 30: inativo no próprio dia
    quase = novo_cliente("B", compras=[*dias, (volta - timedelta(days=1), 1)])  # 29 dias: ainda não
    longos = [(volta - timedelta(days=n), 1) for n in (250, 240, 230)]
    # 201 dias de silêncio contra ciclo 10; a compra 29 dias depois já não é volta, e não desfaz a primeira
    outro = novo_cliente("C", compras=[*longos, *[(volta - timedelta(days=n), 1) for n in (29, 0)]])
    rodar(DIA)
    assert de(voltou).recuperado_ate == volta + timedelta(days=89)
    assert de(quase).recuperado_ate is None
    assert de(outro).recuperado_ate == volta + timedelta(days=89 - 29)


@pytest.mark.django_db
def test_historia_entre_duas_noites_julga_cada_silencio_pela_sua_regua(
    empresa: Any, rodar: Any, novo_cliente: Any
) -> None:
    por_ciclo(empresa, PorCiclo(D("1.5"), D(3), 1, 180, 2, 365))
    cliente = novo_cliente("A", compras=de_n_em_n(10, 3))
    rodar(DIA)
    # 30 dias de silêncio (inativo no dia em que compra); depois a régua é a mediana de 10, 10 e 30
    novo_pedido(cliente, "V", DIA + timedelta(days=30))
    rodar(DIA + timedelta(days=75))
    assert historia(cliente) == [
        ("ativo", "quase_inativo", DIA + timedelta(days=15), "tempo"),
        ("quase_inativo", "inativo", DIA + timedelta(days=30), "tempo"),
        ("inativo", "ativo", DIA + timedelta(days=30), "compra"),
        ("ativo", "quase_inativo", DIA + timedelta(days=45), "tempo"),
        ("quase_inativo", "inativo", DIA + timedelta(days=60), "tempo"),
    ]


@pytest.mark.django_db
def test_pedido_antigo_corrigido_muda_o_ciclo_e_a_historia_diz_correcao(
    empresa: Any, rodar: Any, novo_cliente: Any
) -> None:
    por_ciclo(empresa)
    cliente = novo_cliente("A", compras=de_n_em_n(60, 3, DIA - timedelta(days=40)))
    rodar(DIA)
    assert de(cliente).status == Status.ATIVO  # ciclo 60: quase inativo aos 90 dias
    for n in (1, 2, 3):  # pedidos antigos que faltavam: o ciclo cai para 20, e os 40 dias já são quase
        novo_pedido(cliente, f"X{n}", DIA - timedelta(days=40 + 20 * n))
    rodar(DIA + timedelta(days=1))
    assert de(cliente).status == Status.QUASE_INATIVO
    assert historia(cliente) == [("ativo", "quase_inativo", DIA + timedelta(days=1), "correcao")]


@pytest.mark.django_db
def test_trocar_a_regra_fixa_pela_de_ciclo_e_configuracao(
    empresa: Any, rodar: Any, novo_cliente: Any
) -> None:
    cliente = novo_cliente("A", compras=de_n_em_n(20, 3, DIA - timedelta(days=40)))
    rodar(DIA)
    limiar = por_ciclo(empresa, desde=DIA)
    rodar(DIA)
    assert historia(cliente) == [("ativo", "quase_inativo", DIA, "configuracao")]
    assert cliente.mudancas.get().limiar == limiar
    assert rodar(DIA).linhas_alteradas == 0


@pytest.mark.django_db
def test_o_banco_recusa_limiar_por_ciclo_pela_metade(empresa: Any) -> None:
    campos = {"periodo_n": 180, "periodo_unidade": "d", "antecedencia_n": 60, "antecedencia_unidade": "d"}
    inteiro = {"ciclo_quase": 1, "ciclo_inativo": 3, "ciclo_quase_min": 1, "ciclo_quase_max": 90}
    inteiro |= {"ciclo_inativo_min": 2, "ciclo_inativo_max": 90}
    Limiar.objects.create(empresa=empresa, vigente_desde=DIA, **campos, **inteiro)
    ruins: list[dict[str, Any]] = [{campo: None} for campo in inteiro]
    ruins += [{"ciclo_quase": 3}, {"ciclo_quase_min": 91}, {"ciclo_inativo_max": 89}, {"ciclo_quase": 0}]
    for ruim in ruins:
        with pytest.raises(IntegrityError), transaction.atomic():
            Limiar.objects.create(empresa=empresa, vigente_desde=DIA, **campos, **(inteiro | ruim))
    assert Limiar.objects.count() == 1
