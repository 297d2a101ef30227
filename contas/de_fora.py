"""Quem entra pelo provedor da empresa: só quem já existe aqui ou foi convidado; ninguém nasce por essa porta."""

import secrets

from django.db import IntegrityError, transaction

from contas.auditoria import registrar
from contas.models import ContaDeFora, Usuario


class EntradaRecusada(Exception):
    """A mensagem já vem pronta para a tela."""


@transaction.atomic
def pessoa_de_fora(*, emissor: str, sujeito: str, email_verificado: str) -> Usuario:
    """A pessoa dessa conta; na primeira vez, a do e-mail que o provedor verificou, ligada a ela daí em diante."""
    conta = ContaDeFora.objects.select_related("pessoa").filter(emissor=emissor, sujeito=sujeito).first()
    if conta is not None:
        return _com_acesso(conta.pessoa)
    if not email_verificado:
        raise EntradaRecusada(
            "O provedor não confirmou o seu e-mail. Entre com a senha ou fale com quem o administra."
        )
    pessoa = Usuario.objects.select_for_update(no_key=True).filter(email__iexact=email_verificado).first()
    if pessoa is None:
        raise EntradaRecusada(
            "Não há ninguém com esse e-mail no Carteira. Peça um convite a quem o administra."
        )
    _ligar(_com_acesso(pessoa), emissor, sujeito)
    return pessoa


def _com_acesso(pessoa: Usuario) -> Usuario:
    if not pessoa.is_active:
        raise EntradaRecusada(
            "Não há ninguém com esse e-mail no Carteira. Peça um convite a quem o administra."
        )
    return pessoa


def _ligar(pessoa: Usuario, emissor: str, sujeito: str) -> None:
    """Um endereço que mudou de dono no provedor não abre a conta de quem o tinha."""
    try:
        with transaction.atomic():
            ContaDeFora.objects.create(pessoa=pessoa, emissor=emissor, sujeito=sujeito)
    except IntegrityError as erro:
        raise EntradaRecusada(
            "Esse e-mail já entrou por outra conta do provedor. Fale com quem administra o Carteira."
        ) from erro
    if not pessoa.has_usable_password():  # o convite está aceito; quem quiser uma senha a define por e-mail
        pessoa.set_password(secrets.token_urlsafe(48))
        pessoa.save(update_fields=["password"])
    registrar("ligar conta de fora", por=pessoa, objeto=pessoa.nome, depois={"emissor": emissor})
