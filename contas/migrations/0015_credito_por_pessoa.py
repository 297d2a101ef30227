from django.db import migrations, models

# Até aqui, falso em quem não é vendedor nem leitura não queria dizer nada, e nesses era o próprio papel.
SEM_DECISAO = "UPDATE contas_usuario SET ve_credito = NULL WHERE NOT ve_credito"
DE_VOLTA = "UPDATE contas_usuario SET ve_credito = false WHERE ve_credito IS NULL"


class Migration(migrations.Migration):
    dependencies = [("contas", "0014_contagens")]

    operations = [
        migrations.AlterField(
            model_name="usuario",
            name="ve_credito",
            field=models.BooleanField(blank=True, default=None, null=True, verbose_name="vê score e restrições"),
        ),
        migrations.RunSQL(SEM_DECISAO, DE_VOLTA),
    ]
