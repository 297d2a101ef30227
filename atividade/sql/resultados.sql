-- O que cada vendedor fez no período: contatos que ele registrou, e os pedidos e as voltas de quem era dele no dia.
-- De poucos vendedores, os pedidos e as voltas se procuram no `alcance` deles; de quase todos, lê-se o período inteiro.
WITH alcance AS (
  SELECT o.cliente_id AS id
    FROM unnest(%(vendedores)s::bigint[]) v (id)
    JOIN clientes_periododecarteira o ON o.vendedor_id = v.id
  UNION
  SELECT id FROM clientes_cliente WHERE vendedor_id = ANY(%(vendedores)s::bigint[])
), contatos AS (
  SELECT k.atendente_id AS vendedor_id, count(*) AS contatos, count(*) FILTER (WHERE r.efetiva) AS efetivos
    FROM clientes_contato k
    JOIN clientes_ocorrencia r ON r.id = k.ocorrencia_id
    JOIN clientes_cliente c ON c.id = k.cliente_id
   WHERE k.atendente_id = ANY(%(vendedores)s::bigint[]) AND c.empresa_id = ANY(%(empresas)s) AND k.desfeito_em IS NULL
     AND k.em >= (%(de)s::date)::timestamp AT TIME ZONE %(fuso)s
     AND k.em < (%(ate)s::date + 1)::timestamp AT TIME ZONE %(fuso)s
   GROUP BY 1
), compras AS MATERIALIZED (
  SELECT p.id, p.cliente_id, p.data, p.valor, p.empresa_id, {dono} AS vendedor_id
    FROM {pedidos}
    JOIN clientes_cliente c ON c.id = p.cliente_id -- só o dono: um índice o traz
    JOIN contas_empresa e ON e.id = p.empresa_id
    LEFT JOIN clientes_periododecarteira o ON o.cliente_id = p.cliente_id AND o.periodo @> p.data
   WHERE p.conta AND p.empresa_id = ANY(%(empresas)s) AND p.data >= %(de)s AND {dono} = ANY(%(vendedores)s::bigint[])
     AND p.data <= least(%(ate)s::date, coalesce(e.referencia, %(ate)s::date))
), apos_contato AS ( -- de uma vez, e não um contato procurado por pedido
  SELECT DISTINCT x.id
    FROM compras x
    JOIN clientes_contato k ON k.cliente_id = x.cliente_id AND k.desfeito_em IS NULL
    JOIN clientes_ocorrencia r ON r.id = k.ocorrencia_id AND r.efetiva
   WHERE k.em >= (%(de)s::date - {maior_atribuicao})::timestamp AT TIME ZONE %(fuso)s
     AND k.em < (%(ate)s::date + 1)::timestamp AT TIME ZONE %(fuso)s AND {do_pedido}
), pedidos AS (
  SELECT x.vendedor_id, count(*) AS pedidos, sum(x.valor) AS valor, count(t.id) AS apos_contato,
         coalesce(sum(x.valor) FILTER (WHERE t.id IS NOT NULL), 0) AS valor_apos_contato
    FROM compras x LEFT JOIN apos_contato t ON t.id = x.id
   GROUP BY 1
), voltas AS (
  SELECT DISTINCT ON (m.cliente_id) m.cliente_id,
         {dono} AS vendedor_id, {volta_por_contato} AS por_contato
    FROM {voltas}
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
