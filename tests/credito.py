"""Dar e tirar o crédito a alguém, pela pessoa ou pelo papel dela: o que se corta tem de ser o mesmo."""

from contas.credito_por_papel import mudar, papeis_que_veem, ultima
from contas.models import Usuario

COMO = ["pela pessoa", "pelo papel"]


def ligar_credito(pessoa: Usuario, ve: bool, como: str, por: Usuario) -> None:
    if como == "pela pessoa":
        Usuario.objects.filter(pk=pessoa.pk).update(ve_credito=ve)
    else:
        decidir(papeis_que_veem() | {pessoa.papel} if ve else papeis_que_veem() - {pessoa.papel}, por)
    pessoa.refresh_from_db()


def decidir(papeis: set[str] | frozenset[str], por: Usuario) -> None:
    """A decisão por papel, como a tela a toma."""
    vista = ultima()
    mudar(papeis=papeis, vista=vista.pk if vista else None, por=por, motivo="Prova")
