"""HMAC-SHA256 sobre «instante.corpo»: o outro lado confere que fomos nós, e que não é um pedido velho repetido."""

import hashlib
import hmac
import secrets
from datetime import datetime

from notificacoes import cifra
from notificacoes.models import DestinoDeWebhook, EntregaDeWebhook

USO = "webhooks"


def novo_segredo() -> str:
    return f"whsec_{secrets.token_urlsafe(32)}"


def guardar(segredo: str) -> str:
    return cifra.cifrar(segredo, USO)


def segredos(destino: DestinoDeWebhook, agora: datetime) -> list[str]:
    """O de agora e, durante a troca, o anterior: quem recebe aceita se uma das assinaturas confere."""
    guardados = [destino.segredo]
    if destino.segredo_anterior and destino.segredo_anterior_ate and destino.segredo_anterior_ate > agora:
        guardados.append(destino.segredo_anterior)
    return [cifra.decifrar(guardado, USO) for guardado in guardados]


def assinar(segredo: str, instante: int, corpo: bytes) -> str:
    return hmac.new(segredo.encode(), f"{instante}.".encode() + corpo, hashlib.sha256).hexdigest()


def cabecalhos(entrega: EntregaDeWebhook, agora: datetime) -> dict[str, str]:
    """Tudo o que vai com o corpo; `Carteira-Entrega` é o mesmo em toda tentativa."""
    instante, corpo = int(agora.timestamp()), entrega.corpo.encode()
    assinaturas = [f"v1={assinar(s, instante, corpo)}" for s in segredos(entrega.destino, agora)]
    return {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Carteira-Webhook/1",
        "Carteira-Evento": entrega.evento,
        "Carteira-Entrega": str(entrega.numero),
        "Carteira-Assinatura": ",".join([f"t={instante}", *assinaturas]),
    }
