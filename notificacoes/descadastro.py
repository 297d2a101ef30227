"""Parar de receber por um clique no programa de e-mail (RFC 8058), sem entrar no sistema.

Só as mensagens que a pessoa pode desligar levam o enlace. Ele é assinado, vale para aquela mensagem e só desliga:
quem o achar pode no máximo silenciar um resumo, que a pessoa religa no perfil.
"""

from dataclasses import dataclass

from django.core import signing
from django.db import transaction

from contas.auditoria import registrar
from contas.models import Usuario
from notificacoes.enderecos import endereco
from notificacoes.models import Mensagem, TipoDeMensagem

SAL = "notificacoes.descadastro"
# O que a pessoa pediu, o que a casa precisa dizer e o que é de um cliente não se desliga; o resto obedece à chave
# geral dos e-mails, `recebe_emails`.
FIXAS = (
    TipoDeMensagem.CONVITE,
    TipoDeMensagem.SENHA,
    TipoDeMensagem.SEGURANCA,
    TipoDeMensagem.ROTINA,
    TipoDeMensagem.TESTE,
    TipoDeMensagem.CLIENTE,
)


@dataclass(frozen=True, slots=True)
class Descadastro:
    """O que um enlace desliga, e de quem."""

    pessoa: Usuario
    o_que: str
    ja_desligado: bool


def cabecalhos(mensagem: Mensagem) -> dict[str, str]:
    """Os dois cabeçalhos que o programa de e-mail lê; nenhum no que a pessoa não escolhe receber."""
    if mensagem.tipo in FIXAS or mensagem.pessoa_id is None:
        return {}
    return {
        "List-Unsubscribe": f"<{endereco('descadastrar', token=signing.dumps(mensagem.pk, salt=SAL))}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def ler(token: str) -> Descadastro | None:
    """O que o enlace desliga; nulo se ele não é nosso ou a pessoa não está mais na casa."""
    mensagem = _mensagem(token)
    if mensagem is None or mensagem.pessoa is None or not mensagem.pessoa.is_active:
        return None
    return Descadastro(
        mensagem.pessoa, "os resumos, os avisos e os recados por e-mail", not mensagem.pessoa.recebe_emails
    )


@transaction.atomic
def desligar(token: str) -> Descadastro | None:
    """Desliga o que a mensagem permite desligar; repetir não muda nada nem registra de novo."""
    mensagem, achado = _mensagem(token), ler(token)
    if achado is None or mensagem is None:
        return None
    if Usuario.objects.filter(pk=achado.pessoa.pk, recebe_emails=True).update(recebe_emails=False):
        registrar(
            "descadastrar",
            por=achado.pessoa,
            objeto=f"{achado.pessoa.nome}: {mensagem.get_tipo_display()}",
            antes={"recebe_emails": True},
            depois={"recebe_emails": False},
        )
    return achado


def _mensagem(token: str) -> Mensagem | None:
    try:
        pk = signing.loads(token, salt=SAL)
    except signing.BadSignature:
        return None
    achada: Mensagem | None = (
        Mensagem.objects.filter(pk=pk).exclude(tipo__in=FIXAS).select_related("pessoa").first()
    )
    return achada
