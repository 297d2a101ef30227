"""As listas que deixaram gente de fora por sorteio, e o que a comparação diz; a quem vende, o controle nem aparece."""

from dataclasses import dataclass
from datetime import date

from atividade.giro import Janela
from clientes.comparacao import Comparacao, Grupo, comparar
from clientes.models import ListaDeTrabalho, MembroDaLista
from clientes.progresso_de_lista import Progresso, por_lista
from contas.models import Papel, Usuario

MAIS_LISTAS = 50


@dataclass(frozen=True, slots=True)
class Controle:
    lista: ListaDeTrabalho
    progresso: Progresso
    comparacao: Comparacao


def controles(usuario: Usuario, janela: Janela, hoje: date) -> list[Controle]:
    """As que correram no período, da mais nova à mais velha; sem gente dos dois lados não há o que comparar."""
    if usuario.papel == Papel.VENDEDOR:
        return []
    listas = list(
        ListaDeTrabalho.objects.visiveis_para(usuario)
        .filter(de__lte=janela.ate, controle_pct__gt=0)
        .exclude(ate__lt=janela.de)
        .order_by("-de", "-pk")[:MAIS_LISTAS]
    )
    membros = MembroDaLista.objects.visiveis_para(usuario).filter(lista__in=[x.pk for x in listas])
    progresso = por_lista(membros, hoje) if listas else {}
    lidos = [(lista, progresso.get(lista.pk, Progresso())) for lista in listas]
    return [Controle(lista, p, c) for lista, p in lidos if (c := _comparar(p)) is not None]


def _comparar(p: Progresso) -> Comparacao | None:
    return comparar(Grupo(p.sorteados, p.sorteados_compraram), Grupo(p.controle, p.controle_compraram))
