"""Fatos de todo tipo para as telas de um cliente: títulos, orçamentos, contatos, pessoas e o resto."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from clientes import atendimentos, pitch
from clientes.models import (
    Contato,
    ItemDePedido,
    NotaFiscal,
    Objecao,
    Ocorrencia,
    Orcamento,
    PessoaDeContato,
    Titulo,
)
from tests.conftest import HOJE, novo_pedido


def titulo(cliente: Any, numero: str, em_dias: int, saldo: str = "100.00") -> Titulo:
    vencimento = HOJE + timedelta(days=em_dias)
    return Titulo.objects.create(
        empresa=cliente.empresa, numero=numero, cliente=cliente, emissao=vencimento - timedelta(days=30),
        vencimento=vencimento, valor=Decimal("100.00"), saldo=Decimal(saldo),
        pago_em=None if Decimal(saldo) else vencimento + timedelta(days=2),
    )  # fmt: skip


def encher(cliente: Any, ana: Any, quantos: int) -> None:
    """Uma história com de tudo: cada passo acrescenta um fato de cada tipo."""
    atendeu, objecao = Ocorrencia.objects.get(nome="Vai pensar"), Objecao.objects.first()
    for n in range(quantos):
        pedido = novo_pedido(cliente, f"X{n}", HOJE - timedelta(days=60 + n))
        ItemDePedido.objects.create(
            pedido=pedido, sequencia=1, produto_nome=f"Prego {n}", quantidade=2, valor=Decimal(50)
        )
        feito = Contato.objects.create(cliente=cliente, canal="ligacao", ocorrencia=atendeu, atendente=ana)
        feito.objecoes.add(objecao)
        titulo(cliente, f"T{n}", n - 10)
        Orcamento.objects.create(
            empresa=cliente.empresa, numero=f"O{n}", cliente=cliente, data=HOJE, validade=HOJE, valor=1,
            situacao="aberto",
        )  # fmt: skip
        NotaFiscal.objects.create(
            empresa=cliente.empresa, numero=f"N{n}", cliente=cliente, emissao=HOJE, valor=1
        )
        PessoaDeContato.objects.create(cliente=cliente, nome=f"Pessoa {n}", nao_contatar=["email"])
        atendimentos.abrir(cliente, "troca", f"Troca {n}", "", ana)
        pitch.salvar(cliente=cliente, por=ana, oferta=f"Oferta {n}")
