"""Do agendamento à caixa de saída: o arquivo de cada pessoa, com as linhas dela, e a mensagem que o leva.

A varredura chama a cada minuto: o que parou no meio continua, e nada sai duas vezes.
"""

import logging
from datetime import datetime
from typing import Any

from django.db import OperationalError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date

from carteira.arquivos import FALHA, pedir_do_catalogo
from carteira.web.relatorios_filtros import ditos_se_houver
from contas.models import Usuario
from notificacoes import emails
from notificacoes.caixa import enfileirar
from notificacoes.models import Mensagem
from relatorios import catalogo
from relatorios.agendamentos import decidir, por_que_nao_recebe
from relatorios.alcance import ainda_alcanca
from relatorios.folha import SEM_ALCANCE
from relatorios.models import (
    AgendamentoDeRelatorio,
    ArquivoGerado,
    EnvioDeRelatorio,
    EstadoDoArquivo,
    EstadoDoEnvio,
)
from relatorios.pedido import ler_pedido

registro = logging.getLogger("carteira.relatorios")
MAIOR_ANEXO = 5 * 1024 * 1024  # acima disto vai só o enlace: muitos servidores recusam o resto
VAZIO = "Nada a mostrar: sem linhas para esta pessoa."
EXPIROU = "O arquivo expirou antes de sair."
MUDOU = "A carteira da pessoa mudou desde que o arquivo foi feito: ele pode citar quem ela já não vê."


def andar(*, agora: datetime) -> int:
    """Decide os vencidos e dá um passo em cada envio por fazer; devolve quantos deram."""
    decidir(agora=agora)
    por_fazer = EnvioDeRelatorio.objects.filter(estado=EstadoDoEnvio.FAZENDO).order_by("pk")
    return sum(_passo(pk, agora) for pk in list(por_fazer.values_list("pk", flat=True)))


def _passo(pk: int, agora: datetime) -> bool:
    """Lido de novo com a linha na mão: outra varredura, ou quem apaga o agendamento, não se cruza com este."""
    por_fazer = EnvioDeRelatorio.objects.select_for_update(of=("self",), skip_locked=True)
    try:
        with transaction.atomic():
            envio = (
                por_fazer.select_related("agendamento__por", "pessoa", "arquivo")
                .filter(pk=pk, estado=EstadoDoEnvio.FAZENDO)
                .first()
            )
            if envio is None:
                return False
            return _preparar(envio, agora) if envio.arquivo is None else _entregar(envio, envio.arquivo)
    except OperationalError:  # do banco, e de agora: no minuto que vem tenta-se outra vez
        registro.warning("envio de relatório %s fica para a próxima varredura", pk, exc_info=True)
        return False
    except Exception:
        registro.exception("envio de relatório %s falhou", pk)
        return _recusar(pk, FALHA)


def _preparar(envio: EnvioDeRelatorio, agora: datetime) -> bool:
    """Com os olhos de quem recebe, agora: quem perdeu o acesso não recebe, e o motivo fica escrito."""
    agendamento, pessoa = envio.agendamento, envio.pessoa
    relatorio = catalogo.achar(agendamento.relatorio)
    motivo = por_que_nao_recebe(agendamento, pessoa, teste=envio.teste)
    if motivo or relatorio is None:
        return _recusar(envio.pk, motivo)
    pedido = ler_pedido(relatorio, pessoa, agendamento.consulta)
    descricao = ditos_se_houver(relatorio, pessoa, pedido)
    if descricao is None:
        return _recusar(envio.pk, SEM_ALCANCE)
    envio.arquivo = pedir_do_catalogo(
        por=pessoa,
        relatorio=relatorio,
        pedido=pedido,
        descricao=descricao,
        formato=agendamento.formato,
        agora=agora,
    )
    envio.save(update_fields=["arquivo"])
    return True


def _entregar(envio: EnvioDeRelatorio, arquivo: ArquivoGerado) -> bool:
    if arquivo.aberto:
        return False
    if motivo := por_que_nao_recebe(envio.agendamento, envio.pessoa, teste=envio.teste):
        return _recusar(envio.pk, motivo)
    if arquivo.estado != EstadoDoArquivo.PRONTO:
        return _recusar(envio.pk, arquivo.mensagem or EXPIROU)
    if not arquivo.linhas:
        return _recusar(envio.pk, VAZIO)
    if not ainda_alcanca(arquivo, envio.pessoa):
        return _recusar(envio.pk, MUDOU)
    enfileirar([_rascunho(envio, arquivo)])
    envio.estado = EstadoDoEnvio.ENTREGUE
    envio.save(update_fields=["estado"])
    return True


def _rascunho(envio: EnvioDeRelatorio, arquivo: ArquivoGerado) -> Any:
    cabe = arquivo.tamanho <= MAIOR_ANEXO
    pronto = emails.RelatorioPronto(
        titulo=arquivo.titulo,
        de=envio.agendamento.por.nome,
        quando=envio.agendamento.quando,
        linhas=arquivo.linhas,
        achado=arquivo.filtros.get("achado", ""),
        filtros=[(nome, valor) for nome, valor in arquivo.filtros["descricao"]],
        caminho=reverse("relatorios:baixar", args=[arquivo.pk]),
        ate=timezone.localdate(arquivo.expira_em),
        anexo=arquivo.caminho if cabe else "",
        nome=arquivo.nome,
    )
    referencia = parse_date(arquivo.filtros.get("calculado_em", ""))
    return emails.relatorio(pessoa=envio.pessoa, pronto=pronto, chave=envio.chave, referencia=referencia)


def _recusar(pk: int, motivo: str) -> bool:
    EnvioDeRelatorio.objects.filter(pk=pk).update(estado=EstadoDoEnvio.RECUSADO, motivo=motivo)
    return True


def conferir(mensagem: Mensagem, pessoa: Usuario) -> str:
    """Antes de a mensagem sair da caixa: o agendamento ainda vale, e a pessoa ainda pode ler o que o arquivo diz."""
    _, numero, _, vez = mensagem.chave.split(":")
    agendamento = AgendamentoDeRelatorio.objects.select_related("por").filter(pk=numero).first()
    if agendamento is None:
        return "O agendamento foi apagado antes de a mensagem sair."
    teste = vez.startswith("teste-")
    return por_que_nao_recebe(agendamento, pessoa, teste=teste) or _fora_do_alcance(agendamento, pessoa, vez)


def _fora_do_alcance(agendamento: AgendamentoDeRelatorio, pessoa: Usuario, vez: str) -> str:
    """O que o download recusaria também não vai em anexo."""
    teste = vez.startswith("teste-")
    qual = {"pk": vez.removeprefix("teste-")} if teste else {"data": vez}
    envios = agendamento.envios.select_related("arquivo").filter(pessoa=pessoa, teste=teste, **qual)
    envio = envios.first()
    if envio is None or envio.arquivo is None or envio.arquivo.estado != EstadoDoArquivo.PRONTO:
        return EXPIROU
    return "" if ainda_alcanca(envio.arquivo, pessoa) else MUDOU
