"""Números, datas e documentos na escrita brasileira."""

from datetime import date
from decimal import Decimal

import pytest

from carteira import formatos


@pytest.mark.parametrize(
    ("valor", "escrito"),
    [
        (Decimal("1234.56"), "R$ 1.234,56"),
        (Decimal("-18.5"), "−R$ 18,50"),
        (0, "R$ 0,00"),
        (None, "–"),
        ("", "–"),
        (Decimal("0.005"), "R$ 0,01"),
    ],
)
def test_moeda_tem_ponto_de_milhar_e_virgula_de_centavo(valor: object, escrito: str) -> None:
    assert formatos.moeda(valor) == escrito


@pytest.mark.parametrize(
    ("valor", "escrito"),
    [
        (812, "R$ 812"),
        (46910, "R$ 47 mil"),
        (2310000, "R$ 2,31 mi"),
        (999_400, "R$ 999 mil"),
        (999_600, "R$ 1,00 mi"),
        (1_250_000_000, "R$ 1,25 bi"),
        (None, "–"),
    ],
)
def test_moeda_curta_muda_de_grandeza_pelo_valor_arredondado(valor: object, escrito: str) -> None:
    assert formatos.moeda_curta(valor) == escrito


def test_percentual_tem_duas_casas_e_total_zero_nao_divide() -> None:
    assert formatos.porcento(formatos.razao(182, 1270)) == "14,33%"
    assert formatos.porcento(formatos.razao(1, 0)) == "–"
    assert formatos.porcento(Decimal("24.305")) == "24,31%"


def test_ha_dias_fala_hoje_ontem_e_futuro() -> None:
    referencia = date(2026, 11, 19)
    ditos = [formatos.ha_dias(d, referencia) for d in (referencia, date(2026, 11, 18), date(2026, 9, 29))]
    assert ditos == ["hoje", "ontem", "há 51 dias"]
    assert formatos.ha_dias(date(2026, 11, 28), referencia) == "em 9 dias"
    assert formatos.ha_dias(None) == "–"


def test_cnpj_com_letras_ganha_a_mesma_mascara() -> None:
    assert formatos.documento("12ABC34501DE35") == "12.ABC.345/01DE-35"
    assert formatos.documento("08114902000160") == "08.114.902/0001-60"
    assert formatos.documento("12345678909") == "123.456.789-09"
    assert formatos.documento("sem documento") == "sem documento"


def test_telefone_mostra_ddd_e_aceita_codigo_do_pais() -> None:
    assert formatos.telefone("4733220198") == "(47) 3322-0198"
    assert formatos.telefone("+55 47 99922-0198") == "(47) 99922-0198"
    assert formatos.telefone("08007220198") == "0800 722 0198"
    assert formatos.telefone("ramal 12") == "ramal 12"


def test_iniciais_pulam_as_ligacoes_do_nome() -> None:
    assert formatos.iniciais("Patrícia de Souza Amorim") == "PA"
    assert formatos.iniciais("Ana") == "A"
    assert formatos.iniciais("") == "?"


def test_plural_escolhe_a_palavra() -> None:
    assert [formatos.plural(q, "cliente,clientes") for q in (0, 1, 2)] == ["clientes", "cliente", "clientes"]


@pytest.mark.parametrize(
    ("valor", "escrito"),
    [(820, "820 ms"), (1200, "1,2 s"), (125_000, "2 min 05 s"), (3_725_400, "1 h 02 min"), (None, "–")],
)
def test_a_duracao_se_diz_na_unidade_que_se_le(valor: object, escrito: str) -> None:
    assert formatos.duracao_ms(valor) == escrito
