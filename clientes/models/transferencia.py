"""As trocas de dono em lote, as regras de quem atende o quê, e as sugestões que alguém dispensou."""

from decimal import Decimal
from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from clientes.models.cliente import GUARDAR, Cliente
from clientes.models.fato import DoClienteQuerySet
from clientes.models.lugar import UFS
from clientes.models.segmento import Segmento
from contas.models import Empresa, Equipe, Usuario


class OrigemDaTroca(models.TextChoices):
    LISTA = "lista", "Lista de clientes"
    FICHA = "ficha", "Ficha do cliente"
    PESSOA = "pessoa", "Carteira de uma pessoa"
    SUGESTAO = "sugestao", "Sugestão"
    DESLIGAMENTO = "desligamento", "Desligamento"
    IMPORTACAO = "importacao", "Importação"


class TransferenciaQuerySet(models.QuerySet["Transferencia"]):
    def visiveis_para(self, usuario: Usuario) -> Self:
        """As que tocaram ao menos um cliente que a pessoa vê."""
        itens = ItemDeTransferencia.objects.visiveis_para(usuario).filter(transferencia=OuterRef("pk"))
        return self.filter(Exists(itens))


class Transferencia(models.Model):
    """Um lote: os clientes que mudaram de dono juntos, por uma razão só."""

    origem = models.CharField("origem", max_length=12, choices=OrigemDaTroca.choices)
    em = models.DateField("vale desde")
    motivo = models.CharField("motivo", max_length=120)
    por = models.ForeignKey(
        Usuario, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="por"
    )
    importacao = models.ForeignKey(
        "clientes.Importacao",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="importação",
    )
    feita_em = models.DateTimeField("feita em", default=timezone.now)
    desfeita_em = models.DateTimeField("desfeita em", null=True, blank=True)
    desfeita_por = models.ForeignKey(
        Usuario, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="desfeita por"
    )

    objects: Any = TransferenciaQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "transferência", "transferências"
        ordering = ("-feita_em", "-id")
        indexes = (models.Index(fields=["-feita_em", "-id"], name="transferencia_recente"),)  # história

    def __str__(self) -> str:
        return f"Transferência {self.pk} de {self.em:%d/%m/%Y}"


class ItemDeTransferencia(models.Model):
    """Um cliente do lote, com o que é preciso para o devolver exatamente como estava."""

    ao_unir = GUARDAR

    transferencia = models.ForeignKey(
        Transferencia, models.CASCADE, related_name="itens", db_index=False, verbose_name="transferência"
    )
    cliente = models.ForeignKey(Cliente, models.CASCADE, related_name="trocas", verbose_name="cliente")
    de = models.ForeignKey(
        Usuario, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="de"
    )
    de_equipe = models.ForeignKey(
        Equipe, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="da equipe"
    )
    para = models.ForeignKey(
        Usuario, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="para"
    )
    para_equipe = models.ForeignKey(
        Equipe, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="para a equipe"
    )
    # Os períodos que o lote encurtou ou apagou, linha por linha.
    periodos_antes = models.JSONField("períodos de antes", default=list)
    agendamentos = ArrayField(
        models.BigIntegerField(), default=list, verbose_name="compromissos que seguiram"
    )
    desfeito_em = models.DateTimeField("desfeito em", null=True, blank=True)

    objects: Any = DoClienteQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "cliente da transferência", "clientes das transferências"
        constraints = (
            models.UniqueConstraint(fields=["transferencia", "cliente"], name="transferencia_cliente_unico"),
            # O dono muda; "sem dono" para "sem dono" não é troca.
            models.CheckConstraint(
                name="transferencia_troca",
                condition=Q(de__isnull=True, para__isnull=False)
                | Q(de__isnull=False, para__isnull=True)
                | Q(de__isnull=False, para__isnull=False) & ~Q(de=F("para")),
            ),
        )

    def __str__(self) -> str:
        return f"{self.cliente}: {self.de} → {self.para}"


class ParametrosDaCarteira(models.Model):
    """O que a empresa acha pequeno, desequilibrado, e por quanto tempo uma sugestão dispensada descansa."""

    empresa = models.OneToOneField(
        Empresa,
        models.CASCADE,
        primary_key=True,
        related_name="parametros_da_carteira",
        verbose_name="empresa",
    )
    pequeno_ate = models.DecimalField(
        "cliente pequeno: menos de (R$ por ano)",
        max_digits=14,
        decimal_places=2,
        default=Decimal(0),
        validators=[MinValueValidator(0)],
    )
    acima_da_media = models.PositiveSmallIntegerField(
        "desequilíbrio: acima da média da equipe em (%)", default=50, validators=[MinValueValidator(5)]
    )
    meses_de_descanso = models.PositiveSmallIntegerField(
        "dispensada, a sugestão volta em (meses)",
        default=6,
        validators=[MinValueValidator(1), MaxValueValidator(60)],
    )
    meses_para_reverificar = models.PositiveSmallIntegerField(
        "contatos do cliente: conferir de novo depois de (meses)",
        default=12,
        db_default=12,
        validators=[MinValueValidator(1), MaxValueValidator(60)],
    )

    class Meta:
        verbose_name, verbose_name_plural = "parâmetros da carteira", "parâmetros da carteira"

    def __str__(self) -> str:
        return f"Parâmetros da carteira de {self.empresa}"


class RegraDeAtribuicao(models.Model):
    """Quem atende um tipo de cliente. Campo vazio serve a todos; vale a primeira regra que casa, pela ordem."""

    empresa = models.ForeignKey(
        Empresa, models.CASCADE, related_name="regras_de_atribuicao", verbose_name="empresa"
    )
    ordem = models.PositiveSmallIntegerField("ordem", default=1)
    segmento = models.ForeignKey(
        Segmento, models.CASCADE, null=True, blank=True, related_name="+", verbose_name="segmento"
    )
    perfil = models.CharField("perfil", max_length=60, blank=True)
    uf = models.CharField("UF", max_length=2, blank=True)
    vendedores: Any = models.ManyToManyField(Usuario, related_name="+", verbose_name="vendedores")

    class Meta:
        verbose_name, verbose_name_plural = "regra de atribuição", "regras de atribuição"
        ordering = ("ordem", "id")
        constraints = (
            models.CheckConstraint(name="atribuicao_uf_conhecida", condition=Q(uf="") | Q(uf__in=UFS)),
            models.UniqueConstraint(
                fields=["empresa", "segmento", "perfil", "uf"], name="atribuicao_unica", nulls_distinct=False
            ),
        )

    def __str__(self) -> str:
        partes = (str(self.segmento or ""), f"perfil {self.perfil}" if self.perfil else "", self.uf)
        return " · ".join(filter(None, partes)) or "Todos os clientes"


class TipoDeSugestao(models.TextChoices):
    PEQUENO = "pequeno", "Cliente pequeno de vendedor externo"
    SEM_DONO = "sem_dono", "Cliente sem vendedor"
    DESEQUILIBRIO = "desequilibrio", "Carteira acima da média"


class SugestaoDispensada(models.Model):
    """Uma sugestão que alguém recusou, com o motivo; descansa até o dia."""

    tipo = models.CharField("tipo", max_length=13, choices=TipoDeSugestao.choices)
    cliente = models.ForeignKey(
        Cliente, models.CASCADE, null=True, blank=True, related_name="+", verbose_name="cliente"
    )
    vendedor = models.ForeignKey(
        Usuario, models.CASCADE, null=True, blank=True, related_name="+", verbose_name="vendedor"
    )
    motivo = models.CharField("motivo", max_length=120)
    por = models.ForeignKey(Usuario, models.PROTECT, related_name="+", verbose_name="por")
    em = models.DateField("em")
    ate = models.DateField("até")

    class Meta:
        verbose_name, verbose_name_plural = "sugestão dispensada", "sugestões dispensadas"
        constraints = (
            models.CheckConstraint(
                name="dispensada_de_um_so",
                condition=Q(cliente__isnull=False, vendedor__isnull=True)
                | Q(cliente__isnull=True, vendedor__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["tipo", "cliente", "vendedor"], name="dispensada_unica", nulls_distinct=False
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_tipo_display()} dispensada até {self.ate:%d/%m/%Y}"
