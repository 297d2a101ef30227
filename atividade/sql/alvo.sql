-- Quem pode ter mudado entre a rodada anterior (%(anterior)s) e esta (%(referencia)s), cada motivo pelo seu índice.
-- novo_ate e antigo_em não entram: a marca sai das datas, na leitura; já recuperado_ate some com a janela, e quem
-- a perde é quem tem um pedido a sair dela. {janelas}: as duas pontas de cada janela, por onde pedidos entram e saem.
WITH marcados AS (
  DELETE FROM atividade_sujo s USING atividade_indicadores i
   WHERE i.cliente_id = s.cliente_id AND i.empresa_id = %(empresa)s
  RETURNING s.cliente_id, s.desde
), retratos AS (
  UPDATE atividade_estadodorecalculo e SET retratos_desde = least(e.retratos_desde, m.desde)
    FROM (SELECT min(desde) AS desde FROM marcados) m
   WHERE e.empresa_id = %(empresa)s AND m.desde IS NOT NULL
), todos AS (
  SELECT cliente_id FROM marcados
   UNION
  {janelas}
   UNION
  SELECT cliente_id FROM atividade_indicadores
   WHERE empresa_id = %(empresa)s AND quase_inativo_em > %(anterior)s AND quase_inativo_em <= %(referencia)s
   UNION
  SELECT cliente_id FROM atividade_indicadores
   WHERE empresa_id = %(empresa)s AND inativo_em > %(anterior)s AND inativo_em <= %(referencia)s
)
INSERT INTO c_alvo
SELECT cliente_id, i.ultima_compra, i.dias_de_compra_12m, i.valor_12m
  FROM (SELECT * FROM todos ORDER BY 1) t JOIN atividade_indicadores i USING (cliente_id) WHERE i.empresa_id = %(empresa)s;
