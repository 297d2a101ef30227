"""A transação que escreveu cada linha por último, e o que saiu: o que um sistema de fora lê "desde" a última vez.

A coluna nasce com um padrão estável: o banco o avalia uma vez e não reescreve a tabela. Os índices vêm na
migração seguinte, sem travar quem escreve.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

_DO_CLIENTE = "(SELECT c.empresa_id FROM clientes_cliente c WHERE c.id = a.cliente_id)"
# recurso: (tabela, empresa e chave da linha `a` que sai)
RECURSOS = {
    "clientes": ("clientes_cliente", "a.empresa_id", "a.codigo"),
    "pedidos": ("clientes_pedido", "a.empresa_id", "a.numero"),
    "itens": (
        "clientes_itemdepedido",
        "(SELECT p.empresa_id FROM clientes_pedido p WHERE p.id = a.pedido_id)",
        "''",
    ),
    "orcamentos": ("clientes_orcamento", "a.empresa_id", "a.numero"),
    "notas": ("clientes_notafiscal", "a.empresa_id", "a.numero"),
    "titulos": ("clientes_titulo", "a.empresa_id", "a.numero"),
    "atendimentos": ("clientes_atendimento", "a.empresa_id", "a.numero"),
    "pessoas": ("clientes_pessoadecontato", _DO_CLIENTE, "''"),
    "contatos": ("clientes_contato", _DO_CLIENTE, "''"),
    "agenda": ("clientes_agendamento", _DO_CLIENTE, "''"),
    "scores": ("clientes_scoredecredito", "a.empresa_id", "''"),
    "restricoes": ("clientes_restricaodecredito", "a.empresa_id", "''"),
}


def _colunas():
    return "\n".join(
        f"ALTER TABLE {tabela} ADD COLUMN versao xid8 NOT NULL DEFAULT pg_current_xact_id();"
        for tabela in ("clientes_lapide", *(tabela for tabela, _, _ in RECURSOS.values()))
    )


def _gatilhos():
    yield """CREATE FUNCTION clientes_versao() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.versao := pg_current_xact_id();
  RETURN NEW;
END $$;"""
    for recurso, (tabela, empresa, chave) in RECURSOS.items():
        yield f"""
CREATE TRIGGER clientes_versao BEFORE UPDATE ON {tabela} FOR EACH ROW EXECUTE FUNCTION clientes_versao();
CREATE FUNCTION clientes_lapide_{recurso}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO clientes_lapide (recurso, objeto, empresa_id, chave, em)
  SELECT '{recurso}', a.id, {empresa}, {chave}, now() FROM antigos a;
  RETURN NULL;
END $$;
CREATE TRIGGER clientes_lapide AFTER DELETE ON {tabela}
  REFERENCING OLD TABLE AS antigos FOR EACH STATEMENT EXECUTE FUNCTION clientes_lapide_{recurso}();"""


def _desfazer():
    for recurso, (tabela, _, _) in RECURSOS.items():
        yield f"""
DROP TRIGGER clientes_lapide ON {tabela};
DROP FUNCTION clientes_lapide_{recurso}();
DROP TRIGGER clientes_versao ON {tabela};
ALTER TABLE {tabela} DROP COLUMN versao;"""
    yield "DROP FUNCTION clientes_versao();"


class Migration(migrations.Migration):
    dependencies = [
        ("clientes", "0019_cadastro_no_indice"),
        ("contas", "0010_ver_credito"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Lapide",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recurso", models.CharField(max_length=12, verbose_name="recurso")),
                ("objeto", models.BigIntegerField(verbose_name="id do que saiu")),
                ("chave", models.CharField(blank=True, db_collation="C", max_length=40, verbose_name="chave natural")),
                (
                    "motivo",
                    models.CharField(
                        choices=[("apagado", "Apagado"), ("unido", "Unido a outro"), ("anonimizado", "Anonimizado")],
                        db_default="apagado",
                        default="apagado",
                        max_length=12,
                        verbose_name="motivo",
                    ),
                ),
                ("em", models.DateTimeField(auto_now_add=True, verbose_name="em")),
                (
                    "empresa",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="contas.empresa",
                        verbose_name="empresa",
                    ),
                ),
            ],
            options={"verbose_name": "lápide", "verbose_name_plural": "lápides"},
        ),
        migrations.CreateModel(
            name="PedidoRepetivel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("chave", models.CharField(db_collation="C", max_length=200, verbose_name="chave")),
                ("resumo", models.CharField(max_length=64, verbose_name="SHA-256 do pedido")),
                ("status", models.PositiveSmallIntegerField(verbose_name="status")),
                ("cabecalhos", models.JSONField(default=dict, verbose_name="cabeçalhos")),
                ("resposta", models.TextField(blank=True, verbose_name="resposta")),
                ("criado_em", models.DateTimeField(auto_now_add=True, verbose_name="criado em")),
                (
                    "usuario",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="usuário",
                    ),
                ),
            ],
            options={
                "verbose_name": "pedido repetível",
                "verbose_name_plural": "pedidos repetíveis",
                "indexes": [models.Index(fields=["criado_em"], name="pedido_repetivel_velho")],
                "constraints": [models.UniqueConstraint(fields=("usuario", "chave"), name="pedido_repetivel_unico")],
            },
        ),
        migrations.RunSQL(_colunas(), migrations.RunSQL.noop),
        migrations.RunSQL("\n".join(_gatilhos()), "\n".join(_desfazer())),
    ]
