"""O código que prova que quem abre os primeiros passos é quem instalou: só o terminal o mostra."""

import base64
import hashlib
import hmac

from django.conf import settings

from contas import contagens

_TENTATIVAS, _JANELA = 20, 600
_CHAVE = "codigo-inicial-erros"


def codigo() -> str:
    """Derivado da chave da instalação: igual em todo processo, sem arquivo para perder nem copiar."""
    resumo = hmac.new(settings.SECRET_KEY.encode(), b"carteira.codigo-inicial", hashlib.sha256).digest()
    texto = base64.b32encode(resumo).decode()[:12]
    return "-".join(texto[i : i + 4] for i in (0, 4, 8))


def demais() -> bool:
    """Erraram tanto que é alguém tentando todos: pausa para todo mundo."""
    return contagens.quantas(_CHAVE) >= _TENTATIVAS


def confere(tentativa: str) -> bool:
    """Compara sem pressa que se possa medir; traços, espaços e maiúsculas não importam."""
    limpo = "".join(letra for letra in tentativa.upper() if letra.isalnum())
    certo = hmac.compare_digest(limpo.encode(), codigo().replace("-", "").encode())
    if not certo:
        contagens.contar(_CHAVE, _JANELA)
    return certo
