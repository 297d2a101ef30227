-- A história passa a ser a desta rodada regular.
UPDATE atividade_indicadores i
   SET status_historico = i.status, ultima_compra_historica = i.ultima_compra, ciclo_historico = {ciclo}
  FROM {alvo}
 WHERE i.cliente_id = a.cliente_id AND a.empresa_id = %(empresa)s
   AND (i.status_historico, i.ultima_compra_historica, i.ciclo_historico)
       IS DISTINCT FROM (i.status, i.ultima_compra, {ciclo});
