-- Os contatos do período e, de cada efetivo, os pedidos de que ele é o último contato.
WITH feitos AS MATERIALIZED (
  SELECT k.id, k.cliente_id, k.em, (k.em AT TIME ZONE %(fuso)s)::date AS dia, k.canal, k.atendente_id, k.campanha_id,
         k.oferta_tipo, k.ocorrencia_id, r.efetiva, c.empresa_id, c.segmento_id, c.uf, c.municipio_id, c.vendedor_id AS dono,
         c.equipe_id AS equipe, coalesce(e.referencia, %(hoje)s::date) AS referencia
    FROM clientes_contato k
    JOIN clientes_ocorrencia r ON r.id = k.ocorrencia_id
    JOIN clientes_cliente c ON c.id = k.cliente_id
    JOIN contas_empresa e ON e.id = c.empresa_id
   WHERE k.desfeito_em IS NULL AND k.em >= (%(de)s::date)::timestamp AT TIME ZONE %(fuso)s
     AND k.em < (%(ate)s::date + 1)::timestamp AT TIME ZONE %(fuso)s
     AND k.cliente_id IN ({escopo})
), capturas AS (
  SELECT k.id, count(*) AS pedidos, sum(coalesce(p.valor_sem_impostos, p.valor)) AS valor, min(p.data) AS primeiro
    FROM (SELECT cliente_id, empresa_id, referencia, min(dia) AS desde, max(dia) AS ate
            FROM feitos WHERE efetiva GROUP BY 1, 2, 3) x
    JOIN clientes_pedido p ON p.empresa_id = x.empresa_id AND p.cliente_id = x.cliente_id AND p.conta
     AND p.data BETWEEN x.desde AND least(x.ate + {atribuicao:x}, x.referencia)
   CROSS JOIN LATERAL ({ultimo_contato}) k
   GROUP BY 1
), linhas AS MATERIALIZED (
  SELECT k.id, k.cliente_id, k.em, k.dia, k.canal, k.atendente_id, k.campanha_id, k.ocorrencia_id, k.efetiva,
         k.empresa_id, k.segmento_id, k.uf, k.municipio_id, f.oferta_tipo AS oferta,
         CASE WHEN o.id IS NULL THEN k.dono ELSE o.vendedor_id END AS vendedor_id,
         CASE WHEN o.id IS NULL THEN k.equipe ELSE o.equipe_id END AS equipe_id,
         k.dia + {atribuicao:k} > k.referencia AS aberto, p.pedidos, p.valor, p.primeiro
    -- FULL, e o `coalesce` no lugar de IS NOT NULL, porque só assim o banco não laça as duas listas uma na outra: ele espera
    -- uma captura só, e são milhares.
    FROM feitos k
    FULL JOIN capturas p ON p.id = k.id
    LEFT JOIN clientes_periododecarteira o ON o.cliente_id = k.cliente_id AND o.periodo @> k.dia
    LEFT JOIN LATERAL ({oferta}) f ON true
   WHERE coalesce(k.id, 0) > 0
), escolhidos AS (
  SELECT * FROM linhas WHERE {condicao}
)
