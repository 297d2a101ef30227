"""Os campos de um arquivo e como cada ERP os chama; os primeiros sinônimos são os mais certos."""

import re
import unicodedata
from dataclasses import dataclass

_NAO_LETRA = re.compile(r"[^a-z0-9]+")


def nome_normalizado(coluna: str) -> str:
    """'Nº do Pedido' → 'no do pedido'; 'CGC_CPF' → 'cgc cpf'."""
    separado = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", coluna)
    decomposto = unicodedata.normalize("NFKD", separado).encode("ascii", "ignore").decode().lower()
    return _NAO_LETRA.sub(" ", decomposto).strip()


@dataclass(frozen=True, slots=True)
class Campo:
    """Um campo do Carteira; os primeiros sinônimos são os mais certos e ganham dos últimos.

    O que tem exemplo está no leiaute neutro e no arquivo-modelo.
    """

    nome: str
    rotulo: str
    sinonimos: tuple[str, ...]
    obrigatorio: bool = False
    exemplo: str = ""


def campo(
    nome: str, rotulo: str, sinonimos: str = "", *, obrigatorio: bool = False, exemplo: str = ""
) -> Campo:
    nomes = [nome, *(s.strip() for s in sinonimos.split(",") if s.strip())]
    return Campo(nome, rotulo, tuple(dict.fromkeys(nome_normalizado(n) for n in nomes)), obrigatorio, exemplo)


# O que muitos arquivos têm.
CLIENTE_CODIGO = campo(
    "cliente_codigo", "Código do cliente",
    "codigo do cliente, cod cliente, codigo cliente, cod do cliente, codcli, cod cli, cd cliente, id cliente,"
    " id do cliente, c5 cliente, cliente id, cliente cod, no cliente, cod corp, cliente",
    exemplo="1001",
)  # fmt: skip
CLIENTE_DOCUMENTO = campo(
    "cliente_documento", "CPF ou CNPJ do cliente",
    "cpf cnpj, cnpj cpf, cnpj ou cpf, cpf ou cnpj, cnpj, cpf, cgc, cgc cpf, cpf cgc, documento do cliente,"
    " cnpj do cliente, cnpj cliente, cpf do cliente, cnpj cpf do cliente, cnpj cpf cliente, cpf cnpj do cliente,"
    " cpf cnpj cliente, documento cliente, doc cliente",
)  # fmt: skip
FORNECEDOR_CODIGO = campo(
    "fornecedor_codigo", "Código do fornecedor",
    "codigo do fornecedor, cod fornecedor, codigo fornecedor, cod do fornecedor, codfor, cod for, id fornecedor,"
    " id do fornecedor, a2 cod, fornecedor id, fornecedor cod, no fornecedor, fornecedor",
    exemplo="F-101",
)  # fmt: skip
FORNECEDOR_DOCUMENTO = campo(
    "fornecedor_documento", "CPF ou CNPJ do fornecedor",
    "documento do fornecedor, cnpj do fornecedor, cnpj fornecedor, cpf do fornecedor, cnpj cpf do fornecedor,"
    " cpf cnpj do fornecedor, cpf cnpj, cnpj cpf, cnpj ou cpf, cpf ou cnpj, cnpj, cpf, cgc, documento fornecedor",
)  # fmt: skip
VENDEDOR = campo(
    "vendedor", "Vendedor",
    "nome do vendedor, nome vendedor, vendedor nome, representante, nome do representante, erc, consultor,"
    " vendedor do pedido, atendente",
    exemplo="Ana Souza",
)  # fmt: skip
VENDEDOR_CODIGO = campo(
    "vendedor_codigo", "Vendedor (código)",
    "codigo do vendedor, cod vendedor, codigo vendedor, cod rep, cod do vendedor, cod vend, codvend, c5 vend1,"
    " codigo do representante, cod representante, codigo representante, id vendedor",
)  # fmt: skip
EMPRESA = campo("empresa", "Empresa", "emp, filial, cod filial, codigo da empresa, cod empresa, codigo empresa, codigo filial, cod emp")  # fmt: skip
MUNICIPIO_IBGE = campo(
    "municipio_ibge", "Município (código do IBGE)",
    "codigo ibge, cod ibge, ibge, codigo do ibge, codigo ibge do municipio, codigo do municipio, cod municipio,"
    " codigo municipio, cod mun, ibge municipio, cidade ibge, a1 cod mun",
)  # fmt: skip

CLIENTES = (
    campo(
        "codigo", "Código do cliente",
        "codigo do cliente, cod cliente, codigo cliente, cliente codigo, cod do cliente, codcli, cod cli, cd cliente,"
        " id cliente, id do cliente, a1 cod, cod corp, codigo erp, cod erp, cod, codigo interno, matricula, no cliente, id",
        obrigatorio=True,
        exemplo="1001",
    ),
    campo(
        "razao_social", "Razão social",
        "razao, nome razao social, razao social nome, nome do cliente, nome cliente, cliente nome, nomecli, nome cli,"
        " razao social do cliente, a1 nome, nm cliente, nome, cliente, nome completo, denominacao social, empresa",
        obrigatorio=True,
        exemplo="Ferragens Exemplo Ltda",
    ),
    campo("nome_fantasia", "Nome fantasia", "fantasia, nome de fantasia, a1 nreduz, nome reduzido, apelido, nm fantasia"),
    campo(
        "cpf_cnpj", "CPF ou CNPJ",
        "cnpj cpf, cpf cnpj, cnpj ou cpf, cpf ou cnpj, cnpj, cpf, documento, cgc, cgc cpf, cpf cgc, a1 cgc, doc, cnpjcpf,"
        " cpfcnpj, nr cnpj, no cnpj, inscricao federal, cnpj do cliente, cnpj cliente, documento do cliente, cliente documento,"
        " cnpj cpf do cliente, cnpj cpf cliente, cpf cnpj do cliente, cpf cnpj cliente",
        exemplo="11.222.333/0001-81",
    ),
    campo("municipio", "Município", "cidade, nome do municipio, municipio nome, nome da cidade, a1 mun, nm municipio, localidade", exemplo="Blumenau"),
    MUNICIPIO_IBGE,
    campo("uf", "UF", "estado, uf estado, estado uf, sigla uf, a1 est, unidade da federacao, sg uf", exemplo="SC"),
    campo("cep", "CEP", "codigo postal, cod postal, a1 cep, nr cep, cep do cliente, cep cliente", exemplo="89010-100"),
    campo("segmento", "Segmento", "ramo, ramo de atividade, setor, atividade, grupo de clientes, segmento de mercado, a1 sativ1", exemplo="Ferragens"),
    campo(
        "vendedor", "Vendedor",
        "nome do vendedor, nome vendedor, vendedor nome, representante, nome do representante, erc, consultor,"
        " vendedor responsavel, responsavel, atendente",
        exemplo="Ana Souza",
    ),
    campo(
        "vendedor_codigo", "Vendedor (código)",
        "codigo do vendedor, cod vendedor, codigo vendedor, cod rep, cod do vendedor, cod vend, codvend, a1 vend,"
        " codigo do representante, cod representante, codigo representante, id vendedor",
    ),
    campo(
        "telefone", "Telefone",
        "fone, tel, celular, telefone 1, telefone1, fone 1, fone1, telefones, telefone principal, telefone comercial,"
        " whatsapp, a1 tel, telefone celular, contato telefone, telefone de contato",
        exemplo="(47) 3555-0123",
    ),
    campo("email", "E-mail", "e mail, mail, correio eletronico, email 1, email1, email principal, a1 email, email de contato, e mails, emails", exemplo="compras@exemplo.com.br"),
    campo(
        "cadastrado_em", "Cadastrado em",
        "data de cadastro, data cadastro, dt cadastro, cadastro, cliente desde, data do cadastro, dt de cadastro,"
        " data de inclusao, dt inclusao, data inclusao, a1 dtcad",
        exemplo="15/03/2021",
    ),
    campo("porte", "Porte", "porte da empresa, tamanho"),
    campo("perfil", "Perfil", "perfil do cliente"),
    campo("categoria", "Categoria", "categoria do cliente"),
    campo("limite_credito", "Limite de crédito", "limite de credito, limite, vlr limite, valor limite, a1 lc, lim credito", exemplo="5.000,00"),
    campo("bloqueado", "Bloqueado", "bloqueio, cliente bloqueado, a1 msblql"),
    campo("nao_contatar", "Não contatar por", "nao contatar por, opt out"),
    campo("encerrado_em", "Encerrado em", "data de encerramento, data encerramento, dt encerramento, data de baixa, dt baixa"),
    campo("encerrado_motivo", "Motivo do encerramento", "motivo do encerramento, motivo encerramento, motivo da baixa"),
    campo("fora_do_perfil", "Fora do perfil", ""),
    campo("potencial_mensal", "Potencial mensal", "potencial, potencial de compra, potencial mensal declarado"),
    EMPRESA,
)  # fmt: skip

PEDIDOS = (
    campo(
        "numero", "Número do pedido",
        "numero do pedido, no do pedido, n do pedido, no pedido, n pedido, nr pedido, nr do pedido, num pedido, num ped,"
        " num do pedido, numero pedido, pedido numero, codigo do pedido, cod pedido, id pedido, id do pedido, c5 num, pedido,"
        " nro pedido, nro do pedido, no de pedido, numped, ped, no, nr, num, n, documento de venda, no documento, id",
        obrigatorio=True,
        exemplo="50231",
    ),
    CLIENTE_CODIGO,
    CLIENTE_DOCUMENTO,
    campo(
        "data", "Data do pedido",
        "data do pedido, data pedido, dt pedido, data de emissao, data emissao, dt emissao, emissao, dt do pedido,"
        " data da venda, data venda, dt venda, data da compra, data compra, c5 emissao, data de faturamento, dt faturamento,"
        " data faturamento, data do documento, data da nota, dt, data ultimo pedido, data de criacao",
        obrigatorio=True,
        exemplo="10/10/2026",
    ),
    campo(
        "valor", "Valor",
        "valor total, vlr total, vl total, valor do pedido, valor pedido, vlr pedido, vl pedido, total do pedido, total pedido,"
        " valor r, valor em r, valor rs, vlr, vl, total, total r, valor liquido, vlr liquido, valor bruto, vlr bruto, valor faturado,"
        " valor da venda, total geral, valor total r, valor total do pedido, vlr total do pedido, preco total, montante",
        obrigatorio=True,
        exemplo="1.234,56",
    ),
    campo(
        "valor_sem_impostos", "Valor sem impostos",
        "valor sem imposto, vlr sem impostos, vlr sem imposto, vlr s imp, val s imp, valor s imp, valor s impostos,"
        " vl sem impostos, total sem impostos, valor produtos, valor dos produtos, valor das mercadorias",
        exemplo="1.064,81",
    ),
    campo(
        "situacao", "Situação",
        "situacao do pedido, situacao pedido, status, status do pedido, status pedido, sit, sit pedido, estado do pedido,"
        " fase, posicao, situacao atual",
        obrigatorio=True,
        exemplo="faturado",
    ),
    VENDEDOR,
    VENDEDOR_CODIGO,
    campo("moeda", "Moeda", "moeda do pedido, currency, cod moeda, codigo da moeda"),
    EMPRESA,
)  # fmt: skip
