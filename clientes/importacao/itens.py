"""Itens de pedidos: o arquivo traz o pedido inteiro, e os itens dele passam a ser os que vieram.

Por isso um item recusado leva consigo os outros do mesmo pedido: meio pedido apagaria a outra metade.
"""

from django.db import connection
from django.db.backends.utils import CursorWrapper

from clientes.importacao.anteriores import guardar
from clientes.importacao.campos import (
    Coluna,
    Limites,
    coluna_da_empresa,
    coluna_de_codigo,
    coluna_de_numero,
    coluna_de_texto,
    coluna_simples,
    ler_sequencia,
    por_campo,
)
from clientes.importacao.carga_inicial import MINIMO_DE_LINHAS, esta_vazia, sem_indices
from clientes.importacao.conjunto import (
    Decisoes,
    coluna_do_numero,
    decidir_numeros,
    repetidas_seguem_a_primeira,
    separar_repetidas,
    tirar_recusadas,
)
from clientes.importacao.fato import SO_ACEITAS, Recusa, recusar_prontas
from clientes.importacao.nomes import EMPRESA, campo
from clientes.importacao.staging import Carga
from clientes.importacao.tipo import Conferencia, Gravacao, Tipo

TABELA = "clientes_itemdepedido"
_DADOS = ("produto_codigo", "produto_nome", "quantidade", "valor")
CAMPOS = (
    campo(
        "pedido_numero", "Número do pedido",
        "pedido, numero do pedido, numero pedido, no do pedido, no pedido, nr pedido, num pedido, num ped, id pedido,"
        " pedido id, cod pedido, codigo do pedido, nro pedido, numped, c6 num, numero, no, nr, num",
        obrigatorio=True, exemplo="50231",
    ),
    campo("sequencia", "Sequência", "item, seq, no item, num item, numero do item, nr item, linha, c6 item, ordem", exemplo="1"),
    campo(
        "produto_codigo", "Código do produto",
        "codigo do produto, cod produto, codigo produto, cod do produto, codprod, cod prod, sku, referencia, ref, c6 produto,"
        " id produto, codigo item, cod item, codigo, cod",
        exemplo="FE-1418",
    ),
    campo(
        "produto_nome", "Produto",
        "produto, nome do produto, nome produto, descricao do produto, descricao produto, descricao, desc produto, mercadoria,"
        " descricao do item, c6 descri, nome",
        obrigatorio=True, exemplo="Disco de corte 4 1/2 (caixa)",
    ),
    campo("quantidade", "Quantidade", "qtd, qtde, quant, qt, qtd pedida, quantidade vendida, c6 qtdven", obrigatorio=True, exemplo="4"),
    campo(
        "valor", "Valor do item",
        "valor do item, valor total do item, total do item, vlr item, valor total, vlr total, vl total, total item, total,"
        " c6 valor, valor liquido, valor r, vlr, vl",
        obrigatorio=True, exemplo="344,00",
    ),
    EMPRESA,
)  # fmt: skip
_RECUSAS = (
    Recusa(
        "pedido_numero", "pedido_id IS NULL", "pedido desconhecido nesta empresa: importe os pedidos antes"
    ),
    Recusa("quantidade", "quantidade < 0", "quantidade negativa: a devolução é outro pedido"),
    Recusa(
        "valor",
        "valor < 0",
        "valor negativo: o desconto entra no valor do item, e a devolução é outro pedido",
    ),
)


def colunas(limites: Limites) -> dict[str, Coluna]:
    return por_campo(
        coluna_de_codigo("pedido_numero", "número do pedido"),
        coluna_simples("sequencia", "integer", ler_sequencia),
        coluna_de_codigo("produto_codigo", "código do produto", obrigatorio=False),
        coluna_de_texto("produto_nome", 160, obrigatorio=True, rotulo="produto"),
        coluna_de_numero("quantidade", obrigatorio=True, casas=3),
        coluna_de_numero("valor", obrigatorio=True),
        coluna_da_empresa(limites),
    )


def conferir(carga: Carga, pedido: Conferencia) -> dict[str, str]:
    """Julga o conjunto e deixa em `_pronto` uma linha por item aceito, e em `_sumidos` os que saem."""
    decisoes = decidir_numeros(carga, pedido.imposta)
    _numerar(carga, decisoes)
    with connection.cursor() as cursor:
        _preparar(cursor, carga, decisoes)
        for recusa in _RECUSAS:
            recusar_prontas(cursor, carga, recusa)
        repetidas_seguem_a_primeira()
        _recusar_pedidos_pela_metade(cursor, carga)
        tirar_recusadas(cursor)
        _achar_sumidos(cursor, carga)
    repetidas_seguem_a_primeira()
    return {}


def _numerar(carga: Carga, decisoes: Decisoes) -> None:
    """A sequência do arquivo, que não se repete no pedido; sem ela, a ordem das linhas."""
    with connection.cursor() as cursor:
        if not carga.tem("sequencia"):
            cursor.execute("ALTER TABLE _carga ADD COLUMN sequencia integer")
            cursor.execute(
                """UPDATE _carga s SET sequencia = o.ordem FROM (
                     SELECT linha, row_number() OVER (PARTITION BY empresa_id, pedido_numero ORDER BY linha) AS ordem
                     FROM _carga) o WHERE o.linha = s.linha"""
            )
            return
        cursor.execute('ALTER TABLE _carga ADD COLUMN chave text COLLATE "C"')
        cursor.execute("UPDATE _carga SET chave = sequencia || ' ' || pedido_numero")
    separar_repetidas(carga, "chave", "item repetido no pedido", decisoes, campo="sequencia")


def _preparar(cursor: CursorWrapper, carga: Carga, decisoes: Decisoes) -> None:
    """De uma devolução, os itens são guardados pelo tamanho: o sinal está no pedido."""
    quantidade, valor = (
        f"CASE WHEN p.situacao = 'devolvido' THEN abs(s.{coluna}) ELSE s.{coluna} END"
        for coluna in (coluna_do_numero(c, decisoes[c]) for c in ("quantidade", "valor"))
    )
    codigo = (
        "coalesce(s.produto_codigo, '')" if carga.tem("produto_codigo") else "coalesce(t.produto_codigo, '')"
    )
    cursor.execute(
        f"""CREATE TEMP TABLE _pronto ON COMMIT DROP AS
        SELECT *, fato_id IS NOT NULL AND NOT mudou AS igual FROM (
          SELECT *, ({", ".join(_DADOS)}) IS DISTINCT FROM ({", ".join(f"de_{c}" for c in _DADOS)}) AS mudou
          FROM (
            SELECT s.linha, s.empresa_id, s.pedido_numero, p.id AS pedido_id, p.data, s.sequencia, t.id AS fato_id,
                   {codigo} AS produto_codigo, s.produto_nome, {quantidade} AS quantidade, {valor} AS valor,
                   {", ".join(f"t.{c} AS de_{c}" for c in _DADOS)}
            FROM _carga s
            LEFT JOIN clientes_pedido p ON p.empresa_id = s.empresa_id AND p.numero = s.pedido_numero
            LEFT JOIN {TABELA} t ON t.pedido_id = p.id AND t.sequencia = s.sequencia
            WHERE {SO_ACEITAS}
          ) lida) comparada"""
    )


def _recusar_pedidos_pela_metade(cursor: CursorWrapper, carga: Carga) -> None:
    """Os outros itens do pedido de uma linha recusada; da que nem diz o pedido, os dos pedidos vizinhos.

    A linha que diz o seu pedido é a sua própria vizinha.
    """
    cursor.execute("SELECT EXISTS (SELECT FROM _erros)")
    if not cursor.fetchone()[0]:
        return
    cursor.execute(
        """INSERT INTO _erros
           WITH vizinhas AS (
             SELECT linha,
                    max(linha) FILTER (WHERE pedido_numero IS NOT NULL) OVER (ORDER BY linha) AS antes,
                    min(linha) FILTER (WHERE pedido_numero IS NOT NULL) OVER (ORDER BY linha DESC) AS depois
             FROM _carga),
           manchadas AS (
             SELECT s.empresa_id, s.pedido_numero, min(v.linha) AS linha FROM vizinhas v
             JOIN _erros e ON e.linha = v.linha
             CROSS JOIN LATERAL unnest(ARRAY[v.antes, v.depois]) AS vizinha
             JOIN _carga s ON s.linha = vizinha
             GROUP BY 1, 2)
           SELECT s.linha, %s, s.pedido_numero,
                  format('outro item deste pedido foi recusado (linha %%s): o pedido entra inteiro ou não entra', m.linha)
           FROM _carga s JOIN manchadas m USING (empresa_id, pedido_numero)
           ON CONFLICT DO NOTHING""",
        [carga.rotulos["pedido_numero"]],
    )


def _achar_sumidos(cursor: CursorWrapper, carga: Carga) -> None:
    """Itens que o pedido tinha e que não vieram: saem, e o primeiro item dele conta como atualizado."""
    cursor.execute(
        f"""CREATE TEMP TABLE _sumidos ON COMMIT DROP AS
            SELECT t.id, t.pedido_id FROM {TABELA} t
            JOIN (SELECT DISTINCT pedido_id FROM _pronto) p ON p.pedido_id = t.pedido_id
            WHERE NOT EXISTS (SELECT FROM _pronto n WHERE n.fato_id = t.id)"""
    )
    cursor.execute("SELECT count(*), count(DISTINCT pedido_id) FROM _sumidos")
    itens, pedidos = cursor.fetchone()
    if itens:
        carga.avisos.dizer(f"itens que não vieram mais saem: {itens}, de {pedidos} pedido(s)")
        cursor.execute(
            """UPDATE _pronto SET igual = false WHERE fato_id IS NOT NULL AND linha IN (
                 SELECT min(n.linha) FROM _pronto n JOIN _sumidos USING (pedido_id)
                 WHERE n.fato_id IS NOT NULL GROUP BY n.pedido_id)"""
        )


def gravar(gravacao: Gravacao) -> None:
    """Tira os que sumiram e escreve só os que mudaram; os iguais não são tocados."""
    with connection.cursor() as cursor:
        guardar(cursor, TABELA, gravacao.importacao_id, "SELECT id FROM _sumidos", tiradas=True)
        guardar(
            cursor,
            TABELA,
            gravacao.importacao_id,
            "SELECT fato_id FROM _pronto WHERE mudou AND fato_id IS NOT NULL",
        )
        cursor.execute(f"DELETE FROM {TABELA} t USING _sumidos s WHERE t.id = s.id")
        cursor.execute(
            f"""UPDATE {TABELA} t SET {", ".join(f"{c} = n.{c}" for c in _DADOS)}, importacao_id = %s
                FROM _pronto n WHERE t.id = n.fato_id AND n.mudou""",
            [gravacao.importacao_id],
        )
    if not gravacao.novas:
        return
    grande = gravacao.novas >= MINIMO_DE_LINHAS and esta_vazia(TABELA)
    with sem_indices(TABELA, vale_a_pena=grande), connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO {TABELA} (pedido_id, sequencia, {", ".join(_DADOS)}, importacao_id)
                SELECT pedido_id, sequencia, {", ".join(_DADOS)}, %s FROM _pronto
                WHERE fato_id IS NULL ORDER BY pedido_id, sequencia""",
            [gravacao.importacao_id],
        )


TIPO = Tipo(
    nomes="item,itens",
    campos=CAMPOS,
    colunas=colunas,
    conferir=conferir,
    gravar=gravar,
    soma="valor, data",
    dono=None,
    tabelas=(TABELA,),
)
