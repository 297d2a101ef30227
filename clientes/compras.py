"""O que conta como compra: a escolha da empresa e a reescrita dos pedidos que ela pede."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection, transaction

from contas.auditoria import registrar
from contas.models import Empresa, SituacaoDePedido, Usuario

LOTE = 20_000
PODEM_CONTAR = (SituacaoDePedido.ABERTO.value, SituacaoDePedido.FATURADO.value)
# A faixa é por id: cada uma é curta, confirma sozinha, e repetir a mesma não muda nada.
_REESCREVER = """
UPDATE clientes_pedido SET conta = NOT conta, atualizado_em = now()
WHERE empresa_id = %(empresa)s AND id > %(de)s AND id <= %(ate)s
  AND conta <> (situacao = ANY(%(contam)s))
"""


class SituacaoRecusada(ValueError):
    """Escolha que a casa recusa; a mensagem já vem pronta para a tela."""


@transaction.atomic
def mudar_situacoes_que_contam(
    *, empresa: Empresa, situacoes: Sequence[str], por: Usuario | None, motivo: str = ""
) -> bool:
    """Grava a escolha e diz se mudou; os pedidos são reescritos depois, por `reescrever_conta`."""
    escolhidas = [s for s in PODEM_CONTAR if s in situacoes]
    if not escolhidas or set(situacoes) - set(PODEM_CONTAR):
        raise SituacaoRecusada(
            "Só pedidos abertos e faturados podem contar como compra, e ao menos um deles."
        )
    atual = Empresa.objects.select_for_update(no_key=True).get(pk=empresa.pk)
    antes = atual.situacoes_que_contam
    if set(antes) == set(escolhidas):
        return False
    atual.situacoes_que_contam = escolhidas
    atual.save(update_fields=["situacoes_que_contam"])
    empresa.situacoes_que_contam = escolhidas
    registrar(
        "atividade.situacoes",
        por=por,
        objeto=f"empresa {empresa.codigo}",
        antes={"contam": antes},
        depois={"contam": escolhidas} | ({"motivo": motivo} if motivo else {}),
    )
    return True


def reescrever_conta(
    *, empresa: Empresa, lote: int = LOTE, avisar: Callable[[int, int], None] = lambda feito, total: None
) -> int:
    """Põe `conta` de acordo com a escolha da empresa, faixa a faixa; `avisar(id, último id)` diz o progresso.

    Interrompida, recomeça do início e só toca o que falta.
    """
    empresa.refresh_from_db(fields=["situacoes_que_contam"])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(min(id), 1), coalesce(max(id), 0) FROM clientes_pedido WHERE empresa_id = %s",
            [empresa.pk],
        )
        primeiro, ultimo = cursor.fetchone()
        mudados = 0
        for de in range(primeiro - 1, ultimo, lote):
            faixa: dict[str, Any] = {
                "empresa": empresa.pk,
                "de": de,
                "ate": de + lote,
                "contam": empresa.situacoes_que_contam,
            }
            cursor.execute(_REESCREVER, faixa)
            mudados += cursor.rowcount
            avisar(min(de + lote, ultimo), ultimo)
    return mudados
