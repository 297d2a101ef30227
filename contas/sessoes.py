"""As sessões abertas de cada pessoa: de quem são, até quando valem, e como se encerram na hora.

Os limites de parada e de idade viajam na própria sessão: conferi-los não custa consulta. O que se grava, se grava
no máximo uma vez por minuto.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from contas.models import RegrasDeAcesso, SessaoDePessoa, Usuario

CHAVE = "acesso"
PASSO = timedelta(minutes=1)
CONFIRMACAO = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Origem:
    """De onde vem um pedido."""

    endereco: str | None = None
    navegador: str = ""


def abrir(sessao: SessionBase, pessoa: Usuario, origem: Origem, *, com: str = "") -> None:
    """Logo depois da entrada: a sessão passa a ter dona, começo e limites."""
    if not sessao.session_key:
        sessao.create()
    regras, agora = RegrasDeAcesso.atuais(), timezone.now()
    sessao[CHAVE] = comeco(regras, agora)
    sessao.set_expiry(regras.sessao_horas * 3600)
    SessaoDePessoa.objects.update_or_create(
        sessao_id=sessao.session_key,
        defaults={
            "pessoa": pessoa,
            "numero": uuid.uuid4(),
            "aberta_em": agora,
            "vista_em": agora,
            "endereco": origem.endereco,
            "navegador": origem.navegador[:80],
            "entrou_com": com[:40],
        },
    )


def comeco(regras: RegrasDeAcesso, agora: datetime) -> dict[str, Any]:
    """O que a sessão de quem acaba de entrar leva consigo."""
    instante = agora.timestamp()
    return {"entrou": instante, "visto": instante, "confirmado": instante, **_limites(regras)}


def _limites(regras: RegrasDeAcesso) -> dict[str, int]:
    return {"ocioso": regras.ocioso_minutos * 60, "idade": regras.sessao_horas * 3600}


def por_que_acabou(sessao: SessionBase, agora: datetime) -> str:
    """Vazio enquanto vale. Sessão sem começo não é nossa: não vale."""
    dados = sessao.get(CHAVE)
    if not isinstance(dados, dict):
        return "sem começo"
    instante = agora.timestamp()
    if instante - dados["entrou"] >= dados["idade"]:
        return "idade"
    return "parada" if instante - dados["visto"] >= dados["ocioso"] else ""


def renovar(sessao: SessionBase, pessoa: Usuario, origem: Origem, agora: datetime) -> bool:
    """Anota a visita, no máximo uma por minuto, e relê os limites; falso se a sessão já não é desta pessoa."""
    dados = sessao[CHAVE]
    if agora.timestamp() - dados["visto"] < PASSO.total_seconds():
        return True
    sessao[CHAVE] = {**dados, "visto": agora.timestamp(), **_limites(RegrasDeAcesso.atuais())}
    return bool(
        SessaoDePessoa.objects.filter(sessao=sessao.session_key, pessoa=pessoa).update(
            vista_em=agora, endereco=origem.endereco, navegador=origem.navegador[:80]
        )
    )


def mudou_de_chave(antiga: str | None, sessao: SessionBase, linha: SessaoDePessoa | None) -> None:
    """A sessão trocou de chave (senha nova): o vínculo segue para a nova, com a mesma história."""
    if linha is None or antiga == sessao.session_key:
        return
    SessaoDePessoa.objects.filter(numero=linha.numero).delete()
    linha.sessao_id = sessao.session_key or ""
    linha.save(force_insert=True)


def confirmou(sessao: SessionBase) -> None:
    """A pessoa acaba de provar de novo que é ela."""
    sessao[CHAVE] = {**sessao.get(CHAVE, {}), "confirmado": timezone.now().timestamp()}


def confirmada(sessao: SessionBase) -> bool:
    """Provou há pouco que é ela: o que muda o modo de entrar pede isso."""
    dados: dict[str, Any] = sessao.get(CHAVE) or {}
    return timezone.now().timestamp() - dados.get("confirmado", 0) < CONFIRMACAO.total_seconds()


def abertas(pessoa: Usuario) -> QuerySet[SessaoDePessoa]:
    """As que ainda valem, a última usada primeiro."""
    agora, regras = timezone.now(), RegrasDeAcesso.atuais()
    return SessaoDePessoa.objects.filter(
        pessoa=pessoa,
        sessao__expire_date__gt=agora,
        vista_em__gt=agora - timedelta(minutes=regras.ocioso_minutos),
        aberta_em__gt=agora - timedelta(hours=regras.sessao_horas),
    ).order_by("-vista_em", "numero")


def encerrar_sessoes(pessoa: Usuario, *, menos: str | None = None) -> int:
    """Apaga as sessões da pessoa, menos esta, e devolve quantas valiam."""
    dela = Session.objects.filter(de_pessoa__pessoa=pessoa)
    if menos:
        dela = dela.exclude(session_key=menos)
    valiam = dela.filter(expire_date__gt=timezone.now()).count()
    dela.delete()
    return valiam


def encerrar_uma(pessoa: Usuario, numero: uuid.UUID) -> bool:
    """Apaga uma sessão da própria pessoa; de outra, é como se não existisse."""
    return bool(Session.objects.filter(de_pessoa__pessoa=pessoa, de_pessoa__numero=numero).delete()[0])


def limpar_vencidas(quantas: int = 500) -> None:
    """Cada entrada leva um punhado das que venceram, de quem quer que sejam: a tabela não cresce para sempre."""
    vencidas = Session.objects.filter(expire_date__lte=timezone.now()).order_by("expire_date")
    Session.objects.filter(pk__in=list(vencidas.values_list("pk", flat=True)[:quantas])).delete()
