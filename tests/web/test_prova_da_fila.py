"""A página da prova: quem abre, o pedido em segundo plano com o andamento, e o que ela diz do resultado."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.core.cache import cache

from atividade.models import AvaliacaoDaPrioridade, Execucao
from carteira.avaliacoes import AVALIACAO, atender
from carteira.varredura import varrer
from contas.models import Empresa, RegistroDeAuditoria
from tests.conftest import HOJE, SAO_PAULO

pytestmark = pytest.mark.django_db
URL = "/atividade/prioridade/"


@pytest.fixture(autouse=True)
def tocadas(monkeypatch: pytest.MonkeyPatch, empresa: Empresa, hoje: date) -> list[Any]:
    lista: list[Any] = []
    tocar = lambda tarefa, *args: lista.append((tarefa.name.rsplit(".", 1)[-1], *args))  # noqa: E731
    monkeypatch.setattr("carteira.varredura.tocar", tocar)
    monkeypatch.setattr("carteira.tasks.tocar", tocar)
    Empresa.objects.update(referencia=HOJE)
    empresa.refresh_from_db()
    return lista


def test_gestor_e_admin_abrem_vendedor_e_leitura_nao(
    ana: Any, bruno: Any, davi: Any, lia: Any, entrar: Any
) -> None:
    assert [entrar(p).get(URL).status_code for p in (ana, bruno, davi, lia)] == [403, 200, 200, 403]
    assert "A ordem ainda não foi posta à prova" in entrar(bruno).get(URL).content.decode()
    assert [entrar(p).post(f"{URL}avaliar/").status_code for p in (ana, lia)] == [403, 403]
    assert not Execucao.objects.exists()


def test_a_prova_anda_em_segundo_plano_e_a_pagina_diz_o_resultado(
    bruno: Any, empresa: Empresa, entrar: Any, novo_cliente: Any, tocadas: list[Any],
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    for n in range(8):
        compras = [(HOJE - timedelta(days=(20 if n % 2 else 95) + 30 * k), 100 * (n + 1)) for k in range(9)]
        novo_cliente(f"C{n}", compras=compras)
    navegador = entrar(bruno)
    with django_capture_on_commit_callbacks(execute=True):
        assert navegador.post(f"{URL}avaliar/").status_code == 302
    assert ("avaliar_prioridade_task", empresa.pk) in tocadas
    assert RegistroDeAuditoria.objects.get(acao="prioridade.avaliar").por == bruno
    cache.set(f"avaliacao:{empresa.pk}", (3, 13))
    andando = navegador.get(URL, headers={"HX-Request": "true", "HX-Target": "andamento"}).content.decode()
    assert "Passo 3 de 13." in andando
    assert "<h1>" not in andando

    agora = datetime.combine(HOJE, time(9), SAO_PAULO)
    assert varrer(agora=agora)["avaliacoes"] == [empresa.pk]
    feita = atender(empresa.pk)
    assert feita is not None
    assert (feita.rotina, feita.estado) == (AVALIACAO, "feita")
    assert atender(empresa.pk) is None
    avaliacao = AvaliacaoDaPrioridade.objects.get()
    assert (avaliacao.referencia, avaliacao.resultado["pouca_historia"]) == (HOJE, True)
    pagina = navegador.get(URL).content.decode()
    for dito in (
        "De cada 100 clientes no alto da fila",
        "É pouca história",
        "Perda esperada (a da fila)",
        "Sorteio",
    ):
        assert dito in pagina, dito
    pronta = navegador.get(URL, headers={"HX-Request": "true", "HX-Target": "andamento"}).content.decode()
    assert "Prova pronta." in pronta
    assert "avaliacoes" not in varrer(agora=agora)


def test_falha_fica_dita_e_o_resultado_de_antes_continua(
    bruno: Any, empresa: Empresa, entrar: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cair(**_: Any) -> None:
        raise RuntimeError("sem memória")

    monkeypatch.setattr("atividade.avaliacao.prova.avaliar", cair)
    entrar(bruno).post(f"{URL}avaliar/")
    for _ in range(3):
        atender(empresa.pk)
    assert Execucao.objects.get(rotina=AVALIACAO).estado == "falhou"
    assert "A última prova falhou" in entrar(bruno).get(URL).content.decode()


def test_sem_carteira_calculada_nao_ha_o_que_provar(bruno: Any, entrar: Any) -> None:
    Empresa.objects.update(referencia=None)
    resposta = entrar(bruno).post(f"{URL}avaliar/", follow=True)
    assert "Antes é preciso uma carteira calculada" in resposta.content.decode()
    assert not Execucao.objects.exists()
