"""Arquivos que demoram a nascer (PDF): quem pediu, com que filtros, em que pé está, até quando se baixa."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from contas.models import Usuario


class TipoDeArquivo(models.TextChoices):
    RELATORIO_DE_RISCO = "relatorio_de_risco", "Relatório de risco"


class EstadoDoArquivo(models.TextChoices):
    PENDENTE = "pendente", "Na fila"
    GERANDO = "gerando", "Gerando"
    PRONTO = "pronto", "Pronto"
    FALHOU = "falhou", "Falhou"
    EXPIRADO = "expirado", "Expirado"


ABERTOS = (EstadoDoArquivo.PENDENTE, EstadoDoArquivo.GERANDO)


class ArquivoGerado(models.Model):
    """Só quem pediu o baixa. O arquivo some ao expirar; a linha fica, como registro do que saiu da casa."""

    por = models.ForeignKey(Usuario, models.PROTECT, related_name="arquivos", verbose_name="pedido por")
    tipo = models.CharField("tipo", max_length=30, choices=TipoDeArquivo.choices)
    filtros = models.JSONField("filtros", default=dict)
    estado = models.CharField(
        "estado", max_length=8, choices=EstadoDoArquivo.choices, default=EstadoDoArquivo.PENDENTE
    )
    nome = models.CharField("nome ao baixar", max_length=120)
    caminho = models.CharField("caminho", max_length=300, blank=True)
    linhas = models.PositiveIntegerField("linhas", default=0)
    paginas = models.PositiveIntegerField("páginas", default=0)
    tamanho = models.PositiveBigIntegerField("tamanho", default=0)
    tentativas = models.PositiveSmallIntegerField("tentativas", default=0)
    mensagem = models.CharField("mensagem", max_length=300, blank=True)
    pedido_em = models.DateTimeField("pedido em")
    pronto_em = models.DateTimeField("pronto em", null=True)
    expira_em = models.DateTimeField("expira em")

    objects: Any = models.Manager()

    class Meta:
        verbose_name, verbose_name_plural = "arquivo gerado", "arquivos gerados"
        ordering = ("-pedido_em", "-pk")
        constraints = (
            models.CheckConstraint(
                name="arquivo_estado_conhecido", condition=Q(estado__in=[e.value for e in EstadoDoArquivo])
            ),
            models.CheckConstraint(
                name="arquivo_pronto_tem_caminho",
                condition=~Q(estado="pronto") | (~Q(caminho="") & Q(pronto_em__isnull=False)),
            ),
        )
        indexes = (
            models.Index(fields=["por", "-pedido_em"], name="arquivo_de_quem"),
            # o que a varredura de cada minuto procura
            models.Index(
                fields=["expira_em"],
                condition=Q(estado__in=["pendente", "gerando", "pronto"]),
                name="arquivo_por_cuidar",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_tipo_display()} de {timezone.localtime(self.pedido_em):%d/%m/%Y %H:%M}"

    @property
    def aberto(self) -> bool:
        return self.estado in ABERTOS
