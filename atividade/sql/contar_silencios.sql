-- Quantos silêncios de cada tamanho há em cada corte: o que basta para pôr
-- à prova qualquer regra fixa; separados também pelo ciclo, qualquer regra.
SELECT a.corte, a.segmento_id, r.limiar_id, a.ciclo, a.ultima,
       count(*) FILTER (WHERE a.perdeu) AS perdidos, count(*) FILTER (WHERE NOT a.perdeu) AS voltaram,
       count(*) FILTER (WHERE a.perdeu AND a.vendedor_id IS NOT NULL) AS perdidos_com_dono,
       count(*) FILTER (WHERE NOT a.perdeu AND a.vendedor_id IS NOT NULL) AS voltaram_com_dono
  FROM ({silencios}) a
  LEFT JOIN unnest(%(clientes)s::bigint[], %(limiares)s::bigint[]) AS r (cliente_id, limiar_id)
    ON r.cliente_id = a.cliente_id
 GROUP BY 1, 2, 3, 4, 5
 ORDER BY 1, 2, 3, 4, 5
