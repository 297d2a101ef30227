-- Quantos silêncios duraram quantos dias, por segmento e faixa de compras: os que acabaram em compra e os que
-- ainda corriam na referência. Só quem hoje está fora do perfil sai: tirar os encerrados esconderia as perdas.
SELECT x.segmento_id, width_bucket(s.compra, %(faixas)s::int[]) - 1 AS faixa, s.dias,
       count(*) FILTER (WHERE s.voltou) AS voltaram, count(*) FILTER (WHERE NOT s.voltou) AS em_curso
  FROM (SELECT p.cliente_id, (dense_rank() OVER w)::int AS compra,
               coalesce(lead(p.data) OVER w, %(referencia)s::date) - p.data AS dias,
               lead(p.data) OVER w IS NOT NULL AS voltou
          FROM clientes_pedido p
         WHERE p.empresa_id = %(empresa)s AND p.conta AND p.data <= %(referencia)s
        WINDOW w AS (PARTITION BY p.cliente_id ORDER BY p.data)) s
  JOIN atividade_indicadores x ON x.cliente_id = s.cliente_id
 WHERE s.dias > 0
   AND NOT EXISTS (SELECT FROM clientes_cliente c
                    WHERE c.empresa_id = %(empresa)s AND c.fora_do_perfil AND c.id = s.cliente_id)
 GROUP BY 1, 2, 3
