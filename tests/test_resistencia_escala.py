"""Mais de uma máquina, numa só: dois processos web e três workers, derrubados sob carga, e nada se perde nem dobra."""

import signal
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from atividade.models import Execucao, MudancaStatus, Retrato, Sujo
from clientes.models import Contato, Pedido
from contas.models import Empresa, Usuario
from notificacoes.caixa import Rascunho, enfileirar
from notificacoes.envio import PRAZO_DO_ENVIO, enviar_pendentes, marcar_incertas
from notificacoes.models import Mensagem
from tests.correio import Correio
from tests.processos import PRAZO, Processos, ate
from tests.webs import Carga, Webs

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.resistencia]
VAGA = date(2026, 11, 20)
CLIENTES, CONTATOS_POR_CLIENTE, MENSAGENS = 20, 4, 40


def test_dois_webs_e_tres_workers_caem_e_voltam_sob_carga(
    ana: Usuario, davi: Usuario, empresa: Empresa, novo_cliente: Any, correio: Correio, processos: Processos
) -> None:
    clientes = [
        novo_cliente(
            f"C{n:02}", vendedor=ana, compras=[(VAGA - timedelta(days=40 * (n % 5) + 3), "100.00")]
        ).pk
        for n in range(CLIENTES)
    ]
    enfileirar(Rascunho(f"m:{n}", "teste", ana, f"Mensagem {n}", "corpo", "") for n in range(MENSAGENS))
    webs = Webs(processos)
    workers = [processos.worker("carteira", "-n", f"w{n}@%h") for n in range(3)]
    carga = Carga(webs.pedir, ana, clientes, vezes=CONTATOS_POR_CLIENTE)
    processos.varrer(VAGA.isoformat())

    ate(lambda: len(carga.feitos) >= 10, porque=processos.registros)
    webs.derrubar(0, signal.SIGKILL)
    workers[0].kill()
    processos.varrer(VAGA.isoformat())
    webs.vivos[0] = webs.levantar(0)
    workers[0] = processos.worker("carteira", "-n", "w0b@%h")
    ja = len(carga.feitos)
    ate(
        lambda: len(carga.feitos) >= min(ja + 10, CLIENTES * CONTATOS_POR_CLIENTE), porque=processos.registros
    )
    webs.derrubar(1, signal.SIGTERM)
    workers[1].kill()
    webs.vivos[1] = webs.levantar(1)
    workers[1] = processos.worker("carteira", "-n", "w1b@%h")
    carga.terminar()

    for _ in range(3):
        processos.varrer(VAGA.isoformat())
    ate(
        lambda: Execucao.objects.filter(rotina="noturna", empresa=None, estado="feita").exists(),
        PRAZO,
        processos.registros,
    )
    _nada_se_perdeu_nem_dobrou(carga, correio)
    _os_numeros_conferem(empresa, clientes, processos)


def _nada_se_perdeu_nem_dobrou(carga: Carga, correio: Correio) -> None:
    """Cada contato confirmado existe uma vez; cada mensagem saiu uma vez ou ficou à vista como incerta."""
    assert len(carga.feitos) == CLIENTES * CONTATOS_POR_CLIENTE, carga.fora
    assert sorted(Contato.objects.values_list("observacao", flat=True)) == sorted(carga.feitos)
    enviar_pendentes()
    marcar_incertas(agora=timezone.now() + PRAZO_DO_ENVIO)
    assert set(Mensagem.objects.values_list("estado", flat=True)) <= {"enviada", "incerto"}
    assert Mensagem.objects.filter(assunto__startswith="Mensagem ").count() == MENSAGENS
    assert len(correio.caixa.ids) == len(set(correio.caixa.ids))
    enviadas = set(Mensagem.objects.filter(estado="enviada").values_list("message_id", flat=True))
    assert enviadas <= set(correio.caixa.ids)


def _os_numeros_conferem(empresa: Empresa, clientes: list[int], processos: Processos) -> None:
    """A noite fez um efeito só, e a conta na unha diz o mesmo que o banco."""
    assert Execucao.objects.filter(rotina="noturna").count() == 2
    assert sum(Retrato.objects.filter(data=VAGA).values_list("clientes", flat=True)) == CLIENTES
    assert not Sujo.objects.exists()
    repetidas = MudancaStatus.objects.values_list("cliente", "em", "ordem")
    assert len(repetidas) == len(set(repetidas))
    conferido = processos.manage("conferir", "--amostra", str(CLIENTES))
    assert conferido.wait(PRAZO) == 0, processos.registros()
    assert Pedido.objects.count() == len(clientes)
