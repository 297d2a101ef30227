-- O previsto contra o acontecido, em dez faixas iguais de probabilidade.
SELECT faixa, count(*), avg(p), avg(y), sum((p - y) * (p - y))
  FROM (SELECT p, calado::int::float8 AS y, least(floor(p * 10), 9)::int AS faixa
          FROM (SELECT {p} AS p, calado FROM c_janelas WHERE corte = %(corte)s) c) t
 GROUP BY faixa ORDER BY faixa
