-- Quem voltou: um cliente por período, da compra que o achou inativo pela regra em vigor naquele dia, com os fatos
-- conhecidos hoje. A peneira (`menor`: o menor silêncio que alguma regra chama de inativo) deixa poucos para a conta.
-- Os pedidos vêm na ordem do índice `pedido_que_conta`, que é a da janela; os dias, em valores, dizem ao banco quantos são.
WITH periodos AS (
  SELECT * FROM unnest(%(des)s::date[], %(ates)s::date[]) WITH ORDINALITY AS q (de, ate, n)
), regras AS MATERIALIZED ({regras}
), compras AS (
  SELECT p.cliente_id, p.empresa_id, p.data,
         coalesce(lag(p.data) OVER (PARTITION BY p.empresa_id, p.cliente_id ORDER BY p.data), (
           SELECT a.data FROM clientes_pedido a
            WHERE a.empresa_id = p.empresa_id AND a.cliente_id = p.cliente_id AND a.conta
              AND a.data < %(primeiro)s ORDER BY a.data DESC LIMIT 1)) AS anterior
    FROM clientes_cliente s
    JOIN clientes_pedido p ON p.empresa_id = s.empresa_id AND p.cliente_id = s.id
   WHERE p.conta AND p.data BETWEEN %(primeiro)s AND %(ultimo)s AND s.id IN ({escopo})
), candidatos AS MATERIALIZED (
  SELECT x.cliente_id, x.empresa_id, x.data AS em, x.anterior, c.segmento_id, c.uf, c.municipio_id, c.vendedor_id,
         c.equipe_id, coalesce(e.referencia, %(hoje)s::date) AS referencia
    FROM compras x
    JOIN clientes_cliente c ON c.id = x.cliente_id
    JOIN contas_empresa e ON e.id = x.empresa_id
   WHERE x.data - x.anterior >= (SELECT min(menor) FROM regras) AND x.data <= coalesce(e.referencia, %(hoje)s)
), de_inativos AS (
  SELECT x.*
    FROM candidatos x
    LEFT JOIN LATERAL ({regra_em_vigor}) v ON true
    JOIN regras r ON r.id = coalesce(v.id, 0)
   CROSS JOIN LATERAL {ciclo} k
   WHERE {inativo_em} <= x.em
), voltas AS MATERIALIZED (
  SELECT DISTINCT ON (q.n, x.cliente_id) q.n, x.*, least(q.ate, x.referencia) AS fim
    FROM periodos q JOIN de_inativos x ON x.em BETWEEN q.de AND q.ate
   ORDER BY q.n, x.cliente_id, x.em
), linhas AS (
  SELECT v.n, v.cliente_id, v.em, v.anterior, v.empresa_id, v.segmento_id, v.uf, v.municipio_id,
         CASE WHEN o.id IS NULL THEN v.vendedor_id ELSE o.vendedor_id END AS vendedor_id,
         CASE WHEN o.id IS NULL THEN v.equipe_id ELSE o.equipe_id END AS equipe_id,
         k.id AS contato_id, k.dia AS contato_em, k.canal, k.atendente_id, k.campanha_id, f.oferta_tipo AS oferta,
         CASE WHEN k.id IS NULL THEN 'espontaneo' ELSE 'contato' END AS origem,
         p.pedidos, p.valor, p.ultimo, p.sem_imposto
    FROM voltas v
    LEFT JOIN clientes_periododecarteira o ON o.cliente_id = v.cliente_id AND o.periodo @> v.em
   CROSS JOIN LATERAL (
     SELECT count(*) AS pedidos, sum(coalesce(p.valor_sem_impostos, p.valor)) AS valor, max(p.data) AS ultimo,
            count(p.valor_sem_impostos) AS sem_imposto
       FROM clientes_pedido p
      WHERE p.empresa_id = v.empresa_id AND p.cliente_id = v.cliente_id AND p.conta
        AND p.data BETWEEN v.em AND v.fim) p
    LEFT JOIN LATERAL ({ultimo_contato}) k ON true
    LEFT JOIN LATERAL ({oferta}) f ON true
), escolhidas AS MATERIALIZED (
  SELECT * FROM linhas WHERE {condicao}
)
