"""Os tipos de arquivo que se importam, cada um com a sua descrição."""

from clientes.importacao import clientes, credito, fatos, fornecedores, itens, pedidos, pessoas, vendas
from clientes.importacao.situacoes import DE_ATENDIMENTO, DE_NOTA, DE_ORCAMENTO, DE_RESTRICAO
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
    "scores": credito.SCORES.tipo("score,scores"),
    "restricoes": credito.RESTRICOES.tipo("restrição,restrições", soma="valor, em", vocabulario=DE_RESTRICAO),
    "vendas": vendas.TIPO,
    "fornecedores": fornecedores.TIPO,
    "scores_de_fornecedores": credito.SCORES_DE_FORNECEDORES.tipo("score,scores"),
    "restricoes_de_fornecedores": credito.RESTRICOES_DE_FORNECEDORES.tipo(
        "restrição,restrições", soma="valor, em", vocabulario=DE_RESTRICAO
    ),
}
