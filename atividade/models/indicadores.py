"""Os números de cada cliente na referência da empresa: datas em vez de idades, para só mudar o que mudou."""

from collections.abc import Iterable
from datetime import date
from typing import Any, Self

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.db.models.functions import Cast

from atividade import prioridade
from atividade.atraso import FORA_DO_RITMO_EM, TEM_RITMO
from atividade.formula_sql import FormulaSQL
from atividade.probabilidade import expressoes
from atividade.probabilidade.formulas import DIAS_NA_SEMANA
from atividade.regras import Marca
from atividade.regras_da_fila import REGRAS_DA_FILA, Grupos, Momento, RegraDaFila, motivo_de_fora, na_fila
from clientes.models import Cliente, Segmento
from contas.escopo import Forma, filtro_de_visibilidade
from contas.models import Empresa, Equipe, Usuario


class Status(models.TextChoices):
    PROSPECT = "prospect", "Prospect"
    ATIVO = "ativo", "Ativo"
    QUASE_INATIVO = "quase_inativo", "Quase inativo"
    INATIVO = "inativo", "Inativo"


class IndicadoresQuerySet(models.QuerySet["Indicadores"]):
    def visiveis_para(
        self, usuario: Usuario, em: date | None = None, *, forma: Forma = Forma.SUBCONSULTA
    ) -> Self:
        """O mesmo filtro de `Cliente.visiveis_para`, sobre as colunas copiadas para cá."""
        return self.filter(filtro_de_visibilidade(usuario, em=em, forma=forma))

    def em_carteira(self) -> Self:
        """Sem encerrados nem fora do perfil, que saem de listas e denominadores.

        Pelo índice parcial `cliente_fora`, que é pequeno: juntar a tabela de clientes custa o dobro.
        """
        fora = Cliente.objects.filter(
            Q(encerrado_em__isnull=False) | Q(fora_do_perfil=True), pk=OuterRef("pk")
        )
        return self.filter(~Exists(fora))

    def de_status(self, *status: str) -> Self:
        return self.filter(status__in=status)

    def em_risco(self) -> Self:
        """Quem ainda não foi, mas está indo."""
        return self.de_status(Status.QUASE_INATIVO)

    def com_recencia(self, referencia: date) -> Self:
        """Anota `recencia_dias`."""
        return self.annotate(recencia_dias=prioridade.recencia(referencia))

    def com_marca(self, referencia: date) -> Self:
        """Anota `marca`: novo, recuperado, recente, antigo ou vazio."""
        novo, voltou = Q(novo_ate__gte=referencia), Q(recuperado_ate__gte=referencia)
        casos = (
            When(voltou, status=Status.ATIVO, then=Value(Marca.RECUPERADO.value)),
            When(novo, status=Status.ATIVO, then=Value(Marca.NOVO.value)),
            When(status=Status.INATIVO, antigo_em__lte=referencia, then=Value(Marca.ANTIGO.value)),
            When(status=Status.INATIVO, antigo_em__isnull=False, then=Value(Marca.RECENTE.value)),
        )
        return self.annotate(marca=Case(*casos, default=Value(""), output_field=models.CharField()))

    def com_prioridade(self, referencia: date) -> Self:
        """Anota `p`, `valor_em_jogo` e `perda_esperada` (p × valor), pelo ajuste da empresa do cliente."""
        anotado = self.annotate(
            p=prioridade.probabilidade(referencia), valor_em_jogo=prioridade.valor_em_jogo()
        )
        perda = F("p") * Cast(F("valor_em_jogo"), models.FloatField())
        return anotado.annotate(perda_esperada=models.ExpressionWrapper(perda, models.FloatField()))

    def com_probabilidade(self, referencia: date) -> Self:
        """Anota `p_vivo` e `p_sem_compra` (em 90 dias) pelo modelo da empresa; nulos onde não há modelo."""
        ajuste = "empresa__probabilidade__ajuste__"
        medidas = (F("dias_de_compra"), prioridade.recencia(referencia), prioridade.extensao())
        alfa = F(f"{ajuste}alpha") * Value(float(DIAS_NA_SEMANA))
        partes = (*medidas, F(f"{ajuste}modelo"), F(f"{ajuste}r"), alfa, F(f"{ajuste}a"), F(f"{ajuste}b"))
        horizonte = Value(prioridade.HORIZONTE)
        return self.annotate(
            p_vivo=FormulaSQL(expressoes.P_VIVO, *partes, nomes=expressoes.NOMES),
            p_sem_compra=FormulaSQL(
                expressoes.P_SEM_COMPRA, *partes, horizonte, nomes=f"{expressoes.NOMES} horizonte"
            ),
        )

    def elegiveis(self, momento: Momento) -> Self:
        """Quem pode estar na fila de hoje: ninguém que alguma regra da fila deixe de fora."""
        return self.filter(na_fila(momento))

    def com_motivo_de_fora(self, grupos: Grupos, regras: Iterable[RegraDaFila] = REGRAS_DA_FILA) -> Self:
        """Anota `fora`: a primeira das regras que deixa o cliente fora da fila, ou vazio."""
        return self.annotate(fora=motivo_de_fora(grupos, regras))


# As linhas de um vendedor espalham-se pela tabela inteira; com isto no índice, ela não se lê. As somas de 90 dias e as
# notas de RFV mudam a cada noite em milhares de clientes que não compraram: fora daqui, essas linhas regravam-se no
# lugar, sem tocar índice nenhum.
_DA_CARTEIRA = (
    "status", "quase_inativo_em", "inativo_em", "antigo_em", "novo_ate", "recuperado_ate", "primeira_compra",
    "ultima_compra", "proxima_compra_esperada", "ultimo_contato_em", "dias_de_compra", "intervalo_medio_dias",
    "intervalo_mediano_dias", "ritmo", "valor_12m", "valor_ano_ativo", "valor_janela", "valor_total", "pedidos",
    "curva_abc", "segmento", "uf",
)  # fmt: skip

# O que a composição agrupa, soma e marca.
_DA_COMPOSICAO = (
    "status", "vendedor", "segmento", "uf", "curva_abc", "valor_12m", "valor_ano_ativo", "novo_ate", "recuperado_ate",
    "antigo_em",
)  # fmt: skip


class Indicadores(models.Model):
    """1:1 com Cliente. A linha nasce com o cliente, por gatilho, como prospect."""

    nasce_do_fato = True

    cliente = models.OneToOneField(
        Cliente, models.CASCADE, primary_key=True, related_name="indicadores", verbose_name="cliente"
    )
    # Copiadas do cliente por gatilho, para os índices das listas.
    empresa = models.ForeignKey(
        Empresa, models.PROTECT, related_name="+", db_index=False, verbose_name="empresa"
    )
    vendedor = models.ForeignKey(
        Usuario,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name="vendedor",
    )
    equipe = models.ForeignKey(
        Equipe, models.PROTECT, null=True, blank=True, related_name="+", db_index=False, verbose_name="equipe"
    )
    segmento = models.ForeignKey(
        Segmento,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name="segmento",
    )
    uf = models.CharField("UF", max_length=2, blank=True, db_default="")

    primeira_compra = models.DateField("primeira compra", null=True)
    ultima_compra = models.DateField("última compra", null=True)
    pedidos = models.PositiveIntegerField("pedidos", default=0, db_default=0)
    dias_de_compra = models.PositiveIntegerField("dias de compra", default=0, db_default=0)
    dias_de_compra_12m = models.PositiveIntegerField("dias de compra em 12 meses", default=0, db_default=0)
    intervalo_medio_dias = models.DecimalField(
        "frequência (dias)", max_digits=12, decimal_places=4, null=True
    )
    intervalo_mediano_dias = models.DecimalField(
        "intervalo mediano (dias)", max_digits=12, decimal_places=4, null=True
    )
    proxima_compra_esperada = models.DateField("próxima compra esperada", null=True)
    valor_total = models.DecimalField("valor total", max_digits=16, decimal_places=2, default=0, db_default=0)
    valor_12m = models.DecimalField(
        "valor em 12 meses", max_digits=16, decimal_places=2, default=0, db_default=0
    )
    valor_janela = models.DecimalField(
        "valor na janela", max_digits=16, decimal_places=2, default=0, db_default=0
    )
    valor_ano_ativo = models.DecimalField(
        "valor no último ano ativo", max_digits=16, decimal_places=2, default=0, db_default=0
    )
    valor_90d = models.DecimalField(
        "valor em 90 dias", max_digits=16, decimal_places=2, default=0, db_default=0
    )
    valor_90d_anterior = models.DecimalField(
        "valor nos 90 dias anteriores", max_digits=16, decimal_places=2, default=0, db_default=0
    )
    devolvido_12m = models.DecimalField(
        "devolvido em 12 meses", max_digits=16, decimal_places=2, default=0, db_default=0
    )
    curva_abc = models.CharField("curva ABC", max_length=1, blank=True, db_default="")
    rfv_r = models.PositiveSmallIntegerField("R", null=True)
    rfv_f = models.PositiveSmallIntegerField("F", null=True)
    rfv_v = models.PositiveSmallIntegerField("V", null=True)
    ritmo = models.CharField("ritmo", max_length=13, blank=True, db_default="")
    coeficiente_variacao = models.DecimalField(
        "variação dos intervalos", max_digits=10, decimal_places=4, null=True
    )
    ultimo_contato_em = models.DateTimeField("último contato", null=True)

    status = models.CharField(
        "status", max_length=13, choices=Status.choices, default=Status.PROSPECT, db_default="prospect"
    )
    limiar = models.ForeignKey(
        "atividade.Limiar", models.SET_NULL, null=True, related_name="+", db_index=False, verbose_name="regra"
    )
    quase_inativo_em = models.DateField("quase inativo em", null=True)
    inativo_em = models.DateField("inativo em", null=True)
    antigo_em = models.DateField("inativo antigo em", null=True)
    # As duas datas são o último dia em que a marca vale (inclusive).
    novo_ate = models.DateField("novo até", null=True)
    recuperado_ate = models.DateField("recuperado até", null=True)
    # Como a história ficou na última rodada regular; consultas ao passado não tocam nisto.
    status_historico = models.CharField("status na história", max_length=13, blank=True, db_default="")
    ultima_compra_historica = models.DateField("última compra na história", null=True)
    # O ciclo próprio de então: diz se foi a regra ou um pedido corrigido que mudou o status.
    ciclo_historico = models.DecimalField(
        "ciclo na história", max_digits=12, decimal_places=4, null=True, blank=True
    )

    objects: Any = IndicadoresQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "indicadores", "indicadores"
        constraints = (
            models.CheckConstraint(
                name="indicadores_status_conhecido", condition=Q(status__in=[s.value for s in Status])
            ),
            models.CheckConstraint(
                name="indicadores_prospect_sem_compra",
                condition=Q(status="prospect", ultima_compra__isnull=True)
                | (~Q(status="prospect") & Q(ultima_compra__isnull=False)),
            ),
        )
        indexes = (
            models.Index(fields=["vendedor", "status", "-valor_12m", "cliente"], name="ind_vendedor_valor"),
            models.Index(fields=["empresa", "status", "-valor_12m", "cliente"], name="ind_empresa_valor"),
            # a lista de quem vê a empresa inteira, do maior valor ao menor, sem ordenar todos
            models.Index(fields=["empresa", "-valor_12m", "cliente"], name="ind_empresa_maiores"),
            models.Index(fields=["empresa", "ultima_compra", "cliente"], name="ind_empresa_recencia"),
            # a carteira de um vendedor junta num lugar só: o que as telas dele filtram, ordenam e contam
            models.Index(
                fields=["vendedor", "empresa", "cliente"], include=_DA_CARTEIRA, name="ind_da_carteira"
            ),
            # a composição de um gestor soma a equipe sem ler a tabela
            models.Index(
                fields=["equipe", "empresa", "cliente"], include=_DA_COMPOSICAO, name="ind_da_equipe"
            ),
            # quem cruza um limite no intervalo da rodada incremental
            models.Index(fields=["empresa", "quase_inativo_em"], name="ind_cruza_quase"),
            models.Index(fields=["empresa", "inativo_em"], name="ind_cruza_inativo"),
            # quantos passaram do próprio ritmo, sem ler nem calcular os outros; as incluídas são as da conta
            models.Index(
                F("empresa"),
                FORA_DO_RITMO_EM,
                condition=TEM_RITMO,
                include=("cliente", "status", "ultima_compra", "intervalo_mediano_dias"),
                name="ind_fora_do_ritmo",
            ),
        )

    def __str__(self) -> str:
        return f"Indicadores de {self.cliente}"
