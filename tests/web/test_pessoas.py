"""Pessoas no navegador: cadastrar, convidar, editar, desativar, férias."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from carteira.tasks import enviar_pendentes_task
from clientes.models import Cliente
from contas.auditoria import registrar
from contas.models import Cobertura, Papel, RegistroDeAuditoria, Usuario
from notificacoes import servidor
from notificacoes.models import Mensagem
from tests.conftest import HOJE

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(davi, entrar, hoje):
    return entrar(davi)


def formulario(**mudancas: object) -> dict[str, object]:
    return {
        "nome": "Rita Melo",
        "email": "rita@exemplo.test",
        "papel": "vendedor",
        "tipo": "externo",
        "capacidade_diaria": 12,
    } | mudancas


def test_a_lista_mostra_carteira_equipe_e_estado(admin, ana, bruno, novo_cliente):
    novo_cliente("C1", vendedor=ana)
    novo_cliente("C2", vendedor=ana)
    Usuario.objects.create_user(nome="Do Arquivo")
    html = admin.get("/pessoas/").content.decode()
    assert "Ana Souza" in html
    assert "Do Arquivo" in html
    assert "Sem acesso" in html
    linha = html.split("Ana Souza")[1].split("</tr>")[0]
    assert "Sul" in linha
    assert ">2<" in linha


@pytest.mark.parametrize(
    ("consulta", "aparece", "some"),
    [
        ("q=SOUZA", "Ana Souza", "Bruno Lima"),
        ("q=bruno@", "Bruno Lima", "Ana Souza"),
        ("q=77", "Ana Souza", "Bruno Lima"),
        ("papel=gestor", "Bruno Lima", "Ana Souza"),
        ("estado=sem_acesso", "Do Arquivo", "Ana Souza"),
        ("estado=desativada", "Ninguém com esses filtros", "Ana Souza"),
    ],
)
def test_os_filtros_da_lista(admin, ana, bruno, consulta, aparece, some):
    ana.vinculos.update(codigo_erp="77")
    Usuario.objects.create_user(nome="Do Arquivo")
    html = admin.get(f"/pessoas/?{consulta}", headers={"HX-Request": "true"}).content.decode()
    assert aparece in html
    assert some not in html
    assert "<html" not in html


def test_a_lista_ordena_pela_carteira_dos_dois_lados(admin, ana, carla, novo_cliente):
    novo_cliente("C1", vendedor=carla)
    for ordem in ("clientes", "-clientes"):
        html = admin.get(f"/pessoas/?ordem={ordem}").content.decode()
        assert html.index("Carla Dias") < html.index("Ana Souza")  # quem não tem fica no fim


def test_a_lista_custa_as_mesmas_consultas_com_uma_ou_trinta_pessoas(
    admin, ana, django_assert_max_num_queries
):
    for n in range(30):
        Usuario.objects.create_user(f"p{n}@exemplo.test", nome=f"Pessoa {n}")
    with django_assert_max_num_queries(16):
        admin.get("/pessoas/")


def test_cadastrar_cria_poe_na_equipe_e_convida(admin, sul):
    dados = formulario(equipe=sul.pk, codigo_1="9", convidar="on")
    assert admin.post("/pessoas/nova/", dados).status_code == 302
    rita = Usuario.objects.get(email="rita@exemplo.test")
    assert not rita.has_usable_password()
    assert rita.convidado_em is not None
    assert rita.participacoes.get().equipe == sul
    mensagem = Mensagem.objects.get()
    assert (mensagem.tipo, mensagem.para) == ("convite", "rita@exemplo.test")


def test_convidar_sem_email_e_apontado_no_campo(admin):
    resposta = admin.post("/pessoas/nova/", formulario(email="", convidar="on"))
    assert resposta.status_code == 422
    assert "Para convidar é preciso o e-mail" in resposta.content.decode()
    assert admin.post("/pessoas/nova/", formulario(email="")).status_code == 302
    assert not Mensagem.objects.exists()


def test_email_de_outra_pessoa_mostra_a_recusa_e_guarda_o_digitado(admin, ana):
    resposta = admin.post("/pessoas/nova/", formulario(email="ana@exemplo.test"))
    assert resposta.status_code == 422
    html = resposta.content.decode()
    assert "Já existe uma pessoa com este e-mail" in html
    assert 'value="Rita Melo"' in html


def test_vendedor_criado_por_arquivo_ganha_email_e_convite(admin, empresa):
    pessoa = Usuario.objects.create_user(nome="Do Arquivo")
    pessoa.vinculos.create(empresa=empresa, codigo_erp="5")
    admin.post(f"/pessoas/{pessoa.pk}/convidar/")
    assert not Mensagem.objects.exists()
    dados = formulario(nome="Do Arquivo", email="do@exemplo.test", **{f"codigo_{empresa.pk}": "5"})
    assert admin.post(f"/pessoas/{pessoa.pk}/", dados).status_code == 302
    admin.post(f"/pessoas/{pessoa.pk}/convidar/")
    admin.post(f"/pessoas/{pessoa.pk}/convidar/")
    assert Mensagem.objects.filter(tipo="convite").count() == 2


def enlace_na_tela(html: str) -> str:
    achado = re.search(r'id="enlace-do-convite"[^>]*value="([^"]+)"', html)
    return achado[1] if achado else ""


def test_sem_servidor_de_email_o_convite_aparece_uma_vez_so_para_quem_convidou(admin, davi, entrar, client):
    admin.post("/pessoas/nova/", formulario(convidar="on"))
    rita = Usuario.objects.get(email="rita@exemplo.test")
    resposta = admin.get(f"/pessoas/{rita.pk}/")
    html = resposta.content.decode()
    enlace = enlace_na_tela(html)
    assert "Sem servidor de e-mail: copie o convite" in html
    assert enlace in Mensagem.objects.get().texto
    assert "no-store" in resposta["Cache-Control"]
    assert client.get(urlsplit(enlace).path, follow=True).status_code == 200
    assert not enlace_na_tela(admin.get(f"/pessoas/{rita.pk}/").content.decode())
    mostrado = RegistroDeAuditoria.objects.get(acao="convite.mostrado")
    assert (mostrado.por, mostrado.objeto) == (davi, "Rita Melo")
    assert urlsplit(enlace).path not in str(mostrado.depois)


def test_convidar_de_novo_mostra_o_convite_novo_e_so_na_pagina_da_convidada(admin, ana):
    rita = Usuario.objects.create_user("rita@exemplo.test", nome="Rita Melo")
    rita.vinculos.create(empresa=ana.vinculos.get().empresa)
    enlaces = set()
    for _ in range(2):
        admin.post(f"/pessoas/{rita.pk}/convidar/")
        enlaces.add(enlace_na_tela(admin.get(f"/pessoas/{rita.pk}/").content.decode()))
    assert len(enlaces - {""}) == 2
    admin.post(f"/pessoas/{rita.pk}/convidar/")
    assert not enlace_na_tela(admin.get(f"/pessoas/{ana.pk}/").content.decode())
    assert not enlace_na_tela(admin.get(f"/pessoas/{rita.pk}/").content.decode())


@pytest.mark.parametrize("onde", ["ambiente", "navegador"])
def test_com_servidor_de_email_o_convite_nao_aparece(admin, davi, settings, onde):
    if onde == "ambiente":
        settings.EMAIL_URL = "smtp://localhost:25"
    else:
        servidor.guardar(endereco="smtp://localhost:25", remetente="", por=davi)
    admin.post("/pessoas/nova/", formulario(convidar="on"))
    rita = Usuario.objects.get(email="rita@exemplo.test")
    html = admin.get(f"/pessoas/{rita.pk}/").content.decode()
    assert not enlace_na_tela(html)
    assert "o convite segue para rita@exemplo.test" in html
    assert not RegistroDeAuditoria.objects.filter(acao="convite.mostrado").exists()


def test_a_senha_esquecida_nunca_mostra_o_enlace(ana, client):
    resposta = client.post("/senha/", {"email": "ana@exemplo.test"}, follow=True)
    html = resposta.content.decode()
    assert resposta.status_code == 200
    assert Mensagem.objects.get().tipo == "senha"
    assert not re.search(r"/senha/[A-Za-z0-9_-]+/[a-z0-9]+-", html)
    assert not enlace_na_tela(html)


def test_editar_muda_papel_e_registra(admin, ana, davi):
    dados = formulario(nome="Ana Souza", email="ana@exemplo.test", papel="gestor")
    assert admin.post(f"/pessoas/{ana.pk}/", dados).status_code == 302
    ana.refresh_from_db()
    assert ana.papel == Papel.GESTOR
    registro = RegistroDeAuditoria.objects.get(acao="editar pessoa")
    assert (registro.antes["papel"], registro.depois["papel"], registro.por) == ("vendedor", "gestor", davi)


def test_o_aviso_do_email_trocado_so_se_publica_com_a_troca_gravada(
    admin, ana, monkeypatch, django_capture_on_commit_callbacks
):
    """Antes, o worker acordava, não achava nada por enviar, e a mensagem esperava a varredura."""
    publicadas: list[int] = []
    monkeypatch.setattr(
        enviar_pendentes_task, "apply_async", lambda *a, **k: publicadas.append(Mensagem.objects.count())
    )
    with django_capture_on_commit_callbacks(execute=True):
        novo = formulario(nome=ana.nome, email="ana.souza@exemplo.test")
        assert admin.post(f"/pessoas/{ana.pk}/", novo).status_code == 302
        assert (Mensagem.objects.count(), publicadas) == (2, [])
    assert publicadas == [2]


def test_administrador_nao_se_rebaixa(admin, davi):
    resposta = admin.post(
        f"/pessoas/{davi.pk}/", formulario(nome="Davi Rocha", email=davi.email, papel="leitura")
    )
    assert resposta.status_code == 422
    davi.refresh_from_db()
    assert davi.papel == Papel.ADMIN


def test_mudar_de_equipe_em_data_futura_e_recusado(admin, ana, norte):
    amanha = (HOJE + timedelta(days=1)).isoformat()
    resposta = admin.post(f"/pessoas/{ana.pk}/", formulario(equipe=norte.pk, equipe_desde=amanha))
    assert resposta.status_code == 422
    assert "vale de hoje" in resposta.content.decode()


def test_mudar_de_equipe_leva_a_carteira(admin, ana, norte, novo_cliente):
    cliente = novo_cliente("C1", vendedor=ana)
    dados = formulario(nome="Ana Souza", email=ana.email, equipe=norte.pk, equipe_desde=HOJE.isoformat())
    admin.post(f"/pessoas/{ana.pk}/", dados)
    cliente.refresh_from_db()
    assert cliente.equipe == norte


def test_desativar_mostra_o_que_muda_e_exige_a_escolha(admin, ana, carla, novo_cliente):
    novo_cliente("C1", vendedor=ana)
    html = admin.get(f"/pessoas/{ana.pk}/desativar/").content.decode()
    assert "Clientes que mudam de mãos" in html
    assert "Carla Dias" in html
    assert admin.post(f"/pessoas/{ana.pk}/desativar/").status_code == 422
    sem_quem = admin.post(f"/pessoas/{ana.pk}/desativar/", {"modo": "pessoas"})
    assert "Escolha quem recebe" in sem_quem.content.decode()
    ana.refresh_from_db()
    assert ana.is_active


def test_desativar_passa_a_carteira_e_reativar_nao_a_devolve(admin, ana, carla, novo_cliente):
    novo_cliente("C1", vendedor=ana)
    dados = {"modo": "pessoas", "destinos": [carla.pk]}
    assert admin.post(f"/pessoas/{ana.pk}/desativar/", dados).status_code == 302
    html = admin.get(f"/pessoas/{ana.pk}/").content.decode()
    assert "Mudaram de mãos 1 cliente e 0 compromissos" in html
    assert "Reativar" in html
    assert Cliente.objects.get().vendedor == carla
    admin.post(f"/pessoas/{ana.pk}/reativar/")
    admin.post(f"/pessoas/{ana.pk}/reativar/")
    ana.refresh_from_db()
    assert ana.is_active
    assert Cliente.objects.get().vendedor == carla


def test_desativar_a_si_mesmo_e_recusado(admin, davi):
    resposta = admin.post(f"/pessoas/{davi.pk}/desativar/", {"modo": "equipe"})
    assert resposta.status_code == 422
    assert "desativar a si mesmo" in resposta.content.decode()


def test_ferias_sao_marcadas_vistas_e_removidas(admin, ana, carla, novo_cliente, entrar):
    cliente = novo_cliente("C1", vendedor=ana)
    dias = {"substituto": carla.pk, "de": HOJE.isoformat(), "ate": (HOJE + timedelta(days=9)).isoformat()}
    assert admin.post(f"/pessoas/{ana.pk}/coberturas/", dias).status_code == 302
    assert "29/11/2026" in admin.get(f"/pessoas/{ana.pk}/").content.decode()
    assert Cliente.objects.visiveis_para(carla).get() == cliente
    repetida = admin.post(f"/pessoas/{ana.pk}/coberturas/", dias)
    assert repetida.status_code == 422
    assert "já cobre" in repetida.content.decode()
    assert admin.post(f"/pessoas/{ana.pk}/coberturas/", {}).status_code == 422
    cobertura = Cobertura.objects.get()
    assert admin.post(f"/pessoas/{ana.pk}/coberturas/{cobertura.pk}/remover/").status_code == 302
    assert not Cliente.objects.visiveis_para(carla).exists()


def test_acoes_que_mudam_nao_aceitam_get(admin, ana):
    for acao in ("convidar", "reativar", "coberturas"):
        assert admin.get(f"/pessoas/{ana.pk}/{acao}/").status_code == 405


def test_com_duas_empresas_escolhe_se_em_quais_a_pessoa_trabalha(admin, davi):
    filial = davi.empresas.model.objects.create(codigo="2", nome="Filial")
    davi.vinculos.create(empresa=filial)
    assert admin.post("/pessoas/nova/", formulario()).status_code == 422
    dados = formulario(**{f"empresa_{filial.pk}": "on", f"codigo_{filial.pk}": "31"})
    assert admin.post("/pessoas/nova/", dados).status_code == 302
    rita = Usuario.objects.get(email="rita@exemplo.test")
    assert list(rita.vinculos.values_list("empresa__codigo", "codigo_erp")) == [("2", "31")]


def test_a_auditoria_filtra_por_acao_pessoa_dia_e_texto(admin, ana, davi):
    ana.capacidade_diaria = 12
    ana.save()
    admin.post(f"/pessoas/{ana.pk}/", formulario(nome="Ana Souza", email=ana.email, capacidade_diaria=30))
    html = admin.get("/auditoria/").content.decode()
    assert "capacidade diária" in html
    assert "<del>12</del> → 30" in html
    for consulta, aparece in (
        ("acao=editar pessoa", True),
        ("acao=convidar", False),
        (f"por={davi.pk}", True),
        ("q=Ana", True),
        ("q=Zulmira", False),
        ("de=2026-11-20&ate=2026-11-20", True),
        ("de=2026-11-21", False),
        ("de=2026-13-45", True),
    ):
        pagina = admin.get(f"/auditoria/?{consulta}", headers={"HX-Request": "true"}).content.decode()
        assert ("<del>12</del>" in pagina) is aparece, consulta


def test_o_que_nao_mudou_a_auditoria_nao_risca(admin, davi):
    registrar(
        "lgpd.retencao", por=davi, antes={"dias": 730, "ligada": False}, depois={"dias": 730, "ligada": True}
    )
    html = admin.get("/auditoria/").content.decode()
    assert "<del>não</del> → sim" in html
    assert "730" in html
    assert "<del>730</del>" not in html
