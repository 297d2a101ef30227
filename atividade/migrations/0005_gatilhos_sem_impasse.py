"""Quem muda muitos clientes de uma vez espera o recálculo terminar, em vez de cruzar com ele.

O recálculo escreve os indicadores em ordem própria; outro comando que escreva vários deles em outra
ordem fecharia um ciclo, e o banco derrubaria um dos dois. A trava é a mesma do recálculo (7301, empresa),
compartilhada. Uma linha só nunca fecha ciclo: registrar um contato não espera.
"""

from django.db import migrations

ESPERAR = """
CREATE FUNCTION atividade_esperar_recalculo(clientes bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF cardinality(clientes) > 1 THEN
    PERFORM pg_advisory_xact_lock_shared(7301, e.id)
       FROM (SELECT DISTINCT c.empresa_id::int AS id FROM clientes_cliente c
              WHERE c.id = ANY(clientes) ORDER BY 1) e;
  END IF;
END $$;
"""

MUDAR = """
CREATE OR REPLACE FUNCTION atividade_cliente_mudou() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM atividade_esperar_recalculo(array(
    SELECT n.id FROM novos n JOIN antigos a ON a.id = n.id
     WHERE (a.empresa_id, a.vendedor_id, a.equipe_id, a.segmento_id, a.uf)
           IS DISTINCT FROM (n.empresa_id, n.vendedor_id, n.equipe_id, n.segmento_id, n.uf)));
  UPDATE atividade_indicadores i
     SET empresa_id = n.empresa_id, vendedor_id = n.vendedor_id, equipe_id = n.equipe_id,
         segmento_id = n.segmento_id, uf = n.uf
    FROM novos n JOIN antigos a ON a.id = n.id
   WHERE i.cliente_id = n.id
     AND (a.empresa_id, a.vendedor_id, a.equipe_id, a.segmento_id, a.uf)
         IS DISTINCT FROM (n.empresa_id, n.vendedor_id, n.equipe_id, n.segmento_id, n.uf);
  INSERT INTO atividade_sujo (cliente_id)
  SELECT n.id FROM novos n JOIN antigos a ON a.id = n.id
   WHERE (a.segmento_id, a.empresa_id) IS DISTINCT FROM (n.segmento_id, n.empresa_id);
  RETURN NULL;
END $$;
"""

CONTATOS = """
CREATE OR REPLACE FUNCTION atividade_ultimo_contato(clientes bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM atividade_esperar_recalculo(clientes);
  UPDATE atividade_indicadores i
     SET ultimo_contato_em = u.em
    FROM (SELECT alvo.id, (SELECT max(c.em) FROM clientes_contato c JOIN clientes_ocorrencia o ON o.id = c.ocorrencia_id
                            WHERE c.cliente_id = alvo.id AND c.desfeito_em IS NULL AND o.efetiva) AS em
            FROM unnest(clientes) AS alvo (id)) u
   WHERE i.cliente_id = u.id AND i.ultimo_contato_em IS DISTINCT FROM u.em;
END $$;
CREATE OR REPLACE FUNCTION atividade_contato_entrou() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM atividade_esperar_recalculo(array(SELECT DISTINCT cliente_id FROM novos));
  UPDATE atividade_indicadores i
     SET ultimo_contato_em = greatest(i.ultimo_contato_em, n.em)
    FROM (SELECT c.cliente_id, max(c.em) AS em FROM novos c JOIN clientes_ocorrencia o ON o.id = c.ocorrencia_id
           WHERE c.desfeito_em IS NULL AND o.efetiva GROUP BY 1) n
   WHERE i.cliente_id = n.cliente_id AND (i.ultimo_contato_em IS NULL OR i.ultimo_contato_em < n.em);
  RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("atividade", "0004_gatilhos")]

    # As funções continuam chamadas pelos gatilhos de antes; desfazer deixa as novas, que dizem o mesmo.
    operations = [migrations.RunSQL(ESPERAR + MUDAR + CONTATOS, migrations.RunSQL.noop)]
