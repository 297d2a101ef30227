"""De que cliente é cada linha: pelo código, pelo apelido de quem foi unido a outro, ou pelo CPF/CNPJ."""

from django.db import connection
from django.db.backends.utils import CursorWrapper

from clientes.importacao.recusa import ArquivoRecusado
from clientes.importacao.staging import Carga

DESCONHECIDO = "cliente desconhecido nesta empresa: importe o cadastro de clientes antes"
DOCUMENTO_AMBIGUO = "mais de um cliente com este CPF/CNPJ: informe o código do cliente"


def _chaves(carga: Carga) -> list[str]:
    return [c for c in ("cliente_codigo", "cliente_documento") if carga.tem(c)]


def recusar_sem_cliente(carga: Carga) -> None:
    chaves = _chaves(carga)
    if not chaves:
        raise ArquivoRecusado("Falta a coluna do cliente: código ou CPF/CNPJ.")
    vazio = " AND ".join(f"coalesce({c}, '') = ''" for c in chaves)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO _erros SELECT linha, %s, '', 'cliente em branco: preencha' FROM _carga WHERE {vazio} ON CONFLICT DO NOTHING",
            [carga.rotulos[chaves[0]]],
        )


def ligar_documentos(carga: Carga) -> None:
    """Documento como chave: só os válidos, e só quando um único cliente da empresa o tem."""
    with connection.cursor() as cursor:
        cursor.execute(
            'CREATE TEMP TABLE _documentos (empresa_id bigint, documento text COLLATE "C", cliente_id bigint, quantos int) ON COMMIT DROP'
        )
        if not carga.tem("cliente_documento"):
            return
        cursor.execute(
            """INSERT INTO _documentos
               SELECT c.empresa_id, c.documento, min(c.id), count(*) FROM clientes_cliente c
               JOIN (SELECT DISTINCT empresa_id, cliente_documento FROM _carga WHERE cliente_documento <> '') s
                 ON s.empresa_id = c.empresa_id AND s.cliente_documento = c.documento
               WHERE c.documento_valido GROUP BY 1, 2"""
        )
        codigo_vazio = "AND coalesce(s.cliente_codigo, '') = ''" if carga.tem("cliente_codigo") else ""
        cursor.execute(
            f"""INSERT INTO _erros SELECT s.linha, %s, s.cliente_documento, %s FROM _carga s
                JOIN _documentos d ON d.empresa_id = s.empresa_id AND d.documento = s.cliente_documento
                WHERE d.quantos > 1 {codigo_vazio} ON CONFLICT DO NOTHING""",
            [carga.rotulos["cliente_documento"], DOCUMENTO_AMBIGUO],
        )


def sql_do_cliente(carga: Carga) -> tuple[str, str]:
    """(expressão do cliente, junções): código, depois apelido de cliente unido, depois documento."""
    expressoes, juncoes = [], []
    if carga.tem("cliente_codigo"):
        expressoes += ["c.id", "a.cliente_id"]
        juncoes += [
            "LEFT JOIN clientes_cliente c ON c.empresa_id = s.empresa_id AND c.codigo = s.cliente_codigo",
            "LEFT JOIN clientes_aliasdecliente a ON a.empresa_id = s.empresa_id AND a.codigo = s.cliente_codigo",
        ]
    if carga.tem("cliente_documento"):
        so_sem_codigo = "AND coalesce(s.cliente_codigo, '') = ''" if carga.tem("cliente_codigo") else ""
        expressoes.append("d.cliente_id")
        juncoes.append(
            f"LEFT JOIN _documentos d ON d.empresa_id = s.empresa_id AND d.documento = s.cliente_documento {so_sem_codigo}"
        )
    return f"coalesce({', '.join(expressoes)})", "\n".join(juncoes)


def recusar_desconhecidos(cursor: CursorWrapper, carga: Carga, tabela: str = "_pronto") -> None:
    """As linhas de `tabela` que ficaram sem `cliente_id`."""
    chaves = _chaves(carga)
    valor = f"coalesce({', '.join(f'nullif(s.{c}, {chr(39) * 2})' for c in chaves)})"
    cursor.execute(
        f"""INSERT INTO _erros SELECT s.linha, %s, {valor}, %s FROM _carga s JOIN {tabela} p ON p.linha = s.linha
            WHERE p.cliente_id IS NULL ON CONFLICT DO NOTHING""",
        [carga.rotulos[chaves[0]], DESCONHECIDO],
    )


def recusar_de_outro(cursor: CursorWrapper, carga: Carga, motivo: str) -> None:
    """Um número já conhecido não muda de cliente."""
    cursor.execute(
        "INSERT INTO _erros SELECT linha, %s, numero, %s FROM _pronto WHERE cliente_id <> de_cliente ON CONFLICT DO NOTHING",
        [carga.rotulos["numero"], motivo],
    )
