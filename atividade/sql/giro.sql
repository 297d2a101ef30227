-- De cada vendedor: os clientes que eram dele no primeiro dia e quando cada um foi contatado e comprou pela primeira vez.
-- Os vendedores se juntam como linhas: de um só o banco vai ao índice, de todos lê a tabela uma vez.
WITH donos AS (
  SELECT o.cliente_id, o.vendedor_id
    FROM unnest(%(vendedores)s::bigint[]) v (id)
    JOIN clientes_periododecarteira o ON o.vendedor_id = v.id
   WHERE o.periodo @> %(de)s::date
  UNION ALL
  SELECT c.id, c.vendedor_id
    FROM unnest(%(vendedores)s::bigint[]) v (id)
    JOIN clientes_cliente c ON c.vendedor_id = v.id
   WHERE NOT EXISTS (SELECT 1 FROM clientes_periododecarteira o WHERE o.cliente_id = c.id AND o.periodo @> %(de)s::date)
), base AS (
  SELECT d.cliente_id, d.vendedor_id, least(%(ate)s::date, coalesce(e.referencia, %(ate)s::date)) AS ate
    FROM donos d
    JOIN clientes_cliente c ON c.id = d.cliente_id
    JOIN contas_empresa e ON e.id = c.empresa_id
    JOIN atividade_indicadores i ON i.cliente_id = c.id
   WHERE c.empresa_id = ANY(%(empresas)s) AND NOT c.fora_do_perfil
     AND (c.encerrado_em IS NULL OR c.encerrado_em > %(de)s)
     AND (i.primeira_compra <= %(de)s OR coalesce(c.cadastrado_em, (c.criado_em AT TIME ZONE %(fuso)s)::date) <= %(de)s)
), contatados AS (
  SELECT k.cliente_id, min((k.em AT TIME ZONE %(fuso)s)::date) AS dia
    FROM base b
    JOIN clientes_contato k ON k.cliente_id = b.cliente_id AND k.desfeito_em IS NULL
    JOIN clientes_ocorrencia r ON r.id = k.ocorrencia_id AND r.efetiva
   WHERE k.em >= (%(de)s::date)::timestamp AT TIME ZONE %(fuso)s
     AND k.em < (%(ate)s::date + 1)::timestamp AT TIME ZONE %(fuso)s
   GROUP BY 1
), compraram AS (
  SELECT p.cliente_id, min(p.data) AS dia
    FROM base b JOIN clientes_pedido p ON p.cliente_id = b.cliente_id
   WHERE p.conta AND p.data >= %(de)s AND p.data <= b.ate
   GROUP BY 1
)
{saida}
