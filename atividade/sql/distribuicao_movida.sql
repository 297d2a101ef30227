-- A da rodada anterior, menos cada cliente do alvo onde estava, mais onde ficou.
INSERT INTO c_distribuicao
WITH movidos AS MATERIALIZED (
  SELECT -1 AS n, ultima_compra, dias_12m, valor_12m FROM c_alvo WHERE ultima_compra IS NOT NULL
   UNION ALL
  SELECT 1, ultima, dias_12m, v12 FROM c_medidas
)
SELECT medida, faixa, sum(n), sum(soma)
  FROM (SELECT u.* FROM atividade_distribuicao d, unnest(d.medidas, d.faixas, d.clientes, d.somas) u (medida, faixa, n, soma)
         WHERE d.empresa_id = %(empresa)s
         UNION ALL
        SELECT 'r', {recencia}, n, 0 FROM movidos
         UNION ALL
        SELECT 'f', dias_12m, n, 0 FROM movidos
         UNION ALL
        SELECT 'v', {faixa}, n, n * valor_12m FROM movidos) x
 GROUP BY 1, 2
HAVING sum(n) <> 0;
