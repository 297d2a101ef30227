"""Esvazia a caixa de saída: reivindica uma linha, confirma a reivindicação e só então envia.

O que pode acontecer a uma mensagem reivindicada:
 1. o servidor aceita: enviada;
 2. o servidor recusa o destinatário para sempre (5xx): morta, à vista de quem administra;
 3. o servidor recusa por ora, ou não atende: volta a pendente e espera cada vez mais;
 4. o processo ou a rede caem depois que o corpo partiu: incerta, e só uma pessoa a reenvia.
Antes de reivindicada, a de um endereço que devolve fica «não enviada: endereço devolvido», a que deixou de valer
(`antes_de_sair`) fica cancelada com o motivo, e a de um domínio que já recebeu o que aceita por minuto espera.
"""

import random
import smtplib
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from notificacoes.antes_de_sair import cancelar, por_que_nao_sai, quando_pode_sair
from notificacoes.ao_cliente import nao_saiu
from notificacoes.caixa import montar
from notificacoes.limites import espalhar, tomar_vez
from notificacoes.models import EstadoDaMensagem, Mensagem
from notificacoes.servidor import ServidorInvalido, conexao, remetente

LIMITE = 2000
PRAZO_DA_DRENAGEM = timedelta(minutes=10)
# Acima de todos os prazos de rede de um envio: quem passou disto morreu no meio.
PRAZO_DO_ENVIO = timedelta(minutes=10)
MAX_RECUSAS = 8
ESPERA_MINIMA, ESPERA_MAXIMA = timedelta(minutes=1), timedelta(hours=2)

_A_SEGUIR = """
SELECT m.id, lower(split_part(m.para, '@', 2)), l.por_minuto,
       (SELECT coalesce(nullif(d.motivo, ''), 'sem motivo dito') FROM notificacoes_devolucao d
        WHERE d.endereco = lower(m.para) AND d.liberada_em IS NULL)
FROM notificacoes_mensagem m
LEFT JOIN notificacoes_limitedeenvio l ON l.dominio = lower(split_part(m.para, '@', 2))
WHERE m.estado = 'pendente' AND m.proxima_tentativa_em <= %(agora)s
ORDER BY m.proxima_tentativa_em, m.id
FOR UPDATE OF m SKIP LOCKED LIMIT 1
"""


@dataclass(slots=True)
class Entrega:
    """O que uma drenagem fez."""

    enviadas: int = 0
    adiadas: int = 0
    mortas: int = 0
    incertas: int = 0
    suspensas: int = 0
    canceladas: int = 0

    def contagens(self) -> dict[str, int]:
        return asdict(self)


class ServidorFora(Exception):
    """O servidor não atende: não há por que tentar a próxima."""


def enviar_pendentes(*, limite: int = LIMITE, agora: datetime | None = None) -> Entrega:
    """Envia o que venceu, por uma conexão só, até acabar, ao limite ou ao prazo; para se o servidor sumir."""
    entrega = Entrega(incertas=marcar_incertas(agora=agora))
    if not a_enviar(agora=agora):
        return entrega
    fim = time.monotonic() + PRAZO_DA_DRENAGEM.total_seconds()
    with _correio() as (canal, de), suppress(ServidorFora):
        for _ in range(limite):
            mensagem = _proxima(agora, entrega) if time.monotonic() < fim else None
            if mensagem is None:
                break
            _enviar(mensagem, canal, de, entrega)
    return entrega


def a_enviar(*, agora: datetime | None = None) -> bool:
    """Há mensagem pendente cuja hora chegou?"""
    vencidas = Q(estado=EstadoDaMensagem.PENDENTE, proxima_tentativa_em__lte=agora or timezone.now())
    return bool(Mensagem.objects.filter(vencidas).exists())


def marcar_incertas(*, agora: datetime | None = None) -> int:
    """As que ficaram no meio do envio de um processo que morreu."""
    limite = (agora or timezone.now()) - PRAZO_DO_ENVIO
    paradas = Mensagem.objects.filter(estado=EstadoDaMensagem.ENVIANDO, reivindicada_em__lt=limite)
    return int(
        paradas.update(
            estado=EstadoDaMensagem.INCERTO,
            erro="O envio foi interrompido depois de começar: pode ter saído ou não.",
        )
    )


@contextmanager
def _correio() -> Iterator[tuple[Any, str]]:
    """A conexão, aberta na primeira mensagem e fechada no fim; um servidor mal configurado é um servidor fora."""
    canal: Any
    try:
        canal = conexao()
    except ServidorInvalido as erro:
        canal = _Desligado(str(erro))
    try:
        yield canal, remetente()
    finally:
        with suppress(OSError, smtplib.SMTPException):
            canal.close()


class _Desligado:
    """Conexão que nunca abre, com o motivo."""

    def __init__(self, motivo: str) -> None:
        self.motivo = motivo

    def open(self) -> None:
        raise OSError(self.motivo)

    def close(self) -> None:
        return None


def _proxima(agora: datetime | None, entrega: Entrega) -> Mensagem | None:
    """A primeira que pode sair, já confirmada como «enviando» antes do envio; nula quando não há mais nenhuma.

    No caminho, a de endereço suspenso fica à vista como não enviada, a que deixou de valer como cancelada, e as do
    domínio que já recebeu o que aceita por minuto esperam os minutos seguintes; nas horas de silêncio, o fim delas.
    """
    while True:
        instante = agora or timezone.now()
        with transaction.atomic():
            achada = _a_seguir(instante)
            if achada is None:
                return None
            mensagem = _ler(achada.pk)
            if achada.devolvida:
                _suspender(mensagem, achada.devolvida, entrega)
            elif motivo := por_que_nao_sai(mensagem):
                cancelar(mensagem, motivo)
                entrega.canceladas += 1
            elif (depois := quando_pode_sair(mensagem, instante)) > instante:
                Mensagem.objects.filter(pk=mensagem.pk).update(proxima_tentativa_em=depois)
            elif not achada.por_minuto or tomar_vez(achada.dominio, instante):
                return _reivindicar(mensagem, agora)
            else:
                espalhar(achada.dominio, achada.por_minuto, instante)


class _Achada(NamedTuple):
    """Uma linha que ninguém mais tem, e o que decide se ela sai agora."""

    pk: int
    dominio: str
    por_minuto: int | None
    devolvida: str | None


def _a_seguir(agora: datetime) -> _Achada | None:
    with connection.cursor() as cursor:
        cursor.execute(_A_SEGUIR, {"agora": agora})
        linha = cursor.fetchone()
    return _Achada(*linha) if linha else None


def _ler(pk: int) -> Mensagem:
    com_tudo = Mensagem.objects.select_related("pessoa", "contato__atendente", "contato__cliente")
    mensagem: Mensagem = com_tudo.get(pk=pk)
    return mensagem


def _reivindicar(mensagem: Mensagem, agora: datetime | None) -> Mensagem:
    mensagem.estado, mensagem.reivindicada_em = EstadoDaMensagem.ENVIANDO, agora or timezone.now()
    mensagem.tentativas += 1
    mensagem.save(update_fields=["estado", "reivindicada_em", "tentativas"])
    return mensagem


def _suspender(mensagem: Mensagem, motivo: str, entrega: Entrega) -> None:
    mensagem.estado = EstadoDaMensagem.SUSPENSA
    mensagem.erro = f"Endereço devolvido ({motivo}): nada sai para ele até alguém o liberar."
    mensagem.save(update_fields=["estado", "erro"])
    nao_saiu(mensagem)
    entrega.suspensas += 1


def _enviar(mensagem: Mensagem, canal: Any, de: str, entrega: Entrega) -> None:
    try:
        canal.open()
    except (OSError, smtplib.SMTPException) as erro:
        _adiar(mensagem, f"O servidor de e-mail não atendeu: {_curto(erro)}", entrega)
        raise ServidorFora from erro
    try:
        montar(mensagem, de, canal).send()
    except Exception as erro:  # montar e enviar falham de muitos modos; cada um tem seu destino
        _destino_da_falha(mensagem, canal, erro, entrega)
    else:
        _fechar(mensagem, EstadoDaMensagem.ENVIADA, enviada_em=timezone.now(), erro="")
        entrega.enviadas += 1


def _destino_da_falha(mensagem: Mensagem, canal: Any, erro: Exception, entrega: Entrega) -> None:
    resposta = _codigo(erro)
    if resposta is None and getattr(canal, "sem_resposta", False):
        _soltar(canal)
        _fechar(mensagem, EstadoDaMensagem.INCERTO, erro=f"A conexão caiu depois do envio: {_curto(erro)}")
        entrega.incertas += 1
    elif resposta is None and not _impossivel(erro):
        # A conexão reaproveitada caiu antes do corpo: nada saiu, e a próxima abre outra.
        _soltar(canal)
        _adiar(mensagem, f"A conexão com o servidor caiu: {_curto(erro)}", entrega)
    elif _para_sempre(erro, resposta) or mensagem.tentativas >= MAX_RECUSAS:
        _soltar(canal)
        _fechar(mensagem, EstadoDaMensagem.MORTA, erro=f"Recusada: {_curto(erro)}")
        entrega.mortas += 1
    else:
        _soltar(canal)
        _adiar(mensagem, f"Recusada por ora: {_curto(erro)}", entrega)


def _soltar(canal: Any) -> None:
    """Depois de uma falha a conversa recomeça do zero: o estado da conexão já não é sabido."""
    with suppress(OSError, smtplib.SMTPException):
        canal.close()


def _codigo(erro: Exception) -> int | None:
    """O código SMTP da recusa; nulo quando não houve resposta."""
    if isinstance(erro, smtplib.SMTPRecipientsRefused):
        return next((codigo for codigo, _ in erro.recipients.values()), None)
    return erro.smtp_code if isinstance(erro, smtplib.SMTPResponseException) else None


def _para_sempre(erro: Exception, resposta: int | None) -> bool:
    """Destinatário recusado com 5xx, ou mensagem que o servidor ou o Python nem sabem escrever."""
    if isinstance(erro, smtplib.SMTPRecipientsRefused):
        return resposta is not None and resposta >= 500
    return _impossivel(erro)


def _impossivel(erro: Exception) -> bool:
    """Toda falha de rede é um OSError; o resto é da própria mensagem (endereço com acento, cabeçalho estranho)."""
    return isinstance(erro, smtplib.SMTPNotSupportedError) or not isinstance(erro, OSError)


def _adiar(mensagem: Mensagem, erro: str, entrega: Entrega) -> None:
    _fechar(
        mensagem,
        EstadoDaMensagem.PENDENTE,
        erro=erro,
        proxima_tentativa_em=timezone.now() + espera(mensagem.tentativas),
    )
    entrega.adiadas += 1


def espera(tentativas: int) -> timedelta:
    """1, 2, 4… minutos até 2 horas, com até um quarto a mais ao acaso para não voltarem todas juntas."""
    base = min(ESPERA_MINIMA * 2 ** min(max(tentativas - 1, 0), 10), ESPERA_MAXIMA)
    return base * (1 + random.random() / 4)  # noqa: S311 - espalhar, não esconder  # nosec B311 # espalhar


def _fechar(mensagem: Mensagem, estado: str, **campos: Any) -> None:
    """Escreve o desfecho só se a reivindicação ainda é minha (ou se me deram por morto e eu voltei)."""
    minha = Mensagem.objects.filter(
        pk=mensagem.pk,
        reivindicada_em=mensagem.reivindicada_em,
        estado__in=(EstadoDaMensagem.ENVIANDO, EstadoDaMensagem.INCERTO),
    )
    with transaction.atomic():
        if minha.update(estado=estado, **campos) and estado == EstadoDaMensagem.MORTA:
            nao_saiu(mensagem)


def _curto(erro: Exception) -> str:
    partes: tuple[Any, ...] = erro.args
    if isinstance(erro, smtplib.SMTPRecipientsRefused):
        partes = next(iter(erro.recipients.values()), ())
    texto = " ".join(
        parte.decode(errors="replace") if isinstance(parte, bytes) else str(parte) for parte in partes
    )
    return (texto or type(erro).__name__)[:500]
