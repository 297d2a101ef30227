"""A demonstração deixada no ar anda sozinha: a noite inventa o dia antes de recalcular."""

from datetime import date, timedelta

import pytest

from atividade.models import Retrato
from carteira import rotinas
from carteira.demo.criacao import continuar
from carteira.rotinas import Desfecho, rotina_noturna
from clientes.models import Pedido
from contas.models import Empresa, Instalacao

BASE = date(2026, 11, 20)
pytestmark = pytest.mark.django_db


def test_noites_seguidas_trazem_os_pedidos_e_a_referencia_acompanha(demo):
    antes = Pedido.objects.count()
    for dias in range(1, 5):
        assert rotina_noturna(BASE + timedelta(days=dias), hoje=BASE + timedelta(days=dias)) == Desfecho.FEITA
    fim = BASE + timedelta(days=4)
    assert Empresa.objects.get().referencia == fim
    assert Instalacao.atual().demo_ate == fim
    assert Pedido.objects.count() > antes
    assert Retrato.objects.filter(data=fim).exists()
    assert continuar(hoje=fim) is False


def test_a_mesma_noite_de_novo_nao_inventa_mais_nada(demo):
    dia = BASE + timedelta(days=3)
    rotina_noturna(dia, hoje=dia)
    antes = Pedido.objects.count()
    assert rotina_noturna(dia, hoje=dia) == Desfecho.FEITA
    assert Pedido.objects.count() == antes


def test_se_a_demonstracao_nao_continua_a_noite_segue(demo, monkeypatch, caplog):
    def quebrar(**_: object) -> bool:
        raise RuntimeError("sem tinta")

    monkeypatch.setattr(rotinas, "trazer_fatos", quebrar)
    dia = BASE + timedelta(days=3)
    assert rotina_noturna(dia, hoje=dia) == Desfecho.FEITA
    assert "a demonstração não continuou" in caplog.text
