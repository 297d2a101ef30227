"""O que os sistemas de fora precisam para andar junto: o que saiu do banco, e o que já se pediu e foi feito.

Cada tabela que se sincroniza tem no banco a coluna `versao` (`xid8`, fora dos modelos): a transação que escreveu a
linha por último. O padrão da coluna a põe na inserção e um gatilho a troca na alteração.
"""

from django.db import models

from contas.models import Empresa, Usuario


class MotivoDaLapide(models.TextChoices):
    APAGADO = "apagado", "Apagado"
    UNIDO = "unido", "Unido a outro"
    ANONIMIZADO = "anonimizado", "Anonimizado"


class Lapide(models.Model):
    """Uma linha que saiu, anotada por gatilho; `unido` não se grava: é a apagada cujo código virou apelido.

    Sem chave estrangeira para o que já não existe. A chave é o código ou o número, nunca um nome.
    """

    recurso = models.CharField("recurso", max_length=12)
    objeto = models.BigIntegerField("id do que saiu")
    empresa = models.ForeignKey(
        Empresa,
        models.CASCADE,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,  # quem apaga uma empresa inteira não tropeça no que o gatilho acaba de anotar
        verbose_name="empresa",
    )
    chave = models.CharField("chave natural", max_length=40, blank=True, db_collation="C")
    motivo = models.CharField(
        "motivo", max_length=12, choices=MotivoDaLapide.choices, default=MotivoDaLapide.APAGADO,
        db_default=MotivoDaLapide.APAGADO,
    )  # fmt: skip
    em = models.DateTimeField("em", auto_now_add=True)

    class Meta:
        verbose_name, verbose_name_plural = "lápide", "lápides"

    def __str__(self) -> str:
        return f"{self.recurso} {self.chave or self.objeto}: {self.get_motivo_display().lower()}"


class PedidoRepetivel(models.Model):
    """Um pedido de fora já atendido: quem o repete com a mesma chave recebe a mesma resposta, e nada se refaz.

    Grava-se na transação do efeito: ou ficam os dois, ou nenhum.
    """

    usuario = models.ForeignKey(
        Usuario, models.CASCADE, related_name="+", db_index=False, verbose_name="usuário"
    )
    chave = models.CharField("chave", max_length=200, db_collation="C")
    resumo = models.CharField("SHA-256 do pedido", max_length=64)
    status = models.PositiveSmallIntegerField("status")
    cabecalhos = models.JSONField("cabeçalhos", default=dict)
    resposta = models.TextField("resposta", blank=True)
    criado_em = models.DateTimeField("criado em", auto_now_add=True)

    class Meta:
        verbose_name, verbose_name_plural = "pedido repetível", "pedidos repetíveis"
        constraints = (models.UniqueConstraint(fields=["usuario", "chave"], name="pedido_repetivel_unico"),)
        indexes = (models.Index(fields=["criado_em"], name="pedido_repetivel_velho"),)  # o que já se esquece

    def __str__(self) -> str:
        return f"{self.chave} de {self.usuario}"
