"""Convidar: a marca na pessoa e a mensagem na caixa de saída, na mesma transação."""

from dataclasses import dataclass

from django.db import transaction

from contas.auditoria import registrar
from contas.models import Usuario
from contas.pessoas import preparar_convite
from notificacoes import servidor
from notificacoes.emails import convite


@dataclass(frozen=True, slots=True)
class Convidada:
    """Quem foi convidada e, se nenhum servidor leva o e-mail, o enlace para entregar à mão."""

    pessoa: Usuario
    enlace_a_mao: str


@transaction.atomic
def convidar(*, pessoa: Usuario, por: Usuario) -> Convidada:
    """Manda (ou manda de novo) o enlace pessoal, que vale três dias e serve uma vez.

    Sem servidor de e-mail a mensagem não chegaria a ninguém: o enlace volta para quem convidou, e a
    auditoria diz que foi mostrado.
    """
    pessoa = preparar_convite(pessoa=pessoa, por=por)
    enlace = convite(pessoa=pessoa, por=por)
    if servidor.configurado():
        return Convidada(pessoa, "")
    registrar("convite.mostrado", por=por, objeto=pessoa.nome)
    return Convidada(pessoa, enlace)
