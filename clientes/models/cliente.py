"""O cliente e o que o ERP e as pessoas dizem dele."""

from datetime import date
from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Coalesce, NullIf, Substr
from django.utils.functional import cached_property

from clientes.models.lugar import UFS, Municipio
from clientes.models.origem import DeArquivo
from clientes.models.segmento import Segmento
from contas.escopo import filtro_de_visibilidade
from contas.models import Empresa, Equipe, Usuario

# `nasce_do_fato = True` num modelo diz que as linhas dele nascem sozinhas do fato a que apontam, por gatilho ou
# cálculo, e saem com ele quando a importação que o criou se desfaz.
# `ao_unir` de um modelo que aponta para Cliente: as linhas do cliente unido a outro não passam a ele; ficam guardadas
# na união e voltam se ela se desfizer. É o caso do que só fazia sentido no cadastro de origem.
GUARDAR = "guardar"
# O mesmo, do que o banco deriva de outras linhas por gatilho: refaz-se sozinho quando elas passam e quando voltam.
REFAZER = "refazer"


class CanalDeContato(models.TextChoices):
    LIGACAO = "ligacao", "Ligação"
    WHATSAPP = "whatsapp", "WhatsApp"
    VISITA = "visita", "Visita"
    EMAIL = "email", "E-mail"


class Categoria(models.TextChoices):
    CLIENTE = "cliente", "Cliente"
    EX_CLIENTE = "ex_cliente", "Ex-cliente"
    PROSPECT = "prospect", "Prospect"


class SemAcento(Func):
    """A função `sem_acento()` do banco, gêmea de `contas.texto.sem_acento`."""

    function = "sem_acento"
    output_field = models.TextField()


class _TextoDeBusca(Func):
    """tsvector simples, sem acentos: a coluna de busca que as primeiras migrações criavam."""

    function = "to_tsvector"
    template = "to_tsvector('simple', sem_acento(%(expressions)s))"
    arg_joiner = " || ' ' || "
    output_field = SearchVectorField()


def documento_com_forma() -> Q:
    """O que o banco exige de um documento tido por válido, de cliente ou de fornecedor."""
    return Q(documento_valido=False) | Q(documento__regex=r"^([0-9]{11}|[0-9A-Z]{12}[0-9]{2})$")


class ClienteQuerySet(models.QuerySet["Cliente"]):
    def visiveis_para(self, usuario: Usuario, em: date | None = None) -> Self:
        """Só as linhas que a pessoa pode ver; é a porta única de todo caminho até um cliente."""
        return self.filter(filtro_de_visibilidade(usuario, em=em))

    def em_carteira(self) -> Self:
        """Sem encerrados nem fora do perfil, que não entram em listas nem denominadores."""
        return self.filter(encerrado_em__isnull=True, fora_do_perfil=False)


class Cliente(DeArquivo):
    """Chave natural: (empresa, codigo). Documento é indexado, não único: repetido entra com aviso."""

    empresa = models.ForeignKey(
        Empresa, models.PROTECT, related_name="clientes", db_index=False, verbose_name="empresa"
    )
    codigo = models.CharField("código", max_length=40, db_collation="C")
    razao_social = models.CharField("razão social", max_length=160)
    nome_fantasia = models.CharField("nome fantasia", max_length=160, blank=True)
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
    cep = models.CharField("CEP", max_length=20, blank=True, default="", db_default="")
    segmento = models.ForeignKey(
        Segmento, models.PROTECT, null=True, blank=True, related_name="clientes", verbose_name="segmento"
    )
    porte = models.CharField("porte", max_length=40, blank=True)
    perfil = models.CharField("perfil", max_length=60, blank=True)
    categoria = models.CharField(
        "categoria", max_length=10, choices=Categoria.choices, default=Categoria.CLIENTE
    )
    vendedor = models.ForeignKey(
        Usuario,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="clientes",
        db_index=False,
        verbose_name="vendedor",
    )
    # A equipe do dono atual; sem dono, a do último (e só os gestores dela o veem).
    equipe = models.ForeignKey(
        Equipe,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="clientes",
        db_index=False,
        verbose_name="equipe",
    )
    telefone = models.CharField("telefone", max_length=40, blank=True)
    email = models.CharField("e-mail", max_length=254, blank=True)
    # Quando alguém confirmou que o telefone e o e-mail ainda são estes.
    contato_verificado_em = models.DateField("contatos conferidos em", null=True, blank=True)
    limite_credito = models.DecimalField(
        "limite de crédito", max_digits=14, decimal_places=2, null=True, blank=True
    )
    bloqueado = models.BooleanField("bloqueado", default=False)
    nao_contatar = ArrayField(
        models.CharField(max_length=10, choices=CanalDeContato.choices),
        default=list,
        blank=True,
        verbose_name="não contatar por",
    )
    encerrado_em = models.DateField("encerrado em", null=True, blank=True)
    encerrado_motivo = models.CharField("motivo do encerramento", max_length=200, blank=True)
    fora_do_perfil = models.BooleanField("fora do perfil", default=False)
    adiado_ate = models.DateField("adiado até", null=True, blank=True)
    adiado_motivo = models.CharField("motivo do adiamento", max_length=200, blank=True)
    potencial_mensal = models.DecimalField(
        "potencial mensal", max_digits=14, decimal_places=2, null=True, blank=True
    )
    cadastrado_em = models.DateField("cadastrado em", null=True, blank=True)
    observacao = models.TextField("observação", blank=True)
    # Depois disto nada o traz de volta: um gatilho guarda os campos como a anonimização os deixou.
    anonimizado_em = models.DateTimeField("anonimizado em", null=True, blank=True, editable=False)
    # Último valor visto no ERP, por coluna: um campo mudado aqui só cede quando o valor do ERP muda.
    erp = models.JSONField("valores do ERP", default=dict, blank=True)
    nome_chave = models.GeneratedField(
        expression=SemAcento(F("razao_social")), output_field=models.TextField(), db_persist=True
    )
    # Guardados prontos: ordenar por nome ou filtrar por município não refaz a conta em cada linha da carteira.
    nome_da_lista = models.GeneratedField(
        expression=SemAcento(Coalesce(NullIf(F("nome_fantasia"), Value("")), F("razao_social"))),
        output_field=models.TextField(),
        db_persist=True,
    )
    cidade_chave = models.GeneratedField(
        expression=SemAcento(F("cidade")), output_field=models.TextField(), db_persist=True
    )
    documento_raiz = models.GeneratedField(
        expression=Substr("documento", 1, 8), output_field=models.CharField(max_length=8), db_persist=True
    )

    objects: Any = ClienteQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "cliente", "clientes"
        constraints = (
            models.UniqueConstraint(
                fields=["empresa", "codigo"],
                name="cliente_codigo_unico",
                violation_error_message="Já existe um cliente com este código na empresa.",
            ),
            models.CheckConstraint(name="cliente_com_codigo", condition=~Q(codigo="")),
            models.CheckConstraint(name="cliente_com_nome", condition=~Q(razao_social="")),
            models.CheckConstraint(name="cliente_uf_conhecida", condition=Q(uf="") | Q(uf__in=UFS)),
            models.CheckConstraint(
                name="cliente_documento_valido_tem_forma", condition=documento_com_forma()
            ),
        )
        indexes = (
            models.Index(
                OpClass(F("documento"), "text_pattern_ops"), name="cliente_por_documento"
            ),  # busca e chave
            models.Index(
                OpClass(F("codigo"), "text_pattern_ops"), name="cliente_codigo_prefixo"
            ),  # busca por código digitado pela metade
            models.Index(fields=["empresa", "nome_chave", "id"], name="cliente_por_nome"),  # lista por nome
            models.Index(
                fields=["vendedor", "nome_chave", "id"], name="cliente_do_vendedor"
            ),  # Meus clientes
            models.Index(fields=["equipe", "id"], name="cliente_da_equipe"),  # escopo do gestor
            models.Index(
                fields=["equipe", "empresa", "id"],
                include=("municipio", "perfil", "porte"),
                name="cliente_cruzado",
            ),  # composição pelo que só o cadastro tem
            models.Index(
                fields=["empresa", "id"],
                condition=Q(encerrado_em__isnull=False) | Q(fora_do_perfil=True),
                name="cliente_fora",
            ),  # quem sai dos denominadores (RFV, retratos)
        )

    def __str__(self) -> str:
        return self.nome_fantasia or self.razao_social

    @cached_property
    def ja_comprou(self) -> bool:
        """Se tem algum pedido que conta; a categoria do cadastro não o diz, que o ERP a escreve quando quer."""
        return bool(self.pedidos.filter(conta=True).exists())

    @property
    def nome(self) -> str:
        """O nome por que o vendedor o chama."""
        return self.nome_fantasia or self.razao_social


class AliasDeCliente(models.Model):
    """Código antigo de um cliente fundido em outro; a importação obedece ao apelido."""

    empresa = models.ForeignKey(Empresa, models.CASCADE, related_name="+", verbose_name="empresa")
    codigo = models.CharField("código", max_length=40, db_collation="C")
    cliente = models.ForeignKey(Cliente, models.CASCADE, related_name="apelidos", verbose_name="cliente")

    class Meta:
        verbose_name, verbose_name_plural = "apelido de cliente", "apelidos de clientes"
        constraints = (models.UniqueConstraint(fields=["empresa", "codigo"], name="alias_unico"),)

    def __str__(self) -> str:
        return f"{self.codigo} → {self.cliente}"


__all__ = [
    "GUARDAR",
    "REFAZER",
    "AliasDeCliente",
    "CanalDeContato",
    "Categoria",
    "Cliente",
    "ClienteQuerySet",
    "SemAcento",
    "documento_com_forma",
]
