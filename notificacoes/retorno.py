"""O retorno dos avisos: de quem se avisou, com quantos alguém falou, e quantos compraram.

Um cliente conta uma vez em cada grupo, do primeiro aviso do período. Contatado é o contato efetivo, de qualquer pessoa
e canal, do dia do aviso até N dias depois; comprou é o pedido que conta, do contato (ou do aviso, se ninguém falou)
até M dias depois do aviso e até a data dos números. Intocado é o avisado com quem ninguém falou e que não comprou do
dia do aviso em diante. Tudo em conjunto: o número de consultas não depende de quantos avisos há.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from clientes.models import CanalDeContato, Cliente
from contas.alcada import vendedores_da_alcada
from contas.models import Usuario
from contas.replica import conexao
from notificacoes.decisoes import NOMES
from notificacoes.models import EstadoDaMensagem, ItemDeMensagem, RegraDeAviso
from notificacoes.models.regra import PREFIXO_DA_CHAVE

DIAS_DO_CONTATO, DIAS_DA_COMPRA = 7, 30
MAIOR_PRAZO = 180
CEM = Decimal(100)


class Grupo(StrEnum):
    """Por que se abre o retorno."""

    QUEM = "vendedor"
    EQUIPE = "equipe"
    REGRA = "regra"


class Medida(StrEnum):
    """Que clientes estão atrás de um número."""

    ALERTADOS = "alertados"
    CONTATADOS = "contatados"
    SEM_CONTATO = "sem_contato"
    COMPRARAM = "compraram"
    COMPRARAM_SEM = "compraram_sem_contato"
    INTOCADOS = "intocados"


# (primeiro dia, último dia) de idade de cada faixa; a última não acaba.
FAIXAS: dict[str, tuple[int, int | None]] = {
    "0-2": (0, 2),
    "3-7": (3, 7),
    "8-14": (8, 14),
    "15-30": (15, 30),
    "31": (31, None),
}


@dataclass(frozen=True, slots=True)
class Prazo:
    """Os dias dos avisos (os dois contados), os prazos que se dão e a data até onde há o que contar."""

    de: date
    ate: date
    hoje: date
    contato: int = DIAS_DO_CONTATO
    compra: int = DIAS_DA_COMPRA


@dataclass(slots=True)
class Retorno:
    """O que deu um grupo de avisos."""

    alertados: int = 0
    contatados: int = 0
    no_prazo: int = 0  # ainda sem contato, e o prazo não acabou
    compraram: int = 0
    valor: Decimal = Decimal(0)
    compraram_sem: int = 0  # sem que ninguém falasse
    valor_sem: Decimal = Decimal(0)

    def __iadd__(self, outro: "Retorno") -> "Retorno":
        for campo in fields(self):
            setattr(self, campo.name, getattr(self, campo.name) + getattr(outro, campo.name))
        return self

    @property
    def sem_contato(self) -> int:
        return self.alertados - self.contatados

    @property
    def contatados_pct(self) -> Decimal | None:
        return _parte(self.contatados, self.alertados)

    @property
    def compraram_pct(self) -> Decimal | None:
        """Dos contatados."""
        return _parte(self.compraram, self.contatados)

    @property
    def compraram_sem_pct(self) -> Decimal | None:
        """Dos que ninguém contatou: a comparação que diz se ligar adiantou."""
        return _parte(self.compraram_sem, self.sem_contato)


def _parte(quantos: int, de: int) -> Decimal | None:
    return quantos * CEM / de if de else None


@dataclass(frozen=True, slots=True)
class Linha:
    """Um grupo: a chave que vai na URL, o nome e o retorno."""

    chave: str
    nome: str
    retorno: Retorno


# O e-mail que não saiu não avisou ninguém, se a pessoa também não o teve na central.
_NAO_CHEGOU = (EstadoDaMensagem.MORTA, EstadoDaMensagem.CANCELADA, EstadoDaMensagem.SUSPENSA)


# ── De que avisos se fala ────────────────────────────────────────────────────


def alertas_visiveis(usuario: Usuario) -> QuerySet[Any]:
    """As decisões que a pessoa vê: de clientes que ela vê, avisados a ela ou a quem é da alçada dela."""
    pessoas = Q(pessoa=usuario) | Q(pessoa__in=vendedores_da_alcada(usuario))
    decisoes = ItemDeMensagem.objects.filter(pessoas, cliente__in=Cliente.objects.visiveis_para(usuario))
    return com_dia(decisoes)


def com_dia(decisoes: QuerySet[Any]) -> QuerySet[Any]:
    """Só o que chegou a alguém, com `dia`, o da vaga da decisão; as primeiras da casa só o tinham na mensagem."""
    chegaram = decisoes.exclude(aviso=None, mensagem__estado__in=_NAO_CHEGOU)
    anotadas: QuerySet[Any] = chegaram.annotate(dia=Coalesce("decidido_em", "mensagem__referencia"))
    return anotadas.filter(dia__isnull=False)


def do_periodo(
    alertas: QuerySet[Any], prazo: Prazo, *, quem: str = "", equipe: str = "", regra: str = ""
) -> QuerySet[Any]:
    filtros: dict[str, Any] = {"dia__gte": prazo.de, "dia__lte": prazo.ate}
    filtros |= {"pessoa": quem} if quem else {}
    filtros |= {"cliente__equipe": equipe} if equipe else {}
    filtros |= {"regra": regra} if regra else {}
    return alertas.filter(**filtros)


# ── O funil ──────────────────────────────────────────────────────────────────

_CHAVES = {
    Grupo.QUEM: "a.pessoa_id::text",
    Grupo.EQUIPE: "c.equipe_id::text",
    Grupo.REGRA: "a.regra",
    None: "''",
}
# Cada aviso com o primeiro contato e as compras dele. O contato é o efetivo e não desfeito, como em todo relógio da
# casa; a compra é o pedido que conta.
_MEDIDOS = """
WITH a AS MATERIALIZED ({escopo}),
primeiros AS (
    SELECT {chave} AS chave, a.cliente_id, min(a.dia) AS dia
    FROM a JOIN clientes_cliente c ON c.id = a.cliente_id GROUP BY 1, 2
),
medidos AS (
    SELECT p.chave, p.cliente_id, p.dia, k.dia AS contato, o.pedidos, o.valor
    FROM primeiros p
    JOIN clientes_cliente c ON c.id = p.cliente_id
    JOIN contas_empresa e ON e.id = c.empresa_id
    CROSS JOIN LATERAL (
        SELECT (min(k.em) AT TIME ZONE %(fuso)s)::date AS dia
        FROM clientes_contato k JOIN clientes_ocorrencia r ON r.id = k.ocorrencia_id AND r.efetiva
        WHERE k.cliente_id = p.cliente_id AND k.desfeito_em IS NULL
          AND k.em >= p.dia::timestamp AT TIME ZONE %(fuso)s
          AND k.em < (p.dia + %(contato)s + 1)::timestamp AT TIME ZONE %(fuso)s
    ) k
    CROSS JOIN LATERAL (
        SELECT count(*) AS pedidos, coalesce(sum(o.valor), 0) AS valor
        FROM clientes_pedido o
        WHERE o.cliente_id = p.cliente_id AND o.conta AND o.data >= coalesce(k.dia, p.dia)
          AND o.data <= least(p.dia + %(compra)s, coalesce(e.referencia, %(hoje)s))
    ) o
)
"""
_SOMAS = """
SELECT chave, count(*), count(contato),
       count(*) FILTER (WHERE contato IS NULL AND dia + %(contato)s >= %(hoje)s),
       count(*) FILTER (WHERE contato IS NOT NULL AND pedidos > 0),
       coalesce(sum(valor) FILTER (WHERE contato IS NOT NULL), 0),
       count(*) FILTER (WHERE contato IS NULL AND pedidos > 0),
       coalesce(sum(valor) FILTER (WHERE contato IS NULL), 0)
FROM medidos GROUP BY 1
"""
_CONDICOES = {
    Medida.ALERTADOS: "true",
    Medida.CONTATADOS: "contato IS NOT NULL",
    Medida.SEM_CONTATO: "contato IS NULL",
    Medida.COMPRARAM: "contato IS NOT NULL AND pedidos > 0",
    Medida.COMPRARAM_SEM: "contato IS NULL AND pedidos > 0",
}


def retorno_por(alertas: QuerySet[Any], prazo: Prazo, grupo: Grupo | None) -> dict[str, Retorno]:
    """O retorno de cada grupo, em uma consulta; sem grupo, o de todos os clientes avisados, na chave vazia."""
    linhas = _consultar(_MEDIDOS.replace("{chave}", _CHAVES[grupo]) + _SOMAS, alertas, prazo)
    return {chave or "": Retorno(*resto) for chave, *resto in linhas}


def clientes_da(medida: Medida, alertas: QuerySet[Any], prazo: Prazo, faixa: str = "") -> list[int]:
    """Os clientes atrás de um número."""
    if medida is Medida.INTOCADOS:
        sql = (
            _INTOCADOS + "SELECT cliente_id FROM intocados WHERE idade BETWEEN %(idade_de)s AND %(idade_ate)s"
        )
    else:
        sql = _MEDIDOS.replace("{chave}", "''") + f"SELECT cliente_id FROM medidos WHERE {_CONDICOES[medida]}"
    return [linha[0] for linha in _consultar(sql, alertas, prazo, faixa)]


def _consultar(sql: str, alertas: QuerySet[Any], prazo: Prazo, faixa: str = "") -> list[Any]:
    colunas = alertas.order_by().values("pessoa_id", "cliente_id", "regra", "dia")
    texto, valores = colunas.query.sql_with_params()
    escopo, nomeados = _nomear(texto, valores)
    de, ate = FAIXAS.get(faixa, (0, None))
    parametros = nomeados | {
        "fuso": settings.TIME_ZONE,
        "contato": prazo.contato,
        "compra": prazo.compra,
        "hoje": prazo.hoje,
        "nao_contatar": list(CanalDeContato.values),
        "idade_de": de,
        "idade_ate": 100_000 if ate is None else ate,
    }
    with conexao().cursor() as cursor:
        cursor.execute(sql.replace("{escopo}", escopo), parametros)
        return list(cursor.fetchall())


def _nomear(sql: str, valores: Sequence[Any]) -> tuple[str, dict[str, Any]]:
    """O SQL do Django com os parâmetros por nome: o resto da consulta repete os seus."""
    nomes = [f"escopo_{n}" for n in range(len(valores))]
    return sql % tuple(f"%({nome})s" for nome in nomes), dict(zip(nomes, valores, strict=True))


# ── Os intocados ─────────────────────────────────────────────────────────────

# Do primeiro aviso que ficou sem resposta. Só quem ainda se pode procurar: os outros não são pendência de ninguém.
_INTOCADOS = """
WITH a AS MATERIALIZED ({escopo}),
intocados AS (
    SELECT a.cliente_id, %(hoje)s::date - min(a.dia) AS idade
    FROM a JOIN clientes_cliente c ON c.id = a.cliente_id
    JOIN atividade_indicadores i ON i.cliente_id = a.cliente_id
    WHERE a.dia > coalesce((i.ultimo_contato_em AT TIME ZONE %(fuso)s)::date, '-infinity')
      AND a.dia > coalesce(i.ultima_compra, '-infinity')
      AND c.encerrado_em IS NULL AND NOT c.fora_do_perfil
      AND NOT c.nao_contatar @> %(nao_contatar)s::varchar[]
    GROUP BY 1
)
"""


def intocados_por_faixa(alertas: QuerySet[Any], prazo: Prazo) -> dict[str, int]:
    """Quantos clientes avisados ninguém tocou, pela idade do primeiro aviso sem resposta; as cinco faixas sempre."""
    casos = " ".join(
        f"WHEN idade <= {ate} THEN '{nome}'" if ate is not None else f"ELSE '{nome}'"
        for nome, (_, ate) in FAIXAS.items()
    )
    sql = f"{_INTOCADOS} SELECT CASE {casos} END, count(*) FROM intocados GROUP BY 1"
    achadas = dict(_consultar(sql, alertas, prazo))
    return {faixa: achadas.get(faixa, 0) for faixa in FAIXAS}


# ── Nomes ────────────────────────────────────────────────────────────────────


def nome_das_regras(chaves: Iterable[str]) -> dict[str, str]:
    """O nome de cada regra que decidiu algo, mesmo arquivada."""
    apagadas = {chave: "Regra apagada" for chave in chaves if chave.startswith(PREFIXO_DA_CHAVE)}
    return apagadas | NOMES | RegraDeAviso.objects.nomes_por_chave(apagadas)


def linhas_de(retornos: dict[str, Retorno], nomes: dict[str, str], sem: str) -> list[Linha]:
    """As linhas pelo número de alertados; o nome desempata."""
    linhas = [Linha(chave, nomes.get(chave, sem), retorno) for chave, retorno in retornos.items()]
    return sorted(linhas, key=lambda linha: (-linha.retorno.alertados, linha.nome))


# ── O do e-mail da semana ────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class RetornoDaSemana:
    """O que um gestor lê na segunda: os avisos de uma semana cujo prazo de contato já acabou."""

    de: date
    ate: date
    prazo: int
    retorno: Retorno
    intocados: int


def retornos_da_semana(vaga: date, celulas: Iterable[tuple[int, int, int]]) -> dict[int, RetornoDaSemana]:
    """Por gestor, das células (gestor, equipe, empresa) dele; duas consultas, quantos forem os gestores.

    A semana é a que terminou há `DIAS_DO_CONTATO` dias: a de ontem ainda não teve tempo de ser respondida.
    """
    ate = vaga - timedelta(days=DIAS_DO_CONTATO + 1)
    prazo = Prazo(ate - timedelta(days=6), ate, vaga)
    de_vendedores = com_dia(ItemDeMensagem.objects.filter(pessoa__papel="vendedor"))
    alertas = do_periodo(de_vendedores, prazo)
    sql = _MEDIDOS.replace("{chave}", "c.empresa_id || ':' || c.equipe_id") + _SOMAS
    retornos = {chave: Retorno(*resto) for chave, *resto in _consultar(sql, alertas, prazo) if chave}
    por_celula = (
        f"{_INTOCADOS} SELECT c.empresa_id || ':' || c.equipe_id, count(*) FROM intocados n "
        "JOIN clientes_cliente c ON c.id = n.cliente_id GROUP BY 1"
    )
    intocados = dict(_consultar(por_celula, alertas, prazo))
    somas: dict[int, Retorno] = {}
    parados: dict[int, int] = {}
    for gestor, equipe, empresa in celulas:
        chave = f"{empresa}:{equipe}"
        soma = somas.setdefault(gestor, Retorno())
        soma += retornos.get(chave, Retorno())
        parados[gestor] = parados.get(gestor, 0) + intocados.get(chave, 0)
    return {
        gestor: RetornoDaSemana(prazo.de, prazo.ate, prazo.contato, retorno, parados[gestor])
        for gestor, retorno in somas.items()
        if retorno.alertados
    }
