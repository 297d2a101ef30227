-- A carteira de uma empresa como estava em %(data)s, com os fatos conhecidos hoje e a regra em vigor em %(hoje)s.
-- Membro: quem já tinha comprado ou estava cadastrado, e não estava encerrado. Quem não comprou nos 12 meses (ou
-- comprou por nada) vale em risco o que comprou no ano que acaba na última compra daquele dia.
WITH c_regras AS MATERIALIZED ({regras}){cortes},
escopo AS MATERIALIZED ({escopo}),
-- Materializada para que as sondagens dos pedidos só se façam a quem é do escopo; os poucos que saíram se leem de
-- um índice só deles.
da_carteira AS MATERIALIZED (
  SELECT i.cliente_id, i.empresa_id, i.segmento_id, i.uf, i.status AS status_hoje, s.id IS NOT NULL AS saiu,
         {vendedor} AS vendedor_id, {equipe} AS equipe_id{do_cadastro}
    FROM escopo i
    LEFT JOIN clientes_cliente s ON s.id = i.cliente_id AND s.empresa_id = %(empresa)s AND s.encerrado_em > %(data)s
    {dono}
   WHERE NOT EXISTS (SELECT FROM clientes_cliente f
                      WHERE f.id = i.cliente_id AND f.empresa_id = %(empresa)s
                        AND (f.encerrado_em IS NOT NULL OR f.fora_do_perfil)
                        AND (f.encerrado_em <= %(data)s OR f.fora_do_perfil))
), medidas AS (
  SELECT i.*, coalesce(n.data, u.data) AS ultima, coalesce(n.valor, 0) AS valor_12m,
         coalesce(nullif(n.valor, 0), v.valor, 0) AS em_risco
    FROM da_carteira i
    LEFT JOIN LATERAL (
      SELECT max(p.data) AS data, sum(p.valor) AS valor FROM clientes_pedido p
       WHERE p.empresa_id = %(empresa)s AND p.cliente_id = i.cliente_id AND p.conta
         AND p.data > %(h12)s AND p.data <= %(data)s) n ON {com_valores}
    LEFT JOIN LATERAL (
      SELECT p.data FROM clientes_pedido p
       WHERE n.data IS NULL
         AND p.empresa_id = %(empresa)s AND p.cliente_id = i.cliente_id AND p.conta AND p.data <= %(data)s
       ORDER BY p.data DESC LIMIT 1) u ON true
    LEFT JOIN LATERAL (
      SELECT sum(p.valor) AS valor FROM clientes_pedido p
       WHERE coalesce(n.valor, 0) = 0
         AND p.empresa_id = %(empresa)s AND p.cliente_id = i.cliente_id AND p.conta
         AND p.data > (coalesce(n.data, u.data) - interval '12 months')::date AND p.data <= %(data)s) v ON {com_valores}
   WHERE n.data IS NOT NULL OR u.data IS NOT NULL
      OR (SELECT coalesce(c.cadastrado_em, (c.criado_em AT TIME ZONE %(fuso)s)::date)
            FROM clientes_cliente c WHERE c.id = i.cliente_id) <= %(data)s
), limites AS (
  SELECT m.*, r.limiar_id, {quase_em} AS quase_em, {inativo_em} AS inativo_em, {antigo_em} AS antigo_em, {marcas}
    FROM medidas m
    LEFT JOIN c_regras rc ON rc.cliente_id = m.cliente_id
    LEFT JOIN c_regras rs ON rs.segmento_id = m.segmento_id
    JOIN c_regras r ON r.n = coalesce(rc.n, rs.n, 0)
   CROSS JOIN LATERAL {ciclo} k
    {com_marcas}
)
SELECT x.*, %(data)s::date AS dia, {status} AS status, {curva} AS curva_abc,
       CASE WHEN x.inativo_em > %(data)s THEN
              CASE WHEN x.quase_em <= %(data)s THEN '' WHEN x.voltou THEN 'recuperado' WHEN x.nova THEN 'novo' ELSE '' END
            WHEN x.antigo_em <= %(data)s THEN 'antigo'
            WHEN x.antigo_em IS NOT NULL THEN 'recente' ELSE '' END AS marca
  FROM limites x {com_cortes}
