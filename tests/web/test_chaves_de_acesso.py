"""Chaves de acesso contra um telefone de mentira que assina de verdade: uma vez, nesta casa, e com o dedo."""

import hashlib
import json
import os
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

from contas import fatores
from contas.models import RegistroDeAuditoria, Usuario
from contas.pessoas import desativar
from notificacoes.models import Mensagem
from tests.conftest import SENHA
from tests.web.test_dois_passos import entrou

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
NOVA, ENTRAR = "/perfil/seguranca/chaves/nova/", "/entrar/chave/"
ORIGEM = "https://carteira.exemplo.test"


@pytest.fixture(autouse=True)
def _nome(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["carteira.exemplo.test", "10.0.0.7", "testserver"]


@dataclass
class Telefone:
    """Guarda uma chave e responde aos desafios; cada campo é uma mentira que se pode contar."""

    chave: Any = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credencial: bytes = field(default_factory=lambda: os.urandom(16))
    contador: int = 0
    origem: str = ORIGEM
    dedo: bool = True

    def _dados(self, atestado: AttestedCredentialData | None = None) -> AuthenticatorData:
        marcas = AuthenticatorData.FLAG.UP | (AuthenticatorData.FLAG.UV if self.dedo else 0)
        marcas |= AuthenticatorData.FLAG.AT if atestado else 0
        casa = hashlib.sha256(b"carteira.exemplo.test").digest()
        return AuthenticatorData.create(casa, marcas, self.contador, atestado or b"")

    def _cliente(self, tipo: str, desafio: str) -> CollectedClientData:
        return CollectedClientData.create(tipo, desafio, self.origem)

    def _resposta(self, **partes: bytes) -> dict[str, Any]:
        nome = websafe_encode(self.credencial)
        corpo = {parte: websafe_encode(valor) for parte, valor in partes.items()}
        return {
            "id": nome,
            "rawId": nome,
            "type": "public-key",
            "response": corpo,
            "clientExtensionResults": {},
        }

    def criar(self, desafio: dict[str, Any]) -> dict[str, Any]:
        publica = ES256.from_cryptography_key(self.chave.public_key())
        atestado = AttestedCredentialData.create(Aaguid(b"\0" * 16), self.credencial, publica)
        cliente = self._cliente("webauthn.create", desafio["publicKey"]["challenge"])
        objeto = AttestationObject.create("none", self._dados(atestado), {})
        return self._resposta(clientDataJSON=cliente, attestationObject=objeto)

    def assinar(self, desafio: dict[str, Any]) -> dict[str, Any]:
        cliente, dados = self._cliente("webauthn.get", desafio["publicKey"]["challenge"]), self._dados()
        assinatura = self.chave.sign(bytes(dados) + cliente.hash, ec.ECDSA(hashes.SHA256()))
        return self._resposta(clientDataJSON=cliente, authenticatorData=dados, signature=assinatura)


def navegar(pessoa: Usuario | None = None) -> Client:
    navegador = Client(SERVER_NAME="carteira.exemplo.test", HTTP_HOST="carteira.exemplo.test")
    if pessoa:
        navegador.force_login(pessoa, backend="django.contrib.auth.backends.ModelBackend")
    return navegador


def mandar(navegador: Client, caminho: str, corpo: Any) -> Any:
    return navegador.post(caminho, json.dumps(corpo), content_type="application/json")


def criar(pessoa: Usuario, telefone: Telefone | None = None) -> tuple[Telefone, Any]:
    telefone, navegador = telefone or Telefone(), navegar(pessoa)
    pedido = navegador.get(NOVA).json()
    corpo = {
        "estado": pedido["estado"],
        "credencial": telefone.criar(pedido["opcoes"]),
        "nome": " Celular  da Ana ",
    }
    return telefone, mandar(navegador, NOVA, corpo)


def entrar_com(telefone: Telefone, navegador: Client | None = None, **mais: Any) -> tuple[Client, Any]:
    navegador = navegador or navegar()
    pedido = navegador.get(ENTRAR).json()
    corpo = {"estado": pedido["estado"], "credencial": telefone.assinar(pedido["opcoes"]), **mais}
    return navegador, mandar(navegador, ENTRAR, corpo)


def test_criar_avisa_da_codigos_e_a_chave_entra_sem_senha_nem_codigo(ana: Usuario) -> None:
    telefone, criada = criar(ana)
    assert criada.json() == {"destino": "/perfil/seguranca/codigos/"}
    assert [c.data["name"] for c in fatores.de(ana).chaves] == ["Celular da Ana"]
    assert Mensagem.objects.get(pessoa=ana).assunto == "Chave de acesso criada no Carteira"
    assert Session.objects.count() == 1
    anonimo = navegar()
    anonimo.get(ENTRAR)
    assert Session.objects.count() == 1  # só abrir a entrada não escreve sessão
    navegador, resposta = entrar_com(telefone, next="/clientes/")
    assert resposta.json() == {"destino": "/clientes/"}
    assert entrou(navegador)
    assert RegistroDeAuditoria.objects.get(acao="entrar", depois__com="chave de acesso")
    _, fora = entrar_com(telefone, next="https://exemplo.test/")
    assert fora.json() == {"destino": "/"}


def test_a_mesma_resposta_nao_entra_duas_vezes_nem_depois_de_cinco_minutos(ana: Usuario) -> None:
    telefone, _ = criar(ana)
    navegador = navegar()
    pedido, outro = navegador.get(ENTRAR).json(), navegador.get(ENTRAR).json()
    corpo = {"estado": pedido["estado"], "credencial": telefone.assinar(pedido["opcoes"])}
    assert mandar(navegar(), ENTRAR, corpo).status_code == 200
    assert mandar(navegar(), ENTRAR, corpo).status_code == 422
    velho = {"estado": outro["estado"], "credencial": telefone.assinar(outro["opcoes"])}
    with time_machine.travel(timezone.now() + timedelta(seconds=301), tick=False):
        assert mandar(navegar(), ENTRAR, velho).status_code == 422


@pytest.mark.parametrize(
    "mentira", ["outra casa", "sem o dedo", "outra chave", "desafio trocado", "contador parado"]
)
def test_o_que_nao_confere_nao_entra(ana: Usuario, mentira: str) -> None:
    telefone, _ = criar(ana)
    if mentira == "outra casa":
        telefone.origem = "https://carteira.exemplo.test.golpe.test"
    if mentira == "sem o dedo":
        telefone.dedo = False
    if mentira == "outra chave":
        telefone.chave = ec.generate_private_key(ec.SECP256R1())
    navegador = navegar()
    if mentira == "contador parado":
        telefone.contador = 7
        assert entrar_com(telefone)[1].status_code == 200
        telefone.contador = 7  # uma cópia da chave não sabe que a outra já andou
    pedido = navegador.get(ENTRAR).json()
    opcoes = navegador.get(ENTRAR).json()["opcoes"] if mentira == "desafio trocado" else pedido["opcoes"]
    resposta = mandar(navegador, ENTRAR, {"estado": pedido["estado"], "credencial": telefone.assinar(opcoes)})
    assert resposta.status_code == 422
    assert not entrou(navegador)


@pytest.mark.parametrize(
    "corpo", [{}, [], "x", {"estado": "x", "credencial": {}}, {"estado": 1, "credencial": None}]
)
def test_corpo_torto_e_recusa_e_nao_erro(ana: Usuario, corpo: Any) -> None:
    assert mandar(navegar(), ENTRAR, corpo).status_code == 422
    estado = navegar().get(ENTRAR).json()["estado"]
    for credencial in ({}, {"id": 3}, {"id": "x", "response": []}):
        assert mandar(navegar(), ENTRAR, {"estado": estado, "credencial": credencial}).status_code == 422


def test_desativada_ou_apagada_a_chave_nao_entra(ana: Usuario, carla: Usuario, davi: Usuario) -> None:
    (dela, _), (da_carla, _) = criar(ana), criar(carla)
    desativar(pessoa=ana, por=davi)
    assert entrar_com(dela)[1].status_code == 422
    pk = fatores.de(carla).chaves[0].pk
    assert navegar(davi).post(f"/perfil/seguranca/chaves/{pk}/apagar/").status_code == 404
    assert navegar(carla).post(f"/perfil/seguranca/chaves/{pk}/apagar/").status_code == 302
    assert entrar_com(da_carla)[1].status_code == 422


def test_o_segundo_passo_so_aceita_a_chave_de_quem_deu_o_primeiro(ana: Usuario, carla: Usuario) -> None:
    (dela, _), (da_carla, _) = criar(ana), criar(carla)
    navegador = navegar()
    navegador.post("/entrar/", {"username": ana.email, "password": SENHA})
    for telefone, esperado in ((da_carla, 422), (dela, 200)):
        pedido = navegador.get("/entrar/codigo/chave/").json()
        corpo = {
            "estado": pedido["estado"],
            "credencial": telefone.assinar(pedido["opcoes"]),
            "lembrar": True,
        }
        assert mandar(navegador, "/entrar/codigo/chave/", corpo).status_code == esperado
    assert entrou(navegador)
    assert "aparelho" in navegador.cookies
    # o desafio de um uso não serve noutro
    pedido = navegar().get(ENTRAR).json()
    corpo = {"estado": pedido["estado"], "credencial": dela.assinar(pedido["opcoes"])}
    assert mandar(navegar(ana), "/perfil/seguranca/confirmar/chave/", corpo).status_code == 422


def test_criar_pede_prova_recente_e_num_endereco_de_numeros_nem_se_oferece(ana: Usuario) -> None:
    navegador = navegar(ana)
    with time_machine.travel(timezone.now() + timedelta(minutes=16), tick=False):
        assert navegador.post(NOVA, "{}", content_type="application/json").status_code == 403
    assert "Entrar com chave de acesso" in navegar().get("/entrar/").content.decode()
    assert (
        "Entrar com chave de acesso" not in Client(HTTP_HOST="10.0.0.7:8000").get("/entrar/").content.decode()
    )


def test_tentativas_demais_de_um_endereco_esperam(ana: Usuario) -> None:
    codigos = {navegar().get(ENTRAR).status_code for _ in range(31)}
    assert codigos == {200, 429}
