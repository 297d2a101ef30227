-- O que cada vendedor fez no período: contatos que ele registrou, e os pedidos e as voltas de quem era dele no dia.
WITH alcance AS (
  SELECT o.cliente_id AS id
    FROM unnest(%(vendedores)s::bigint[]) v (id)
    JOIN clientes_periododecarteira o ON o.vendedor_id = v.id
  UNION
  SELECT id FROM clientes_cliente WHERE vendedor_id = ANY(%(vendedores)s)
), contatos AS (
  SELECT k.atendente_id AS vendedor_id, count(*) AS contatos, count(*) FILTER (WHERE r.efetiva) AS efetivos
    FROM clientes_contato k
    JOIN clientes_ocorrencia r ON r.id = k.ocorrencia_id
    JOIN clientes_cliente c ON c.id = k.cliente_id
   WHERE k.atendente_id = ANY(%(vendedores)s) AND c.empresa_id = ANY(%(empresas)s) AND k.desfeito_em IS NULL
     AND k.em >= (%(de)s::date)::timestamp AT TIME ZONE %(fuso)s
     AND k.em < (%(ate)s::date + 1)::timestamp AT TIME ZONE %(fuso)s
   GROUP BY 1
), compras AS MATERIALIZED ( -- para que o contato de cada pedido se procure uma vez, e não uma por soma
  SELECT CASE WHEN o.id IS NULL THEN c.vendedor_id ELSE o.vendedor_id END AS vendedor_id, p.valor,
         {depois_de_contato} AS por_contato
    FROM alcance a
    JOIN clientes_pedido p ON p.cliente_id = a.id
    JOIN clientes_cliente c ON c.id = p.cliente_id
    JOIN contas_empresa e ON e.id = c.empresa_id
    LEFT JOIN clientes_periododecarteira o ON o.cliente_id = p.cliente_id AND o.periodo @> p.data
   WHERE p.conta AND c.empresa_id = ANY(%(empresas)s) AND p.data >= %(de)s
     AND p.data <= least(%(ate)s::date, coalesce(e.referencia, %(ate)s::date))
), pedidos AS (
  SELECT vendedor_id, count(*) AS pedidos, sum(valor) AS valor, count(*) FILTER (WHERE por_contato) AS apos_contato,
         coalesce(sum(valor) FILTER (WHERE por_contato), 0) AS valor_apos_contato
    FROM compras GROUP BY 1
), voltas AS (
  SELECT DISTINCT ON (m.cliente_id) m.cliente_id,
         CASE WHEN o.id IS NULL THEN c.vendedor_id ELSE o.vendedor_id END AS vendedor_id, {volta_por_contato} AS por_contato
    FROM alcance a
    JOIN atividade_mudancastatus m ON m.cliente_id = a.id
    JOIN clientes_cliente c ON c.id = m.cliente_id
    LEFT JOIN clientes_periododecarteira o ON o.cliente_id = m.cliente_id AND o.periodo @> m.em
   WHERE m.de = 'inativo' AND m.motivo = 'compra' AND c.empresa_id = ANY(%(empresas)s)
     AND m.em BETWEEN %(de)s AND %(ate)s
   ORDER BY m.cliente_id, m.em, m.ordem
), reativados AS (
  SELECT vendedor_id, count(*) AS reativados, count(*) FILTER (WHERE por_contato) AS por_contato FROM voltas GROUP BY 1
)
SELECT v.id, coalesce(k.contatos, 0), coalesce(k.efetivos, 0), coalesce(p.pedidos, 0), coalesce(p.valor, 0),
       coalesce(p.apos_contato, 0), coalesce(p.valor_apos_contato, 0), coalesce(r.reativados, 0), coalesce(r.por_contato, 0)
  FROM unnest(%(vendedores)s::bigint[]) AS v (id)
  LEFT JOIN contatos k ON k.vendedor_id = v.id
  LEFT JOIN pedidos p ON p.vendedor_id = v.id
  LEFT JOIN reativados r ON r.vendedor_id = v.id
