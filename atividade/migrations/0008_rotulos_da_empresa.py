"""Como a empresa chama cada status e cada marca."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('atividade', '0007_retratos_refeitos'),
    ]

    operations = [
        migrations.AddField(
            model_name='parametrosdaatividade',
            name='rotulos',
            field=models.JSONField(blank=True, default=dict, verbose_name='rótulos'),
        ),
    ]
