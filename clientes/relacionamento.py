"""Contatos feitos e próximos contatos combinados: cada gesto do vendedor é um caso de uso.

O relógio do último contato (`Indicadores.ultimo_contato_em`) anda por gatilho do banco, na mesma
transação, só com ocorrências efetivas; aqui ninguém escreve nele.
"""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db import IntegrityError, models, transaction
from django.utils import timezone

from clientes.models import Agendamento, CanalDeContato, Cliente, Contato, Ocorrencia
from contas.models import Usuario

# O clique no WhatsApp é tentativa: descansa o cliente na fila, mas não move o relógio do contato.
WHATSAPP_ABERTO = "Conversa aberta no WhatsApp"


class RelacionamentoInvalido(ValueError):
    """Gesto que a casa recusa; a mensagem já vem pronta para a tela."""


@dataclass(frozen=True, slots=True)
class Proximo:
    """O próximo contato combinado no fim deste."""

    em: date
    hora: time | None = None
    tipo: str = CanalDeContato.LIGACAO
    nota: str = ""


def registrar_contato(
    *,
    cliente: Cliente,
    canal: str,
    ocorrencia: Ocorrencia,
    chave: uuid.UUID,
    por: Usuario,
    observacao: str = "",
    pessoa: str = "",
    proximo: Proximo | None = None,
    em: datetime | None = None,
) -> Contato:
    """Grava o contato uma vez só por `chave`; o efetivo conclui os agendamentos vencidos até hoje."""
    agora = em or timezone.now()
    contato = Contato(
        cliente=cliente,
        canal=canal,
        ocorrencia=ocorrencia,
        observacao=observacao.strip(),
        pessoa=pessoa.strip(),
        em=agora,
        fechado_em=agora,
        atendente=por,
        chave=chave,
    )
    try:
        with transaction.atomic():
            contato.save(force_insert=True)
            _acertar_agenda(contato, proximo)
    except IntegrityError:
        return _ja_registrado(chave, cliente, por)
    return contato


def _ja_registrado(chave: uuid.UUID, cliente: Cliente, por: Usuario) -> Contato:
    """O segundo envio do mesmo formulário devolve o contato do primeiro."""
    anterior = Contato.objects.filter(
        chave=chave, cliente=cliente, atendente=por, desfeito_em__isnull=True
    ).first()
    if anterior is None:
        raise RelacionamentoInvalido("Este formulário já foi usado. Confira o texto e salve de novo.")
    return anterior


def _acertar_agenda(contato: Contato, proximo: Proximo | None) -> None:
    if contato.ocorrencia.efetiva:
        # `concluido_em` igual ao instante do contato diz quem o concluiu: desfazer reabre estes, e só estes.
        _abertos(contato.cliente).filter(em__lte=timezone.localdate(contato.em)).update(
            concluido_em=contato.em
        )
    if proximo is not None:
        _criar_agendamento(contato.cliente, proximo, contato.atendente, contato.atendente, contato)


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


@transaction.atomic
def desfazer_contato(*, contato: Contato, por: Usuario, em: datetime | None = None) -> bool:
    """Desfaz o registro e o que ele fez à agenda. Só quem atendeu desfaz; repetir não muda nada."""
    if contato.atendente_id != por.pk:
        raise RelacionamentoInvalido("Só quem registrou o contato pode desfazê-lo.")
    agora = em or timezone.now()
    if not Contato.objects.filter(pk=contato.pk, desfeito_em__isnull=True).update(desfeito_em=agora):
        return False
    _abertos(contato.cliente).filter(contato=contato).update(cancelado_em=agora)
    Agendamento.objects.filter(cliente=contato.cliente, concluido_em=contato.em).update(concluido_em=None)
    return True


def registrar_whatsapp(*, cliente: Cliente, chave: uuid.UUID, por: Usuario) -> Contato:
    """O clique que abre a conversa, guardado como tentativa."""
    ocorrencia, _ = Ocorrencia.objects.get_or_create(
        nome=WHATSAPP_ABERTO, defaults={"efetiva": False, "ativa": False, "ordem": 99}
    )
    return registrar_contato(
        cliente=cliente, canal=CanalDeContato.WHATSAPP, ocorrencia=ocorrencia, chave=chave, por=por
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
