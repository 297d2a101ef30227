"""A porta de entrada: senha, sessão e o que um estranho aprende tentando."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from contas.models import Usuario
from tests.conftest import SENHA

pytestmark = pytest.mark.django_db


def entrada(pessoa: Usuario, navegador: Client | None = None) -> Client:
    """Entra pela página, com a senha."""
    navegador = navegador or Client()
    resposta = navegador.post("/entrar/", {"username": pessoa.email, "password": SENHA})
    assert resposta.status_code == 302, resposta.status_code
    return navegador


def chave_da_sessao(navegador: Client) -> str:
    return str(navegador.cookies["sessionid"].value)


def recusas(senha: str, pessoa: Usuario) -> list[str]:
    try:
        validate_password(senha, pessoa)
    except ValidationError as erro:
        return list(erro.messages)
    return []


# ── A senha ──────────────────────────────────────────────────────────────────


def test_senha_de_doze_ou_mais_e_sem_teto_que_impeca_uma_frase(ana: Usuario) -> None:
    assert recusas("Qx7!vhK2pWz", ana)  # onze
    assert not recusas("Qx7!vhK2pWzu", ana)
    frase = "o trem das onze não espera quem ficou na serra da mantiqueira " * 2
    assert len(frase) > 64
    assert not recusas(frase, ana)
    ana.set_password(frase)
    assert ana.check_password(frase)
    assert not ana.check_password(frase[:72])


@pytest.mark.parametrize("senha", ["finalfantasy", "senha1234567", "ana@exemplo.test"])
def test_senha_comum_ou_tirada_dos_dados_da_pessoa_e_recusada(senha: str, ana: Usuario) -> None:
    assert recusas(senha, ana)


def test_a_senha_vai_ao_banco_em_argon2(ana: Usuario, settings: Any) -> None:
    """Sem o atalho que a suíte põe na frente: o primeiro da lista é o que escreve."""
    settings.PASSWORD_HASHERS = [h for h in settings.PASSWORD_HASHERS if "MD5" not in h]
    ana.set_password(SENHA)
    ana.save()
    guardada = Usuario.objects.values_list("password", flat=True).get(pk=ana.pk)
    assert guardada.startswith("argon2$argon2id$")
    assert SENHA not in guardada
    assert check_password(SENHA, guardada)


# ── O que um estranho aprende ────────────────────────────────────────────────


@pytest.mark.parametrize("parecido", ["davı@exemplo.test", "DAVİ@exemplo.test", "davi@exemplo.teſt"])
def test_letra_parecida_nao_da_tentativas_a_mais(parecido: str, davi: Usuario) -> None:
    """O banco diria que "ı" maiúsculo é "I": cada letra assim seria outra conta de erros para a mesma pessoa."""
    assert ModelBackend().authenticate(None, username=parecido, password=SENHA) is None
    with pytest.raises(Usuario.DoesNotExist):
        Usuario.objects.get_by_natural_key(parecido)
    assert Usuario.objects.get_by_natural_key("DAVI@Exemplo.test") == davi


def test_quem_nao_existe_custa_uma_senha_conferida_como_quem_existe(
    ana: Usuario, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """O tempo de responder não diz quem tem conta: nos dois casos se calcula um resumo de senha, e um só."""
    from django.contrib.auth.hashers import MD5PasswordHasher

    contas: list[str] = []
    calcular = MD5PasswordHasher.encode
    monkeypatch.setattr(
        MD5PasswordHasher, "encode", lambda self, *a, **k: contas.append("") or calcular(self, *a, **k)
    )
    custos = []
    for email in (ana.email, "ninguem@exemplo.test"):
        contas.clear()
        resposta = client.post("/entrar/", {"username": email, "password": "errada"})
        custos.append((resposta.status_code, len(contas)))
    assert custos == [(200, 1), (200, 1)]


# ── A sessão ─────────────────────────────────────────────────────────────────


def test_a_sessao_troca_de_numero_ao_entrar(ana: Usuario) -> None:
    """Quem plantou um número de sessão no navegador de alguém não entra com ele depois."""
    navegador = Client()
    plantada = navegador.session
    plantada["antes"] = "1"
    plantada.save()
    navegador.cookies["sessionid"] = plantada.session_key
    entrada(ana, navegador)
    assert chave_da_sessao(navegador) != plantada.session_key
    intruso = Client()
    intruso.cookies["sessionid"] = plantada.session_key
    assert intruso.get("/perfil/").status_code == 302


def test_sair_mata_a_sessao_no_servidor(ana: Usuario) -> None:
    navegador = entrada(ana)
    guardada = chave_da_sessao(navegador)
    assert navegador.get("/perfil/").status_code == 200
    resposta = navegador.post("/sair/")
    assert resposta["Clear-Site-Data"] == '"cache", "storage"'
    assert not Session.objects.filter(session_key=guardada).exists()
    copia = Client()
    copia.cookies["sessionid"] = guardada
    assert copia.get("/perfil/").status_code == 302


def test_sair_por_um_elo_nao_sai(ana: Usuario) -> None:
    navegador = entrada(ana)
    assert navegador.get("/sair/").status_code == 405
    assert navegador.get("/perfil/").status_code == 200


def test_a_sessao_tem_fim_mesmo_em_uso(ana: Usuario) -> None:
    inicio = timezone.now()
    with time_machine.travel(inicio, tick=False) as relogio:
        navegador = entrada(ana)
        for horas in range(1, 12):
            relogio.move_to(inicio + timedelta(hours=horas))
            assert navegador.get("/perfil/").status_code == 200, horas
        relogio.move_to(inicio + timedelta(hours=12, minutes=1))
        assert navegador.get("/perfil/").status_code == 302


@pytest.mark.parametrize(
    "destino",
    ["//mau.exemplo", "https://mau.exemplo/", "/\\mau.exemplo", "javascript:alert(1)", "/\t/mau.exemplo"],
)
def test_a_entrada_nao_manda_para_fora(destino: str, ana: Usuario) -> None:
    resposta = Client().post(
        f"/entrar/?next={destino}", {"username": ana.email, "password": SENHA, "next": destino}
    )
    assert resposta.status_code == 302
    assert resposta["Location"] in ("/", "/%09/mau.exemplo")
