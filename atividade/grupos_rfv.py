"""Ajustar os grupos do RFV de uma empresa: todos têm de caber em algum; prevê-se quem muda, e grava-se com registro."""

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from typing import Any

from django.db.models import Count, Sum

from atividade.ajustes import guardar_ajuste
from atividade.models import Indicadores
from atividade.regras import RegraInvalida
from atividade.rfv import GRUPOS, GrupoRfv, Tabela, com_ajustes, grupo_de, tabela_da
from contas.models import Empresa, Usuario

ACAO = "atividade.rfv"
MAIOR_NOME = 24
Ajustes = dict[str, dict[str, Any]]
_UM_A_CINCO = range(1, 6)
_NOTAS = tuple(product(_UM_A_CINCO, _UM_A_CINCO, _UM_A_CINCO))


def escrito(grupo: GrupoRfv) -> dict[str, Any]:
    """O grupo como se guarda."""
    return {"nome": grupo.nome, "r": list(grupo.r), "f": list(grupo.f), "v": list(grupo.v)}


def conferidos(ajustes: Ajustes) -> Ajustes:
    """Só o que difere da fábrica; recusa faixa ao contrário, nome repetido e nota que não cabe em grupo nenhum."""
    for ajuste in ajustes.values():
        if not ajuste["nome"] or len(ajuste["nome"]) > MAIOR_NOME:
            raise RegraInvalida(f"Cada nome deve ter de 1 a {MAIOR_NOME} letras.")
        if any(not 1 <= ajuste[n][0] <= ajuste[n][1] <= 5 for n in "rfv"):
            raise RegraInvalida(f"Em “{ajuste['nome']}”, cada faixa vai de 1 a 5, do menor ao maior.")
    proprios = {g.chave: ajustes[g.chave] for g in GRUPOS if ajustes.get(g.chave, escrito(g)) != escrito(g)}
    tabela = com_ajustes(proprios)
    if len({g.nome.casefold() for g in tabela}) < len(tabela):
        raise RegraInvalida("Dois grupos não podem ter o mesmo nome.")
    _todas_cabem(tabela)
    return proprios


def _todas_cabem(tabela: Tabela) -> None:
    """Quem tem notas tem grupo: a tabela que deixa alguém de fora não se grava."""
    orfas = [notas for notas in _NOTAS if not any(g.contem(*notas) for g in tabela)]
    if orfas:
        r, f, v = orfas[0]
        quantas = "1 combinação não cabe" if len(orfas) == 1 else f"{len(orfas)} combinações não cabem"
        raise RegraInvalida(f"{quantas} em nenhum grupo, como R {r}, F {f}, V {v}: alargue alguma faixa.")


def nunca_alcancados(tabela: Tabela) -> list[GrupoRfv]:
    """Os que ficam vazios porque os de cima levam tudo o que lhes caberia."""
    alcancados = {grupo_de(*notas, tabela) for notas in _NOTAS}
    return [g for g in tabela if g not in alcancados]


@dataclass(frozen=True)
class Previa:
    """Quantos clientes teria cada grupo, e quantos mudariam de um para outro."""

    por_grupo: list[tuple[GrupoRfv, int, int]]  # o grupo novo, antes e depois
    mudancas: list[tuple[str, str, int, Decimal]]  # de, para, clientes, valor em 12 meses
    clientes: int
    vazios: list[GrupoRfv]

    @property
    def mudam(self) -> int:
        return sum(n for _, _, n, _ in self.mudancas)


def prever(empresa: Empresa, ajustes: Ajustes) -> Previa:
    """No máximo 125 combinações de notas, somadas no banco; a conta dos grupos é daqui."""
    de, para = tabela_da(empresa), com_ajustes(conferidos(ajustes))
    linhas = Indicadores.objects.filter(empresa=empresa, rfv_r__isnull=False).order_by()
    somas = linhas.values_list("rfv_r", "rfv_f", "rfv_v").annotate(n=Count("pk"), valor=Sum("valor_12m"))
    antes: Counter[str] = Counter()
    depois: Counter[str] = Counter()
    trocas: dict[tuple[str, str], tuple[int, Decimal]] = {}
    for r, f, v, n, valor in somas:
        velho, novo = grupo_de(r, f, v, de), grupo_de(r, f, v, para)
        assert velho is not None
        assert novo is not None
        antes[velho.chave] += n
        depois[novo.chave] += n
        if velho.chave != novo.chave:
            quantos, soma = trocas.get((velho.nome, novo.nome), (0, Decimal(0)))
            trocas[velho.nome, novo.nome] = quantos + n, soma + valor
    mudancas = [(d, p, n, valor) for (d, p), (n, valor) in trocas.items()]
    return Previa(
        [(g, antes[g.chave], depois[g.chave]) for g in para],
        sorted(mudancas, key=lambda m: (-m[2], m[0], m[1])),
        sum(antes.values()),
        nunca_alcancados(para),
    )


def mudar_grupos(*, empresa: Empresa, ajustes: Ajustes, por: Usuario, motivo: str = "") -> bool:
    """Guarda só o que difere da fábrica e diz se mudou; as notas são as mesmas, nada se recalcula."""
    return guardar_ajuste(
        empresa=empresa,
        campo="grupos_rfv",
        chave="grupos",
        novos=conferidos(ajustes),
        acao=ACAO,
        por=por,
        motivo=motivo,
    )
