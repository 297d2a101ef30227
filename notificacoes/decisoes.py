"""De que clientes um aviso fala: as decisões dele, agrupadas pela regra que as tomou."""

from dataclasses import dataclass, field

from clientes.models import Cliente
from contas.models import Usuario
from notificacoes.models import Aviso, ItemDeMensagem, RegraDeAviso

# As decisões que não são de uma regra escrita pelo administrador.
NOMES = {
    "resumo_diario": "Clientes em risco",
    "carteira_em_risco": "Clientes em risco",
    "agenda_atrasada": "Agenda atrasada",
}


@dataclass
class Grupo:
    """O que uma regra disse neste aviso."""

    nome: str
    clientes: list[Cliente] = field(default_factory=list)


@dataclass(frozen=True)
class Decisoes:
    grupos: list[Grupo]
    fora: int  # clientes que já não são de quem lê


def decisoes_de(aviso: Aviso, leitor: Usuario) -> Decisoes:
    """Só os clientes que a pessoa ainda vê, na ordem em que foram decididos; os outros só se contam."""
    itens = list(
        ItemDeMensagem.objects.filter(aviso=aviso).order_by("ordem", "pk").values_list("regra", "cliente")
    )
    visiveis = (
        Cliente.objects.visiveis_para(leitor).select_related("indicadores").in_bulk([pk for _, pk in itens])
        if itens
        else {}
    )
    regras = {regra for regra, _ in itens}
    nomes = {regra: NOMES.get(regra, "Outros avisos") for regra in regras}
    nomes |= RegraDeAviso.objects.nomes_por_chave(regras)
    grupos: dict[str, Grupo] = {}
    for regra, pk in itens:
        if pk in visiveis:
            grupos.setdefault(regra, Grupo(nomes[regra])).clientes.append(visiveis[pk])
    return Decisoes(list(grupos.values()), len({pk for _, pk in itens} - set(visiveis)))
