"""As três mensagens da noite viram regras de cada empresa, com o mesmo comportamento que tinham."""

from django.db import migrations

# Como `notificacoes.regras.partida` as cria para empresas novas; aqui congeladas, como toda migração.
PARTIDA = (
    {"sobre": "em_risco", "nome": "Resumo do dia", "para": "vendedores", "teto": 10},
    {
        "sobre": "volume",
        "nome": "Volume da semana",
        "para": "gestores",
        "periodicidade": "semanal",
        "dia_da_semana": 0,
        "teto": 50,
    },
    {"sobre": "agenda_esquecida", "nome": "Agenda esquecida", "para": "gestores", "teto": 30},
)


def criar(apps, schema_editor):
    Regra = apps.get_model("notificacoes", "RegraDeAviso")
    empresas = apps.get_model("contas", "Empresa").objects.values_list("pk", flat=True)
    regras = [
        Regra(empresa_id=empresa, partida=campos["sobre"], **campos) for empresa in empresas for campos in PARTIDA
    ]
    Regra.objects.bulk_create(regras, ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [("notificacoes", "0005_regras_de_aviso")]

    operations = [migrations.RunPython(criar, migrations.RunPython.noop)]
