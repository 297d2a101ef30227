"""Duas dimensões cruzadas: quantos clientes (ou quanto R$) em cada par, com os totais que fecham.

A atividade é uma dimensão como as outras; nela os prospects aparecem ao lado, fora dos totais e das
porcentagens. Sem ela, contam-se ativos, quase inativos e inativos juntos, ou só a situação pedida.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Case, CharField, Count, F, Max, Sum, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Concat

from atividade.regras import Marca, Status
from atividade.rotulos import PLURAIS
from contas.models import Usuario
from relatorios.composicao import (
    DIMENSOES,
    NA_CONTA,
    SEM,
    TEXTOS,
    ZERO,
    Dimensao,
    Recorte,
    condicoes_das_marcas,
    linhas,
)
from relatorios.passado import Passado, rotulos


class _Atividade(Dimensao):
    """A situação e a marca dela numa chave só: `ativo.novo`, `inativo`, `prospect`."""

    @property
    def chave(self) -> Combinable:
        marcas = [
            When(condicao, then=Concat(F("status"), Value(f".{marca}")))
            for marca, condicao in condicoes_das_marcas().items()
        ]
        return Case(*marcas, default=F("status"), output_field=CharField())

    def rotulo(self, chave: Any, partes: Sequence[str]) -> str:
        status, _, marca = str(chave).partition(".")
        plural = PLURAIS[Status(status)]
        return f"{plural} {PLURAIS[Marca(marca)]}" if marca else plural


ATIVIDADE = _Atividade("atividade", "Atividade", "status")
CRUZAVEIS: dict[str, Dimensao] = {"atividade": ATIVIDADE, **DIMENSOES}
# A ordem em que a atividade se lê, da que compra à que se foi.
_ORDEM = (
    "ativo.novo", "ativo.recuperado", "ativo", "quase_inativo", "inativo.recente", "inativo.antigo", "inativo",
    "prospect",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Celula:
    clientes: int = 0
    valor: Decimal = ZERO

    def __add__(self, outra: "Celula") -> "Celula":
        return Celula(self.clientes + outra.clientes, self.valor + outra.valor)


Celulas = dict[tuple[str, str], Celula]


@dataclass(frozen=True, slots=True)
class Faixa:
    """Uma linha ou uma coluna: a chave que os filtros entendem, o nome e o total na conta."""

    chave: str
    rotulo: str
    total: Celula = Celula()
    na_conta: bool = True

    @property
    def ordem(self) -> str:
        """O valor de `ordem` que põe as linhas pela coluna."""
        return f"c.{self.chave}"


@dataclass(frozen=True)
class Cruzada:
    linhas: list[Faixa]
    colunas: list[Faixa]
    celulas: Celulas = field(default_factory=dict)
    total: Celula = Celula()

    def celula(self, linha: str, coluna: str) -> Celula:
        return self.celulas.get((linha, coluna), Celula())


Par = tuple[Any, Any, int, Decimal, str | None, str | None]


def cruzar(
    usuario: Usuario, recorte: Recorte, linha: Dimensao, coluna: Dimensao, situacao: str = ""
) -> Cruzada:
    """A carteira de hoje, em uma consulta."""
    com_cadastro = linha.do_cadastro or coluna.do_cadastro
    clientes = linhas(usuario, recorte, com_cadastro=com_cadastro).annotate(
        chave_l=linha.chave, chave_c=coluna.chave
    )
    status = _situacoes(linha, coluna, situacao)
    if status:
        clientes = clientes.filter(status__in=status)
    nomes = {f"l_{n}": Max(caminho) for n, caminho in enumerate(linha.rotulos)}
    nomes |= {f"c_{n}": Max(caminho) for n, caminho in enumerate(coluna.rotulos)}
    somas = {"n": Count("pk"), "valor": Sum("valor_12m")}
    pares = clientes.values("chave_l", "chave_c").annotate(**somas, **nomes).order_by()
    lidas = pares.values_list("chave_l", "chave_c", "n", "valor", *nomes)
    corte = 4 + len(linha.rotulos)
    return _montar(linha, coluna, [(*x[:4], _nome(x[4:corte]), _nome(x[corte:])) for x in lidas])


def cruzar_na_data(passado: Passado, linha: Dimensao, coluna: Dimensao, situacao: str = "") -> Cruzada:
    """A carteira como era naquele dia, pela regra e pelo dono escolhidos."""
    lidas = passado.cruzar(linha, coluna, status=_situacoes(linha, coluna, situacao))
    nomes_l = rotulos(linha, {(chave, rotulo) for chave, _, _, _, rotulo, _ in lidas})
    nomes_c = rotulos(coluna, {(chave, rotulo) for _, chave, _, _, _, rotulo in lidas})
    pares = [(da_linha, da_coluna, n, v, nomes_l.get(da_linha), nomes_c.get(da_coluna))
             for da_linha, da_coluna, n, v, _, _ in lidas]  # fmt: skip
    return _montar(linha, coluna, pares)


def _situacoes(linha: Dimensao, coluna: Dimensao, situacao: str) -> list[str]:
    if ATIVIDADE in (linha, coluna):
        return []
    return [situacao] if situacao else [s.value for s in NA_CONTA]


def _nome(partes: tuple[str | None, ...]) -> str | None:
    return "/".join(p or "" for p in partes) if partes and all(partes) else None


def _montar(linha: Dimensao, coluna: Dimensao, pares: Iterable[Par]) -> Cruzada:
    celulas: Celulas = {}
    rotulos_l: dict[str, str] = {}
    rotulos_c: dict[str, str] = {}
    for chave_l, chave_c, clientes, valor, nome_l, nome_c in pares:
        par = str(chave_l or SEM), str(chave_c or SEM)
        celula = Celula(clientes, valor)
        celulas[par] = celulas[par] + celula if par in celulas else celula
        _nomear(rotulos_l, par[0], linha, chave_l, nome_l)
        _nomear(rotulos_c, par[1], coluna, chave_c, nome_c)
    contadas = celulas
    if ATIVIDADE in (linha, coluna):
        lado = 0 if linha == ATIVIDADE else 1
        contadas = {par: c for par, c in celulas.items() if par[lado] != Status.PROSPECT}
    return Cruzada(
        _faixas(linha, rotulos_l, celulas, contadas, 0),
        _faixas(coluna, rotulos_c, celulas, contadas, 1),
        celulas,
        Celula(sum(c.clientes for c in contadas.values()), sum((c.valor for c in contadas.values()), ZERO)),
    )


def _nomear(rotulos: dict[str, str], chave: str, dimensao: Dimensao, valor: Any, nome: str | None) -> None:
    """Das grafias de um mesmo texto fica a última na ordem, como em `composicao.agrupar`."""
    if chave not in rotulos:
        rotulos[chave] = _rotulo(dimensao, valor, nome)
    elif nome and dimensao.nome in TEXTOS and nome > rotulos[chave]:
        rotulos[chave] = nome


def _rotulo(dimensao: Dimensao, chave: Any, nome: str | None) -> str:
    if not chave:
        return dimensao.ausente
    if dimensao == ATIVIDADE:
        return dimensao.rotulo(chave, ())
    prefixo = "Curva " if dimensao.nome == "abc" else ""
    return nome or f"{prefixo}{chave}"


def _faixas(
    dimensao: Dimensao, nomes: dict[str, str], celulas: Celulas, contadas: Celulas, lado: int
) -> list[Faixa]:
    """Na ordem natural: a atividade pela vida do cliente, o resto pelo nome, e os "sem" no fim."""
    na_conta = _totais(contadas, lado)
    todas = na_conta if contadas is celulas else _totais(celulas, lado)
    faixas = []
    for chave, nome in nomes.items():
        conta = not (dimensao == ATIVIDADE and chave == Status.PROSPECT)
        faixas.append(Faixa(chave, nome, (na_conta if conta else todas).get(chave, Celula()), conta))
    if dimensao == ATIVIDADE:
        return sorted(faixas, key=lambda f: _ORDEM.index(f.chave))
    return sorted(faixas, key=lambda f: (f.chave == SEM, f.rotulo.casefold(), f.chave))


def _totais(celulas: Celulas, lado: int) -> dict[str, Celula]:
    """A soma de cada faixa; somada em números soltos, porque os pares podem ser dezenas de milhares."""
    clientes: defaultdict[str, int] = defaultdict(int)
    valores: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
    for par, celula in celulas.items():
        clientes[par[lado]] += celula.clientes
        valores[par[lado]] += celula.valor
    return {chave: Celula(quantos, valores[chave]) for chave, quantos in clientes.items()}


def filtros_da_lista(dimensao: Dimensao, chave: str) -> dict[str, Any]:
    """Os parâmetros da lista de clientes que dão exatamente a faixa."""
    if dimensao != ATIVIDADE:
        return {dimensao.nome: [chave]}
    status, _, marca = chave.partition(".")
    com_marca = status in (Status.ATIVO, Status.INATIVO)
    return {"status": [status]} | ({"marca": [marca or SEM]} if com_marca else {})


__all__ = [
    "ATIVIDADE",
    "CRUZAVEIS",
    "Celula",
    "Cruzada",
    "Faixa",
    "cruzar",
    "cruzar_na_data",
    "filtros_da_lista",
]
