"""O que uma pessoa faz com um destino: criar, mudar, pausar, trocar o segredo, testar, repetir, apagar."""

import json
import uuid
from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from contas.auditoria import registrar
from contas.models import Empresa, Usuario
from notificacoes.models import DestinoDeWebhook, EntregaDeWebhook, EstadoDaEntrega
from notificacoes.webhooks.assinatura import guardar, novo_segredo
from notificacoes.webhooks.catalogo import CATALOGO, TESTE
from notificacoes.webhooks.rede import conferir

# O tempo de pôr o segredo novo do outro lado; até lá cada entrega leva as duas assinaturas.
TROCA = timedelta(hours=48)
REPETIVEIS = (EstadoDaEntrega.ENTREGUE, EstadoDaEntrega.DESISTIDA)


@transaction.atomic
def criar(
    *, empresa: Empresa, nome: str, url: str, eventos: Iterable[str], rede_interna: bool, por: Usuario
) -> tuple[DestinoDeWebhook, str]:
    """O destino e o segredo dele, que só se mostra agora."""
    conferir(url, rede_interna=rede_interna)
    segredo = novo_segredo()
    destino: DestinoDeWebhook = DestinoDeWebhook.objects.create(
        empresa=empresa,
        nome=nome,
        url=url,
        eventos=_conhecidos(eventos),
        rede_interna=rede_interna,
        segredo=guardar(segredo),
        criado_por=por,
    )
    registrar("webhook.criar", por=por, objeto=nome, depois=_resumo(destino))
    return destino, segredo


@transaction.atomic
def editar(
    *,
    destino: DestinoDeWebhook,
    nome: str,
    url: str,
    eventos: Iterable[str],
    rede_interna: bool,
    por: Usuario,
) -> bool:
    """Falso se nada mudou; endereço novo acorda um destino que descansava."""
    conferir(url, rede_interna=rede_interna)
    antes, era = _resumo(destino), _escolhas(destino)
    if url != destino.url:
        destino.falhas_seguidas, destino.descansa_ate = 0, None
    destino.nome, destino.url, destino.rede_interna = nome, url, rede_interna
    tinha, destino.eventos = destino.eventos, _conhecidos(eventos)
    if _escolhas(destino) == era:
        return False
    destino.eventos_desde = _desde(destino, tinha)
    destino.save(
        update_fields=[
            "nome", "url", "eventos", "eventos_desde", "rede_interna", "falhas_seguidas", "descansa_ate"
        ]
    )  # fmt: skip
    registrar("webhook.editar", por=por, objeto=nome, antes=antes, depois=_resumo(destino))
    return True


def _escolhas(destino: DestinoDeWebhook) -> tuple[object, ...]:
    return destino.nome, destino.url, list(destino.eventos), destino.rede_interna


def _desde(destino: DestinoDeWebhook, tinha: Iterable[str]) -> dict[str, str]:
    """De cada evento que o destino pede, desde quando, se não é desde que ele nasceu."""
    agora, antes = timezone.now().isoformat(), set(tinha)
    novos = {evento: agora for evento in destino.eventos if evento not in antes}
    return {e: em for e, em in destino.eventos_desde.items() if e in antes & {*destino.eventos}} | novos


def _conhecidos(eventos: Iterable[str]) -> list[str]:
    pedidos = set(eventos)
    return [evento.nome for evento in CATALOGO if evento.nome in pedidos]


def _resumo(destino: DestinoDeWebhook) -> dict[str, object]:
    """O que a auditoria guarda: nunca o segredo, nem o que vier depois do ? no endereço."""
    return {
        "nome": destino.nome,
        "url": destino.url.partition("?")[0],
        "eventos": list(destino.eventos),
        "rede_interna": destino.rede_interna,
    }


@transaction.atomic
def pausar(*, destino: DestinoDeWebhook, por: Usuario) -> None:
    """Nada sai; o que for decidido espera na fila."""
    if DestinoDeWebhook.objects.filter(pk=destino.pk, pausado_em=None).update(pausado_em=timezone.now()):
        registrar("webhook.pausar", por=por, objeto=destino.nome)


@transaction.atomic
def retomar(*, destino: DestinoDeWebhook, por: Usuario) -> None:
    """O que esperava sai já, com o prazo de desistir contado de agora."""
    pausados = DestinoDeWebhook.objects.filter(pk=destino.pk, pausado_em__isnull=False)
    if pausados.update(pausado_em=None, falhas_seguidas=0, descansa_ate=None):
        destino.entregas.filter(estado=EstadoDaEntrega.PENDENTE).update(pedida_em=timezone.now())
        registrar("webhook.retomar", por=por, objeto=destino.nome)


@transaction.atomic
def trocar_segredo(*, destino: DestinoDeWebhook, por: Usuario) -> str:
    """Outro segredo; o de antes ainda assina por dois dias, para ninguém perder nada no meio da troca."""
    destino = DestinoDeWebhook.objects.select_for_update().get(pk=destino.pk)
    segredo = novo_segredo()
    destino.segredo_anterior, destino.segredo_anterior_ate = destino.segredo, timezone.now() + TROCA
    destino.segredo = guardar(segredo)
    destino.save(update_fields=["segredo", "segredo_anterior", "segredo_anterior_ate"])
    registrar("webhook.segredo", por=por, objeto=destino.nome, depois={"troca": "começou"})
    return segredo


@transaction.atomic
def encerrar_troca(*, destino: DestinoDeWebhook, por: Usuario) -> None:
    """O outro lado já usa o novo (ou o antigo vazou): o de antes deixa de assinar agora."""
    com_dois = DestinoDeWebhook.objects.filter(pk=destino.pk).exclude(segredo_anterior="")
    if com_dois.update(segredo_anterior="", segredo_anterior_ate=None):
        registrar("webhook.segredo", por=por, objeto=destino.nome, depois={"troca": "encerrada"})


@transaction.atomic
def preparar_teste(*, destino: DestinoDeWebhook, por: Usuario) -> EntregaDeWebhook:
    """Uma entrega como as outras, que só diz que é um teste."""
    numero, agora = uuid.uuid4(), timezone.now()
    corpo = {
        "id": str(numero),
        "evento": TESTE,
        "em": f"{agora:%Y-%m-%dT%H:%M:%SZ}",
        "empresa": {"codigo": destino.empresa.codigo, "nome": destino.empresa.nome},
        "dados": {"mensagem": "Teste do Carteira"},
    }
    registrar("webhook.testar", por=por, objeto=destino.nome)
    entrega: EntregaDeWebhook = EntregaDeWebhook.objects.create(
        destino=destino,
        evento=TESTE,
        chave=f"teste:{numero}",
        numero=numero,
        corpo=json.dumps(corpo, ensure_ascii=False),
    )
    return entrega


def repetiveis(entregas: QuerySet[EntregaDeWebhook]) -> QuerySet[EntregaDeWebhook]:
    return entregas.filter(estado__in=REPETIVEIS)


@transaction.atomic
def repetir(*, entregas: QuerySet[EntregaDeWebhook], destino: DestinoDeWebhook, por: Usuario) -> int:
    """A palavra de uma pessoa: entregues e desistidas voltam à fila, com o mesmo número e o mesmo corpo."""
    agora = timezone.now()
    quantas = int(
        repetiveis(entregas).update(
            estado=EstadoDaEntrega.PENDENTE,
            tentativas=0,
            pedida_em=agora,
            proxima_tentativa_em=agora,
            entregue_em=None,
            erro="",
        )
    )
    if quantas:
        registrar("webhook.repetir", por=por, objeto=destino.nome, depois={"entregas": quantas})
    return quantas


@transaction.atomic
def apagar(*, destino: DestinoDeWebhook, por: Usuario) -> None:
    """Com o registro dele; o que foi fica na auditoria."""
    registrar("webhook.apagar", por=por, objeto=destino.nome, antes=_resumo(destino))
    destino.delete()
