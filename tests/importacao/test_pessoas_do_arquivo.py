"""Pessoas de contato: a chave é o nome no cliente, e o que se mudou no Carteira fica até o ERP mudar."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clientes.importacao.servico import Opcoes, simular
from clientes.models import AliasDeCliente, Cliente, PessoaDeContato
from contas.models import Empresa
from tests.conftest import HOJE
from tests.importacao.test_historias import contas, versoes

PESSOAS = "cliente_codigo;nome;papel;cargo;telefone;email;observacao;principal;nao_contatar\n"
DUAS = (
    "A;Patrícia Amorim;compras;Gerente;(47) 99555-0123;p@alfa.com.br;De manhã;sim;whatsapp\n"
    "A;Ivan Prado;financeiro;;;;;;\n"
)
TABELA = "clientes_pessoadecontato"


@pytest.fixture(autouse=True)
def _clientes(clientes_a_e_b: None) -> None:
    """Toda pessoa é de alguém: A e B."""


def principais() -> list[str]:
    return list(PessoaDeContato.objects.filter(principal=True).values_list("nome", flat=True))


def test_pessoas_entram_e_o_mesmo_arquivo_nao_escreve_nada(importar: Any) -> None:
    assert contas(importar("pessoas", PESSOAS + DUAS)) == (2, 0, 0, 0)
    patricia = PessoaDeContato.objects.get(nome="Patrícia Amorim")
    assert (patricia.cliente.codigo, patricia.papel, patricia.telefone, patricia.principal, patricia.nao_contatar) == (
        "A", "comprador", "+5547995550123", True, ["whatsapp"],
    )  # fmt: skip
    antes = versoes(TABELA)
    assert contas(importar("pessoas", PESSOAS + DUAS)) == (0, 0, 2, 0)
    assert versoes(TABELA) == antes


def test_a_mesma_pessoa_sem_acento_e_em_caixa_alta(importar: Any) -> None:
    importar("pessoas", PESSOAS + DUAS)
    resultado = importar("pessoas", "cliente_codigo;nome;cargo\nA;PATRICIA AMORIM;Diretora\n")
    assert contas(resultado) == (0, 1, 0, 0)
    pessoa = PessoaDeContato.objects.get(nome="PATRICIA AMORIM")
    assert (pessoa.cargo, pessoa.papel, pessoa.email) == ("Diretora", "comprador", "p@alfa.com.br")


def test_campo_mudado_no_carteira_fica_ate_o_erp_mudar(importar: Any) -> None:
    importar("pessoas", PESSOAS + DUAS)
    PessoaDeContato.objects.filter(nome="Patrícia Amorim").update(telefone="+554733330000", cargo="Sócia")
    importar("pessoas", PESSOAS + DUAS.replace("De manhã", "De tarde"))
    pessoa = PessoaDeContato.objects.get(nome="Patrícia Amorim")
    assert (pessoa.telefone, pessoa.cargo, pessoa.observacao) == ("+554733330000", "Sócia", "De tarde")
    resultado = importar("pessoas", PESSOAS + DUAS.replace("Gerente", "Diretora"))
    pessoa.refresh_from_db()
    assert (pessoa.telefone, pessoa.cargo) == ("+554733330000", "Diretora")
    assert (
        "conflito em cargo: mudado no Carteira e no ERP em 1 pessoa(s), ficou o do ERP (Patrícia Amorim)"
        in resultado.avisos
    )


def test_quem_foi_renomeado_no_carteira_nao_volta_a_existir_com_o_nome_do_erp(importar: Any) -> None:
    importar("pessoas", PESSOAS + DUAS)
    PessoaDeContato.objects.filter(nome="Ivan Prado").update(nome="Ivan Prado Júnior")
    assert contas(importar("pessoas", PESSOAS + DUAS)) == (0, 0, 2, 0)
    assert set(PessoaDeContato.objects.values_list("nome", flat=True)) == {
        "Patrícia Amorim",
        "Ivan Prado Júnior",
    }
    importar("pessoas", PESSOAS + "A;Ivan Prado;;;;;;;\nA;Ivan Prado Júnior;técnico;;;;;;\n")
    assert set(PessoaDeContato.objects.values_list("nome", "papel")) == {
        ("Patrícia Amorim", "comprador"), ("Ivan Prado Júnior", "tecnico"), ("Ivan Prado", "outro"),
    }  # fmt: skip


def test_a_principal_do_arquivo_ganha_e_so_quando_o_erp_muda(importar: Any) -> None:
    importar("pessoas", PESSOAS + DUAS)
    resultado = importar(
        "pessoas", PESSOAS + DUAS.replace(";sim;", ";não;").replace("financeiro;;;;;", "financeiro;;;;;sim")
    )
    assert (contas(resultado), principais()) == ((0, 2, 0, 0), ["Ivan Prado"])
    assert "a pessoa principal passa a ser a do arquivo em 1 cliente(s)" in resultado.avisos
    PessoaDeContato.objects.update(principal=False)
    PessoaDeContato.objects.filter(nome="Patrícia Amorim").update(principal=True)
    importar("pessoas", "cliente_codigo;nome;principal;cargo\nA;Ivan Prado;sim;Tesoureiro\n")
    assert principais() == ["Patrícia Amorim"]
    importar("pessoas", PESSOAS + "A;Rosane Lacerda;;;;;;sim;\nB;Márcio Moura;;;;;;sim;\n")
    assert sorted(principais()) == ["Márcio Moura", "Rosane Lacerda"]


def test_duas_principais_no_mesmo_cliente_e_rejeicao_clara(importar: Any) -> None:
    resultado = importar("pessoas", PESSOAS + DUAS.replace("financeiro;;;;;", "financeiro;;;;;sim"))
    assert [(r.linha, r.coluna, r.valor, r.motivo) for r in resultado.rejeicoes] == [
        (3, "principal", "Ivan Prado", "o cliente já tem uma pessoa principal na linha 2: deixe uma só")
    ]


def test_quem_foi_inativado_no_carteira_nao_volta_a_ser_principal(importar: Any) -> None:
    importar("pessoas", PESSOAS + "A;Ivan Prado;;;;;;;\nA;Rosane Lacerda;;;;;;sim;\n")
    PessoaDeContato.objects.filter(nome="Ivan Prado").update(ativa=False)
    importar("pessoas", "cliente_codigo;nome;principal\nA;Ivan Prado;sim\n")
    assert principais() == ["Rosane Lacerda"]
    assert PessoaDeContato.objects.get(nome="Ivan Prado").ativa is False


def test_o_apelido_de_cliente_unido_e_a_mesma_pessoa(importar: Any, empresa: Empresa) -> None:
    AliasDeCliente.objects.create(empresa=empresa, codigo="VELHO", cliente=Cliente.objects.get(codigo="A"))
    resultado = importar("pessoas", PESSOAS + "VELHO;Ivan Prado;;;;;;;\nA;IVAN PRADO;;;;;;;\n")
    assert (contas(resultado), resultado.rejeicoes[0].motivo) == (
        (1, 0, 0, 1),
        "pessoa repetida no cliente: já está na linha 2 com outros dados; deixe um só",
    )


def test_pessoas_ruins_dizem_a_coluna_e_o_remedio(importar: Any) -> None:
    corpo = "ZZ;Ivan;;;;;;;\nA;;;;;;;;\nA;Rosane;;;;;;talvez;\n;Jairo;;;;;;;\nA;Nelson;chefe;;;;;;fax\n"
    resultado = importar("pessoas", PESSOAS + corpo)
    assert [(r.linha, r.coluna) for r in resultado.rejeicoes] == [
        (2, "cliente_codigo"), (3, "nome"), (4, "principal"), (5, "cliente_codigo"), (6, "nao_contatar"),
    ]  # fmt: skip
    assert not PessoaDeContato.objects.exists()


def test_papel_desconhecido_fica_outro_com_aviso_ou_o_que_se_ensinar(importar: Any) -> None:
    resultado = importar("pessoas", PESSOAS + "A;Nelson;chefe;;;;;;\n")
    assert resultado.avisos == ("papel: papel desconhecido, ficou outro (linha 2 “chefe”)",)
    importar("pessoas", PESSOAS + "A;Nelson;chefe;;;;;;\n", situacoes={"chefe": "decisor"})
    assert PessoaDeContato.objects.get().papel == "decisor"


def test_simular_nao_muda_nada(importar: Any, empresa: Empresa, arquivo: Any) -> None:
    importar("pessoas", PESSOAS + DUAS)
    antes = versoes(TABELA)
    trocada = PESSOAS + DUAS.replace(";sim;", ";não;").replace("financeiro;;;;;", "financeiro;;;;;sim")
    assert simular(arquivo(trocada), Opcoes("pessoas", empresa), hoje=HOJE).atualizadas == 2
    assert versoes(TABELA) == antes


def test_as_consultas_nao_crescem_com_as_linhas(importar: Any) -> None:
    def contar(quantas: int) -> int:
        corpo = "".join(f"A;Pessoa {quantas} {n};;;;;;;\n" for n in range(quantas))
        with CaptureQueriesContext(connection) as consultas:
            assert importar("pessoas", PESSOAS + corpo).novas == quantas
        return len(consultas)

    contar(1)
    assert contar(5) == contar(300)
