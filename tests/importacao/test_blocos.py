"""Ler um bloco de células de uma vez dá o mesmo que lê-las uma a uma; e o que se diz delas sai na ordem do arquivo."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientes.importacao import blocos, staging
from clientes.importacao.campos import Celula, leitor_de_codigo, leitor_de_numero
from clientes.importacao.leitura import Linha
from clientes.models import Pedido
from tests.importacao.conftest import PEDIDOS

ler_codigo = leitor_de_codigo("número do pedido")
REAIS = st.from_regex(blocos.VIRGULA_DIRETA, fullmatch=True)
PONTOS = st.from_regex(blocos.PONTO_DIRETO, fullmatch=True)
# o que chega perto de ser regular, e o que não é nada
QUASE = st.sampled_from(
    ["", " 1,00", "1,0", "1,000", "1.000", "12.34,56", "01.000,00", "-1,00", "1,00\n", "\x011.00", "R$ 1,00", "1,00 "]
)  # fmt: skip
CODIGOS = st.text("0123456789AZaz-/_", min_size=1, max_size=40)
ESTRANHOS = st.sampled_from(
    ["", " A1", "1.5E10", "1E+5", "'=A", '="001"', "A  B", "ã", "A\n", "\x02A", "٣", "A" * 41, "1,5"]
)


@given(st.lists(REAIS | PONTOS | QUASE, min_size=1, max_size=6) | st.lists(REAIS, min_size=1, max_size=6))
def test_numeros_de_uma_vez_sao_os_de_um_em_um(textos: list[str]) -> None:
    lido = blocos.numeros(textos)
    if lido is not None:
        um_a_um = [leitor_de_numero(obrigatorio=True)(texto) for texto in textos]
        assert lido[0] == [celula.copia for celula in um_a_um]
        assert {celula.indicio for celula in um_a_um} == {lido[1]}
        assert not any(celula.erro or celula.aviso for celula in um_a_um)


@given(st.lists(CODIGOS | ESTRANHOS, min_size=1, max_size=6) | st.lists(CODIGOS, min_size=1, max_size=6))
def test_codigos_de_uma_vez_sao_os_de_um_em_um(textos: list[str]) -> None:
    lido = blocos.codigos(textos)
    if lido is not None:
        um_a_um = [ler_codigo(texto) for texto in textos]
        assert lido == ([celula.copia for celula in um_a_um], "")
        assert not any(celula.erro or celula.aviso or celula.indicio for celula in um_a_um)


@pytest.mark.parametrize("irregular", ["", "1.5E10", "A B", "A.1", "٣", "A" * 41, "A\n"])
def test_uma_celula_irregular_manda_o_bloco_pela_leitura_de_sempre(irregular: str) -> None:
    assert blocos.codigos(["50231", "V-9/2", irregular]) is None
    assert blocos.codigos(["50231", "V-9/2"]) == (["50231", "V-9/2"], "")


def test_duas_convencoes_no_mesmo_bloco_leem_se_uma_a_uma() -> None:
    assert blocos.numeros(["1.234,56", "1.50"]) is None
    assert blocos.numeros(["1.234,56", "0,50"]) == (
        ["1234.56\t\\N\t1.234,56\t\\N", "0.50\t\\N\t0,50\t\\N"], "v",
    )  # fmt: skip
    assert blocos.numeros(["1.50"]) == (["\\N\t1.50\t1.50\t\\N"], "p")


def test_celulas_enormes_nao_se_juntam_na_memoria() -> None:
    """O bloco fecha também pelo texto que tem, e do que é comprido não se guarda a leitura."""
    enorme = "x" * 1_000_000
    linhas = (Linha(n, [enorme[n:], "SC"]) for n in range(1, 21))
    lidos = [[linha.numero for linha in bloco] for bloco in staging._blocos(linhas)]
    assert [len(bloco) for bloco in lidos] == [5, 5, 5, 5]  # a quinta, de um pouco menos de 1 MB, passa dos 4
    assert [n for bloco in lidos for n in bloco] == [*range(1, 21)]
    passo = staging._Passo(0, "uf", lambda texto: Celula(texto[:2]), None, "", {}, None)
    assert [c.copia for c in staging._com_memoria(passo, [enorme, "SC", enorme])] == ["xx", "SC", "xx"]
    assert list(passo.memoria or ()) == ["SC"]


MISTO = (
    "1;A;10/10/2026;10,00;faturado\n"
    "2;A;31/02/2026;xyz;faturado\n"  # duas células ruins na mesma linha, e uma na de baixo
    "8;B;30/02/2026;80,00;faturado\n"
    "3;B;10/10/2026;30,00;faturado;sobra\n"  # torta, entre boas
    "4 ;B;11/10/2026; 40,00;faturado\n"
    "5;;12/10/2026;50,00;faturado\n"  # sem cliente
    "6;B;13/10/2026;R$ 60,00;inventada\n"
    "7;A;14/10/2026;1.070,00;aberto\n"
)


@pytest.mark.parametrize("tamanho", [1, 2, 3, 2000])
def test_o_tamanho_do_bloco_nao_muda_o_que_se_importa_nem_o_que_se_diz(
    tamanho: int, importar: Any, clientes_a_e_b: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "_LOTE", tamanho)
    resultado = importar("pedidos", PEDIDOS + MISTO, parcial=True)
    assert [(r.linha, r.coluna, r.valor) for r in resultado.rejeicoes] == [
        (3, "data", "31/02/2026"),
        (4, "data", "30/02/2026"),
        (5, "", "3 B 10/10/2026 30,00 faturado sobra"),
        (7, "cliente_codigo", ""),
        (8, "situacao", "inventada"),
    ]
    assert "também valor: não é um número" in resultado.rejeicoes[0].motivo
    assert list(Pedido.objects.order_by("numero").values_list("numero", "valor")) == [
        ("1", 10),
        ("4", 40),
        ("7", 1070),
    ]
