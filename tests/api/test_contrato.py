"""O contrato: o OpenAPI é válido e sem avisos, cada operação tem exemplo, e o que a API responde é o que ele diz."""

import importlib
import json
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from django.core.management import call_command
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as ajustes
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from carteira.api.lote.documentos import endereco
from clientes.importacao.tipos import TIPOS
from clientes.models import Cliente
from contas.tokens import criar_token
from tests.api.corpos_certos import CORPOS, corpo_certo, numero_certo
from tests.api.operacoes import alvo
from tests.api.test_passeio import _do_modulo, cenario  # noqa: F401
from tests.web.cenario_do_passeio import Cenario

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
EXEMPLOS = 1  # duzentos, na resistência
CHECAGENS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
# Operação que nenhum pedido nosso faz dar certo → por quê.
SEM_SUCESSO: dict[str, str] = {}


@pytest.fixture(scope="module")
def documento(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """O esquema como `manage.py spectacular` o escreve; um aviso dele é um erro."""
    arquivo = tmp_path_factory.mktemp("esquema") / "esquema.json"
    call_command("spectacular", format="openapi-json", file=str(arquivo), validate=True, fail_on_warn=True)
    return json.loads(arquivo.read_text())


def operacoes(documento: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for caminho, metodos in documento["paths"].items():
        for metodo, operacao in metodos.items():
            yield f"{metodo.upper()} {caminho}", operacao


def test_o_documento_e_valido_sem_avisos_e_diz_cada_operacao(documento: dict[str, Any]) -> None:
    assert documento["openapi"].startswith("3.1")
    for nome, operacao in operacoes(documento):
        assert operacao.get("summary"), nome
        respostas = operacao["responses"]
        assert {"401", "403", "429"} <= set(respostas), nome
        recusa = respostas["401"]["content"]
        assert list(recusa) == ["application/problem+json"], nome


def test_o_lote_que_nem_se_leu_nao_promete_as_contas(documento: dict[str, Any]) -> None:
    """A chave de outro pedido também é 422, e ali não há linhas a contar."""
    recusado, feito = (documento["components"]["schemas"][n] for n in ("LoteRecusado", "ResultadoDoLote"))
    assert sorted(recusado["required"]) == ["detail", "status", "title", "type"]
    assert "linhas" in feito["required"]
    assert set(feito["properties"]) < set(recusado["properties"])


def test_cada_operacao_tem_exemplo_do_que_se_manda_e_do_que_volta(documento: dict[str, Any]) -> None:
    sem = []
    for nome, operacao in operacoes(documento):
        boas = [r for c, r in operacao["responses"].items() if c.startswith("2") and "content" in r]
        corpos = [c for r in boas for c in r["content"].values()]
        corpos += list(operacao.get("requestBody", {}).get("content", {}).values())
        if nome != "GET /api/v1/esquema/" and not all(c.get("examples") or c.get("example") for c in corpos):
            sem.append(nome)
    assert not sem


def test_a_api_responde_o_que_o_documento_diz_e_toda_operacao_se_alcanca(
    cenario: Cenario,  # noqa: F811
    aplicacao: Any,
) -> None:
    experimentar(cenario, aplicacao, EXEMPLOS)


@pytest.mark.resistencia
def test_muitos_exemplos_de_cada_operacao(cenario: Cenario, aplicacao: Any) -> None:  # noqa: F811
    experimentar(cenario, aplicacao, 200)


def experimentar(cenario: Cenario, aplicacao: Any, exemplos: int) -> None:  # noqa: F811
    """Com o token do administrador; a operação de um objeto recebe também o número de um que existe.

    Cada operação tem de dar certo ao menos uma vez: a recusa do que o gerador inventa não mostra que se chegou lá.
    """
    _, segredo = criar_token(
        pessoa=cenario.pessoa("davi"), nome="schemathesis", escopos=["ler", "escrever", "lote"], dias=1
    )
    cabecalhos = {"Authorization": f"Bearer {segredo}"}
    esquema = schemathesis.openapi.from_wsgi("/api/v1/esquema/", aplicacao, headers=cabecalhos)
    codigos: dict[str, set[int]] = defaultdict(set)
    for achada in esquema.get_all_operations():
        operacao = achada.ok()
        certos = _certos(operacao, cenario)
        do_objeto = {k: v for k, v in certos.items() if k == "path_parameters"}
        with (
            transaction.atomic()
        ):  # o que uma operação deixa (as travas das áreas de cada lote) não chega à seguinte
            for escolhas in (do_objeto, {}) if do_objeto else ({},):
                _experimentar_uma(operacao, escolhas, exemplos, cabecalhos, codigos)
            transaction.set_rollback(True)
        _fazer_dar_certo(operacao, certos, cenario, cabecalhos, codigos)
    sem = {nome for nome, vistos in codigos.items() if not vistos & {200, 201, 202, 204}}
    assert sem == set(SEM_SUCESSO), f"nunca deu certo: {sorted(sem - set(SEM_SUCESSO))}"
    feitas = {nome.replace("/api/v1/", "") for nome in codigos if not nome.startswith("GET")}
    assert feitas == set(CORPOS), "o corpo certo de uma operação que já não há"


def _fazer_dar_certo(
    operacao: Any,
    certos: dict[str, Any],
    cenario: Cenario,  # noqa: F811
    cabecalhos: dict[str, str],
    codigos: dict[str, set[int]],
) -> None:
    if operacao.method.upper() == "GET":
        _conferir(operacao.Case(**certos), cabecalhos, codigos)
        return
    corpo = corpo_certo(operacao.label, cenario)
    if "path_parameters" in certos:
        numero = numero_certo(operacao.label, certos["path_parameters"]["id"], cenario)
        certos = {"path_parameters": {"id": numero}, "headers": {"If-Match": "*"}}
    if corpo is not None:
        certos |= {"body": corpo, "media_type": "application/json"}
    _conferir(operacao.Case(**certos), cabecalhos, codigos)


def _certos(operacao: Any, cenario: Cenario) -> dict[str, Any]:  # noqa: F811
    """O que um pedido que dá certo precisa dizer: o número de um objeto que existe, ou de quem é a fila."""
    if "{id}" in operacao.path:
        numero = alvo(operacao.path.split("/")[3], cenario.proprios["davi"], cenario.empresa.pk)
        return {"path_parameters": {"id": numero}}
    if operacao.path.endswith("/prioridades/"):
        return {"query": {"vendedor": cenario.pessoas["ana"]}}
    return {}


def _conferir(caso: Any, cabecalhos: dict[str, str], codigos: dict[str, set[int]]) -> None:
    resposta = caso.call(headers=cabecalhos)
    codigos[caso.operation.label].add(resposta.status_code)
    caso.validate_response(resposta, checks=CHECAGENS)


def _experimentar_uma(
    operacao: Any,
    fixos: dict[str, Any],
    exemplos: int,
    cabecalhos: dict[str, str],
    codigos: dict[str, set[int]],
) -> None:
    @seed(20261120)
    @ajustes(
        max_examples=exemplos,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(caso=operacao.as_strategy(**fixos))
    def chamar(caso: Any) -> None:
        _conferir(caso, cabecalhos, codigos)

    chamar()


@pytest.fixture
def gerado(documento: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, str]:
    """O que `openapi-python-client` escreve do nosso documento, e o que ele disse ao escrever."""
    (tmp_path / "esquema.json").write_text(json.dumps(documento))
    (tmp_path / "config.yml").write_text("post_hooks: []\npackage_name_override: cliente_da_carteira\n")
    comando = [str(Path(sys.executable).parent / "openapi-python-client"), "generate"]
    opcoes = ["--path", "esquema.json", "--config", "config.yml", "--meta", "none"]
    feito = subprocess.run([*comando, *opcoes], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert feito.returncode == 0, feito.stdout + feito.stderr
    monkeypatch.syspath_prepend(str(tmp_path))
    return (lambda nome: importlib.import_module(f"cliente_da_carteira{nome}")), feito.stdout + feito.stderr


def test_um_cliente_gerado_manda_lotes_le_os_em_risco_e_sincroniza(
    gerado: tuple[Any, str],
    cenario: Cenario,  # noqa: F811
    aplicacao: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    modulo, dito = gerado
    # JSON Lines e CSV ele não sabe mandar; o mesmo lote vai numa lista JSON, e nenhuma operação fica de fora.
    assert set(re.findall(r"Unsupported content type (\S+)", dito)) == {"application/x-ndjson", "text/csv"}
    assert len(re.findall(r"WARNING", dito)) == len(re.findall(r"Unsupported content type", dito))
    _, segredo = criar_token(pessoa=cenario.pessoa("davi"), nome="gerado", escopos=["ler", "lote"], dias=1)
    cliente = modulo("").AuthenticatedClient(
        base_url="http://testserver",
        token=segredo,
        httpx_args={"transport": httpx.WSGITransport(app=aplicacao)},
    )
    for tipo in TIPOS:
        pacote = endereco(tipo).replace("-", "_")
        assert modulo(f".api.{pacote}.{pacote}_lote").sync, tipo
    _mandar_e_recusar(modulo, cliente)
    _ler_em_risco(modulo, cliente)
    # a transação do teste nunca acaba: para a leitura, conta como acabada
    monkeypatch.setattr("clientes.sincronia.limites", lambda: (10**15, 10**15))
    copia = modulo(".api.clientes.clientes_listar").sync(client=cliente, desde="inicio")
    assert "Timbó Gerado Ltda" in {c.razao_social for c in copia.resultados}
    assert (copia.lapides, copia.proxima) == ([], None)


def _mandar_e_recusar(modulo: Any, cliente: Any) -> None:
    linha = modulo(".models.linha_de_clientes_request").LinhaDeClientesRequest
    mandar = modulo(".api.clientes.clientes_lote")
    certa = linha(codigo="GERADO", razao_social="Timbó Gerado Ltda", limite_credito=1500.5)
    feito = mandar.sync(client=cliente, body=[certa], empresa="1")
    assert (feito.novas, feito.linhas[0].situacao.value) == (1, "nova")
    assert str(Cliente.objects.get(codigo="GERADO").limite_credito) == "1500.50"
    recusa = mandar.sync(client=cliente, body=[linha(codigo="", razao_social="X")], empresa="1")
    assert (recusa.status, recusa.linhas[0].coluna) == (422, "codigo")


def _ler_em_risco(modulo: Any, cliente: Any) -> None:
    listar = modulo(".api.clientes.clientes_listar")
    status = modulo(".models.clientes_listar_status_item").ClientesListarStatusItem
    em_risco = listar.sync(client=cliente, status=[status.QUASE_INATIVO])
    todos = listar.sync(client=cliente)
    assert [c.codigo for c in em_risco.resultados] == [
        c.codigo for c in todos.resultados if c.status.value == "quase_inativo"
    ]
    assert "PROPRIO1" in {c.codigo for c in todos.resultados}
