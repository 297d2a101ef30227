-- O que as tabelas dos clientes têm e os modelos não dizem.

-- A transação que escreveu cada linha por último, e por onde se lê "desde" ela.
ALTER TABLE clientes_lapide ADD COLUMN versao xid8 NOT NULL DEFAULT pg_current_xact_id();
ALTER TABLE clientes_cliente ADD COLUMN versao xid8 NOT NULL DEFAULT pg_current_xact_id();
ALTER TABLE clientes_pedido ADD COLUMN versao xid8 NOT NULL DEFAULT pg_current_xact_id();
ALTER TABLE clientes_itemdepedido ADD COLUMN versao xid8 NOT NULL DEFAULT pg_current_xact_id();
ALTER TABLE clientes_orcamento ADD COLUMN versao xid8 NOT NULL DEFAULT pg_current_xact_id();
ALTER TABLE clientes_notafiscal ADD COLUMN versao xid8 NOT NULL DEFAULT pg_current_xact_id();
ALTER TABLE clientes_titulo ADD COLUMN versao xid8 NOT NULL DEFAULT pg_current_xact_id();
ALTER TABLE clientes_atendimento ADD COLUMN versao xid8 NOT NULL DEFAULT pg_current_xact_id();
ALTER TABLE clientes_pessoadecontato ADD COLUMN versao xid8 NOT NULL DEFAULT pg_current_xact_id();
ALTER TABLE clientes_contato ADD COLUMN versao xid8 NOT NULL DEFAULT pg_current_xact_id();
ALTER TABLE clientes_agendamento ADD COLUMN versao xid8 NOT NULL DEFAULT pg_current_xact_id();
ALTER TABLE clientes_scoredecredito ADD COLUMN versao xid8 NOT NULL DEFAULT pg_current_xact_id();
ALTER TABLE clientes_restricaodecredito ADD COLUMN versao xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE INDEX cliente_por_versao ON clientes_cliente (versao, id);
CREATE INDEX pedido_por_versao ON clientes_pedido (versao, id);
CREATE INDEX itemdepedido_por_versao ON clientes_itemdepedido (versao, id);
CREATE INDEX orcamento_por_versao ON clientes_orcamento (versao, id);
CREATE INDEX notafiscal_por_versao ON clientes_notafiscal (versao, id);
CREATE INDEX titulo_por_versao ON clientes_titulo (versao, id);
CREATE INDEX atendimento_por_versao ON clientes_atendimento (versao, id);
CREATE INDEX pessoadecontato_por_versao ON clientes_pessoadecontato (versao, id);
CREATE INDEX contato_por_versao ON clientes_contato (versao, id);
CREATE INDEX agendamento_por_versao ON clientes_agendamento (versao, id);
CREATE INDEX scoredecredito_por_versao ON clientes_scoredecredito (versao, id);
CREATE INDEX restricaodecredito_por_versao ON clientes_restricaodecredito (versao, id);
CREATE INDEX lapide_por_versao ON clientes_lapide (recurso, versao, id);

-- Quem viu some com a ficha, também num DELETE em conjunto.
DO $$
DECLARE chave text;
BEGIN
  SELECT conname INTO STRICT chave FROM pg_constraint
   WHERE conrelid = 'clientes_vistadaficha'::regclass AND contype = 'f' AND confrelid = 'clientes_cliente'::regclass;
  EXECUTE format('ALTER TABLE clientes_vistadaficha DROP CONSTRAINT %I', chave);
END $$;
ALTER TABLE clientes_vistadaficha ADD CONSTRAINT vista_do_cliente FOREIGN KEY (cliente_id)
  REFERENCES clientes_cliente (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED;

-- E o texto de busca, com o cliente.
ALTER TABLE clientes_textodebusca ADD CONSTRAINT busca_do_cliente FOREIGN KEY (cliente_id)
  REFERENCES clientes_cliente (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED;

-- O sal dos resumos nasce aqui, um por instalação, e vai nas cópias: duas instalações não se comparam.
CREATE TABLE lgpd_sal (um boolean PRIMARY KEY DEFAULT true CHECK (um), sal text NOT NULL);
INSERT INTO lgpd_sal (sal) VALUES (replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''));

CREATE VIEW clientes_faixaemvigor AS
SELECT empresa_id || ':' || minimo AS chave, empresa_id, minimo::integer AS minimo,
       coalesce(lead(minimo) OVER (PARTITION BY empresa_id ORDER BY minimo) - 1, 1000)::integer AS maximo, nome
FROM clientes_faixadescore
UNION ALL
SELECT e.id || ':' || p.minimo, e.id, p.minimo, p.maximo, p.nome
FROM contas_empresa e
CROSS JOIN (VALUES (0, 300, 'Muito baixo'), (301, 500, 'Baixo'), (501, 700, 'Regular'), (701, 1000, 'Bom'))
    p(minimo, maximo, nome)
WHERE NOT EXISTS (SELECT FROM clientes_faixadescore f WHERE f.empresa_id = e.id);

CREATE VIEW clientes_mudancadofornecedor AS
SELECT 'a' || r.id AS chave, r.fornecedor_id, r.em, false AS melhorou, r.fonte, r.tipo, NULL::integer AS antes,
       NULL::integer AS depois, NULL::varchar AS faixa
FROM clientes_restricaodefornecedor r WHERE r.tipo NOT IN ('mudanca_societaria', 'evento')
UNION ALL
SELECT 'b' || r.id, r.fornecedor_id, r.baixada_em, true, r.fonte, r.tipo, NULL, NULL, NULL
FROM clientes_restricaodefornecedor r WHERE r.baixada_em IS NOT NULL
UNION ALL
SELECT 's' || u.id, u.fornecedor_id, u.em, fu.minimo > fa.minimo, u.fonte, '', u.antes, u.valor, fu.nome
FROM (SELECT s.*, lag(s.valor) OVER (PARTITION BY s.fornecedor_id, s.fonte ORDER BY s.em)::integer AS antes
        FROM clientes_scoredefornecedor s) u
JOIN clientes_faixaemvigor fu ON fu.empresa_id = u.empresa_id AND u.valor BETWEEN fu.minimo AND fu.maximo
JOIN clientes_faixaemvigor fa ON fa.empresa_id = u.empresa_id AND u.antes BETWEEN fa.minimo AND fa.maximo
WHERE fu.minimo <> fa.minimo;
