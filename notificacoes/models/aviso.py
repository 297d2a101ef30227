"""O que a pessoa lê dentro do sistema, na central de avisos."""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from contas.models import Usuario
from contas.papeis import Permissao, pode
from notificacoes.models.recado import Recado
from notificacoes.models.regra import RegraDeAviso


class TipoDeAviso(models.TextChoices):
    RESUMO = "resumo", "Resumo"
    POSTIT = "postit", "Post-it"
    LEMBRETE = "lembrete", "Lembrete"
    SISTEMA = "sistema", "Sistema"


class AvisoQuerySet(models.QuerySet["Aviso"]):
    def da_pessoa(self, usuario: Usuario) -> "AvisoQuerySet":
        return self.filter(pessoa=usuario) if usuario.is_active else self.none()

    def visiveis_para(self, usuario: Usuario) -> "AvisoQuerySet":
        """Só os da própria pessoa; a quem não vê crédito, sem os que só falam dele."""
        dela = self.da_pessoa(usuario)
        if pode(usuario, Permissao.VER_CREDITO):
            return dela
        do_biro = self._itens_do_biro(usuario)
        outros = do_biro.model.objects.filter(aviso=OuterRef("aviso")).exclude(
            regra__in=RegraDeAviso.objects.chaves_do_biro()
        )
        return dela.exclude(pk__in=do_biro.exclude(Exists(outros)).values("aviso"))

    def que_citam_o_biro(self, usuario: Usuario) -> "AvisoQuerySet":
        """Os da pessoa que dizem score ou restrições, só ou entre outras coisas."""
        return self.da_pessoa(usuario).filter(pk__in=self._itens_do_biro(usuario).values("aviso"))

    def _itens_do_biro(self, usuario: Usuario) -> Any:
        item: Any = self.model._meta.get_field("itens").related_model
        return item.objects.filter(
            pessoa=usuario, aviso__isnull=False, regra__in=RegraDeAviso.objects.chaves_do_biro()
        )

    def a_mostra(self, agora: datetime | None = None) -> "AvisoQuerySet":
        """Os que já surgiram e ainda valem."""
        agora = agora or timezone.now()
        return self.filter(surge_em__lte=agora).filter(Q(expira_em__isnull=True) | Q(expira_em__gt=agora))

    def nao_lidos(self) -> "AvisoQuerySet":
        return self.filter(lido_em__isnull=True)


class Aviso(models.Model):
    """Uma linha da central; `chave` é única: a mesma decisão, repetida, não escreve outro aviso."""

    chave = models.CharField("chave", max_length=120, unique=True)
    pessoa = models.ForeignKey(Usuario, models.CASCADE, related_name="avisos", verbose_name="pessoa")
    tipo = models.CharField("tipo", max_length=10, choices=TipoDeAviso.choices)
    titulo = models.CharField("título", max_length=200)
    texto = models.TextField("texto", blank=True)
    # Caminho dentro do sistema; vazio, o aviso abre a própria página.
    caminho = models.CharField("caminho", max_length=300, blank=True)
    criado_em = models.DateTimeField("criado em", auto_now_add=True)
    surge_em = models.DateTimeField("surge em", default=timezone.now)
    expira_em = models.DateTimeField("expira em", null=True, blank=True)
    lido_em = models.DateTimeField("lido em", null=True, blank=True)
    # A primeira leitura, que fica mesmo se a pessoa o marcar de novo como não lido: é o recibo de quem mandou.
    visto_em = models.DateTimeField("visto em", null=True, blank=True)
    recado = models.ForeignKey(
        Recado, models.CASCADE, null=True, blank=True, related_name="avisos", verbose_name="recado"
    )

    objects: Any = AvisoQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "aviso", "avisos"
        ordering = ("-surge_em", "-id")
        indexes = (
            models.Index(fields=["pessoa", "-surge_em", "-id"], name="aviso_da_pessoa"),  # a central
            models.Index(
                fields=["pessoa", "surge_em"],
                include=["expira_em"],
                condition=Q(lido_em__isnull=True),
                name="aviso_por_ler",
            ),  # o número no sino, sem abrir a tabela
        )

    def __str__(self) -> str:
        return f"{self.titulo} → {self.pessoa}"
