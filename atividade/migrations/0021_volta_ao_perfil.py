"""Quem entra ou sai do perfil volta a ser marcado para o recálculo: a função reescrita na 0018 o esquecera.

Quem voltou desde então está sem classes: a próxima rodada é completa.
"""

from django.db import migrations

_DONO = """(a.empresa_id, a.vendedor_id, a.equipe_id, a.segmento_id, a.uf)
         IS DISTINCT FROM (n.empresa_id, n.vendedor_id, n.equipe_id, n.segmento_id, n.uf)"""
_FUNCAO = f"""
CREATE OR REPLACE FUNCTION atividade_cliente_mudou() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE $sql$ SELECT atividade_esperar_recalculo(array(
    SELECT n.id FROM novos n JOIN antigos a ON a.id = n.id WHERE {_DONO})) $sql$;
  EXECUTE $sql$ UPDATE atividade_indicadores i
     SET empresa_id = n.empresa_id, vendedor_id = n.vendedor_id, equipe_id = n.equipe_id,
         segmento_id = n.segmento_id, uf = n.uf
    FROM novos n JOIN antigos a ON a.id = n.id
   WHERE i.cliente_id = n.id AND {_DONO} $sql$;
  EXECUTE $sql$ INSERT INTO atividade_sujo (cliente_id, desde)
  SELECT n.id, least(CASE WHEN a.encerrado_em IS DISTINCT FROM n.encerrado_em
                          THEN least(a.encerrado_em, n.encerrado_em) END,
                     CASE WHEN a.cadastrado_em IS DISTINCT FROM n.cadastrado_em
                          THEN least(a.cadastrado_em, n.cadastrado_em) END)
    FROM novos n JOIN antigos a ON a.id = n.id
   WHERE (a.segmento_id, a.empresa_id, a.encerrado_em, a.cadastrado_em{{a}})
         IS DISTINCT FROM (n.segmento_id, n.empresa_id, n.encerrado_em, n.cadastrado_em{{n}}) $sql$;
  RETURN NULL;
END $$;
"""
COM_PERFIL = _FUNCAO.replace("{a}", ", a.fora_do_perfil").replace("{n}", ", n.fora_do_perfil")
SEM_PERFIL = _FUNCAO.replace("{a}", "").replace("{n}", "")
COMPLETO_DA_PROXIMA_VEZ = "UPDATE atividade_estadodorecalculo SET mes = NULL"


class Migration(migrations.Migration):
    dependencies = [("atividade", "0020_grupos_rfv")]

    operations = [
        migrations.RunSQL(COM_PERFIL, SEM_PERFIL),
        migrations.RunSQL(COMPLETO_DA_PROXIMA_VEZ, migrations.RunSQL.noop),
    ]
