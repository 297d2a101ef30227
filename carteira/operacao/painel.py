"""A página Operação: o estado de cada parte e, primeiro, o que alguém tem de fazer."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Count, Min, Q, QuerySet
from django.utils import timezone

from atividade.models import EstadoDaExecucao, Execucao
from carteira.formatos import data, numero, plural
from carteira.importacoes import EM_ANDAMENTO
from carteira.importacoes import visiveis_para as importacoes_de
from carteira.operacao import batidas, sinais
from carteira.operacao.copias_da_noite import COPIA
from carteira.operacao.versao import versao
from carteira.rotinas import NOTURNA
from clientes.models import EstadoDaImportacao
from contas.escopo import empresas_de
from contas.models import Empresa, Usuario
from notificacoes.caixa import visiveis_para as mensagens_de
from notificacoes.models import DestinoDeWebhook, EstadoDaMensagem

NOITES_SEM_COPIA = 2


def contar(quantos: int | None, formas: str) -> str:
    return f"{numero(quantos)} {plural(quantos, formas)}"


@dataclass(frozen=True, slots=True)
class AFazer:
    """Uma coisa que pede alguém: o que é, o que fazer, e onde (rota e consulta) ou com que comando."""

    grave: bool
    texto: str
    fazer: str = ""
    rota: str = ""
    consulta: str = ""


@dataclass(frozen=True, slots=True)
class Alimentacao:
    """Até quando vão os pedidos de uma empresa."""

    empresa: Empresa
    idade: int | None
    parada: bool


def visiveis_para(pessoa: Usuario) -> QuerySet[Execucao]:
    """As rodadas das empresas da pessoa e as da instalação inteira."""
    return Execucao.objects.filter(
        Q(empresa__isnull=True) | Q(empresa__in=empresas_de(pessoa))
    ).select_related("empresa")


def montar(pessoa: Usuario, agora: datetime) -> dict[str, Any]:
    """Tudo o que a página mostra, num punhado de consultas que não cresce com a carteira."""
    servicos = sinais.todos(agora)
    caixa = _caixa(pessoa, agora)
    alimentacao = list(_alimentacao(pessoa))
    importacoes = importacoes_de(pessoa)
    noite = list(_ultima_noite(pessoa))
    copia = _copia()
    webhooks = _webhooks(pessoa)
    a_fazer = [
        *_dos_servicos(servicos),
        *_da_noite(noite),
        *_dos_pedidos(alimentacao),
        *_das_importacoes(importacoes),
        *_da_caixa(caixa),
        *_dos_webhooks(webhooks),
        *_da_copia(copia, agora),
    ]
    return {
        "a_fazer": sorted(a_fazer, key=lambda coisa: not coisa.grave),
        "servicos": servicos,
        "noite": noite,
        "alimentacao": alimentacao,
        "importacoes": importacoes[:5],
        "caixa": caixa,
        "fila": _fila(),
        "trabalhadores": _trabalhadores(agora),
        "webhooks": webhooks,
        "copia": copia,
        "copia_destino": bool(settings.COPIA_DESTINO),
        "banco_bytes": _tamanho_do_banco(),
        "versao": versao(),
    }


# ── Cada parte ───────────────────────────────────────────────────────────────


def _caixa(pessoa: Usuario, agora: datetime) -> dict[str, Any]:
    """As que não saíram, por estado, e desde quando a mais atrasada devia ter saído."""
    mensagens = mensagens_de(pessoa).order_by()
    estados = (
        EstadoDaMensagem.PENDENTE,
        EstadoDaMensagem.ENVIANDO,
        EstadoDaMensagem.INCERTO,
        EstadoDaMensagem.MORTA,
        EstadoDaMensagem.SUSPENSA,
    )
    contagens = dict(mensagens.filter(estado__in=estados).values_list("estado").annotate(Count("pk")))
    vencidas = mensagens.filter(estado=EstadoDaMensagem.PENDENTE, proxima_tentativa_em__lte=agora)
    desde = vencidas.aggregate(Min("proxima_tentativa_em"))["proxima_tentativa_em__min"]
    return {
        "estados": [(estado.value, estado.label, contagens.get(estado.value, 0)) for estado in estados],
        "contagens": {estado.value: contagens.get(estado.value, 0) for estado in estados},
        "desde": desde,
        "atrasada": desde is not None and agora - desde > timedelta(minutes=15),
    }


def _alimentacao(pessoa: Usuario) -> Iterator[Alimentacao]:
    hoje = timezone.localdate()
    for empresa in empresas_de(pessoa).select_related("parametros").order_by("codigo"):
        parametros = getattr(empresa, "parametros", None)
        idade = (hoje - empresa.pedidos_ate).days if empresa.pedidos_ate else None
        limite = parametros.dias_feed_parado if parametros else 5
        yield Alimentacao(
            empresa, idade, idade is not None and idade > limite and not empresa.consulta_passada
        )


def _ultima_noite(pessoa: Usuario) -> QuerySet[Execucao]:
    noturnas = visiveis_para(pessoa).filter(rotina=NOTURNA)
    ultima = noturnas.order_by("-referencia").values("referencia")[:1]
    return noturnas.filter(referencia=ultima).order_by("empresa__codigo")


def _copia() -> Execucao | None:
    return Execucao.objects.filter(rotina=COPIA).order_by("-referencia").first()


def _webhooks(pessoa: Usuario) -> dict[str, int]:
    destinos = DestinoDeWebhook.objects.visiveis_para(pessoa)
    contados: dict[str, int] = destinos.aggregate(
        ativos=Count("pk", filter=Q(pausado_em=None)),
        sem_responder=Count("pk", filter=Q(pausado_em=None, falhas_seguidas__gt=0)),
        em_pausa=Count("pk", filter=Q(pausado_em__isnull=False)),
    )
    return contados


def _fila() -> tuple[int, int] | None:
    from redis import RedisError

    try:
        return batidas.fila()
    except (RedisError, OSError):
        return None


def _trabalhadores(agora: datetime) -> list[dict[str, Any]]:
    """O beat e cada worker que bateu na última hora."""
    from redis import RedisError

    try:
        vivas = batidas.batidas()
    except (RedisError, OSError):
        return []
    return [
        {
            "nome": quem.removeprefix(batidas.WORKER),
            "em": hora,
            "vivo": (agora - hora).total_seconds() <= batidas.SILENCIO,
        }
        for quem, hora in sorted(vivas.items())
    ]


def _tamanho_do_banco() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])


# ── O que fazer ──────────────────────────────────────────────────────────────


def _dos_servicos(servicos: list[sinais.Sinal]) -> Iterator[AFazer]:
    for sinal in servicos:
        if sinal.estado != sinais.BEM:
            yield AFazer(sinal.estado == sinais.MAL, f"{sinal.titulo}: {sinal.texto}", sinal.fazer)


def _da_noite(noite: list[Execucao]) -> Iterator[AFazer]:
    falharam = [e for e in noite if e.estado == EstadoDaExecucao.FALHOU and e.empresa_id]
    for execucao in falharam:
        yield AFazer(
            True,
            f"A rotina de {data(execucao.referencia)} falhou em {execucao.empresa}",
            "Leia o erro do passo, conserte a causa e use «Rodar agora».",
            "rotinas:lista",
        )


def _dos_pedidos(alimentacao: list[Alimentacao]) -> Iterator[AFazer]:
    for a in alimentacao:
        if a.parada:
            yield AFazer(
                True,
                f"{a.empresa}: o pedido mais novo é de {data(a.empresa.pedidos_ate)}, {contar(a.idade, 'dia')} atrás",
                "Confira a exportação do ERP e envie os pedidos. Até lá a referência não avança e ninguém é avisado.",
                "importacao:enviar",
            )


def _das_importacoes(importacoes: QuerySet[Any]) -> Iterator[AFazer]:
    semana = timezone.now() - timedelta(days=7)
    falharam = importacoes.filter(estado=EstadoDaImportacao.FALHOU, criada_em__gt=semana).count()
    if falharam:
        yield AFazer(
            True,
            f"{contar(falharam, 'importação falhou,importações falharam')} nos últimos sete dias",
            "Abra cada uma e envie o arquivo de novo: nada ficou gravado pela metade.",
            "importacao:enviar",
        )
    paradas = importacoes.filter(estado__in=EM_ANDAMENTO, criada_em__lt=timezone.now() - timedelta(hours=1))
    if n := paradas.count():
        yield AFazer(
            False,
            f"{contar(n, 'importação anda,importações andam')} há mais de uma hora",
            "Se há worker vivo, é um arquivo grande. Se não, ligue um: ela continua sozinha.",
            "importacao:enviar",
        )


def _da_caixa(caixa: dict[str, Any]) -> Iterator[AFazer]:
    if caixa["atrasada"]:
        yield AFazer(
            True,
            "Há mensagens atrasadas na caixa de saída",
            "Veja o erro da última tentativa: o servidor de e-mail pode estar fora, ou não há worker.",
            "mensagens:lista",
            "?estado=pendente",
        )
    for estado, formas in (
        ("incerto", "mensagem incerta,mensagens incertas"),
        ("morta", "mensagem não enviada,mensagens não enviadas"),
    ):
        if n := caixa["contagens"][estado]:
            yield AFazer(
                False,
                f"{contar(n, formas)} na caixa de saída",
                "Só uma pessoa decide reenviar.",
                "mensagens:lista",
                f"?estado={estado}",
            )


def _dos_webhooks(webhooks: dict[str, int]) -> Iterator[AFazer]:
    if n := webhooks["sem_responder"]:
        yield AFazer(
            False,
            f"{contar(n, 'sistema avisado não responde,sistemas avisados não respondem')}",
            "O Carteira tenta de novo sozinho; confira o endereço com quem cuida do sistema.",
            "webhooks:lista",
        )


def _da_copia(copia: Execucao | None, agora: datetime) -> Iterator[AFazer]:
    if not settings.COPIA_DESTINO:
        yield AFazer(
            False,
            "Nenhuma cópia de segurança agendada",
            "Defina COPIA_DESTINO no ambiente, noutro disco, ou agende manage.py copiar.",
        )
    elif copia is None or (agora.date() - copia.referencia).days > NOITES_SEM_COPIA:
        yield AFazer(
            True,
            "A cópia de segurança não roda há dias",
            "Confira o beat e o worker; rode manage.py copiar.",
        )
    elif copia.estado == EstadoDaExecucao.FALHOU:
        yield AFazer(
            True,
            f"A cópia de {data(copia.referencia)} falhou",
            "Leia o erro em Rodadas e rode manage.py copiar para o destino.",
            "operacao:rodadas",
            f"?rotina={COPIA}",
        )
