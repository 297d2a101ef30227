"""A auditoria só de acréscimo: o banco recusa mudar, apagar e esvaziar, e cada linha diz de onde se fez.

Três funções passam pelo gatilho, que as reconhece na pilha de chamadas: nenhuma variável de sessão o desliga. A
que esquece um titular e a que apaga o que venceu deixam a sua própria linha; a da demonstração só corre numa.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# O corpo se liga às funções que chama ao nascer: a cópia o refaz sem caminho de busca, por causa do índice.
PALAVRAS = r"""
CREATE FUNCTION contas_palavras(texto text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT array_to_tsvector(coalesce(array_agg(DISTINCT left(p, 60)), '{}'))
    FROM regexp_split_to_table(sem_acento(texto), '[^a-z0-9]+') AS p
   WHERE p <> '';
END;
CREATE INDEX auditoria_palavras ON contas_registrodeauditoria
  USING gin (contas_palavras(acao || ' ' || objeto || ' ' || quem));
"""
DESFAZER_PALAVRAS = "DROP INDEX auditoria_palavras; DROP FUNCTION contas_palavras(text);"

GATILHO = r"""
CREATE FUNCTION auditoria_so_acrescenta() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE pilha text;
BEGIN
  GET DIAGNOSTICS pilha = PG_CONTEXT;
  IF pilha ~ '\mauditoria_(esquecer\(text\[\],text\[\]\)|apagar_vencida\(timestamp with time zone,integer\)|esvaziar_demonstracao\(\))' THEN
    RETURN NULL;
  END IF;
  RAISE EXCEPTION 'A auditoria só se acrescenta: % recusado.', TG_OP USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER auditoria_so_acrescenta BEFORE UPDATE OR DELETE OR TRUNCATE ON contas_registrodeauditoria
  FOR EACH STATEMENT EXECUTE FUNCTION auditoria_so_acrescenta();

-- Anonimização: fica quem fez, o quê e quando; sai o que se dizia do titular.
CREATE FUNCTION auditoria_esquecer(alvos text[], padroes text[]) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE linhas bigint;
BEGIN
  UPDATE contas_registrodeauditoria
     SET antes = NULL, depois = '{"dados": "anonimizados"}',
         objeto = CASE WHEN objeto ILIKE ANY (padroes) THEN 'titular anonimizado' ELSE objeto END
   WHERE ((alvo <> '' AND alvo = ANY (alvos) OR objeto = ANY (alvos)) AND (antes IS NOT NULL OR depois IS NOT NULL))
      OR (coalesce(antes::text, '') || coalesce(depois::text, '') || objeto) ILIKE ANY (padroes);
  GET DIAGNOSTICS linhas = ROW_COUNT;
  INSERT INTO contas_registrodeauditoria (em, acao, objeto, depois, via)
  VALUES (now(), 'auditoria.esquecer', coalesce(alvos[1], ''), jsonb_build_object('linhas', linhas), 'sistema');
  RETURN linhas;
END $$;

-- Retenção: só o que tem mais de seis meses, o mínimo que a lei pede dos registros de acesso, e em lotes.
CREATE FUNCTION auditoria_apagar_vencida(ate timestamptz, lote int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE linhas bigint;
BEGIN
  IF ate > now() - interval '6 months' THEN
    RAISE EXCEPTION 'A auditoria dos últimos seis meses não se apaga.';
  END IF;
  DELETE FROM contas_registrodeauditoria WHERE id IN (
    SELECT id FROM contas_registrodeauditoria WHERE em < ate AND acao <> 'auditoria.apagar' ORDER BY em LIMIT lote);
  GET DIAGNOSTICS linhas = ROW_COUNT;
  IF linhas > 0 THEN
    INSERT INTO contas_registrodeauditoria (em, acao, objeto, depois, via)
    VALUES (now(), 'auditoria.apagar', '', jsonb_build_object('linhas', linhas, 'ate', ate), 'sistema');
  END IF;
  RETURN linhas;
END $$;

CREATE FUNCTION auditoria_esvaziar_demonstracao() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM contas_instalacao WHERE id = 1 AND demo) THEN
    RAISE EXCEPTION 'Nesta instalação os dados são de verdade.';
  END IF;
  TRUNCATE contas_registrodeauditoria RESTART IDENTITY;
END $$;
"""
DESFAZER_GATILHO = """
DROP TRIGGER auditoria_so_acrescenta ON contas_registrodeauditoria;
DROP FUNCTION auditoria_so_acrescenta(), auditoria_esquecer(text[], text[]),
  auditoria_apagar_vencida(timestamptz, int), auditoria_esvaziar_demonstracao();
"""


class Migration(migrations.Migration):

    dependencies = [
        ("contas", "0012_regras_sessoes_e_aparelhos"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='registrodeauditoria',
            name='auditoria_recente',
        ),
        migrations.AddField(
            model_name='registrodeauditoria',
            name='alvo',
            field=models.CharField(blank=True, db_default='', default='', max_length=60, verbose_name='alvo'),
        ),
        migrations.AddField(
            model_name='registrodeauditoria',
            name='endereco',
            field=models.GenericIPAddressField(blank=True, null=True, verbose_name='endereço'),
        ),
        migrations.AddField(
            model_name='registrodeauditoria',
            name='meio',
            field=models.CharField(blank=True, db_default='', default='', max_length=200, verbose_name='navegador, comando ou tarefa'),
        ),
        migrations.AddField(
            model_name='registrodeauditoria',
            name='pedido',
            field=models.CharField(blank=True, db_default='', default='', max_length=40, verbose_name='pedido'),
        ),
        migrations.AddField(
            model_name='registrodeauditoria',
            name='quem',
            field=models.CharField(blank=True, db_default='', default='', max_length=120, verbose_name='quem fez'),
        ),
        migrations.AddField(
            model_name='registrodeauditoria',
            name='via',
            field=models.CharField(choices=[('pagina', 'Página'), ('api', 'API'), ('comando', 'Comando'), ('tarefa', 'Tarefa'), ('sistema', 'Sistema')], db_default='', default='sistema', max_length=8, verbose_name='via'),
        ),
        migrations.AlterField(
            model_name='registrodeauditoria',
            name='por',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='por'),
        ),
        migrations.AddIndex(
            model_name='registrodeauditoria',
            index=models.Index(fields=['-em', 'id'], name='auditoria_por_hora'),
        ),
        migrations.AddIndex(
            model_name='registrodeauditoria',
            index=models.Index(fields=['acao', '-em', 'id'], name='auditoria_da_acao'),
        ),
        migrations.AddIndex(
            model_name='registrodeauditoria',
            index=models.Index(fields=['por', '-em', 'id'], name='auditoria_de_quem'),
        ),
        migrations.AddIndex(
            model_name='registrodeauditoria',
            index=models.Index(condition=models.Q(('endereco__isnull', False)), fields=['endereco', '-em', 'id'], name='auditoria_do_endereco'),
        ),
        migrations.AddIndex(
            model_name='registrodeauditoria',
            index=models.Index(condition=models.Q(('alvo', ''), _negated=True), fields=['alvo', '-em', 'id'], name='auditoria_do_alvo'),
        ),
        migrations.AddIndex(
            model_name='registrodeauditoria',
            index=models.Index(fields=['objeto', '-em'], name='auditoria_do_objeto'),
        ),
        migrations.RunSQL(PALAVRAS, DESFAZER_PALAVRAS),
        migrations.RunSQL(GATILHO, DESFAZER_GATILHO),
    ]
