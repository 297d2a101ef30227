"""De que campo é cada coluna: nomes em qualquer ordem, caixa e acento, com os sinônimos dos ERPs."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from clientes.importacao.recusa import ArquivoRecusado

_NAO_LETRA = re.compile(r"[^a-z0-9]+")


def nome_normalizado(coluna: str) -> str:
    """'Nº do Pedido' → 'no do pedido'; 'CGC_CPF' → 'cgc cpf'."""
    separado = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", coluna)
    decomposto = unicodedata.normalize("NFKD", separado).encode("ascii", "ignore").decode().lower()
    return _NAO_LETRA.sub(" ", decomposto).strip()


@dataclass(frozen=True, slots=True)
class Campo:
    """Um campo do Carteira; os primeiros sinônimos são os mais certos e ganham dos últimos."""

    nome: str
    rotulo: str
    sinonimos: tuple[str, ...]
    obrigatorio: bool = False


def _campo(nome: str, rotulo: str, sinonimos: str = "", *, obrigatorio: bool = False) -> Campo:
    nomes = [nome, *(s.strip() for s in sinonimos.split(",") if s.strip())]
    return Campo(nome, rotulo, tuple(dict.fromkeys(nome_normalizado(n) for n in nomes)), obrigatorio)


CLIENTES = (
    _campo(
        "codigo", "Código do cliente",
        "codigo do cliente, cod cliente, codigo cliente, cliente codigo, cod do cliente, codcli, cod cli, cd cliente,"
        " id cliente, id do cliente, a1 cod, cod corp, codigo erp, cod erp, cod, codigo interno, matricula, no cliente, id",
        obrigatorio=True,
    ),
    _campo(
        "razao_social", "Razão social",
        "razao, nome razao social, razao social nome, nome do cliente, nome cliente, cliente nome, nomecli, nome cli,"
        " razao social do cliente, a1 nome, nm cliente, nome, cliente, nome completo, denominacao social, empresa",
        obrigatorio=True,
    ),
    _campo("nome_fantasia", "Nome fantasia", "fantasia, nome de fantasia, a1 nreduz, nome reduzido, apelido, nm fantasia"),
    _campo(
        "cpf_cnpj", "CPF ou CNPJ",
        "cnpj cpf, cpf cnpj, cnpj ou cpf, cpf ou cnpj, cnpj, cpf, documento, cgc, cgc cpf, cpf cgc, a1 cgc, doc, cnpjcpf,"
        " cpfcnpj, nr cnpj, no cnpj, inscricao federal, cnpj do cliente, cnpj cliente, documento do cliente, cliente documento,"
        " cnpj cpf do cliente, cnpj cpf cliente, cpf cnpj do cliente, cpf cnpj cliente",
    ),
    _campo("municipio", "Município", "cidade, nome do municipio, municipio nome, nome da cidade, a1 mun, nm municipio, localidade"),
    _campo("uf", "UF", "estado, uf estado, estado uf, sigla uf, a1 est, unidade da federacao, sg uf"),
    _campo("segmento", "Segmento", "ramo, ramo de atividade, setor, atividade, grupo de clientes, segmento de mercado, a1 sativ1"),
    _campo(
        "vendedor", "Vendedor",
        "nome do vendedor, nome vendedor, vendedor nome, representante, nome do representante, erc, consultor,"
        " vendedor responsavel, responsavel, atendente",
    ),
    _campo(
        "vendedor_codigo", "Vendedor (código)",
        "codigo do vendedor, cod vendedor, codigo vendedor, cod rep, cod do vendedor, cod vend, codvend, a1 vend,"
        " codigo do representante, cod representante, codigo representante, id vendedor",
    ),
    _campo(
        "telefone", "Telefone",
        "fone, tel, celular, telefone 1, telefone1, fone 1, fone1, telefones, telefone principal, telefone comercial,"
        " whatsapp, a1 tel, telefone celular, contato telefone, telefone de contato",
    ),
    _campo("email", "E-mail", "e mail, mail, correio eletronico, email 1, email1, email principal, a1 email, email de contato, e mails, emails"),
    _campo(
        "cadastrado_em", "Cadastrado em",
        "data de cadastro, data cadastro, dt cadastro, cadastro, cliente desde, data do cadastro, dt de cadastro,"
        " data de inclusao, dt inclusao, data inclusao, a1 dtcad",
    ),
    _campo("porte", "Porte", "porte da empresa, tamanho"),
    _campo("perfil", "Perfil", "perfil do cliente"),
    _campo("categoria", "Categoria", "categoria do cliente"),
    _campo("limite_credito", "Limite de crédito", "limite de credito, limite, vlr limite, valor limite, a1 lc, lim credito"),
    _campo("bloqueado", "Bloqueado", "bloqueio, cliente bloqueado, a1 msblql"),
    _campo("nao_contatar", "Não contatar por", "nao contatar por, opt out"),
    _campo("encerrado_em", "Encerrado em", "data de encerramento, data encerramento, dt encerramento, data de baixa, dt baixa"),
    _campo("encerrado_motivo", "Motivo do encerramento", "motivo do encerramento, motivo encerramento, motivo da baixa"),
    _campo("fora_do_perfil", "Fora do perfil", ""),
    _campo("potencial_mensal", "Potencial mensal", "potencial, potencial de compra, potencial mensal declarado"),
    _campo("empresa", "Empresa", "emp, filial, cod filial, codigo da empresa, cod empresa, codigo empresa, codigo filial, cod emp"),
)  # fmt: skip

PEDIDOS = (
    _campo(
        "numero", "Número do pedido",
        "numero do pedido, no do pedido, n do pedido, no pedido, n pedido, nr pedido, nr do pedido, num pedido, num ped,"
        " num do pedido, numero pedido, pedido numero, codigo do pedido, cod pedido, id pedido, id do pedido, c5 num, pedido,"
        " nro pedido, nro do pedido, no de pedido, numped, ped, no, nr, num, n, documento de venda, no documento, id",
        obrigatorio=True,
    ),
    _campo(
        "cliente_codigo", "Código do cliente",
        "codigo do cliente, cod cliente, codigo cliente, cod do cliente, codcli, cod cli, cd cliente, id cliente,"
        " id do cliente, c5 cliente, cliente id, cliente cod, no cliente, cod corp, cliente",
    ),
    _campo(
        "cliente_documento", "CPF ou CNPJ do cliente",
        "cpf cnpj, cnpj cpf, cnpj ou cpf, cpf ou cnpj, cnpj, cpf, cgc, cgc cpf, cpf cgc, documento do cliente,"
        " cnpj do cliente, cnpj cliente, cpf do cliente, cnpj cpf do cliente, cnpj cpf cliente, cpf cnpj do cliente,"
        " cpf cnpj cliente, documento cliente, doc cliente",
    ),
    _campo(
        "data", "Data do pedido",
        "data do pedido, data pedido, dt pedido, data de emissao, data emissao, dt emissao, emissao, dt do pedido,"
        " data da venda, data venda, dt venda, data da compra, data compra, c5 emissao, data de faturamento, dt faturamento,"
        " data faturamento, data do documento, data da nota, dt, data ultimo pedido, data de criacao",
        obrigatorio=True,
    ),
    _campo(
        "valor", "Valor",
        "valor total, vlr total, vl total, valor do pedido, valor pedido, vlr pedido, vl pedido, total do pedido, total pedido,"
        " valor r, valor em r, valor rs, vlr, vl, total, total r, valor liquido, vlr liquido, valor bruto, vlr bruto, valor faturado,"
        " valor da venda, total geral, valor total r, valor total do pedido, vlr total do pedido, preco total, montante",
        obrigatorio=True,
    ),
    _campo(
        "valor_sem_impostos", "Valor sem impostos",
        "valor sem imposto, vlr sem impostos, vlr sem imposto, vlr s imp, val s imp, valor s imp, valor s impostos,"
        " vl sem impostos, total sem impostos, valor produtos, valor dos produtos, valor das mercadorias",
    ),
    _campo(
        "situacao", "Situação",
        "situacao do pedido, situacao pedido, status, status do pedido, status pedido, sit, sit pedido, estado do pedido,"
        " fase, posicao, situacao atual",
        obrigatorio=True,
    ),
    _campo(
        "vendedor", "Vendedor",
        "nome do vendedor, nome vendedor, vendedor nome, representante, nome do representante, erc, consultor,"
        " vendedor do pedido, atendente",
    ),
    _campo(
        "vendedor_codigo", "Vendedor (código)",
        "codigo do vendedor, cod vendedor, codigo vendedor, cod rep, cod do vendedor, cod vend, codvend, c5 vend1,"
        " codigo do representante, cod representante, codigo representante, id vendedor",
    ),
    _campo("moeda", "Moeda", "moeda do pedido, currency, cod moeda, codigo da moeda"),
    _campo("empresa", "Empresa", "emp, filial, cod filial, codigo da empresa, cod empresa, codigo empresa, codigo filial, cod emp"),
)  # fmt: skip

CAMPOS: dict[str, tuple[Campo, ...]] = {"clientes": CLIENTES, "pedidos": PEDIDOS}
# Colunas que o próprio Carteira acrescenta ao arquivo de rejeitadas: voltam sem aviso.
DO_CARTEIRA = frozenset({"carteira linha", "carteira coluna", "carteira motivo"})


def _grau(campo: Campo, coluna: str) -> int | None:
    return campo.sinonimos.index(coluna) if coluna in campo.sinonimos else None


def assinatura(cabecalho: list[str]) -> str:
    """Identidade de um cabeçalho, para lembrar o de-para."""
    return hashlib.sha256("\x1f".join(nome_normalizado(c) for c in cabecalho).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Ligacao:
    """`posicoes` diz, por campo, em que coluna ele está."""

    posicoes: dict[str, int]
    ignoradas: list[str] = field(default_factory=list)
    avisos: list[str] = field(default_factory=list)


def contar_conhecidas(tipo: str, cabecalho: list[str]) -> int:
    """Quantos campos um cabeçalho serve; escolhe separador e planilha."""
    nomes = {nome_normalizado(c) for c in cabecalho}
    return sum(any(s in nomes for s in campo.sinonimos) for campo in CAMPOS[tipo])


def ligar(
    tipo: str,
    cabecalho: list[str],
    lembradas: Mapping[str, str] | None = None,
    dispensados: frozenset[str] = frozenset(),
) -> Ligacao:
    """Liga colunas a campos: o lembrado vence, depois o nome mais certo; falta grave recusa o arquivo."""
    nomes = [nome_normalizado(c) for c in cabecalho]
    posicoes = _lembradas(nomes, lembradas or {})
    for campo in CAMPOS[tipo]:
        if campo.nome not in posicoes:
            posicao = _melhor_coluna(campo, nomes, set(posicoes.values()), cabecalho, lembradas or {})
            if posicao is not None:
                posicoes[campo.nome] = posicao
    _preferir_documento(tipo, posicoes, nomes)
    _exigir(tipo, posicoes, cabecalho, dispensados)
    ignoradas = [
        c for i, c in enumerate(cabecalho) if c and i not in posicoes.values() and nomes[i] not in DO_CARTEIRA
    ]
    avisos = []
    if ignoradas:
        avisos.append(
            ("colunas ignoradas: " if len(ignoradas) > 1 else "coluna ignorada: ")
            + ", ".join(f"“{c[:60]}”" for c in ignoradas[:30])
        )
    return Ligacao(posicoes, ignoradas, avisos)


def _preferir_documento(tipo: str, posicoes: dict[str, int], nomes: list[str]) -> None:
    """Com o documento à mão, uma coluna chamada só "Cliente" é o nome, não o código."""
    if (
        tipo == "pedidos"
        and "cliente_documento" in posicoes
        and nomes[posicoes.get("cliente_codigo", 0)] == "cliente"
    ):
        posicoes.pop("cliente_codigo", None)


def _lembradas(nomes: list[str], lembradas: Mapping[str, str]) -> dict[str, int]:
    """`lembradas` vai de nome de coluna normalizado a campo; campo vazio manda ignorar a coluna."""
    ligadas = {coluna: campo for coluna, campo in lembradas.items() if campo and coluna in nomes}
    for coluna in ligadas:
        if nomes.count(coluna) > 1:
            raise _repetida(coluna)  # dita pelo nome, não se sabe qual das duas
    return {campo: nomes.index(coluna) for coluna, campo in ligadas.items()}


def _repetida(coluna: str) -> ArquivoRecusado:
    return ArquivoRecusado(f"A coluna “{coluna}” aparece mais de uma vez: deixe uma só e envie de novo.")


def _melhor_coluna(
    campo: Campo, nomes: list[str], usadas: set[int], cabecalho: list[str], lembradas: Mapping[str, str]
) -> int | None:
    graus = [
        (grau, i)
        for i, nome in enumerate(nomes)
        if i not in usadas and nome not in lembradas and (grau := _grau(campo, nome)) is not None
    ]
    if not graus:
        return None
    melhor, posicao = min(graus)
    if Counter(grau for grau, _ in graus)[melhor] > 1:
        raise _repetida(cabecalho[posicao])
    return posicao


def _exigir(tipo: str, posicoes: dict[str, int], cabecalho: list[str], dispensados: frozenset[str]) -> None:
    faltam = [
        c for c in CAMPOS[tipo] if c.obrigatorio and c.nome not in posicoes and c.nome not in dispensados
    ]
    if tipo == "pedidos" and not {"cliente_codigo", "cliente_documento"} & posicoes.keys():
        faltam.insert(1, next(c for c in PEDIDOS if c.nome == "cliente_codigo"))
    if not faltam:
        return
    outro = "pedidos" if tipo == "clientes" else "clientes"
    if _serve(outro, cabecalho):
        raise ArquivoRecusado(f"Este parece um arquivo de {outro}, não de {tipo}: importe-o como {outro}.")
    nomes = ", ".join(f"{c.nome} ({c.rotulo.lower()})" for c in faltam)
    achadas = ", ".join(c[:40] for c in cabecalho[:12] if c) or "nenhuma"
    raise ArquivoRecusado(
        f"{'Falta a coluna' if len(faltam) == 1 else 'Faltam as colunas'} {nomes}. Colunas encontradas na linha 1: "
        f"{achadas}. Confira o cabeçalho e o separador."
    )


def _serve(tipo: str, cabecalho: list[str]) -> bool:
    nomes = {nome_normalizado(c) for c in cabecalho}
    return all(any(s in nomes for s in c.sinonimos) for c in CAMPOS[tipo] if c.obrigatorio)
