"""Caixa de saída: a mensagem é escrita antes de existir a tentativa de enviá-la."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from clientes.models import Cliente, Contato
from contas.models import Usuario
from notificacoes.models.aviso import Aviso


class EstadoDaMensagem(models.TextChoices):
    PENDENTE = "pendente", "Pendente"
    ENVIANDO = "enviando", "Enviando"
    ENVIADA = "enviada", "Enviada"
    INCERTO = "incerto", "Incerta"
    MORTA = "morta", "Não enviada"
    CANCELADA = "cancelada", "Cancelada"
    SUSPENSA = "suspensa", "Não enviada: endereço devolvido"


class TipoDeMensagem(models.TextChoices):
    RESUMO_DIARIO = "resumo_diario", "Resumo do vendedor"
    VOLUME_SEMANAL = "volume_semanal", "Volume do gestor"
    AGENDA = "agenda", "Agenda atrasada"
    AVISOS = "avisos", "Avisos por regra"
    CONVITE = "convite", "Convite"
    SENHA = "senha", "Nova senha"
    ROTINA = "rotina", "Aviso da rotina"
    TESTE = "teste", "Teste"
    CLIENTE = "cliente", "E-mail ao cliente"
    RECADO = "recado", "Recado"
    RELATORIO = "relatorio", "Relatório agendado"
    SEGURANCA = "seguranca", "Aviso de segurança"


class Mensagem(models.Model):
    """`chave` é única: a mesma decisão, repetida, não escreve outra mensagem.

    Uma queda entre reivindicar e confirmar deixa a mensagem incerta: pode ter saído. Só uma
    pessoa a reenvia.
    """

    chave = models.CharField("chave", max_length=120, unique=True)
    tipo = models.CharField("tipo", max_length=20, choices=TipoDeMensagem.choices)
    pessoa = models.ForeignKey(
        Usuario, models.SET_NULL, null=True, blank=True, related_name="mensagens", verbose_name="pessoa"
    )
    referencia = models.DateField("referência", null=True, blank=True)
    para = models.EmailField("para")
    # A do cliente responde a quem a mandou, e é um contato: os dois nascem e se desfazem juntos.
    responder_a = models.EmailField("responder a", blank=True)
    contato = models.OneToOneField(
        Contato,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="mensagem",
        verbose_name="contato que ela é",
    )
    assunto = models.CharField("assunto", max_length=200)
    texto = models.TextField("texto")
    html = models.TextField("HTML", blank=True)
    # Um arquivo que vai junto; some ao expirar, e então a mensagem não sai mais.
    anexo = models.CharField("anexo", max_length=300, blank=True)
    nome_do_anexo = models.CharField("nome do anexo", max_length=120, blank=True)
    message_id = models.CharField("Message-ID", max_length=120, unique=True)
    estado = models.CharField(
        "estado", max_length=10, choices=EstadoDaMensagem.choices, default=EstadoDaMensagem.PENDENTE
    )
    tentativas = models.PositiveSmallIntegerField("tentativas", default=0)
    proxima_tentativa_em = models.DateTimeField("próxima tentativa em", default=timezone.now)
    criada_em = models.DateTimeField("criada em", auto_now_add=True)
    reivindicada_em = models.DateTimeField("reivindicada em", null=True, blank=True)
    enviada_em = models.DateTimeField("enviada em", null=True, blank=True)
    erro = models.TextField("erro", blank=True)

    objects: Any = models.Manager()

    class Meta:
        verbose_name, verbose_name_plural = "mensagem", "mensagens"
        ordering = ("-id",)
        indexes = (
            models.Index(
                fields=["proxima_tentativa_em", "id"],
                condition=Q(estado="pendente"),
                name="mensagem_a_enviar",
            ),  # drenar a caixa
            models.Index(
                fields=["reivindicada_em"], condition=Q(estado="enviando"), name="mensagem_enviando"
            ),
            models.Index(
                fields=["estado"],
                condition=Q(estado__in=["incerto", "morta", "suspensa"]),
                name="mensagem_por_cuidar",
            ),  # o que espera a palavra de alguém
        )

    def __str__(self) -> str:
        return f"{self.assunto} → {self.para}"


class ItemDeMensagem(models.Model):
    """Cada cliente de que se avisou alguém: a decisão, única por (regra, pessoa, cliente, evento).

    Cita a mensagem (e-mail), o aviso (central) ou os dois; sem eles, que se apaguem um dia, continua decidida.
    """

    mensagem = models.ForeignKey(
        Mensagem, models.SET_NULL, null=True, blank=True, related_name="itens", verbose_name="mensagem"
    )
    aviso = models.ForeignKey(
        Aviso, models.SET_NULL, null=True, blank=True, related_name="itens", verbose_name="aviso"
    )
    regra = models.CharField("regra", max_length=40)
    pessoa = models.ForeignKey(Usuario, models.CASCADE, related_name="+", verbose_name="pessoa")
    cliente = models.ForeignKey(Cliente, models.CASCADE, related_name="+", verbose_name="cliente")
    evento = models.CharField("evento", max_length=60)
    ordem = models.PositiveSmallIntegerField("ordem")
    decidido_em = models.DateField("vaga em que se decidiu", null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = "item de mensagem", "itens de mensagem"
        ordering = ("mensagem", "ordem")
        constraints = (
            models.UniqueConstraint(fields=["regra", "pessoa", "cliente", "evento"], name="decisao_unica"),
        )

    def __str__(self) -> str:
        return f"{self.regra}: {self.cliente} → {self.pessoa}"
