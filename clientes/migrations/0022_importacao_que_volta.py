"""Mapeamentos com nome, o arquivo completo para o período, o que uma importação mudou e por que porta entrou.

Só colunas nulas ou com padrão constante e tabelas novas: nenhuma tabela grande é reescrita nem varrida.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

TIPOS = [
    ("clientes", "Clientes"),
    ("pedidos", "Pedidos"),
    ("itens", "Itens de pedidos"),
    ("orcamentos", "Orçamentos"),
    ("notas", "Notas fiscais"),
    ("titulos", "Títulos"),
    ("atendimentos", "Atendimentos"),
    ("pessoas", "Pessoas de contato"),
    ("scores", "Scores de crédito"),
    ("restricoes", "Restrições e eventos do birô"),
    ("vendas", "Clientes, pedidos e itens juntos"),
]
ESTADOS = [
    ("enviada", "Enviada"),
    ("conferindo", "Conferindo"),
    ("conferida", "Conferida"),
    ("aplicando", "Aplicando"),
    ("aplicada", "Aplicada"),
    ("recusada", "Recusada"),
    ("falhou", "Falhou"),
    ("desfazendo", "Desfazendo"),
    ("desfeita", "Desfeita"),
]


def importacao_sem_restricao(verbose_name: str) -> models.ForeignKey:
    return models.ForeignKey(
        blank=True,
        db_constraint=False,
        db_index=False,
        null=True,
        on_delete=django.db.models.deletion.SET_NULL,
        related_name="+",
        to="clientes.importacao",
        verbose_name=verbose_name,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("clientes", "0021_indices_da_versao"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        *(
            migrations.AddField(modelo, "desapareceu_na", importacao_sem_restricao("deixou de vir na importação"))
            for modelo in ("pedido", "orcamento", "notafiscal", "titulo")
        ),
        migrations.AddField("itemdepedido", "importacao", importacao_sem_restricao("importação")),
        migrations.AlterField(
            "importacao", "tipo", models.CharField(choices=TIPOS, max_length=12, verbose_name="tipo")
        ),
        migrations.AlterField(
            "mapeamentodecolunas", "tipo", models.CharField(choices=TIPOS, max_length=12, verbose_name="tipo")
        ),
        migrations.AlterField(
            "importacao",
            "estado",
            models.CharField(choices=ESTADOS, default="enviada", max_length=12, verbose_name="estado"),
        ),
        migrations.AddField(
            "importacao",
            "origem",
            models.CharField(
                choices=[
                    ("navegador", "Navegador"),
                    ("comando", "Comando"),
                    ("pasta", "Pasta"),
                    ("api", "API"),
                ],
                default="navegador",
                max_length=10,
                verbose_name="origem",
            ),
        ),
        migrations.AddField(
            "importacao",
            "entrada",
            models.CharField(blank=True, max_length=64, null=True, unique=True, verbose_name="entrada"),
        ),
        migrations.AddField(
            "importacao",
            "instante",
            models.DateTimeField(blank=True, editable=False, null=True, verbose_name="instante da gravação"),
        ),
        migrations.AddField(
            "importacao",
            "desfeita_em",
            models.DateTimeField(blank=True, null=True, verbose_name="desfeita em"),
        ),
        migrations.AddField(
            "importacao",
            "desfeita_por",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="desfeita por",
            ),
        ),
        migrations.CreateModel(
            name="VersaoDeLinha",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("tabela", models.CharField(max_length=40, verbose_name="tabela")),
                ("objeto_id", models.BigIntegerField(verbose_name="linha")),
                ("antes", models.JSONField(verbose_name="antes")),
                ("depois", models.JSONField(null=True, verbose_name="depois")),
                (
                    "importacao",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versoes",
                        to="clientes.importacao",
                        verbose_name="importação",
                    ),
                ),
            ],
            options={"verbose_name": "versão de linha", "verbose_name_plural": "versões de linhas"},
        ),
        migrations.AlterModelOptions(
            name="mapeamentodecolunas",
            options={
                "ordering": ("nome", "tipo", "id"),
                "verbose_name": "mapeamento de colunas",
                "verbose_name_plural": "mapeamentos de colunas",
            },
        ),
        migrations.AddField(
            "mapeamentodecolunas", "nome", models.CharField(blank=True, default="", max_length=60, verbose_name="nome"),
            preserve_default=False,
        ),
        migrations.AddField(
            "mapeamentodecolunas",
            "juncao",
            models.CharField(blank=True, default="-", max_length=3, verbose_name="entre as partes juntas"),
        ),
        migrations.AddField(
            "mapeamentodecolunas",
            "pular",
            models.JSONField(blank=True, default=dict, verbose_name="linhas a pular"),
        ),
        migrations.AddField(
            "mapeamentodecolunas",
            "decimal",
            models.CharField(
                blank=True,
                choices=[("", "descobrir"), ("v", "vírgula"), ("p", "ponto")],
                default="",
                max_length=1,
                verbose_name="decimal",
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            "mapeamentodecolunas",
            "por",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="por",
            ),
        ),
        migrations.AddConstraint(
            model_name="mapeamentodecolunas",
            constraint=models.UniqueConstraint(
                condition=models.Q(("nome", ""), _negated=True),
                fields=("empresa", "nome"),
                name="mapeamento_nome_unico",
            ),
        ),
    ]
