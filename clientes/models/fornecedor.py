"""De quem a casa compra: só o crédito se acompanha. Tabela própria, para não caber em conta nenhuma de clientes."""

from typing import Any, Self

from django.db import models
from django.db.models import F, Q

from clientes.models.biro import (
    Correcao,
    FiltrosDeRestricoes,
    Restricao,
    Score,
    TipoDeRestricao,
    restricoes_da_correcao,
    restricoes_da_restricao,
    restricoes_do_score,
)
from clientes.models.cliente import SemAcento, documento_com_forma
from clientes.models.lugar import UFS, Municipio
from clientes.models.origem import DeArquivo
from contas.escopo import empresas_de
from contas.models import Empresa, Usuario
from contas.papeis import Permissao, pode


class FornecedorQuerySet(models.QuerySet["Fornecedor"]):
    def visiveis_para(self, usuario: Usuario) -> Self:
        """Os das empresas da pessoa, se ela vê crédito: fornecedor não tem vendedor nem equipe."""
        if not pode(usuario, Permissao.VER_CREDITO):
            return self.none()
        return self.filter(empresa__in=empresas_de(usuario))


class Fornecedor(DeArquivo):
    """Chave natural: (empresa, codigo). Documento é indexado, não único, como no cliente."""

    empresa = models.ForeignKey(
        Empresa, models.PROTECT, related_name="fornecedores", db_index=False, verbose_name="empresa"
    )
    codigo = models.CharField("código", max_length=40, db_collation="C")
    nome = models.CharField("nome", max_length=160)
    documento = models.CharField("CPF/CNPJ", max_length=30, blank=True)
    documento_valido = models.BooleanField("documento válido", default=False)
    cidade = models.CharField("município", max_length=80, blank=True)
    uf = models.CharField("UF", max_length=2, blank=True)
    municipio = models.ForeignKey(
        Municipio,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name="município IBGE",
    )
    contato = models.CharField("com quem falar", max_length=120, blank=True)
    telefone = models.CharField("telefone", max_length=40, blank=True)
    email = models.CharField("e-mail", max_length=254, blank=True)
    ativo = models.BooleanField("ativo", default=True)
    observacao = models.TextField("observação", blank=True)
    anonimizado_em = models.DateTimeField("anonimizado em", null=True, blank=True, editable=False)
    # Último valor visto no ERP, por coluna, como no cliente.
    erp = models.JSONField("valores do ERP", default=dict, blank=True)
    nome_chave = models.GeneratedField(
        expression=SemAcento(F("nome")), output_field=models.TextField(), db_persist=True
    )

    objects: Any = FornecedorQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "fornecedor", "fornecedores"
        constraints = (
            models.UniqueConstraint(
                fields=["empresa", "codigo"],
                name="fornecedor_codigo_unico",
                violation_error_message="Já existe um fornecedor com este código na empresa.",
            ),
            models.CheckConstraint(name="fornecedor_com_codigo", condition=~Q(codigo="")),
            models.CheckConstraint(name="fornecedor_com_nome", condition=~Q(nome="")),
            models.CheckConstraint(name="fornecedor_uf_conhecida", condition=Q(uf="") | Q(uf__in=UFS)),
            models.CheckConstraint(
                name="fornecedor_documento_valido_tem_forma", condition=documento_com_forma()
            ),
        )
        indexes = (
            models.Index(fields=["empresa", "documento"], name="fornecedor_por_documento"),  # a chave do birô
        )

    def __str__(self) -> str:
        return self.nome


class DoFornecedorQuerySet(models.QuerySet[Any]):
    def visiveis_para(self, usuario: Usuario) -> Self:
        return self.filter(fornecedor__in=Fornecedor.objects.visiveis_para(usuario))


class ScoreDeFornecedor(Score):
    """Chave natural: (fornecedor, fonte, data)."""

    fornecedor = models.ForeignKey(
        Fornecedor, models.PROTECT, related_name="scores", db_index=False, verbose_name="fornecedor"
    )

    objects: Any = DoFornecedorQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "score de fornecedor", "scores de fornecedores"
        ordering = ("-em", "-id")
        constraints = restricoes_do_score("fornecedor", "fornecedor_")
        indexes = (models.Index(fields=["fornecedor", "-em", "-id"], name="score_do_fornecedor"),)


class CorrecaoDeScoreDeFornecedor(Correcao):
    score = models.ForeignKey(
        ScoreDeFornecedor, models.CASCADE, related_name="correcoes", verbose_name="score"
    )

    class Meta:
        verbose_name, verbose_name_plural = (
            "correção de score de fornecedor",
            "correções de scores de fornecedores",
        )
        ordering = ("score", "id")
        constraints = restricoes_da_correcao("fornecedor_")


class RestricaoDoFornecedorQuerySet(FiltrosDeRestricoes, DoFornecedorQuerySet):
    pass


class RestricaoDeFornecedor(Restricao):
    """Chave natural: (fornecedor, fonte, tipo, data, número)."""

    fornecedor = models.ForeignKey(
        Fornecedor, models.PROTECT, related_name="restricoes", db_index=False, verbose_name="fornecedor"
    )

    objects: Any = RestricaoDoFornecedorQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "restrição de fornecedor", "restrições de fornecedores"
        ordering = ("-em", "-id")
        constraints = restricoes_da_restricao("fornecedor", "fornecedor_")
        indexes = (models.Index(fields=["fornecedor", "-em", "-id"], name="restricao_do_fornecedor"),)


class MudancaDoFornecedor(models.Model):
    """O que mudou no crédito dele, para melhor ou para pior: restrição aberta ou baixada, score em outra faixa.

    Visão do banco, refeita dos fatos e das faixas em vigor: nada aqui se guarda, nem fica para trás.
    """

    chave = models.CharField("chave", max_length=40, primary_key=True)
    fornecedor = models.ForeignKey(
        Fornecedor, models.DO_NOTHING, related_name="mudancas", verbose_name="fornecedor"
    )
    em = models.DateField("em")
    melhorou = models.BooleanField("melhorou")
    fonte = models.CharField("fonte", max_length=40)
    tipo = models.CharField("tipo da restrição", max_length=20)  # vazio: mudou o score
    antes = models.IntegerField("score antes", null=True)
    depois = models.IntegerField("score depois", null=True)
    faixa = models.CharField("faixa", max_length=30, null=True)

    class Meta:
        managed = False
        db_table = "clientes_mudancadofornecedor"
        verbose_name, verbose_name_plural = "mudança do fornecedor", "mudanças dos fornecedores"
        ordering = ("-em", "-chave")

    def __str__(self) -> str:
        return f"{self.dito} em {self.em:%d/%m/%Y}"

    @property
    def dito(self) -> str:
        return frase_da_mudanca(
            melhorou=self.melhorou,
            fonte=self.fonte,
            tipo=self.tipo,
            antes=self.antes,
            depois=self.depois,
            faixa=self.faixa,
        )


def frase_da_mudanca(
    *, melhorou: bool, fonte: str, tipo: str, antes: int | None, depois: int | None, faixa: str | None
) -> str:
    """O que mudou, em palavras, das colunas da visão."""
    if not tipo:
        return f"Score de {antes} para {depois}, agora {faixa} ({fonte})"
    oque = "Restrição baixada" if melhorou else "Nova restrição"
    return f"{oque}: {TipoDeRestricao(tipo).label} ({fonte})"
