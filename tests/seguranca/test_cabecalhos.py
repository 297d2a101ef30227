"""Os cabeçalhos de toda resposta, o endereço por que se chama, e o que um erro nosso mostra."""

import logging
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client

from tests.web.decisoes import DECISOES
from tests.web.test_acesso import ABERTAS, exemplo

pytestmark = pytest.mark.django_db
EM_TODA = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
SEGREDO = "segredo-que-so-a-pilha-mostra"


def conferir(resposta: Any, de_onde: str) -> None:
    for nome, valor in EM_TODA.items():
        assert resposta.headers.get(nome) == valor, (de_onde, nome)
    politica = resposta.headers.get("Content-Security-Policy", "")
    assert "default-src 'none'" in politica, de_onde
    assert "object-src 'none'" in politica or "sandbox" in politica, de_onde
    assert "base-uri 'none'" in politica, de_onde
    de_scripts = next((p for p in politica.split("; ") if p.startswith("script-src ")), "")
    assert "unsafe" not in de_scripts, de_onde
    assert "frame-ancestors" in politica, de_onde
    assert resposta.headers.get("X-Frame-Options") in {"DENY", "SAMEORIGIN"}, de_onde


def test_toda_resposta_leva_os_cabecalhos(davi: Any, entrar: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Páginas, fragmentos, redireções, recusas, o nome de servidor errado, o arquivo estático e o erro nosso."""
    navegador, anonimo = entrar(davi), Client()
    for rota in sorted(ABERTAS):
        conferir(anonimo.get(exemplo(rota)), rota)
    for rota in sorted(DECISOES)[::25]:
        conferir(anonimo.get(exemplo(rota)), rota)
    outros: dict[str, Any] = {
        "página": navegador.get("/perfil/"),
        "htmx sem sessão": anonimo.get("/perfil/", headers={"HX-Request": "true"}),
        "404": navegador.get("/nada/aqui/"),
        "404 de cliente": navegador.get("/clientes/999999/"),
        "405": navegador.get("/sair/"),
        "400": navegador.get("/clientes/", headers={"Host": "mau.exemplo"}),
        "csrf": Client(enforce_csrf_checks=True).post("/entrar/"),
        "planilha": navegador.get("/clientes/exportar/"),
        "estático": navegador.get("/static/css/base.css"),
        "estático que não há": navegador.get("/static/nada.css"),
        "json": navegador.get("/saude/"),
    }
    assert outros["400"].status_code == 400
    assert outros["estático"].status_code == 200
    for de_onde, resposta in outros.items():
        conferir(resposta, de_onde)
        if getattr(resposta, "streaming", False):
            resposta.close()


def _quebrar(request: HttpRequest) -> HttpResponse:
    raise RuntimeError(SEGREDO)


def test_erro_nosso_nao_mostra_a_pilha(ana: Any, entrar: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    navegador = entrar(ana)
    navegador.raise_request_exception = False
    monkeypatch.setattr("carteira.web.perfil._pagina", _quebrar)
    logging.getLogger("django.request").setLevel(logging.CRITICAL)
    try:
        resposta = navegador.get("/perfil/")
    finally:
        logging.getLogger("django.request").setLevel(logging.NOTSET)
    assert resposta.status_code == 500
    texto = resposta.content.decode()
    for rastro in (SEGREDO, "Traceback", "RuntimeError", "carteira/web", "_quebrar"):
        assert rastro not in texto
    conferir(resposta, "500")


@pytest.mark.parametrize(
    "nome", ["mau.exemplo", "testserver.mau.exemplo", "testserver:80@mau.exemplo", "mau.exemplo:443"]
)
def test_nome_de_servidor_forjado_nao_entra_em_nada(nome: str, ana: Any, client: Client) -> None:
    """O enlace de senha nova vem do endereço da casa, nunca do cabeçalho do pedido."""
    from notificacoes.models import Mensagem

    recusada = client.post("/senha/", {"email": ana.email}, headers={"Host": nome})
    assert recusada.status_code == 400
    assert not Mensagem.objects.exists()
    aceita = client.post("/senha/", {"email": ana.email}, headers={"X-Forwarded-Host": nome})
    assert aceita.status_code == 302
    mensagem = Mensagem.objects.get()
    assert "http://127.0.0.1:8000/senha/" in mensagem.texto
    assert "mau.exemplo" not in mensagem.texto + mensagem.html
    assert not aceita["Location"].startswith("http")


@pytest.mark.parametrize(
    "voltar",
    [
        "//mau.exemplo",
        "https://mau.exemplo",
        "/\\mau.exemplo",
        "javascript:alert(1)",
        "\t//mau.exemplo",
        "/\t/mau.exemplo",
    ],
)
def test_voltar_nao_leva_para_fora(voltar: str, ana: Any, novo_cliente: Any, entrar: Any, hoje: Any) -> None:
    cliente = novo_cliente("C1", vendedor=ana)
    resposta = entrar(ana).post(f"/clientes/{cliente.pk}/conferir-contatos/", {"voltar": voltar})
    assert resposta.status_code == 302
    assert resposta["Location"] in (f"/clientes/{cliente.pk}/", "/%09/mau.exemplo")
