"""Fornecedores: o cadastro de quem a casa compra, sob a regra "ERP ou Carteira"; nada aqui escreve em clientes."""

from typing import NamedTuple

from django.db import connection
from django.db.backends.utils import CursorWrapper

from clientes.importacao.anteriores import MUDADAS, anotar_depois, guardar
from clientes.importacao.campos import (
    Coluna,
    Limites,
    coluna_da_empresa,
    coluna_de_codigo,
    coluna_de_texto,
    coluna_simples,
    leitor_de_texto,
    ler_documento_de_cliente,
    ler_email,
    ler_municipio_ibge,
    ler_sim_nao,
    ler_telefone,
    ler_uf,
    por_campo,
)
from clientes.importacao.conjunto import repetidas_seguem_a_primeira, separar_repetidas
from clientes.importacao.erp import avisar_conflitos, mudou_no_erp, texto_do_erp
from clientes.importacao.fato import SO_ACEITAS, inserir_prontos
from clientes.importacao.lugares import resolver_lugares, trocar_codigos_do_ibge
from clientes.importacao.nomes import EMPRESA, FORNECEDOR_CODIGO, MUNICIPIO_IBGE, campo
from clientes.importacao.staging import Carga
from clientes.importacao.tipo import Conferencia, Gravacao, Tipo

TABELA = "clientes_fornecedor"
CAMPOS = (
    campo("codigo", "Código do fornecedor", ", ".join((*FORNECEDOR_CODIGO.sinonimos[1:], "cod, codigo erp, id")),
          obrigatorio=True, exemplo="F-101"),
    campo("nome", "Nome", "razao social, nome do fornecedor, nome fornecedor, razao, a2 nome, nome fantasia, fornecedor nome",
          obrigatorio=True, exemplo="Aços Exemplo Ltda"),
    campo("cpf_cnpj", "CPF ou CNPJ", "cnpj cpf, cnpj, cpf, documento, cgc, a2 cgc, cnpj do fornecedor, documento do fornecedor",
          exemplo="11.444.777/0001-61"),
    campo("municipio", "Município", "cidade, nome do municipio, a2 mun", exemplo="Joinville"),
    MUNICIPIO_IBGE,
    campo("uf", "UF", "estado, sigla uf, a2 est", exemplo="SC"),
    campo("contato", "Com quem falar", "pessoa de contato, nome do contato, a2 contato, responsavel", exemplo="Rute Klein"),
    campo("telefone", "Telefone", "fone, tel, celular, a2 tel", exemplo="(47) 3433-0101"),
    campo("email", "E-mail", "e mail, mail, a2 email", exemplo="financeiro@acos.exemplo"),
    campo("ativo", "Ativo", "em uso, situacao do cadastro", exemplo="sim"),
    campo("observacao", "Observação", "obs, observacoes", exemplo="Entrega às quintas"),
    EMPRESA,
)  # fmt: skip


class _Valor(NamedTuple):
    """Uma coluna que o ERP governa: o valor do arquivo, o de quem nasce sem ela e o que é nada ter dito."""

    lido: str
    padrao: str = "''"
    ausente: str = ""


_VALORES = {
    "nome": _Valor("s.nome"),
    "documento": _Valor("coalesce(s.documento, '')"),
    "cidade": _Valor("coalesce(l.cidade_final, s.cidade, '')"),
    "uf": _Valor("coalesce(nullif(l.uf_final, ''), s.uf, '')"),
    "contato": _Valor("coalesce(s.contato, '')"),
    "telefone": _Valor("coalesce(s.telefone, '')"),
    "email": _Valor("coalesce(s.email, '')"),
    "ativo": _Valor("coalesce(s.ativo, true)", "true", "true"),
    "observacao": _Valor("coalesce(s.observacao, '')"),
}
# O que segue outra coluna: (o valor, o que vale sem ela, de quem).
_SEGUEM = {
    "documento_valido": ("coalesce(s.documento_valido, false)", "false", ("documento",)),
    "municipio_id": ("l.municipio_id", "NULL::integer", ("cidade", "uf")),
}


def colunas(limites: Limites) -> dict[str, Coluna]:
    return por_campo(
        coluna_de_codigo("codigo", "código do fornecedor"),
        coluna_de_texto("nome", 160, obrigatorio=True, rotulo="nome"),
        Coluna(
            "cpf_cnpj", (("documento", "text"), ("documento_valido", "boolean")), ler_documento_de_cliente
        ),
        Coluna("municipio", (("cidade", "text"),), leitor_de_texto(80)),
        coluna_simples("municipio_ibge", "text", ler_municipio_ibge),
        coluna_simples("uf", "text", ler_uf),
        coluna_de_texto("contato", 120),
        coluna_simples("telefone", "text", ler_telefone),
        coluna_simples("email", "text", ler_email),
        coluna_simples("ativo", "boolean", ler_sim_nao),
        coluna_de_texto("observacao", 300),
        coluna_da_empresa(limites),
    )


def conferir(carga: Carga, _: Conferencia) -> dict[str, str]:
    """Julga o conjunto, deixa em `_pronto` uma linha por fornecedor aceito e diz que colunas o arquivo governa."""
    separar_repetidas(carga, "codigo", "código repetido", {})
    trocar_codigos_do_ibge(carga)
    resolver_lugares(carga)
    # A UF segue o município que se reconheceu: sem isto, Curitiba ficaria em SC.
    presentes = [c for c in _VALORES if carga.tem(c) or (c == "uf" and carga.tem("cidade"))]
    with connection.cursor() as cursor:
        _preparar(cursor, carga, presentes)
        ausentes = {c: _VALORES[c].ausente for c in presentes}
        avisar_conflitos(cursor, carga, TABELA, ausentes, de_quem="fornecedor(es)", exemplo="codigo")
    repetidas_seguem_a_primeira()
    return {c: c for c in presentes}


def _preparar(cursor: CursorWrapper, carga: Carga, presentes: list[str]) -> None:
    lidos = {c: _VALORES[c].lido for c in presentes}
    if "uf" in lidos and not carga.tem("cidade"):  # sem município, a UF é só a que veio
        lidos["uf"] = "coalesce(s.uf, '')"
    elif "uf" in lidos and not carga.tem("uf"):
        lidos["uf"] = "coalesce(nullif(l.uf_final, ''), t.uf, '')"
    texto = {c: texto_do_erp(lidos[c], _VALORES[c].ausente) for c in presentes}
    mudou = {c: mudou_no_erp("t", c, texto[c]) for c in presentes}
    novos = [f"{lidos.get(c, v.padrao)} AS {c}" for c, v in _VALORES.items()]
    com_lugar, uf = carga.tem("cidade"), "coalesce(s.uf, '')" if carga.tem("uf") else "''"
    presos = {"documento_valido": carga.tem("documento"), "municipio_id": com_lugar}
    novos += [f"{lido if presos[c] else padrao} AS {c}" for c, (lido, padrao, _) in _SEGUEM.items()]
    lugar = f"LEFT JOIN _lugares l ON l.cidade = s.cidade AND l.uf = {uf}" if com_lugar else ""
    cursor.execute(
        f"""CREATE TEMP TABLE _pronto ON COMMIT DROP AS
        SELECT s.linha, s.empresa_id, s.codigo, t.id AS fato_id, {", ".join(novos)},
               jsonb_build_object({", ".join(f"'{c}', {texto[c]}" for c in presentes)}) AS erp,
               {", ".join(f"{sql} AS mudou_{c}" for c, sql in mudou.items())},
               t.id IS NOT NULL AND NOT ({" OR ".join(mudou.values())}) AS igual
        FROM _carga s
        LEFT JOIN {TABELA} t ON t.empresa_id = s.empresa_id AND t.codigo = s.codigo
        {lugar}
        WHERE {SO_ACEITAS}"""
    )
    cursor.execute("ANALYZE _pronto")


def gravar(gravacao: Gravacao) -> None:
    """Só cede o que o próprio ERP mudou; o documento leva consigo se é válido, e o município o código do IBGE."""
    do_arquivo = gravacao.colunas
    atribuicoes = [f"{c} = CASE WHEN n.mudou_{c} THEN n.{c} ELSE t.{c} END" for c in do_arquivo]
    for coluna, (_, _, de_quem) in _SEGUEM.items():
        mudou = [f"n.mudou_{c}" for c in de_quem if c in do_arquivo]
        if mudou:
            atribuicoes.append(
                f"{coluna} = CASE WHEN {' OR '.join(mudou)} THEN n.{coluna} ELSE t.{coluna} END"
            )
    with connection.cursor() as cursor:
        guardar(cursor, TABELA, gravacao.importacao_id, MUDADAS.format(existente="fato_id"))
        cursor.execute(
            f"""UPDATE {TABELA} t SET {", ".join(atribuicoes)}, erp = t.erp || n.erp,
                   importacao_id = %s, atualizado_em = now()
                FROM _pronto n WHERE t.id = n.fato_id AND NOT n.igual""",
            [gravacao.importacao_id],
        )
        anotar_depois(cursor, TABELA, gravacao.importacao_id)
    inserir_prontos(
        TABELA, ["empresa_id", "codigo", *_VALORES, *_SEGUEM, "erp"], gravacao, ordem="empresa_id, linha"
    )


TIPO = Tipo(
    nomes="fornecedor,fornecedores",
    campos=CAMPOS,
    colunas=colunas,
    conferir=conferir,
    gravar=gravar,
    dono=None,
    tabelas=(TABELA,),
)
