"""Títulos, orçamentos, notas e atendimentos: as mesmas garantias dos pedidos, com valores exatos."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clientes.importacao.recusa import ArquivoRecusado
from clientes.importacao.servico import Opcoes, simular
from clientes.importacao.tipos import TIPOS
from clientes.models import (
    AliasDeCliente,
    Atendimento,
    Cliente,
    Importacao,
    MapeamentoDeColunas,
    NotaFiscal,
    Orcamento,
    ProrrogacaoDeTitulo,
    Titulo,
)
from contas.models import Empresa, Usuario
from tests.conftest import HOJE
from tests.importacao.test_historias import contas, versoes

TITULOS = "numero;cliente_codigo;emissao;vencimento;valor;saldo;pago_em\n"
ORCAMENTOS = "numero;cliente_codigo;data;validade;valor;situacao;vendedor;observacao\n"
NOTAS = "numero;cliente_codigo;emissao;valor;situacao;pedido_numero\n"
ATENDIMENTOS = "numero;cliente_codigo;tipo;assunto;descricao;aberto_em;fechado_em;solucao\n"

FATOS = {
    "titulos": (TITULOS, "T1;A;01/10/2026;30/10/2026;100,00;40,00;\n", "clientes_titulo"),
    "orcamentos": (ORCAMENTOS, "O1;A;01/10/2026;;100,00;aberto;;Obra\n", "clientes_orcamento"),
    "notas": (NOTAS, "N1;A;01/10/2026;100,00;autorizada;50\n", "clientes_notafiscal"),
    "atendimentos": (
        ATENDIMENTOS,
        "C1;A;troca;Caixa avariada;Molhada;01/10/2026;;\n",
        "clientes_atendimento",
    ),
}


@pytest.fixture(autouse=True)
def _clientes(clientes_a_e_b: None) -> None:
    """Todo fato é de alguém: A e B."""


@pytest.mark.parametrize("tipo", FATOS)
def test_o_mesmo_arquivo_duas_vezes_nao_escreve_nada(tipo: str, importar: Any) -> None:
    cabecalho, linha, tabela = FATOS[tipo]
    outra = linha.replace("1;A", "2;B", 1)
    assert contas(importar(tipo, cabecalho + linha + outra)) == (2, 0, 0, 0)
    antes = versoes(tabela)
    assert contas(importar(tipo, cabecalho + linha + outra)) == (0, 0, 2, 0)
    assert versoes(tabela) == antes
    assert contas(importar(tipo, cabecalho + linha + outra.replace("01/10/2026", "02/10/2026"))) == (
        0, 1, 1, 0,
    )  # fmt: skip
    depois = versoes(tabela)
    assert (depois[0] == antes[0], depois[1] == antes[1]) == (True, False)


@pytest.mark.parametrize("tipo", FATOS)
def test_simular_nao_grava_e_uma_linha_ruim_recusa_o_arquivo_inteiro(
    tipo: str, importar: Any, empresa: Empresa, arquivo: Any
) -> None:
    cabecalho, linha, tabela = FATOS[tipo]
    simulado = simular(arquivo(cabecalho + linha), Opcoes(tipo, empresa), hoje=HOJE)
    assert (contas(simulado), simulado.gravado) == ((1, 0, 0, 0), False)
    misto = cabecalho + linha + linha.replace("1;A", "2;ZZ", 1)
    inteiro = importar(tipo, misto, parcial=False)
    assert (contas(inteiro), inteiro.gravado) == ((0, 0, 0, 1), False)
    assert inteiro.rejeicoes[0] == (
        type(inteiro.rejeicoes[0])(
            3,
            "cliente_codigo",
            "ZZ",
            "cliente desconhecido nesta empresa: importe o cadastro de clientes antes",
        )
    )
    assert versoes(tabela) == []
    assert Importacao.objects.filter(tipo=tipo).count() == 0
    assert contas(importar(tipo, misto)) == (1, 0, 0, 1)
    assert Importacao.objects.get(tipo=tipo).resultado["novas"] == 1


@pytest.mark.parametrize("tipo", FATOS)
def test_um_numero_conhecido_nao_muda_de_cliente_e_o_apelido_vale(
    tipo: str, importar: Any, empresa: Empresa
) -> None:
    cabecalho, linha, _ = FATOS[tipo]
    AliasDeCliente.objects.create(empresa=empresa, codigo="VELHO", cliente=Cliente.objects.get(codigo="A"))
    importar(tipo, cabecalho + linha.replace("1;A", "1;VELHO", 1))
    assert importar(tipo, cabecalho + linha).inalteradas == 1
    resultado = importar(tipo, cabecalho + linha.replace("1;A", "1;B", 1))
    assert contas(resultado) == (0, 0, 0, 1)
    assert resultado.rejeicoes[0].motivo.endswith("já existe e é de outro cliente: confira o número")


@pytest.mark.parametrize("tipo", FATOS)
def test_o_mesmo_numero_duas_vezes_com_outros_dados_e_recusado(tipo: str, importar: Any) -> None:
    cabecalho, linha, _ = FATOS[tipo]
    resultado = importar(tipo, cabecalho + linha + linha + linha.replace("01/10/2026", "02/10/2026"))
    assert contas(resultado) == (1, 0, 1, 1)
    assert (resultado.rejeicoes[0].linha, resultado.rejeicoes[0].motivo) == (
        4,
        "número repetido: já está na linha 2 com outros dados; deixe um só",
    )


@pytest.mark.parametrize("tipo", FATOS)
def test_as_consultas_nao_crescem_com_as_linhas(tipo: str, importar: Any) -> None:
    cabecalho, linha, _ = FATOS[tipo]

    def contar(de: int, ate: int) -> int:
        corpo = "".join(linha.replace("1;A", f"{n};A", 1) for n in range(de, ate))
        with CaptureQueriesContext(connection) as consultas:
            assert importar(tipo, cabecalho + corpo).novas == ate - de
        return len(consultas)

    contar(0, 1)
    assert contar(1, 6) == contar(10, 310)


def test_o_cliente_pelo_documento(importar: Any) -> None:
    Cliente.objects.filter(codigo="A").update(documento="11222333000181", documento_valido=True)
    importar("notas", "NF;CNPJ;Emissão;Valor\n9;11.222.333/0001-81;01/10/2026;7,00\n")
    nota = NotaFiscal.objects.get()
    assert (nota.cliente.codigo, nota.situacao, nota.pedido_numero) == ("A", "autorizada", "")


# ── Títulos ──────────────────────────────────────────────────────────────────


def test_vencimento_que_volta_mais_tarde_e_prorrogacao_e_mais_cedo_nao(importar: Any) -> None:
    importar("titulos", TITULOS + "T1;A;01/10/2026;30/10/2026;100,00;100,00;\n")
    resultado = importar("titulos", TITULOS + "T1;A;01/10/2026;15/11/2026;100,00;100,00;\n")
    assert contas(resultado) == (0, 1, 0, 0)
    prorrogacao = ProrrogacaoDeTitulo.objects.get()
    assert (prorrogacao.de, prorrogacao.para) == (date(2026, 10, 30), date(2026, 11, 15))
    assert prorrogacao.importacao == Importacao.objects.first()
    importar("titulos", TITULOS + "T1;A;01/10/2026;10/11/2026;100,00;100,00;\n")
    assert (Titulo.objects.get().vencimento, ProrrogacaoDeTitulo.objects.count()) == (date(2026, 11, 10), 1)


def test_arquivo_velho_e_novo_de_novo_nao_inventam_outra_prorrogacao(importar: Any) -> None:
    velho = TITULOS + "T1;A;01/10/2026;30/10/2026;100,00;100,00;\n"
    novo = velho.replace("30/10/2026", "15/11/2026")
    for conteudo in (velho, novo, velho, novo):
        importar("titulos", conteudo)
    assert ProrrogacaoDeTitulo.objects.count() == 1


def test_prorrogacao_simulada_ou_recusada_nao_fica(importar: Any, empresa: Empresa, arquivo: Any) -> None:
    importar("titulos", TITULOS + "T1;A;01/10/2026;30/10/2026;100,00;100,00;\n")
    novo = TITULOS + "T1;A;01/10/2026;15/11/2026;100,00;100,00;\n"
    assert simular(arquivo(novo), Opcoes("titulos", empresa), hoje=HOJE).atualizadas == 1
    importar("titulos", novo + "T2;ZZ;01/10/2026;15/11/2026;1,00;;\n", parcial=False)
    assert ProrrogacaoDeTitulo.objects.count() == 0
    assert Titulo.objects.get().vencimento == date(2026, 10, 30)


def test_sem_saldo_vale_zero_se_pago_e_o_valor_se_nao(importar: Any) -> None:
    corpo = "T1;A;01/10/2026;30/10/2026;100,00;;\nT2;A;01/10/2026;30/10/2026;100,00;;05/11/2026\nT3;A;01/10/2026;30/10/2026;100,00;30,00;05/11/2026\n"
    importar("titulos", TITULOS + corpo)
    assert list(Titulo.objects.order_by("numero").values_list("saldo", flat=True)) == [
        Decimal("100.00"), Decimal("0.00"), Decimal("30.00"),
    ]  # fmt: skip


def test_sem_a_coluna_o_saldo_so_muda_com_o_valor_ou_o_pagamento(importar: Any) -> None:
    importar("titulos", TITULOS + "T1;A;01/10/2026;30/10/2026;100,00;40,00;\n")
    sem_saldo = "numero;cliente_codigo;emissao;vencimento;valor;pago_em\n"
    resultado = importar("titulos", sem_saldo + "T1;A;01/10/2026;30/10/2026;100,00;\n")
    assert (contas(resultado), Titulo.objects.get().saldo) == ((0, 0, 1, 0), Decimal("40.00"))
    importar("titulos", sem_saldo + "T1;A;01/10/2026;30/10/2026;100,00;05/11/2026\n")
    assert Titulo.objects.get().saldo == Decimal("0.00")


def test_titulos_ruins_dizem_a_coluna_e_o_remedio(importar: Any) -> None:
    corpo = (
        "T1;A;01/10/2026;30/09/2026;100,00;;\nT2;A;01/10/2026;30/10/2026;-1,00;;\n"
        "T3;A;01/10/2026;;1,00;;\nT4;;01/10/2026;30/10/2026;1,00;;\nT5;A;01/10/2026;30/10/2026;1,00;-1,00;\n"
        "T6;A;01/12/2026;30/12/2026;1,00;;\nT7;A;01/10/2026;30/10/2026;1,00;;01/12/2026\n"
    )
    resultado = importar("titulos", TITULOS + corpo)
    assert [(r.linha, r.coluna, r.valor, r.motivo) for r in resultado.rejeicoes] == [
        (2, "vencimento", "30/09/2026", "vencimento antes da emissão: confira as duas datas"),
        (3, "valor", "-1,00", "valor negativo: confira o sinal"),
        (4, "vencimento", "", "data em branco: preencha"),
        (5, "cliente_codigo", "", "cliente em branco: preencha"),
        (6, "saldo", "-1,00", "valor negativo: confira o sinal"),
        (7, "emissao", "01/12/2026", "data depois de hoje (20/11/2026): confira o ano"),
        (8, "pago_em", "01/12/2026", "data depois de hoje (20/11/2026): confira o ano"),
    ]
    assert not Titulo.objects.exists()


# ── Orçamentos, notas e atendimentos ─────────────────────────────────────────


def test_orcamento_com_vendedor_e_situacao_nas_palavras_do_erp(importar: Any, ana: Usuario) -> None:
    importar(
        "orcamentos",
        "Proposta;Cód. cliente;Emissão;Validade;Vlr;Status;Vendedor;Obs\n"
        "7;A;01/10/2026;10/12/2026;1.500,00;Aguardando cliente;ANA SOUZA;Obra\n"
        "8;A;01/10/2026;;10,00;Ganho;;\n9;A;01/10/2026;;10,00;Lost;;\n",
    )
    orcamento = Orcamento.objects.get(numero="7")
    assert (orcamento.validade, orcamento.valor, orcamento.situacao, orcamento.vendedor) == (
        date(2026, 12, 10),
        Decimal("1500.00"),
        "aberto",
        ana,
    )
    assert set(Orcamento.objects.values_list("numero", "situacao")) == {
        ("7", "aberto"), ("8", "aprovado"), ("9", "perdido"),
    }  # fmt: skip


def test_situacao_expirada_e_perguntada_e_o_de_para_e_lembrado(importar: Any) -> None:
    """Expirado é o aberto que passou da validade; sem ela, só quem conhece o ERP sabe o que é."""
    linha = "7;A;01/10/2026;;10,00;Expirado;;\n"
    resultado = importar("orcamentos", ORCAMENTOS + linha)
    assert resultado.rejeicoes[0].motivo == (
        "situação desconhecida: use aberto, aprovado ou perdido, ou diga uma vez o que ela quer dizer"
    )
    assert importar("orcamentos", ORCAMENTOS + linha, situacoes={"expirado": "perdido"}).novas == 1
    assert MapeamentoDeColunas.objects.get(tipo="orcamentos").situacoes == {"expirado": "perdido"}
    assert importar("orcamentos", ORCAMENTOS + linha.replace("7;", "8;", 1)).novas == 1


def test_a_situacao_de_um_tipo_nao_vale_para_outro(importar: Any) -> None:
    with pytest.raises(ValueError, match="use aberto, aprovado, perdido"):
        importar("orcamentos", ORCAMENTOS + "7;A;01/10/2026;;10,00;x;;\n", situacoes={"x": "devolvido"})
    with pytest.raises(ValueError, match="titulos não têm situação"):
        importar("titulos", TITULOS + "T;A;01/10/2026;30/10/2026;1,00;;\n", situacoes={"x": "faturado"})


def test_orcamento_com_validade_antes_da_data_e_recusado(importar: Any) -> None:
    resultado = importar("orcamentos", ORCAMENTOS + "7;A;02/10/2026;01/10/2026;10,00;aberto;;\n")
    assert (resultado.rejeicoes[0].coluna, resultado.rejeicoes[0].valor) == ("validade", "01/10/2026")


def test_nao_conformidade_aberta_e_depois_fechada(importar: Any) -> None:
    importar("atendimentos", ATENDIMENTOS + "C1;A;RNC;Caixa avariada;Molhada;14/10/2026;;\n")
    importar("atendimentos", ATENDIMENTOS + "C1;A;RNC;Caixa avariada;Molhada;14/10/2026;20/10/2026;Reposta\n")
    atendimento = Atendimento.objects.get()
    assert (atendimento.tipo, atendimento.fechado_em, atendimento.solucao) == (
        "nao_conformidade",
        date(2026, 10, 20),
        "Reposta",
    )
    ruim = importar(
        "atendimentos", ATENDIMENTOS + "C2;A;troca;Uma;;14/10/2026;13/10/2026;\nC3;A;troca;;;14/10/2026;;\n"
    )
    assert [(r.coluna, r.motivo) for r in ruim.rejeicoes] == [
        ("fechado_em", "fechado antes de aberto: confira as duas datas"),
        ("assunto", "assunto em branco: preencha"),
    ]


def test_o_atendimento_aberto_no_carteira_nao_e_reescrito_pelo_arquivo(
    importar: Any, empresa: Empresa, ana: Usuario
) -> None:
    cliente = Cliente.objects.get(codigo="A")
    Atendimento.objects.create(
        empresa=empresa, numero="C1", cliente=cliente, tipo="troca", assunto="Caixa", aberto_em=HOJE,
        descricao="Um parágrafo.\n\nOutro  parágrafo.", aberto_por=ana,
    )  # fmt: skip
    igual = ATENDIMENTOS + "C1;A;troca;Caixa;Um parágrafo. Outro parágrafo.;20/11/2026;;\n"
    assert contas(importar("atendimentos", igual)) == (0, 0, 1, 0)
    resultado = importar("atendimentos", igual.replace("Caixa", "Outra coisa"))
    assert resultado.rejeicoes[0].motivo.startswith("este número é de um atendimento aberto no Carteira")
    assert Atendimento.objects.get().descricao == "Um parágrafo.\n\nOutro  parágrafo."


def test_limite_de_credito_negativo_e_recusado(importar: Any) -> None:
    resultado = importar("clientes", "codigo;razao_social;limite_credito\nC;Gama;-5,00\nD;Delta;0,00\n")
    assert [(r.linha, r.coluna, r.valor, r.motivo) for r in resultado.rejeicoes] == [
        (
            2, "limite_credito", "-5,00",
            "limite de crédito negativo: deixe em branco se não há limite, ou 0,00 se é zero",
        )
    ]  # fmt: skip
    assert Cliente.objects.get(codigo="D").limite_credito == 0


def test_um_arquivo_de_outro_tipo_diz_qual_e(importar: Any) -> None:
    with pytest.raises(ArquivoRecusado, match="parece um arquivo de titulos, não de pedidos"):
        importar("pedidos", TITULOS + "T1;A;01/10/2026;30/10/2026;1,00;;\n")


def test_todo_tipo_tem_leiaute_com_suas_colunas_obrigatorias() -> None:
    for tipo in TIPOS.values():
        assert {c.nome for c in tipo.campos if c.obrigatorio} <= {c.nome for c in tipo.leiaute}


def test_o_leiame_mostra_o_leiaute_e_o_exemplo_de_cada_tipo() -> None:
    leiame = (Path(__file__).parents[2] / "clientes/importacao/LEIAME.md").read_text("utf-8")
    for nome, tipo in TIPOS.items():
        assert f"### `{nome}`" in leiame
        assert tipo.modelo.replace("\r\n", "\n") in leiame
