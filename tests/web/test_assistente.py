"""Primeiros passos: do código do terminal à primeira importação."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client

from carteira.codigo_inicial import codigo
from contas.models import Empresa, Instalacao, Papel, RegistroDeAuditoria, Usuario
from notificacoes import servidor
from notificacoes.models import Mensagem

pytestmark = pytest.mark.django_db
ADMIN = {
    "nome": "Ana Prado",
    "email": "ana@aurora.test",
    "senha": "uma frase bem longa",
    "repetida": "uma frase bem longa",
}
SMTP = {
    "servidor": "smtp.aurora.test",
    "porta": 587,
    "seguranca": "tls",
    "usuario": "ana@aurora.test",
    "senha": "s:e/n@h#a",
    "remetente": "carteira@aurora.test",
}


@pytest.fixture
def comecado(client):
    """Um navegador que já mostrou o código."""
    client.post("/comecar/", {"codigo": codigo()})
    return client


@pytest.fixture
def com_admin(comecado):
    comecado.post("/comecar/administrador/", ADMIN)
    return comecado


def test_sem_ninguem_todo_caminho_leva_aos_primeiros_passos(client):
    for endereco in ("/", "/clientes/", "/entrar/"):
        assert client.get(endereco)["Location"] == "/comecar/"


def test_sem_o_codigo_nada_se_faz(client):
    for passo in ("empresa", "administrador"):
        assert client.post(f"/comecar/{passo}/", ADMIN)["Location"] == "/comecar/"
    assert client.post("/comecar/", {"codigo": "AAAA-BBBB-CCCC"}).status_code == 422
    assert not Usuario.objects.exists()


def test_o_codigo_do_terminal_abre_sem_ligar_para_tracos_e_maiusculas(client):
    saida = StringIO()
    call_command("codigo_inicial", stdout=saida)
    assert saida.getvalue().strip() == codigo()
    resposta = client.post("/comecar/", {"codigo": codigo().lower().replace("-", " ")})
    assert resposta["Location"] == "/comecar/empresa/"


def test_vinte_codigos_errados_fazem_pausa_ate_para_o_certo(client):
    for _ in range(20):
        client.post("/comecar/", {"codigo": "errado"})
    assert client.post("/comecar/", {"codigo": codigo()}).status_code == 429


def test_o_comando_se_cala_quando_ja_ha_gente(davi):
    saida, erro = StringIO(), StringIO()
    call_command("codigo_inicial", stdout=saida, stderr=erro)
    assert saida.getvalue() == ""
    assert "fechados" in erro.getvalue()


def test_o_caminho_inteiro_ate_importar(comecado):
    assert comecado.get("/comecar/")["Location"] == "/comecar/empresa/"
    assert comecado.get("/comecar/empresa/").status_code == 200
    dados = {"nome": "Ferragens Aurora", "codigo": "10"}
    assert comecado.post("/comecar/empresa/", dados)["Location"] == "/comecar/administrador/"
    assert 'value="Ferragens Aurora"' in comecado.get("/comecar/empresa/").content.decode()
    assert "12 caracteres" in comecado.get("/comecar/administrador/").content.decode()
    assert comecado.post("/comecar/administrador/", ADMIN)["Location"] == "/comecar/email/"
    assert comecado.get("/comecar/")["Location"] == "/comecar/email/"
    assert "já administra" in comecado.get("/comecar/administrador/").content.decode()
    assert comecado.post("/comecar/email/", SMTP)["Location"] == "/comecar/dados/"
    assert comecado.get("/comecar/dados/").status_code == 200
    assert comecado.post("/comecar/dados/", {"acao": "importar"})["Location"] == "/importar/"
    admin = Usuario.objects.get()
    assert (admin.papel, admin.empresas.get().codigo) == (Papel.ADMIN, "10")
    assert Instalacao.atual().assistente_concluido
    assert (
        servidor.endereco_guardado() == "smtp+tls://ana%40aurora.test:s%3Ae%2Fn%40h%23a@smtp.aurora.test:587"
    )
    assert servidor.conexao().password == "s:e/n@h#a"
    escritos = RegistroDeAuditoria.objects.exclude(acao__in=("notificacoes.servidor", "entrar")).order_by(
        "pk"
    )
    assert list(escritos.values_list("acao", "quem", "objeto", "antes", "depois")) == [
        (
            "nomear empresa",
            "",
            "Ferragens Aurora",
            {"nome": "Minha empresa", "codigo": "1"},
            {"nome": "Ferragens Aurora", "codigo": "10"},
        ),
        ("criar o primeiro administrador", admin.nome, admin.nome, None, None),
        ("concluir os primeiros passos", admin.nome, "", None, None),
    ]


def test_depois_de_concluir_os_passos_se_fecham(com_admin):
    com_admin.post("/comecar/dados/", {"acao": "depois"})
    for passo in ("", "empresa/", "administrador/", "email/", "dados/"):
        assert com_admin.get(f"/comecar/{passo}")["Location"] == "/"
    com_admin.post("/comecar/empresa/", {"nome": "Outra", "codigo": "99"})
    assert Empresa.objects.get().codigo == "1"


@pytest.mark.parametrize(
    ("mudanca", "frase"),
    [
        ({"senha": "curta", "repetida": "curta"}, "muito curta"),
        ({"repetida": "outra frase longa"}, "não são iguais"),
        ({"senha": "ana@aurora.test", "repetida": "ana@aurora.test"}, "parecida"),
        ({"email": "sem-arroba"}, "válido"),
    ],
)
def test_administrador_com_dado_ruim_nao_e_criado(comecado, mudanca, frase):
    resposta = comecado.post("/comecar/administrador/", ADMIN | mudanca)
    assert resposta.status_code == 422
    assert frase in resposta.content.decode()
    assert not Usuario.objects.exists()


def test_o_segundo_a_chegar_com_o_codigo_nao_vira_administrador(comecado):
    segundo = Client()
    segundo.post("/comecar/", {"codigo": codigo()})
    comecado.post("/comecar/administrador/", ADMIN)
    assert segundo.post("/comecar/administrador/", ADMIN | {"email": "b@aurora.test"})["Location"] == "/"
    assert Usuario.objects.count() == 1


def test_codigo_de_empresa_repetido_aponta_o_campo(comecado):
    Empresa.objects.create(codigo="2", nome="Filial")
    resposta = comecado.post("/comecar/empresa/", {"nome": "Aurora", "codigo": "2"})
    assert resposta.status_code == 422


def test_servidor_que_nao_atende_e_explicado_e_nao_se_guarda(com_admin):
    ruim = SMTP | {"servidor": "127.0.0.1", "porta": 9, "seguranca": "nenhuma", "acao": "testar"}
    resposta = com_admin.post("/comecar/email/", ruim)
    assert resposta.status_code == 422
    assert "Ninguém atende nessa porta" in resposta.content.decode()
    assert servidor.endereco_guardado() == ""


def test_servidor_com_endereco_estranho_e_recusado(com_admin):
    resposta = com_admin.post("/comecar/email/", SMTP | {"servidor": "http://smtp aurora"})
    assert "Escreva só o nome do servidor" in resposta.content.decode()


def test_testar_envio_guarda_e_poe_uma_mensagem_na_fila(com_admin, monkeypatch):
    monkeypatch.setattr("carteira.web.assistente.experimentar", lambda endereco: None)
    assert com_admin.post("/comecar/email/", SMTP | {"acao": "testar"})["Location"] == "/comecar/email/"
    assert Mensagem.objects.get(tipo="teste").para == "ana@aurora.test"
    assert "Já há um servidor guardado" in com_admin.get("/comecar/email/").content.decode()
    assert "s:e/n@h#a" not in com_admin.get("/comecar/email/").content.decode()


def test_vendedor_nao_mexe_nos_passos_do_administrador(com_admin, ana, entrar):
    navegador = entrar(ana)
    assert navegador.post("/comecar/email/", SMTP).status_code == 403
    assert navegador.post("/comecar/dados/").status_code == 403
    assert navegador.post("/comecar/empresa/", {"nome": "X", "codigo": "9"})["Location"] == "/"
    assert Empresa.objects.get().codigo == "1"
