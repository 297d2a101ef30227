-- As funções e os gatilhos dos clientes, como as migrações até 0029_esquecido_nao_volta os deixam: nelas está o porquê de cada um.

CREATE AGGREGATE clientes_juntar(tsvector) (SFUNC = tsvector_concat, STYPE = tsvector, INITCOND = '');

CREATE FUNCTION clientes_nome_comparavel(nome text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(nullif(btrim(regexp_replace(regexp_replace(simples,
           '\m(ltda|limitada|me|mei|epp|eireli|slu|s a|sa|cia|companhia|e|de|da|do|das|dos|com|comercio|ind|industria|[0-9]{11,14})\M',
           ' ', 'g'), ' +', ' ', 'g')), ''), btrim(simples))
    FROM (SELECT regexp_replace(sem_acento(nome), '[^a-z0-9]+', ' ', 'g') AS simples) n
$$;

CREATE FUNCTION clientes_numeros(texto text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT array_to_tsvector(coalesce(array_agg(x), '{}'))
    FROM (SELECT left(regexp_replace(texto, '\D', '', 'g'), 30) AS n) d
   CROSS JOIN LATERAL unnest(ARRAY[n, regexp_replace(n, '^55(?=\d{10,11}$)', ''), '<' || reverse(n)]) AS x
   WHERE n <> ''
$$;

CREATE FUNCTION clientes_palavras(texto text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT array_to_tsvector(coalesce(array_agg(left(p, 60)), '{}'))
    FROM regexp_split_to_table(sem_acento(texto), '[\x01-\x2f\x3a-\x60\x7b-\xbf\u2000-\u206f]+') AS p
   WHERE p <> ''
$$;

CREATE FUNCTION clientes_refazer_busca(alvos bigint[]) RETURNS void LANGUAGE sql AS $$
  UPDATE clientes_textodebusca b
     SET palavras = n.palavras
    FROM (SELECT c.id, clientes_palavras(concat_ws(' ', c.razao_social, c.nome_fantasia, c.codigo, c.documento, c.cidade,
           CASE WHEN c.nao_contatar @> ARRAY['email']::varchar[] THEN '' ELSE c.email END, c.observacao)) || clientes_palavras(regexp_replace(c.codigo, '[^[:alnum:]]+', '', 'g'))
         || clientes_numeros(CASE WHEN c.nao_contatar @> ARRAY['ligacao', 'whatsapp']::varchar[] THEN '' ELSE c.telefone END)
                 || coalesce((SELECT clientes_juntar(clientes_palavras(concat_ws(' ', p.nome, CASE WHEN (c.nao_contatar || p.nao_contatar) @> ARRAY['email']::varchar[] THEN '' ELSE p.email END, p.observacao)) || clientes_numeros(CASE WHEN (c.nao_contatar || p.nao_contatar) @> ARRAY['ligacao', 'whatsapp']::varchar[] THEN '' ELSE p.telefone END)) FROM clientes_pessoadecontato p
                               WHERE p.cliente_id = c.id), '')
                 || coalesce((SELECT clientes_palavras(string_agg(left(o.observacao, 4000), ' '))
                                FROM (SELECT observacao FROM clientes_contato
                                       WHERE cliente_id = c.id AND desfeito_em IS NULL AND observacao <> ''
                                       ORDER BY em DESC LIMIT 200) o), '') AS palavras
            FROM clientes_cliente c WHERE c.id = ANY(alvos)) n
   WHERE b.cliente_id = n.id AND b.palavras IS DISTINCT FROM n.palavras
$$;

CREATE FUNCTION clientes_trigramas(nome text) RETURNS varchar[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(array_agg(DISTINCT substr('  ' || palavra || ' ', i, 3)), '{}')::varchar(3)[]
    FROM regexp_split_to_table(nome, ' ') AS palavra, generate_series(1, length(palavra) + 1) AS i
   WHERE palavra <> ''
$$;

CREATE FUNCTION lgpd_canais_fechados(do_cliente bigint, da_pessoa bigint, canais varchar[]) RETURNS varchar[] LANGUAGE sql STABLE AS $$
  SELECT coalesce(array_agg(canal ORDER BY canal COLLATE "C"), '{}')
    FROM (SELECT unnest(canais) AS canal
          UNION
          SELECT canal FROM clientes_oposicao
           WHERE cliente_id = do_cliente AND pessoa_id IS NOT DISTINCT FROM da_pessoa AND retirada_em IS NULL) t
$$;

CREATE FUNCTION lgpd_resumo(valor text) RETURNS varchar LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT encode(sha256(convert_to((SELECT sal FROM lgpd_sal) || valor, 'UTF8')), 'hex')
$$;

CREATE FUNCTION lgpd_resumo_do_email(email text) RETURNS varchar LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT lgpd_resumo('email:' || nullif(lower(btrim(email)), ''))
$$;

CREATE FUNCTION lgpd_resumo_do_telefone(telefone text) RETURNS varchar LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT lgpd_resumo('telefone:' || nullif(regexp_replace(telefone, '\D', '', 'g'), ''))
$$;

CREATE FUNCTION anotar_mudanca_de_credito() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO clientes_mudancadecredito (cliente_id, bloqueado_antes, bloqueado, limite_antes, limite)
    VALUES (NEW.id, OLD.bloqueado, NEW.bloqueado, OLD.limite_credito, NEW.limite_credito);
    RETURN NULL;
END $$;
CREATE TRIGGER mudanca_de_credito AFTER UPDATE OF bloqueado, limite_credito
  ON clientes_cliente FOR EACH ROW WHEN (old.bloqueado IS DISTINCT FROM new.bloqueado OR old.limite_credito IS DISTINCT FROM new.limite_credito) EXECUTE FUNCTION anotar_mudanca_de_credito();

CREATE FUNCTION clientes_busca_cliente_mudou() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE alvos bigint[];
BEGIN
  EXECUTE $sql$ SELECT array(SELECT c.id FROM novos c JOIN antigos a ON a.id = c.id
     WHERE (a.razao_social, a.nome_fantasia, a.codigo, a.documento, a.cidade, a.email, a.observacao, a.telefone
            , a.nao_contatar)
           IS DISTINCT FROM
           (c.razao_social, c.nome_fantasia, c.codigo, c.documento, c.cidade, c.email, c.observacao, c.telefone
            , c.nao_contatar)) $sql$ INTO alvos;
  PERFORM clientes_refazer_busca(alvos);
  RETURN NULL;
END $$;
CREATE TRIGGER clientes_busca_cliente_mudou AFTER UPDATE
  ON clientes_cliente REFERENCING OLD TABLE AS antigos NEW TABLE AS novos FOR EACH STATEMENT EXECUTE FUNCTION clientes_busca_cliente_mudou();

CREATE FUNCTION clientes_busca_cliente_nasceu() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO clientes_textodebusca (cliente_id, palavras)
  SELECT c.id, clientes_palavras(concat_ws(' ', c.razao_social, c.nome_fantasia, c.codigo, c.documento, c.cidade,
           CASE WHEN c.nao_contatar @> ARRAY['email']::varchar[] THEN '' ELSE c.email END, c.observacao)) || clientes_palavras(regexp_replace(c.codigo, '[^[:alnum:]]+', '', 'g'))
         || clientes_numeros(CASE WHEN c.nao_contatar @> ARRAY['ligacao', 'whatsapp']::varchar[] THEN '' ELSE c.telefone END) FROM novos c ON CONFLICT (cliente_id) DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER clientes_busca_cliente_nasceu AFTER INSERT
  ON clientes_cliente REFERENCING NEW TABLE AS novos FOR EACH STATEMENT EXECUTE FUNCTION clientes_busca_cliente_nasceu();

CREATE FUNCTION clientes_busca_contato_entrou() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE clientes_textodebusca b SET palavras = b.palavras || n.palavras
    FROM (SELECT cliente_id, clientes_palavras(string_agg(left(observacao, 4000), ' ')) AS palavras FROM novos
           WHERE observacao <> '' AND desfeito_em IS NULL GROUP BY 1) n
   WHERE b.cliente_id = n.cliente_id AND length(b.palavras) < 20000 AND length(n.palavras) < 20000;
  RETURN NULL;
END $$;
CREATE TRIGGER clientes_busca_contato_entrou AFTER INSERT
  ON clientes_contato REFERENCING NEW TABLE AS novos FOR EACH STATEMENT EXECUTE FUNCTION clientes_busca_contato_entrou();

CREATE FUNCTION clientes_busca_contato_mudou() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE alvos bigint[];
BEGIN
  EXECUTE $sql$ SELECT array(SELECT unnest(ARRAY[a.cliente_id, n.cliente_id]) FROM novos n JOIN antigos a ON a.id = n.id
     WHERE (a.cliente_id, a.observacao, a.desfeito_em IS NULL)
           IS DISTINCT FROM (n.cliente_id, n.observacao, n.desfeito_em IS NULL)
       AND (a.observacao <> '' OR n.observacao <> '')) $sql$ INTO alvos;
  PERFORM clientes_refazer_busca(alvos);
  RETURN NULL;
END $$;
CREATE TRIGGER clientes_busca_contato_mudou AFTER UPDATE
  ON clientes_contato REFERENCING OLD TABLE AS antigos NEW TABLE AS novos FOR EACH STATEMENT EXECUTE FUNCTION clientes_busca_contato_mudou();

CREATE FUNCTION clientes_busca_pessoa_entrou() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE clientes_textodebusca b SET palavras = b.palavras || n.palavras
    FROM (SELECT p.cliente_id, clientes_juntar(clientes_palavras(concat_ws(' ', p.nome, CASE WHEN (c.nao_contatar || p.nao_contatar) @> ARRAY['email']::varchar[] THEN '' ELSE p.email END, p.observacao)) || clientes_numeros(CASE WHEN (c.nao_contatar || p.nao_contatar) @> ARRAY['ligacao', 'whatsapp']::varchar[] THEN '' ELSE p.telefone END)) AS palavras
            FROM novos p JOIN clientes_cliente c ON c.id = p.cliente_id GROUP BY 1) n
   WHERE b.cliente_id = n.cliente_id;
  RETURN NULL;
END $$;
CREATE TRIGGER clientes_busca_pessoa_entrou AFTER INSERT
  ON clientes_pessoadecontato REFERENCING NEW TABLE AS novos FOR EACH STATEMENT EXECUTE FUNCTION clientes_busca_pessoa_entrou();

CREATE FUNCTION clientes_busca_pessoa_mudou() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE alvos bigint[];
BEGIN
  EXECUTE $sql$ SELECT array(SELECT unnest(ARRAY[a.cliente_id, p.cliente_id])
      FROM novos p JOIN antigos a ON a.id = p.id
     WHERE (a.cliente_id, a.nome, a.email, a.telefone, a.observacao , a.nao_contatar)
           IS DISTINCT FROM
           (p.cliente_id, p.nome, p.email, p.telefone, p.observacao , p.nao_contatar)) $sql$ INTO alvos;
  PERFORM clientes_refazer_busca(alvos);
  RETURN NULL;
END $$;
CREATE TRIGGER clientes_busca_pessoa_mudou AFTER UPDATE
  ON clientes_pessoadecontato REFERENCING OLD TABLE AS antigos NEW TABLE AS novos FOR EACH STATEMENT EXECUTE FUNCTION clientes_busca_pessoa_mudou();

CREATE FUNCTION clientes_busca_saiu() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM clientes_refazer_busca(array(SELECT DISTINCT cliente_id FROM antigos));
  RETURN NULL;
END $$;
CREATE TRIGGER clientes_busca_contato_saiu AFTER DELETE
  ON clientes_contato REFERENCING OLD TABLE AS antigos FOR EACH STATEMENT EXECUTE FUNCTION clientes_busca_saiu();
CREATE TRIGGER clientes_busca_pessoa_saiu AFTER DELETE
  ON clientes_pessoadecontato REFERENCING OLD TABLE AS antigos FOR EACH STATEMENT EXECUTE FUNCTION clientes_busca_saiu();

CREATE FUNCTION clientes_item_entrou() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE alvos bigint[];
BEGIN
  EXECUTE $sql$ INSERT INTO clientes_produto (codigo, nome)
    SELECT n.produto_codigo, n.produto_nome FROM (SELECT DISTINCT produto_codigo, produto_nome FROM novos) n
     WHERE NOT EXISTS (SELECT FROM clientes_produto d WHERE d.codigo = n.produto_codigo AND d.nome = n.produto_nome)
     ORDER BY 1, 2 ON CONFLICT DO NOTHING $sql$;
  EXECUTE $sql$ SELECT array(SELECT DISTINCT cliente_id FROM (SELECT p.cliente_id FROM novos n JOIN clientes_pedido p ON p.id = n.pedido_id) mudou) $sql$ INTO alvos;
  PERFORM clientes_refazer_compras(alvos);
  RETURN NULL;
END $$;
CREATE TRIGGER clientes_item_entrou AFTER INSERT
  ON clientes_itemdepedido REFERENCING NEW TABLE AS novos FOR EACH STATEMENT EXECUTE FUNCTION clientes_item_entrou();

CREATE FUNCTION clientes_item_mudou() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE alvos bigint[];
BEGIN
  EXECUTE $sql$ INSERT INTO clientes_produto (codigo, nome)
    SELECT n.produto_codigo, n.produto_nome FROM (SELECT DISTINCT produto_codigo, produto_nome FROM novos) n
     WHERE NOT EXISTS (SELECT FROM clientes_produto d WHERE d.codigo = n.produto_codigo AND d.nome = n.produto_nome)
     ORDER BY 1, 2 ON CONFLICT DO NOTHING $sql$;
  EXECUTE $sql$ SELECT array(SELECT DISTINCT cliente_id FROM (SELECT p.cliente_id FROM antigos a JOIN novos n ON n.id = a.id
              JOIN clientes_pedido p ON p.id IN (a.pedido_id, n.pedido_id) WHERE (a.pedido_id, a.produto_codigo, a.produto_nome) IS DISTINCT FROM
                 (n.pedido_id, n.produto_codigo, n.produto_nome)) mudou) $sql$ INTO alvos;
  PERFORM clientes_refazer_compras(alvos);
  RETURN NULL;
END $$;
CREATE TRIGGER clientes_item_mudou AFTER UPDATE
  ON clientes_itemdepedido REFERENCING OLD TABLE AS antigos NEW TABLE AS novos FOR EACH STATEMENT EXECUTE FUNCTION clientes_item_mudou();

CREATE FUNCTION clientes_item_saiu() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE alvos bigint[];
BEGIN
  
  EXECUTE $sql$ SELECT array(SELECT DISTINCT cliente_id FROM (SELECT p.cliente_id FROM antigos n JOIN clientes_pedido p ON p.id = n.pedido_id) mudou) $sql$ INTO alvos;
  PERFORM clientes_refazer_compras(alvos);
  RETURN NULL;
END $$;
CREATE TRIGGER clientes_item_saiu AFTER DELETE
  ON clientes_itemdepedido REFERENCING OLD TABLE AS antigos FOR EACH STATEMENT EXECUTE FUNCTION clientes_item_saiu();

CREATE FUNCTION clientes_lapide_agenda() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO clientes_lapide (recurso, objeto, empresa_id, chave, em)
  SELECT 'agenda', a.id, (SELECT c.empresa_id FROM clientes_cliente c WHERE c.id = a.cliente_id), '', now() FROM antigos a;
  RETURN NULL;
END $$;
CREATE TRIGGER clientes_lapide AFTER DELETE
  ON clientes_agendamento REFERENCING OLD TABLE AS antigos FOR EACH STATEMENT EXECUTE FUNCTION clientes_lapide_agenda();

CREATE FUNCTION clientes_lapide_atendimentos() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO clientes_lapide (recurso, objeto, empresa_id, chave, em)
  SELECT 'atendimentos', a.id, a.empresa_id, a.numero, now() FROM antigos a;
  RETURN NULL;
END $$;
CREATE TRIGGER clientes_lapide AFTER DELETE
  ON clientes_atendimento REFERENCING OLD TABLE AS antigos FOR EACH STATEMENT EXECUTE FUNCTION clientes_lapide_atendimentos();

CREATE FUNCTION clientes_lapide_clientes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO clientes_lapide (recurso, objeto, empresa_id, chave, em)
  SELECT 'clientes', a.id, a.empresa_id, a.codigo, now() FROM antigos a;
  RETURN NULL;
END $$;
CREATE TRIGGER clientes_lapide AFTER DELETE
  ON clientes_cliente REFERENCING OLD TABLE AS antigos FOR EACH STATEMENT EXECUTE FUNCTION clientes_lapide_clientes();

CREATE FUNCTION clientes_lapide_contatos() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO clientes_lapide (recurso, objeto, empresa_id, chave, em)
  SELECT 'contatos', a.id, (SELECT c.empresa_id FROM clientes_cliente c WHERE c.id = a.cliente_id), '', now() FROM antigos a;
  RETURN NULL;
END $$;
CREATE TRIGGER clientes_lapide AFTER DELETE
  ON clientes_contato REFERENCING OLD TABLE AS antigos FOR EACH STATEMENT EXECUTE FUNCTION clientes_lapide_contatos();

CREATE FUNCTION clientes_lapide_itens() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO clientes_lapide (recurso, objeto, empresa_id, chave, em)
  SELECT 'itens', a.id, (SELECT p.empresa_id FROM clientes_pedido p WHERE p.id = a.pedido_id), '', now() FROM antigos a;
  RETURN NULL;
END $$;
CREATE TRIGGER clientes_lapide AFTER DELETE
  ON clientes_itemdepedido REFERENCING OLD TABLE AS antigos FOR EACH STATEMENT EXECUTE FUNCTION clientes_lapide_itens();

CREATE FUNCTION clientes_lapide_notas() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO clientes_lapide (recurso, objeto, empresa_id, chave, em)
  SELECT 'notas', a.id, a.empresa_id, a.numero, now() FROM antigos a;
  RETURN NULL;
END $$;
CREATE TRIGGER clientes_lapide AFTER DELETE
  ON clientes_notafiscal REFERENCING OLD TABLE AS antigos FOR EACH STATEMENT EXECUTE FUNCTION clientes_lapide_notas();

CREATE FUNCTION clientes_lapide_orcamentos() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO clientes_lapide (recurso, objeto, empresa_id, chave, em)
  SELECT 'orcamentos', a.id, a.empresa_id, a.numero, now() FROM antigos a;
  RETURN NULL;
END $$;
CREATE TRIGGER clientes_lapide AFTER DELETE
  ON clientes_orcamento REFERENCING OLD TABLE AS antigos FOR EACH STATEMENT EXECUTE FUNCTION clientes_lapide_orcamentos();

CREATE FUNCTION clientes_lapide_pedidos() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO clientes_lapide (recurso, objeto, empresa_id, chave, em)
  SELECT 'pedidos', a.id, a.empresa_id, a.numero, now() FROM antigos a;
  RETURN NULL;
END $$;
CREATE TRIGGER clientes_lapide AFTER DELETE
  ON clientes_pedido REFERENCING OLD TABLE AS antigos FOR EACH STATEMENT EXECUTE FUNCTION clientes_lapide_pedidos();

CREATE FUNCTION clientes_lapide_pessoas() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO clientes_lapide (recurso, objeto, empresa_id, chave, em)
  SELECT 'pessoas', a.id, (SELECT c.empresa_id FROM clientes_cliente c WHERE c.id = a.cliente_id), '', now() FROM antigos a;
  RETURN NULL;
END $$;
CREATE TRIGGER clientes_lapide AFTER DELETE
  ON clientes_pessoadecontato REFERENCING OLD TABLE AS antigos FOR EACH STATEMENT EXECUTE FUNCTION clientes_lapide_pessoas();

CREATE FUNCTION clientes_lapide_restricoes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO clientes_lapide (recurso, objeto, empresa_id, chave, em)
  SELECT 'restricoes', a.id, a.empresa_id, '', now() FROM antigos a;
  RETURN NULL;
END $$;
CREATE TRIGGER clientes_lapide AFTER DELETE
  ON clientes_restricaodecredito REFERENCING OLD TABLE AS antigos FOR EACH STATEMENT EXECUTE FUNCTION clientes_lapide_restricoes();

CREATE FUNCTION clientes_lapide_scores() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO clientes_lapide (recurso, objeto, empresa_id, chave, em)
  SELECT 'scores', a.id, a.empresa_id, '', now() FROM antigos a;
  RETURN NULL;
END $$;
CREATE TRIGGER clientes_lapide AFTER DELETE
  ON clientes_scoredecredito REFERENCING OLD TABLE AS antigos FOR EACH STATEMENT EXECUTE FUNCTION clientes_lapide_scores();

CREATE FUNCTION clientes_lapide_titulos() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO clientes_lapide (recurso, objeto, empresa_id, chave, em)
  SELECT 'titulos', a.id, a.empresa_id, a.numero, now() FROM antigos a;
  RETURN NULL;
END $$;
CREATE TRIGGER clientes_lapide AFTER DELETE
  ON clientes_titulo REFERENCING OLD TABLE AS antigos FOR EACH STATEMENT EXECUTE FUNCTION clientes_lapide_titulos();

CREATE FUNCTION clientes_pedido_mudou_de_conta() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE alvos bigint[];
BEGIN
  
  EXECUTE $sql$ SELECT array(SELECT DISTINCT cliente_id FROM (SELECT unnest(ARRAY[a.cliente_id, n.cliente_id]) AS cliente_id FROM antigos a JOIN novos n ON n.id = a.id WHERE (a.cliente_id, a.data, a.conta) IS DISTINCT FROM (n.cliente_id, n.data, n.conta)) mudou) $sql$ INTO alvos;
  PERFORM clientes_refazer_compras(alvos);
  RETURN NULL;
END $$;
CREATE TRIGGER clientes_pedido_mudou_de_conta AFTER UPDATE
  ON clientes_pedido REFERENCING OLD TABLE AS antigos NEW TABLE AS novos FOR EACH STATEMENT EXECUTE FUNCTION clientes_pedido_mudou_de_conta();

CREATE FUNCTION clientes_pedido_saiu() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE alvos bigint[];
BEGIN
  
  EXECUTE $sql$ SELECT array(SELECT DISTINCT cliente_id FROM (SELECT cliente_id FROM antigos) mudou) $sql$ INTO alvos;
  PERFORM clientes_refazer_compras(alvos);
  RETURN NULL;
END $$;
CREATE TRIGGER clientes_pedido_saiu AFTER DELETE
  ON clientes_pedido REFERENCING OLD TABLE AS antigos FOR EACH STATEMENT EXECUTE FUNCTION clientes_pedido_saiu();

CREATE FUNCTION clientes_refazer_compras(alvos bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF cardinality(alvos) = 0 THEN
    RETURN;
  END IF;
  -- quem mexe na mesma empresa espera a vez, e então vê o que o outro confirmou
  EXECUTE 'SELECT pg_advisory_xact_lock(7302, e.empresa_id) FROM (
      SELECT DISTINCT c.empresa_id::int FROM unnest($1) a(id) JOIN clientes_cliente c ON c.id = a.id ORDER BY 1) e'
    USING alvos;
  EXECUTE 'DELETE FROM clientes_compradeproduto k USING unnest($1) a(id) WHERE k.cliente_id = a.id' USING alvos;
  EXECUTE 'INSERT INTO clientes_compradeproduto (cliente_id, produto_id, primeira, ultima, datas)
    SELECT cliente_id, produto_id, min(data), max(data), array_agg(data ORDER BY data)
      FROM (SELECT DISTINCT p.cliente_id, d.id AS produto_id, p.data
              FROM unnest($1) a(id)
              JOIN clientes_pedido p ON p.cliente_id = a.id AND p.conta
              JOIN clientes_itemdepedido t ON t.pedido_id = p.id
              JOIN clientes_produto d ON d.codigo = t.produto_codigo AND d.nome = t.produto_nome) dias
     GROUP BY 1, 2' USING alvos;
END $$;

CREATE FUNCTION clientes_versao() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.versao := pg_current_xact_id();
  RETURN NEW;
END $$;
CREATE TRIGGER clientes_versao BEFORE UPDATE
  ON clientes_agendamento FOR EACH ROW EXECUTE FUNCTION clientes_versao();
CREATE TRIGGER clientes_versao BEFORE UPDATE
  ON clientes_atendimento FOR EACH ROW EXECUTE FUNCTION clientes_versao();
CREATE TRIGGER clientes_versao BEFORE UPDATE
  ON clientes_cliente FOR EACH ROW EXECUTE FUNCTION clientes_versao();
CREATE TRIGGER clientes_versao BEFORE UPDATE
  ON clientes_contato FOR EACH ROW EXECUTE FUNCTION clientes_versao();
CREATE TRIGGER clientes_versao BEFORE UPDATE
  ON clientes_itemdepedido FOR EACH ROW EXECUTE FUNCTION clientes_versao();
CREATE TRIGGER clientes_versao BEFORE UPDATE
  ON clientes_notafiscal FOR EACH ROW EXECUTE FUNCTION clientes_versao();
CREATE TRIGGER clientes_versao BEFORE UPDATE
  ON clientes_orcamento FOR EACH ROW EXECUTE FUNCTION clientes_versao();
CREATE TRIGGER clientes_versao BEFORE UPDATE
  ON clientes_pedido FOR EACH ROW EXECUTE FUNCTION clientes_versao();
CREATE TRIGGER clientes_versao BEFORE UPDATE
  ON clientes_pessoadecontato FOR EACH ROW EXECUTE FUNCTION clientes_versao();
CREATE TRIGGER clientes_versao BEFORE UPDATE
  ON clientes_restricaodecredito FOR EACH ROW EXECUTE FUNCTION clientes_versao();
CREATE TRIGGER clientes_versao BEFORE UPDATE
  ON clientes_scoredecredito FOR EACH ROW EXECUTE FUNCTION clientes_versao();
CREATE TRIGGER clientes_versao BEFORE UPDATE
  ON clientes_titulo FOR EACH ROW EXECUTE FUNCTION clientes_versao();

CREATE FUNCTION lgpd_biro_do_cliente() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM clientes_cliente WHERE id = NEW.cliente_id AND anonimizado_em IS NOT NULL) THEN
    RETURN NULL;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER lgpd_biro_que_volta BEFORE INSERT
  ON clientes_restricaodecredito FOR EACH ROW EXECUTE FUNCTION lgpd_biro_do_cliente();
CREATE TRIGGER lgpd_biro_que_volta BEFORE INSERT
  ON clientes_scoredecredito FOR EACH ROW EXECUTE FUNCTION lgpd_biro_do_cliente();

CREATE FUNCTION lgpd_biro_do_fornecedor() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM clientes_fornecedor WHERE id = NEW.fornecedor_id AND anonimizado_em IS NOT NULL) THEN
    RETURN NULL;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER lgpd_biro_que_volta BEFORE INSERT
  ON clientes_restricaodefornecedor FOR EACH ROW EXECUTE FUNCTION lgpd_biro_do_fornecedor();
CREATE TRIGGER lgpd_biro_que_volta BEFORE INSERT
  ON clientes_scoredefornecedor FOR EACH ROW EXECUTE FUNCTION lgpd_biro_do_fornecedor();

CREATE FUNCTION lgpd_bloquear(clientes bigint[], pessoas bigint[], desde bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE linhas bigint;
BEGIN
  INSERT INTO clientes_oposicao (cliente_id, pessoa_id, canal, em, motivo, fonte, registrada_em, retirada_motivo)
  SELECT DISTINCT ON (d.cliente_id, d.pessoa_id, k.canal)
         d.cliente_id, d.pessoa_id, k.canal, b.em, b.lista || ', final ' || b.final, 'bloqueio', now(), ''
    FROM (SELECT id AS cliente_id, NULL::bigint AS pessoa_id, telefone, email FROM clientes_cliente
           WHERE (clientes IS NULL OR id = ANY (clientes)) AND (telefone <> '' OR email <> '')
          UNION ALL
          SELECT cliente_id, id, telefone, email FROM clientes_pessoadecontato
           WHERE (pessoas IS NULL OR id = ANY (pessoas)) AND (telefone <> '' OR email <> '')) d
   CROSS JOIN LATERAL (VALUES (lgpd_resumo_do_telefone(d.telefone)), (lgpd_resumo_do_email(d.email))) v (resumo)
    JOIN clientes_bloqueio b ON b.resumo = v.resumo AND b.id > desde
   CROSS JOIN LATERAL unnest(CASE b.tipo WHEN 'telefone' THEN ARRAY['ligacao', 'whatsapp'] ELSE ARRAY['email'] END) AS k (canal)
   ORDER BY d.cliente_id, d.pessoa_id, k.canal, b.id
  ON CONFLICT DO NOTHING;
  GET DIAGNOSTICS linhas = ROW_COUNT;
  RETURN linhas;
END $$;

CREATE FUNCTION lgpd_contato_entrou() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM clientes_bloqueio) THEN
    IF TG_TABLE_NAME = 'clientes_cliente' THEN
      PERFORM lgpd_bloquear(array(SELECT id FROM novos), '{}', 0);
    ELSE
      PERFORM lgpd_bloquear('{}', array(SELECT id FROM novos), 0);
    END IF;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER lgpd_cliente_entrou AFTER INSERT
  ON clientes_cliente REFERENCING NEW TABLE AS novos FOR EACH STATEMENT EXECUTE FUNCTION lgpd_contato_entrou();
CREATE TRIGGER lgpd_pessoa_entrou AFTER INSERT
  ON clientes_pessoadecontato REFERENCING NEW TABLE AS novos FOR EACH STATEMENT EXECUTE FUNCTION lgpd_contato_entrou();

CREATE FUNCTION lgpd_contato_mudou() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE mudados bigint[];
BEGIN
  IF EXISTS (SELECT FROM clientes_bloqueio) THEN
    mudados := array(SELECT n.id FROM novos n JOIN antigos a USING (id)
                      WHERE (n.telefone, n.email) IS DISTINCT FROM (a.telefone, a.email));
    IF mudados <> '{}' AND TG_TABLE_NAME = 'clientes_cliente' THEN
      PERFORM lgpd_bloquear(mudados, '{}', 0);
    ELSIF mudados <> '{}' THEN
      PERFORM lgpd_bloquear('{}', mudados, 0);
    END IF;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER lgpd_cliente_mudou AFTER UPDATE
  ON clientes_cliente REFERENCING OLD TABLE AS antigos NEW TABLE AS novos FOR EACH STATEMENT EXECUTE FUNCTION lgpd_contato_mudou();
CREATE TRIGGER lgpd_pessoa_mudou AFTER UPDATE
  ON clientes_pessoadecontato REFERENCING OLD TABLE AS antigos NEW TABLE AS novos FOR EACH STATEMENT EXECUTE FUNCTION lgpd_contato_mudou();

CREATE FUNCTION lgpd_guardar_cliente() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.anonimizado_em IS NOT NULL THEN
    NEW.anonimizado_em := OLD.anonimizado_em;
    NEW.razao_social := OLD.razao_social;
    NEW.nome_fantasia := OLD.nome_fantasia;
    NEW.documento := OLD.documento;
    NEW.documento_valido := OLD.documento_valido;
    NEW.cep := OLD.cep;
    NEW.telefone := OLD.telefone;
    NEW.email := OLD.email;
    NEW.encerrado_motivo := OLD.encerrado_motivo;
    NEW.adiado_motivo := OLD.adiado_motivo;
    NEW.observacao := OLD.observacao;
    NEW.erp := OLD.erp;
    NEW.nao_contatar := OLD.nao_contatar;
  ELSE
    NEW.nao_contatar := lgpd_canais_fechados(NEW.id, NULL, NEW.nao_contatar);
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER lgpd_guardar_cliente BEFORE UPDATE
  ON clientes_cliente FOR EACH ROW WHEN (old.anonimizado_em IS NOT NULL OR new.nao_contatar IS DISTINCT FROM old.nao_contatar) EXECUTE FUNCTION lgpd_guardar_cliente();

CREATE FUNCTION lgpd_guardar_fornecedor() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.anonimizado_em := OLD.anonimizado_em;
  NEW.nome := OLD.nome;
  NEW.documento := OLD.documento;
  NEW.documento_valido := OLD.documento_valido;
  NEW.contato := OLD.contato;
  NEW.telefone := OLD.telefone;
  NEW.email := OLD.email;
  NEW.observacao := OLD.observacao;
  NEW.erp := OLD.erp;
  RETURN NEW;
END $$;
CREATE TRIGGER lgpd_guardar_fornecedor BEFORE UPDATE
  ON clientes_fornecedor FOR EACH ROW WHEN (old.anonimizado_em IS NOT NULL) EXECUTE FUNCTION lgpd_guardar_fornecedor();

CREATE FUNCTION lgpd_guardar_pessoa() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.anonimizada_em IS NOT NULL THEN
    NEW.anonimizada_em := OLD.anonimizada_em;
    NEW.nome := OLD.nome;
    NEW.papel := OLD.papel;
    NEW.cargo := OLD.cargo;
    NEW.telefone := OLD.telefone;
    NEW.email := OLD.email;
    NEW.observacao := OLD.observacao;
    NEW.erp := OLD.erp;
    NEW.ativa := OLD.ativa;
    NEW.principal := OLD.principal;
    NEW.nao_contatar := OLD.nao_contatar;
  ELSE
    NEW.nao_contatar := lgpd_canais_fechados(NEW.cliente_id, NEW.id, NEW.nao_contatar);
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER lgpd_guardar_pessoa BEFORE UPDATE
  ON clientes_pessoadecontato FOR EACH ROW WHEN (old.anonimizada_em IS NOT NULL OR new.nao_contatar IS DISTINCT FROM old.nao_contatar) EXECUTE FUNCTION lgpd_guardar_pessoa();

CREATE FUNCTION lgpd_oposicao_vale() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE clientes_cliente c SET nao_contatar = lgpd_canais_fechados(c.id, NULL, c.nao_contatar)
    FROM (SELECT DISTINCT cliente_id, canal FROM novas WHERE pessoa_id IS NULL AND retirada_em IS NULL) n
   WHERE c.id = n.cliente_id AND NOT c.nao_contatar @> ARRAY[n.canal];
  UPDATE clientes_pessoadecontato p SET nao_contatar = lgpd_canais_fechados(p.cliente_id, p.id, p.nao_contatar)
    FROM (SELECT DISTINCT pessoa_id, canal FROM novas WHERE pessoa_id IS NOT NULL AND retirada_em IS NULL) n
   WHERE p.id = n.pessoa_id AND NOT p.nao_contatar @> ARRAY[n.canal];
  RETURN NULL;
END $$;
CREATE TRIGGER lgpd_oposicao_mudou AFTER UPDATE
  ON clientes_oposicao REFERENCING NEW TABLE AS novas FOR EACH STATEMENT EXECUTE FUNCTION lgpd_oposicao_vale();
CREATE TRIGGER lgpd_oposicao_nasceu AFTER INSERT
  ON clientes_oposicao REFERENCING NEW TABLE AS novas FOR EACH STATEMENT EXECUTE FUNCTION lgpd_oposicao_vale();

CREATE FUNCTION lgpd_pessoa_que_volta() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.anonimizada_em IS NULL AND (
       EXISTS (SELECT FROM clientes_cliente WHERE id = NEW.cliente_id AND anonimizado_em IS NOT NULL)
       OR EXISTS (SELECT FROM clientes_marcadeanonimizacao
                   WHERE cliente_id = NEW.cliente_id AND resumo = lgpd_resumo('nome:' || sem_acento(NEW.nome)))) THEN
    RETURN NULL;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER lgpd_pessoa_que_volta BEFORE INSERT
  ON clientes_pessoadecontato FOR EACH ROW EXECUTE FUNCTION lgpd_pessoa_que_volta();

CREATE FUNCTION lgpd_trocar(dados jsonb, expressao text, por text) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  RETURN CASE jsonb_typeof(dados)
    WHEN 'object' THEN (SELECT coalesce(jsonb_object_agg(chave, lgpd_trocar(valor, expressao, por)), '{}')
                          FROM jsonb_each(dados) AS pares (chave, valor))
    WHEN 'array' THEN (SELECT coalesce(jsonb_agg(lgpd_trocar(valor, expressao, por) ORDER BY ordem), '[]')
                         FROM jsonb_array_elements(dados) WITH ORDINALITY AS itens (valor, ordem))
    WHEN 'string' THEN to_jsonb(regexp_replace(dados #>> '{}', expressao, por, 'gi'))
    WHEN 'number' THEN CASE WHEN dados::text ~* expressao THEN to_jsonb(por) ELSE dados END
    ELSE dados
  END;
END $$;
