"""O nome como se compara à procura de duplicados, e os trigramas dele; gêmeas de `clientes.duplicados`."""

from django.db import migrations

CRIAR = r"""
CREATE FUNCTION clientes_nome_comparavel(nome text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(nullif(btrim(regexp_replace(regexp_replace(simples,
           '\m(ltda|limitada|me|mei|epp|eireli|slu|s a|sa|cia|companhia|e|de|da|do|das|dos|com|comercio|ind|industria|[0-9]{11,14})\M',
           ' ', 'g'), ' +', ' ', 'g')), ''), btrim(simples))
    FROM (SELECT regexp_replace(sem_acento(nome), '[^a-z0-9]+', ' ', 'g') AS simples) n
$$;
CREATE FUNCTION clientes_trigramas(nome text) RETURNS varchar(3)[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(array_agg(DISTINCT substr('  ' || palavra || ' ', i, 3)), '{}')::varchar(3)[]
    FROM regexp_split_to_table(nome, ' ') AS palavra, generate_series(1, length(palavra) + 1) AS i
   WHERE palavra <> ''
$$;
"""
DESFAZER = """
DROP FUNCTION clientes_trigramas(text);
DROP FUNCTION clientes_nome_comparavel(text);
"""


class Migration(migrations.Migration):
    dependencies = [("clientes", "0016_higienizacao")]

    operations = [migrations.RunSQL(CRIAR, DESFAZER)]
