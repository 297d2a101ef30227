"""Quantos clientes há em cada aba da lista, fora do ritmo e ocultos; e quando contá-los espera pela página."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.conf import settings
from django.db import connection
from django.db.models import Case, Count, Q, Value, When

from atividade.models import Indicadores
from carteira.filters import FiltroDeClientes
from carteira.graficos import situacoes
from clientes.models import Cliente

# Só do catálogo do banco: contar para saber se contar demora não poupava nada. Serve também à tabela repartida.
_ESTIMATIVA = """
SELECT coalesce(sum(greatest(reltuples, 0)), 0) FROM pg_class
 WHERE relkind = 'r' AND (oid = %(tabela)s::regclass
       OR oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = %(tabela)s::regclass))
"""


@dataclass(frozen=True, slots=True)
class Contagens:
    por_status: dict[str, int]
    fora_do_ritmo: int
    ocultos: int
    na_lista: int

    @property
    def total(self) -> int:
        return sum(self.por_status.values())


def espera(filtro: FiltroDeClientes) -> bool:
    """Contar levaria mais que o resto da página: quem vê a empresa inteira, e ela é grande.

    As linhas vêm então primeiro, e as contagens num pedido à parte. A quantidade é a que o banco estima.
    """
    if not filtro.ve_a_empresa_inteira:
        return False
    with connection.cursor() as cursor:
        cursor.execute(_ESTIMATIVA, {"tabela": Indicadores._meta.db_table})
        return bool(cursor.fetchone()[0] >= settings.LISTA_CONTA_DEPOIS)


def contar(filtro: FiltroDeClientes) -> Contagens:
    """As contagens de todas as abas, do chip de ritmo e dos ocultos, numa consulta só.

    O banco conta cada combinação de status, oculto e ritmo; somá-las é daqui.
    """
    contas = _contar_a_empresa(filtro) if filtro.ve_a_empresa_inteira else _contar_o_filtrado(filtro)
    escolha, todos, so_fora = filtro.escolha_de_status, filtro.mostra_ocultos, filtro.quer_fora_do_ritmo
    por_status, ritmo, ocultos, na_lista = dict.fromkeys(situacoes.ORDEM, 0), 0, 0, 0
    for status, oculto, fora, n in contas:
        visivel, no_status, no_ritmo = (
            todos or not oculto,
            not escolha or status in escolha,
            fora or not so_fora,
        )
        por_status[status] += n * (visivel and no_ritmo)
        ritmo += n * (visivel and no_status and fora)
        ocultos += n * (oculto and no_status and no_ritmo)
        na_lista += n * (visivel and no_status and no_ritmo)
    return Contagens(por_status, ritmo, ocultos, na_lista)


# Os ocultos saem do índice parcial, que é pequeno: juntar a tabela de clientes para os contar leria todas as linhas.
_FORA_DA_LISTA = Q(
    pk__in=Cliente.objects.filter(Q(encerrado_em__isnull=False) | Q(fora_do_perfil=True)).values("pk")
)


def _contar_o_filtrado(filtro: FiltroDeClientes) -> Iterable[tuple[str, bool, bool, int]]:
    """Numa varredura: status, oculto, fora do ritmo e quantos."""
    return (
        filtro.sem_status()
        .annotate(oculto=_vale(_FORA_DA_LISTA), fora=_vale(filtro.condicao_fora_do_ritmo()))
        .values_list("status", "oculto", "fora")
        .annotate(n=Count("pk"))
        .order_by()
    )


def _contar_a_empresa(filtro: FiltroDeClientes) -> Iterator[tuple[str, bool, bool, int]]:
    """O mesmo, de quem vê todos: o total, os fora do ritmo e os ocultos, cada um do seu índice.

    Calcular o ritmo de cem mil clientes e procurar cada um entre os ocultos custava mais que o resto da página.
    """
    base, ritmo = filtro.sem_status().order_by(), filtro.condicao_fora_do_ritmo()
    todos, fora, ocultos = (
        parte.annotate(parte=Value(nome))
        .values_list("parte", "status")
        .annotate(n=Count("pk"), fora=no_ritmo)
        for nome, parte, no_ritmo in (
            ("todos", base, Value(0)),
            ("fora", base.filter(ritmo), Value(0)),
            ("ocultos", base.filter(_FORA_DA_LISTA), Count("pk", filter=ritmo)),
        )
    )
    quantos = {(parte, status): ns for parte, status, *ns in todos.union(fora, ocultos, all=True)}
    for status in situacoes.ORDEM:
        n, n_fora, (n_ocultos, dos_dois) = (
            quantos.get(("todos", status), [0])[0],
            quantos.get(("fora", status), [0])[0],
            quantos.get(("ocultos", status), [0, 0]),
        )
        yield status, True, True, dos_dois
        yield status, True, False, n_ocultos - dos_dois
        yield status, False, True, n_fora - dos_dois
        yield status, False, False, n - n_fora - n_ocultos + dos_dois


def _vale(condicao: Q) -> Case:
    """A condição como coluna, sem nulos."""
    return Case(When(condicao, then=Value(True)), default=Value(False))
