"""Os cortes de ABC e RFV da última rodada ficam: a seguinte só reclassifica quem está entre os velhos e os novos.

E quem entra ou sai do perfil passa a ser marcado para o recálculo, porque as classes dele mudam.
"""

from django.db import migrations, models

MUDAR = """
CREATE OR REPLACE FUNCTION atividade_cliente_mudou() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM atividade_esperar_recalculo(array(
    SELECT n.id FROM novos n JOIN antigos a ON a.id = n.id
     WHERE (a.empresa_id, a.vendedor_id, a.equipe_id, a.segmento_id, a.uf)
           IS DISTINCT FROM (n.empresa_id, n.vendedor_id, n.equipe_id, n.segmento_id, n.uf)));
  UPDATE atividade_indicadores i
     SET empresa_id = n.empresa_id, vendedor_id = n.vendedor_id, equipe_id = n.equipe_id,
         segmento_id = n.segmento_id, uf = n.uf
    FROM novos n JOIN antigos a ON a.id = n.id
   WHERE i.cliente_id = n.id
     AND (a.empresa_id, a.vendedor_id, a.equipe_id, a.segmento_id, a.uf)
         IS DISTINCT FROM (n.empresa_id, n.vendedor_id, n.equipe_id, n.segmento_id, n.uf);
  INSERT INTO atividade_sujo (cliente_id, desde)
  SELECT n.id, least(CASE WHEN a.encerrado_em IS DISTINCT FROM n.encerrado_em
                          THEN least(a.encerrado_em, n.encerrado_em) END,
                     CASE WHEN a.cadastrado_em IS DISTINCT FROM n.cadastrado_em
                          THEN least(a.cadastrado_em, n.cadastrado_em) END)
    FROM novos n JOIN antigos a ON a.id = n.id
   WHERE (a.segmento_id, a.empresa_id, a.encerrado_em, a.cadastrado_em{perfil_a})
         IS DISTINCT FROM (n.segmento_id, n.empresa_id, n.encerrado_em, n.cadastrado_em{perfil_n});
  RETURN NULL;
END $$;
"""
COM_PERFIL = MUDAR.replace("{perfil_a}", ", a.fora_do_perfil").replace("{perfil_n}", ", n.fora_do_perfil")
SEM_PERFIL = MUDAR.replace("{perfil_a}", "").replace("{perfil_n}", "")


class Migration(migrations.Migration):
    dependencies = [("atividade", "0016_nao_visitar")]

    operations = [
        migrations.AddField(
            "estadodorecalculo",
            "cortes",
            models.JSONField(blank=True, null=True, verbose_name="cortes de ABC e RFV da última rodada"),
        ),
        migrations.RunSQL(COM_PERFIL, SEM_PERFIL),
    ]
