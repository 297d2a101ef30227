"""Contatos feitos com o cliente: cada gesto do vendedor é um caso de uso.

O relógio do último contato (`Indicadores.ultimo_contato_em`) anda por gatilho do banco, na mesma
transação, só com ocorrências efetivas; aqui ninguém escreve nele.
"""

import uuid
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from clientes.agenda import Proximo, acertar_pelo_contato, desacertar_pelo_contato
from clientes.models import CanalDeContato, Cliente, Contato, Ocorrencia
from contas.models import Usuario

# O clique no WhatsApp é tentativa: descansa o cliente na fila, mas não move o relógio do contato.
WHATSAPP_ABERTO = "Conversa aberta no WhatsApp"


class RelacionamentoInvalido(ValueError):
    """Gesto que a casa recusa; a mensagem já vem pronta para a tela."""


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
            acertar_pelo_contato(contato, proximo)
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


@transaction.atomic
def desfazer_contato(*, contato: Contato, por: Usuario, em: datetime | None = None) -> bool:
    """Desfaz o registro e o que ele fez à agenda. Só quem atendeu desfaz; repetir não muda nada."""
    if contato.atendente_id != por.pk:
        raise RelacionamentoInvalido("Só quem registrou o contato pode desfazê-lo.")
    agora = em or timezone.now()
    if not Contato.objects.filter(pk=contato.pk, desfeito_em__isnull=True).update(desfeito_em=agora):
        return False
    desacertar_pelo_contato(contato, agora)
    return True


def registrar_whatsapp(*, cliente: Cliente, chave: uuid.UUID, por: Usuario) -> Contato:
    """O clique que abre a conversa, guardado como tentativa."""
    ocorrencia, _ = Ocorrencia.objects.get_or_create(
        nome=WHATSAPP_ABERTO, defaults={"efetiva": False, "ativa": False, "ordem": 99}
    )
    return registrar_contato(
        cliente=cliente, canal=CanalDeContato.WHATSAPP, ocorrencia=ocorrencia, chave=chave, por=por
    )
