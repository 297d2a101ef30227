"""Onde está o cabeçalho: títulos de relatório acima dele, separadores de sobra e células estranhas."""

import io
import re
import zipfile
from datetime import date
from typing import Any

import pytest
from openpyxl import Workbook

from clientes.importacao.recusa import ArquivoRecusado
from clientes.models import Cliente, Pedido
from tests.importacao.conftest import PEDIDOS


def _livro(*linhas: list[Any]) -> Workbook:
    livro = Workbook()
    for linha in linhas:
        livro.active.append(linha)
    return livro


def _bytes(livro: Workbook) -> bytes:
    memoria = io.BytesIO()
    livro.save(memoria)
    return memoria.getvalue()


def _com_folha(conteudo: bytes, de: str, para: str) -> bytes:
    """A mesma pasta com um trecho do XML da primeira planilha trocado."""
    memoria = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(conteudo)) as pasta, zipfile.ZipFile(memoria, "w") as nova:
        for nome in pasta.namelist():
            corpo = pasta.read(nome)
            if nome == "xl/worksheets/sheet1.xml":
                corpo = re.sub(de, para, corpo.decode()).encode()
            nova.writestr(nome, corpo)
    return memoria.getvalue()


@pytest.mark.parametrize("separador", [";", ",", "\t"])
def test_titulo_de_relatorio_acima_do_cabecalho_fica_de_fora(separador: str, importar: Any) -> None:
    texto = "Relatório de clientes\nEmitido em;22/11/2026\n\ncodigo;razao_social;uf\n007;Nove;SP\n8;Oito;XX\n"
    resultado = importar("clientes", texto.replace(";", separador))
    assert (resultado.novas, [(r.linha, r.coluna) for r in resultado.rejeicoes]) == (1, [(6, "uf")])
    assert "o cabeçalho está na linha 4; o que há acima dele ficou de fora" in resultado.avisos
    assert Cliente.objects.values_list("codigo", "uf").get() == ("007", "SP")


def test_planilha_com_titulo_em_celulas_unidas_e_lida_do_cabecalho(importar: Any) -> None:
    livro = _livro(["Relação de clientes"], ["Filial 1"], [], ["codigo", "razao_social"], ["007", "Nove"])
    livro.active.merge_cells("A1:B1")
    resultado = importar("clientes", _bytes(livro))
    assert resultado.novas == 1
    assert resultado.avisos[0] == "o cabeçalho está na linha 4; o que há acima dele ficou de fora"


def test_planilha_com_titulo_vence_a_folha_de_resumo(importar: Any) -> None:
    livro = _livro(["Resumo", "Total"], ["clientes", 1])
    dados = livro.create_sheet("Dados")
    for linha in (["Relação de clientes"], ["codigo", "razao_social"], ["007", "Nove"]):
        dados.append(linha)
    assert importar("clientes", _bytes(livro)).descricao == "planilha “Dados”"


def test_arquivo_sem_cabecalho_nenhum_diz_o_que_achou_na_linha_1(importar: Any) -> None:
    with pytest.raises(ArquivoRecusado, match="Colunas encontradas na linha 1: 1, Alfa, SP"):
        importar("clientes", "1;Alfa;SP\n2;Beta;RJ\n")


def test_separadores_de_sobra_so_no_cabecalho_nao_entortam_as_linhas(importar: Any) -> None:
    resultado = importar("clientes", "codigo;razao_social;uf;;\n1;Alfa;SP\n2;Beta;RJ;\n3;Gama\n")
    assert (resultado.novas, [r.linha for r in resultado.rejeicoes]) == (2, [4])


@pytest.mark.parametrize(
    ("escrita", "lida"),
    [("2026-10-09T00:00:00", date(2026, 10, 9)), ("13:45:00", None), ("2026-13-45", None)],
)
def test_celula_de_data_escrita_por_extenso_na_planilha(
    escrita: str, lida: date | None, importar: Any, clientes_a_e_b: None
) -> None:
    livro = _livro(PEDIDOS.strip().split(";"), ["1", "A", 12345, 10, "faturado"])
    conteudo = _com_folha(_bytes(livro), r'<c r="C2"[^>]*><v>12345</v>', f'<c r="C2" t="d"><v>{escrita}</v>')
    resultado = importar("pedidos", conteudo)
    assert [p.data for p in Pedido.objects.all()] == ([lida] if lida else [])
    assert [(r.linha, r.coluna) for r in resultado.rejeicoes] == ([] if lida else [(2, "data")])


def test_valor_sem_impostos_negativo_so_em_devolucao(importar: Any, clientes_a_e_b: None) -> None:
    resultado = importar(
        "pedidos",
        "numero;cliente_codigo;data;valor;situacao;valor_sem_impostos\n"
        "1;A;10/10/2026;10,00;faturado;-8,00\n2;A;10/10/2026;10,00;devolvido;8,00\n",
    )
    assert [(r.linha, r.coluna, r.valor) for r in resultado.rejeicoes] == [(2, "valor_sem_impostos", "-8,00")]
    assert [str(p.valor_sem_impostos) for p in Pedido.objects.all()] == ["-8.00"]


def test_codigo_que_a_planilha_mostra_com_zeros_entra_com_eles(importar: Any) -> None:
    livro = _livro(["codigo", "razao_social", "limite_credito"], [7, "Sete", 1500], [1234567, "Longo", 2.5])
    livro.active["A2"].number_format = livro.active["A3"].number_format = "000000"
    livro.active["C2"].number_format = "00000"
    importar("clientes", _bytes(livro))
    assert [(c.codigo, str(c.limite_credito)) for c in Cliente.objects.order_by("codigo")] == [
        ("000007", "1500.00"),
        ("1234567", "2.50"),
    ]


def test_codigo_que_a_planilha_trocou_por_numero_com_casas_e_recusado(importar: Any) -> None:
    """O cliente 1.10 guardado como número chega 1.1, que é outro: não entra até a célula virar texto."""
    livro = _livro(["codigo", "razao_social"], [1.10, "Um e dez"], ["2.10", "Dois e dez"], [3.0, "Três"])
    resultado = importar("clientes", _bytes(livro))
    assert [(r.linha, r.coluna, r.valor, r.motivo) for r in resultado.rejeicoes] == [
        (
            2,
            "codigo",
            "1.1",
            "o código do cliente veio como número com casas e pode ter perdido zeros: mande-o como texto",
        )
    ]
    assert [c.codigo for c in Cliente.objects.order_by("codigo")] == ["2.10", "3"]
    livro.active["A2"] = "1.10"
    importar("clientes", _bytes(livro))
    assert [c.codigo for c in Cliente.objects.order_by("codigo")] == ["1.10", "2.10", "3"]
