-- Cortes da empresa, de uma ordenação só por valor.
-- ABC: menor valor cujo acumulado antes ainda é menor que o limite, e quantos empatados nele cabem.
-- RFV: o j-ésimo menor, j = teto(n·s/5): quem é estritamente maior tem ao menos j piores, e empates não se separam.
WITH populacao AS MATERIALIZED (
  SELECT t.cliente_id, t.ultima_compra, t.dias_12m, t.valor_12m FROM ({fonte}) t
   WHERE t.ultima_compra IS NOT NULL
     AND (t.valor_12m > 0 OR NOT EXISTS (SELECT 1 FROM c_fora f WHERE f.cliente_id = t.cliente_id))
), totais AS MATERIALIZED (
  -- vezes 0,01, e não dividido por 100: o produto é exato
  SELECT n, soma * %(abc_a)s * 0.01 AS ate_a, soma * %(abc_b)s * 0.01 AS ate_b
    FROM (SELECT count(*) AS n, coalesce(sum(valor_12m), 0) AS soma FROM populacao) s
), ordenados AS MATERIALIZED (
  SELECT valor_12m, row_number() OVER w AS ordem, sum(valor_12m) OVER w - valor_12m AS antes
    FROM populacao WHERE valor_12m > 0
  WINDOW w AS (ORDER BY valor_12m DESC ROWS UNBOUNDED PRECEDING)
), limites AS MATERIALIZED (
  SELECT min(valor_12m) FILTER (WHERE antes < ate_a) AS a, min(valor_12m) FILTER (WHERE antes < ate_b) AS b
    FROM ordenados, totais
), degraus AS (
  SELECT s, (n * s + 4) / 5 AS j FROM totais, generate_series(1, 4) s
), r AS MATERIALIZED (
  SELECT ultima_compra AS x, (sum(count(*)) OVER (ORDER BY ultima_compra))::bigint AS ate FROM populacao GROUP BY 1
), f AS MATERIALIZED (
  SELECT dias_12m AS x, (sum(count(*)) OVER (ORDER BY dias_12m))::bigint AS ate FROM populacao GROUP BY 1
)
SELECT l.a AS abc_a, (SELECT count(*) FROM ordenados WHERE valor_12m = l.a AND antes < t.ate_a) AS cabem_a,
       l.b AS abc_b, (SELECT count(*) FROM ordenados WHERE valor_12m = l.b AND antes < t.ate_b) AS cabem_b,
       array(SELECT (SELECT min(x) FROM r WHERE ate >= j) FROM degraus ORDER BY s) AS r,
       array(SELECT (SELECT min(x) FROM f WHERE ate >= j) FROM degraus ORDER BY s) AS f,
       -- a ordem é do maior para o menor: o j-ésimo menor está em n - j + 1, e depois dos positivos só há zeros
       array(SELECT coalesce((SELECT valor_12m FROM ordenados WHERE ordem = t.n - d.j + 1), CASE WHEN t.n > 0 THEN 0 END)
               FROM degraus d ORDER BY s) AS v
  FROM limites l, totais t;
