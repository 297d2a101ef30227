"""Dois relógios: dias sem compra × dias sem contato, com cada célula aberta na lista de clientes."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render

from carteira.formatos import moeda_curta, numero, plural
from carteira.referencias import Referencias
from carteira.web.acesso import exige
from carteira.web.migracao_comum import Pedido
from carteira.web.recorte import elo_da_lista
from contas.papeis import Permissao
from relatorios.composicao import linhas
from relatorios.dois_relogios import (
    COMPRA_PADRAO,
    CONTATO_PADRAO,
    MAIOR_LIMITE,
    MAXIMO_DE_FAIXAS,
    Celula,
    Faixa,
    Relogios,
    condicoes,
    faixas,
    ler_limites,
    nome_da_faixa,
    relogios,
)
from relatorios.planilhas import Coluna

_TONS = 4


class PedidoDosRelogios(Pedido):
    """As faixas da URL: `compra=30,90` e `contato=15,60`."""

    @cached_property
    def referencias(self) -> Referencias:
        return Referencias.de(self.usuario)

    @cached_property
    def compra(self) -> tuple[int, ...]:
        return ler_limites([self.consulta.get("compra", "")], COMPRA_PADRAO)

    @cached_property
    def contato(self) -> tuple[int, ...]:
        return ler_limites([self.consulta.get("contato", "")], CONTATO_PADRAO)

    @property
    def mudou_as_faixas(self) -> bool:
        return bool(self.consulta.get("compra") or self.consulta.get("contato"))

    @property
    def aviso(self) -> str:
        """O que se pediu e não se usou."""
        ruins = [
            nome
            for nome, usados in (("compra", self.compra), ("contato", self.contato))
            if (texto := self.consulta.get(nome, "").strip())
            and sorted(p.strip() for p in texto.replace(";", ",").split(",") if p.strip())
            != sorted(str(n) for n in usados)
        ]
        if not ruins:
            return ""
        return (
            f"Nem todos os limites de {' e de '.join(ruins)} se entenderam: escreva até {MAXIMO_DE_FAIXAS} números "
            f"de dias separados por vírgula, de 1 a {numero(MAIOR_LIMITE)}, como 30, 60, 90."
        )

    @cached_property
    def relogios(self) -> Relogios:
        return relogios(
            linhas(self.usuario, self.recorte),
            faixas(self.compra),
            faixas(self.contato),
            self.referencias.hoje,
            self.referencias.empresas.values(),
        )

    def elo_dos_clientes(self, compra: Faixa | None, contato: Faixa | None) -> str:
        """A lista com exatamente quem a célula conta."""
        e = condicoes(compra, contato)
        return elo_da_lista(self.recorte, **({"e": e} if e else {}))


@exige(Permissao.VER_COMPOSICAO)
def pagina(request: HttpRequest) -> HttpResponseBase:
    pedido = PedidoDosRelogios(request, "dois_relogios")
    if pedido.formato:
        nome = f"dois-relogios-{pedido.referencia or 'sem-data'}"
        return pedido.levar(nome, "dois relógios", _COLUNAS, _linhas(pedido) if pedido.referencia else ())
    contexto = pedido.contexto
    if pedido.referencia:
        contexto |= _da_matriz(pedido)
    return render(request, "migracao/relogios.html", contexto)


def _da_matriz(pedido: PedidoDosRelogios) -> dict[str, Any]:
    r = pedido.relogios
    maior = max((c.valor for c in r.celulas.values()), default=0)
    return {
        "r": r,
        "relatorio": pedido.elo_do_relatorio("dois-relogios", compra=pedido.compra, contato=pedido.contato),
        "total": r.total,
        "elo_total": pedido.elo_dos_clientes(None, None),
        "colunas": [
            (nome_da_faixa(f, "nunca contatado"), r.coluna(n), pedido.elo_dos_clientes(None, f))
            for n, f in enumerate(r.contato)
        ],
        "linhas": [
            {
                "nome": nome_da_faixa(f, "nunca comprou"),
                "celulas": [
                    (r.celula(i, n), pedido.elo_dos_clientes(f, g), _tom(r.celula(i, n), maior))
                    for n, g in enumerate(r.contato)
                ],
                "total": r.linha(i),
                "url": pedido.elo_dos_clientes(f, None),
            }
            for i, f in enumerate(r.compra)
        ],
        "achado": _achado(pedido, r),
        "compra_texto": ", ".join(map(str, pedido.compra)),
        "contato_texto": ", ".join(map(str, pedido.contato)),
        "aviso": pedido.aviso,
        "escondidos": pedido.escondidos("compra", "contato"),
        "contatos_ate": pedido.referencias.hoje,
        "padrao": pedido.elo(compra=None, contato=None) if pedido.mudou_as_faixas else "",
    }


def _tom(celula: Celula, maior: Any) -> int:
    """Quanto R$ há na célula, de 0 a 4: o número está escrito nela, o tom só guia o olho."""
    if not celula.valor or not maior:
        return 0
    return max(1, min(_TONS, round(float(celula.valor) / float(maior) * _TONS)))


def _achado(pedido: PedidoDosRelogios, r: Relogios) -> tuple[str, str, str]:
    """Quem está longe dos dois relógios: frase, valor e o elo dos que compram há mais tempo que o último limite."""
    fora_da_compra, fora_do_contato = len(r.compra) - 2, len(r.contato) - 2
    esquecidos = r.celula(fora_da_compra, fora_do_contato) + r.celula(fora_da_compra, fora_do_contato + 1)
    dias = numero(pedido.compra[-1])
    if not esquecidos.clientes:
        return (f"Ninguém está há mais de {dias} dias sem comprar e esquecido", "", "")
    quem = f"{numero(esquecidos.clientes)} {plural(esquecidos.clientes, 'cliente está,clientes estão')}"
    frase = f"{quem} há mais de {dias} dias sem comprar e sem contato há mais de {numero(pedido.contato[-1])}"
    longe = condicoes(r.compra[fora_da_compra], None)
    inicio = r.contato[fora_do_contato].de
    return (
        frase,
        f"Valem {moeda_curta(esquecidos.valor)} por ano.",
        elo_da_lista(pedido.recorte, e=f"{longe}~sem_contato.min.{inicio}"),
    )


_COLUNAS = (
    Coluna("Sem comprar", largura=22),
    Coluna("Sem contato", largura=22),
    Coluna("Clientes", "inteiro", 12),
    Coluna("R$/ano", "moeda"),
)


def _linhas(pedido: PedidoDosRelogios) -> Iterator[list[Any]]:
    r = pedido.relogios
    for i, f in enumerate(r.compra):
        for n, g in enumerate(r.contato):
            c = r.celula(i, n)
            yield [
                nome_da_faixa(f, "nunca comprou"),
                nome_da_faixa(g, "nunca contatado"),
                c.clientes,
                c.valor,
            ]
    yield ["Total", "", r.total.clientes, r.total.valor]
