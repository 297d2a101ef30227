"""Resultados: quem voltou, o que os contatos capturaram, até onde vai o funil, o que se ouve e por que se para."""

from datetime import timedelta
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from atividade.giro import Janela
from atividade.regras import Status
from carteira import funil as do_funil
from carteira.formatos import moeda_curta, plural, porcento
from carteira.painel import MESES
from carteira.web import resultados_nomes
from carteira.web.acesso import exige
from carteira.web.nomes_em_planilha import exportacoes, levar
from carteira.web.pedido_de_resultados import Pedido
from carteira.web.recorte import elo_da_lista
from contas.models import Papel
from contas.papeis import Permissao, pode
from notificacoes.retorno import Prazo, alertas_visiveis, do_periodo
from relatorios.base import arredondar
from relatorios.composicao import linhas as da_carteira
from relatorios.composicao import por_situacao
from relatorios.planilhas import Coluna
from relatorios.resultados import contatos, conversao, literatura, motivos, objecoes, reativados
from relatorios.resultados.consulta import ESPONTANEO, POR_CONTATO, Dimensao, meses_ate
from relatorios.resultados.controle import controles

POR_PAGINA = 50
ABAS = (
    ("Reativados", "resultados:reativados"),
    ("Contatos e pedidos", "resultados:contatos"),
    ("Funil", "resultados:funil"),
    ("Objeções e motivos", "resultados:objecoes"),
)


def _comum(pedido: Pedido, rota: str) -> dict[str, Any]:
    antes, depois = pedido.vizinhos
    return {
        "pedido": pedido,
        "janela": pedido.janela,
        "elo_antes": antes,
        "elo_depois": depois,
        "chips": pedido.chips,
        "filtrada": bool(pedido.recorte.parametros),
        "sem_filtros": pedido.elo(**dict.fromkeys(pedido.recorte.parametros, "")),
        "abas": [
            {"rotulo": nome, "url": pedido.elo(r, agrupar=""), "atual": r == rota, "quantidade": None}
            for nome, r in ABAS
        ],
        "consulta": pedido.como_relatorio(),
    }


def _agrupamentos(pedido: Pedido, nomes: tuple[str, ...], atual: str) -> list[tuple[str, str, bool]]:
    return [(d.titulo, pedido.elo(agrupar=d.nome), d.nome == atual) for d in pedido.permitidas(nomes)]


# ── Quem voltou ──────────────────────────────────────────────────────────────


@require_safe
@exige(Permissao.VER_COMPOSICAO)
def dos_reativados(request: HttpRequest) -> HttpResponse:
    pedido = Pedido(request)
    consulta = pedido.resultados
    meses = meses_ate(min(pedido.janela.ate, pedido.hoje))
    total, antes, *serie = reativados.somar(consulta, [pedido.janela, pedido.comparavel, *meses])
    ordem = request.GET.get("ordem", "-valor")
    pagina = Paginator(range(total.clientes), POR_PAGINA).get_page(request.GET.get("pagina"))
    pular = (pagina.number - 1) * POR_PAGINA
    contexto = _comum(pedido, "resultados:reativados") | {
        "total": total,
        "antes": antes,
        "pagina": pagina,
        "linhas": reativados.listar(consulta, ordem, POR_PAGINA, pular) if total.clientes else [],
        "serie": [_mes(pedido, j, soma) for j, soma in zip(meses, serie, strict=True)],
        "ha_serie": any(s.clientes for s in serie),
        "achado": _achado(total, antes),
        "elo_por_contato": pedido.elo(origem=POR_CONTATO) + "#lista",
        "elo_espontaneos": pedido.elo(origem=ESPONTANEO) + "#lista",
        **_grupos(pedido),
    }
    return render(request, "resultados/reativados.html", contexto)


def _achado(total: reativados.Soma, antes: reativados.Soma) -> str:
    """O título do gráfico: o que mudou, em palavras."""
    if not total.clientes:
        return "Ninguém voltou no período"
    parte = porcento(total.por_contato_pct, 0)
    mais = total.clientes - antes.clientes
    comparado = (
        "como no período anterior"
        if not mais
        else f"{abs(mais)} a {'mais' if mais > 0 else 'menos'} que antes"
    )
    quantos = "1 cliente voltou" if total.clientes == 1 else f"{total.clientes} clientes voltaram"
    return f"{quantos}, {comparado}; {parte} depois de um contato"


def _mes(pedido: Pedido, janela: Janela, soma: reativados.Soma) -> dict[str, Any]:
    nome = MESES[janela.de.month - 1]
    return {
        "rotulo": f"{nome[:3]} {janela.de:%y}" if janela.de.month == 1 else nome[:3],
        "nome": f"{nome} de {janela.de.year}",
        "soma": soma,
        "url": pedido.elo(de=janela.de.isoformat(), ate=janela.ate.isoformat()),
        "atual": janela.de <= pedido.janela.ate and janela.ate >= pedido.janela.de,
    }


def _grupos(pedido: Pedido) -> dict[str, Any]:
    """Os grupos de uma dimensão; cada um leva à mesma página recortada por ele."""
    permitidas = pedido.permitidas(reativados.DIMENSOES_DOS_REATIVADOS)
    pedida = pedido.consulta.get("agrupar", "")
    dimensao = next((d for d in permitidas if d.nome == pedida), permitidas[0])
    grupos = reativados.agrupar(pedido.resultados, dimensao)
    return {
        "dimensao": dimensao,
        "agrupamentos": _agrupamentos(pedido, reativados.DIMENSOES_DOS_REATIVADOS, dimensao.nome),
        "consulta_dos_grupos": pedido.como_relatorio(dimensao),
        "grupos": [(g, _elos_do_grupo(pedido, dimensao, g)) for g in grupos],
        "barras": [
            {
                "rotulo": g.rotulo,
                "valor": g.soma.valor,
                "texto": moeda_curta(g.soma.valor),
                "detalhe": f"{g.soma.clientes} {plural(g.soma.clientes, 'cliente,clientes')}",
                "url": pedido.elo(**{dimensao.nome: g.chave}) + "#lista",
                "status": Status.ATIVO,
            }
            for g in grupos[:12]
        ],
    }


def _elos_do_grupo(pedido: Pedido, dimensao: Dimensao, g: reativados.Grupo) -> dict[str, str]:
    """Todos os do grupo, e os que voltaram por um contato ou sem ele; sem ninguém não há elo."""
    deles = {dimensao.nome: g.chave}
    return {
        "todos": pedido.elo(**deles) + "#lista",
        "por_contato": pedido.elo(**deles | {"origem": POR_CONTATO}) + "#lista" if g.soma.por_contato else "",
        "espontaneos": pedido.elo(**deles | {"origem": ESPONTANEO}) + "#lista" if g.soma.espontaneos else "",
    }


# ── Contatos, pedidos e conversão ────────────────────────────────────────────


@require_safe
@exige(Permissao.VER_COMPOSICAO)
def dos_contatos(request: HttpRequest) -> HttpResponse:
    pedido = Pedido(request)
    permitidas = pedido.permitidas(contatos.DIMENSOES_DOS_CONTATOS)
    pedida = pedido.consulta.get("agrupar", "")
    dimensao = next((d for d in permitidas if d.nome == pedida), permitidas[0])
    grupos, total = contatos.agrupar_com_total(pedido.resultados, dimensao)
    contexto = _comum(pedido, "resultados:contatos") | {
        "total": total,
        "elos": _elos_dos_contatos(pedido),
        "dimensao": dimensao,
        "agrupamentos": _agrupamentos(pedido, contatos.DIMENSOES_DOS_CONTATOS, dimensao.nome),
        "consulta": pedido.como_relatorio(dimensao),
        "grupos": [(g, _elos_dos_contatos(pedido, **{dimensao.nome: g.chave})) for g in grupos],
        **_da_conversao(pedido),
        **_do_controle(pedido),
    }
    return render(request, "resultados/contatos.html", contexto)


def _elos_dos_contatos(pedido: Pedido, **recorte: str) -> dict[str, str]:
    return {
        so: pedido.elo("resultados:registros", so=so, agrupar="", **recorte)
        for so in (contatos.EFETIVOS, contatos.TENTATIVAS, contatos.CAPTURARAM)
    }


def _da_conversao(pedido: Pedido) -> dict[str, Any]:
    """O que se mede aqui ao lado do que se diz por aí."""
    achadas = conversao.conversoes(pedido.resultados)
    carteira = por_situacao(da_carteira(pedido.usuario, pedido.da_carteira))
    ativos = carteira.fatia(Status.ATIVO).clientes
    recentes = resultados_nomes.inativos_recentes(pedido).count()
    return {
        "conversoes": [_linha_da_conversao(pedido, achadas[g]) for g in conversao.GRUPOS],
        "recente": achadas[conversao.RECENTE],
        "quase": achadas[conversao.QUASE],
        "parados": achadas[conversao.RECENTE].com + achadas[conversao.ANTIGO].com,
        "inativos_recentes": recentes,
        "ativos": ativos,
        "recentes_por_ativo": recentes / ativos if ativos else None,
        "elo_recentes": pedido.elo("resultados:clientes", ver="recentes", agrupar=""),
        "elo_ativos": elo_da_lista(pedido.da_carteira, status="ativo"),
        "literatura": literatura,
    }


def _linha_da_conversao(pedido: Pedido, c: conversao.Conversao) -> dict[str, Any]:
    def elo(lado: str, **mais: str) -> str:
        return pedido.elo(
            "resultados:clientes", ver="conversao", grupo=c.grupo, lado=lado, agrupar="", **mais
        )

    return {
        "nome": conversao.NOMES[c.grupo],
        "c": c,
        "lados": [
            (parte, elo(lado), elo(lado, compraram="1"))
            for lado, parte in ((conversao.COM, c.com), (conversao.SEM, c.sem))
        ],
    }


def _do_controle(pedido: Pedido) -> dict[str, Any]:
    """As listas do período que deixaram gente de fora por sorteio; a quem vende, o controle nem aparece."""
    if pedido.usuario.papel == Papel.VENDEDOR:
        return {"controles": [], "ve_controle": False}
    achados = controles(pedido.usuario, pedido.janela, pedido.referencias.hoje)
    return {
        "ve_controle": True,
        "controles": [
            {
                "lista": x.lista,
                "p": x.progresso,
                "c": x.comparacao,
                "url": reverse("listas:abrir", args=[x.lista.pk]),
            }
            for x in achados
        ],
    }


# ── Funil ────────────────────────────────────────────────────────────────────


def prazo_de(pedido: Pedido) -> Prazo:
    return Prazo(pedido.janela.de, pedido.janela.ate, pedido.referencias.hoje)


_FUNIL = (
    Coluna("Etapa", largura=24),
    Coluna("Clientes", "inteiro"),
    Coluna("% dos avisados", "decimal2"),
    Coluna("% da etapa anterior", "decimal2"),
)


@require_safe
@exige(Permissao.VER_COMPOSICAO)
def dos_avisos(request: HttpRequest) -> HttpResponseBase:
    pedido = Pedido(request)
    prazo = prazo_de(pedido)
    alertas = do_periodo(alertas_visiveis(pedido.usuario), prazo)
    passos = do_funil.funil(alertas, pedido.resultados, prazo)
    if request.GET.get("formato"):
        linhas = (
            [p.nome, p.clientes, *(arredondar(x, "decimal2") for x in (p.do_comeco, p.da_anterior))]
            for p in passos
        )
        return levar(request, "funil-dos-avisos", "Do aviso à segunda compra", _FUNIL, linhas)
    contexto = _comum(pedido, "resultados:funil") | {
        "prazo": prazo,
        "passos": [
            (p, pedido.elo("resultados:clientes", ver="funil", etapa=p.etapa.value, agrupar=""))
            for p in passos
        ],
        "avisados": passos[0].clientes,
        "exportacoes": exportacoes(request),
        "abertos": prazo.ate + timedelta(days=prazo.compra) > pedido.hoje,
    }
    return render(request, "resultados/funil.html", contexto)


# ── Objeções e motivos ───────────────────────────────────────────────────────


@require_safe
@exige(Permissao.VER_COMPOSICAO)
def das_objecoes(request: HttpRequest) -> HttpResponse:
    pedido = Pedido(request)
    ouvidas = objecoes.ouvidas(pedido.resultados)
    ditos = motivos.motivos(pedido.usuario, pedido.da_carteira)
    contexto = _comum(pedido, "resultados:objecoes") | {
        "ouvidas": [
            (
                o,
                pedido.elo("resultados:clientes", ver="objecao", qual=o.objecao.pk),
                pedido.elo("resultados:clientes", ver="objecao", qual=o.objecao.pk, compraram="1"),
            )
            for o in ouvidas
        ],
        "primeira": ouvidas[0] if ouvidas else None,
        "escreve": pode(pedido.usuario, Permissao.ESCREVER_CONTRA_ARGUMENTOS),
        "motivos": [(m, pedido.elo("resultados:clientes", ver="motivo", qual=m.pk)) for m in ditos],
        "parados": sum(m.clientes for m in ditos),
        "valor_parado": sum(m.valor for m in ditos),
    }
    return render(request, "resultados/objecoes.html", contexto)


urlpatterns = [
    path("", dos_reativados, name="reativados"),
    path("contatos/", dos_contatos, name="contatos"),
    path("funil/", dos_avisos, name="funil"),
    path("objecoes/", das_objecoes, name="objecoes"),
    *resultados_nomes.urlpatterns,
]
