-- As funções e os gatilhos das pessoas e da auditoria, como as migrações até 0016_credito_por_papel os deixam: nelas está o porquê de cada um.

-- O corpo se liga às funções que chama ao nascer: a cópia o refaz sem caminho de busca, por causa do índice.
CREATE FUNCTION contas_palavras(texto text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT array_to_tsvector(coalesce(array_agg(DISTINCT left(p, 60)), '{}'))
    FROM regexp_split_to_table(sem_acento(texto), '[^a-z0-9]+') AS p
   WHERE p <> '';
END;
CREATE INDEX auditoria_palavras ON contas_registrodeauditoria
  USING gin (contas_palavras(acao || ' ' || objeto || ' ' || quem));

CREATE FUNCTION contas_credito_do_papel(de text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT de = 'admin' OR coalesce(
    (SELECT de = ANY (c.papeis) FROM contas_creditoporpapel c ORDER BY c.id DESC LIMIT 1), de = 'gestor')
$$;

CREATE FUNCTION auditoria_apagar_vencida(ate timestamptz, lote integer) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE linhas bigint;
BEGIN
  IF ate > now() - interval '6 months' THEN
    RAISE EXCEPTION 'A auditoria dos últimos seis meses não se apaga.';
  END IF;
  DELETE FROM contas_registrodeauditoria WHERE id IN (
    SELECT id FROM contas_registrodeauditoria WHERE em < ate AND acao <> 'auditoria.apagar' ORDER BY em LIMIT lote);
  GET DIAGNOSTICS linhas = ROW_COUNT;
  IF linhas > 0 THEN
    INSERT INTO contas_registrodeauditoria (em, acao, objeto, depois, via)
    VALUES (now(), 'auditoria.apagar', '', jsonb_build_object('linhas', linhas, 'ate', ate), 'sistema');
  END IF;
  RETURN linhas;
END $$;

CREATE FUNCTION auditoria_esquecer(alvos text[], padroes text[]) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE linhas bigint;
BEGIN
  UPDATE contas_registrodeauditoria
     SET antes = NULL, depois = '{"dados": "anonimizados"}',
         objeto = CASE WHEN objeto ILIKE ANY (padroes) THEN 'titular anonimizado' ELSE objeto END
   WHERE ((alvo <> '' AND alvo = ANY (alvos) OR objeto = ANY (alvos)) AND (antes IS NOT NULL OR depois IS NOT NULL))
      OR (coalesce(antes::text, '') || coalesce(depois::text, '') || objeto) ILIKE ANY (padroes);
  GET DIAGNOSTICS linhas = ROW_COUNT;
  INSERT INTO contas_registrodeauditoria (em, acao, objeto, depois, via)
  VALUES (now(), 'auditoria.esquecer', coalesce(alvos[1], ''), jsonb_build_object('linhas', linhas), 'sistema');
  RETURN linhas;
END $$;

CREATE FUNCTION auditoria_esvaziar_demonstracao() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM contas_instalacao WHERE id = 1 AND demo) THEN
    RAISE EXCEPTION 'Nesta instalação os dados são de verdade.';
  END IF;
  TRUNCATE contas_registrodeauditoria RESTART IDENTITY;
END $$;

CREATE FUNCTION auditoria_so_acrescenta() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE pilha text;
BEGIN
  GET DIAGNOSTICS pilha = PG_CONTEXT;
  IF pilha ~ '\mauditoria_(esquecer\(text\[\],text\[\]\)|apagar_vencida\(timestamp with time zone,integer\)|esvaziar_demonstracao\(\))' THEN
    RETURN NULL;
  END IF;
  RAISE EXCEPTION 'A auditoria só se acrescenta: % recusado.', TG_OP USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER auditoria_so_acrescenta BEFORE DELETE OR UPDATE OR TRUNCATE
  ON contas_registrodeauditoria FOR EACH STATEMENT EXECUTE FUNCTION auditoria_so_acrescenta();

CREATE FUNCTION contas_papeis_do_credito() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  LOCK TABLE contas_usuario IN SHARE ROW EXCLUSIVE MODE;
  UPDATE contas_usuario SET credito_do_papel = contas_credito_do_papel(papel)
   WHERE credito_do_papel <> contas_credito_do_papel(papel);
  RETURN NULL;
END $$;
CREATE TRIGGER papeis_do_credito AFTER INSERT OR DELETE OR UPDATE
  ON contas_creditoporpapel FOR EACH STATEMENT EXECUTE FUNCTION contas_papeis_do_credito();

CREATE FUNCTION contas_pessoa_do_papel() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.credito_do_papel := contas_credito_do_papel(NEW.papel);
  RETURN NEW;
END $$;
CREATE TRIGGER pessoa_do_papel BEFORE INSERT OR UPDATE OF papel, credito_do_papel
  ON contas_usuario FOR EACH ROW EXECUTE FUNCTION contas_pessoa_do_papel();
