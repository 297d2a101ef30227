"""Quem entra numa lista e quem sai: planeja-se em memória, grava-se em conjunto, e repetir não muda nada."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, Subquery

from clientes.exclusoes import motivo_do_cliente
from clientes.models import (
    Cliente,
    ListaDeTrabalho,
    MembroDaLista,
    MovimentoDaLista,
    OrigemDoMembro,
    Reparticao,
)
from clientes.reparticao import ARepartir, repartir, sortear
from contas.escopo import carteiras_de_vendedores, equipes_de_gestores
from contas.models import Papel, Usuario, Vinculo

LOTE = 2000
_DO_CLIENTE = ("pk", "codigo", "uf", "cidade", "vendedor_id", "equipe_id", "empresa_id")


@dataclass(frozen=True, slots=True)
class Entrada:
    """O que será de um cliente que entra: de fora por um motivo, no controle, ou de alguém (ou do dono)."""

    cliente: int
    dono: int | None
    motivo: str = ""
    controle: bool = False
    responsavel: int | None = None

    @property
    def quem_liga(self) -> int | None:
        return None if self.controle else self.responsavel or self.dono


def planejar(
    lista: ListaDeTrabalho, clientes: Iterable[int], participantes: Sequence[Usuario], hoje: date
) -> list[Entrada]:
    """O que aconteceria se estes clientes entrassem; a lista pode ainda não ter sido gravada."""
    linhas = _lidos(lista, clientes, hoje)
    controle = _sorteados(lista, linhas)
    de_quem = _de_quem(lista, [c for c in linhas if c["pk"] not in controle], participantes, hoje)
    return [
        Entrada(c["pk"], c["vendedor_id"], c["motivo"], c["pk"] in controle, de_quem.get(c["pk"]))
        for c in linhas
    ]


def _lidos(lista: ListaDeTrabalho, clientes: Iterable[int], hoje: date) -> list[dict[str, Any]]:
    motivo = motivo_do_cliente(hoje, lista.exclusoes_desligadas)
    deles = Cliente.objects.filter(pk__in=list(clientes), empresa=lista.empresa_id)
    return list(deles.annotate(motivo=motivo).order_by("codigo", "pk").values(*_DO_CLIENTE, "motivo"))


def _sorteados(lista: ListaDeTrabalho, linhas: list[dict[str, Any]]) -> set[int]:
    """Só entre os que seriam chamados: quem já está de fora não é sorteado, nem conta para a proporção."""
    if not lista.controle_pct:
        return set()
    ja = {"todos": 0, "controle": 0}
    if lista.pk:
        membros = MembroDaLista.objects.filter(lista=lista, fora_ao_entrar="")
        ja = membros.aggregate(todos=Count("pk"), controle=Count("pk", filter=Q(controle=True)))
    return sortear(
        semente=lista.semente,
        pct=lista.controle_pct,
        entrando={c["pk"]: c["codigo"] for c in linhas if not c["motivo"]},
        ja_sorteaveis=ja["todos"],
        ja_no_controle=ja["controle"],
    )


def _de_quem(
    lista: ListaDeTrabalho, linhas: list[dict[str, Any]], participantes: Sequence[Usuario], hoje: date
) -> dict[int, int]:
    if lista.reparticao == Reparticao.DONO or not participantes:
        return {}
    veem = quem_ve(participantes, hoje)
    itens = [ARepartir(c["pk"], c["uf"], c["cidade"], veem(c)) for c in linhas]
    return repartir(lista.reparticao, itens, _capacidades(participantes), _carga(lista))


def _capacidades(participantes: Sequence[Usuario]) -> dict[int, int]:
    """Contatos por dia de cada um; quem não tem número seu pesa como a média dos que têm."""
    ditas = [p.capacidade_diaria for p in participantes if p.capacidade_diaria is not None]
    media = max(round(sum(ditas) / len(ditas)), 1) if ditas else 1
    return {p.pk: media if p.capacidade_diaria is None else p.capacidade_diaria for p in participantes}


def _carga(lista: ListaDeTrabalho) -> dict[int, int]:
    if not lista.pk:
        return {}
    membros = MembroDaLista.objects.na_lista().filter(lista=lista, responsavel__isnull=False)
    return dict(membros.order_by().values_list("responsavel").annotate(n=Count("pk")))


def quem_ve(pessoas: Sequence[Usuario], hoje: date) -> Callable[[dict[str, Any]], frozenset[int]]:
    """Dado um cliente (vendedor, equipe e empresa), quais das pessoas o veem: `filtro_de_visibilidade`, em lote."""
    ids = {p.pk for p in pessoas}
    dos_donos: dict[Any, set[int]] = defaultdict(set)
    das_equipes: dict[Any, set[int]] = defaultdict(set)
    da_empresa: dict[Any, set[int]] = defaultdict(set)
    for quem, dono, empresa in carteiras_de_vendedores(hoje):
        dos_donos[dono, empresa] |= {quem} & ids
    for quem, equipe, empresa in equipes_de_gestores():
        das_equipes[equipe, empresa] |= {quem} & ids
    admins = Vinculo.objects.filter(usuario__in=ids, usuario__papel=Papel.ADMIN, usuario__is_active=True)
    for quem, empresa in admins.values_list("usuario", "empresa"):
        da_empresa[empresa].add(quem)

    def veem(c: dict[str, Any]) -> frozenset[int]:
        empresa = c["empresa_id"]
        return frozenset(
            dos_donos[c["vendedor_id"], empresa] | das_equipes[c["equipe_id"], empresa] | da_empresa[empresa]
        )

    return veem


# ── Gravar (sempre com a lista trancada) ─────────────────────────────────────


def entrar(
    lista: ListaDeTrabalho,
    clientes: Iterable[int],
    *,
    hoje: date,
    por: Usuario | None = None,
    origem: str = OrigemDoMembro.CONSULTA,
) -> int:
    """Põe os que faltam e traz de volta os que saíram; devolve quantos foram."""
    pedidos = set(clientes)
    ja = dict(MembroDaLista.objects.filter(lista=lista).values_list("cliente", "saiu_em"))
    voltam = [pk for pk in pedidos if ja.get(pk) is not None]
    MembroDaLista.objects.filter(lista=lista, cliente__in=voltam).update(saiu_em=None)
    participantes = list(lista.participantes.all())
    novos = planejar(lista, pedidos - ja.keys(), participantes, hoje)
    MembroDaLista.objects.bulk_create(
        (
            MembroDaLista(
                lista=lista, cliente_id=e.cliente, responsavel_id=e.responsavel, controle=e.controle,
                fora_ao_entrar=e.motivo, entrou_em=hoje, origem=origem,
            )
            for e in novos
        ),
        batch_size=LOTE,
    )  # fmt: skip
    chegaram = [*sorted(voltam), *(e.cliente for e in novos)]
    _anotar(lista, chegaram, entrou=True, hoje=hoje, por=por)
    return len(chegaram)


def sair(lista: ListaDeTrabalho, clientes: Any, *, hoje: date, por: Usuario | None = None) -> int:
    """Os que não estão mais saem com a data; o que fizeram na lista continua contado."""
    dentro = MembroDaLista.objects.na_lista().filter(lista=lista, cliente__in=clientes)
    saem = sorted(dentro.values_list("cliente", flat=True))
    MembroDaLista.objects.filter(lista=lista, cliente__in=saem).update(saiu_em=hoje)
    _anotar(lista, saem, entrou=False, hoje=hoje, por=por)
    return len(saem)


def entrados_e_intocados(lista: ListaDeTrabalho, de: int, ate: int) -> list[int]:
    """Quem entrou por estes movimentos e desde então não saiu nem voltou a entrar."""
    depois = MovimentoDaLista.objects.filter(lista=lista, cliente=OuterRef("cliente"), pk__gt=OuterRef("pk"))
    entradas = MovimentoDaLista.objects.filter(~Exists(depois), lista=lista, entrou=True, pk__range=(de, ate))
    return sorted(entradas.values_list("cliente", flat=True))


def desentrar(
    lista: ListaDeTrabalho,
    clientes: Sequence[int],
    *,
    novos_de: int,
    voltas_de: int,
    hoje: date,
    por: Usuario,
) -> None:
    """Como se não tivessem entrado: os membros novos (de `novos_de` em diante) deixam de ser membros, e os que
    tinham voltado saem no dia em que já tinham saído antes do movimento `voltas_de`.

    Um engano desfeito não pesa na comparação; os movimentos ficam, que a história só se acrescenta.
    """
    membros = MembroDaLista.objects.filter(lista=lista, cliente__in=clientes)
    saidas = MovimentoDaLista.objects.filter(
        lista=lista, cliente=OuterRef("cliente"), entrou=False, pk__lt=voltas_de
    )
    membros.filter(pk__gte=novos_de).delete()
    membros.update(saiu_em=Subquery(saidas.order_by("-pk").values("em")[:1]))
    _anotar(lista, clientes, entrou=False, hoje=hoje, por=por)


def _anotar(
    lista: ListaDeTrabalho, clientes: Sequence[int], *, entrou: bool, hoje: date, por: Usuario | None
) -> None:
    MovimentoDaLista.objects.bulk_create(
        (MovimentoDaLista(lista=lista, cliente_id=pk, entrou=entrou, em=hoje, por=por) for pk in clientes),
        batch_size=LOTE,
    )


def repartir_de_novo(lista: ListaDeTrabalho, *, hoje: date) -> Counter[int]:
    """Quem está na lista passa a ser de quem a regra de agora diz; o controle não se mexe."""
    membros = MembroDaLista.objects.na_lista().filter(lista=lista, controle=False)
    membros.update(responsavel=None)
    linhas = list(
        Cliente.objects.filter(pk__in=membros.values("cliente")).order_by("codigo", "pk").values(*_DO_CLIENTE)
    )
    de_quem = _de_quem(lista, linhas, list(lista.participantes.all()), hoje)
    por_pessoa: dict[int, list[int]] = defaultdict(list)
    for cliente, pessoa in de_quem.items():
        por_pessoa[pessoa].append(cliente)
    for pessoa, clientes in sorted(por_pessoa.items()):
        membros.filter(cliente__in=clientes).update(responsavel=pessoa)
    return Counter(de_quem.values())


def soltar_de_quem_nao_ve(listas: Iterable[int], *, hoje: date) -> int:
    """Quem liga e deixou de ver o cliente (transferência, fim de cobertura) cede ao dono da carteira."""
    membros = MembroDaLista.objects.na_lista().filter(lista__in=list(listas), responsavel__isnull=False)
    quais = ("responsavel", "cliente__vendedor", "cliente__equipe", "cliente__empresa")
    combinacoes = list(membros.order_by().values_list(*quais).distinct())
    veem = quem_ve(list(Usuario.objects.filter(pk__in={c[0] for c in combinacoes})), hoje)
    soltos = 0
    for quem, vendedor, equipe, empresa in combinacoes:
        if quem not in veem({"vendedor_id": vendedor, "equipe_id": equipe, "empresa_id": empresa}):
            alvo = dict(zip(quais, (quem, vendedor, equipe, empresa), strict=True))
            soltos += membros.filter(**alvo).update(responsavel=None)
    return soltos
