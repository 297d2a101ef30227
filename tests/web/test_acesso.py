"""Fechado por padrão: quem entra, quem não entra, e o que acontece quando tentam."""

import re
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.contrib.auth.tokens import default_token_generator
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from carteira import politica
from clientes.models import Contato, Ocorrencia
from contas.models import Papel, RegistroDeAuditoria, Usuario
from contas.pessoas import desativar
from tests.conftest import SENHA

pytestmark = pytest.mark.django_db

# Cada porta aberta sem login está aqui de propósito; página nova que não pede login quebra este teste.
ABERTAS = {
    "entrar/",
    "entrar/chave/",
    "entrar/codigo/",  # quem acertou a senha ainda não entrou
    "entrar/codigo/chave/",
    "entrar/empresa/",
    "entrar/empresa/volta/",
    "desbloquear/",
    "desbloquear/<str:token>/",  # o enlace assinado é a entrada, e só abre a de quem o recebeu
    "senha/",
    "senha/enviada/",
    "senha/<uidb64>/<token>/",
    "senha/pronta/",
    "saude/",
    "saude/viva/",
    "saude/pronta/",
    "metricas",  # só com o token ou de uma rede escolhida; senão, não existe
    "calendario/<str:chave>.ics",  # a chave secreta é a entrada
    "descadastrar/<str:token>/",  # o enlace assinado é a entrada, e só desliga um aviso
    "um-clique/<str:token>/",  # a assinatura é a entrada; quem vê o quê se confere de novo
    "sw.js",
    "manifesto.webmanifest",
    "sem-sinal/",
    "galeria/",  # não existe em produção
}
# Abertas só enquanto não há ninguém: com gente, levam à porta de entrada.
SO_NO_COMECO = {"comecar/", "comecar/empresa/", "comecar/administrador/"}
DE_ADMIN = [
    "/pessoas/",
    "/pessoas/nova/",
    "/equipes/",
    "/equipes/nova/",
    "/auditoria/",
    "/comecar/email/",
    "/comecar/dados/",
    "/demonstracao/sair/",
]
_VALORES = {"int": "1", "str": "x", "slug": "x", "uuid": "00000000-0000-0000-0000-000000000000", "path": "x"}


def rotas(resolver: URLResolver | None = None, prefixo: str = "") -> Iterator[str]:
    """As das páginas; as da API têm o seu passeio (tests/api/test_passeio.py)."""
    for item in (resolver or get_resolver()).url_patterns:
        caminho = prefixo + str(item.pattern)
        if caminho == "api/v1/":
            continue
        if isinstance(item, URLPattern):
            yield caminho
        else:
            yield from rotas(item, caminho)


def exemplo(rota: str) -> str:
    """Um endereço que casa com a rota."""
    return "/" + re.sub(r"<(?:(\w+):)?\w+>", lambda m: _VALORES.get(m[1] or "str", "x"), rota)


def test_toda_pagina_sem_decisao_explicita_manda_o_anonimo_entrar(davi, client):
    fechadas = [r for r in rotas() if r not in ABERTAS | SO_NO_COMECO]
    assert len(fechadas) > 30
    for rota in fechadas:
        for pedido in (client.get, client.post):
            resposta = pedido(exemplo(rota))
            assert resposta.status_code == 302, rota
            assert resposta["Location"].startswith("/entrar/?next="), rota


def test_pedaco_de_pagina_sem_sessao_e_401_com_o_caminho_da_entrada_e_nada_muda(ana, novo_cliente, client):
    """Um 302 traria a página de entrada para dentro da que a pessoa estava preenchendo."""
    cliente = novo_cliente("C1", vendedor=ana)
    htmx = {"HX-Request": "true"}
    for pedido in (client.get, client.post):
        resposta = pedido(f"/clientes/{cliente.pk}/contato/", headers=htmx)
        assert (resposta.status_code, resposta.content) == (401, b"")
        assert resposta["X-Entrada"] == "/entrar/"
    assert not Contato.objects.exists()


def test_quem_entrou_em_outra_aba_recebe_a_chave_nova_e_o_que_digitou_se_grava_depois(ana, novo_cliente):
    cliente = novo_cliente("C1", vendedor=ana)
    navegador = Client(enforce_csrf_checks=True)
    navegador.force_login(ana, backend="django.contrib.auth.backends.ModelBackend")
    navegador.get("/perfil/")
    dados = {
        "canal": "ligacao",
        "ocorrencia": Ocorrencia.objects.first().pk,
        "chave": uuid.uuid4(),
        "csrfmiddlewaretoken": "a" * 64,
    }
    endereco, htmx = f"/clientes/{cliente.pk}/contato/", {"HX-Request": "true"}
    resposta = navegador.post(endereco, dados, headers=htmx)
    assert (resposta.status_code, Contato.objects.count()) == (403, 0)
    dados["csrfmiddlewaretoken"] = resposta["X-CSRF-Novo"]
    assert navegador.post(endereco, dados, headers=htmx).status_code == 204
    assert Contato.objects.count() == 1


def test_a_lista_de_abertas_nao_guarda_porta_que_nao_existe():
    assert set(rotas()) >= ABERTAS | SO_NO_COMECO


def test_os_primeiros_passos_se_fecham_quando_ha_alguem(davi, client):
    for rota in SO_NO_COMECO:
        for pedido in (client.get, client.post):
            resposta = pedido("/" + rota)
            assert (resposta.status_code, resposta["Location"]) == (302, "/")
    assert Usuario.objects.count() == 1


@pytest.mark.parametrize("quem", ["ana", "bruno", "lia"])
@pytest.mark.parametrize("endereco", DE_ADMIN)
def test_pagina_de_administrador_e_403_para_os_outros_papeis_e_nada_muda(quem, endereco, entrar, request):
    pessoa = request.getfixturevalue(quem)
    navegador = entrar(pessoa)
    antes = list(Usuario.objects.values())
    registros = RegistroDeAuditoria.objects.count()
    assert navegador.get(endereco).status_code == 403
    assert navegador.post(endereco, {"nome": "Intrusa", "papel": "admin"}).status_code == 403
    assert list(Usuario.objects.values()) == antes
    assert RegistroDeAuditoria.objects.count() == registros


def test_pessoa_de_outra_empresa_nao_existe_para_o_administrador(davi, ana, entrar):
    ana.vinculos.all().delete()
    filial = ana.vinculos.model.empresa.field.related_model.objects.create(codigo="2", nome="Filial")
    ana.vinculos.create(empresa=filial)
    navegador = entrar(davi)
    assert navegador.get(f"/pessoas/{ana.pk}/").status_code == 404
    assert navegador.post(f"/pessoas/{ana.pk}/desativar/", {"modo": "equipe"}).status_code == 404
    assert navegador.post(f"/pessoas/{ana.pk}/convidar/").status_code == 404
    ana.refresh_from_db()
    assert ana.is_active


def test_cinco_senhas_erradas_bloqueiam_e_a_certa_nao_entra_ate_passar_meia_hora(ana, client):
    inicio = timezone.now()
    with time_machine.travel(inicio, tick=False) as relogio:
        for _ in range(4):
            assert client.post("/entrar/", {"username": ana.email, "password": "errada"}).status_code == 200
        bloqueio = client.post("/entrar/", {"username": ana.email, "password": "errada"})
        assert bloqueio.status_code == 429
        assert "tentativas" in bloqueio.content.decode().lower()
        assert client.post("/entrar/", {"username": ana.email, "password": SENHA}).status_code == 429
        relogio.move_to(inicio + timedelta(minutes=31))
        assert client.post("/entrar/", {"username": ana.email, "password": SENHA}).status_code == 302
    acoes = list(RegistroDeAuditoria.objects.order_by("pk").values_list("acao", flat=True))
    assert acoes == ["falha ao entrar", "entrada bloqueada", "entrar"]


def test_o_que_um_estranho_digita_nao_vai_para_a_auditoria(client, davi):
    client.post("/entrar/", {"username": "minha-senha-secreta", "password": "x"})
    registro = RegistroDeAuditoria.objects.get()
    assert (registro.acao, registro.objeto) == ("falha ao entrar", "E-mail que não é de ninguém")
    assert "minha-senha-secreta" not in repr(RegistroDeAuditoria.objects.values())


def test_desativar_corta_a_sessao_na_hora(ana, davi, entrar):
    navegador = entrar(ana)
    assert navegador.get("/perfil/").status_code == 200
    desativar(pessoa=ana, por=davi)
    assert navegador.get("/perfil/").status_code == 302
    assert not Session.objects.exists()


def test_pessoa_desativada_recebe_a_mesma_resposta_que_senha_errada(ana, davi, client):
    desativar(pessoa=ana, por=davi)
    certa = client.post("/entrar/", {"username": ana.email, "password": SENHA}).content
    errada = Client().post("/entrar/", {"username": davi.email, "password": "errada"}).content
    frase = "E-mail ou senha não conferem".encode()
    assert frase in certa
    assert frase in errada


def test_pedir_senha_responde_igual_para_quem_existe_e_para_quem_nao_existe(ana, client):
    respostas = [
        client.post("/senha/", {"email": e}, follow=True) for e in (ana.email, "ninguem@exemplo.test")
    ]
    limpos = [
        re.sub(rb'(csrfmiddlewaretoken" value|X-CSRFToken[^:]*:)[^>]*', b"", r.content) for r in respostas
    ]
    assert respostas[0].redirect_chain == respostas[1].redirect_chain
    assert limpos[0] == limpos[1]


def enlace(pessoa: Usuario) -> str:
    return f"/senha/{urlsafe_base64_encode(force_bytes(pessoa.pk))}/{default_token_generator.make_token(pessoa)}/"


def test_o_enlace_do_convite_serve_uma_vez_e_vence_em_tres_dias(davi, client):
    nova = Usuario.objects.create_user("nova@exemplo.test", nome="Nova")
    endereco = enlace(nova)
    pagina = client.get(endereco, follow=True)
    destino = pagina.redirect_chain[-1][0]
    frase = {"new_password1": "uma frase bem longa", "new_password2": "uma frase bem longa"}
    assert client.post(destino, frase).status_code == 302
    nova.refresh_from_db()
    assert nova.check_password("uma frase bem longa")
    assert RegistroDeAuditoria.objects.get(acao="definir a primeira senha").por == nova
    assert "não vale mais" in Client().get(endereco, follow=True).content.decode()
    outra = Usuario.objects.create_user("outra@exemplo.test", nome="Outra")
    vencido = enlace(outra)
    with time_machine.travel(timezone.now() + timedelta(days=3, minutes=1)):
        assert "não vale mais" in Client().get(vencido, follow=True).content.decode()


def test_definir_senha_encerra_as_sessoes_antigas(ana, entrar):
    antiga = entrar(ana)
    pagina = Client()
    destino = pagina.get(enlace(ana), follow=True).redirect_chain[-1][0]
    pagina.post(destino, {"new_password1": "uma frase bem longa", "new_password2": "uma frase bem longa"})
    assert antiga.get("/perfil/").status_code == 302
    assert RegistroDeAuditoria.objects.get(acao="definir outra senha").por == ana


def test_o_papel_mandado_no_perfil_e_ignorado(ana, entrar):
    navegador = entrar(ana)
    dados = {
        "nome": "Ana Souza",
        "tema": "sistema",
        "papel": "admin",
        "is_superuser": "1",
        "email": "x@y.test",
    }
    assert navegador.post("/perfil/", dados).status_code == 302
    ana.refresh_from_db()
    assert (ana.papel, ana.is_superuser, ana.email) == (Papel.VENDEDOR, False, "ana@exemplo.test")


def test_trocar_a_senha_mantem_esta_sessao_e_encerra_as_outras(ana, entrar):
    daqui, de_la = entrar(ana), entrar(ana)
    frase = "uma frase bem longa"
    dados = {"old_password": SENHA, "new_password1": frase, "new_password2": frase}
    assert daqui.post("/perfil/senha/", dados).status_code == 302
    assert daqui.get("/perfil/").status_code == 200
    assert de_la.get("/perfil/").status_code == 302
    errada = daqui.post("/perfil/senha/", {**dados, "old_password": "errada"})
    assert errada.status_code == 422
    assert daqui.get("/perfil/senha/").status_code == 302


def test_o_tema_escolhido_no_perfil_vira_cookie_e_volta_ao_do_aparelho(ana, entrar):
    navegador = entrar(ana)
    navegador.post("/perfil/", {"nome": "Ana Souza", "tema": "escuro"})
    assert navegador.cookies["tema"].value == "escuro"
    assert b'data-tema="escuro"' in navegador.get("/perfil/").content
    navegador.post("/perfil/", {"nome": "Ana Souza", "tema": "sistema"})
    assert navegador.cookies["tema"].value == ""
    assert navegador.post("/perfil/", {"nome": ""}).status_code == 422


def test_em_producao_a_senha_e_guardada_com_argon2():
    assert politica.HASHES[0] == "django.contrib.auth.hashers.Argon2PasswordHasher"
    assert (
        "PASSWORD_HASHERS, AUTH_PASSWORD_VALIDATORS = politica.HASHES,"
        in Path("carteira/settings.py").read_text()
    )
