"""As sessões abertas: de quem são, até quando valem, e como se encerram na hora; e tudo o que se corta a quem sai."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clientes.calendario import gerar_calendario
from clientes.models import CalendarioPessoal
from contas import cortes, fatores, lembrados, sessoes
from contas.models import (
    AparelhoLembrado,
    ContaDeFora,
    RegistroDeAuditoria,
    RegrasDeAcesso,
    SessaoDePessoa,
    Usuario,
)
from contas.navegadores import em_palavras
from contas.pessoas import desativar
from contas.sessoes import Origem
from notificacoes.antes_de_sair import por_que_nao_sai
from tests.conftest import SENHA
from tests.web.test_dois_passos import SEGREDO, codigo, entrou

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
CHROME = "Mozilla/5.0 (Linux; Android 14; SM-A546E) AppleWebKit/537.36 Chrome/131.0 Mobile Safari/537.36"


def test_quem_ja_entrou_tem_a_sessao_que_a_porta_daria(ana: Any, davi: Any, entrar: Any) -> None:
    """`entrar` poupa a cerimônia aos outros testes: o que ela deixa tem de ser o mesmo."""
    RegrasDeAcesso.objects.create(pk=1, exige_de=["admin"], sessao_horas=9, ocioso_minutos=25)
    for pessoa in (ana, davi):
        pela_porta = Client()
        pela_porta.force_login(pessoa, backend="django.contrib.auth.backends.ModelBackend")
        retratos = []
        for navegador in (pela_porta, entrar(pessoa)):
            linha = Session.objects.get(pk=navegador.cookies["sessionid"].value)
            dela = SessaoDePessoa.objects.filter(sessao=linha).values().get()
            retratos.append((linha.get_decoded(), linha.expire_date, dela | {"sessao_id": "", "numero": ""}))
        assert retratos[0] == retratos[1]


@pytest.mark.parametrize(
    ("agente", "dito"),
    [
        (CHROME, "Chrome no Android"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1",
            "Safari no iPhone",
        ),
        ("Mozilla/5.0 (Windows NT 10.0; Win64) Chrome/131.0 Safari/537.36 Edg/131.0", "Edge no Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0", "Firefox no Linux"),
        ("curl/8.0", "Navegador desconhecido"),
        ("", "Navegador desconhecido"),
    ],
)
def test_o_navegador_em_palavras(agente: str, dito: str) -> None:
    assert em_palavras(agente) == dito


def do_celular(pessoa: Usuario) -> Client:
    navegador = Client(HTTP_USER_AGENT=CHROME, REMOTE_ADDR="203.0.113.9")
    navegador.post("/entrar/", {"username": pessoa.email, "password": SENHA})
    return navegador


def test_cada_entrada_vira_uma_linha_que_a_pessoa_reconhece_e_encerra(
    ana: Usuario, carla: Usuario, entrar: Any
) -> None:
    celular, mesa = do_celular(ana), entrar(ana)
    html = mesa.get("/perfil/seguranca/").content.decode()
    assert "Chrome no Android" in html
    assert "203.0.113.9" in html
    assert "com senha" in html
    assert celular.session.session_key not in html  # a chave não sai do cookie
    linha = SessaoDePessoa.objects.get(navegador="Chrome no Android")
    assert entrar(carla).post(f"/perfil/seguranca/sessoes/{linha.numero}/encerrar/").status_code == 404
    assert entrou(celular)
    assert mesa.post(f"/perfil/seguranca/sessoes/{linha.numero}/encerrar/").status_code == 302
    assert not entrou(celular)
    assert entrou(mesa)
    assert mesa.post(f"/perfil/seguranca/sessoes/{uuid.uuid4()}/encerrar/").status_code == 404


def test_encerrar_as_outras_deixa_esta_e_as_dos_outros(ana: Usuario, carla: Usuario, entrar: Any) -> None:
    outras, esta, dela = [entrar(ana) for _ in range(3)], entrar(ana), entrar(carla)
    assert esta.post("/perfil/seguranca/sessoes/outras/encerrar/").status_code == 302
    assert [entrou(n) for n in (*outras, esta, dela)] == [False, False, False, True, True]


def test_encerrar_nao_decodifica_as_sessoes_de_ninguem(ana: Usuario, carla: Usuario, entrar: Any) -> None:
    """O custo é o das sessões da pessoa, haja quantas houver na casa."""
    custos = []
    for outras in (1, 9):
        for _ in range(outras):
            entrar(carla)
        entrar(ana)
        with CaptureQueriesContext(
            connection,
        ) as consultas:
            assert sessoes.encerrar_sessoes(ana) == 1
        custos.append(len(consultas))
    assert custos[0] == custos[1]
    assert SessaoDePessoa.objects.filter(pessoa=carla).count() == 10


def test_a_sessao_muda_de_chave_na_entrada_mesmo_de_quem_ja_estava_dentro(ana: Usuario) -> None:
    navegador = Client()
    navegador.get("/entrar/")
    chaves = []
    for _ in range(2):
        navegador.cookies.pop("sessionid", None) if not chaves else None
        navegador.post("/entrar/", {"username": ana.email, "password": SENHA})
        chaves.append(navegador.session.session_key)
        navegador.post("/sair/")
        assert not Session.objects.filter(session_key=chaves[-1]).exists()  # sair mata a sessão no servidor
    assert len(set(chaves)) == 2
    assert not SessaoDePessoa.objects.exists()


def test_parada_se_fecha_em_uso_continua_e_no_limite_da_idade_se_entra_de_novo(
    ana: Usuario, entrar: Any
) -> None:
    RegrasDeAcesso.objects.create(ocioso_minutos=60, sessao_horas=4)
    inicio = timezone.now()
    parada, em_uso = entrar(ana), entrar(ana)
    with time_machine.travel(inicio, tick=False) as relogio:
        for minutos in range(50, 240, 50):
            relogio.move_to(inicio + timedelta(minutes=minutos))
            assert entrou(em_uso), minutos
        assert not entrou(parada)
        relogio.move_to(inicio + timedelta(hours=4))
        fora = em_uso.get("/perfil/", follow=True)
        assert "entra-se de novo uma vez por dia" in fora.content.decode()
    assert not SessaoDePessoa.objects.exists()


def test_o_que_a_pagina_pede_sozinha_nao_e_uso(ana: Usuario, entrar: Any) -> None:
    RegrasDeAcesso.objects.create(ocioso_minutos=60)
    inicio, aba = timezone.now(), entrar(ana)
    with time_machine.travel(inicio, tick=False) as relogio:
        for minutos in (30, 59):
            relogio.move_to(inicio + timedelta(minutes=minutos))
            assert aba.get("/avisos/sino/", headers={"HX-Request": "true"}).status_code == 200
        relogio.move_to(inicio + timedelta(minutes=60))
        resposta = aba.get("/avisos/sino/", headers={"HX-Request": "true"})
        assert (resposta.status_code, resposta["X-Entrada"]) == (401, "/entrar/")


def test_no_mesmo_minuto_conferir_a_sessao_nao_custa_consulta(ana: Usuario, entrar: Any) -> None:
    navegador = entrar(ana)
    navegador.get("/perfil/")
    with CaptureQueriesContext(connection) as consultas:
        navegador.get("/perfil/")
    assert not [
        c["sql"] for c in consultas if "contas_sessaodepessoa" in c["sql"] or "regrasdeacesso" in c["sql"]
    ]


def test_sessao_sem_dona_nao_vale(ana: Usuario, entrar: Any) -> None:
    """A que veio de antes, ou a que alguém fabricou: entra-se de novo."""
    navegador = entrar(ana)
    sessao = navegador.session
    del sessao[sessoes.CHAVE]
    sessao.save()
    assert not entrou(navegador)


def test_trocar_a_senha_guarda_a_historia_desta_sessao(ana: Usuario, entrar: Any) -> None:
    navegador = entrar(ana)
    numero = SessaoDePessoa.objects.get().numero
    frase = "uma frase bem longa"
    navegador.post("/perfil/senha/", {"old_password": SENHA, "new_password1": frase, "new_password2": frase})
    linha = SessaoDePessoa.objects.get()
    assert (linha.numero, linha.sessao_id) == (numero, navegador.session.session_key)


def test_o_admin_encerra_as_sessoes_de_alguem(ana: Usuario, davi: Usuario, entrar: Any) -> None:
    dela, admin = entrar(ana), entrar(davi)
    assert admin.post(f"/pessoas/{ana.pk}/encerrar-sessoes/").status_code == 302
    assert (entrou(dela), entrou(admin)) == (False, True)
    assert RegistroDeAuditoria.objects.get(acao="encerrar sessões").depois == {"sessões": 1}
    admin.post(f"/pessoas/{davi.pk}/encerrar-sessoes/")
    assert entrou(admin)


# ── Quem sai ─────────────────────────────────────────────────────────────────


def test_desativar_corta_tudo_de_uma_vez(ana: Usuario, carla: Usuario, davi: Usuario, entrar: Any) -> None:
    """Sessões, aparelhos, fatores, conta de fora e calendário; os da colega ficam. Os e-mails por sair não saem."""
    from tests.web.pessoais import mensagem_de

    abertas = []
    for pessoa in (ana, carla):
        fatores.ligar_totp(pessoa, SEGREDO, codigo())
        lembrados.lembrar(pessoa, "", Origem())
        ContaDeFora.objects.create(pessoa=pessoa, emissor="https://id.exemplo.test", sujeito=pessoa.nome)
        gerar_calendario(pessoa=pessoa)
        abertas.append(entrar(pessoa))
    from notificacoes.models import Mensagem

    mensagem = Mensagem.objects.get(pk=mensagem_de(ana))
    desativar(pessoa=ana, por=davi)
    assert [entrou(n) for n in abertas] == [False, True]
    mensagem.refresh_from_db()
    assert por_que_nao_sai(mensagem) == "Ana Souza já não tem acesso ao Carteira."
    registro = RegistroDeAuditoria.objects.get(acao="desativar pessoa").depois
    assert set(registro) == set(cortes.nomes())
    assert {n: v for n, v in registro.items() if v} == {
        "sessões encerradas": 1, "aparelhos lembrados": 1, "segundo passo": 2, "conta de fora": 1,
        "endereço do calendário": 1,
    }  # fmt: skip
    for modelo in (AparelhoLembrado, ContaDeFora):
        assert list(modelo.objects.values_list("pessoa", flat=True)) == [carla.pk]
    assert list(CalendarioPessoal.objects.values_list("usuario", flat=True)) == [carla.pk]
    assert (fatores.ligado(ana), fatores.ligado(carla)) == (False, True)


def test_um_corte_novo_entra_na_mesma_transacao(ana: Usuario, davi: Usuario, monkeypatch: Any) -> None:
    def quebra(pessoa: Usuario) -> int:
        raise RuntimeError("o corte falhou")

    monkeypatch.setattr(cortes, "_CORTES", {**cortes._CORTES, "da sala nova": quebra})
    with pytest.raises(RuntimeError):
        desativar(pessoa=ana, por=davi)
    ana.refresh_from_db()
    assert ana.is_active


def test_o_enlace_de_senha_de_quem_saiu_nao_vale_mais(ana: Usuario, davi: Usuario) -> None:
    from tests.web.test_acesso import enlace

    endereco = enlace(ana)
    desativar(pessoa=ana, por=davi)
    assert "não vale mais" in Client().get(endereco, follow=True).content.decode()
