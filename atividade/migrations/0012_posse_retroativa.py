"""Uma troca de dono com data passada desmente os retratos dessa data em diante: a noite seguinte os refaz."""

from django.db import migrations

GATILHOS = """
CREATE FUNCTION atividade_posse_mudou() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO atividade_sujo (cliente_id, desde)
  SELECT m.cliente_id, min(lower(m.periodo)) FROM mudados m
    JOIN clientes_cliente c ON c.id = m.cliente_id JOIN contas_empresa e ON e.id = c.empresa_id
   WHERE lower(m.periodo) <= e.referencia GROUP BY 1;
  RETURN NULL;
END $$;
CREATE TRIGGER posse_entrou AFTER INSERT ON clientes_periododecarteira
  REFERENCING NEW TABLE AS mudados FOR EACH STATEMENT EXECUTE FUNCTION atividade_posse_mudou();
CREATE TRIGGER posse_saiu AFTER DELETE ON clientes_periododecarteira
  REFERENCING OLD TABLE AS mudados FOR EACH STATEMENT EXECUTE FUNCTION atividade_posse_mudou();
"""
VOLTA = """
DROP TRIGGER posse_entrou ON clientes_periododecarteira;
DROP TRIGGER posse_saiu ON clientes_periododecarteira;
DROP FUNCTION atividade_posse_mudou();
"""


class Migration(migrations.Migration):
    dependencies = [("atividade", "0011_criterios_e_avaliacao_da_fila"), ("clientes", "0011_transferencias")]

    operations = [migrations.RunSQL(GATILHOS, VOLTA)]
