"""As páginas do administrador: a noite, a hora dela e a caixa de saída."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from django.test import Client, TestCase
from django.urls import reverse
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from atividade.models import Execucao, Retrato
from atividade.recalculo import recalcular
from atividade.retratos import fotografar
from carteira import tasks
from carteira.horario import horario
from carteira.retratos_passados import atender
from contas.models import Empresa, RegistroDeAuditoria, Usuario
from notificacoes.caixa import Rascunho, enfileirar
from notificacoes.models import Mensagem
from tests.conftest import criar_pessoa

pytestmark = pytest.mark.django_db
VAGA = date(2026, 11, 20)


@pytest.fixture(autouse=True)
def campainhas(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """As campainhas tocadas, em vez de uma fila."""
    tocadas: list[str] = []
    tocar = lambda tarefa, *args: tocadas.append(tarefa.name.rsplit(".", 1)[-1])  # noqa: E731
    monkeypatch.setattr("carteira.web.rotinas.tocar", tocar)
    monkeypatch.setattr("carteira.web.mensagens.tocar", tocar)
    return tocadas


@pytest.fixture
def noite(empresa: Empresa) -> Execucao:
    Execucao.objects.create(
        rotina="noturna", referencia=VAGA, empresa=empresa, estado="falhou", tentativas=3, duracao_ms=61_500,
        mensagem="recalculo: RuntimeError: disco cheio",
        passos={"recalculo": {"estado": "erro", "tentativas": 3, "erro": "RuntimeError: disco cheio", "ms": 61_500}},
    )  # fmt: skip
    return Execucao.objects.create(
        rotina="noturna", referencia=VAGA, estado="feita", tentativas=1, duracao_ms=820,
        passos={"avisos": {"estado": "feito", "contagens": {"resumos": 1270, "volumes": 0}, "ms": 820}},
    )  # fmt: skip


def mensagem(
    pessoa: Usuario, estado: str = "enviada", tipo: str = "resumo_diario", chave: str = "x"
) -> Mensagem:
    enfileirar(
        [Rascunho(chave, tipo, pessoa, "4 clientes para ligar", "texto simples", "<h1>Bom dia</h1>", VAGA)]
    )
    Mensagem.objects.filter(chave=chave).update(estado=estado)
    feita: Mensagem = Mensagem.objects.get(chave=chave)
    return feita


@pytest.mark.parametrize("quem", ["ana", "bruno", "lia"])
@pytest.mark.parametrize("rota", ["rotinas:lista", "mensagens:lista"])
def test_so_o_administrador_entra(quem: str, rota: str, request: pytest.FixtureRequest, entrar: Any) -> None:
    pessoa = request.getfixturevalue(quem)
    assert entrar(pessoa).get(reverse(rota)).status_code == 403
    assert Client().get(reverse(rota)).status_code == 302


def test_vendedor_nao_le_a_propria_mensagem_nem_reenvia(ana: Usuario, entrar: Any) -> None:
    guardada = mensagem(ana, "incerto")
    for rota in ("detalhe", "corpo", "reenviar"):
        assert entrar(ana).get(reverse(f"mensagens:{rota}", args=[guardada.pk])).status_code == 403
    assert entrar(ana).post(reverse("mensagens:reenviar", args=[guardada.pk])).status_code == 403
    guardada.refresh_from_db()
    assert guardada.estado == "incerto"


def test_a_pagina_mostra_estado_contagens_duracao_e_erro(davi: Usuario, noite: Execucao, entrar: Any) -> None:
    pagina = entrar(davi).get(reverse("rotinas:lista")).content.decode()
    for trecho in (
        "Sexta-feira, 20/11/2026",
        "Falhou",
        "RuntimeError: disco cheio",
        "1 min 01 s",
        "1.270 resumos",
        "1 min 02 s",
    ):
        assert trecho in pagina


def test_administrador_de_outra_empresa_nao_ve_esta(noite: Execucao, entrar: Any) -> None:
    norte = Empresa.objects.create(codigo="2", nome="Filial Norte")
    vera = criar_pessoa("Vera Norte", norte, "admin")
    assert "disco cheio" not in entrar(vera).get(reverse("rotinas:lista")).content.decode()


def test_mudar_a_hora_pelo_navegador(davi: Usuario, entrar: Any) -> None:
    assert horario() == time(2, 0)
    assert entrar(davi).post(reverse("rotinas:lista"), {"hora": "05:30"}).status_code == 302
    assert horario() == time(5, 30)
    crontab = PeriodicTask.objects.get(name="rotina-noturna").crontab
    assert (crontab.hour, crontab.minute, str(crontab.timezone)) == ("5", "30", "America/Sao_Paulo")
    assert RegistroDeAuditoria.objects.get(acao="rotina.horario").depois == {"hora": "05:30"}


def test_hora_impossivel_e_recusada(davi: Usuario, entrar: Any) -> None:
    resposta = entrar(davi).post(reverse("rotinas:lista"), {"hora": "25:00"})
    assert resposta.status_code == 422
    assert "Escreva a hora como 02:00." in resposta.content.decode()
    assert horario() == time(2, 0)


def test_rodar_agora_reabre_e_toca(davi: Usuario, entrar: Any, campainhas: list[str]) -> None:
    assert entrar(davi).post(reverse("rotinas:rodar")).status_code == 302
    assert campainhas == ["rotina_noturna_task"]
    assert entrar(davi).get(reverse("rotinas:rodar")).status_code == 405


def test_rodar_agora_com_a_rotina_rodando_so_avisa(
    davi: Usuario, entrar: Any, campainhas: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("carteira.web.rotinas.pedir_rodada", lambda **resto: False)
    assert (
        "em todas as empresas da instalação, não só nas suas"
        in entrar(davi).get("/rotinas/").content.decode()
    )
    resposta = entrar(davi).post(reverse("rotinas:rodar"), follow=True)
    assert "A rotina já está rodando." in resposta.content.decode()
    assert campainhas == []


def test_a_lista_filtra_por_estado_e_procura(
    davi: Usuario, ana: Usuario, carla: Usuario, entrar: Any
) -> None:
    mensagem(ana, "incerto", chave="1")
    mensagem(carla, "enviada", chave="2")
    navegador = entrar(davi)
    todas = navegador.get(reverse("mensagens:lista")).content.decode()
    assert "ana@exemplo.test" in todas
    assert "carla@exemplo.test" in todas
    incertas = navegador.get(reverse("mensagens:lista"), {"estado": "incerto"}).content.decode()
    assert "carla@exemplo.test" not in incertas
    achadas = navegador.get(
        reverse("mensagens:lista"), {"q": "carla"}, headers={"HX-Request": "true"}
    ).content.decode()
    assert "ana@exemplo.test" not in achadas
    assert "<html" not in achadas
    assert navegador.get(reverse("mensagens:lista"), {"estado": "x'--", "pagina": "zz"}).status_code == 200
    assert (
        "Nenhuma mensagem assim"
        in navegador.get(reverse("mensagens:lista"), {"q": "ninguém"}).content.decode()
    )


def test_as_consultas_da_lista_nao_crescem(
    davi: Usuario, ana: Usuario, entrar: Any, django_assert_num_queries: Any
) -> None:
    navegador = entrar(davi)
    for n in range(40):
        mensagem(ana, chave=str(n))
    navegador.get(reverse("mensagens:lista"))
    with django_assert_num_queries(CONSULTAS_DA_LISTA):
        navegador.get(reverse("mensagens:lista"))


CONSULTAS_DA_LISTA = 10  # com as devoluções da página e quem administra todas as empresas


def test_o_detalhe_mostra_a_previa_isolada(davi: Usuario, ana: Usuario, entrar: Any) -> None:
    guardada = mensagem(ana)
    pagina = entrar(davi).get(reverse("mensagens:detalhe", args=[guardada.pk]))
    assert 'sandbox=""' in pagina.content.decode()
    assert "texto simples" in pagina.content.decode()
    assert "frame-src 'self'" in pagina["Content-Security-Policy"]
    corpo = entrar(davi).get(reverse("mensagens:corpo", args=[guardada.pk]))
    assert corpo.content == b"<h1>Bom dia</h1>"
    assert corpo["X-Frame-Options"] == "SAMEORIGIN"
    politica = corpo["Content-Security-Policy"]
    assert "default-src 'none'" in politica
    assert "sandbox" in politica
    assert "frame-ancestors 'self'" in politica
    assert "script-src 'none'" in politica


@pytest.mark.parametrize("tipo", ["senha", "convite"])
def test_enlace_pessoal_nao_se_mostra_a_ninguem(tipo: str, davi: Usuario, ana: Usuario, entrar: Any) -> None:
    guardada = mensagem(ana, tipo=tipo)
    pagina = entrar(davi).get(reverse("mensagens:detalhe", args=[guardada.pk])).content.decode()
    assert "texto simples" not in pagina
    assert b"Bom dia" not in entrar(davi).get(reverse("mensagens:corpo", args=[guardada.pk])).content


def test_mensagem_de_quem_trabalha_em_empresa_alheia_nao_existe(davi: Usuario, entrar: Any) -> None:
    norte = Empresa.objects.create(codigo="2", nome="Filial Norte")
    guardada = mensagem(criar_pessoa("Vera Norte", norte))
    assert entrar(davi).get(reverse("mensagens:detalhe", args=[guardada.pk])).status_code == 404
    assert "vera@" not in entrar(davi).get(reverse("mensagens:lista")).content.decode()


def test_reenviar_pergunta_antes_e_obedece_uma_vez(
    davi: Usuario, ana: Usuario, entrar: Any, campainhas: list[str]
) -> None:
    guardada = mensagem(ana, "incerto")
    endereco = reverse("mensagens:reenviar", args=[guardada.pk])
    assert "pode já ter chegado" in entrar(davi).get(endereco).content.decode()
    assert Mensagem.objects.get().estado == "incerto"
    resposta = entrar(davi).post(endereco, follow=True)
    assert "volta à fila" in resposta.content.decode()
    assert Mensagem.objects.get().estado == "pendente"
    assert "nada foi reenviado" in entrar(davi).post(endereco, follow=True).content.decode()
    assert campainhas == ["enviar_pendentes_task"]


def test_a_rotina_chama_para_as_incertas(davi: Usuario, ana: Usuario, entrar: Any) -> None:
    mensagem(ana, "incerto", chave="1")
    mensagem(ana, "morta", chave="2")
    pagina = entrar(davi).get(reverse("rotinas:lista")).content.decode()
    assert "1 mensagem incerta e 1 não enviada" in pagina


def test_campainha_com_a_fila_fora_do_ar_so_avisa(
    caplog: pytest.LogCaptureFixture, django_capture_on_commit_callbacks: Any
) -> None:
    class Fora:
        name = "x"

        def apply_async(self, *args: Any, **kwargs: Any) -> None:
            raise OSError("recusada")

    with django_capture_on_commit_callbacks(execute=True):
        tasks.tocar(Fora(), 1)  # type: ignore[arg-type]
        assert not caplog.text
    assert "campainha de x não tocou" in caplog.text


def test_proxima_noite_na_pagina(davi: Usuario, entrar: Any, hoje: date) -> None:
    assert timezone.localdate() == hoje
    pagina = entrar(davi).get(reverse("rotinas:lista")).content.decode()
    assert f"A próxima roda em {hoje + timedelta(days=1):%d/%m/%Y} às 02:00." in pagina


def test_retratar_o_passado_diz_o_andamento_e_continua_de_onde_parou(
    davi: Usuario, bruno: Usuario, empresa: Empresa, entrar: Any, novo_cliente: Any, monkeypatch: Any
) -> None:
    tocadas: list[Any] = []
    monkeypatch.setattr("carteira.tasks.tocar", lambda tarefa, *args: tocadas.append((tarefa.name, *args)))
    novo_cliente("A", compras=[(date(2026, 8, 5), "10")])
    recalcular(empresa=empresa, referencia=VAGA, hoje=VAGA)
    assert entrar(bruno).post("/rotinas/retratos/", {"desde": "2026-01-01"}).status_code == 403
    navegador = entrar(davi)
    assert navegador.post("/rotinas/retratos/", {"desde": "2999-01-01"}).status_code == 422
    assert not Execucao.objects.filter(rotina="retratos").exists()
    with TestCase.captureOnCommitCallbacks(execute=True):
        navegador.post("/rotinas/retratos/", {"desde": "2026-01-01"})
    assert [nome.rsplit(".", 1)[-1] for nome, _ in tocadas] == ["retratos_passados_task"]
    assert "0 de 3 fins de mês retratados, desde 01/01/2026" in navegador.get("/rotinas/").content.decode()
    fotografar(empresa=empresa, data=date(2026, 10, 31), visto=False)
    assert "1 de 3 fins de mês retratados" in navegador.get("/rotinas/").content.decode()
    feita = atender(empresa.pk)
    assert feita
    assert (feita.estado, feita.passos["retratos"]["contagens"]) == ("feita", {"dias": 2})
    assert Retrato.objects.values("data").distinct().count() == 3
    resposta = navegador.post("/rotinas/retratos/", {"desde": "2026-01-01"}, follow=True)
    assert "Não falta nenhum fim de mês" in resposta.content.decode()
    assert RegistroDeAuditoria.objects.filter(acao="rotina.retratar", por=davi).count() == 1
