-- A história de um cliente: uma linha por fato, com as contagens por tipo e só os detalhes da página pedida.
-- O título fica no dia do que lhe houve por último: pago, vencido sem pagamento, ou emitido.
WITH tudo (dia, tipo, id, em, ordem, texto) AS MATERIALIZED (
    SELECT p.data, 'pedido', p.id, NULL::timestamptz, 0,
           CASE WHEN %(padrao)s <> '' THEN concat_ws(' ', 'pedido', p.numero, (
               SELECT string_agg(concat_ws(' ', i.produto_codigo, i.produto_nome), ' ')
               FROM clientes_itemdepedido i WHERE i.pedido_id = p.id)) END
    FROM clientes_pedido p WHERE p.cliente_id = %(cliente)s
    UNION ALL
    SELECT (c.em AT TIME ZONE %(fuso)s)::date, 'contato', c.id, c.em, 0,
           CASE WHEN %(padrao)s <> '' THEN concat_ws(' ', c.canal, o.nome, m.nome, k.nome, c.observacao, c.pessoa, f.nome, u.nome, (
               SELECT string_agg(b.nome, ' ') FROM clientes_contato_objecoes x
               JOIN clientes_objecao b ON b.id = x.objecao_id WHERE x.contato_id = c.id)) END
    FROM clientes_contato c
    JOIN clientes_ocorrencia o ON o.id = c.ocorrencia_id
    JOIN contas_usuario u ON u.id = c.atendente_id
    LEFT JOIN clientes_motivo m ON m.id = c.motivo_id
    LEFT JOIN clientes_campanha k ON k.id = c.campanha_id
    LEFT JOIN clientes_pessoadecontato f ON f.id = c.pessoa_de_contato_id
    WHERE c.cliente_id = %(cliente)s AND c.desfeito_em IS NULL
    UNION ALL
    SELECT m.em, 'situacao', m.id, NULL, m.ordem,
           CASE WHEN %(padrao)s <> '' THEN concat_ws(' ', replace(m.de, '_', ' '), replace(m.para, '_', ' ')) END
    FROM atividade_mudancastatus m WHERE m.cliente_id = %(cliente)s
    UNION ALL
    SELECT o.data, 'orcamento', o.id, NULL, 0, concat_ws(' ', 'orcamento', o.numero, o.situacao, o.observacao)
    FROM clientes_orcamento o WHERE o.cliente_id = %(cliente)s
    UNION ALL
    SELECT n.emissao, 'nota', n.id, NULL, 0, concat_ws(' ', 'nota', n.numero, n.situacao, n.pedido_numero)
    FROM clientes_notafiscal n WHERE n.cliente_id = %(cliente)s
    UNION ALL
    SELECT CASE WHEN t.pago_em IS NOT NULL AND t.saldo = 0 THEN t.pago_em
                WHEN t.saldo > 0 AND t.vencimento < %(em)s THEN t.vencimento ELSE t.emissao END,
           'titulo', t.id, NULL, 0,
           concat_ws(' ', 'titulo', t.numero, CASE WHEN t.saldo > 0 AND t.vencimento < %(em)s THEN 'vencido' END)
    FROM clientes_titulo t WHERE t.cliente_id = %(cliente)s
    UNION ALL
    SELECT a.aberto_em, 'atendimento', a.id, NULL, 0,
           concat_ws(' ', 'atendimento', a.numero, replace(a.tipo, '_', ' '), a.assunto, a.descricao, a.solucao)
    FROM clientes_atendimento a WHERE a.cliente_id = %(cliente)s
), achados AS MATERIALIZED (
    SELECT * FROM tudo WHERE %(padrao)s = '' OR sem_acento(texto) LIKE %(padrao)s
), contas AS (
    SELECT jsonb_object_agg(tipo, n) AS por_tipo FROM (SELECT tipo, count(*) AS n FROM achados GROUP BY tipo) x
), pagina AS (
    SELECT * FROM achados WHERE tipo = ANY(%(tipos)s)
    ORDER BY dia DESC, em DESC NULLS LAST, tipo, ordem DESC, id DESC LIMIT %(limite)s OFFSET %(pular)s
)
SELECT k.por_tipo, g.dia, g.tipo, g.id, g.em,
       CASE g.tipo WHEN 'pedido' THEN p.valor WHEN 'orcamento' THEN o.valor WHEN 'nota' THEN n.valor
                   WHEN 'titulo' THEN CASE WHEN t.saldo > 0 THEN t.saldo ELSE t.valor END END AS valor,
       CASE g.tipo
       WHEN 'pedido' THEN jsonb_build_object('numero', p.numero, 'situacao', p.situacao, 'conta', p.conta)
       WHEN 'contato' THEN (
           SELECT jsonb_build_object('canal', c.canal, 'sentido', c.sentido, 'ocorrencia', oc.nome, 'efetiva', oc.efetiva,
                      'observacao', c.observacao, 'pessoa', coalesce(f.nome, c.pessoa), 'atendente', u.nome, 'atendente_id', u.id,
                      'motivo', coalesce(mo.nome, ''), 'campanha', coalesce(ca.nome, ''), 'oferta', c.oferta_tipo,
                      'aberto', c.fechado_em IS NULL,
                      'objecoes', (SELECT jsonb_agg(b.nome ORDER BY b.ordem, b.id) FROM clientes_contato_objecoes x
                                   JOIN clientes_objecao b ON b.id = x.objecao_id WHERE x.contato_id = c.id))
           FROM clientes_contato c
           JOIN clientes_ocorrencia oc ON oc.id = c.ocorrencia_id
           JOIN contas_usuario u ON u.id = c.atendente_id
           LEFT JOIN clientes_motivo mo ON mo.id = c.motivo_id
           LEFT JOIN clientes_campanha ca ON ca.id = c.campanha_id
           LEFT JOIN clientes_pessoadecontato f ON f.id = c.pessoa_de_contato_id
           WHERE c.id = g.id)
       WHEN 'situacao' THEN (
           SELECT jsonb_build_object('de', m.de, 'para', m.para, 'motivo', m.motivo, 'ordem', m.ordem,
                      'limiar', m.limiar_id, 'pedido', q.numero, 'valor', q.valor::text,
                      'silencio', m.em - (SELECT max(a.data) FROM clientes_pedido a
                                          WHERE a.empresa_id = c.empresa_id AND a.cliente_id = c.id
                                            AND a.conta AND a.data < m.em))
           FROM atividade_mudancastatus m
           JOIN clientes_cliente c ON c.id = m.cliente_id
           LEFT JOIN clientes_pedido q ON q.id = m.pedido_id
           WHERE m.id = g.id)
       WHEN 'orcamento' THEN jsonb_build_object('numero', o.numero, 'situacao', o.situacao, 'validade', o.validade,
                      'expirado', o.situacao = 'aberto' AND o.validade < %(em)s, 'observacao', o.observacao)
       WHEN 'nota' THEN jsonb_build_object('numero', n.numero, 'situacao', n.situacao, 'pedido', n.pedido_numero)
       WHEN 'titulo' THEN jsonb_build_object('numero', t.numero, 'vencimento', t.vencimento, 'pago_em', t.pago_em,
                      'aberto', t.saldo > 0, 'atraso', CASE WHEN t.saldo > 0 THEN %(em)s::date - t.vencimento END,
                      'parcial', t.saldo > 0 AND t.saldo < t.valor, 'valor', t.valor::text,
                      'prorrogacoes', (SELECT count(*) FROM clientes_prorrogacaodetitulo r WHERE r.titulo_id = t.id))
       WHEN 'atendimento' THEN jsonb_build_object('numero', s.numero, 'tipo', s.tipo, 'assunto', s.assunto,
                      'descricao', s.descricao, 'fechado_em', s.fechado_em, 'solucao', s.solucao)
       END AS dados,
       i.itens
FROM contas k
LEFT JOIN pagina g ON true
LEFT JOIN clientes_pedido p ON g.tipo = 'pedido' AND p.id = g.id
LEFT JOIN clientes_orcamento o ON g.tipo = 'orcamento' AND o.id = g.id
LEFT JOIN clientes_notafiscal n ON g.tipo = 'nota' AND n.id = g.id
LEFT JOIN clientes_titulo t ON g.tipo = 'titulo' AND t.id = g.id
LEFT JOIN clientes_atendimento s ON g.tipo = 'atendimento' AND s.id = g.id
LEFT JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_object('produto', d.produto_nome, 'quantidade', d.quantidade::text,
                                        'valor', d.valor::text) ORDER BY d.sequencia) AS itens
    FROM clientes_itemdepedido d WHERE g.tipo = 'pedido' AND d.pedido_id = g.id
) i ON true
ORDER BY g.dia DESC, g.em DESC NULLS LAST, g.tipo, g.ordem DESC, g.id DESC
