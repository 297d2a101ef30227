"""Arquivos recebidos do ERP e o que se entendeu deles."""

from django.db import models

from contas.models import Empresa, Usuario


class TipoDeImportacao(models.TextChoices):
    CLIENTES = "clientes", "Clientes"
    PEDIDOS = "pedidos", "Pedidos"
    ITENS = "itens", "Itens de pedidos"
    ORCAMENTOS = "orcamentos", "Orçamentos"
    NOTAS = "notas", "Notas fiscais"
    TITULOS = "titulos", "Títulos"
    ATENDIMENTOS = "atendimentos", "Atendimentos"
    PESSOAS = "pessoas", "Pessoas de contato"


class EstadoDaImportacao(models.TextChoices):
    ENVIADA = "enviada", "Enviada"
    CONFERINDO = "conferindo", "Conferindo"
    CONFERIDA = "conferida", "Conferida"
    APLICANDO = "aplicando", "Aplicando"
    APLICADA = "aplicada", "Aplicada"
    RECUSADA = "recusada", "Recusada"
    FALHOU = "falhou", "Falhou"


class Importacao(models.Model):
    """Um arquivo, do envio ao resultado; o SHA-256 denuncia o mesmo arquivo de novo."""

    empresa = models.ForeignKey(Empresa, models.PROTECT, related_name="importacoes", verbose_name="empresa")
    tipo = models.CharField("tipo", max_length=12, choices=TipoDeImportacao.choices)
    estado = models.CharField(
        "estado", max_length=12, choices=EstadoDaImportacao.choices, default=EstadoDaImportacao.ENVIADA
    )
    nome_do_arquivo = models.CharField("arquivo", max_length=200)
    caminho = models.CharField("caminho", max_length=300, blank=True)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True)
    tamanho = models.PositiveBigIntegerField("tamanho em bytes", default=0)
    opcoes = models.JSONField("opções", default=dict, blank=True)
    resultado = models.JSONField("resultado", null=True, blank=True)
    progresso = models.PositiveSmallIntegerField("progresso (%)", default=0)
    mensagem = models.TextField("mensagem", blank=True)
    por = models.ForeignKey(
        Usuario, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="por"
    )
    criada_em = models.DateTimeField("criada em", auto_now_add=True)
    aplicada_em = models.DateTimeField("aplicada em", null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = "importação", "importações"
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.get_tipo_display()}: {self.nome_do_arquivo}"


class MapeamentoDeColunas(models.Model):
    """De-para lembrado: cabeçalho igual na próxima vez não pergunta de novo."""

    empresa = models.ForeignKey(Empresa, models.CASCADE, related_name="mapeamentos", verbose_name="empresa")
    tipo = models.CharField("tipo", max_length=12, choices=TipoDeImportacao.choices)
    assinatura = models.CharField("assinatura do cabeçalho", max_length=64)
    colunas = models.JSONField("colunas", default=dict)
    situacoes = models.JSONField("situações", default=dict)
    atualizado_em = models.DateTimeField("atualizado em", auto_now=True)

    class Meta:
        verbose_name, verbose_name_plural = "mapeamento de colunas", "mapeamentos de colunas"
        constraints = (
            models.UniqueConstraint(fields=["empresa", "tipo", "assinatura"], name="mapeamento_unico"),
        )

    def __str__(self) -> str:
        return f"{self.get_tipo_display()} de {self.empresa}"
