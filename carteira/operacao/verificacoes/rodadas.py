"""Rodadas, importações e arquivos em andamento: ou alguém vivo os faz, ou estão presos."""

from carteira.operacao.verificacao import Verificacao
from carteira.travas import Rotina

# Quem roda cada rotina segura esta trava (um teste confere com a varredura, que a pergunta antes de tocar).
TRAVAS = {
    "noturna": Rotina.NOTURNA,
    "recalculo": Rotina.RECALCULO,
    "reescrita": Rotina.RECALCULO,
    "probabilidade": Rotina.PROBABILIDADE,
    "avaliacao": Rotina.AVALIACAO,
    "duplicados": Rotina.DUPLICADOS,
    "retratos": Rotina.RETRATOS,
    "copia": Rotina.COPIA,
}
VARREDURA = (
    "A varredura de cada minuto retoma o que parou: confira se o beat e um worker estão no ar (página Operação); "
    "se estão, veja o registro do worker."
)


def _sem_ninguem(rotina: str, chave: str) -> str:
    """Ninguém vivo segura a trava: quem morreu a soltou."""
    return f"""NOT EXISTS (
  SELECT FROM pg_locks l WHERE l.locktype = 'advisory' AND l.objsubid = 2 AND l.granted
     AND l.classid::bigint = {rotina} AND l.objid::bigint = {chave}
     AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()))"""


_TRAVAS = ", ".join(f"('{nome}', {int(trava)})" for nome, trava in TRAVAS.items())
# Vaga de uma noite que outra mais nova já superou não volta a rodar: não está presa.
_ABERTAS = f"""
SELECT x.*, coalesce(e.codigo, 'todas') AS empresa, x.iniciada_em AS desde
  FROM atividade_execucao x
  LEFT JOIN contas_empresa e ON e.id = x.empresa_id
  LEFT JOIN (VALUES {_TRAVAS}) t (nome, trava) ON t.nome = x.rotina
 WHERE (e.id IS NULL OR e.id = ANY(%(empresas)s))
   AND {_sem_ninguem("t.trava", "CASE WHEN x.rotina = 'noturna' THEN 0 ELSE coalesce(x.empresa_id, 0) END")}
   AND NOT (x.rotina = 'noturna' AND EXISTS (
     SELECT FROM atividade_execucao n WHERE n.rotina = 'noturna' AND n.referencia > x.referencia))
"""
_SEM_FIM = f"""
SELECT format('%%s de %%s, empresa %%s: rodando desde %%s e ninguém a faz', rotina, to_char(referencia, 'DD/MM/YYYY'),
              empresa, to_char(desde, 'DD/MM/YYYY HH24:MI TZ'))
  FROM ({_ABERTAS}) x WHERE estado = 'rodando' AND desde < %(limite)s
   AND NOT EXISTS (SELECT FROM jsonb_each(passos) p WHERE jsonb_typeof(p.value) = 'object'
                      AND (p.value ->> 'inicio')::timestamptz >= %(limite)s)
"""
_A_ESPERA = f"""
SELECT format('%%s de %%s, empresa %%s: pedida e ninguém a começou', rotina, to_char(referencia, 'DD/MM/YYYY'), empresa)
  FROM ({_ABERTAS}) x WHERE estado = 'pendente' AND criada_em < %(limite)s
"""

_FEITA_ABERTA = """
SELECT format('%%s de %%s, empresa %%s: dada por feita com «%%s» em %%s', x.rotina, to_char(x.referencia, 'DD/MM/YYYY'),
              coalesce(e.codigo, 'todas'), p.key, coalesce(p.value ->> 'estado', 'branco'))
  FROM atividade_execucao x LEFT JOIN contas_empresa e ON e.id = x.empresa_id
 CROSS JOIN LATERAL jsonb_each(x.passos) p
 WHERE x.rotina = 'noturna' AND x.estado = 'feita' AND p.value ->> 'estado' IS DISTINCT FROM 'feito'
"""

_FALHOU = """
SELECT format('%%s de %%s, empresa %%s: desistiu depois de três tentativas', x.rotina,
              to_char(x.referencia, 'DD/MM/YYYY'), coalesce(e.codigo, 'todas'))
  FROM atividade_execucao x LEFT JOIN contas_empresa e ON e.id = x.empresa_id
 WHERE x.estado = 'falhou' AND x.terminada_em > %(agora)s - interval '7 days'
"""

_REFERENCIA = """
SELECT format('empresa %%s: %%s', e.codigo, x.falta) FROM contas_empresa e
 CROSS JOIN LATERAL (SELECT CASE
    WHEN e.referencia > %(hoje)s THEN format('a referência %%s ainda não chegou', e.referencia)
    WHEN e.referencia IS NULL AND e.referencia_regular IS NOT NULL THEN 'há rodada regular e não há referência'
    WHEN NOT e.consulta_passada AND e.referencia IS DISTINCT FROM e.referencia_regular
         THEN format('a referência é %%s e a da última rodada regular é %%s', e.referencia, e.referencia_regular)
    END AS falta) x
 WHERE e.id = ANY(%(empresas)s) AND x.falta IS NOT NULL
"""

_IMPORTACAO_PRESA = f"""
SELECT format('importação %%s da empresa %%s: %%s, e ninguém a faz', i.id, e.codigo, i.estado)
  FROM clientes_importacao i JOIN contas_empresa e ON e.id = i.empresa_id
 WHERE e.id = ANY(%(empresas)s) AND i.estado IN ('conferindo', 'aplicando') AND i.criada_em < %(limite)s
   AND {_sem_ninguem(str(int(Rotina.IMPORTACAO)), "i.id")}
"""

_IMPORTACAO_ESTADO = """
SELECT format('importação %%s: %%s', i.id, CASE WHEN i.estado = 'aplicada' THEN 'aplicada sem hora ou sem resultado'
              ELSE i.estado || ' com hora de gravação' END)
  FROM clientes_importacao i
 WHERE i.empresa_id = ANY(%(empresas)s)
   AND (i.estado = 'aplicada' AND (i.aplicada_em IS NULL OR i.resultado IS NULL)
        OR i.estado IN ('enviada', 'conferindo', 'conferida', 'recusada', 'falhou') AND i.aplicada_em IS NOT NULL)
"""

_ARQUIVO_PRESO = f"""
SELECT format('arquivo %%s: %%s, e ninguém o faz', a.id, a.estado)
  FROM relatorios_arquivogerado a
 WHERE a.estado IN ('pendente', 'gerando') AND a.pedido_em < %(limite)s
   AND {_sem_ninguem(str(int(Rotina.ARQUIVO)), "0")}
"""

VERIFICACOES = (
    Verificacao(
        "rodada-sem-fim", "Nenhuma rodada está em andamento sem ninguém que a faça.", VARREDURA, _SEM_FIM
    ),
    Verificacao(
        "rodada-feita-inteira",
        "Toda noite dada por feita tem todos os passos feitos.",
        "Em Rotinas, «Rodar agora»: repetir é seguro, e ninguém recebe de novo.",
        _FEITA_ABERTA,
    ),
    Verificacao(
        "referencia",
        "A referência de cada empresa é a da última rodada aceita, e não está no futuro.",
        "Rode `manage.py recalcular`; confira o relógio e o fuso (FUSO) do servidor.",
        _REFERENCIA,
    ),
    Verificacao(
        "importacao-presa",
        "Nenhuma importação está em andamento sem ninguém que a faça.",
        VARREDURA,
        _IMPORTACAO_PRESA,
    ),
    Verificacao(
        "importacao-estado",
        "O estado de cada importação combina com a hora e o resultado dela.",
        "Abra a importação e envie o arquivo de novo: o que já entrou não entra duas vezes.",
        _IMPORTACAO_ESTADO,
    ),
    Verificacao(
        "arquivo-preso", "Nenhum arquivo pedido espera sem ninguém que o faça.", VARREDURA, _ARQUIVO_PRESO
    ),
    Verificacao("rodada-a-espera", "Toda rodada pedida já começou.", VARREDURA, _A_ESPERA, grave=False),
    Verificacao(
        "rodada-que-falhou",
        "Nenhuma rodada desistiu nos últimos sete dias.",
        "Abra Rotinas: o erro de cada passo está lá. Conserte a causa e use «Rodar agora».",
        _FALHOU,
        grave=False,
    ),
)
