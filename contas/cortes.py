"""O que se corta na hora quando alguém deixa de ter acesso.

Cada sala registra o seu corte ao nascer; quem desativa não precisa conhecê-las. O nome vai para a auditoria com
quantos foram.
"""

from collections.abc import Callable

from django.utils import timezone

from contas.lembrados import esquecer
from contas.models import ContaDeFora, TokenDaApi, Usuario
from contas.sessoes import encerrar_sessoes

Corte = Callable[[Usuario], int]
_CORTES: dict[str, Corte] = {}


def ao_perder_acesso(nome: str, corte: Corte) -> None:
    """Registra o corte de uma sala; o mesmo nome de novo troca o anterior."""
    _CORTES[nome] = corte


def cortar(pessoa: Usuario) -> dict[str, int]:
    """Faz todos os cortes, na transação de quem chama: ou todos, ou nenhum."""
    return {nome: corte(pessoa) for nome, corte in _CORTES.items()}


def nomes() -> list[str]:
    return sorted(_CORTES)


def _fatores(pessoa: Usuario) -> int:
    from contas.fatores import apagar_todos

    return apagar_todos(pessoa)


def _conta_de_fora(pessoa: Usuario) -> int:
    return ContaDeFora.objects.filter(pessoa=pessoa).delete()[0]


def _tokens(pessoa: Usuario) -> int:
    """Revogam-se, não se apagam: o registro de quem chamou a API fica. Reativar a pessoa não os traz de volta."""
    dela = TokenDaApi.objects.filter(user=pessoa, revogado_em__isnull=True)
    return dela.update(revogado_em=timezone.now())


ao_perder_acesso("sessões encerradas", encerrar_sessoes)
ao_perder_acesso("aparelhos lembrados", esquecer)
ao_perder_acesso("segundo passo", _fatores)
ao_perder_acesso("conta de fora", _conta_de_fora)
ao_perder_acesso("tokens revogados", _tokens)
