"""Planos de ação: o que se combinou fazer com um cliente ou um grupo deles, por quem e até quando."""

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from clientes.models.cliente import Cliente
from contas.escopo import filtro_de_visibilidade
from contas.models import Empresa, Usuario
from contas.papeis import Permissao, pode


class SituacaoDoPlano(models.TextChoices):
    ABERTO = "aberto", "A começar"
    EM_ANDAMENTO = "em_andamento", "Em andamento"
    CONCLUIDO = "concluido", "Concluído"
    CANCELADO = "cancelado", "Cancelado"


EM_CURSO = (SituacaoDoPlano.ABERTO, SituacaoDoPlano.EM_ANDAMENTO)


class PlanoQuerySet(models.QuerySet[Any]):
    def visiveis_para(self, usuario: Usuario) -> Self:
        """Os de algum cliente que a pessoa vê; sem ver o crédito, só aqueles de que ela é dona."""
        clientes = ClienteDoPlano.objects.filter(filtro_de_visibilidade(usuario, "cliente__"))
        planos = self.filter(pk__in=clientes.values("plano"))
        return planos if pode(usuario, Permissao.VER_CREDITO) else planos.filter(dono=usuario)

    def em_curso(self) -> Self:
        return self.filter(situacao__in=EM_CURSO)


class PlanoDeAcao(models.Model):
    """Aberto da tela de crédito ou da ficha; o que se fez fica em `andamentos`."""

    empresa = models.ForeignKey(
        Empresa, models.PROTECT, related_name="planos_de_acao", db_index=False, verbose_name="empresa"
    )
    titulo = models.CharField("o que fazer", max_length=120)
    detalhe = models.TextField("detalhe", blank=True, max_length=2000)
    clientes: Any = models.ManyToManyField(
        Cliente, through="ClienteDoPlano", related_name="planos_de_acao", verbose_name="clientes"
    )
    dono = models.ForeignKey(Usuario, models.PROTECT, related_name="planos_de_acao", verbose_name="dono")
    prazo = models.DateField("até")
    situacao = models.CharField(
        "situação", max_length=12, choices=SituacaoDoPlano.choices, default=SituacaoDoPlano.ABERTO
    )
    terminado_em = models.DateTimeField("terminado em", null=True, blank=True)
    criado_por = models.ForeignKey(Usuario, models.PROTECT, related_name="+", verbose_name="criado por")
    criado_em = models.DateTimeField("criado em", auto_now_add=True)

    objects: Any = PlanoQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "plano de ação", "planos de ação"
        ordering = ("prazo", "id")
        constraints = (
            models.CheckConstraint(name="plano_com_titulo", condition=~Q(titulo="")),
            models.CheckConstraint(
                name="plano_situacao_conhecida", condition=Q(situacao__in=[s.value for s in SituacaoDoPlano])
            ),
            models.CheckConstraint(
                name="plano_terminado_tem_hora",
                condition=Q(situacao__in=[s.value for s in EM_CURSO], terminado_em__isnull=True)
                | (~Q(situacao__in=[s.value for s in EM_CURSO]) & Q(terminado_em__isnull=False)),
            ),
        )
        indexes = (
            models.Index(
                fields=["dono", "prazo"],
                condition=Q(situacao__in=[s.value for s in EM_CURSO]),
                name="plano_em_curso_do_dono",
            ),
            models.Index(fields=["empresa", "situacao", "prazo"], name="plano_da_empresa"),
        )

    def __str__(self) -> str:
        return self.titulo

    @property
    def em_curso(self) -> bool:
        return self.situacao in EM_CURSO


class ClienteDoPlano(models.Model):
    plano = models.ForeignKey(
        PlanoDeAcao, models.CASCADE, related_name="itens", db_index=False, verbose_name="plano"
    )
    cliente = models.ForeignKey(
        Cliente, models.CASCADE, related_name="itens_de_plano", verbose_name="cliente"
    )

    class Meta:
        verbose_name, verbose_name_plural = "cliente do plano", "clientes dos planos"
        constraints = (models.UniqueConstraint(fields=["plano", "cliente"], name="cliente_uma_vez_no_plano"),)

    def __str__(self) -> str:
        return f"{self.cliente} em {self.plano}"


class AndamentoDoPlano(models.Model):
    """O que houve com o plano, append-only: quem disse, o que mudou."""

    plano = models.ForeignKey(PlanoDeAcao, models.CASCADE, related_name="andamentos", verbose_name="plano")
    por = models.ForeignKey(Usuario, models.PROTECT, related_name="+", verbose_name="por")
    em = models.DateTimeField("em", db_default=Now())
    texto = models.TextField("andamento", blank=True, max_length=2000)
    mudou = models.CharField("o que mudou", max_length=300, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = "andamento do plano", "andamentos dos planos"
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(name="andamento_diz_algo", condition=~Q(texto="") | ~Q(mudou="")),
        )

    def __str__(self) -> str:
        return self.texto or self.mudou
