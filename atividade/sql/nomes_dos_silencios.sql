-- Um silêncio por cliente e corte, com o que identifica o cliente.
SELECT a.dia, c.codigo, coalesce(nullif(c.nome_fantasia, ''), c.razao_social), a.segmento_id,
       coalesce(g.nome, ''), coalesce(u.nome, ''), r.limiar_id, a.dias, a.ciclo, a.ultima, a.proxima, a.perdeu
  FROM ({silencios}) a
  JOIN clientes_cliente c ON c.id = a.cliente_id
  LEFT JOIN clientes_segmento g ON g.id = a.segmento_id
  LEFT JOIN contas_usuario u ON u.id = a.vendedor_id
  LEFT JOIN unnest(%(clientes)s::bigint[], %(limiares)s::bigint[]) AS r (cliente_id, limiar_id)
    ON r.cliente_id = a.cliente_id
 WHERE %(segmento)s::bigint IS NULL OR a.segmento_id = %(segmento)s
 ORDER BY a.dia, c.codigo
