-- A curva ABC da empresa inteira em %(data)s, como `regras.curva_abc`: a fatia acumulada ANTES do cliente decide.
SELECT f.cliente_id,
       CASE WHEN f.antes * 100 < %(abc_a)s * f.total THEN 'A' WHEN f.antes * 100 < %(abc_b)s * f.total THEN 'B'
            ELSE 'C' END AS classe
  FROM (SELECT s.cliente_id, sum(s.valor) OVER () AS total,
               sum(s.valor) OVER (ORDER BY s.valor DESC, c.codigo ROWS UNBOUNDED PRECEDING) - s.valor AS antes
          FROM (SELECT p.cliente_id, sum(p.valor) AS valor FROM clientes_pedido p
                 WHERE p.empresa_id = %(empresa)s AND p.conta AND p.data > %(h12)s AND p.data <= %(data)s
                 GROUP BY 1 HAVING sum(p.valor) > 0) s
          JOIN clientes_cliente c ON c.id = s.cliente_id) f
