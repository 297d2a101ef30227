"""O que se pergunta na gestão da carteira: quem compra menos que há um ano, quem ficou esquecido."""

from decimal import Decimal
from typing import Any

from django.db.models import Q

from atividade.visitas import em_vigor, esquecidos
from carteira.filtros import operadores as op
from carteira.filtros.campos import Campo, Contexto, Fato, SimNao
from carteira.filtros.datas import COMPRAS, CONTATO
from carteira.filtros.expressao import ErroDeFiltro
from carteira.filtros.operadores import Argumento, Operador, tabela
from contas.papeis import Permissao, pode
from relatorios.declinio import Regra, condicao


def _ler_queda(texto: str) -> int:
    if not (texto.isascii() and texto.isdigit() and len(texto) <= 3 and 1 <= int(texto) <= 100):
        raise ErroDeFiltro(f"“{texto[:20]}” não é uma queda: use um inteiro de 1 a 100")
    return int(texto)


def _ler_piso(texto: str) -> Decimal:
    valor = op.ler_decimal(texto)
    if valor < 0:
        raise ErroDeFiltro("o piso não pode ser negativo")
    return valor


_QUEDA = Argumento("queda", "Queda mínima (%)", "number", _ler_queda, inteiro=True)
_PISO = Argumento("piso", "Comprava ao menos (R$)", "text", _ler_piso, op.mostrar_decimal)


def _em_declinio(valores: list[Any], ctx: Contexto) -> Q:
    regra = Regra(*valores)
    return ctx.referencias.condicao(lambda dia: condicao(regra, dia))


GESTAO: tuple[Campo, ...] = (
    Fato(nome="declinio", rotulo="Declínio", grupo=COMPRAS,
         dica="Ativo que compra menos que nos mesmos meses do ano passado, e já comprava antes deles.",
         operadores=tabela(Operador("cai", "compra menos (meses, %, R$)",
                                    "em {0} meses, ao menos {1}% abaixo dos R$ {2} ou mais de um ano antes",
                                    (op.MESES, _QUEDA, _PISO))),
         condicoes={"cai": _em_declinio}),
    Fato(nome="esquecido", rotulo="Esquecido", grupo=CONTATO,
         dica="Sem contato efetivo há tantos dias, e ninguém decidiu que fosse assim.",
         operadores=tabela(Operador("ha", "há (dias)", "há {0} dias ou mais sem contato", (op.DIAS,))),
         condicoes={"ha": lambda v, ctx: esquecidos(v[0], ctx.hoje)}),
    SimNao(nome="nao_visitar", rotulo="Não visitado por decisão", grupo=CONTATO,
           quando=("não visitado por decisão", "visitado como os outros"),
           dica="A gestão decidiu não ir ao cliente.",
           visivel=lambda usuario: pode(usuario, Permissao.DECIDIR_VISITAS),
           condicao=lambda ctx: Q(pk__in=em_vigor().values("cliente"))
           if pode(ctx.usuario, Permissao.DECIDIR_VISITAS) else Q(pk__in=[])),
)  # fmt: skip
