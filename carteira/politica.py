"""O que a segurança das páginas e das senhas exige, sem nada do ambiente."""

from collections.abc import Iterable
from typing import Any

from csp.constants import NONCE, NONE, SELF, UNSAFE_INLINE

HASHES = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
SENHAS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "contas.senhas.SenhaPrevisivelValidator"},
]


def conteudo(origens_de_entrada: Iterable[str]) -> dict[str, Any]:
    """A política de conteúdo; as origens são as do provedor de entrada, se há um.

    O style-src-attr libera só propriedades em atributos (o fio da barra de ritmo); scripts nunca são inline.
    """
    return {
        "DIRECTIVES": {
            "default-src": [NONE],
            "script-src": [SELF],
            "style-src": [SELF, NONCE],
            "style-src-attr": [UNSAFE_INLINE],
            "img-src": [SELF, "data:"],
            "font-src": [SELF],
            "connect-src": [SELF],
            # o navegador confere também aonde o formulário é levado depois
            "form-action": [SELF, *origens_de_entrada],
            "manifest-src": [SELF],
            "worker-src": [SELF],
            "base-uri": [NONE],
            "frame-ancestors": [NONE],
            "object-src": [NONE],
        }
    }
