"""Os silêncios da carteira em datas passadas, e o que veio depois deles.

Um *silêncio* vai de uma compra à seguinte, ou à referência. Em cada *corte* (a data que se examina) cada
cliente com compra tem um silêncio aberto, e sabe-se se ele voltou nos `dias` seguintes: por isso o
seguimento tem de caber na referência. O banco conta os silêncios por tamanho, todos os cortes de uma vez;
a regra entra depois, sobre a contagem, pela função pura de `regras.py`: não há segunda versão dela em SQL.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db import connection, transaction
from django.db.models import Count

from atividade.cenarios import Cenario
from atividade.fragmentos import ler
from atividade.models import Indicadores
from atividade.regras import DIAS_PARA_CICLO_PROPRIO
from contas.models import Empresa

DIAS_DE_PERDA = 180
FINS_DE_MES = 12
# corte, segmento, limiar do cliente e ciclo próprio antes do silêncio (nulo se não há ou não foi pedido)
Chave = tuple[int, int | None, int | None, Decimal | None]
_DIAS_DE_COMPRA = {"dias": "dense_rank() OVER w"}
_SEM_CICLO = {"dias": "NULL::int", "compras": "NULL::date[]", "ciclo": "NULL::numeric"}
# A mediana exata dos intervalos até o começo do silêncio (`regras.ciclo_conhecido`), da própria varredura.
_COM_CICLO = {
    "dias": "NULL::int",
    "compras": "array_agg(p.data) OVER w",
    "ciclo": (
        f"(SELECT CASE WHEN count(*) >= {DIAS_PARA_CICLO_PROPRIO - 1} "
        "THEN (percentile_cont(0.5) WITHIN GROUP (ORDER BY g.b - g.a))::numeric(12, 4) END "
        "FROM unnest(q.compras[:cardinality(q.compras) - 1], q.compras[2:]) AS g (a, b) WHERE g.b > g.a)"
    ),
}


def fins_de_mes(referencia: date, dias: int, desde: date | None = None) -> tuple[date, ...]:
    """Os últimos doze fins de mês com `dias` de seguimento até a referência, do mais antigo ao mais novo.

    `desde` é a primeira compra da empresa: antes dela não há carteira a examinar.
    """
    fim = referencia - timedelta(days=dias)
    seguinte = (fim + timedelta(days=1)).replace(day=1)
    todos = [seguinte - relativedelta(months=n) - timedelta(days=1) for n in range(FINS_DE_MES)]
    return tuple(sorted(dia for dia in todos if desde is None or dia >= desde))


@dataclass(frozen=True, slots=True)
class Serie:
    """Silêncios de um grupo num corte, por última compra: somas corridas para contar um trecho sem percorrê-lo."""

    ultimas: tuple[date, ...]
    perdidos: tuple[int, ...]
    somas: tuple[tuple[int, ...], ...]  # perdidos, voltaram, perdidos com dono, voltaram com dono

    @classmethod
    def de_linhas(cls, linhas: Sequence[tuple[Any, ...]]) -> "Serie":
        colunas = tuple(zip(*linhas, strict=True))
        somas = tuple(tuple(accumulate(coluna, initial=0)) for coluna in colunas[1:])
        return cls(colunas[0], colunas[1], somas)

    def trecho(self, depois_de: date, ate: date) -> range:
        """Posições das últimas compras em (depois_de, ate]."""
        return range(bisect_right(self.ultimas, depois_de), bisect_right(self.ultimas, ate))

    def contar(self, trecho: range) -> tuple[int, ...]:
        return tuple(soma[trecho.stop] - soma[trecho.start] for soma in self.somas)


@dataclass(frozen=True)
class Contagem:
    """Tudo o que um retroteste precisa saber do passado."""

    cortes: tuple[date, ...]
    dias: int
    series: dict[Chave, Serie]


def contar(
    empresa: Empresa,
    cortes: Sequence[date],
    *,
    referencia: date,
    dias: int,
    cenario: Cenario,
    por_ciclo: bool = False,
) -> Contagem:
    """Uma consulta, por mais cortes que sejam; `cenario` só diz que clientes têm regra própria.

    `por_ciclo` separa também pelo ciclo de cada cliente, que regras por ciclo pedem e custa mais.
    """
    if not cortes:
        return Contagem((), dias, {})
    valores = _valores(empresa, cortes, referencia, dias, cenario)
    silencios = _silencios(_COM_CICLO if por_ciclo else _SEM_CICLO)
    sql = ler("contar_silencios").replace("{silencios}", silencios)
    grupos: dict[Chave, list[tuple[Any, ...]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(sql, valores)
        for corte, segmento, limiar, ciclo, *linha in cursor:
            grupos.setdefault((corte - 1, segmento, limiar, ciclo), []).append(tuple(linha))
    return Contagem(tuple(cortes), dias, {chave: Serie.de_linhas(x) for chave, x in grupos.items()})


def _silencios(trocas: dict[str, str]) -> str:
    sql = ler("silencios")
    for chave, texto in trocas.items():
        sql = sql.replace("{" + chave + "}", texto)
    return sql


def _valores(
    empresa: Empresa, cortes: Sequence[date], referencia: date, dias: int, cenario: Cenario
) -> dict[str, Any]:
    if cortes[-1] + timedelta(days=dias) > referencia:
        raise ValueError("o seguimento tem de caber na referência")
    return {
        "empresa": empresa.pk,
        "cortes": list(cortes),
        "primeiro_corte": cortes[0],
        "ultimo_corte": cortes[-1],
        "referencia": referencia,
        "dias": dias,
        "clientes": list(cenario.limiares),
        "limiares": list(cenario.limiares.values()),
    }


# ── Nome a nome ──────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Silencio:
    """O silêncio de um cliente num corte: o bastante para refazer a conta à mão."""

    corte: date
    codigo: str
    nome: str
    segmento_id: int | None
    segmento: str
    vendedor: str
    limiar_id: int | None
    dias_de_compra: int
    ciclo: Decimal | None
    ultima: date
    proxima: date | None
    perdeu: bool


def nome_a_nome(
    empresa: Empresa,
    cortes: Sequence[date],
    *,
    referencia: date,
    dias: int,
    cenario: Cenario,
    segmento: int | None = None,
) -> Iterator[Silencio]:
    """Os mesmos silêncios da contagem, um por cliente e corte, em fluxo: a memória não cresce com a carteira."""
    valores = _valores(empresa, cortes, referencia, dias, cenario) | {"segmento": segmento}
    sql = ler("nomes_dos_silencios").replace("{silencios}", _silencios(_COM_CICLO | _DIAS_DE_COMPRA))
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(sql, valores)
        while lote := cursor.fetchmany(2000):
            yield from (Silencio(*linha) for linha in lote)


# ── Quem atende ──────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Atendimento:
    """Clientes com compra de cada vendedor em cada segmento, pelo dono atual: é a força que há hoje."""

    clientes: dict[tuple[int, int | None], int]

    @classmethod
    def da_empresa(cls, empresa: Empresa) -> "Atendimento":
        linhas = (
            Indicadores.objects.filter(empresa=empresa, vendedor__isnull=False, ultima_compra__isnull=False)
            .em_carteira()
            .values_list("vendedor_id", "segmento_id")
            .annotate(n=Count("pk"))
            .order_by()
        )
        return cls({(vendedor, segmento): n for vendedor, segmento, n in linhas})

    def vendedores(self, segmento: int | None = None) -> int:
        """Quantos têm cliente na empresa ou no segmento."""
        return len(self._do(segmento))

    def quinhao(self, segmento: int | None = None) -> Fraction:
        """Que parte da carteira desses vendedores está no segmento: a parte dos avisos que lhe cabe."""
        donos = self._do(segmento)
        todos = sum(n for (dono, _), n in self.clientes.items() if dono in donos)
        if segmento is None or not todos:
            return Fraction(1)
        return Fraction(sum(n for (_, s), n in self.clientes.items() if s == segmento), todos)

    def _do(self, segmento: int | None) -> set[int]:
        return {dono for dono, s in self.clientes if segmento is None or s == segmento}
