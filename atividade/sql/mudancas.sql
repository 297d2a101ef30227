-- Da história gravada (status e última compra na rodada regular anterior, P) até a referência (R).
-- Vale nos dois modos: só os clientes cujo par (status, última compra) mudou têm o que contar.
INSERT INTO atividade_mudancastatus (cliente_id, de, para, em, ordem, motivo, pedido_id, limiar_id, referencia, criado_em)
WITH candidatos AS (
  SELECT i.cliente_id, coalesce(nullif(i.status_historico, ''), 'prospect') AS s0, i.ultima_compra_historica AS u0,
         i.ciclo_historico AS c0, i.ultima_compra AS u1, i.limiar_id,
         r.iq, r.dq, r.ii, r.cq, r.cq_min, r.cq_max, r.ci, r.ci_min, r.ci_max
    FROM c_historia i
    {regra}
   WHERE (coalesce(nullif(i.status_historico, ''), 'prospect'), i.ultima_compra_historica)
         IS DISTINCT FROM (i.status, i.ultima_compra)
), fatos AS (
  SELECT c.*, f.*, k0.ciclo AS k0, kp.ciclo AS kp, {quase_0} AS q0, {inativo_0} AS i0,
         (SELECT max(m.em) FROM atividade_mudancastatus m WHERE m.cliente_id = c.cliente_id) AS gravada_em
    FROM candidatos c
   CROSS JOIN LATERAL (
     SELECT coalesce(bool_or(p.data = c.u0), false) OR c.u0 IS NULL AS u0_vale,
            min(p.data) FILTER (WHERE p.data > c.u0 OR c.u0 IS NULL) AS primeira_nova,
            max(p.data) FILTER (WHERE p.data <= %(anterior)s) AS up
       FROM clientes_pedido p
      WHERE p.empresa_id = %(empresa)s AND p.cliente_id = c.cliente_id AND p.conta AND p.data <= c.u1) f
   {ciclo_0}
   {ciclo_p}
), conferidos AS (
  -- Em P, da última compra gravada: sx, a regra de hoje sobre os fatos gravados; sf, sobre os de hoje.
  -- sp: o que dizem regra e fatos de hoje. Por ciclo, um pedido antigo corrigido separa sx de sf.
  SELECT f.*, {status_x} AS sx, {status_f} AS sf, {status_p} AS sp FROM fatos f
), partidas AS (
  -- A história continua de onde parou quando a regra explica o gravado e nenhum fato novo o antecede.
  SELECT c.*,
         u0_vale AND sx = s0 AND sf = s0 AND (primeira_nova IS NULL OR primeira_nova > %(anterior)s OR primeira_nova >=
           greatest(gravada_em, CASE s0 WHEN 'inativo' THEN i0 WHEN 'quase_inativo' THEN q0 ELSE u0 END,
                    '-infinity'::date)) AS continua
    FROM conferidos c
), trechos AS (
  SELECT p.cliente_id, d.desde, d.pedido_id, d.partida, p.limiar_id,
         p.iq, p.dq, p.ii, p.cq, p.cq_min, p.cq_max, p.ci, p.ci_min, p.ci_max,
         lead(d.desde) OVER w AS ate, lead(d.pedido_id) OVER w AS proximo_pedido
    FROM partidas p
   CROSS JOIN LATERAL (
     SELECT CASE WHEN p.continua THEN p.u0 ELSE p.up END AS desde, NULL::bigint AS pedido_id, true AS partida
      UNION ALL
     SELECT x.data, min(x.id), false FROM clientes_pedido x
      WHERE x.empresa_id = %(empresa)s AND x.cliente_id = p.cliente_id AND x.conta AND x.data <= p.u1
        AND x.data > coalesce(CASE WHEN p.continua THEN p.u0 ELSE p.up END, '-infinity'::date)
      GROUP BY x.data) d
  WINDOW w AS (PARTITION BY p.cliente_id ORDER BY d.desde NULLS FIRST)
), limites AS (
  SELECT t.*, {quase_t} AS q, {inativo_t} AS i, coalesce(t.ate, %(referencia)s::date) AS fim
    FROM trechos t
    {ciclo_t}
), passos AS (
  -- o tempo conta até o dia da compra seguinte, inclusive: quem chega ao limite e compra nele foi inativo
  SELECT cliente_id, 'ativo' AS de, 'quase_inativo' AS para, q AS em, 1 AS passo, 'tempo' AS motivo,
         NULL::bigint AS pedido_id, limiar_id
    FROM limites WHERE q <= fim AND (NOT partida OR q > %(anterior)s)
   UNION ALL
  SELECT cliente_id, 'quase_inativo', 'inativo', i, 2, 'tempo', NULL, limiar_id
    FROM limites WHERE i <= fim AND (NOT partida OR i > %(anterior)s)
   UNION ALL
  SELECT cliente_id, CASE WHEN desde IS NULL THEN 'prospect' WHEN i <= ate THEN 'inativo' ELSE 'quase_inativo' END,
         'ativo', ate, 3, 'compra', proximo_pedido, NULL
    FROM limites WHERE ate IS NOT NULL AND (desde IS NULL OR q <= ate)
), primeiros AS (
  SELECT cliente_id, min(em) AS em
    FROM (SELECT cliente_id, em FROM passos UNION ALL SELECT cliente_id, ate FROM trechos) x GROUP BY 1
), eventos AS (
  SELECT * FROM passos
   UNION ALL
  -- regra que entrou em vigor numa noite perdida muda no dia em que entrou, se nada o antecede
  SELECT p.cliente_id, p.s0, p.sp,
         least(%(referencia)s::date, greatest(%(anterior)s::date + 1,
           CASE WHEN p.sx <> p.s0 THEN least(l.vigente_desde, f.em) END)), 0,
         CASE WHEN p.sx <> p.s0 THEN 'configuracao' ELSE %(motivo_dos_fatos)s END, NULL, p.limiar_id
    FROM partidas p
    LEFT JOIN atividade_limiar l ON l.id = p.limiar_id
    LEFT JOIN primeiros f ON f.cliente_id = p.cliente_id
   WHERE NOT p.continua AND p.sp <> p.s0
)
SELECT e.cliente_id, e.de, e.para, e.em,
       coalesce(g.ordem, 0) + row_number() OVER (PARTITION BY e.cliente_id, e.em ORDER BY e.passo),
       e.motivo, e.pedido_id, e.limiar_id, %(referencia)s, now()
  FROM eventos e
  LEFT JOIN (SELECT cliente_id, em, max(ordem) AS ordem FROM atividade_mudancastatus
              WHERE cliente_id IN (SELECT cliente_id FROM candidatos) GROUP BY 1, 2) g USING (cliente_id, em);
