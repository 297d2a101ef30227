"""O assistente de importação num navegador de verdade, do envio à conclusão, sem violações de acesso."""

from pathlib import Path
from typing import Any

import pytest

from carteira import importacoes
from clientes.models import Importacao, Pedido
from tests.conftest import HOJE
from tests.navegador.conftest import problemas

ARQUIVO = (
    "Nº;Cód. cliente;Emissão;Vlr total;Situação;Obs\n"
    "1;A;10/10/2026;1.234,56;Faturado;x\n2;A;31/02/2026;5,00;Faturado;y\n3;A;11/10/2026;6,00;Separado;z\n"
)


@pytest.mark.django_db(transaction=True)
def test_importar_pedidos_do_envio_a_conclusao(
    pagina: Any,
    live_server: Any,
    davi: Any,
    novo_cliente: Any,
    tmp_path: Path,
    settings: Any,
    monkeypatch: Any,
) -> None:
    settings.MEDIA_ROOT = tmp_path
    # A tarefa roda aqui, quando o teste manda: o que se prova é a página, não a fila.
    monkeypatch.setattr("carteira.tasks.tocar", lambda *a: None)
    novo_cliente("A")
    caminho = tmp_path / "pedidos.csv"
    caminho.write_text(ARQUIVO, encoding="cp1252")
    aba = pagina(davi)
    aba.goto(f"{live_server.url}/importar/")
    assert problemas(aba, "importar-1") == {}
    aba.set_input_files("input[type=file]", str(caminho))
    aba.get_by_role("button", name="Enviar e ligar colunas").click()
    aba.get_by_text("5 de 6 colunas foram reconhecidas").wait_for()
    assert problemas(aba, "importar-2") == {}
    aba.get_by_role("button", name="Conferir o arquivo").click()
    aba.get_by_text("Conferindo o arquivo").wait_for()
    assert problemas(aba, "importar-3-andamento") == {}
    importacao = Importacao.objects.get()
    importacoes.executar(importacao.pk, hoje=HOJE)
    aba.get_by_role("heading", name="Linhas com erro").wait_for()
    assert problemas(aba, "importar-3") == {}
    aba.get_by_label("“Separado” é").select_option("aberto")
    aba.get_by_role("button", name="Conferir de novo").click()
    aba.get_by_text("Conferindo o arquivo").wait_for()
    importacoes.executar(importacao.pk, hoje=HOJE)
    aba.get_by_label("Importar sem a linha com erro").check()
    aba.get_by_role("button", name="Importar 2 linhas").click()
    aba.get_by_text("Gravando").wait_for()
    importacoes.executar(importacao.pk, hoje=HOJE)
    aba.get_by_role("heading", name="2 linhas importadas").wait_for()
    assert problemas(aba, "importar-4") == {}
    assert set(Pedido.objects.values_list("numero", flat=True)) == {"1", "3"}
    aba.get_by_role("link", name="Desfazer…").click()
    aba.get_by_text("2 pedidos somem").wait_for()
    assert problemas(aba, "importar-desfazer") == {}
    aba.get_by_label("Digite desfazer para confirmar").fill("desfazer")
    aba.get_by_role("button", name="Desfazer a importação").click()
    aba.get_by_text("Desfazendo…").wait_for()
    importacoes.executar(importacao.pk, hoje=HOJE)
    aba.get_by_role("heading", name="Importação desfeita").wait_for()
    assert problemas(aba, "importar-desfeita") == {}
    aba.goto(f"{live_server.url}/importar/mapeamentos/")
    assert problemas(aba, "importar-mapeamentos") == {}
    aba.get_by_role("link", name="Lembrado, sem nome").click()
    aba.get_by_label("Nome").fill("ERP da casa")
    aba.get_by_role("button", name="Salvar").click()
    aba.get_by_role("link", name="ERP da casa").wait_for()
