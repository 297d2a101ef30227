"""Base e origem dos dados de cada pessoa, oposição por canal, lista de bloqueio, quem viu, e a marca de quem saiu."""

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("clientes", "0022_importacao_que_volta"),
        ("contas", "0013_auditoria_so_acrescenta"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ParametrosDeLgpd',
            fields=[
                ('empresa', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='lgpd', serialize=False, to='contas.empresa', verbose_name='empresa')),
                ('controlador', models.CharField(blank=True, max_length=160, verbose_name='controlador')),
                ('encarregado', models.CharField(blank=True, max_length=120, verbose_name='encarregado dos dados')),
                ('encarregado_email', models.EmailField(blank=True, max_length=254, verbose_name='e-mail do encarregado')),
                ('base', models.CharField(choices=[('interesse', 'Legítimo interesse'), ('contrato', 'Execução de contrato'), ('consentimento', 'Consentimento'), ('obrigacao', 'Obrigação legal'), ('credito', 'Proteção ao crédito'), ('direitos', 'Exercício de direitos')], default='interesse', max_length=14, verbose_name='base legal de quem não tem outra')),
                ('base_dos_clientes', models.CharField(choices=[('interesse', 'Legítimo interesse'), ('contrato', 'Execução de contrato'), ('consentimento', 'Consentimento'), ('obrigacao', 'Obrigação legal'), ('credito', 'Proteção ao crédito'), ('direitos', 'Exercício de direitos')], default='contrato', max_length=14, verbose_name='base legal de quem já comprou')),
            ],
            options={
                'verbose_name': 'parâmetros da LGPD',
                'verbose_name_plural': 'parâmetros da LGPD',
            },
        ),
        migrations.AddField(
            model_name='cliente',
            name='anonimizado_em',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='anonimizado em'),
        ),
        migrations.AddField(
            model_name='pessoadecontato',
            name='anonimizada_em',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='anonimizada em'),
        ),
        migrations.CreateModel(
            name='Bloqueio',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('tipo', models.CharField(choices=[('telefone', 'Telefone'), ('email', 'E-mail')], max_length=8, verbose_name='tipo')),
                ('resumo', models.CharField(max_length=64, unique=True, verbose_name='resumo')),
                ('final', models.CharField(max_length=12, verbose_name='final')),
                ('lista', models.CharField(max_length=60, verbose_name='lista')),
                ('em', models.DateField(verbose_name='data na lista')),
                ('incluido_em', models.DateTimeField(default=django.utils.timezone.now, verbose_name='incluído em')),
                ('por', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='incluído por')),
            ],
            options={
                'verbose_name': 'bloqueio',
                'verbose_name_plural': 'bloqueios',
                'ordering': ('-id',),
            },
        ),
        migrations.CreateModel(
            name='RegraDeRetencao',
            fields=[
                ('tipo', models.CharField(choices=[('vistas', 'Quem viu cada ficha'), ('mensagens', 'Texto das mensagens enviadas'), ('arquivos', 'Arquivos importados'), ('prospects', 'Contatos de prospects sem movimento'), ('auditoria', 'Registros de auditoria')], max_length=10, primary_key=True, serialize=False, verbose_name='tipo')),
                ('dias', models.PositiveIntegerField(validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(36500)], verbose_name='dias')),
                ('ligada', models.BooleanField(default=False, verbose_name='ligada')),
            ],
            options={
                'verbose_name': 'regra de retenção',
                'verbose_name_plural': 'regras de retenção',
                'constraints': [models.CheckConstraint(condition=models.Q(('dias__gte', 1)), name='retencao_com_prazo')],
            },
        ),
        migrations.CreateModel(
            name='BaseDoTitular',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('base', models.CharField(choices=[('interesse', 'Legítimo interesse'), ('contrato', 'Execução de contrato'), ('consentimento', 'Consentimento'), ('obrigacao', 'Obrigação legal'), ('credito', 'Proteção ao crédito'), ('direitos', 'Exercício de direitos')], max_length=14, verbose_name='base legal')),
                ('origem', models.CharField(max_length=200, verbose_name='de onde veio')),
                ('desde', models.DateField(verbose_name='desde')),
                ('criada_em', models.DateTimeField(default=django.utils.timezone.now, verbose_name='registrada em')),
                ('cliente', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='clientes.cliente', verbose_name='cliente')),
                ('pessoa', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='clientes.pessoadecontato', verbose_name='pessoa de contato')),
                ('por', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='por')),
            ],
            options={
                'verbose_name': 'base legal do titular',
                'verbose_name_plural': 'bases legais dos titulares',
                'ordering': ('-id',),
                'indexes': [models.Index(fields=['cliente', '-id'], name='base_do_titular')],
            },
        ),
        migrations.CreateModel(
            name='MarcaDeAnonimizacao',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('resumo', models.CharField(max_length=64, verbose_name='resumo do nome')),
                ('em', models.DateTimeField(default=django.utils.timezone.now, verbose_name='em')),
                ('cliente', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='clientes.cliente', verbose_name='cliente')),
            ],
            options={
                'verbose_name': 'marca de anonimização',
                'verbose_name_plural': 'marcas de anonimização',
                'constraints': [models.UniqueConstraint(fields=('cliente', 'resumo'), name='marca_de_anonimizacao_unica')],
            },
        ),
        migrations.CreateModel(
            name='Oposicao',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('canal', models.CharField(choices=[('ligacao', 'Ligação'), ('whatsapp', 'WhatsApp'), ('visita', 'Visita'), ('email', 'E-mail')], max_length=10, verbose_name='canal')),
                ('em', models.DateField(verbose_name='data do pedido')),
                ('motivo', models.CharField(blank=True, max_length=300, verbose_name='motivo')),
                ('fonte', models.CharField(choices=[('titular', 'Pedido do titular'), ('cadastro', 'Marcada no cadastro'), ('bloqueio', 'Lista de bloqueio'), ('api', 'API'), ('anterior', 'Anterior a este registro')], max_length=10, verbose_name='fonte')),
                ('registrada_em', models.DateTimeField(default=django.utils.timezone.now, verbose_name='registrada em')),
                ('retirada_em', models.DateTimeField(blank=True, null=True, verbose_name='retirada em')),
                ('retirada_motivo', models.CharField(blank=True, max_length=300, verbose_name='motivo da retirada')),
                ('cliente', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='clientes.cliente', verbose_name='cliente')),
                ('pessoa', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='clientes.pessoadecontato', verbose_name='pessoa de contato')),
                ('por', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='registrada por')),
                ('retirada_por', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='retirada por')),
            ],
            options={
                'verbose_name': 'oposição',
                'verbose_name_plural': 'oposições',
                'ordering': ('-em', '-id'),
                'indexes': [models.Index(fields=['cliente', '-em'], name='oposicao_do_cliente')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('retirada_em__isnull', True)), fields=('cliente', 'pessoa', 'canal'), name='oposicao_aberta_unica', nulls_distinct=False)],
            },
        ),
        migrations.CreateModel(
            name='VistaDaFicha',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('dia', models.DateField(verbose_name='dia')),
                ('vezes', models.PositiveIntegerField(default=1, verbose_name='vezes')),
                ('ultima_em', models.DateTimeField(verbose_name='última em')),
                ('cliente', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='clientes.cliente', verbose_name='cliente')),
                ('como', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='vendo como')),
                ('pessoa', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='quem viu')),
            ],
            options={
                'verbose_name': 'vista da ficha',
                'verbose_name_plural': 'vistas da ficha',
                'ordering': ('-dia', '-ultima_em'),
                'indexes': [models.Index(fields=['dia'], name='vista_por_dia')],
                'constraints': [models.UniqueConstraint(fields=('cliente', 'dia', 'pessoa', 'como'), name='vista_unica_no_dia', nulls_distinct=False)],
            },
        ),
    ]
