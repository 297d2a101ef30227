-- A regra em vigor em %(hoje)s para cada nível da empresa; n = 0 é a base de quem não tem regra mais perto.
-- iq/dq: o que somar e depois tirar da última compra para quase_inativo_em; ii e ia: inativo e antigo.
-- cq e ci: múltiplos do ciclo (nulos em regra fixa), com os dias entre os quais cada limite fica.
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
         periodo_n, periodo_unidade, antecedencia_n, antecedencia_unidade, antigo_n, antigo_unidade,
         ciclo_quase, ciclo_quase_min, ciclo_quase_max, ciclo_inativo, ciclo_inativo_min, ciclo_inativo_max
    FROM vigentes
   WHERE NOT herda
  UNION ALL
  SELECT NULL, NULL, NULL, 0, %(padrao_n)s, %(padrao_u)s, %(padrao_aviso_n)s, %(padrao_u)s, NULL, '',
         NULL, NULL, NULL, NULL, NULL, NULL
), medidas AS (
  SELECT limiar_id, segmento_id, cliente_id, nivel, {intervalos},
         CASE WHEN antigo_n IS NOT NULL THEN
           make_interval(months => CASE WHEN antigo_unidade = 'm' THEN antigo_n ELSE 0 END,
                         days => CASE WHEN antigo_unidade = 'd' THEN antigo_n ELSE 0 END) END AS ia,
         -- nenhum mês tem menos de 28 dias: serve de peneira barata antes da conta exata
         least(CASE WHEN periodo_unidade = 'm' THEN periodo_n * 28 ELSE periodo_n END, ciclo_inativo_min)::int
           AS menor_periodo,
         row_number() OVER (PARTITION BY nivel >= 3 ORDER BY nivel DESC, limiar_id) AS ordem
    FROM niveis n
)
SELECT CASE WHEN nivel < 3 THEN 0 ELSE ordem END::int AS n, limiar_id, segmento_id, cliente_id,
       iq, dq, ii, ia, menor_periodo, cq, cq_min, cq_max, ci, ci_min, ci_max
  FROM medidas
 WHERE nivel >= 3 OR ordem = 1;
