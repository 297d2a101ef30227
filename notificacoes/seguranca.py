"""Avisos de segurança: a pessoa fica sabendo, por e-mail, do que muda no seu modo de entrar.

Vão pela caixa de saída, na transação de quem mudou, e não se desligam: são o alarme de quem não foi.
"""

import uuid
from dataclasses import replace
from enum import Enum

from contas.models import Usuario
from contas.sessoes import Origem
from notificacoes.caixa import Rascunho, enfileirar
from notificacoes.emails import redigir
from notificacoes.enderecos import endereco
from notificacoes.models import TipoDeMensagem


class Fato(Enum):
    """O que aconteceu, como se diz no assunto e no corpo."""

    SENHA = (
        "A sua senha mudou",
        "A senha da sua conta foi trocada e as sessões em outros aparelhos se encerraram.",
    )
    EMAIL = ("O seu e-mail de entrada mudou", "O e-mail com que você entra foi trocado por um administrador.")
    TOTP = ("Aplicativo de códigos ligado", "A sua entrada passou a pedir um código do aplicativo.")
    SEM_TOTP = ("Aplicativo de códigos desligado", "A sua entrada deixou de pedir um código do aplicativo.")
    CHAVE = ("Chave de acesso criada", "Uma chave de acesso nova entra na sua conta sem senha.")
    SEM_CHAVE = ("Chave de acesso apagada", "Uma chave de acesso deixou de entrar na sua conta.")
    CODIGOS = ("Códigos de recuperação refeitos", "Os códigos de recuperação antigos deixaram de valer.")
    CODIGO_USADO = (
        "Um código de recuperação foi usado",
        "Alguém entrou na sua conta com um código de recuperação.",
    )
    ZERADO = (
        "O segundo passo da sua entrada foi zerado",
        "Um administrador tirou o aplicativo e as chaves de acesso da sua conta. Ligue-os de novo no perfil.",
    )
    TENTATIVAS = (
        "Alguém acertou a sua senha e errou o segundo passo",
        "A entrada não foi feita. Se não foi você, troque a senha: alguém a conhece.",
    )

    @property
    def titulo(self) -> str:
        return self.value[0]

    @property
    def frase(self) -> str:
        return self.value[1]


def avisar(
    pessoa: Usuario, fato: Fato, origem: Origem | None = None, *, para: str = "", detalhe: str = ""
) -> None:
    """Escreve o aviso; `para` é o endereço antigo de quem acaba de trocar de e-mail."""
    rascunho = redigir(
        "aviso_de_seguranca",
        TipoDeMensagem.SEGURANCA,
        f"seguranca:{pessoa.pk}:{uuid.uuid4()}",
        pessoa,
        fato=fato,
        detalhe=detalhe,
        origem=origem,
        enlace=endereco("seguranca"),
    )
    enfileirar([replace(rascunho, para=para) if para else rascunho])


def desbloqueio(*, pessoa: Usuario, token: str, horas: int) -> None:
    """O enlace com que a própria pessoa abre a entrada que as tentativas fecharam."""
    enfileirar([_desbloqueio(pessoa, token, horas)])


def desbloqueio_de_ninguem(*, token: str, horas: int) -> None:
    """O mesmo trabalho, sem ninguém a quem mandar: o tempo da resposta não diz quem tem conta."""
    _desbloqueio(Usuario(nome="Ninguém"), token, horas)


def _desbloqueio(pessoa: Usuario, token: str, horas: int) -> Rascunho:
    return redigir(
        "desbloqueio",
        TipoDeMensagem.SEGURANCA,
        f"desbloqueio:{pessoa.pk}:{uuid.uuid4()}",
        pessoa,
        enlace=endereco("desbloquear", token=token),
        horas=horas,
    )
