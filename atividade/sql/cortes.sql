-- Cortes da empresa, da distribuição das medidas: ela diz em que faixas de valor cai cada corte, e só essas se ordenam.
-- ABC: menor valor cujo acumulado antes ainda é menor que o limite, e quantos empatados nele cabem.
-- RFV: o j-ésimo menor, j = teto(n·s/5): quem é estritamente maior tem ao menos j piores, e empates não se separam.
WITH fora AS MATERIALIZED (
  -- encerrados e fora do perfil sem valor não contam: na distribuição, estão
  {fora}
), medidas AS MATERIALIZED (
  SELECT medida, faixa, sum(n)::bigint AS n, sum(soma) AS soma
    FROM (SELECT * FROM c_distribuicao
           UNION ALL
          SELECT 'r', {recencia}, -1, 0 FROM fora
           UNION ALL
          SELECT 'f', dias_12m, -1, 0 FROM fora
           UNION ALL
          SELECT 'v', 0, -1, -valor_12m FROM fora) x
   GROUP BY 1, 2
), faixas AS MATERIALIZED (
  -- do maior valor para o menor; na faixa 0 só há zeros
  SELECT faixa, n, soma, sum(n) OVER w - n AS ordem_antes, sum(soma) OVER w - soma AS antes
    FROM medidas WHERE medida = 'v'
  WINDOW w AS (ORDER BY faixa DESC)
), totais AS MATERIALIZED (
  -- vezes 0,01, e não dividido por 100: o produto é exato
  SELECT n, soma * %(abc_a)s * 0.01 AS ate_a, soma * %(abc_b)s * 0.01 AS ate_b
    FROM (SELECT coalesce(sum(n), 0)::bigint AS n, coalesce(sum(soma), 0) AS soma FROM faixas) s
), degraus AS (
  -- o j-ésimo menor está em n - j + 1, do maior para o menor
  SELECT s, j, n - j + 1 AS ordem FROM (SELECT n, s, (n * s + 4) / 5 AS j FROM totais, generate_series(1, 4) s) g
), abertas AS MATERIALIZED (
  SELECT faixa, ordem_antes, antes FROM faixas f
   WHERE faixa > 0
     AND (faixa = (SELECT min(faixa) FROM faixas, totais WHERE faixa > 0 AND antes < ate_a)
          OR faixa = (SELECT min(faixa) FROM faixas, totais WHERE faixa > 0 AND antes < ate_b)
          OR EXISTS (SELECT FROM degraus WHERE ordem > f.ordem_antes AND ordem <= f.ordem_antes + f.n))
), abertos AS MATERIALIZED (
  -- à parte: o planejador não sabe quantas são as faixas, e leria os clientes uma vez por cada uma
  {abertos}
), ordenados AS MATERIALIZED (
  SELECT p.valor_12m, f.ordem_antes + row_number() OVER w AS ordem,
         f.antes + sum(p.valor_12m) OVER w - p.valor_12m AS antes
    FROM abertos p JOIN abertas f USING (faixa)
  WINDOW w AS (PARTITION BY p.faixa ORDER BY p.valor_12m DESC ROWS UNBOUNDED PRECEDING)
), limites AS MATERIALIZED (
  SELECT min(valor_12m) FILTER (WHERE antes < ate_a) AS a, min(valor_12m) FILTER (WHERE antes < ate_b) AS b
    FROM ordenados, totais
), ate AS MATERIALIZED (
  SELECT medida, faixa, sum(n) OVER (PARTITION BY medida ORDER BY faixa) AS ate FROM medidas WHERE medida <> 'v'
)
SELECT l.a AS abc_a, (SELECT count(*) FROM ordenados WHERE valor_12m = l.a AND antes < t.ate_a) AS cabem_a,
       l.b AS abc_b, (SELECT count(*) FROM ordenados WHERE valor_12m = l.b AND antes < t.ate_b) AS cabem_b,
       array(SELECT (SELECT {dia_zero} + min(faixa) FROM ate WHERE medida = 'r' AND ate >= j) FROM degraus ORDER BY s) AS r,
       array(SELECT (SELECT min(faixa) FROM ate WHERE medida = 'f' AND ate >= j) FROM degraus ORDER BY s) AS f,
       -- depois dos positivos só há zeros
       array(SELECT coalesce((SELECT o.valor_12m FROM ordenados o WHERE o.ordem = d.ordem), CASE WHEN t.n > 0 THEN 0 END)
               FROM degraus d ORDER BY s) AS v
  FROM limites l, totais t;
