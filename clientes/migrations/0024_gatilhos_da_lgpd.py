"""O que o banco garante ao titular: a oposição e a anonimização não se desfazem por caminho nenhum.

O sal dos resumos nasce aqui, um por instalação, e vai nas cópias: duas instalações não se comparam.
"""

from django.db import migrations

RESUMO = """
CREATE TABLE lgpd_sal (um boolean PRIMARY KEY DEFAULT true CHECK (um), sal text NOT NULL);
INSERT INTO lgpd_sal (sal) VALUES (replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''));
CREATE FUNCTION lgpd_resumo(valor text) RETURNS varchar LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT encode(sha256(convert_to((SELECT sal FROM lgpd_sal) || valor, 'UTF8')), 'hex')
$$;
"""

FUNCOES = r"""
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

CREATE FUNCTION lgpd_resumo_do_telefone(telefone text) RETURNS varchar LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT lgpd_resumo('telefone:' || nullif(regexp_replace(telefone, '\D', '', 'g'), ''))
$$;
CREATE FUNCTION lgpd_resumo_do_email(email text) RETURNS varchar LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT lgpd_resumo('email:' || nullif(lower(btrim(email)), ''))
$$;

-- Os canais pedidos e os de toda oposição aberta, em ordem.
CREATE FUNCTION lgpd_canais_fechados(do_cliente bigint, da_pessoa bigint, canais varchar[]) RETURNS varchar[]
LANGUAGE sql STABLE AS $$
  SELECT coalesce(array_agg(canal ORDER BY canal COLLATE "C"), '{}')
    FROM (SELECT unnest(canais) AS canal
          UNION
          SELECT canal FROM clientes_oposicao
           WHERE cliente_id = do_cliente AND pessoa_id IS NOT DISTINCT FROM da_pessoa AND retirada_em IS NULL) t
$$;

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
CREATE TRIGGER lgpd_guardar_cliente BEFORE UPDATE ON clientes_cliente FOR EACH ROW
  WHEN (OLD.anonimizado_em IS NOT NULL OR NEW.nao_contatar IS DISTINCT FROM OLD.nao_contatar)
  EXECUTE FUNCTION lgpd_guardar_cliente();

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
CREATE TRIGGER lgpd_guardar_pessoa BEFORE UPDATE ON clientes_pessoadecontato FOR EACH ROW
  WHEN (OLD.anonimizada_em IS NOT NULL OR NEW.nao_contatar IS DISTINCT FROM OLD.nao_contatar)
  EXECUTE FUNCTION lgpd_guardar_pessoa();

-- Quem foi anonimizado não volta pela mão do ERP: a linha dele não entra.
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
CREATE TRIGGER lgpd_pessoa_que_volta BEFORE INSERT ON clientes_pessoadecontato FOR EACH ROW
  EXECUTE FUNCTION lgpd_pessoa_que_volta();

-- A oposição fecha o canal ao nascer e ao passar a outro cadastro.
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
CREATE TRIGGER lgpd_oposicao_nasceu AFTER INSERT ON clientes_oposicao
  REFERENCING NEW TABLE AS novas FOR EACH STATEMENT EXECUTE FUNCTION lgpd_oposicao_vale();
CREATE TRIGGER lgpd_oposicao_mudou AFTER UPDATE ON clientes_oposicao
  REFERENCING NEW TABLE AS novas FOR EACH STATEMENT EXECUTE FUNCTION lgpd_oposicao_vale();

-- O que está numa lista de bloqueio vira oposição. Nulo é todos: os clientes, as pessoas, os bloqueios.
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
CREATE TRIGGER lgpd_cliente_entrou AFTER INSERT ON clientes_cliente
  REFERENCING NEW TABLE AS novos FOR EACH STATEMENT EXECUTE FUNCTION lgpd_contato_entrou();
CREATE TRIGGER lgpd_cliente_mudou AFTER UPDATE ON clientes_cliente
  REFERENCING OLD TABLE AS antigos NEW TABLE AS novos FOR EACH STATEMENT EXECUTE FUNCTION lgpd_contato_mudou();
CREATE TRIGGER lgpd_pessoa_entrou AFTER INSERT ON clientes_pessoadecontato
  REFERENCING NEW TABLE AS novos FOR EACH STATEMENT EXECUTE FUNCTION lgpd_contato_entrou();
CREATE TRIGGER lgpd_pessoa_mudou AFTER UPDATE ON clientes_pessoadecontato
  REFERENCING OLD TABLE AS antigos NEW TABLE AS novos FOR EACH STATEMENT EXECUTE FUNCTION lgpd_contato_mudou();
"""

# O que já estava marcado aqui, e não pelo ERP, passa a ter a sua linha. São poucos.
INICIO = """
SET CONSTRAINTS ALL IMMEDIATE;
INSERT INTO clientes_oposicao (cliente_id, pessoa_id, canal, em, motivo, fonte, registrada_em, retirada_motivo)
SELECT id, NULL::bigint, unnest(nao_contatar), current_date, '', 'anterior', now(), '' FROM clientes_cliente
 WHERE nao_contatar <> '{}' AND coalesce(erp->>'nao_contatar', '') <> nao_contatar::text
UNION ALL
SELECT cliente_id, id, unnest(nao_contatar), current_date, '', 'anterior', now(), '' FROM clientes_pessoadecontato
 WHERE nao_contatar <> '{}' AND coalesce(erp->>'nao_contatar', '') <> nao_contatar::text
ON CONFLICT DO NOTHING;
"""

DESFAZER = """
DROP TRIGGER lgpd_guardar_cliente ON clientes_cliente;
DROP TRIGGER lgpd_guardar_pessoa ON clientes_pessoadecontato;
DROP TRIGGER lgpd_pessoa_que_volta ON clientes_pessoadecontato;
DROP TRIGGER lgpd_oposicao_nasceu ON clientes_oposicao;
DROP TRIGGER lgpd_oposicao_mudou ON clientes_oposicao;
DROP TRIGGER lgpd_cliente_entrou ON clientes_cliente;
DROP TRIGGER lgpd_cliente_mudou ON clientes_cliente;
DROP TRIGGER lgpd_pessoa_entrou ON clientes_pessoadecontato;
DROP TRIGGER lgpd_pessoa_mudou ON clientes_pessoadecontato;
DROP FUNCTION lgpd_guardar_cliente(), lgpd_guardar_pessoa(), lgpd_pessoa_que_volta(), lgpd_oposicao_vale(),
  lgpd_contato_entrou(), lgpd_contato_mudou(), lgpd_bloquear(bigint[], bigint[], bigint),
  lgpd_canais_fechados(bigint, bigint, varchar[]), lgpd_resumo_do_telefone(text), lgpd_resumo_do_email(text);
"""


class Migration(migrations.Migration):
    dependencies = [("clientes", "0023_dados_do_titular")]

    operations = [
        migrations.RunSQL(RESUMO, "DROP FUNCTION lgpd_resumo(text); DROP TABLE lgpd_sal;"),
        migrations.RunSQL(INICIO, migrations.RunSQL.noop),
        migrations.RunSQL(FUNCOES, DESFAZER),
    ]
