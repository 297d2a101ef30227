"""Entrar em dois passos e com chave de acesso, como uma pessoa o faz: teclado na mesa, um toque no telefone."""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.utils import timezone
from playwright.sync_api import CDPSession, Page, Route, expect

from contas import fatores
from contas.models import RegrasDeAcesso, SessaoDePessoa, Usuario
from notificacoes.models import Mensagem
from tests.conftest import SENHA
from tests.navegador.conftest import problemas

pytestmark = [pytest.mark.navegador, pytest.mark.django_db(transaction=True)]
Abrir = Callable[..., Page]


def olhar(aba: Page, nome: str, largura: int) -> None:
    assert problemas(aba, f"seguranca-{nome}", quais=(largura,), volta=False) == {}


def codigo(segredo: str, desvio: int = 0) -> str:
    return format_hotp_value(hotp_value(segredo, int(timezone.now().timestamp()) // 30 + desvio))


def entrar_com_senha(aba: Page, pessoa: Usuario) -> None:
    aba.get_by_label("E-mail").fill(pessoa.email or "")
    aba.get_by_label("Senha", exact=True).fill(SENHA)
    aba.keyboard.press("Enter")


def test_na_mesa_pelo_teclado_liga_o_aplicativo_e_entra_em_dois_passos(
    ana: Usuario, davi: Usuario, pagina: Abrir, live_server: Any
) -> None:
    RegrasDeAcesso.objects.create(exige_de=["vendedor"])
    aba = pagina()
    aba.goto(live_server.url + "/entrar/?next=/perfil/")
    entrar_com_senha(aba, ana)
    expect(
        aba.get_by_role("heading", name="Segurança", exact=True)
    ).to_be_visible()  # exigido: antes dele, mais nada
    olhar(aba, "exigido", 1440)
    aba.get_by_role("link", name="Ligar o aplicativo").press("Enter")
    segredo = aba.get_by_label("Segredo para digitar").input_value().replace(" ", "")
    aba.get_by_label("Código que o aplicativo mostra").fill("000000")
    aba.keyboard.press("Enter")
    expect(aba.get_by_text("O código não confere")).to_be_visible()
    olhar(aba, "aplicativo", 1440)
    aba.get_by_label("Código que o aplicativo mostra").fill(codigo(segredo, -1))
    aba.keyboard.press("Enter")
    expect(aba.get_by_label("Códigos que ainda servem").get_by_role("listitem")).to_have_count(10)
    olhar(aba, "codigos", 1440)
    aba.get_by_role("button", name="Conta de Ana Souza").press("Enter")
    aba.get_by_role("button", name="Sair").press("Enter")
    expect(aba.get_by_label("Senha", exact=True)).to_be_visible()
    olhar(aba, "entrar", 1440)
    entrar_com_senha(aba, ana)
    expect(aba.get_by_role("heading", name="Segundo passo")).to_be_visible()
    olhar(aba, "segundo-passo", 1440)
    aba.get_by_label("Código").fill(codigo(segredo))
    aba.keyboard.press("Tab")
    aba.keyboard.press("Space")  # lembrar este aparelho
    aba.keyboard.press("Enter")
    expect(aba.get_by_role("button", name="Conta de Ana Souza")).to_be_visible()
    aba.goto(live_server.url + "/perfil/seguranca/")
    expect(aba.get_by_role("button", name="Esquecer o Chrome no Linux", exact=False)).to_be_visible()
    olhar(aba, "pagina", 1440)
    assert Mensagem.objects.filter(pessoa=ana, tipo="seguranca").count() == 1

    admin = pagina(davi)
    admin.goto(live_server.url + "/pessoas/seguranca/")
    olhar(admin, "regras", 1440)


def _autenticador(aba: Page) -> tuple[CDPSession, str]:
    """Um telefone de mentira, com dedo cadastrado, que espera o toque."""
    cdp = aba.context.new_cdp_session(aba)
    cdp.send("WebAuthn.enable")
    opcoes = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
        "hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": False,
    }  # fmt: skip
    return cdp, cdp.send("WebAuthn.addVirtualAuthenticator", {"options": opcoes})["authenticatorId"]


def _ir_a_entrada(aba: Page, endereco: str) -> None:
    """Até que a sugestão da chave, que a página pede sozinha, tenha o seu desafio."""
    with aba.expect_response("**/chave/**"):
        aba.goto(endereco)


def _entrar_com_o_dedo(aba: Page, dedo: Callable[[bool], None]) -> None:
    """O dedo chega depois do toque, que cala a sugestão, e antes de o aparelho perguntar por ele."""
    botao = aba.get_by_role("button", name="Entrar com chave de acesso")

    def desafio(pedido: Route) -> None:
        dedo(True)
        pedido.continue_()

    aba.route(f"**{botao.get_attribute('data-chave-url')}", desafio, times=1)
    botao.tap()


def test_no_telefone_um_toque_na_chave_de_acesso_entra(ana: Usuario, pagina: Abrir, live_server: Any) -> None:
    aba = pagina(ana, largura=390)
    cdp, telefone = _autenticador(aba)

    def dedo(posto: bool) -> None:
        cdp.send("WebAuthn.setAutomaticPresenceSimulation", {"authenticatorId": telefone, "enabled": posto})

    aba.goto(live_server.url + "/perfil/seguranca/")
    aba.get_by_label("Nome da chave").fill("Celular da Ana")
    dedo(True)
    aba.get_by_role("button", name="Criar chave de acesso").tap()
    expect(aba.get_by_role("heading", name="Códigos de recuperação", exact=True)).to_be_visible()
    olhar(aba, "codigos", 390)
    aba.get_by_role("link", name="Já guardei").tap()
    expect(aba.get_by_text("Celular da Ana").first).to_be_visible()
    olhar(aba, "pagina", 390)
    assert len(fatores.de(ana).chaves) == 1

    dedo(False)
    aba.context.clear_cookies()
    _ir_a_entrada(aba, live_server.url + "/entrar/?next=/perfil/")
    olhar(aba, "entrar", 390)
    _entrar_com_o_dedo(aba, dedo)
    expect(aba.get_by_role("heading", name="Meu perfil")).to_be_visible()
    assert SessaoDePessoa.objects.filter(pessoa=ana, entrou_com="chave de acesso").count() == 1

    # a chave também é o segundo passo de quem digitou a senha
    dedo(False)
    aba.context.clear_cookies()
    aba.goto(live_server.url + "/entrar/?next=/perfil/")
    entrar_com_senha(aba, ana)
    expect(aba.get_by_role("heading", name="Segundo passo")).to_be_visible()
    olhar(aba, "segundo-passo", 390)
    dedo(True)
    aba.get_by_role("button", name="Usar a chave de acesso").tap()
    expect(aba.get_by_role("heading", name="Meu perfil")).to_be_visible()

    # chave apagada no Carteira já não entra, e a pessoa lê por quê
    fatores.desligar(ana, chave=fatores.de(ana).chaves[0].pk)
    dedo(False)
    aba.context.clear_cookies()
    _ir_a_entrada(aba, live_server.url + "/entrar/")
    _entrar_com_o_dedo(aba, dedo)
    expect(aba.get_by_text("Esta chave de acesso não confere")).to_be_visible()
    for vez in range(6):
        aba.request.post(
            live_server.url + "/entrar/",
            form={"username": "x", "password": str(vez)},
            fail_on_status_code=False,
        )
    aba.goto(live_server.url + "/desbloquear/")
    olhar(aba, "desbloqueio", 390)
