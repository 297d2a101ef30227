"""Um passo de uma execução: contado antes, medido, anotado, e nunca refeito depois de feito."""

import logging
import time
from collections.abc import Callable
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from atividade.models import EstadoDaExecucao, Execucao
from carteira.travas import Rotina, vez
from contas.models import Empresa

registro = logging.getLogger("carteira.rotinas")
MAX_TENTATIVAS = 3
TERMINAIS = (EstadoDaExecucao.FEITA, EstadoDaExecucao.ADIADA, EstadoDaExecucao.FALHOU)
Acao = Callable[[], dict[str, Any]]


class PassoFalhou(Exception):
    """O passo deu erro; a execução fica para a próxima tentativa, ou desistiu."""


def feito(execucao: Execucao, nome: str) -> bool:
    return execucao.passos.get(nome, {}).get("estado") == "feito"


def rodar(execucao: Execucao, nome: str, acao: Acao, *, junto: bool = False) -> None:
    """Roda o passo se ainda falta. Com `junto`, o efeito e a anotação entram na mesma transação."""
    if feito(execucao, nome):
        return
    _comecar(execucao, nome)
    inicio = time.monotonic()
    try:
        if junto:
            with transaction.atomic():
                _anotar_feito(execucao, nome, acao(), inicio)
        else:
            _anotar_feito(execucao, nome, acao(), inicio)
    except Exception as erro:
        _anotar_erro(execucao, nome, erro, inicio)
        raise PassoFalhou(nome) from erro


def _comecar(execucao: Execucao, nome: str) -> None:
    """A tentativa é confirmada antes do trabalho: quem mata o processo três vezes não o mata a quarta."""
    passo = execucao.passos.get(nome, {})
    if passo.get("tentativas", 0) >= MAX_TENTATIVAS:
        passo.setdefault("erro", "O processo parou no meio, três vezes.")
        execucao.passos[nome] = passo
        desistir(execucao, nome)
        raise PassoFalhou(nome)
    execucao.passos[nome] = {
        "estado": "rodando",
        "tentativas": passo.get("tentativas", 0) + 1,
        "inicio": timezone.now().isoformat(),
    }
    execucao.estado = EstadoDaExecucao.RODANDO
    execucao.tentativas = max(p.get("tentativas", 0) for p in execucao.passos.values())
    execucao.iniciada_em = execucao.iniciada_em or timezone.now()
    execucao.save(update_fields=["passos", "estado", "tentativas", "iniciada_em"])


def _anotar_feito(execucao: Execucao, nome: str, contagens: dict[str, Any], inicio: float) -> None:
    passo = {**execucao.passos[nome], "estado": "feito", "contagens": contagens, "ms": _ms(inicio)}
    execucao.passos = {**execucao.passos, nome: passo}
    execucao.save(update_fields=["passos"])


def _anotar_erro(execucao: Execucao, nome: str, erro: Exception, inicio: float) -> None:
    texto = f"{type(erro).__name__}: {erro}"[:1000]
    passo = {**execucao.passos[nome], "estado": "erro", "erro": texto, "ms": _ms(inicio)}
    execucao.passos = {**execucao.passos, nome: passo}
    execucao.save(update_fields=["passos"])
    if passo["tentativas"] >= MAX_TENTATIVAS:
        desistir(execucao, nome)


def desistir(execucao: Execucao, nome: str) -> None:
    passo = execucao.passos.get(nome, {})
    terminar(execucao, EstadoDaExecucao.FALHOU, f"{nome}: {passo.get('erro', 'erro')}")


def terminar(execucao: Execucao, estado: str, mensagem: str = "") -> None:
    """Fecha a execução com a soma das durações dos passos: o tempo parado entre tentativas não conta."""
    execucao.estado, execucao.mensagem, execucao.terminada_em = estado, mensagem, timezone.now()
    execucao.duracao_ms = sum(passo.get("ms", 0) for passo in execucao.passos.values())
    execucao.save(update_fields=["estado", "mensagem", "terminada_em", "duracao_ms", "passos"])


def reabrir(execucao: Execucao) -> None:
    """Uma pessoa mandou tentar de novo: todos os passos, que são idempotentes, com tentativas novas."""
    execucao.passos, execucao.tentativas, execucao.mensagem = {}, 0, ""
    execucao.estado, execucao.terminada_em = EstadoDaExecucao.PENDENTE, None
    execucao.save(update_fields=["passos", "tentativas", "mensagem", "estado", "terminada_em"])


@transaction.atomic
def pedir(rotina: str, empresa: Empresa, em: date | None = None) -> Execucao:
    """O pedido de uma rotina na referência da empresa (ou em `em`): uma linha, que pedir de novo reabre."""
    execucao, nova = Execucao.objects.select_for_update().get_or_create(
        rotina=rotina, referencia=em or empresa.referencia, empresa=empresa
    )
    if not nova:
        reabrir(execucao)
    return execucao


def atender_o_mais_novo(
    rotina: str, empresa: Empresa, nome: str, acao: Callable[[Execucao], dict[str, Any]]
) -> Execucao | None:
    """Faz num passo só o pedido aberto mais novo, e os de antes dele ficam feitos com ele; nulo se não há nenhum.

    O que falhou fica no registro e na execução, para a próxima tentativa. Quem chama tem a vez da rotina.
    """
    abertos = Execucao.objects.filter(rotina=rotina, empresa=empresa).exclude(estado__in=TERMINAIS)
    execucao = abertos.order_by("-referencia").first()
    if execucao is None:
        return None
    try:
        rodar(execucao, nome, lambda: acao(execucao))
        terminar(execucao, EstadoDaExecucao.FEITA)
        abertos.filter(referencia__lt=execucao.referencia).update(estado=EstadoDaExecucao.FEITA)
    except PassoFalhou as falha:
        registro.exception("%s da empresa %s: %s falhou", rotina, empresa.codigo, falha)
    return execucao


def atender_na_vez(
    rotina: str,
    trava: Rotina,
    empresa_id: int,
    nome: str,
    acao: Callable[[Empresa, Execucao], dict[str, Any]],
) -> Execucao | None:
    """O pedido da empresa, se há e se nenhum outro processo já o atende."""
    empresa = Empresa.objects.get(pk=empresa_id)
    with vez(trava, empresa_id) as minha:
        if not minha:
            return None
        return atender_o_mais_novo(rotina, empresa, nome, lambda execucao: acao(empresa, execucao))


def _ms(inicio: float) -> int:
    return int((time.monotonic() - inicio) * 1000)
