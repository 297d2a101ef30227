"""A entrada fechada por tentativas e como se abre; as senhas que se recusam; e o que um estranho não descobre."""

import re
from typing import Any

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client

from contas.models import RegistroDeAuditoria, Usuario
from contas.senhas import previsivel
from notificacoes import emails, seguranca
from notificacoes.models import Mensagem
from tests.conftest import SENHA

pytestmark = pytest.mark.django_db


def tentar(email: str, senha: str = "errada", navegador: Client | None = None) -> int:
    return (navegador or Client()).post("/entrar/", {"username": email, "password": senha}).status_code


def fechar(pessoa: Usuario) -> None:
    for _ in range(5):
        tentar(pessoa.email)
    assert tentar(pessoa.email, SENHA) == 429


def test_trocar_maiusculas_nao_da_mais_tentativas(ana: Usuario) -> None:
    for email in (
        "ana@exemplo.test",
        "ANA@exemplo.test",
        "Ana@exemplo.test",
        " ana@exemplo.test",
        "aNa@exemplo.test",
    ):
        tentar(email)
    assert tentar("anA@exemplo.test", SENHA) == 429


def test_a_propria_pessoa_abre_pelo_email_e_o_enlace_serve_uma_vez(ana: Usuario) -> None:
    fechar(ana)
    pagina = Client().post("/entrar/", {"username": ana.email, "password": SENHA}).content.decode()
    assert 'action="/desbloquear/"' in pagina
    assert f'value="{ana.email}"' in pagina
    Client().post("/desbloquear/", {"email": ana.email})
    caminho = re.search(
        r"http://127\.0\.0\.1:8000(/desbloquear/\S+)", Mensagem.objects.get(pessoa=ana).texto
    )[1]
    assert "Abrir a minha entrada" in Client().get(caminho).content.decode()
    assert tentar(ana.email, SENHA) == 429  # abrir o enlace não muda nada
    assert Client().post(caminho)["Location"] == "/entrar/"
    assert tentar(ana.email, SENHA) == 302
    assert Client().get(caminho).status_code == 410
    fechar(ana)
    assert Client().post(caminho).status_code == 410
    assert tentar(ana.email, SENHA) == 429
    assert Client().post("/desbloquear/adulterado/").status_code == 410


def test_definir_outra_senha_tambem_abre(ana: Usuario) -> None:
    from tests.web.test_acesso import enlace

    fechar(ana)
    pagina, frase = Client(), "uma frase bem longa"
    destino = pagina.get(enlace(ana), follow=True).redirect_chain[-1][0]
    pagina.post(destino, {"new_password1": frase, "new_password2": frase})
    assert tentar(ana.email, frase) == 302


def test_o_admin_ve_e_abre_na_pagina_da_pessoa(ana: Usuario, davi: Usuario, entrar: Any) -> None:
    admin = entrar(davi)
    fechar(ana)
    assert "Entrada fechada" in admin.get(f"/pessoas/{ana.pk}/").content.decode()
    assert admin.post(f"/pessoas/{ana.pk}/desbloquear/").status_code == 302
    assert RegistroDeAuditoria.objects.get(acao="desbloquear entrada").por == davi
    assert tentar(ana.email, SENHA) == 302


def test_pedir_para_abrir_responde_o_mesmo_a_quem_nao_existe_e_nao_escreve_nada(ana: Usuario) -> None:
    respostas = [Client().post("/desbloquear/", {"email": e}) for e in (ana.email, "ninguem@exemplo.test")]
    limpas = [re.sub(rb"[A-Za-z0-9]{64}", b"", r.content) for r in respostas]
    assert limpas[0] == limpas[1]
    assert not Mensagem.objects.exists()  # nem à Ana, cuja entrada não está fechada


def test_email_desconhecido_gasta_o_mesmo_hash_na_entrada_e_a_mesma_composicao_no_pedido_de_senha(
    ana: Usuario, monkeypatch: Any
) -> None:
    """Quem mede o tempo não descobre quem tem conta."""
    from django.contrib.auth.hashers import MD5PasswordHasher

    feitos: list[str] = []
    original = MD5PasswordHasher.encode
    monkeypatch.setattr(
        MD5PasswordHasher, "encode", lambda self, *a, **k: (feitos.append("hash"), original(self, *a, **k))[1]
    )
    contagens = []
    for email in (ana.email, "ninguem@exemplo.test"):
        feitos.clear()
        tentar(email)
        contagens.append(len(feitos))
    assert contagens[0] == contagens[1] >= 1
    fechar(ana)
    for modulo, caminho in ((emails, "/senha/"), (seguranca, "/desbloquear/")):
        compor = modulo.redigir
        monkeypatch.setattr(
            modulo, "redigir", lambda *a, f=compor, **k: (feitos.append("e-mail"), f(*a, **k))[1]
        )
        for email in (ana.email, "ninguem@exemplo.test"):
            feitos.clear()
            Client().post(caminho, {"email": email})
            assert feitos.count("e-mail") == 1, (caminho, email)


@pytest.mark.parametrize(
    "senha",
    ["curta-demai", "aaaaaaaaaaaaaaaa", "senha1234567", "Carteira@2026!", "qwertyuiop12", "123456789012",
     "abababababab", "mudarmudar123", "iloveyou1234", "gato"],
)  # fmt: skip
def test_senhas_curtas_comuns_e_previsiveis_sao_recusadas(senha: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(senha)


@pytest.mark.parametrize(
    "senha",
    [
        "cavalo bateria grampo",
        "x" * 3 + "Çé 9~á!òp",
        "3f9a 0c7b 22e1 d4",
        "uma frase bem longa",
        "áéí" * 2 + "xyzw 42",
    ],
)
def test_frases_com_espacos_e_acentos_servem(senha: str) -> None:
    validate_password(senha)
    assert not previsivel(senha)


def test_uma_senha_de_128_com_acentos_se_define_e_entra(ana: Usuario, entrar: Any) -> None:
    longa = ("coração e 16 ventos " * 7)[:128]
    dados = {"old_password": SENHA, "new_password1": longa, "new_password2": longa}
    assert entrar(ana).post("/perfil/senha/", dados).status_code == 302
    assert tentar(ana.email, longa) == 302
    assert tentar(ana.email, longa[:-1]) == 200  # nada se corta no fim


def test_o_campo_da_senha_deixa_colar_e_tem_medidor(ana: Usuario, entrar: Any) -> None:
    html = entrar(ana).get("/perfil/").content.decode()
    campo = re.search(r"<input[^>]+new_password1[^>]*>", html)[0]
    assert "onpaste" not in campo
    assert "maxlength" not in campo
    assert 'data-medir="medidor-da-senha"' in campo
    assert 'id="medidor-da-senha" role="status"' in html
