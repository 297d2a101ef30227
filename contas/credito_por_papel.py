"""Que papéis veem score e restrições: decidir, prever quem ganha e quem perde, e voltar atrás.

Quem tem decisão própria (`Usuario.ve_credito`) fica com ela; o administrador sempre vê. Perder o crédito pelo papel
corta o mesmo que perdê-lo por decisão própria, porque a pergunta é uma só (`contas.papeis.pode`).
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import OperationalError, connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from contas.auditoria import registrar
from contas.models import PAPEIS_DECIDIDOS, CreditoPorPapel, Instalacao, Papel, Usuario

DE_PARTIDA = frozenset({Papel.GESTOR.value})
ACAO = "mudar crédito por papel"
ESPERA = "3s"  # a decisão trava a tabela de pessoas: enquanto espera por ela, ninguém entra
_OCUPADO = "Há uma importação em curso: tente de novo em alguns minutos."
_TRAVA_OCUPADA = "55P03"


class Recusada(Exception):
    """A decisão não vale; a mensagem já vem pronta para a tela."""


@dataclass(frozen=True, slots=True)
class Previa:
    """Quem passaria a ver, quem deixaria de ver, e quem não muda porque tem decisão própria."""

    ganham: list[Usuario]
    perdem: list[Usuario]
    excecoes: int

    @property
    def muda(self) -> bool:
        return bool(self.ganham or self.perdem)


def ultima() -> CreditoPorPapel | None:
    return CreditoPorPapel.objects.first()


def papeis_de(decisao: CreditoPorPapel | None) -> frozenset[str]:
    """Os papéis de uma decisão; sem nenhuma, os de partida."""
    return DE_PARTIDA if decisao is None else frozenset(decisao.papeis)


def papeis_que_veem() -> frozenset[str]:
    return papeis_de(ultima())


def por_extenso(papeis: Collection[str]) -> str:
    """ "Gestor e Leitura"; sem nenhum, só quem administra."""
    nomes = [p.label for p in PAPEIS_DECIDIDOS if p in papeis]
    if not nomes:
        return "só o administrador"
    return f"{', '.join(nomes[:-1])} e {nomes[-1]}" if len(nomes) > 1 else nomes[0]


def com_decisao_propria(pessoas: QuerySet[Usuario]) -> QuerySet[Usuario]:
    return pessoas.filter(ve_credito__isnull=False, papel__in=PAPEIS_DECIDIDOS, is_active=True)


def prever(papeis: Collection[str]) -> Previa:
    """Contra o que cada pessoa vê hoje; só conta quem tem como entrar, ou foi convidado a entrar."""
    mudam = Q(papel__in=papeis, credito_do_papel=False) | (
        Q(papel__in=PAPEIS_DECIDIDOS, credito_do_papel=True) & ~Q(papel__in=papeis)
    )
    pessoas = Usuario.objects.filter(mudam, is_active=True, email__isnull=False).order_by("nome_chave", "pk")
    seguem = [p for p in pessoas if p.ve_credito is None]
    return Previa(
        ganham=[p for p in seguem if not p.credito_do_papel],
        perdem=[p for p in seguem if p.credito_do_papel],
        excecoes=len(pessoas) - len(seguem),
    )


@contextmanager
def _espera_curta() -> Iterator[None]:
    """Uma transação inteira; a que não teve a tabela de pessoas a tempo não deixa nada, e se diz por quê."""
    try:
        with transaction.atomic():
            yield
    except OperationalError as erro:
        if getattr(erro.__cause__, "sqlstate", "") != _TRAVA_OCUPADA:
            raise
        raise Recusada(_OCUPADO) from erro


@_espera_curta()
def mudar(
    *, papeis: Collection[str], vista: int | None, por: Usuario, motivo: str = ""
) -> CreditoPorPapel | None:
    """Guarda a decisão e escreve o que mudou; nulo se nada mudou.

    `vista` é a decisão que a pessoa tinha à frente: outra tomada nesse meio-tempo não se apaga sem que ela a leia.
    """
    antes = _travada(vista)
    novos = [p.value for p in PAPEIS_DECIDIDOS if p in papeis]
    if set(novos) == papeis_de(antes):
        return None
    return _guardar(antes, novos, por, motivo)


@_espera_curta()
def desfazer(*, vista: int | None, por: Usuario) -> CreditoPorPapel:
    """Volta à decisão de antes da última, numa linha nova: a história não se apaga."""
    decisao = _travada(vista)
    if decisao is None:
        raise Recusada("Não há decisão a desfazer: vale a de partida.")
    anterior = CreditoPorPapel.objects.filter(pk__lt=decisao.pk).first()
    novos = [p.value for p in PAPEIS_DECIDIDOS if p in papeis_de(anterior)]
    return _guardar(decisao, novos, por, f"Desfeita a decisão de {timezone.localdate(decisao.em):%d/%m/%Y}.")


def _travada(vista: int | None) -> CreditoPorPapel | None:
    """A última decisão, com a porta fechada a outra; recusa se não é a que a pessoa via."""
    Instalacao.atual()
    Instalacao.objects.select_for_update().get(pk=1)
    decisao = ultima()
    if vista != (decisao.pk if decisao else None):
        raise Recusada("Outra pessoa mudou isto agora mesmo: confira como ficou e decida de novo.")
    return decisao


def _guardar(antes: CreditoPorPapel | None, novos: list[str], por: Usuario, motivo: str) -> CreditoPorPapel:
    previa = prever(novos)
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{ESPERA}'")
    decisao = CreditoPorPapel.objects.create(papeis=novos, por=por, motivo=motivo)
    registrar(
        ACAO,
        por=por,
        objeto="Score e restrições",
        antes={"veem": por_extenso(papeis_de(antes))},
        depois={
            "veem": por_extenso(novos),
            "passaram a ver": [p.nome for p in previa.ganham],
            "deixaram de ver": [p.nome for p in previa.perdem],
        }
        | ({"motivo": motivo} if motivo else {}),
    )
    return decisao
