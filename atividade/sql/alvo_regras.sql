-- As regras em vigor não são as da rodada anterior: entra quem ficou com outra regra ou outras datas.
INSERT INTO c_alvo
SELECT i.cliente_id, i.ultima_compra, i.dias_de_compra_12m, i.valor_12m
  FROM atividade_indicadores i
  {regra}
 WHERE i.empresa_id = %(empresa)s
   AND (i.limiar_id, i.quase_inativo_em, i.inativo_em, i.antigo_em) IS DISTINCT FROM
       (r.limiar_id, {quase_em}, {inativo_em}, (i.ultima_compra + r.ia)::date)
ON CONFLICT DO NOTHING;
