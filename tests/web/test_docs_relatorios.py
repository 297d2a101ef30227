"""A página que ensina a acrescentar um relatório, seguida à risca: o exemplo dela vira página, CSV, XLSX e PDF."""

import io
import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.conf import settings as configuracao
from pypdf import PdfReader

from atividade.models import Status
from carteira import arquivos as fila
from contas.models import Empresa
from relatorios import catalogo
from relatorios.models import ArquivoGerado
from tests.conftest import HOJE
from tests.web.carteira_de_teste import indicar
from tests.web.test_relatorios import em_csv, linhas_da_tela

pytestmark = pytest.mark.django_db
DOCS = Path(configuracao.BASE_DIR) / "docs/relatorios.md"
PAGINA = "/relatorios/clientes-por-uf/"


@pytest.fixture(autouse=True)
def _seguida(
    empresa: Empresa, hoje: date, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """O código da página, executado como o módulo que ela manda criar."""
    settings.MEDIA_ROOT = tmp_path
    Empresa.objects.filter(pk=empresa.pk).update(referencia=HOJE)
    monkeypatch.setattr(fila, "_tocar", lambda pk: None)
    catalogo.todos()
    (exemplo,) = re.findall(r"```python\n(.*?)```", DOCS.read_text(), re.S)
    exec(compile(exemplo, str(DOCS), "exec"), {"__name__": "relatorios.catalogo.clientes_por_uf"})
    yield
    del catalogo._registrados["clientes-por-uf"]


def test_o_exemplo_da_pagina_ganha_tela_planilhas_pdf_e_indice(
    ana: Any, davi: Any, entrar: Any, novo_cliente: Any
) -> None:
    for codigo, dono, uf, valor in (
        ("A1", ana, "SC", "10.50"),
        ("A2", ana, "SC", "1"),
        ("D1", None, "PR", "99"),
    ):
        cliente = novo_cliente(codigo, vendedor=dono, uf=uf)
        indicar(cliente, HOJE - timedelta(days=5), status=Status.ATIVO, valor_12m=Decimal(valor))
    navegador = entrar(davi)
    assert "Clientes por UF" in navegador.get("/relatorios/").content.decode()
    resposta = navegador.get(PAGINA)
    assert "PR compra mais que os outros estados." in resposta.content.decode()
    tela = linhas_da_tela(resposta)
    assert tela == [
        ["UF", "Clientes", "R$ 12 meses"],
        ["PR", "1", "R$ 99,00"],
        ["SC", "2", "R$ 11,50"],
        ["Total", "3", "R$ 110,50"],
    ]
    assert em_csv(navegador.get(f"{PAGINA}planilha/"))[1:] == [
        ["PR", "1", "99,00"],
        ["SC", "2", "11,50"],
        ["Total", "3", "110,50"],
    ]
    xlsx = b"".join(navegador.get(f"{PAGINA}planilha/?formato=xlsx").streaming_content)
    valores = list(openpyxl.load_workbook(io.BytesIO(xlsx)).active.iter_rows(min_row=2, values_only=True))
    assert valores == [("PR", 1, 99), ("SC", 2, 11.5), ("Total", 3, 110.5)]
    assert navegador.post(f"{PAGINA}pdf/").status_code == 302
    arquivo = ArquivoGerado.objects.get()
    fila.executar(arquivo.pk, agora=arquivo.pedido_em)
    arquivo.refresh_from_db()
    assert (arquivo.estado, arquivo.linhas, arquivo.progresso) == ("pronto", 2, 100), arquivo.mensagem
    folha = " ".join(PdfReader(arquivo.caminho).pages[0].extract_text().replace("\xa0", " ").split())
    assert all(" ".join(linha) in folha for linha in tela)
    assert [li[0] for li in linhas_da_tela(entrar(ana).get(PAGINA))[1:]] == ["SC", "Total"]
