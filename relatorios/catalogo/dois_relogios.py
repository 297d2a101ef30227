"""Dois relógios em tabela: há quanto tempo não compram × há quanto tempo ninguém fala com eles."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone

from contas.models import Usuario
from relatorios.base import CARTEIRA, Coluna, Linhas, Proprio, Relatorio
from relatorios.catalogo import registrar
from relatorios.composicao import linhas as da_carteira
from relatorios.dois_relogios import (
    COMPRA_PADRAO,
    CONTATO_PADRAO,
    Celula,
    Faixa,
    condicoes,
    faixas,
    ler_limites,
    nome_da_faixa,
    relogios,
)
from relatorios.pedido import Pedido


@dataclass(frozen=True, slots=True)
class Linha:
    compra: Faixa | None
    contato: Faixa | None
    celula: Celula


def _limites(chave: str, titulo: str, padrao: tuple[int, ...]) -> Proprio:
    """As faixas que a página mostra, levadas com ela."""
    return Proprio(
        chave,
        titulo,
        ler=lambda textos: tuple(map(str, ler_limites(textos, padrao))),
        dizer=lambda _, dias: f"{', '.join(dias)} dias",
        ajuda="dias, separados por vírgula",
    )


@registrar
class DoisRelogios(Relatorio):
    chave = "dois-relogios"
    titulo = "Dois relógios"
    grupo = "Movimento"
    frase = "Quem está há muito sem comprar e sem que ninguém fale com ele?"
    filtros = (
        *CARTEIRA,
        _limites("compra", "Limites sem comprar", COMPRA_PADRAO),
        _limites("contato", "Limites sem contato", CONTATO_PADRAO),
    )
    pela_regra = False
    unidade = "faixa,faixas"
    nota = (
        "Os dias sem compra contam da data da carteira; os sem contato, de hoje. Só contatos efetivos contam."
    )

    def colunas(self, usuario: Usuario, pedido: Pedido) -> Sequence[Coluna]:
        return (
            Coluna("compra", "Sem comprar", largura=22, ordena=False,
                   valor=lambda x: _nome(x.compra, "nunca comprou")),
            Coluna("contato", "Sem contato", largura=22, ordena=False,
                   valor=lambda x: _nome(x.contato, "nunca contatado")),
            Coluna("clientes", "Clientes", "inteiro", 12, valor=lambda x: x.celula.clientes,
                   elo=lambda x, p: {"e": e} if (e := condicoes(x.compra, x.contato)) else {}),
            Coluna("valor", "R$/ano", "moeda", 18, valor=lambda x: x.celula.valor),
        )  # fmt: skip

    def linhas(self, usuario: Usuario, pedido: Pedido) -> Sequence[Linha]:
        compra, contato = (faixas(map(int, pedido.proprios[nome])) for nome in ("compra", "contato"))
        clientes = da_carteira(usuario, pedido.recorte)
        lidos = relogios(clientes, compra, contato, timezone.localdate(), pedido.empresas)
        return [
            Linha(f, g, lidos.celula(i, n))
            for i, f in enumerate(compra)
            for n, g in enumerate(contato)
            if lidos.celula(i, n).clientes
        ]

    def total(self, usuario: Usuario, pedido: Pedido, linhas: Linhas) -> Linha:
        return Linha(None, None, sum((x.celula for x in linhas), Celula()))


def _nome(faixa: Faixa | None, nunca: str) -> str:
    return nome_da_faixa(faixa, nunca) if faixa else ""
