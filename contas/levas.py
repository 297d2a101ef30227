"""O que cada pessoa leva em massa pela API: por token, recurso e dia, a auditoria diz quem, o quê e quanto.

A auditoria não se corrige: a primeira leva do dia deixa uma linha na hora, e a noite, outra com o total do dia que
acabou. Entre as duas a conta mora nas contagens.
"""

from datetime import date

from django.db import transaction
from django.utils import timezone

from contas.auditoria import registrar
from contas.contagens import contar
from contas.models import Contagem, TokenDaApi, Usuario

ACAO = "exportar pela API"
_PREFIXO = "leva:"
_PRAZO = 40 * 24 * 60 * 60  # espera a noite que a fecha, mesmo que muitas se percam


def anotar(*, pessoa: Usuario, token: TokenDaApi | None, recurso: str, linhas: int) -> None:
    """Uma leva; a que veio vazia não levou nada. Contada, a noite a diz, ainda que a primeira linha se perca."""
    if not linhas:
        return
    dia = timezone.localdate()
    chave = f"{_PREFIXO}{dia.isoformat()}:{pessoa.pk}:{token.pk if token else 0}:{recurso}"
    if contar(chave, _PRAZO, linhas) == linhas:
        registrar(ACAO, por=pessoa, objeto=_objeto(recurso, token), depois={"dia": dia.isoformat()})


@transaction.atomic
def fechar(hoje: date) -> int:
    """Os dias que acabaram: o total de cada leva vira uma linha, e a conta se apaga com ela."""
    contas = list(Contagem.objects.select_for_update().filter(chave__startswith=_PREFIXO).order_by("chave"))
    lidas = [(c, *c.chave.removeprefix(_PREFIXO).split(":", 3)) for c in contas]
    acabadas = [linha for linha in lidas if linha[1] < hoje.isoformat()]
    pessoas = Usuario.objects.in_bulk({int(pessoa) for _, _, pessoa, _, _ in acabadas})
    tokens = TokenDaApi.objects.in_bulk({int(token) for _, _, _, token, _ in acabadas})
    for conta, dia, pessoa, token, recurso in acabadas:
        registrar(
            ACAO,
            por=pessoas.get(int(pessoa)),
            objeto=_objeto(recurso, tokens.get(int(token))),
            depois={"dia": dia, "linhas": conta.vezes},
        )
    Contagem.objects.filter(pk__in=[conta.pk for conta, *_ in acabadas]).delete()
    return len(acabadas)


def _objeto(recurso: str, token: TokenDaApi | None) -> str:
    return f"{recurso}, pelo token {token.nome}" if token else recurso
