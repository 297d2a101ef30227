-- A última compra da janela de novidade que encontrou o cliente já inativo, pela regra dele; por ciclo,
-- o ciclo é o das compras até a anterior: o silêncio que se julga não entra na própria régua.
-- Só se leem os pedidos da janela, e de cada um o dia de compra anterior, na ponta do índice.
INSERT INTO c_recuperados
SELECT s.cliente_id, max(s.data)
  FROM (SELECT m.cliente_id, p.data, a.anterior
          FROM c_medidas m
          JOIN clientes_pedido p ON p.empresa_id = %(empresa)s AND p.cliente_id = m.cliente_id
         CROSS JOIN LATERAL (SELECT max(q.data) AS anterior FROM clientes_pedido q
                              WHERE q.empresa_id = %(empresa)s AND q.cliente_id = m.cliente_id AND q.conta
                                AND q.data < p.data) a
         WHERE m.voltou AND p.conta AND p.data > %(novidade)s AND p.data <= %(referencia)s) s
  {regra}
  {ciclo}
 WHERE s.data - s.anterior >= r.menor_periodo AND {inativo_em} <= s.data
 GROUP BY 1;
