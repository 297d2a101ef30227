"""Uma instalação nova já tem uma empresa: quem tem uma só nunca precisa dizer qual."""

from django.db import migrations


def criar(apps, schema_editor):
    apps.get_model("contas", "Empresa").objects.get_or_create(codigo="1", defaults={"nome": "Minha empresa"})
    apps.get_model("contas", "Instalacao").objects.get_or_create(pk=1)


class Migration(migrations.Migration):
    dependencies = [("contas", "0001_initial")]
    operations = [migrations.RunPython(criar, migrations.RunPython.noop)]
