"""O relatório de risco num navegador de verdade: pede o PDF, acompanha sem recarregar e baixa."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from atividade.models import Status
from carteira import arquivos as fila
from contas.models import Empresa
from relatorios.models import ArquivoGerado
from tests.conftest import HOJE
from tests.navegador.conftest import problemas
from tests.web.carteira_de_teste import indicar


@pytest.mark.navegador
@pytest.mark.django_db(transaction=True)
def test_do_botao_a_folha_sem_violacoes(
    pagina: Any,
    live_server: Any,
    davi: Any,
    ana: Any,
    novo_cliente: Any,
    tmp_path: Path,
    settings: Any,
    monkeypatch: Any,
) -> None:
    settings.MEDIA_ROOT = tmp_path
    # O worker é este teste: o que se prova é a página.
    monkeypatch.setattr(fila, "_tocar", lambda pk: None)
    Empresa.objects.update(referencia=HOJE)
    for n, (ha, status) in enumerate(
        ((84, Status.QUASE_INATIVO), (45, Status.ATIVO), (101, Status.QUASE_INATIVO))
    ):
        cliente = novo_cliente(
            f"C{n}",
            vendedor=ana,
            razao_social=f"Metalúrgica do Vale {n}",
            cidade="Timbó",
            uf="SC",
            telefone="+554733821170",
        )
        indicar(cliente, HOJE - timedelta(days=ha), status=status, valor_12m=Decimal(18240), curva_abc="A")
    aba = pagina(davi)
    aba.goto(f"{live_server.url}/relatorio-de-risco/")
    aba.get_by_role("button", name="Gerar PDF").click()
    aba.get_by_text("Na fila").wait_for()
    assert problemas(aba, "relatorio-de-risco-na-fila") == {}
    arquivo = ArquivoGerado.objects.get()
    fila.executar(arquivo.pk, agora=arquivo.pedido_em)
    with aba.expect_download() as baixado:
        aba.get_by_role("link", name="Baixar").click()
    assert baixado.value.suggested_filename == arquivo.nome
    assert Path(baixado.value.path()).read_bytes().startswith(b"%PDF-")
    assert problemas(aba, "relatorio-de-risco") == {}
    _a_pagina_comum_e_o_agendamento(aba, live_server.url)


def _a_pagina_comum_e_o_agendamento(aba: Any, casa: str) -> None:
    """Um relatório do catálogo se ordena, se lê nos dois temas e se agenda com os filtros da tela."""
    aba.goto(f"{casa}/relatorios/vendedor-por-situacao/?uf=SC")
    aba.get_by_role("link", name="Clientes", exact=True).last.press("Enter")
    aba.wait_for_url("**ordem=-clientes**")
    assert aba.locator("th[aria-sort=descending]").inner_text().startswith("Clientes")
    assert problemas(aba, "relatorio") == {}
    aba.get_by_role("link", name="Agendar").click()
    aba.wait_for_url("**/agendar/**")
    aba.get_by_role("button", name="Agendar").click()
    aba.wait_for_url("**/agendamentos/**")
    aba.get_by_text("Ainda não saiu nenhum").wait_for()
    assert "UF: SC" in aba.locator("main").inner_text()
