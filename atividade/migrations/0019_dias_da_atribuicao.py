from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("atividade", "0018_gatilhos_replanejados")]

    operations = [
        migrations.AddField(
            model_name="parametrosdaatividade",
            name="dias_atribuicao",
            field=models.PositiveSmallIntegerField(
                db_default=30, default=30, verbose_name="dias do contato ao pedido"
            ),
        ),
        migrations.AddConstraint(
            model_name="parametrosdaatividade",
            constraint=models.CheckConstraint(
                condition=Q(("dias_atribuicao__gt", 0), ("dias_atribuicao__lte", 180)),
                name="parametros_da_atribuicao",
            ),
        ),
    ]
