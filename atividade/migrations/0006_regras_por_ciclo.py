"""Regras por ciclo: os múltiplos no limiar e o ciclo que a última rodada regular viu em cada cliente."""

import django.db.models.functions.comparison
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('atividade', '0005_gatilhos_sem_impasse'),
        ('clientes', '0003_pedidos_por_empresa'),
        ('contas', '0003_demonstracao'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='indicadores',
            name='ciclo_historico',
            field=models.DecimalField(blank=True, decimal_places=4, max_digits=12, null=True, verbose_name='ciclo na história'),
        ),
        migrations.AddField(
            model_name='limiar',
            name='ciclo_inativo',
            field=models.DecimalField(blank=True, decimal_places=2, max_digits=5, null=True, verbose_name='inativo após (× ciclo)'),
        ),
        migrations.AddField(
            model_name='limiar',
            name='ciclo_inativo_max',
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='inativo: no máximo'),
        ),
        migrations.AddField(
            model_name='limiar',
            name='ciclo_inativo_min',
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='inativo: no mínimo'),
        ),
        migrations.AddField(
            model_name='limiar',
            name='ciclo_quase',
            field=models.DecimalField(blank=True, decimal_places=2, max_digits=5, null=True, verbose_name='quase inativo após (× ciclo)'),
        ),
        migrations.AddField(
            model_name='limiar',
            name='ciclo_quase_max',
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='quase inativo: no máximo'),
        ),
        migrations.AddField(
            model_name='limiar',
            name='ciclo_quase_min',
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='quase inativo: no mínimo'),
        ),
        migrations.AddConstraint(
            model_name='limiar',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ciclo_inativo__isnull', True), ('ciclo_inativo_max__isnull', True), ('ciclo_inativo_min__isnull', True), ('ciclo_quase__isnull', True), ('ciclo_quase_max__isnull', True), ('ciclo_quase_min__isnull', True)), models.Q(('ciclo_inativo__gt', models.F('ciclo_quase')), ('ciclo_inativo__isnull', False), ('ciclo_inativo_max__gte', django.db.models.functions.comparison.Greatest(models.F('ciclo_inativo_min'), models.F('ciclo_quase_max'))), ('ciclo_inativo_max__isnull', False), ('ciclo_inativo_min__gte', django.db.models.functions.comparison.Greatest(models.F('ciclo_quase_min'), 2)), ('ciclo_inativo_min__isnull', False), ('ciclo_quase__gt', 0), ('ciclo_quase__isnull', False), ('ciclo_quase_max__gte', models.F('ciclo_quase_min')), ('ciclo_quase_max__isnull', False), ('ciclo_quase_min__gte', 1), ('ciclo_quase_min__isnull', False), ('herda', False)), _connector='OR'), name='limiar_ciclo_inteiro_ou_ausente'),
        ),
        # A história já escrita passa a dizer o ciclo de então; a consulta a uma data passada não o mostra.
        migrations.RunSQL(
            "UPDATE atividade_indicadores i SET ciclo_historico = i.intervalo_mediano_dias "
            "FROM contas_empresa e "
            "WHERE e.id = i.empresa_id AND NOT e.consulta_passada AND i.status_historico <> '' "
            "AND i.dias_de_compra >= 3",
            migrations.RunSQL.noop,
        ),
    ]
