"""Variáveis das mensagens e roteiros: lista fechada, texto puro, e nada se perde quando falta o dado."""

import pytest

from atividade.faixas import faixa_de
from atividade.regras import Marca, Status
from clientes.variaveis import VARIAVEIS, TextoInvalido, conferir, preencher


def test_preenche_de_uma_vez_e_nao_le_de_novo_o_que_trocou() -> None:
    valores = {"pessoa": "{vendedor}", "vendedor": "Ana"}
    assert preencher("Olá, {pessoa}. Aqui é {vendedor}.", valores) == "Olá, {vendedor}. Aqui é Ana."


@pytest.mark.parametrize("nome", list(VARIAVEIS))
def test_o_que_falta_diz_o_texto_alternativo_e_nunca_a_chave(nome: str) -> None:
    for vazio in ({}, {nome: ""}):
        texto = preencher(f"[{{{nome}}}]", vazio)
        assert texto == f"[{VARIAVEIS[nome][1]}]"
        assert "{" not in texto


def test_marcas_de_template_sao_texto_como_outro_qualquer() -> None:
    assert preencher("{{ pessoa }} {% load x %}", {"pessoa": "Ana"}) == "{{ pessoa }} {% load x %}"


@pytest.mark.parametrize(
    ("texto", "recusa"),
    [
        ("Olá, {nome}.", "Não existe a variável {nome}."),
        ("{a} e {b} e {a}", "Não existe a variável {a}, {b}."),
        ("{}", "Não existe a variável {}."),
        ("{ pessoa }", "Não existe a variável { pessoa }."),
        ("{{ pessoa }}", "Não existe a variável { pessoa }."),
        ("Olá, {pessoa", "Há uma chave sem par"),
        ("pessoa}", "Há uma chave sem par"),
    ],
)
def test_variavel_desconhecida_e_recusada_com_o_nome_dela(texto: str, recusa: str) -> None:
    with pytest.raises(TextoInvalido) as erro:
        conferir(texto)
    assert str(erro.value).startswith(recusa)


def test_todas_as_conhecidas_passam() -> None:
    conferir(" ".join(f"{{{nome}}}" for nome in VARIAVEIS))


@pytest.mark.parametrize(
    ("status", "marca", "faixa"),
    [
        (Status.PROSPECT, "", "prospect"),
        (Status.ATIVO, "", "ativo"),
        (Status.ATIVO, Marca.NOVO, "novo"),
        (Status.ATIVO, Marca.RECUPERADO, "recuperado"),
        (Status.QUASE_INATIVO, "", "quase_inativo"),
        (Status.INATIVO, "", "inativo_recente"),
        (Status.INATIVO, Marca.RECENTE, "inativo_recente"),
        (Status.INATIVO, Marca.ANTIGO, "inativo_antigo"),
    ],
)
def test_a_faixa_do_roteiro_sai_do_status_e_da_marca(status: str, marca: str, faixa: str) -> None:
    assert faixa_de(status, marca) == faixa
    assert faixa_de(str(status), str(marca)) == faixa
