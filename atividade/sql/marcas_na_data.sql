-- Novo e recuperado em %(data)s, como `regras.marcar`: só se lê a história de quem comprou na janela de novidade,
-- e só se julga o silêncio (com o ciclo de então) da compra que pode ter sido uma volta.
LEFT JOIN LATERAL (
  SELECT min(s.data) > %(novidade)s AS nova,
         bool_or(CASE WHEN s.data > %(novidade)s AND s.data - s.anterior >= r.menor_periodo
                      THEN (SELECT {inativo_em} <= s.data FROM {ciclo} kv) ELSE false END) AS voltou
    FROM (SELECT p.data, lag(p.data) OVER (ORDER BY p.data) AS anterior FROM clientes_pedido p
           WHERE m.ultima > %(novidade)s
             AND p.empresa_id = %(empresa)s AND p.cliente_id = m.cliente_id AND p.conta AND p.data <= %(data)s) s
  ) g ON true
