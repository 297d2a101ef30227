"""Equipes, quem participou delas e quando, e as coberturas de férias."""

from datetime import date, timedelta

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField, DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Value

from contas.models.usuario import Usuario


def _faixa_do_id(campo: str) -> Func:
    """Faixa de um só id: dá exclusão GiST por pessoa sem a extensão btree_gist."""
    return Func(F(campo), F(campo), Value("[]"), function="int8range", output_field=BigIntegerRangeField())


class Equipe(models.Model):
    nome = models.CharField("nome", max_length=80, unique=True)
    gestores = models.ManyToManyField(
        Usuario, related_name="equipes_geridas", blank=True, verbose_name="gestores"
    )
    criada_em = models.DateTimeField("criada em", auto_now_add=True)

    class Meta:
        verbose_name, verbose_name_plural = "equipe", "equipes"
        ordering = ("nome",)

    def __str__(self) -> str:
        return self.nome


class MembroDeEquipe(models.Model):
    """Participação datada: o período é [de, até) e ninguém está em duas equipes ao mesmo tempo."""

    usuario = models.ForeignKey(Usuario, models.CASCADE, related_name="participacoes", verbose_name="pessoa")
    equipe = models.ForeignKey(Equipe, models.CASCADE, related_name="participacoes", verbose_name="equipe")
    periodo = DateRangeField("período")

    class Meta:
        verbose_name, verbose_name_plural = "membro de equipe", "membros de equipe"
        constraints = (
            ExclusionConstraint(
                name="membro_em_uma_equipe_por_vez",
                expressions=[
                    (_faixa_do_id("usuario_id"), RangeOperators.OVERLAPS),
                    ("periodo", RangeOperators.OVERLAPS),
                ],
                violation_error_message="A pessoa já está em uma equipe nesse período.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.usuario} em {self.equipe}"


class Cobertura(models.Model):
    """Enquanto durar, o substituto vê e atende a carteira do ausente (férias)."""

    ausente = models.ForeignKey(Usuario, models.CASCADE, related_name="ausencias", verbose_name="ausente")
    substituto = models.ForeignKey(
        Usuario, models.CASCADE, related_name="coberturas", verbose_name="substituto"
    )
    periodo = DateRangeField("período")

    class Meta:
        verbose_name, verbose_name_plural = "cobertura", "coberturas"
        constraints = (
            models.CheckConstraint(
                name="cobertura_por_outra_pessoa",
                condition=~models.Q(ausente=F("substituto")),
                violation_error_message="Ninguém cobre a si mesmo.",
            ),
            ExclusionConstraint(
                name="cobertura_um_substituto_por_vez",
                expressions=[
                    (_faixa_do_id("ausente_id"), RangeOperators.OVERLAPS),
                    ("periodo", RangeOperators.OVERLAPS),
                ],
                violation_error_message="Já há quem cubra esta pessoa nesses dias.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.substituto} cobre {self.ausente}"

    @property
    def ultimo_dia(self) -> date:
        """O período guarda o dia seguinte; sem fim, a data mais longe que há."""
        return self.periodo.upper - timedelta(days=1) if self.periodo.upper else date.max
