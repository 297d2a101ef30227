"""O que se exporta se reimporta sem mudar nada, de todo tipo; e todo modelo se importa."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clientes.importacao.servico import Opcoes, aplicar
from clientes.importacao.tipos import TIPOS
from clientes.models import Atendimento, Cliente, ItemDePedido, PessoaDeContato
from contas.models import Empresa, Usuario
from tests.conftest import HOJE
from tests.de_modulo import no_modulo
from tests.importacao.conftest import Rodar

ARQUIVOS = {
    "clientes": "codigo;razao_social;limite_credito\nA;Alfa;1.500,00\nB;Beta;\n",
    "pedidos": "numero;cliente_codigo;data;valor;situacao\n50;A;10/10/2026;60,30;faturado\n51;B;11/10/2026;7,00;devolvido\n",
    "itens": (
        "pedido_numero;produto_codigo;produto_nome;quantidade;valor\n"
        "50;'=1;=Parafuso;1.000;38,90\n50;;Cabo;1,125;21,40\n51;;Bucha;-2,5;-7,00\n"
    ),
    "orcamentos": (
        "numero;cliente_codigo;data;validade;valor;situacao;vendedor;vendedor_codigo;observacao\n"
        "7;A;01/10/2026;01/12/2026;1.000,00;aberto;João Silva;10;-obs\n8;B;01/10/2026;;0;perdido;João Silva;11;\n"
    ),
    "notas": "numero;cliente_codigo;emissao;valor;situacao;pedido_numero\n1-1;A;01/10/2026;5,00;cancelada;050\n",
    "titulos": (
        "numero;cliente_codigo;emissao;vencimento;valor;saldo;pago_em\n"
        "1/A;A;01/10/2026;01/12/2026;5,00;2,50;\n1/B;A;01/10/2026;01/10/2026;5,00;;10/10/2026\n"
    ),
    "atendimentos": (
        "numero;cliente_codigo;tipo;assunto;descricao;aberto_em;fechado_em;solucao\n"
        "C1;A;não conformidade;@Caixa;Molhada;01/10/2026;02/10/2026;Reposta\n"
    ),
    "pessoas": (
        "cliente_codigo;nome;papel;telefone;email;principal;nao_contatar\n"
        "A;Patrícia Amorim;decisora;(47) 99555-0123;p@alfa.com.br;sim;email, visita\nB;Ivan;;;;;\n"
    ),
    "scores": "cliente_codigo;fonte;em;valor\nA;Serasa;01/10/2026;640\nA;Serasa;01/11/2026;0\nB;SPC;01/10/2026;1000\n",
    "restricoes": (
        "cliente_codigo;fonte;tipo;em;numero;valor;baixada_em;descricao\n"
        "A;Serasa;protesto;01/10/2026;P1;1.250,00;05/11/2026;=Cartório\nA;Serasa;protesto;01/10/2026;P2;90,10;;\n"
        "B;SPC;alteração contratual;01/10/2026;;;;Saiu um sócio\n"
    ),
    "fornecedores": (
        "codigo;nome;cpf_cnpj;municipio;uf;contato;telefone;email;ativo;observacao\n"
        "F1;Aços Vale;11.444.777/0001-61;Joinville;SC;Rute;(47) 3433-0101;rute@acos.test;sim;=obs\nF2;Tintas Rio;;;;;;;não;\n"
    ),
    "scores_de_fornecedores": "fornecedor_codigo;fonte;em;valor\nF1;Serasa;01/10/2026;640\nF2;Serasa;01/10/2026;320\n",
    "restricoes_de_fornecedores": (
        "fornecedor_codigo;fonte;tipo;em;numero;valor;baixada_em;descricao\n"
        "F1;Serasa;protesto;01/10/2026;P1;1.250,00;05/11/2026;Cartório\nF2;SPC;alteração contratual;01/10/2026;;;;\n"
    ),
}


@pytest.fixture(scope="module")
def _importados(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[None]:
    def _criar() -> None:
        arquivo = tmp_path_factory.mktemp("ida") / "arquivo.csv"
        for tipo, conteudo in ARQUIVOS.items():
            arquivo.write_text(conteudo, encoding="utf-8")
            opcoes = Opcoes(tipo, Empresa.objects.get(codigo="1"))
            assert aplicar(arquivo, opcoes, por=None, hoje=HOJE).gravado, tipo

    with no_modulo(django_db_blocker, _criar):
        yield


@pytest.fixture
def carregado(_importados: None, db: None) -> None:
    """Um arquivo de cada tipo, importado uma vez: cada teste corre num ponto de retorno."""


def test_todos_os_tipos_estao_aqui() -> None:
    # O de vendas só entra: o que traz sai em clientes, pedidos e itens.
    assert list(ARQUIVOS) == [tipo for tipo in TIPOS if tipo != "vendas"]


@pytest.mark.parametrize("tipo", ARQUIVOS)
def test_exportar_e_reimportar_da_so_inalteradas(
    tipo: str, carregado: None, rodar: Rodar, tmp_path: Path
) -> None:
    destino = tmp_path / "volta.csv"
    assert rodar("exportar", tipo, destino)[0] == 0
    codigo, saida, _ = rodar("importar", tipo, destino, "--json")
    dados = json.loads(saida)
    quantas = len(ARQUIVOS[tipo].splitlines()) - 1
    assert (codigo, dados["novas"], dados["atualizadas"], dados["inalteradas"]) == (0, 0, 0, quantas)
    assert dados["avisos"] == []


def test_com_varias_empresas_cada_linha_diz_de_qual_e(carregado: None, rodar: Rodar, tmp_path: Path) -> None:
    Empresa.objects.create(codigo="2", nome="Filial")
    for tipo in ARQUIVOS:
        destino = tmp_path / f"{tipo}.csv"
        rodar("exportar", tipo, destino)
        codigo, saida, _ = rodar("importar", tipo, destino, "--json")
        dados = json.loads(saida)
        assert (codigo, dados["novas"], dados["atualizadas"], dados["rejeitadas"]) == (0, 0, 0, 0), tipo


def test_os_itens_voltam_com_a_quantidade_e_o_sinal_do_pedido(carregado: None) -> None:
    assert [str(q) for q in ItemDePedido.objects.order_by("id").values_list("quantidade", flat=True)] == [
        "1000.000", "1.125", "2.500",
    ]  # fmt: skip


def test_o_que_se_escreveu_em_paragrafos_no_carteira_vai_e_volta(
    carregado: None, rodar: Rodar, tmp_path: Path, empresa: Empresa, ana: Usuario
) -> None:
    Atendimento.objects.create(
        empresa=empresa, cliente=Cliente.objects.get(codigo="A"), numero="W1", tipo="troca", assunto="Caixa",
        aberto_em=HOJE, descricao="Um parágrafo; com ponto.\n\nOutro,mais\u00a0um.", aberto_por=ana,
    )  # fmt: skip
    destino = tmp_path / "a.csv"
    rodar("exportar", "atendimentos", destino)
    codigo, saida, _ = rodar("importar", "atendimentos", destino, "--json")
    assert (codigo, json.loads(saida)["inalteradas"]) == (0, 2)


def test_a_pessoa_criada_no_carteira_fica_conhecida_do_erp_na_primeira_volta(
    carregado: None, rodar: Rodar, tmp_path: Path
) -> None:
    PessoaDeContato.objects.create(cliente=Cliente.objects.get(codigo="A"), nome="Nova", cargo="Sócia")
    destino = tmp_path / "p.csv"
    rodar("exportar", "pessoas", destino)
    voltas = [json.loads(rodar("importar", "pessoas", destino, "--json")[1])["atualizadas"] for _ in range(2)]
    assert voltas == [1, 0]


def test_o_comando_diz_o_total_nas_palavras_do_tipo(carregado: None, rodar: Rodar, arquivo: Any) -> None:
    _, saida, _ = rodar("importar", "titulos", arquivo(ARQUIVOS["titulos"]), "--simular")
    assert "2 títulos de 01/10/2026 a 01/10/2026, somando R$ 10,00\n" in saida
    _, saida, _ = rodar("importar", "pessoas", arquivo(ARQUIVOS["pessoas"]))
    assert saida == "2 linhas entraram: 0 novas, 0 atualizadas, 2 inalteradas; 0 rejeitadas\n"


def test_o_de_para_se_ensina_pelo_comando(carregado: None, rodar: Rodar, arquivo: Any) -> None:
    ruim = ARQUIVOS["atendimentos"].replace("não conformidade", "NCR")
    codigo, saida, _ = rodar("importar", "atendimentos", arquivo(ruim))
    assert (codigo, "--situacao “TEXTO=reclamacao”" in saida) == (1, True)
    assert rodar("importar", "atendimentos", arquivo(ruim), "--situacao", "NCR=nao_conformidade")[0] == 0
    codigo, _, erros = rodar("importar", "titulos", arquivo(ARQUIVOS["titulos"]), "--situacao", "X=aberto")
    assert (codigo, erros) == (2, "CommandError: titulos não têm situação\n")
