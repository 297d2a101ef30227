"""Índices dos indicadores: quem passou do próprio ritmo conta-se por um; o da carteira deixa de guardar o que muda toda
noite em quem não comprou (notas de RFV e somas de 90 dias); e sai o que nenhuma página usava.

Quem escreve nos indicadores não espera; só a tabela repartida, que não sabe mudar de índice sem travar, espera.
"""

from decimal import Decimal

from django.db import migrations, models
from django.db.models.functions import Cast, Ceil

from atividade.migrations._sem_travar import Acrescentar, Tirar


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("atividade", "0022_maiores_da_empresa")]

    operations = [
        Acrescentar(
            model_name="indicadores",
            index=models.Index(
                models.F("empresa"),
                models.Func(
                    models.F("ultima_compra"),
                    Cast(Ceil(models.F("intervalo_mediano_dias") * Decimal("1.3")), models.IntegerField()),
                    template="(%(expressions)s)",
                    arg_joiner=" + ",
                    output_field=models.DateField(),
                ),
                condition=models.Q(dias_de_compra__gte=3) & ~models.Q(status="inativo"),
                include=("cliente", "status", "ultima_compra", "intervalo_mediano_dias"),
                name="ind_fora_do_ritmo",
            ),
        ),
        # a nova antes de sair a velha: a lista não fica sem índice
        Acrescentar(
            model_name="indicadores",
            index=models.Index(
                fields=["vendedor", "empresa", "cliente"],
                include=(
                    "status", "quase_inativo_em", "inativo_em", "antigo_em", "novo_ate", "recuperado_ate",
                    "primeira_compra", "ultima_compra", "proxima_compra_esperada", "ultimo_contato_em",
                    "dias_de_compra", "intervalo_medio_dias", "intervalo_mediano_dias", "ritmo", "valor_12m",
                    "valor_ano_ativo", "valor_janela", "valor_total", "pedidos", "curva_abc", "segmento", "uf",
                ),
                name="ind_da_carteira",
            ),
        ),
        Tirar(model_name="indicadores", name="ind_carteira"),
        Tirar(model_name="indicadores", name="ind_equipe_valor"),
    ]  # fmt: skip
