"""Os valores das variáveis de uma mensagem ou roteiro, ditos como se escrevem a um cliente."""

from collections.abc import Sequence
from datetime import date

from atividade.produtos import Produto, produtos_de
from carteira.formatos import data, numero
from carteira.lista_de_clientes import Linha
from clientes.models import PessoaDeContato
from contas.models import Usuario

MAIS_COMPRADOS = 3


def mais_comprados(cliente_id: int, dia: date) -> list[Produto]:
    """O que mais compra no ano; de quem parou há mais tempo, o que mais comprou na vida."""
    achados = produtos_de(cliente_id, dia)
    return (achados.em_12_meses or achados.sempre)[:MAIS_COMPRADOS]


def valores_de(
    linha: Linha, por: Usuario, *, pessoa: PessoaDeContato | None, produtos: Sequence[Produto]
) -> dict[str, str]:
    """Vazio é o que não se sabe: quem preenche põe o texto alternativo."""
    cliente = linha.cliente
    return {
        "pessoa": pessoa.nome.split()[0] if pessoa else cliente.nome,
        "nome_fantasia": cliente.nome,
        "razao_social": cliente.razao_social,
        "vendedor": por.nome,
        "empresa": cliente.empresa.nome,
        "dias_sem_comprar": numero(linha.recencia) if linha.recencia is not None else "",
        "ultimo_pedido": data(linha.ind.ultima_compra) if linha.ind.ultima_compra else "",
        "ciclo": numero(linha.ciclo) if linha.ciclo else "",
        "mais_comprado": produtos[0].nome if produtos else "",
        "cidade": cliente.cidade,
    }
