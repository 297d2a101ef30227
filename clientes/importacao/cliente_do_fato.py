"""De quem é cada linha: pelo código, pelo apelido do cliente unido a outro, ou pelo CPF/CNPJ."""

from typing import NamedTuple

from django.db import connection
from django.db.backends.utils import CursorWrapper

from clientes.importacao.campos import Coluna, coluna_de_codigo, coluna_simples, leitor_de_documento_chave
from clientes.importacao.nomes import (
    CLIENTE_CODIGO,
    CLIENTE_DOCUMENTO,
    FORNECEDOR_CODIGO,
    FORNECEDOR_DOCUMENTO,
    Campo,
)
from clientes.importacao.recusa import ArquivoRecusado
from clientes.importacao.staging import Carga

IGNORADA = "ignorada: titular anonimizado"


class Dono(NamedTuple):
    """De quem um fato pode ser: a tabela, o nome que as colunas levam e os dois campos que o acham."""

    nome: str
    plural: str
    tabela: str
    codigo: Campo
    documento: Campo
    com_apelidos: bool = False  # o código antigo de quem foi unido a outro ainda vale

    @property
    def id(self) -> str:
        return f"{self.nome}_id"

    @property
    def campos(self) -> tuple[Campo, Campo]:
        return self.codigo, self.documento

    def colunas(self) -> tuple[Coluna, ...]:
        return (
            coluna_de_codigo(self.codigo.nome, f"código do {self.nome}", obrigatorio=False),
            coluna_simples(self.documento.nome, "text", leitor_de_documento_chave(self.nome)),
        )

    def chaves(self, carga: Carga) -> list[str]:
        return [c.nome for c in self.campos if carga.tem(c.nome)]


CLIENTE = Dono(
    "cliente", "clientes", "clientes_cliente", CLIENTE_CODIGO, CLIENTE_DOCUMENTO, com_apelidos=True
)
FORNECEDOR = Dono(
    "fornecedor", "fornecedores", "clientes_fornecedor", FORNECEDOR_CODIGO, FORNECEDOR_DOCUMENTO
)


def recusar_sem_dono(carga: Carga, dono: Dono = CLIENTE) -> None:
    chaves = dono.chaves(carga)
    if not chaves:
        raise ArquivoRecusado(f"Falta a coluna do {dono.nome}: código ou CPF/CNPJ.")
    vazio = " AND ".join(f"coalesce({c}, '') = ''" for c in chaves)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO _erros SELECT linha, %s, '', '{dono.nome} em branco: preencha' FROM _carga WHERE {vazio} ON CONFLICT DO NOTHING",
            [carga.rotulos[chaves[0]]],
        )


def ligar_documentos(carga: Carga, dono: Dono = CLIENTE) -> None:
    """Documento como chave: só os válidos, e só quando um único da empresa o tem."""
    with connection.cursor() as cursor:
        cursor.execute(
            f'CREATE TEMP TABLE _documentos (empresa_id bigint, documento text COLLATE "C", {dono.id} bigint, quantos int) '
            "ON COMMIT DROP"
        )
        documento, codigo = dono.documento.nome, dono.codigo.nome
        if not carga.tem(documento):
            return
        cursor.execute(
            f"""INSERT INTO _documentos
               SELECT c.empresa_id, c.documento, min(c.id), count(*) FROM {dono.tabela} c
               JOIN (SELECT DISTINCT empresa_id, {documento} FROM _carga WHERE {documento} <> '') s
                 ON s.empresa_id = c.empresa_id AND s.{documento} = c.documento
               WHERE c.documento_valido GROUP BY 1, 2"""
        )
        codigo_vazio = f"AND coalesce(s.{codigo}, '') = ''" if carga.tem(codigo) else ""
        cursor.execute(
            f"""INSERT INTO _erros SELECT s.linha, %s, s.{documento}, %s FROM _carga s
                JOIN _documentos d ON d.empresa_id = s.empresa_id AND d.documento = s.{documento}
                WHERE d.quantos > 1 {codigo_vazio} ON CONFLICT DO NOTHING""",
            [
                carga.rotulos[documento],
                f"mais de um {dono.nome} com este CPF/CNPJ: informe o código do {dono.nome}",
            ],
        )


def sql_do_dono(carga: Carga, dono: Dono = CLIENTE) -> tuple[str, str]:
    """(expressão do id do dono, junções): código, depois apelido de cliente unido, depois documento."""
    expressoes, juncoes = [], []
    documento, codigo = dono.documento.nome, dono.codigo.nome
    if carga.tem(codigo):
        expressoes.append("c.id")
        juncoes.append(f"LEFT JOIN {dono.tabela} c ON c.empresa_id = s.empresa_id AND c.codigo = s.{codigo}")
        if dono.com_apelidos:
            expressoes.append("a.cliente_id")
            juncoes.append(
                f"LEFT JOIN clientes_aliasdecliente a ON a.empresa_id = s.empresa_id AND a.codigo = s.{codigo}"
            )
    if carga.tem(documento):
        so_sem_codigo = f"AND coalesce(s.{codigo}, '') = ''" if carga.tem(codigo) else ""
        expressoes.append(f"d.{dono.id}")
        juncoes.append(
            f"LEFT JOIN _documentos d ON d.empresa_id = s.empresa_id AND d.documento = s.{documento} {so_sem_codigo}"
        )
    return f"coalesce({', '.join(expressoes)})", "\n".join(juncoes)


def recusar_desconhecidos(
    cursor: CursorWrapper, carga: Carga, tabela: str = "_pronto", dono: Dono = CLIENTE
) -> None:
    """As linhas de `tabela` que ficaram sem dono."""
    chaves = dono.chaves(carga)
    valor = f"coalesce({', '.join(f'nullif(s.{c}, {chr(39) * 2})' for c in chaves)})"
    cursor.execute(
        f"""INSERT INTO _erros SELECT s.linha, %s, {valor}, %s FROM _carga s JOIN {tabela} p ON p.linha = s.linha
            WHERE p.{dono.id} IS NULL ON CONFLICT DO NOTHING""",
        [
            carga.rotulos[chaves[0]],
            f"{dono.nome} desconhecido nesta empresa: importe o cadastro de {dono.plural} antes",
        ],
    )


def recusar_de_outro(cursor: CursorWrapper, carga: Carga, motivo: str) -> None:
    """Um número já conhecido não muda de cliente."""
    cursor.execute(
        "INSERT INTO _erros SELECT linha, %s, numero, %s FROM _pronto WHERE cliente_id <> de_cliente ON CONFLICT DO NOTHING",
        [carga.rotulos["numero"], motivo],
    )


def ignorar_anonimizados(cursor: CursorWrapper, carga: Carga, dono: Dono) -> None:
    """Fora de `_pronto` o que é de quem pediu para ser esquecido; a marca é a linha que repete a si mesma."""
    cursor.execute(
        f"""WITH fora AS (
              DELETE FROM _pronto p USING {dono.tabela} d
               WHERE d.id = p.{dono.id} AND d.anonimizado_em IS NOT NULL RETURNING p.linha)
            INSERT INTO _repetidas SELECT linha, linha FROM fora RETURNING linha"""
    )
    for (linha,) in sorted(cursor.fetchall()):
        carga.avisos.contar(linha, "", IGNORADA)
