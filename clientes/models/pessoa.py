"""As pessoas com quem se fala no cliente."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from clientes.models.cliente import CanalDeContato, Cliente, SemAcento
from clientes.models.fato import DoClienteQuerySet
from clientes.models.origem import DeArquivo


class PapelDaPessoa(models.TextChoices):
    DECISOR = "decisor", "Decisor"
    COMPRADOR = "comprador", "Comprador"
    FINANCEIRO = "financeiro", "Financeiro"
    TECNICO = "tecnico", "Técnico"
    OUTRO = "outro", "Outro"


class PessoaDeContato(DeArquivo):
    """Chave natural: (cliente, nome sem acento e caixa). Quem tem histórico se inativa, não se apaga."""

    cliente = models.ForeignKey(
        Cliente, models.PROTECT, related_name="pessoas", db_index=False, verbose_name="cliente"
    )
    nome = models.CharField("nome", max_length=120)
    nome_chave = models.GeneratedField(
        expression=SemAcento(models.F("nome")), output_field=models.TextField(), db_persist=True
    )
    papel = models.CharField(
        "papel", max_length=12, choices=PapelDaPessoa.choices, default=PapelDaPessoa.OUTRO
    )
    cargo = models.CharField("cargo", max_length=80, blank=True)
    telefone = models.CharField("telefone", max_length=40, blank=True)
    email = models.CharField("e-mail", max_length=254, blank=True)
    observacao = models.CharField("observação", max_length=300, blank=True)
    principal = models.BooleanField("é com quem se fala primeiro", default=False)
    ativa = models.BooleanField("ativa", default=True)
    nao_contatar = ArrayField(
        models.CharField(max_length=10, choices=CanalDeContato.choices),
        default=list,
        blank=True,
        verbose_name="não contatar por",
    )
    anonimizada_em = models.DateTimeField("anonimizada em", null=True, blank=True, editable=False)
    verificada_em = models.DateField("dados conferidos em", null=True, blank=True)
    # Último valor visto no ERP, por coluna: como no cliente, a mudança feita aqui só cede quando o ERP muda.
    erp = models.JSONField("valores do ERP", default=dict, blank=True)

    objects: Any = DoClienteQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "pessoa de contato", "pessoas de contato"
        ordering = ("-ativa", "-principal", "nome_chave", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["cliente", "nome_chave"],
                name="pessoa_unica_no_cliente",
                violation_error_message="Já há uma pessoa com este nome neste cliente.",
            ),
            models.UniqueConstraint(
                fields=["cliente"], condition=Q(principal=True, ativa=True), name="pessoa_principal_unica"
            ),
            models.CheckConstraint(name="pessoa_com_nome", condition=~Q(nome="")),
            models.CheckConstraint(
                name="pessoa_papel_conhecido", condition=Q(papel__in=[p.value for p in PapelDaPessoa])
            ),
        )

    def __str__(self) -> str:
        return self.nome
