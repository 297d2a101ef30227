"""A fila de televendas na tela: um cliente por vez, o resultado, o próximo, e ninguém em dobro."""

import json
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.db.backends.postgresql.psycopg_any import DateRange

from clientes.models import (
    Agendamento,
    Cliente,
    Contato,
    DecisaoDaFila,
    ReservaDaFila,
)
from contas.models import Cobertura, Empresa
from tests.conftest import HOJE, SAO_PAULO, criar_pessoa, novo_pedido, por_na_equipe
from tests.web.fila_de_teste import HTMX, dados, em_atendimento, tres_na_fila

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _referencia(empresa: Empresa, hoje: date) -> None:
    Empresa.objects.update(referencia=HOJE, pedidos_ate=HOJE)


@pytest.fixture
def fila(ana: Any, novo_cliente: Any) -> dict[str, Cliente]:
    return tres_na_fila(ana, novo_cliente)


def test_abre_no_primeiro_e_cada_resultado_salvo_traz_o_proximo_ate_a_fila_acabar(
    ana: Any, fila: Any, entrar: Any
) -> None:
    navegador = entrar(ana)
    pagina = navegador.get("/fila/")
    assert em_atendimento(pagina) == "Aurora"
    assert "0 de 3 feitos" in pagina.content.decode()
    for n, (atual, seguinte) in enumerate((("Aurora", "Brasil"), ("Brasil", "Central"), ("Central", "")), 1):
        resposta = navegador.post(f"/fila/{fila[atual].pk}/salvar/?ver=hoje", dados(), headers=HTMX)
        assert resposta.status_code == 200
        assert em_atendimento(resposta) == seguinte
        assert f"{n} de 3 feitos" in resposta.content.decode()
        assert resposta["HX-Push-Url"] == "/fila/?ver=hoje"
        aviso = json.loads(resposta["HX-Trigger"])["avisar"]
        assert aviso["texto"] == f"Vai pensar: {atual}."
        assert Contato.objects.get(cliente=fila[atual]).origem == "fila"
    assert "Fila feita: 3 clientes hoje" in resposta.content.decode()
    assert not ReservaDaFila.objects.exists()


def test_o_resultado_guarda_tudo_o_que_o_formulario_diz_e_o_proximo_contato(
    ana: Any, fila: Any, entrar: Any
) -> None:
    entrar(ana).post(f"/fila/{fila['Aurora'].pk}/salvar/", dados(proximo="7", pessoa="Gisela"))
    contato = Contato.objects.get()
    assert (contato.atendente, contato.pessoa, contato.observacao) == (ana, "Gisela", "Confirma na segunda")
    proximo = Agendamento.objects.get()
    assert (proximo.em, proximo.responsavel, proximo.contato) == (date(2026, 11, 27), ana, contato)


def test_sem_javascript_salvar_volta_a_fila_com_o_recado(ana: Any, fila: Any, entrar: Any) -> None:
    resposta = entrar(ana).post(f"/fila/{fila['Aurora'].pk}/salvar/?ver=semana", dados(), follow=True)
    assert resposta.redirect_chain == [("/fila/?ver=semana", 302)]
    assert "Vai pensar: Aurora." in resposta.content.decode()
    assert em_atendimento(resposta) == "Brasil"


def test_sem_resultado_nada_se_grava_e_o_escrito_volta(ana: Any, fila: Any, entrar: Any) -> None:
    navegador = entrar(ana)
    navegador.get("/fila/")
    resposta = navegador.post(f"/fila/{fila['Aurora'].pk}/salvar/", dados(ocorrencia=""), headers=HTMX)
    assert resposta.status_code == 422
    assert "Diga como terminou o contato." in resposta.content.decode()
    assert "Confirma na segunda" in resposta.content.decode()
    assert em_atendimento(resposta) == "Aurora"
    assert not Contato.objects.exists()
    assert ReservaDaFila.objects.get().cliente == fila["Aurora"]


def test_dois_envios_do_mesmo_resultado_fazem_um_contato_so(ana: Any, fila: Any, entrar: Any) -> None:
    navegador, mesmo = entrar(ana), dados(proximo="1")
    for _ in range(2):
        assert navegador.post(f"/fila/{fila['Aurora'].pk}/salvar/", mesmo, headers=HTMX).status_code == 200
    assert Contato.objects.count() == Agendamento.objects.count() == 1


def test_desfazer_devolve_o_cliente_a_fila(ana: Any, fila: Any, entrar: Any) -> None:
    navegador = entrar(ana)
    resposta = navegador.post(f"/fila/{fila['Aurora'].pk}/salvar/", dados(), headers=HTMX)
    desfazer = json.loads(resposta["HX-Trigger"])["avisar"]["desfazer"]
    assert navegador.post(desfazer, headers=HTMX).status_code == 204
    lista = navegador.get("/fila/lista/?ver=hoje").content.decode()
    assert "0 de 3 feitos" in lista
    assert lista.index("Aurora") < lista.index("Brasil")


# ── A mesma carteira, mais de uma pessoa ──


def test_dono_cobertura_e_gestor_nunca_recebem_o_mesmo(
    ana: Any, bruno: Any, empresa: Empresa, sul: Any, fila: Any, entrar: Any
) -> None:
    rita = criar_pessoa("Rita Reis", empresa)
    por_na_equipe(rita, sul)
    Cobertura.objects.create(ausente=ana, substituto=rita, periodo=DateRange(HOJE, HOJE + timedelta(days=9)))
    navegadores = [entrar(p) for p in (ana, rita, bruno)]
    assert [em_atendimento(n.get("/fila/")) for n in navegadores] == ["Aurora", "Brasil", "Central"]
    # recarregar não rouba nem troca
    assert [em_atendimento(n.get("/fila/")) for n in reversed(navegadores)] == ["Central", "Brasil", "Aurora"]
    lista = navegadores[0].get("/fila/lista/").content.decode()
    assert "com Rita" in lista
    assert "com Bruno" in lista


def test_escolher_o_cliente_de_outra_pessoa_diz_quem_e_e_nao_o_abre(
    ana: Any, bruno: Any, fila: Any, entrar: Any
) -> None:
    entrar(bruno).get(f"/fila/?cliente={fila['Aurora'].pk}")
    resposta = entrar(ana).get(f"/fila/?cliente={fila['Aurora'].pk}")
    assert em_atendimento(resposta) == ""
    assert "Bruno Lima está atendendo Aurora" in resposta.content.decode()
    assert "volta à fila às 09:15" in resposta.content.decode()
    assert ReservaDaFila.objects.get().pessoa == bruno


def test_com_todos_nas_maos_de_outros_a_tela_nao_diz_que_acabou(
    ana: Any, bruno: Any, fila: Any, entrar: Any
) -> None:
    Cliente.objects.exclude(pk=fila["Aurora"].pk).update(bloqueado=True)
    entrar(bruno).get("/fila/")
    pagina = entrar(ana).get("/fila/").content.decode()
    assert "1 cliente que resta está com outras pessoas" in pagina
    assert "2 clientes ficaram de fora" in pagina
    assert "/fila/fora/?motivo=bloqueado" in pagina
    assert "Bruno Lima desde as 09:00" in pagina


def test_quem_parou_perde_a_vez_mas_nunca_o_que_escreveu(
    ana: Any, bruno: Any, fila: Any, entrar: Any
) -> None:
    entrar(ana).get("/fila/")
    with time_machine.travel(datetime(2026, 11, 20, 9, 16, tzinfo=SAO_PAULO), tick=False):
        assert em_atendimento(entrar(bruno).get("/fila/")) == "Aurora"
        recado = entrar(ana).post(f"/fila/{fila['Aurora'].pk}/ainda-atendo/").content.decode()
        assert "Bruno Lima pegou Aurora às 09:16" in recado
        entrar(ana).post(f"/fila/{fila['Aurora'].pk}/salvar/", dados(), headers=HTMX)
    assert Contato.objects.get().atendente == ana
    assert ReservaDaFila.objects.get(cliente=fila["Aurora"]).pessoa == bruno


def test_atividade_renova_o_prazo(ana: Any, bruno: Any, fila: Any, entrar: Any) -> None:
    entrar(ana).get("/fila/")
    for minuto in (14, 28):
        with time_machine.travel(datetime(2026, 11, 20, 9, minuto, tzinfo=SAO_PAULO), tick=False):
            assert entrar(ana).post(f"/fila/{fila['Aurora'].pk}/ainda-atendo/").status_code == 204
            assert em_atendimento(entrar(bruno).get("/fila/")) == "Brasil"


def test_fechar_a_pagina_devolve_o_cliente(ana: Any, bruno: Any, fila: Any, entrar: Any) -> None:
    navegador = entrar(ana)
    reserva = navegador.get("/fila/").context["reserva"]
    caminho = f"/fila/{fila['Aurora'].pk}/fechar/"
    for desde in ("", "ontem", "2026-11-20T09:00:00", (reserva.desde - timedelta(seconds=1)).isoformat()):
        assert navegador.post(caminho, {"desde": desde}).status_code == 204
        assert ReservaDaFila.objects.count() == 1, desde
    navegador.post(caminho, {"desde": reserva.desde.isoformat()})
    assert not ReservaDaFila.objects.exists()
    assert em_atendimento(entrar(bruno).get("/fila/")) == "Aurora"


def test_cliente_alheio_e_404_e_leitura_e_403(carla: Any, lia: Any, fila: Any, entrar: Any) -> None:
    for gesto in ("salvar", "agora-nao", "adiar", "ainda-atendo", "fechar"):
        assert entrar(carla).post(f"/fila/{fila['Aurora'].pk}/{gesto}/", dados()).status_code == 404
        assert entrar(lia).post(f"/fila/{fila['Aurora'].pk}/{gesto}/", dados()).status_code == 403
    assert entrar(carla).get(f"/fila/?cliente={fila['Aurora'].pk}").status_code == 404
    assert entrar(lia).get("/fila/").status_code == 403
    assert not Contato.objects.exists()
    assert not ReservaDaFila.objects.exists()


# ── Pular e adiar ──


def test_agora_nao_vai_para_o_fim_so_da_fila_de_quem_pulou(
    ana: Any, bruno: Any, fila: Any, entrar: Any
) -> None:
    navegador = entrar(ana)
    navegador.get("/fila/")
    caminho = f"/fila/{fila['Aurora'].pk}/agora-nao/"
    recusa = navegador.post(caminho, headers=HTMX)
    assert json.loads(recusa["HX-Trigger"])["avisar"]["texto"] == "Diga por que agora não."
    assert not DecisaoDaFila.objects.exists()
    resposta = navegador.post(caminho, {"motivo": "Ligo mais tarde"}, headers=HTMX)
    assert em_atendimento(resposta) == "Brasil"
    # guardado no banco: outra entrada da mesma pessoa vê o mesmo
    navegador = entrar(ana)
    lista = navegador.get("/fila/lista/").content.decode()
    assert [lista.index(nome) for nome in ("Brasil", "Central", "Aurora")] == sorted(
        lista.index(nome) for nome in fila
    )
    assert "Ligo mais tarde" in lista
    assert em_atendimento(entrar(bruno).get("/fila/")) == "Aurora"
    assert not Contato.objects.exists()
    desfazer = json.loads(resposta["HX-Trigger"])["avisar"]["desfazer"]
    assert entrar(bruno).post(desfazer, headers=HTMX).status_code == 403
    assert navegador.post(desfazer, headers=HTMX).status_code == 204
    lista = navegador.get("/fila/lista/").content.decode()
    assert lista.index("Aurora") < lista.index("Brasil")


def test_adiar_pede_motivo_e_tira_da_fila_ate_o_dia(ana: Any, bruno: Any, fila: Any, entrar: Any) -> None:
    navegador = entrar(ana)
    navegador.get("/fila/")
    caminho = f"/fila/{fila['Aurora'].pk}/adiar/"
    assert navegador.post(caminho, {"ate": "2026-12-01", "motivo": ""}, headers=HTMX).status_code == 422
    assert Cliente.objects.get(codigo="C1").adiado_ate is None
    resposta = navegador.post(caminho, {"ate": "2026-12-01", "motivo": "Reforma"}, headers=HTMX)
    assert (resposta["HX-Retarget"], em_atendimento(resposta)) == ("#fila", "Brasil")
    aviso = json.loads(resposta["HX-Trigger"])
    assert "fecharDialogo" in aviso
    cliente = Cliente.objects.get(codigo="C1")
    assert (cliente.adiado_ate, cliente.adiado_motivo) == (date(2026, 12, 1), "Reforma")
    assert not ReservaDaFila.objects.filter(cliente=cliente).exists()
    assert em_atendimento(entrar(bruno).get("/fila/")) == "Central"
    assert navegador.post(aviso["avisar"]["desfazer"], headers=HTMX).status_code == 204
    cliente.refresh_from_db()
    assert (cliente.adiado_ate, cliente.adiado_motivo) == (None, "")


# ── A ordem, os recortes e o que se refaz sozinho ──


def test_a_hora_combinada_vem_antes_do_nome_e_ordena(ana: Any, fila: Any, entrar: Any) -> None:
    for nome, dias, hora in (("Central", 0, time(8, 30)), ("Brasil", 0, time(14)), ("Aurora", -2, None)):
        Agendamento.objects.create(
            cliente=fila[nome], responsavel=ana, criado_por=ana, em=HOJE + timedelta(days=dias), hora=hora
        )
    resposta = entrar(ana).get("/fila/")
    linhas = [(linha.hora, linha.cliente.nome, linha.sinal) for linha in resposta.context["linhas"]]
    assert linhas == [
        ("18/11", "Aurora", "2 dias"), ("08:30", "Central", "30 min"), ("14:00", "Brasil", ""),
    ]  # fmt: skip
    assert "Ligação atrasada desde 18/11" in resposta.content.decode()


def test_hoje_atrasados_e_semana_sao_enderecos(ana: Any, fila: Any, entrar: Any, novo_cliente: Any) -> None:
    depois = novo_cliente("C9", vendedor=ana, razao_social="Depois")
    for cliente, dias in ((fila["Brasil"], -3), (depois, 5)):
        Agendamento.objects.create(
            cliente=cliente, responsavel=ana, criado_por=ana, em=HOJE + timedelta(days=dias)
        )
    navegador = entrar(ana)
    nomes = {
        ver: [linha.cliente.nome for linha in navegador.get(f"/fila/?ver={ver}").context["linhas"]]
        for ver in ("hoje", "atrasados", "semana", "inexistente")
    }
    assert nomes == {
        "hoje": ["Brasil", "Aurora", "Central"],
        "atrasados": ["Brasil"],
        "semana": ["Brasil", "Depois", "Aurora", "Central"],
        "inexistente": ["Brasil", "Aurora", "Central"],
    }
    segmentos = [(s["rotulo"], s["quantidade"]) for s in navegador.get("/fila/").context["segmentos"]]
    assert segmentos == [("Hoje", 3), ("Atrasados", 1), ("Semana", 4)]


def test_codigo_do_erp_acha_a_linha(ana: Any, fila: Any, entrar: Any) -> None:
    lista = entrar(ana).get("/fila/lista/?q=c2").content.decode()
    assert "Brasil" in lista
    assert "Aurora" not in lista
    assert "Procurar em todos" in entrar(ana).get("/fila/lista/?q=ZZZ").content.decode()


def test_quem_compra_sai_na_hora_sem_esperar_a_noite(ana: Any, fila: Any, entrar: Any) -> None:
    novo_pedido(fila["Aurora"], "P1", HOJE, "100")
    novo_pedido(fila["Brasil"], "P2", HOJE, "100", situacao="cancelado")
    nomes = [linha.cliente.nome for linha in entrar(ana).get("/fila/").context["linhas"]]
    assert nomes == ["Brasil", "Central"]
