"""Saldo do período: quem abriu, voltou e se perdeu, mês a mês e por quem, com o nome atrás de cada número."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from dateutil.relativedelta import relativedelta
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render

from atividade.rotulos import NOMES
from carteira.formatos import data
from carteira.graficos.saldo import com_sinal
from carteira.web.acesso import exige
from carteira.web.migracao_comum import DONOS, Fatiado, Pedido, mes_curto, paginar
from contas.papeis import Permissao
from relatorios.passado import NA_DATA
from relatorios.periodos import ler_dia
from relatorios.planilhas import Coluna
from relatorios.saldo import (
    VOLTAS,
    Evento,
    Eventos,
    NomeDoEvento,
    Periodo,
    Saldo,
    em_grupos,
    historia_desde,
    ultimos_meses,
)

MESES_DA_SERIE = 13
TITULOS = {
    Evento.ABERTO.value: "Abertos",
    Evento.RECUPERADO.value: "Recuperados",
    Evento.PERDIDO.value: "Perdidos",
    VOLTAS: "Foram e voltaram",
    Evento.REGRA_TIRA.value: "Perdidos por regra ou correção",
    Evento.REGRA_DEVOLVE.value: "Recuperados por regra ou correção",
    Evento.ENCERRADO.value: "Encerrados",
}
# A coluna de `Saldo` que cada evento conta, na ordem da tabela.
CONTAS = (
    (Evento.ABERTO.value, "abertos"),
    (Evento.RECUPERADO.value, "recuperados"),
    (Evento.PERDIDO.value, "perdidos"),
    (VOLTAS, "voltas"),
    (Evento.REGRA_TIRA.value, "regra_tira"),
    (Evento.REGRA_DEVOLVE.value, "regra_devolve"),
    (Evento.ENCERRADO.value, "encerrados"),
)


class PedidoDoSaldo(Pedido):
    """O período da URL; sem ele, o mês da referência."""

    @cached_property
    def periodo(self) -> Periodo | None:
        if self.referencia is None:
            return None
        de, ate = (ler_dia(self.consulta.get(n, "").strip()) for n in ("de", "ate"))
        if de is None or ate is None or de > ate or de > self.referencia:
            return Periodo.do_mes(self.referencia)
        return Periodo(de, ate)

    @property
    def aviso(self) -> str:
        """Por que não é o período pedido que se mostra."""
        pedido = [self.consulta.get(n, "").strip() for n in ("de", "ate")]
        if not any(pedido) or self.periodo is None:
            return ""
        de, ate = (ler_dia(texto) for texto in pedido)
        if de is None or ate is None:
            return "Faltou entender uma das datas: escreva as duas como 31/12/2026. Este é o mês da carteira."
        if de > ate:
            return "A primeira data vem depois da segunda: troque-as. Este é o mês da carteira."
        assert self.referencia is not None
        if de > self.referencia:
            return f"A carteira vai até {data(self.referencia)}. Este é o mês dela."
        return ""

    @cached_property
    def eventos(self) -> Eventos | None:
        return self._eventos(self.periodo) if self.periodo else None

    @cached_property
    def serie(self) -> Eventos | None:
        """Os treze meses que terminam no da referência, seja qual for o período."""
        return self._eventos(ultimos_meses(self.referencia, MESES_DA_SERIE)) if self.referencia else None

    def _eventos(self, periodo: Periodo) -> Eventos:
        return Eventos(self.usuario, self.recorte, periodo, self.dono)

    @cached_property
    def historia(self) -> date | None:
        return historia_desde(self.empresas)

    def sem_historia(self, periodo: Periodo) -> bool:
        """Nada do período foi gravado: as perdas e as voltas dele não se sabem, e não são zero."""
        return self.historia is None or periodo.ate < self.historia

    def elo_dos_nomes(self, evento: str, periodo: Periodo, **filtros: str) -> str:
        datas = {"de": periodo.de.isoformat(), "ate": periodo.ate.isoformat(), "dono": self.dono}
        return self.elo_do_recorte("migracao:eventos", evento=evento, **datas, **filtros)

    @property
    def atalhos(self) -> list[tuple[str, str, bool]]:
        assert self.referencia is not None
        mes = Periodo.do_mes(self.referencia)
        passado = Periodo.do_mes(mes.de - timedelta(days=1))
        periodos = (
            ("Este mês", mes),
            ("Mês passado", passado),
            ("3 meses", Periodo(mes.de - relativedelta(months=2), mes.ate)),
            ("12 meses", Periodo(mes.de - relativedelta(months=11), mes.ate)),
        )
        return [
            (nome, self.elo(de=p.de.isoformat(), ate=p.ate.isoformat()), p == self.periodo)
            for nome, p in periodos
        ]


@exige(Permissao.VER_COMPOSICAO)
def saldo(request: HttpRequest) -> HttpResponseBase:
    """Os números do período, a série de treze meses e a tabela por quem."""
    pedido = PedidoDoSaldo(request, "migracao:saldo")
    if pedido.formato:
        return _planilha(pedido)
    contexto = pedido.contexto
    if pedido.eventos and pedido.periodo:
        contexto |= _do_periodo(pedido, pedido.eventos, pedido.periodo) | _da_serie(pedido)
    return render(request, "migracao/saldo.html", contexto)


def _do_periodo(pedido: PedidoDoSaldo, eventos: Eventos, periodo: Periodo) -> dict[str, Any]:
    total = eventos.total()
    grupos = em_grupos(eventos.por(pedido.dimensao), pedido.dimensao)
    return {
        "periodo": periodo,
        "nome_do_periodo": _nome_do_periodo(periodo),
        "total": _linha(pedido, "Total", total, periodo),
        "com_sinal": com_sinal(total.saldo),
        "grupos": [
            _linha(pedido, g.rotulo, g.saldo, periodo, **{pedido.dimensao.nome: g.chave}) for g in grupos
        ],
        "atalhos": pedido.atalhos,
        "relatorio": pedido.elo_do_relatorio(
            "saldo-do-periodo", de=periodo.de, ate=periodo.ate, agrupar=pedido.dimensao.nome, dono=pedido.dono
        ),
        "relatorio_dos_meses": pedido.elo_do_relatorio("saldo-por-mes", dono=pedido.dono),
        "escolhas": [pedido.escolha("Dono", "dono", DONOS, pedido.dono)],
        "dimensoes": pedido.dimensoes("#por"),
        "sem_historia": pedido.sem_historia(periodo),
        "em_parte": pedido.historia if pedido.historia and pedido.historia > periodo.de else None,
        "escondidos": pedido.escondidos("de", "ate"),
        "dono_na_data": pedido.dono == NA_DATA,
    }


def _nome_do_periodo(periodo: Periodo) -> str:
    if periodo.e_mes:
        return f"{mes_curto(periodo.de)}"
    return f"{data(periodo.de)} a {data(periodo.ate)}"


def _linha(pedido: PedidoDoSaldo, rotulo: str, s: Saldo, periodo: Periodo, **filtros: str) -> dict[str, Any]:
    """Uma linha da tabela: cada número com o elo para os nomes; o que não se gravou não é zero."""
    oculta = pedido.sem_historia(periodo)
    return {
        "rotulo": rotulo,
        "saldo": s,
        "com_sinal": com_sinal(s.saldo),
        "oculta": oculta,
        "contas": {
            campo: (getattr(s, campo), pedido.elo_dos_nomes(evento, periodo, **filtros))
            for evento, campo in CONTAS
        },
    }


def _da_serie(pedido: PedidoDoSaldo) -> dict[str, Any]:
    assert pedido.serie is not None
    meses = [(Periodo.do_mes(mes), s) for mes, s in pedido.serie.por_mes()]
    return {
        "serie": [
            {
                "rotulo": mes_curto(p.de, i),
                "abertos": s.abertos,
                "recuperados": s.recuperados,
                "perdidos": s.perdidos,
                "saldo": s.saldo,
                "sem_historia": pedido.sem_historia(p),
            }
            for i, (p, s) in enumerate(meses)
        ],
        "meses": [
            _linha(pedido, mes_curto(p.de, i), s, p)
            | {"url": pedido.elo(de=p.de.isoformat(), ate=p.ate.isoformat()), "atual": p == pedido.periodo}
            for i, (p, s) in enumerate(meses)
        ],
        "algum_mes": any(not s.vazio for _, s in meses),
    }


# ── Levar ────────────────────────────────────────────────────────────────────


def _planilha(pedido: PedidoDoSaldo) -> HttpResponseBase:
    """`tabela=meses` leva a série; senão, a tabela por quem, com o total."""
    if pedido.consulta.get("tabela") == "meses":
        serie = pedido.serie.por_mes() if pedido.serie else []
        linhas = [(mes, Periodo.do_mes(mes), s) for mes, s in serie]
        colunas = [Coluna("Mês", "data"), *_COLUNAS]
        return pedido.levar(
            f"saldo-por-mes-{pedido.referencia or 'sem-data'}",
            "saldo do período",
            colunas,
            ([mes, *_valores(pedido, p, s)] for mes, p, s in linhas),
        )
    colunas = [Coluna(pedido.dimensao.titulo, largura=32), *_COLUNAS]
    return pedido.levar(
        f"saldo-por-{pedido.dimensao.nome}-{_datas(pedido)}",
        "saldo do período",
        colunas,
        _linhas(pedido),
    )


def _datas(pedido: PedidoDoSaldo) -> str:
    return f"{pedido.periodo.de}-a-{pedido.periodo.ate}" if pedido.periodo else "sem-data"


_COLUNAS = (
    *(Coluna(TITULOS[evento], "inteiro", 14) for evento, _ in CONTAS[:3]),
    Coluna("Saldo", "inteiro", 12),
    *(Coluna(TITULOS[evento], "inteiro", 18) for evento, _ in CONTAS[3:]),
)


def _valores(pedido: PedidoDoSaldo, periodo: Periodo, s: Saldo) -> list[Any]:
    contas = [getattr(s, campo) for _, campo in CONTAS]
    if pedido.sem_historia(periodo):
        return [s.abertos, None, None, None, None, None, None, s.encerrados]
    return [*contas[:3], s.saldo, *contas[3:]]


def _linhas(pedido: PedidoDoSaldo) -> Iterator[list[Any]]:
    if not pedido.eventos or not pedido.periodo:
        return
    for g in em_grupos(pedido.eventos.por(pedido.dimensao), pedido.dimensao):
        yield [g.rotulo, *_valores(pedido, pedido.periodo, g.saldo)]
    yield ["Total", *_valores(pedido, pedido.periodo, pedido.eventos.total())]


# ── Os nomes ─────────────────────────────────────────────────────────────────

_COLUNAS_DOS_NOMES = (
    Coluna("Data", "data"),
    Coluna("Código", largura=12),
    Coluna("Cliente", largura=36),
    Coluna("Evento", largura=24),
    Coluna("Perdido em", "data"),
    Coluna("Pedido", largura=14),
    Coluna("R$", "moeda"),
    Coluna("Vendedor", largura=24),
    Coluna("Situação hoje", largura=16),
)


@exige(Permissao.VER_COMPOSICAO)
def nomes(request: HttpRequest) -> HttpResponseBase:
    """Quem está atrás de um número do saldo, do mais novo ao mais velho."""
    pedido = PedidoDoSaldo(request, "migracao:eventos")
    pedida = request.GET.get("evento", "")
    evento = pedida if pedida in TITULOS else Evento.ABERTO.value
    eventos = pedido.eventos
    if pedido.formato:
        lidos = eventos.nomes(evento) if eventos else []
        nome = f"{evento}-{_datas(pedido)}"
        return pedido.levar(nome, "eventos da carteira", _COLUNAS_DOS_NOMES, map(_linha_do_nome, lidos))
    contexto = pedido.contexto | {
        "titulo": TITULOS[evento],
        "evento": evento,
        "voltar": pedido.elo("migracao:saldo", evento=None),
        "dono_na_data": pedido.dono == NA_DATA,
    }
    if eventos:
        lista = Fatiado(
            lambda: eventos.contar(evento), lambda inicio, quantos: eventos.nomes(evento, inicio, quantos)
        )
        contexto |= {
            "pagina": paginar(lista, request),
            "periodo": pedido.periodo,
            "nomes_dos_eventos": TITULOS,
            "de_compra": evento in (Evento.ABERTO, Evento.RECUPERADO, VOLTAS),
        }
    return render(request, "migracao/eventos.html", contexto)


def _linha_do_nome(n: NomeDoEvento) -> list[Any]:
    de_quem = (n.vendedor or "", NOMES[n.situacao])
    return [n.em, n.codigo, n.nome, TITULOS[n.evento], n.outro_em, n.pedido or "", n.valor, *de_quem]
