"""Que papéis veem score e restrições; o banco guarda em cada pessoa o que o papel dela vê."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

PAPEIS = [("vendedor", "Vendedor"), ("gestor", "Gestor"), ("admin", "Administrador de vendas"), ("leitura", "Leitura")]

# O gatilho de quem decide trava a tabela de pessoas: a que nascesse nesse meio-tempo ficaria com a decisão de antes.
GATILHOS = r"""
CREATE FUNCTION contas_credito_do_papel(de text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT de = 'admin' OR coalesce(
    (SELECT de = ANY (c.papeis) FROM contas_creditoporpapel c ORDER BY c.id DESC LIMIT 1), de = 'gestor')
$$;
CREATE FUNCTION contas_pessoa_do_papel() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.credito_do_papel := contas_credito_do_papel(NEW.papel);
  RETURN NEW;
END $$;
CREATE TRIGGER pessoa_do_papel BEFORE INSERT OR UPDATE OF papel, credito_do_papel ON contas_usuario
  FOR EACH ROW EXECUTE FUNCTION contas_pessoa_do_papel();
CREATE FUNCTION contas_papeis_do_credito() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  LOCK TABLE contas_usuario IN SHARE ROW EXCLUSIVE MODE;
  UPDATE contas_usuario SET credito_do_papel = contas_credito_do_papel(papel)
   WHERE credito_do_papel <> contas_credito_do_papel(papel);
  RETURN NULL;
END $$;
CREATE TRIGGER papeis_do_credito AFTER INSERT OR UPDATE OR DELETE ON contas_creditoporpapel
  FOR EACH STATEMENT EXECUTE FUNCTION contas_papeis_do_credito();
UPDATE contas_usuario SET credito_do_papel = true WHERE papel IN ('gestor', 'admin');
"""
SEM_GATILHOS = """
DROP TRIGGER pessoa_do_papel ON contas_usuario;
DROP TRIGGER papeis_do_credito ON contas_creditoporpapel;
DROP FUNCTION contas_pessoa_do_papel(), contas_papeis_do_credito(), contas_credito_do_papel(text);
"""


class Migration(migrations.Migration):
    dependencies = [("contas", "0015_credito_por_pessoa")]

    operations = [
        migrations.CreateModel(
            name="CreditoPorPapel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("papeis", django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=PAPEIS, max_length=10), blank=True, default=list, size=None, verbose_name="veem")),
                ("motivo", models.CharField(blank=True, max_length=200, verbose_name="motivo")),
                ("em", models.DateTimeField(auto_now_add=True, verbose_name="em")),
                ("por", models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="por")),
            ],
            options={
                "verbose_name": "crédito por papel",
                "verbose_name_plural": "crédito por papel",
                "ordering": ("-id",),
                "constraints": [models.CheckConstraint(condition=models.Q(("papeis__contained_by", ["gestor", "vendedor", "leitura"])), name="credito_por_papel_conhecido")],
            },
        ),
        migrations.AddField(
            model_name="usuario",
            name="credito_do_papel",
            field=models.BooleanField(db_default=False, editable=False, verbose_name="crédito pelo papel"),
        ),
        migrations.RunSQL(GATILHOS, SEM_GATILHOS),
    ]
