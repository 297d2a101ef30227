"""Giro e positivação do gestor: a curva contra o ritmo da meta, equipe a equipe, e os nomes de cada número."""

from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.text import slugify

from atividade.giro import Quais, Tocado, Toque, nomes_do_giro
from atividade.models import Indicadores
from carteira.painel import Desempenho, desempenhos
from carteira.positivacao import Linha, da_soma, do_vendedor
from carteira.web.acesso import exige
from carteira.web.nomes_em_planilha import exportacoes, levar
from carteira.web.painel import Pedido as PedidoDoPainel
from carteira.web.relatorios_arquivos import como_levar
from contas.models import MembroDeEquipe, Usuario
from contas.papeis import Permissao, pode
from contas.pronta import Entre
from relatorios.periodos import ler_dia
from relatorios.planilhas import Coluna
from relatorios.positivacao import NOMES_DOS_TOQUES, Calendario, curva_util, uf_dos_feriados, uteis_de

NOMES_POR_PAGINA = 50
SEM_EQUIPE = "0"
ABAS = {
    Quais.TODOS: "Todos",
    Quais.CONTATADOS: "Contatados",
    Quais.COMPRARAM: "Compraram",
    Quais.SEM_CONTATO: "Sem contato",
    Quais.SEM_COMPRA: "Sem compra",
    Quais.INTOCADOS: "Intocados",
}
COLUNAS_DOS_DIAS = (
    Coluna("Dia útil", "data"),
    Coluna("Até o seguinte", "inteiro"),
    Coluna("Acumulado", "inteiro"),
    Coluna("%", "porcento"),
    Coluna("Ritmo da meta %", "porcento"),
)
_DO_TOQUE = {Toque.CONTATO: Quais.CONTATADOS, Toque.COMPRA: Quais.COMPRARAM}


class Pedido(PedidoDoPainel):
    """O período do painel, com os vendedores de uma equipe ou um só."""

    @cached_property
    def equipes(self) -> dict[int, tuple[str, str]]:
        """Vendedor → (id, nome) da equipe de hoje."""
        membros = MembroDeEquipe.objects.filter(
            usuario__in=self.alcada, periodo__contains=self.referencias.hoje
        )
        return {
            pessoa: (str(pk), nome)
            for pessoa, pk, nome in membros.values_list("usuario", "equipe", "equipe__nome")
        }

    def equipe_de(self, pessoa: Usuario) -> tuple[str, str]:
        return self.equipes.get(pessoa.pk, (SEM_EQUIPE, "Sem equipe"))

    @cached_property
    def opcoes_de_equipe(self) -> list[tuple[str, str]]:
        return sorted({self.equipe_de(p) for p in self.alcada}, key=lambda e: (e[0] == SEM_EQUIPE, e[1]))

    @cached_property
    def equipe(self) -> tuple[str, str] | None:
        """A equipe pedida; fora da alçada é como se não existisse."""
        pedida = self.consulta.get("equipe", "")
        if not pedida:
            return None
        achada = next((e for e in self.opcoes_de_equipe if e[0] == pedida), None)
        if achada is None:
            raise Http404
        return achada

    @cached_property
    def pessoas(self) -> list[Usuario]:
        if self.vendedor is not None:
            return [self.vendedor]
        return [p for p in self.alcada if self.equipe is None or self.equipe_de(p) == self.equipe]

    @cached_property
    def desempenhos(self) -> list[Desempenho]:
        nomes = {p.pk: self.equipe_de(p)[1] for p in self.pessoas}
        return desempenhos(self.pessoas, self.empresas, self.periodo, nomes, com_resultados=False)

    @property
    def de_quem(self) -> str:
        if self.vendedor is not None:
            return self.vendedor.nome
        return f"equipe {self.equipe[1]}" if self.equipe else ""

    @cached_property
    def calendario(self) -> Calendario:
        return Calendario.de(self.periodo.janela, self.periodo.visto.ate, self.uf)

    @cached_property
    def uf(self) -> str:
        return uf_dos_feriados(self.referencias.empresas.values())

    def elo(self, rota: str = "positivacao:pagina", **mudancas: object) -> str:
        consulta: dict[str, object] = dict(self.periodo.parametros)
        if self.vendedor is not None:
            consulta["vendedor"] = self.vendedor.pk
        elif self.equipe is not None:
            consulta["equipe"] = self.equipe[0]
        if "vendedor" in mudancas or "equipe" in mudancas:
            consulta = {k: v for k, v in consulta.items() if k not in ("vendedor", "equipe")}
        consulta |= mudancas
        return f"{reverse(rota)}?{urlencode({k: v for k, v in consulta.items() if v != ''})}"

    def nomes(self, quais: Quais, **de_quem: object) -> str:
        return self.elo("positivacao:nomes", ver=quais.value, **de_quem)


# ── A página ─────────────────────────────────────────────────────────────────


@exige(Permissao.VER_CARTEIRAS)
def pagina(request: HttpRequest) -> HttpResponseBase:
    pedido = Pedido(request.user, request.GET)
    contexto = da_tela(pedido)
    for grafico in contexto["graficos"]:
        toque = grafico["toque"]
        if "formato" in request.GET and request.GET.get("tabela") == toque:
            return _levar_dias(request, grafico)
        grafico["exportacoes"] = exportacoes(request, toque)
    if "formato" in request.GET:
        raise Http404
    return render(request, "positivacao/pagina.html", contexto | como_levar(request, "positivacao"))


def _levar_dias(request: HttpRequest, grafico: dict[str, Any]) -> HttpResponseBase:
    """Os números da curva, um por dia útil."""
    nome = f"{grafico['nome']} por dia útil"
    linhas = (
        [dia, no_dia, ate, round(parte, 2), None if ritmo is None else round(ritmo, 2)]
        for dia, no_dia, ate, parte, ritmo in grafico["linhas"]
    )
    return levar(request, slugify(nome), nome, COLUNAS_DOS_DIAS, linhas)


def da_tela(pedido: Pedido) -> dict[str, Any]:
    """Os números: os mesmos na tela e no papel."""
    return _do_topo(pedido) | _dos_numeros(pedido)


def _do_topo(pedido: Pedido) -> dict[str, Any]:
    antes, depois = pedido.periodo.vizinhos
    outros = {k: v for k in ("vendedor", "equipe") if (v := pedido.consulta.get(k))}

    def do_mes(mes: str) -> str:
        return f"{reverse('positivacao:pagina')}?{urlencode({'mes': mes} | outros)}" if mes else ""

    return {
        "pedido": pedido,
        "periodo": pedido.periodo,
        "calendario": pedido.calendario,
        "elo_antes": do_mes(antes),
        "elo_depois": do_mes(depois),
        "guardados": list(outros.items()),
        "equipes": _opcoes_de_equipe(pedido),
        "exportacoes": [(f.upper(), pedido.elo("positivacao:exportar", formato=f)) for f in ("csv", "xlsx")],
        "define_metas": pode(pedido.usuario, Permissao.DEFINIR_METAS),
        "url_metas": f"{reverse('painel:metas')}?mes={pedido.periodo.janela.de:%Y-%m}",
    }


def _opcoes_de_equipe(pedido: Pedido) -> list[tuple[str, str, bool]]:
    """Um elo por equipe e um para todas; com uma só, não há o que escolher."""
    if len(pedido.opcoes_de_equipe) < 2 and pedido.equipe is None:
        return []
    todas = ("Todas", pedido.elo(vendedor="", equipe=""), pedido.equipe is None and pedido.vendedor is None)
    return [
        todas,
        *((nome, pedido.elo(equipe=pk), pedido.equipe == (pk, nome)) for pk, nome in pedido.opcoes_de_equipe),
    ]


def _dos_numeros(pedido: Pedido) -> dict[str, Any]:
    total, equipes, vendedores = linhas_da_tabela(pedido)
    return {
        "total": total,
        "elos": _elos(pedido),
        "tabela_de_equipes": [(linha, _elos(pedido, equipe=linha.chave)) for linha in equipes],
        "tabela": [
            (linha, _elos(pedido, vendedor=linha.chave), _do_painel(pedido, linha)) for linha in vendedores
        ],
        "graficos": [_grafico(pedido, total, toque) for toque in Toque],
        "ha_metas": any(d.meta for d in pedido.desempenhos),
    }


def linhas_da_tabela(pedido: Pedido) -> tuple[Linha, list[Linha], list[Linha]]:
    """O total, as equipes (se há mais de uma) e os vendedores, na ordem do nome."""
    cal, periodo, todos = pedido.calendario, pedido.periodo, pedido.desempenhos
    por_equipe: dict[tuple[str, str], list[Desempenho]] = {}
    for d in todos:
        assert d.pessoa is not None
        por_equipe.setdefault(pedido.equipe_de(d.pessoa), []).append(d)
    equipes = [
        da_soma(pk, nome, por_equipe[pk, nome], periodo, cal)
        for pk, nome in pedido.opcoes_de_equipe
        if (pk, nome) in por_equipe
    ]
    total = da_soma("", "Total", todos, periodo, cal)
    return total, equipes if len(equipes) > 1 else [], [do_vendedor(d, cal) for d in todos]


def _elos(pedido: Pedido, **de_quem: str) -> dict[str, str]:
    return {quais.value: pedido.nomes(quais, **de_quem) for quais in Quais}


def _do_painel(pedido: Pedido, linha: Linha) -> str:
    consulta = pedido.periodo.parametros | {"vendedor": linha.chave}
    return f"{reverse('painel:painel')}?{urlencode(consulta)}"


def _grafico(pedido: Pedido, total: Linha, toque: Toque) -> dict[str, Any]:
    """A curva por dia útil, com o período anterior e o ritmo, e a tabela que ela desenha, cada dia um elo."""
    d, periodo = total.d, pedido.periodo
    medida = total.medidas[list(Toque).index(toque)]
    dias = curva_util(d.giro, toque, periodo.visto, pedido.calendario.uteis)
    antes = curva_util(d.antes, toque, periodo.anterior, uteis_de(periodo.anterior, pedido.uf))
    passo = medida.meta / len(pedido.calendario.uteis) if medida.meta is not None and medida.uteis else None
    return {
        "nome": NOMES_DOS_TOQUES[toque],
        "toque": toque.value,
        "medida": medida,
        "serie": [_parte(ate, d.giro.clientes) for _, _, ate in dias] if d.giro.clientes else [],
        "anterior": [_parte(ate, d.antes.clientes) for _, _, ate in antes] if d.antes.clientes else [],
        "dias": len(pedido.calendario.uteis),
        "linhas": [
            (dia, no_dia, ate, _parte(ate, d.giro.clientes), passo * n if passo is not None else None)
            for n, (dia, no_dia, ate) in enumerate(dias, 1)
        ],
        "por_data": [
            (dia, n, pedido.nomes(_DO_TOQUE[toque], dia=dia.isoformat()))
            for dia, n in sorted(d.giro.toques.get(toque, {}).items())
        ],
    }


def _parte(tocados: int, clientes: int) -> Decimal:
    return Decimal(tocados) * 100 / clientes if clientes else Decimal(0)


# ── Os nomes ─────────────────────────────────────────────────────────────────


class Nomes:
    """Os clientes atrás de um número, do maior valor para o menor, com os dias em que foram tocados."""

    def __init__(self, pedido: Pedido) -> None:
        self.pedido = pedido
        ver = pedido.consulta.get("ver", "")
        self.quais = Quais(ver) if ver in set(Quais) else Quais.INTOCADOS
        self.dia: date | None = ler_dia(pedido.consulta.get("dia", ""))
        if self.quais not in (Quais.CONTATADOS, Quais.COMPRARAM):
            self.dia = None

    @cached_property
    def tocados(self) -> dict[int, Tocado]:
        pessoas = [p.pk for p in self.pedido.pessoas]
        achados = nomes_do_giro(
            pessoas, self.pedido.empresas, self.pedido.periodo.visto, self.quais, self.dia
        )
        return {t.cliente: t for t in achados}

    @cached_property
    def donos(self) -> dict[int, str]:
        return {p.pk: p.nome for p in self.pedido.pessoas}

    def clientes(self) -> Any:
        visiveis = Indicadores.objects.visiveis_para(self.pedido.usuario)
        da_base = visiveis.filter(Entre("pk", list(self.tocados))).select_related("cliente")
        return da_base.order_by("-valor_12m", "pk")

    def de(self, ind: Any) -> tuple[Tocado, str]:
        tocado = self.tocados[ind.pk]
        return tocado, self.donos.get(tocado.vendedor, "")


@exige(Permissao.VER_CARTEIRAS)
def nomes(request: HttpRequest) -> HttpResponse:
    pedido = Pedido(request.user, request.GET)
    achados = Nomes(pedido)
    pagina = Paginator(achados.clientes(), NOMES_POR_PAGINA).get_page(request.GET.get("pagina"))
    contexto = {
        "pedido": pedido,
        "periodo": pedido.periodo,
        "titulo": ABAS[achados.quais],
        "dia": achados.dia,
        "pagina": pagina,
        "linhas": [(ind, *achados.de(ind)) for ind in pagina],
        "na_conta": len(achados.tocados),
        "de_outros": len(achados.tocados) - pagina.paginator.count,
        "varios": len(pedido.pessoas) > 1,
        "abas": [
            {"rotulo": rotulo, "url": pedido.nomes(q), "atual": q == achados.quais, "quantidade": None}
            for q, rotulo in ABAS.items()
        ],
        "pode_exportar": pode(pedido.usuario, Permissao.EXPORTAR),
        "exportacoes": [(f.upper(), _elo_dos_nomes(achados, f)) for f in ("csv", "xlsx")],
        "voltar": pedido.elo(),
    }
    return render(request, "positivacao/nomes.html", contexto)


def _elo_dos_nomes(achados: Nomes, formato: str) -> str:
    dia = {"dia": achados.dia.isoformat()} if achados.dia else {}
    return achados.pedido.elo("positivacao:exportar_nomes", ver=achados.quais.value, formato=formato, **dia)


urlpatterns = [
    path("", pagina, name="pagina"),
    path("clientes/", nomes, name="nomes"),
]
