from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Sem travar: quem escreve nos clientes não espera o índice."""

    atomic = False
    dependencies = [("clientes", "0018_contato_por_dia")]

    operations = [
        AddIndexConcurrently(
            model_name="cliente",
            index=models.Index(fields=["equipe", "empresa", "id"], include=("municipio", "perfil", "porte"), name="cliente_cruzado"),
        ),
    ]
