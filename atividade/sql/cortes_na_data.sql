-- Os cortes da curva ABC da empresa inteira em %(data)s, como `regras.curva_abc`: a fatia acumulada ANTES do cliente
-- decide. Somam-se faixas de valor (32 por vez que ele dobra uns 2,7) e só se ordenam as duas em que os cortes caem:
-- saem o menor valor de cada classe e, dos que têm exatamente esse valor, os que nela cabem (por código).
WITH compras AS MATERIALIZED (
  SELECT p.cliente_id, (sum(p.valor) * 100)::bigint AS centavos FROM clientes_pedido p
   WHERE p.empresa_id = %(empresa)s AND p.conta AND p.data > %(h12)s AND p.data <= %(data)s
   GROUP BY 1 HAVING sum(p.valor) > 0
), faixas AS MATERIALIZED (
  SELECT faixa, soma, sum(soma) OVER (ORDER BY faixa DESC) - soma AS antes, sum(soma) OVER () * 0.01 AS centesimo
    FROM (SELECT floor(32 * ln(centavos::float8))::int AS faixa, sum(centavos) AS soma FROM compras GROUP BY 1) s
), onde AS MATERIALIZED (
  SELECT min(faixa) FILTER (WHERE antes < %(abc_a)s * centesimo) AS a,
         min(faixa) FILTER (WHERE antes < %(abc_b)s * centesimo) AS b
    FROM faixas
), ordenados AS MATERIALIZED (
  SELECT c.cliente_id, c.centavos, f.centesimo,
         f.antes + sum(c.centavos) OVER (PARTITION BY f.faixa ORDER BY c.centavos DESC ROWS UNBOUNDED PRECEDING)
           - c.centavos AS antes
    FROM onde o JOIN faixas f ON f.faixa IN (o.a, o.b)
    JOIN compras c ON floor(32 * ln(c.centavos::float8))::int = f.faixa
), menores AS MATERIALIZED (
  SELECT min(centavos) FILTER (WHERE antes < %(abc_a)s * centesimo) AS a,
         min(centavos) FILTER (WHERE antes < %(abc_b)s * centesimo) AS b
    FROM ordenados
), cabem AS MATERIALIZED (
  SELECT m.a, count(*) FILTER (WHERE o.centavos = m.a AND o.antes < %(abc_a)s * o.centesimo) AS cabem_a,
         m.b, count(*) FILTER (WHERE o.centavos = m.b AND o.antes < %(abc_b)s * o.centesimo) AS cabem_b
    FROM menores m LEFT JOIN ordenados o ON o.centavos IN (m.a, m.b) GROUP BY m.a, m.b
)
SELECT m.a * 0.01 AS a, m.b * 0.01 AS b,
       array(SELECT o.cliente_id FROM ordenados o JOIN clientes_cliente c ON c.id = o.cliente_id
              WHERE o.centavos = m.a ORDER BY c.codigo LIMIT m.cabem_a) AS empatados_a,
       array(SELECT o.cliente_id FROM ordenados o JOIN clientes_cliente c ON c.id = o.cliente_id
              WHERE o.centavos = m.b ORDER BY c.codigo LIMIT m.cabem_b) AS empatados_b
  FROM cabem m
