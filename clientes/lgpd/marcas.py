"""As marcas de quem foi esquecido: o que impede que volte."""

from django.db.models import Func, TextField, Value

from clientes.models import Cliente, MarcaDeAnonimizacao
from contas.texto import sem_acento


class Resumo(Func):
    """`lgpd_resumo()` do banco: SHA-256 com o sal da instalação."""

    function = "lgpd_resumo"
    output_field = TextField()


def resumo_do_nome(nome: str) -> Resumo:
    return Resumo(Value(f"nome:{sem_acento(nome)}"))


def anonimizada_antes(cliente: Cliente, nome: str) -> bool:
    """O cliente inteiro foi anonimizado, ou alguém com este nome nele."""
    if cliente.anonimizado_em is not None:
        return True
    marcas = MarcaDeAnonimizacao.objects.filter(cliente=cliente)
    return bool(nome) and marcas.filter(resumo=resumo_do_nome(nome)).exists()
