"""O passado de uma empresa, lido uma vez por rodada: as varreduras são caras, o resto da tela é conta."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Min

from atividade.cenarios import Cenario, cenario_em_vigor
from atividade.models import EstadoDoRecalculo, Indicadores
from atividade.parametros import parametros_de
from atividade.retorno import Retorno, medir_retorno
from atividade.silencios import Atendimento, Contagem, contar, fins_de_mes
from atividade.sugestao import Passado
from contas.models import Empresa

_UM_DIA = 24 * 60 * 60
# Até este tamanho o ciclo de cada cliente no passado se tira junto; acima, só quando se pede.
CARTEIRA_PEQUENA = 20_000


@dataclass(frozen=True, slots=True)
class Leitura:
    """O que não depende de datas de corte."""

    primeira_compra: date | None
    clientes: int
    retorno: Retorno
    atendimento: Atendimento


def ler(empresa: Empresa) -> Leitura:
    """Pede `empresa.referencia`: antes da primeira rodada não há o que ler."""
    assert empresa.referencia is not None
    referencia = empresa.referencia
    return _guardado(empresa, "leitura", lambda: _ler(empresa, referencia))


def _ler(empresa: Empresa, referencia: date) -> Leitura:
    compradores = Indicadores.objects.filter(empresa=empresa).aggregate(
        desde=Min("primeira_compra"), n=Count("primeira_compra")
    )
    return Leitura(
        primeira_compra=compradores["desde"],
        clientes=compradores["n"],
        retorno=medir_retorno(empresa, referencia),
        atendimento=Atendimento.da_empresa(empresa),
    )


def passado(
    empresa: Empresa,
    leitura: Leitura,
    *,
    dias: int,
    cortes: tuple[date, ...] | None = None,
    hoje: date,
    por_ciclo: bool = False,
) -> Passado:
    """Tudo o que a sugestão e o retroteste leem; sem `cortes`, os doze fins de mês.

    As regras por ciclo entram se alguma está em vigor, se são pedidas ou se a carteira é pequena.
    """
    assert empresa.referencia is not None
    cenario = cenario_em_vigor(empresa, hoje)
    if cortes is None:
        desde = leitura.primeira_compra
        cortes = fins_de_mes(empresa.referencia, dias, desde) if desde else ()
    estado = EstadoDoRecalculo.objects.filter(empresa=empresa).first() or EstadoDoRecalculo()
    return Passado(
        contagem=_contagem(empresa, cortes, dias, cenario),
        contagem_por_ciclo=_contagem(empresa, cortes, dias, cenario, por_ciclo=True)
        if por_ciclo or cenario.usa_ciclo or leitura.clientes <= CARTEIRA_PEQUENA
        else None,
        cenario=cenario,
        atendimento=leitura.atendimento,
        retorno=leitura.retorno,
        ciclo_da_empresa=estado.ciclo_da_empresa,
        ciclos_por_segmento={int(s): Decimal(c) for s, c in estado.ciclos_por_segmento.items()},
        alertas_por_vendedor=parametros_de(empresa).alertas_por_vendedor,
    )


def _contagem(
    empresa: Empresa, cortes: tuple[date, ...], dias: int, cenario: Cenario, *, por_ciclo: bool = False
) -> Contagem:
    assert empresa.referencia is not None
    referencia = empresa.referencia
    partes = (por_ciclo, dias, *cortes, sorted(cenario.limiares.items()))
    return _guardado(
        empresa,
        repr(partes),
        lambda: contar(
            empresa, cortes, referencia=referencia, dias=dias, cenario=cenario, por_ciclo=por_ciclo
        ),
    )


def _guardado(empresa: Empresa, nome: str, calcular: Callable[[], Any]) -> Any:
    """Vale até a rodada seguinte, que muda a hora do cálculo, ou por um dia."""
    resumo = hashlib.sha256(repr((empresa.referencia, empresa.calculada_em, nome)).encode()).hexdigest()
    return cache.get_or_set(f"passado:{empresa.pk}:{resumo}", calcular, _UM_DIA)
