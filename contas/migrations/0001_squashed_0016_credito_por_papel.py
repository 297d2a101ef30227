"""As tabelas de um banco vazio, de uma vez, como as deixam as migrações até 0016_credito_por_papel.

Um banco que já tem alguma delas segue por elas. Ver docs/adr/0026-banco-novo-de-uma-vez.md.
"""

from importlib import import_module

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

import contas.models.empresa
from contas.migrations._de_uma_vez import CriarModelos, sql

_EMPRESA = import_module("contas.migrations.0002_primeira_empresa")


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ("contas", "0001_initial"),
        ("contas", "0002_primeira_empresa"),
        ("contas", "0003_demonstracao"),
        ("contas", "0004_parametros_da_agenda"),
        ("contas", "0005_um_substituto_por_vez"),
        ("contas", "0006_metas_do_mes"),
        ("contas", "0007_ordem_e_capacidade_da_fila"),
        ("contas", "0008_silencio_e_hora_dos_avisos"),
        ("contas", "0009_assinatura"),
        ("contas", "0010_ver_credito"),
        ("contas", "0011_tokens_da_api"),
        ("contas", "0012_regras_sessoes_e_aparelhos"),
        ("contas", "0013_auditoria_so_acrescenta"),
        ("contas", "0014_contagens"),
        ("contas", "0015_credito_por_pessoa"),
        ("contas", "0016_credito_por_papel"),
    ]

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("sessions", "0001_initial"),
        # Não usa nada destas: vêm antes para que o histórico delas corra enquanto há poucos modelos a refazer.
        ("axes", "0010_accessattemptexpiration"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
    ]

    operations = [
        sql(__file__, "antes_das_tabelas"),
        CriarModelos([
            migrations.CreateModel(
                name='Usuario',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('password', models.CharField(max_length=128, verbose_name='password')),
                    ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                    ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                    ('email', models.EmailField(blank=True, max_length=254, null=True, unique=True, verbose_name='e-mail')),
                    ('nome', models.CharField(max_length=120, verbose_name='nome')),
                    ('nome_chave', models.CharField(editable=False, max_length=120, verbose_name='nome para comparação')),
                    ('papel', models.CharField(choices=[('vendedor', 'Vendedor'), ('gestor', 'Gestor'), ('admin', 'Administrador de vendas'), ('leitura', 'Leitura')], default='vendedor', max_length=10, verbose_name='papel')),
                    ('tipo', models.CharField(choices=[('externo', 'Externo (representante)'), ('interno', 'Interno (televendas)')], default='externo', max_length=8, verbose_name='tipo de vendedor')),
                    ('telefone', models.CharField(blank=True, max_length=20, verbose_name='telefone')),
                    ('capacidade_diaria', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='contatos por dia')),
                    ('pode_exportar', models.BooleanField(default=False, verbose_name='pode exportar')),
                    ('recebe_emails', models.BooleanField(default=True, verbose_name='recebe os resumos por e-mail')),
                    ('atalhos', models.BooleanField(default=True, verbose_name='atalhos de teclado')),
                    ('is_active', models.BooleanField(default=True, verbose_name='ativo')),
                    ('convidado_em', models.DateTimeField(blank=True, null=True, verbose_name='convidado em')),
                    ('desativado_em', models.DateTimeField(blank=True, null=True, verbose_name='desativado em')),
                    ('criado_em', models.DateTimeField(auto_now_add=True, verbose_name='criado em')),
                    ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                    ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
                    ('empresas', models.ManyToManyField(related_name='pessoas', through='contas.Vinculo', to='contas.empresa', verbose_name='empresas')),
                    ('ordem_da_fila', models.CharField(choices=[('perda', 'Perda esperada'), ('risco', 'Risco')], default='perda', max_length=5, verbose_name='ordem da fila')),
                    ('hora_dos_avisos', models.TimeField(blank=True, null=True, verbose_name='hora dos avisos')),
                    ('assinatura', models.CharField(blank=True, max_length=120, verbose_name='assinatura')),
                    ('ve_credito', models.BooleanField(blank=True, default=None, null=True, verbose_name='vê score e restrições')),
                    ('reativado_em', models.DateTimeField(blank=True, null=True, verbose_name='reativado em')),
                    ('credito_do_papel', models.BooleanField(db_default=False, editable=False, verbose_name='crédito pelo papel')),
                ],
                options={
                    'verbose_name': 'pessoa',
                    'verbose_name_plural': 'pessoas',
                    'ordering': ('nome_chave', 'id'),
                    'indexes': [models.Index(fields=['nome_chave'], name='usuario_por_nome')],
                    'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('email'), name='usuario_email_unico', violation_error_message='Já existe uma pessoa com este e-mail.'), models.CheckConstraint(condition=models.Q(('papel__in', ['vendedor', 'gestor', 'admin', 'leitura'])), name='usuario_papel_conhecido')],
                },
            ),
            migrations.CreateModel(
                name='Empresa',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('codigo', models.CharField(max_length=20, unique=True, verbose_name='código')),
                    ('nome', models.CharField(max_length=120, verbose_name='nome')),
                    ('situacoes_que_contam', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('aberto', 'Aberto'), ('faturado', 'Faturado'), ('cancelado', 'Cancelado'), ('devolvido', 'Devolvido'), ('orcamento', 'Orçamento')], max_length=12), default=contas.models.empresa.situacoes_padrao, size=None, verbose_name='situações que contam como compra')),
                    ('dono_da_carteira', models.CharField(choices=[('erp', 'O ERP diz de quem é cada cliente'), ('carteira', 'O Carteira diz de quem é cada cliente')], default='erp', max_length=10, verbose_name='dono da carteira')),
                    ('referencia', models.DateField(blank=True, null=True, verbose_name='referência')),
                    ('referencia_regular', models.DateField(blank=True, null=True, verbose_name='referência regular')),
                    ('consulta_passada', models.BooleanField(default=False, verbose_name='mostrando uma data passada')),
                    ('calculada_em', models.DateTimeField(blank=True, null=True, verbose_name='calculada em')),
                    ('pedidos_ate', models.DateField(blank=True, null=True, verbose_name='pedidos até')),
                    ('criada_em', models.DateTimeField(auto_now_add=True, verbose_name='criada em')),
                    ('agenda_escala_em_dias', models.PositiveSmallIntegerField(default=3, verbose_name='avisar o gestor depois de (dias de atraso)')),
                    ('feriados_uf', models.CharField(blank=True, max_length=2, verbose_name='UF dos feriados')),
                    ('nova_tentativa_em_dias', models.PositiveSmallIntegerField(default=1, verbose_name='tentar de novo depois de (dias úteis)')),
                    ('tentativas_ate_parar', models.PositiveSmallIntegerField(default=5, verbose_name='parar depois de (tentativas)')),
                    ('silencio_ate', models.TimeField(blank=True, null=True, verbose_name='silêncio até')),
                    ('silencio_de', models.TimeField(blank=True, null=True, verbose_name='silêncio a partir de')),
                ],
                options={
                    'verbose_name': 'empresa',
                    'verbose_name_plural': 'empresas',
                    'ordering': ('codigo',),
                    'constraints': [models.CheckConstraint(condition=models.Q(('situacoes_que_contam__contained_by', ['aberto', 'faturado']), models.Q(('situacoes_que_contam', []), _negated=True)), name='empresa_conta_so_compra', violation_error_message='Só pedidos abertos e faturados podem contar como compra.'), models.CheckConstraint(condition=models.Q(models.Q(('silencio_ate__isnull', True), ('silencio_de__isnull', True)), models.Q(('silencio_ate__isnull', False), ('silencio_de__isnull', False)), _connector='OR'), name='empresa_silencio_inteiro', violation_error_message='Diga o começo e o fim do silêncio.')],
                },
            ),
            migrations.CreateModel(
                name='Equipe',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('nome', models.CharField(max_length=80, unique=True, verbose_name='nome')),
                    ('criada_em', models.DateTimeField(auto_now_add=True, verbose_name='criada em')),
                    ('gestores', models.ManyToManyField(blank=True, related_name='equipes_geridas', to=settings.AUTH_USER_MODEL, verbose_name='gestores')),
                ],
                options={
                    'verbose_name': 'equipe',
                    'verbose_name_plural': 'equipes',
                    'ordering': ('nome',),
                },
            ),
            migrations.CreateModel(
                name='Instalacao',
                fields=[
                    ('id', models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                    ('demo', models.BooleanField(default=False, verbose_name='demonstração')),
                    ('assistente_concluido', models.BooleanField(default=False, verbose_name='primeiros passos concluídos')),
                    ('remetente', models.CharField(blank=True, max_length=200, verbose_name='remetente dos e-mails')),
                    ('servidor_email', models.TextField(blank=True, verbose_name='servidor de e-mail')),
                    ('semente', models.BigIntegerField(blank=True, null=True, verbose_name='semente da demonstração')),
                    ('demo_ate', models.DateField(blank=True, null=True, verbose_name='demonstração trazida até')),
                    ('demo_base', models.DateField(blank=True, null=True, verbose_name='dia em que a demonstração começou')),
                    ('demo_clientes', models.PositiveIntegerField(blank=True, null=True, verbose_name='clientes da demonstração')),
                ],
                options={
                    'verbose_name': 'instalação',
                    'verbose_name_plural': 'instalação',
                    'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='instalacao_unica')],
                },
            ),
            migrations.CreateModel(
                name='Vinculo',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('codigo_erp', models.CharField(blank=True, max_length=40, null=True, verbose_name='código no ERP')),
                    ('empresa', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='vinculos', to='contas.empresa', verbose_name='empresa')),
                    ('usuario', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='vinculos', to=settings.AUTH_USER_MODEL, verbose_name='pessoa')),
                ],
                options={
                    'verbose_name': 'vínculo',
                    'verbose_name_plural': 'vínculos',
                    'constraints': [models.UniqueConstraint(fields=('usuario', 'empresa'), name='vinculo_unico'), models.UniqueConstraint(fields=('empresa', 'codigo_erp'), name='vinculo_codigo_unico', violation_error_message='Este código de vendedor já é de outra pessoa nesta empresa.')],
                },
            ),
            migrations.CreateModel(
                name='Cobertura',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('periodo', django.contrib.postgres.fields.ranges.DateRangeField(verbose_name='período')),
                    ('ausente', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='ausencias', to=settings.AUTH_USER_MODEL, verbose_name='ausente')),
                    ('substituto', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='coberturas', to=settings.AUTH_USER_MODEL, verbose_name='substituto')),
                ],
                options={
                    'verbose_name': 'cobertura',
                    'verbose_name_plural': 'coberturas',
                    'constraints': [models.CheckConstraint(condition=models.Q(('ausente', models.F('substituto')), _negated=True), name='cobertura_por_outra_pessoa', violation_error_message='Ninguém cobre a si mesmo.'), django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(models.Func(models.F('ausente_id'), models.F('ausente_id'), models.Value('[]'), function='int8range', output_field=django.contrib.postgres.fields.ranges.BigIntegerRangeField()), '&&'), ('periodo', '&&')], name='cobertura_um_substituto_por_vez', violation_error_message='Já há quem cubra esta pessoa nesses dias.')],
                },
            ),
            migrations.CreateModel(
                name='MembroDeEquipe',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('periodo', django.contrib.postgres.fields.ranges.DateRangeField(verbose_name='período')),
                    ('equipe', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='participacoes', to='contas.equipe', verbose_name='equipe')),
                    ('usuario', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='participacoes', to=settings.AUTH_USER_MODEL, verbose_name='pessoa')),
                ],
                options={
                    'verbose_name': 'membro de equipe',
                    'verbose_name_plural': 'membros de equipe',
                    'constraints': [django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(models.Func(models.F('usuario_id'), models.F('usuario_id'), models.Value('[]'), function='int8range', output_field=django.contrib.postgres.fields.ranges.BigIntegerRangeField()), '&&'), ('periodo', '&&')], name='membro_em_uma_equipe_por_vez', violation_error_message='A pessoa já está em uma equipe nesse período.')],
                },
            ),
            migrations.CreateModel(
                name='RegistroDeAuditoria',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('em', models.DateTimeField(auto_now_add=True, verbose_name='em')),
                    ('acao', models.CharField(max_length=60, verbose_name='ação')),
                    ('objeto', models.CharField(blank=True, max_length=120, verbose_name='objeto')),
                    ('antes', models.JSONField(blank=True, null=True, verbose_name='antes')),
                    ('depois', models.JSONField(blank=True, null=True, verbose_name='depois')),
                    ('por', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='por')),
                    ('alvo', models.CharField(blank=True, db_default='', default='', max_length=60, verbose_name='alvo')),
                    ('endereco', models.GenericIPAddressField(blank=True, null=True, verbose_name='endereço')),
                    ('meio', models.CharField(blank=True, db_default='', default='', max_length=200, verbose_name='navegador, comando ou tarefa')),
                    ('pedido', models.CharField(blank=True, db_default='', default='', max_length=40, verbose_name='pedido')),
                    ('quem', models.CharField(blank=True, db_default='', default='', max_length=120, verbose_name='quem fez')),
                    ('via', models.CharField(choices=[('pagina', 'Página'), ('api', 'API'), ('comando', 'Comando'), ('tarefa', 'Tarefa'), ('sistema', 'Sistema')], db_default='', default='sistema', max_length=8, verbose_name='via')),
                ],
                options={
                    'verbose_name': 'registro de auditoria',
                    'verbose_name_plural': 'registros de auditoria',
                    'ordering': ('-em', '-id'),
                    'indexes': [models.Index(fields=['-em', 'id'], name='auditoria_por_hora'), models.Index(fields=['acao', '-em', 'id'], name='auditoria_da_acao'), models.Index(fields=['por', '-em', 'id'], name='auditoria_de_quem'), models.Index(condition=models.Q(('endereco__isnull', False)), fields=['endereco', '-em', 'id'], name='auditoria_do_endereco'), models.Index(condition=models.Q(('alvo', ''), _negated=True), fields=['alvo', '-em', 'id'], name='auditoria_do_alvo'), models.Index(fields=['objeto', '-em'], name='auditoria_do_objeto')],
                },
            ),
            migrations.CreateModel(
                name='MetaMensal',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('mes', models.DateField(verbose_name='mês')),
                    ('giro', models.DecimalField(blank=True, decimal_places=2, max_digits=5, null=True, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(100)], verbose_name='giro (%)')),
                    ('positivacao', models.DecimalField(blank=True, decimal_places=2, max_digits=5, null=True, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(100)], verbose_name='positivação (%)')),
                    ('valor', models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True, validators=[django.core.validators.MinValueValidator(0)], verbose_name='valor (R$)')),
                    ('alterada_em', models.DateTimeField(auto_now=True, verbose_name='alterada em')),
                    ('por', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='por')),
                    ('vendedor', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='metas', to=settings.AUTH_USER_MODEL, verbose_name='vendedor')),
                ],
                options={
                    'verbose_name': 'meta do mês',
                    'verbose_name_plural': 'metas do mês',
                    'constraints': [models.UniqueConstraint(fields=('vendedor', 'mes'), name='meta_uma_por_mes'), models.CheckConstraint(condition=models.Q(('mes__day', 1)), name='meta_no_primeiro_dia'), models.CheckConstraint(condition=models.Q(models.Q(('giro__isnull', True), ('giro__range', (0, 100)), _connector='OR'), models.Q(('positivacao__isnull', True), ('positivacao__range', (0, 100)), _connector='OR'), models.Q(('valor__isnull', True), ('valor__gte', 0), _connector='OR')), name='meta_em_porcento')],
                },
            ),
            migrations.CreateModel(
                name='TokenDaApi',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('token_key', models.CharField(db_index=True, max_length=25)),
                    ('created', models.DateTimeField(auto_now_add=True)),
                    ('expiry', models.DateTimeField(blank=True, null=True)),
                    ('digest', models.CharField(max_length=128, unique=True, verbose_name='resumo do segredo')),
                    ('nome', models.CharField(max_length=60, verbose_name='nome')),
                    ('escopos', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('ler', 'Ler'), ('escrever', 'Escrever um a um'), ('lote', 'Mandar em lote')], max_length=8), size=None, verbose_name='escopos')),
                    ('usado_em', models.DateTimeField(blank=True, null=True, verbose_name='último uso')),
                    ('revogado_em', models.DateTimeField(blank=True, null=True, verbose_name='revogado em')),
                    ('revogado_por', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='revogado por')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='pessoa')),
                ],
                options={
                    'verbose_name': 'token da API',
                    'verbose_name_plural': 'tokens da API',
                    'ordering': ('-created', '-id'),
                    'constraints': [models.CheckConstraint(condition=models.Q(('expiry__isnull', False)), name='token_com_fim'), models.CheckConstraint(condition=models.Q(('escopos__len__gt', 0), ('escopos__contained_by', ['ler', 'escrever', 'lote'])), name='token_com_escopo')],
                },
            ),
            migrations.CreateModel(
                name='RegrasDeAcesso',
                fields=[
                    ('id', models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                    ('exige_de', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('vendedor', 'Vendedor'), ('gestor', 'Gestor'), ('admin', 'Administrador de vendas'), ('leitura', 'Leitura')], max_length=10), blank=True, default=list, size=None, verbose_name='exige o segundo passo de')),
                    ('exige_desde', models.DateField(blank=True, null=True, verbose_name='exigido a partir de')),
                    ('lembrar_dias', models.PositiveSmallIntegerField(default=30, validators=[django.core.validators.MaxValueValidator(90)], verbose_name='lembrar um aparelho por (dias)')),
                    ('ocioso_minutos', models.PositiveSmallIntegerField(default=120, validators=[django.core.validators.MinValueValidator(10), django.core.validators.MaxValueValidator(720)], verbose_name='fechar depois de parada por (minutos)')),
                    ('sessao_horas', models.PositiveSmallIntegerField(default=12, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(24)], verbose_name='entrar de novo a cada (horas)')),
                ],
                options={
                    'verbose_name': 'regras de acesso',
                    'verbose_name_plural': 'regras de acesso',
                    'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='regras_de_acesso_unicas'), models.CheckConstraint(condition=models.Q(('exige_de__contained_by', ['vendedor', 'gestor', 'admin', 'leitura'])), name='regras_de_acesso_papeis'), models.CheckConstraint(condition=models.Q(('lembrar_dias__lte', 90), ('ocioso_minutos__range', (10, 720)), ('sessao_horas__range', (1, 24))), name='regras_de_acesso_limites')],
                },
            ),
            migrations.CreateModel(
                name='SessaoDePessoa',
                fields=[
                    ('sessao', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='de_pessoa', serialize=False, to='sessions.session')),
                    ('numero', models.UUIDField(unique=True, verbose_name='número')),
                    ('aberta_em', models.DateTimeField(verbose_name='aberta em')),
                    ('vista_em', models.DateTimeField(verbose_name='vista em')),
                    ('endereco', models.GenericIPAddressField(blank=True, null=True, verbose_name='endereço')),
                    ('navegador', models.CharField(blank=True, max_length=80, verbose_name='navegador')),
                    ('entrou_com', models.CharField(blank=True, max_length=40, verbose_name='entrou com')),
                    ('pessoa', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sessoes', to=settings.AUTH_USER_MODEL, verbose_name='pessoa')),
                ],
                options={
                    'verbose_name': 'sessão',
                    'verbose_name_plural': 'sessões',
                    'ordering': ('-vista_em',),
                },
            ),
            migrations.CreateModel(
                name='AparelhoLembrado',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('resumo', models.CharField(max_length=64, verbose_name='resumo da chave')),
                    ('navegador', models.CharField(blank=True, max_length=80, verbose_name='navegador')),
                    ('endereco', models.GenericIPAddressField(blank=True, null=True, verbose_name='endereço')),
                    ('lembrado_em', models.DateTimeField(verbose_name='lembrado em')),
                    ('usado_em', models.DateTimeField(verbose_name='usado em')),
                    ('ate', models.DateTimeField(verbose_name='até')),
                    ('pessoa', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='aparelhos_lembrados', to=settings.AUTH_USER_MODEL, verbose_name='pessoa')),
                ],
                options={
                    'verbose_name': 'aparelho lembrado',
                    'verbose_name_plural': 'aparelhos lembrados',
                    'ordering': ('-usado_em',),
                    'constraints': [models.UniqueConstraint(fields=('pessoa', 'resumo'), name='aparelho_lembrado_unico')],
                },
            ),
            migrations.CreateModel(
                name='ContaDeFora',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('emissor', models.CharField(max_length=300, verbose_name='emissor')),
                    ('sujeito', models.CharField(max_length=255, verbose_name='sujeito')),
                    ('ligada_em', models.DateTimeField(auto_now_add=True, verbose_name='ligada em')),
                    ('pessoa', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='conta_de_fora', to=settings.AUTH_USER_MODEL, verbose_name='pessoa')),
                ],
                options={
                    'verbose_name': 'conta de fora',
                    'verbose_name_plural': 'contas de fora',
                    'constraints': [models.UniqueConstraint(fields=('emissor', 'sujeito'), name='conta_de_fora_unica')],
                },
            ),
            migrations.CreateModel(
                name='Contagem',
                fields=[
                    ('chave', models.CharField(max_length=120, primary_key=True, serialize=False, verbose_name='chave')),
                    ('vezes', models.PositiveIntegerField(default=1, verbose_name='vezes')),
                    ('ultima_em', models.DateTimeField(verbose_name='última em')),
                    ('ate', models.DateTimeField(db_index=True, verbose_name='lembrada até')),
                ],
                options={
                    'verbose_name': 'contagem',
                    'verbose_name_plural': 'contagens',
                },
            ),
            migrations.CreateModel(
                name='CreditoPorPapel',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('papeis', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('vendedor', 'Vendedor'), ('gestor', 'Gestor'), ('admin', 'Administrador de vendas'), ('leitura', 'Leitura')], max_length=10), blank=True, default=list, size=None, verbose_name='veem')),
                    ('motivo', models.CharField(blank=True, max_length=200, verbose_name='motivo')),
                    ('em', models.DateTimeField(auto_now_add=True, verbose_name='em')),
                    ('por', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='por')),
                ],
                options={
                    'verbose_name': 'crédito por papel',
                    'verbose_name_plural': 'crédito por papel',
                    'ordering': ('-id',),
                    'constraints': [models.CheckConstraint(condition=models.Q(('papeis__contained_by', ['gestor', 'vendedor', 'leitura'])), name='credito_por_papel_conhecido')],
                },
            ),
        ]),
        sql(__file__, "gatilhos"),
        migrations.RunPython(_EMPRESA.criar),
    ]
