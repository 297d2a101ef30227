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
    SCORES = "scores", "Scores de crédito"
    RESTRICOES = "restricoes", "Restrições e eventos do birô"
    VENDAS = "vendas", "Clientes, pedidos e itens juntos"
    FORNECEDORES = "fornecedores", "Fornecedores"
    SCORES_DE_FORNECEDORES = "scores_de_fornecedores", "Scores de fornecedores"
    RESTRICOES_DE_FORNECEDORES = "restricoes_de_fornecedores", "Restrições e eventos de fornecedores"


class EstadoDaImportacao(models.TextChoices):
    ENVIADA = "enviada", "Enviada"
    CONFERINDO = "conferindo", "Conferindo"
    CONFERIDA = "conferida", "Conferida"
    APLICANDO = "aplicando", "Aplicando"
    APLICADA = "aplicada", "Aplicada"
    RECUSADA = "recusada", "Recusada"
    FALHOU = "falhou", "Falhou"
    DESFAZENDO = "desfazendo", "Desfazendo"
    DESFEITA = "desfeita", "Desfeita"


class OrigemDaImportacao(models.TextChoices):
    """Por que porta o arquivo entrou."""

    NAVEGADOR = "navegador", "Navegador"
    COMANDO = "comando", "Comando"
    PASTA = "pasta", "Pasta"
    API = "api", "API"


class Importacao(models.Model):
    """Um arquivo, do envio ao resultado; o SHA-256 denuncia o mesmo arquivo de novo."""

    empresa = models.ForeignKey(Empresa, models.PROTECT, related_name="importacoes", verbose_name="empresa")
    tipo = models.CharField("tipo", max_length=30, choices=TipoDeImportacao.choices)
    origem = models.CharField(
        "origem", max_length=10, choices=OrigemDaImportacao.choices, default=OrigemDaImportacao.NAVEGADOR
    )
    # O arquivo da pasta vigiada (nome, hora e conteúdo): o mesmo não entra duas vezes.
    entrada = models.CharField("entrada", max_length=64, null=True, blank=True, unique=True)
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
    # A hora da transação que a gravou, igual à de `atualizado_em` nas linhas que ela escreveu.
    instante = models.DateTimeField("instante da gravação", null=True, blank=True, editable=False)
    desfeita_em = models.DateTimeField("desfeita em", null=True, blank=True)
    desfeita_por = models.ForeignKey(
        Usuario, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="desfeita por"
    )

    class Meta:
        verbose_name, verbose_name_plural = "importação", "importações"
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.get_tipo_display()}: {self.nome_do_arquivo}"


class VersaoDeLinha(models.Model):
    """Como uma linha era antes de uma importação a mudar ou tirar; o que a importação criou não tem versão.

    `depois` só se guarda do que as pessoas também editam, para saber se alguém mexeu desde então.
    """

    importacao = models.ForeignKey(
        Importacao,
        models.CASCADE,
        related_name="versoes",
        db_constraint=False,  # conferi-la em cada linha custaria mais que guardá-la
        verbose_name="importação",
    )
    tabela = models.CharField("tabela", max_length=40)
    objeto_id = models.BigIntegerField("linha")
    antes = models.JSONField("antes")
    depois = models.JSONField("depois", null=True)

    class Meta:
        verbose_name, verbose_name_plural = "versão de linha", "versões de linhas"

    def __str__(self) -> str:
        return f"{self.tabela} {self.objeto_id}"


class MapeamentoDeColunas(models.Model):
    """De-para de um cabeçalho: o lembrado sozinho não tem nome; o salvo tem, e se escolhe por ele."""

    empresa = models.ForeignKey(Empresa, models.CASCADE, related_name="mapeamentos", verbose_name="empresa")
    tipo = models.CharField("tipo", max_length=30, choices=TipoDeImportacao.choices)
    nome = models.CharField("nome", max_length=60, blank=True)
    assinatura = models.CharField("assinatura do cabeçalho", max_length=64)
    colunas = models.JSONField(
        "colunas", default=dict
    )  # coluna normalizada → campo; "campo+" continua o campo
    juncao = models.CharField("entre as partes juntas", max_length=3, default="-", blank=True)
    pular = models.JSONField("linhas a pular", default=dict, blank=True)  # coluna normalizada → [valores]
    situacoes = models.JSONField("situações", default=dict)
    decimal = models.CharField(
        "decimal", max_length=1, blank=True, choices=[("", "descobrir"), ("v", "vírgula"), ("p", "ponto")]
    )
    por = models.ForeignKey(
        Usuario, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="por"
    )
    atualizado_em = models.DateTimeField("atualizado em", auto_now=True)

    class Meta:
        verbose_name, verbose_name_plural = "mapeamento de colunas", "mapeamentos de colunas"
        ordering = ("nome", "tipo", "id")
        constraints = (
            models.UniqueConstraint(fields=["empresa", "tipo", "assinatura"], name="mapeamento_unico"),
            models.UniqueConstraint(
                fields=["empresa", "nome"], condition=~models.Q(nome=""), name="mapeamento_nome_unico"
            ),
        )

    def __str__(self) -> str:
        return self.nome or f"{self.get_tipo_display()} de {self.empresa}"
