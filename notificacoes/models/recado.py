"""Recados: o que quem gere escreve à equipe, como post-it (com lista viva) ou como lembrete."""

from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from contas.models import Equipe, Papel, Usuario
from contas.papeis import Permissao, pode
from contas.pessoas import pessoas_geridas_por


class EspecieDeRecado(models.TextChoices):
    POSTIT = "postit", "Post-it"
    LEMBRETE = "lembrete", "Lembrete"


class Publico(models.TextChoices):
    CONTAS = "contas", "Contas escolhidas"
    EQUIPES = "equipes", "Equipes"
    TODOS = "todos", "Todos"


class RegraDaLista(models.TextChoices):
    """A pergunta que a lista viva de um post-it faz à carteira de quem o lê."""

    SEM_PEDIDO = "sem_pedido", "sem pedido"
    SEM_CONTATO = "sem_contato", "sem contato"


class EstadoDoRecado(models.TextChoices):
    RASCUNHO = "rascunho", "Rascunho"
    AGENDADO = "agendado", "Agendado"
    EM_VIGOR = "em_vigor", "Em vigor"
    VENCIDO = "vencido", "Fora da validade"
    ENCERRADO = "encerrado", "Encerrado"


class TipoDeLembrete(models.Model):
    """INFORMAÇÃO e os outros que o administrador escrever; o já usado sai de uso, e nunca se apaga."""

    nome = models.CharField("nome", max_length=30, unique=True)
    ativo = models.BooleanField("em uso", default=True)

    class Meta:
        verbose_name, verbose_name_plural = "tipo de lembrete", "tipos de lembrete"
        ordering = ("nome",)

    def __str__(self) -> str:
        return self.nome


class RecadoQuerySet(models.QuerySet["Recado"]):
    def visiveis_para(self, usuario: Usuario) -> "RecadoQuerySet":
        """Os próprios; quem administra vê também os que já saíram de quem ele gere."""
        if not pode(usuario, Permissao.ENVIAR_RECADOS):
            return self.none()
        if usuario.papel != Papel.ADMIN:
            return self.filter(por=usuario)
        return self.filter(Q(por=usuario) | Q(enviado_em__isnull=False, por__in=pessoas_geridas_por(usuario)))

    def nos_estados(self, *estados: str, agora: datetime | None = None) -> "RecadoQuerySet":
        """O mesmo que `Recado.estado`, para o banco."""
        agora = agora or timezone.now()
        vencido = Q(expira_em__isnull=False, expira_em__lte=agora)
        filtros = {
            EstadoDoRecado.RASCUNHO: Q(enviado_em__isnull=True),
            EstadoDoRecado.ENCERRADO: Q(enviado_em__isnull=False, encerrado_em__isnull=False),
            EstadoDoRecado.VENCIDO: Q(enviado_em__isnull=False, encerrado_em__isnull=True) & vencido,
            EstadoDoRecado.AGENDADO: Q(enviado_em__isnull=False, encerrado_em__isnull=True)
            & Q(surge_em__gt=agora)
            & ~vencido,
            EstadoDoRecado.EM_VIGOR: Q(enviado_em__isnull=False, encerrado_em__isnull=True)
            & Q(surge_em__lte=agora)
            & ~vencido,
        }
        return self.filter(reduce(or_, (filtros[EstadoDoRecado(estado)] for estado in estados)))


class Recado(models.Model):
    """O que se escreveu e a quem. Enviado, cada destinatário tem o seu `Aviso`, que guarda a leitura dele."""

    especie = models.CharField("espécie", max_length=8, choices=EspecieDeRecado.choices)
    tipo = models.ForeignKey(
        TipoDeLembrete, models.PROTECT, null=True, blank=True, related_name="recados", verbose_name="tipo"
    )
    titulo = models.CharField("título", max_length=120)
    texto = models.TextField("mensagem")
    assinatura = models.CharField("assinatura", max_length=120, blank=True)
    regra = models.CharField("lista de clientes", max_length=11, choices=RegraDaLista.choices, blank=True)
    dias = models.PositiveSmallIntegerField("dias", null=True, blank=True)
    publico = models.CharField("para", max_length=7, choices=Publico.choices)
    contas: Any = models.ManyToManyField(Usuario, related_name="+", blank=True, verbose_name="contas")
    equipes: Any = models.ManyToManyField(Equipe, related_name="+", blank=True, verbose_name="equipes")
    # O dia em que surge (vazio: ao enviar) e o último em que vale, como se escolheram; os instantes saem deles.
    surge_no_dia = models.DateField("surge em", null=True, blank=True)
    vale_ate = models.DateField("vale até", null=True, blank=True)
    por_email = models.BooleanField("também por e-mail", default=False)
    por = models.ForeignKey(Usuario, models.PROTECT, related_name="recados", verbose_name="de")
    criado_em = models.DateTimeField("criado em", auto_now_add=True)
    enviado_em = models.DateTimeField("enviado em", null=True, blank=True)
    surge_em = models.DateTimeField("surge em", null=True, blank=True)
    expira_em = models.DateTimeField("expira em", null=True, blank=True)
    encerrado_em = models.DateTimeField("encerrado em", null=True, blank=True)
    # Quantas vezes saiu: a primeira, as edições e as de quem não leu.
    envios = models.PositiveSmallIntegerField("envios", default=0)
    reenviado_em = models.DateTimeField("reenviado em", null=True, blank=True)

    objects: Any = RecadoQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "recado", "recados"
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                name="recado_lista_com_dias",
                condition=Q(regra="", dias__isnull=True) | (~Q(regra="") & Q(dias__range=(1, 3650))),
            ),
            models.CheckConstraint(
                name="recado_tipo_so_de_lembrete",
                condition=Q(especie="lembrete", tipo__isnull=False, regra="")
                | Q(especie="postit", tipo__isnull=True),
            ),
            models.CheckConstraint(
                name="recado_enviado_tem_hora",
                condition=Q(enviado_em__isnull=True, surge_em__isnull=True, encerrado_em__isnull=True)
                | Q(enviado_em__isnull=False, surge_em__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return self.titulo

    @property
    def e_postit(self) -> bool:
        return self.especie == EspecieDeRecado.POSTIT

    @property
    def estado(self) -> EstadoDoRecado:
        return self.estado_em(timezone.now())

    def estado_em(self, agora: datetime) -> EstadoDoRecado:
        if self.enviado_em is None or self.surge_em is None:
            return EstadoDoRecado.RASCUNHO
        if self.encerrado_em is not None:
            return EstadoDoRecado.ENCERRADO
        if self.expira_em is not None and self.expira_em <= agora:
            return EstadoDoRecado.VENCIDO
        return EstadoDoRecado.AGENDADO if self.surge_em > agora else EstadoDoRecado.EM_VIGOR

    @property
    def lista_em_palavras(self) -> str:
        """ "mais de 20 dias sem pedido"; vazia quando não há lista."""
        if not self.regra:
            return ""
        dias = "dia" if self.dias == 1 else "dias"
        return f"mais de {self.dias} {dias} {self.get_regra_display()}"
