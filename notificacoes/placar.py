"""O que o vendedor fez desde o último dia útil e no mês, dito no fim do resumo: os mesmos números do painel dele."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from atividade.giro import Janela, Resultados, resultados_de
from clientes.dias_uteis import SEMANA

_UM_DIA = timedelta(days=1)
_SEXTA = 4


@dataclass(frozen=True, slots=True)
class Placar:
    """Os resultados de ontem (ou desde sexta) e os do mês, até a vaga."""

    desde: date
    ontem: Resultados
    mes: Resultados
    nome_do_mes: date
    de_um_dia: bool

    @property
    def quando(self) -> str:
        """ "Ontem", ou o dia da semana em que começou."""
        return "Ontem" if self.de_um_dia else f"Desde {SEMANA[self.desde.weekday()]}"

    @property
    def tem_o_que_dizer(self) -> bool:
        return bool(self.ontem.contatos or self.ontem.pedidos or self.mes.contatos or self.mes.pedidos)


def placares(vendedores: Collection[int], empresas: Collection[int], vaga: date) -> dict[int, Placar]:
    """De todos os vendedores em duas consultas."""
    if not vendedores:
        return {}
    ontem = vaga - _UM_DIA
    desde = ontem - timedelta(days=max(0, ontem.weekday() - _SEXTA))
    primeiro = ontem.replace(day=1)
    de_ontem = resultados_de(vendedores, empresas, Janela(desde, ontem))
    do_mes = resultados_de(vendedores, empresas, Janela(primeiro, ontem))
    return {
        pk: Placar(
            desde, de_ontem.get(pk, Resultados()), do_mes.get(pk, Resultados()), primeiro, desde == ontem
        )
        for pk in vendedores
    }
