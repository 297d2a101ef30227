"""Esvazia a caixa dos webhooks: reivindica, confirma a reivindicação, e só então manda.

Aceita (2xx): entregue. Recusada (3xx, 4xx): tenta de novo mais tarde, só ela. Sem resposta, 5xx ou 429: tenta de
novo, e o destino inteiro descansa, porque quem caiu não responde à seguinte. 410: desiste já. Depois de dez
tentativas ou três dias, desiste e fica à vista. Uma que ficou no meio de um processo morto volta à fila: pode chegar
duas vezes, e por isso leva sempre o mesmo número.
"""

import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from contas.models import Papel, Usuario
from notificacoes.central import RascunhoDeAviso, avisar
from notificacoes.cifra import Ilegivel
from notificacoes.enderecos import caminho
from notificacoes.envio import espera
from notificacoes.models import (
    DestinoDeWebhook,
    EntregaDeWebhook,
    EstadoDaEntrega,
    TentativaDeWebhook,
    TipoDeAviso,
)
from notificacoes.webhooks.assinatura import cabecalhos
from notificacoes.webhooks.rede import EnderecoRecusado, Resposta, SemResposta, postar

POR_DESTINO = 500
PRAZO_DA_DRENAGEM = timedelta(minutes=5)
# Acima do prazo de rede de uma tentativa: quem passou disto morreu no meio.
PRAZO_DO_ENVIO = timedelta(minutes=2)
MAX_TENTATIVAS = 10
DESISTE_DEPOIS = timedelta(days=3)

_REIVINDICAR = """
UPDATE notificacoes_entregadewebhook SET estado = 'enviando', reivindicada_em = %(agora)s, tentativas = tentativas + 1
WHERE id = (
    SELECT x.id FROM notificacoes_entregadewebhook x
    WHERE x.destino_id = %(destino)s AND x.estado = 'pendente' AND x.proxima_tentativa_em <= %(agora)s
      AND EXISTS (SELECT FROM notificacoes_destinodewebhook d WHERE d.id = x.destino_id AND d.pausado_em IS NULL
                  AND (d.descansa_ate IS NULL OR d.descansa_ate <= %(agora)s))
    ORDER BY x.proxima_tentativa_em, x.id
    FOR UPDATE SKIP LOCKED LIMIT 1
)
RETURNING id
"""


@dataclass(slots=True)
class Drenagem:
    """O que uma passada fez."""

    entregues: int = 0
    adiadas: int = 0
    desistidas: int = 0

    def contagens(self) -> dict[str, int]:
        return asdict(self)


def entregar_pendentes(*, agora: datetime | None = None) -> Drenagem:
    """Entrega o que venceu, destino a destino, até acabar ou ao prazo."""
    feito, fim = Drenagem(), time.monotonic() + PRAZO_DA_DRENAGEM.total_seconds()
    feito.desistidas += recuperar(agora=agora)
    for destino in list(a_postos(agora or timezone.now()).values_list("pk", flat=True)):
        for _ in range(POR_DESTINO):
            entrega = _reivindicar(destino, agora) if time.monotonic() < fim else None
            if entrega is None:
                break
            _tentar(entrega, agora, feito)
    return feito


def a_postos(agora: datetime) -> Any:
    """Os destinos que não estão em pausa nem descansando."""
    acordados = Q(descansa_ate__isnull=True) | Q(descansa_ate__lte=agora)
    return DestinoDeWebhook.objects.filter(acordados, pausado_em__isnull=True).order_by("pk")


def entregar_uma(entrega: EntregaDeWebhook) -> EntregaDeWebhook:
    """Agora e neste processo, para quem espera na tela: o teste de um destino, mesmo em pausa."""
    agora = timezone.now()
    minha = EntregaDeWebhook.objects.filter(pk=entrega.pk, estado=EstadoDaEntrega.PENDENTE)
    if minha.update(estado=EstadoDaEntrega.ENVIANDO, reivindicada_em=agora, tentativas=F("tentativas") + 1):
        _tentar(_com_destino(entrega.pk), None, Drenagem())
    return _com_destino(entrega.pk)


def recuperar(*, agora: datetime | None = None) -> int:
    """As do processo que morreu voltam à fila; as de um destino mudo há três dias se dão por perdidas, à vista."""
    agora = agora or timezone.now()
    no_meio = EntregaDeWebhook.objects.filter(
        estado=EstadoDaEntrega.ENVIANDO, reivindicada_em__lt=agora - PRAZO_DO_ENVIO
    )
    no_meio.update(estado=EstadoDaEntrega.PENDENTE, erro="O envio foi interrompido: tenta de novo.")
    velhas = EntregaDeWebhook.objects.filter(
        estado=EstadoDaEntrega.PENDENTE,
        pedida_em__lt=agora - DESISTE_DEPOIS,
        destino__pausado_em__isnull=True,
        destino__falhas_seguidas__gt=0,
    )
    mudos = list(DestinoDeWebhook.objects.filter(pk__in=velhas.values("destino")))
    perdidas = velhas.update(estado=EstadoDaEntrega.DESISTIDA, erro="O destino não respondeu por três dias.")
    avisar_quem_cuida(mudos, agora)
    return int(perdidas)


def avisar_quem_cuida(destinos: Iterable[DestinoDeWebhook], agora: datetime) -> int:
    """Quem administra a empresa lê na central que um destino perdeu entregas: um aviso por destino e dia."""
    dia = timezone.localdate(agora)
    novos = avisar(
        RascunhoDeAviso(
            chave=f"webhook:{destino.pk}:{dia}:{pessoa.pk}",
            pessoa=pessoa,
            tipo=TipoDeAviso.SISTEMA,
            titulo=f"O webhook {destino.nome} não recebe o que mandamos",
            texto="Depois de muitas tentativas, desistimos de ao menos uma entrega. Veja o que o destino respondeu, "
            "conserte-o e mande repetir o que faltou: nada do que foi decidido se apagou.",
            caminho=caminho("webhook", id=destino.pk),
            surge_em=agora,
        )
        for destino in destinos
        for pessoa in Usuario.objects.filter(
            papel=Papel.ADMIN, is_active=True, vinculos__empresa=destino.empresa_id
        )
    )
    return len(novos)


def _reivindicar(destino: int, agora: datetime | None) -> EntregaDeWebhook | None:
    with connection.cursor() as cursor:
        cursor.execute(_REIVINDICAR, {"destino": destino, "agora": agora or timezone.now()})
        linha = cursor.fetchone()
    return _com_destino(linha[0]) if linha else None


def _com_destino(pk: int) -> EntregaDeWebhook:
    achada: EntregaDeWebhook = EntregaDeWebhook.objects.select_related("destino").get(pk=pk)
    return achada


def _tentar(entrega: EntregaDeWebhook, agora: datetime | None, feito: Drenagem) -> None:
    """Uma tentativa, o registro dela e o desfecho, que só vale se a reivindicação ainda é minha."""
    inicio = time.monotonic()
    resposta: Resposta | None = None
    erro = ""
    try:
        resposta = postar(
            entrega.destino.url,
            entrega.corpo.encode(),
            cabecalhos(entrega, timezone.now()),
            rede_interna=entrega.destino.rede_interna,
        )
    except (EnderecoRecusado, SemResposta) as falha:
        erro = str(falha)[:300]
    except Ilegivel:
        erro = "A SECRET_KEY mudou e o segredo não se lê mais: troque o segredo deste destino."
    with transaction.atomic():
        TentativaDeWebhook.objects.create(
            entrega=entrega,
            em=agora or timezone.now(),
            status=resposta.status if resposta else None,
            ms=int((time.monotonic() - inicio) * 1000),
            resposta=resposta.texto.replace("\0", "")[:500] if resposta else "",
            erro=erro,
        )
        _desfecho(entrega, resposta, erro, agora or timezone.now(), feito)


def _desfecho(
    entrega: EntregaDeWebhook, resposta: Resposta | None, erro: str, agora: datetime, feito: Drenagem
) -> None:
    destino = DestinoDeWebhook.objects.filter(pk=entrega.destino_id)
    if resposta and 200 <= resposta.status < 300:
        destino.exclude(falhas_seguidas=0, descansa_ate=None).update(falhas_seguidas=0, descansa_ate=None)
        _fechar(entrega, EstadoDaEntrega.ENTREGUE, entregue_em=agora, erro="")
        feito.entregues += 1
        return
    erro = erro or f"Respondeu {resposta.status if resposta else ''}."
    if _caiu(resposta):
        falhas = entrega.destino.falhas_seguidas + 1
        destino.update(falhas_seguidas=min(falhas, 1000), descansa_ate=agora + espera(falhas))
    if _basta(entrega, resposta, agora):
        _fechar(entrega, EstadoDaEntrega.DESISTIDA, erro=erro)
        avisar_quem_cuida([entrega.destino], agora)
        feito.desistidas += 1
    else:
        proxima = agora + espera(entrega.tentativas)
        _fechar(entrega, EstadoDaEntrega.PENDENTE, proxima_tentativa_em=proxima, erro=erro)
        feito.adiadas += 1


def _caiu(resposta: Resposta | None) -> bool:
    return resposta is None or resposta.status >= 500 or resposta.status == 429


def _basta(entrega: EntregaDeWebhook, resposta: Resposta | None, agora: datetime) -> bool:
    foi_se = resposta is not None and resposta.status == 410
    velha = entrega.pedida_em < agora - DESISTE_DEPOIS
    return foi_se or velha or entrega.tentativas >= MAX_TENTATIVAS


def _fechar(entrega: EntregaDeWebhook, estado: str, **campos: Any) -> None:
    EntregaDeWebhook.objects.filter(
        pk=entrega.pk, estado=EstadoDaEntrega.ENVIANDO, reivindicada_em=entrega.reivindicada_em
    ).update(estado=estado, **campos)
