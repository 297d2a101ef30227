"""A situação do cadastro: completo, incompleto (falta o essencial) ou irregular (documento que não confere).

`situacao_de` e `expressao` dizem o mesmo, um da linha lida e o outro no banco.
"""

from typing import Any

from django.db.models import Case, IntegerField, Q, Value, When
from django.db.models.enums import IntegerChoices

from clientes.models import Cliente


class SituacaoCadastral(IntegerChoices):
    IRREGULAR = 0, "Irregular"
    INCOMPLETA = 1, "Incompleta"
    COMPLETA = 2, "Completa"


# Campo → como se diz que falta.
ESSENCIAIS = {
    "documento": "CPF/CNPJ",
    "telefone": "telefone",
    "email": "e-mail",
    "cidade": "município",
    "uf": "UF",
}


def faltas_de(cliente: Cliente) -> list[str]:
    """O que falta no cadastro, em palavras."""
    return [nome for campo, nome in ESSENCIAIS.items() if not getattr(cliente, campo)]


def situacao_de(cliente: Cliente) -> SituacaoCadastral:
    if cliente.documento and not cliente.documento_valido:
        return SituacaoCadastral.IRREGULAR
    return SituacaoCadastral.INCOMPLETA if faltas_de(cliente) else SituacaoCadastral.COMPLETA


def expressao(prefixo: str = "") -> Case:
    """A gêmea em SQL, sobre os campos de Cliente sob `prefixo`."""

    def campo(nome: str, valor: Any) -> Q:
        return Q(**{f"{prefixo}{nome}": valor})

    falta = Q()
    for nome in ESSENCIAIS:
        falta |= campo(nome, "")
    return Case(
        When(
            campo("documento_valido", False) & ~campo("documento", ""),
            then=Value(int(SituacaoCadastral.IRREGULAR)),
        ),
        When(falta, then=Value(int(SituacaoCadastral.INCOMPLETA))),
        default=Value(int(SituacaoCadastral.COMPLETA)),
        output_field=IntegerField(),
    )
