-- Cortes da empresa. Os da rodada anterior partem os valores em faixas: quem conta as faixas sabe em quais cai cada
-- corte, e só essas se ordenam. Sem anteriores, a faixa é uma só; com eles longe, é larga: muda o custo, e não o corte.
-- ABC: menor valor cujo acumulado antes ainda é menor que o limite, e quantos empatados nele cabem.
-- RFV: o j-ésimo menor, j = teto(n·s/5): quem é estritamente maior tem ao menos j piores, e empates não se separam.
WITH populacao AS MATERIALIZED (
  SELECT t.ultima_compra, t.dias_12m, t.valor_12m, width_bucket(t.valor_12m, %(marcos)s::numeric[]) AS faixa
    FROM ({fonte}) t
   WHERE t.ultima_compra IS NOT NULL
     AND (t.valor_12m > 0 OR NOT EXISTS (SELECT 1 FROM c_fora f WHERE f.cliente_id = t.cliente_id))
), faixas AS MATERIALIZED (
  -- do maior valor para o menor; o primeiro marco é um centavo: na faixa 0 só há zeros
  SELECT faixa, n, soma, sum(n) OVER w - n AS ordem_antes, sum(soma) OVER w - soma AS antes
    FROM (SELECT faixa, count(*) AS n, sum(valor_12m) AS soma FROM populacao GROUP BY 1) g
  WINDOW w AS (ORDER BY faixa DESC)
), totais AS MATERIALIZED (
  -- vezes 0,01, e não dividido por 100: o produto é exato
  SELECT n, soma * %(abc_a)s * 0.01 AS ate_a, soma * %(abc_b)s * 0.01 AS ate_b
    FROM (SELECT coalesce(sum(n), 0)::bigint AS n, coalesce(sum(soma), 0) AS soma FROM faixas) s
), degraus AS (
  -- o j-ésimo menor está em n - j + 1, do maior para o menor
  SELECT s, j, n - j + 1 AS ordem FROM (SELECT n, s, (n * s + 4) / 5 AS j FROM totais, generate_series(1, 4) s) g
), abertas AS (
  SELECT min(faixa) FILTER (WHERE antes < ate_a) AS faixa FROM faixas, totais WHERE faixa > 0
   UNION
  SELECT min(faixa) FILTER (WHERE antes < ate_b) FROM faixas, totais WHERE faixa > 0
   UNION
  SELECT faixa FROM faixas JOIN degraus ON ordem > ordem_antes AND ordem <= ordem_antes + n WHERE faixa > 0
), ordenados AS MATERIALIZED (
  SELECT p.valor_12m, f.ordem_antes + row_number() OVER w AS ordem,
         f.antes + sum(p.valor_12m) OVER w - p.valor_12m AS antes
    FROM populacao p JOIN faixas f USING (faixa) WHERE p.faixa IN (SELECT faixa FROM abertas)
  WINDOW w AS (PARTITION BY p.faixa ORDER BY p.valor_12m DESC ROWS UNBOUNDED PRECEDING)
), limites AS MATERIALIZED (
  SELECT min(valor_12m) FILTER (WHERE antes < ate_a) AS a, min(valor_12m) FILTER (WHERE antes < ate_b) AS b
    FROM ordenados, totais
), r AS MATERIALIZED (
  SELECT ultima_compra AS x, (sum(count(*)) OVER (ORDER BY ultima_compra))::bigint AS ate FROM populacao GROUP BY 1
), f AS MATERIALIZED (
  SELECT dias_12m AS x, (sum(count(*)) OVER (ORDER BY dias_12m))::bigint AS ate FROM populacao GROUP BY 1
)
SELECT l.a AS abc_a, (SELECT count(*) FROM ordenados WHERE valor_12m = l.a AND antes < t.ate_a) AS cabem_a,
       l.b AS abc_b, (SELECT count(*) FROM ordenados WHERE valor_12m = l.b AND antes < t.ate_b) AS cabem_b,
       array(SELECT (SELECT min(x) FROM r WHERE ate >= j) FROM degraus ORDER BY s) AS r,
       array(SELECT (SELECT min(x) FROM f WHERE ate >= j) FROM degraus ORDER BY s) AS f,
       -- depois dos positivos só há zeros
       array(SELECT coalesce((SELECT o.valor_12m FROM ordenados o WHERE o.ordem = d.ordem), CASE WHEN t.n > 0 THEN 0 END)
               FROM degraus d ORDER BY s) AS v
  FROM limites l, totais t;
