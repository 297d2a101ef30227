"""As regras de aviso de uma empresa, e o que cada pessoa prefere dentro delas."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Cast, Concat

from contas.escopo import empresas_de
from contas.models import Empresa, Equipe, Usuario
from contas.papeis import Permissao, pode


class Sobre(models.TextChoices):
    """De que a regra fala. As três primeiras têm mensagem própria; das outras sai uma lista de clientes."""

    EM_RISCO = "em_risco", "Carteira em risco"
    VOLUME = "volume", "Volume por vendedor"
    AGENDA_ESQUECIDA = "agenda_esquecida", "Agenda esquecida da equipe"
    ENTROU_QUASE = "entrou_quase", "Entrou em quase inativo"
    ENTROU_INATIVO = "entrou_inativo", "Entrou em inativo"
    REATIVADO = "reativado", "Foi reativado"
    SEM_COMPRAR = "sem_comprar", "Sem comprar há mais de N dias"
    SEM_CONTATO = "sem_contato", "Sem contato há N dias ou mais"
    AGENDA_VENCIDA = "agenda_vencida", "Compromisso vencido na agenda"
    INADIMPLENTE = "inadimplente", "Título vencido"
    REGULARIZOU = "regularizou", "Pagou o que estava vencido"
    BLOQUEADO = "bloqueado", "Foi bloqueado"
    DESBLOQUEADO = "desbloqueado", "Foi desbloqueado"
    LIMITE_MENOR = "limite_menor", "Limite de crédito diminuiu"
    LIMITE_MAIOR = "limite_maior", "Limite de crédito aumentou"
    SCORE_DESCEU = "score_desceu", "Score desceu de faixa"
    SCORE_SUBIU = "score_subiu", "Score subiu de faixa"
    RESTRICAO_NOVA = "restricao_nova", "Restrição de crédito nova"
    RESTRICAO_BAIXADA = "restricao_baixada", "Restrição de crédito baixada"
    EVENTO_DO_BIRO = "evento_do_biro", "Evento do birô (mudança societária…)"


# O que só se diz a quem pode ver score e restrições.
DO_BIRO = frozenset(
    {
        Sobre.SCORE_DESCEU,
        Sobre.SCORE_SUBIU,
        Sobre.RESTRICAO_NOVA,
        Sobre.RESTRICAO_BAIXADA,
        Sobre.EVENTO_DO_BIRO,
    }
)


class Para(models.TextChoices):
    VENDEDORES = "vendedores", "Cada vendedor"
    GESTORES = "gestores", "Cada gestor"
    ADMINISTRADORES = "administradores", "Administradores"
    ESCOLHIDOS = "escolhidos", "Contas e equipes escolhidas"


class Periodicidade(models.TextChoices):
    DIARIA = "diaria", "Todo dia"
    SEMANAL = "semanal", "Toda semana"
    QUINZENAL = "quinzenal", "A cada duas semanas"
    MENSAL = "mensal", "Todo mês"


class DiaDaSemana(models.IntegerChoices):
    SEGUNDA = 0, "segunda-feira"
    TERCA = 1, "terça-feira"
    QUARTA = 2, "quarta-feira"
    QUINTA = 3, "quinta-feira"
    SEXTA = 4, "sexta-feira"
    SABADO = 5, "sábado"
    DOMINGO = 6, "domingo"


# Como uma decisão cita a regra que a tomou.
PREFIXO_DA_CHAVE = "regra:"


class RegraDeAvisoQuerySet(models.QuerySet["RegraDeAviso"]):
    def visiveis_para(self, usuario: Usuario) -> "RegraDeAvisoQuerySet":
        """As das empresas de quem administra; ninguém mais lê as regras inteiras."""
        if not pode(usuario, Permissao.GERIR_AVISOS):
            return self.none()
        return self.filter(empresa__in=empresas_de(usuario))

    def em_uso(self) -> "RegraDeAvisoQuerySet":
        return self.filter(arquivada_em__isnull=True)

    def valendo(self, vaga: date) -> "RegraDeAvisoQuerySet":
        """Nem arquivadas nem em pausa nesse dia; a pausa vale até o último dia dela, inclusive."""
        return self.em_uso().exclude(
            Q(pausada=True) & (Q(pausada_ate__isnull=True) | Q(pausada_ate__gte=vaga))
        )

    def das_chaves(self, chaves: Iterable[str]) -> "RegraDeAvisoQuerySet":
        """As regras escritas que essas decisões citam, mesmo arquivadas; as outras não aparecem."""
        numeros = (
            chave.removeprefix(PREFIXO_DA_CHAVE) for chave in chaves if chave.startswith(PREFIXO_DA_CHAVE)
        )
        return self.filter(pk__in=[numero for numero in numeros if numero.isdecimal()])

    def chaves_do_biro(self) -> models.QuerySet["RegraDeAviso", Any]:
        """Como as decisões citam as que falam de score e restrições."""
        chave = Concat(Value(PREFIXO_DA_CHAVE), Cast("pk", models.CharField()))
        return self.filter(sobre__in=DO_BIRO).order_by().values_list(chave)

    def nomes_por_chave(self, chaves: Iterable[str]) -> dict[str, str]:
        """O nome de cada uma dessas."""
        return {regra.chave: regra.nome for regra in self.das_chaves(chaves).only("nome")}


class RegraDeAviso(models.Model):
    """Quem é avisado, de quê, quando, por onde e com que palavras."""

    empresa = models.ForeignKey(
        Empresa, models.CASCADE, related_name="regras_de_aviso", verbose_name="empresa"
    )
    nome = models.CharField("nome", max_length=80)
    sobre = models.CharField("sobre", max_length=20, choices=Sobre.choices)
    dias = models.PositiveSmallIntegerField(
        "dias", null=True, blank=True, validators=(MinValueValidator(1), MaxValueValidator(3650))
    )
    para = models.CharField("para", max_length=16, choices=Para.choices, default=Para.VENDEDORES)
    pessoas: Any = models.ManyToManyField(Usuario, related_name="+", blank=True, verbose_name="contas")
    equipes: Any = models.ManyToManyField(Equipe, related_name="+", blank=True, verbose_name="equipes")
    periodicidade = models.CharField(
        "quando", max_length=10, choices=Periodicidade.choices, default=Periodicidade.DIARIA
    )
    dia_da_semana = models.PositiveSmallIntegerField(
        "dia da semana", choices=DiaDaSemana.choices, null=True, blank=True
    )
    # Dia que o mês não tem é o último dele.
    dia_do_mes = models.PositiveSmallIntegerField(
        "dia do mês", null=True, blank=True, validators=(MinValueValidator(1), MaxValueValidator(31))
    )
    # A semana de que se contam as quinzenas.
    comeca_em = models.DateField("começa em", null=True, blank=True)
    # Vaga que cai em feriado, sábado ou domingo passa ao dia útil seguinte; na diária, não há.
    so_dias_uteis = models.BooleanField("só em dias úteis", default=False)
    # Vazia, sai assim que a rotina da noite termina.
    hora = models.TimeField("hora", null=True, blank=True)
    por_email = models.BooleanField("por e-mail", default=True)
    na_central = models.BooleanField("na central de avisos", default=False)
    assunto = models.CharField("assunto", max_length=120, blank=True)
    texto = models.TextField("texto", max_length=2000, blank=True)
    teto = models.PositiveSmallIntegerField(
        "clientes por mensagem", default=10, validators=(MinValueValidator(1), MaxValueValidator(50))
    )
    so_o_que_mudou = models.BooleanField("só o que mudou desde o último", default=True)
    incluir_bloqueados = models.BooleanField("incluir clientes bloqueados", default=False)
    pessoa_escolhe = models.BooleanField("cada pessoa pode desligar ou espaçar", default=True)
    pausada = models.BooleanField("pausada", default=False)
    pausada_ate = models.DateField("pausada até", null=True, blank=True)
    # A que já decidiu algo não se apaga: as decisões dela continuam a dizer o nome.
    arquivada_em = models.DateTimeField("arquivada em", null=True, blank=True)
    # Qual das regras de partida ela é; vazio nas que uma pessoa criou.
    partida = models.CharField("regra de partida", max_length=20, blank=True, editable=False)
    criada_por = models.ForeignKey(
        Usuario, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="criada por"
    )
    criada_em = models.DateTimeField("criada em", auto_now_add=True)

    objects: Any = RegraDeAvisoQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "regra de aviso", "regras de aviso"
        ordering = ("nome", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["empresa", "partida"], condition=~Q(partida=""), name="regra_de_partida_unica"
            ),
            models.UniqueConstraint(
                fields=["empresa", "nome"],
                condition=Q(arquivada_em__isnull=True),
                name="regra_de_aviso_nome_unico",
                violation_error_message="Já existe uma regra com este nome na empresa.",
            ),
            models.CheckConstraint(
                name="regra_de_aviso_por_algum_canal", condition=Q(por_email=True) | Q(na_central=True)
            ),
            models.CheckConstraint(
                name="regra_de_aviso_pausa", condition=Q(pausada=True) | Q(pausada_ate__isnull=True)
            ),
        )

    def __str__(self) -> str:
        return self.nome

    @property
    def chave(self) -> str:
        """O nome dela em cada decisão."""
        return f"{PREFIXO_DA_CHAVE}{self.pk}"


class PreferenciaDeAviso(models.Model):
    """O que uma pessoa mudou numa regra que a deixa escolher: só para menos, nunca um canal que a regra não usa."""

    regra = models.ForeignKey(RegraDeAviso, models.CASCADE, related_name="preferencias", verbose_name="regra")
    pessoa = models.ForeignKey(
        Usuario, models.CASCADE, related_name="preferencias_de_aviso", verbose_name="pessoa"
    )
    por_email = models.BooleanField("por e-mail", default=True)
    na_central = models.BooleanField("na central de avisos", default=True)
    # Vazio, a frequência da regra; senão, da diária, só nesse dia da semana.
    dia_da_semana = models.PositiveSmallIntegerField(
        "só uma vez por semana", choices=DiaDaSemana.choices, null=True, blank=True
    )
    alterada_em = models.DateTimeField("alterada em", auto_now=True)

    class Meta:
        verbose_name, verbose_name_plural = "preferência de aviso", "preferências de avisos"
        constraints = (
            models.UniqueConstraint(fields=["regra", "pessoa"], name="preferencia_de_aviso_unica"),
        )

    def __str__(self) -> str:
        return f"{self.pessoa} em {self.regra}"
