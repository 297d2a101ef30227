"""O que está pendente com um cliente: títulos, crédito, orçamentos e atendimentos, na referência da empresa.

`pendencias_de` resume muitos clientes em uma consulta (lista, fila, ficha); `itens_pendentes` dá os nomes de um.
Vencido é o título com saldo cujo vencimento passou da referência; no próprio dia ainda se paga.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db import connection

from clientes.models import TipoDeAtendimento

DIAS_DE_AVISO = 5  # vence até daqui a tantos dias: amarelo
USO_ALTO = Decimal(90)  # % do limite de crédito acima da qual o farol fica amarelo
ITENS_NA_TELA = 6
ZERO = Decimal(0)


class Farol(StrEnum):
    VERMELHO = "vermelho"
    AMARELO = "amarelo"
    VERDE = "verde"


@dataclass(frozen=True, slots=True)
class Pendencias:
    """O resumo de um cliente em `em`, a referência da empresa dele."""

    em: date
    limite: Decimal | None = None
    vencidos: int = 0
    valor_vencido: Decimal = ZERO
    vencido_desde: date | None = None
    vencem_logo: int = 0
    valor_que_vence_logo: Decimal = ZERO
    vence_em: date | None = None
    a_vencer: int = 0
    valor_a_vencer: Decimal = ZERO
    orcamentos: int = 0
    valor_dos_orcamentos: Decimal = ZERO
    orcamento_vence_em: date | None = None
    atendimentos: int = 0
    nao_conformidades: int = 0

    @property
    def em_aberto(self) -> Decimal:
        return self.valor_vencido + self.valor_a_vencer

    @property
    def dias_de_atraso(self) -> int:
        """Do título que espera há mais tempo."""
        return (self.em - self.vencido_desde).days if self.vencido_desde else 0

    @property
    def uso_do_limite(self) -> Decimal | None:
        """Em %; sem limite informado não há o que dizer, e limite zero com dívida é todo o limite."""
        if self.limite is None:
            return None
        if self.limite <= 0:
            return Decimal(100) if self.em_aberto else ZERO
        return self.em_aberto * 100 / self.limite

    @property
    def livre(self) -> Decimal | None:
        return None if self.limite is None else max(ZERO, self.limite - self.em_aberto)

    @property
    def limite_no_fim(self) -> bool:
        return self.uso_do_limite is not None and self.uso_do_limite > USO_ALTO

    @property
    def orcamento_vence_logo(self) -> bool:
        vence = self.orcamento_vence_em
        return vence is not None and (vence - self.em).days <= DIAS_DE_AVISO

    @property
    def farol(self) -> Farol:
        """A situação financeira numa palavra: vencido é vermelho; a vencer logo ou limite no fim, amarelo."""
        if self.vencidos:
            return Farol.VERMELHO
        return Farol.AMARELO if self.vencem_logo or self.limite_no_fim else Farol.VERDE

    @property
    def alguma(self) -> bool:
        return bool(self.vencidos or self.a_vencer or self.orcamentos or self.atendimentos)


_RESUMO = """
SELECT a.id, a.em, a.limite, t.vencidos, t.valor_vencido, t.vencido_desde, t.vencem_logo, t.valor_que_vence_logo,
       t.vence_em, t.a_vencer, t.valor_a_vencer, o.orcamentos, o.valor_dos_orcamentos, o.orcamento_vence_em,
       n.atendimentos, n.nao_conformidades
FROM (SELECT c.id, c.limite_credito AS limite, coalesce(e.referencia, %(hoje)s::date) AS em
      FROM clientes_cliente c JOIN contas_empresa e ON e.id = c.empresa_id WHERE c.id = ANY(%(clientes)s)) a
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE vencimento < a.em) AS vencidos,
           coalesce(sum(saldo) FILTER (WHERE vencimento < a.em), 0) AS valor_vencido,
           min(vencimento) FILTER (WHERE vencimento < a.em) AS vencido_desde,
           count(*) FILTER (WHERE vencimento BETWEEN a.em AND a.em + %(aviso)s) AS vencem_logo,
           coalesce(sum(saldo) FILTER (WHERE vencimento BETWEEN a.em AND a.em + %(aviso)s), 0) AS valor_que_vence_logo,
           min(vencimento) FILTER (WHERE vencimento >= a.em) AS vence_em,
           count(*) FILTER (WHERE vencimento >= a.em) AS a_vencer,
           coalesce(sum(saldo) FILTER (WHERE vencimento >= a.em), 0) AS valor_a_vencer
    FROM clientes_titulo WHERE cliente_id = a.id AND saldo > 0) t
CROSS JOIN LATERAL (
    SELECT count(*) AS orcamentos, coalesce(sum(valor), 0) AS valor_dos_orcamentos, min(validade) AS orcamento_vence_em
    FROM clientes_orcamento
    WHERE cliente_id = a.id AND situacao = 'aberto' AND (validade IS NULL OR validade >= a.em)) o
CROSS JOIN LATERAL (
    SELECT count(*) AS atendimentos, count(*) FILTER (WHERE tipo = 'nao_conformidade') AS nao_conformidades
    FROM clientes_atendimento WHERE cliente_id = a.id AND fechado_em IS NULL) n
"""


def pendencias_de(clientes: Iterable[int], hoje: date) -> dict[int, Pendencias]:
    """O resumo de cada cliente, em uma consulta; `hoje` só serve à empresa que ainda não tem referência."""
    ids = list(clientes)
    if not ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_RESUMO, {"clientes": ids, "hoje": hoje, "aviso": DIAS_DE_AVISO})
        return {pk: Pendencias(*resto) for pk, *resto in cursor.fetchall()}


# ── Um a um, para a ficha ────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class ItemPendente:
    """Um título, orçamento ou atendimento à espera, com o que a tela diz dele."""

    tipo: str
    id: int
    numero: str
    em: date
    data: date | None
    valor: Decimal | None
    dados: dict[str, Any] = field(default_factory=dict)

    @property
    def dias(self) -> int:
        """Dias até a data; negativo quando já passou."""
        return (self.data - self.em).days if self.data else 0

    @property
    def dias_de_atraso(self) -> int:
        return max(0, -self.dias)

    @property
    def atrasado(self) -> bool:
        return self.tipo == "titulo" and self.dias < 0

    @property
    def logo(self) -> bool:
        return self.tipo != "atendimento" and self.data is not None and 0 <= self.dias <= DIAS_DE_AVISO

    @property
    def prorrogacoes(self) -> list[date]:
        """Os vencimentos que o título já teve, do mais velho ao mais novo."""
        return [date.fromisoformat(dia) for dia in self.dados.get("prorrogacoes") or []]

    @property
    def nao_conformidade(self) -> bool:
        return self.dados.get("tipo") == TipoDeAtendimento.NAO_CONFORMIDADE

    @property
    def tipo_em_palavras(self) -> str:
        return str(TipoDeAtendimento(self.dados["tipo"]).label)


_ITENS = """
(SELECT 'titulo' AS tipo, t.id, t.numero, t.vencimento AS data, t.saldo AS valor,
        jsonb_build_object('valor', t.valor::text,
            'prorrogacoes', (SELECT jsonb_agg(p.de ORDER BY p.id) FROM clientes_prorrogacaodetitulo p
                             WHERE p.titulo_id = t.id))
 FROM clientes_titulo t WHERE t.cliente_id = %(cliente)s AND t.saldo > 0 ORDER BY t.vencimento, t.id LIMIT %(limite)s)
UNION ALL
(SELECT 'orcamento', o.id, o.numero, o.validade, o.valor, jsonb_build_object('observacao', o.observacao)
 FROM clientes_orcamento o
 WHERE o.cliente_id = %(cliente)s AND o.situacao = 'aberto' AND (o.validade IS NULL OR o.validade >= %(em)s)
 ORDER BY o.validade NULLS LAST, o.id LIMIT %(limite)s)
UNION ALL
(SELECT 'atendimento', a.id, a.numero, a.aberto_em, NULL, jsonb_build_object('tipo', a.tipo, 'assunto', a.assunto)
 FROM clientes_atendimento a WHERE a.cliente_id = %(cliente)s AND a.fechado_em IS NULL
 ORDER BY (a.tipo = 'nao_conformidade') DESC, a.aberto_em, a.id LIMIT %(limite)s)
"""


def itens_pendentes(cliente_id: int, em: date, limite: int = ITENS_NA_TELA) -> list[ItemPendente]:
    """Até `limite` de cada tipo, o que aperta primeiro, em uma consulta."""
    with connection.cursor() as cursor:
        cursor.execute(_ITENS, {"cliente": cliente_id, "em": em, "limite": limite})
        linhas = cursor.fetchall()
    return [
        ItemPendente(tipo, pk, numero, em, dia, valor, _json(dados))
        for tipo, pk, numero, dia, valor, dados in linhas
    ]


def _json(valor: Any) -> Any:
    """O cursor do Django entrega jsonb como texto."""
    return json.loads(valor) if isinstance(valor, str) else valor
