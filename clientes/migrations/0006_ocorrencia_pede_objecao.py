"""Os resultados que perguntam a objeção: quem não quer, ou vai pensar, tem uma."""

from django.db import migrations, models


def marcar(apps, schema_editor):
    ocorrencias = apps.get_model("clientes", "Ocorrencia").objects
    ocorrencias.filter(nome__in=("Não quer", "Vai pensar")).update(pede_objecao=True)


class Migration(migrations.Migration):
    dependencies = [("clientes", "0005_catalogos_de_partida")]
    operations = [
        migrations.AddField(
            model_name="ocorrencia",
            name="pede_objecao",
            field=models.BooleanField(default=False, verbose_name="pergunta a objeção"),
        ),
        migrations.RunPython(marcar, migrations.RunPython.noop),
    ]
