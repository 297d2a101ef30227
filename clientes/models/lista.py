"""Listas de trabalho: quem se vai procurar, para quê, até quando, e quem ficou de fora por sorteio."""

from datetime import date
from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from clientes.models.catalogos import Campanha
from clientes.models.cliente import Cliente
from contas.escopo import NINGUEM, empresas_de, filtro_de_visibilidade
from contas.models import Cobertura, Empresa, Equipe, Papel, Usuario

MAIOR_CONTROLE = 50  # % da lista: acima disso não seria uma lista, seria um sorteio


class Finalidade(models.TextChoices):
    PREVENCAO = "prevencao", "Prevenção"
    RECUPERACAO = "recuperacao", "Recuperação"
    OUTRA = "outra", "Outra"


class TipoDeOferta(models.TextChoices):
    NENHUMA = "", "Sem oferta"
    DESCONTO = "desconto", "Desconto"
    PROMOCAO = "promocao", "Promoção em curso"
    OUTRA = "outra", "Outra ação"


class Reparticao(models.TextChoices):
    """Quem liga para quem. Só se reparte entre quem vê o cliente: a lista não abre a carteira de ninguém."""

    DONO = "dono", "Cada um com a sua carteira"
    IGUAL = "igual", "Em partes iguais entre os escolhidos"
    UF = "uf", "Cada UF inteira com um dos escolhidos"
    MUNICIPIO = "municipio", "Cada município inteiro com um dos escolhidos"
    CAPACIDADE = "capacidade", "Proporcional aos contatos por dia de cada um"


class MotivoDeExclusao(models.TextChoices):
    """Por que um membro não é para ligar, na ordem em que se conta; as condições estão em `clientes.exclusoes`."""

    ENCERRADO = "encerrado", "encerrados"
    FORA_DO_PERFIL = "fora_do_perfil", "fora do perfil"
    NAO_CONTATAR = "nao_contatar", "que pediram para não ser contatados"
    BLOQUEADO = "bloqueado", "bloqueados"
    INADIMPLENTE = "inadimplente", "inadimplentes"
    ADIADO = "adiado", "adiados"


# A oposição a todos os canais é direito da pessoa: ninguém a desliga.
DESLIGAVEIS = tuple(m.value for m in MotivoDeExclusao if m is not MotivoDeExclusao.NAO_CONTATAR)


class ListaQuerySet(models.QuerySet["ListaDeTrabalho"]):
    def visiveis_para(self, usuario: Usuario) -> Self:
        """As que a pessoa abre; fechado por padrão, e as apagadas não existem."""
        return self.filter(_quem_ve(usuario), apagada_em__isnull=True)

    def ativas(self, hoje: date) -> Self:
        """Nem encerradas nem passadas do último dia."""
        return self.filter(_nao_terminou(hoje), apagada_em__isnull=True)

    def terminadas(self, hoje: date) -> Self:
        return self.exclude(_nao_terminou(hoje))


def _nao_terminou(hoje: date) -> Q:
    return Q(encerrada_em__isnull=True) & (Q(ate__isnull=True) | Q(ate__gte=hoje))


def _quem_ve(usuario: Usuario) -> Q:
    """O vendedor, onde tem membros seus; o gestor, também as que fez, as de que é dono e as da equipe."""
    if not (usuario.is_authenticated and usuario.is_active):
        return NINGUEM
    na_empresa = Q(empresa__in=empresas_de(usuario))
    if usuario.papel in {Papel.ADMIN, Papel.LEITURA}:
        return na_empresa
    com_membros = Q(Exists(MembroDaLista.objects.visiveis_para(usuario).filter(lista=OuterRef("pk"))))
    if usuario.papel == Papel.GESTOR:
        return na_empresa & (com_membros | suas(usuario))
    return na_empresa & com_membros if usuario.papel == Papel.VENDEDOR else NINGUEM


def suas(usuario: Usuario) -> Q:
    """As que a pessoa criou, de que é dona, ou da equipe que gere."""
    dona = ListaDeTrabalho.donos.through._default_manager.filter(usuario=usuario).values("listadetrabalho")
    equipes = Equipe.objects.filter(gestores=usuario)
    return Q(criada_por=usuario) | Q(pk__in=dona) | Q(equipe__in=equipes)


class ListaDeTrabalho(models.Model):
    """Viva, refaz-se pela consulta; congelada, guarda quem entrou, mesmo depois de comprar."""

    empresa = models.ForeignKey(Empresa, models.PROTECT, related_name="listas", verbose_name="empresa")
    nome = models.CharField("nome", max_length=80)
    finalidade = models.CharField("finalidade", max_length=12, choices=Finalidade.choices)
    viva = models.BooleanField("viva", default=False)
    # A query string da lista de clientes, lida com os olhos de `consulta_por`.
    consulta = models.TextField("consulta", blank=True, max_length=4000)
    consulta_por = models.ForeignKey(
        Usuario, models.PROTECT, related_name="+", verbose_name="de quem é a consulta"
    )
    de = models.DateField("começa em")
    ate = models.DateField("termina em", null=True, blank=True)
    oferta_tipo = models.CharField(
        "tipo de oferta",
        max_length=10,
        choices=TipoDeOferta.choices,
        default=TipoDeOferta.NENHUMA,
        blank=True,
    )
    oferta = models.CharField("oferta", max_length=200, blank=True)
    campanha = models.ForeignKey(
        Campanha, models.PROTECT, null=True, blank=True, related_name="listas", verbose_name="campanha"
    )
    meta_clientes = models.PositiveIntegerField("meta de clientes que compram", null=True, blank=True)
    meta_valor = models.DecimalField("meta de valor", max_digits=14, decimal_places=2, null=True, blank=True)
    equipe = models.ForeignKey(
        Equipe, models.PROTECT, null=True, blank=True, related_name="listas", verbose_name="equipe"
    )
    donos = models.ManyToManyField(Usuario, blank=True, related_name="listas", verbose_name="donos")
    reparticao = models.CharField(
        "repartição", max_length=10, choices=Reparticao.choices, default=Reparticao.DONO
    )
    participantes = models.ManyToManyField(
        Usuario, blank=True, related_name="+", verbose_name="entre quem se reparte"
    )
    exclusoes_desligadas = ArrayField(
        models.CharField(max_length=15, choices=MotivoDeExclusao.choices),
        default=list,
        blank=True,
        verbose_name="exclusões desligadas",
    )
    aceita_fora_da_finalidade = models.BooleanField("aceita quem não é da finalidade", default=False)
    controle_pct = models.PositiveSmallIntegerField("grupo de controle (%)", default=0)
    semente = models.PositiveBigIntegerField("semente do sorteio")
    criada_por = models.ForeignKey(Usuario, models.PROTECT, related_name="+", verbose_name="criada por")
    criada_em = models.DateTimeField("criada em", default=timezone.now)
    refeita_em = models.DateTimeField("refeita em", null=True, blank=True)
    refeita_erro = models.CharField("por que não se refaz", max_length=200, blank=True)
    encerrada_em = models.DateTimeField("encerrada em", null=True, blank=True)
    apagada_em = models.DateTimeField("apagada em", null=True, blank=True)

    objects: Any = ListaQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "lista de trabalho", "listas de trabalho"
        ordering = ("-criada_em", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=["empresa", "nome"], condition=Q(apagada_em__isnull=True), name="lista_nome_unico"
            ),
            models.CheckConstraint(name="lista_com_nome", condition=~Q(nome="")),
            models.CheckConstraint(
                name="lista_termina_depois", condition=Q(ate__isnull=True) | Q(ate__gte=F("de"))
            ),
            models.CheckConstraint(
                name="lista_finalidade_conhecida", condition=Q(finalidade__in=Finalidade.values)
            ),
            models.CheckConstraint(
                name="lista_oferta_conhecida", condition=Q(oferta_tipo__in=TipoDeOferta.values)
            ),
            models.CheckConstraint(
                name="lista_texto_so_com_oferta", condition=Q(oferta="") | ~Q(oferta_tipo="")
            ),
            models.CheckConstraint(
                name="lista_reparticao_conhecida", condition=Q(reparticao__in=Reparticao.values)
            ),
            models.CheckConstraint(
                name="lista_controle_ate_metade", condition=Q(controle_pct__lte=MAIOR_CONTROLE)
            ),
            models.CheckConstraint(
                name="lista_so_desliga_o_que_se_pode",
                condition=Q(exclusoes_desligadas__contained_by=list(DESLIGAVEIS)),
            ),
            models.CheckConstraint(
                name="lista_metas_positivas",
                condition=(Q(meta_clientes__isnull=True) | Q(meta_clientes__gt=0))
                & (Q(meta_valor__isnull=True) | Q(meta_valor__gt=0)),
            ),
        )
        indexes = (
            models.Index(
                fields=["empresa", "-criada_em"],
                condition=Q(apagada_em__isnull=True),
                name="lista_da_empresa",
            ),
        )

    def __str__(self) -> str:
        return self.nome

    def terminou(self, hoje: date) -> bool:
        """Gêmea de `ativas`: encerrada por alguém, ou passada do último dia."""
        return self.encerrada_em is not None or (self.ate is not None and self.ate < hoje)


class MembroQuerySet(models.QuerySet["MembroDaLista"]):
    def visiveis_para(self, usuario: Usuario) -> Self:
        """Os membros cujo cliente a pessoa vê; o vendedor, só os que lhe cabem e nunca o grupo de controle."""
        visiveis = self.filter(filtro_de_visibilidade(usuario, "cliente__"), lista__apagada_em__isnull=True)
        if usuario.papel != Papel.VENDEDOR:
            return visiveis
        hoje = timezone.localdate()
        cobertos = Cobertura.objects.filter(substituto=usuario, periodo__contains=hoje).values("ausente")
        # Sem responsável escrito, é do dono da carteira: a visibilidade do cliente já o diz.
        cabe = Q(responsavel__isnull=True) | Q(responsavel=usuario) | Q(responsavel__in=cobertos)
        return visiveis.filter(cabe, controle=False)

    def na_lista(self) -> Self:
        """Os que não saíram."""
        return self.filter(saiu_em__isnull=True)

    def em_controle(self, hoje: date) -> Self:
        """Os sorteados para ninguém chamar, enquanto a lista corre."""
        correm = ListaDeTrabalho.objects.ativas(hoje).filter(de__lte=hoje, pk=OuterRef("lista"))
        return self.na_lista().filter(Exists(correm), controle=True)


class OrigemDoMembro(models.TextChoices):
    CONSULTA = "consulta", "Pela consulta"
    ESCOLHA = "escolha", "Posto por alguém"


class MembroDaLista(models.Model):
    """Um cliente na lista. Quem sai fica guardado, com o dia; voltar não muda o sorteio."""

    lista = models.ForeignKey(
        ListaDeTrabalho, models.CASCADE, related_name="membros", db_index=False, verbose_name="lista"
    )
    cliente = models.ForeignKey(Cliente, models.CASCADE, related_name="nas_listas", verbose_name="cliente")
    responsavel = models.ForeignKey(
        Usuario, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="quem liga"
    )
    controle = models.BooleanField("grupo de controle", default=False)
    # Por que não era para ligar no dia em que entrou: quem já entrou de fora não participa da comparação.
    fora_ao_entrar = models.CharField("de fora ao entrar", max_length=15, blank=True)
    entrou_em = models.DateField("entrou em")
    saiu_em = models.DateField("saiu em", null=True, blank=True)
    origem = models.CharField(
        "origem", max_length=8, choices=OrigemDoMembro.choices, default=OrigemDoMembro.CONSULTA
    )

    objects: Any = MembroQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "membro da lista", "membros das listas"
        constraints = (
            models.UniqueConstraint(fields=["lista", "cliente"], name="membro_unico_na_lista"),
            models.CheckConstraint(
                name="membro_sai_depois", condition=Q(saiu_em__isnull=True) | Q(saiu_em__gte=F("entrou_em"))
            ),
            # Ninguém liga para o grupo de controle.
            models.CheckConstraint(
                name="membro_de_controle_sem_responsavel",
                condition=Q(controle=False) | Q(responsavel__isnull=True),
            ),
        )

    def __str__(self) -> str:
        return f"{self.cliente} em {self.lista}"


class MovimentoDaLista(models.Model):
    """Quem entrou e quem saiu, e quando; só se acrescenta."""

    lista = models.ForeignKey(
        ListaDeTrabalho, models.CASCADE, related_name="movimentos", db_index=False, verbose_name="lista"
    )
    cliente = models.ForeignKey(
        Cliente, models.CASCADE, related_name="+", db_index=False, verbose_name="cliente"
    )
    entrou = models.BooleanField("entrou")
    em = models.DateField("em")
    por = models.ForeignKey(
        Usuario, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="por"
    )

    class Meta:
        verbose_name, verbose_name_plural = "movimento da lista", "movimentos das listas"
        ordering = ("-em", "-id")
        indexes = (models.Index(fields=["lista", "-em", "-id"], name="movimento_da_lista"),)

    def __str__(self) -> str:
        return f"{self.cliente} {'entrou' if self.entrou else 'saiu'} em {self.em:%d/%m/%Y}"
