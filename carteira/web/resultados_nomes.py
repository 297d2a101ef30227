"""Os nomes atrás de cada número dos resultados: clientes, ou contatos um a um."""

from typing import Any

from dateutil.relativedelta import relativedelta
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from atividade.models import Indicadores
from atividade.regras import Status
from carteira import funil
from carteira.ids import id_de
from carteira.web.acesso import exige
from carteira.web.nomes_em_planilha import exportacoes, levar, levar_clientes
from carteira.web.pedido_de_resultados import Pedido
from clientes.models import CanalDeContato, CausaDaInatividade, Objecao
from contas.papeis import Permissao
from notificacoes.retorno import Prazo, alertas_visiveis, do_periodo
from relatorios.composicao import linhas
from relatorios.planilhas import Coluna
from relatorios.resultados import contatos, conversao, motivos, objecoes

POR_PAGINA = 50
_TITULOS_DOS_CONTATOS = {
    contatos.EFETIVOS: "Contatos efetivos",
    contatos.TENTATIVAS: "Tentativas",
    contatos.CAPTURARAM: "Contatos que capturaram pedido",
}
_DOS_CONTATOS = (
    Coluna("Dia", "data"),
    Coluna("Código", largura=12),
    Coluna("Cliente", largura=36),
    Coluna("Canal", largura=14),
    Coluna("Ocorrência", largura=24),
    Coluna("Quem", largura=24),
    Coluna("Campanha", largura=24),
    Coluna("Pedidos", "inteiro"),
    Coluna("Primeiro pedido", "data"),
    Coluna("Valor sem impostos", "moeda", 18),
)


@require_safe
@exige(Permissao.VER_COMPOSICAO)
def clientes(request: HttpRequest) -> HttpResponseBase:
    """`ver` diz de que número se fala (sem ele, os inativos recentes); um que não existe é 404."""
    pedido = Pedido(request)
    ver = request.GET.get("ver", "recentes")
    montar = _DE_QUE.get(ver)
    if montar is None:
        raise Http404
    titulo, rota, achados = montar(pedido)
    if request.GET.get("formato"):
        return levar_clientes(request, f"clientes-{ver}", titulo, achados)
    pagina = Paginator(achados.select_related("cliente"), POR_PAGINA).get_page(request.GET.get("pagina"))
    contexto = {
        "pedido": pedido,
        "titulo": titulo,
        "pagina": pagina,
        "voltar": pedido.elo(rota, agrupar=""),
        "do_periodo": ver not in _DE_HOJE,
        "exportacoes": exportacoes(request),
    }
    return render(request, "resultados/clientes.html", contexto)


def _por_ids(pedido: Pedido, ids: list[int]) -> Any:
    visiveis = Indicadores.objects.visiveis_para(pedido.usuario).filter(pk__in=ids)
    return visiveis.order_by("-valor_12m", "pk")


def _comprou(pedido: Pedido) -> bool:
    return pedido.consulta.get("compraram") == "1"


def _da_conversao(pedido: Pedido) -> tuple[str, str, Any]:
    grupo, lado = pedido.consulta.get("grupo", ""), pedido.consulta.get("lado", "")
    if grupo not in conversao.NOMES or lado not in {conversao.COM, conversao.SEM}:
        raise Http404
    ids = conversao.clientes_da(pedido.resultados, grupo, lado, so_compraram=_comprou(pedido))
    titulo = f"{conversao.NOMES[grupo]}, {lado} contato{' e com compra' if _comprou(pedido) else ''}"
    return titulo, "resultados:contatos", _por_ids(pedido, ids)


def _do_funil(pedido: Pedido) -> tuple[str, str, Any]:
    try:
        etapa = funil.Etapa(pedido.consulta.get("etapa", ""))
    except ValueError as erro:
        raise Http404 from erro
    prazo = Prazo(pedido.janela.de, pedido.janela.ate, pedido.referencias.hoje)
    alertas = do_periodo(alertas_visiveis(pedido.usuario), prazo)
    ids = funil.clientes_da(etapa, alertas, pedido.resultados, prazo)
    return funil.NOMES[etapa], "resultados:funil", _por_ids(pedido, ids)


def _da_objecao(pedido: Pedido) -> tuple[str, str, Any]:
    objecao = _do_catalogo(Objecao, pedido)
    ids = objecoes.clientes_da(pedido.resultados, objecao.pk, so_compraram=_comprou(pedido))
    titulo = f"{objecao.nome}{': compraram apesar dela' if _comprou(pedido) else ''}"
    return titulo, "resultados:objecoes", _por_ids(pedido, ids)


def _do_motivo(pedido: Pedido) -> tuple[str, str, Any]:
    sem = pedido.consulta.get("qual") == str(motivos.SEM_MOTIVO)
    causa = None if sem else _do_catalogo(CausaDaInatividade, pedido)
    achados = motivos.clientes_do_motivo(
        pedido.usuario, pedido.da_carteira, causa.pk if causa else motivos.SEM_MOTIVO
    )
    return causa.nome if causa else "Motivo não registrado", "resultados:objecoes", achados


def _do_catalogo(modelo: Any, pedido: Pedido) -> Any:
    achado = modelo.objects.filter(pk=id_de(pedido.consulta.get("qual", ""))).first()
    if achado is None:
        raise Http404
    return achado


def inativos_recentes(pedido: Pedido) -> Any:
    """Os de hoje que compraram nos últimos 24 meses."""
    desde = pedido.hoje - relativedelta(months=conversao.MESES_DO_RECENTE)
    hoje = linhas(pedido.usuario, pedido.da_carteira)
    return hoje.filter(status=Status.INATIVO, ultima_compra__gte=desde).order_by("-valor_12m", "pk")


def _dos_recentes(pedido: Pedido) -> tuple[str, str, Any]:
    return "Inativos recentes", "resultados:contatos", inativos_recentes(pedido)


_DE_HOJE = frozenset({"motivo", "recentes"})  # o resto é do período
_DE_QUE = {
    "recentes": _dos_recentes,
    "conversao": _da_conversao,
    "funil": _do_funil,
    "objecao": _da_objecao,
    "motivo": _do_motivo,
}


@require_safe
@exige(Permissao.VER_COMPOSICAO)
def registros(request: HttpRequest) -> HttpResponseBase:
    """Os contatos de um número, do mais novo ao mais velho, com o pedido que cada um capturou."""
    pedido = Pedido(request)
    so = request.GET.get("so", contatos.EFETIVOS)
    if so not in _TITULOS_DOS_CONTATOS:
        raise Http404
    if request.GET.get("formato"):
        linhas_ = (_do_contato(x) for x in contatos.listar(pedido.resultados, so))
        return levar(request, f"contatos-{so}", _TITULOS_DOS_CONTATOS[so], _DOS_CONTATOS, linhas_)
    total = contatos.esforco(pedido.resultados)
    quantos = {
        contatos.EFETIVOS: total.contatos, contatos.TENTATIVAS: total.tentativas, contatos.CAPTURARAM: total.com_pedido,
    }  # fmt: skip
    pagina = Paginator(range(quantos[so]), POR_PAGINA).get_page(request.GET.get("pagina"))
    contexto = {
        "pedido": pedido,
        "titulo": _TITULOS_DOS_CONTATOS[so],
        "pagina": pagina,
        "capturados": total if so == contatos.CAPTURARAM else None,
        "linhas": contatos.listar(pedido.resultados, so, POR_PAGINA, (pagina.number - 1) * POR_PAGINA),
        "abas": [
            {
                "rotulo": nome,
                "url": pedido.elo("resultados:registros", so=s),
                "atual": s == so,
                "quantidade": quantos[s],
            }
            for s, nome in _TITULOS_DOS_CONTATOS.items()
        ],
        "voltar": pedido.elo("resultados:contatos"),
        "exportacoes": exportacoes(request),
    }  # fmt: skip
    return render(request, "resultados/registros.html", contexto)


def _do_contato(x: contatos.ContatoFeito) -> list[Any]:
    canal = str(CanalDeContato(x.canal).label)
    valor = x.valor if x.pedidos else None
    return [x.dia, x.codigo, x.nome, canal, x.ocorrencia, x.quem, x.campanha, x.pedidos, x.primeiro, valor]


urlpatterns = [
    path("clientes/", clientes, name="clientes"),
    path("contatos/um-a-um/", registros, name="registros"),
]
