"""Os grupos do RFV: as 125 combinações das três notas em nomes que se dizem a um vendedor.

A primeira linha que serve é o grupo; a tabela é uma só, lida por Python e por SQL.
"""

from dataclasses import dataclass

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


def grupo_de(r: int | None, f: int | None, v: int | None) -> GrupoRfv | None:
    """O grupo das três notas; quem nunca comprou não tem notas nem grupo."""
    if r is None or f is None or v is None:
        return None
    return next(grupo for grupo in GRUPOS if grupo.contem(r, f, v))


def posicao() -> Case:
    """`grupo_de` em SQL, como a posição em `GRUPOS`; nula sem notas."""
    casos = (When(grupo.condicao, then=Value(lugar)) for lugar, grupo in enumerate(GRUPOS))
    return Case(*casos, output_field=IntegerField())
