"""Números e datas, cada um pela regra da coluna; e a volta completa de qualquer valor (Hypothesis)."""

from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientes.documentos import normalizar_documento
from clientes.importacao.campos import NULO, leitor_de_numero
from clientes.importacao.colunas import nome_normalizado
from clientes.importacao.datas import ler_data
from clientes.importacao.situacoes import DE_PEDIDO
from clientes.importacao.valores import AMBIGUO, NEUTRO, PONTO, VIRGULA, IndiciosDaColuna, decidir, ler_numero
from clientes.models import Pedido
from clientes.telefones import normalizar_telefone
from tests.importacao.conftest import PEDIDOS

FUSO = ZoneInfo("America/Sao_Paulo")
dinheiro = st.decimals(
    min_value=Decimal("-999999999999.99"), max_value=Decimal("999999999999.99"), places=2, allow_nan=False
)


@pytest.mark.parametrize(
    ("texto", "virgula", "ponto", "indicio"),
    [
        ("1.234,56", "1234.56", None, VIRGULA),
        ("1234,56", "1234.56", None, VIRGULA),
        ("1234.56", None, "1234.56", PONTO),
        ("1,234.56", None, "1234.56", PONTO),
        ("R$ 1.234,56", "1234.56", None, VIRGULA),
        ("-R$ 60,00", "-60.00", None, VIRGULA),
        ("(60,00)", "-60.00", None, VIRGULA),
        ("60,00-", "-60.00", None, VIRGULA),
        ("−60,00", "-60.00", None, VIRGULA),
        ("1 234,5", "1234.50", None, VIRGULA),
        ("100", "100.00", "100.00", NEUTRO),
        ("1.234", "1234.00", None, AMBIGUO),
        ("1,230", "1.23", "1230.00", AMBIGUO),
        ("1234.5600000001", None, "1234.56", PONTO),
        ("1.234.567", "1234567.00", None, VIRGULA),
        (",50", "0.50", None, VIRGULA),
        ("0.125", None, None, PONTO),
        ("\x011234.5600000000001", "1234.56", "1234.56", NEUTRO),
        ("-0,00", "0.00", None, VIRGULA),
    ],
)
def test_cada_numero_e_lido_das_duas_maneiras(
    texto: str, virgula: str | None, ponto: str | None, indicio: str
) -> None:
    lido = ler_numero(texto)
    assert (lido.virgula, lido.ponto, lido.indicio) == (virgula, ponto, indicio)


@given(dinheiro)
def test_todo_valor_escrito_em_portugues_volta_igual(valor: Decimal) -> None:
    escrito = f"{valor:,.2f}".replace(",", "_").replace(".", ",").replace("_", ".")
    assert Decimal(ler_numero(escrito).virgula or "nan") == valor
    assert Decimal(ler_numero(f"R$ {escrito}").virgula or "nan") == valor


@given(dinheiro)
def test_todo_valor_escrito_em_ingles_volta_igual(valor: Decimal) -> None:
    assert Decimal(ler_numero(f"{valor:,.2f}").ponto or "nan") == valor


@given(st.text(max_size=30))
def test_nenhum_texto_quebra_os_leitores(texto: str) -> None:
    ler_numero(texto.replace("\x01", ""))
    ler_data(texto.replace("\x02", ""), FUSO)
    normalizar_documento(texto)
    DE_PEDIDO.ler(texto, {})
    nome_normalizado(texto)


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 12, 31)))
def test_toda_data_volta_igual_em_todas_as_formas(dia: date) -> None:
    formas = [
        f"{dia:%d/%m/%Y}",
        f"{dia.day}/{dia.month}/{dia.year}",
        f"{dia:%d-%m-%Y}",
        dia.isoformat(),
        f"{dia}T00:00:00Z",
        f"\x02{dia}",
    ]
    assert {ler_data(forma, FUSO).iso for forma in formas} == {dia.isoformat()}


@pytest.mark.parametrize(
    ("texto", "iso"),
    [
        ("2026-10-10T02:00:00Z", "2026-10-09"),
        ("2026-10-10T02:00:00-03:00", "2026-10-10"),
        ("10/10/2026 23:59", "2026-10-10"),
        ("20261010", "2026-10-10"),
        ("\x0120261010", "2026-10-10"),
    ],
)
def test_data_com_hora_e_fuso_vira_a_data_civil_daqui(texto: str, iso: str) -> None:
    assert ler_data(texto, FUSO).iso == iso


def _indicios(*textos: str) -> IndiciosDaColuna:
    indicios = IndiciosDaColuna()
    for texto in textos:
        indicio = ler_numero(texto).indicio
        indicios.contagem[indicio] += 1
        if indicio == AMBIGUO:
            indicios.exemplo_ambiguo = texto
    return indicios


def test_coluna_so_de_ambiguos_segue_a_outra_coluna_de_valores() -> None:
    assert decidir("a", {"a": _indicios("1.234"), "b": _indicios("9.50")}).convencao == PONTO
    sozinha = decidir("a", {"a": _indicios("1.234")})
    assert sozinha.convencao == VIRGULA
    assert sozinha.aviso.endswith("“1.234” foi lido como 1234,00")


def test_a_coluna_inteira_decide_o_valor_de_cada_celula(importar: Any, clientes_a_e_b: None) -> None:
    corpo = "1;A;10/10/2026;1.234;faturado\n2;A;10/10/2026;{};faturado\n"
    importar("pedidos", PEDIDOS + corpo.format("5,50"))
    assert Pedido.objects.get(numero="1").valor == Decimal("1234.00")
    resultado = importar("pedidos", PEDIDOS + corpo.format("5.50"))
    assert "mais de duas casas" in resultado.rejeicoes[0].motivo
    assert (resultado.inalteradas, resultado.rejeitadas) == (1, 1)


def test_coluna_que_se_contradiz_recusa_tambem_os_duvidosos(importar: Any, clientes_a_e_b: None) -> None:
    valores = ["1,50", "2,50", "3.50", "1.234"]
    corpo = "".join(f"{i};A;10/10/2026;{v};faturado\n" for i, v in enumerate(valores))
    assert [(r.linha, r.valor) for r in importar("pedidos", PEDIDOS + corpo).rejeicoes] == [
        (4, "3.50"),
        (5, "1.234"),
    ]


def test_coluna_em_mes_dia_recusa_tambem_os_dias_que_caberiam(importar: Any, clientes_a_e_b: None) -> None:
    datas = ["10/25/2026", "03/04/2026", "05/05/2026", "2026-01-02"]
    corpo = "".join(f"{i};A;{d};1,00;faturado\n" for i, d in enumerate(datas))
    resultado = importar("pedidos", PEDIDOS + corpo)
    assert [r.linha for r in resultado.rejeicoes] == [2, 3]
    assert "mês/dia/ano" in resultado.rejeicoes[1].motivo


@pytest.mark.parametrize(
    ("texto", "valor", "tipo", "valido"),
    [
        ("12.ABC.345/01DE-35", "12ABC34501DE35", "cnpj", True),
        ("12abc34501de35", "12ABC34501DE35", "cnpj", True),
        ("11.222.333/0001-81", "11222333000181", "cnpj", True),
        ("9588906000143", "09588906000143", "cnpj", True),
        ("9.588906000143e12", "09588906000143", "cnpj", True),
        ("TA7MCHR000155", "0TA7MCHR000155", "cnpj", True),
        ("TA7MCHR000156", "TA7MCHR000156", "", False),
        ("DE123456789", "DE123456789", "", False),
        ("2623407800", "02623407800", "cpf", True),
        ("8245948861", "08245948861", "cpf", True),
        ("111.111.111-11", "11111111111", "cpf", False),
        ("00000000000000", "00000000000000", "cnpj", False),
        ("00.000.154/5454-85", "00000154545485", "cnpj", False),
        ("9,58891E+12", "9,58891E+12", "", False),
        ("ISENTO", "ISENTO", "", False),
        ("12ABC34501DE36", "12ABC34501DE36", "", False),
        ("", "", "", False),
    ],
)
def test_documentos_sao_normalizados(texto: str, valor: str, tipo: str, valido: bool) -> None:
    lido = normalizar_documento(texto)
    assert (lido.valor, lido.tipo, lido.valido) == (valor, tipo, valido)
    assert bool(lido.aviso) == (bool(texto) and (not valido or len(texto) in {10, 13, 17}))


@pytest.mark.parametrize(
    ("texto", "situacao"),
    [
        ("Faturada", "faturado"), ("NF EMITIDA", "faturado"), ("em aberto", "aberto"), ("CANCELADA", "cancelado"),
        ("Devolução", "devolvido"), ("Orçamentos", "orcamento"), (" Aberto. ", "aberto"), ("sei la", ""), ("", ""),
    ],
)  # fmt: skip
def test_situacoes_tem_sinonimos_e_as_outras_sao_recusadas(texto: str, situacao: str) -> None:
    assert DE_PEDIDO.ler(texto, {})[0] == situacao


@pytest.mark.parametrize(
    ("texto", "valor", "valido"),
    [
        ("(11) 3201-0900", "+551132010900", True),
        ("11987654321", "+5511987654321", True),
        ("04730372765", "+554730372765", True),
        ("21 8765-4321", "21 8765-4321", False),
        ("11987654321 / 11 3201-0900", "+5511987654321", True),
        ("ramal 12", "ramal 12", False),
    ],
)
def test_telefones_viram_e164_ou_ficam_como_vieram(texto: str, valor: str, valido: bool) -> None:
    lido = normalizar_telefone(texto)
    assert (lido.valor, lido.valido) == (valor, valido)


def test_celular_antigo_ganha_sugestao_e_nao_um_nove_calado() -> None:
    assert normalizar_telefone("1996368990").aviso == "telefone sem o nono dígito; seria (19) 99636-8990?"


@given(st.decimals(min_value=0, max_value=10**13, places=2), st.integers(0, 3))
def test_o_caminho_curto_do_numero_json_le_como_o_longo(valor: Decimal, casas: int) -> None:
    texto = f"\x01{round(valor, casas)}"
    virgula, ponto, guardado, ambiguo = leitor_de_numero(obrigatorio=True)(texto).copia.split("\t")
    longo = ler_numero(texto)
    if longo.virgula is None:
        assert (virgula, ponto) == (NULO, NULO)
    else:
        assert (Decimal(virgula), Decimal(ponto)) == (Decimal(longo.virgula), Decimal(longo.ponto or ""))
        assert (guardado, ambiguo) == (NULO, NULO)
    assert leitor_de_numero(obrigatorio=True)(texto).indicio == longo.indicio
