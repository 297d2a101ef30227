"""Os gatilhos que cruzam o antes com o depois escolhem o plano a cada comando.

Uma função guarda o plano da primeira vez. Se essa primeira vez foi um comando que não mudou linha nenhuma, a seguinte,
com dez mil, percorria as duas tabelas de transição uma pela outra: cem milhões de passos. Em texto, o comando se
planeja pelo tamanho que tem.
"""

from django.db import migrations

_DONO = """(a.empresa_id, a.vendedor_id, a.equipe_id, a.segmento_id, a.uf)
         IS DISTINCT FROM (n.empresa_id, n.vendedor_id, n.equipe_id, n.segmento_id, n.uf)"""
_OS_DOIS = "novos n JOIN antigos a ON a.id = n.id"
DO_CLIENTE = (
    f"SELECT atividade_esperar_recalculo(array(SELECT n.id FROM {_OS_DOIS} WHERE {_DONO}))",
    f"""UPDATE atividade_indicadores i
     SET empresa_id = n.empresa_id, vendedor_id = n.vendedor_id, equipe_id = n.equipe_id,
         segmento_id = n.segmento_id, uf = n.uf
    FROM {_OS_DOIS}
   WHERE i.cliente_id = n.id AND {_DONO}""",
    f"""INSERT INTO atividade_sujo (cliente_id, desde)
  SELECT n.id, least(CASE WHEN a.encerrado_em IS DISTINCT FROM n.encerrado_em
                          THEN least(a.encerrado_em, n.encerrado_em) END,
                     CASE WHEN a.cadastrado_em IS DISTINCT FROM n.cadastrado_em
                          THEN least(a.cadastrado_em, n.cadastrado_em) END)
    FROM {_OS_DOIS}
   WHERE (a.segmento_id, a.empresa_id, a.encerrado_em, a.cadastrado_em)
         IS DISTINCT FROM (n.segmento_id, n.empresa_id, n.encerrado_em, n.cadastrado_em)""",
)
DO_PEDIDO = (
    f"""INSERT INTO atividade_sujo (cliente_id, desde)
  SELECT c.id, min(c.data) FILTER (WHERE c.conta)
    FROM {_OS_DOIS}
   CROSS JOIN LATERAL (VALUES (a.cliente_id, a.data, a.conta), (n.cliente_id, n.data, n.conta)) AS c (id, data, conta)
   WHERE (a.cliente_id, a.empresa_id, a.data, a.valor, a.conta, a.situacao)
         IS DISTINCT FROM (n.cliente_id, n.empresa_id, n.data, n.valor, n.conta, n.situacao)
   GROUP BY 1""",
)


def _funcao(nome, comandos, em_texto):
    def comando(sql):
        if em_texto:
            return f"  EXECUTE $sql$ {sql} $sql$;"
        return f"  {sql.replace('SELECT atividade_', 'PERFORM atividade_', 1)};"

    corpo = "\n".join(comando(c) for c in comandos)
    return f"CREATE OR REPLACE FUNCTION {nome}() RETURNS trigger LANGUAGE plpgsql AS $$\nBEGIN\n{corpo}\n  RETURN NULL;\nEND $$;"


def _todas(em_texto):
    return "\n".join(
        _funcao(nome, comandos, em_texto)
        for nome, comandos in (("atividade_cliente_mudou", DO_CLIENTE), ("atividade_pedido_mudou", DO_PEDIDO))
    )


class Migration(migrations.Migration):
    dependencies = [("atividade", "0017_cortes_da_rodada")]

    operations = [migrations.RunSQL(_todas(em_texto=True), _todas(em_texto=False))]
