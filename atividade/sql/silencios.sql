-- Os silêncios abertos em cada corte (última compra ≤ corte < compra seguinte), de uma varredura só do índice
-- pedido_que_conta, por mais cortes que sejam: width_bucket(d, cortes) diz quantos cortes vêm até d.
-- Dois pedidos do mesmo dia dão um salto vazio, que não contém corte nenhum. O ciclo é o de antes do silêncio.
SELECT s.cliente_id, s.ultima, s.proxima, s.dias, s.ciclo, k.corte, (%(cortes)s::date[])[k.corte] AS dia,
       x.segmento_id, x.vendedor_id, coalesce(s.proxima > (%(cortes)s::date[])[k.corte] + %(dias)s, true) AS perdeu
  FROM (SELECT q.cliente_id, q.ultima, q.proxima, q.dias, q.de, q.ate, {ciclo} AS ciclo
          FROM (SELECT t.*, width_bucket(t.ultima - 1, %(cortes)s::date[]) + 1 AS de,
                       coalesce(width_bucket(t.proxima - 1, %(cortes)s::date[]),
                                cardinality(%(cortes)s::date[])) AS ate
                  FROM (SELECT p.cliente_id, p.data AS ultima, lead(p.data) OVER w AS proxima,
                               {dias} AS dias, {compras} AS compras
                          FROM clientes_pedido p
                         WHERE p.empresa_id = %(empresa)s AND p.conta AND p.data <= %(referencia)s
                        WINDOW w AS (PARTITION BY p.cliente_id ORDER BY p.data)) t
                 WHERE t.ultima <= %(ultimo_corte)s AND (t.proxima IS NULL OR t.proxima > %(primeiro_corte)s)) q
         WHERE q.de <= q.ate
        OFFSET 0) s  -- o ciclo se tira uma vez por silêncio, não por corte
 CROSS JOIN LATERAL generate_series(s.de, s.ate) AS k (corte)
  JOIN atividade_indicadores x ON x.cliente_id = s.cliente_id
  LEFT JOIN (SELECT c.id, c.encerrado_em, c.fora_do_perfil FROM clientes_cliente c
              WHERE c.empresa_id = %(empresa)s AND (c.encerrado_em IS NOT NULL OR c.fora_do_perfil)) f
    ON f.id = s.cliente_id
 WHERE f.id IS NULL OR NOT f.fora_do_perfil AND f.encerrado_em > (%(cortes)s::date[])[k.corte]
