"""Pedidos: da área de carga à tabela, em conjunto, com uma escrita só para o que mudou."""

from django.db import connection
from django.db.backends.utils import CursorWrapper

from clientes.importacao.carga_inicial import MINIMO_DE_LINHAS, esta_vazia, sem_indices
from clientes.importacao.conjunto import (
    Decisoes,
    coluna_do_numero,
    decidir_numeros,
    recusar_datas_trocadas,
    repetidas_seguem_a_primeira,
    separar_repetidas,
)
from clientes.importacao.recusa import ArquivoRecusado
from clientes.importacao.staging import Carga
from clientes.importacao.vendedores import resolver_vendedores

DESCONHECIDO = "cliente desconhecido nesta empresa: importe o cadastro de clientes antes"
DE_OUTRO = "este pedido já existe e é de outro cliente: confira o número"
DOCUMENTO_AMBIGUO = "mais de um cliente com este CPF/CNPJ: informe o código do cliente"
NEGATIVO = "valor negativo: se é devolução, a situação deve ser devolvido"


def conferir(carga: Carga, *, imposta: str | None, criar: bool) -> None:
    """Julga o conjunto e deixa em `_pronto` uma linha por pedido aceito."""
    if not (carga.tem("cliente_codigo") or carga.tem("cliente_documento")):
        raise ArquivoRecusado("Falta a coluna do cliente: código ou CPF/CNPJ.")
    decisoes = decidir_numeros(carga, imposta)
    recusar_datas_trocadas(carga)
    with connection.cursor() as cursor:
        _recusar_negativos(cursor, carga, decisoes)
        _recusar_sem_cliente(cursor, carga)
    separar_repetidas(carga, "numero", "número", decisoes)
    resolver_vendedores(carga, criar=criar)
    with connection.cursor() as cursor:
        _ligar_documentos(cursor, carga)
        _preparar(cursor, carga, decisoes)
        _recusar_prontos(cursor, carga)
    repetidas_seguem_a_primeira()


def _recusar_negativos(cursor: CursorWrapper, carga: Carga, decisoes: Decisoes) -> None:
    for campo, decisao in decisoes.items():
        valor = coluna_do_numero(campo, decisao)
        cursor.execute(
            f"INSERT INTO _erros SELECT linha, %s, coalesce({campo}_t, {valor}::text), %s FROM _carga "
            f"WHERE {valor} < 0 AND situacao <> 'devolvido' ON CONFLICT DO NOTHING",
            [carga.rotulos[campo], NEGATIVO],
        )


def _recusar_sem_cliente(cursor: CursorWrapper, carga: Carga) -> None:
    chaves = [c for c in ("cliente_codigo", "cliente_documento") if carga.tem(c)]
    vazio = " AND ".join(f"coalesce({c}, '') = ''" for c in chaves)
    cursor.execute(
        f"INSERT INTO _erros SELECT linha, %s, '', 'cliente em branco: preencha' FROM _carga WHERE {vazio} ON CONFLICT DO NOTHING",
        [carga.rotulos[chaves[0]]],
    )


def _ligar_documentos(cursor: CursorWrapper, carga: Carga) -> None:
    """Documento como chave: só os válidos, e só quando um único cliente da empresa o tem."""
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


def _sql_do_cliente(carga: Carga) -> tuple[str, str]:
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


def _com_sinal(coluna: str) -> str:
    return f"CASE WHEN s.situacao = 'devolvido' THEN -abs(s.{coluna}) ELSE s.{coluna} END"


def _preparar(cursor: CursorWrapper, carga: Carga, decisoes: Decisoes) -> None:
    cliente, juncoes = _sql_do_cliente(carga)
    valor = _com_sinal(coluna_do_numero("valor", decisoes["valor"]))
    sem_impostos = "p.valor_sem_impostos"
    if "valor_sem_impostos" in decisoes:
        sem_impostos = _com_sinal(coluna_do_numero("valor_sem_impostos", decisoes["valor_sem_impostos"]))
    nome = "coalesce(s.vendedor, '')" if carga.tem("vendedor") else "''"
    codigo = "coalesce(s.vendedor_codigo, '')" if carga.tem("vendedor_codigo") else "''"
    cursor.execute(
        f"""CREATE TEMP TABLE _pronto ON COMMIT DROP AS
        SELECT *, pedido_id IS NOT NULL AND NOT vendedor_novo
               AND (cliente_id, data, valor, situacao, conta) = (de_cliente, de_data, de_valor, de_situacao, de_conta)
               AND (valor_sem_impostos, vendedor_id) IS NOT DISTINCT FROM (de_sem_impostos, de_vendedor) AS igual
        FROM (
          SELECT s.linha, s.empresa_id, s.numero, {cliente} AS cliente_id, s.data, {valor} AS valor,
                 {sem_impostos} AS valor_sem_impostos, s.situacao, s.situacao = ANY (e.situacoes_que_contam) AS conta,
                 coalesce(v.usuario_id, p.vendedor_id) AS vendedor_id, coalesce(v.novo, false) AS vendedor_novo,
                 p.id AS pedido_id, p.cliente_id AS de_cliente, p.data AS de_data, p.valor AS de_valor,
                 p.situacao AS de_situacao, p.conta AS de_conta, p.valor_sem_impostos AS de_sem_impostos,
                 p.vendedor_id AS de_vendedor
          FROM _carga s
          JOIN contas_empresa e ON e.id = s.empresa_id
          {juncoes}
          LEFT JOIN _vendedores v ON v.empresa_id = s.empresa_id AND v.nome = {nome} AND v.codigo = {codigo}
          LEFT JOIN clientes_pedido p ON p.empresa_id = s.empresa_id AND p.numero = s.numero
          WHERE NOT EXISTS (SELECT FROM _erros x WHERE x.linha = s.linha)
            AND NOT EXISTS (SELECT FROM _repetidas r WHERE r.linha = s.linha)
        ) lida"""
    )


def _recusar_prontos(cursor: CursorWrapper, carga: Carga) -> None:
    chaves = [c for c in ("cliente_codigo", "cliente_documento") if carga.tem(c)]
    valor = f"coalesce({', '.join(f'nullif(s.{c}, {chr(39) * 2})' for c in chaves)})"
    cursor.execute(
        f"""INSERT INTO _erros SELECT s.linha, %s, {valor}, %s FROM _carga s JOIN _pronto p ON p.linha = s.linha
            WHERE p.cliente_id IS NULL ON CONFLICT DO NOTHING""",
        [carga.rotulos[chaves[0]], DESCONHECIDO],
    )
    cursor.execute(
        "INSERT INTO _erros SELECT linha, %s, numero, %s FROM _pronto WHERE cliente_id <> de_cliente ON CONFLICT DO NOTHING",
        [carga.rotulos["numero"], DE_OUTRO],
    )
    cursor.execute("DELETE FROM _pronto WHERE cliente_id IS NULL OR cliente_id <> de_cliente")
    cursor.execute("ANALYZE _pronto")


def gravar(importacao_id: int | None, novas: int) -> None:
    """Uma atualização e uma inserção; na carga inicial, índices e chaves voltam depois."""
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE clientes_pedido p
               SET cliente_id = n.cliente_id, data = n.data, valor = n.valor, valor_sem_impostos = n.valor_sem_impostos,
                   situacao = n.situacao, conta = n.conta, vendedor_id = n.vendedor_id, importacao_id = %s, atualizado_em = now()
               FROM _pronto n WHERE p.id = n.pedido_id AND NOT n.igual""",
            [importacao_id],
        )
    if not novas:
        return
    grande = novas >= MINIMO_DE_LINHAS and esta_vazia("clientes_pedido")
    with sem_indices("clientes_pedido", vale_a_pena=grande), connection.cursor() as cursor:
        # Com os índices no lugar, a ordem deles toca cada página vizinha uma vez só.
        ordem = "" if grande else "ORDER BY cliente_id, data, linha"
        cursor.execute(
            f"""INSERT INTO clientes_pedido (empresa_id, numero, cliente_id, data, valor, valor_sem_impostos, situacao,
                                            conta, vendedor_id, importacao_id, criado_em, atualizado_em)
               SELECT empresa_id, numero, cliente_id, data, valor, valor_sem_impostos, situacao, conta, vendedor_id,
                      %s, now(), now() FROM _pronto WHERE pedido_id IS NULL {ordem}""",
            [importacao_id],
        )
