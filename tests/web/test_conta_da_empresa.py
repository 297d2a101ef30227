"""A entrada pelo provedor da empresa, contra um provedor de mentira que assina de verdade, nesta máquina."""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from carteira import oidc
from contas import fatores
from contas.models import ContaDeFora, RegistroDeAuditoria, Usuario
from contas.pessoas import desativar, estado_de
from tests.web.test_dois_passos import SEGREDO, codigo, entrou

pytestmark = pytest.mark.django_db
CHAVE = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OUTRA = rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Provedor:
    """Um provedor OpenID Connect em loopback: descoberta, chaves, código e PKCE; o que assina se troca no teste."""

    def __init__(self) -> None:
        provedor = self

        class Porta(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._responder(provedor.publico(self.path))

            def do_POST(self) -> None:
                corpo = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                self._responder(provedor.trocar({n: v[0] for n, v in corpo.items()}))

            def _responder(self, dados: dict[str, Any] | None) -> None:
                self.send_response(200 if dados else 400)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(dados or {"error": "invalid_grant"}).encode())

            def log_message(self, *args: Any) -> None: ...

        self.servidor = ThreadingHTTPServer(("127.0.0.1", 0), Porta)
        self.emissor = f"http://127.0.0.1:{self.servidor.server_port}"
        self.desafio, self.quem, self.assina, self.emite = "", {}, CHAVE, self.emissor
        threading.Thread(target=self.servidor.serve_forever, args=(0.02,), daemon=True).start()

    def publico(self, caminho: str) -> dict[str, Any] | None:
        if caminho == "/chaves":
            publica = jwt.algorithms.RSAAlgorithm.to_jwk(CHAVE.public_key(), as_dict=True)
            return {"keys": [{**publica, "kid": "1", "alg": "RS256", "use": "sig"}]}
        if caminho != "/.well-known/openid-configuration":
            return None
        return {
            "issuer": self.emite,
            "authorization_endpoint": f"{self.emissor}/autorizar",
            "token_endpoint": f"{self.emissor}/trocar",
            "userinfo_endpoint": f"{self.emissor}/perfil",
            "jwks_uri": f"{self.emissor}/chaves",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }

    def trocar(self, corpo: dict[str, str]) -> dict[str, Any] | None:
        resumo = hashlib.sha256(corpo.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(resumo).rstrip(b"=").decode() != self.desafio:
            return None
        agora = int(time.time())
        dados = {"iss": self.emissor, "aud": "carteira", "iat": agora, "exp": agora + 60, **self.quem}
        return {
            "access_token": "x",
            "token_type": "Bearer",
            "id_token": jwt.encode(dados, self.assina, "RS256", headers={"kid": "1"}),
        }


@pytest.fixture
def provedor(settings: Any) -> Iterator[Provedor]:
    aberto = Provedor()
    settings.OIDC = {
        "emissor": aberto.emissor,
        "cliente": "carteira",
        "segredo": "s3gr3do",
        "nome": "Aliança",
    }
    yield aberto
    aberto.servidor.shutdown()
    aberto.servidor.server_close()


def por_fora(
    provedor: Provedor, navegador: Client | None = None, destino: str = "", **quem: Any
) -> tuple[Client, Any]:
    """A ida e a volta de uma pessoa que o provedor conhece assim."""
    navegador = navegador or Client()
    ida = navegador.post("/entrar/empresa/", {"next": destino})
    pedido = {n: v[0] for n, v in parse_qs(urlsplit(ida["Location"]).query).items()}
    assert ida["Location"].startswith(f"{provedor.emissor}/autorizar?")
    assert pedido["redirect_uri"] == "http://testserver/entrar/empresa/volta/"
    assert pedido["code_challenge_method"] == "S256"
    provedor.desafio, provedor.quem = pedido["code_challenge"], quem
    return navegador, navegador.get("/entrar/empresa/volta/", {"code": "c1", "state": pedido["state"]})


def test_a_configuracao_e_inteira_ou_nenhuma() -> None:
    inteira = {
        "emissor": "https://id.exemplo.test/r/",
        "cliente": "c",
        "segredo": "s",
        "nome": "N",
        "so_https": True,
    }
    assert oidc.configurar(**inteira | {"emissor": ""}) is None
    feita = oidc.configurar(**inteira)
    assert feita is not None
    assert feita["emissor"] == "https://id.exemplo.test/r"
    assert oidc.origem_de(feita) == ["https://id.exemplo.test"]  # o que a CSP passa a admitir nos formulários
    for falta in ({"cliente": ""}, {"segredo": ""}, {"emissor": "http://id.exemplo.test"}):
        with pytest.raises(ImproperlyConfigured):
            oidc.configurar(**inteira | falta)


def test_sem_configuracao_nao_ha_botao_nem_pagina(ana: Usuario) -> None:
    assert "/entrar/empresa/" not in Client().get("/entrar/").content.decode()
    assert Client().post("/entrar/empresa/").status_code == 404
    assert Client().get("/entrar/empresa/volta/").status_code == 404


def test_quem_existe_entra_pelo_email_verificado_e_depois_pelo_sujeito(
    provedor: Provedor, ana: Usuario
) -> None:
    assert "Entrar com Aliança" in Client().get("/entrar/").content.decode()
    navegador, volta = por_fora(
        provedor, destino="/clientes/", sub="u1", email="ANA@exemplo.test", email_verified=True
    )
    assert (volta.status_code, volta["Location"]) == (302, "/clientes/")
    assert entrou(navegador)
    assert RegistroDeAuditoria.objects.get(acao="entrar").depois == {"com": "conta da empresa"}
    ligada = RegistroDeAuditoria.objects.get(acao="ligar conta de fora")
    assert (ligada.por, ligada.depois) == (ana, {"emissor": provedor.emissor})
    # o e-mail mudou no provedor: continua a mesma pessoa
    navegador, _ = por_fora(provedor, sub="u1", email="ana.souza@exemplo.test", email_verified=False)
    assert entrou(navegador)
    assert ContaDeFora.objects.get().pessoa == ana


@pytest.mark.parametrize(
    "quem",
    [
        {"sub": "u9", "email": "ninguem@exemplo.test", "email_verified": True},
        {"sub": "u9", "email": "ana@exemplo.test", "email_verified": False},
        {"sub": "u9", "email": "ana@exemplo.test"},
    ],
)
def test_quem_nao_existe_ou_nao_tem_o_email_verificado_nao_entra_e_ninguem_nasce(
    provedor: Provedor, ana: Usuario, quem: dict[str, Any]
) -> None:
    navegador, volta = por_fora(provedor, **quem)
    assert volta["Location"] == "/entrar/"
    assert not entrou(navegador)
    assert (Usuario.objects.count(), ContaDeFora.objects.count()) == (1, 0)


def test_endereco_que_mudou_de_dono_no_provedor_nao_abre_a_conta(provedor: Provedor, ana: Usuario) -> None:
    por_fora(provedor, sub="u1", email=ana.email, email_verified=True)
    navegador, _ = por_fora(provedor, sub="u2", email=ana.email, email_verified=True)
    assert not entrou(navegador)
    assert ContaDeFora.objects.get().sujeito == "u1"


def test_convidada_aceita_o_convite_entrando_e_desativada_nao_entra(
    provedor: Provedor, davi: Usuario, ana: Usuario
) -> None:
    nova = Usuario.objects.create_user("nova@exemplo.test", nome="Nova")
    navegador, _ = por_fora(provedor, sub="n1", email=nova.email, email_verified=True)
    assert entrou(navegador)
    nova.refresh_from_db()
    assert estado_de(nova) == "ativa"
    por_fora(provedor, sub="u1", email=ana.email, email_verified=True)
    desativar(pessoa=ana, por=davi)
    navegador, _ = por_fora(provedor, sub="u1", email=ana.email, email_verified=True)
    assert not entrou(navegador)


def test_o_segundo_passo_continua_sendo_pedido(provedor: Provedor, ana: Usuario, hoje: Any) -> None:
    fatores.ligar_totp(ana, SEGREDO, codigo(-1))
    provedor_quem = {"sub": "u1", "email": ana.email, "email_verified": True, "iat": 1, "exp": 4_000_000_000}
    navegador, volta = por_fora(provedor, **provedor_quem)
    assert volta["Location"] == "/entrar/codigo/"
    assert not entrou(navegador)
    assert navegador.post("/entrar/codigo/", {"codigo": codigo()}).status_code == 302
    assert entrou(navegador)


@pytest.mark.parametrize(
    "defeito", ["assinatura", "publico", "emissor", "emissor apresentado", "vencido", "pkce", "estado"]
)
def test_o_que_nao_confere_nao_entra(provedor: Provedor, ana: Usuario, defeito: str) -> None:
    quem: dict[str, Any] = {"sub": "u1", "email": ana.email, "email_verified": True}
    if defeito == "assinatura":
        provedor.assina = OUTRA
    quem |= {"publico": {"aud": "outro"}, "emissor": {"iss": "https://x.test"}, "vencido": {"exp": 1}}.get(
        defeito, {}
    )
    if defeito == "emissor apresentado":
        provedor.emite = "https://x.test"
        assert Client().post("/entrar/empresa/")["Location"] == "/entrar/"
        return
    navegador = Client()
    ida = navegador.post("/entrar/empresa/")
    pedido = {n: v[0] for n, v in parse_qs(urlsplit(ida["Location"]).query).items()}
    provedor.desafio = "outro" if defeito == "pkce" else pedido["code_challenge"]
    provedor.quem = quem
    estado = "outro" if defeito == "estado" else pedido["state"]
    volta = navegador.get("/entrar/empresa/volta/", {"code": "c1", "state": estado})
    assert volta["Location"] == "/entrar/"
    assert not entrou(navegador)
    assert not ContaDeFora.objects.exists()
