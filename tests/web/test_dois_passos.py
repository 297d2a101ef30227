"""A entrada em dois passos: código, recuperação, aparelho lembrado, e quem é obrigado a tê-la."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from contas import fatores
from contas.models import AparelhoLembrado, RegistroDeAuditoria, RegrasDeAcesso, Usuario
from notificacoes.models import Mensagem
from tests.conftest import SENHA

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
SEGREDO = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def codigo(desvio: int = 0) -> str:
    """O código que o aplicativo da pessoa mostra agora (ou `desvio` passos de 30 s depois)."""
    return format_hotp_value(hotp_value(SEGREDO, int(timezone.now().timestamp()) // 30 + desvio))


@pytest.fixture
def com_totp(ana: Usuario) -> Usuario:
    """Ana, com o aplicativo ligado há meia hora."""
    with time_machine.travel(timezone.now() - timedelta(minutes=30), tick=False):
        fatores.ligar_totp(ana, SEGREDO, codigo())
    return ana


def com_a_senha(pessoa: Usuario, navegador: Client | None = None, **mais: str) -> Client:
    navegador = navegador or Client()
    navegador.post("/entrar/", {"username": pessoa.email, "password": SENHA, **mais})
    return navegador


def entrou(navegador: Client) -> bool:
    return navegador.get("/perfil/").status_code == 200


# ── O código ─────────────────────────────────────────────────────────────────


def test_so_com_a_senha_nao_se_entra_e_o_codigo_leva_aonde_se_ia(com_totp: Usuario) -> None:
    navegador = com_a_senha(com_totp, next="/clientes/")
    assert not entrou(navegador)
    assert RegistroDeAuditoria.objects.filter(acao="entrar").count() == 0
    errado = navegador.post("/entrar/codigo/", {"codigo": "000000"})
    assert errado.status_code == 422
    assert not entrou(navegador)
    certo = navegador.post("/entrar/codigo/", {"codigo": f"{codigo()[:3]} {codigo()[3:]}"})
    assert (certo.status_code, certo["Location"]) == (302, "/clientes/")
    assert entrou(navegador)
    assert RegistroDeAuditoria.objects.get(acao="entrar").depois == {"com": "senha e código"}


def test_o_mesmo_codigo_nao_serve_duas_vezes_nem_o_de_um_passo_antes(com_totp: Usuario) -> None:
    usado = codigo()
    assert com_a_senha(com_totp).post("/entrar/codigo/", {"codigo": usado}).status_code == 302
    for outro in (usado, codigo(-1)):
        assert com_a_senha(com_totp).post("/entrar/codigo/", {"codigo": outro}).status_code == 422
    with time_machine.travel(timezone.now() + timedelta(seconds=30), tick=False):
        assert com_a_senha(com_totp).post("/entrar/codigo/", {"codigo": codigo()}).status_code == 302


def test_a_chave_da_sessao_muda_em_cada_passo(com_totp: Usuario) -> None:
    navegador = com_a_senha(com_totp)
    entre = navegador.session.session_key
    navegador.post("/entrar/codigo/", {"codigo": codigo()})
    assert navegador.session.session_key != entre
    assert not Session.objects.filter(session_key=entre).exists()


def test_entre_os_passos_dez_minutos_ou_uma_senha_nova_mandam_recomecar(com_totp: Usuario) -> None:
    tarde, trocada = com_a_senha(com_totp), com_a_senha(com_totp)
    com_totp.set_password("outra frase bem longa")
    com_totp.save()
    assert trocada.post("/entrar/codigo/", {"codigo": codigo()})["Location"] == "/entrar/"
    com_totp.set_password(SENHA)
    com_totp.save()
    with time_machine.travel(timezone.now() + timedelta(minutes=11), tick=False):
        assert tarde.post("/entrar/codigo/", {"codigo": codigo()})["Location"] == "/entrar/"
    assert not entrou(tarde)


def test_codigos_errados_avisam_a_pessoa_e_barram_ate_o_certo(com_totp: Usuario) -> None:
    for vez in range(8):
        assert com_a_senha(com_totp).post("/entrar/codigo/", {"codigo": "000000"}).status_code == 422, vez
    barrado = com_a_senha(com_totp)
    assert barrado.post("/entrar/codigo/", {"codigo": codigo()})["Location"] == "/entrar/"
    assert not entrou(barrado)
    aviso = Mensagem.objects.get(pessoa=com_totp)
    assert aviso.assunto == "Alguém acertou a sua senha e errou o segundo passo no Carteira"
    erros = RegistroDeAuditoria.objects.filter(acao="segundo passo errado", por=None, objeto=com_totp.nome)
    assert (erros.count(), erros[0].endereco) == (1, "127.0.0.1")
    with time_machine.travel(timezone.now() + timedelta(minutes=16), tick=False):
        assert com_a_senha(com_totp).post("/entrar/codigo/", {"codigo": codigo()}).status_code == 302


def test_o_segredo_vai_cifrado_ao_banco(com_totp: Usuario) -> None:
    guardados = list(Authenticator.objects.filter(user=com_totp))
    assert {a.type for a in guardados} == {"totp", "recovery_codes"}
    assert SEGREDO not in str([a.data for a in guardados])
    assert all(a.data.get("secret", a.data.get("seed")).startswith("gAAAA") for a in guardados)


# ── Recuperação ──────────────────────────────────────────────────────────────


def test_cada_codigo_de_recuperacao_entra_uma_vez_e_a_pessoa_fica_sabendo(com_totp: Usuario) -> None:
    primeiro = fatores.de(com_totp).recuperacao.wrap().get_unused_codes()[0]
    dito = f"{primeiro[:4]} {primeiro[4:]}"
    assert com_a_senha(com_totp).post("/entrar/codigo/", {"codigo": dito}).status_code == 302
    assert com_a_senha(com_totp).post("/entrar/codigo/", {"codigo": dito}).status_code == 422
    assert fatores.de(com_totp).codigos_restantes == 9
    assert "Restam 9." in Mensagem.objects.get(pessoa=com_totp).texto


def test_refazer_os_codigos_mata_os_de_antes_e_o_arquivo_traz_os_novos(
    com_totp: Usuario, entrar: Any
) -> None:
    navegador = entrar(com_totp)
    velhos = set(fatores.de(com_totp).recuperacao.wrap().get_unused_codes())
    assert navegador.post("/perfil/seguranca/codigos/refazer/")["Location"] == "/perfil/seguranca/codigos/"
    arquivo = navegador.get("/perfil/seguranca/codigos/?formato=txt")
    novos = set(re.findall(r"^(\d{4}) (\d{4})\r?$", arquivo.content.decode(), re.M))
    assert len(novos) == 10
    assert velhos.isdisjoint({"".join(c) for c in novos})
    assert arquivo["Content-Disposition"].startswith("attachment")
    assert RegistroDeAuditoria.objects.get(acao="refazer códigos de recuperação").por == com_totp


# ── Ligar e desligar no perfil ───────────────────────────────────────────────


def test_ligar_pede_o_codigo_certo_avisa_por_email_e_mostra_os_de_recuperacao(
    ana: Usuario, entrar: Any
) -> None:
    navegador = entrar(ana)
    html = navegador.get("/perfil/seguranca/aplicativo/").content.decode()
    assert "data:image/svg+xml;base64," in html
    segredo = re.search(r'value="([A-Z2-7 ]{35,})"', html)[1].replace(" ", "")
    assert segredo not in str(navegador.session.items())  # na sessão, cifrado
    assert navegador.post("/perfil/seguranca/aplicativo/", {"codigo": "000000"}).status_code == 422
    assert not fatores.ligado(ana)
    agora = int(timezone.now().timestamp()) // 30
    certo = format_hotp_value(hotp_value(segredo, agora))
    resposta = navegador.post("/perfil/seguranca/aplicativo/", {"codigo": certo})
    assert resposta["Location"] == "/perfil/seguranca/codigos/"
    assert navegador.get(resposta["Location"]).content.decode().count('<li class="num">') == 10
    assert Mensagem.objects.get(pessoa=ana).assunto == "Aplicativo de códigos ligado no Carteira"
    assert (
        com_a_senha(ana).post("/entrar/codigo/", {"codigo": certo}).status_code == 422
    )  # o da prova já foi gasto
    assert navegador.post("/perfil/seguranca/aplicativo/desligar/").status_code == 302
    assert not Authenticator.objects.filter(user=ana).exists()
    for acao in ("ligar aplicativo de códigos", "desligar aplicativo de códigos"):
        assert RegistroDeAuditoria.objects.get(acao=acao, por=ana, objeto=ana.nome).via == "pagina"


def test_mudar_o_modo_de_entrar_pede_prova_depois_de_quinze_minutos(com_totp: Usuario, entrar: Any) -> None:
    navegador = entrar(com_totp)
    with time_machine.travel(timezone.now() + timedelta(minutes=16), tick=False):
        for acao in ("aplicativo/desligar", "codigos/refazer"):
            destino = navegador.post(f"/perfil/seguranca/{acao}/")["Location"]
            assert destino == "/perfil/seguranca/confirmar/?voltar=/perfil/seguranca/"
        assert navegador.get("/perfil/seguranca/codigos/")["Location"].endswith(
            "?voltar=/perfil/seguranca/codigos/"
        )
        assert fatores.ligado(com_totp)
        assert "(opcional)" not in navegador.get("/perfil/seguranca/confirmar/").content.decode()
        assert navegador.post("/perfil/seguranca/confirmar/", {"senha": "errada"}).status_code == 422
        fora = {"senha": SENHA, "voltar": "https://exemplo.test/"}
        assert navegador.post("/perfil/seguranca/confirmar/", fora)["Location"] == "/perfil/seguranca/"
        assert navegador.post("/perfil/seguranca/aplicativo/desligar/")["Location"] == "/perfil/seguranca/"
    assert not fatores.ligado(com_totp)


# ── Aparelho lembrado ────────────────────────────────────────────────────────


def test_aparelho_lembrado_dispensa_o_codigo_ate_ser_esquecido(com_totp: Usuario, carla: Usuario) -> None:
    navegador = com_a_senha(com_totp)
    navegador.post("/entrar/codigo/", {"codigo": codigo(), "lembrar": "on"})
    cookie = navegador.cookies["aparelho"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert cookie.value not in str(AparelhoLembrado.objects.values())  # no banco, só o resumo
    de_novo = Client()
    de_novo.cookies["aparelho"] = cookie.value
    assert entrou(com_a_senha(com_totp, de_novo))
    pk = AparelhoLembrado.objects.get(pessoa=com_totp).pk
    carla_entrou = Client()
    carla_entrou.force_login(carla, backend="django.contrib.auth.backends.ModelBackend")
    assert carla_entrou.post(f"/perfil/seguranca/aparelhos/{pk}/esquecer/").status_code == 404
    assert navegador.post(f"/perfil/seguranca/aparelhos/{pk}/esquecer/").status_code == 302
    outra = Client()
    outra.cookies["aparelho"] = cookie.value
    assert not entrou(com_a_senha(com_totp, outra))


def test_o_lembrado_vence_no_prazo_e_nao_vale_para_outra_pessoa(com_totp: Usuario, carla: Usuario) -> None:
    navegador = com_a_senha(com_totp)
    navegador.post("/entrar/codigo/", {"codigo": codigo(), "lembrar": "on"})
    chave = navegador.cookies["aparelho"].value
    fatores.ligar_totp(carla, SEGREDO, codigo())
    dela = Client()
    dela.cookies["aparelho"] = chave
    assert not entrou(com_a_senha(carla, dela))
    RegrasDeAcesso.objects.create(lembrar_dias=7)  # as regras de hoje encurtam o prazo já dado
    with time_machine.travel(timezone.now() + timedelta(days=8), tick=False):
        depois = Client()
        depois.cookies["aparelho"] = chave
        assert not entrou(com_a_senha(com_totp, depois))


def test_senha_nova_faz_esquecer_os_aparelhos(com_totp: Usuario) -> None:
    navegador = com_a_senha(com_totp)
    navegador.post("/entrar/codigo/", {"codigo": codigo(), "lembrar": "on"})
    frase = "uma frase bem longa"
    dados = {"old_password": SENHA, "new_password1": frase, "new_password2": frase}
    assert navegador.post("/perfil/senha/", dados).status_code == 302
    assert entrou(navegador)
    assert not AparelhoLembrado.objects.exists()
    assert Mensagem.objects.get(pessoa=com_totp).assunto == "A sua senha mudou no Carteira"


# ── Exigido ──────────────────────────────────────────────────────────────────


def regras(**campos: Any) -> dict[str, Any]:
    return {
        "exige_de": ["admin"],
        "exige_desde": "",
        "lembrar_dias": 30,
        "ocioso_minutos": 120,
        "sessao_horas": 12,
    } | campos


def test_exigido_com_prazo_e_pedido_ate_a_vespera_e_porta_fechada_no_dia(davi: Usuario, entrar: Any) -> None:
    navegador = entrar(davi)
    assert navegador.post("/pessoas/seguranca/", regras(exige_desde="2026-11-27")).status_code == 302
    html = navegador.get("/pessoas/seguranca/").content.decode()
    assert "Davi Rocha" in html.split("Ainda sem o segundo passo")[1]
    assert entrou(entrar(davi))
    assert "até 27/11/2026" in navegador.get("/perfil/seguranca/").content.decode()
    with time_machine.travel(timezone.now() + timedelta(days=7), tick=False):
        no_dia = entrar(davi)
        for caminho in ("/clientes/", "/pessoas/", "/perfil/", "/"):
            assert no_dia.get(caminho)["Location"] == "/perfil/seguranca/", caminho
        assert no_dia.post("/pessoas/seguranca/", regras(exige_de=[])).status_code == 403
        assert no_dia.get("/clientes/", headers={"HX-Request": "true"})["HX-Redirect"] == "/perfil/seguranca/"
        assert "Ligue o segundo passo para continuar" in no_dia.get("/perfil/seguranca/").content.decode()
        html = no_dia.get("/perfil/seguranca/aplicativo/").content.decode()
        segredo = re.search(r'value="([A-Z2-7 ]{35,})"', html)[1].replace(" ", "")
        certo = format_hotp_value(hotp_value(segredo, int(timezone.now().timestamp()) // 30))
        no_dia.post("/perfil/seguranca/aplicativo/", {"codigo": certo})
        assert no_dia.get("/clientes/").status_code == 200
        # exigido, não se desliga o último
        no_dia.post("/perfil/seguranca/aplicativo/desligar/")
        assert fatores.ligado(davi)


def test_quem_nao_ligou_o_seu_nao_se_tranca_e_papel_e_por_papel(
    davi: Usuario, ana: Usuario, entrar: Any
) -> None:
    navegador = entrar(davi)
    recusa = navegador.post("/pessoas/seguranca/", regras())
    assert recusa.status_code == 422
    assert "ficaria de fora" in recusa.content.decode()
    assert not RegrasDeAcesso.objects.exists()
    for errado in (
        {"exige_de": ["chefe"]},
        {"lembrar_dias": 91},
        {"ocioso_minutos": 5},
        {"sessao_horas": 25},
    ):
        assert (
            navegador.post("/pessoas/seguranca/", regras(exige_de=["vendedor"]) | errado).status_code == 422
        )
    assert navegador.post("/pessoas/seguranca/", regras(exige_de=["vendedor"])).status_code == 302
    registro = RegistroDeAuditoria.objects.get(acao="mudar regras de acesso")
    assert (registro.antes, registro.depois) == ({"exige_de": []}, {"exige_de": ["vendedor"]})
    assert entrou(entrar(davi))
    assert entrar(ana).get("/clientes/")["Location"] == "/perfil/seguranca/"
    assert fatores.precisa_ligar(ana) == date(2026, 11, 20)


def test_a_regra_nova_alcanca_quem_ja_estava_dentro_em_um_minuto(
    davi: Usuario, ana: Usuario, entrar: Any
) -> None:
    dentro = entrar(ana)
    RegrasDeAcesso.objects.create(exige_de=["vendedor"])
    with time_machine.travel(timezone.now() + timedelta(minutes=1), tick=False):
        assert dentro.get("/clientes/")["Location"] == "/perfil/seguranca/"


# ── O administrador ──────────────────────────────────────────────────────────


def test_o_admin_zera_o_segundo_passo_com_auditoria_e_email(
    com_totp: Usuario, davi: Usuario, entrar: Any
) -> None:
    dela, admin = entrar(com_totp), entrar(davi)
    assert "Zerar o segundo passo" in admin.get(f"/pessoas/{com_totp.pk}/").content.decode()
    assert admin.post(f"/pessoas/{com_totp.pk}/zerar-segundo-passo/").status_code == 302
    assert not Authenticator.objects.filter(user=com_totp).exists()
    assert not entrou(dela)
    assert RegistroDeAuditoria.objects.get(acao="zerar segundo passo").por == davi
    assert "Davi Rocha" in Mensagem.objects.get(pessoa=com_totp).texto
    assert entrou(com_a_senha(com_totp))
    antes = RegistroDeAuditoria.objects.count()
    admin.post(f"/pessoas/{davi.pk}/zerar-segundo-passo/")  # a si mesmo, não
    assert RegistroDeAuditoria.objects.count() == antes


def test_zerar_tambem_pede_prova_recente(com_totp: Usuario, davi: Usuario, entrar: Any) -> None:
    admin = entrar(davi)
    with time_machine.travel(timezone.now() + timedelta(minutes=16), tick=False):
        resposta = admin.post(f"/pessoas/{com_totp.pk}/zerar-segundo-passo/")
    assert resposta["Location"].startswith("/perfil/seguranca/confirmar/")
    assert fatores.ligado(com_totp)


def test_mudar_o_email_de_alguem_avisa_os_dois_enderecos(ana: Usuario, davi: Usuario, entrar: Any) -> None:
    from tests.web.test_pessoas import formulario

    dados = formulario(nome=ana.nome, email="ana.nova@exemplo.test")
    assert entrar(davi).post(f"/pessoas/{ana.pk}/", dados).status_code == 302
    para = Mensagem.objects.filter(tipo="seguranca").values_list("para", flat=True)
    assert set(para) == {"ana@exemplo.test", "ana.nova@exemplo.test"}
