"""A distribuição das medidas de cada empresa, que a rodada completa conta e a incremental move. Nasce vazia: a primeira conta-a."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('atividade', '0023_indices_da_noite'),
        ('contas', '0016_credito_por_papel'),
    ]

    operations = [
        migrations.CreateModel(
            name='Distribuicao',
            fields=[
                ('empresa', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='contas.empresa', verbose_name='empresa')),
                ('calculada_em', models.DateTimeField(verbose_name='calculada em')),
                ('versao', models.PositiveSmallIntegerField(verbose_name='versão das faixas')),
                ('medidas', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=1), size=None, verbose_name='medidas')),
                ('faixas', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None, verbose_name='faixas')),
                ('clientes', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveIntegerField(), size=None, verbose_name='clientes')),
                ('somas', django.contrib.postgres.fields.ArrayField(base_field=models.DecimalField(decimal_places=2, max_digits=20), size=None, verbose_name='somas')),
            ],
            options={
                'verbose_name': 'distribuição das medidas',
                'verbose_name_plural': 'distribuições das medidas',
            },
        ),
    ]
