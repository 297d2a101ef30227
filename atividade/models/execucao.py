"""Rodadas da rotina e a fila de clientes a recalcular."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from clientes.models import Cliente
from contas.models import Empresa


class EstadoDaExecucao(models.TextChoices):
    PENDENTE = "pendente", "Pendente"
    RODANDO = "rodando", "Rodando"
    FEITA = "feita", "Feita"
    ADIADA = "adiada", "Adiada: pedidos parados"
    FALHOU = "falhou", "Falhou"


class Execucao(models.Model):
    """Uma linha por (rotina, referência, empresa): repetir a mensagem não repete o efeito."""

    rotina = models.CharField("rotina", max_length=30)
    referencia = models.DateField("referência")
    empresa = models.ForeignKey(
        Empresa, models.CASCADE, null=True, blank=True, related_name="execucoes", verbose_name="empresa"
    )
    estado = models.CharField(
        "estado", max_length=10, choices=EstadoDaExecucao.choices, default=EstadoDaExecucao.PENDENTE
    )
    tentativas = models.PositiveSmallIntegerField("tentativas", default=0)
    passos = models.JSONField("passos", default=dict, blank=True)
    mensagem = models.TextField("mensagem", blank=True)
    criada_em = models.DateTimeField("criada em", auto_now_add=True)
    iniciada_em = models.DateTimeField("iniciada em", null=True, blank=True)
    terminada_em = models.DateTimeField("terminada em", null=True, blank=True)
    duracao_ms = models.PositiveBigIntegerField("duração (ms)", null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = "execução", "execuções"
        ordering = ("-referencia", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=["rotina", "referencia", "empresa"], name="execucao_unica", nulls_distinct=False
            ),
        )

    def __str__(self) -> str:
        return f"{self.rotina} de {self.referencia:%d/%m/%Y}"


class Sujo(models.Model):
    """Cliente cujos fatos mudaram desde a última rodada; preenchida por gatilhos, esvaziada na transação dela.

    Sem unicidade, de propósito: cada transação marca com linha própria, que a rodada em curso não vê
    e por isso não apaga. Com uma linha só por cliente, a marca de quem ainda não confirmou se perderia.
    """

    nasce_do_fato = True

    id = models.BigAutoField(primary_key=True)
    cliente = models.ForeignKey(
        Cliente, models.CASCADE, related_name="+", verbose_name="cliente", db_constraint=False, db_index=False
    )
    # O dia mais antigo de uma compra que entrou, saiu ou mudou: dele em diante os retratos são outros.
    desde = models.DateField("primeira data que mudou", null=True)

    class Meta:
        verbose_name, verbose_name_plural = "cliente a recalcular", "clientes a recalcular"

    def __str__(self) -> str:
        return str(self.cliente_id)


class EstadoDoRecalculo(models.Model):
    """O que a última rodada regular da empresa usou: se algo disto mudar, a próxima sabe o que refazer."""

    empresa = models.OneToOneField(
        Empresa, models.CASCADE, primary_key=True, related_name="estado_do_recalculo", verbose_name="empresa"
    )
    regras = models.CharField("impressão das regras em vigor", max_length=32, blank=True)
    parametros = models.CharField("parâmetros usados", max_length=80, blank=True)
    # Medianas tomadas uma vez por mês: ciclo de reserva de quem ainda não tem o seu, e m0 da prioridade.
    mes = models.DateField("mês das medianas", null=True)
    ciclo_da_empresa = models.DecimalField(
        "ciclo mediano da empresa", max_digits=12, decimal_places=4, null=True
    )
    ciclos_por_segmento = models.JSONField("ciclos medianos por segmento", default=dict, blank=True)
    m0 = models.DecimalField("mediana dos intervalos médios", max_digits=12, decimal_places=4, null=True)
    # Entre os de antes e os de agora estão os únicos clientes sem fato novo que podem mudar de classe.
    cortes = models.JSONField("cortes de ABC e RFV da última rodada", null=True, blank=True)
    # Ponteiro do que a noite ainda tem de refazer; anda a cada retrato refeito.
    retratos_desde = models.DateField("retratos a refazer desde", null=True)

    class Meta:
        verbose_name, verbose_name_plural = "estado do recálculo", "estados do recálculo"

    def __str__(self) -> str:
        return f"Estado de {self.empresa}"


class Distribuicao(models.Model):
    """Quantos clientes da empresa a última rodada regular deixou com cada medida (`atividade.distribuicao`).

    Quatro listas do mesmo tamanho: a medida (r, f ou v), a faixa dela, quantos clientes e quanto somam.
    """

    empresa = models.OneToOneField(
        Empresa, models.CASCADE, primary_key=True, related_name="+", verbose_name="empresa"
    )
    # A rodada que a guardou: se a empresa já é de outra, não serve.
    calculada_em = models.DateTimeField("calculada em")
    versao = models.PositiveSmallIntegerField("versão das faixas")
    medidas = ArrayField(models.CharField(max_length=1), verbose_name="medidas")
    faixas = ArrayField(models.IntegerField(), verbose_name="faixas")
    clientes = ArrayField(models.PositiveIntegerField(), verbose_name="clientes")
    somas = ArrayField(models.DecimalField(max_digits=20, decimal_places=2), verbose_name="somas")

    class Meta:
        verbose_name, verbose_name_plural = "distribuição das medidas", "distribuições das medidas"

    def __str__(self) -> str:
        return f"Distribuição de {self.empresa}"
