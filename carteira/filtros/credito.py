"""O crédito nas condições da lista: só para quem pode vê-lo; para os outros, a condição não acha ninguém."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.db.models.lookups import In

from carteira.filtros import operadores as op
from carteira.filtros.campos import NINGUEM, Campo, Contexto, Fato, Numero, Opcoes
from carteira.filtros.datas import FINANCAS
from carteira.filtros.operadores import Argumento, Operador, tabela
from clientes import credito
from clientes.models import EVENTOS
from contas.models import Usuario
from contas.papeis import Permissao, pode

_DE_DIAS = Argumento("de", "De", "number", op.DIAS.ler, op.DIAS.mostrar, inteiro=True)
_ATE_DIAS = Argumento("ate", "Até", "number", op.DIAS.ler, op.DIAS.mostrar, inteiro=True)
_ENTRE = Operador("entre", "está entre (dias)", "de {0} a {1} dias", (_DE_DIAS, _ATE_DIAS))
_MIN = Operador("min", "é no mínimo (dias)", "≥ {0} dias", (op.DIAS,))
_NO_DIA = Operador("no_dia", "no dia", "no dia {0}", (op.DATA,))
_EM = Operador("em", "é", "{0}", (op.OPCOES,))
_FORA = Operador("fora", "não é", "não é {0}", (op.OPCOES,))
_NOS = Operador("nos", "nos últimos (dias)", "{1} nos últimos {0} dias", (op.DIAS, op.OPCOES))


def ve_credito(usuario: Usuario) -> bool:
    return pode(usuario, Permissao.VER_CREDITO)


class _SoDeQuemVe:
    """Antes da condição: uma URL escrita à mão não pergunta o que a pessoa não pode saber."""

    def q(self, operador: str, valores: list[Any], ctx: Contexto) -> Q:
        if not ve_credito(ctx.usuario):
            return NINGUEM
        return super().q(operador, valores, ctx)  # type: ignore[misc,no-any-return]


class _Fato(_SoDeQuemVe, Fato):
    pass


class _Score(_SoDeQuemVe, Numero):
    pass


def _fixas(*pares: tuple[str, str]) -> Callable[[Contexto], Opcoes]:
    return lambda ctx: list(pares)


_DEVE = {"titulos": "título vencido", "biro": "restrição no birô"}
_RESTRICOES = _fixas(*((t.value, str(t.label)) for t in credito.RESTRITIVOS))
_EVENTOS = _fixas(*((t.value, str(t.label)) for t in EVENTOS))


def _inadimplente(onde: list[str], ctx: Contexto) -> Q:
    por_titulos = credito.inadimplente_por_titulos() if "titulos" in onde else NINGUEM
    return por_titulos | (credito.com_restricao(ctx.hoje) if "biro" in onde else NINGUEM)


def _faixas(ctx: Contexto) -> Opcoes:
    return [(nome, nome) for nome in credito.nomes_das_faixas(list(ctx.referencias.empresas))]


def _fato(nome: str, rotulo: str, dica: str, operadores: tuple[Operador, ...], **resto: Any) -> Campo:
    return _Fato(
        nome=nome, rotulo=rotulo, dica=dica, grupo=FINANCAS, operadores=tabela(*operadores), visivel=ve_credito,
        **resto,
    )  # fmt: skip


_SEM = Operador("vazio", "não tem score", "sem score")
_COM = Operador("tem", "tem score", "com score")
CREDITO: tuple[Campo, ...] = (
    _fato(
        "inadimplente", "Inadimplente", "Nos títulos da casa ou no birô: cada um se limpa em separado.", (_EM, _FORA),
        opcoes=_fixas(*_DEVE.items()), fixas=True,
        condicoes={
            "em": lambda v, ctx: _inadimplente(v[0], ctx),
            "fora": lambda v, ctx: ~_inadimplente(v[0], ctx),
        },
    ),
    _fato(
        "inadimplente_em", "Inadimplente num dia", "Quem devia títulos vencidos naquele dia.", (_NO_DIA,),
        condicoes={"no_dia": lambda v, ctx: credito.com_titulo(credito.devidos_em(v[0]))},
    ),
    _fato(
        "titulo_vencido", "Título vencido há", "Dias de atraso de algum título em aberto.", (_ENTRE, _MIN),
        condicoes={
            "entre": lambda v, ctx: credito.com_titulo(credito.vencidos_ha(max(v[0], 1), v[1])),
            "min": lambda v, ctx: credito.com_titulo(credito.vencidos_ha(max(v[0], 1))),
        },
    ),
    _fato(
        "titulo_vence", "Título a vencer em", "Dias até vencer algum título em aberto; hoje é 0.", (_ENTRE, _MIN),
        condicoes={
            "entre": lambda v, ctx: credito.com_titulo(credito.a_vencer_em(*v)),
            "min": lambda v, ctx: credito.com_titulo(credito.a_vencer_em(v[0])),
        },
    ),
    _fato(
        "restricao", "Restrição de crédito", "Aberta no birô, de qualquer fonte.", (_EM, _FORA),
        opcoes=_RESTRICOES, fixas=True,
        condicoes={
            "em": lambda v, ctx: credito.com_restricao(ctx.hoje, v[0]),
            "fora": lambda v, ctx: ~credito.com_restricao(ctx.hoje, v[0]),
        },
    ),
    _fato(
        "restrito_em", "Restrito num dia", "Quem tinha restrição aberta naquele dia.", (_NO_DIA,),
        condicoes={"no_dia": lambda v, ctx: credito.com_restricao(v[0])},
    ),
    _fato(
        "evento_do_biro", "Evento do birô", "Mudança societária e outros eventos que não restringem.", (_NOS,),
        opcoes=_EVENTOS, fixas=True,
        condicoes={"nos": lambda v, ctx: credito.com_evento(ctx.hoje - timedelta(days=v[0]), v[1])},
    ),
    _fato(
        "faixa_de_score", "Faixa de score", "A do score mais novo, de qualquer fonte.", (_EM, _FORA, _SEM, _COM),
        opcoes=_faixas,
        condicoes={
            "em": lambda v, ctx: Q(In(credito.faixa_atual(), v[0])),
            "fora": lambda v, ctx: ~credito.sem_score() & ~Q(In(credito.faixa_atual(), v[0])),
            "vazio": lambda v, ctx: credito.sem_score(),
            "tem": lambda v, ctx: ~credito.sem_score(),
        },
    ),
    _Score(nome="score", rotulo="Score de crédito", grupo=FINANCAS, coluna=lambda ctx: credito.score_atual(),
           sem="sem score", dica="O mais novo, de qualquer fonte, de 0 a 1.000.", visivel=ve_credito),
    _fato(
        "credito_melhorou", "Crédito melhorou", "Restrição baixada, score em faixa acima ou títulos postos em dia.",
        (_NOS,), opcoes=_fixas(*credito.MELHORAS.items()), fixas=True,
        condicoes={
            "nos": lambda v, ctx: credito.melhorou(ctx.hoje - timedelta(days=v[0]), ctx.hoje, v[1]),
        },
    ),
)  # fmt: skip
