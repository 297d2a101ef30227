"""Por onde se entra: as regras da instalação, as sessões abertas, os aparelhos lembrados e as contas de fora."""

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.sessions.models import Session
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from contas.models.usuario import Papel


class RegrasDeAcesso(models.Model):
    """Uma linha só: de quem se exige o segundo fator, desde quando, e por quanto tempo uma entrada vale."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    exige_de = ArrayField(
        models.CharField(max_length=10, choices=Papel.choices),
        default=list,
        blank=True,
        verbose_name="exige o segundo passo de",
    )
    # Até a véspera é um pedido; deste dia em diante, sem o segundo passo não se abre mais nada.
    exige_desde = models.DateField("exigido a partir de", null=True, blank=True)
    lembrar_dias = models.PositiveSmallIntegerField(
        "lembrar um aparelho por (dias)", default=30, validators=[MaxValueValidator(90)]
    )
    ocioso_minutos = models.PositiveSmallIntegerField(
        "fechar depois de parada por (minutos)",
        default=120,
        validators=[MinValueValidator(10), MaxValueValidator(720)],
    )
    sessao_horas = models.PositiveSmallIntegerField(
        "entrar de novo a cada (horas)", default=12, validators=[MinValueValidator(1), MaxValueValidator(24)]
    )

    class Meta:
        verbose_name, verbose_name_plural = "regras de acesso", "regras de acesso"
        constraints = (
            models.CheckConstraint(name="regras_de_acesso_unicas", condition=Q(id=1)),
            models.CheckConstraint(
                name="regras_de_acesso_papeis",
                condition=Q(exige_de__contained_by=[p.value for p in Papel]),
            ),
            models.CheckConstraint(
                name="regras_de_acesso_limites",
                condition=Q(
                    lembrar_dias__lte=90, ocioso_minutos__range=(10, 720), sessao_horas__range=(1, 24)
                ),
            ),
        )

    def __str__(self) -> str:
        return "Regras de acesso"

    @classmethod
    def atuais(cls) -> "RegrasDeAcesso":
        """As guardadas ou, enquanto ninguém as mudou, as de partida."""
        return cls.objects.filter(pk=1).first() or cls()


class SessaoDePessoa(models.Model):
    """De quem é cada sessão aberta. Some com ela: a linha do Django é a verdade, esta só diz de quem é e de onde."""

    sessao = models.OneToOneField(
        Session, models.CASCADE, primary_key=True, related_name="de_pessoa", db_constraint=False
    )
    pessoa = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="sessoes", verbose_name="pessoa"
    )
    # O nome público da linha: a chave da sessão não sai do cookie.
    numero = models.UUIDField("número", unique=True)
    aberta_em = models.DateTimeField("aberta em")
    vista_em = models.DateTimeField("vista em")
    endereco = models.GenericIPAddressField("endereço", null=True, blank=True)
    navegador = models.CharField("navegador", max_length=80, blank=True)
    entrou_com = models.CharField("entrou com", max_length=40, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = "sessão", "sessões"
        ordering = ("-vista_em",)

    def __str__(self) -> str:
        return f"{self.pessoa}: {self.navegador}"


class AparelhoLembrado(models.Model):
    """Um navegador em que a pessoa já deu o segundo passo; guarda-se só o resumo do que está no cookie."""

    pessoa = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="aparelhos_lembrados", verbose_name="pessoa"
    )
    resumo = models.CharField("resumo da chave", max_length=64)
    navegador = models.CharField("navegador", max_length=80, blank=True)
    endereco = models.GenericIPAddressField("endereço", null=True, blank=True)
    lembrado_em = models.DateTimeField("lembrado em")
    usado_em = models.DateTimeField("usado em")
    ate = models.DateTimeField("até")

    class Meta:
        verbose_name, verbose_name_plural = "aparelho lembrado", "aparelhos lembrados"
        ordering = ("-usado_em",)
        constraints = (models.UniqueConstraint(fields=["pessoa", "resumo"], name="aparelho_lembrado_unico"),)

    def __str__(self) -> str:
        return f"{self.pessoa}: {self.navegador}"


class ContaDeFora(models.Model):
    """A pessoa no provedor de entrada da empresa: por emissor e sujeito, que não mudam quando o e-mail muda."""

    pessoa = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="conta_de_fora", verbose_name="pessoa"
    )
    emissor = models.CharField("emissor", max_length=300)
    sujeito = models.CharField("sujeito", max_length=255)
    ligada_em = models.DateTimeField("ligada em", auto_now_add=True)

    class Meta:
        verbose_name, verbose_name_plural = "conta de fora", "contas de fora"
        constraints = (models.UniqueConstraint(fields=["emissor", "sujeito"], name="conta_de_fora_unica"),)

    def __str__(self) -> str:
        return f"{self.pessoa} em {self.emissor}"


class Contagem(models.Model):
    """Quantas vezes algo se tentou há pouco. A chave não diz de quem: guarda-se um resumo do que se digitou."""

    chave = models.CharField("chave", max_length=120, primary_key=True)
    vezes = models.PositiveIntegerField("vezes", default=1)
    ultima_em = models.DateTimeField("última em")
    ate = models.DateTimeField("lembrada até", db_index=True)

    objects: Any = models.Manager()

    class Meta:
        verbose_name, verbose_name_plural = "contagem", "contagens"

    def __str__(self) -> str:
        return f"{self.chave}: {self.vezes}"
