from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("atividade", "0019_dias_da_atribuicao"),
    ]

    operations = [
        migrations.AddField(
            model_name="parametrosdaatividade",
            name="grupos_rfv",
            field=models.JSONField(blank=True, db_default={}, default=dict, verbose_name="grupos do RFV"),
        ),
    ]
