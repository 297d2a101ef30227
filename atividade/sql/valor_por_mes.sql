-- O que compraram, mês a mês, os clientes que eram de cada vendedor no dia do pedido.
WITH alcance AS (
  SELECT o.cliente_id AS id
    FROM unnest(%(vendedores)s::bigint[]) v (id)
    JOIN clientes_periododecarteira o ON o.vendedor_id = v.id
  UNION
  SELECT id FROM clientes_cliente WHERE vendedor_id = ANY(%(vendedores)s)
)
SELECT CASE WHEN o.id IS NULL THEN c.vendedor_id ELSE o.vendedor_id END AS vendedor_id,
       date_trunc('month', p.data)::date AS mes, sum(p.valor)
  FROM alcance a
  JOIN clientes_cliente c ON c.id = a.id
  JOIN clientes_pedido p ON p.empresa_id = c.empresa_id AND p.cliente_id = c.id
  JOIN contas_empresa e ON e.id = c.empresa_id
  LEFT JOIN clientes_periododecarteira o ON o.cliente_id = p.cliente_id AND o.periodo @> p.data
 WHERE p.conta AND c.empresa_id = ANY(%(empresas)s) AND p.data >= %(de)s
   AND p.data <= least(%(ate)s::date, coalesce(e.referencia, %(ate)s::date))
   AND CASE WHEN o.id IS NULL THEN c.vendedor_id ELSE o.vendedor_id END = ANY(%(vendedores)s)
 GROUP BY 1, 2

