-- Refaz o retrato de um dia; a primeira contagem de cada linha fica em clientes_no_dia, até de linhas que sumiram.
-- Um dia que ninguém viu (anterior à instalação) fica sem ela.
WITH antigos AS (
  DELETE FROM atividade_retrato WHERE empresa_id = %(empresa)s AND data = %(referencia)s RETURNING *
), linhas AS (
  SELECT {vendedor} AS vendedor_id, {equipe} AS equipe_id, i.segmento_id, i.uf, i.curva_abc, i.status, {marca} AS marca,
         count(*) AS clientes, sum(i.valor_12m) AS valor_12m,
         sum(CASE WHEN i.valor_12m = 0 THEN i.valor_ano_ativo ELSE i.valor_12m END) AS valor_em_risco
    FROM {fonte} i
    JOIN clientes_cliente c ON c.id = i.cliente_id
    {dono}
   WHERE i.empresa_id = %(empresa)s AND NOT c.fora_do_perfil
     AND (c.encerrado_em IS NULL OR c.encerrado_em > %(referencia)s)
     AND (i.status <> 'prospect'
          OR coalesce(c.cadastrado_em, (c.criado_em AT TIME ZONE %(fuso)s)::date) <= %(referencia)s)
   GROUP BY 1, 2, 3, 4, 5, 6, 7
)
INSERT INTO atividade_retrato (empresa_id, data, vendedor_id, equipe_id, segmento_id, uf, curva_abc, status, marca,
                               clientes, valor_12m, valor_em_risco, clientes_no_dia)
SELECT %(empresa)s, %(referencia)s, coalesce(n.vendedor_id, a.vendedor_id), coalesce(n.equipe_id, a.equipe_id),
       coalesce(n.segmento_id, a.segmento_id), coalesce(n.uf, a.uf), coalesce(n.curva_abc, a.curva_abc),
       coalesce(n.status, a.status), coalesce(n.marca, a.marca),
       coalesce(n.clientes, 0), coalesce(n.valor_12m, 0), coalesce(n.valor_em_risco, 0),
       CASE WHEN NOT EXISTS (SELECT 1 FROM antigos) THEN CASE WHEN %(visto)s THEN n.clientes END
            WHEN EXISTS (SELECT 1 FROM antigos WHERE clientes_no_dia IS NOT NULL) THEN coalesce(a.clientes_no_dia, 0) END
  FROM linhas n
  FULL JOIN antigos a
    ON (coalesce(n.vendedor_id, 0), coalesce(n.equipe_id, 0), coalesce(n.segmento_id, 0), n.uf, n.curva_abc, n.status, n.marca)
     = (coalesce(a.vendedor_id, 0), coalesce(a.equipe_id, 0), coalesce(a.segmento_id, 0), a.uf, a.curva_abc, a.status, a.marca)
 WHERE n.status IS NOT NULL OR a.clientes_no_dia > 0;
