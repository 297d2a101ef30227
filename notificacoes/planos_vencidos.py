"""Os planos de ação que passaram do prazo, ditos ao dono deles: quantos, desde quando e onde estão.

Só a conta, e só dos que a pessoa ainda abre: o que fazer e com que clientes lê-se na página, que confere o que ela
vê na hora. Acompanham o resumo que haveria; sozinhos, fazem um só nos dias logo depois do prazo.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from clientes.models import ClienteDoPlano, PlanoDeAcao
from contas.escopo import carteiras_de_vendedores, empresas_inteiras, equipes_de_gestores

DIAS_DE_NOVIDADE = 3


@dataclass(frozen=True, slots=True)
class PlanosVencidos:
    quantos: int
    desde: date  # o prazo do mais antigo
    novidade: bool  # algum venceu há pouco


def planos_vencidos(donos: Collection[int], vaga: date) -> dict[int, PlanosVencidos]:
    """Dos que estão em curso na vaga, de todos os donos de uma vez; quem não tem nenhum não aparece."""
    prazos: dict[int, dict[int, date]] = defaultdict(dict)
    for dono, plano, prazo in _a_vista(donos, vaga):
        prazos[dono][plano] = prazo
    recente = vaga - timedelta(days=DIAS_DE_NOVIDADE)
    return {
        dono: PlanosVencidos(len(seus), min(seus.values()), max(seus.values()) >= recente)
        for dono, seus in prazos.items()
    }


def _a_vista(donos: Collection[int], vaga: date) -> list[tuple[int, int, date]]:
    """(dono, plano, prazo) de cada plano com algum cliente que o dono vê; `PlanoQuerySet.visiveis_para`, de todos."""
    vencidos = PlanoDeAcao.objects.em_curso().filter(dono__in=donos, prazo__lt=vaga)
    campos = (
        "plano__dono",
        "plano",
        "plano__prazo",
        "cliente__vendedor",
        "cliente__equipe",
        "cliente__empresa",
    )
    linhas = list(ClienteDoPlano.objects.filter(plano__in=vencidos).values_list(*campos).distinct())
    if not linhas:
        return []
    carteiras, equipes, inteiras = carteiras_de_vendedores(vaga), equipes_de_gestores(), empresas_inteiras()
    return [
        (dono, plano, prazo)
        for dono, plano, prazo, vendedor, equipe, empresa in linhas
        if (dono, empresa) in inteiras
        or (dono, vendedor, empresa) in carteiras
        or (dono, equipe, empresa) in equipes
    ]
