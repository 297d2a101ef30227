"""Mapeamentos prontos dos ERPs mais comuns no Brasil, com os nomes das colunas das próprias tabelas.

Reconhecem-se pelos `sinais` do cabeçalho e se oferecem; quem os adapta salva o seu por cima.
"""

from clientes.importacao.mapeamentos import Mapeamento
from clientes.importacao.nomes import nome_normalizado
from clientes.importacao.situacoes import chave_de_situacao

_APAGADAS = {"D_E_L_E_T_": "*"}


def _pares(texto: str) -> dict[str, str]:
    """ "A1_COD=codigo, A1_LOJA=codigo+2" em dicionário."""
    partes = (par.rpartition("=") for par in texto.split(",") if par.strip())
    return {coluna.strip(): campo.strip() for coluna, _, campo in partes}


def _pronto(
    nome: str,
    tipo: str,
    colunas: str,
    sinais: str,
    *,
    situacoes: str = "",
    pular: dict[str, str] | None = None,
    juncao: str = "-",
    decimal: str | None = None,
) -> Mapeamento:
    return Mapeamento(
        nome=nome,
        tipo=tipo,
        colunas={nome_normalizado(c): campo for c, campo in _pares(colunas).items()},
        situacoes={chave_de_situacao(t): destino for t, destino in _pares(situacoes).items()},
        pular={nome_normalizado(c): valores.split() for c, valores in (pular or {}).items()},
        juncao=juncao,
        decimal=decimal,
        sinais=frozenset(nome_normalizado(c) for c in sinais.split(",")),
    )


# O pedido sem nota está aberto; a nota só de "X" é a eliminação por resíduo; qualquer outra o faturou.
_NOTA_DO_PROTHEUS = "=aberto, XXXXXX=cancelado, XXXXXXXXX=cancelado, *=faturado"
_PEDIDO_DO_PROTHEUS = (
    "C5_NUM=numero, C5_CLIENTE=cliente_codigo, C5_LOJACLI=cliente_codigo+2, C5_EMISSAO=data,"
    " C5_NOTA=situacao, C5_VEND1=vendedor_codigo"
)
# Devolução e beneficiamento são com fornecedores: não são pedidos de clientes.
_SO_VENDAS = {**_APAGADAS, "C5_TIPO": "D B"}
_SITUACOES_DO_BLING = (
    "Atendido=faturado, Em aberto=aberto, Em andamento=aberto, Em digitação=aberto, Verificado=faturado,"
    " Venda agenciada=aberto, Aguardando confirmação=aberto, Cancelado=cancelado"
)
# Etapas do pedido na Omie: 10 a 50 ainda não faturou, 60 em diante sim; cancelado vence a etapa.
_ETAPAS_DA_OMIE = ", ".join(
    f"{etapa}{marca}={'cancelado' if marca == '-S' else situacao}"
    for etapa, situacao in (
        ("10", "aberto"), ("20", "aberto"), ("30", "aberto"), ("40", "aberto"), ("50", "aberto"),
        ("60", "faturado"), ("70", "faturado"), ("80", "faturado"),
    )
    for marca in ("", "-N", "-S")
)  # fmt: skip
# CANCELED e DocStatus do SAP Business One: "C" é o documento que cancela outro.
_SITUACOES_DO_SAP = ", ".join(
    f"{cancelado}-{estado}={'aberto' if (cancelado, estado) == ('N', 'O') else 'faturado' if cancelado == 'N' else 'cancelado'}"
    for cancelado in "NYC"
    for estado in "OC"
)

PRONTOS: tuple[Mapeamento, ...] = (
    _pronto(
        "Protheus: clientes (SA1)", "clientes",
        "A1_COD=codigo, A1_LOJA=codigo+2, A1_NOME=razao_social, A1_NREDUZ=nome_fantasia, A1_CGC=cpf_cnpj,"
        " A1_COD_MUN=municipio_ibge, A1_MUN=municipio, A1_EST=uf, A1_CEP=cep, A1_DDD=telefone, A1_TEL=telefone+2,"
        " A1_EMAIL=email, A1_VEND=vendedor_codigo, A1_SATIV1=segmento, A1_LC=limite_credito, A1_MSBLQL=bloqueado,"
        " A1_DTCAD=cadastrado_em",
        "A1_COD,A1_LOJA,A1_NOME", pular=_APAGADAS,
    ),
    _pronto(
        "Protheus: pedidos (SC5)", "pedidos", _PEDIDO_DO_PROTHEUS, "C5_NUM,C5_CLIENTE,C5_LOJACLI",
        situacoes=_NOTA_DO_PROTHEUS, pular=_SO_VENDAS,
    ),
    _pronto(
        "Protheus: itens (SC6)", "itens",
        "C6_NUM=pedido_numero, C6_ITEM=sequencia, C6_PRODUTO=produto_codigo, C6_DESCRI=produto_nome,"
        " C6_QTDVEN=quantidade, C6_VALOR=valor",
        "C6_NUM,C6_ITEM,C6_VALOR", pular=_APAGADAS,
    ),
    _pronto(
        "Protheus: pedidos com itens (SC5 e SC6)", "vendas",
        _PEDIDO_DO_PROTHEUS.replace("C5_NUM=numero", "C5_NUM=pedido_numero") + ", C6_ITEM=sequencia,"
        " C6_PRODUTO=produto_codigo, C6_DESCRI=produto_nome, C6_QTDVEN=quantidade, C6_VALOR=item_valor,"
        " A1_NOME=razao_social, A1_CGC=cpf_cnpj, A1_COD_MUN=municipio_ibge, A1_EST=uf",
        "C5_NUM,C5_CLIENTE,C5_LOJACLI,C6_ITEM", situacoes=_NOTA_DO_PROTHEUS, pular=_SO_VENDAS,
    ),
    _pronto(
        "Protheus: títulos (SE1)", "titulos",
        "E1_PREFIXO=numero, E1_NUM=numero+2, E1_PARCELA=numero+3, E1_TIPO=numero+4, E1_CLIENTE=cliente_codigo,"
        " E1_LOJA=cliente_codigo+2, E1_EMISSAO=emissao, E1_VENCREA=vencimento, E1_VALOR=valor, E1_BAIXA=pago_em,"
        " E1_SALDO=saldo, E1_VENCTO=",
        # Adiantamentos e abatimentos não são dívida do cliente.
        "E1_NUM,E1_PARCELA,E1_CLIENTE,E1_LOJA", pular={**_APAGADAS, "E1_TIPO": "RA NCC AB- FB- FC- IR- IN- IS- PI- CF- CS-"},
    ),
    _pronto(
        "Bling: contatos", "clientes",
        "Código=codigo, ID=, Nome=razao_social, Fantasia=nome_fantasia, CNPJ / CPF=cpf_cnpj, Cidade=municipio, UF=uf,"
        " CEP=cep, Fone=telefone, E-mail=email, Segmento=segmento, Vendedor=vendedor, Limite de crédito=limite_credito,"
        " Cliente desde=cadastrado_em, Situação=, Número=",
        "Código,Fantasia,CNPJ / CPF,Cliente desde",
    ),
    _pronto(
        "Bling: pedidos de venda", "vendas",
        "Número do pedido=pedido_numero, Nº do Pedido=pedido_numero, ID=, Data=data, Nome Comprador=razao_social,"
        " CPF/CNPJ Comprador=cpf_cnpj, CEP Comprador=cep, Cidade Comprador=municipio, UF Comprador=uf,"
        " Telefone Comprador=telefone, E-mail Comprador=email, Produto=produto_nome, SKU=produto_codigo,"
        " Quantidade=quantidade, Valor Unitário=, Valor Total=item_valor, Total Pedido=valor, Situação=situacao,"
        " Vendedor=vendedor",
        "CPF/CNPJ Comprador,Nome Comprador,Produto,SKU", situacoes=_SITUACOES_DO_BLING,
    ),
    _pronto(
        "Omie: clientes", "clientes",
        "codigo_cliente_omie=codigo, codigo_cliente_integracao=, razao_social=razao_social, nome_fantasia=nome_fantasia,"
        " cnpj_cpf=cpf_cnpj, cidade=municipio, cidade_ibge=municipio_ibge, estado=uf, cep=cep, telefone1_ddd=telefone,"
        " telefone1_numero=telefone+2, email=email, codigo_vendedor=vendedor_codigo, valor_limite_credito=limite_credito,"
        " bloquear_faturamento=bloqueado, inativo=",
        "codigo_cliente_omie,razao_social,cnpj_cpf",
    ),
    _pronto(
        "Omie: pedidos", "pedidos",
        "numero_pedido=numero, codigo_pedido=, codigo_cliente=cliente_codigo, dInc=data, data_previsao=,"
        " valor_total_pedido=valor, valor_mercadorias=valor_sem_impostos, etapa=situacao, cancelado=situacao+2,"
        " codVend=vendedor_codigo",
        "numero_pedido,codigo_cliente,etapa,valor_total_pedido", situacoes=_ETAPAS_DA_OMIE,
    ),
    _pronto(
        "Omie: contas a receber", "titulos",
        "numero_documento=numero, numero_parcela=numero+2, codigo_lancamento_omie=numero+3,"
        " codigo_cliente_fornecedor=cliente_codigo, data_emissao=emissao, data_vencimento=vencimento,"
        " valor_documento=valor, data_pagamento=pago_em",
        "codigo_lancamento_omie,codigo_cliente_fornecedor,data_vencimento",
    ),
    _pronto(
        "SAP B1: clientes (OCRD)", "clientes",
        "CardCode=codigo, CardName=razao_social, CardFName=nome_fantasia, LicTradNum=cpf_cnpj, City=municipio,"
        " State1=uf, ZipCode=cep, Phone1=telefone, E_Mail=email, GroupName=segmento, SlpCode=vendedor_codigo,"
        " SlpName=vendedor, CreditLine=limite_credito, CreateDate=cadastrado_em, frozenFor=bloqueado",
        "CardCode,CardName,CardType", pular={"CardType": "S"},
    ),
    _pronto(
        "SAP B1: pedidos (ORDR)", "pedidos",
        "DocNum=numero, DocEntry=, CardCode=cliente_codigo, CardName=, DocDate=data, DocTotal=valor, DocCur=moeda,"
        " CANCELED=situacao, DocStatus=situacao+2, SlpCode=vendedor_codigo, SlpName=vendedor",
        "DocNum,CardCode,DocDate,DocTotal,CANCELED,DocStatus", situacoes=_SITUACOES_DO_SAP,
    ),
    _pronto(
        "SAP B1: itens (RDR1)", "itens",
        "DocNum=pedido_numero, LineNum=sequencia, ItemCode=produto_codigo, Dscription=produto_nome,"
        " Quantity=quantidade, LineTotal=valor",
        "DocNum,LineNum,ItemCode,Dscription,LineTotal",
    ),
)  # fmt: skip
