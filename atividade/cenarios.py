"""Que regra cada cliente seguiria: as de hoje, nível a nível, com um nível trocado para experimentar."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.db.models import Q

from atividade.limiares import regra_de
from atividade.models import Limiar
from atividade.regras import REGRA_PADRAO, Regra
from contas.models import Empresa


@dataclass(frozen=True)
class Cenario:
    """Um conjunto de regras: a da empresa e as mais específicas, que continuam valendo.

    `por_cliente` é pelo limiar do cliente, e `limiares` diz de quem é cada um.
    """

    base: Regra
    por_segmento: Mapping[int, Regra] = field(default_factory=dict)
    por_cliente: Mapping[int, Regra] = field(default_factory=dict)
    limiares: Mapping[int, int] = field(default_factory=dict)

    def regra(self, segmento: int | None, limiar: int | None = None) -> Regra:
        """Cliente, depois segmento, depois empresa."""
        if limiar is not None and limiar in self.por_cliente:
            return self.por_cliente[limiar]
        return self.por_segmento.get(segmento, self.base) if segmento else self.base

    @property
    def usa_ciclo(self) -> bool:
        """Alguma regra olha o ciclo do cliente."""
        return any(r.ciclo for r in (self.base, *self.por_segmento.values(), *self.por_cliente.values()))

    def com(self, regra: Regra | None, segmento: int | None = None) -> "Cenario":
        """O mesmo com outra regra no nível da empresa ou de um segmento; sem regra, o segmento herda."""
        if segmento is None:
            return replace(self, base=regra or self.base)
        outras = {s: r for s, r in self.por_segmento.items() if s != segmento}
        return replace(self, por_segmento=outras | ({segmento: regra} if regra else {}))


def cenario_em_vigor(empresa: Empresa, data: date) -> Cenario:
    """As regras em vigor em `data`, de todos os níveis, em uma consulta."""
    niveis = ("empresa_id", "segmento_id", "cliente_id")
    ultimos: Any = (
        Limiar.objects.filter(Q(empresa=empresa) | Q(empresa=None), vigente_desde__lte=data)
        .order_by(*niveis, "-vigente_desde", "-id")
        .distinct(*niveis)
    )
    proprios = [limiar for limiar in ultimos if not limiar.herda]
    dos_clientes = [limiar for limiar in proprios if limiar.cliente_id]
    gerais = {bool(x.empresa_id): regra_de(x) for x in proprios if not (x.segmento_id or x.cliente_id)}
    return Cenario(
        base=gerais.get(True) or gerais.get(False) or REGRA_PADRAO,
        por_segmento={x.segmento_id: regra_de(x) for x in proprios if x.segmento_id},
        por_cliente={x.pk: regra_de(x) for x in dos_clientes},
        limiares={x.cliente_id: x.pk for x in dos_clientes},
    )
