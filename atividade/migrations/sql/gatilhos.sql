-- As funções e os gatilhos da atividade, como as migrações até 0023_indices_da_noite os deixam: nelas está o porquê de cada um.

ALTER TABLE atividade_indicadores SET (fillfactor = 80);
ALTER TABLE atividade_indicadores SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

CREATE FUNCTION atividade_cliente_mudou() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE $sql$ SELECT atividade_esperar_recalculo(array(
    SELECT n.id FROM novos n JOIN antigos a ON a.id = n.id WHERE (a.empresa_id, a.vendedor_id, a.equipe_id, a.segmento_id, a.uf)
         IS DISTINCT FROM (n.empresa_id, n.vendedor_id, n.equipe_id, n.segmento_id, n.uf))) $sql$;
  EXECUTE $sql$ UPDATE atividade_indicadores i
     SET empresa_id = n.empresa_id, vendedor_id = n.vendedor_id, equipe_id = n.equipe_id,
         segmento_id = n.segmento_id, uf = n.uf
    FROM novos n JOIN antigos a ON a.id = n.id
   WHERE i.cliente_id = n.id AND (a.empresa_id, a.vendedor_id, a.equipe_id, a.segmento_id, a.uf)
         IS DISTINCT FROM (n.empresa_id, n.vendedor_id, n.equipe_id, n.segmento_id, n.uf) $sql$;
  EXECUTE $sql$ INSERT INTO atividade_sujo (cliente_id, desde)
  SELECT n.id, least(CASE WHEN a.encerrado_em IS DISTINCT FROM n.encerrado_em
                          THEN least(a.encerrado_em, n.encerrado_em) END,
                     CASE WHEN a.cadastrado_em IS DISTINCT FROM n.cadastrado_em
                          THEN least(a.cadastrado_em, n.cadastrado_em) END)
    FROM novos n JOIN antigos a ON a.id = n.id
   WHERE (a.segmento_id, a.empresa_id, a.encerrado_em, a.cadastrado_em, a.fora_do_perfil)
         IS DISTINCT FROM (n.segmento_id, n.empresa_id, n.encerrado_em, n.cadastrado_em, n.fora_do_perfil) $sql$;
  RETURN NULL;
END $$;
CREATE TRIGGER atividade_cliente_mudou AFTER UPDATE
  ON clientes_cliente REFERENCING OLD TABLE AS antigos NEW TABLE AS novos FOR EACH STATEMENT EXECUTE FUNCTION atividade_cliente_mudou();

CREATE FUNCTION atividade_cliente_nasceu() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO atividade_indicadores (cliente_id, empresa_id, vendedor_id, equipe_id, segmento_id, uf)
  SELECT id, empresa_id, vendedor_id, equipe_id, segmento_id, uf FROM novos
  ON CONFLICT (cliente_id) DO NOTHING;
  INSERT INTO atividade_sujo (cliente_id, desde) SELECT id, cadastrado_em FROM novos;
  RETURN NULL;
END $$;
CREATE TRIGGER atividade_cliente_nasceu AFTER INSERT
  ON clientes_cliente REFERENCING NEW TABLE AS novos FOR EACH STATEMENT EXECUTE FUNCTION atividade_cliente_nasceu();

CREATE FUNCTION atividade_contato_entrou() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM atividade_esperar_recalculo(array(SELECT DISTINCT cliente_id FROM novos));
  UPDATE atividade_indicadores i
     SET ultimo_contato_em = greatest(i.ultimo_contato_em, n.em)
    FROM (SELECT c.cliente_id, max(c.em) AS em FROM novos c JOIN clientes_ocorrencia o ON o.id = c.ocorrencia_id
           WHERE c.desfeito_em IS NULL AND o.efetiva GROUP BY 1) n
   WHERE i.cliente_id = n.cliente_id AND (i.ultimo_contato_em IS NULL OR i.ultimo_contato_em < n.em);
  RETURN NULL;
END $$;
CREATE TRIGGER atividade_contato_entrou AFTER INSERT
  ON clientes_contato REFERENCING NEW TABLE AS novos FOR EACH STATEMENT EXECUTE FUNCTION atividade_contato_entrou();

CREATE FUNCTION atividade_contato_mudou() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM atividade_ultimo_contato(array(SELECT cliente_id FROM novos UNION SELECT cliente_id FROM antigos));
  RETURN NULL;
END $$;
CREATE TRIGGER atividade_contato_mudou AFTER UPDATE
  ON clientes_contato REFERENCING OLD TABLE AS antigos NEW TABLE AS novos FOR EACH STATEMENT EXECUTE FUNCTION atividade_contato_mudou();

CREATE FUNCTION atividade_contato_saiu() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM atividade_ultimo_contato(array(SELECT DISTINCT cliente_id FROM antigos));
  RETURN NULL;
END $$;
CREATE TRIGGER atividade_contato_saiu AFTER DELETE
  ON clientes_contato REFERENCING OLD TABLE AS antigos FOR EACH STATEMENT EXECUTE FUNCTION atividade_contato_saiu();

CREATE FUNCTION atividade_esperar_recalculo(clientes bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF cardinality(clientes) > 1 THEN
    PERFORM pg_advisory_xact_lock_shared(7301, e.id)
       FROM (SELECT DISTINCT c.empresa_id::int AS id FROM clientes_cliente c
              WHERE c.id = ANY(clientes) ORDER BY 1) e;
  END IF;
END $$;

CREATE FUNCTION atividade_ocorrencia_mudou() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM atividade_ultimo_contato(array(SELECT DISTINCT c.cliente_id FROM clientes_contato c
    JOIN novas n ON n.id = c.ocorrencia_id JOIN antigas a ON a.id = n.id WHERE a.efetiva <> n.efetiva));
  RETURN NULL;
END $$;
CREATE TRIGGER atividade_ocorrencia_mudou AFTER UPDATE
  ON clientes_ocorrencia REFERENCING OLD TABLE AS antigas NEW TABLE AS novas FOR EACH STATEMENT EXECUTE FUNCTION atividade_ocorrencia_mudou();

CREATE FUNCTION atividade_pedido_entrou() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO atividade_sujo (cliente_id, desde)
  SELECT cliente_id, min(data) FILTER (WHERE conta) FROM novos GROUP BY 1;
  RETURN NULL;
END $$;
CREATE TRIGGER atividade_pedido_entrou AFTER INSERT
  ON clientes_pedido REFERENCING NEW TABLE AS novos FOR EACH STATEMENT EXECUTE FUNCTION atividade_pedido_entrou();

CREATE FUNCTION atividade_pedido_mudou() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE $sql$ INSERT INTO atividade_sujo (cliente_id, desde)
  SELECT c.id, min(c.data) FILTER (WHERE c.conta)
    FROM novos n JOIN antigos a ON a.id = n.id
   CROSS JOIN LATERAL (VALUES (a.cliente_id, a.data, a.conta), (n.cliente_id, n.data, n.conta)) AS c (id, data, conta)
   WHERE (a.cliente_id, a.empresa_id, a.data, a.valor, a.conta, a.situacao)
         IS DISTINCT FROM (n.cliente_id, n.empresa_id, n.data, n.valor, n.conta, n.situacao)
   GROUP BY 1 $sql$;
  RETURN NULL;
END $$;
CREATE TRIGGER atividade_pedido_mudou AFTER UPDATE
  ON clientes_pedido REFERENCING OLD TABLE AS antigos NEW TABLE AS novos FOR EACH STATEMENT EXECUTE FUNCTION atividade_pedido_mudou();

CREATE FUNCTION atividade_pedido_saiu() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO atividade_sujo (cliente_id, desde)
  SELECT cliente_id, min(data) FILTER (WHERE conta) FROM antigos GROUP BY 1;
  RETURN NULL;
END $$;
CREATE TRIGGER atividade_pedido_saiu AFTER DELETE
  ON clientes_pedido REFERENCING OLD TABLE AS antigos FOR EACH STATEMENT EXECUTE FUNCTION atividade_pedido_saiu();

CREATE FUNCTION atividade_posse_mudou() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO atividade_sujo (cliente_id, desde)
  SELECT m.cliente_id, min(lower(m.periodo)) FROM mudados m
    JOIN clientes_cliente c ON c.id = m.cliente_id JOIN contas_empresa e ON e.id = c.empresa_id
   WHERE lower(m.periodo) <= e.referencia GROUP BY 1;
  RETURN NULL;
END $$;
CREATE TRIGGER posse_entrou AFTER INSERT
  ON clientes_periododecarteira REFERENCING NEW TABLE AS mudados FOR EACH STATEMENT EXECUTE FUNCTION atividade_posse_mudou();
CREATE TRIGGER posse_saiu AFTER DELETE
  ON clientes_periododecarteira REFERENCING OLD TABLE AS mudados FOR EACH STATEMENT EXECUTE FUNCTION atividade_posse_mudou();

CREATE FUNCTION atividade_ultimo_contato(clientes bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM atividade_esperar_recalculo(clientes);
  UPDATE atividade_indicadores i
     SET ultimo_contato_em = u.em
    FROM (SELECT alvo.id, (SELECT max(c.em) FROM clientes_contato c JOIN clientes_ocorrencia o ON o.id = c.ocorrencia_id
                            WHERE c.cliente_id = alvo.id AND c.desfeito_em IS NULL AND o.efetiva) AS em
            FROM unnest(clientes) AS alvo (id)) u
   WHERE i.cliente_id = u.id AND i.ultimo_contato_em IS DISTINCT FROM u.em;
END $$;
