"""De quem é cada cliente: períodos sem buraco nem sobreposição, e o dono de agora igual ao do último período."""

from carteira.operacao.verificacao import Verificacao

_PERIODOS = """
SELECT p.cliente_id, c.codigo, e.codigo AS empresa, p.periodo, p.vendedor_id, p.equipe_id, c.vendedor_id AS dono,
       c.equipe_id AS equipe, lag(p.periodo) OVER w AS antes, lead(p.periodo) OVER w AS depois
  FROM clientes_periododecarteira p
  JOIN clientes_cliente c ON c.id = p.cliente_id JOIN contas_empresa e ON e.id = c.empresa_id
 WHERE e.id = ANY(%(empresas)s)
WINDOW w AS (PARTITION BY p.cliente_id ORDER BY p.periodo)
"""

_DESDE_SEMPRE = f"""
SELECT format('cliente %%s da empresa %%s: o primeiro dono só começa em %%s', codigo, empresa, lower(periodo))
  FROM ({_PERIODOS}) p WHERE antes IS NULL AND NOT lower_inf(periodo)
"""

_SEM_BURACO = f"""
SELECT format('cliente %%s da empresa %%s: um período acaba em %%s e o seguinte começa em %%s',
              codigo, empresa, coalesce(upper(antes)::text, 'nunca'), coalesce(lower(periodo)::text, 'sempre'))
  FROM ({_PERIODOS}) p
 WHERE antes IS NOT NULL AND upper(antes) IS DISTINCT FROM lower(periodo)
"""

_EM_VIGOR = f"""
SELECT format('cliente %%s da empresa %%s: %%s', codigo, empresa,
              CASE WHEN NOT upper_inf(periodo) THEN 'o último período acaba em ' || upper(periodo)
                   WHEN vendedor_id IS DISTINCT FROM dono THEN format('o dono é %%s e o último período diz %%s',
                        coalesce(dono::text, 'ninguém'), coalesce(vendedor_id::text, 'ninguém'))
                   ELSE format('a equipe é %%s e o último período diz %%s',
                        coalesce(equipe::text, 'nenhuma'), coalesce(equipe_id::text, 'nenhuma')) END)
  FROM ({_PERIODOS}) p
 WHERE depois IS NULL
   AND (NOT upper_inf(periodo) OR (vendedor_id, equipe_id) IS DISTINCT FROM (dono, equipe))
"""

_TROCA_SEM_ITENS = """
SELECT format('transferência %%s de %%s: sem nenhum cliente', t.id, to_char(t.em, 'DD/MM/YYYY'))
  FROM clientes_transferencia t
 WHERE NOT EXISTS (SELECT FROM clientes_itemdetransferencia i WHERE i.transferencia_id = t.id)
   AND NOT EXISTS (SELECT FROM clientes_fusao)
"""

VERIFICACOES = (
    Verificacao(
        "posse-desde-sempre",
        "O primeiro dono conhecido de cada cliente vale desde sempre.",
        "Transfira o cliente a outra pessoa e desfaça: a transferência escreve o período que falta.",
        _DESDE_SEMPRE,
    ),
    Verificacao(
        "posse-sem-buraco",
        "Os períodos de cada cliente seguem um ao outro, sem dia de ninguém e sem dia de dois.",
        "Relatórios por dono na data contam esses dias errado. Restaure a última cópia boa ou chame o suporte.",
        _SEM_BURACO,
    ),
    Verificacao(
        "posse-em-vigor",
        "O dono e a equipe de cada cliente são os do último período dele.",
        "Transfira o cliente ao dono certo: a transferência põe os dois de acordo.",
        _EM_VIGOR,
    ),
    Verificacao(
        "transferencia-com-clientes",
        "Toda transferência guarda os clientes que mudaram de dono.",
        "Uma gravação ficou pela metade: restaure a última cópia boa ou chame o suporte.",
        _TROCA_SEM_ITENS,
    ),
)
