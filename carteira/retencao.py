"""O que cada tipo de dado vencido é, e como se vai: a rotina da noite e a prévia leem daqui."""

from datetime import datetime, timedelta

from carteira.importacoes import apagar_arquivos_antigos, vencidas
from clientes.lgpd.retencao import Limpeza, limpar, por_sql
from clientes.models import RegraDeRetencao, TipoDeRetencao

_VISTAS_VENCIDAS = "clientes_vistadaficha WHERE dia < (%(ate)s)::timestamptz::date"
APAGADO = "(texto apagado pelo prazo de guarda)"
_MENSAGENS = f"""notificacoes_mensagem WHERE criada_em < %(ate)s AND estado IN ('enviada', 'cancelada')
  AND (html <> '' OR texto <> '{APAGADO}')"""
# Quem nunca comprou nem foi procurado desde então, e ninguém declarou por que se guarda.
_PROSPECTS = """clientes_cliente c WHERE c.categoria <> 'ex_cliente' AND c.criado_em < %(ate)s
  AND c.anonimizado_em IS NULL
  AND NOT EXISTS (SELECT FROM clientes_pedido p WHERE p.cliente_id = c.id)
  AND NOT EXISTS (SELECT FROM clientes_contato o WHERE o.cliente_id = c.id AND o.em >= %(ate)s)
  AND NOT EXISTS (SELECT FROM clientes_basedotitular b WHERE b.cliente_id = c.id)
  AND (c.telefone <> '' OR c.email <> '' OR EXISTS (
        SELECT FROM clientes_pessoadecontato q WHERE q.cliente_id = c.id AND (q.telefone <> '' OR q.email <> '')))"""

LIMPEZAS: dict[str, Limpeza] = {
    TipoDeRetencao.VISTAS: por_sql(
        f"SELECT count(*) FROM {_VISTAS_VENCIDAS}",
        f"DELETE FROM clientes_vistadaficha WHERE id IN (SELECT id FROM {_VISTAS_VENCIDAS} LIMIT %(lote)s)",
    ),
    TipoDeRetencao.MENSAGENS: por_sql(
        f"SELECT count(*) FROM {_MENSAGENS}",
        f"UPDATE notificacoes_mensagem SET html = '', texto = '{APAGADO}' "
        f"WHERE id IN (SELECT id FROM {_MENSAGENS} LIMIT %(lote)s)",
    ),
    TipoDeRetencao.PROSPECTS: por_sql(
        f"SELECT count(*) FROM {_PROSPECTS}",
        f"""WITH alvos AS (SELECT c.id FROM {_PROSPECTS} ORDER BY c.id LIMIT %(lote)s),
            pessoas AS (UPDATE clientes_pessoadecontato p SET telefone = '', email = '', atualizado_em = now()
                          FROM alvos a WHERE p.cliente_id = a.id AND (p.telefone <> '' OR p.email <> ''))
            UPDATE clientes_cliente c SET telefone = '', email = '', atualizado_em = now()
              FROM alvos a WHERE c.id = a.id""",
    ),
    TipoDeRetencao.AUDITORIA: por_sql(
        "SELECT count(*) FROM contas_registrodeauditoria WHERE em < %(ate)s AND acao <> 'auditoria.apagar'",
        "SELECT auditoria_apagar_vencida(%(ate)s, %(lote)s)",
    ),
    TipoDeRetencao.ARQUIVOS: Limpeza(
        lambda ate: vencidas(ate).count(),
        lambda ate, lote: apagar_arquivos_antigos(agora=ate, dias=0),
    ),
}


def vencidos(regra: RegraDeRetencao, agora: datetime) -> int:
    """Quantas linhas a rotina tocaria hoje com este prazo."""
    return LIMPEZAS[regra.tipo].contar(agora - timedelta(days=regra.dias))


def limpar_vencidos(agora: datetime) -> dict[str, int]:
    return limpar(LIMPEZAS, agora=agora)
