"""Páginas por chave: a próxima custa o mesmo na milésima tela que na primeira.

O cursor guarda o valor da coluna ordenada, o id e quantas linhas já se viram. Nulos ficam sempre
no fim, nos dois sentidos: ordenar nunca esconde ninguém.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core import signing
from django.db.models import Count, F, Q, QuerySet, Subquery, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from contas.pronta import IDS, Entre, Pronta

_SAL = "carteira.cursor"
_CHAVE = "chave_da_ordem"
_TIPOS: tuple[tuple[str, type, Callable[[Any], Any], Callable[[str], Any]], ...] = (
    ("t", datetime, datetime.isoformat, datetime.fromisoformat),
    ("d", date, date.isoformat, date.fromisoformat),
    ("n", Decimal, str, Decimal),
    ("f", float, repr, float),
    ("i", int, str, int),
    ("s", str, str, str),
)


@dataclass(frozen=True, slots=True)
class Ordem:
    """Uma coluna e o sentido; `pode_faltar` põe os nulos no fim."""

    nome: str
    expressao: Combinable
    decrescente: bool = False
    pode_faltar: bool = True

    def ordenar(self, qs: QuerySet[Any], *, ao_contrario: bool = False) -> QuerySet[Any]:
        desce = self.decrescente != ao_contrario
        coluna = F(_CHAVE)
        nulos = {}
        if self.pode_faltar:
            nulos = {"nulls_first": True} if ao_contrario else {"nulls_last": True}
        chave = coluna.desc(**nulos) if desce else coluna.asc(**nulos)
        return qs.annotate(**{_CHAVE: self.expressao}).order_by(chave, "-pk" if ao_contrario else "pk")

    def depois_de(self, valor: Any, pk: int) -> Q:
        """As linhas que vêm depois desta."""
        if valor is None:
            return Q(**{f"{_CHAVE}__isnull": True, "pk__gt": pk})
        sinal = "lt" if self.decrescente else "gt"
        depois = Q(**{f"{_CHAVE}__{sinal}": valor}) | Q(**{_CHAVE: valor, "pk__gt": pk})
        return depois | Q(**{f"{_CHAVE}__isnull": True}) if self.pode_faltar else depois

    def antes_de(self, valor: Any, pk: int) -> Q:
        """As linhas que vêm antes desta."""
        if valor is None:
            return Q(**{f"{_CHAVE}__isnull": False}) | Q(**{f"{_CHAVE}__isnull": True, "pk__lt": pk})
        sinal = "gt" if self.decrescente else "lt"
        return Q(**{f"{_CHAVE}__{sinal}": valor}) | Q(**{_CHAVE: valor, "pk__lt": pk})


@dataclass(frozen=True, slots=True)
class Cursor:
    """Vai assinado na URL e diz de que ordem é: emendado ou de outra lista, volta-se ao começo."""

    ordem: str
    valor: Any
    pk: int
    vistas: int

    def texto(self) -> str:
        return signing.dumps([self.ordem, *_guardar(self.valor), self.pk, self.vistas], salt=_SAL)

    @classmethod
    def de_texto(cls, texto: str, ordem: str) -> "Cursor | None":
        try:
            de, tipo, guardado, pk, vistas = signing.loads(texto, salt=_SAL)
        except (signing.BadSignature, ValueError):
            return None
        return cls(de, _ler(tipo, guardado), pk, vistas) if de == ordem else None


def _guardar(valor: Any) -> tuple[str, str]:
    for tipo, classe, escrever, _ in _TIPOS:
        if isinstance(valor, classe):
            return tipo, escrever(valor)
    return "", ""


def _ler(tipo: str, guardado: str) -> Any:
    if not tipo:
        return None
    return next(ler for nome, _, _, ler in _TIPOS if nome == tipo)(guardado)


@dataclass(frozen=True, slots=True)
class Pagina:
    linhas: list[Any]
    desde: int
    proxima: str  # cursor, vazio na última

    @property
    def ate(self) -> int:
        return self.desde + len(self.linhas) - 1


def paginar(qs: QuerySet[Any], ordem: Ordem, cursor: Cursor | None, tamanho: int) -> Pagina:
    """As `tamanho` linhas depois do cursor, em duas consultas: as chaves da página e depois as linhas delas.

    Ordenar a carteira inteira com as tabelas vizinhas penduradas (`select_related`) custaria o que elas pesam.
    """
    ordenado = ordem.ordenar(qs)
    if cursor is not None:
        ordenado = ordenado.filter(ordem.depois_de(cursor.valor, cursor.pk))
    vistas = cursor.vistas if cursor else 0
    chaves = list(ordenado.values_list("pk", _CHAVE)[: tamanho + 1])
    proxima = ""
    if len(chaves) > tamanho:
        chaves = chaves[:tamanho]
        pk, valor = chaves[-1]
        proxima = Cursor(ordem.nome, valor, pk, vistas + tamanho).texto()
    return Pagina(_linhas(qs, [pk for pk, _ in chaves]), vistas + 1, proxima)


def _linhas(qs: QuerySet[Any], pks: list[Any]) -> list[Any]:
    """As linhas das chaves, na ordem delas e com as relações pedidas; o filtro e o escopo já as escolheram."""
    relacoes, adiados = qs.query.select_related, qs.query.deferred_loading
    prontas = _PRONTAS.setdefault(
        (qs.model, repr(relacoes), adiados), _completas(qs.model, relacoes, adiados)
    )
    achadas = {linha.pk: linha for linha in (prontas(pks) if pks else ())}
    return [achadas[pk] for pk in pks if pk in achadas]


# Uma por modelo e escolha de colunas à vista, que são poucas.
_PRONTAS: dict[Any, Pronta] = {}


def _completas(modelo: Any, relacoes: Any, adiados: Any) -> Pronta:
    def montar(ids: list[int]) -> QuerySet[Any]:
        completas: QuerySet[Any] = modelo._default_manager.filter(Entre("pk", ids)).order_by()
        completas.query.select_related = relacoes
        completas.query.deferred_loading = adiados
        return completas

    return Pronta(montar, IDS)


@dataclass(frozen=True, slots=True)
class Vizinhos:
    anterior: int | None
    proximo: int | None
    posicao: int


def vizinhos(qs: QuerySet[Any], ordem: Ordem, pk: int) -> Vizinhos | None:
    """Quem vem antes e depois na mesma lista; nada quando a linha não está nela."""
    ordenado = ordem.ordenar(qs)
    achado = list(ordenado.filter(pk=pk).values_list(_CHAVE, flat=True))
    if not achado:
        return None
    antes = ordem.ordenar(qs, ao_contrario=True).filter(ordem.antes_de(achado[0], pk))
    depois = ordenado.filter(ordem.depois_de(achado[0], pk))
    quantos = antes.order_by().annotate(um=Value(1)).values("um").annotate(n=Count("pk")).values("n")
    anterior, proximo, antecessores = (
        qs.filter(pk=pk)
        .values_list(
            Subquery(antes.values("pk")[:1]),
            Subquery(depois.values("pk")[:1]),
            Coalesce(Subquery(quantos), 0),
        )
        .get()
    )
    return Vizinhos(anterior, proximo, antecessores + 1)
