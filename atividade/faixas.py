"""Que roteiro serve a um cliente: do status e da marca à faixa, num lugar só."""

from atividade.regras import Marca, Status
from clientes.models import FaixaDoRoteiro


def faixa_de(status: str, marca: str = "") -> FaixaDoRoteiro:
    """A marca ganha do status; inativo de regra que não separa recente de antigo é recente."""
    if status == Status.INATIVO:
        return FaixaDoRoteiro.INATIVO_ANTIGO if marca == Marca.ANTIGO else FaixaDoRoteiro.INATIVO_RECENTE
    if status == Status.ATIVO and marca in (Marca.NOVO, Marca.RECUPERADO):
        return FaixaDoRoteiro(str(marca))
    return FaixaDoRoteiro(str(status))
