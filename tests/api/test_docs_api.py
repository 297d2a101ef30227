"""O guia da API, seguido à risca por quem só tem a página e um token: manda, recalcula e lê quem está em risco."""

import os
import re
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.conf import settings as configuracao

from carteira.api.problemas import TIPOS
from carteira.recalculos import recalcular_empresa
from clientes.models import Cliente, Contato, ItemDePedido, Pedido, PessoaDeContato, Titulo
from contas.models import Empresa
from contas.tokens import criar_token

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
DOCS = (Path(configuracao.BASE_DIR) / "docs/api.md").read_text()
CASA = "https://carteira.exemplo.com.br"


@pytest.fixture
def _de_fora(
    davi: Any,
    empresa: Empresa,
    aplicacao: Any,
    settings: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """O endereço do guia é esta aplicação, e esperar pela rodada é o que dá vez ao trabalhador."""
    settings.ALLOWED_HOSTS = ["carteira.exemplo.com.br"]
    settings.MEDIA_ROOT = tmp_path
    _, segredo = criar_token(pessoa=davi, nome="ERP", escopos=["ler", "escrever", "lote"], dias=30)
    monkeypatch.setitem(os.environ, "CARTEIRA_TOKEN", segredo)
    verdadeiro = httpx.Client
    transporte = httpx.WSGITransport(app=aplicacao)
    monkeypatch.setattr(httpx, "Client", lambda **como: verdadeiro(transport=transporte, **como))
    monkeypatch.setattr("carteira.tasks.tocar", lambda *a: None)
    monkeypatch.setattr(time, "sleep", lambda _: recalcular_empresa(empresa.pk))


@pytest.mark.usefixtures("_de_fora")
def test_o_guia_inteiro_manda_recalcula_e_le_quem_esta_em_risco(capsys: pytest.CaptureFixture[str]) -> None:
    """O código da página, na ordem dela, num módulo só."""
    feito: dict[str, Any] = {}
    for bloco in re.findall(r"```python\n(.*?)```", DOCS, re.S):
        exec(compile(bloco, "docs/api.md", "exec"), feito)
    assert (Cliente.objects.count(), Pedido.objects.count(), ItemDePedido.objects.count()) == (2, 10, 2)
    assert str(Titulo.objects.get().valor) == "1500.00"
    assert PessoaDeContato.objects.get().nome == "Maria Lopes"
    dito = capsys.readouterr().out.splitlines()
    assert dito[:2] == ["2 clientes, 10 pedidos, 2 itens", "rodada feita"]
    assert dito[2].startswith("C1 Malhas Timbó Ltda R$ 7500.00 inativo em 2027-01-")
    assert dito[3].startswith("Quase inativo desde ")
    assert [c["codigo"] for c in feito["em_risco"]] == ["C1"]
    assert Contato.objects.get().cliente.codigo == "C1"
    with pytest.raises(httpx.HTTPStatusError):
        feito["mandar"]("clientes", ["codigo;razao_social", ";Sem código Ltda"])
    assert capsys.readouterr().out == "linha 2, codigo: código do cliente em branco: preencha\n"


@pytest.mark.usefixtures("_de_fora")
def test_o_comando_da_pagina_responde_e_todo_tipo_de_problema_esta_na_tabela() -> None:

    das_empresas, do_esquema = re.findall(rf"curl .*?({CASA}\S+)", DOCS)
    com_token = {"Authorization": f"Bearer {os.environ['CARTEIRA_TOKEN']}"}
    de_fora = httpx.Client(headers=com_token)
    assert de_fora.get(das_empresas).json()["resultados"][0]["codigo"] == "1"
    assert httpx.Client().get(do_esquema).status_code == 401
    assert de_fora.get(do_esquema).json()["openapi"].startswith("3.1")
    de_programa = {nome for nome, _ in TIPOS.values()}
    assert de_programa <= set(re.findall(r"`([a-z-]+)`", DOCS))
