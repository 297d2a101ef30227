"""Regras de inatividade, datadas, e os parâmetros de cálculo de cada empresa."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest
from django.utils import timezone

from clientes.models import Cliente, Segmento
from clientes.models.cliente import GUARDAR
from contas.models import Empresa, Usuario

_CAMPOS_DO_CICLO = ("quase", "inativo", "quase_min", "quase_max", "inativo_min", "inativo_max")
# Um pedido é "por contato" se houve um efetivo nos tantos dias até ele; a empresa pode dizer outros.
DIAS_DA_ATRIBUICAO = 30
CICLO_AUSENTE = tuple(f"ciclo_{campo}__isnull" for campo in _CAMPOS_DO_CICLO)


class Unidade(models.TextChoices):
    MESES = "m", "meses"
    DIAS = "d", "dias"


class Limiar(models.Model):
    """Uma regra em um nível: cliente > segmento > empresa > padrão da instalação (tudo nulo).

    Salvar outra guarda a anterior; `herda` devolve o nível à regra de cima. Vale a de maior
    `vigente_desde`; no mesmo dia, a salva por último.
    """

    ao_unir = GUARDAR

    empresa = models.ForeignKey(
        Empresa, models.CASCADE, null=True, blank=True, related_name="limiares", verbose_name="empresa"
    )
    segmento = models.ForeignKey(
        Segmento, models.CASCADE, null=True, blank=True, related_name="limiares", verbose_name="segmento"
    )
    cliente = models.ForeignKey(
        Cliente, models.CASCADE, null=True, blank=True, related_name="limiares", verbose_name="cliente"
    )
    herda = models.BooleanField("segue a regra de cima", default=False)
    periodo_n = models.PositiveSmallIntegerField("período", null=True, blank=True)
    periodo_unidade = models.CharField(
        "unidade do período", max_length=1, choices=Unidade.choices, blank=True
    )
    antecedencia_n = models.PositiveSmallIntegerField("antecedência", null=True, blank=True)
    antecedencia_unidade = models.CharField(
        "unidade da antecedência", max_length=1, choices=Unidade.choices, blank=True
    )
    # Depois deste período sem compra o inativo recente vira inativo antigo.
    antigo_n = models.PositiveSmallIntegerField("inativo antigo após", null=True, blank=True)
    antigo_unidade = models.CharField("unidade do antigo", max_length=1, choices=Unidade.choices, blank=True)
    # Regra por ciclo: múltiplos do ciclo de cada cliente e os dias entre os quais ficam; acima, a reserva.
    ciclo_quase = models.DecimalField(
        "quase inativo após (× ciclo)", max_digits=5, decimal_places=2, null=True, blank=True
    )
    ciclo_inativo = models.DecimalField(
        "inativo após (× ciclo)", max_digits=5, decimal_places=2, null=True, blank=True
    )
    ciclo_quase_min = models.PositiveSmallIntegerField("quase inativo: no mínimo", null=True, blank=True)
    ciclo_quase_max = models.PositiveSmallIntegerField("quase inativo: no máximo", null=True, blank=True)
    ciclo_inativo_min = models.PositiveSmallIntegerField("inativo: no mínimo", null=True, blank=True)
    ciclo_inativo_max = models.PositiveSmallIntegerField("inativo: no máximo", null=True, blank=True)
    vigente_desde = models.DateField("vigente desde")
    motivo = models.CharField("motivo", max_length=200, blank=True)
    por = models.ForeignKey(
        Usuario, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="por"
    )
    criado_em = models.DateTimeField("criado em", default=timezone.now)

    class Meta:
        verbose_name, verbose_name_plural = "limiar", "limiares"
        ordering = ("-vigente_desde", "-id")
        constraints = (
            models.CheckConstraint(
                name="limiar_em_um_nivel_so",
                condition=Q(empresa__isnull=True, segmento__isnull=True, cliente__isnull=True)
                | Q(empresa__isnull=False) & (Q(segmento__isnull=True) | Q(cliente__isnull=True)),
            ),
            models.CheckConstraint(
                name="limiar_inteiro_ou_herda",
                condition=Q(herda=True, periodo_n__isnull=True, antecedencia_n__isnull=True)
                | Q(
                    herda=False,
                    periodo_n__gt=0,
                    antecedencia_n__gt=0,
                    periodo_unidade__in=["m", "d"],
                    antecedencia_unidade__in=["m", "d"],
                ),
            ),
            models.CheckConstraint(
                name="limiar_antecedencia_menor",
                condition=Q(herda=True)
                | ~Q(periodo_unidade=F("antecedencia_unidade"))
                | Q(antecedencia_n__lt=F("periodo_n")),
                violation_error_message="A antecedência precisa ser menor que o período.",
            ),
            models.CheckConstraint(
                name="limiar_unidades_compativeis",
                condition=Q(herda=True) | ~Q(periodo_unidade="d", antecedencia_unidade="m"),
                violation_error_message="Período em dias pede antecedência em dias.",
            ),
            models.CheckConstraint(
                name="limiar_ciclo_inteiro_ou_ausente",
                condition=Q(**dict.fromkeys(CICLO_AUSENTE, True))
                | Q(
                    herda=False,
                    # sem isto um campo nulo tornaria a condição nula, e o banco a aceitaria
                    **dict.fromkeys(CICLO_AUSENTE, False),
                    ciclo_quase__gt=0,
                    ciclo_inativo__gt=F("ciclo_quase"),
                    ciclo_quase_min__gte=1,
                    ciclo_quase_max__gte=F("ciclo_quase_min"),
                    ciclo_inativo_min__gte=Greatest(F("ciclo_quase_min"), 2),
                    ciclo_inativo_max__gte=Greatest(F("ciclo_inativo_min"), F("ciclo_quase_max")),
                ),
            ),
        )
        indexes = (
            models.Index(
                fields=["empresa", "segmento", "cliente", "-vigente_desde", "-id"], name="limiar_em_vigor"
            ),
        )

    def __str__(self) -> str:
        if self.herda:
            return "segue a regra de cima"
        fixa = f"{self.periodo_n}{self.periodo_unidade}/{self.antecedencia_n}{self.antecedencia_unidade}"
        if self.ciclo_inativo is None or self.ciclo_quase is None:
            return fixa
        return (
            f"{self.ciclo_quase.normalize():f}×/{self.ciclo_inativo.normalize():f}× ciclo "
            f"({self.ciclo_quase_min}–{self.ciclo_quase_max}/{self.ciclo_inativo_min}–{self.ciclo_inativo_max}d), "
            f"senão {fixa}"
        )


class ParametrosDaAtividade(models.Model):
    """Janelas e limites de cálculo da empresa."""

    empresa = models.OneToOneField(
        Empresa, models.CASCADE, primary_key=True, related_name="parametros", verbose_name="empresa"
    )
    janela_valor_meses = models.PositiveSmallIntegerField("janela do valor (meses)", default=12)
    dias_novidade = models.PositiveSmallIntegerField("dias como novo ou recuperado", default=90)
    abc_a = models.DecimalField("limite da curva A (%)", max_digits=5, decimal_places=2, default=80)
    abc_b = models.DecimalField("limite da curva B (%)", max_digits=5, decimal_places=2, default=95)
    dias_feed_parado = models.PositiveSmallIntegerField("dias sem pedidos que param a rodada", default=5)
    # {status ou marca: {"um": …, "muitos": …}}, só o que a empresa chama de outro jeito
    rotulos = models.JSONField("rótulos", default=dict, blank=True)
    # {grupo: {"nome": …, "r": [de, até], "f": …, "v": …}}, só os que a empresa ajustou
    grupos_rfv = models.JSONField("grupos do RFV", default=dict, db_default={}, blank=True)
    # Mais que isto na lista de um vendedor vira ruído: é o que a prévia avisa e a sugestão respeita.
    alertas_por_vendedor = models.PositiveSmallIntegerField("alertas por vendedor e mês", default=40)
    # Quem passa tantos dias sem comprar depois de uma data se perdeu: é a régua do retroteste.
    dias_de_perda = models.PositiveSmallIntegerField("dias sem comprar que são uma perda", default=180)
    # Um pedido é "por contato" se houve um efetivo nos tantos dias até ele.
    dias_atribuicao = models.PositiveSmallIntegerField(
        "dias do contato ao pedido", default=DIAS_DA_ATRIBUICAO, db_default=DIAS_DA_ATRIBUICAO
    )
    alterado_em = models.DateTimeField("alterado em", auto_now=True)

    class Meta:
        verbose_name, verbose_name_plural = "parâmetros da atividade", "parâmetros da atividade"
        constraints = (
            models.CheckConstraint(
                name="parametros_abc_em_ordem", condition=Q(abc_a__gt=0, abc_b__gt=F("abc_a"), abc_b__lte=100)
            ),
            models.CheckConstraint(
                name="parametros_positivos",
                condition=Q(janela_valor_meses__gt=0, dias_novidade__gt=0, dias_feed_parado__gt=0),
            ),
            models.CheckConstraint(
                name="parametros_do_retroteste", condition=Q(alertas_por_vendedor__gt=0, dias_de_perda__gt=0)
            ),
            models.CheckConstraint(
                name="parametros_da_atribuicao", condition=Q(dias_atribuicao__gt=0, dias_atribuicao__lte=180)
            ),
        )

    def __str__(self) -> str:
        return f"Parâmetros de {self.empresa}"
