"""Fornecedores, com tabelas próprias; a visão diz o que mudou no crédito de cada um, refeita a cada leitura."""

import clientes.models.cliente
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


# Restrição aberta piora, baixada melhora; um score melhora ou piora quando cai noutra faixa que o anterior da fonte.
CRIAR = """
CREATE VIEW clientes_mudancadofornecedor AS
SELECT 'a' || r.id AS chave, r.fornecedor_id, r.em, false AS melhorou, r.fonte, r.tipo, NULL::integer AS antes,
       NULL::integer AS depois, NULL::varchar AS faixa
FROM clientes_restricaodefornecedor r WHERE r.tipo NOT IN ('mudanca_societaria', 'evento')
UNION ALL
SELECT 'b' || r.id, r.fornecedor_id, r.baixada_em, true, r.fonte, r.tipo, NULL, NULL, NULL
FROM clientes_restricaodefornecedor r WHERE r.baixada_em IS NOT NULL
UNION ALL
SELECT 's' || u.id, u.fornecedor_id, u.em, fu.minimo > fa.minimo, u.fonte, '', u.antes, u.valor, fu.nome
FROM (SELECT s.*, lag(s.valor) OVER (PARTITION BY s.fornecedor_id, s.fonte ORDER BY s.em)::integer AS antes
        FROM clientes_scoredefornecedor s) u
JOIN clientes_faixaemvigor fu ON fu.empresa_id = u.empresa_id AND u.valor BETWEEN fu.minimo AND fu.maximo
JOIN clientes_faixaemvigor fa ON fa.empresa_id = u.empresa_id AND u.antes BETWEEN fa.minimo AND fa.maximo
WHERE fu.minimo <> fa.minimo;

-- O anonimizado não volta por caminho nenhum, como no cliente.
CREATE FUNCTION lgpd_guardar_fornecedor() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.anonimizado_em := OLD.anonimizado_em;
  NEW.nome := OLD.nome;
  NEW.documento := OLD.documento;
  NEW.documento_valido := OLD.documento_valido;
  NEW.contato := OLD.contato;
  NEW.telefone := OLD.telefone;
  NEW.email := OLD.email;
  NEW.observacao := OLD.observacao;
  NEW.erp := OLD.erp;
  RETURN NEW;
END $$;
CREATE TRIGGER lgpd_guardar_fornecedor BEFORE UPDATE ON clientes_fornecedor FOR EACH ROW
  WHEN (OLD.anonimizado_em IS NOT NULL) EXECUTE FUNCTION lgpd_guardar_fornecedor();
"""
DESFAZER = """
DROP VIEW clientes_mudancadofornecedor;
DROP TRIGGER lgpd_guardar_fornecedor ON clientes_fornecedor;
DROP FUNCTION lgpd_guardar_fornecedor();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('clientes', '0025_busca_replanejada'),
        ('contas', '0016_credito_por_papel'),
    ]

    operations = [
        migrations.CreateModel(
            name='MudancaDoFornecedor',
            fields=[
                ('chave', models.CharField(max_length=40, primary_key=True, serialize=False, verbose_name='chave')),
                ('em', models.DateField(verbose_name='em')),
                ('melhorou', models.BooleanField(verbose_name='melhorou')),
                ('fonte', models.CharField(max_length=40, verbose_name='fonte')),
                ('tipo', models.CharField(max_length=20, verbose_name='tipo da restrição')),
                ('antes', models.IntegerField(null=True, verbose_name='score antes')),
                ('depois', models.IntegerField(null=True, verbose_name='score depois')),
                ('faixa', models.CharField(max_length=30, null=True, verbose_name='faixa')),
            ],
            options={
                'verbose_name': 'mudança do fornecedor',
                'verbose_name_plural': 'mudanças dos fornecedores',
                'db_table': 'clientes_mudancadofornecedor',
                'ordering': ('-em', '-chave'),
                'managed': False,
            },
        ),
        migrations.AlterField(
            model_name='importacao',
            name='tipo',
            field=models.CharField(choices=[('clientes', 'Clientes'), ('pedidos', 'Pedidos'), ('itens', 'Itens de pedidos'), ('orcamentos', 'Orçamentos'), ('notas', 'Notas fiscais'), ('titulos', 'Títulos'), ('atendimentos', 'Atendimentos'), ('pessoas', 'Pessoas de contato'), ('scores', 'Scores de crédito'), ('restricoes', 'Restrições e eventos do birô'), ('vendas', 'Clientes, pedidos e itens juntos'), ('fornecedores', 'Fornecedores'), ('scores_de_fornecedores', 'Scores de fornecedores'), ('restricoes_de_fornecedores', 'Restrições e eventos de fornecedores')], max_length=30, verbose_name='tipo'),
        ),
        migrations.AlterField(
            model_name='mapeamentodecolunas',
            name='tipo',
            field=models.CharField(choices=[('clientes', 'Clientes'), ('pedidos', 'Pedidos'), ('itens', 'Itens de pedidos'), ('orcamentos', 'Orçamentos'), ('notas', 'Notas fiscais'), ('titulos', 'Títulos'), ('atendimentos', 'Atendimentos'), ('pessoas', 'Pessoas de contato'), ('scores', 'Scores de crédito'), ('restricoes', 'Restrições e eventos do birô'), ('vendas', 'Clientes, pedidos e itens juntos'), ('fornecedores', 'Fornecedores'), ('scores_de_fornecedores', 'Scores de fornecedores'), ('restricoes_de_fornecedores', 'Restrições e eventos de fornecedores')], max_length=30, verbose_name='tipo'),
        ),
        # Para voltar atrás: o nome comprido não cabe no campo de antes, e o curto cabe justo.
        migrations.RunSQL(
            migrations.RunSQL.noop,
            """UPDATE clientes_importacao SET tipo = 'fornecedores' WHERE tipo LIKE '%\\_de\\_fornecedores';
               DELETE FROM clientes_mapeamentodecolunas WHERE tipo LIKE '%\\_de\\_fornecedores'""",
        ),
        migrations.CreateModel(
            name='Fornecedor',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('criado_em', models.DateTimeField(auto_now_add=True, verbose_name='criado em')),
                ('atualizado_em', models.DateTimeField(auto_now=True, verbose_name='atualizado em')),
                ('codigo', models.CharField(db_collation='C', max_length=40, verbose_name='código')),
                ('nome', models.CharField(max_length=160, verbose_name='nome')),
                ('documento', models.CharField(blank=True, max_length=30, verbose_name='CPF/CNPJ')),
                ('documento_valido', models.BooleanField(default=False, verbose_name='documento válido')),
                ('cidade', models.CharField(blank=True, max_length=80, verbose_name='município')),
                ('uf', models.CharField(blank=True, max_length=2, verbose_name='UF')),
                ('contato', models.CharField(blank=True, max_length=120, verbose_name='com quem falar')),
                ('telefone', models.CharField(blank=True, max_length=40, verbose_name='telefone')),
                ('email', models.CharField(blank=True, max_length=254, verbose_name='e-mail')),
                ('ativo', models.BooleanField(default=True, verbose_name='ativo')),
                ('observacao', models.TextField(blank=True, verbose_name='observação')),
                ('anonimizado_em', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='anonimizado em')),
                ('erp', models.JSONField(blank=True, default=dict, verbose_name='valores do ERP')),
                ('nome_chave', models.GeneratedField(db_persist=True, expression=clientes.models.cliente.SemAcento(models.F('nome')), output_field=models.TextField())),
                ('empresa', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='fornecedores', to='contas.empresa', verbose_name='empresa')),
                ('importacao', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='clientes.importacao', verbose_name='importação')),
                ('municipio', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clientes.municipio', verbose_name='município IBGE')),
            ],
            options={
                'verbose_name': 'fornecedor',
                'verbose_name_plural': 'fornecedores',
            },
        ),
        migrations.CreateModel(
            name='RestricaoDeFornecedor',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('criado_em', models.DateTimeField(auto_now_add=True, verbose_name='criado em')),
                ('atualizado_em', models.DateTimeField(auto_now=True, verbose_name='atualizado em')),
                ('fonte', models.CharField(db_collation='C', max_length=40, verbose_name='fonte')),
                ('em', models.DateField(verbose_name='data')),
                ('tipo', models.CharField(choices=[('pendencia', 'Pendência'), ('protesto', 'Protesto'), ('acao', 'Ação judicial'), ('cheque', 'Cheque sem fundo'), ('falencia', 'Falência ou recuperação'), ('outra', 'Outra restrição'), ('mudanca_societaria', 'Mudança societária'), ('evento', 'Outro evento')], max_length=20, verbose_name='tipo')),
                ('numero', models.CharField(blank=True, db_collation='C', max_length=40, verbose_name='número')),
                ('valor', models.DecimalField(decimal_places=2, default=0, max_digits=14, verbose_name='valor')),
                ('baixada_em', models.DateField(blank=True, null=True, verbose_name='baixada em')),
                ('descricao', models.CharField(blank=True, max_length=300, verbose_name='descrição')),
                ('empresa', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contas.empresa', verbose_name='empresa')),
                ('fornecedor', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='restricoes', to='clientes.fornecedor', verbose_name='fornecedor')),
                ('importacao', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='clientes.importacao', verbose_name='importação')),
            ],
            options={
                'verbose_name': 'restrição de fornecedor',
                'verbose_name_plural': 'restrições de fornecedores',
                'ordering': ('-em', '-id'),
            },
        ),
        migrations.CreateModel(
            name='ScoreDeFornecedor',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('criado_em', models.DateTimeField(auto_now_add=True, verbose_name='criado em')),
                ('atualizado_em', models.DateTimeField(auto_now=True, verbose_name='atualizado em')),
                ('fonte', models.CharField(db_collation='C', max_length=40, verbose_name='fonte')),
                ('em', models.DateField(verbose_name='data')),
                ('valor', models.PositiveSmallIntegerField(verbose_name='score')),
                ('empresa', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contas.empresa', verbose_name='empresa')),
                ('fornecedor', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='scores', to='clientes.fornecedor', verbose_name='fornecedor')),
                ('importacao', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='clientes.importacao', verbose_name='importação')),
            ],
            options={
                'verbose_name': 'score de fornecedor',
                'verbose_name_plural': 'scores de fornecedores',
                'ordering': ('-em', '-id'),
            },
        ),
        migrations.CreateModel(
            name='CorrecaoDeScoreDeFornecedor',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('de', models.PositiveSmallIntegerField(verbose_name='era')),
                ('para', models.PositiveSmallIntegerField(verbose_name='passou a ser')),
                ('em', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='em')),
                ('score', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='correcoes', to='clientes.scoredefornecedor', verbose_name='score')),
            ],
            options={
                'verbose_name': 'correção de score de fornecedor',
                'verbose_name_plural': 'correções de scores de fornecedores',
                'ordering': ('score', 'id'),
            },
        ),
        migrations.AddIndex(
            model_name='fornecedor',
            index=models.Index(fields=['empresa', 'documento'], name='fornecedor_por_documento'),
        ),
        migrations.AddConstraint(
            model_name='fornecedor',
            constraint=models.UniqueConstraint(fields=('empresa', 'codigo'), name='fornecedor_codigo_unico', violation_error_message='Já existe um fornecedor com este código na empresa.'),
        ),
        migrations.AddConstraint(
            model_name='fornecedor',
            constraint=models.CheckConstraint(condition=models.Q(('codigo', ''), _negated=True), name='fornecedor_com_codigo'),
        ),
        migrations.AddConstraint(
            model_name='fornecedor',
            constraint=models.CheckConstraint(condition=models.Q(('nome', ''), _negated=True), name='fornecedor_com_nome'),
        ),
        migrations.AddConstraint(
            model_name='fornecedor',
            constraint=models.CheckConstraint(condition=models.Q(('uf', ''), ('uf__in', ('AC', 'AL', 'AM', 'AP', 'BA', 'CE', 'DF', 'ES', 'GO', 'MA', 'MG', 'MS', 'MT', 'PA', 'PB', 'PE', 'PI', 'PR', 'RJ', 'RN', 'RO', 'RR', 'RS', 'SC', 'SE', 'SP', 'TO')), _connector='OR'), name='fornecedor_uf_conhecida'),
        ),
        migrations.AddConstraint(
            model_name='fornecedor',
            constraint=models.CheckConstraint(condition=models.Q(('documento_valido', False), ('documento__regex', '^([0-9]{11}|[0-9A-Z]{12}[0-9]{2})$'), _connector='OR'), name='fornecedor_documento_valido_tem_forma'),
        ),
        migrations.AddIndex(
            model_name='restricaodefornecedor',
            index=models.Index(fields=['fornecedor', '-em', '-id'], name='restricao_do_fornecedor'),
        ),
        migrations.AddConstraint(
            model_name='restricaodefornecedor',
            constraint=models.UniqueConstraint(fields=('fornecedor', 'fonte', 'tipo', 'em', 'numero'), name='fornecedor_restricao_unica'),
        ),
        migrations.AddConstraint(
            model_name='restricaodefornecedor',
            constraint=models.CheckConstraint(condition=models.Q(('fonte', ''), _negated=True), name='fornecedor_restricao_com_fonte'),
        ),
        migrations.AddConstraint(
            model_name='restricaodefornecedor',
            constraint=models.CheckConstraint(condition=models.Q(('tipo__in', ['pendencia', 'protesto', 'acao', 'cheque', 'falencia', 'outra', 'mudanca_societaria', 'evento'])), name='fornecedor_restricao_tipo_conhecido'),
        ),
        migrations.AddConstraint(
            model_name='restricaodefornecedor',
            constraint=models.CheckConstraint(condition=models.Q(('valor__gte', 0)), name='fornecedor_restricao_valor_positivo'),
        ),
        migrations.AddConstraint(
            model_name='restricaodefornecedor',
            constraint=models.CheckConstraint(condition=models.Q(('baixada_em__isnull', True), ('baixada_em__gte', models.F('em')), _connector='OR'), name='fornecedor_restricao_baixa_depois'),
        ),
        migrations.AddConstraint(
            model_name='restricaodefornecedor',
            constraint=models.CheckConstraint(condition=models.Q(('baixada_em__isnull', True), models.Q(('tipo__in', ['mudanca_societaria', 'evento']), _negated=True), _connector='OR'), name='fornecedor_evento_do_biro_sem_baixa'),
        ),
        migrations.AddIndex(
            model_name='scoredefornecedor',
            index=models.Index(fields=['fornecedor', '-em', '-id'], name='score_do_fornecedor'),
        ),
        migrations.AddConstraint(
            model_name='scoredefornecedor',
            constraint=models.UniqueConstraint(fields=('fornecedor', 'fonte', 'em'), name='fornecedor_score_unico'),
        ),
        migrations.AddConstraint(
            model_name='scoredefornecedor',
            constraint=models.CheckConstraint(condition=models.Q(('fonte', ''), _negated=True), name='fornecedor_score_com_fonte'),
        ),
        migrations.AddConstraint(
            model_name='scoredefornecedor',
            constraint=models.CheckConstraint(condition=models.Q(('valor__gte', 0), ('valor__lte', 1000)), name='fornecedor_score_na_escala'),
        ),
        migrations.AddConstraint(
            model_name='correcaodescoredefornecedor',
            constraint=models.CheckConstraint(condition=models.Q(('de', models.F('para')), _negated=True), name='fornecedor_correcao_muda_o_score'),
        ),
        migrations.RunSQL(CRIAR, DESFAZER),
    ]
