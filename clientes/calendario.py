"""O calendário que o aparelho de cada um assina: a chave, que só se mostra uma vez, e o texto iCalendar."""

import hashlib
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Max
from django.utils import timezone

from clientes.canais import recusa
from clientes.compromissos import agenda_de
from clientes.models import Agendamento, CalendarioPessoal, CanalDeContato
from contas.auditoria import registrar
from contas.models import Usuario
from contas.papeis import Permissao, pode

if TYPE_CHECKING:
    from icalendar import Event

BYTES_DA_CHAVE = 32  # 256 bits
DURACAO = timedelta(minutes=30)
_PRODID = "-//Carteira//Agenda//PT"


def _resumo(chave: str) -> str:
    return hashlib.sha256(chave.encode()).hexdigest()


@transaction.atomic
def gerar_calendario(*, pessoa: Usuario) -> str:
    """Dá à pessoa uma chave nova, que não se volta a ver; a anterior deixa de valer na hora."""
    chave = secrets.token_urlsafe(BYTES_DA_CHAVE)
    CalendarioPessoal.objects.update_or_create(
        usuario=pessoa,
        defaults={"resumo_da_chave": _resumo(chave), "criado_em": timezone.now(), "lido_em": None},
    )
    registrar("gerar endereço do calendário", por=pessoa, objeto=pessoa.nome)
    return chave


@transaction.atomic
def revogar_calendario(*, pessoa: Usuario, por: Usuario) -> bool:
    """O endereço deixa de responder; quem o assinou fica sem a agenda."""
    apagados, _ = CalendarioPessoal.objects.filter(usuario=pessoa).delete()
    if apagados:
        registrar("revogar endereço do calendário", por=por, objeto=pessoa.nome)
    return bool(apagados)


def cortar_calendario(pessoa: Usuario) -> int:
    """Quem perde o acesso perde o endereço: voltando, gera outro."""
    return CalendarioPessoal.objects.filter(usuario=pessoa).delete()[0]


def dono_da_chave(chave: str) -> Usuario | None:
    """De quem é a chave, se ela vale e a pessoa ainda tem agenda; anota a leitura."""
    achado = CalendarioPessoal.objects.select_related("usuario").filter(resumo_da_chave=_resumo(chave))
    calendario = achado.first()
    if calendario is None or not pode(calendario.usuario, Permissao.REGISTRAR_CONTATO):
        return None
    achado.update(lido_em=timezone.now())
    return calendario.usuario


def texto_ical(pessoa: Usuario, enlace: Callable[[int], str]) -> bytes:
    """Os compromissos em aberto da pessoa; `enlace` dá o endereço da ficha de um cliente.

    De cada cliente sai só o nome: o resto se lê na ficha, onde se entra com senha. Quem se opôs a todos os canais não
    sai da casa; do canal que se fechou depois de marcado, sai o pedido no lugar do gesto.
    """
    from icalendar import Calendar  # pesa na partida; só quem lê o calendário o paga

    calendario = Calendar()
    calendario.add("prodid", _PRODID)
    calendario.add("version", "2.0")
    calendario.add("method", "PUBLISH")
    calendario.add("x-wr-calname", _numa_linha(f"Carteira: {pessoa.nome}"))
    calendario.add("x-wr-timezone", settings.TIME_ZONE)
    calendario.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    for agendamento in _com_versao(pessoa):
        calendario.add_component(_evento(agendamento, enlace(agendamento.cliente_id)))
    calendario.add_missing_timezones()
    return bytes(calendario.to_ical())


def _com_versao(pessoa: Usuario) -> list[Agendamento]:
    """Cada mudança, e cada volta atrás, é uma versão nova do mesmo evento."""
    return list(
        agenda_de(pessoa)
        .exclude(cliente__nao_contatar__contains=list(CanalDeContato.values))
        .select_related("cliente")
        .annotate(
            versao=Count("mudancas") + Count("mudancas__desfeita_em"),
            mudado_em=Max("mudancas__feita_em"),
            desfeito_em=Max("mudancas__desfeita_em"),
        )
        .order_by("em", "hora", "id")
    )


def _evento(agendamento: Agendamento, enlace: str) -> "Event":
    from icalendar import Event

    evento = Event()
    evento.add("uid", f"agendamento-{agendamento.pk}-{agendamento.criado_em:%Y%m%d%H%M%S}@carteira")
    evento.add("dtstamp", _versao_de(agendamento).astimezone(UTC))
    evento.add("sequence", agendamento.versao)  # type: ignore[attr-defined]
    evento.add("status", "CONFIRMED")
    gesto = f"{agendamento.get_tipo_display()}: {agendamento.cliente.nome}"
    evento.add("summary", _numa_linha(recusa(agendamento.tipo, agendamento.cliente) or gesto))
    if agendamento.hora is None:
        evento.add("dtstart", agendamento.em)
        evento.add("dtend", agendamento.em + timedelta(days=1))
        evento.add("transp", "TRANSPARENT")
    else:
        comeco = datetime.combine(agendamento.em, agendamento.hora, timezone.get_default_timezone())
        evento.add("dtstart", comeco)
        evento.add("dtend", comeco + DURACAO)
    evento.add("url", enlace)
    return evento


def _numa_linha(texto: str) -> str:
    """Uma quebra dentro de um nome deixaria o calendário inteiro sem se escrever."""
    return " ".join(texto.split())


def _versao_de(agendamento: Agendamento) -> datetime:
    """O instante da última mudança: o mesmo estado dá sempre o mesmo texto."""
    instantes = (agendamento.criado_em, agendamento.mudado_em, agendamento.desfeito_em)  # type: ignore[attr-defined]
    return max(instante for instante in instantes if instante)
