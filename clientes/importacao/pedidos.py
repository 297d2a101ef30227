"""Pedidos: da área de carga à tabela, em conjunto, com uma escrita só para o que mudou."""

from django.db import connection
from django.db.backends.utils import CursorWrapper

from clientes.importacao.anteriores import MUDADAS, guardar
from clientes.importacao.campos import (
    Coluna,
    Limites,
    coluna_da_empresa,
    coluna_de_codigo,
    coluna_de_data,
    coluna_de_numero,
    coluna_de_texto,
    coluna_simples,
    leitor_de_codigo,
    leitor_de_palavra,
    ler_moeda,
    por_campo,
)
from clientes.importacao.carga_inicial import MINIMO_DE_LINHAS, esta_vazia, sem_indices
from clientes.importacao.cliente_do_fato import (
    CLIENTE,
    ligar_documentos,
    recusar_de_outro,
    recusar_desconhecidos,
    recusar_sem_dono,
    sql_do_dono,
)
from clientes.importacao.completo import DE_PEDIDO as DE_PEDIDO_NO_PERIODO
from clientes.importacao.conjunto import (
    Decisoes,
    coluna_do_numero,
    decidir_numeros,
    recusar_datas_trocadas,
    recusar_negativos,
    repetidas_seguem_a_primeira,
    separar_repetidas,
    tirar_recusadas,
)
from clientes.importacao.nomes import PEDIDOS
from clientes.importacao.situacoes import DE_PEDIDO
from clientes.importacao.staging import Carga
from clientes.importacao.tipo import Conferencia, Gravacao, Tipo
from clientes.importacao.vendedores import resolver_vendedores

TABELA = "clientes_pedido"
DE_OUTRO = "este pedido já existe e é de outro cliente: confira o número"
NEGATIVO = "valor negativo: se é devolução, a situação deve ser devolvido"


def colunas(limites: Limites) -> dict[str, Coluna]:
    return por_campo(
        coluna_de_codigo("numero", "número do pedido", memoria=False),
        *CLIENTE.colunas(),
        coluna_de_data("data", limites, obrigatoria=True),
        coluna_de_numero("valor", obrigatorio=True),
        coluna_de_numero("valor_sem_impostos"),
        coluna_simples("situacao", "text", leitor_de_palavra(DE_PEDIDO, limites)),
        coluna_de_texto("vendedor", 120),
        coluna_simples("vendedor_codigo", "text", leitor_de_codigo("código do vendedor", obrigatorio=False)),
        coluna_simples("moeda", "text", ler_moeda),
        coluna_da_empresa(limites),
    )


def conferir(carga: Carga, pedido: Conferencia) -> dict[str, str]:
    """Julga o conjunto e deixa em `_pronto` uma linha por pedido aceito."""
    decisoes = decidir_numeros(carga, pedido.imposta)
    recusar_datas_trocadas(carga)
    for campo in decisoes:
        recusar_negativos(carga, decisoes, campo, NEGATIVO, "situacao <> 'devolvido'")
    recusar_sem_dono(carga)
    separar_repetidas(carga, "numero", "número repetido", decisoes)
    resolver_vendedores(carga, criar=pedido.criar)
    ligar_documentos(carga)
    with connection.cursor() as cursor:
        _preparar(cursor, carga, decisoes)
        _recusar_prontos(cursor, carga)
    repetidas_seguem_a_primeira()
    return {}


def _com_sinal(coluna: str) -> str:
    return f"CASE WHEN s.situacao = 'devolvido' THEN -abs(s.{coluna}) ELSE s.{coluna} END"


def _preparar(cursor: CursorWrapper, carga: Carga, decisoes: Decisoes) -> None:
    cliente, juncoes = sql_do_dono(carga)
    valor = _com_sinal(coluna_do_numero("valor", decisoes["valor"]))
    sem_impostos = "p.valor_sem_impostos"
    if "valor_sem_impostos" in decisoes:
        sem_impostos = _com_sinal(coluna_do_numero("valor_sem_impostos", decisoes["valor_sem_impostos"]))
    nome = "coalesce(s.vendedor, '')" if carga.tem("vendedor") else "''"
    codigo = "coalesce(s.vendedor_codigo, '')" if carga.tem("vendedor_codigo") else "''"
    cursor.execute(
        f"""CREATE TEMP TABLE _pronto ON COMMIT DROP AS
        SELECT *, pedido_id IS NOT NULL AND NOT vendedor_novo AND desapareceu_na_id IS NULL
               AND (cliente_id, data, valor, situacao, conta) = (de_cliente, de_data, de_valor, de_situacao, de_conta)
               AND (valor_sem_impostos, vendedor_id) IS NOT DISTINCT FROM (de_sem_impostos, de_vendedor) AS igual
        FROM (
          SELECT s.linha, s.empresa_id, s.numero, {cliente} AS cliente_id, s.data, {valor} AS valor,
                 {sem_impostos} AS valor_sem_impostos, s.situacao, s.situacao = ANY (e.situacoes_que_contam) AS conta,
                 coalesce(v.usuario_id, p.vendedor_id) AS vendedor_id, coalesce(v.novo, false) AS vendedor_novo,
                 p.id AS pedido_id, p.cliente_id AS de_cliente, p.data AS de_data, p.valor AS de_valor,
                 p.situacao AS de_situacao, p.conta AS de_conta, p.valor_sem_impostos AS de_sem_impostos,
                 p.vendedor_id AS de_vendedor, p.desapareceu_na_id
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
    recusar_desconhecidos(cursor, carga)
    recusar_de_outro(cursor, carga, DE_OUTRO)
    tirar_recusadas(cursor)


def gravar(gravacao: Gravacao) -> None:
    """Uma atualização e uma inserção; na carga inicial, índices e chaves voltam depois."""
    with connection.cursor() as cursor:
        guardar(cursor, TABELA, gravacao.importacao_id, MUDADAS.format(existente="pedido_id"))
        cursor.execute(
            """UPDATE clientes_pedido p
               SET cliente_id = n.cliente_id, data = n.data, valor = n.valor, valor_sem_impostos = n.valor_sem_impostos,
                   situacao = n.situacao, conta = n.conta, vendedor_id = n.vendedor_id, desapareceu_na_id = NULL,
                   importacao_id = %s, atualizado_em = now()
               FROM _pronto n WHERE p.id = n.pedido_id AND n.pedido_id IS NOT NULL AND NOT n.igual""",
            [gravacao.importacao_id],
        )
    if not gravacao.novas:
        return
    grande = gravacao.novas >= MINIMO_DE_LINHAS and esta_vazia("clientes_pedido")
    with sem_indices("clientes_pedido", vale_a_pena=grande), connection.cursor() as cursor:
        # Com os índices no lugar, a ordem deles toca cada página vizinha uma vez só.
        ordem = "" if grande else "ORDER BY cliente_id, data, linha"
        cursor.execute(
            f"""INSERT INTO clientes_pedido (empresa_id, numero, cliente_id, data, valor, valor_sem_impostos, situacao,
                                            conta, vendedor_id, importacao_id, criado_em, atualizado_em)
               SELECT empresa_id, numero, cliente_id, data, valor, valor_sem_impostos, situacao, conta, vendedor_id,
                      %s, now(), now() FROM _pronto WHERE pedido_id IS NULL {ordem}""",
            [gravacao.importacao_id],
        )


TIPO = Tipo(
    nomes="pedido,pedidos",
    campos=PEDIDOS,
    colunas=colunas,
    conferir=conferir,
    gravar=gravar,
    existente="pedido_id",
    soma="valor, data",
    vocabulario=DE_PEDIDO,
    recalcula=True,
    periodo=DE_PEDIDO_NO_PERIODO,
    tabelas=(TABELA,),
)
