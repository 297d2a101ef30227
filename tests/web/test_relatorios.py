"""A máquina comum de relatórios, provada nos que vêm de fábrica: quem vê o quê, a ordem, o total e a planilha."""

import csv
import io
import re
import zipfile
from datetime import timedelta
from decimal import Decimal
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from atividade.models import Status
from carteira import arquivos as fila
from carteira.templatetags.relatorios import celula
from contas.models import Empresa, RegistroDeAuditoria
from relatorios import catalogo
from relatorios.models import ArquivoGerado
from relatorios.pedido import ler_pedido
from tests.conftest import HOJE, criar_pessoa
from tests.web.carteira_de_teste import indicar

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
PAGINA = "/relatorios/vendedor-por-situacao/"


@pytest.fixture(autouse=True)
def _calculada(empresa: Empresa, tmp_path: Path, settings: Any) -> None:
    Empresa.objects.filter(pk=empresa.pk).update(referencia=HOJE)
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def carteira(ana: Any, carla: Any, novo_cliente: Any) -> None:
    """Ana: dois ativos e um quase inativo; Carla: um inativo; um prospect sem ninguém."""
    for codigo, dono, ha, status, valor in (
        ("A1", ana, 5, Status.ATIVO, "100.10"),
        ("A2", ana, 6, Status.ATIVO, "200"),
        ("A3", ana, 70, Status.QUASE_INATIVO, "300"),
        ("C1", carla, 200, Status.INATIVO, "50"),
    ):
        cliente = novo_cliente(codigo, vendedor=dono, razao_social=f"Loja {codigo}", uf="SC")
        indicar(cliente, HOJE - timedelta(days=ha), status=status, valor_12m=Decimal(valor))
    novo_cliente("P1", razao_social="Loja P1", uf="PR")


def linhas_da_tela(resposta: Any) -> list[list[str]]:
    """O que está escrito em cada célula, do cabeçalho ao total."""
    html = resposta.content.decode()
    tabela = html[html.index('<table class="tab justa relatorio"') :].split("</table>")[0]
    return [
        [_texto(celula) for celula in re.findall(r"<(?:td|th)\b[^>]*>(.*?)</(?:td|th)>", linha, re.S)]
        for linha in re.findall(r"<tr\b[^>]*>(.*?)</tr>", tabela, re.S)
    ]


def _texto(html: str) -> str:
    sem_sub = re.sub(r'<span class="sub">.*?</span>', "", html, flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", sem_sub)).replace("\xa0", " ").split())


def em_csv(resposta: Any) -> list[list[str]]:
    texto = b"".join(resposta.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(texto), delimiter=";"))


def na_tela(valor: str, tipo: str) -> str:
    """A célula do CSV escrita como a tela a escreve."""
    if valor == "" or tipo in {"texto", "data"}:
        return celula(valor, "texto")
    return celula(Decimal(valor.replace(",", ".")), tipo).replace("\xa0", " ")


# ── A página ─────────────────────────────────────────────────────────────────


def test_cada_um_ve_as_suas_linhas_com_total_e_elo(
    ana: Any, bruno: Any, davi: Any, entrar: Any, carteira: Any
) -> None:
    tela = linhas_da_tela(entrar(davi).get(PAGINA))
    assert tela[0][:4] == ["Vendedor", "Clientes", "Ativos", "% ativos"]
    assert [li[0] for li in tela[1:]] == ["Ana Souza", "Carla Dias", "Sem vendedor", "Total"]
    assert tela[1][1:] == [
        "3",
        "2",
        "66,67%",
        "1",
        "33,33%",
        "0",
        "0,00%",
        "0",
        "R$ 600,10",
        "R$ 300,00",
        "R$ 0,00",
    ]
    assert tela[-1][1:] == [
        "4",
        "2",
        "50,00%",
        "1",
        "25,00%",
        "1",
        "25,00%",
        "1",
        "R$ 650,10",
        "R$ 300,00",
        "R$ 50,00",
    ]
    assert [li[0] for li in linhas_da_tela(entrar(ana).get(PAGINA))[1:]] == ["Ana Souza", "Total"]
    html = entrar(bruno).get(PAGINA).content.decode()
    assert "Carla" not in html
    elos = [urlsplit(unescape(u)) for u in re.findall(r'href="(/clientes/\?[^"]*)"', html)]
    assert {"status": ["quase_inativo"], "vendedor": [str(ana.pk)]} in [parse_qs(e.query) for e in elos]


def test_ordem_pela_url_nos_dois_sentidos_e_a_desconhecida_vale_a_do_relatorio(
    davi: Any, entrar: Any, carteira: Any
) -> None:
    navegador = entrar(davi)

    def nomes(ordem: str) -> list[str]:
        return [li[0] for li in linhas_da_tela(navegador.get(f"{PAGINA}?ordem={ordem}"))[1:-1]]

    assert nomes("vendedor") == ["Ana Souza", "Carla Dias", "Sem vendedor"]
    assert nomes("-vendedor") == ["Sem vendedor", "Carla Dias", "Ana Souza"]
    assert nomes("p_ativo") == ["Carla Dias", "Ana Souza", "Sem vendedor"]  # sem valor, ao fim
    assert nomes("-p_ativo") == ["Ana Souza", "Carla Dias", "Sem vendedor"]
    assert nomes("nao_ha") == nomes("-risco") == ["Ana Souza", "Carla Dias", "Sem vendedor"]


def test_filtros_na_url_estado_vazio_e_papel(ana: Any, davi: Any, entrar: Any, carteira: Any) -> None:
    navegador = entrar(davi)
    assert [li[0] for li in linhas_da_tela(navegador.get(f"{PAGINA}?uf=PR"))[1:]] == ["Sem vendedor", "Total"]
    vazio = navegador.get(f"{PAGINA}?uf=AC").content.decode()
    assert "Limpar filtros" in vazio
    assert "<table" not in vazio
    assert navegador.get("/relatorios/nao-ha/").status_code == 404
    assert navegador.get(f"{PAGINA}?pagina=99").status_code == 200
    assert "Clientes por vendedor e situação" in navegador.get("/relatorios/").content.decode()


# ── Para levar ───────────────────────────────────────────────────────────────


def test_csv_e_xlsx_tem_exatamente_a_tela_e_ficam_na_auditoria(davi: Any, entrar: Any, carteira: Any) -> None:
    navegador = entrar(davi)
    tela = linhas_da_tela(navegador.get(f"{PAGINA}?ordem=vendedor&uf=SC"))
    linhas = em_csv(navegador.get(f"{PAGINA}planilha/?ordem=vendedor&uf=SC&formato=csv"))
    tipos = ["texto", "inteiro", *["inteiro", "porcento"] * 3, "inteiro", *["moeda"] * 3]
    assert linhas[0] == tela[0]
    assert [[na_tela(v, t) for v, t in zip(li, tipos, strict=True)] for li in linhas[1:]] == tela[1:]
    resposta = navegador.get(f"{PAGINA}planilha/?ordem=vendedor&uf=SC&formato=xlsx")
    aba = openpyxl.load_workbook(io.BytesIO(b"".join(resposta.streaming_content))).active
    valores = list(aba.iter_rows(values_only=True))
    assert list(valores[0]) == tela[0]
    assert valores[1][:4] == ("Ana Souza", 3, 2, 66.67)
    assert valores[1][9:] == (600.1, 300, 0)
    assert [len(valores), aba["J2"].number_format, aba["D2"].number_format] == [
        len(tela),
        '"R$" #,##0.00',
        '#,##0.00"%"',
    ]
    anotado = RegistroDeAuditoria.objects.filter(acao="exportar relatório").order_by("pk")
    assert [r.objeto for r in anotado] == [
        "Clientes por vendedor e situação (CSV)",
        "Clientes por vendedor e situação (XLSX)",
    ]
    assert anotado[0].depois == {"filtros": {"UF": "SC"}, "linhas": 2}


def test_o_pdf_diz_o_mesmo_que_a_tela_com_filtros_e_etiquetas(
    davi: Any, entrar: Any, carteira: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fila, "_tocar", lambda pk: None)
    navegador = entrar(davi)
    tela = linhas_da_tela(navegador.get(f"{PAGINA}?uf=SC&ordem=vendedor"))
    pedido = navegador.post(f"{PAGINA}pdf/?uf=SC&ordem=vendedor")
    assert pedido.headers["Location"] == f"{PAGINA}?uf=SC&ordem=vendedor#arquivos"
    navegador.post(f"{PAGINA}pdf/?uf=SC&ordem=vendedor")  # o segundo clique é o mesmo pedido
    arquivo = ArquivoGerado.objects.get()
    assert "Na fila" in navegador.get(PAGINA).content.decode()
    fila.executar(arquivo.pk, agora=arquivo.pedido_em)
    arquivo.refresh_from_db()
    assert (arquivo.estado, arquivo.linhas, arquivo.paginas, arquivo.progresso) == ("pronto", 2, 1, 100)
    baixado = navegador.get(f"/relatorios/arquivos/{arquivo.pk}/")
    leitor = PdfReader(io.BytesIO(b"".join(baixado.streaming_content)))
    folha = " ".join(leitor.pages[0].extract_text().replace("\xa0", " ").split())
    assert all(" ".join(c for c in linha if c) in folha for linha in tela[1:])
    assert "UF: SC" in folha
    assert "Emitido em" in folha
    assert "Página 1 de 1" in folha
    raiz = leitor.trailer["/Root"]
    assert raiz["/MarkInfo"]["/Marked"]
    assert raiz["/Lang"] == "pt-BR"
    assert leitor.pages[0].mediabox.width > leitor.pages[0].mediabox.height  # doze colunas: deitada
    assert entrar(davi).get("/relatorios/").status_code == 200


def test_o_pdf_em_partes_tem_todas_as_linhas_da_tela_e_o_total_na_ultima(
    davi: Any, entrar: Any, carteira: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fila, "_tocar", lambda pk: None)
    monkeypatch.setattr("relatorios.papel.LINHAS_POR_PARTE", 2)
    navegador = entrar(davi)
    tela = linhas_da_tela(navegador.get(f"{PAGINA}?ordem=vendedor"))
    navegador.post(f"{PAGINA}pdf/?ordem=vendedor")
    arquivo = ArquivoGerado.objects.get()
    fila.executar(arquivo.pk, agora=arquivo.pedido_em)
    baixado = navegador.get(f"/relatorios/arquivos/{arquivo.pk}/")
    assert (baixado.headers["Content-Type"], ".zip" in baixado.headers["Content-Disposition"]) == (
        "application/zip", True,
    )  # fmt: skip
    with zipfile.ZipFile(io.BytesIO(b"".join(baixado.streaming_content))) as pacote:
        partes = [
            " ".join(
                PdfReader(io.BytesIO(pacote.read(n))).pages[0].extract_text().replace("\xa0", " ").split()
            )
            for n in sorted(pacote.namelist())
        ]
    corpo, total = tela[1:-1], tela[-1]
    assert len(partes) == -(-len(corpo) // 2) > 1
    for n, linha in enumerate(corpo):
        achadas = [" ".join(c for c in linha if c) in parte for parte in partes]
        assert achadas == [n // 2 == p for p in range(len(partes))]
    assert [" ".join(c for c in total if c) in parte for parte in partes] == [False] * (len(partes) - 1) + [
        True
    ]
    assert f"Linhas 3 a {min(4, len(corpo))} de {len(corpo)}" in partes[1]


def test_papel_demais_manda_a_planilha_e_a_falha_diz_o_remedio(
    davi: Any, entrar: Any, carteira: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fila, "_tocar", lambda pk: None)
    monkeypatch.setattr("relatorios.folha.MAXIMO_NO_PAPEL", 2)
    navegador = entrar(davi)
    navegador.post(f"{PAGINA}pdf/")
    arquivo = ArquivoGerado.objects.get()
    fila.executar(arquivo.pk, agora=arquivo.pedido_em)
    arquivo.refresh_from_db()
    assert (arquivo.estado, arquivo.caminho) == ("falhou", "")
    assert "use a planilha, ou filtre" in arquivo.mensagem


def test_todo_relatorio_do_catalogo_abre_e_a_planilha_tem_a_tela(
    davi: Any, entrar: Any, carteira: Any
) -> None:
    navegador = entrar(davi)
    for relatorio in catalogo.todos():
        pagina = f"/relatorios/{relatorio.chave}/"
        resposta = navegador.get(pagina, follow=True)
        assert resposta.status_code == 200, relatorio.chave
        if relatorio.lugar:  # a página própria tem a sua prova
            continue
        colunas = relatorio.colunas(davi, ler_pedido(relatorio, davi, {}))
        linhas = em_csv(navegador.get(f"{pagina}planilha/"))
        if "<table" in resposta.content.decode():
            como = [[na_tela(v, c.tipo) for v, c in zip(li, colunas, strict=True)] for li in linhas[1:]]
            tela = [[v or "–" for v in li] for li in linhas_da_tela(resposta)]
            assert como == tela[1:], relatorio.chave
        else:
            assert len(linhas) == 1, relatorio.chave


def test_consultas_nao_crescem_com_as_linhas(
    davi: Any, entrar: Any, carteira: Any, novo_cliente: Any, empresa: Any
) -> None:
    navegador = entrar(davi)

    def quantas() -> int:
        with CaptureQueriesContext(connection) as consultas:
            navegador.get(PAGINA)
        return len(consultas)

    quantas()
    poucas = quantas()
    for n in range(20):
        cliente = novo_cliente(f"N{n}", vendedor=criar_pessoa(f"Vendedor{n} Silva", empresa))
        indicar(cliente, HOJE, status=Status.ATIVO, valor_12m=Decimal(n))
    assert quantas() == poucas <= 24


def test_quem_nao_exporta_nao_ve_o_botao_nem_leva(ana: Any, entrar: Any, carteira: Any) -> None:
    navegador = entrar(ana)
    assert "Planilha" not in navegador.get(PAGINA).content.decode()
    assert navegador.get(f"{PAGINA}planilha/?formato=csv").status_code == 403
    assert not RegistroDeAuditoria.objects.filter(acao="exportar relatório").exists()
