"""De que clientes um aviso fala: as decisões dele, agrupadas pela regra que as tomou."""

from dataclasses import dataclass, field

from django.utils import timezone

from clientes.models import Cliente
from contas.models import Usuario
from contas.papeis import Permissao, pode
from notificacoes.models import Aviso, ItemDeMensagem, RegraDeAviso, Sobre
from notificacoes.regras.partida import PARTIDA

# As das regras de partida, que o administrador pode renomear mas decidem sempre com este nome.
NOMES = {
    "resumo_diario": PARTIDA[Sobre.EM_RISCO]["nome"],
    "agenda_atrasada": PARTIDA[Sobre.AGENDA_ESQUECIDA]["nome"],
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
    """Só os clientes que a pessoa ainda vê, na ordem em que foram decididos; os outros só se contam.

    Score e restrições, a quem não os vê, nem se contam.
    """
    decididos = ItemDeMensagem.objects.filter(aviso=aviso).order_by("ordem", "pk")
    if not pode(leitor, Permissao.VER_CREDITO):
        decididos = decididos.exclude(regra__in=RegraDeAviso.objects.chaves_do_biro())
    itens = list(decididos.values_list("regra", "cliente"))
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


def a_calar(leitor: Usuario) -> set[int]:
    """Os avisos da pessoa que juntam crédito e outras regras, se ela já não vê crédito."""
    if pode(leitor, Permissao.VER_CREDITO):
        return set()
    return set(Aviso.objects.que_citam_o_biro(leitor).order_by().values_list("pk", flat=True))


def calado(aviso: Aviso, a_calar: set[int]) -> Aviso:
    """O título e o texto de um desses citam as regras que a pessoa não vê: fica o dia, e as decisões das outras."""
    if aviso.pk in a_calar:
        aviso.titulo, aviso.texto = f"Avisos de {timezone.localtime(aviso.surge_em):%d/%m}", ""
    return aviso
