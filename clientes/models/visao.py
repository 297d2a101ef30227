"""Visões da lista de clientes: um nome para filtros, ordem, colunas e densidade, guardados como a URL os diz."""

from datetime import date
from typing import Any, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from contas.models import Equipe, MembroDeEquipe, Usuario


class VisaoQuerySet(models.QuerySet["Visao"]):
    def visiveis_para(self, usuario: Usuario, em: date | None = None) -> Self:
        """As próprias, e as da equipe de que se participa hoje ou que se gere."""
        if not (usuario.is_authenticated and usuario.is_active):
            return self.none()
        participa = MembroDeEquipe.objects.filter(
            usuario=usuario, equipe=OuterRef("equipe"), periodo__contains=em or timezone.localdate()
        )
        gere = Equipe.objects.filter(pk=OuterRef("equipe"), gestores=usuario)
        return self.filter(Q(dono=usuario) | Q(Exists(participa)) | Q(Exists(gere)), apagada_em__isnull=True)


class Visao(models.Model):
    """De uma pessoa só ou, com `equipe`, de todos dela. Apagar marca o dia, para se poder voltar atrás."""

    dono = models.ForeignKey(Usuario, models.CASCADE, related_name="visoes", verbose_name="dono")
    equipe = models.ForeignKey(
        Equipe, models.CASCADE, null=True, blank=True, related_name="visoes", verbose_name="equipe"
    )
    nome = models.CharField("nome", max_length=60)
    consulta = models.TextField("filtros, ordem, colunas e densidade", blank=True)
    criada_em = models.DateTimeField("criada em", auto_now_add=True)
    atualizada_em = models.DateTimeField("atualizada em", auto_now=True)
    apagada_em = models.DateTimeField("apagada em", null=True, blank=True)

    objects: Any = VisaoQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "visão da lista", "visões da lista"
        ordering = ("nome", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["dono", "nome"],
                condition=Q(apagada_em__isnull=True),
                name="visao_nome_unico",
                violation_error_message="Você já tem uma visão com este nome.",
            ),
            models.CheckConstraint(name="visao_com_nome", condition=~Q(nome="")),
        )

    def __str__(self) -> str:
        return self.nome


class VisaoPadrao(models.Model):
    """Com que visão a lista abre para cada pessoa."""

    usuario = models.OneToOneField(
        Usuario, models.CASCADE, primary_key=True, related_name="visao_padrao", verbose_name="pessoa"
    )
    visao = models.ForeignKey(Visao, models.CASCADE, related_name="+", verbose_name="visão")

    class Meta:
        verbose_name, verbose_name_plural = "visão padrão", "visões padrão"

    def __str__(self) -> str:
        return f"{self.usuario}: {self.visao}"
