-- O que se ouviu no período, um cliente uma vez por objeção (do primeiro contato em que a disse), e se ele comprou
-- do contato até N dias depois.
WITH ditas AS (
  SELECT b.objecao_id, k.id AS contato_id, k.cliente_id, k.em, (k.em AT TIME ZONE %(fuso)s)::date AS dia,
         k.atendente_id, k.canal, k.campanha_id
    FROM clientes_contato k JOIN clientes_contato_objecoes b ON b.contato_id = k.id
   WHERE k.desfeito_em IS NULL AND k.em >= (%(de)s::date)::timestamp AT TIME ZONE %(fuso)s
     AND k.em < (%(ate)s::date + 1)::timestamp AT TIME ZONE %(fuso)s
     AND k.cliente_id IN ({escopo})
), linhas AS (
  SELECT d.objecao_id, d.contato_id, d.cliente_id, d.em, d.dia, d.atendente_id, d.canal, d.campanha_id,
         c.empresa_id, c.segmento_id, c.uf, c.municipio_id,
         CASE WHEN o.id IS NULL THEN c.vendedor_id ELSE o.vendedor_id END AS vendedor_id,
         CASE WHEN o.id IS NULL THEN c.equipe_id ELSE o.equipe_id END AS equipe_id,
         coalesce(e.referencia, %(hoje)s::date) AS referencia
    FROM ditas d
    JOIN clientes_cliente c ON c.id = d.cliente_id
    JOIN contas_empresa e ON e.id = c.empresa_id
    LEFT JOIN clientes_periododecarteira o ON o.cliente_id = d.cliente_id AND o.periodo @> d.dia
), clientes AS (
  SELECT objecao_id, cliente_id, empresa_id, count(DISTINCT contato_id) AS vezes, min(dia) AS dia,
         min(referencia) AS referencia
    FROM linhas WHERE {condicao} GROUP BY 1, 2, 3
), medidos AS (
  SELECT x.objecao_id, x.cliente_id, x.vezes, p.valor,
         p.pedidos > 0 AS comprou, x.dia + {atribuicao:x} > x.referencia AS aberto
    FROM clientes x
   CROSS JOIN LATERAL (
     SELECT count(*) AS pedidos, coalesce(sum(coalesce(p.valor_sem_impostos, p.valor)), 0) AS valor
       FROM clientes_pedido p
      WHERE p.empresa_id = x.empresa_id AND p.cliente_id = x.cliente_id AND p.conta
        AND p.data BETWEEN x.dia AND least(x.dia + {atribuicao:x}, x.referencia)) p
)
