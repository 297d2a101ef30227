-- A regra em vigor em %(hoje)s para cada nível da empresa; n = 0 é a base de quem não tem regra mais perto.
-- iq/dq: o que somar e depois tirar da última compra para quase_inativo_em; ii e ia: inativo e antigo.
CREATE TEMP TABLE c_regras ON COMMIT DROP AS
WITH vigentes AS (
  SELECT DISTINCT ON (empresa_id, segmento_id, cliente_id) *
    FROM atividade_limiar
   WHERE vigente_desde <= %(hoje)s
     AND (empresa_id = %(empresa)s OR empresa_id IS NULL)
   ORDER BY empresa_id, segmento_id, cliente_id, vigente_desde DESC, id DESC
), niveis AS (
  SELECT id AS limiar_id, segmento_id, cliente_id,
         CASE WHEN cliente_id IS NOT NULL THEN 4 WHEN segmento_id IS NOT NULL THEN 3
              WHEN empresa_id IS NOT NULL THEN 2 ELSE 1 END AS nivel,
         periodo_unidade <> antecedencia_unidade AS mista,
         periodo_n, periodo_unidade AS pu, antecedencia_n, antigo_n, antigo_unidade AS au
    FROM vigentes
   WHERE NOT herda
  UNION ALL
  SELECT NULL, NULL, NULL, 0, false, %(padrao_n)s, %(padrao_u)s, %(padrao_aviso_n)s, NULL, ''
), intervalos AS (
  SELECT limiar_id, segmento_id, cliente_id, nivel,
         make_interval(
           months => CASE WHEN pu = 'm' THEN periodo_n - CASE WHEN mista THEN 0 ELSE antecedencia_n END ELSE 0 END,
           days => CASE WHEN pu = 'd' THEN periodo_n - antecedencia_n ELSE 0 END) AS iq,
         CASE WHEN mista THEN antecedencia_n ELSE 0 END::int AS dq,
         make_interval(months => CASE WHEN pu = 'm' THEN periodo_n ELSE 0 END,
                       days => CASE WHEN pu = 'd' THEN periodo_n ELSE 0 END) AS ii,
         CASE WHEN antigo_n IS NOT NULL THEN
           make_interval(months => CASE WHEN au = 'm' THEN antigo_n ELSE 0 END,
                         days => CASE WHEN au = 'd' THEN antigo_n ELSE 0 END) END AS ia,
         -- nenhum mês tem menos de 28 dias: serve de peneira barata antes da conta exata
         (CASE WHEN pu = 'm' THEN periodo_n * 28 ELSE periodo_n END)::int AS menor_periodo,
         row_number() OVER (PARTITION BY nivel >= 3 ORDER BY nivel DESC, limiar_id) AS ordem
    FROM niveis
)
SELECT CASE WHEN nivel < 3 THEN 0 ELSE ordem END::int AS n,
       limiar_id, segmento_id, cliente_id, iq, dq, ii, ia, menor_periodo
  FROM intervalos
 WHERE nivel >= 3 OR ordem = 1;
