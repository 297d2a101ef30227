"""As listas de trabalho: o índice, e a página em que se trabalha uma delas."""

from datetime import date
from typing import Any

from django.db.models import F
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from atividade.models import Indicadores
from atividade.rotulos import fixar
from carteira.listas import DA_FINALIDADE, fora_da_finalidade, listas_do_cliente, precisa_refazer, refazer
from carteira.paginacao import Cursor, Ordem, paginar
from carteira.web import listas_comparar, listas_filtro, listas_gestos, listas_novas, listas_planilha
from carteira.web.acesso import cliente_visivel, exige
from carteira.web.fila import tem_fila
from carteira.web.listas_comuns import (
    comparacoes,
    consulta_em_palavras,
    esconde_condicao,
    lista_visivel,
    membros_de,
    meta_e_feito,
)
from carteira.web.listas_membros import (
    NOMES_DOS_RECORTES,
    ORDENS_DOS_MEMBROS,
    com_o_feito,
    linhas_da_lista,
    membros_pedidos,
    ordem_pedida,
    quem_pedido,
)
from carteira.web.paineis import mostrar
from clientes.exclusoes import EXPLICACOES, rotulo
from clientes.listas import pode_gerir
from clientes.models import ListaDeTrabalho, MembroDaLista, MotivoDeExclusao
from clientes.models.cliente import SemAcento
from clientes.models.lista import DESLIGAVEIS, suas
from clientes.progresso_de_lista import Progresso, andamento, com_progresso, por_lista
from contas.models import Papel, Usuario
from contas.papeis import Permissao, pode

POR_PAGINA = 25
MEMBROS_POR_PAGINA = 50

# ── O índice ─────────────────────────────────────────────────────────────────

ORDENS_DO_INDICE = {
    "criada": ("Mais novas", Ordem("criada", F("criada_em"), True, False)),
    "termina": ("Terminam antes", Ordem("termina", F("ate"), False, True)),
    "nome": ("Nome", Ordem("nome", SemAcento(F("nome")), False, False)),
}


@exige(Permissao.VER_CLIENTES)
def indice(request: HttpRequest) -> HttpResponse:
    """As em curso ou as terminadas; as minhas ou todas as que vejo; com o progresso de cada uma."""
    hoje = timezone.localdate()
    gere = pode(request.user, Permissao.GERIR_LISTAS)
    ver = "terminadas" if request.GET.get("ver") == "terminadas" else "ativas"
    minhas = gere and request.GET.get("quais") == "minhas"
    visiveis = ListaDeTrabalho.objects.visiveis_para(request.user)
    quais = visiveis.filter(suas(request.user)) if minhas else visiveis
    chave = request.GET.get("ordem", "")
    nome, ordem = ORDENS_DO_INDICE.get(chave) or ORDENS_DO_INDICE["criada"]
    cursor = Cursor.de_texto(request.GET.get("apos", ""), ordem.nome)
    do_recorte = getattr(quais, ver)(hoje).select_related("empresa", "campanha", "criada_por")
    pagina = paginar(do_recorte, ordem, cursor, POR_PAGINA)
    membros = MembroDaLista.objects.visiveis_para(request.user).filter(
        lista__in=[x.pk for x in pagina.linhas]
    )
    progresso = por_lista(membros, hoje) if pagina.linhas else {}
    contexto = {
        "gere": gere,
        "ver": ver,
        "minhas": minhas,
        "abas": _abas_do_indice(request, quais, ver, hoje),
        "linhas": [(x, progresso.get(x.pk, Progresso())) for x in pagina.linhas],
        "nome_da_ordem": nome,
        "ordens": [(n, com(request.GET, ordem=c), c == ordem.nome) for c, (n, _) in ORDENS_DO_INDICE.items()],
        "url_minhas": com(request.GET, quais="minhas"),
        "url_todas": com(request.GET, quais=""),
        "url_mais": com(request.GET, apos=pagina.proxima) if pagina.proxima else "",
        "url_inicio": com(request.GET) if cursor else "",
        "ha_outras": visiveis.exists(),
        "hoje": hoje,
    }
    return render(request, "listas/indice.html", contexto)


def _abas_do_indice(request: HttpRequest, quais: Any, ver: str, hoje: date) -> list[dict[str, Any]]:
    return [
        {
            "rotulo": nome,
            "url": com(request.GET, ver=chave),
            "quantidade": getattr(quais, chave)(hoje).count(),
            "atual": ver == chave,
        }
        for chave, nome in (("ativas", "Em curso"), ("terminadas", "Terminadas"))
    ]


def com(consulta: QueryDict, **mudancas: str) -> str:
    """O mesmo endereço com algo mudado, de volta à primeira página."""
    nova = consulta.copy()
    nova.pop("apos", None)
    for nome, valor in mudancas.items():
        nova.pop(nome, None)
        if valor:
            nova[nome] = valor
    return f"?{nova.urlencode()}"


# ── Trabalhar a lista ────────────────────────────────────────────────────────


@exige(Permissao.VER_CLIENTES)
def abrir(request: HttpRequest, pk: int) -> HttpResponse:
    """A página da lista; com htmx, só `#membros`. Uma viva que ficou para trás se refaz antes."""
    lista, hoje = lista_visivel(request, pk), timezone.localdate()
    if precisa_refazer(lista, hoje):
        refazer(lista, hoje)
        lista.refresh_from_db()
    fixar(lista.empresa)
    feito = andamento(membros_de(lista, request.user), hoje)
    contexto = _contexto(request, lista, hoje, feito)
    if request.htmx and request.htmx.target == "membros":
        resposta = render(request, "listas/_membros.html", contexto)
    elif request.htmx and request.htmx.target == "trabalho":
        resposta = render(request, "listas/_trabalho.html", contexto)
    else:
        resposta = render(request, "listas/lista.html", contexto)
    patch_vary_headers(resposta, ["HX-Request", "HX-Target"])
    return resposta


def _contexto(request: HttpRequest, lista: ListaDeTrabalho, hoje: date, feito: Any) -> dict[str, Any]:
    gere = pode_gerir(lista, request.user)
    do_vendedor = request.user.papel == Papel.VENDEDOR
    contexto = _membros(request, lista, hoje, feito) | {
        "lista": lista,
        "gere": gere,
        "pode_criar": pode(request.user, Permissao.GERIR_LISTAS),
        "hoje": hoje,
        "terminou": lista.terminou(hoje),
        "feito": feito,
        "total": feito.total,
        "metas": meta_e_feito(lista, feito.total) if not do_vendedor else [],
        "motivos": [(n, rotulo(m, n)) for m, n in sorted(feito.motivos.items(), key=lambda par: -par[1])],
        "exclusoes": _exclusoes(lista, feito.motivos) if gere else [],
        "mostra_quem": not do_vendedor,
        "pode_registrar": pode(request.user, Permissao.REGISTRAR_CONTATO),
        "pode_exportar": pode(request.user, Permissao.EXPORTAR),
        "na_fila": tem_fila(request.user),
        "com_campanha": f"?campanha={lista.campanha_id}" if _recebe(lista, hoje) else "",
        "aviso_da_campanha": _aviso_da_campanha(lista, hoje),
        "comparacoes": comparacoes(feito.total) if not do_vendedor and lista.controle_pct else [],
    }
    if not request.htmx:
        contexto |= {
            "filtros": consulta_em_palavras(lista.consulta, request.user)
            if lista.consulta or lista.viva
            else [],
            "esconde_condicao": esconde_condicao(lista.consulta, request.user),
            "donos": list(lista.donos.all()),
            "movimentos": _movimentos(lista, request.user) if not do_vendedor else [],
            "fora_da_finalidade": _quantos_nao_sao(lista, request.user, hoje),
        }
    return contexto


def _recebe(lista: ListaDeTrabalho, hoje: date) -> bool:
    c = lista.campanha
    return bool(c and c.ativa and c.inicio <= hoje and (c.fim is None or c.fim >= hoje))


def _aviso_da_campanha(lista: ListaDeTrabalho, hoje: date) -> str:
    """Fora do período, a campanha não recebe contatos: diz-se antes de alguém tentar."""
    c = lista.campanha
    if c is None or _recebe(lista, hoje):
        return ""
    if not c.ativa:
        return f"A campanha {c} saiu de uso: os contatos registrados aqui não entram nela."
    if c.inicio > hoje:
        return f"A campanha {c} só começa em {c.inicio:%d/%m/%Y}: até lá os contatos não entram nela."
    return f"A campanha {c} terminou em {c.fim:%d/%m/%Y}: os contatos de agora não entram nela."


def _exclusoes(lista: ListaDeTrabalho, contagem: dict[str, int]) -> list[dict[str, Any]]:
    return [
        {
            "motivo": m.value,
            "nome": m.label[0].upper() + m.label[1:],
            "explicacao": EXPLICACOES[m],
            "quantos": contagem.get(m, 0),
            "ligada": m not in lista.exclusoes_desligadas,
            "desligavel": m in DESLIGAVEIS,
        }
        for m in MotivoDeExclusao
    ]


def _movimentos(lista: ListaDeTrabalho, usuario: Usuario) -> list[Any]:
    """Os últimos a entrar e a sair, entre os que a pessoa vê."""
    dela = MembroDaLista.objects.visiveis_para(usuario).filter(lista=lista).values("cliente")
    return list(lista.movimentos.filter(cliente__in=dela).select_related("cliente")[:8])


def _quantos_nao_sao(lista: ListaDeTrabalho, usuario: Usuario, hoje: date) -> int:
    """Quem não é da finalidade: inativo numa de prevenção; numa de recuperação, ativo sem ter comprado nela."""
    if lista.finalidade not in DA_FINALIDADE:
        return 0
    membros = com_progresso(membros_de(lista, usuario).na_lista().filter(controle=False), hoje)
    dentro = membros.filter(pedidos__isnull=True).values("cliente")
    total: int = fora_da_finalidade(Indicadores.objects.filter(pk__in=dentro), lista.finalidade).count()
    return total


def _membros(request: HttpRequest, lista: ListaDeTrabalho, hoje: date, feito: Any) -> dict[str, Any]:
    recorte, membros = membros_pedidos(request, lista, hoje)
    nome, ordem = ordem_pedida(request)
    cursor = Cursor.de_texto(request.GET.get("apos", ""), ordem.nome)
    pagina = paginar(membros, ordem, cursor, MEMBROS_POR_PAGINA)
    quem = quem_pedido(request)
    contado = feito.total if quem is None else feito.de(quem or None)
    return {
        "recorte": recorte,
        "nome_do_recorte": NOMES_DOS_RECORTES[recorte],
        "linhas": linhas_da_lista(com_o_feito(pagina.linhas, hoje), hoje),
        "pagina": pagina,
        "abas": _abas(request, recorte, contado),
        "quem": quem,
        "pessoas": [(p.pk or 0, p.nome, com(request.GET, quem=str(p.pk or 0))) for p in feito.por_quem],
        "url_todos": com(request.GET, quem=""),
        "url_limpa": com(request.GET, quem="", q=""),
        "nome_da_ordem": nome,
        "ordens": [
            (n, com(request.GET, ordem=c), c == ordem.nome) for c, (n, _) in ORDENS_DOS_MEMBROS.items()
        ],
        "url_mais": com(request.GET, apos=pagina.proxima) if pagina.proxima else "",
        "url_inicio": com(request.GET) if cursor else "",
        "url_exportar": f"{reverse('listas:exportar', args=[lista.pk])}{com(request.GET)}",
        "q": request.GET.get("q", ""),
    }


def _abas(request: HttpRequest, recorte: str, contado: Progresso) -> list[dict[str, Any]]:
    """Os recortes que têm alguém, mais o que se está vendo e os três de sempre."""
    sempre = {"a_contatar", "contatados", "compraram", "membros", recorte}
    nomes = {c: n for c, n in NOMES_DOS_RECORTES.items() if c in sempre or getattr(contado, c)}
    return [
        {
            "rotulo": nome,
            "url": com(request.GET, ver=chave),
            "quantidade": getattr(contado, chave),
            "atual": chave == recorte,
        }
        for chave, nome in nomes.items()
    ]


@exige(Permissao.VER_CLIENTES)
def do_cliente(request: HttpRequest, pk: int) -> HttpResponse:
    """O painel da ficha: em que listas em curso este cliente está para ser chamado."""
    cliente, hoje = cliente_visivel(request, pk), timezone.localdate()
    listas = list(listas_do_cliente(pk, request.user, hoje))
    return mostrar(
        request,
        cliente,
        "listas",
        "Listas de trabalho",
        listas=listas,
        pode_incluir=pode(request.user, Permissao.GERIR_LISTAS),
    )


urlpatterns = [
    path("", indice, name="indice"),
    *listas_novas.urlpatterns,
    *listas_comparar.urlpatterns,
    path("do-cliente/<int:pk>/", do_cliente, name="do_cliente"),
    path("<int:pk>/", abrir, name="abrir"),
    *listas_filtro.urlpatterns,
    *listas_gestos.urlpatterns,
    *listas_planilha.urlpatterns,
]
