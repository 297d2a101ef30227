"""Agora não e adiar: o que se decide de um cliente da fila sem falar com ele, guardado com o motivo e com volta.

*Feito* não se anota aqui: é o contato que se registra.
"""

from datetime import date

from django.db import transaction
from django.utils import timezone

from clientes.cadastro import adiar
from clientes.models import Cliente, Decisao, DecisaoDaFila
from contas.models import Usuario

# O que se oferece a um toque; quem quiser escreve outro.
MOTIVOS_DO_AGORA_NAO = (
    "Ligo mais tarde",
    "Não é hora boa para ele",
    "Preciso me preparar",
    "Outra pessoa está tratando",
)
MAIOR_MOTIVO = 200


class DecisaoRecusada(ValueError):
    """Decisão que a casa recusa; a mensagem já vem pronta para a tela."""


def deixar_para_o_fim(*, cliente: Cliente, pessoa: Usuario, motivo: str, hoje: date) -> DecisaoDaFila:
    """Agora não: vai para o fim da fila do dia da pessoa; para os outros, está onde estava."""
    motivo = " ".join(motivo.split())[:MAIOR_MOTIVO]
    if not motivo:
        raise DecisaoRecusada("Diga por que agora não.")
    return DecisaoDaFila.objects.create(
        cliente=cliente, pessoa=pessoa, dia=hoje, decisao=Decisao.AGORA_NAO, motivo=motivo
    )


@transaction.atomic
def adiar_na_fila(*, cliente: Cliente, pessoa: Usuario, ate: date, motivo: str, hoje: date) -> DecisaoDaFila:
    """Sai da fila de todos até o dia, quando volta sozinho."""
    antes = Cliente.objects.select_for_update(no_key=True).get(pk=cliente.pk)
    adiar(cliente=cliente, ate=ate, motivo=motivo, por=pessoa, hoje=hoje)
    return DecisaoDaFila.objects.create(
        cliente=cliente,
        pessoa=pessoa,
        dia=hoje,
        decisao=Decisao.ADIADO,
        motivo=cliente.adiado_motivo,
        ate=ate,
        antes_ate=antes.adiado_ate,
        antes_motivo=antes.adiado_motivo,
    )


@transaction.atomic
def desfazer_decisao(*, decisao: DecisaoDaFila, por: Usuario, hoje: date) -> bool:
    """Só quem decidiu desfaz; duas vezes é o mesmo que uma. Falso quando já estava desfeita."""
    if decisao.pessoa_id != por.pk:
        raise DecisaoRecusada("Só quem decidiu pode desfazer.")
    atual = DecisaoDaFila.objects.select_for_update().get(pk=decisao.pk)
    if atual.desfeita_em is not None:
        return False
    if atual.decisao == Decisao.ADIADO:
        _devolver_o_adiamento(atual, por, hoje)
    atual.desfeita_em = timezone.now()
    atual.save(update_fields=["desfeita_em"])
    return True


def _devolver_o_adiamento(decisao: DecisaoDaFila, por: Usuario, hoje: date) -> None:
    cliente = Cliente.objects.select_for_update(no_key=True).get(pk=decisao.cliente_id)
    if (cliente.adiado_ate, cliente.adiado_motivo) != (decisao.ate, decisao.motivo):
        raise DecisaoRecusada("O adiamento deste cliente já foi mudado depois: veja na ficha.")
    vale = decisao.antes_ate is not None and decisao.antes_ate > hoje
    adiar(
        cliente=cliente,
        ate=decisao.antes_ate if vale else None,
        motivo=decisao.antes_motivo,
        por=por,
        hoje=hoje,
    )


def deixados(*, pessoa: Usuario, dia: date) -> dict[int, DecisaoDaFila]:
    """Os clientes que a pessoa deixou para o fim da fila do dia, pela ordem em que os deixou."""
    decisoes = DecisaoDaFila.objects.filter(
        pessoa=pessoa, dia=dia, decisao=Decisao.AGORA_NAO, desfeita_em__isnull=True
    ).order_by("em", "pk")
    ultimas: dict[int, DecisaoDaFila] = {}
    for decisao in decisoes:
        ultimas.pop(decisao.cliente_id, None)  # deixado de novo vai para o fim de novo
        ultimas[decisao.cliente_id] = decisao
    return ultimas
