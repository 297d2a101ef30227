"""Os registros: cada pedido tem um número que o acompanha, e nada neles diz de quem é."""

import io
import json
import logging
from typing import Any

import pytest
import structlog
from django.test import Client

from carteira.operacao import registros
from carteira.tasks import tocar, varredura_task
from contas.models import Usuario

pytestmark = pytest.mark.django_db


class Saida(logging.StreamHandler[io.StringIO]):
    """O que iria para a saída de um processo de produção, linha a linha."""

    def __init__(self) -> None:
        super().__init__(io.StringIO())
        self.setFormatter(registros.formatador("json"))

    @property
    def texto(self) -> str:
        return self.stream.getvalue()

    @property
    def linhas(self) -> list[dict[str, Any]]:
        return [json.loads(linha) for linha in self.texto.splitlines()]


@pytest.fixture
def saida() -> Any:
    feita = Saida()
    raiz = logging.getLogger()
    antes = raiz.level
    raiz.addHandler(feita)
    raiz.setLevel(logging.INFO)
    yield feita
    raiz.removeHandler(feita)
    raiz.setLevel(antes)


def test_um_pedido_uma_linha_com_numero_e_rota(ana: Usuario, entrar: Any, saida: Saida) -> None:
    resposta = entrar(ana).get("/clientes/?q=padaria", headers={"x-request-id": "proxy-12345678"})
    assert resposta["X-Request-ID"] == "proxy-12345678"
    (linha,) = [dita for dita in saida.linhas if dita["quem"] == "carteira.pedidos"]
    assert linha.pop("duracao_ms") >= 0
    assert linha.pop("em").endswith("Z")
    assert linha == {
        "nivel": "info", "quem": "carteira.pedidos", "evento": "pedido", "request_id": "proxy-12345678",
        "metodo": "GET", "rota": "clientes:lista", "status": 200, "usuario_id": ana.pk,
    }  # fmt: skip


def test_numero_estranho_e_trocado_e_a_saude_nao_enche_o_registro(saida: Saida) -> None:
    resposta = Client().get("/saude/viva/", headers={"x-request-id": "ana@exemplo.test"})
    assert len(resposta["X-Request-ID"]) == 32
    assert saida.linhas == []


def test_o_erro_diz_onde_e_esconde_de_quem(ana: Usuario, entrar: Any, saida: Saida, monkeypatch: Any) -> None:
    def quebrar(*a: Any, **k: Any) -> None:
        raise ValueError(
            'duplicate key value violates unique constraint "x" DETAIL: Key (email)=(ana@exemplo.test) already exists. '
            "CNPJ 12.ABC.345/01DE-35, CPF 123.456.789-09, telefone (48) 99999-1234"
        )

    monkeypatch.setattr("carteira.web.clientes.render", quebrar)
    navegador = entrar(ana)
    navegador.raise_request_exception = False
    assert navegador.get("/clientes/").status_code == 500
    (linha,) = [dita for dita in saida.linhas if dita["nivel"] == "error"]
    assert linha["evento"] == "pedido falhou"
    assert linha["erro"].startswith("ValueError: duplicate key value")
    assert any("test_registros.py" in passo and passo.endswith("quebrar") for passo in linha["onde"])
    for proibido in ("ana@exemplo.test", "12.ABC.345", "123.456.789", "99999-1234"):
        assert proibido not in saida.texto


def test_a_tarefa_leva_o_numero_do_pedido_que_a_tocou(
    monkeypatch: Any, django_capture_on_commit_callbacks: Any
) -> None:
    levados: list[dict[str, Any]] = []

    def publicar(*a: Any, headers: dict[str, Any], **k: Any) -> None:
        levados.append(headers["__django_structlog__"])

    monkeypatch.setattr("kombu.messaging.Producer._publish", lambda *a, **k: publicar(headers=a[5]))
    with (
        structlog.contextvars.bound_contextvars(request_id="pedido-1"),
        django_capture_on_commit_callbacks(execute=True),
    ):
        tocar(varredura_task)
    assert levados[0]["request_id"] == "pedido-1"


def test_um_passeio_nao_deixa_dado_de_ninguem_no_registro(
    ana: Usuario, davi: Usuario, novo_cliente: Any, entrar: Any, saida: Saida
) -> None:
    cliente = novo_cliente(
        "C77X", vendedor=ana, razao_social="Ferragens Confidencial", documento="11222333000181",
        telefone="48 99876-5432", email="compras@confidencial.test",
    )  # fmt: skip
    for pessoa in (ana, davi):
        navegador = entrar(pessoa)
        for caminho in (
            "/", "/clientes/?q=Confidencial", f"/clientes/{cliente.pk}/", f"/clientes/{cliente.pk}/editar/", "/fila/",
            "/agenda/", "/perfil/", "/pessoas/", "/mensagens/", "/auditoria/", "/operacao/", "/clientes/999999/",
            "/nao/ha/compras@x.test",
        ):  # fmt: skip
            navegador.get(caminho)
        navegador.post(
            f"/clientes/{cliente.pk}/editar/",
            {"razao_social": "Confidencial Ltda", "telefone": "48998765432"},
        )
    fora = Client()
    for _ in range(6):  # até o bloqueio, que também se registra
        fora.post("/entrar/", {"username": "ana@exemplo.test", "password": "segredo-errado"})
    fora.get("/senha/MQ/c3x-0123456789abcdef/")
    fora.get("/um-clique/MTI:abc:assinatura-secreta/")
    fora.get("/calendario/chave-muito-secreta.ics")
    logging.getLogger("carteira").warning(
        "campainha de %s não tocou: %s", "x", "redis://:senha-do-redis@10.0.0.1/0"
    )
    assert len(saida.linhas) > 30
    for proibido in (
        "Confidencial", "11222333000181", "99876", "998765432", "confidencial.test", "ana@", "Ana Souza", "Davi",
        "C77X", "segredo-errado", "c3x-0123456789abcdef", "assinatura-secreta", "chave-muito-secreta",
        "senha-do-redis", "127.0.0.1", f"/clientes/{cliente.pk}",
    ):  # fmt: skip
        assert proibido not in saida.texto, proibido
    assert all(linha["request_id"] for linha in saida.linhas if linha["quem"] == "carteira.pedidos")


@pytest.mark.parametrize(
    ("texto", "limpo"),
    [
        ("Key (email)=(a@b.com) already exists.", "Key (email)=(‹oculto›) already exists."),
        ("fale com ana.souza+x@exemplo.com.br hoje", "fale com ‹oculto› hoje"),
        ("CNPJ 12.345.678/0001-95 e 12345678000195", "CNPJ ‹oculto› e ‹oculto›"),
        ("CPF 123.456.789-09", "CPF ‹oculto›"),
        ("ligue (48) 99999-1234 ou +55 48 3333-1234", "ligue ‹oculto› ou ‹oculto›"),
        ("redis://:senha@10.0.0.1:6379/0", "redis://:‹oculto›@10.0.0.1:6379/0"),
        ("GET /um-clique/MTI:abc:x_y/ falhou", "GET /um-clique/‹oculto› falhou"),
        ("token=abc123", "token=‹oculto›"),
        ("rotina de 2026-11-20 começa (dia 2026-11-20)", "rotina de 2026-11-20 começa (dia 2026-11-20)"),
        (
            "pedido 123456 da empresa 1: 12 linhas em 820 ms",
            "pedido 123456 da empresa 1: 12 linhas em 820 ms",
        ),
    ],
)
def test_a_limpeza_tira_o_que_identifica_e_deixa_o_que_explica(texto: str, limpo: str) -> None:
    assert registros.limpar(texto) == limpo


def test_em_desenvolvimento_se_le() -> None:
    formatador = registros.formatador("texto")
    registro = logging.LogRecord(
        "carteira.rotinas", logging.INFO, "x", 1, "rotina de %s começa", ("20/11/2026",), None
    )
    dito = formatador.format(registro)
    assert dito.endswith("info carteira.rotinas rotina de 20/11/2026 começa")
