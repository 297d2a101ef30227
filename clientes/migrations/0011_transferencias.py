"""As trocas de dono em lote, as regras de quem atende o quê e as sugestões dispensadas."""

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('clientes', '0010_listas_de_trabalho'),
        ('contas', '0005_um_substituto_por_vez'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ParametrosDaCarteira',
            fields=[
                ('empresa', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='parametros_da_carteira', serialize=False, to='contas.empresa', verbose_name='empresa')),
                ('pequeno_ate', models.DecimalField(decimal_places=2, default=Decimal('0'), max_digits=14, validators=[django.core.validators.MinValueValidator(0)], verbose_name='cliente pequeno: menos de (R$ por ano)')),
                ('acima_da_media', models.PositiveSmallIntegerField(default=50, validators=[django.core.validators.MinValueValidator(5)], verbose_name='desequilíbrio: acima da média da equipe em (%)')),
                ('meses_de_descanso', models.PositiveSmallIntegerField(default=6, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(60)], verbose_name='dispensada, a sugestão volta em (meses)')),
            ],
            options={
                'verbose_name': 'parâmetros da carteira',
                'verbose_name_plural': 'parâmetros da carteira',
            },
        ),
        migrations.CreateModel(
            name='Transferencia',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('origem', models.CharField(choices=[('lista', 'Lista de clientes'), ('ficha', 'Ficha do cliente'), ('pessoa', 'Carteira de uma pessoa'), ('sugestao', 'Sugestão'), ('desligamento', 'Desligamento'), ('importacao', 'Importação')], max_length=12, verbose_name='origem')),
                ('em', models.DateField(verbose_name='vale desde')),
                ('motivo', models.CharField(max_length=120, verbose_name='motivo')),
                ('feita_em', models.DateTimeField(default=django.utils.timezone.now, verbose_name='feita em')),
                ('desfeita_em', models.DateTimeField(blank=True, null=True, verbose_name='desfeita em')),
                ('desfeita_por', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='desfeita por')),
                ('importacao', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='clientes.importacao', verbose_name='importação')),
                ('por', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='por')),
            ],
            options={
                'verbose_name': 'transferência',
                'verbose_name_plural': 'transferências',
                'ordering': ('-feita_em', '-id'),
                'indexes': [
                    models.Index(fields=['-feita_em', '-id'], name='transferencia_recente'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ItemDeTransferencia',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('periodos_antes', models.JSONField(default=list, verbose_name='períodos de antes')),
                ('agendamentos', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None, verbose_name='compromissos que seguiram')),
                ('desfeito_em', models.DateTimeField(blank=True, null=True, verbose_name='desfeito em')),
                ('cliente', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='trocas', to='clientes.cliente', verbose_name='cliente')),
                ('de', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='de')),
                ('de_equipe', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contas.equipe', verbose_name='da equipe')),
                ('para', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='para')),
                ('para_equipe', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contas.equipe', verbose_name='para a equipe')),
                ('transferencia', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='itens', to='clientes.transferencia', verbose_name='transferência')),
            ],
            options={
                'verbose_name': 'cliente da transferência',
                'verbose_name_plural': 'clientes das transferências',
                'constraints': [
                    models.UniqueConstraint(fields=('transferencia', 'cliente'), name='transferencia_cliente_unico'),
                    models.CheckConstraint(condition=models.Q(models.Q(('de__isnull', True), ('para__isnull', False)), models.Q(('de__isnull', False), ('para__isnull', True)), models.Q(('de__isnull', False), ('para__isnull', False), models.Q(('de', models.F('para')), _negated=True)), _connector='OR'), name='transferencia_troca'),
                ],
            },
        ),
        migrations.AddField(
            model_name='periododecarteira',
            name='transferencia',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='periodos', to='clientes.transferencia', verbose_name='transferência'),
        ),
        migrations.CreateModel(
            name='RegraDeAtribuicao',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ordem', models.PositiveSmallIntegerField(default=1, verbose_name='ordem')),
                ('perfil', models.CharField(blank=True, max_length=60, verbose_name='perfil')),
                ('uf', models.CharField(blank=True, max_length=2, verbose_name='UF')),
                ('empresa', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='regras_de_atribuicao', to='contas.empresa', verbose_name='empresa')),
                ('segmento', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='clientes.segmento', verbose_name='segmento')),
                ('vendedores', models.ManyToManyField(related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='vendedores')),
            ],
            options={
                'verbose_name': 'regra de atribuição',
                'verbose_name_plural': 'regras de atribuição',
                'ordering': ('ordem', 'id'),
                'constraints': [models.CheckConstraint(condition=models.Q(('uf', ''), ('uf__in', ('AC', 'AL', 'AM', 'AP', 'BA', 'CE', 'DF', 'ES', 'GO', 'MA', 'MG', 'MS', 'MT', 'PA', 'PB', 'PE', 'PI', 'PR', 'RJ', 'RN', 'RO', 'RR', 'RS', 'SC', 'SE', 'SP', 'TO')), _connector='OR'), name='atribuicao_uf_conhecida'), models.UniqueConstraint(fields=('empresa', 'segmento', 'perfil', 'uf'), name='atribuicao_unica', nulls_distinct=False)],
            },
        ),
        migrations.CreateModel(
            name='SugestaoDispensada',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('tipo', models.CharField(choices=[('pequeno', 'Cliente pequeno de vendedor externo'), ('sem_dono', 'Cliente sem vendedor'), ('desequilibrio', 'Carteira acima da média')], max_length=13, verbose_name='tipo')),
                ('motivo', models.CharField(max_length=120, verbose_name='motivo')),
                ('em', models.DateField(verbose_name='em')),
                ('ate', models.DateField(verbose_name='até')),
                ('cliente', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='clientes.cliente', verbose_name='cliente')),
                ('por', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='por')),
                ('vendedor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='vendedor')),
            ],
            options={
                'verbose_name': 'sugestão dispensada',
                'verbose_name_plural': 'sugestões dispensadas',
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('cliente__isnull', False), ('vendedor__isnull', True)), models.Q(('cliente__isnull', True), ('vendedor__isnull', False)), _connector='OR'), name='dispensada_de_um_so'), models.UniqueConstraint(fields=('tipo', 'cliente', 'vendedor'), name='dispensada_unica', nulls_distinct=False)],
            },
        ),
    ]
