"""Notas, títulos, orçamentos e atendimentos da demonstração, tirados dos pedidos e dos clientes pelo próprio banco.

O destino de cada um (quando se paga, se prorroga, se decide ou se fecha) é função da semente e do seu número.
Uma partida mais tarde acrescenta os que faltam e anda com os que já há: a mesma consulta cria e continua.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.db import connection

from carteira.demo import catalogo
from clientes.models import Atendimento, NotaFiscal, Orcamento, Titulo
from contas.models import Empresa

DIAS_DE_FATOS = 365


def _sorte(chave: str) -> str:
    """Número em [0, 1) tirado de um texto: igual em qualquer versão do PostgreSQL."""
    return f"(('x' || substr(md5({chave} || %(semente)s), 1, 7))::bit(28)::int / 268435456.0)"


def _util(dia: str) -> str:
    """O próprio dia ou, no fim de semana, a segunda-feira."""
    return f"({dia} + CASE extract(isodow FROM {dia})::int WHEN 6 THEN 2 WHEN 7 THEN 1 ELSE 0 END)"


# O pedido faturado tem nota no dia útil seguinte; o cancelado, às vezes uma nota cancelada.
_NOTAS = f"""
INSERT INTO clientes_notafiscal (empresa_id, numero, cliente_id, emissao, valor, situacao, pedido_numero,
                                 criado_em, atualizado_em)
SELECT p.empresa_id, (p.numero::bigint - 59000) || '-1', p.cliente_id, {_util("(p.data + 1)")}, p.valor,
       CASE p.situacao WHEN 'cancelado' THEN 'cancelada' ELSE 'autorizada' END, p.numero, now(), now()
FROM clientes_pedido p
WHERE p.empresa_id = %(empresa)s AND p.importacao_id IS NULL AND p.numero ~ '^[0-9]{{6,12}}$'
  AND p.data > %(desde)s AND p.data < %(hoje)s::date - 3
  AND (p.situacao = 'faturado' OR p.situacao = 'cancelado' AND {_sorte("'nota' || p.numero")} < 0.5)
ORDER BY p.numero::bigint
ON CONFLICT DO NOTHING
"""

# Uma a três parcelas a cada 28 dias. Oito em dez clientes pagam em dia, um atrasa, e uns poucos nem sempre pagam.
_PARCELAS = f"""
CREATE TEMP TABLE _parcelas ON COMMIT DROP AS
WITH parcelas AS (
  SELECT n.id AS nota, k, n.empresa_id, n.cliente_id, n.numero || '/' || chr(64 + k) AS numero, n.emissao,
         n.emissao + 28 * k AS vence, {_sorte("'pagador' || c.codigo")} AS pagador,
         CASE WHEN k = q THEN n.valor - round(n.valor / q, 2) * (q - 1) ELSE round(n.valor / q, 2) END AS valor
  FROM clientes_notafiscal n JOIN clientes_cliente c ON c.id = n.cliente_id
  CROSS JOIN LATERAL (SELECT CASE WHEN n.valor < 900 THEN 1 WHEN n.valor < 3000 THEN 2 ELSE 3 END AS q) x
  CROSS JOIN LATERAL generate_series(1, q) k
  WHERE n.empresa_id = %(empresa)s AND n.importacao_id IS NULL AND n.situacao = 'autorizada' AND n.valor > 0),
sorteadas AS (
  SELECT *, {_sorte("numero")} AS sorte, {_sorte("'prazo' || numero")} < 0.04 AS prorroga FROM parcelas),
destinos AS (
  SELECT *, vence - 3 AS prorroga_em, vence + CASE WHEN prorroga THEN 15 + 15 * (sorte * 2)::int ELSE 0 END AS final
  FROM sorteadas),
pagas AS (
  SELECT *, CASE WHEN pagador < 0.8 THEN final - 1 + (sorte * 3)::int
                 WHEN pagador < 0.93 THEN final + 3 + (sorte * 25)::int
                 WHEN sorte < 0.65 THEN final + 10 + (sorte * 40)::int END AS paga_em
  FROM destinos)
SELECT nota, k, empresa_id, cliente_id, numero, emissao, vence, final, prorroga_em, valor,
       prorroga AND prorroga_em <= %(hoje)s AS prorrogada,
       CASE WHEN prorroga AND prorroga_em <= %(hoje)s THEN final ELSE vence END AS vencimento,
       CASE WHEN paga_em <= %(hoje)s THEN 0 ELSE valor END AS saldo,
       CASE WHEN paga_em <= %(hoje)s THEN paga_em END AS pago_em
FROM pagas
"""

_TITULOS = """
INSERT INTO clientes_titulo (empresa_id, numero, cliente_id, emissao, vencimento, valor, saldo, pago_em,
                             criado_em, atualizado_em)
SELECT empresa_id, numero, cliente_id, emissao, vencimento, valor, saldo, pago_em, now(), now()
FROM _parcelas ORDER BY nota, k
ON CONFLICT (empresa_id, numero) DO UPDATE
SET vencimento = excluded.vencimento, saldo = excluded.saldo, pago_em = excluded.pago_em, atualizado_em = now()
WHERE clientes_titulo.importacao_id IS NULL AND clientes_titulo.pago_em IS NULL
  AND (clientes_titulo.vencimento, clientes_titulo.saldo, clientes_titulo.pago_em)
      IS DISTINCT FROM (excluded.vencimento, excluded.saldo, excluded.pago_em)
"""

_PRORROGACOES = """
INSERT INTO clientes_prorrogacaodetitulo (titulo_id, de, para, registrada_em)
SELECT t.id, p.vence, p.final, p.prorroga_em + time '12:00' FROM _parcelas p
JOIN clientes_titulo t USING (empresa_id, numero)
WHERE p.prorrogada AND t.importacao_id IS NULL
  AND NOT EXISTS (SELECT FROM clientes_prorrogacaodetitulo x WHERE x.titulo_id = t.id)
ORDER BY p.nota, p.k
"""

# Um cliente e um mês: quem tem o quê em cada um se sorteia sem depender dos outros.
_MESES = """clientes_cliente c
CROSS JOIN generate_series(date_trunc('month', %(desde)s::date::timestamp), %(hoje)s::date::timestamp,
                           interval '1 month') AS inicio
CROSS JOIN LATERAL (SELECT to_char(inicio, 'YYMM') || '-' || c.codigo AS chave) x
WHERE c.empresa_id = %(empresa)s AND c.importacao_id IS NULL AND c.encerrado_em IS NULL"""

_DIA_DO_MES = _util(f"(inicio::date + ({_sorte('chave')} * 26)::int)")

_ORCAMENTOS = f"""
INSERT INTO clientes_orcamento (empresa_id, numero, cliente_id, data, validade, valor, situacao, vendedor_id,
                                observacao, criado_em, atualizado_em)
SELECT empresa_id, 'O' || chave, id, data, data + 15,
       round(coalesce(limite_credito, 4000) * (0.08 + 0.3 * {_sorte("'valor' || chave")}), 2),
       CASE WHEN data + 3 + (destino * 20)::int > %(hoje)s OR destino > 0.85 THEN 'aberto'
            WHEN destino < 0.45 THEN 'aprovado' ELSE 'perdido' END,
       vendedor_id, (%(observacoes)s::text[])[1 + ({_sorte("'obs' || chave")} * %(quantas)s)::int], now(), now()
FROM (SELECT c.*, x.chave, {_DIA_DO_MES} AS data,
             {_sorte("'destino' || chave")} AS destino
      FROM {_MESES} AND {_sorte("'orcamento' || chave")} < 0.09) o
WHERE data <= %(hoje)s AND data >= coalesce(cadastrado_em, data)
ORDER BY data, chave
ON CONFLICT (empresa_id, numero) DO UPDATE SET situacao = excluded.situacao, atualizado_em = now()
WHERE clientes_orcamento.situacao = 'aberto' AND excluded.situacao <> 'aberto'
  AND clientes_orcamento.importacao_id IS NULL
"""

_ATENDIMENTOS = f"""
INSERT INTO clientes_atendimento (empresa_id, numero, cliente_id, tipo, assunto, descricao, aberto_em, fechado_em,
                                  solucao, criado_em, atualizado_em)
SELECT empresa_id, 'A' || chave, id, caso->>0, caso->>1, caso->>2, dia, fechado_em,
       CASE WHEN fechado_em IS NULL THEN '' ELSE caso->>3 END, now(), now()
FROM (SELECT *, %(casos)s::jsonb -> ({_sorte("'caso' || chave")} * %(quantos)s)::int AS caso,
             CASE WHEN espera > 0.12 AND dia + 1 + (espera * 25)::int <= %(hoje)s
                  THEN dia + 1 + (espera * 25)::int END AS fechado_em
      FROM (SELECT c.*, x.chave, {_DIA_DO_MES} AS dia,
                   {_sorte("'espera' || chave")} AS espera
            FROM {_MESES} AND {_sorte("'atendimento' || chave")} < 0.05) a
      WHERE dia <= %(hoje)s) b
WHERE EXISTS (SELECT FROM clientes_pedido p WHERE p.cliente_id = b.id AND p.conta
              AND p.data BETWEEN b.dia - 45 AND b.dia)
ORDER BY dia, chave
ON CONFLICT (empresa_id, numero) DO UPDATE
SET fechado_em = excluded.fechado_em, solucao = excluded.solucao, atualizado_em = now()
WHERE clientes_atendimento.fechado_em IS NULL AND excluded.fechado_em IS NOT NULL
  AND clientes_atendimento.importacao_id IS NULL AND clientes_atendimento.aberto_por_id IS NULL
"""


def trazer(*, empresa: Empresa, semente: int, desde: date, hoje: date, dizer: Callable[[str], None]) -> None:
    """Os fatos de (desde, hoje] como se veem hoje; repetir no mesmo dia não muda nada."""
    parametros: dict[str, Any] = {
        "empresa": empresa.pk,
        "semente": f":{semente}",
        "desde": desde,
        "hoje": hoje,
        "observacoes": list(catalogo.OBSERVACOES_DE_ORCAMENTO),
        "quantas": len(catalogo.OBSERVACOES_DE_ORCAMENTO) - 1,
        "casos": catalogo.casos_de_atendimento(),
        "quantos": len(catalogo.CASOS_DE_ATENDIMENTO) - 1,
    }
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {Orcamento._meta.db_table}, clientes_cliente, clientes_pedido")
        cursor.execute(_NOTAS, parametros)
        cursor.execute("DROP TABLE IF EXISTS _parcelas")
        for consulta in (_PARCELAS, _TITULOS, _PRORROGACOES, _ORCAMENTOS, _ATENDIMENTOS):
            cursor.execute(consulta, parametros)
    quantos = ", ".join(
        f"{modelo._default_manager.filter(empresa=empresa).count()} {modelo._meta.verbose_name_plural}"
        for modelo in (NotaFiscal, Titulo, Orcamento, Atendimento)
    )
    dizer(quantos)
