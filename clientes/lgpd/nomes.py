"""De quem um nome fala: de uma pessoa só, de várias com o mesmo nome, ou de um setor que toda empresa tem."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection

from contas.texto import sem_acento

# Um nome de uma palavra só ("Financeiro") é de muita gente: só se troca nos textos do próprio titular, e não se curto.
MENOR_NOME_SO = 8
# O que se escreve no lugar de um nome: o setor, a função, o lugar.
_DE_SETOR = frozenset({
    "adm", "administracao", "administrativo", "almoxarifado", "atendimento", "boleto", "boletos", "central",
    "cobranca", "comercial", "comprador", "compradora", "compras", "contabil", "contabilidade", "contador",
    "contas", "contato", "departamento", "depto", "dept", "diretor", "diretora", "diretoria", "dpto", "engenharia",
    "equipe", "escritorio", "estoque", "expedicao", "faturamento", "filial", "financeira", "financeiro", "fiscal",
    "gerencia", "gerente", "informatica", "juridico", "logistica", "loja", "manutencao", "marketing", "matriz",
    "nfe", "pagar", "portaria", "producao", "proprietario", "qualidade", "receber", "recebimento", "recepcao",
    "responsavel", "rh", "sac", "secretaria", "secretario", "setor", "socio", "suporte", "suprimentos",
    "telefonista", "tesouraria", "ti", "transporte", "unidade", "vendas", "vendedor", "xml",
})  # fmt: skip
_IGUAIS = """
SELECT DISTINCT lower(n.nome) FROM (
    SELECT c.id AS cliente, NULL::bigint AS fornecedor, v.nome, c.telefone, c.email, c.documento
      FROM clientes_cliente c CROSS JOIN LATERAL (VALUES (c.razao_social), (c.nome_fantasia)) v (nome)
     WHERE c.anonimizado_em IS NULL
    UNION ALL
    SELECT p.cliente_id, NULL, p.nome, p.telefone, p.email, ''
      FROM clientes_pessoadecontato p WHERE p.anonimizada_em IS NULL
    UNION ALL
    SELECT NULL, f.id, v.nome, f.telefone, f.email, f.documento
      FROM clientes_fornecedor f CROSS JOIN LATERAL (VALUES (f.nome), (f.contato)) v (nome)
     WHERE f.anonimizado_em IS NULL
    UNION ALL
    SELECT NULL, NULL, u.nome, '', '', '' FROM contas_usuario u
) n
 WHERE lower(n.nome) = ANY (%(nomes)s)
   AND coalesce(n.cliente <> %(cliente)s, true) AND coalesce(n.fornecedor <> %(fornecedor)s, true)
   AND NOT (n.telefone = ANY (%(contatos)s) OR lower(n.email) = ANY (%(contatos)s) OR n.documento = ANY (%(contatos)s))
"""


@dataclass(frozen=True, slots=True)
class Nomes:
    """Os nomes de um titular, pelo que dizem em textos que várias pessoas dividem."""

    dele: set[str]  # só dele: trocam-se onde estiverem
    # outro cadastro, ou alguém da casa, tem o mesmo nome: só ao lado do telefone, e-mail ou documento dele
    de_varios: set[str]
    de_setor: set[str]  # não é de uma pessoa: só nos textos do próprio titular


def separar(
    nomes: Iterable[str],
    contatos: Iterable[str],
    *,
    oficiais: Iterable[str] = (),
    cliente: int | None = None,
    fornecedor: int | None = None,
) -> Nomes:
    """`oficiais` são nomes de registro (a razão social): nunca um setor. `contatos` dizem que o homônimo é o mesmo."""
    do_registro = {n.strip() for n in oficiais}
    todos = {n.strip() for n in nomes} | do_registro
    compostos = {n for n in todos if len(n.split()) > 1}
    setores = {n for n in compostos - do_registro if _e_setor(n)}
    de_varios = _de_varios(compostos - setores, contatos, cliente, fornecedor)
    so = {n for n in todos - compostos if len(n) >= MENOR_NOME_SO}
    return Nomes(compostos - setores - de_varios, de_varios, setores | so)


def _e_setor(nome: str) -> bool:
    return not _DE_SETOR.isdisjoint(re.findall(r"\w+", sem_acento(nome)))


def _de_varios(
    nomes: set[str], contatos: Iterable[str], cliente: int | None, fornecedor: int | None
) -> set[str]:
    """Os que outro cadastro também tem, com ou sem os acentos, sem telefone, e-mail nem documento em comum.

    De quem é da casa o nome está no que ela fez com os outros clientes: nunca é só do titular.
    """
    chaves = {nome: {nome.lower(), sem_acento(nome)} for nome in nomes}
    if not chaves:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            _IGUAIS,
            {
                "nomes": [*set[str]().union(*chaves.values())],
                "contatos": [forma for c in contatos if c for forma in (c, c.lower())],
                "cliente": cliente,
                "fornecedor": fornecedor,
            },
        )
        iguais = {chave for (chave,) in cursor.fetchall()}
    return {nome for nome, formas in chaves.items() if formas & iguais}
