"""O que se guarda cifrado no banco: cada uso com chave própria, derivada da SECRET_KEY."""

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.encoding import force_bytes


class Ilegivel(ValueError):
    """Cifrado com uma SECRET_KEY que já não se conhece."""


def cifrar(texto: str, uso: str) -> str:
    return _cifra(settings.SECRET_KEY, uso).encrypt(texto.encode()).decode()


def decifrar(cifra: str, uso: str) -> str:
    """Tenta a chave de hoje e as anteriores (SECRET_KEY_FALLBACKS)."""
    for chave in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            return _cifra(chave, uso).decrypt(cifra.encode()).decode()
        except InvalidToken:
            continue
    raise Ilegivel(uso)


def _cifra(segredo: str | bytes, uso: str) -> Fernet:
    """Chave própria derivada do segredo: vazar uma não revela a outra."""
    derivada = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=f"carteira.{uso}".encode())
    return Fernet(base64.urlsafe_b64encode(derivada.derive(force_bytes(segredo))))
