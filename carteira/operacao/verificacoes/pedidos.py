"""Pedidos, itens e os outros fatos do ERP."""

from carteira.operacao.verificacao import Verificacao

# Enquanto uma reescrita pedida não acaba, parte dos pedidos ainda está na escolha de antes.
_CONTA = """
SELECT format('pedido %%s da empresa %%s: %%s, e conta = %%s', p.numero, e.codigo, p.situacao, p.conta)
  FROM clientes_pedido p JOIN contas_empresa e ON e.id = p.empresa_id
 WHERE e.id = ANY(%(empresas)s) AND p.conta <> (p.situacao = ANY(e.situacoes_que_contam))
   AND NOT EXISTS (SELECT FROM atividade_execucao x WHERE x.empresa_id = e.id AND x.rotina = 'reescrita'
                      AND x.estado IN ('pendente', 'rodando'))
"""

_FATOS = (
    ("pedido", "clientes_pedido"),
    ("título", "clientes_titulo"),
    ("orçamento", "clientes_orcamento"),
    ("nota", "clientes_notafiscal"),
)
_OUTRA_EMPRESA = " UNION ALL ".join(
    f"SELECT format('{nome} %%s: da empresa %%s, de um cliente da empresa %%s', f.numero, f.empresa_id, c.empresa_id) "
    f"FROM {tabela} f JOIN clientes_cliente c ON c.id = f.cliente_id "
    "WHERE f.empresa_id <> c.empresa_id AND f.empresa_id = ANY(%(empresas)s)"
    for nome, tabela in _FATOS
)

_DO_FUTURO = """
SELECT format('pedido %%s da empresa %%s: de %%s, depois de hoje', p.numero, e.codigo, to_char(p.data, 'DD/MM/YYYY'))
  FROM clientes_pedido p JOIN contas_empresa e ON e.id = p.empresa_id
 WHERE e.id = ANY(%(empresas)s) AND p.data > %(hoje)s
"""

_ITENS = """
SELECT format('pedido %%s da empresa %%s: os itens somam %%s e o pedido diz %%s', p.numero, e.codigo, i.soma, p.valor)
  FROM (SELECT pedido_id, sum(valor) AS soma FROM clientes_itemdepedido GROUP BY 1) i
  JOIN clientes_pedido p ON p.id = i.pedido_id JOIN contas_empresa e ON e.id = p.empresa_id
 WHERE e.id = ANY(%(empresas)s) AND abs(i.soma) <> abs(p.valor)
   AND abs(i.soma) IS DISTINCT FROM abs(p.valor_sem_impostos)
"""

_RESUMO = """
WITH certo AS (
  SELECT p.cliente_id, d.id AS produto_id, min(p.data) AS primeira, max(p.data) AS ultima,
         array_agg(DISTINCT p.data ORDER BY p.data) AS datas
    FROM clientes_itemdepedido t
    JOIN clientes_pedido p ON p.id = t.pedido_id AND p.conta
    JOIN clientes_produto d ON d.codigo = t.produto_codigo AND d.nome = t.produto_nome
   WHERE p.empresa_id = ANY(%(empresas)s)
   GROUP BY 1, 2
), gravado AS (
  SELECT k.* FROM clientes_compradeproduto k LEFT JOIN clientes_cliente c ON c.id = k.cliente_id
   WHERE c.empresa_id = ANY(%(empresas)s) OR c.id IS NULL
)
SELECT format('cliente %%s, produto %%s: %%s', coalesce(c.cliente_id, g.cliente_id), coalesce(c.produto_id, g.produto_id),
              CASE WHEN g.cliente_id IS NULL THEN 'falta no resumo'
                   WHEN c.cliente_id IS NULL THEN 'sobra no resumo' ELSE 'os dias são outros' END)
  FROM certo c FULL JOIN gravado g ON g.cliente_id = c.cliente_id AND g.produto_id = c.produto_id
 WHERE (c.primeira, c.ultima, c.datas) IS DISTINCT FROM (g.primeira, g.ultima, g.datas)
"""

_SEM_PRODUTO = """
SELECT format('item %%s do pedido de número interno %%s: o produto dele não está no resumo', t.sequencia, t.pedido_id)
  FROM clientes_itemdepedido t
 WHERE NOT EXISTS (SELECT FROM clientes_produto d WHERE d.codigo = t.produto_codigo AND d.nome = t.produto_nome)
"""

VERIFICACOES = (
    Verificacao(
        "pedido-conta",
        "Cada pedido conta, ou não, segundo as situações que a empresa escolheu.",
        "Em Configurar atividade, grave de novo as situações que contam: a reescrita refaz a conta e o recálculo segue.",
        _CONTA,
    ),
    Verificacao(
        "fato-empresa",
        "Pedidos, títulos, orçamentos e notas são da mesma empresa que o cliente deles.",
        "Algo escreveu no banco por fora. Reimporte os fatos na empresa certa e apague os que sobrarem.",
        _OUTRA_EMPRESA,
    ),
    Verificacao(
        "pedido-do-futuro",
        "Nenhum pedido tem data depois de hoje.",
        "Corrija a data no ERP e reimporte os pedidos; confira também o relógio e o fuso (FUSO) deste servidor.",
        _DO_FUTURO,
    ),
    Verificacao(
        "pedido-itens",
        "Os itens de um pedido somam o valor dele (com ou sem impostos).",
        "Frete e descontos explicam diferenças pequenas; se são muitas, confira a coluna de valor do arquivo de itens.",
        _ITENS,
        grave=False,
    ),
    Verificacao(
        "produtos-resumo",
        "O resumo dos produtos que cada cliente compra é o que os itens dos pedidos que contam dizem.",
        "Reimporte os itens dos pedidos citados: os gatilhos refazem o resumo de cada cliente tocado.",
        _RESUMO,
    ),
    Verificacao(
        "produtos-sem-linha",
        "Todo produto citado num item tem a sua linha.",
        "Reimporte os itens dos pedidos citados.",
        _SEM_PRODUTO,
    ),
)
