"""As tabelas de um banco vazio, de uma vez, como as deixam as migrações até 0014_incerta.

Um banco que já tem alguma delas segue por elas. Ver docs/adr/0026-banco-novo-de-uma-vez.md.
"""

import uuid
from importlib import import_module

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from contas.migrations._de_uma_vez import CriarModelos

_REGRAS = import_module("notificacoes.migrations.0006_regras_de_partida")
_TIPOS = import_module("notificacoes.migrations.0007_recados")


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ("notificacoes", "0001_initial"),
        ("notificacoes", "0002_mensagem_da_agenda"),
        ("notificacoes", "0003_mensagem_ao_cliente"),
        ("notificacoes", "0004_aviso"),
        ("notificacoes", "0005_regras_de_aviso"),
        ("notificacoes", "0006_regras_de_partida"),
        ("notificacoes", "0007_recados"),
        ("notificacoes", "0008_enlaces_usados"),
        ("notificacoes", "0009_devolucoes_limites_e_webhooks"),
        ("notificacoes", "0010_eventos_do_webhook_desde"),
        ("notificacoes", "0011_anexo_da_mensagem"),
        ("notificacoes", "0012_fatos_do_biro"),
        ("notificacoes", "0013_avisos_de_seguranca"),
        ("notificacoes", "0014_incerta"),
    ]

    dependencies = [
        ("contas", "0016_credito_por_papel"),
        ("clientes", "0029_esquecido_nao_volta"),
        ("atividade", "0023_indices_da_noite"),
    ]

    operations = [
        CriarModelos([
            migrations.CreateModel(
                name='Mensagem',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('chave', models.CharField(max_length=120, unique=True, verbose_name='chave')),
                    ('tipo', models.CharField(choices=[('resumo_diario', 'Resumo do vendedor'), ('volume_semanal', 'Volume do gestor'), ('agenda', 'Agenda atrasada'), ('avisos', 'Avisos por regra'), ('convite', 'Convite'), ('senha', 'Nova senha'), ('rotina', 'Aviso da rotina'), ('teste', 'Teste'), ('cliente', 'E-mail ao cliente'), ('recado', 'Recado'), ('relatorio', 'Relatório agendado'), ('seguranca', 'Aviso de segurança')], max_length=20, verbose_name='tipo')),
                    ('referencia', models.DateField(blank=True, null=True, verbose_name='referência')),
                    ('para', models.EmailField(max_length=254, verbose_name='para')),
                    ('assunto', models.CharField(max_length=200, verbose_name='assunto')),
                    ('texto', models.TextField(verbose_name='texto')),
                    ('html', models.TextField(blank=True, verbose_name='HTML')),
                    ('message_id', models.CharField(max_length=120, unique=True, verbose_name='Message-ID')),
                    ('estado', models.CharField(choices=[('pendente', 'Pendente'), ('enviando', 'Enviando'), ('enviada', 'Enviada'), ('incerto', 'Incerta'), ('morta', 'Não enviada'), ('cancelada', 'Cancelada'), ('suspensa', 'Não enviada: endereço devolvido')], default='pendente', max_length=10, verbose_name='estado')),
                    ('tentativas', models.PositiveSmallIntegerField(default=0, verbose_name='tentativas')),
                    ('proxima_tentativa_em', models.DateTimeField(default=django.utils.timezone.now, verbose_name='próxima tentativa em')),
                    ('criada_em', models.DateTimeField(auto_now_add=True, verbose_name='criada em')),
                    ('reivindicada_em', models.DateTimeField(blank=True, null=True, verbose_name='reivindicada em')),
                    ('enviada_em', models.DateTimeField(blank=True, null=True, verbose_name='enviada em')),
                    ('erro', models.TextField(blank=True, verbose_name='erro')),
                    ('pessoa', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='mensagens', to=settings.AUTH_USER_MODEL, verbose_name='pessoa')),
                    ('contato', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='mensagem', to='clientes.contato', verbose_name='contato que ela é')),
                    ('responder_a', models.EmailField(blank=True, max_length=254, verbose_name='responder a')),
                    ('anexo', models.CharField(blank=True, max_length=300, verbose_name='anexo')),
                    ('nome_do_anexo', models.CharField(blank=True, max_length=120, verbose_name='nome do anexo')),
                ],
                options={
                    'verbose_name': 'mensagem',
                    'verbose_name_plural': 'mensagens',
                    'ordering': ('-id',),
                    'indexes': [models.Index(condition=models.Q(('estado', 'pendente')), fields=['proxima_tentativa_em', 'id'], name='mensagem_a_enviar'), models.Index(condition=models.Q(('estado', 'enviando')), fields=['reivindicada_em'], name='mensagem_enviando'), models.Index(condition=models.Q(('estado__in', ['incerto', 'morta', 'suspensa'])), fields=['estado'], name='mensagem_por_cuidar')],
                },
            ),
            migrations.CreateModel(
                name='ItemDeMensagem',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('regra', models.CharField(max_length=40, verbose_name='regra')),
                    ('evento', models.CharField(max_length=60, verbose_name='evento')),
                    ('ordem', models.PositiveSmallIntegerField(verbose_name='ordem')),
                    ('cliente', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='clientes.cliente', verbose_name='cliente')),
                    ('pessoa', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='pessoa')),
                    ('mensagem', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='itens', to='notificacoes.mensagem', verbose_name='mensagem')),
                    ('aviso', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='itens', to='notificacoes.aviso', verbose_name='aviso')),
                    ('decidido_em', models.DateField(blank=True, null=True, verbose_name='vaga em que se decidiu')),
                ],
                options={
                    'verbose_name': 'item de mensagem',
                    'verbose_name_plural': 'itens de mensagem',
                    'ordering': ('mensagem', 'ordem'),
                    'constraints': [models.UniqueConstraint(fields=('regra', 'pessoa', 'cliente', 'evento'), name='decisao_unica')],
                },
            ),
            migrations.CreateModel(
                name='Aviso',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('chave', models.CharField(max_length=120, unique=True, verbose_name='chave')),
                    ('tipo', models.CharField(choices=[('resumo', 'Resumo'), ('postit', 'Post-it'), ('lembrete', 'Lembrete'), ('sistema', 'Sistema')], max_length=10, verbose_name='tipo')),
                    ('titulo', models.CharField(max_length=200, verbose_name='título')),
                    ('texto', models.TextField(blank=True, verbose_name='texto')),
                    ('caminho', models.CharField(blank=True, max_length=300, verbose_name='caminho')),
                    ('criado_em', models.DateTimeField(auto_now_add=True, verbose_name='criado em')),
                    ('surge_em', models.DateTimeField(default=django.utils.timezone.now, verbose_name='surge em')),
                    ('expira_em', models.DateTimeField(blank=True, null=True, verbose_name='expira em')),
                    ('lido_em', models.DateTimeField(blank=True, null=True, verbose_name='lido em')),
                    ('pessoa', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='avisos', to=settings.AUTH_USER_MODEL, verbose_name='pessoa')),
                    ('visto_em', models.DateTimeField(blank=True, null=True, verbose_name='visto em')),
                    ('recado', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='avisos', to='notificacoes.recado', verbose_name='recado')),
                ],
                options={
                    'verbose_name': 'aviso',
                    'verbose_name_plural': 'avisos',
                    'ordering': ('-surge_em', '-id'),
                    'indexes': [models.Index(fields=['pessoa', '-surge_em', '-id'], name='aviso_da_pessoa'), models.Index(condition=models.Q(('lido_em__isnull', True)), fields=['pessoa', 'surge_em'], include=('expira_em',), name='aviso_por_ler')],
                },
            ),
            migrations.CreateModel(
                name='RegraDeAviso',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('nome', models.CharField(max_length=80, verbose_name='nome')),
                    ('sobre', models.CharField(choices=[('em_risco', 'Carteira em risco'), ('volume', 'Volume por vendedor'), ('agenda_esquecida', 'Agenda esquecida da equipe'), ('entrou_quase', 'Entrou em quase inativo'), ('entrou_inativo', 'Entrou em inativo'), ('reativado', 'Foi reativado'), ('sem_comprar', 'Sem comprar há mais de N dias'), ('sem_contato', 'Sem contato há N dias ou mais'), ('agenda_vencida', 'Compromisso vencido na agenda'), ('inadimplente', 'Título vencido'), ('regularizou', 'Pagou o que estava vencido'), ('bloqueado', 'Foi bloqueado'), ('desbloqueado', 'Foi desbloqueado'), ('limite_menor', 'Limite de crédito diminuiu'), ('limite_maior', 'Limite de crédito aumentou'), ('score_desceu', 'Score desceu de faixa'), ('score_subiu', 'Score subiu de faixa'), ('restricao_nova', 'Restrição de crédito nova'), ('restricao_baixada', 'Restrição de crédito baixada'), ('evento_do_biro', 'Evento do birô (mudança societária…)')], max_length=20, verbose_name='sobre')),
                    ('dias', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(3650)], verbose_name='dias')),
                    ('para', models.CharField(choices=[('vendedores', 'Cada vendedor'), ('gestores', 'Cada gestor'), ('administradores', 'Administradores'), ('escolhidos', 'Contas e equipes escolhidas')], default='vendedores', max_length=16, verbose_name='para')),
                    ('periodicidade', models.CharField(choices=[('diaria', 'Todo dia'), ('semanal', 'Toda semana'), ('quinzenal', 'A cada duas semanas'), ('mensal', 'Todo mês')], default='diaria', max_length=10, verbose_name='quando')),
                    ('dia_da_semana', models.PositiveSmallIntegerField(blank=True, choices=[(0, 'segunda-feira'), (1, 'terça-feira'), (2, 'quarta-feira'), (3, 'quinta-feira'), (4, 'sexta-feira'), (5, 'sábado'), (6, 'domingo')], null=True, verbose_name='dia da semana')),
                    ('dia_do_mes', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(31)], verbose_name='dia do mês')),
                    ('comeca_em', models.DateField(blank=True, null=True, verbose_name='começa em')),
                    ('so_dias_uteis', models.BooleanField(default=False, verbose_name='só em dias úteis')),
                    ('hora', models.TimeField(blank=True, null=True, verbose_name='hora')),
                    ('por_email', models.BooleanField(default=True, verbose_name='por e-mail')),
                    ('na_central', models.BooleanField(default=False, verbose_name='na central de avisos')),
                    ('assunto', models.CharField(blank=True, max_length=120, verbose_name='assunto')),
                    ('texto', models.TextField(blank=True, max_length=2000, verbose_name='texto')),
                    ('teto', models.PositiveSmallIntegerField(default=10, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(50)], verbose_name='clientes por mensagem')),
                    ('so_o_que_mudou', models.BooleanField(default=True, verbose_name='só o que mudou desde o último')),
                    ('incluir_bloqueados', models.BooleanField(default=False, verbose_name='incluir clientes bloqueados')),
                    ('pessoa_escolhe', models.BooleanField(default=True, verbose_name='cada pessoa pode desligar ou espaçar')),
                    ('pausada', models.BooleanField(default=False, verbose_name='pausada')),
                    ('pausada_ate', models.DateField(blank=True, null=True, verbose_name='pausada até')),
                    ('arquivada_em', models.DateTimeField(blank=True, null=True, verbose_name='arquivada em')),
                    ('partida', models.CharField(blank=True, editable=False, max_length=20, verbose_name='regra de partida')),
                    ('criada_em', models.DateTimeField(auto_now_add=True, verbose_name='criada em')),
                    ('criada_por', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='criada por')),
                    ('empresa', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='regras_de_aviso', to='contas.empresa', verbose_name='empresa')),
                    ('equipes', models.ManyToManyField(blank=True, related_name='+', to='contas.equipe', verbose_name='equipes')),
                    ('pessoas', models.ManyToManyField(blank=True, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='contas')),
                ],
                options={
                    'verbose_name': 'regra de aviso',
                    'verbose_name_plural': 'regras de aviso',
                    'ordering': ('nome', 'id'),
                    'constraints': [models.UniqueConstraint(condition=models.Q(('partida', ''), _negated=True), fields=('empresa', 'partida'), name='regra_de_partida_unica'), models.UniqueConstraint(condition=models.Q(('arquivada_em__isnull', True)), fields=('empresa', 'nome'), name='regra_de_aviso_nome_unico', violation_error_message='Já existe uma regra com este nome na empresa.'), models.CheckConstraint(condition=models.Q(('por_email', True), ('na_central', True), _connector='OR'), name='regra_de_aviso_por_algum_canal'), models.CheckConstraint(condition=models.Q(('pausada', True), ('pausada_ate__isnull', True), _connector='OR'), name='regra_de_aviso_pausa')],
                },
            ),
            migrations.CreateModel(
                name='PreferenciaDeAviso',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('por_email', models.BooleanField(default=True, verbose_name='por e-mail')),
                    ('na_central', models.BooleanField(default=True, verbose_name='na central de avisos')),
                    ('dia_da_semana', models.PositiveSmallIntegerField(blank=True, choices=[(0, 'segunda-feira'), (1, 'terça-feira'), (2, 'quarta-feira'), (3, 'quinta-feira'), (4, 'sexta-feira'), (5, 'sábado'), (6, 'domingo')], null=True, verbose_name='só uma vez por semana')),
                    ('alterada_em', models.DateTimeField(auto_now=True, verbose_name='alterada em')),
                    ('pessoa', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='preferencias_de_aviso', to=settings.AUTH_USER_MODEL, verbose_name='pessoa')),
                    ('regra', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='preferencias', to='notificacoes.regradeaviso', verbose_name='regra')),
                ],
                options={
                    'verbose_name': 'preferência de aviso',
                    'verbose_name_plural': 'preferências de avisos',
                    'constraints': [models.UniqueConstraint(fields=('regra', 'pessoa'), name='preferencia_de_aviso_unica')],
                },
            ),
            migrations.CreateModel(
                name='TipoDeLembrete',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('nome', models.CharField(max_length=30, unique=True, verbose_name='nome')),
                    ('ativo', models.BooleanField(default=True, verbose_name='em uso')),
                ],
                options={
                    'verbose_name': 'tipo de lembrete',
                    'verbose_name_plural': 'tipos de lembrete',
                    'ordering': ('nome',),
                },
            ),
            migrations.CreateModel(
                name='Recado',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('especie', models.CharField(choices=[('postit', 'Post-it'), ('lembrete', 'Lembrete')], max_length=8, verbose_name='espécie')),
                    ('titulo', models.CharField(max_length=120, verbose_name='título')),
                    ('texto', models.TextField(verbose_name='mensagem')),
                    ('assinatura', models.CharField(blank=True, max_length=120, verbose_name='assinatura')),
                    ('regra', models.CharField(blank=True, choices=[('sem_pedido', 'sem pedido'), ('sem_contato', 'sem contato')], max_length=11, verbose_name='lista de clientes')),
                    ('dias', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='dias')),
                    ('publico', models.CharField(choices=[('contas', 'Contas escolhidas'), ('equipes', 'Equipes'), ('todos', 'Todos')], max_length=7, verbose_name='para')),
                    ('surge_no_dia', models.DateField(blank=True, null=True, verbose_name='surge em')),
                    ('vale_ate', models.DateField(blank=True, null=True, verbose_name='vale até')),
                    ('por_email', models.BooleanField(default=False, verbose_name='também por e-mail')),
                    ('criado_em', models.DateTimeField(auto_now_add=True, verbose_name='criado em')),
                    ('enviado_em', models.DateTimeField(blank=True, null=True, verbose_name='enviado em')),
                    ('surge_em', models.DateTimeField(blank=True, null=True, verbose_name='surge em')),
                    ('expira_em', models.DateTimeField(blank=True, null=True, verbose_name='expira em')),
                    ('encerrado_em', models.DateTimeField(blank=True, null=True, verbose_name='encerrado em')),
                    ('envios', models.PositiveSmallIntegerField(default=0, verbose_name='envios')),
                    ('reenviado_em', models.DateTimeField(blank=True, null=True, verbose_name='reenviado em')),
                    ('contas', models.ManyToManyField(blank=True, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='contas')),
                    ('equipes', models.ManyToManyField(blank=True, related_name='+', to='contas.equipe', verbose_name='equipes')),
                    ('por', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='recados', to=settings.AUTH_USER_MODEL, verbose_name='de')),
                    ('tipo', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='recados', to='notificacoes.tipodelembrete', verbose_name='tipo')),
                ],
                options={
                    'verbose_name': 'recado',
                    'verbose_name_plural': 'recados',
                    'ordering': ('-id',),
                    'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('dias__isnull', True), ('regra', '')), models.Q(models.Q(('regra', ''), _negated=True), ('dias__range', (1, 3650))), _connector='OR'), name='recado_lista_com_dias'), models.CheckConstraint(condition=models.Q(models.Q(('especie', 'lembrete'), ('regra', ''), ('tipo__isnull', False)), models.Q(('especie', 'postit'), ('tipo__isnull', True)), _connector='OR'), name='recado_tipo_so_de_lembrete'), models.CheckConstraint(condition=models.Q(models.Q(('encerrado_em__isnull', True), ('enviado_em__isnull', True), ('surge_em__isnull', True)), models.Q(('enviado_em__isnull', False), ('surge_em__isnull', False)), _connector='OR'), name='recado_enviado_tem_hora')],
                },
            ),
            migrations.CreateModel(
                name='EnlaceUsado',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('chave', models.UUIDField(editable=False, unique=True, verbose_name='chave do enlace')),
                    ('vaga', models.DateField(verbose_name='vaga do e-mail')),
                    ('gesto', models.CharField(choices=[('c', 'Falei, comprou'), ('n', 'Falei, não comprou'), ('s', 'Sem resposta'), ('a', 'Agendar para amanhã'), ('d', 'Adiar')], max_length=1, verbose_name='gesto')),
                    ('vez', models.PositiveSmallIntegerField(default=0, verbose_name='vez')),
                    ('feito_em', models.DateTimeField(blank=True, null=True, verbose_name='feito em')),
                    ('desfeito_em', models.DateTimeField(blank=True, null=True, verbose_name='desfeito em')),
                    ('agendamento', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='clientes.agendamento', verbose_name='agendamento')),
                    ('cliente', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='clientes.cliente', verbose_name='cliente')),
                    ('contato', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='clientes.contato', verbose_name='contato')),
                    ('decisao', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='clientes.decisaodafila', verbose_name='adiamento')),
                    ('pessoa', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='pessoa')),
                ],
                options={
                    'verbose_name': 'enlace usado',
                    'verbose_name_plural': 'enlaces usados',
                    'ordering': ('-id',),
                    'indexes': [models.Index(fields=['pessoa', 'cliente', 'vaga'], name='enlace_do_email')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('desfeito_em__isnull', True), ('feito_em__isnull', False), _connector='OR'), name='enlace_desfeito_foi_feito')],
                },
            ),
            migrations.CreateModel(
                name='DestinoDeWebhook',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('nome', models.CharField(max_length=80, verbose_name='nome')),
                    ('url', models.CharField(max_length=500, verbose_name='endereço')),
                    ('eventos', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None, verbose_name='eventos')),
                    ('rede_interna', models.BooleanField(default=False, verbose_name='aceitar endereço da rede interna')),
                    ('segredo', models.TextField(verbose_name='segredo')),
                    ('segredo_anterior', models.TextField(blank=True, verbose_name='segredo anterior')),
                    ('segredo_anterior_ate', models.DateTimeField(blank=True, null=True, verbose_name='o anterior vale até')),
                    ('pausado_em', models.DateTimeField(blank=True, null=True, verbose_name='pausado em')),
                    ('falhas_seguidas', models.PositiveSmallIntegerField(default=0, verbose_name='falhas seguidas')),
                    ('descansa_ate', models.DateTimeField(blank=True, null=True, verbose_name='descansa até')),
                    ('decidido_ate', models.DateTimeField(default=django.utils.timezone.now, verbose_name='decidido até')),
                    ('criado_em', models.DateTimeField(default=django.utils.timezone.now, verbose_name='criado em')),
                    ('criado_por', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='criado por')),
                    ('empresa', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='webhooks', to='contas.empresa', verbose_name='empresa')),
                    ('eventos_desde', models.JSONField(default=dict, verbose_name='pedidos depois')),
                ],
                options={
                    'verbose_name': 'webhook',
                    'verbose_name_plural': 'webhooks',
                    'ordering': ('nome', 'id'),
                    'constraints': [models.CheckConstraint(condition=models.Q(('segredo_anterior', ''), ('segredo_anterior_ate__isnull', False), _connector='OR'), name='webhook_com_prazo_na_troca')],
                },
            ),
            migrations.CreateModel(
                name='Devolucao',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('endereco', models.EmailField(max_length=254, verbose_name='endereço')),
                    ('motivo', models.CharField(blank=True, max_length=300, verbose_name='motivo')),
                    ('origem', models.CharField(choices=[('mao', 'À mão'), ('arquivo', 'Arquivo'), ('aviso', 'Aviso do servidor')], max_length=8, verbose_name='origem')),
                    ('registrada_em', models.DateTimeField(default=django.utils.timezone.now, verbose_name='registrada em')),
                    ('liberada_em', models.DateTimeField(blank=True, null=True, verbose_name='liberada em')),
                    ('liberada_por', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='liberada por')),
                    ('mensagem', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='devolucoes', to='notificacoes.mensagem', verbose_name='mensagem que voltou')),
                    ('por', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='registrada por')),
                ],
                options={
                    'verbose_name': 'devolução',
                    'verbose_name_plural': 'devoluções',
                    'ordering': ('-registrada_em', '-id'),
                    'constraints': [models.UniqueConstraint(condition=models.Q(('liberada_em__isnull', True)), fields=('endereco',), name='devolucao_em_vigor')],
                },
            ),
            migrations.CreateModel(
                name='EntregaDeWebhook',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('evento', models.CharField(max_length=40, verbose_name='evento')),
                    ('chave', models.CharField(max_length=120, verbose_name='chave')),
                    ('numero', models.UUIDField(default=uuid.uuid4, editable=False, verbose_name='número')),
                    ('corpo', models.TextField(verbose_name='corpo')),
                    ('estado', models.CharField(choices=[('pendente', 'Pendente'), ('enviando', 'Enviando'), ('entregue', 'Entregue'), ('desistida', 'Desistida')], default='pendente', max_length=10, verbose_name='estado')),
                    ('tentativas', models.PositiveSmallIntegerField(default=0, verbose_name='tentativas')),
                    ('decidida_em', models.DateTimeField(default=django.utils.timezone.now, verbose_name='decidida em')),
                    ('pedida_em', models.DateTimeField(default=django.utils.timezone.now, verbose_name='pedida em')),
                    ('proxima_tentativa_em', models.DateTimeField(default=django.utils.timezone.now, verbose_name='próxima tentativa em')),
                    ('reivindicada_em', models.DateTimeField(blank=True, null=True, verbose_name='reivindicada em')),
                    ('entregue_em', models.DateTimeField(blank=True, null=True, verbose_name='entregue em')),
                    ('erro', models.CharField(blank=True, max_length=300, verbose_name='erro')),
                    ('destino', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='entregas', to='notificacoes.destinodewebhook', verbose_name='destino')),
                ],
                options={
                    'verbose_name': 'entrega de webhook',
                    'verbose_name_plural': 'entregas de webhook',
                    'ordering': ('-id',),
                    'indexes': [models.Index(condition=models.Q(('estado', 'pendente')), fields=['destino', 'proxima_tentativa_em', 'id'], name='entrega_a_fazer'), models.Index(condition=models.Q(('estado', 'enviando')), fields=['reivindicada_em'], name='entrega_no_meio'), models.Index(fields=['destino', '-id'], name='entrega_do_destino')],
                    'constraints': [models.UniqueConstraint(fields=('destino', 'chave'), name='entrega_unica')],
                },
            ),
            migrations.CreateModel(
                name='LimiteDeEnvio',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('dominio', models.CharField(max_length=120, unique=True, verbose_name='domínio')),
                    ('por_minuto', models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(10000)], verbose_name='mensagens por minuto')),
                    ('minuto', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='minuto corrente')),
                    ('usadas', models.PositiveIntegerField(default=0, editable=False, verbose_name='saíram no minuto')),
                ],
                options={
                    'verbose_name': 'limite de envio',
                    'verbose_name_plural': 'limites de envio',
                    'ordering': ('dominio',),
                },
            ),
            migrations.CreateModel(
                name='TentativaDeWebhook',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('em', models.DateTimeField(default=django.utils.timezone.now, verbose_name='em')),
                    ('status', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='status HTTP')),
                    ('ms', models.PositiveIntegerField(default=0, verbose_name='duração (ms)')),
                    ('resposta', models.CharField(blank=True, max_length=500, verbose_name='começo da resposta')),
                    ('erro', models.CharField(blank=True, max_length=300, verbose_name='erro')),
                    ('entrega', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='registro', to='notificacoes.entregadewebhook', verbose_name='entrega')),
                ],
                options={
                    'verbose_name': 'tentativa de webhook',
                    'verbose_name_plural': 'tentativas de webhook',
                    'ordering': ('-id',),
                },
            ),
        ]),
        migrations.RunPython(_REGRAS.criar),
        migrations.RunPython(_TIPOS.tipos_de_partida),
    ]
