"""O esquecido não volta pelo birô, e esquecê-lo não estraga o que é de outros: num JSON só se trocam os valores."""

from django.db import migrations

TROCAR = """
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
"""

# Uma fonte que insiste em quem foi anonimizado fala sozinha: a linha não entra, venha de onde vier.
NAO_VOLTA = """
CREATE FUNCTION lgpd_biro_do_cliente() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM clientes_cliente WHERE id = NEW.cliente_id AND anonimizado_em IS NOT NULL) THEN
    RETURN NULL;
  END IF;
  RETURN NEW;
END $$;
CREATE FUNCTION lgpd_biro_do_fornecedor() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM clientes_fornecedor WHERE id = NEW.fornecedor_id AND anonimizado_em IS NOT NULL) THEN
    RETURN NULL;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER lgpd_biro_que_volta BEFORE INSERT ON clientes_scoredecredito FOR EACH ROW
  EXECUTE FUNCTION lgpd_biro_do_cliente();
CREATE TRIGGER lgpd_biro_que_volta BEFORE INSERT ON clientes_restricaodecredito FOR EACH ROW
  EXECUTE FUNCTION lgpd_biro_do_cliente();
CREATE TRIGGER lgpd_biro_que_volta BEFORE INSERT ON clientes_scoredefornecedor FOR EACH ROW
  EXECUTE FUNCTION lgpd_biro_do_fornecedor();
CREATE TRIGGER lgpd_biro_que_volta BEFORE INSERT ON clientes_restricaodefornecedor FOR EACH ROW
  EXECUTE FUNCTION lgpd_biro_do_fornecedor();
"""
VOLTARIA = """
DROP TRIGGER lgpd_biro_que_volta ON clientes_scoredecredito;
DROP TRIGGER lgpd_biro_que_volta ON clientes_restricaodecredito;
DROP TRIGGER lgpd_biro_que_volta ON clientes_scoredefornecedor;
DROP TRIGGER lgpd_biro_que_volta ON clientes_restricaodefornecedor;
DROP FUNCTION lgpd_biro_do_cliente(), lgpd_biro_do_fornecedor();
"""


class Migration(migrations.Migration):
    dependencies = [("clientes", "0028_busca_sem_canal_fechado")]

    operations = [
        migrations.RunSQL(TROCAR, "DROP FUNCTION lgpd_trocar(jsonb, text, text);"),
        migrations.RunSQL(NAO_VOLTA, VOLTARIA),
    ]
