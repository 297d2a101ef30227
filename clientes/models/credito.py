"""O crédito de um cliente: bloqueio e limite, scores e restrições do birô, e as faixas em que se lê um score."""

from typing import Any, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from clientes.models.cliente import GUARDAR, Cliente
from clientes.models.fato import DoClienteQuerySet
from clientes.models.origem import DeArquivo
from contas.models import Empresa

SCORE_MAXIMO = 1000


class MudancaDeCredito(models.Model):
    """Append-only, escrita por gatilho do banco: nenhum caminho que mude o cliente a esquece."""

    nasce_do_fato = True
    ao_unir = GUARDAR

    cliente = models.ForeignKey(
        Cliente, models.CASCADE, related_name="mudancas_de_credito", db_index=False, verbose_name="cliente"
    )
    bloqueado_antes = models.BooleanField("bloqueado antes")
    bloqueado = models.BooleanField("bloqueado")
    limite_antes = models.DecimalField("limite antes", max_digits=14, decimal_places=2, null=True)
    limite = models.DecimalField("limite", max_digits=14, decimal_places=2, null=True)
    em = models.DateTimeField("em", db_default=Now())

    class Meta:
        verbose_name, verbose_name_plural = "mudança de crédito", "mudanças de crédito"
        ordering = ("id",)
        indexes = (
            models.Index(fields=["em"], name="credito_por_dia"),  # os avisos dos últimos dias
            models.Index(fields=["cliente", "-id"], name="credito_do_cliente"),
        )

    def __str__(self) -> str:
        return f"{self.cliente} em {self.em:%d/%m/%Y}"


class FatoDoBiro(DeArquivo):
    """O que uma fonte (Serasa, SPC, cartório…) disse de um cliente num dia, e de qual arquivo veio."""

    empresa = models.ForeignKey(
        Empresa, models.PROTECT, related_name="+", db_index=False, verbose_name="empresa"
    )
    fonte = models.CharField("fonte", max_length=40, db_collation="C")
    em = models.DateField("data")

    class Meta:
        abstract = True


class ScoreDeCredito(FatoDoBiro):
    """Chave natural: (cliente, fonte, data). O de outro dia é outra linha: o histórico não se apaga."""

    cliente = models.ForeignKey(
        Cliente, models.PROTECT, related_name="scores", db_index=False, verbose_name="cliente"
    )
    valor = models.PositiveSmallIntegerField("score")

    objects: Any = DoClienteQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "score de crédito", "scores de crédito"
        ordering = ("-em", "-id")
        constraints = (
            models.UniqueConstraint(fields=["cliente", "fonte", "em"], name="score_unico"),
            models.CheckConstraint(name="score_com_fonte", condition=~Q(fonte="")),
            models.CheckConstraint(
                name="score_na_escala", condition=Q(valor__gte=0) & Q(valor__lte=SCORE_MAXIMO)
            ),
        )
        indexes = (
            models.Index(fields=["cliente", "-em", "-id"], include=["valor"], name="score_do_cliente"),
            models.Index(fields=["em"], name="score_por_dia"),  # avisos e reabordar
        )

    def __str__(self) -> str:
        return f"{self.valor} ({self.fonte}, {self.em:%d/%m/%Y})"


class CorrecaoDeScore(models.Model):
    """O valor que um score tinha antes de a fonte o corrigir para o mesmo dia."""

    nasce_do_fato = True

    score = models.ForeignKey(ScoreDeCredito, models.CASCADE, related_name="correcoes", verbose_name="score")
    de = models.PositiveSmallIntegerField("era")
    para = models.PositiveSmallIntegerField("passou a ser")
    em = models.DateTimeField("em", db_default=Now())

    class Meta:
        verbose_name, verbose_name_plural = "correção de score", "correções de scores"
        ordering = ("score", "id")
        constraints = (models.CheckConstraint(name="correcao_muda_o_score", condition=~Q(de=F("para"))),)

    def __str__(self) -> str:
        return f"{self.de} → {self.para}"


class TipoDeRestricao(models.TextChoices):
    PENDENCIA = "pendencia", "Pendência"
    PROTESTO = "protesto", "Protesto"
    ACAO = "acao", "Ação judicial"
    CHEQUE = "cheque", "Cheque sem fundo"
    FALENCIA = "falencia", "Falência ou recuperação"
    OUTRA = "outra", "Outra restrição"
    MUDANCA_SOCIETARIA = "mudanca_societaria", "Mudança societária"
    EVENTO = "evento", "Outro evento"


# O que só se fica sabendo: não restringe ninguém, e por isso não tem baixa.
EVENTOS = (TipoDeRestricao.MUDANCA_SOCIETARIA, TipoDeRestricao.EVENTO)


class RestricaoQuerySet(DoClienteQuerySet):
    def que_restringem(self) -> Self:
        """Sem os eventos (mudança societária…), que não fazem de ninguém um inadimplente."""
        return self.exclude(tipo__in=EVENTOS)

    def eventos(self) -> Self:
        return self.filter(tipo__in=EVENTOS)

    def abertas(self, em: Any) -> Self:
        """Que valiam no dia: do dia da restrição ao dia antes da baixa."""
        return self.filter(aberta_em(em))


def aberta_em(dia: Any) -> Q:
    return Q(em__lte=dia) & (Q(baixada_em__isnull=True) | Q(baixada_em__gt=dia))


class RestricaoDeCredito(FatoDoBiro):
    """Chave natural: (cliente, fonte, tipo, data, número). A baixa se anota; a linha fica."""

    cliente = models.ForeignKey(
        Cliente, models.PROTECT, related_name="restricoes", db_index=False, verbose_name="cliente"
    )
    tipo = models.CharField("tipo", max_length=20, choices=TipoDeRestricao.choices)
    numero = models.CharField("número", max_length=40, blank=True, db_collation="C")
    valor = models.DecimalField("valor", max_digits=14, decimal_places=2, default=0)
    baixada_em = models.DateField("baixada em", null=True, blank=True)
    descricao = models.CharField("descrição", max_length=300, blank=True)

    objects: Any = RestricaoQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "restrição de crédito", "restrições de crédito"
        ordering = ("-em", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=["cliente", "fonte", "tipo", "em", "numero"], name="restricao_unica"
            ),
            models.CheckConstraint(name="restricao_com_fonte", condition=~Q(fonte="")),
            models.CheckConstraint(
                name="restricao_tipo_conhecido", condition=Q(tipo__in=[t.value for t in TipoDeRestricao])
            ),
            models.CheckConstraint(name="restricao_valor_positivo", condition=Q(valor__gte=0)),
            models.CheckConstraint(
                name="restricao_baixa_depois",
                condition=Q(baixada_em__isnull=True) | Q(baixada_em__gte=F("em")),
            ),
            models.CheckConstraint(
                name="evento_do_biro_sem_baixa",
                condition=Q(baixada_em__isnull=True) | ~Q(tipo__in=[t.value for t in EVENTOS]),
            ),
        )
        indexes = (
            models.Index(fields=["cliente", "-em", "-id"], name="restricao_do_cliente"),
            models.Index(
                fields=["cliente", "tipo"], condition=Q(baixada_em__isnull=True), name="restricao_aberta"
            ),
            models.Index(fields=["em"], name="restricao_por_dia"),
            models.Index(
                fields=["baixada_em"], condition=Q(baixada_em__isnull=False), name="restricao_baixada"
            ),  # avisos e reabordar
        )

    def __str__(self) -> str:
        return f"{self.get_tipo_display()} ({self.fonte}, {self.em:%d/%m/%Y})"


class FaixaDeScore(models.Model):
    """Uma faixa escolhida pela empresa: de `minimo`, inclusive, até antes da seguinte."""

    empresa = models.ForeignKey(
        Empresa, models.CASCADE, related_name="faixas_de_score", db_index=False, verbose_name="empresa"
    )
    minimo = models.PositiveSmallIntegerField(
        "a partir de", validators=(MinValueValidator(0), MaxValueValidator(SCORE_MAXIMO))
    )
    nome = models.CharField("nome", max_length=30)

    class Meta:
        verbose_name, verbose_name_plural = "faixa de score", "faixas de score"
        ordering = ("empresa", "minimo")
        constraints = (
            models.UniqueConstraint(fields=["empresa", "minimo"], name="faixa_minimo_unico"),
            models.UniqueConstraint(fields=["empresa", "nome"], name="faixa_nome_unico"),
            models.CheckConstraint(
                name="faixa_na_escala",
                condition=Q(minimo__gte=0) & Q(minimo__lte=SCORE_MAXIMO) & ~Q(nome=""),
            ),
        )

    def __str__(self) -> str:
        return self.nome


class FaixaEmVigor(models.Model):
    """As faixas que valem em cada empresa, dela ou de partida, com os dois limites inclusivos (visão do banco)."""

    chave = models.CharField("chave", max_length=40, primary_key=True)
    empresa = models.ForeignKey(Empresa, models.DO_NOTHING, related_name="+", verbose_name="empresa")
    minimo = models.IntegerField("de")
    maximo = models.IntegerField("até")
    nome = models.CharField("nome", max_length=30)

    class Meta:
        managed = False
        db_table = "clientes_faixaemvigor"
        verbose_name, verbose_name_plural = "faixa em vigor", "faixas em vigor"
        ordering = ("minimo", "nome")

    def __str__(self) -> str:
        return f"{self.nome} ({self.minimo} a {self.maximo})"


class ParametrosDeCredito(models.Model):
    """O que cada empresa decide do crédito; sem linha, vale o padrão de cada campo."""

    empresa = models.OneToOneField(
        Empresa, models.CASCADE, primary_key=True, related_name="credito", verbose_name="empresa"
    )
    a_vista_depois_de = models.PositiveSmallIntegerField(
        "sugerir somente à vista com atraso de mais de (dias)",
        default=30,
        validators=(MaxValueValidator(3650),),
    )
    concentracao = models.PositiveSmallIntegerField(
        "avisar quando uma faixa passa de (% dos clientes com score)",
        default=50,
        validators=(MinValueValidator(1), MaxValueValidator(99)),
    )
    reabordar_por = models.PositiveSmallIntegerField(
        "reabordar quem melhorou nos últimos (dias)",
        default=30,
        validators=(MinValueValidator(1), MaxValueValidator(365)),
    )

    class Meta:
        verbose_name, verbose_name_plural = "parâmetros de crédito", "parâmetros de crédito"
        constraints = (
            models.CheckConstraint(
                name="credito_parametros_possiveis",
                condition=Q(concentracao__gte=1, concentracao__lte=99, reabordar_por__gte=1),
            ),
        )

    def __str__(self) -> str:
        return f"Crédito de {self.empresa}"

    @classmethod
    def da(cls, empresa: Empresa) -> "ParametrosDeCredito":
        """Os da empresa, ou os padrões por gravar."""
        return cls.objects.filter(empresa=empresa).first() or cls(empresa=empresa)
