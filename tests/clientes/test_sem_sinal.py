"""A hora do que se digitou sem sinal: nunca no futuro, nunca velha demais, certa mesmo com o aparelho errado."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from clientes.relacionamento import RelacionamentoInvalido
from clientes.sem_sinal import hora_do_contato

AGORA = datetime(2026, 11, 20, 9, 0, tzinfo=ZoneInfo("America/Sao_Paulo"))
MINUTO, HORA = timedelta(minutes=1), timedelta(hours=1)


@pytest.mark.parametrize(
    ("digitado", "no_aparelho", "esperado"),
    [
        (AGORA - 3 * HORA, AGORA, AGORA - 3 * HORA),
        (AGORA - 3 * HORA, AGORA + 2 * MINUTO, AGORA - 3 * HORA),  # dentro da tolerância vale a hora digitada
        (AGORA - 3 * HORA, AGORA + 3 * MINUTO, AGORA - 3 * HORA - 3 * MINUTO),  # fora dela, há quanto tempo
        (AGORA + 20 * HORA, AGORA + 24 * HORA, AGORA - 4 * HORA),  # um dia adiantado
        (AGORA - 25 * HORA, AGORA - 24 * HORA, AGORA - HORA),  # um dia atrasado
        (AGORA + MINUTO, AGORA, AGORA),  # no futuro por pouco: é agora
        (AGORA + 48 * HORA, AGORA, AGORA),  # acertaram o relógio depois de digitar
        (AGORA - timedelta(days=7), AGORA, AGORA - timedelta(days=7)),  # o último instante que vale
    ],
)
def test_a_hora_digitada_vale_pelo_relogio_da_casa(
    digitado: datetime, no_aparelho: datetime, esperado: datetime
) -> None:
    assert hora_do_contato(digitado=digitado, no_aparelho=no_aparelho, agora=AGORA) == esperado


def test_mais_de_sete_dias_se_recusa_com_o_que_fazer() -> None:
    with pytest.raises(RelacionamentoInvalido, match=r"há mais de 7 dias\. Confira o texto"):
        hora_do_contato(digitado=AGORA - timedelta(days=7, seconds=1), no_aparelho=AGORA, agora=AGORA)
