"""Chaves de acesso (WebAuthn): o desafio vai assinado ao navegador e volta com a resposta, uma vez só.

Nada se guarda na sessão entre uma coisa e outra: quem só abre a página de entrada não deixa linha nenhuma no banco.
"""

import hashlib
import ipaddress
import json
from typing import Any

from django.core import signing
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from contas import contagens, fatores
from contas.models import Usuario

PRAZO = 300  # segundos entre o desafio e a resposta


class ChaveRecusada(Exception):
    """A mensagem já vem pronta para a tela."""


_NAO_CONFERE = "Esta chave de acesso não confere. Tente de novo ou entre com a senha."


def possiveis(request: HttpRequest) -> bool:
    """O navegador só cria chaves para um nome: num endereço de números nem se oferecem."""
    try:
        ipaddress.ip_address(_nome(request).strip("[]"))
    except ValueError:
        return True
    return False


def _nome(request: HttpRequest) -> str:
    host = request.get_host()
    return host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host


def _servidor(request: HttpRequest) -> Any:
    from fido2.server import Fido2Server
    from fido2.webauthn import PublicKeyCredentialRpEntity

    return Fido2Server(PublicKeyCredentialRpEntity(id=_nome(request), name="Carteira"))


# ── Criar ────────────────────────────────────────────────────────────────────


def desafio_de_criacao(request: HttpRequest, pessoa: Usuario) -> dict[str, Any]:
    """Uma chave que o próprio aparelho guarda e que pede o dedo, o rosto ou o código dele."""
    from fido2.webauthn import (
        PublicKeyCredentialUserEntity,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    dona = PublicKeyCredentialUserEntity(
        id=_apelido(pessoa), name=pessoa.email or pessoa.nome, display_name=pessoa.nome
    )
    opcoes, estado = _servidor(request).register_begin(
        user=dona,
        credentials=[_dados(chave) for chave in fatores.de(pessoa).chaves],
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return _assinar("criar", dict(opcoes), estado, pessoa)


def _apelido(pessoa: Usuario) -> bytes:
    """O nome com que o aparelho separa as pessoas: não diz quem é."""
    return salted_hmac("carteira.chaves", str(pessoa.pk), algorithm="sha256").digest()


def conferir_criacao(request: HttpRequest, pessoa: Usuario, corpo: dict[str, Any]) -> dict[str, Any]:
    """A credencial que o navegador criou, conferida e só com o que se guarda."""
    estado, credencial = _abrir("criar", corpo, pessoa)
    try:
        _servidor(request).register_complete(estado, credencial)
    except (ValueError, TypeError, KeyError) as erro:
        raise ChaveRecusada("O navegador não conseguiu criar a chave. Tente de novo.") from erro
    if fatores.chave_da_credencial(credencial["id"]):
        raise ChaveRecusada("Esta chave já está guardada.")
    resposta = credencial["response"]
    return {
        "id": credencial["id"],
        "rawId": credencial["rawId"],
        "type": credencial["type"],
        "response": {n: resposta[n] for n in ("clientDataJSON", "attestationObject")},
    }


# ── Usar ─────────────────────────────────────────────────────────────────────


def desafio_de_uso(request: HttpRequest, uso: str, pessoa: Usuario | None = None) -> dict[str, Any]:
    """Sem pessoa, o aparelho é que diz de quem são as chaves que tem."""
    from fido2.webauthn import UserVerificationRequirement

    chaves = fatores.de(pessoa).chaves if pessoa else ()
    opcoes, estado = _servidor(request).authenticate_begin(
        credentials=[_dados(chave) for chave in chaves] or None,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return _assinar(uso, dict(opcoes), estado, pessoa)


def conferir_uso(
    request: HttpRequest, uso: str, corpo: dict[str, Any], pessoa: Usuario | None = None
) -> Usuario:
    """De quem é a chave que respondeu ao desafio; sem acesso, é como se não conferisse."""
    from fido2.webauthn import AuthenticationResponse

    estado, credencial = _abrir(uso, corpo, pessoa)
    chave = fatores.chave_da_credencial(str(credencial.get("id")))
    if chave is None or not chave.user.is_active or (pessoa and chave.user != pessoa):
        raise ChaveRecusada(_NAO_CONFERE)
    try:
        resposta = AuthenticationResponse.from_dict(credencial)
        _servidor(request).authenticate_complete(estado, [_dados(chave)], resposta)
        contador = resposta.response.authenticator_data.counter
    except (ValueError, TypeError, KeyError) as erro:
        raise ChaveRecusada(_NAO_CONFERE) from erro
    if not fatores.usar_chave(chave.pk, contador):
        raise ChaveRecusada(_NAO_CONFERE)
    return chave.user


def _dados(chave: Any) -> Any:
    return chave.wrap().authenticator_data.credential_data


# ── O desafio assinado ───────────────────────────────────────────────────────


def _assinar(uso: str, opcoes: Any, estado: Any, pessoa: Usuario | None) -> dict[str, Any]:
    guardado = {"estado": estado, "pessoa": pessoa.pk if pessoa else None}
    return {"opcoes": opcoes, "estado": signing.dumps(guardado, salt=f"chave.{uso}", compress=True)}


def _abrir(uso: str, corpo: dict[str, Any], pessoa: Usuario | None) -> tuple[Any, dict[str, Any]]:
    """O desafio que demos, se é desta pessoa, se não venceu e se ninguém o usou; e o que o aparelho respondeu."""
    try:
        guardado = signing.loads(str(corpo.get("estado")), salt=f"chave.{uso}", max_age=PRAZO)
    except signing.BadSignature as erro:
        raise ChaveRecusada("Demorou demais. Tente de novo.") from erro
    marca = hashlib.sha256(str(corpo["estado"]).encode()).hexdigest()
    credencial = corpo.get("credencial")
    if guardado["pessoa"] != (pessoa.pk if pessoa else None) or not isinstance(credencial, dict):
        raise ChaveRecusada(_NAO_CONFERE)
    if not contagens.uma_vez(f"chave-usada:{marca}", PRAZO):
        raise ChaveRecusada(_NAO_CONFERE)
    return guardado["estado"], credencial


def corpo_de(request: HttpRequest) -> dict[str, Any]:
    """O JSON que o navegador mandou; o que não é um objeto não é nada."""
    try:
        corpo = json.loads(request.body)
    except ValueError:
        return {}
    return corpo if isinstance(corpo, dict) else {}
