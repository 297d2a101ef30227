"""Uniões de clientes, apelidos e membros de listas."""

from carteira.operacao.verificacao import Verificacao

SUPORTE = "Algo escreveu no banco por fora, ou uma gravação ficou pela metade: restaure a última cópia boa."

_UNIDO_EXISTE = """
SELECT format('união %%s: o cliente unido (%%s) ainda existe', f.id, f.absorvido_codigo)
  FROM clientes_fusao f
 WHERE f.desfeita_em IS NULL AND f.empresa_id = ANY(%(empresas)s)
   AND EXISTS (SELECT FROM clientes_cliente c WHERE c.id = f.absorvido_id)
"""

_UNIDO_SEM_APELIDO = """
SELECT format('união %%s: o código %%s não leva a quem ficou', f.id, f.absorvido_codigo)
  FROM clientes_fusao f
 WHERE f.desfeita_em IS NULL AND f.empresa_id = ANY(%(empresas)s)
   AND NOT EXISTS (SELECT FROM clientes_aliasdecliente a WHERE a.empresa_id = f.empresa_id
                      AND a.codigo = f.absorvido_codigo AND a.cliente_id = f.ficou_id)
"""

_SEPARADO_SUMIDO = """
SELECT format('união %%s, desfeita: o cliente %%s não voltou', f.id, f.absorvido_codigo)
  FROM clientes_fusao f
 WHERE f.desfeita_em IS NOT NULL AND f.empresa_id = ANY(%(empresas)s)
   AND NOT EXISTS (SELECT FROM clientes_cliente c WHERE c.id = f.absorvido_id)
   AND NOT EXISTS (SELECT FROM clientes_fusao g WHERE g.absorvido_id = f.absorvido_id AND g.desfeita_em IS NULL)
"""

_APELIDO_ERRADO = """
SELECT format('apelido %%s da empresa %%s: %%s', a.codigo, e.codigo,
              CASE WHEN c.empresa_id <> a.empresa_id THEN 'leva a um cliente de outra empresa'
                   ELSE 'também é o código de um cliente' END)
  FROM clientes_aliasdecliente a
  JOIN contas_empresa e ON e.id = a.empresa_id JOIN clientes_cliente c ON c.id = a.cliente_id
 WHERE e.id = ANY(%(empresas)s)
   AND (c.empresa_id <> a.empresa_id
        OR EXISTS (SELECT FROM clientes_cliente o WHERE o.empresa_id = a.empresa_id AND o.codigo = a.codigo))
"""

_MEMBROS = """
SELECT format('lista %%s, cliente %%s: %%s', m.lista_id, c.codigo,
              CASE WHEN m.saiu_em IS NULL THEN 'está na lista, e o último movimento é de saída'
                   ELSE 'saiu da lista, e o último movimento é de entrada' END)
  FROM clientes_membrodalista m
  JOIN clientes_cliente c ON c.id = m.cliente_id
  JOIN (SELECT DISTINCT ON (lista_id, cliente_id) lista_id, cliente_id, entrou FROM clientes_movimentodalista
         ORDER BY lista_id, cliente_id, em DESC, id DESC) x ON x.lista_id = m.lista_id AND x.cliente_id = m.cliente_id
 WHERE c.empresa_id = ANY(%(empresas)s) AND (m.saiu_em IS NULL) <> x.entrou
"""

VERIFICACOES = (
    Verificacao(
        "uniao-sem-o-unido", "O cliente unido a outro já não existe à parte.", SUPORTE, _UNIDO_EXISTE
    ),
    Verificacao(
        "uniao-apelido",
        "O código do cliente unido leva a quem ficou, e as importações o obedecem.",
        "Em Higienização, desfaça a união e una de novo.",
        _UNIDO_SEM_APELIDO,
    ),
    Verificacao("uniao-desfeita", "O cliente de uma união desfeita voltou.", SUPORTE, _SEPARADO_SUMIDO),
    Verificacao(
        "apelido-sem-conflito",
        "Nenhum apelido é também o código de um cliente, nem leva a outra empresa.",
        "Desfaça a união de que o apelido veio, ou mude no ERP o código do cliente novo.",
        _APELIDO_ERRADO,
    ),
    Verificacao(
        "lista-movimentos",
        "Quem está numa lista entrou nela por último, e quem saiu saiu por último.",
        "Refaça a lista (viva) ou tire e ponha o cliente de novo.",
        _MEMBROS,
    ),
)
