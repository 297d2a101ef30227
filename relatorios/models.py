"""Arquivos que demoram a nascer (PDF): quem pediu, com que filtros, em que pé está, até quando se baixa."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from contas.models import Usuario


class TipoDeArquivo(models.TextChoices):
    RELATORIO_DE_RISCO = "relatorio_de_risco", "Relatório de risco"
    RELATORIO = "relatorio", "Relatório"  # do catálogo: a chave, o pedido e o título vão na linha


class Formato(models.TextChoices):
    PDF = "pdf", "PDF"
    XLSX = "xlsx", "XLSX"


class EstadoDoArquivo(models.TextChoices):
    PENDENTE = "pendente", "Na fila"
    GERANDO = "gerando", "Gerando"
    PRONTO = "pronto", "Pronto"
    FALHOU = "falhou", "Falhou"
    EXPIRADO = "expirado", "Expirado"


ABERTOS = (EstadoDoArquivo.PENDENTE, EstadoDoArquivo.GERANDO)


class ArquivoGerado(models.Model):
    """Só quem pediu o baixa. O arquivo some ao expirar; a linha fica, como registro do que saiu da casa."""

    por = models.ForeignKey(Usuario, models.PROTECT, related_name="arquivos", verbose_name="pedido por")
    tipo = models.CharField("tipo", max_length=30, choices=TipoDeArquivo.choices)
    titulo = models.CharField("título", max_length=120, blank=True)
    formato = models.CharField("formato", max_length=4, choices=Formato.choices, default=Formato.PDF)
    filtros = models.JSONField("filtros", default=dict)
    estado = models.CharField(
        "estado", max_length=8, choices=EstadoDoArquivo.choices, default=EstadoDoArquivo.PENDENTE
    )
    nome = models.CharField("nome ao baixar", max_length=120)
    caminho = models.CharField("caminho", max_length=300, blank=True)
    progresso = models.PositiveSmallIntegerField("progresso", default=0)  # de 0 a 100, enquanto se faz
    linhas = models.PositiveIntegerField("linhas", default=0)
    paginas = models.PositiveIntegerField("páginas", default=0)
    tamanho = models.PositiveBigIntegerField("tamanho", default=0)
    tentativas = models.PositiveSmallIntegerField("tentativas", default=0)
    mensagem = models.CharField("mensagem", max_length=300, blank=True)
    pedido_em = models.DateTimeField("pedido em")
    pronto_em = models.DateTimeField("pronto em", null=True)
    expira_em = models.DateTimeField("expira em")

    objects: Any = models.Manager()

    class Meta:
        verbose_name, verbose_name_plural = "arquivo gerado", "arquivos gerados"
        ordering = ("-pedido_em", "-pk")
        constraints = (
            models.CheckConstraint(
                name="arquivo_estado_conhecido", condition=Q(estado__in=[e.value for e in EstadoDoArquivo])
            ),
            models.CheckConstraint(
                name="arquivo_pronto_tem_caminho",
                condition=~Q(estado="pronto") | (~Q(caminho="") & Q(pronto_em__isnull=False)),
            ),
        )
        indexes = (
            models.Index(fields=["por", "-pedido_em"], name="arquivo_de_quem"),
            # o que a varredura de cada minuto procura
            models.Index(
                fields=["expira_em"],
                condition=Q(estado__in=["pendente", "gerando", "pronto"]),
                name="arquivo_por_cuidar",
            ),
        )

    def __str__(self) -> str:
        return f"{self.nome_do_que} de {timezone.localtime(self.pedido_em):%d/%m/%Y %H:%M}"

    @property
    def aberto(self) -> bool:
        return self.estado in ABERTOS

    @property
    def nome_do_que(self) -> str:
        return self.titulo or str(self.get_tipo_display())


class AlcanceDoArquivo(models.Model):
    """O que a pessoa via quando o arquivo se fez: quem perde um cliente, ou o crédito, deixa de poder baixá-lo."""

    arquivo = models.OneToOneField(
        ArquivoGerado, models.CASCADE, primary_key=True, related_name="alcance", verbose_name="arquivo"
    )
    empresas = ArrayField(models.BigIntegerField(), verbose_name="empresas")
    # Nulo, as empresas inteiras: um administrador vê clientes demais para se escreverem.
    clientes = ArrayField(models.BigIntegerField(), null=True, verbose_name="clientes")
    # Um relatório que não é de crédito pode trazer linhas só de quem o vê (os planos dos outros).
    credito = models.BooleanField("via score e restrições", default=False, db_default=False)

    objects: Any = models.Manager()

    class Meta:
        verbose_name, verbose_name_plural = "alcance de um arquivo", "alcances dos arquivos"

    def __str__(self) -> str:
        return f"alcance de {self.arquivo_id}"


class Frequencia(models.TextChoices):
    DIARIA = "diaria", "Todo dia"
    SEMANAL = "semanal", "Toda semana"
    MENSAL = "mensal", "Todo mês"


DIAS_DA_SEMANA = (
    "segunda-feira", "terça-feira", "quarta-feira", "quinta-feira", "sexta-feira", "sábado", "domingo",
)  # fmt: skip


class AgendamentoDeRelatorio(models.Model):
    """Um relatório, com os filtros da tela, a pessoas escolhidas: cada uma recebe as linhas que ela vê."""

    por = models.ForeignKey(Usuario, models.PROTECT, related_name="+", verbose_name="de quem é")
    relatorio = models.SlugField("relatório", max_length=60)
    consulta = models.JSONField("filtros e ordem", default=dict)
    formato = models.CharField("formato", max_length=4, choices=Formato.choices, default=Formato.PDF)
    frequencia = models.CharField("frequência", max_length=8, choices=Frequencia.choices)
    # Semanal: 0 é segunda-feira. Mensal: 31 é o último dia de qualquer mês.
    dia = models.PositiveSmallIntegerField("dia", null=True, blank=True)
    hora = models.PositiveSmallIntegerField("hora", default=7)
    pessoas = models.ManyToManyField(Usuario, related_name="+", verbose_name="a quem")
    criado_em = models.DateTimeField("criado em", default=timezone.now)
    pausado_em = models.DateTimeField("pausado em", null=True, blank=True)
    decidido_ate = models.DateField("decidido até")

    objects: Any = models.Manager()

    class Meta:
        verbose_name, verbose_name_plural = "agendamento de relatório", "agendamentos de relatórios"
        ordering = ("-criado_em", "-pk")
        constraints = (
            models.CheckConstraint(
                name="agendamento_com_dia",
                condition=Q(frequencia="diaria", dia__isnull=True)
                | Q(frequencia="semanal", dia__lte=6)
                | Q(frequencia="mensal", dia__gte=1, dia__lte=31),
            ),
            models.CheckConstraint(name="agendamento_com_hora", condition=Q(hora__lte=23)),
        )

    def __str__(self) -> str:
        return f"{self.relatorio}, {self.quando}"

    @property
    def quando(self) -> str:
        """ "toda segunda-feira, às 7h", como se diz."""
        if self.frequencia == Frequencia.SEMANAL:
            nome = DIAS_DA_SEMANA[self.dia or 0]
            dia = f"todo {nome}" if self.dia in {5, 6} else f"toda {nome}"
        elif self.frequencia == Frequencia.MENSAL:
            dia = "no último dia de cada mês" if self.dia == 31 else f"no dia {self.dia} de cada mês"
        else:
            dia = "todo dia"
        return f"{dia}, às {self.hora}h"


class EstadoDoEnvio(models.TextChoices):
    FAZENDO = "fazendo", "Preparando"
    ENTREGUE = "entregue", "Na caixa de saída"
    RECUSADO = "recusado", "Não enviado"


class EnvioDeRelatorio(models.Model):
    """Uma vez de uma pessoa: o que foi decidido naquele dia, e por que não foi, se não foi."""

    agendamento = models.ForeignKey(
        AgendamentoDeRelatorio, models.CASCADE, related_name="envios", verbose_name="agendamento"
    )
    pessoa = models.ForeignKey(Usuario, models.PROTECT, related_name="+", verbose_name="pessoa")
    data = models.DateField("data")
    teste = models.BooleanField("teste", default=False)
    estado = models.CharField(
        "estado", max_length=8, choices=EstadoDoEnvio.choices, default=EstadoDoEnvio.FAZENDO
    )
    motivo = models.CharField("motivo", max_length=300, blank=True)
    arquivo = models.ForeignKey(
        ArquivoGerado, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="arquivo"
    )
    criado_em = models.DateTimeField("criado em", default=timezone.now)

    objects: Any = models.Manager()

    class Meta:
        verbose_name, verbose_name_plural = "envio de relatório", "envios de relatórios"
        ordering = ("-data", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=["agendamento", "pessoa", "data"], condition=Q(teste=False), name="um_envio_por_data"
            ),
        )
        indexes = (
            models.Index(fields=["id"], condition=Q(estado="fazendo"), name="envio_por_fazer"),
            models.Index(fields=["agendamento", "-data", "-id"], name="envios_do_agendamento"),
        )

    def __str__(self) -> str:
        return f"{self.agendamento} a {self.pessoa} em {self.data:%d/%m/%Y}"

    @property
    def chave(self) -> str:
        """A da mensagem: por agendamento, pessoa e data; um teste é outra a cada pedido."""
        vez = f"teste-{self.pk}" if self.teste else f"{self.data:%Y-%m-%d}"
        return f"relatorio:{self.agendamento_id}:{self.pessoa_id}:{vez}"
