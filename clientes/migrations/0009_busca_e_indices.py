"""A busca em conjunto (cliente, pessoas, anotações) e os índices que os filtros pedem."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import django.db.models.functions.comparison
from django.db import migrations, models

import clientes.models.cliente

# As duas partes gêmeas de `clientes.busca`: as palavras de um texto e os finais de um telefone.
PALAVRAS = r"""
CREATE FUNCTION clientes_palavras(texto text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT array_to_tsvector(coalesce(array_agg(left(p, 60)), '{}'))
    FROM regexp_split_to_table(sem_acento(texto), '[\x01-\x2f\x3a-\x60\x7b-\xbf\u2000-\u206f]+') AS p
   WHERE p <> ''
$$;
CREATE FUNCTION clientes_numeros(texto text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT array_to_tsvector(coalesce(array_agg(x), '{}'))
    FROM (SELECT left(regexp_replace(texto, '\D', '', 'g'), 30) AS n) d
   CROSS JOIN LATERAL unnest(ARRAY[n, regexp_replace(n, '^55(?=\d{10,11}$)', ''), '<' || reverse(n)]) AS x
   WHERE n <> ''
$$;
"""

DO_CLIENTE = """clientes_palavras(concat_ws(' ', c.razao_social, c.nome_fantasia, c.codigo, c.documento, c.cidade,
           c.email, c.observacao)) || clientes_palavras(regexp_replace(c.codigo, '[^[:alnum:]]+', '', 'g'))
         || clientes_numeros(c.telefone)"""
DA_PESSOA = "clientes_palavras(concat_ws(' ', p.nome, p.email, p.observacao)) || clientes_numeros(p.telefone)"
# O que se anotou é a parte sem fim: entram as últimas, e o vetor não passa do que o banco guarda.
ANOTACOES = 200

REFAZER = f"""
CREATE AGGREGATE clientes_juntar(tsvector) (SFUNC = tsvector_concat, STYPE = tsvector, INITCOND = '');
CREATE FUNCTION clientes_refazer_busca(alvos bigint[]) RETURNS void LANGUAGE sql AS $$
  UPDATE clientes_textodebusca b
     SET palavras = n.palavras
    FROM (SELECT c.id, {DO_CLIENTE}
                 || coalesce((SELECT clientes_juntar({DA_PESSOA}) FROM clientes_pessoadecontato p
                               WHERE p.cliente_id = c.id), '')
                 || coalesce((SELECT clientes_palavras(string_agg(left(o.observacao, 4000), ' '))
                                FROM (SELECT observacao FROM clientes_contato
                                       WHERE cliente_id = c.id AND desfeito_em IS NULL AND observacao <> ''
                                       ORDER BY em DESC LIMIT {ANOTACOES}) o), '') AS palavras
            FROM clientes_cliente c WHERE c.id = ANY(alvos)) n
   WHERE b.cliente_id = n.id AND b.palavras IS DISTINCT FROM n.palavras
$$;
"""

GATILHOS = f"""
CREATE FUNCTION clientes_busca_cliente_nasceu() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO clientes_textodebusca (cliente_id, palavras)
  SELECT c.id, {DO_CLIENTE} FROM novos c ON CONFLICT (cliente_id) DO NOTHING;
  RETURN NULL;
END $$;
CREATE FUNCTION clientes_busca_cliente_mudou() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM clientes_refazer_busca(array(
    SELECT c.id FROM novos c JOIN antigos a ON a.id = c.id
     WHERE (a.razao_social, a.nome_fantasia, a.codigo, a.documento, a.cidade, a.email, a.observacao, a.telefone)
           IS DISTINCT FROM
           (c.razao_social, c.nome_fantasia, c.codigo, c.documento, c.cidade, c.email, c.observacao, c.telefone)));
  RETURN NULL;
END $$;
CREATE FUNCTION clientes_busca_pessoa_entrou() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE clientes_textodebusca b SET palavras = b.palavras || n.palavras
    FROM (SELECT p.cliente_id, clientes_juntar({DA_PESSOA}) AS palavras FROM novos p GROUP BY 1) n
   WHERE b.cliente_id = n.cliente_id;
  RETURN NULL;
END $$;
CREATE FUNCTION clientes_busca_pessoa_mudou() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM clientes_refazer_busca(array(
    SELECT unnest(ARRAY[a.cliente_id, p.cliente_id]) FROM novos p JOIN antigos a ON a.id = p.id
     WHERE (a.cliente_id, a.nome, a.email, a.telefone, a.observacao)
           IS DISTINCT FROM (p.cliente_id, p.nome, p.email, p.telefone, p.observacao)));
  RETURN NULL;
END $$;
CREATE FUNCTION clientes_busca_contato_entrou() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE clientes_textodebusca b SET palavras = b.palavras || n.palavras
    FROM (SELECT cliente_id, clientes_palavras(string_agg(left(observacao, 4000), ' ')) AS palavras FROM novos
           WHERE observacao <> '' AND desfeito_em IS NULL GROUP BY 1) n
   WHERE b.cliente_id = n.cliente_id AND length(b.palavras) < 20000 AND length(n.palavras) < 20000;
  RETURN NULL;
END $$;
CREATE FUNCTION clientes_busca_contato_mudou() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM clientes_refazer_busca(array(
    SELECT unnest(ARRAY[a.cliente_id, n.cliente_id]) FROM novos n JOIN antigos a ON a.id = n.id
     WHERE (a.cliente_id, a.observacao, a.desfeito_em IS NULL)
           IS DISTINCT FROM (n.cliente_id, n.observacao, n.desfeito_em IS NULL)
       AND (a.observacao <> '' OR n.observacao <> '')));
  RETURN NULL;
END $$;
CREATE FUNCTION clientes_busca_saiu() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM clientes_refazer_busca(array(SELECT DISTINCT cliente_id FROM antigos));
  RETURN NULL;
END $$;
CREATE TRIGGER clientes_busca_cliente_nasceu AFTER INSERT ON clientes_cliente
  REFERENCING NEW TABLE AS novos FOR EACH STATEMENT EXECUTE FUNCTION clientes_busca_cliente_nasceu();
CREATE TRIGGER clientes_busca_cliente_mudou AFTER UPDATE ON clientes_cliente
  REFERENCING OLD TABLE AS antigos NEW TABLE AS novos FOR EACH STATEMENT
  EXECUTE FUNCTION clientes_busca_cliente_mudou();
CREATE TRIGGER clientes_busca_pessoa_entrou AFTER INSERT ON clientes_pessoadecontato
  REFERENCING NEW TABLE AS novos FOR EACH STATEMENT EXECUTE FUNCTION clientes_busca_pessoa_entrou();
CREATE TRIGGER clientes_busca_pessoa_mudou AFTER UPDATE ON clientes_pessoadecontato
  REFERENCING OLD TABLE AS antigos NEW TABLE AS novos FOR EACH STATEMENT
  EXECUTE FUNCTION clientes_busca_pessoa_mudou();
CREATE TRIGGER clientes_busca_pessoa_saiu AFTER DELETE ON clientes_pessoadecontato
  REFERENCING OLD TABLE AS antigos FOR EACH STATEMENT EXECUTE FUNCTION clientes_busca_saiu();
CREATE TRIGGER clientes_busca_contato_entrou AFTER INSERT ON clientes_contato
  REFERENCING NEW TABLE AS novos FOR EACH STATEMENT EXECUTE FUNCTION clientes_busca_contato_entrou();
CREATE TRIGGER clientes_busca_contato_mudou AFTER UPDATE ON clientes_contato
  REFERENCING OLD TABLE AS antigos NEW TABLE AS novos FOR EACH STATEMENT
  EXECUTE FUNCTION clientes_busca_contato_mudou();
CREATE TRIGGER clientes_busca_contato_saiu AFTER DELETE ON clientes_contato
  REFERENCING OLD TABLE AS antigos FOR EACH STATEMENT EXECUTE FUNCTION clientes_busca_saiu();
"""

# Quem já estava aqui; a chave apaga a linha com o cliente, também num DELETE em conjunto.
INICIO = f"""
INSERT INTO clientes_textodebusca (cliente_id, palavras)
SELECT c.id, {DO_CLIENTE}
       || coalesce((SELECT clientes_juntar({DA_PESSOA}) FROM clientes_pessoadecontato p WHERE p.cliente_id = c.id), '')
       || coalesce((SELECT clientes_palavras(string_agg(left(o.observacao, 4000), ' '))
                      FROM (SELECT observacao FROM clientes_contato
                             WHERE cliente_id = c.id AND desfeito_em IS NULL AND observacao <> ''
                             ORDER BY em DESC LIMIT {ANOTACOES}) o), '')
  FROM clientes_cliente c;
ALTER TABLE clientes_textodebusca ADD CONSTRAINT busca_do_cliente FOREIGN KEY (cliente_id)
  REFERENCES clientes_cliente (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED;
"""

DESFAZER_GATILHOS = """
DROP TRIGGER clientes_busca_cliente_nasceu ON clientes_cliente;
DROP TRIGGER clientes_busca_cliente_mudou ON clientes_cliente;
DROP TRIGGER clientes_busca_pessoa_entrou ON clientes_pessoadecontato;
DROP TRIGGER clientes_busca_pessoa_mudou ON clientes_pessoadecontato;
DROP TRIGGER clientes_busca_pessoa_saiu ON clientes_pessoadecontato;
DROP TRIGGER clientes_busca_contato_entrou ON clientes_contato;
DROP TRIGGER clientes_busca_contato_mudou ON clientes_contato;
DROP TRIGGER clientes_busca_contato_saiu ON clientes_contato;
DROP FUNCTION clientes_busca_cliente_nasceu(), clientes_busca_cliente_mudou(), clientes_busca_pessoa_entrou(),
  clientes_busca_pessoa_mudou(), clientes_busca_contato_entrou(), clientes_busca_contato_mudou(),
  clientes_busca_saiu(), clientes_refazer_busca(bigint[]);
DROP AGGREGATE clientes_juntar(tsvector);
DROP FUNCTION clientes_palavras(text), clientes_numeros(text);
"""


class Migration(migrations.Migration):
    dependencies = [("clientes", "0008_visoes_da_lista")]

    operations = [
        migrations.CreateModel(
            name="TextoDeBusca",
            fields=[
                (
                    "cliente",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="texto_de_busca",
                        serialize=False,
                        to="clientes.cliente",
                        verbose_name="cliente",
                    ),
                ),
                ("palavras", django.contrib.postgres.search.SearchVectorField(verbose_name="palavras")),
            ],
            options={"verbose_name": "texto de busca", "verbose_name_plural": "textos de busca",
                'indexes': [
                    django.contrib.postgres.indexes.GinIndex(fields=["palavras"], name="busca_palavras"),
                ]},
        ),
        migrations.RunSQL(PALAVRAS + REFAZER + GATILHOS + INICIO, DESFAZER_GATILHOS),
        migrations.RemoveIndex(model_name="cliente", name="cliente_busca"),
        migrations.RemoveField(model_name="cliente", name="busca"),
        migrations.AddField(
            model_name="cliente",
            name="nome_da_lista",
            field=models.GeneratedField(
                db_persist=True,
                expression=clientes.models.cliente.SemAcento(
                    django.db.models.functions.comparison.Coalesce(
                        django.db.models.functions.comparison.NullIf(models.F("nome_fantasia"), models.Value("")),
                        models.F("razao_social"),
                    )
                ),
                output_field=models.TextField(),
            ),
        ),
        migrations.AddField(
            model_name="cliente",
            name="cidade_chave",
            field=models.GeneratedField(
                db_persist=True,
                expression=clientes.models.cliente.SemAcento(models.F("cidade")),
                output_field=models.TextField(),
            ),
        ),
        migrations.AddIndex(
            model_name="itemdepedido",
            index=models.Index(
                django.contrib.postgres.indexes.OpClass(
                    clientes.models.cliente.SemAcento("produto_nome"), "text_pattern_ops"
                ),
                include=["pedido"],
                name="item_por_produto",
            ),
        ),
        migrations.AddIndex(
            model_name="itemdepedido",
            index=models.Index(
                clientes.models.cliente.SemAcento("produto_codigo"),
                include=["pedido"],
                name="item_por_codigo",
            ),
        ),
    ]
