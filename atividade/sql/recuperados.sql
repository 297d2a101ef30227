-- A última compra da janela de novidade que encontrou o cliente já inativo, pela regra dele; por ciclo,
-- o ciclo é o das compras até a anterior: o silêncio que se julga não entra na própria régua.
INSERT INTO c_recuperados
SELECT s.cliente_id, max(s.data)
  FROM (SELECT p.cliente_id, p.data, lag(p.data) OVER (PARTITION BY p.cliente_id ORDER BY p.data) AS anterior
          FROM c_medidas m
          JOIN clientes_pedido p ON p.empresa_id = %(empresa)s AND p.cliente_id = m.cliente_id
         WHERE m.voltou AND p.conta AND p.data <= %(referencia)s) s
  JOIN atividade_indicadores i USING (cliente_id)
  LEFT JOIN c_regras rc ON rc.cliente_id = i.cliente_id
  LEFT JOIN c_regras rs ON rs.segmento_id = i.segmento_id
  JOIN c_regras r ON r.n = coalesce(rc.n, rs.n, 0)
  {ciclo}
 WHERE s.data > %(novidade)s AND s.data - s.anterior >= r.menor_periodo AND {inativo_em} <= s.data
 GROUP BY 1;
