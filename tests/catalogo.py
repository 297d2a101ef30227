"""O que um banco é, sem os seus dados: para comparar o copiado com o migrado."""

from collections.abc import Callable
from typing import Any

NOSSAS = "relnamespace = 'public'::regnamespace AND relname NOT LIKE 'copia\\_%'"
PARTES = {
    "colunas": f"""
        SELECT relname, attnum, attname, format_type(atttypid, atttypmod), attnotnull, attidentity, attgenerated,
               pg_get_expr(adbin, adrelid)
        FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
             LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE {NOSSAS} AND relkind IN ('r', 'v', 'S') AND attnum > 0""",
    "regras": f"""
        SELECT relname, conname, pg_get_constraintdef(pg_constraint.oid)
        FROM pg_class JOIN pg_constraint ON conrelid = pg_class.oid WHERE {NOSSAS} AND contype <> 'n'""",
    "índices": f"""
        SELECT relname, pg_get_indexdef(indexrelid) FROM pg_class JOIN pg_index ON indrelid = pg_class.oid
        WHERE {NOSSAS}""",
    "gatilhos": f"""
        SELECT relname, pg_get_triggerdef(pg_trigger.oid) FROM pg_class JOIN pg_trigger ON tgrelid = pg_class.oid
        WHERE {NOSSAS} AND NOT tgisinternal""",
    "funções": """
        SELECT pg_get_functiondef(oid) FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND prokind IN ('f', 'p')""",
    "migrações": "SELECT app, name FROM django_migrations",
    "permissões": """
        SELECT app_label, model, codename, name FROM auth_permission
        JOIN django_content_type tipo ON tipo.id = content_type_id""",
    "municípios": "SELECT md5(string_agg(m::text, ';' ORDER BY m::text)) FROM clientes_municipio m",
}


def retrato(executar: Callable[[str], list[tuple[Any, ...]]]) -> dict[str, set[tuple[Any, ...]]]:
    """Cada parte da estrutura, e os dados que ninguém muda, como o servidor os descreve."""
    return {parte: set(executar(consulta)) for parte, consulta in PARTES.items()}
