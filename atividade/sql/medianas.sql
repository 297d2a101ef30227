-- Uma vez por mês: ciclo mediano de cada segmento (e da empresa, segmento nulo do total) e m0 da prioridade.
SELECT i.segmento_id, grouping(i.segmento_id) = 1 AS da_empresa,
       round((percentile_cont(0.5) WITHIN GROUP (ORDER BY m.mediano::float8) FILTER (WHERE m.dias >= 3))::numeric, 4),
       round((percentile_cont(0.5) WITHIN GROUP (ORDER BY (m.ultima - m.primeira)::float8 / nullif(m.dias - 1, 0)))::numeric, 4)
  FROM c_medidas m JOIN atividade_indicadores i USING (cliente_id)
 GROUP BY GROUPING SETS ((i.segmento_id), ());
