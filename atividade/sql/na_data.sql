-- A carteira de uma empresa como estava em %(data)s, com os fatos conhecidos hoje e a regra em vigor em %(hoje)s.
-- Membro: quem já tinha comprado ou estava cadastrado, e não estava encerrado. `valor_ano_ativo` vai da última
-- compra daquele dia para trás; a soma dos 12 meses é um pedaço dela, lido na mesma sondagem do índice.
WITH c_regras AS MATERIALIZED ({regras}){curvas},
medidas AS (
  SELECT i.cliente_id, i.empresa_id, i.segmento_id, i.uf, i.status AS status_hoje, c.municipio_id,
         c.encerrado_em IS NOT NULL AS saiu, {vendedor} AS vendedor_id, {equipe} AS equipe_id,
         u.data AS ultima, coalesce(v.ano, 0) AS valor_12m, coalesce(v.ativo, 0) AS valor_ano_ativo
    FROM atividade_indicadores i
    JOIN clientes_cliente c ON c.id = i.cliente_id
    {dono}
    LEFT JOIN LATERAL (
      SELECT p.data FROM clientes_pedido p
       WHERE p.empresa_id = %(empresa)s AND p.cliente_id = i.cliente_id AND p.conta AND p.data <= %(data)s
       ORDER BY p.data DESC LIMIT 1) u ON true
    LEFT JOIN LATERAL (
      SELECT sum(p.valor) FILTER (WHERE p.data > %(h12)s) AS ano,
             sum(p.valor) FILTER (WHERE p.data <= u.data) AS ativo
        FROM clientes_pedido p
       WHERE p.empresa_id = %(empresa)s AND p.cliente_id = i.cliente_id AND p.conta
         AND p.data > (u.data - interval '12 months')::date AND p.data <= %(data)s) v ON {com_valores}
   WHERE i.empresa_id = %(empresa)s AND i.cliente_id IN ({escopo})
     AND NOT c.fora_do_perfil AND (c.encerrado_em IS NULL OR c.encerrado_em > %(data)s)
     AND (u.data IS NOT NULL
          OR coalesce(c.cadastrado_em, (c.criado_em AT TIME ZONE %(fuso)s)::date) <= %(data)s)
), limites AS (
  SELECT m.*, r.limiar_id, {quase_em} AS quase_em, {inativo_em} AS inativo_em, {antigo_em} AS antigo_em
    FROM medidas m
    LEFT JOIN c_regras rc ON rc.cliente_id = m.cliente_id
    LEFT JOIN c_regras rs ON rs.segmento_id = m.segmento_id
    JOIN c_regras r ON r.n = coalesce(rc.n, rs.n, 0)
   CROSS JOIN LATERAL {ciclo} k
)
SELECT x.*, %(data)s::date AS dia, {status} AS status, {curva} AS curva_abc,
       CASE WHEN x.inativo_em > %(data)s THEN '' WHEN x.antigo_em <= %(data)s THEN 'antigo'
            WHEN x.antigo_em IS NOT NULL THEN 'recente' ELSE '' END AS marca
  FROM limites x {com_curva}
