"""O que mais estava nas mãos de quem sai: os clientes que lhe couberam nas listas, as listas e os planos de ação."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from clientes.models import AndamentoDoPlano, ClienteDoPlano, ListaDeTrabalho, MembroDaLista, PlanoDeAcao
from contas.models import Papel, Usuario
from contas.papeis import Permissao, pode

_PARTICIPACAO = ListaDeTrabalho.participantes.through._default_manager
_POSSE = ListaDeTrabalho.donos.through._default_manager


@dataclass(frozen=True, slots=True)
class Trabalho:
    """Quanto há: clientes por chamar em listas, listas de que é dona ou participa, e planos em curso."""

    membros: int = 0
    listas: int = 0
    planos: int = 0


def nas_maos(pessoa: Usuario, hoje: date) -> Trabalho:
    listas = {*_ids(_PARTICIPACAO, pessoa, hoje), *_ids(_POSSE, pessoa, hoje)}
    return Trabalho(_membros(pessoa, hoje).count(), len(listas), _planos(pessoa).count())


def passar_trabalho(*, pessoa: Usuario, destinos: Sequence[Usuario], hoje: date, por: Usuario) -> Trabalho:
    """Depois de passada a carteira: o que é do cliente segue o dono novo; o resto, o gestor ou quem desliga."""
    havia = nas_maos(pessoa, hoje)
    # Sem responsável escrito, o membro é do dono da carteira, que o vê já.
    _membros(pessoa, hoje).update(responsavel=None)
    _trocar_participante(pessoa, destinos, hoje)
    _trocar_dono(pessoa, hoje, por)
    _passar_planos(pessoa, por)
    return havia


def gestor_de(equipe: Any, empresa: Any = None) -> QuerySet[Usuario]:
    """O gestor de uma equipe que ainda entra, e que tem a empresa se se diz qual; os dois podem vir de fora."""
    gestores: QuerySet[Usuario] = Usuario.objects.filter(
        is_active=True, papel=Papel.GESTOR, equipes_geridas=equipe
    )
    if empresa is not None:
        gestores = gestores.filter(vinculos__empresa=empresa)
    return gestores.order_by("pk")


def _ativas(hoje: date) -> Any:
    return ListaDeTrabalho.objects.ativas(hoje).order_by()


def _membros(pessoa: Usuario, hoje: date) -> Any:
    return MembroDaLista.objects.na_lista().filter(responsavel=pessoa, lista__in=_ativas(hoje).values("pk"))


def _planos(pessoa: Usuario) -> Any:
    return PlanoDeAcao.objects.em_curso().filter(dono=pessoa).order_by("pk")


def _ids(ligacoes: Any, pessoa: Usuario, hoje: date) -> list[int]:
    delas = ligacoes.filter(usuario=pessoa, listadetrabalho__in=_ativas(hoje).values("pk"))
    return sorted(delas.values_list("listadetrabalho", flat=True))


def _trocar_participante(pessoa: Usuario, destinos: Sequence[Usuario], hoje: date) -> None:
    """Só recebe quem vê o cliente: pôr os novos entre os participantes não abre a carteira de ninguém."""
    listas = _ids(_PARTICIPACAO, pessoa, hoje)
    _PARTICIPACAO.filter(usuario=pessoa, listadetrabalho__in=listas).delete()
    _PARTICIPACAO.bulk_create(
        (_PARTICIPACAO.model(listadetrabalho_id=pk, usuario=novo) for pk in listas for novo in destinos),
        ignore_conflicts=True,
    )


def _trocar_dono(pessoa: Usuario, hoje: date, por: Usuario) -> None:
    """A lista que ficaria sem quem a acompanhe passa a quem gere a equipe dela, ou a quem desliga."""
    dela = _ids(_POSSE, pessoa, hoje)
    _POSSE.filter(usuario=pessoa, listadetrabalho__in=dela).delete()
    com_dono = _POSSE.filter(listadetrabalho__in=dela, usuario__is_active=True)
    orfas = ListaDeTrabalho.objects.filter(pk__in=dela).exclude(pk__in=com_dono.values("listadetrabalho"))
    gestor = Subquery(gestor_de(OuterRef("equipe"), OuterRef("empresa")).values("pk")[:1])
    _POSSE.bulk_create(
        _POSSE.model(listadetrabalho_id=pk, usuario_id=novo or por.pk)
        for pk, novo in orfas.order_by("pk").annotate(novo=gestor).values_list("pk", "novo")
    )


def _passar_planos(pessoa: Usuario, por: Usuario) -> None:
    """A quem ficou com o cliente do plano; sem dono que o possa ver, a quem gere a equipe dele, ou a quem desliga.

    O plano fala do crédito: o de quem vende segue o cliente, e o de quem gere não desce a quem não o vê.
    """
    clientes = ClienteDoPlano.objects.filter(plano=OuterRef("pk")).order_by("cliente__codigo", "cliente")
    com_dono = clientes.filter(cliente__vendedor__is_active=True, cliente__vendedor__email__isnull=False)
    planos = list(
        _planos(pessoa)
        .annotate(equipe=Subquery(clientes.values("cliente__equipe")[:1]))
        .annotate(
            novo=Subquery(com_dono.values("cliente__vendedor")[:1]),
            gestor=Subquery(gestor_de(OuterRef("equipe"), OuterRef("empresa")).values("pk")[:1]),
        )
        .select_for_update(of=("self",))
    )
    gente = Usuario.objects.in_bulk({pk for plano in planos for pk in (plano.novo, plano.gestor) if pk})
    for plano in planos:
        novo = gente.get(plano.novo)
        if novo and not (pessoa.papel == Papel.VENDEDOR or pode(novo, Permissao.VER_CREDITO)):
            novo = None
        plano.dono = novo or gente.get(plano.gestor, por)
    PlanoDeAcao.objects.bulk_update(planos, ["dono"])
    AndamentoDoPlano.objects.bulk_create(
        AndamentoDoPlano(plano=plano, por=por, mudou=f"dono: {pessoa.nome} → {plano.dono.nome}"[:300])
        for plano in planos
    )
