"""Uma produção de verdade, num processo à parte: o que os cookies, o TLS e a política dizem. Escreve JSON."""

import json
import os
import sys
from typing import Any

import django
from django.conf import settings

# A prova das provas (mutacoes.py) tira daqui uma defesa de cada vez.
for nome, valor in json.loads(os.environ.get("SEM_DEFESA", "{}")).items():
    setattr(settings, nome, valor)
settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
django.setup()

from django.test import Client  # noqa: E402

from carteira.codigo_inicial import codigo  # noqa: E402
from carteira.web.urls import urlpatterns  # noqa: E402

NOME = os.environ["ALLOWED_HOSTS"]


def cookies(navegador: Client) -> dict[str, Any]:
    return {
        nome: {"seguro": bool(c["secure"]), "so_http": bool(c["httponly"]), "samesite": c["samesite"],
               "dominio": c["domain"], "caminho": c["path"]}
        for nome, c in navegador.cookies.items()
    }  # fmt: skip


navegador = Client(headers={"Host": NOME})
por_http = navegador.get("/entrar/?next=/clientes/")
saude = navegador.get("/saude/")
por_tls = navegador.get("/comecar/", headers={"X-Forwarded-Proto": "https"})
navegador.post("/comecar/", {"codigo": codigo()}, headers={"X-Forwarded-Proto": "https"})
guardados = cookies(navegador)
navegador.session.flush()
json.dump(
    {
        "por_http": [por_http.status_code, por_http.headers.get("Location", "")],
        "saude": saude.status_code,
        "por_tls": [por_tls.status_code, por_tls.headers.get("Strict-Transport-Security", "")],
        "cookies": guardados,
        "galeria": any(getattr(rota, "name", "") == "galeria" for rota in urlpatterns),
        "debug": settings.DEBUG,
        "resumos": settings.PASSWORD_HASHERS[0],
    },
    sys.stdout,
)
