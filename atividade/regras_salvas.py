"""As regras que a empresa já teve: por segmento, na história, e o caminho de volta."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from atividade.limiares import RegraEmVigor, configurar, herdar, regra_da_empresa, regra_de, vigentes
from atividade.models import Limiar, MotivoDaMudanca, MudancaStatus, Status
from atividade.regras import RegraInvalida
from clientes.models import Segmento
from contas.models import Empresa, Usuario


@dataclass(frozen=True, slots=True)
class RegraDoSegmento:
    segmento: Segmento
    em_vigor: RegraEmVigor
    propria: bool


def regras_por_segmento(empresa: Empresa, data: date) -> list[RegraDoSegmento]:
    """A regra de cada segmento da empresa em uma data: a própria ou a geral; duas consultas e a geral."""
    geral = regra_da_empresa(empresa, data)
    proprias: dict[int | None, Limiar] = {}
    for limiar in vigentes(data).filter(empresa=empresa, segmento__isnull=False):
        proprias.setdefault(limiar.segmento_id, limiar)
    return [_do_segmento(s, proprias.get(s.pk), geral) for s in Segmento.objects.filter(empresa=empresa)]


def _do_segmento(segmento: Segmento, limiar: Limiar | None, geral: RegraEmVigor) -> RegraDoSegmento:
    if limiar is None or limiar.herda:
        return RegraDoSegmento(segmento, geral, propria=False)
    em_vigor = RegraEmVigor(regra_de(limiar), limiar, f"regra do segmento {segmento}")
    return RegraDoSegmento(segmento, em_vigor, propria=True)


@dataclass(frozen=True, slots=True)
class Efeito:
    """Saldo de clientes que a regra nova fez entrar em cada situação."""

    quase_inativos: int
    inativos: int


@dataclass(frozen=True, slots=True)
class MudancaDeRegra:
    limiar: Limiar
    anterior: Limiar | None
    efeito: Efeito | None
    desfazivel: bool


def historico(
    empresa: Empresa, limite: int = 50, nivel: dict[str, Any] | None = None
) -> list[MudancaDeRegra]:
    """As mudanças de regra que valem na empresa, em todos os níveis, da mais nova para a mais antiga.

    `nivel` (empresa, segmento e cliente) mostra só as de um. Só a última de cada nível pode ser
    desfeita: desfazer uma do meio mudaria outra coisa.
    """
    anterior: dict[tuple[Any, ...], Limiar] = {}
    pares: list[tuple[Limiar, Limiar | None]] = []
    limiares = Limiar.objects.filter(**nivel) if nivel is not None else _da_empresa(empresa)
    for limiar in limiares.select_related("por", "segmento", "cliente").order_by("vigente_desde", "id"):
        chave = limiar.empresa_id, limiar.segmento_id, limiar.cliente_id
        pares.append((limiar, anterior.get(chave)))
        anterior[chave] = limiar
    ultimos = {limiar.pk for limiar in anterior.values()}
    recentes = sorted(pares, key=lambda par: par[0].pk, reverse=True)[:limite]
    efeitos = _efeitos(limiar for limiar, _ in recentes)
    return [MudancaDeRegra(lim, ant, efeitos.get(lim.pk), lim.pk in ultimos) for lim, ant in recentes]


def _da_empresa(empresa: Empresa) -> "QuerySet[Limiar]":
    return Limiar.objects.filter(Q(empresa=empresa) | Q(empresa=None))


def _efeitos(limiares: Iterable[Limiar]) -> dict[int | None, Efeito]:
    """Entradas menos saídas por mudança de regra, contadas da história."""
    mudancas = MudancaStatus.objects.filter(
        limiar__in=[limiar.pk for limiar in limiares], motivo=MotivoDaMudanca.CONFIGURACAO
    )
    saldos: Any = mudancas.values("limiar_id").annotate(
        **{
            f"{verbo}_{status.value}": Count("pk", filter=Q(**{verbo: status}))
            for verbo in ("de", "para")
            for status in (Status.QUASE_INATIVO, Status.INATIVO)
        }
    )
    return {
        s["limiar_id"]: Efeito(
            s["para_quase_inativo"] - s["de_quase_inativo"], s["para_inativo"] - s["de_inativo"]
        )
        for s in saldos.order_by()
    }


@transaction.atomic
def desfazer(*, limiar: Limiar, em: date, por: Usuario) -> Limiar:
    """Volta o nível à regra anterior com uma linha nova, datada; a história não se apaga."""
    nivel: dict[str, Any] = {
        "empresa": limiar.empresa,
        "segmento": limiar.segmento,
        "cliente": limiar.cliente,
    }
    ordenados = list(Limiar.objects.select_for_update().filter(**nivel).order_by("-vigente_desde", "-id")[:2])
    if not ordenados or ordenados[0].pk != limiar.pk:
        raise RegraInvalida("Só a última mudança pode ser desfeita, e esta já não é a última.")
    anterior = ordenados[1] if len(ordenados) > 1 else None
    # Uma regra marcada para o futuro só cede a outra do mesmo dia.
    comum: dict[str, Any] = {
        **nivel,
        "vigente_desde": max(em, limiar.vigente_desde),
        "por": por,
        "motivo": f"Desfeita a mudança de {limiar.criado_em:%d/%m/%Y}",
    }
    if anterior is None or anterior.herda:
        return herdar(**comum)
    regra = regra_de(anterior)
    return configurar(
        **comum,
        periodo=regra.periodo,
        antecedencia=regra.antecedencia,
        antigo=regra.antigo,
        ciclo=regra.ciclo,
    )
