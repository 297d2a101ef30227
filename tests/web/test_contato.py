"""Registrar um contato: uma vez só, de quem pode, e com volta."""

import json
import uuid
from datetime import date, time, timedelta

import pytest

from atividade.models import Indicadores
from clientes.models import Agendamento, Contato, Ocorrencia
from contas.models import Empresa
from tests.conftest import HOJE

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _referencia(empresa, hoje):
    Empresa.objects.update(referencia=HOJE)


@pytest.fixture
def dados():
    return {
        "canal": "ligacao",
        "ocorrencia": Ocorrencia.objects.get(nome="Vai pensar").pk,
        "observacao": "Confirma na segunda",
        "pessoa": "Gisela",
        "proximo": "7",
        "chave": str(uuid.uuid4()),
    }


@pytest.fixture
def cliente(ana, novo_cliente):
    return novo_cliente("C1", vendedor=ana, razao_social="Casa Azul", telefone="+5547999220198")


def test_contato_efetivo_move_o_relogio_e_marca_o_proximo(ana, cliente, entrar, dados):
    resposta = entrar(ana).post(f"/clientes/{cliente.pk}/contato/", dados, follow=True)
    contato = Contato.objects.get()
    assert (contato.atendente, contato.canal, contato.pessoa) == (ana, "ligacao", "Gisela")
    assert contato.observacao == "Confirma na segunda"
    assert Indicadores.objects.get(pk=cliente.pk).ultimo_contato_em == contato.em
    proximo = Agendamento.objects.get()
    assert (proximo.em, proximo.responsavel, proximo.contato) == (date(2026, 11, 27), ana, contato)
    assert "Contato com Casa Azul registrado. Próximo em 27/11." in resposta.content.decode()


def test_dois_envios_do_mesmo_formulario_fazem_um_contato_so(ana, cliente, entrar, dados):
    navegador = entrar(ana)
    for _ in range(2):
        assert navegador.post(f"/clientes/{cliente.pk}/contato/", dados).status_code == 302
    assert Contato.objects.count() == 1
    assert Agendamento.objects.count() == 1


def test_tentativa_nao_move_o_relogio_nem_conclui_a_agenda(ana, cliente, entrar, dados):
    Agendamento.objects.create(cliente=cliente, responsavel=ana, criado_por=ana, em=HOJE)
    dados |= {"ocorrencia": Ocorrencia.objects.get(nome="Não atendeu").pk, "proximo": ""}
    entrar(ana).post(f"/clientes/{cliente.pk}/contato/", dados)
    assert Indicadores.objects.get(pk=cliente.pk).ultimo_contato_em is None
    assert Agendamento.objects.get().concluido_em is None


def test_desfazer_devolve_tudo_como_estava(ana, cliente, entrar, dados):
    antigo = Agendamento.objects.create(cliente=cliente, responsavel=ana, criado_por=ana, em=HOJE)
    navegador = entrar(ana)
    resposta = navegador.post(f"/clientes/{cliente.pk}/contato/", dados | {"origem": "dialogo"}, headers=HTMX)
    assert resposta.status_code == 204
    eventos = json.loads(resposta["HX-Trigger"])
    assert {"avisar", "contatoMudou", "fecharDialogo"} <= set(eventos)
    antigo.refresh_from_db()
    assert antigo.concluido_em is not None
    assert navegador.post(eventos["avisar"]["desfazer"], headers=HTMX).status_code == 204
    antigo.refresh_from_db()
    assert antigo.concluido_em is None
    assert Contato.objects.get().desfeito_em is not None
    assert Indicadores.objects.get(pk=cliente.pk).ultimo_contato_em is None
    assert Agendamento.objects.filter(cancelado_em__isnull=True).count() == 1


def test_desfeito_e_reenviado_pede_conferencia_e_guarda_o_texto(ana, cliente, entrar, dados):
    navegador = entrar(ana)
    navegador.post(f"/clientes/{cliente.pk}/contato/", dados)
    contato = Contato.objects.get()
    navegador.post(f"/clientes/{cliente.pk}/contato/{contato.pk}/desfazer/")
    resposta = navegador.post(f"/clientes/{cliente.pk}/contato/", dados)
    assert resposta.status_code == 422
    assert "Confirma na segunda" in resposta.content.decode()
    assert Contato.objects.count() == 1
    assert resposta.context["form"]["chave"].value() != dados["chave"]


@pytest.mark.parametrize(
    ("mudanca", "mensagem"),
    [
        ({"ocorrencia": ""}, "Diga como terminou o contato."),
        ({"proximo": "escolher"}, "Escolha o dia do próximo contato."),
        ({"proximo": "escolher", "proximo_em": "2026-11-19"}, "Escolha hoje ou um dia depois."),
        ({"canal": "pombo"}, "não é uma das"),
    ],
)
def test_erro_fica_no_lugar_e_o_texto_escrito_nao_se_perde(ana, cliente, entrar, dados, mudanca, mensagem):
    resposta = entrar(ana).post(
        f"/clientes/{cliente.pk}/contato/", dados | mudanca | {"origem": "ficha"}, headers=HTMX
    )
    assert resposta.status_code == 422
    pagina = resposta.content.decode()
    assert "Confirma na segunda" in pagina
    assert mensagem in str(resposta.context["form"].errors)
    assert not Contato.objects.exists()


def test_escolher_o_dia_e_a_hora_do_proximo(ana, cliente, entrar, dados):
    dados |= {"proximo": "escolher", "proximo_em": "2026-12-01", "proximo_hora": "14:30", "canal": "visita"}
    entrar(ana).post(f"/clientes/{cliente.pk}/contato/", dados)
    proximo = Agendamento.objects.get()
    assert (proximo.em, proximo.hora, proximo.tipo) == (date(2026, 12, 1), time(14, 30), "visita")


def test_cliente_de_outra_vendedora_responde_404_e_nada_muda(carla, cliente, entrar, dados):
    navegador = entrar(carla)
    for caminho in ("contato/", "agendar/", "adiar/", "editar/", "whatsapp/", ""):
        assert navegador.post(f"/clientes/{cliente.pk}/{caminho}", dados).status_code == 404, caminho
    assert not Contato.objects.exists()
    assert not Agendamento.objects.exists()


def test_leitura_nao_tem_formulario_e_o_envio_e_403(lia, cliente, entrar, dados):
    navegador = entrar(lia)
    assert "data-contato" not in navegador.get(f"/clientes/{cliente.pk}/").content.decode()
    for caminho in (
        "contato/",
        "agendar/",
        "adiar/",
        "editar/",
        "whatsapp/",
        "encerrar/",
        "transferir/",
        "fora-do-perfil/",
    ):
        assert navegador.post(f"/clientes/{cliente.pk}/{caminho}", dados).status_code == 403, caminho
    assert navegador.get("/agenda/").status_code == 403
    assert not Contato.objects.exists()


def test_so_quem_registrou_desfaz(ana, davi, cliente, entrar, dados):
    entrar(ana).post(f"/clientes/{cliente.pk}/contato/", dados)
    contato = Contato.objects.get()
    assert entrar(davi).post(f"/clientes/{cliente.pk}/contato/{contato.pk}/desfazer/").status_code == 403
    contato.refresh_from_db()
    assert contato.desfeito_em is None


def test_whatsapp_fica_anotado_como_tentativa_e_leva_a_conversa(ana, cliente, entrar):
    resposta = entrar(ana).post(f"/clientes/{cliente.pk}/whatsapp/")
    assert "https://wa.me/5547999220198" in resposta.content.decode()
    contato = Contato.objects.get()
    assert (contato.canal, contato.ocorrencia.efetiva) == ("whatsapp", False)
    assert Indicadores.objects.get(pk=cliente.pk).ultimo_contato_em is None


def test_whatsapp_vindo_do_email_pergunta_antes_e_nao_anota(ana, cliente, entrar):
    resposta = entrar(ana).get(f"/clientes/{cliente.pk}/whatsapp/")
    assert (resposta.status_code, cliente.contatos.count()) == (200, 0)
    assert "Abrir o WhatsApp" in resposta.content.decode()
    assert "wa.me" not in resposta.content.decode()


def test_quem_nao_quer_whatsapp_nao_recebe(ana, cliente, entrar):
    cliente.nao_contatar = ["whatsapp"]
    cliente.save()
    assert entrar(ana).post(f"/clientes/{cliente.pk}/whatsapp/").status_code == 403
    assert not Contato.objects.exists()


def test_dialogo_da_lista_e_o_formulario_do_cliente(ana, cliente, entrar):
    pagina = entrar(ana).get(f"/clientes/{cliente.pk}/contato/", headers=HTMX).content.decode()
    assert "Contato com Casa Azul" in pagina
    assert "<html" not in pagina
    assert pagina.count('name="ocorrencia"') == 7


# ── Agenda ──


def test_agenda_separa_atrasado_hoje_semana_e_depois(ana, bruno, cliente, entrar):
    for dias in (-1, 0, 7, 8):
        Agendamento.objects.create(
            cliente=cliente, responsavel=ana, criado_por=ana, em=HOJE + timedelta(days=dias)
        )
    Agendamento.objects.create(cliente=cliente, responsavel=bruno, criado_por=bruno, em=HOJE)
    grupos = entrar(ana).get("/agenda/").context["grupos"]
    assert [(g["titulo"], len(g["itens"])) for g in grupos] == [
        ("Atrasados", 1),
        ("Hoje", 1),
        ("Próximos 7 dias", 1),
        ("Mais adiante", 1),
    ]


def test_concluir_remarcar_cancelar_e_reabrir(ana, cliente, entrar):
    navegador = entrar(ana)
    marcado = Agendamento.objects.create(cliente=cliente, responsavel=ana, criado_por=ana, em=HOJE)
    navegador.post(f"/agenda/{marcado.pk}/remarcar/", {"em": "2026-12-24", "hora": "09:00"})
    marcado.refresh_from_db()
    assert (marcado.em, marcado.hora) == (date(2026, 12, 24), time(9))
    navegador.post(f"/agenda/{marcado.pk}/concluir/")
    marcado.refresh_from_db()
    assert marcado.concluido_em is not None
    navegador.post(f"/agenda/{marcado.pk}/reabrir/")
    navegador.post(f"/agenda/{marcado.pk}/cancelar/")
    marcado.refresh_from_db()
    assert (marcado.concluido_em, marcado.cancelado_em is None) == (None, False)


def test_agendamento_de_cliente_alheio_e_404(ana, carla, cliente, entrar):
    marcado = Agendamento.objects.create(cliente=cliente, responsavel=ana, criado_por=ana, em=HOJE)
    for acao in ("concluir", "cancelar", "reabrir", "remarcar"):
        assert entrar(carla).post(f"/agenda/{marcado.pk}/{acao}/", {"em": "2026-12-24"}).status_code == 404
    marcado.refresh_from_db()
    assert (marcado.em, marcado.concluido_em, marcado.cancelado_em) == (HOJE, None, None)


def test_agendar_sem_registrar_contato(ana, cliente, entrar):
    dados = {"tipo": "visita", "em": "2026-11-25", "hora": "", "nota": "Levar amostra"}
    entrar(ana).post(f"/clientes/{cliente.pk}/agendar/", dados)
    marcado = Agendamento.objects.get()
    assert (marcado.tipo, marcado.em, marcado.nota, marcado.responsavel) == (
        "visita",
        date(2026, 11, 25),
        "Levar amostra",
        ana,
    )
