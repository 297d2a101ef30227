"""O que se pediu de um relatório: filtros, período e ordem, lidos da URL ou de um agendamento do mesmo jeito."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any, TypeVar

from django.utils import timezone

from clientes.models import UFS
from contas.escopo import empresas_de
from contas.models import Empresa, Usuario
from relatorios.base import Escolha, Numero, Periodo, Proprio, Relatorio
from relatorios.composicao import SEM, Recorte
from relatorios.periodos import PERIODOS, Intervalo, ler_periodo

T = TypeVar("T")
Consulta = Mapping[str, Sequence[str]]
_IDS = frozenset({"empresa", "equipe", "vendedor", "segmento", "municipio"})
_MAIOR_TEXTO = 60


@dataclass(frozen=True, slots=True)
class Pedido:
    """Já conferido: o que não se entende foi ignorado, e `aviso` diz o que valia dizer."""

    recorte: Recorte = field(default_factory=Recorte)
    empresas: tuple[Empresa, ...] = ()
    referencia: date | None = None
    intervalo: Intervalo | None = None
    escolhas: Mapping[str, str] = field(default_factory=dict)
    numeros: Mapping[str, int] = field(default_factory=dict)
    proprios: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ordem: str = ""
    aviso: str = ""
    _lidos: dict[Any, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def uma_vez(self, chave: Hashable, ler: Callable[[], T]) -> T:
        """O que as colunas, as linhas e o achado pedem cada um por si, lido uma só vez por pedido."""
        if chave not in self._lidos:
            self._lidos[chave] = ler()
        lido: T = self._lidos[chave]
        return lido

    @property
    def periodo(self) -> Intervalo:
        """O de um relatório que o declara; sem isso, pedi-lo é erro de quem o escreveu."""
        if self.intervalo is None:
            raise LookupError("o relatório não declara Periodo")
        return self.intervalo

    @property
    def consulta(self) -> dict[str, list[str]]:
        """O pedido de volta como parâmetros, para elos, arquivos e agendamentos."""
        return {
            **{nome: list(v) for nome, v in recorte_em_partes(self.recorte).items()},
            **_do_intervalo(self.intervalo),
            **{chave: [valor] for chave, valor in self.escolhas.items()},
            **{chave: [str(valor)] for chave, valor in self.numeros.items()},
            **{chave: list(valores) for chave, valores in self.proprios.items() if valores},
            **({"ordem": [self.ordem]} if self.ordem else {}),
        }


def recorte_em_partes(recorte: Recorte) -> dict[str, tuple[str, ...]]:
    return {f.name: getattr(recorte, f.name) for f in fields(recorte) if getattr(recorte, f.name)}


def _do_intervalo(intervalo: Intervalo | None) -> dict[str, list[str]]:
    if intervalo is None:
        return {}
    if intervalo.nome:
        return {"periodo": [intervalo.nome]}
    return {"de": [intervalo.de.isoformat()], "ate": [intervalo.ate.isoformat()]}


def ler_pedido(relatorio: Relatorio, usuario: Usuario, consulta: Consulta) -> Pedido:
    """Lê só o que o relatório declara, com os olhos de quem pede."""
    filtros = relatorio.filtros_de(usuario)
    recorte = ler_recorte(consulta, [f for f in filtros if isinstance(f, str)])
    empresas = tuple(
        e
        for e in empresas_de(usuario).order_by("codigo")
        if not recorte.empresa or str(e.pk) in recorte.empresa
    )
    referencia = max((e.referencia for e in empresas if e.referencia), default=None)
    intervalo, aviso = _periodo(relatorio, consulta, referencia)
    return Pedido(
        recorte=recorte,
        empresas=empresas,
        referencia=referencia,
        intervalo=intervalo,
        escolhas={f.chave: f.ler(_um(consulta, f.chave)) for f in filtros if isinstance(f, Escolha)},
        numeros={f.chave: f.ler(_um(consulta, f.chave)) for f in filtros if isinstance(f, Numero)},
        proprios=relatorio.da_pagina(consulta)
        | {f.chave: _proprio(f, consulta) for f in filtros if isinstance(f, Proprio)},
        ordem=_um(consulta, "ordem") or relatorio.ordem,
        aviso=aviso,
    )


def _proprio(filtro: Proprio, consulta: Consulta) -> tuple[str, ...]:
    return filtro.ler([str(v) for v in dict.fromkeys(consulta.get(filtro.chave) or ())])


def _um(consulta: Consulta, nome: str) -> str:
    valores = consulta.get(nome) or ("",)
    return str(valores[-1])


def _periodo(
    relatorio: Relatorio, consulta: Consulta, referencia: date | None
) -> tuple[Intervalo | None, str]:
    for filtro in relatorio.filtros:
        if isinstance(filtro, Periodo):
            return ler_periodo(consulta, filtro.padrao, _ultimo_dia(filtro, referencia))
    return None, ""


def _ultimo_dia(filtro: Periodo, referencia: date | None) -> date:
    hoje = timezone.localdate()
    return max(referencia or hoje, hoje) if filtro.ate_hoje else referencia or hoje


def ler_recorte(consulta: Consulta, nomes: Sequence[str]) -> Recorte:
    lidos: dict[str, tuple[str, ...]] = {}
    for nome in nomes:
        valores = (str(v).upper() if nome in {"uf", "abc"} else str(v) for v in consulta.get(nome) or ())
        lidos[nome] = tuple(v for v in valores if _vale(nome, v))
    return Recorte(**lidos)


def eh_id(valor: str) -> bool:
    return valor.isascii() and valor.isdigit() and len(valor) <= 15


def _vale(nome: str, valor: str) -> bool:
    if nome in _IDS:
        return eh_id(valor)
    if nome == "uf":
        return valor in UFS or valor == SEM
    if nome == "abc":
        return valor in {"A", "B", "C", SEM}
    return 0 < len(valor) <= _MAIOR_TEXTO and valor.isprintable()


def em_palavras(relatorio: Relatorio, usuario: Usuario, pedido: Pedido) -> list[tuple[str, str]]:
    """Período, escolhas, números e os próprios ligados; os nomes do recorte da carteira, a página os diz."""
    pares = [(f.titulo, dito(f, usuario, pedido)) for f in relatorio.filtros if not isinstance(f, str)]
    return [*((titulo, valor) for titulo, valor in pares if valor), *relatorio.ditos(usuario, pedido)]


def dito(filtro: Periodo | Escolha | Numero | Proprio, usuario: Usuario, pedido: Pedido) -> str:
    """O valor de um filtro, em palavras; vazio, o próprio que não está ligado."""
    if isinstance(filtro, Proprio):
        valores = pedido.proprios[filtro.chave]
        return filtro.dizer(usuario, valores) if valores else ""
    if isinstance(filtro, Escolha):
        return filtro.nome(pedido.escolhas[filtro.chave])
    if isinstance(filtro, Numero):
        valor = pedido.numeros[filtro.chave]
        return filtro.zero if filtro.zero and not valor else f"{valor} {filtro.unidade}".strip()
    nome = PERIODOS[pedido.periodo.nome][0] if pedido.periodo.nome else ""
    return f"{nome} ({pedido.periodo})" if nome else str(pedido.periodo)
