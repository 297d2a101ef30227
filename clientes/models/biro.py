"""O que uma fonte diz de alguém, cliente ou fornecedor: scores e restrições, com as mesmas regras para os dois.

O modelo de cada um herda daqui, põe o dono e usa as funções que devolvem as regras do banco; `prefixo` dá a elas
nomes que não se repetem de uma tabela à outra.
"""

from datetime import date
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from clientes.models.origem import DeArquivo
from contas.models import Empresa

SCORE_MAXIMO = 1000
Regras = tuple[models.BaseConstraint, ...]


class FatoDoBiro(DeArquivo):
    """O que uma fonte (Serasa, SPC, cartório…) disse de alguém num dia, e de qual arquivo veio."""

    empresa = models.ForeignKey(
        Empresa, models.PROTECT, related_name="+", db_index=False, verbose_name="empresa"
    )
    fonte = models.CharField("fonte", max_length=40, db_collation="C")
    em = models.DateField("data")

    class Meta:
        abstract = True


class Score(FatoDoBiro):
    valor = models.PositiveSmallIntegerField("score")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.valor} ({self.fonte}, {self.em:%d/%m/%Y})"


def restricoes_do_score(dono: str, prefixo: str = "") -> Regras:
    return (
        models.UniqueConstraint(fields=[dono, "fonte", "em"], name=f"{prefixo}score_unico"),
        models.CheckConstraint(name=f"{prefixo}score_com_fonte", condition=~Q(fonte="")),
        models.CheckConstraint(
            name=f"{prefixo}score_na_escala", condition=Q(valor__gte=0) & Q(valor__lte=SCORE_MAXIMO)
        ),
    )


class Correcao(models.Model):
    """O valor que um score tinha antes de a fonte o corrigir para o mesmo dia."""

    nasce_do_fato = True

    de = models.PositiveSmallIntegerField("era")
    para = models.PositiveSmallIntegerField("passou a ser")
    em = models.DateTimeField("em", db_default=Now())

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.de} → {self.para}"


def restricoes_da_correcao(prefixo: str = "") -> Regras:
    return (models.CheckConstraint(name=f"{prefixo}correcao_muda_o_score", condition=~Q(de=F("para"))),)


class TipoDeRestricao(models.TextChoices):
    PENDENCIA = "pendencia", "Pendência"
    PROTESTO = "protesto", "Protesto"
    ACAO = "acao", "Ação judicial"
    CHEQUE = "cheque", "Cheque sem fundo"
    FALENCIA = "falencia", "Falência ou recuperação"
    OUTRA = "outra", "Outra restrição"
    MUDANCA_SOCIETARIA = "mudanca_societaria", "Mudança societária"
    EVENTO = "evento", "Outro evento"


# O que só se fica sabendo: não restringe ninguém, e por isso não tem baixa.
EVENTOS = (TipoDeRestricao.MUDANCA_SOCIETARIA, TipoDeRestricao.EVENTO)


class FiltrosDeRestricoes:
    """Os filtros que o QuerySet das restrições de cada dono junta aos seus."""

    def que_restringem(self: Any) -> Any:
        """Sem os eventos (mudança societária…), que não fazem de ninguém um inadimplente."""
        return self.exclude(tipo__in=EVENTOS)

    def eventos(self: Any) -> Any:
        return self.filter(tipo__in=EVENTOS)

    def abertas(self: Any, em: Any) -> Any:
        """Que valiam no dia: do dia da restrição ao dia antes da baixa."""
        return self.filter(aberta_em(em))


def aberta_em(dia: Any) -> Q:
    return Q(em__lte=dia) & (Q(baixada_em__isnull=True) | Q(baixada_em__gt=dia))


class Restricao(FatoDoBiro):
    tipo = models.CharField("tipo", max_length=20, choices=TipoDeRestricao.choices)
    numero = models.CharField("número", max_length=40, blank=True, db_collation="C")
    valor = models.DecimalField("valor", max_digits=14, decimal_places=2, default=0)
    baixada_em = models.DateField("baixada em", null=True, blank=True)
    descricao = models.CharField("descrição", max_length=300, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{TipoDeRestricao(self.tipo).label} ({self.fonte}, {self.em:%d/%m/%Y})"

    @property
    def restringe(self) -> bool:
        return self.tipo not in EVENTOS

    def aberta_no(self, dia: date) -> bool:
        """O mesmo que `aberta_em`, da linha já lida."""
        return self.em <= dia and (self.baixada_em is None or self.baixada_em > dia)


def restricoes_da_restricao(dono: str, prefixo: str = "") -> Regras:
    return (
        models.UniqueConstraint(
            fields=[dono, "fonte", "tipo", "em", "numero"], name=f"{prefixo}restricao_unica"
        ),
        models.CheckConstraint(name=f"{prefixo}restricao_com_fonte", condition=~Q(fonte="")),
        models.CheckConstraint(
            name=f"{prefixo}restricao_tipo_conhecido",
            condition=Q(tipo__in=[t.value for t in TipoDeRestricao]),
        ),
        models.CheckConstraint(name=f"{prefixo}restricao_valor_positivo", condition=Q(valor__gte=0)),
        models.CheckConstraint(
            name=f"{prefixo}restricao_baixa_depois",
            condition=Q(baixada_em__isnull=True) | Q(baixada_em__gte=F("em")),
        ),
        models.CheckConstraint(
            name=f"{prefixo}evento_do_biro_sem_baixa",
            condition=Q(baixada_em__isnull=True) | ~Q(tipo__in=[t.value for t in EVENTOS]),
        ),
    )
