"""Migração entre duas datas: de que situação para qual, quantos e quanto, e quem está atrás de cada número."""

from collections import ChainMap
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any, cast

from dateutil.relativedelta import relativedelta
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path

from atividade.rotulos import NOMES
from carteira.formatos import data, numero, plural
from carteira.web import migracao_aberturas, migracao_saldo
from carteira.web.acesso import exige
from carteira.web.migracao_comum import DONOS, REGRAS, Fatiado, Pedido, paginar
from contas.papeis import Permissao
from relatorios.entre_datas import (
    EPOCA,
    FORA,
    LUGARES,
    NA_DATA,
    Celula,
    Entre,
    EntreDatas,
    Matriz,
    Movimento,
    NomeNaMatriz,
    movimento,
)
from relatorios.periodos import ler_dia
from relatorios.planilhas import Coluna
from relatorios.saldo import historia_desde

DIAS_DE_INICIO = 30
# Os nomes são os que a empresa dá às situações; quem não estava na carteira tem o de cada ponta.
ANTES = ChainMap({FORA: "Ainda fora da carteira"}, cast("Any", NOMES))
DEPOIS = ChainMap({FORA: "Encerrado"}, cast("Any", NOMES))
_TITULOS = {
    Movimento.PIOROU: "Pioraram",
    Movimento.MELHOROU: "Melhoraram",
    Movimento.ENTROU: "Viraram clientes",
    Movimento.CADASTRADO: "Prospects novos",
    Movimento.SAIU: "Encerraram",
    Movimento.FICOU: "Ficaram onde estavam",
}


class PedidoEntreDatas(Pedido):
    """As duas datas da URL; sem elas, os últimos trinta dias."""

    avisos: list[str]

    @cached_property
    def entre(self) -> Entre | None:
        """As datas lidas; o que não se entende ou não cabe vira um aviso, nunca um erro."""
        self.avisos = []
        if self.referencia is None:
            return None
        ate = min(self._data("ate", self.referencia), self.referencia)
        de = self._data("de", ate - timedelta(days=DIAS_DE_INICIO))
        if de > ate:
            de, ate = ate, min(de, self.referencia)
            self.avisos.append("A primeira data vinha depois da segunda: foram trocadas.")
        if de == ate:
            de = ate - timedelta(days=DIAS_DE_INICIO)
            self.avisos.append(f"As duas datas eram a mesma; aqui estão os {DIAS_DE_INICIO} dias até ela.")
        return Entre(de, ate, self.regra, self.dono)

    def _data(self, nome: str, padrao: date) -> date:
        texto = self.consulta.get(nome, "").strip()
        lida = ler_dia(texto)
        if texto and lida is None:
            self.avisos.append(f"“{texto[:20]}” não é uma data: escreva como 31/12/2026.")
        assert self.referencia is not None
        if lida and lida > self.referencia:
            self.avisos.append(f"A carteira vai até {data(self.referencia)}: é até onde se mostra.")
        return lida or padrao

    @cached_property
    def movimentos(self) -> EntreDatas | None:
        if self.entre is None:
            return None
        return EntreDatas(self.usuario, self.recorte, self.empresas, self.entre, self.hoje)

    @property
    def datas(self) -> dict[str, str]:
        """As duas datas como vão na URL."""
        assert self.entre is not None
        return {"de": self.entre.de.isoformat(), "ate": self.entre.ate.isoformat()}

    def elo_dos_nomes(self, **filtros: str) -> str:
        leitura = {"regra": self.regra, "dono": self.dono}
        return self.elo_do_recorte("migracao:nomes", **self.datas, **leitura, **filtros)

    def do_relatorio(self, chave: str, **filtros: str) -> str:
        """O relatório conta do primeiro ao último dia: começa no dia seguinte ao da partida."""
        assert self.entre is not None
        datas = {"de": (self.entre.de + timedelta(days=1)).isoformat(), "ate": self.entre.ate.isoformat()}
        return self.elo_do_relatorio(chave, **datas, regra=self.regra, dono=self.dono, **filtros)

    @property
    def frase(self) -> str:
        regra = "pela regra da época" if self.regra == EPOCA else "pela regra de hoje"
        dono = "com quem era o dono na chegada" if self.dono == NA_DATA else "com o dono de hoje"
        return f"{regra}, {dono}"

    @property
    def atalhos(self) -> list[tuple[str, str, bool]]:
        """Os períodos que mais se pedem, terminando na referência."""
        assert self.referencia is not None
        fim, entre = self.referencia, self.entre
        mes = fim.replace(day=1) - timedelta(days=1)
        periodos = (
            ("30 dias", fim - timedelta(days=30), fim),
            ("90 dias", fim - timedelta(days=90), fim),
            ("12 meses", fim - relativedelta(months=12), fim),
            ("Este mês", mes, fim),
            ("Mês passado", mes.replace(day=1) - timedelta(days=1), mes),
        )
        return [
            (nome, self.elo(de=de.isoformat(), ate=ate.isoformat()), bool(entre) and (entre.de, entre.ate) == (de, ate))
            for nome, de, ate in periodos
        ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class CelulaDaTela:
    celula: Celula
    url: str
    tom: str


@exige(Permissao.VER_COMPOSICAO)
def painel(request: HttpRequest) -> HttpResponseBase:
    """A matriz de situação × situação e o fluxo entre elas."""
    pedido = PedidoEntreDatas(request, "migracao:painel")
    movimentos = pedido.movimentos
    matriz = movimentos.matriz() if movimentos else Matriz()
    if pedido.formato:
        return pedido.levar(
            f"migracao-{_nome(pedido)}", "migração", _colunas_da_matriz(), _linhas_da_matriz(matriz)
        )
    contexto = pedido.contexto
    if movimentos:
        contexto |= _da_matriz(pedido, matriz) | {
            "entre": pedido.entre,
            "avisos": pedido.avisos,
            "relatorio": pedido.do_relatorio("migracao"),
            "atalhos": pedido.atalhos,
            "escolhas": [
                pedido.escolha("Regra", "regra", REGRAS, pedido.regra),
                pedido.escolha("Dono", "dono", DONOS, pedido.dono),
            ],
            **_da_historia(pedido),
            "escondidos": pedido.escondidos("de", "ate"),
        }
    return render(request, "migracao/painel.html", contexto)


def _da_historia(pedido: PedidoEntreDatas) -> dict[str, Any]:
    """Desde quando se gravam as idas e vindas, se não desde a partida."""
    assert pedido.entre is not None
    desde = historia_desde(pedido.empresas)
    return {
        "sem_idas_e_vindas": desde is None,
        "historia_desde": desde if desde and desde > pedido.entre.de else None,
    }


def _da_matriz(pedido: PedidoEntreDatas, matriz: Matriz) -> dict[str, Any]:
    de_onde = [x for x in LUGARES if matriz.somar(de=x).clientes]
    para_onde = [x for x in LUGARES if matriz.somar(para=x).clientes]
    ficaram = matriz.somar(movimento=Movimento.FICOU)
    return {
        "matriz": matriz,
        "total": matriz.somar(),
        "colunas": [(x, DEPOIS[x], matriz.somar(para=x), pedido.elo_dos_nomes(para=x)) for x in para_onde],
        "linhas": [
            {
                "de": x,
                "nome": ANTES[x],
                "celulas": [_celula(pedido, matriz.celula(x, y)) for y in para_onde],
                "total": matriz.somar(de=x),
                "url": pedido.elo_dos_nomes(de_onde=x),
            }
            for x in de_onde
        ],
        "elo_total": pedido.elo_dos_nomes(),
        "resumo": [
            (_TITULOS[m], matriz.somar(movimento=m), pedido.elo_dos_nomes(movimento=m), m.value)
            for m in (Movimento.PIOROU, Movimento.MELHOROU, Movimento.ENTROU, Movimento.SAIU)
        ],
        "ficaram": ficaram,
        "elo_ficaram": pedido.elo_dos_nomes(movimento=Movimento.FICOU),
        "voltaram": ficaram.voltaram,
        "elo_voltaram": pedido.elo_dos_nomes(voltaram="1"),
        "por_regra": matriz.somar().por_regra,
        "elo_por_regra": pedido.elo_dos_nomes(por_regra="1"),
        "fluxos": [
            {"de": c.de, "para": c.para, "clientes": c.clientes}
            for c in matriz.mudaram
            if FORA not in (c.de, c.para)
        ],
        "achado": _achado(matriz),
    }


def _celula(pedido: PedidoEntreDatas, celula: Celula) -> CelulaDaTela:
    tons = {Movimento.PIOROU: "piora", Movimento.MELHOROU: "melhora", Movimento.FICOU: "ficou"}
    url = pedido.elo_dos_nomes(de_onde=celula.de, para=celula.para)
    return CelulaDaTela(celula, url, tons.get(celula.movimento, ""))


def _achado(matriz: Matriz) -> str:
    """A frase do título: quantos trocaram de situação, e para que lado."""
    pior, melhor = (matriz.somar(movimento=m) for m in (Movimento.PIOROU, Movimento.MELHOROU))
    if not pior.clientes and not melhor.clientes:
        return "Ninguém piorou nem melhorou no período"
    verbos = [
        f"{numero(c.clientes)} {plural(c.clientes, formas)}"
        for c, formas in ((pior, "piorou,pioraram"), (melhor, "melhorou,melhoraram"))
        if c.clientes
    ]
    return " e ".join(verbos)


def _nome(pedido: PedidoEntreDatas) -> str:
    return f"{pedido.entre.de}-a-{pedido.entre.ate}" if pedido.entre else "sem-data"


def _colunas_da_matriz() -> tuple[Coluna, ...]:
    return (
        Coluna("De", largura=22),
        Coluna("Para", largura=22),
        Coluna("Clientes", "inteiro", 12),
        Coluna("R$/ano", "moeda"),
        Coluna("Só por mudança de regra", "inteiro", 22),
        Coluna("Foram e voltaram", "inteiro", 16),
    )


def _linhas_da_matriz(matriz: Matriz) -> Iterator[list[Any]]:
    for de in LUGARES:
        for para in LUGARES:
            c = matriz.celula(de, para)
            if c.clientes:
                yield [ANTES[de], DEPOIS[para], c.clientes, c.valor, c.por_regra, c.voltaram]


# ── Os nomes ─────────────────────────────────────────────────────────────────


def _filtros(pedido: PedidoEntreDatas) -> dict[str, Any]:
    """O que a URL escolhe na matriz; o que não é lugar dela é ignorado."""
    url = pedido.consulta
    de, para, quais = (url.get(n, "") for n in ("de_onde", "para", "movimento"))
    return {
        "de": de if de in LUGARES else "",
        "para": para if para in LUGARES else "",
        "movimento": quais if quais in {m.value for m in Movimento} else "",
        "por_regra": url.get("por_regra") == "1",
        "voltaram": url.get("voltaram") == "1",
    }


@exige(Permissao.VER_COMPOSICAO)
def nomes(request: HttpRequest) -> HttpResponseBase:
    """Quem está atrás de um número da matriz, do maior valor ao menor."""
    pedido = PedidoEntreDatas(request, "migracao:nomes")
    movimentos, filtros = pedido.movimentos, _filtros(pedido)
    if pedido.formato:
        lidos = movimentos.nomes(**filtros) if movimentos else []
        return pedido.levar(f"migracao-clientes-{_nome(pedido)}", "migração", _COLUNAS, _linhas(lidos))
    contexto = pedido.contexto | {"titulo": _titulo(filtros), "voltar": pedido.elo("migracao:painel", **_SEM)}
    if movimentos:
        lista = Fatiado(
            lambda: movimentos.contar(**filtros),
            lambda inicio, quantos: movimentos.nomes(inicio, quantos, **filtros),
        )
        pagina = paginar(lista, request)
        contexto |= {"entre": pedido.entre, "pagina": pagina, "linhas": [_da_tela(n) for n in pagina]}
    return render(request, "migracao/nomes.html", contexto)


_SEM = dict.fromkeys(("de_onde", "para", "movimento", "por_regra", "voltaram"))
_COLUNAS = (
    Coluna("Código", largura=12),
    Coluna("Cliente", largura=36),
    Coluna("De", largura=22),
    Coluna("Para", largura=22),
    Coluna("Última compra", "data"),
    Coluna("Vendedor", largura=24),
    Coluna("R$/ano", "moeda"),
    Coluna("Observação", largura=26),
)


def _da_tela(n: NomeNaMatriz) -> tuple[NomeNaMatriz, str, str, str, Movimento]:
    return n, ANTES[n.de], DEPOIS[n.para], _observacao(n), movimento(n.de, n.para)


def _observacao(n: NomeNaMatriz) -> str:
    return "só por mudança de regra" if n.por_regra else "foi e voltou" if n.voltou else ""


def _linhas(lidos: list[NomeNaMatriz]) -> Iterator[list[Any]]:
    for n in lidos:
        passagem = (ANTES[n.de], DEPOIS[n.para])
        yield [n.codigo, n.nome, *passagem, n.ultima, n.vendedor or "", n.valor, _observacao(n)]


def _titulo(filtros: dict[str, Any]) -> str:
    if filtros["por_regra"]:
        return "Mudaram só porque a regra mudou"
    if filtros["voltaram"]:
        return "Foram e voltaram"
    if filtros["movimento"]:
        return _TITULOS[Movimento(filtros["movimento"])]
    de, para = filtros["de"], filtros["para"]
    if de and para:
        return f"{ANTES[de]} → {DEPOIS[para]}"
    if de:
        return f"Partiram de: {ANTES[de].lower()}"
    return f"Chegaram a: {DEPOIS[para].lower()}" if para else "Todos os clientes das duas datas"


urlpatterns = [
    path("", painel, name="painel"),
    path("clientes/", nomes, name="nomes"),
    path("saldo/", migracao_saldo.saldo, name="saldo"),
    path("saldo/clientes/", migracao_saldo.nomes, name="eventos"),
    path("aberturas/", migracao_aberturas.pagina, name="aberturas"),
]
