"""A agenda: marcar, concluir, remarcar e cancelar próximos contatos; cada gesto é um caso de uso."""

from dataclasses import dataclass
from datetime import date, datetime, time

from django.db import models
from django.utils import timezone

from clientes.models import Agendamento, CanalDeContato, Cliente, Contato
from contas.models import Usuario


@dataclass(frozen=True, slots=True)
class Proximo:
    """O próximo contato combinado no fim deste."""

    em: date
    hora: time | None = None
    tipo: str = CanalDeContato.LIGACAO
    nota: str = ""


def _abertos(cliente: Cliente) -> models.QuerySet[Agendamento]:
    return Agendamento.objects.filter(cliente=cliente, concluido_em__isnull=True, cancelado_em__isnull=True)


def _criar_agendamento(
    cliente: Cliente, proximo: Proximo, responsavel: Usuario, por: Usuario, contato: Contato | None = None
) -> Agendamento:
    return Agendamento.objects.create(
        cliente=cliente,
        responsavel=responsavel,
        em=proximo.em,
        hora=proximo.hora,
        tipo=proximo.tipo,
        nota=proximo.nota.strip(),
        criado_por=por,
        contato=contato,
    )


def agendar(
    *, cliente: Cliente, proximo: Proximo, por: Usuario, responsavel: Usuario | None = None
) -> Agendamento:
    """Marca um próximo contato; sem responsável, é de quem marca."""
    return _criar_agendamento(cliente, proximo, responsavel or por, por)


def concluir_agendamento(*, agendamento: Agendamento, em: datetime | None = None) -> bool:
    """Dá por feito; já concluído ou cancelado fica como está."""
    return _fechar(agendamento, concluido_em=em or timezone.now())


def cancelar_agendamento(*, agendamento: Agendamento, em: datetime | None = None) -> bool:
    """Tira da agenda sem dar por feito."""
    return _fechar(agendamento, cancelado_em=em or timezone.now())


def _fechar(agendamento: Agendamento, **fim: datetime) -> bool:
    aberto = _abertos(agendamento.cliente).filter(pk=agendamento.pk)
    return bool(aberto.update(**fim))


def reabrir_agendamento(*, agendamento: Agendamento) -> bool:
    """Desfaz a conclusão ou o cancelamento."""
    fechado = Agendamento.objects.filter(pk=agendamento.pk).exclude(
        concluido_em__isnull=True, cancelado_em__isnull=True
    )
    return bool(fechado.update(concluido_em=None, cancelado_em=None))


def remarcar_agendamento(*, agendamento: Agendamento, para: date, hora: time | None = None) -> bool:
    """Muda a data de um agendamento aberto."""
    return bool(_abertos(agendamento.cliente).filter(pk=agendamento.pk).update(em=para, hora=hora))


def acertar_pelo_contato(contato: Contato, proximo: Proximo | None) -> None:
    """O que registrar um contato faz à agenda do cliente."""
    if contato.ocorrencia.efetiva:
        # `concluido_em` igual ao instante do contato diz quem o concluiu: desfazer reabre estes, e só estes.
        _abertos(contato.cliente).filter(em__lte=timezone.localdate(contato.em)).update(
            concluido_em=contato.em
        )
    if proximo is not None:
        _criar_agendamento(contato.cliente, proximo, contato.atendente, contato.atendente, contato)


def desacertar_pelo_contato(contato: Contato, em: datetime) -> None:
    """O contrário: cancela o que nasceu do contato e reabre o que ele concluiu."""
    _abertos(contato.cliente).filter(contato=contato).update(cancelado_em=em)
    Agendamento.objects.filter(cliente=contato.cliente, concluido_em=contato.em).update(concluido_em=None)
