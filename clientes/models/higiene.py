"""A limpeza do cadastro: o que se decidiu de cada pendência, os pares que parecem um só e as fusões."""

from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from clientes.models.cliente import GUARDAR, Cliente
from clientes.models.fato import DoClienteQuerySet
from contas.escopo import filtro_de_visibilidade
from contas.models import Empresa, Usuario


class TipoDePendencia(models.TextChoices):
    """O que pode haver de errado num cadastro; a ordem é a da tela."""

    DOCUMENTO_INVALIDO = "documento_invalido", "CPF/CNPJ inválido"
    SEM_DOCUMENTO = "sem_documento", "Sem CPF/CNPJ"
    TELEFONE_INVALIDO = "telefone_invalido", "Telefone inválido"
    SEM_TELEFONE = "sem_telefone", "Sem telefone"
    EMAIL_INVALIDO = "email_invalido", "E-mail inválido"
    SEM_EMAIL = "sem_email", "Sem e-mail"
    CEP_INVALIDO = "cep_invalido", "CEP inválido"
    SEM_CEP = "sem_cep", "Sem CEP"
    SEM_MUNICIPIO = "sem_municipio", "Sem município"
    SEM_VENDEDOR = "sem_vendedor", "Sem vendedor"
    SEM_SEGMENTO = "sem_segmento", "Sem segmento"
    SEM_POTENCIAL = "sem_potencial", "Sem potencial declarado"


class DecisaoDeHigiene(models.TextChoices):
    CONSERTADA = "consertada", "Consertada"
    ACEITA = "aceita", "Aceita como está"
    ADIADA = "adiada", "Adiada"


class DecisaoDePendencia(models.Model):
    """O último gesto sobre a pendência de um cliente. Aceita vale enquanto o valor for o que se viu."""

    ao_unir = GUARDAR

    cliente = models.ForeignKey(
        Cliente, models.CASCADE, related_name="decisoes_de_higiene", db_index=False, verbose_name="cliente"
    )
    tipo = models.CharField("pendência", max_length=20, choices=TipoDePendencia.choices)
    decisao = models.CharField("decisão", max_length=10, choices=DecisaoDeHigiene.choices)
    valor = models.CharField("valor visto", max_length=254, blank=True)
    ate = models.DateField("volta em", null=True, blank=True)
    motivo = models.CharField("motivo", max_length=200, blank=True)
    por = models.ForeignKey(
        Usuario, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="por"
    )
    em = models.DateTimeField("em", auto_now=True)

    objects: Any = DoClienteQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "decisão de pendência", "decisões de pendências"
        constraints = (
            models.UniqueConstraint(fields=["cliente", "tipo"], name="decisao_de_pendencia_unica"),
            models.CheckConstraint(
                name="decisao_de_pendencia_com_motivo",
                condition=Q(decisao=DecisaoDeHigiene.CONSERTADA) | ~Q(motivo=""),
            ),
            models.CheckConstraint(
                name="decisao_de_pendencia_com_dia",
                condition=Q(decisao=DecisaoDeHigiene.ADIADA, ate__isnull=False)
                | ~Q(decisao=DecisaoDeHigiene.ADIADA) & Q(ate__isnull=True),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_tipo_display()}: {self.get_decisao_display()}"


class ChaveDeCliente(models.Model):
    """O nome sem o que não distingue, e os trigramas dele: o que se compara à procura de duplicados."""

    nasce_do_fato = True

    cliente = models.OneToOneField(
        Cliente, models.CASCADE, primary_key=True, related_name="chave_de_nome", verbose_name="cliente"
    )
    empresa = models.ForeignKey(Empresa, models.CASCADE, related_name="+", verbose_name="empresa")
    nome = models.TextField("nome que se compara")
    lugar = models.TextField("bloco (município)", blank=True)
    trigramas: Any = ArrayField(models.CharField(max_length=3), verbose_name="trigramas")

    class Meta:
        verbose_name, verbose_name_plural = "chave de cliente", "chaves de clientes"

    def __str__(self) -> str:
        return self.nome


class MotivoDoPar(models.TextChoices):
    DOCUMENTO = "documento", "Mesmo CPF/CNPJ"
    NOME = "nome", "Nomes parecidos na mesma cidade"
    NOME_SEM_CIDADE = "nome_sem_cidade", "Mesmo nome, um deles sem município"


class ParQuerySet(models.QuerySet["ParDeDuplicados"]):
    def visiveis_para(self, usuario: Usuario) -> Self:
        """Só o par cujos dois lados a pessoa vê."""
        return self.filter(filtro_de_visibilidade(usuario, "a__"), filtro_de_visibilidade(usuario, "b__"))


class ParDeDuplicados(models.Model):
    """Dois cadastros que parecem o mesmo cliente. "Não são o mesmo" fica lembrado."""

    nasce_do_fato = True
    ao_unir = GUARDAR

    empresa = models.ForeignKey(
        Empresa, models.CASCADE, related_name="+", db_index=False, verbose_name="empresa"
    )
    a = models.ForeignKey(Cliente, models.CASCADE, related_name="+", verbose_name="um")
    b = models.ForeignKey(Cliente, models.CASCADE, related_name="+", verbose_name="outro")
    motivo = models.CharField("motivo", max_length=16, choices=MotivoDoPar.choices)
    semelhanca = models.PositiveSmallIntegerField("semelhança dos nomes (%)", default=100)
    forca = models.PositiveSmallIntegerField("força (0 a 100)")
    mesmo_telefone = models.BooleanField("mesmo telefone", default=False)
    mesmo_email = models.BooleanField("mesmo e-mail", default=False)
    achado_em = models.DateTimeField("achado em", auto_now_add=True)
    descartado_em = models.DateTimeField("não são o mesmo, desde", null=True, blank=True)
    descartado_por = models.ForeignKey(
        Usuario, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="quem disse"
    )

    objects: Any = ParQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "par de duplicados", "pares de duplicados"
        constraints = (
            models.UniqueConstraint(fields=["a", "b"], name="par_unico"),
            models.CheckConstraint(name="par_em_ordem", condition=Q(a__lt=F("b"))),
        )
        indexes = (
            models.Index(fields=["empresa", "-forca", "id"], name="par_por_forca"),  # a página dos pares
        )

    def __str__(self) -> str:
        return f"{self.a_id} e {self.b_id}: {self.get_motivo_display()}"


class FusaoQuerySet(models.QuerySet["Fusao"]):
    def visiveis_para(self, usuario: Usuario) -> Self:
        """As uniões cujo cliente que ficou a pessoa vê."""
        return self.filter(filtro_de_visibilidade(usuario, "ficou__"))


class Fusao(models.Model):
    """Um cliente unido a outro, com tudo o que é preciso para os separar exatamente como eram."""

    empresa = models.ForeignKey(Empresa, models.PROTECT, related_name="+", verbose_name="empresa")
    # Anda junto se quem ficou for unido a um terceiro; `ficou_era` não anda, e denuncia isso.
    ficou = models.ForeignKey(Cliente, models.PROTECT, related_name="fusoes", verbose_name="ficou")
    ficou_era = models.BigIntegerField("quem ficou, no dia")
    absorvido_id = models.BigIntegerField("id do unido")
    absorvido_codigo = models.CharField("código do unido", max_length=40)
    absorvido_nome = models.CharField("nome do unido", max_length=160)
    antes = models.JSONField("os dois cadastros como eram", default=dict)
    campos = models.JSONField("campos de quem ficou que mudaram", default=dict)
    movidas = models.JSONField("linhas que mudaram de cliente", default=dict)
    alteradas = models.JSONField("o que mais mudou nas linhas", default=list)
    guardadas = models.JSONField("linhas que não cabiam nos dois", default=dict)
    motivo = models.CharField("motivo", max_length=200, blank=True)
    por = models.ForeignKey(
        Usuario, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="por"
    )
    em = models.DateTimeField("em", auto_now_add=True)
    desfeita_em = models.DateTimeField("desfeita em", null=True, blank=True)
    desfeita_por = models.ForeignKey(
        Usuario, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="desfeita por"
    )

    objects: Any = FusaoQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "união de clientes", "uniões de clientes"
        ordering = ("-em", "-id")
        constraints = (
            # um cliente só está unido a um de cada vez; é também o caminho da URL antiga
            models.UniqueConstraint(
                fields=["absorvido_id"], condition=Q(desfeita_em__isnull=True), name="fusao_em_vigor_unica"
            ),
        )

    def __str__(self) -> str:
        return f"{self.absorvido_nome} → {self.ficou}"


__all__ = [
    "ChaveDeCliente",
    "DecisaoDeHigiene",
    "DecisaoDePendencia",
    "Fusao",
    "MotivoDoPar",
    "ParDeDuplicados",
    "TipoDePendencia",
]
