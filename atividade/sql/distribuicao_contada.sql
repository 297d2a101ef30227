-- Quantos clientes têm cada medida, contados um a um.
INSERT INTO c_distribuicao
WITH populacao AS MATERIALIZED (
  SELECT ultima_compra, dias_12m, valor_12m, {faixa} AS faixa FROM ({fonte}) t WHERE ultima_compra IS NOT NULL
)
SELECT 'r', {recencia}, count(*), 0 FROM populacao GROUP BY 2
 UNION ALL
SELECT 'f', dias_12m, count(*), 0 FROM populacao GROUP BY 2
 UNION ALL
SELECT 'v', faixa, count(*), sum(valor_12m) FROM populacao GROUP BY 2;
