-- Mesa de trabalho da rodada: temporária, sem diário, some com a transação.
-- O alvo, com as medidas que estavam gravadas.
CREATE TEMP TABLE c_alvo (
  cliente_id bigint PRIMARY KEY, ultima_compra date, dias_12m int, valor_12m numeric
) ON COMMIT DROP;
CREATE TEMP TABLE c_medidas (
  cliente_id bigint NOT NULL, primeira date, ultima date, pedidos int, dias int, dias_12m int,
  quadrados bigint, mediano numeric, total numeric, v12 numeric, vjanela numeric, vano numeric, v90 numeric,
  v90a numeric, voltou bool  -- sem casas fixas: conferi-las custa, e centavos somam centavos
) ON COMMIT DROP;
CREATE TEMP TABLE c_recuperados (cliente_id bigint, em date) ON COMMIT DROP;
CREATE TEMP TABLE c_ciclos (segmento_id bigint, ciclo numeric(12, 4)) ON COMMIT DROP;
-- Fora dos denominadores na referência: encerrados e fora do perfil (índice cliente_fora).
CREATE TEMP TABLE c_fora (cliente_id bigint) ON COMMIT DROP;
INSERT INTO c_fora
SELECT id FROM clientes_cliente
 WHERE empresa_id = %(empresa)s AND (encerrado_em IS NOT NULL OR fora_do_perfil)
   AND (encerrado_em <= %(referencia)s OR fora_do_perfil);
-- Os que, empatados no valor de corte, ainda cabem na classe.
CREATE TEMP TABLE c_empates (classe char(1), cliente_id bigint) ON COMMIT DROP;
-- De cada linha gravada, a história de antes (a da rodada regular anterior) e como ficou.
CREATE TEMP TABLE c_historia (
  cliente_id bigint, empresa_id bigint, segmento_id bigint, status_historico text, ultima_compra_historica date,
  ciclo_historico numeric, status text, ultima_compra date, limiar_id bigint, antes text
) ON COMMIT DROP;
-- Quantos clientes têm cada medida: recência em dias desde 2000, frequência em dias, valor por faixa (`distribuicao.py`).
CREATE TEMP TABLE c_distribuicao (medida char(1), faixa int, n int, soma numeric) ON COMMIT DROP;
