"""EMAIL_URL em partes. Sem Django: a configuração a lê antes de ele existir."""

from typing import Any

import environ

_PORTAS = {"smtp+ssl": 465, "smtp+tls": 587}


def ler_url(endereco: str) -> dict[str, Any]:
    """As partes que o Django entende; `smtps` é TLS desde o começo, como no resto do mundo, e não STARTTLS.

    Sem porta, vale a do esquema: 587 com STARTTLS, 465 com TLS, 25 sem nada.
    """
    esquema, separador, resto = endereco.strip().partition("://")
    esquema = "smtp+ssl" if esquema == "smtps" else esquema
    partes: dict[str, Any] = environ.Env.email_url_config(f"{esquema}{separador}{resto}")
    if not partes.get("EMAIL_PORT"):
        partes["EMAIL_PORT"] = _PORTAS.get(esquema, 25)
    return partes
