"""Por onde se lê "desde": a versão e, nela, o id. Sem travar: quem escreve não espera o índice."""

from django.db import migrations

TABELAS = (
    "cliente", "pedido", "itemdepedido", "orcamento", "notafiscal", "titulo", "atendimento", "pessoadecontato",
    "contato", "agendamento", "scoredecredito", "restricaodecredito",
)  # fmt: skip


def _indice(nome, colunas, tabela):
    return migrations.RunSQL(
        f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {nome} ON {tabela} ({colunas})",
        f"DROP INDEX CONCURRENTLY IF EXISTS {nome}",
    )


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("clientes", "0020_versao_e_lapides")]

    operations = [
        *(_indice(f"{tabela}_por_versao", "versao, id", f"clientes_{tabela}") for tabela in TABELAS),
        _indice("lapide_por_versao", "recurso, versao, id", "clientes_lapide"),
    ]
