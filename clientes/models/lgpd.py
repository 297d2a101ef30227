"""O que a lei pede dos dados de pessoas: base e origem, oposição, bloqueio, quem viu, e a marca de quem se esqueceu."""

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from clientes.models.cliente import GUARDAR, CanalDeContato, Cliente
from clientes.models.fato import DoClienteQuerySet
from clientes.models.pessoa import PessoaDeContato
from contas.models import Empresa, Usuario


class BaseLegal(models.TextChoices):
    """As hipóteses da lei (art. 7º) de que uma carteira de clientes se serve."""

    LEGITIMO_INTERESSE = "interesse", "Legítimo interesse"
    CONTRATO = "contrato", "Execução de contrato"
    CONSENTIMENTO = "consentimento", "Consentimento"
    OBRIGACAO_LEGAL = "obrigacao", "Obrigação legal"
    PROTECAO_AO_CREDITO = "credito", "Proteção ao crédito"
    EXERCICIO_DE_DIREITOS = "direitos", "Exercício de direitos"


class FonteDaOposicao(models.TextChoices):
    TITULAR = "titular", "Pedido do titular"
    CADASTRO = "cadastro", "Marcada no cadastro"
    BLOQUEIO = "bloqueio", "Lista de bloqueio"
    API = "api", "API"
    ANTERIOR = "anterior", "Anterior a este registro"


class _DoTitular(models.Model):
    """Do cliente pessoa física ou, com `pessoa`, de uma pessoa de contato dele."""

    cliente = models.ForeignKey(
        Cliente, models.CASCADE, related_name="+", db_index=False, verbose_name="cliente"
    )
    pessoa = models.ForeignKey(
        PessoaDeContato,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="pessoa de contato",
    )

    objects: Any = DoClienteQuerySet.as_manager()

    class Meta:
        abstract = True


class BaseDoTitular(_DoTitular):
    """Por que se tratam os dados de alguém e de onde vieram; vale a última, e as de antes ficam."""

    base = models.CharField("base legal", max_length=14, choices=BaseLegal.choices)
    origem = models.CharField("de onde veio", max_length=200)
    desde = models.DateField("desde")
    por = models.ForeignKey(
        Usuario, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="por"
    )
    criada_em = models.DateTimeField("registrada em", default=timezone.now)

    class Meta:
        verbose_name, verbose_name_plural = "base legal do titular", "bases legais dos titulares"
        ordering = ("-id",)
        indexes = (models.Index(fields=["cliente", "-id"], name="base_do_titular"),)

    def __str__(self) -> str:
        return f"{self.get_base_display()} desde {self.desde:%d/%m/%Y}"


class Oposicao(_DoTitular):
    """Quem não quer ser procurado por um canal, por quê e desde quando; aberta até ser retirada.

    Um gatilho põe o canal em `nao_contatar` e não deixa que nada o tire de lá enquanto ela estiver aberta: nem tela,
    nem API, nem importação.
    """

    canal = models.CharField("canal", max_length=10, choices=CanalDeContato.choices)
    em = models.DateField("data do pedido")
    motivo = models.CharField("motivo", max_length=300, blank=True)
    fonte = models.CharField("fonte", max_length=10, choices=FonteDaOposicao.choices)
    por = models.ForeignKey(
        Usuario, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="registrada por"
    )
    registrada_em = models.DateTimeField("registrada em", default=timezone.now)
    retirada_em = models.DateTimeField("retirada em", null=True, blank=True)
    retirada_por = models.ForeignKey(
        Usuario, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="retirada por"
    )
    retirada_motivo = models.CharField("motivo da retirada", max_length=300, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = "oposição", "oposições"
        ordering = ("-em", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=["cliente", "pessoa", "canal"],
                condition=Q(retirada_em__isnull=True),
                nulls_distinct=False,
                name="oposicao_aberta_unica",
            ),
        )
        indexes = (models.Index(fields=["cliente", "-em"], name="oposicao_do_cliente"),)

    def __str__(self) -> str:
        return f"{self.get_canal_display()} desde {self.em:%d/%m/%Y}"


class TipoDeBloqueio(models.TextChoices):
    TELEFONE = "telefone", "Telefone"
    EMAIL = "email", "E-mail"


class Bloqueio(models.Model):
    """Um número ou endereço de uma lista como a Não Me Ligue. Guarda o resumo e o final, nunca o valor."""

    tipo = models.CharField("tipo", max_length=8, choices=TipoDeBloqueio.choices)
    resumo = models.CharField("resumo", max_length=64, unique=True)
    final = models.CharField("final", max_length=12)
    lista = models.CharField("lista", max_length=60)
    em = models.DateField("data na lista")
    por = models.ForeignKey(
        Usuario, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="incluído por"
    )
    incluido_em = models.DateTimeField("incluído em", default=timezone.now)

    class Meta:
        verbose_name, verbose_name_plural = "bloqueio", "bloqueios"
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.get_tipo_display()} de final {self.final}"


class VistaDaFicha(models.Model):
    """Quem abriu a ficha de quem, num dia; `como` é o vendedor por cujos olhos se via."""

    cliente = models.ForeignKey(
        Cliente, models.CASCADE, related_name="+", db_index=False, verbose_name="cliente"
    )
    pessoa = models.ForeignKey(Usuario, models.CASCADE, related_name="+", verbose_name="quem viu")
    como = models.ForeignKey(
        Usuario,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name="vendo como",
    )
    dia = models.DateField("dia")
    vezes = models.PositiveIntegerField("vezes", default=1)
    ultima_em = models.DateTimeField("última em")

    ao_unir = GUARDAR
    objects: Any = DoClienteQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "vista da ficha", "vistas da ficha"
        ordering = ("-dia", "-ultima_em")
        constraints = (
            models.UniqueConstraint(
                fields=["cliente", "dia", "pessoa", "como"], nulls_distinct=False, name="vista_unica_no_dia"
            ),
        )
        indexes = (models.Index(fields=["dia"], name="vista_por_dia"),)  # a retenção

    def __str__(self) -> str:
        return f"{self.pessoa} viu {self.cliente} em {self.dia:%d/%m/%Y}"


class MarcaDeAnonimizacao(models.Model):
    """O resumo do nome de uma pessoa anonimizada: se o ERP a mandar de novo, não volta."""

    cliente = models.ForeignKey(
        Cliente, models.CASCADE, related_name="+", db_index=False, verbose_name="cliente"
    )
    resumo = models.CharField("resumo do nome", max_length=64)
    em = models.DateTimeField("em", default=timezone.now)

    class Meta:
        verbose_name, verbose_name_plural = "marca de anonimização", "marcas de anonimização"
        constraints = (
            models.UniqueConstraint(fields=["cliente", "resumo"], name="marca_de_anonimizacao_unica"),
        )

    def __str__(self) -> str:
        return f"Anonimizado em {self.em:%d/%m/%Y}"


class ParametrosDeLgpd(models.Model):
    """O que a empresa declara: quem responde pelos dados, por que os trata e de onde vêm."""

    empresa = models.OneToOneField(
        Empresa, models.CASCADE, primary_key=True, related_name="lgpd", verbose_name="empresa"
    )
    controlador = models.CharField("controlador", max_length=160, blank=True)
    encarregado = models.CharField("encarregado dos dados", max_length=120, blank=True)
    encarregado_email = models.EmailField("e-mail do encarregado", blank=True)
    base = models.CharField(
        "base legal de quem não tem outra",
        max_length=14,
        choices=BaseLegal.choices,
        default=BaseLegal.LEGITIMO_INTERESSE,
    )
    base_dos_clientes = models.CharField(
        "base legal de quem já comprou", max_length=14, choices=BaseLegal.choices, default=BaseLegal.CONTRATO
    )

    class Meta:
        verbose_name, verbose_name_plural = "parâmetros da LGPD", "parâmetros da LGPD"

    def __str__(self) -> str:
        return f"LGPD de {self.empresa}"

    @classmethod
    def da(cls, empresa: Empresa) -> "ParametrosDeLgpd":
        """Os da empresa, ou os padrões por gravar."""
        return cls.objects.filter(empresa=empresa).first() or cls(empresa=empresa)


class TipoDeRetencao(models.TextChoices):
    VISTAS = "vistas", "Quem viu cada ficha"
    MENSAGENS = "mensagens", "Texto das mensagens enviadas"
    ARQUIVOS = "arquivos", "Arquivos importados"
    PROSPECTS = "prospects", "Contatos de prospects sem movimento"
    AUDITORIA = "auditoria", "Registros de auditoria"


class RegraDeRetencao(models.Model):
    """Por quantos dias se guarda um tipo de dado; desligada, guarda-se sempre."""

    tipo = models.CharField("tipo", max_length=10, choices=TipoDeRetencao.choices, primary_key=True)
    dias = models.PositiveIntegerField("dias", validators=(MinValueValidator(1), MaxValueValidator(36500)))
    ligada = models.BooleanField("ligada", default=False)

    class Meta:
        verbose_name, verbose_name_plural = "regra de retenção", "regras de retenção"
        constraints = (models.CheckConstraint(name="retencao_com_prazo", condition=Q(dias__gte=1)),)

    def __str__(self) -> str:
        return f"{self.get_tipo_display()}: {self.dias} dias"
