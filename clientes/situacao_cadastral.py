"""Se o cadastro serve para vender e para falar com o cliente: completo, incompleto ou irregular."""

from enum import StrEnum

from django.db.models import Q

from clientes.models import Cliente

# O que falta para se achar e se falar com o cliente.
NECESSARIOS = {"email": "e-mail", "telefone": "telefone", "cidade": "município", "uf": "UF"}


class SituacaoCadastral(StrEnum):
    COMPLETA = "completa"
    INCOMPLETA = "incompleta"
    IRREGULAR = "irregular"


def situacao_cadastral(cliente: Cliente) -> SituacaoCadastral:
    """Sem CPF/CNPJ que confira é irregular; com ele, o que falta o deixa incompleto."""
    if not cliente.documento_valido:
        return SituacaoCadastral.IRREGULAR
    return SituacaoCadastral.INCOMPLETA if o_que_falta(cliente) else SituacaoCadastral.COMPLETA


def o_que_falta(cliente: Cliente) -> list[str]:
    """Em palavras, na ordem em que se pergunta."""
    return [nome for campo, nome in NECESSARIOS.items() if not getattr(cliente, campo)]


def condicao(situacao: str, prefixo: str = "") -> Q:
    """Gêmea de `situacao_cadastral`, para o banco."""
    valido = Q(**{f"{prefixo}documento_valido": True})
    falta = Q()
    for campo in NECESSARIOS:
        falta |= Q(**{f"{prefixo}{campo}": ""})
    return {
        SituacaoCadastral.IRREGULAR: ~valido,
        SituacaoCadastral.INCOMPLETA: valido & falta,
        SituacaoCadastral.COMPLETA: valido & ~falta,
    }[SituacaoCadastral(situacao)]
