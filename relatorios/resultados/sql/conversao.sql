-- Quem começou o período inativo ou quase, pela regra de hoje, e o que houve: o primeiro contato, a primeira compra.
-- De quem não comprou desde então, os limites já estão gravados; dos outros, contam-se da compra anterior.
WITH regras AS MATERIALIZED ({regras}
), depois AS MATERIALIZED (
  SELECT p.cliente_id, p.empresa_id, min(p.data) AS dia
    FROM clientes_pedido p JOIN contas_empresa e ON e.id = p.empresa_id
   WHERE p.conta AND p.data >= %(de)s AND p.data <= coalesce(e.referencia, %(hoje)s)
   GROUP BY 1, 2
), contatados AS (
  SELECT k.cliente_id, min((k.em AT TIME ZONE %(fuso)s)::date) AS dia, count(*) AS contatos
    FROM clientes_contato k
    JOIN clientes_ocorrencia r ON r.id = k.ocorrencia_id AND r.efetiva
   WHERE k.desfeito_em IS NULL AND k.em >= (%(de)s::date)::timestamp AT TIME ZONE %(fuso)s
     AND k.em < (%(ate)s::date + 1)::timestamp AT TIME ZONE %(fuso)s
   GROUP BY 1
), voltaram AS (
  SELECT d.cliente_id, d.dia, a.data AS ultima, {quase_em} AS quase_em, {inativo_em} AS inativo_em
    FROM depois d
   CROSS JOIN LATERAL (
     SELECT p.data FROM clientes_pedido p
      WHERE p.empresa_id = d.empresa_id AND p.cliente_id = d.cliente_id AND p.conta AND p.data < %(de)s
      ORDER BY p.data DESC LIMIT 1) a
    JOIN atividade_indicadores i ON i.cliente_id = d.cliente_id
    JOIN regras r ON r.id = coalesce(i.limiar_id, 0)
   CROSS JOIN LATERAL {ciclo} k
), base AS (
  SELECT i.cliente_id, i.empresa_id, i.segmento_id, i.uf, c.municipio_id, c.vendedor_id AS dono,
         c.equipe_id AS equipe, coalesce(e.referencia, %(hoje)s::date) AS referencia, v.dia AS compra,
         coalesce(v.ultima, i.ultima_compra) AS ultima, coalesce(v.inativo_em, i.inativo_em) < %(de)s AS inativo
    FROM atividade_indicadores i
    JOIN clientes_cliente c ON c.id = i.cliente_id
    JOIN contas_empresa e ON e.id = c.empresa_id
    LEFT JOIN voltaram v ON v.cliente_id = i.cliente_id
   WHERE coalesce(v.quase_em, i.quase_inativo_em) < %(de)s AND c.encerrado_em IS NULL AND NOT c.fora_do_perfil
     AND i.cliente_id IN ({escopo})
), linhas AS (
  SELECT b.cliente_id, b.empresa_id, b.segmento_id, b.uf, b.municipio_id,
         CASE WHEN o.id IS NULL THEN b.dono ELSE o.vendedor_id END AS vendedor_id,
         CASE WHEN o.id IS NULL THEN b.equipe ELSE o.equipe_id END AS equipe_id,
         CASE WHEN NOT b.inativo THEN 'quase'
              WHEN b.ultima + interval '24 months' >= %(de)s THEN 'recente' ELSE 'antigo' END AS grupo,
         coalesce(k.dia <= coalesce(b.compra, k.dia), false) AS contatado, k.contatos,
         coalesce(CASE WHEN k.dia <= coalesce(b.compra, k.dia) THEN b.compra - k.dia ELSE b.compra - %(de)s::date END
           <= {atribuicao:b}, false) AS comprou,
         CASE WHEN k.dia <= coalesce(b.compra, k.dia) THEN k.dia ELSE %(de)s::date END + {atribuicao:b}
           > b.referencia AS aberto
    FROM base b
    LEFT JOIN contatados k ON k.cliente_id = b.cliente_id
    LEFT JOIN clientes_periododecarteira o ON o.cliente_id = b.cliente_id AND o.periodo @> %(de)s::date
), escolhidos AS (
  SELECT * FROM linhas WHERE {condicao}
)
