"""As migrações novas atualizam sem parada? `python scripts/migracoes.py` diz o que cada uma trava ou quebra.

O django-migration-linter lê o SQL que cada migração executaria. O que ele chama de erro quebra a versão de antes, que
ainda atende enquanto a nova sobe (coluna tirada, renomeada, obrigatória sem valor). O que ele chama de aviso trava a
tabela, e aqui só importa nas que chegam a milhões de linhas. O que se faz de propósito vai em `migracoes.toml`, com o
porquê.
"""

import os
import re
import sys
import tomllib
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

RAIZ = Path(__file__).resolve().parent.parent
CONFIGURACAO = RAIZ / "scripts" / "migracoes.toml"
# As que crescem com a carteira e com o tempo: uma trava nelas é o sistema parado.
GRANDES = frozenset(
    {
        "clientes_cliente", "clientes_pedido", "clientes_itemdepedido", "clientes_titulo", "clientes_orcamento",
        "clientes_notafiscal", "clientes_contato", "clientes_periododecarteira", "clientes_compradeproduto",
        "atividade_indicadores", "atividade_mudancastatus", "atividade_retrato", "atividade_sujo",
        "notificacoes_mensagem", "notificacoes_itemdemensagem", "notificacoes_aviso",
        "notificacoes_entregadewebhook", "contas_registrodeauditoria",
    }
)  # fmt: skip
CONSELHOS = {
    "NOT_NULL": "acrescente a coluna com db_default (ou nula) e a torne obrigatória noutra versão",
    "DROP_COLUMN": "tire o campo do código numa versão, e a coluna na seguinte",
    "DROP_TABLE": "tire o modelo do código numa versão, e a tabela na seguinte",
    "RENAME_COLUMN": "acrescente a nova, escreva nas duas, e tire a velha noutra versão (ou use db_column)",
    "RENAME_TABLE": "use db_table",
    "ALTER_COLUMN": "crie outra coluna e copie aos poucos, se o tipo reescreve a tabela",
    "ADD_UNIQUE": "crie antes o índice único com AddIndexConcurrently",
    "CREATE_INDEX": "use AddIndexConcurrently, numa migração só dele com atomic = False",
    "CREATE_INDEX_EXCLUSIVE": "separe o índice do ALTER TABLE, noutra migração",
    "DROP_INDEX": "use RemoveIndexConcurrently, numa migração só dele com atomic = False",
    "REINDEX": "use REINDEX CONCURRENTLY, fora das migrações",
}


def novas(configuracao: dict[str, Any]) -> list[tuple[str, str]]:
    """(aplicação, nome) das que vêm depois da linha de base, na ordem.

    As que trocam outras de uma vez não contam: só correm num banco vazio, onde não há o que travar nem quem espere.
    """
    base = configuracao["linha_de_base"]
    achadas = []
    for arquivo in sorted(RAIZ.glob("*/migrations/[0-9]*.py")):
        aplicacao, numero = arquivo.parts[-3], int(arquivo.stem[:4])
        if "_squashed_" not in arquivo.stem and numero > base.get(aplicacao, 0):
            achadas.append((aplicacao, arquivo.stem))
    return achadas


def sql_de(aplicacao: str, nome: str) -> list[str]:
    from django.core.management import call_command

    saida = call_command("sqlmigrate", aplicacao, nome, stdout=StringIO(), no_color=True)
    return [linha for linha in str(saida).splitlines() if linha and not linha.startswith("--")]


def problemas(sql: list[str]) -> Iterator[tuple[str, str]]:
    """(código, o que é) de cada problema do SQL de uma migração."""
    from django_migration_linter.sql_analyser import analyse_sql_statements, get_sql_analyser_class

    analisador = get_sql_analyser_class("django.db.backends.postgresql")
    erros, _, avisos = analyse_sql_statements(analisador, sql, [])
    for erro in erros:
        onde = " ".join(filter(None, (erro.table, erro.column)))
        yield erro.code, f"{erro.message}{f' ({onde})' if onde else ''}"
    tocadas = _grandes_tocadas(sql)
    for aviso in avisos:
        if tocadas:
            yield aviso.code, f"{aviso.message} ({', '.join(sorted(tocadas))})"


def _grandes_tocadas(sql: list[str]) -> set[str]:
    """As tabelas grandes que já existiam e que algum índice ou ALTER da migração toca."""
    texto = "\n".join(sql)
    criadas = set(re.findall(r'CREATE TABLE "?(\w+)"?', texto))
    tocadas = set(re.findall(r'(?:\bON|ALTER TABLE(?: IF EXISTS)?(?: ONLY)?) "?(\w+)"?', texto))
    if re.search(r"DROP INDEX (?!CONCURRENTLY)", texto):
        return GRANDES - criadas if not tocadas else tocadas & GRANDES
    return (tocadas & GRANDES) - criadas


def conferir(configuracao: dict[str, Any], migracoes: list[tuple[str, str]] | None = None) -> list[str]:
    """Uma frase por problema que ninguém aceitou."""
    frases = []
    for aplicacao, nome in novas(configuracao) if migracoes is None else migracoes:
        aceitos = configuracao.get("aceitas", {}).get(aplicacao, {}).get(nome, {})
        for codigo, o_que_e in problemas(sql_de(aplicacao, nome)):
            if codigo not in aceitos:
                frases.append(f"{aplicacao}.{nome}: {codigo}: {o_que_e}\n    {CONSELHOS.get(codigo, '')}")
    return frases


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "carteira.settings")
    sys.path.insert(0, str(RAIZ))
    import django

    django.setup()
    configuracao = tomllib.loads(CONFIGURACAO.read_text(encoding="utf-8"))
    frases = conferir(configuracao)
    print(
        "\n".join(frases)
        or f"Migrações depois da linha de base: {len(novas(configuracao))}. Nenhuma trava nem quebra."
    )
    return 1 if frases else 0


if __name__ == "__main__":
    sys.exit(main())
