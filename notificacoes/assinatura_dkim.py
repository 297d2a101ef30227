"""DKIM: com uma chave configurada, cada e-mail que sai por SMTP leva a assinatura do domínio do remetente.

A assinatura se faz sobre os bytes que vão ao servidor, na última hora: nada muda depois dela.
"""

from email import message_from_bytes
from email.utils import parseaddr
from functools import lru_cache

import dkim
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from django.conf import settings

# O que um servidor no caminho não pode trocar; o descadastro de um clique só vale se estiver entre eles.
CABECALHOS = (
    "From", "To", "Subject", "Date", "Message-ID", "Reply-To", "MIME-Version", "Content-Type",
    "List-Unsubscribe", "List-Unsubscribe-Post", "Auto-Submitted",
)  # fmt: skip


class ChaveInvalida(ValueError):
    """A chave de DKIM não se lê; a mensagem já vem pronta para a tela."""


def configurada() -> bool:
    return bool(settings.DKIM_CHAVE)


def assinar(corpo: bytes) -> bytes:
    """O e-mail com a assinatura na frente; sem chave configurada, ele mesmo."""
    if not configurada():
        return corpo
    mensagem = message_from_bytes(corpo)
    dominio = settings.DKIM_DOMINIO or parseaddr(str(mensagem["From"]))[1].rpartition("@")[2]
    assinatura: bytes = dkim.sign(
        corpo,
        settings.DKIM_SELETOR.encode(),
        dominio.encode("idna"),
        _chave(settings.DKIM_CHAVE),
        canonicalize=(b"relaxed", b"relaxed"),
        include_headers=[nome.lower().encode() for nome in CABECALHOS if nome in mensagem],
    )
    return assinatura + corpo


def conferir_chave() -> None:
    """Uma chave que não se lê é um servidor fora, e não mensagens mortas."""
    if configurada():
        _chave(settings.DKIM_CHAVE)


@lru_cache(maxsize=4)
def _chave(pem: str) -> bytes:
    """RSA em PEM, no formato que a biblioteca lê; quem a põe numa variável pode escrever as quebras como \\n."""
    try:
        chave = load_pem_private_key(pem.replace("\\n", "\n").strip().encode(), password=None)
    except (ValueError, TypeError) as erro:
        raise ChaveInvalida("DKIM_CHAVE não é uma chave privada em PEM, sem senha.") from erro
    if not isinstance(chave, RSAPrivateKey) or chave.key_size < 1024:
        raise ChaveInvalida("DKIM_CHAVE tem de ser uma chave RSA de 1024 bits ou mais (2048 é o usual).")
    return chave.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
