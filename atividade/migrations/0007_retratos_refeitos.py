"""Um fato que muda leva a sua data: os retratos desse dia em diante são refeitos na noite seguinte."""

from django.db import migrations, models

CLIENTES = """
CREATE OR REPLACE FUNCTION atividade_cliente_nasceu() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO atividade_indicadores (cliente_id, empresa_id, vendedor_id, equipe_id, segmento_id, uf)
  SELECT id, empresa_id, vendedor_id, equipe_id, segmento_id, uf FROM novos
  ON CONFLICT (cliente_id) DO NOTHING;
  INSERT INTO atividade_sujo (cliente_id, desde) SELECT id, cadastrado_em FROM novos;
  RETURN NULL;
END $$;
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
  INSERT INTO atividade_sujo (cliente_id, desde)
  SELECT n.id, least(CASE WHEN a.encerrado_em IS DISTINCT FROM n.encerrado_em
                          THEN least(a.encerrado_em, n.encerrado_em) END,
                     CASE WHEN a.cadastrado_em IS DISTINCT FROM n.cadastrado_em
                          THEN least(a.cadastrado_em, n.cadastrado_em) END)
    FROM novos n JOIN antigos a ON a.id = n.id
   WHERE (a.segmento_id, a.empresa_id, a.encerrado_em, a.cadastrado_em)
         IS DISTINCT FROM (n.segmento_id, n.empresa_id, n.encerrado_em, n.cadastrado_em);
  RETURN NULL;
END $$;
"""

# Só compra que conta muda retrato: `desde` é nulo para canceladas, devolvidas e orçamentos.
PEDIDOS = """
CREATE OR REPLACE FUNCTION atividade_pedido_entrou() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO atividade_sujo (cliente_id, desde)
  SELECT cliente_id, min(data) FILTER (WHERE conta) FROM novos GROUP BY 1;
  RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION atividade_pedido_saiu() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO atividade_sujo (cliente_id, desde)
  SELECT cliente_id, min(data) FILTER (WHERE conta) FROM antigos GROUP BY 1;
  RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION atividade_pedido_mudou() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO atividade_sujo (cliente_id, desde)
  SELECT c.id, min(c.data) FILTER (WHERE c.conta)
    FROM novos n JOIN antigos a ON a.id = n.id
   CROSS JOIN LATERAL (VALUES (a.cliente_id, a.data, a.conta), (n.cliente_id, n.data, n.conta)) AS c (id, data, conta)
   WHERE (a.cliente_id, a.empresa_id, a.data, a.valor, a.conta, a.situacao)
         IS DISTINCT FROM (n.cliente_id, n.empresa_id, n.data, n.valor, n.conta, n.situacao)
   GROUP BY 1;
  RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("atividade", "0006_regras_por_ciclo")]

    # Sem volta: as funções de antes só existem em 0004 e 0005, e as novas escrevem a coluna `desde`.
    operations = [
        migrations.AddField(
            "sujo", "desde", models.DateField(verbose_name="primeira data que mudou", null=True)
        ),
        migrations.AddField(
            "estadodorecalculo",
            "retratos_desde",
            models.DateField(verbose_name="retratos a refazer desde", null=True),
        ),
        migrations.RunSQL(CLIENTES + PEDIDOS),
    ]
