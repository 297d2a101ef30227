"""O calendário que o aparelho assina: o que diz, de quem, e quando deixa de responder."""

import hashlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from icalendar import Calendar

from clientes.agenda import cancelar_agendamento, concluir_agendamento, desfazer_mudanca, remarcar_agendamento
from clientes.calendario import gerar_calendario
from clientes.carteiras import transferir
from clientes.desligamento import desligar
from clientes.lgpd.oposicao import opor
from clientes.models import Agendamento, CalendarioPessoal, CanalDeContato
from contas.models import RegistroDeAuditoria, Usuario
from contas.pessoas import desativar, reativar
from tests.conftest import HOJE, SAO_PAULO, criar_pessoa, por_na_equipe

pytestmark = pytest.mark.django_db
MANHA = datetime(2026, 11, 20, 9, 0, tzinfo=SAO_PAULO)


@pytest.fixture(autouse=True)
def relogio() -> Iterator[Any]:
    with time_machine.travel(MANHA, tick=False) as relogio:
        yield relogio


@pytest.fixture
def cliente(ana: Usuario, novo_cliente: Any) -> Any:
    return novo_cliente(
        "C1",
        vendedor=ana,
        razao_social="Casa Azul; Filhos, Ltda",
        telefone="+5547999220198",
        documento="11222333000181",
        email="compras@exemplo.test",
    )


def marcado(cliente: Any, pessoa: Usuario, em: date = HOJE, **campos: Any) -> Agendamento:
    return Agendamento.objects.create(cliente=cliente, responsavel=pessoa, criado_por=pessoa, em=em, **campos)


def ler(chave: str) -> Any:
    return Client().get(f"/calendario/{chave}.ics")


def eventos(chave: str) -> list[Any]:
    resposta = ler(chave)
    assert resposta.status_code == 200
    return list(Calendar.from_ical(resposta.content).walk("VEVENT"))


def test_com_hora_e_sem_hora_no_horario_de_sao_paulo(ana: Usuario, cliente: Any, settings: Any) -> None:
    settings.ENDERECO_PUBLICO = "https://carteira.exemplo.com.br/"
    marcado(cliente, ana, hora=time(14, 30), tipo="visita", nota="levar a proposta secreta")
    marcado(cliente, ana, HOJE + timedelta(days=3))
    com_hora, dia_inteiro = eventos(gerar_calendario(pessoa=ana))
    assert com_hora["SUMMARY"] == "Visita: Casa Azul; Filhos, Ltda"
    assert com_hora["DTSTART"].params["TZID"] == "America/Sao_Paulo"
    assert com_hora.decoded("DTSTART").isoformat() == "2026-11-20T14:30:00-03:00"
    assert com_hora.decoded("DTEND").isoformat() == "2026-11-20T15:00:00-03:00"
    assert dia_inteiro.decoded("DTSTART") == date(2026, 11, 23)
    assert dia_inteiro.decoded("DTEND") == date(2026, 11, 24)
    assert com_hora["URL"] == f"https://carteira.exemplo.com.br/clientes/{cliente.pk}/"
    assert {str(e["STATUS"]) for e in (com_hora, dia_inteiro)} == {"CONFIRMED"}


def test_do_cliente_so_saem_o_nome_e_o_enlace(ana: Usuario, cliente: Any) -> None:
    marcado(cliente, ana, nota="levar a proposta secreta")
    texto = ler(gerar_calendario(pessoa=ana)).content.decode()
    for proibido in ("99922", "11222333", "compras@", "secreta"):
        assert proibido not in texto
    assert "BEGIN:VTIMEZONE" not in texto  # sem hora marcada, sem fuso a explicar
    assert "\r\n" in texto


def test_o_mesmo_estado_da_o_mesmo_texto_e_cada_mudanca_uma_versao(
    ana: Usuario, cliente: Any, relogio: Any
) -> None:
    compromisso = marcado(cliente, ana, hora=time(9))
    chave = gerar_calendario(pessoa=ana)
    primeiro = ler(chave).content
    relogio.move_to(MANHA + timedelta(hours=2))
    assert ler(chave).content == primeiro
    (antes,) = eventos(chave)
    mudanca = remarcar_agendamento(agendamento=compromisso, para=HOJE + timedelta(days=3), por=ana)
    (depois,) = eventos(chave)
    assert mudanca
    relogio.move_to(MANHA + timedelta(hours=3))
    desfazer_mudanca(mudanca=mudanca, por=ana)
    (volta,) = eventos(chave)
    assert antes["UID"] == depois["UID"] == volta["UID"]
    assert [e["SEQUENCE"] for e in (antes, depois, volta)] == [0, 1, 2]
    assert [e.decoded("DTSTAMP").hour for e in (antes, depois, volta)] == [12, 14, 15]  # UTC
    assert volta.decoded("DTSTART") == antes.decoded("DTSTART")


def test_o_resolvido_o_de_outro_e_o_que_nao_se_ve_mais_ficam_fora(
    ana: Usuario, bruno: Usuario, davi: Usuario, cliente: Any, novo_cliente: Any, empresa: Any, sul: Any
) -> None:
    rui = criar_pessoa("Rui Neto", empresa)
    por_na_equipe(rui, sul)
    outro = novo_cliente("C2", vendedor=ana, razao_social="Bazar")
    concluir_agendamento(agendamento=marcado(cliente, ana))
    cancelar_agendamento(agendamento=marcado(cliente, ana))
    marcado(cliente, bruno)
    marcado(outro, ana)
    chave = gerar_calendario(pessoa=ana)
    assert [str(e["SUMMARY"]) for e in eventos(chave)] == ["Ligação: Bazar"]
    transferir(clientes=[outro.pk], para=rui, em=HOJE, por=davi)
    assert eventos(chave) == []
    assert [str(e["SUMMARY"]) for e in eventos(gerar_calendario(pessoa=rui))] == ["Ligação: Bazar"]


def test_guarda_se_so_o_resumo_e_gerar_outro_revoga_o_de_antes(ana: Usuario) -> None:
    primeira = gerar_calendario(pessoa=ana)
    assert len(primeira) >= 43  # 256 bits
    guardado = CalendarioPessoal.objects.get()
    assert guardado.resumo_da_chave == hashlib.sha256(primeira.encode()).hexdigest()
    segunda = gerar_calendario(pessoa=ana)
    assert (ler(primeira).status_code, ler(segunda).status_code) == (404, 200)
    assert ler(guardado.resumo_da_chave).status_code == 404  # o que está no banco não abre nada
    acoes = RegistroDeAuditoria.objects.values_list("acao", flat=True)
    assert sorted(acoes) == ["exportar agenda pelo calendário", *["gerar endereço do calendário"] * 2]


def test_sem_sessao_nem_cookies_e_privado(ana: Usuario, relogio: Any) -> None:
    chave = gerar_calendario(pessoa=ana)
    assert CalendarioPessoal.objects.get().lido_em is None
    resposta = ler(chave)
    assert not resposta.cookies
    assert resposta["Cache-Control"] == "private, no-cache"
    assert resposta["Content-Type"] == "text/calendar; charset=utf-8"
    assert CalendarioPessoal.objects.get().lido_em == MANHA
    assert Client().post(f"/calendario/{chave}.ics").status_code == 405
    for errada in (chave[:-1], chave.swapcase(), "x"):
        assert ler(errada).status_code == 404
    assert ler("%00").status_code == 400


def test_pessoa_desativada_responde_404_na_hora(ana: Usuario, davi: Usuario) -> None:
    chave = gerar_calendario(pessoa=ana)
    desativar(pessoa=ana, por=davi)
    assert ler(chave).status_code == 404
    reativar(pessoa=ana, por=davi)
    assert ler(chave).status_code == 404  # voltando, gera outro
    chave = gerar_calendario(pessoa=ana)
    assert ler(chave).status_code == 200
    Usuario.objects.filter(pk=ana.pk).update(papel="leitura")
    assert ler(chave).status_code == 404  # quem só lê não tem agenda


def test_desligar_apaga_o_calendario(ana: Usuario, davi: Usuario) -> None:
    chave = gerar_calendario(pessoa=ana)
    desligar(pessoa=ana, destinos=[], em=HOJE, por=davi)
    assert not CalendarioPessoal.objects.exists()
    ana.refresh_from_db()
    reativar(pessoa=ana, por=davi)
    assert ler(chave).status_code == 404


def test_na_tela_o_endereco_aparece_uma_vez_so(ana: Usuario, entrar: Any, settings: Any) -> None:
    settings.ENDERECO_PUBLICO = "https://carteira.exemplo.com.br"
    navegador = entrar(ana)
    assert "Ainda sem endereço" in navegador.get("/agenda/calendario/").content.decode()
    resposta = navegador.post("/agenda/calendario/gerar/")
    endereco = resposta.context["endereco"]
    assert endereco.startswith("https://carteira.exemplo.com.br/calendario/")
    assert resposta["Cache-Control"] == "no-store"
    assert endereco in resposta.content.decode()
    assert endereco not in navegador.get("/agenda/calendario/").content.decode()
    caminho = endereco.removeprefix("https://carteira.exemplo.com.br")
    assert Client().get(caminho).status_code == 200
    assert "Última leitura" in navegador.get("/agenda/calendario/").content.decode()
    navegador.post("/agenda/calendario/revogar/")
    assert Client().get(caminho).status_code == 404
    assert not CalendarioPessoal.objects.exists()


def test_quem_se_opos_nao_sai_da_casa_e_o_canal_fechado_diz_o_pedido(
    ana: Usuario, cliente: Any, novo_cliente: Any
) -> None:
    """O aparelho é de fora: a oposição feita depois de marcar vale já na leitura seguinte."""
    outro = novo_cliente("C2", vendedor=ana, razao_social="Beta Ltda")
    for de_quem in (cliente, outro):
        marcado(de_quem, ana, tipo="ligacao")
    marcado(cliente, ana, tipo="visita")
    chave = gerar_calendario(pessoa=ana)
    assert len(eventos(chave)) == 3
    opor(cliente=cliente, canais=["ligacao"], motivo="", em=HOJE, por=ana)
    opor(cliente=outro, canais=list(CanalDeContato.values), motivo="", em=HOJE, por=ana)
    assert sorted(str(e["SUMMARY"]) for e in eventos(chave)) == [
        "Casa Azul; Filhos, Ltda pediu para não receber ligações.", "Visita: Casa Azul; Filhos, Ltda",
    ]  # fmt: skip
