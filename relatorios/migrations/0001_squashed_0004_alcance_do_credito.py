"""As tabelas de um banco vazio, de uma vez, como as deixam as migrações até 0004_alcance_do_credito.

Um banco que já tem alguma delas segue por elas. Ver docs/adr/0026-banco-novo-de-uma-vez.md.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from contas.migrations._de_uma_vez import CriarModelos


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ("relatorios", "0001_arquivo_gerado"),
        ("relatorios", "0002_relatorios_e_agendamentos"),
        ("relatorios", "0003_alcance_do_arquivo"),
        ("relatorios", "0004_alcance_do_credito"),
    ]

    dependencies = [
        ("contas", "0016_credito_por_papel"),
        ("clientes", "0029_esquecido_nao_volta"),
        ("atividade", "0023_indices_da_noite"),
        ("notificacoes", "0014_incerta"),
    ]

    operations = [
        CriarModelos([
            migrations.CreateModel(
                name='ArquivoGerado',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('tipo', models.CharField(choices=[('relatorio_de_risco', 'Relatório de risco'), ('relatorio', 'Relatório')], max_length=30, verbose_name='tipo')),
                    ('filtros', models.JSONField(default=dict, verbose_name='filtros')),
                    ('estado', models.CharField(choices=[('pendente', 'Na fila'), ('gerando', 'Gerando'), ('pronto', 'Pronto'), ('falhou', 'Falhou'), ('expirado', 'Expirado')], default='pendente', max_length=8, verbose_name='estado')),
                    ('nome', models.CharField(max_length=120, verbose_name='nome ao baixar')),
                    ('caminho', models.CharField(blank=True, max_length=300, verbose_name='caminho')),
                    ('linhas', models.PositiveIntegerField(default=0, verbose_name='linhas')),
                    ('paginas', models.PositiveIntegerField(default=0, verbose_name='páginas')),
                    ('tamanho', models.PositiveBigIntegerField(default=0, verbose_name='tamanho')),
                    ('tentativas', models.PositiveSmallIntegerField(default=0, verbose_name='tentativas')),
                    ('mensagem', models.CharField(blank=True, max_length=300, verbose_name='mensagem')),
                    ('pedido_em', models.DateTimeField(verbose_name='pedido em')),
                    ('pronto_em', models.DateTimeField(null=True, verbose_name='pronto em')),
                    ('expira_em', models.DateTimeField(verbose_name='expira em')),
                    ('por', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='arquivos', to=settings.AUTH_USER_MODEL, verbose_name='pedido por')),
                    ('formato', models.CharField(choices=[('pdf', 'PDF'), ('xlsx', 'XLSX')], default='pdf', max_length=4, verbose_name='formato')),
                    ('progresso', models.PositiveSmallIntegerField(default=0, verbose_name='progresso')),
                    ('titulo', models.CharField(blank=True, max_length=120, verbose_name='título')),
                ],
                options={
                    'verbose_name': 'arquivo gerado',
                    'verbose_name_plural': 'arquivos gerados',
                    'ordering': ('-pedido_em', '-pk'),
                    'indexes': [models.Index(fields=['por', '-pedido_em'], name='arquivo_de_quem'), models.Index(condition=models.Q(('estado__in', ['pendente', 'gerando', 'pronto'])), fields=['expira_em'], name='arquivo_por_cuidar')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('estado__in', ['pendente', 'gerando', 'pronto', 'falhou', 'expirado'])), name='arquivo_estado_conhecido'), models.CheckConstraint(condition=models.Q(models.Q(('estado', 'pronto'), _negated=True), models.Q(models.Q(('caminho', ''), _negated=True), ('pronto_em__isnull', False)), _connector='OR'), name='arquivo_pronto_tem_caminho')],
                },
            ),
            migrations.CreateModel(
                name='AgendamentoDeRelatorio',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('relatorio', models.SlugField(max_length=60, verbose_name='relatório')),
                    ('consulta', models.JSONField(default=dict, verbose_name='filtros e ordem')),
                    ('formato', models.CharField(choices=[('pdf', 'PDF'), ('xlsx', 'XLSX')], default='pdf', max_length=4, verbose_name='formato')),
                    ('frequencia', models.CharField(choices=[('diaria', 'Todo dia'), ('semanal', 'Toda semana'), ('mensal', 'Todo mês')], max_length=8, verbose_name='frequência')),
                    ('dia', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='dia')),
                    ('hora', models.PositiveSmallIntegerField(default=7, verbose_name='hora')),
                    ('criado_em', models.DateTimeField(default=django.utils.timezone.now, verbose_name='criado em')),
                    ('pausado_em', models.DateTimeField(blank=True, null=True, verbose_name='pausado em')),
                    ('decidido_ate', models.DateField(verbose_name='decidido até')),
                    ('pessoas', models.ManyToManyField(related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='a quem')),
                    ('por', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='de quem é')),
                ],
                options={
                    'verbose_name': 'agendamento de relatório',
                    'verbose_name_plural': 'agendamentos de relatórios',
                    'ordering': ('-criado_em', '-pk'),
                    'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('dia__isnull', True), ('frequencia', 'diaria')), models.Q(('dia__lte', 6), ('frequencia', 'semanal')), models.Q(('dia__gte', 1), ('dia__lte', 31), ('frequencia', 'mensal')), _connector='OR'), name='agendamento_com_dia'), models.CheckConstraint(condition=models.Q(('hora__lte', 23)), name='agendamento_com_hora')],
                },
            ),
            migrations.CreateModel(
                name='EnvioDeRelatorio',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('data', models.DateField(verbose_name='data')),
                    ('teste', models.BooleanField(default=False, verbose_name='teste')),
                    ('estado', models.CharField(choices=[('fazendo', 'Preparando'), ('entregue', 'Na caixa de saída'), ('recusado', 'Não enviado')], default='fazendo', max_length=8, verbose_name='estado')),
                    ('motivo', models.CharField(blank=True, max_length=300, verbose_name='motivo')),
                    ('criado_em', models.DateTimeField(default=django.utils.timezone.now, verbose_name='criado em')),
                    ('agendamento', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='envios', to='relatorios.agendamentoderelatorio', verbose_name='agendamento')),
                    ('arquivo', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='relatorios.arquivogerado', verbose_name='arquivo')),
                    ('pessoa', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='pessoa')),
                ],
                options={
                    'verbose_name': 'envio de relatório',
                    'verbose_name_plural': 'envios de relatórios',
                    'ordering': ('-data', '-pk'),
                    'indexes': [models.Index(condition=models.Q(('estado', 'fazendo')), fields=['id'], name='envio_por_fazer'), models.Index(fields=['agendamento', '-data', '-id'], name='envios_do_agendamento')],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('teste', False)), fields=('agendamento', 'pessoa', 'data'), name='um_envio_por_data')],
                },
            ),
            migrations.CreateModel(
                name='AlcanceDoArquivo',
                fields=[
                    ('arquivo', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='alcance', serialize=False, to='relatorios.arquivogerado', verbose_name='arquivo')),
                    ('empresas', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None, verbose_name='empresas')),
                    ('clientes', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), null=True, size=None, verbose_name='clientes')),
                    ('credito', models.BooleanField(db_default=False, default=False, verbose_name='via score e restrições')),
                ],
                options={
                    'verbose_name': 'alcance de um arquivo',
                    'verbose_name_plural': 'alcances dos arquivos',
                },
            ),
        ]),
    ]
