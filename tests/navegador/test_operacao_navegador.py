"""A manhã de quem opera: a página diz o que fazer, leva ao lugar, e a rodada se repete do telefone."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from atividade.models import Execucao
from carteira.horario import vaga_devida
from carteira.operacao import batidas
from clientes.models import Importacao
from contas.models import Empresa
from notificacoes.models import Mensagem
from tests.navegador.conftest import problemas

pytestmark = [pytest.mark.navegador, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def noite_ruim(davi: Any, novo_cliente: Any, ana: Any, monkeypatch: Any) -> date:
    """A noite falhou, os pedidos pararam, há mensagens sem dono e um worker calado."""
    monkeypatch.setattr("carteira.operacao.repetir.tocar", lambda *a: None)
    empresa = Empresa.objects.get(codigo="1")
    hoje, vaga = timezone.localdate(), vaga_devida(timezone.now())
    novo_cliente("C1", vendedor=ana, compras=[(hoje - timedelta(days=12), 100)])
    Empresa.objects.filter(pk=empresa.pk).update(pedidos_ate=hoje - timedelta(days=12), referencia=hoje)
    passo = {
        "estado": "erro",
        "ms": 820,
        "tentativas": 3,
        "erro": "OperationalError: could not extend file: no space left",
    }
    comum = {"iniciada_em": timezone.now(), "terminada_em": timezone.now()}
    for dona, estado, passos in ((empresa, "falhou", {"recalculo": passo}), (None, "falhou", {})):
        Execucao.objects.create(
            rotina="noturna",
            referencia=vaga,
            empresa=dona,
            estado=estado,
            passos=passos,
            tentativas=3,
            duracao_ms=820,
            **comum,
        )
    contagens = {"linhas_alteradas": 1200, "mudancas": 31}
    Execucao.objects.create(
        rotina="recalculo", referencia=vaga, empresa=empresa, estado="feita", tentativas=1, duracao_ms=5300,
        passos={"recalculo": {"estado": "feito", "ms": 5300, "tentativas": 1, "contagens": contagens}}, **comum,
    )  # fmt: skip
    for n, estado in enumerate(("incerto", "morta", "pendente")):
        Mensagem.objects.create(
            chave=f"m{n}", tipo="rotina", pessoa=ana, para="ana@exemplo.test", assunto="Resumo", texto="x",
            message_id=f"<{n}@x>", estado=estado, proxima_tentativa_em=timezone.now() - timedelta(hours=1),
        )  # fmt: skip
    Importacao.objects.create(
        empresa=empresa, tipo="pedidos", nome_do_arquivo="pedidos-de-novembro.csv", estado="falhou"
    )
    batidas._ultimas.clear()
    batidas.bater("worker:celery@servidor-de-trabalho")
    batidas.redis().hset(batidas.CHAVE, "beat", int(timezone.now().timestamp()) - 900)
    yield vaga
    batidas.redis().delete(batidas.CHAVE)


def test_a_manha_de_quem_opera(pagina: Any, live_server: Any, davi: Any, noite_ruim: date) -> None:
    aba = pagina(davi)
    aba.goto(f"{live_server.url}/operacao/")
    fazer = aba.get_by_role("region", name="O que fazer")
    expect(fazer).to_contain_text("o pedido mais novo é de")
    expect(fazer).to_contain_text("Relógio (beat): sem sinal há")
    assert problemas(aba, "operacao") == {}
    aba.get_by_role("link", name="A rotina de").press("Enter")
    aba.wait_for_url("**/rotinas/")
    aba.goto(f"{live_server.url}/operacao/rodadas/?estado=falhou")
    expect(aba.get_by_text("no space left").first).to_be_visible()
    assert problemas(aba, "rodadas", volta=False) == {}

    fone = pagina(davi, largura=390)
    fone.goto(f"{live_server.url}/operacao/")
    fone.get_by_role("link", name="Todas as rodadas").tap()
    fone.wait_for_url("**/rodadas/")
    fone.get_by_role("button", name="Repetir rotina da noite").first.tap()
    expect(fone.get_by_text("pedida outra vez")).to_be_visible()
    assert set(Execucao.objects.filter(rotina="noturna").values_list("estado", flat=True)) == {"pendente"}
