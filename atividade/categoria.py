"""A categoria que vale: quem tem compra é cliente, quem não tem é prospect; ex-cliente é só o que o cadastro diz.

Não se guarda: sai da situação de cada leitura, e por isso muda sozinha no primeiro pedido, e volta se ele se cancela.
"""

from django.db.models import Case, CharField, Value, When

from atividade.regras import Status
from clientes.models import Categoria


def categoria_de(cadastro: str, status: str) -> Categoria:
    """`cadastro` é o que o ERP ou alguém escreveu; `status`, a situação calculada."""
    if cadastro == Categoria.EX_CLIENTE:
        return Categoria.EX_CLIENTE
    return Categoria.PROSPECT if status == Status.PROSPECT else Categoria.CLIENTE


def categoria_em_vigor() -> Case:
    """O mesmo, sobre `Indicadores`, para filtrar e ordenar no banco."""
    return Case(
        When(cliente__categoria=Categoria.EX_CLIENTE, then=Value(Categoria.EX_CLIENTE.value)),
        When(status=Status.PROSPECT, then=Value(Categoria.PROSPECT.value)),
        default=Value(Categoria.CLIENTE.value),
        output_field=CharField(),
    )
