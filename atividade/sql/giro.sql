-- De cada vendedor: os clientes que eram dele no primeiro dia e quando cada um foi contatado e comprou pela primeira vez.
-- De poucos vendedores (`donos`), o banco vai a cada cliente pelo índice; de quase todos, lê cada tabela uma vez.
WITH donos AS (
  SELECT o.cliente_id, o.vendedor_id
    FROM unnest(%(vendedores)s::bigint[]) v (id)
    JOIN clientes_periododecarteira o ON o.vendedor_id = v.id
   WHERE o.periodo @> %(de)s::date
  UNION ALL
  SELECT c.id, c.vendedor_id
    FROM unnest(%(vendedores)s::bigint[]) v (id)
    JOIN clientes_cliente c ON c.vendedor_id = v.id
   WHERE NOT EXISTS (SELECT 1 FROM clientes_periododecarteira o WHERE o.cliente_id = c.id AND o.periodo @> %(de)s::date)
), base AS (
  SELECT c.id AS cliente_id, {dono} AS vendedor_id
    FROM {clientes}
    JOIN atividade_indicadores i ON i.cliente_id = c.id
   WHERE c.empresa_id = ANY(%(empresas)s) AND NOT c.fora_do_perfil AND {dono} = ANY(%(vendedores)s::bigint[])
     AND (c.encerrado_em IS NULL OR c.encerrado_em > %(de)s)
     AND (i.primeira_compra <= %(de)s OR coalesce(c.cadastrado_em, (c.criado_em AT TIME ZONE %(fuso)s)::date) <= %(de)s)
), contatados AS (
  SELECT k.cliente_id, min((k.em AT TIME ZONE %(fuso)s)::date) AS dia
    FROM {contatos}
    JOIN clientes_ocorrencia r ON r.id = k.ocorrencia_id AND r.efetiva
   WHERE k.desfeito_em IS NULL AND k.em >= (%(de)s::date)::timestamp AT TIME ZONE %(fuso)s
     AND k.em < (%(ate)s::date + 1)::timestamp AT TIME ZONE %(fuso)s
   GROUP BY 1
), compraram AS (
  SELECT p.cliente_id, min(p.data) AS dia
    FROM {pedidos}
    JOIN contas_empresa e ON e.id = p.empresa_id
   WHERE p.conta AND p.data >= %(de)s AND p.data <= least(%(ate)s::date, coalesce(e.referencia, %(ate)s::date))
   GROUP BY 1
)
{saida}
