"""O contato digitado sem rede: guardado no aparelho da pessoa e registrado quando o sinal volta."""

from datetime import datetime, timedelta

from clientes.relacionamento import RelacionamentoInvalido

DIAS_GUARDADO = 7  # mais velho que isto, a pessoa confere e registra de novo
TOLERANCIA = timedelta(minutes=2)  # entre o relógio do aparelho e o da casa


def hora_do_contato(*, digitado: datetime, no_aparelho: datetime, agora: datetime) -> datetime:
    """Quando o contato foi digitado, pelo relógio da casa: nunca no futuro, nunca velho demais.

    `no_aparelho` é a hora do aparelho no instante do envio. Com o relógio dele torto, o que vale é
    há quanto tempo foi digitado: isso ele mede certo mesmo marcando a hora errada.
    """
    torto = abs(no_aparelho - agora) > TOLERANCIA
    em = min(agora - (no_aparelho - digitado) if torto else digitado, agora)
    if agora - em > timedelta(days=DIAS_GUARDADO):
        raise RelacionamentoInvalido(
            f"Foi digitado há mais de {DIAS_GUARDADO} dias. Confira o texto e registre de novo."
        )
    return em
