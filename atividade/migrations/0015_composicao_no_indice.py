from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Sem travar: quem escreve nos indicadores não espera o índice."""

    atomic = False
    dependencies = [("atividade", "0014_mudancas_recentes"), ("clientes", "0013_mudancas_de_credito")]

    operations = [
        AddIndexConcurrently(
            model_name="indicadores",
            index=models.Index(
                fields=["equipe", "empresa", "cliente"],
                include=(
                    "status", "vendedor", "segmento", "uf", "curva_abc", "valor_12m", "valor_ano_ativo", "novo_ate",
                    "recuperado_ate", "antigo_em",
                ),
                name="ind_da_equipe",
            ),
        ),
    ]  # fmt: skip
