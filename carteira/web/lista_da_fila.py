"""A lista de lado da fila: a hora combinada antes do nome, quem já foi feito e quem está com outra pessoa."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils import timezone

from atividade.fila import ParaLigar
from atividade.models import Indicadores
from carteira.formatos import data, numero, plural
from carteira.referencias import Referencias
from clientes.models import DecisaoDaFila, ReservaDaFila
from clientes.televendas import contatos_do_dia
from contas.models import Usuario
from contas.texto import sem_acento


@dataclass(frozen=True)
class LinhaDaFila:
    """`hora` é a combinada (ou, num feito, a do contato); `sinal` diz por que esta linha é diferente."""

    ind: Indicadores
    recencia: int | None
    valor: Decimal
    hora: str = ""
    sinal: str = ""
    tom: str = ""
    motivo: str = ""  # por que ficou para o fim
    feito: bool = False

    @property
    def cliente(self) -> Any:
        return self.ind.cliente

    @property
    def chave_de_busca(self) -> str:
        c = self.cliente
        return sem_acento(f"{c.codigo} {c.nome} {c.razao_social}")


def linhas_de(
    itens: Sequence[ParaLigar],
    referencias: Referencias,
    alheias: Mapping[int, ReservaDaFila],
    depois: Mapping[int, DecisaoDaFila],
) -> list[LinhaDaFila]:
    agora = timezone.localtime()
    return [_linha(item, referencias, alheias, depois, agora) for item in itens]


def _linha(
    item: ParaLigar,
    referencias: Referencias,
    alheias: Mapping[int, ReservaDaFila],
    depois: Mapping[int, DecisaoDaFila],
    agora: dt.datetime,
) -> LinhaDaFila:
    sinal, tom = _sinal(item, alheias, depois, agora)
    deixado = depois.get(item.ind.pk)
    return LinhaDaFila(
        item.ind,
        _recencia(item.ind, referencias),
        item.valor,
        _hora(item, agora.date()),
        sinal,
        tom,
        deixado.motivo if deixado else "",
    )


def _recencia(ind: Indicadores, referencias: Referencias) -> int | None:
    dia = referencias.da_empresa(ind.empresa_id)
    return (dia - ind.ultima_compra).days if ind.ultima_compra else None


def _hora(item: ParaLigar, hoje: dt.date) -> str:
    """A hora combinada para hoje; de outro dia, o dia."""
    if item.agendamento is None:
        return ""
    if item.agendamento.em != hoje:
        return data(item.agendamento.em, "%d/%m")
    return f"{item.agendamento.hora:%H:%M}" if item.agendamento.hora else "hoje"


def _sinal(
    item: ParaLigar,
    alheias: Mapping[int, ReservaDaFila],
    depois: Mapping[int, DecisaoDaFila],
    agora: dt.datetime,
) -> tuple[str, str]:
    """Com quem está, há quanto tempo passou da hora, ou que ficou para o fim."""
    if reserva := alheias.get(item.ind.pk):
        return f"com {reserva.pessoa.get_short_name()}", "aviso"
    if item.ind.pk in depois:
        return "no fim", "ok"
    if item.agendamento is None:
        return "", ""
    dias = (agora.date() - item.agendamento.em).days
    if dias > 0:
        return f"{numero(dias)} {plural(dias, 'dia,dias')}", "alerta"
    if dias == 0 and item.agendamento.hora and item.agendamento.hora < agora.time():
        minutos = (agora.hour - item.agendamento.hora.hour) * 60 + agora.minute - item.agendamento.hora.minute
        return (f"{minutos} min" if minutos < 60 else f"{minutos // 60} h"), "alerta"
    return "", ""


def feitos_de(feitos: Sequence[int], pessoa: Usuario, referencias: Referencias) -> list[LinhaDaFila]:
    """Os procurados hoje, pela ordem, com a hora do primeiro contato do dia."""
    horas: dict[int, dt.datetime] = {}
    dela = contatos_do_dia(referencias.hoje).filter(atendente=pessoa).order_by("em", "pk")
    for cliente, em in dela.values_list("cliente_id", "em"):
        horas.setdefault(cliente, em)
    visiveis = Indicadores.objects.visiveis_para(pessoa).select_related("cliente").in_bulk(list(feitos))
    return [
        LinhaDaFila(
            ind,
            _recencia(ind, referencias),
            ind.valor_12m or ind.valor_ano_ativo,
            f"{timezone.localtime(horas[pk]):%H:%M}",
            "feito",
            "ok",
            feito=True,
        )
        for pk in feitos
        if (ind := visiveis.get(pk)) is not None
    ]


def procurar(linhas: Sequence[LinhaDaFila], q: str) -> list[LinhaDaFila]:
    """Código do ERP ou nome, sem acento e em qualquer lugar."""
    procurado = sem_acento(q)
    return [linha for linha in linhas if procurado in linha.chave_de_busca]
