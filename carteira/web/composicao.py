"""Composição da carteira: do que ela é feita, como mudou, onde está o dinheiro em risco."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path, reverse

from atividade.limiares import regra_da_empresa
from atividade.regras import Status
from atividade.rotulos import PLURAIS
from carteira import achados
from carteira.formatos import moeda_curta, porcento
from carteira.web import meses, passado
from carteira.web.acesso import exige
from carteira.web.pedido_da_composicao import Pedido
from carteira.web.planilha import responder_planilha
from carteira.web.recorte import (
    DA_COMPOSICAO,
    chips_para,
    elo_da_lista,
    elos_por_status,
    parametros,
)
from contas.auditoria import registrar
from contas.papeis import Permissao, pode
from relatorios.composicao import (
    DIMENSOES,
    NA_CONTA,
    Grupo,
    clientes_que_somam_metade,
    ordenar,
    por_situacao,
    somar,
)
from relatorios.migracao import PERIODOS, lista_de_quem_mudou, migracao
from relatorios.planilhas import Coluna

LINHAS_NO_DETALHE = 25
MUNICIPIOS_NA_TELA = 13
NOMES_NA_TELA = 5
NOMES_POR_PAGINA = 50


@dataclass(frozen=True)
class LinhaDoDetalhe:
    grupo: Grupo
    elos: Any


@exige(Permissao.VER_COMPOSICAO)
def painel(request: HttpRequest) -> HttpResponse:
    """A página inteira, ou só a parte que o htmx pede."""
    pedido = Pedido(request)
    if pedido.na_data is not None:
        return _painel_na_data(request, pedido, pedido.na_data)
    parte = {
        "detalhe": ("composicao/_detalhe.html", _do_detalhe),
        "mudancas": ("composicao/_mudancas.html", _das_mudancas),
    }
    alvo = getattr(request.htmx, "target", None) if request.htmx else None
    if alvo in parte:
        template, montar = parte[alvo]
        return render(request, template, _comum(pedido) | montar(pedido))
    contexto = _comum(pedido) | _do_topo(pedido)
    if pedido.referencia is not None and contexto["carteira"].todos:
        contexto |= meses.contexto(pedido, contexto["carteira"]) | _do_detalhe(pedido) | _das_mudancas(pedido)
        contexto |= _dos_lugares(pedido, contexto["carteira"]) | _do_risco(pedido, contexto["carteira"])
    return render(request, "composicao/painel.html", contexto)


def _painel_na_data(request: HttpRequest, pedido: Pedido, na_data: passado.NaData) -> HttpResponse:
    """A mesma tabela por atividade e o mesmo detalhe, como eram; e onde cada um está hoje."""
    contexto, grupos = na_data.contexto(pedido.dimensao)
    contexto |= _comum(pedido) | _tabela_do_detalhe(pedido, ordenar(grupos, pedido.ordem), na_data)
    if request.htmx and getattr(request.htmx, "target", None) == "detalhe":
        return render(request, "composicao/_detalhe.html", contexto)
    contexto |= _cabecalho(pedido)
    sem_filtros = {"data": na_data.leitura.data, "regra": na_data.leitura.regra, "dono": na_data.leitura.dono}
    contexto["sem_filtros"] = f"{reverse('composicao:painel')}?{urlencode(sem_filtros)}"
    return render(request, "composicao/na_data.html", contexto)


def _comum(pedido: Pedido) -> dict[str, Any]:
    return {
        "pedido": pedido,
        "referencia": pedido.referencia,
        "pode_exportar": pode(pedido.usuario, Permissao.EXPORTAR),
        "parametros": [(k, v) for k, valores in parametros(pedido.recorte).items() for v in valores],
    }


def _do_topo(pedido: Pedido) -> dict[str, Any]:
    """Cabeçalho, filtros e a tabela por atividade."""
    carteira = por_situacao(pedido.clientes)
    elos = elos_por_status(pedido.recorte)
    return {
        "carteira": carteira,
        "atividade": [
            (s.value, carteira.fatia(s), carteira.porcento(s), carteira.porcento_valor(s), elos[s])
            for s in NA_CONTA
        ],
        "partes": [
            {"status": s, "clientes": carteira.fatia(s).clientes, "valor": carteira.fatia(s).valor}
            for s in NA_CONTA
        ],
        "elos": elos,
        "elos_das_marcas": {
            marca: elo_da_lista(pedido.recorte, status=status, marca=marca)
            for status, marcas in (("ativo", ("novo", "recuperado")), ("inativo", ("recente", "antigo")))
            for marca in marcas
        },
        **_cabecalho(pedido),
        "regra": _regra(pedido),
        "configura": pode(pedido.usuario, Permissao.CONFIGURAR_ATIVIDADE),
        "elo_da_regra": _elo_da_regra(pedido),
        "sem_filtros": reverse("composicao:painel"),
    }


def _cabecalho(pedido: Pedido) -> dict[str, Any]:
    """Filtros, medida e a escolha da data: os mesmos hoje e no passado."""
    fora = {"data", "regra", "dono", "pagina"}
    return {
        "chips": chips_para(pedido.usuario, pedido.recorte, pedido.consulta, DA_COMPOSICAO),
        "medidas": [
            ("Clientes", pedido.elo(medir="clientes"), not pedido.por_valor),
            ("R$ 12 meses", pedido.elo(medir="valor"), pedido.por_valor),
        ],
        "filtrada": bool(parametros(pedido.recorte)),
        "fora_da_data": [(k, v) for k, lista in pedido.consulta.lists() if k not in fora for v in lista],
        "relatorio_da_atividade": pedido.relatorio("composicao-por-atividade"),
    }


def _regra(pedido: Pedido) -> str:
    """A regra geral, quando é uma só; várias empresas têm cada uma a sua."""
    if len(pedido.empresas) != 1 or pedido.referencia is None:
        return "regras de cada empresa"
    return str(regra_da_empresa(pedido.empresas[0], pedido.referencia).regra)


def _elo_da_regra(pedido: Pedido) -> str:
    """Quem configura vai à tela que muda a regra; os outros, à que a mostra."""
    pagina = "configurar" if pode(pedido.usuario, Permissao.CONFIGURAR_ATIVIDADE) else "em_vigor"
    consulta = f"?empresa={pedido.empresas[0].pk}" if len(pedido.empresas) == 1 else ""
    return reverse(f"atividade:{pagina}") + consulta


def _do_detalhe(pedido: Pedido) -> dict[str, Any]:
    grupos = ordenar(pedido.abrir(pedido.dimensao), pedido.ordem)
    return _tabela_do_detalhe(pedido, grupos) | {
        "curva_a": achados.da_curva_a(grupos) if pedido.dimensao.nome == "abc" else ""
    }


def _tabela_do_detalhe(
    pedido: Pedido, grupos: list[Grupo], na_data: passado.NaData | None = None
) -> dict[str, Any]:
    """As linhas mostradas e as escondidas; cada número leva aos clientes de hoje ou aos daquele dia."""
    mostrados = grupos if pedido.todos else grupos[:LINHAS_NO_DETALHE]

    def elos(**filtros: str) -> Any:
        return na_data.elos(**filtros) if na_data else elos_por_status(pedido.recorte, **filtros)

    return {
        "grupos": [LinhaDoDetalhe(g, elos(**{pedido.dimensao.nome: g.chave})) for g in mostrados],
        "total": somar(grupos),
        "elos": elos(),
        "escondidos": len(grupos) - len(mostrados),
        "elo_todos": pedido.elo(todos=1),
        "dimensoes": [
            (DIMENSOES[d].titulo, pedido.elo(agrupar=d, todos=0), d == pedido.dimensao.nome)
            for d in pedido.permitidas
        ],
        "exportacoes": _exportacoes(pedido),
        "relatorio": pedido.relatorio("composicao-por", agrupar=pedido.dimensao.nome, ordem=pedido.ordem),
        "elo_cruzada": pedido.elo("composicao:cruzada", linhas=pedido.dimensao.nome, ordem=""),
    }


def _exportacoes(pedido: Pedido) -> list[tuple[str, str]]:
    return [
        (f.upper(), pedido.elo("composicao:exportar", agrupar=pedido.dimensao.nome, formato=f))
        for f in ("csv", "xlsx")
    ]


def _das_mudancas(pedido: Pedido) -> dict[str, Any]:
    mudou = migracao(pedido.clientes, pedido.dias)
    return {
        "mudou": mudou,
        "mudou_titulo": achados.da_migracao(mudou, pedido.dias),
        "passagens": [(p, _elo_das_mudancas(pedido, de=p.de, para=p.para)) for p in mudou.passagens],
        "fluxos": [{"de": p.de, "para": p.para, "clientes": p.clientes} for p in mudou.passagens],
        "desde": pedido.referencia - timedelta(days=pedido.dias),
        "nomes": lista_de_quem_mudou(pedido.clientes, pedido.dias)[:NOMES_NA_TELA],
        "periodos": [(f"{n} dias", pedido.elo(dias=n), n == pedido.dias) for n in PERIODOS],
        "elo_mudancas": _elo_das_mudancas(pedido),
    }


def _elo_das_mudancas(pedido: Pedido, **par: str) -> str:
    consulta = parametros(pedido.recorte) | {"dias": pedido.dias} | par
    return f"{reverse('composicao:mudancas')}?{urlencode(consulta, doseq=True)}"


def _dos_lugares(pedido: Pedido, carteira: Grupo) -> dict[str, Any]:
    ufs = pedido.abrir(DIMENSOES["uf"])
    municipios = [g for g in ordenar(pedido.abrir(DIMENSOES["municipio"]), "-risco") if g.em_risco]
    conhecidos = [g for g in municipios if g.chave != "0"]
    return {
        "ufs": [
            {"uf": g.chave, "total": g.clientes, "percentual": g.porcento_em_risco_ou_perdido}
            for g in ufs
            if g.clientes
        ],
        "ufs_titulo": achados.das_ufs(ufs),
        "ufs_url": elo_da_lista(pedido.recorte, status=["quase_inativo", "inativo"], uf=[]) + "&uf=",
        "municipios": [_barra(pedido, g) for g in conhecidos[:MUNICIPIOS_NA_TELA]],
        "municipios_titulo": achados.dos_municipios(conhecidos, carteira.em_risco),
        "municipios_total": len(municipios),
        "elo_municipios": pedido.elo(agrupar="municipio", todos=1) + "#detalhe",
    }


def _barra(pedido: Pedido, grupo: Grupo) -> dict[str, Any]:
    return {
        "rotulo": grupo.rotulo,
        "valor": grupo.em_risco,
        "texto": moeda_curta(grupo.em_risco),
        "detalhe": porcento(grupo.porcento_em_risco_ou_perdido, 0),
        "url": elo_da_lista(pedido.recorte, status=["quase_inativo"], municipio=grupo.chave),
        "status": "quase_inativo",
    }


def _do_risco(pedido: Pedido, carteira: Grupo) -> dict[str, Any]:
    """A frase dos poucos que somam metade, com o elo para eles."""
    quase = carteira.fatia(Status.QUASE_INATIVO).clientes
    metade = clientes_que_somam_metade(pedido.clientes) if quase > 1 else 0
    valor, frase = achados.do_risco(carteira, metade)
    return {
        "risco_valor": valor,
        "risco_frase": frase,
        "risco_elo": elo_da_lista(pedido.recorte, status="quase_inativo", ordem="-risco"),
        "risco_metade": metade if metade < quase else 0,
    }


@exige(Permissao.VER_COMPOSICAO)
def mudancas(request: HttpRequest) -> HttpResponse:
    """Os nomes atrás de cada passagem de uma situação a outra."""
    pedido = Pedido(request)
    situacoes = {s.value for s in Status}
    de, para = (request.GET.get(n, "") if request.GET.get(n, "") in situacoes else "" for n in ("de", "para"))
    nomes = lista_de_quem_mudou(pedido.clientes, pedido.dias, de=de, para=para)
    pagina = Paginator(nomes, NOMES_POR_PAGINA).get_page(request.GET.get("pagina"))
    contexto = _comum(pedido) | {"pagina": pagina, "de": de, "para": para, "voltar": _volta(pedido)}
    contexto["relatorio"] = pedido.relatorio("mudancas-de-situacao", dias=pedido.dias, de=de, para=para)
    if pedido.referencia:
        contexto["desde"] = pedido.referencia - timedelta(days=pedido.dias)
    return render(request, "composicao/mudancas.html", contexto)


def _volta(pedido: Pedido) -> str:
    consulta = urlencode(parametros(pedido.recorte) | {"dias": pedido.dias}, doseq=True)
    return f"{reverse('composicao:painel')}?{consulta}"


# ── Exportar ─────────────────────────────────────────────────────────────────

_SITUACOES = (Status.ATIVO, Status.QUASE_INATIVO, Status.INATIVO, Status.PROSPECT)


def _colunas_da_planilha(titulo: str) -> list[Coluna]:
    contagens = [Coluna(PLURAIS[s], "inteiro", 12) for s in _SITUACOES]
    partes = [Coluna(f"% {PLURAIS[s].lower()}", "decimal2", 12) for s in NA_CONTA]
    valores = [Coluna(f"R$ 12 meses {PLURAIS[s].lower()}", "moeda", 18) for s in NA_CONTA]
    do_valor = [Coluna(f"% do valor {PLURAIS[s].lower()}", "decimal2", 12) for s in NA_CONTA]
    resto = [
        Coluna(f"R$ em risco ({PLURAIS[Status.QUASE_INATIVO].lower()})", "moeda", 20),
        Coluna(f"R$ perdido ({PLURAIS[Status.INATIVO].lower()})", "moeda", 20),
    ]
    return [
        Coluna(titulo, largura=32),
        Coluna("Clientes", "inteiro", 12),
        *contagens,
        *partes,
        *valores,
        Coluna("R$ 12 meses", "moeda", 18),
        *do_valor,
        *resto,
    ]


def _linha_da_planilha(grupo: Grupo, rotulo: str = "") -> list[Any]:
    partes = [grupo.porcento(s) for s in NA_CONTA]
    do_valor = [grupo.porcento_valor(s) for s in NA_CONTA]
    return [
        rotulo or grupo.rotulo,
        grupo.clientes,
        *(grupo.fatia(s).clientes for s in _SITUACOES),
        *(round(p, 2) if p is not None else None for p in partes),
        *(grupo.fatia(s).valor for s in NA_CONTA),
        grupo.valor,
        *(round(p, 2) if p is not None else None for p in do_valor),
        grupo.em_risco,
        grupo.perdido,
    ]


def _linhas_da_planilha(grupos: Sequence[Grupo]) -> Iterator[list[Any]]:
    yield from (_linha_da_planilha(g) for g in grupos)
    yield _linha_da_planilha(somar(grupos), "Total")


@exige(Permissao.EXPORTAR)
def exportar(request: HttpRequest) -> HttpResponse:
    """A tabela do detalhe, inteira, com os filtros e a ordem da tela."""
    formato = request.GET.get("formato", "csv")
    if formato not in {"csv", "xlsx"}:
        raise Http404
    pedido = Pedido(request)
    na_data = pedido.na_data
    tabela = na_data.grupos(pedido.dimensao) if na_data else pedido.abrir(pedido.dimensao)
    grupos = ordenar(tabela, pedido.ordem)
    leitura = {k: str(v) for k, v in asdict(na_data.leitura).items()} if na_data else {}
    registrar(
        "exportar composição",
        por=request.user,
        objeto=f"por {pedido.dimensao.em_frase} ({formato})",
        depois={"recorte": parametros(pedido.recorte), "linhas": len(grupos), **leitura},
    )
    dia = na_data.leitura.data if na_data else pedido.referencia
    nome = f"composicao-por-{pedido.dimensao.nome}-{dia or 'sem-data'}"
    return responder_planilha(
        formato, nome, _colunas_da_planilha(pedido.dimensao.titulo), _linhas_da_planilha(grupos)
    )


@exige(Permissao.VER_COMPOSICAO)
def clientes_na_data(request: HttpRequest) -> HttpResponseBase:
    """Os nomes atrás de um número do passado, na tela ou, com `formato`, em planilha."""
    pedido = Pedido(request)
    exporta = pode(request.user, Permissao.EXPORTAR)
    formato = request.GET.get("formato", "")
    if formato and not exporta:
        raise PermissionDenied
    if pedido.na_data is None:
        return passado.sem_data(request)
    if formato:
        return passado.exportar_clientes(request, pedido.na_data, formato)
    return passado.clientes(request, pedido.na_data, exporta)


urlpatterns = [
    path("", painel, name="painel"),
    path("clientes/", clientes_na_data, name="clientes"),
    path("mudancas/", mudancas, name="mudancas"),
    path("exportar/", exportar, name="exportar"),
]
