from django.conf import settings
from django.db import migrations, models

# O índice só dispensa a tabela nas páginas que a limpeza já conferiu: depois de cada noite, ela vem logo.
_LIMPEZA_LOGO = """
ALTER TABLE atividade_indicadores SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02)
"""
_LIMPEZA_DE_SEMPRE = """
ALTER TABLE atividade_indicadores RESET (autovacuum_vacuum_scale_factor, autovacuum_analyze_scale_factor)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("atividade", "0012_posse_retroativa"),
        ("clientes", "0012_decisoes_da_fila"),
        ("contas", "0007_ordem_e_capacidade_da_fila"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="indicadores",
            index=models.Index(
                fields=["vendedor", "empresa", "cliente"],
                include=(
                    "status", "quase_inativo_em", "inativo_em", "antigo_em", "novo_ate", "recuperado_ate", "primeira_compra", "ultima_compra", "proxima_compra_esperada", "ultimo_contato_em", "dias_de_compra", "intervalo_medio_dias", "intervalo_mediano_dias", "ritmo", "valor_12m", "valor_ano_ativo", "valor_janela", "valor_total", "valor_90d", "valor_90d_anterior", "pedidos", "curva_abc", "rfv_r", "rfv_f", "rfv_v", "segmento", "uf",
                ),
                name="ind_carteira",
            ),
        ),
        migrations.RunSQL(_LIMPEZA_LOGO, _LIMPEZA_DE_SEMPRE),
    ]
