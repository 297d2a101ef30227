"""Os números de cada cliente, a história deles e os retratos: o banco contra contas feitas de outro modo."""

from collections.abc import Iterator

from atividade import distribuicao, fragmentos
from atividade.conferencia import Conferencia
from carteira.operacao.verificacao import Pedido, Verificacao

RECALCULAR = "Rode `manage.py recalcular --completo` e confira de novo."
# Os que já estão em dia com a rodada: dos outros, o gravado ainda é o de antes.
_EM_DIA = "NOT EXISTS (SELECT FROM atividade_sujo s WHERE s.cliente_id = i.cliente_id)"
_EMPRESA_PARADA = """
e.id = ANY(%(empresas)s) AND e.referencia IS NOT NULL AND NOT EXISTS (
  SELECT FROM atividade_sujo s JOIN atividade_indicadores j ON j.cliente_id = s.cliente_id WHERE j.empresa_id = e.id)
"""


def na_unha(pedido: Pedido) -> Iterator[str]:
    """A amostra (ou todos) refeita em Python, pedido por pedido."""
    for empresa in pedido.empresas:
        conferencia = Conferencia(empresa, pedido.hoje)
        yield from conferencia.diferencas(amostra=pedido.amostra, semente=pedido.semente)
        if conferencia.nota:
            pedido.anotar(f"empresa {empresa.codigo}: {conferencia.nota}")
        elif conferencia.a_espera:
            pedido.anotar(
                f"empresa {empresa.codigo}: {conferencia.conferidos} conferidos, "
                f"{conferencia.a_espera} à espera do próximo recálculo"
            )


_UM_POR_CLIENTE = """
SELECT format('cliente %%s da empresa %%s: sem linha de indicadores', c.codigo, e.codigo)
  FROM clientes_cliente c JOIN contas_empresa e ON e.id = c.empresa_id
 WHERE e.id = ANY(%(empresas)s) AND NOT EXISTS (SELECT FROM atividade_indicadores i WHERE i.cliente_id = c.id)
"""

_COPIA = """
SELECT format('cliente %%s da empresa %%s: a cópia do dono, da equipe, do segmento ou da UF é outra', c.codigo, e.codigo)
  FROM clientes_cliente c JOIN atividade_indicadores i ON i.cliente_id = c.id JOIN contas_empresa e ON e.id = c.empresa_id
 WHERE e.id = ANY(%(empresas)s)
   AND (i.empresa_id, i.vendedor_id, i.equipe_id, i.segmento_id, i.uf)
       IS DISTINCT FROM (c.empresa_id, c.vendedor_id, c.equipe_id, c.segmento_id, c.uf)
"""

_ULTIMO_CONTATO = """
SELECT format('cliente %%s da empresa %%s: o último contato está %%s, deveria ser %%s', c.codigo, e.codigo,
              coalesce(i.ultimo_contato_em::text, 'vazio'), coalesce(k.em::text, 'vazio'))
  FROM atividade_indicadores i
  JOIN clientes_cliente c ON c.id = i.cliente_id JOIN contas_empresa e ON e.id = c.empresa_id
  LEFT JOIN (SELECT x.cliente_id, max(x.em) AS em FROM clientes_contato x
               JOIN clientes_ocorrencia o ON o.id = x.ocorrencia_id AND o.efetiva
              WHERE x.desfeito_em IS NULL GROUP BY 1) k ON k.cliente_id = i.cliente_id
 WHERE e.id = ANY(%(empresas)s) AND i.ultimo_contato_em IS DISTINCT FROM k.em
"""

_STATUS = f"""
SELECT format('cliente %%s da empresa %%s: está %%s, e as datas dele dizem %%s', c.codigo, e.codigo, i.status, d.status)
  FROM atividade_indicadores i
  JOIN clientes_cliente c ON c.id = i.cliente_id JOIN contas_empresa e ON e.id = c.empresa_id
 CROSS JOIN LATERAL (SELECT {fragmentos.status("i.quase_inativo_em", "i.inativo_em", "e.referencia")} AS status) d
 WHERE e.id = ANY(%(empresas)s) AND e.referencia IS NOT NULL AND i.status <> d.status
"""

# A definição, ao pé da letra: do maior valor ao menor, o código desempata, e conta o que se acumulou antes.
_ABC = f"""
SELECT format('cliente %%s da empresa %%s: curva %%s, deveria ser %%s', x.codigo, x.empresa,
              coalesce(nullif(x.curva_abc, ''), 'vazia'), coalesce(nullif(x.certa, ''), 'vazia'))
  FROM (
    SELECT c.codigo, e.codigo AS empresa, i.curva_abc,
           CASE WHEN i.valor_12m <= 0 THEN ''
                WHEN antes < total * coalesce(p.abc_a, 80) * 0.01 THEN 'A'
                WHEN antes < total * coalesce(p.abc_b, 95) * 0.01 THEN 'B' ELSE 'C' END AS certa
      FROM (SELECT i.*, sum(greatest(valor_12m, 0)) OVER (PARTITION BY i.empresa_id) AS total,
                   sum(greatest(valor_12m, 0)) OVER (PARTITION BY i.empresa_id ORDER BY valor_12m DESC, c.codigo
                                                     ROWS UNBOUNDED PRECEDING) - greatest(valor_12m, 0) AS antes
              FROM atividade_indicadores i JOIN clientes_cliente c ON c.id = i.cliente_id) i
      JOIN clientes_cliente c ON c.id = i.cliente_id
      JOIN contas_empresa e ON e.id = i.empresa_id
      LEFT JOIN atividade_parametrosdaatividade p ON p.empresa_id = e.id
     WHERE {_EMPRESA_PARADA}
  ) x WHERE x.curva_abc <> x.certa
"""

# 1 + piso(5 × estritamente piores ÷ quantos são), por empresa, entre quem já comprou.
_PIORES = " ".join(
    f"(rank() OVER (PARTITION BY i.empresa_id ORDER BY i.{coluna}) - 1) * 5 / count(*) OVER (PARTITION BY i.empresa_id) + 1 AS {nota},"
    for nota, coluna in (("r", "ultima_compra"), ("f", "dias_de_compra_12m"), ("v", "valor_12m"))
).rstrip(",")
_RFV = f"""
SELECT format('cliente %%s da empresa %%s: RFV %%s%%s%%s, deveria ser %%s%%s%%s', x.codigo, x.empresa,
              x.rfv_r, x.rfv_f, x.rfv_v, x.r, x.f, x.v)
  FROM (
    SELECT c.codigo, e.codigo AS empresa, i.rfv_r, i.rfv_f, i.rfv_v, {_PIORES}
      FROM atividade_indicadores i
      JOIN clientes_cliente c ON c.id = i.cliente_id
      JOIN contas_empresa e ON e.id = i.empresa_id
     WHERE {_EMPRESA_PARADA} AND i.ultima_compra IS NOT NULL
       AND (i.valor_12m > 0 OR NOT (c.fora_do_perfil OR coalesce(c.encerrado_em <= e.referencia, false)))
       -- quem saiu da carteira (ou voltou) depois da rodada muda as notas de todos na próxima
       AND NOT EXISTS (SELECT FROM clientes_cliente m
                        WHERE m.empresa_id = e.id AND m.atualizado_em > e.calculada_em)
  ) x WHERE (x.rfv_r, x.rfv_f, x.rfv_v) IS DISTINCT FROM (x.r, x.f, x.v)
"""

# A guardada que a próxima rodada aceitaria: é da última e soma os clientes e o valor gravados. Tem de ser a contada.
_DISTRIBUICAO = f"""
WITH guardada AS (
  SELECT e.id, e.codigo, u.* FROM atividade_distribuicao d
    JOIN contas_empresa e ON e.id = d.empresa_id AND e.calculada_em = d.calculada_em
   CROSS JOIN unnest(d.medidas, d.faixas, d.clientes, d.somas) u (medida, faixa, n, soma)
   WHERE e.id = ANY(%(empresas)s) AND d.versao = {distribuicao.VERSAO}
), contada AS (
  SELECT i.empresa_id AS id, m.medida, m.faixa, count(*) AS n, sum(m.valor) AS soma
    FROM atividade_indicadores i
   CROSS JOIN LATERAL (VALUES ('r', {distribuicao.recencia("i.ultima_compra")}, 0), ('f', i.dias_de_compra_12m, 0),
                              ('v', {distribuicao.faixa("i.valor_12m")}, i.valor_12m)) m (medida, faixa, valor)
   WHERE i.ultima_compra IS NOT NULL AND i.empresa_id IN (SELECT id FROM guardada)
   GROUP BY 1, 2, 3
), totais AS (
  SELECT id, medida, sum(n) AS n, sum(soma) AS soma FROM contada GROUP BY 1, 2
), aceitas AS (
  SELECT g.id, min(g.codigo) AS codigo, g.medida FROM guardada g JOIN totais t USING (id, medida)
   GROUP BY g.id, g.medida HAVING sum(g.n) = min(t.n) AND sum(g.soma) = min(t.soma)
)
SELECT format('empresa %%s: na medida %%s, %%s faixas não têm os clientes que a distribuição guardada diz', codigo,
              a.medida, count(*))
  FROM aceitas a
  JOIN (SELECT id, medida, faixa FROM guardada g FULL JOIN contada c USING (id, medida, faixa)
         WHERE (g.n, g.soma) IS DISTINCT FROM (c.n, c.soma)) x ON x.id = a.id AND x.medida = a.medida
 GROUP BY codigo, a.medida
"""

_SUJOS_ORFAOS = """
SELECT format('marca %%s: o cliente de número interno %%s já não existe', s.id, s.cliente_id)
  FROM atividade_sujo s WHERE NOT EXISTS (SELECT FROM clientes_cliente c WHERE c.id = s.cliente_id)
"""

INDICADORES = (
    Verificacao(
        "indicadores-na-unha",
        "Os indicadores de cada cliente são os da conta em Python, pedido por pedido.",
        RECALCULAR,
        na_unha,
    ),
    Verificacao(
        "indicadores-um-por-cliente",
        "Todo cliente tem a sua linha de indicadores.",
        RECALCULAR,
        _UM_POR_CLIENTE,
    ),
    Verificacao(
        "indicadores-copia",
        "O dono, a equipe, o segmento e a UF copiados para os indicadores são os do cadastro.",
        "O escopo das listas lê a cópia: pare a web, chame o suporte e restaure os gatilhos com `manage.py migrate`.",
        _COPIA,
    ),
    Verificacao(
        "indicadores-ultimo-contato",
        "O último contato é o mais novo dos efetivos que ninguém desfez.",
        "Abra um contato do cliente e grave-o de novo: o gatilho refaz a conta.",
        _ULTIMO_CONTATO,
    ),
    Verificacao(
        "indicadores-status", "O status é o que as duas datas dizem na referência.", RECALCULAR, _STATUS
    ),
    Verificacao("curva-abc", "A curva ABC é a da definição, refeita por inteiro.", RECALCULAR, _ABC),
    Verificacao("rfv", "As notas RFV são as da definição, refeitas por inteiro.", RECALCULAR, _RFV),
    Verificacao(
        "distribuicao-das-medidas",
        "A distribuição de onde a próxima rodada tira os cortes de ABC e RFV é a dos indicadores.",
        RECALCULAR,
        _DISTRIBUICAO,
    ),
    Verificacao(
        "sujos-orfaos",
        "Toda marca de recálculo é de um cliente que existe.",
        "Não muda número nenhum: são restos de cadastros unidos, que o próximo recálculo completo ignora.",
        _SUJOS_ORFAOS,
        grave=False,
    ),
)

# ── História e retratos ──────────────────────────────────────────────────────

_ENCADEADAS = """
SELECT format('cliente %%s: em %%s saiu de %%s, mas antes tinha ido para %%s', x.codigo,
              to_char(x.em, 'DD/MM/YYYY'), x.de, x.antes)
  FROM (SELECT c.codigo, m.em, m.de, lag(m.para) OVER (PARTITION BY m.cliente_id ORDER BY m.em, m.ordem) AS antes
          FROM atividade_mudancastatus m JOIN clientes_cliente c ON c.id = m.cliente_id
         WHERE c.empresa_id = ANY(%(empresas)s)) x
 WHERE x.antes IS NOT NULL AND x.de <> x.antes
"""

_ULTIMA = """
SELECT format('cliente %%s da empresa %%s: a última mudança é para %%s, e a história parou em %%s',
              c.codigo, e.codigo, m.para, i.status_historico)
  FROM (SELECT DISTINCT ON (cliente_id) cliente_id, para FROM atividade_mudancastatus ORDER BY cliente_id, em DESC, ordem DESC) m
  JOIN atividade_indicadores i ON i.cliente_id = m.cliente_id
  JOIN clientes_cliente c ON c.id = m.cliente_id JOIN contas_empresa e ON e.id = c.empresa_id
 WHERE e.id = ANY(%(empresas)s) AND i.status_historico <> '' AND m.para <> i.status_historico
"""

_HISTORIA_DE_HOJE = f"""
SELECT format('cliente %%s da empresa %%s: está %%s, e a história parou em %%s', c.codigo, e.codigo, i.status,
              i.status_historico)
  FROM atividade_indicadores i
  JOIN clientes_cliente c ON c.id = i.cliente_id JOIN contas_empresa e ON e.id = c.empresa_id
 WHERE e.id = ANY(%(empresas)s) AND NOT e.consulta_passada AND e.referencia = e.referencia_regular
   AND i.status_historico <> '' AND i.status <> i.status_historico AND {_EM_DIA}
"""

_DEPOIS_DA_RODADA = """
SELECT format('cliente %%s da empresa %%s: mudança de %%s, depois da referência %%s', c.codigo, e.codigo,
              to_char(m.em, 'DD/MM/YYYY'), to_char(e.referencia_regular, 'DD/MM/YYYY'))
  FROM atividade_mudancastatus m
  JOIN clientes_cliente c ON c.id = m.cliente_id JOIN contas_empresa e ON e.id = c.empresa_id
 WHERE e.id = ANY(%(empresas)s) AND m.em > e.referencia_regular
"""

_RETRATO_FALTANDO = """
SELECT format('empresa %%s: a noite de %%s ficou feita, e não há retrato de %%s', e.codigo,
              to_char(x.referencia, 'DD/MM/YYYY'), x.dia)
  FROM (SELECT empresa_id, referencia, passos #>> '{recalculo,contagens,referencia}' AS dia FROM atividade_execucao
         WHERE rotina = 'noturna' AND estado = 'feita' AND empresa_id = ANY(%(empresas)s)) x
  JOIN contas_empresa e ON e.id = x.empresa_id
 WHERE x.dia IS NOT NULL AND EXISTS (SELECT FROM clientes_cliente c WHERE c.empresa_id = e.id)
   AND NOT EXISTS (SELECT FROM atividade_retrato r WHERE r.empresa_id = e.id AND r.data = x.dia::date)
   AND EXISTS (SELECT FROM atividade_retrato r WHERE r.empresa_id = e.id AND r.data < x.dia::date)
"""

# Cada cliente mudado depois da rodada tira um de uma linha e põe um em outra: além disso, é erro.
_DIMENSOES = "vendedor_id, equipe_id, segmento_id, uf, curva_abc, status, marca"
_RECONTAGEM = f"""
WITH parada AS (
  SELECT e.* FROM contas_empresa e
   WHERE e.id = ANY(%(empresas)s) AND NOT e.consulta_passada AND e.referencia = e.referencia_regular
     AND EXISTS (SELECT FROM atividade_retrato r WHERE r.empresa_id = e.id AND r.data = e.referencia)
     -- com retratos por refazer (a noite os refaz), o do dia ainda não conta o que se recalculou depois dele
     AND NOT EXISTS (SELECT FROM atividade_estadodorecalculo s
                      WHERE s.empresa_id = e.id AND s.retratos_desde <= e.referencia)
), gravado AS (
  SELECT r.empresa_id, {_DIMENSOES}, r.clientes, r.valor_12m FROM atividade_retrato r
    JOIN parada e ON e.id = r.empresa_id AND r.data = e.referencia WHERE r.clientes > 0
), recontado AS (
  SELECT i.empresa_id, i.vendedor_id, i.equipe_id, i.segmento_id, i.uf, i.curva_abc, i.status,
         {fragmentos.marca(referencia="e.referencia")} AS marca, count(*) AS clientes, sum(i.valor_12m) AS valor_12m
    FROM atividade_indicadores i JOIN parada e ON e.id = i.empresa_id JOIN clientes_cliente c ON c.id = i.cliente_id
   WHERE NOT c.fora_do_perfil AND (c.encerrado_em IS NULL OR c.encerrado_em > e.referencia)
     AND (i.status <> 'prospect'
          OR coalesce(c.cadastrado_em, (c.criado_em AT TIME ZONE %(fuso)s)::date) <= e.referencia)
   GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
), mudados AS (
  SELECT m.empresa_id, count(*) AS n FROM (
    SELECT c.empresa_id, c.id FROM clientes_cliente c JOIN parada e ON e.id = c.empresa_id
     WHERE c.atualizado_em > e.calculada_em
        OR EXISTS (SELECT FROM atividade_sujo s WHERE s.cliente_id = c.id)
        OR EXISTS (SELECT FROM clientes_periododecarteira p WHERE p.cliente_id = c.id AND p.criado_em > e.calculada_em)
    UNION ALL
    SELECT f.empresa_id, f.absorvido_id FROM clientes_fusao f JOIN parada e ON e.id = f.empresa_id
     WHERE f.em > e.calculada_em
  ) m GROUP BY 1
), diferenca AS (
  SELECT coalesce(g.empresa_id, r.empresa_id) AS empresa_id,
         sum(abs(coalesce(g.clientes, 0) - coalesce(r.clientes, 0))) AS clientes,
         count(*) FILTER (WHERE g.valor_12m IS DISTINCT FROM r.valor_12m) AS valores
    FROM gravado g
    FULL JOIN recontado r
      ON (g.empresa_id, coalesce(g.vendedor_id, 0), coalesce(g.equipe_id, 0), coalesce(g.segmento_id, 0), g.uf,
          g.curva_abc, g.status, g.marca)
       = (r.empresa_id, coalesce(r.vendedor_id, 0), coalesce(r.equipe_id, 0), coalesce(r.segmento_id, 0), r.uf,
          r.curva_abc, r.status, r.marca)
   GROUP BY 1
)
SELECT format('empresa %%s: %%s clientes a mais ou a menos e %%s valores diferentes nas linhas do retrato de %%s',
              e.codigo, d.clientes, d.valores, to_char(e.referencia, 'DD/MM/YYYY'))
  FROM diferenca d JOIN parada e ON e.id = d.empresa_id LEFT JOIN mudados m ON m.empresa_id = e.id
 WHERE greatest(d.clientes, d.valores) > 2 * coalesce(m.n, 0)
"""

HISTORIA = (
    Verificacao(
        "mudancas-encadeadas",
        "Cada mudança de status sai do status a que a anterior chegou.",
        "A história só se acrescenta: uma linha foi apagada ou escrita por fora. Restaure a última cópia boa.",
        _ENCADEADAS,
    ),
    Verificacao(
        "mudancas-ate-hoje",
        "A última mudança de cada cliente chega ao status em que a história dele parou.",
        "Rode `manage.py recalcular`; se continuar, restaure a última cópia boa.",
        _ULTIMA,
    ),
    Verificacao(
        "historia-e-status",
        "Depois de uma rodada regular, o status de cada cliente é o da história dele.",
        RECALCULAR,
        _HISTORIA_DE_HOJE,
    ),
    Verificacao(
        "mudanca-do-futuro",
        "Nenhuma mudança de status é de depois da referência da empresa.",
        "Confira o relógio do servidor; rode `manage.py recalcular` quando a data chegar.",
        _DEPOIS_DA_RODADA,
    ),
    Verificacao(
        "retrato-da-noite",
        "Toda noite feita deixou o retrato do dia.",
        "Em Rotinas, «Rodar agora»: a rodada refaz o retrato do dia e preenche os que faltam.",
        _RETRATO_FALTANDO,
    ),
    Verificacao(
        "retrato-recontado",
        "Sem retratos por refazer, o da referência soma o que os indicadores somam, menos o que mudou depois da rodada.",
        "Em Rotinas, «Rodar agora»: a rodada refaz o retrato do dia.",
        _RECONTAGEM,
    ),
)
