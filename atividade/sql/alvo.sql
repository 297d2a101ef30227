-- Quem pode ter mudado entre a rodada anterior (%(anterior)s) e esta (%(referencia)s).
-- novo_ate e antigo_em não entram: a marca sai das datas, na leitura; já recuperado_ate some com a janela.
-- Cada janela tem as suas duas pontas: pedido que entrou e pedido que saiu (compras e devoluções).
WITH marcados AS (
  DELETE FROM atividade_sujo s USING atividade_indicadores i
   WHERE i.cliente_id = s.cliente_id AND i.empresa_id = %(empresa)s
  RETURNING s.cliente_id, s.desde
), retratos AS (
  UPDATE atividade_estadodorecalculo e SET retratos_desde = least(e.retratos_desde, m.desde)
    FROM (SELECT min(desde) AS desde FROM marcados) m
   WHERE e.empresa_id = %(empresa)s AND m.desde IS NOT NULL
), faixas (de, ate) AS (
  VALUES (%(anterior)s::date, %(referencia)s::date),
         (%(h12_anterior)s, %(h12)s), (%(janela_anterior)s, %(janela)s),
         (%(d90_anterior)s, %(d90)s), (%(d180_anterior)s, %(d180)s)
), janelas AS (
  SELECT p.cliente_id FROM faixas f JOIN clientes_pedido p ON p.data > f.de AND p.data <= f.ate
), datas AS (
  SELECT cliente_id FROM atividade_indicadores
   WHERE empresa_id = %(empresa)s
     AND (quase_inativo_em > %(anterior)s AND quase_inativo_em <= %(referencia)s
       OR inativo_em > %(anterior)s AND inativo_em <= %(referencia)s
       OR recuperado_ate >= %(anterior)s AND recuperado_ate < %(referencia)s)
), todos AS (
  SELECT cliente_id FROM marcados UNION SELECT cliente_id FROM janelas UNION SELECT cliente_id FROM datas
)
INSERT INTO c_alvo
SELECT t.cliente_id FROM todos t JOIN atividade_indicadores i USING (cliente_id) WHERE i.empresa_id = %(empresa)s;
