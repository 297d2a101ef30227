"""As cargas nas saídas que não são página: planilhas, calendário e o nome de um arquivo enviado.

Nas páginas, nas planilhas das telas e no HTML dos PDFs quem confere é o passeio, com a carga em todo texto livre.
"""

import csv
import io
import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from icalendar import Calendar

from carteira.local.ambiente import RAIZ
from clientes.calendario import texto_ical
from clientes.models import Agendamento, Importacao
from relatorios.planilhas import Coluna, arquivo_xlsx, partes_csv
from tests.conftest import HOJE
from tests.seguranca.carga import NAO_E_TEXTO, SALAS, campos_livres

pytestmark = pytest.mark.django_db
HTML = '<img src=x onerror="alert(1)">'
FORMULAS = [
    "=1+1",
    "+1",
    "-1+cmd|' /C calc'!A0",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "\x00=1",
    "\x0b@x",
    '=HYPERLINK("//x")',
]


@pytest.mark.parametrize("texto", FORMULAS)
def test_toda_celula_que_comeca_como_formula_sai_desarmada(texto: str) -> None:
    colunas = [Coluna(texto), Coluna("B")]
    lido = b"".join(partes_csv(colunas, [[texto, 'a;"b"']])).decode("utf-8-sig")
    for linha in csv.reader(io.StringIO(lido, newline=""), delimiter=";"):
        assert linha[0].startswith("'"), linha
    with arquivo_xlsx(colunas, [[texto, "b"]], "Aba") as arquivo:
        for linha in openpyxl.load_workbook(arquivo).active.iter_rows():
            assert linha[0].data_type == "s"
            assert str(linha[0].value).startswith("'")


def test_ninguem_escreve_planilha_por_fora() -> None:
    """Só estes escrevem células, e desarmam: a sala das planilhas, a das rejeitadas e o comando que usa a delas."""
    escrevem = {
        str(arquivo.relative_to(RAIZ))
        for sala in (*SALAS, "carteira")
        for arquivo in (RAIZ / sala).rglob("*.py")
        if re.search(r"csv\.(?:writer|DictWriter)|Workbook\(", arquivo.read_text(encoding="utf-8"))
    }
    da_demonstracao = {e for e in escrevem if e.startswith(("carteira/demo/", "carteira/medicoes/"))}
    assert escrevem - da_demonstracao == {
        "relatorios/planilhas.py",
        "clientes/importacao/rejeitadas.py",
        "relatorios/management/commands/exportar.py",
    }


def test_todo_campo_de_texto_livre_leva_a_carga() -> None:
    """As exceções são nomes que existem: uma que sobra esconderia o próximo campo com esse nome."""
    from django.apps import apps

    modelos = [m for sala in SALAS for m in apps.get_app_config(sala).get_models()]
    nomes = {f.name for m in modelos for f in m._meta.concrete_fields}
    completos = {f"{m.__name__}.{f.name}" for m in modelos for f in m._meta.concrete_fields}
    sobram = NAO_E_TEXTO - nomes - completos
    assert not sobram
    assert sum(len(list(campos_livres(m))) for m in modelos) > 80


def test_a_carga_e_inerte_no_calendario(ana: Any, novo_cliente: Any) -> None:
    """Um nome com quebras de linha não dá ao compromisso propriedades a mais."""
    nome = f"{HTML}\r\nBcc: todos@exemplo.test"
    cliente = novo_cliente("C1", vendedor=ana, razao_social=nome, cidade=HTML)
    Agendamento.objects.create(cliente=cliente, responsavel=ana, criado_por=ana, em=HOJE, nota=nome)
    (evento,) = Calendar.from_ical(texto_ical(ana, lambda pk: f"https://exemplo.test/{pk}/")).walk("VEVENT")
    assert "BCC" not in evento
    assert str(evento["summary"]).startswith("Ligação: ")
    assert "onerror" in str(evento["summary"])


@pytest.mark.parametrize(
    "nome",
    [
        "../../../../tmp/fora.csv",
        "/etc/cron.d/x.csv",
        "..\\..\\x.csv",
        "a\x00b.csv",
        ".csv",
        "x" * 400 + ".csv",
    ],
)
def test_o_nome_do_arquivo_enviado_nao_escolhe_onde_ele_fica(
    nome: str, empresa: Any, davi: Any, entrar: Any, settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "arquivos")
    enviado = SimpleUploadedFile("x.csv", b"codigo;razao_social\nA;Alfa\n")
    enviado._name = nome
    entrar(davi).post("/importar/", {"tipo": "clientes", "empresa": empresa.pk, "arquivo": enviado})
    for importacao in Importacao.objects.all():
        assert Path(importacao.caminho).resolve().parent == tmp_path / "arquivos" / "importacoes"
        assert re.fullmatch(r"\d{8}-[0-9a-f]{24}\.dat", Path(importacao.caminho).name)
        assert "/" not in importacao.nome_do_arquivo
        assert Path(importacao.caminho).stat().st_mode & 0o077 == 0
    assert {p.parent for p in tmp_path.rglob("*") if p.is_file()} <= {tmp_path / "arquivos" / "importacoes"}
