"""Os tipos de arquivo que se importam, cada um com a sua descrição."""

from clientes.importacao import clientes, fatos, itens, pedidos, pessoas
from clientes.importacao.situacoes import DE_ATENDIMENTO, DE_NOTA, DE_ORCAMENTO
from clientes.importacao.tipo import Tipo

TIPOS: dict[str, Tipo] = {
    "clientes": clientes.TIPO,
    "pedidos": pedidos.TIPO,
    "itens": itens.TIPO,
    "orcamentos": fatos.ORCAMENTOS.tipo("orçamento,orçamentos", soma="valor, data", vocabulario=DE_ORCAMENTO),
    "notas": fatos.NOTAS.tipo("nota,notas", soma="valor, emissao", vocabulario=DE_NOTA),
    "titulos": fatos.TITULOS.tipo("título,títulos", soma="valor, emissao"),
    "atendimentos": fatos.ATENDIMENTOS.tipo("atendimento,atendimentos", vocabulario=DE_ATENDIMENTO),
    "pessoas": pessoas.TIPO,
}
