"""Os grupos do RFV: as 125 combinações das três notas em nomes que se dizem a um vendedor.

A primeira linha que serve é o grupo; a tabela é uma só, lida por Python e por SQL. Cada empresa pode dar a um
grupo outro nome e outras faixas (`atividade.grupos_rfv`); as chaves e a ordem são sempre estas.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Case, IntegerField, Q, Value, When


@dataclass(frozen=True, slots=True)
class GrupoRfv:
    """Faixas inclusivas das notas de recência, frequência e valor."""

    chave: str
    nome: str
    dica: str
    r: tuple[int, int] = (1, 5)
    f: tuple[int, int] = (1, 5)
    v: tuple[int, int] = (1, 5)

    def contem(self, r: int, f: int, v: int) -> bool:
        return all(de <= nota <= ate for nota, (de, ate) in ((r, self.r), (f, self.f), (v, self.v)))

    @property
    def condicao(self) -> Q:
        faixas = {"rfv_r": self.r, "rfv_f": self.f, "rfv_v": self.v}
        return Q(**{f"{campo}__range": faixa for campo, faixa in faixas.items()})


GRUPOS = (
    GrupoRfv("campeoes", "Campeões", "Compraram há pouco, compram muitas vezes e muito.", r=(4, 5), f=(4, 5), v=(4, 5)),
    GrupoRfv("leais", "Leais", "Compram muitas vezes e não faz tempo.", r=(3, 5), f=(4, 5)),
    GrupoRfv("nao_perder", "Não dá para perder", "Valem muito e estão há tempo sem comprar.", r=(1, 2), v=(4, 5)),
    GrupoRfv("em_risco", "Em risco", "Compravam várias vezes e pararam.", r=(1, 2), f=(3, 5)),
    GrupoRfv("promissores", "Promissores", "Compraram há pouco e podem comprar mais vezes.", r=(4, 5), f=(2, 3)),
    GrupoRfv("novos", "Recém-chegados", "Compraram há pouco, quase sempre uma vez só.", r=(4, 5), f=(1, 1)),
    GrupoRfv("atencao", "Pedem atenção", "No meio do caminho: nem recentes nem perdidos.", r=(3, 3)),
    GrupoRfv("adormecidos", "Adormecidos", "Compraram pouco e faz tempo.", r=(1, 2)),
)  # fmt: skip


Tabela = Sequence[GrupoRfv]


def com_ajustes(ajustes: Mapping[str, Mapping[str, Any]]) -> tuple[GrupoRfv, ...]:
    """A tabela de fábrica com o que a empresa mudou: `{"campeoes": {"nome": …, "r": [4, 5], …}}`."""
    return tuple(_ajustado(g, ajustes[g.chave]) if g.chave in ajustes else g for g in GRUPOS)


def _ajustado(grupo: GrupoRfv, ajuste: Mapping[str, Any]) -> GrupoRfv:
    r, f, v = ((int(ajuste[nota][0]), int(ajuste[nota][1])) for nota in "rfv")
    return replace(grupo, nome=ajuste["nome"], r=r, f=f, v=v)


def tabela_da(empresa: Any) -> tuple[GrupoRfv, ...]:
    """A da empresa; sem consulta, se `parametros` veio junto dela."""
    try:
        ajustes = empresa.parametros.grupos_rfv
    except ObjectDoesNotExist:
        return GRUPOS
    return com_ajustes(ajustes) if ajustes else GRUPOS


def tabela_comum(empresas: Iterable[Any]) -> tuple[GrupoRfv, ...]:
    """A que todas usam; se divergem, a de fábrica, como os nomes das situações."""
    tabelas = {tabela_da(empresa) for empresa in empresas}
    return tabelas.pop() if len(tabelas) == 1 else GRUPOS


def grupo_de(r: int | None, f: int | None, v: int | None, tabela: Tabela = GRUPOS) -> GrupoRfv | None:
    """O grupo das três notas; quem nunca comprou não tem notas nem grupo."""
    if r is None or f is None or v is None:
        return None
    return next(grupo for grupo in tabela if grupo.contem(r, f, v))


def posicao(tabela: Tabela = GRUPOS) -> Case:
    """`grupo_de` em SQL, como a posição na tabela; nula sem notas."""
    casos = (When(grupo.condicao, then=Value(lugar)) for lugar, grupo in enumerate(tabela))
    return Case(*casos, output_field=IntegerField())


def posicao_nas(empresas: Mapping[int, Any]) -> Case:
    """A posição pela tabela da empresa de cada linha."""
    por_tabela: dict[tuple[GrupoRfv, ...], list[int]] = {}
    for pk, empresa in empresas.items():
        por_tabela.setdefault(tabela_da(empresa), []).append(pk)
    if len(por_tabela) < 2:
        return posicao(next(iter(por_tabela), GRUPOS))
    casos = (When(empresa__in=pks, then=posicao(tabela)) for tabela, pks in por_tabela.items())
    return Case(*casos, output_field=IntegerField())
