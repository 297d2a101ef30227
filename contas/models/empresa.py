"""A empresa (filial) a que todo fato pertence, e a instalação que a hospeda."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class SituacaoDePedido(models.TextChoices):
    """Situações de um pedido no ERP; a empresa escolhe quais contam como compra."""

    ABERTO = "aberto", "Aberto"
    FATURADO = "faturado", "Faturado"
    CANCELADO = "cancelado", "Cancelado"
    DEVOLVIDO = "devolvido", "Devolvido"
    ORCAMENTO = "orcamento", "Orçamento"


def situacoes_padrao() -> list[str]:
    return [SituacaoDePedido.ABERTO, SituacaoDePedido.FATURADO]


class DonoDaCarteira(models.TextChoices):
    ERP = "erp", "O ERP diz de quem é cada cliente"
    CARTEIRA = "carteira", "O Carteira diz de quem é cada cliente"


class Empresa(models.Model):
    """Filial (*Emp.*). `referencia` é a data da última rodada aceita; toda tela lê dela, nunca do relógio."""

    codigo = models.CharField("código", max_length=20, unique=True)
    nome = models.CharField("nome", max_length=120)
    situacoes_que_contam = ArrayField(
        models.CharField(max_length=12, choices=SituacaoDePedido.choices),
        default=situacoes_padrao,
        verbose_name="situações que contam como compra",
    )
    dono_da_carteira = models.CharField(
        "dono da carteira", max_length=10, choices=DonoDaCarteira.choices, default=DonoDaCarteira.ERP
    )
    referencia = models.DateField("referência", null=True, blank=True)
    # A última rodada que escreveu história; difere de `referencia` só durante uma consulta ao passado.
    referencia_regular = models.DateField("referência regular", null=True, blank=True)
    consulta_passada = models.BooleanField("mostrando uma data passada", default=False)
    calculada_em = models.DateTimeField("calculada em", null=True, blank=True)
    pedidos_ate = models.DateField("pedidos até", null=True, blank=True)
    # A agenda: quando tentar de novo quem não atendeu, quando parar, e quando o esquecido sobe ao gestor.
    nova_tentativa_em_dias = models.PositiveSmallIntegerField(
        "tentar de novo depois de (dias úteis)", default=1
    )
    tentativas_ate_parar = models.PositiveSmallIntegerField("parar depois de (tentativas)", default=5)
    agenda_escala_em_dias = models.PositiveSmallIntegerField(
        "avisar o gestor depois de (dias de atraso)", default=3
    )
    # Nessas horas nenhum aviso chega: espera o fim delas. O intervalo pode atravessar a meia-noite.
    silencio_de = models.TimeField("silêncio a partir de", null=True, blank=True)
    silencio_ate = models.TimeField("silêncio até", null=True, blank=True)
    feriados_uf = models.CharField("UF dos feriados", max_length=2, blank=True)
    criada_em = models.DateTimeField("criada em", auto_now_add=True)

    class Meta:
        verbose_name, verbose_name_plural = "empresa", "empresas"
        ordering = ("codigo",)
        constraints = (
            models.CheckConstraint(
                name="empresa_conta_so_compra",
                # devolvido, cancelado e orçamento nunca são compra, escolha o que escolher a empresa
                condition=models.Q(situacoes_que_contam__contained_by=["aberto", "faturado"])
                & ~models.Q(situacoes_que_contam=[]),
                violation_error_message="Só pedidos abertos e faturados podem contar como compra.",
            ),
            models.CheckConstraint(
                name="empresa_silencio_inteiro",
                condition=models.Q(silencio_de__isnull=True, silencio_ate__isnull=True)
                | models.Q(silencio_de__isnull=False, silencio_ate__isnull=False),
                violation_error_message="Diga o começo e o fim do silêncio.",
            ),
        )

    def __str__(self) -> str:
        return self.nome


class Instalacao(models.Model):
    """Uma linha só: o que vale para a instalação inteira."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    demo = models.BooleanField("demonstração", default=False)
    assistente_concluido = models.BooleanField("primeiros passos concluídos", default=False)
    remetente = models.CharField("remetente dos e-mails", max_length=200, blank=True)
    # Endereço cifrado do servidor de e-mail escolhido no navegador; EMAIL_URL do ambiente vence.
    servidor_email = models.TextField("servidor de e-mail", blank=True)
    semente = models.BigIntegerField("semente da demonstração", null=True, blank=True)
    # Com a semente, dizem de novo o mesmo mundo: é o que permite continuar a demonstração outro dia.
    demo_base = models.DateField("dia em que a demonstração começou", null=True, blank=True)
    demo_clientes = models.PositiveIntegerField("clientes da demonstração", null=True, blank=True)
    demo_ate = models.DateField("demonstração trazida até", null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = "instalação", "instalação"
        constraints = (models.CheckConstraint(name="instalacao_unica", condition=models.Q(id=1)),)

    def __str__(self) -> str:
        return "Instalação"

    @classmethod
    def atual(cls) -> "Instalacao":
        """A única linha, criada se ainda não houver."""
        return cls.objects.get_or_create(pk=1)[0]
