"""Os gatilhos da busca que cruzam o antes com o depois escolhem o plano a cada comando, e não na primeira vez."""

from django.db import migrations

_MUDANCAS = {
    "cliente": """SELECT c.id FROM novos c JOIN antigos a ON a.id = c.id
     WHERE (a.razao_social, a.nome_fantasia, a.codigo, a.documento, a.cidade, a.email, a.observacao, a.telefone)
           IS DISTINCT FROM
           (c.razao_social, c.nome_fantasia, c.codigo, c.documento, c.cidade, c.email, c.observacao, c.telefone)""",
    "pessoa": """SELECT unnest(ARRAY[a.cliente_id, p.cliente_id]) FROM novos p JOIN antigos a ON a.id = p.id
     WHERE (a.cliente_id, a.nome, a.email, a.telefone, a.observacao)
           IS DISTINCT FROM (p.cliente_id, p.nome, p.email, p.telefone, p.observacao)""",
    "contato": """SELECT unnest(ARRAY[a.cliente_id, n.cliente_id]) FROM novos n JOIN antigos a ON a.id = n.id
     WHERE (a.cliente_id, a.observacao, a.desfeito_em IS NULL)
           IS DISTINCT FROM (n.cliente_id, n.observacao, n.desfeito_em IS NULL)
       AND (a.observacao <> '' OR n.observacao <> '')""",
}


def _funcoes(modelo):
    return "\n".join(
        f"""CREATE OR REPLACE FUNCTION clientes_busca_{nome}_mudou() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE alvos bigint[];
BEGIN
  {modelo.format(mudancas=mudancas)}
  PERFORM clientes_refazer_busca(alvos);
  RETURN NULL;
END $$;"""
        for nome, mudancas in _MUDANCAS.items()
    )


class Migration(migrations.Migration):
    dependencies = [("clientes", "0024_gatilhos_da_lgpd")]

    operations = [
        migrations.RunSQL(
            _funcoes("EXECUTE $sql$ SELECT array({mudancas}) $sql$ INTO alvos;"),
            _funcoes("alvos := array({mudancas});"),
        )
    ]
