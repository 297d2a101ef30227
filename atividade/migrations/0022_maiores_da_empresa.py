"""A lista de quem vê a empresa inteira lê do maior valor ao menor por um índice, em vez de ordenar todos.

Sai outro em troca: a carteira de um vendedor já se lê inteira de `ind_carteira`. Quem escreve nos indicadores não
espera; só a tabela repartida, que não sabe mudar de índice sem travar, espera.
"""

from django.db import migrations, models

from atividade.migrations._sem_travar import Acrescentar, Tirar


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("atividade", "0021_volta_ao_perfil")]

    operations = [
        Acrescentar(
            model_name="indicadores",
            index=models.Index(fields=["empresa", "-valor_12m", "cliente"], name="ind_empresa_maiores"),
        ),
        Tirar(model_name="indicadores", name="ind_vendedor_recencia"),
    ]
