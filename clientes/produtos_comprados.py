"""Um produto dito por quem procura: pelo código ou pelo começo do nome."""

from django.db.models import F, Q
from django.db.models.lookups import In, StartsWith

from clientes.models.cliente import SemAcento
from contas.texto import sem_acento


def condicao_do_produto(texto: str) -> Q:
    """Q sobre `ItemDePedido`, sem acentos nem maiúsculas; os dois lados têm índice."""
    procurado = sem_acento(texto.strip())
    codigo, nome = SemAcento(F("produto_codigo")), SemAcento(F("produto_nome"))
    return Q(In(codigo, [procurado])) | Q(StartsWith(nome, procurado))
