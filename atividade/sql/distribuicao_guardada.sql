-- A da rodada que acaba de gravar: a próxima parte dela.
INSERT INTO atividade_distribuicao (empresa_id, calculada_em, versao, medidas, faixas, clientes, somas)
SELECT %(empresa)s, %(calculada_em)s, %(versao)s, coalesce(array_agg(medida), '{}'), coalesce(array_agg(faixa), '{}'),
       coalesce(array_agg(n), '{}'), coalesce(array_agg(soma), '{}')
  FROM c_distribuicao
ON CONFLICT (empresa_id) DO UPDATE SET calculada_em = excluded.calculada_em, versao = excluded.versao,
       medidas = excluded.medidas, faixas = excluded.faixas, clientes = excluded.clientes, somas = excluded.somas;
