"""Senhas que o tamanho deixa passar e qualquer um adivinha."""

from typing import Any

from django.core.exceptions import ValidationError

from contas.texto import sem_acento

MINIMO_DE_DIFERENTES = 5
_FILEIRAS = ("0123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_BATIDAS = (
    "senha",
    "password",
    "carteira",
    "mudar",
    "trocar",
    "admin",
    "iloveyou",
    "brasil",
    "qwerty",
    "welcome",
    "bemvindo",
)


class SenhaPrevisivelValidator:
    """Recusa repetições, fileiras do teclado e palavras batidas que só ganharam números."""

    def validate(self, password: str, user: Any = None) -> None:
        if previsivel(password):
            raise ValidationError(
                "Esta senha é fácil de adivinhar. Prefira três ou quatro palavras que não andam juntas.",
                code="senha_previsivel",
            )

    def get_help_text(self) -> str:
        return (
            "Sua senha não pode ser uma repetição, uma fileira do teclado nem uma palavra batida com números."
        )


def previsivel(senha: str) -> bool:
    """Só números, poucos caracteres, ou pouco que sobra sem as palavras batidas, as fileiras e as repetições."""
    letras = "".join(c for c in sem_acento(senha) if c.isalnum())
    if letras.isdigit() or len(set(senha)) < MINIMO_DE_DIFERENTES:
        return True
    resto = _sem_fileiras(_sem_batidas(letras))
    if resto != letras:  # o que sobra de uma senha batida costuma ser o ano
        resto = "".join(c for c in resto if not c.isdigit())
    return bool(letras) and len(_sem_repeticao(resto)) < MINIMO_DE_DIFERENTES


def _sem_batidas(letras: str) -> str:
    for palavra in _BATIDAS:
        letras = letras.replace(palavra, "")
    return letras


def _sem_fileiras(letras: str) -> str:
    """Tira os pedaços de quatro ou mais de uma fileira, os maiores primeiro."""
    for fileira in _FILEIRAS:
        for tamanho in range(len(fileira), 3, -1):
            for inicio in range(len(fileira) - tamanho + 1):
                letras = letras.replace(fileira[inicio : inicio + tamanho], "")
    return letras


def _sem_repeticao(texto: str) -> str:
    """ "gatogatogato" → "gato": um pedaço repetido conta uma vez."""
    for tamanho in range(1, len(texto) // 2 + 1):
        if len(texto) % tamanho == 0 and texto == texto[:tamanho] * (len(texto) // tamanho):
            return texto[:tamanho]
    return texto
