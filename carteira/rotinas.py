"""A rotina da noite: o único lugar que conhece a ordem.

Cada empresa:   guarda → recálculo → retrato → listas   (uma Execucao por vaga e empresa)
Depois, juntas: avisos (decidir + caixa de saída) → envio   (a Execucao da vaga, sem empresa)
Por fim, o que passou do prazo de guarda sai (a retenção), sem que uma falha dela desfaça a rodada.

Os avisos esperam todas as empresas terem desfecho, porque cada pessoa recebe uma mensagem por data:
a que está com pedidos parados, ou falhou três vezes, fica de fora e a mensagem o diz. Se ela chegar
à data depois, no mesmo dia, só recebe quem ainda não recebeu.
"""

import logging
from collections.abc import Iterable
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.utils import timezone

from atividade.models import EstadoDaExecucao, Execucao
from atividade.retratos import preencher
from carteira import passos
from carteira.demo.criacao import trazer_fatos
from carteira.duplicados import pedir_de_noite
from carteira.listas import cuidar_das_listas
from carteira.probabilidades import pedir_se_devido
from carteira.recalculos import rodar_recalculo
from carteira.retencao import limpar_vencidos
from carteira.travas import Rotina, vez
from contas import levas
from contas.auditoria import registrar
from contas.contagens import limpar_todas_as_vencidas
from contas.models import Empresa, Instalacao, Usuario
from notificacoes import emails
from notificacoes.agenda_atrasada import escrever_agendas, levar_a_central
from notificacoes.destinatarios import administradores_de
from notificacoes.envio import enviar_pendentes
from notificacoes.regras.escrita import escrever_avisos, escrever_na_central
from notificacoes.regras.rodada import Rodada, volume_devido
from notificacoes.resumos import escrever_resumos
from notificacoes.rodadas import NOTURNA, Noite, Pronta, noites_avisadas
from notificacoes.volumes import escrever_volumes

registro = logging.getLogger("carteira.rotinas")


class Desfecho(StrEnum):
    """O que uma chamada da rotina encontrou ou fez."""

    FEITA = "feita"
    ADIADA = "adiada"
    FALHOU = "falhou"
    INCOMPLETA = "incompleta"
    OCUPADA = "ocupada"
    SUPERADA = "superada"


def rotina_noturna(data: date, *, hoje: date) -> Desfecho:
    """Leva a vaga de `data` até o fim, ou o mais longe que der; chamar de novo continua de onde parou.

    Uma só de cada vez na instalação inteira. Vaga mais velha que outra já começada está superada:
    depois de noites perdidas só a mais nova roda.
    """
    with vez(Rotina.NOTURNA) as minha:
        if not minha:
            return Desfecho.OCUPADA
        if _superada(data):
            return Desfecho.SUPERADA
        geral = _execucao(data, None)
        if geral.estado in passos.TERMINAIS:
            return Desfecho(geral.estado)
        registro.info("rotina de %s começa (dia %s)", data, hoje)
        _continuar_demonstracao(data)
        execucoes = [_da_empresa(empresa, data) for empresa in Empresa.objects.order_by("codigo")]
        if any(execucao.estado not in passos.TERMINAIS for execucao in execucoes):
            return Desfecho.INCOMPLETA
        desfecho = _encerrar(geral, execucoes)
        _apagar_vencidos(data)
        for execucao in execucoes:
            if execucao.empresa and execucao.estado == EstadoDaExecucao.FEITA:
                pedir_se_devido(execucao.empresa)
                pedir_de_noite(execucao.empresa)
        return desfecho


def pedir_rodada(*, data: date, por: Usuario) -> bool:
    """Tudo volta a pendente, até o feito: arquivos podem ter entrado depois. Falso se a rotina está rodando.

    Repetir é seguro: o recálculo de nada novo muda zero linhas, e quem já recebeu não recebe de novo.
    """
    with vez(Rotina.NOTURNA) as minha:
        if not minha:
            return False
        with transaction.atomic():
            for execucao in Execucao.objects.filter(rotina=NOTURNA, referencia=data):
                passos.reabrir(execucao)
            registrar("rotina.rodar", por=por, depois={"data": data.isoformat()})
    return True


def _superada(data: date) -> bool:
    """Outra vaga, mais nova, já começou; ou a carteira já está numa data mais nova."""
    novas = Execucao.objects.filter(rotina=NOTURNA, referencia__gt=data)
    return novas.exists() or Empresa.objects.filter(referencia_regular__gt=data).exists()


def _continuar_demonstracao(vaga: date) -> None:
    """Numa demonstração os pedidos do dia são inventados aqui; sem eles, a rodada segue com os que há."""
    if not Instalacao.atual().demo:
        return
    try:
        trazer_fatos(hoje=vaga)
    except Exception:
        registro.exception("rotina de %s: a demonstração não continuou", vaga)


def _apagar_vencidos(vaga: date) -> None:
    """O que passou do prazo de guarda sai; se falhar, a rodada vale e a noite seguinte continua."""
    try:
        limpar_vencidos(timezone.make_aware(datetime.combine(vaga, time.min)))
    except Exception:
        registro.exception("rotina de %s: a retenção não terminou", vaga)
    try:
        levas.fechar(timezone.localdate())
    except Exception:
        registro.exception("rotina de %s: o que se levou pela API não se fechou", vaga)
    try:
        limpar_todas_as_vencidas()
    except Exception:
        registro.exception("rotina de %s: as tentativas vencidas não se apagaram todas", vaga)


def _execucao(data: date, empresa: Empresa | None) -> Execucao:
    return Execucao.objects.get_or_create(rotina=NOTURNA, referencia=data, empresa=empresa)[0]


# ── Uma empresa ──────────────────────────────────────────────────────────────


def _da_empresa(empresa: Empresa, vaga: date) -> Execucao:
    """Recalcula e retrata; com pedidos parados, confere os números na data de antes e adia."""
    execucao = _execucao(vaga, empresa)
    if execucao.estado in passos.TERMINAIS:
        return execucao
    try:
        # O dia da vaga é o hoje da rotina: quem roda atrasado não lê o relógio.
        passos.rodar(execucao, "recalculo", lambda: rodar_recalculo(empresa, vaga))
        passos.rodar(execucao, "retrato", lambda: _retratar(empresa))
        passos.rodar(execucao, "listas", lambda: cuidar_das_listas(empresa, vaga))
    except passos.PassoFalhou as falha:
        registro.exception("rotina de %s, empresa %s: %s falhou", vaga, empresa.codigo, falha)
        return execucao
    contagens = execucao.passos["recalculo"]["contagens"]
    if contagens["parado"]:
        passos.terminar(execucao, EstadoDaExecucao.ADIADA, contagens["aviso"])
    else:
        passos.terminar(execucao, EstadoDaExecucao.FEITA)
    return execucao


def _retratar(empresa: Empresa) -> dict[str, Any]:
    empresa.refresh_from_db()
    return {"dias": len(preencher(empresa=empresa, ate=empresa.referencia)) if empresa.referencia else 0}


# ── Todas juntas ─────────────────────────────────────────────────────────────


def _encerrar(geral: Execucao, execucoes: list[Execucao]) -> Desfecho:
    try:
        passos.rodar(geral, "avisos", lambda: _avisar(geral.referencia, execucoes), junto=True)
        passos.rodar(geral, "envio", lambda: enviar_pendentes().contagens())
    except passos.PassoFalhou as falha:
        registro.exception("rotina de %s: %s falhou", geral.referencia, falha)
        if geral.estado != EstadoDaExecucao.FALHOU:
            return Desfecho.INCOMPLETA
        _avisar_da_falha([geral])
        return Desfecho.FALHOU
    estados = {execucao.estado for execucao in execucoes}
    passos.terminar(geral, _estado_geral(estados), _mensagem_geral(execucoes))
    return Desfecho(geral.estado)


def _estado_geral(estados: set[str]) -> str:
    """Falhou se alguma falhou; adiada só se nenhuma chegou à data."""
    if EstadoDaExecucao.FALHOU in estados:
        return EstadoDaExecucao.FALHOU
    return EstadoDaExecucao.ADIADA if estados == {EstadoDaExecucao.ADIADA} else EstadoDaExecucao.FEITA


def _mensagem_geral(execucoes: Iterable[Execucao]) -> str:
    return "\n".join(f"{e.empresa}: {e.mensagem}" for e in execucoes if e.mensagem)


def _avisar(vaga: date, execucoes: list[Execucao]) -> dict[str, Any]:
    """Decide e escreve tudo numa transação só, com a anotação do passo: ou tudo, ou nada."""
    noite = _noite(vaga, execucoes)
    admins = sum(_avisar_da_parada(e) for e in execucoes if e.estado == EstadoDaExecucao.ADIADA)
    falhas = _avisar_da_falha([e for e in execucoes if e.estado == EstadoDaExecucao.FALHOU])
    rodada = Rodada(noite)
    levar_a_central(rodada)
    return {
        "resumos": escrever_resumos(noite, rodada),
        "volumes": escrever_volumes(noite, rodada),
        "agendas": escrever_agendas(noite, rodada),
        "avisos": escrever_avisos(rodada),
        "na_central": escrever_na_central(rodada),
        "avisos_aos_administradores": admins + falhas,
    }


def _noite(vaga: date, execucoes: list[Execucao]) -> Noite:
    prontas = [_pronta(e) for e in execucoes if e.estado == EstadoDaExecucao.FEITA]
    paradas = [e.empresa for e in execucoes if e.estado != EstadoDaExecucao.FEITA and e.empresa]
    return Noite(vaga, prontas, paradas)


def _pronta(execucao: Execucao) -> Pronta:
    assert execucao.empresa
    noites = noites_avisadas(execucao.empresa, execucao.referencia)
    return Pronta(
        empresa=execucao.empresa,
        referencia=date.fromisoformat(execucao.passos["recalculo"]["contagens"]["referencia"]),
        desde=noites[0] if noites else None,
        volume_devido=volume_devido(execucao.empresa, execucao.referencia, noites),
        noites=noites,
    )


def _avisar_da_parada(execucao: Execucao) -> int:
    assert execucao.empresa
    pedidos_ate = execucao.passos["recalculo"]["contagens"]["pedidos_ate"]
    return emails.rotina_adiada(
        pessoas=administradores_de(execucao.empresa),
        empresa=execucao.empresa,
        pedidos_ate=date.fromisoformat(pedidos_ate) if pedidos_ate else None,
        vaga=execucao.referencia,
    )


def _avisar_da_falha(execucoes: list[Execucao]) -> int:
    return sum(
        emails.rotina_falhou(
            pessoas=administradores_de(e.empresa), empresa=e.empresa, vaga=e.referencia, erro=e.mensagem
        )
        for e in execucoes
    )
