-- Quem se comparava em %(referencia)s: duas compras ou mais, até 180 dias de silêncio e a 30 da compra seguinte pela
-- própria mediana; com o que se sabia ali, e se ficou os 90 dias seguintes sem comprar. Em ordem de código.
SELECT j.cliente_id, j.perdeu::int, j.valor::float8, j.r, 1 / (1 + exp(-(%(b0)s::float8 + %(s)s::float8 * ({z})))),
       {p_vivo}, {p_sem_compra}
  FROM (SELECT l.cliente_id, c.codigo, l.dias_de_compra AS n, %(referencia)s::date - l.ultima_compra AS r,
               l.ultima_compra - l.primeira_compra AS tx, %(m0)s::float8 AS m0,
               CASE WHEN l.valor_12m = 0 THEN l.valor_ano_ativo ELSE l.valor_12m END AS valor,
               NOT EXISTS (SELECT 1 FROM clientes_pedido p
                            WHERE p.empresa_id = %(empresa)s AND p.cliente_id = l.cliente_id AND p.conta
                              AND p.data > %(referencia)s AND p.data <= %(fim)s) AS perdeu
          FROM ({linhas}) l
          JOIN clientes_cliente c ON c.id = l.cliente_id
         WHERE l.dias_de_compra >= 2 AND %(referencia)s::date - l.ultima_compra <= %(silencio_maximo)s
           AND %(referencia)s::date - l.ultima_compra >= l.intervalo_mediano_dias - %(antecedencia)s
           AND NOT EXISTS (SELECT 1 FROM c_fora f WHERE f.cliente_id = l.cliente_id)) j
 ORDER BY j.codigo, j.cliente_id
