"""A agenda nas telas: vistas, feriados, séries, quem vê a de quem, decisões e o desfazer de cada gesto."""

import json
import uuid
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine

from clientes.models import Agendamento, MudancaDeAgendamento, Ocorrencia, Pitch
from contas.models import Empresa, RegistroDeAuditoria
from tests.conftest import SAO_PAULO
from tests.web.carteira_de_teste import indicar

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
VESPERA = date(2026, 11, 19)  # quinta; sexta, 20, é feriado nacional
NEGRA, SEGUNDA = date(2026, 11, 20), date(2026, 11, 23)


@pytest.fixture(autouse=True)
def _relogio(empresa: Empresa) -> Iterator[None]:
    Empresa.objects.update(referencia=VESPERA)
    with time_machine.travel(datetime(2026, 11, 19, 9, 0, tzinfo=SAO_PAULO), tick=False):
        yield


@pytest.fixture
def cliente(ana: Any, novo_cliente: Any) -> Any:
    return novo_cliente("C1", vendedor=ana, razao_social="Casa Azul", telefone="+5547999220198", uf="SC")


def marcado(cliente: Any, pessoa: Any, em: date = VESPERA, **campos: Any) -> Agendamento:
    return Agendamento.objects.create(cliente=cliente, responsavel=pessoa, criado_por=pessoa, em=em, **campos)


def marcar(navegador: Any, cliente: Any, em: date, **dados: Any) -> Any:
    pedido = {"tipo": "ligacao", "em": em.isoformat(), "hora": "", "nota": ""} | dados
    return navegador.post(f"/clientes/{cliente.pk}/agendar/", pedido, headers=HTMX)


def eventos(resposta: Any) -> dict[str, Any]:
    assert resposta.status_code == 204
    return json.loads(resposta["HX-Trigger"])["avisar"]


def nomes(resposta: Any, grupo: str) -> list[str]:
    achados = [g["itens"] for g in resposta.context["grupos"] if g["titulo"] == grupo]
    return [c.cliente.codigo for itens in achados for c in itens]


# ── Marcar: feriado, série, responsável ──────────────────────────────────────


def test_feriado_avisa_sugere_e_so_marca_com_a_palavra_da_pessoa(ana: Any, cliente: Any, entrar: Any) -> None:
    navegador = entrar(ana)
    resposta = marcar(navegador, cliente, NEGRA)
    assert resposta.status_code == 422
    assert not Agendamento.objects.exists()
    pagina = resposta.content.decode()
    assert "20/11 é feriado: Dia Nacional de Zumbi e da Consciência Negra." in pagina
    assert "O próximo dia útil é segunda, 23/11." in pagina
    marcar(navegador, cliente, NEGRA, assim_mesmo="1")
    assert Agendamento.objects.get().em == NEGRA
    marcar(navegador, cliente, SEGUNDA)
    assert list(Agendamento.objects.order_by("em").values_list("em", flat=True)) == [NEGRA, SEGUNDA]


def test_o_aviso_chega_enquanto_se_escolhe_o_dia(ana: Any, cliente: Any, entrar: Any) -> None:
    def aviso(em: str) -> str:
        return entrar(ana).get(f"/clientes/{cliente.pk}/agendar/dia/?em={em}").content.decode().strip()

    assert "é sábado. O próximo dia útil é segunda, 23/11" in aviso("2026-11-21")
    assert aviso("2026-11-24") == ""
    assert aviso("ontem") == aviso("2026-13-45") == ""
    do_contato = entrar(ana).get(f"/clientes/{cliente.pk}/agendar/dia/?proximo_em=2026-11-20")
    assert "Consciência Negra" in do_contato.content.decode()
    assert "<button" not in do_contato.content.decode()  # ali quem decide é o formulário do contato


def test_feriado_do_estado_do_cliente_avisa(ana: Any, novo_cliente: Any, entrar: Any) -> None:
    paulista = novo_cliente("C2", vendedor=ana, uf="SP")
    for uf, achado in (("", "Revolução Constitucionalista"), ("SC", "")):
        Empresa.objects.update(feriados_uf=uf)
        pagina = entrar(ana).get(f"/clientes/{paulista.pk}/agendar/dia/?em=2027-07-09").content.decode()
        assert ("Constitucionalista" in pagina) is bool(achado)


def test_dia_passado_e_recusado_e_nada_muda(ana: Any, cliente: Any, entrar: Any) -> None:
    resposta = marcar(entrar(ana), cliente, VESPERA - timedelta(days=1))
    assert (resposta.status_code, Agendamento.objects.count()) == (422, 0)
    assert "Escolha hoje ou um dia depois." in resposta.content.decode()


def test_serie_no_ritmo_do_cliente(ana: Any, cliente: Any, entrar: Any) -> None:
    navegador = entrar(ana)
    assert "No ritmo" not in navegador.get(f"/clientes/{cliente.pk}/agendar/").content.decode()
    indicar(cliente, VESPERA - timedelta(days=40), status="ativo")
    pagina = navegador.get(f"/clientes/{cliente.pk}/agendar/").content.decode()
    assert "No ritmo do cliente, a cada 30 dias" in pagina
    marcar(navegador, cliente, VESPERA, recorrencia="ciclo", repetir_ate="2027-01-31")
    serie = Agendamento.objects.get()
    assert (serie.recorrencia, serie.ciclo_dias, serie.repetir_ate) == ("ciclo", 30, date(2027, 1, 31))
    aviso = eventos(navegador.post(f"/agenda/{serie.pk}/concluir/", headers=HTMX))
    assert aviso["texto"] == "Feito: Ligação com Casa Azul. O próximo é em 21/12."  # 19/12 é sábado
    navegador.post(aviso["desfazer"], headers=HTMX)
    abertos = Agendamento.objects.filter(concluido_em=None, cancelado_em=None)
    assert [a.em for a in abertos] == [VESPERA]


def test_gestor_marca_para_a_vendedora_e_ela_ve(
    ana: Any, bruno: Any, carla: Any, cliente: Any, entrar: Any
) -> None:
    navegador = entrar(bruno)
    opcoes = navegador.get(f"/clientes/{cliente.pk}/agendar/").context["form"].fields["responsavel"].queryset
    assert [p.nome for p in opcoes] == ["Ana Souza", "Bruno Lima"]
    recusada = marcar(navegador, cliente, VESPERA, responsavel=carla.pk)
    assert (recusada.status_code, Agendamento.objects.count()) == (422, 0)
    aviso = eventos(marcar(navegador, cliente, VESPERA, responsavel=ana.pk))
    assert aviso["texto"] == "Ligação com Casa Azul em 19/11. É de Ana Souza."
    assert nomes(entrar(ana).get("/agenda/"), "Hoje") == ["C1"]


def test_vendedora_nao_escolhe_responsavel(ana: Any, carla: Any, cliente: Any, entrar: Any) -> None:
    navegador = entrar(ana)
    assert 'name="responsavel"' not in navegador.get(f"/clientes/{cliente.pk}/agendar/").content.decode()
    marcar(navegador, cliente, VESPERA, responsavel=carla.pk)
    assert Agendamento.objects.get().responsavel == ana


# ── Editar e cancelar numa série ─────────────────────────────────────────────


def test_editar_so_este_ou_os_proximos(ana: Any, cliente: Any, entrar: Any) -> None:
    navegador = entrar(ana)
    marcar(navegador, cliente, VESPERA, hora="09:00", recorrencia="semanal")
    serie = Agendamento.objects.get()
    dados = {"tipo": "visita", "em": "2026-11-24", "hora": "15:00", "nota": "", "recorrencia": "semanal"}
    navegador.post(f"/agenda/{serie.pk}/editar/", dados | {"alcance": "este"}, headers=HTMX)
    vistos = Agendamento.objects.order_by("em").values_list("em", "hora", "tipo", "recorrencia")
    assert list(vistos) == [
        (date(2026, 11, 24), time(15), "visita", ""),
        (date(2026, 11, 26), time(9), "ligacao", "semanal"),
    ]
    seguinte = serie.seguintes.get()
    dados |= {"em": "2026-11-30", "alcance": "proximos", "recorrencia": "quinzenal"}
    navegador.post(f"/agenda/{seguinte.pk}/editar/", dados, headers=HTMX)
    seguinte.refresh_from_db()
    assert (seguinte.em, seguinte.recorrencia, seguinte.serie_desde) == (
        date(2026, 11, 30),
        "quinzenal",
        date(2026, 11, 30),
    )


def test_cancelar_serie_pergunta_o_que_cancelar(ana: Any, cliente: Any, entrar: Any) -> None:
    navegador = entrar(ana)
    serie = marcado(cliente, ana, recorrencia="semanal", serie_desde=VESPERA)
    pagina = navegador.get(f"/agenda/{serie.pk}/cancelar/", headers=HTMX).content.decode()
    assert "Só este" in pagina
    assert "Este e os próximos" in pagina
    aviso = eventos(navegador.post(f"/agenda/{serie.pk}/cancelar/", {"serie": "1"}, headers=HTMX))
    assert aviso["texto"] == "Série com Casa Azul cancelada."
    assert Agendamento.objects.filter(cancelado_em=None).count() == 0
    navegador.post(aviso["desfazer"], headers=HTMX)
    aviso = eventos(navegador.post(f"/agenda/{serie.pk}/cancelar/", headers=HTMX))
    assert aviso["texto"] == "Agendamento com Casa Azul cancelado. O próximo é em 26/11."


# ── Remarcar e decidir ───────────────────────────────────────────────────────


def test_remarcar_a_um_toque_cai_em_dia_util_e_se_desfaz(ana: Any, cliente: Any, entrar: Any) -> None:
    navegador = entrar(ana)
    compromisso = marcado(cliente, ana, hora=time(9))
    linha = navegador.get("/agenda/").context["grupos"][0]["itens"][0]
    # amanhã é feriado: o dia útil de amanhã e a segunda são o mesmo, e só aparecem uma vez
    assert [r.por_extenso for r in linha.rapidos] == ["Amanhã · seg 23/11", "Em 7 dias · qui 26/11"]
    dados = {"em": "2026-11-23", "hora": "09:00"}
    aviso = eventos(navegador.post(f"/agenda/{compromisso.pk}/remarcar/", dados, headers=HTMX))
    assert aviso["texto"] == "Remarcado para 23/11."
    compromisso.refresh_from_db()
    assert (compromisso.em, compromisso.hora, compromisso.remarcacoes) == (SEGUNDA, time(9), 1)
    assert nomes(navegador.get("/agenda/"), "Próximos 7 dias") == ["C1"]
    assert "remarcado; era 19/11" in navegador.get("/agenda/").content.decode()
    navegador.post(aviso["desfazer"], headers=HTMX)
    compromisso.refresh_from_db()
    assert (compromisso.em, compromisso.remarcacoes, compromisso.em_original) == (VESPERA, 0, None)


@pytest.fixture
def parado(ana: Any, cliente: Any) -> Agendamento:
    return marcado(cliente, ana, tentativas=5)


def test_cinco_tentativas_sem_resposta_ficam_no_alto_com_as_decisoes(
    ana: Any, cliente: Any, parado: Agendamento, entrar: Any
) -> None:
    marcado(cliente, ana, VESPERA - timedelta(days=3), nota="atrasado")
    navegador = entrar(ana)
    for url in ("/agenda/", "/agenda/?ver=dia", "/agenda/?ver=semana&dia=2027-03-01"):
        resposta = navegador.get(url)
        titulos = [g["titulo"] for g in resposta.context["grupos"]]
        assert titulos[:2] == ["À espera de decisão", "Atrasados"], url
        pagina = resposta.content.decode()
        assert "5 tentativas sem resposta" in pagina
        assert "3 dias de atraso" in pagina
        for gesto in ("insistir", "adiar", "cancelar"):
            assert f"/agenda/{parado.pk}/{gesto}/" in pagina


def test_insistir_e_adiar_tem_volta(ana: Any, cliente: Any, parado: Agendamento, entrar: Any) -> None:
    navegador = entrar(ana)
    aviso = eventos(navegador.post(f"/agenda/{parado.pk}/insistir/", headers=HTMX))
    assert aviso["texto"] == "A conta recomeça. Nova tentativa em 23/11."
    navegador.post(aviso["desfazer"], headers=HTMX)
    dados = {"ate": "2026-12-24", "motivo": "volta depois do balanço"}
    aviso = eventos(navegador.post(f"/agenda/{parado.pk}/adiar/", dados, headers=HTMX))
    parado.refresh_from_db()
    cliente.refresh_from_db()
    assert (parado.em, parado.tentativas, cliente.adiado_ate) == (date(2026, 12, 24), 0, date(2026, 12, 24))
    navegador.post(aviso["desfazer"], headers=HTMX)
    parado.refresh_from_db()
    cliente.refresh_from_db()
    assert (parado.em, parado.tentativas, cliente.adiado_ate) == (VESPERA, 5, None)


# ── Abrir ────────────────────────────────────────────────────────────────────


def test_abrir_mostra_o_pitch_preso_a_ele_e_diz_que_ha_mais_novo(ana: Any, cliente: Any, entrar: Any) -> None:
    Pitch.objects.create(cliente=cliente, por=ana, argumentos="Frete grátis acima de 500")
    navegador = entrar(ana)
    marcar(navegador, cliente, VESPERA, nota="falar com a Gisela")
    compromisso = Agendamento.objects.get()
    Pitch.objects.create(cliente=cliente, por=ana, argumentos="Prazo de 60 dias")
    pagina = navegador.get(f"/agenda/{compromisso.pk}/").content.decode()
    assert "Frete grátis acima de 500" in pagina
    assert "Prazo de 60 dias" not in pagina
    assert "Há um mais novo, de 19/11/2026" in pagina
    assert "falar com a Gisela" in pagina


# ── Regras da empresa ────────────────────────────────────────────────────────


def test_admin_muda_as_regras_com_motivo_e_fica_escrito(davi: Any, empresa: Empresa, entrar: Any) -> None:
    navegador = entrar(davi)
    dados = {
        "nova_tentativa_em_dias": "2",
        "tentativas_ate_parar": "3",
        "agenda_escala_em_dias": "3",
        "feriados_uf": "SC",
        "motivo": "equipe nova",
    }
    for _ in range(2):
        navegador.post("/agenda/regras/", dados)
    empresa.refresh_from_db()
    assert (empresa.nova_tentativa_em_dias, empresa.tentativas_ate_parar, empresa.feriados_uf) == (2, 3, "SC")
    registro = RegistroDeAuditoria.objects.get(acao="agenda.parametros")
    assert registro.antes == {"nova_tentativa_em_dias": 1, "tentativas_ate_parar": 5, "feriados_uf": ""}
    assert registro.depois["motivo"] == "equipe nova"
    pagina = navegador.get("/agenda/regras/").content.decode()
    assert "equipe nova" in pagina


@pytest.mark.parametrize(
    "errado",
    [{"nova_tentativa_em_dias": "0"}, {"tentativas_ate_parar": ""}, {"feriados_uf": "XX"}],
)
def test_regra_sem_sentido_nao_muda_nada(davi: Any, empresa: Empresa, entrar: Any, errado: Any) -> None:
    dados = {"nova_tentativa_em_dias": "2", "tentativas_ate_parar": "3", "agenda_escala_em_dias": "3"}
    assert entrar(davi).post("/agenda/regras/", dados | errado).status_code == 422
    empresa.refresh_from_db()
    assert (empresa.nova_tentativa_em_dias, empresa.tentativas_ate_parar) == (1, 5)
    assert not RegistroDeAuditoria.objects.filter(acao="agenda.parametros").exists()


def test_mudanca_de_outro_agendamento_nao_se_desfaz_por_este(ana: Any, cliente: Any, entrar: Any) -> None:
    um, outro = marcado(cliente, ana), marcado(cliente, ana, hora=time(10))
    entrar(ana).post(f"/agenda/{um.pk}/remarcar/", {"em": "2026-11-23", "hora": ""})
    mudanca = MudancaDeAgendamento.objects.get()
    assert entrar(ana).post(f"/agenda/{outro.pk}/desfazer/{mudanca.pk}/").status_code == 404
    um.refresh_from_db()
    assert um.em == SEGUNDA


# ── O que o contato diz ter feito à agenda ───────────────────────────────────


@pytest.mark.parametrize(
    ("ocorrencia", "campos", "dito"),
    [
        ("Não atendeu", {}, "registrado. Nova tentativa em 23/11."),
        ("Não atendeu", {"tentativas": 4}, "registrado. 5 tentativas sem resposta: decida na agenda."),
        ("Vai pensar", {}, "registrado."),
        ("Vai pensar", {"recorrencia": "semanal", "serie_desde": VESPERA}, "registrado. Próximo em 26/11."),
    ],
)
def test_o_aviso_do_contato_diz_o_que_ele_fez_a_agenda(
    ana: Any, cliente: Any, entrar: Any, ocorrencia: str, campos: dict[str, Any], dito: str
) -> None:
    compromisso = marcado(cliente, ana, **campos)
    dados = {
        "canal": "ligacao",
        "ocorrencia": Ocorrencia.objects.get(nome=ocorrencia).pk,
        "observacao": "",
        "pessoa": "",
        "proximo": "",
        "chave": str(uuid.uuid4()),
    }
    navegador = entrar(ana)
    aviso = eventos(
        navegador.post(f"/clientes/{cliente.pk}/contato/", dados | {"origem": "dialogo"}, headers=HTMX)
    )
    assert aviso["texto"] == f"Contato com Casa Azul {dito}"
    navegador.post(aviso["desfazer"], headers=HTMX)
    abertos = Agendamento.objects.filter(concluido_em=None, cancelado_em=None)
    assert [(a.pk, a.em, a.tentativas) for a in abertos] == [
        (compromisso.pk, VESPERA, campos.get("tentativas", 0))
    ]


@pytest.mark.parametrize(
    ("dados", "em"),
    [
        ({"proximo": "1"}, SEGUNDA),  # amanhã é feriado, e depois é fim de semana
        ({"proximo": "7"}, date(2026, 11, 26)),
        ({"proximo": "escolher", "proximo_em": "2026-11-20"}, NEGRA),  # o dia que se escolhe é o que vale
    ],
)
def test_o_proximo_de_um_toque_cai_em_dia_util(
    ana: Any, cliente: Any, entrar: Any, dados: dict[str, str], em: date
) -> None:
    dados |= {"canal": "ligacao", "ocorrencia": str(Ocorrencia.objects.get(nome="Vai pensar").pk)}
    entrar(ana).post(f"/clientes/{cliente.pk}/contato/", dados | {"chave": str(uuid.uuid4())})
    assert Agendamento.objects.get().em == em
