"""Caixa de saída: escrever a mensagem é decidir; enviá-la vem depois, de outra transação."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from email.utils import formataddr, parseaddr
from mimetypes import guess_type
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Lower
from django.utils import timezone

from clientes.models import Contato
from contas.auditoria import registrar
from contas.escopo import empresas_de
from contas.models import Empresa, Usuario
from contas.papeis import Permissao, pode
from notificacoes import descadastro
from notificacoes.models import Devolucao, EstadoDaMensagem, ItemDeMensagem, Mensagem, TipoDeMensagem

REENVIAVEIS = (EstadoDaMensagem.INCERTO, EstadoDaMensagem.MORTA, EstadoDaMensagem.SUSPENSA)


@dataclass(frozen=True, slots=True)
class Item:
    """Um cliente citado: a decisão que nunca se repete."""

    regra: str
    cliente: int
    evento: str


@dataclass(frozen=True, slots=True)
class Rascunho:
    """Uma mensagem pronta e ainda não escrita; `chave` diz de que decisão ela é."""

    chave: str
    tipo: str
    pessoa: Usuario
    assunto: str
    texto: str
    html: str
    referencia: date | None = None
    itens: Sequence[Item] = ()
    # Só na mensagem a um cliente, que não vai à pessoa e sim por ela.
    para: str = ""
    responder_a: str = ""
    contato: int | None = None
    sai_em: datetime | None = None
    anexo: str = ""  # o caminho do arquivo que vai junto
    nome_do_anexo: str = ""

    @property
    def destinatario(self) -> str:
        return self.para or self.pessoa.email or ""


@transaction.atomic
def enfileirar(rascunhos: Iterable[Rascunho]) -> int:
    """Escreve as que ainda não existem, num punhado de comandos; devolve quantas eram novas."""
    novas = {rascunho.chave: rascunho for rascunho in rascunhos if rascunho.destinatario}
    if not novas:
        return 0
    mensagens = [_mensagem(rascunho) for rascunho in novas.values()]
    Mensagem.objects.bulk_create(mensagens, ignore_conflicts=True)
    meus = [mensagem.message_id for mensagem in mensagens]
    escritas = dict(Mensagem.objects.filter(message_id__in=meus).values_list("chave", "pk"))
    ItemDeMensagem.objects.bulk_create(
        (item for chave, pk in escritas.items() for item in _itens(novas[chave], pk)), ignore_conflicts=True
    )
    return len(escritas)


def _mensagem(rascunho: Rascunho) -> Mensagem:
    return Mensagem(
        chave=rascunho.chave,
        tipo=rascunho.tipo,
        pessoa=rascunho.pessoa,
        para=rascunho.destinatario,
        responder_a=rascunho.responder_a,
        contato_id=rascunho.contato,
        proxima_tentativa_em=rascunho.sai_em or timezone.now(),
        assunto=rascunho.assunto[:200],
        texto=rascunho.texto,
        html=rascunho.html,
        anexo=rascunho.anexo,
        nome_do_anexo=rascunho.nome_do_anexo,
        referencia=rascunho.referencia,
        # O mesmo em toda tentativa: quem receber duas vezes sabe que é a mesma.
        message_id=f"<{uuid.uuid4().hex}@carteira.{_dominio()}>",
    )


def _dominio() -> str:
    dominio: str = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip("> ")
    return dominio or "localhost"


def _itens(rascunho: Rascunho, mensagem: int) -> Iterable[ItemDeMensagem]:
    for ordem, item in enumerate(rascunho.itens, 1):
        yield ItemDeMensagem(
            mensagem_id=mensagem,
            regra=item.regra,
            pessoa=rascunho.pessoa,
            cliente_id=item.cliente,
            evento=item.evento,
            ordem=ordem,
            decidido_em=rascunho.referencia,
        )


def montar(mensagem: Mensagem, remetente: str, conexao: Any = None) -> EmailMultiAlternatives:
    """O e-mail da linha, com o Message-ID que ela guarda; o que ninguém escreveu não pede resposta automática."""
    de_alguem = mensagem.tipo == TipoDeMensagem.CLIENTE
    cabecalhos = {"Message-ID": mensagem.message_id} | descadastro.cabecalhos(mensagem)
    email = EmailMultiAlternatives(
        mensagem.assunto,
        mensagem.texto,
        _em_nome_de(mensagem, remetente) if de_alguem else remetente,
        [mensagem.para],
        headers=cabecalhos if de_alguem else cabecalhos | {"Auto-Submitted": "auto-generated"},
        reply_to=[mensagem.responder_a] if mensagem.responder_a else None,
        connection=conexao,
    )
    if mensagem.html:
        email.attach_alternative(mensagem.html, "text/html")
    if mensagem.anexo:
        nome = " ".join(mensagem.nome_do_anexo.split())
        email.attach(nome, Path(mensagem.anexo).read_bytes(), _tipo(nome))
    return email


def _tipo(nome: str) -> str:
    return guess_type(nome)[0] or "application/octet-stream"


def _em_nome_de(mensagem: Mensagem, remetente: str) -> str:
    """O endereço da casa com o nome de quem escreveu: o cliente sabe com quem fala."""
    nome = " ".join(mensagem.pessoa.nome.split()) if mensagem.pessoa else ""
    return formataddr((nome, parseaddr(remetente)[1])) if nome else remetente


def visiveis_para(usuario: Usuario) -> QuerySet[Mensagem]:
    """As mensagens que um administrador confere: de quem trabalha só em empresas que ele vê.

    As de quem já não trabalha em nenhuma, só quem administra todas as lê: não se sabe de que empresa falam.
    """
    minhas = empresas_de(usuario)
    alheias = Empresa.objects.exclude(pk__in=minhas)
    de_fora = Usuario.objects.filter(vinculos__empresa__in=alheias)
    da_casa = Q(pessoa__in=Usuario.objects.filter(vinculos__empresa__in=minhas))
    mensagens: QuerySet[Mensagem] = Mensagem.objects.exclude(pessoa__in=de_fora).filter(
        da_casa | ~Exists(alheias)
    )
    return mensagens if pode(usuario, Permissao.VER_MENSAGENS) else mensagens.none()


def reenviaveis(mensagens: QuerySet[Mensagem]) -> QuerySet[Mensagem]:
    """As que a palavra de uma pessoa põe de volta na fila: de endereço ainda suspenso, nenhuma."""
    suspensos = Devolucao.objects.em_vigor().filter(endereco=Lower(OuterRef("para")))
    return mensagens.filter(~Exists(suspensos), estado__in=REENVIAVEIS)


@transaction.atomic
def reenviar(*, mensagem: Mensagem, por: Usuario) -> bool:
    """A palavra de uma pessoa: só o incerto e o não enviado voltam à fila, e uma vez por clique."""
    antes = mensagem.estado
    voltou = _voltar_a_fila(Mensagem.objects.filter(pk=mensagem.pk))
    if voltou:
        registrar("mensagem.reenviar", por=por, objeto=f"mensagem {mensagem.pk}", antes={"estado": antes})
    return bool(voltou)


@transaction.atomic
def reenviar_todas(*, mensagens: QuerySet[Mensagem], por: Usuario) -> int:
    """O mesmo para todas as de um filtro, de uma vez; a auditoria diz quantas de cada estado."""
    contagens = reenviaveis(mensagens).order_by().values_list("estado").annotate(Count("pk"))
    antes = {EstadoDaMensagem(estado).label: quantas for estado, quantas in contagens}
    quantas = _voltar_a_fila(mensagens)
    if quantas:
        registrar("mensagem.reenviar", por=por, objeto=f"{quantas} mensagens", antes=antes)
    return quantas


def _voltar_a_fila(mensagens: QuerySet[Mensagem]) -> int:
    voltam = list(
        reenviaveis(mensagens).order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True)
    )
    escolhidas = Mensagem.objects.filter(pk__in=voltam)
    # a que não saíra tinha desfeito o contato que é: agora ele volta a valer
    Contato.objects.filter(mensagem__in=voltam).update(desfeito_em=None)
    return int(
        escolhidas.update(
            estado=EstadoDaMensagem.PENDENTE, tentativas=0, proxima_tentativa_em=timezone.now(), erro=""
        )
    )
