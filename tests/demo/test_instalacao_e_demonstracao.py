"""`criar_demo` numa instalação vazia ou já com dados, e a noite de uma empresa de verdade."""

import json
import stat
from datetime import date, datetime
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.management import CommandError, call_command

from carteira import rotinas
from carteira.demo.criacao import DemonstracaoRecusada, continuar, criar
from carteira.rotinas import Desfecho, rotina_noturna
from clientes.models import Cliente, Pedido
from contas.models import Empresa, Instalacao, RegistroDeAuditoria

BASE = date(2026, 11, 20)
pytestmark = pytest.mark.django_db


def rodar(*argumentos: str) -> str:
    saida = StringIO()
    call_command("criar_demo", *argumentos, stdout=saida)
    return saida.getvalue()


def test_recusa_uma_instalacao_com_dados_de_verdade(novo_cliente, hoje):
    novo_cliente("C1")
    with pytest.raises(DemonstracaoRecusada, match="Já há dados"):
        criar(clientes=200, hoje=BASE)
    with pytest.raises(DemonstracaoRecusada, match="não é uma demonstração"):
        continuar(hoje=BASE)
    with pytest.raises(CommandError, match="Já há dados"):
        rodar()
    assert Cliente.objects.count() == 1
    assert not Instalacao.atual().demo


def test_o_comando_cria_guarda_os_logins_so_para_o_dono_e_repete_sem_erro(settings, hoje):
    texto = rodar("--tamanho", "P", "--se-vazio", "--logins")
    assert "admin@alianca.example" in texto
    arquivo = settings.VAR_DIR / "demo.json"
    assert stat.S_IMODE(arquivo.stat().st_mode) == 0o600
    pessoas = json.loads(arquivo.read_text())["pessoas"]
    assert [p["papel"] for p in pessoas] == ["admin", "gestor", "vendedor externo", "vendedor interno"]
    assert all(len(p["senha"]) >= 12 for p in pessoas)
    assert "nada foi criado" in rodar("--se-vazio")
    assert "já está em dia" in rodar("--continuar")
    with time_machine.travel(datetime(2026, 11, 25, 9, 0, tzinfo=ZoneInfo("America/Sao_Paulo")), tick=False):
        assert "trazida até hoje" in rodar("--continuar")
    assert Empresa.objects.get().referencia == date(2026, 11, 25)
    continuada = RegistroDeAuditoria.objects.get(acao="continuar a demonstração")
    assert (continuada.por, continuada.objeto, sorted(continuada.depois)) == (
        None, "até 25/11/2026", ["contatos", "pedidos"],
    )  # fmt: skip


def test_continuar_numa_empresa_de_verdade_nao_e_erro_e_nao_faz_nada(novo_cliente, hoje):
    novo_cliente("C1")
    assert "não é uma demonstração" in rodar("--continuar")
    with pytest.raises(CommandError, match="não há senhas conhecidas"):
        rodar("--logins")
    assert Cliente.objects.count() == 1


def test_numa_empresa_de_verdade_a_noite_nao_inventa_pedido(empresa, novo_cliente, monkeypatch):
    novo_cliente("C1", compras=[(BASE, "10.00")])
    monkeypatch.setattr(rotinas, "trazer_fatos", lambda **_: pytest.fail("não é demonstração"))
    assert rotina_noturna(BASE, hoje=BASE) == Desfecho.FEITA
    assert Pedido.objects.count() == 1
