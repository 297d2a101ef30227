"""Arquivos que não servem: cada um recebe a sua frase, e nunca um erro do programa nem dado errado calado."""

import io
import os
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from openpyxl import Workbook

from clientes.importacao.recusa import ArquivoRecusado
from clientes.models import Cliente, Importacao, Pedido
from tests.importacao.conftest import CLIENTES, PEDIDOS

BOA = "1;A;10/10/2026;100,00;faturado\n"


def pacote(**partes: Any) -> bytes:
    memoria = io.BytesIO()
    with zipfile.ZipFile(memoria, "w", zipfile.ZIP_DEFLATED) as zipe:
        for nome, conteudo in partes.items():
            zipe.writestr(nome.replace("__", "/").replace("_xml", ".xml").replace("_bin", ".bin"), conteudo)
    return memoria.getvalue()


def planilha(*linhas: list[Any]) -> bytes:
    livro = Workbook()
    for linha in linhas:
        livro.active.append(linha)
    memoria = io.BytesIO()
    livro.save(memoria)
    return memoria.getvalue()


def trocar_parte(conteudo: bytes, parte: str, novo: bytes) -> bytes:
    memoria = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(conteudo)) as velho,
        zipfile.ZipFile(memoria, "w", zipfile.ZIP_DEFLATED) as zipe,
    ):
        for info in velho.infolist():
            zipe.writestr(info.filename, novo if info.filename == parte else velho.read(info))
    return memoria.getvalue()


def estragar_parte(conteudo: bytes, parte: str) -> bytes:
    """Inverte os bytes comprimidos de uma parte: o índice do pacote continua bom."""
    info = zipfile.ZipFile(io.BytesIO(conteudo)).getinfo(parte)
    inicio = info.header_offset + 30 + len(parte)
    miolo = bytes(b ^ 0x5A for b in conteudo[inicio + 4 : inicio + info.compress_size])
    return conteudo[: inicio + 4] + miolo + conteudo[inicio + info.compress_size :]


def folha(*linhas: str, encoding: str = "UTF-8") -> bytes:
    """A planilha boa com outro XML no lugar das linhas."""
    corpo = f'<?xml version="1.0" encoding="{encoding}"?><w><sheetData>{"".join(linhas)}</sheetData></w>'
    return trocar_parte(PLANILHA_BOA, "xl/worksheets/sheet1.xml", corpo.encode())


def linha_xml(numero: int, *textos: str) -> str:
    celulas = "".join(f'<c t="inlineStr"><is><t>{t}</t></is></c>' for t in textos)
    return f'<row r="{numero}">{celulas}</row>'


CABECALHO = ["numero", "cliente_codigo", "data", "valor", "situacao"]
PLANILHA_BOA = planilha(CABECALHO, ["1", "A", "10/10/2026", 100, "faturado"])
CAB_XML = linha_xml(1, *CABECALHO)
XXE = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    b'<worksheet><sheetData><row r="1"><c t="inlineStr"><is><t>&e;</t></is></c></row></sheetData></worksheet>'
)
BILHOES = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    b"<worksheet><sheetData><row><c><v>&b;</v></c></row></sheetData></worksheet>"
)

RECUSADOS: dict[str, tuple[str | bytes, str]] = {
    "vazio": ("", "está vazio"),
    "so_espacos": ("  \n\n \t\n", "está vazio"),
    "so_bom": (b"\xef\xbb\xbf", "está vazio"),
    "so_nulos": (b"\x00" * 500, "está vazio"),
    "so_cabecalho": (PEDIDOS, "só tem o cabeçalho"),
    "so_cabecalho_sem_quebra": (PEDIDOS.strip(), "só tem o cabeçalho"),
    "cabecalho_e_linhas_em_branco": (PEDIDOS + "\n;;;;\n  \n", "só tem o cabeçalho"),
    "pdf": (b"%PDF-1.7\n1 0 obj", "é um PDF"),
    "gzip": (b"\x1f\x8b\x08\x00aaaa", "gzip"),
    "rar": (b"Rar!\x1a\x07\x00", "RAR"),
    "sete_zip": (b"7z\xbc\xaf\x27\x1c", "7z"),
    "png": (b"\x89PNG\r\n\x1a\n" + b"x" * 50, "imagem"),
    "jpeg": (b"\xff\xd8\xff\xe0" + b"x" * 50, "imagem"),
    "gif": (b"GIF89a" + b"x" * 50, "imagem"),
    "parquet": (b"PAR1" + b"x" * 50, "Parquet"),
    "sqlite": (b"SQLite format 3\x00" + b"x" * 50, "SQLite"),
    "rtf": (b"{\\rtf1\\ansi texto}", "RTF"),
    "programa": (b"\x7fELF\x02\x01\x01" + b"\x00" * 60, "programa"),
    "binario": (bytes(range(256)) * 20, "binário"),
    "html_doctype": ("<!DOCTYPE html><html><table><tr><td>1</td></tr></table></html>", "HTML"),
    "html_tabela": ("\n  <table border=1><tr><td>numero</td></tr></table>", "HTML"),
    "html_com_bom": ("\ufeff<HTML><body>x</body></HTML>", "HTML"),
    "html_do_excel": (
        '<html xmlns:x="urn:schemas-microsoft-com:office:excel"><table></table></html>',
        "HTML",
    ),
    "html_utf16": ("<html><table></table></html>".encode("utf-16"), "HTML"),
    "xml": ('<?xml version="1.0"?><pedidos><p/></pedidos>', "XML"),
    "xml_2003": (
        '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>',
        "XML",
    ),
    "json_lista": ('[{"numero": 1}]', "JSON"),
    "json_objeto": ('{\n "numero": 1\n}', "JSON"),
    "json_lines_sem_colunas": ('{"numero": 1}', "Faltam as colunas"),
    "xls_antigo": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600,
        "protegida por senha ou é um .xls antigo",
    ),
    "xlsx_com_senha": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600 + "EncryptedPackage".encode("utf-16-le"),
        "protegida por senha: tire a senha",
    ),
    "zip_comum": (pacote(**{"pedidos.csv": PEDIDOS + BOA}), "compactado (.zip)"),
    "zip_vazio": (b"PK\x05\x06" + b"\x00" * 18, "compactado (.zip)"),
    "ods": (
        pacote(mimetype="application/vnd.oasis.opendocument.spreadsheet", content_xml="<x/>"),
        "LibreOffice",
    ),
    "docx": (pacote(word__document_xml="<x/>"), "Word"),
    "xlsb": (pacote(xl__workbook_bin=b"x"), "xlsb"),
    "xlsx_cortado": (PLANILHA_BOA[:2000], "corrompida"),
    "xlsx_com_lixo": (b"PK\x03\x04" + b"lixo" * 100, "corrompida"),
    "xlsx_sem_folha": (pacote(xl__workbook_xml="<workbook/>"), "nenhuma planilha visível"),
    "xlsx_xml_quebrado": (
        trocar_parte(PLANILHA_BOA, "xl/worksheets/sheet1.xml", b"<worksheet><sheetData><row"),
        "corrompida",
    ),
    "xlsx_catalogo_quebrado": (trocar_parte(PLANILHA_BOA, "xl/workbook.xml", b"<workbook"), "corrompida"),
    "xlsx_compressao_estragada": (
        estragar_parte(PLANILHA_BOA, "xl/worksheets/sheet1.xml"),
        "corrompida",
    ),
    "xlsx_estilos_estragados": (estragar_parte(PLANILHA_BOA, "xl/styles.xml"), "corrompida"),
    "xlsx_codificacao_inventada": (folha(CAB_XML, encoding="foo-99"), "corrompida"),
    "xlsx_linha_fora_da_planilha": (folha(CAB_XML, linha_xml(99999999999, "1")), "corrompida"),
    "xlsx_linha_repetida": (folha(CAB_XML, linha_xml(2, "1"), linha_xml(2, "2")), "corrompida"),
    "xlsx_linhas_fora_de_ordem": (folha(CAB_XML, linha_xml(5, "1"), linha_xml(3, "2")), "corrompida"),
    "xlsx_celula_repetida": (
        folha(CAB_XML, '<row r="2"><c r="A2"><v>1</v></c><c r="A2"><v>2</v></c></row>'),
        "corrompida",
    ),
    "xlsx_celula_enorme": (folha(CAB_XML, linha_xml(2, "x 9" * (4 << 20))), "célula enorme"),
    "xlsx_xxe": (trocar_parte(PLANILHA_BOA, "xl/worksheets/sheet1.xml", XXE), "entidades XML"),
    "xlsx_bilhoes_de_risadas": (
        trocar_parte(PLANILHA_BOA, "xl/worksheets/sheet1.xml", BILHOES),
        "entidades XML",
    ),
    "xlsx_xxe_nos_estilos": (trocar_parte(PLANILHA_BOA, "xl/styles.xml", XXE), "entidades XML"),
    "xlsx_bomba": (trocar_parte(PLANILHA_BOA, "xl/worksheets/sheet1.xml", b" " * (60 << 20)), "bomba"),
    "xlsx_vazio": (planilha(), "está vazia"),
    "xlsx_so_cabecalho": (planilha(CABECALHO), "só tem o cabeçalho"),
    "xlsx_colunas_erradas": (planilha(["a", "b"], [1, 2]), "Faltam as colunas"),
    "xlsx_colunas_demais": (planilha([f"c{i}" for i in range(1500)]), "mais de 900 colunas"),
    "csv_colunas_demais": (";".join(f"c{i}" for i in range(1500)) + "\n", "mais de 900 colunas"),
    "sem_numero": (
        "cliente_codigo;data;valor;situacao\nA;10/10/2026;1,00;faturado\n",
        "Falta a coluna numero",
    ),
    "sem_cliente": ("numero;data;valor;situacao\n1;10/10/2026;1,00;faturado\n", "cliente_codigo"),
    "sem_data": ("numero;cliente_codigo;valor;situacao\n1;A;1,00;faturado\n", "Falta a coluna data"),
    "sem_valor": ("numero;cliente_codigo;data;situacao\n1;A;10/10/2026;faturado\n", "Falta a coluna valor"),
    "sem_situacao": ("numero;cliente_codigo;data;valor\n1;A;10/10/2026;1,00\n", "Falta a coluna situacao"),
    "sem_cabecalho": (
        "1;A;10/10/2026;100,00;faturado\n2;A;10/10/2026;100,00;faturado\n",
        "Faltam as colunas",
    ),
    "texto_corrido": (
        "Prezados, segue o relatório de pedidos do mês.\nAtenciosamente\n",
        "Faltam as colunas",
    ),
    "uma_coluna_so": ("numero\n1\n2\n", "Faltam as colunas"),
    "separador_estranho": (PEDIDOS.replace(";", "^") + BOA.replace(";", "^"), "Faltam as colunas"),
    "coluna_repetida": (
        "numero;cliente_codigo;data;valor;valor;situacao\n1;A;10/10/2026;1;2;faturado\n",
        "mais de uma vez",
    ),
    "clientes_no_lugar": (CLIENTES + "A;Alfa;;;;;;;\n", "parece um arquivo de clientes"),
    "aspas_sem_fim": (PEDIDOS + '1;"A;10/10/2026;100,00;faturado\n' + BOA * 3, "aspas que nunca fecham"),
    "aspas_sem_fim_no_cabecalho": ('"numero;cliente_codigo;data\n1;A;x\n', "aspas"),
    "aspas_engolem_o_arquivo": (PEDIDOS + '1;"A' + BOA * 9000, "aspas"),
    "linha_sem_fim": (PEDIDOS + "9" * (3 << 20), "1 milhão de caracteres"),
    "campo_enorme": (PEDIDOS + f"1;A;10/10/2026;1,00;{'x' * 200_000}\n", "campo enorme"),
    "utf16_cortado": ((PEDIDOS + BOA).encode("utf-16")[:-1], "corrompido ou cortado"),
    "utf8_com_bom_falso": (b"\xef\xbb\xbf" + (PEDIDOS + BOA).encode() + b"\xe3\xe9", "corrompido ou cortado"),
    "utf8_cortado_numa_letra": (
        (PEDIDOS + "1;A;10/10/2026;5,00;".strip()).encode() + b"\xc3",
        "cortado no meio",
    ),
    "codificacoes_misturadas": (
        PEDIDOS.encode() + "1;São João;x;x;x\n".encode() + "2;S\xe3o;x;x;x\n".encode("cp1252"),
        "mistura",
    ),
}

# conteúdo, linha, coluna, trecho do motivo
LINHAS_RUINS: dict[str, tuple[str | bytes, int, str, str]] = {
    "data_impossivel": ("1;A;31/02/2026;1,00;faturado", 2, "data", "fevereiro de 2026 tem 28 dias"),
    "novembro_31": ("1;A;31/11/2026;1,00;faturado", 2, "data", "novembro de 2026 tem 30 dias"),
    "bissexto_falso": ("1;A;29/02/2025;1,00;faturado", 2, "data", "28 dias"),
    "mes_13": ("1;A;2026-13-01;1,00;faturado", 2, "data", "o mês 13 não existe"),
    "dia_zero": ("1;A;00/10/2026;1,00;faturado", 2, "data", "o dia 0 não existe"),
    "ano_curto": ("1;A;10/10/26;1,00;faturado", 2, "data", "dois dígitos"),
    "ano_antigo": ("1;A;10/10/1899;1,00;faturado", 2, "data", "1900"),
    "data_futura": ("1;A;21/11/2026;1,00;faturado", 2, "data", "depois de hoje"),
    "data_vazia": ("1;A;;1,00;faturado", 2, "data", "em branco"),
    "data_zerada": ("1;A;00/00/0000;1,00;faturado", 2, "data", "em branco"),
    "data_texto": ("1;A;ontem;1,00;faturado", 2, "data", "não é uma data"),
    "data_serial": ("1;A;46305;1,00;faturado", 2, "data", "número de série"),
    "data_mes_dia": ("1;A;10/25/2026;1,00;faturado", 2, "data", "mês/dia"),
    "hora_impossivel": ("1;A;10/10/2026 25:00;1,00;faturado", 2, "data", "hora impossível"),
    "fuso_impossivel": ("1;A;2026-10-10T10:00:00+99:99;1,00;faturado", 2, "data", "fuso impossível"),
    "fim_dos_tempos": ("1;A;9999-12-31T23:59:00-12:00;1,00;faturado", 2, "data", "impossível"),
    "valor_vazio": ("1;A;10/10/2026;;faturado", 2, "valor", "em branco"),
    "valor_texto": ("1;A;10/10/2026;abc;faturado", 2, "valor", "não é um número"),
    "valor_com_letra_o": ("1;A;10/10/2026;12.4OO,00;faturado", 2, "valor", "letra “O”"),
    "valor_em_dolar": ("1;A;10/10/2026;US$ 10,00;faturado", 2, "valor", "reais"),
    "valor_em_euro": ("1;A;10/10/2026;€ 10,00;faturado", 2, "valor", "reais"),
    "valor_tres_casas": ("1;A;10/10/2026;10,005;faturado", 2, "valor", "duas casas"),
    "valor_enorme": ("1;A;10/10/2026;9999999999999,00;faturado", 2, "valor", "grande demais"),
    "valor_cientifico": ("1;A;10/10/2026;1,5E+3;faturado", 2, "valor", "científica"),
    "valor_infinito": ("1;A;10/10/2026;NaN;faturado", 2, "valor", "não é um número"),
    "valor_dois_pontos_tortos": ("1;A;10/10/2026;1.23.456;faturado", 2, "valor", "não é um número"),
    "valor_algarismos_arabes": ("1;A;10/10/2026;١٢;faturado", 2, "valor", "não é um número"),
    "faturado_negativo": ("1;A;10/10/2026;-5,00;faturado", 2, "valor", "valor negativo"),
    "aberto_entre_parenteses": ("1;A;10/10/2026;(5,00);aberto", 2, "valor", "valor negativo"),
    "situacao_vazia": ("1;A;10/10/2026;5,00;", 2, "situacao", "em branco"),
    "situacao_desconhecida": ("1;A;10/10/2026;5,00;LIB", 2, "situacao", "situação desconhecida"),
    "cliente_desconhecido": ("1;ZZ;10/10/2026;5,00;faturado", 2, "cliente_codigo", "cliente desconhecido"),
    "cliente_em_branco": ("1;;10/10/2026;5,00;faturado", 2, "cliente_codigo", "em branco"),
    "numero_em_branco": (" ;A;10/10/2026;5,00;faturado", 2, "numero", "em branco"),
    "numero_longo": ("9" * 41 + ";A;10/10/2026;5,00;faturado", 2, "numero", "41 caracteres"),
    "numero_cientifico": ("1,23457E+11;A;10/10/2026;5,00;faturado", 2, "numero", "notação científica"),
    "numero_com_controle": ("1\x072;A;10/10/2026;5,00;faturado", 2, "numero", "invisível"),
    "nulo_no_numero": (b"1\x002;A;10/10/2026;5,00;faturado", 2, "numero", "invisível"),
    "numero_cientifico_redondo": ("1E+11;A;10/10/2026;5,00;faturado", 2, "numero", "notação científica"),
    "numero_com_quebra": ('"1\n2";A;10/10/2026;5,00;faturado', 2, "numero", "quebra de linha"),
    "nulo_no_valor": (b"1;A;10/10/2026;1\x00234,56;faturado", 2, "valor", "nulo"),
    "nulo_na_situacao": (b"1;A;10/10/2026;5,00;fatu\x00rado", 2, "situacao", "nulo"),
    "falta_coluna": ("1;A;10/10/2026;5,00", 2, "", "4 colunas"),
    "sobra_coluna": ("1;A;10/10/2026;5,00;faturado;x", 2, "", "6 colunas"),
    "separador_no_texto": ("1;A;10/10/2026;1;000,00;faturado", 2, "", "6 colunas"),
    "aspas_no_meio": ('1;"A"x;10/10/2026;5,00;faturado', 2, "", "aspas"),
    "numero_repetido": (BOA + "1;B;11/10/2026;7,00;faturado", 3, "numero", "já está na linha 2"),
    "ponto_no_meio_de_virgulas": (BOA + "2;A;10/10/2026;99.50;faturado", 3, "valor", "usa vírgula"),
    "quebra_dentro_das_aspas": (
        '1;"A\nx";10/10/2026;5,00;faturado\n2;ZZ;10/10/2026;5,00;faturado',
        4,
        "cliente_codigo",
        "desconhecido",
    ),
}


def test_arquivo_inteiro_e_recusado_com_uma_frase(importar: Any) -> None:
    for nome, (conteudo, frase) in RECUSADOS.items():
        dita = _recusa(importar, "pedidos", conteudo, nome)
        assert frase in dita, nome
        assert "\n" not in dita, nome


def test_linha_ruim_volta_com_linha_coluna_e_motivo(importar: Any, clientes_a_e_b: None) -> None:
    for nome, (corpo, linha, coluna, trecho) in LINHAS_RUINS.items():
        conteudo = PEDIDOS.encode() + (corpo if isinstance(corpo, bytes) else corpo.encode()) + b"\n"
        with transaction.atomic():
            resultado = importar("pedidos", conteudo)
            rejeicao = resultado.rejeicoes[-1]
            assert (rejeicao.linha, rejeicao.coluna) == (linha, coluna), nome
            assert trecho in rejeicao.motivo, nome
            assert Pedido.objects.count() == resultado.novas == resultado.aceitas, nome
            transaction.set_rollback(True)


def test_o_mesmo_arquivo_ruim_como_clientes_tambem_nao_quebra(importar: Any) -> None:
    for nome, (conteudo, _) in RECUSADOS.items():
        if nome != "clientes_no_lugar":
            assert _recusa(importar, "clientes", conteudo, nome)
            assert not Cliente.objects.exists(), nome
    assert importar("clientes", RECUSADOS["clientes_no_lugar"][0]).novas == 1


def _recusa(importar: Any, tipo: str, conteudo: Any, nome: str) -> str:
    try:
        importar(tipo, conteudo)
    except ArquivoRecusado as recusa:
        return str(recusa)
    except Exception as erro:
        erro.add_note(f"o arquivo {nome}, como {tipo}")
        raise
    pytest.fail(f"o arquivo {nome} entrou como {tipo}")


def test_planilha_que_trocou_o_codigo_por_data_e_apontada(importar: Any, clientes_a_e_b: None) -> None:
    """O Excel lê 12/2026 como data: guardar 2026-12-01 seria inventar um número de pedido."""
    linha = [date(2026, 12, 1), "A", date(2026, 10, 10), 5, "faturado"]
    resultado = importar("pedidos", planilha(CABECALHO, linha))
    assert [(r.linha, r.coluna, r.valor) for r in resultado.rejeicoes] == [(2, "numero", "2026-12-01")]
    assert "formate a coluna como texto" in resultado.rejeicoes[0].motivo
    assert not Pedido.objects.exists()


@pytest.mark.parametrize("separador", [";", ",", "\t", "|"])
def test_aspas_que_engolem_a_linha_de_baixo_sao_apontadas(separador: str, importar: Any) -> None:
    """As colunas fecham por acaso: sem esta recusa, BETA sumiria dentro do nome de ALFA."""
    texto = 'codigo;razao_social;perfil\n1;"ALFA;p1\n2;BETA";p2\n3;GAMA;p3\n'.replace(";", separador)
    resultado = importar("clientes", texto)
    assert [(r.linha, r.coluna) for r in resultado.rejeicoes] == [(2, "razao_social")]
    assert "aspas" in resultado.rejeicoes[0].motivo
    assert list(Cliente.objects.values_list("razao_social", flat=True)) == ["GAMA"]


def test_arquivo_com_nome_em_outra_codificacao_entra(
    tmp_path: Path, importar: Any, clientes_a_e_b: None
) -> None:
    caminho = Path(os.fsdecode(os.fsencode(tmp_path) + b"/ped\xe3o.csv"))
    caminho.write_text(PEDIDOS + BOA)
    assert importar("pedidos", caminho).novas == 1
    assert Importacao.objects.latest("id").nome_do_arquivo == "ped\ufffdo.csv"
