"""Um ausente tem um substituto por vez: o banco recusa outro nos mesmos dias.

Onde dois foram marcados, fica o marcado primeiro; o outro cobre só o que sobrar depois dele. O que encolhe ou
sai fica escrito na auditoria.
"""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
from django.db import migrations

from contas.models.equipe import _faixa_do_id

ACERTAR = """
DO $$
DECLARE c record; outra daterange; nova daterange;
BEGIN
  FOR c IN SELECT v.id, v.ausente_id, v.periodo, a.nome AS ausente, s.nome AS substituto
             FROM contas_cobertura v JOIN contas_usuario a ON a.id = v.ausente_id
             JOIN contas_usuario s ON s.id = v.substituto_id ORDER BY v.id LOOP
    nova := c.periodo;
    FOR outra IN SELECT periodo FROM contas_cobertura
                  WHERE ausente_id = c.ausente_id AND id < c.id AND periodo && c.periodo ORDER BY periodo LOOP
      IF upper_inf(outra) OR upper(outra) >= upper(nova) THEN nova := 'empty';
      ELSIF outra && nova THEN nova := daterange(upper(outra), upper(nova));
      END IF;
      EXIT WHEN isempty(nova);
    END LOOP;
    CONTINUE WHEN nova = c.periodo;
    INSERT INTO contas_registrodeauditoria (acao, objeto, antes, depois, em)
    VALUES ('acertar cobertura', c.ausente,
            jsonb_build_object('substituto', c.substituto, 'período', c.periodo::text),
            jsonb_build_object('período', nova::text), now());
    IF isempty(nova) THEN DELETE FROM contas_cobertura WHERE id = c.id;
    ELSE UPDATE contas_cobertura SET periodo = nova WHERE id = c.id;
    END IF;
  END LOOP;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("contas", "0004_parametros_da_agenda")]

    operations = [
        migrations.RunSQL(ACERTAR, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="cobertura",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    (_faixa_do_id("ausente_id"), django.contrib.postgres.fields.ranges.RangeOperators.OVERLAPS),
                    ("periodo", django.contrib.postgres.fields.ranges.RangeOperators.OVERLAPS),
                ],
                name="cobertura_um_substituto_por_vez",
                violation_error_message="Já há quem cubra esta pessoa nesses dias.",
            ),
        ),
    ]
