"""A produção: cookies, TLS, e a recusa de partir sem segredo."""

import json
import os
import runpy
import subprocess
import sys
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from carteira.local import testes
from carteira.local.ambiente import RAIZ
from tests import banco
from tests.trabalhador import CACHE

NOME = "carteira.exemplo.com.br"


@pytest.fixture(scope="module")
def producao(django_db_setup: None, django_db_blocker: Any) -> dict[str, Any]:
    with django_db_blocker.unblock():
        url = banco.endereco(connection.settings_dict["NAME"])
    env = testes.ambiente_de_producao(dict(os.environ)) | {
        "DATABASE_URL": url, "REDIS_URL": CACHE, "DJANGO_SETTINGS_MODULE": "carteira.settings", "PYTHONPATH": str(RAIZ),
    }  # fmt: skip
    feito = subprocess.run(
        [sys.executable, "-m", "tests.seguranca.em_producao"],
        cwd=RAIZ,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert feito.returncode == 0, feito.stderr[-2000:]
    return json.loads(feito.stdout)


def test_os_cookies_so_andam_por_tls_e_longe_dos_scripts(producao: dict[str, Any]) -> None:
    """`__Host-` obriga o navegador: só por TLS, só deste nome, na raiz; um subdomínio não planta outro."""
    assert set(producao["cookies"]) == {"__Host-sessionid", "__Host-csrftoken"}
    for nome, cookie in producao["cookies"].items():
        esperado = {"seguro": True, "so_http": True, "samesite": "Lax", "dominio": "", "caminho": "/"}
        assert cookie == esperado, nome


def test_o_http_leva_ao_tls_e_o_tls_diz_hsts(producao: dict[str, Any]) -> None:
    assert producao["por_http"] == [301, f"https://{NOME}/entrar/?next=/clientes/"]
    assert producao["saude"] == 200  # o balanceador pergunta por dentro
    assert producao["por_tls"] == [200, "max-age=31536000; includeSubDomains; preload"]


def test_producao_nao_mostra_o_que_e_de_desenvolvimento(producao: dict[str, Any]) -> None:
    assert (producao["galeria"], producao["debug"]) == (False, False)
    assert producao["resumos"].endswith("Argon2PasswordHasher")


@pytest.mark.parametrize("chave", ["", "curta", "a" * 80, "django-insecure-" + "ab" * 30])
def test_chave_ausente_ou_fraca_nao_parte(chave: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMBIENTE", "producao")
    monkeypatch.setenv("DEBUG", "0")
    monkeypatch.setenv("SECRET_KEY", chave)
    monkeypatch.setenv("ALLOWED_HOSTS", NOME)
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY ausente ou fraca"):
        runpy.run_path(str(RAIZ / "carteira/settings.py"))


def test_depuracao_em_producao_nao_parte(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMBIENTE", "producao")
    monkeypatch.setenv("DEBUG", "1")
    with pytest.raises(ImproperlyConfigured, match="DEBUG=1 não combina"):
        runpy.run_path(str(RAIZ / "carteira/settings.py"))
