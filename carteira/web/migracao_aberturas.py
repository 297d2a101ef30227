"""Clientes novos por vendedor e mês: a matriz de quem abriu, com o elo de cada célula para os nomes."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render

from carteira.formatos import moeda_curta, numero, plural
from carteira.web.acesso import exige
from carteira.web.migracao_comum import DONOS, Pedido, mes_curto
from contas.papeis import Permissao
from relatorios.aberturas import Aberturas, Linha, aberturas
from relatorios.passado import NA_DATA
from relatorios.planilhas import Coluna
from relatorios.saldo import Evento, Eventos, Periodo, ultimos_meses

MESES_DA_URL = (6, 13, 25)
MESES_PADRAO = 13


class PedidoDeAberturas(Pedido):
    @property
    def meses(self) -> int:
        texto = self.consulta.get("meses", "")
        return int(texto) if texto in {str(n) for n in MESES_DA_URL} else MESES_PADRAO

    @property
    def eventos(self) -> Eventos | None:
        if self.referencia is None:
            return None
        return Eventos(self.usuario, self.recorte, ultimos_meses(self.referencia, self.meses), self.dono)

    def elo_dos_nomes(self, periodo: Periodo, **filtros: str) -> str:
        datas = {"de": periodo.de.isoformat(), "ate": periodo.ate.isoformat(), "dono": self.dono}
        return self.elo_do_recorte("migracao:eventos", evento=Evento.ABERTO.value, **datas, **filtros)


@exige(Permissao.VER_COMPOSICAO)
def pagina(request: HttpRequest) -> HttpResponseBase:
    pedido = PedidoDeAberturas(request, "migracao:aberturas")
    eventos = pedido.eventos
    matriz = aberturas(eventos, pedido.dimensao) if eventos else Aberturas([], [])
    if pedido.formato:
        nome = f"aberturas-por-{pedido.dimensao.nome}-{pedido.referencia or 'sem-data'}"
        return pedido.levar(nome, "aberturas", _colunas(pedido, matriz), _linhas(matriz))
    contexto = pedido.contexto
    if eventos:
        contexto |= {
            "matriz": matriz,
            "relatorio": pedido.elo_do_relatorio(
                "aberturas", meses=pedido.meses, agrupar=pedido.dimensao.nome, dono=pedido.dono
            ),
            "titulo_da_matriz": _titulo(matriz),
            "meses": [mes_curto(mes, i) for i, mes in enumerate(matriz.meses)],
            "linhas": [_linha(pedido, x, matriz, **{pedido.dimensao.nome: x.chave}) for x in matriz.linhas],
            "total": _linha(pedido, matriz.total, matriz),
            "dimensoes": pedido.dimensoes(),
            "medidas": [
                ("Clientes", pedido.elo(medir="clientes"), not pedido.por_valor),
                ("R$ da primeira compra", pedido.elo(medir="valor"), pedido.por_valor),
            ],
            "quantos_meses": [(f"{n} meses", pedido.elo(meses=n), n == pedido.meses) for n in MESES_DA_URL],
            "escolhas": [pedido.escolha("Dono", "dono", DONOS, pedido.dono)],
            "dono_na_data": pedido.dono == NA_DATA,
        }
    return render(request, "migracao/aberturas.html", contexto)


def _titulo(matriz: Aberturas) -> str:
    """Quantos clientes novos, e quem mais abriu."""
    total = matriz.total.total.clientes
    if not total:
        return "Nenhum cliente novo no período"
    novos = f"{numero(total)} {plural(total, 'cliente novo,clientes novos')}"
    return f"{novos} em {len(matriz.meses)} meses"


def _linha(pedido: PedidoDeAberturas, linha: Linha, matriz: Aberturas, **filtros: str) -> dict[str, Any]:
    def celula(valor: Any, periodo: Periodo) -> dict[str, Any]:
        mostrado = moeda_curta(valor.valor) if pedido.por_valor else numero(valor.clientes)
        return {"n": valor.clientes, "valor": valor.valor, "texto": mostrado,
                "url": pedido.elo_dos_nomes(periodo, **filtros)}  # fmt: skip

    tudo = Periodo(matriz.meses[0], Periodo.do_mes(matriz.meses[-1]).ate)
    return {
        "rotulo": linha.rotulo,
        "chave": linha.chave,
        "celulas": [celula(linha.no(mes), Periodo.do_mes(mes)) for mes in matriz.meses],
        "total": celula(linha.total, tudo),
        "media": linha.total.clientes / len(matriz.meses),
    }


def _colunas(pedido: PedidoDeAberturas, matriz: Aberturas) -> list[Coluna]:
    """Cada mês em duas colunas: clientes e R$."""
    meses = [f"{mes:%m/%Y}" for mes in matriz.meses] + ["Total"]
    pares = [(Coluna(f"{m} clientes", "inteiro", 14), Coluna(f"{m} R$", "moeda")) for m in meses]
    return [Coluna(pedido.dimensao.titulo, largura=32), *(c for par in pares for c in par)]


def _linhas(matriz: Aberturas) -> Iterator[list[Any]]:
    for linha in (*matriz.linhas, matriz.total):
        celulas = [*(linha.no(mes) for mes in matriz.meses), linha.total]
        yield [linha.rotulo, *(v for c in celulas for v in (c.clientes, c.valor))]
