"""A página do relatório de risco: a lista na tela, o pedido do PDF, quem baixa o quê, e a planilha."""

import io
import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from html import unescape
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from atividade.models import Status
from carteira import arquivos as fila
from carteira.web import relatorio_de_risco as relatorios
from carteira.web import relatorios_arquivos
from contas.models import Empresa, Papel, RegistroDeAuditoria, TipoDeVendedor, Usuario
from relatorios.models import ArquivoGerado
from tests.conftest import HOJE, criar_pessoa
from tests.web.carteira_de_teste import indicar

pytestmark = pytest.mark.django_db
PAGINA = "/relatorio-de-risco/"
HTMX = {"HX-Request": "true", "HX-Target": "arquivos"}


@pytest.fixture(autouse=True)
def _calculada(
    empresa: Empresa, hoje: date, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    Empresa.objects.filter(pk=empresa.pk).update(referencia=HOJE)
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(fila, "_tocar", lambda pk: None)


@pytest.fixture
def carteira(ana: Any, carla: Any, novo_cliente: Any) -> None:
    """Dois clientes em risco de Ana, um de Carla, e um que vai bem."""
    for codigo, dono, valor, ha in (
        ("A1", ana, "900", 84),
        ("A2", ana, "5000", 70),
        ("C1", carla, "7000", 80),
        ("B1", ana, "9", 5),
    ):
        cliente = novo_cliente(codigo, vendedor=dono, razao_social=f"Loja {codigo}", uf="SC", telefone="+554733821170",
                               documento="95889060001431", documento_valido=True)  # fmt: skip
        status = Status.QUASE_INATIVO if ha >= 60 else Status.ATIVO
        indicar(cliente, HOJE - timedelta(days=ha), status=status, valor_12m=Decimal(valor))


def texto(resposta: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", unescape(resposta.content.decode())))


def gerado(pessoa: Usuario, navegador: Client, consulta: str = "") -> ArquivoGerado:
    """Pede pela página e faz o que o worker faria."""
    assert navegador.post(f"{PAGINA}gerar/{consulta}").status_code == 302
    arquivo: ArquivoGerado = ArquivoGerado.objects.filter(por=pessoa).first()
    fila.executar(arquivo.pk, agora=arquivo.pedido_em)
    arquivo.refresh_from_db()
    return arquivo


# ── Na tela ──────────────────────────────────────────────────────────────────


def test_a_tela_mostra_quem_esta_em_risco_na_ordem_e_so_o_que_se_ve(
    ana: Any, davi: Any, entrar: Any, carteira: Any
) -> None:
    pagina = texto(entrar(ana).get(PAGINA))
    assert "Ana Souza em 20/11/2026" in pagina
    assert "2 clientes fora do ritmo ou quase inativos somam R$ 6 mil por ano" in pagina.replace(
        "R$\xa0", "R$ "
    )
    assert pagina.index("Loja A2") < pagina.index("Loja A1")
    assert "Loja C1" not in pagina
    assert "Loja B1" not in pagina
    assert "Carla" not in pagina
    todos = texto(entrar(davi).get(PAGINA))
    assert todos.index("Loja C1") < todos.index("Loja A2")


def test_documento_so_sai_mascarado(davi: Any, entrar: Any, carteira: Any) -> None:
    html = entrar(davi).get(PAGINA).content.decode()
    assert "**.889.060/****-**" in html
    assert "95889060001431" not in html


def test_gestor_e_admin_escolhem_o_vendedor_e_vendedor_nao(
    ana: Any, carla: Any, davi: Any, bruno: Any, entrar: Any, carteira: Any
) -> None:
    de_carla = texto(entrar(davi).get(f"{PAGINA}?vendedor={carla.pk}"))
    assert "Carla Dias em 20/11/2026" in de_carla
    assert "Loja A1" not in de_carla
    assert "Nenhum cliente em risco com estes filtros" in texto(
        entrar(bruno).get(f"{PAGINA}?vendedor={carla.pk}")
    )
    forcado = texto(entrar(ana).get(f"{PAGINA}?vendedor={carla.pk}"))
    assert "Loja C1" not in forcado
    assert "Carla" not in forcado


def test_menu_e_portas(davi: Any, entrar: Any, carteira: Any) -> None:
    navegador = entrar(davi)
    assert 'href="/relatorios/"' in navegador.get("/clientes/").content.decode()
    assert "Relatório de risco" in navegador.get("/relatorios/").content.decode()
    assert navegador.get("/relatorios/risco/?uf=SC").headers["Location"] == f"{PAGINA}?uf=SC"
    assert Client().get(PAGINA).status_code == 302


def test_sem_rodada_e_sem_risco_a_tela_diz_o_que_falta(davi: Any, ana: Any, entrar: Any) -> None:
    assert "Ninguém em risco" in texto(entrar(ana).get(PAGINA))
    assert "Nenhum cliente em risco com estes filtros" in texto(entrar(davi).get(f"{PAGINA}?uf=SC"))
    Empresa.objects.update(referencia=None)
    assert "A carteira ainda não foi calculada" in texto(entrar(davi).get(PAGINA))


def test_passou_da_tela_diz_quantos_ha_no_pdf(
    davi: Any, entrar: Any, carteira: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relatorios, "LINHAS_NA_TELA", 1)
    assert "As 1 primeiras; mais 2 clientes no PDF (até 20.000) e na planilha" in texto(
        entrar(davi).get(PAGINA)
    )


def test_as_consultas_da_pagina_nao_crescem_com_a_carteira(
    davi: Any, ana: Any, entrar: Any, carteira: Any, novo_cliente: Any
) -> None:
    navegador = entrar(davi)
    navegador.get(PAGINA)
    with CaptureQueriesContext(connection) as antes:
        navegador.get(PAGINA)
    for n in range(30):
        indicar(
            novo_cliente(f"N{n}", vendedor=ana),
            HOJE - timedelta(days=90),
            status=Status.QUASE_INATIVO,
            valor_12m=Decimal(10),
        )
    with CaptureQueriesContext(connection) as depois:
        assert "33 clientes fora do ritmo" in texto(navegador.get(PAGINA))
    assert len(depois) == len(antes)


def test_url_sem_sentido_nunca_e_erro(davi: Any, entrar: Any, carteira: Any) -> None:
    navegador = entrar(davi)
    for consulta in ("vendedor=x&uf=XX&empresa=0", "vendedor=99999999999999999999", "formato=pdf"):
        assert navegador.get(f"{PAGINA}?{consulta}").status_code == 200, consulta
        assert navegador.get(f"{PAGINA}planilha/?{consulta}").status_code in {200, 404}, consulta


# ── O PDF ────────────────────────────────────────────────────────────────────


def test_pede_acompanha_e_baixa_a_folha(davi: Any, ana: Any, entrar: Any, carteira: Any) -> None:
    navegador = entrar(davi)
    pedido = navegador.post(f"{PAGINA}gerar/?vendedor={ana.pk}", headers=HTMX)
    assert 'hx-trigger="every 2s"' in pedido.content.decode()
    assert "Na fila" in texto(pedido)
    arquivo = ArquivoGerado.objects.get()
    fila.executar(arquivo.pk, agora=arquivo.pedido_em)
    pronto = navegador.get("/relatorios/arquivos/", headers=HTMX)
    assert "hx-trigger" not in pronto.content.decode()
    assert "1 página · 2 clientes · até 27/11" in texto(pronto)
    resposta = navegador.get(f"/relatorios/arquivos/{arquivo.pk}/")
    assert resposta["Content-Type"] == "application/pdf"
    assert resposta["Cache-Control"] == "private, no-store"
    assert 'filename="relatorio-de-risco-2026-11-20.pdf"' in resposta["Content-Disposition"]
    folha = " ".join(
        PdfReader(io.BytesIO(b"".join(resposta.streaming_content))).pages[0].extract_text().split()
    )
    assert "Clientes em risco: Ana Souza" in folha
    assert "Vendedor: Ana Souza" in folha
    assert "Loja C1" not in folha
    registro = RegistroDeAuditoria.objects.get(acao="exportar relatório de risco")
    assert (registro.por, registro.objeto, registro.depois) == (
        davi,
        "PDF",
        {"filtros": {"Vendedor": "Ana Souza"}},
    )


def test_perguntar_como_vai_e_barato(davi: Any, entrar: Any, carteira: Any) -> None:
    navegador = entrar(davi)
    navegador.post(f"{PAGINA}gerar/")
    navegador.get("/relatorios/arquivos/", headers=HTMX)
    with CaptureQueriesContext(connection) as consultas:
        navegador.get("/relatorios/arquivos/", headers=HTMX)
    assert len(consultas) <= 4  # sessão, pessoa, instalação, arquivos
    assert navegador.get("/relatorios/arquivos/").status_code == 302


def test_sem_permissao_de_exportar_403_e_nada_se_cria(ana: Any, entrar: Any, carteira: Any) -> None:
    navegador = entrar(ana)
    assert navegador.post(f"{PAGINA}gerar/").status_code == 403
    for caminho in ("planilha/", "planilha/?formato=xlsx"):
        assert navegador.get(f"{PAGINA}{caminho}").status_code == 403
    assert not ArquivoGerado.objects.exists()
    assert not RegistroDeAuditoria.objects.filter(acao__startswith="exportar").exists()
    pagina = texto(navegador.get(PAGINA))
    assert "Gerar PDF" not in pagina
    assert "Planilha" not in pagina
    assert navegador.get(f"{PAGINA}gerar/").status_code == 403
    assert (
        entrar(criar_pessoa("Iris Melo", Empresa.objects.get(), Papel.VENDEDOR, tipo=TipoDeVendedor.INTERNO))
        .get(f"{PAGINA}gerar/")
        .status_code
        == 405
    )


def test_quem_perdeu_a_permissao_nao_baixa_mais(carla: Any, entrar: Any, carteira: Any) -> None:
    arquivo = gerado(carla, entrar(carla))
    assert arquivo.estado == "pronto"
    Usuario.objects.filter(pk=carla.pk).update(tipo=TipoDeVendedor.EXTERNO)
    assert entrar(carla).get(f"/relatorios/arquivos/{arquivo.pk}/").status_code == 403


def test_so_quem_pediu_baixa_e_pendente_vencido_e_sumido_do_disco_sao_404(
    davi: Any, lia: Any, bruno: Any, entrar: Any, carteira: Any
) -> None:
    navegador = entrar(davi)
    navegador.post(f"{PAGINA}gerar/?uf=SC")
    pendente = ArquivoGerado.objects.get()
    assert navegador.get(f"/relatorios/arquivos/{pendente.pk}/").status_code == 404
    ArquivoGerado.objects.update(estado="falhou", mensagem="Não deu.")
    assert "Não deu." in texto(navegador.get(PAGINA))
    arquivo = gerado(davi, navegador)
    for outro in (lia, bruno):
        assert entrar(outro).get(f"/relatorios/arquivos/{arquivo.pk}/").status_code == 404
        assert "Meus arquivos" not in texto(entrar(outro).get(PAGINA))
    assert Client().get(f"/relatorios/arquivos/{arquivo.pk}/").status_code == 302
    assert navegador.get(f"/relatorios/arquivos/{arquivo.pk}/").status_code == 200
    ArquivoGerado.objects.filter(pk=arquivo.pk).update(
        expira_em=datetime(2026, 11, 19, tzinfo=arquivo.expira_em.tzinfo)
    )
    assert navegador.get(f"/relatorios/arquivos/{arquivo.pk}/").status_code == 404
    ArquivoGerado.objects.filter(pk=arquivo.pk).update(expira_em=arquivo.expira_em)
    Path(arquivo.caminho).unlink()
    assert navegador.get(f"/relatorios/arquivos/{arquivo.pk}/").status_code == 404
    ArquivoGerado.objects.filter(pk=arquivo.pk).update(estado="expirado", caminho="")
    assert "expirado" in texto(navegador.get(PAGINA))


def test_sem_bibliotecas_o_aviso_e_claro_e_nada_se_cria(
    davi: Any, carla: Any, entrar: Any, carteira: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for pagina in (relatorios, relatorios_arquivos):
        monkeypatch.setattr(pagina, "bibliotecas_que_faltam", lambda: ("libpango-1.0.so.0",))
    admin, vendedora = texto(entrar(davi).get(PAGINA)), texto(entrar(carla).get(PAGINA))
    assert "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0" in admin
    assert "apt-get" not in vendedora
    assert "Peça ao administrador" in vendedora
    resposta = entrar(davi).post(f"{PAGINA}gerar/", follow=True)
    assert "não tem as bibliotecas de PDF: use a planilha" in texto(resposta)
    assert not ArquivoGerado.objects.exists()


# ── Planilha ─────────────────────────────────────────────────────────────────


def test_csv_e_xlsx_trazem_as_mesmas_linhas(davi: Any, ana: Any, entrar: Any, carteira: Any) -> None:
    navegador = entrar(davi)
    csv = (
        b"".join(navegador.get(f"{PAGINA}planilha/?vendedor={ana.pk}").streaming_content)
        .decode()
        .removeprefix("\ufeff")
        .split("\r\n")
    )
    assert csv[0].startswith("#;Código;Cliente;Município;UF;Situação;Dias sem comprar")
    assert csv[1] == (
        "1;A2;Loja A2;;SC;Quase inativo;70;30,0;2,3;11/09/2026;10/11/2026;09/01/2027;5000,00;;(47) 3382-1170;"
        "Vira inativo em 50 dias. Nunca contatado.;Ana Souza"
    )
    assert csv[2].startswith("2;A1;")
    assert csv[3:] == [""]
    xlsx = navegador.get(f"{PAGINA}planilha/?formato=xlsx")
    aba = openpyxl.load_workbook(io.BytesIO(b"".join(xlsx.streaming_content))).active
    assert aba is not None
    assert [aba.cell(linha, 2).value for linha in (2, 3, 4)] == ["C1", "A2", "A1"]
    assert (aba["J3"].value.date(), aba["M3"].value) == (date(2026, 9, 11), 5000)
    assert "95889060001431" not in "".join(csv)
    assert RegistroDeAuditoria.objects.filter(acao="exportar relatório de risco").count() == 2
    assert navegador.get(f"{PAGINA}planilha/?formato=ods").status_code == 404
