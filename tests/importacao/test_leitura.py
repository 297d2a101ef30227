"""O mesmo conteúdo, escrito de todas as formas que os ERPs e o Excel escrevem."""

import io
import re
import zipfile
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import Workbook

from clientes.importacao.servico import Opcoes, aplicar
from clientes.models import Cliente, Pedido
from contas.models import Empresa
from tests.conftest import HOJE
from tests.importacao.conftest import PEDIDOS
from tests.sementes import na_resistencia

LINHA = '1;A;10/10/2026;"1.234,56";Faturação\n'
UMA = PEDIDOS + "1;A;10/10/2026;1.234,56;faturado\n"


def _xlsx(linhas: list[list[Any]], **formatos: str) -> bytes:
    livro = Workbook()
    for linha in linhas:
        livro.active.append(linha)
    for celula, formato in formatos.items():
        livro.active[celula].number_format = formato
    memoria = io.BytesIO()
    livro.save(memoria)
    return memoria.getvalue()


CODIFICACOES = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252", "latin-1")


def _sempre(codificacao: str, separador: str) -> bool:
    """Cada codificação com o separador mais comum, e cada separador com uma de cada largura."""
    return separador == ";" or codificacao in {"cp1252", "utf-16-le"}


@pytest.mark.parametrize(
    ("codificacao", "separador"),
    [
        par if _sempre(*par) else na_resistencia(*par)
        for par in ((codificacao, separador) for codificacao in CODIFICACOES for separador in ";,\t|")
    ],
)
def test_toda_codificacao_e_separador_chegam_ao_mesmo_cliente(
    codificacao: str, separador: str, importar: Any
) -> None:
    texto = 'codigo;razao_social;municipio;uf\n007;"João, Irmãos & Cia; Ltda | ME";São José do Rio Preto;SP\n'
    linhas = [
        ["codigo", "razao_social", "municipio", "uf"],
        ["007", '"João, Irmãos & Cia; Ltda | ME"', "São José do Rio Preto", "SP"],
    ]
    texto = "".join(separador.join(linha) + "\r\n" for linha in linhas)
    assert importar("clientes", texto.encode(codificacao)).rejeitadas == 0
    cliente = Cliente.objects.get()
    assert (cliente.codigo, cliente.razao_social) == ("007", "João, Irmãos & Cia; Ltda | ME")
    assert (cliente.cidade, cliente.municipio_id) == ("São José do Rio Preto", 3549805)


@pytest.mark.parametrize(
    "cabecalho",
    [
        "numero;cliente_codigo;data;valor;situacao",
        "Nº do pedido;Cód. cliente;Data emissão;Vlr total;Situação",
        "NUM_PED;COD_CLI;DT_EMISSAO;VALOR_TOTAL;STATUS",
        "Pedido;Código do Cliente;Emissão;Valor (R$);Status do Pedido",
        "numPedido;codCliente;dataPedido;valorTotal;Situacao",
        "N° pedido;Cliente;Data;Total;Sit.",
    ],
)
def test_cabecalhos_de_erps_diferentes_sao_reconhecidos(
    cabecalho: str, importar: Any, clientes_a_e_b: None
) -> None:
    assert importar("pedidos", f"{cabecalho}\n1;A;10/10/2026;1.234,56;faturado\n").novas == 1
    assert Pedido.objects.get().valor == Decimal("1234.56")


def test_colunas_em_outra_ordem_e_desconhecidas_sao_avisadas(importar: Any, clientes_a_e_b: None) -> None:
    resultado = importar(
        "pedidos", "OBS;valor;situacao;data;cliente_codigo;numero\nx;5,00;aberto;10/10/2026;A;1\n"
    )
    assert resultado.novas == 1
    assert resultado.avisos == ("coluna ignorada: “OBS”",)


def test_sep_do_excel_e_linhas_em_branco_nao_atrapalham_o_numero_da_linha(
    importar: Any, clientes_a_e_b: None
) -> None:
    resultado = importar("pedidos", "sep=;\n\n" + UMA + "\n;;;;\n2;Z;10/10/2026;1,00;faturado\n")
    assert resultado.novas == 1
    assert [r.linha for r in resultado.rejeicoes] == [7]


@pytest.mark.parametrize("quebra", ["\n", "\r\n", "\r"])
def test_toda_quebra_de_linha_serve(quebra: str, importar: Any, clientes_a_e_b: None) -> None:
    assert importar("pedidos", UMA.replace("\n", quebra)).novas == 1


def test_planilha_traz_datas_numeros_e_codigos_de_verdade(importar: Any) -> None:
    importar("clientes", _xlsx([["codigo", "razao_social", "cpf_cnpj"], [123.0, "Alfa", 9588906000143.0]]))
    cliente = Cliente.objects.get()
    assert (cliente.codigo, cliente.documento, cliente.documento_valido) == ("123", "09588906000143", True)
    conteudo = _xlsx(
        [
            ["numero", "cliente_codigo", "data", "valor", "situacao"],
            [7, 123, date(2026, 10, 10), 1234.56, "faturado"],
            [8, 123, datetime(2026, 10, 11, 13, 5), 0.1 + 0.2, "faturado"],
            [9, "123", "12/10/2026", "1.234,50", "faturado"],
            [10, 123, 46305, 1, "faturado"],
            [11, 123, date(2026, 10, 10), 12.345, "faturado"],
        ]
    )
    resultado = importar("pedidos", conteudo)
    assert list(Pedido.objects.order_by("id").values_list("numero", "data", "valor")) == [
        ("7", date(2026, 10, 10), Decimal("1234.56")),
        ("8", date(2026, 10, 11), Decimal("0.30")),
        ("9", date(2026, 10, 12), Decimal("1234.50")),
    ]
    assert [(r.linha, r.coluna, r.valor) for r in resultado.rejeicoes] == [
        (5, "data", "46305"),
        (6, "valor", "12.345"),
    ]


def test_formula_sem_resultado_ou_com_erro_e_rejeitada(importar: Any, clientes_a_e_b: None) -> None:
    cabecalho = ["numero", "cliente_codigo", "data", "valor", "situacao"]
    resultado = importar("pedidos", _xlsx([cabecalho, [1, "A", date(2026, 10, 10), "=1+1", "faturado"]]))
    assert "fórmula" in resultado.rejeicoes[0].motivo


def test_so_a_planilha_certa_da_pasta_e_lida(importar: Any, clientes_a_e_b: None) -> None:
    livro = Workbook()
    livro.active.append(["Relatório gerado pelo ERP"])
    folha = livro.create_sheet("Pedidos")
    folha.append(["numero", "cliente_codigo", "data", "valor", "situacao"])
    folha.append(["1", "A", date(2026, 10, 10), 5, "faturado"])
    memoria = io.BytesIO()
    livro.save(memoria)
    resultado = importar("pedidos", memoria.getvalue())
    assert resultado.novas == 1
    assert resultado.avisos[0] == "foi lida só a planilha “Pedidos”; ficaram de fora “Sheet”"


def test_textos_compartilhados_e_datas_de_1904_sao_lidos(importar: Any, clientes_a_e_b: None) -> None:
    """Um pacote escrito à mão, com o que o openpyxl não escreve."""
    memoria = io.BytesIO()
    with zipfile.ZipFile(memoria, "w") as pacote:
        pacote.writestr(
            "xl/workbook.xml",
            '<workbook xmlns:r="r"><workbookPr date1904="1"/><sheets><sheet name="P" sheetId="1" r:id="a"/></sheets></workbook>',
        )
        pacote.writestr(
            "xl/_rels/workbook.xml.rels", '<R><Relationship Id="a" Target="/xl/worksheets/p.xml"/></R>'
        )
        pacote.writestr("xl/styles.xml", '<s><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></s>')
        textos = ["numero", "cliente_codigo", "data", "valor", "situacao", "A", "faturado"]
        itens = "".join(
            f"<si><r><t>{t[:2]}</t></r><r><t>{t[2:]}</t></r><rPh><t>zz</t></rPh></si>" for t in textos
        )
        pacote.writestr("xl/sharedStrings.xml", f"<sst>{itens}</sst>")
        cabecalho = "".join(f'<c t="s"><v>{i}</v></c>' for i in range(5))
        dados = '<c r="B5" t="s"><v>5</v></c><c r="C5" s="1"><v>44842</v></c><c r="D5"><v>7.5</v></c><c r="E5" t="s"><v>6</v></c>'
        pacote.writestr(
            "xl/worksheets/p.xml",
            f'<w><sheetData><row r="1">{cabecalho}</row><row r="5"><c r="A5" t="str"><v>9</v></c>{dados}</row></sheetData></w>',
        )
    assert importar("pedidos", memoria.getvalue()).rejeicoes == ()
    pedido = Pedido.objects.get()
    assert (pedido.numero, pedido.data, pedido.valor) == ("9", date(2026, 10, 9), Decimal("7.50"))


@pytest.mark.parametrize("em_planilha", [False, True])
def test_cabecalho_repetido_no_meio_nao_vira_cliente(em_planilha: bool, importar: Any) -> None:
    """Dois arquivos emendados, ou um relatório que repete o cabeçalho a cada página."""
    linhas = [["codigo", "razao_social"], ["1", "Alfa"], ["codigo", "razao_social"], ["2", "Beta"]]
    texto = "".join(";".join(linha) + "\n" for linha in linhas)
    resultado = importar("clientes", _xlsx(linhas) if em_planilha else texto)
    assert (resultado.novas, resultado.rejeitadas) == (2, 0)
    assert resultado.avisos == ("o cabeçalho se repete (linha 3) e as repetições ficaram de fora",)
    assert list(Cliente.objects.order_by("id").values_list("razao_social", flat=True)) == ["Alfa", "Beta"]


def test_coluna_que_se_chama_pk_nao_faz_do_csv_uma_planilha(importar: Any) -> None:
    assert importar("clientes", "PK_ID;codigo;razao_social\n9;1;Alfa\n").novas == 1


def test_texto_forcado_do_excel_perde_o_enfeite(importar: Any) -> None:
    """="00123" é como os ERPs impedem o Excel de comer os zeros."""
    importar("clientes", 'codigo;razao_social;cpf_cnpj\n="00123";"=""Alfa""";="09588906000143"\n')
    cliente = Cliente.objects.get()
    assert (cliente.codigo, cliente.razao_social, cliente.documento) == ("00123", "Alfa", "09588906000143")
    assert cliente.documento_valido


def test_windows_1252_que_acaba_em_acento_nao_e_tomado_por_cortado(importar: Any) -> None:
    importar("clientes", "codigo;razao_social\n1;José".encode("cp1252"))
    assert Cliente.objects.get().razao_social == "José"


def test_celula_de_texto_vazia_e_escapes_do_excel_na_planilha(importar: Any) -> None:
    """`<c t="s"/>` é célula vazia, e _x000D_ é uma quebra de linha que o XML não leva."""
    livro = _xlsx([["codigo", "razao_social", "uf"], ["1", "Alfa", "SP"]])
    memoria = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(livro)) as velho, zipfile.ZipFile(memoria, "w") as pacote:
        for info in velho.infolist():
            parte = velho.read(info)
            if info.filename.endswith("sheet1.xml"):
                parte = re.sub(rb'<c r="C2".*?</c>', b'<c r="C2" t="s"/>', parte)
            pacote.writestr(info, parte.replace(b"Alfa", b"Alfa_x000D_ Ltda"))
    assert importar("clientes", memoria.getvalue()).rejeicoes == ()
    cliente = Cliente.objects.get()
    assert (cliente.razao_social, cliente.uf) == ("Alfa Ltda", "")


def test_fim_de_arquivo_do_dos_nao_e_uma_linha(importar: Any, clientes_a_e_b: None) -> None:
    """Clipper e seus filhos acabam o arquivo com um Ctrl-Z."""
    assert importar("pedidos", UMA + "\x1a").rejeitadas == 0
    assert Pedido.objects.count() == 1


def test_nulo_no_cabecalho_nao_derruba_a_importacao(importar: Any, clientes_a_e_b: None) -> None:
    texto = UMA.replace("valor", "va\x00lor").replace("1.234,56", "-1,00") + "\n"
    resultado = importar("pedidos", texto)
    assert [(r.linha, r.coluna) for r in resultado.rejeicoes] == [(2, "valor")]


def test_cliente_do_exterior_entra_sem_uf(importar: Any) -> None:
    resultado = importar("clientes", "codigo;razao_social;municipio;uf\n1;Alfa;Exterior;EX\n")
    assert (resultado.novas, resultado.avisos[0][:25]) == (1, "uf: cliente do exterior: ")
    assert Cliente.objects.get().uf == ""


def test_numero_de_planilha_volta_nas_rejeitadas_com_virgula(
    importar: Any, arquivo: Any, clientes_a_e_b: None, tmp_path: Any
) -> None:
    """12.345 num CSV seria doze mil: a linha corrigida pela metade entraria mil vezes maior."""
    cabecalho = ["numero", "cliente_codigo", "data", "valor", "situacao"]
    caminho = arquivo(_xlsx([cabecalho, ["1", "A", date(2026, 10, 10), 12.345, "aberto"]]))
    destino = tmp_path / "rejeitadas.csv"
    opcoes = Opcoes(tipo="pedidos", empresa=Empresa.objects.get())
    aplicar(caminho, opcoes, por=None, hoje=HOJE, parcial=True, rejeitadas_em=destino)
    assert destino.read_text("utf-8-sig").splitlines()[1].startswith("1;A;2026-10-10;12,345;aberto;2;valor;")
    assert importar("pedidos", destino).rejeicoes[0].motivo.startswith("mais de duas casas")
    assert not Pedido.objects.exists()


def test_nome_que_cresce_na_chave_de_comparacao_e_recusado_com_o_limite(importar: Any) -> None:
    resultado = importar("clientes", f"codigo;razao_social;vendedor\n1;Alfa;{'각' * 100}\n")
    assert resultado.rejeicoes[0].motivo == "texto com 300 caracteres; o limite é 120"
    assert not Cliente.objects.exists()
