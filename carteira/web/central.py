"""A central de avisos: o sino, a lista de cada pessoa, a página de um aviso e o que nela se marca."""

from datetime import datetime
from typing import Any

from django.core import signing
from django.db.models import Count, F, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.dateparse import parse_datetime
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import trigger_client_event

from carteira.formatos import plural
from carteira.ids import id_de
from carteira.lista_viva import POR_PAGINA as CLIENTES_POR_PAGINA
from carteira.lista_viva import ListaViva
from carteira.paginacao import Cursor, Ordem, paginar
from contas.papeis import Permissao, pode
from notificacoes.central import MAXIMO_NO_SINO, contar_nao_lidos, deixar_por_ler, desmarcar, marcar_lidos
from notificacoes.decisoes import a_calar, calado, decisoes_de
from notificacoes.models import Aviso, TipoDeAviso

POR_PAGINA = 25
NOTAS_A_MOSTRA = 3
ORDEM = Ordem("surge", F("surge_em"), True, False)
NAO_LIDOS, TODOS = "nao_lidos", "todos"
PLURAIS = {
    TipoDeAviso.RESUMO: "Resumos",
    TipoDeAviso.POSTIT: "Post-its",
    TipoDeAviso.LEMBRETE: "Lembretes",
    TipoDeAviso.SISTEMA: "Sistema",
}
ICONES = {
    TipoDeAviso.RESUMO: "list",
    TipoDeAviso.POSTIT: "sticky-note",
    TipoDeAviso.LEMBRETE: "bell",
    TipoDeAviso.SISTEMA: "info",
}
_SAL = "carteira.central.gesto"


def _dela(request: HttpRequest) -> QuerySet[Aviso]:
    """Os avisos da pessoa que já surgiram e ainda valem."""
    avisos: QuerySet[Aviso] = Aviso.objects.visiveis_para(request.user).a_mostra()
    return avisos


# ── O sino ───────────────────────────────────────────────────────────────────


@never_cache
@require_safe
def sino(request: HttpRequest) -> HttpResponse:
    """O número, por uma consulta só; `tem` é o que a tela já mostra, e igual não se manda nada."""
    quantos = contar_nao_lidos(request.user)
    tinha = id_de(request.GET.get("tem", ""))
    if tinha == quantos:
        return HttpResponse(status=204)
    resposta = render(request, "central/_sino.html", contexto_do_sino(quantos))
    if tinha is not None and quantos > tinha:
        texto = f"{_ate(quantos)} {plural(quantos, 'aviso não lido,avisos não lidos')}."
        trigger_client_event(resposta, "anunciar", texto)
    return resposta


def contexto_do_sino(quantos: int) -> dict[str, Any]:
    return {"quantos": quantos, "numero": _ate(quantos), "contado": True}


def _ate(quantos: int) -> str:
    return f"{MAXIMO_NO_SINO - 1}+" if quantos >= MAXIMO_NO_SINO else str(quantos)


@never_cache
@require_safe
def notas(request: HttpRequest) -> HttpResponse:
    """Os post-its por ler, para o alto de Hoje e de Meus clientes; sem nenhum, nada."""
    por_ler = _dela(request).nao_lidos().filter(tipo=TipoDeAviso.POSTIT)
    achadas = list(por_ler.select_related("recado__por")[: NOTAS_A_MOSTRA + 1])
    contexto = {"notas": achadas[:NOTAS_A_MOSTRA], "ha_mais": len(achadas) > NOTAS_A_MOSTRA}
    return render(request, "central/_notas.html", contexto)


# ── A lista ──────────────────────────────────────────────────────────────────


@never_cache
@require_safe
def lista(request: HttpRequest) -> HttpResponse:
    """Os avisos da pessoa, os mais novos primeiro; com htmx, só `#central`."""
    resposta = _mostrar(request, request.GET.get("ver", ""), request.GET.get("apos", ""))
    patch_vary_headers(resposta, ["HX-Request", "HX-Target"])
    return resposta


def _mostrar(request: HttpRequest, ver: str, apos: str = "") -> HttpResponse:
    ver = ver if ver in {NAO_LIDOS, TODOS, *TipoDeAviso.values} else NAO_LIDOS
    cursor = Cursor.de_texto(apos, ORDEM.nome)
    pagina = paginar(
        _do_recorte(request, ver).select_related("recado__por", "recado__tipo"), ORDEM, cursor, POR_PAGINA
    )
    por_tipo = dict(_dela(request).nao_lidos().order_by().values_list("tipo").annotate(Count("pk")))
    calar = a_calar(request.user)
    contexto = {
        "ver": ver,
        "abas": _abas(ver, por_tipo),
        "avisos": [{"aviso": calado(a, calar), "icone": ICONES[TipoDeAviso(a.tipo)]} for a in pagina.linhas],
        "pagina": pagina,
        "por_ler": por_tipo.get(ver, 0) if ver in TipoDeAviso.values else sum(por_tipo.values()),
        "url_mais": _url(ver, apos=pagina.proxima) if pagina.proxima else "",
        "url_inicio": _url(ver) if cursor else "",
        "hoje": timezone.localdate(),
        "gesto": "" if request.htmx else request.GET.get("gesto", ""),  # com htmx, o desfazer está no aviso
    }
    return render(request, "central/_lista.html" if request.htmx else "central/lista.html", contexto)


def _do_recorte(request: HttpRequest, ver: str) -> QuerySet[Aviso]:
    avisos = _dela(request)
    if ver == NAO_LIDOS:
        return avisos.nao_lidos()
    return avisos if ver == TODOS else avisos.filter(tipo=ver)


def _abas(ver: str, por_tipo: dict[str, int]) -> list[dict[str, Any]]:
    nomes: list[tuple[str, str, int | None]] = [
        (NAO_LIDOS, "Não lidos", sum(por_tipo.values())),
        (TODOS, "Todos", None),
        *((tipo.value, nome, por_tipo.get(tipo.value) or None) for tipo, nome in PLURAIS.items()),
    ]
    return [
        {"rotulo": nome, "url": _url(chave), "quantidade": quantos, "atual": chave == ver}
        for chave, nome, quantos in nomes
    ]


def _url(ver: str, **mais: str) -> str:
    return f"{reverse('central:lista')}?{urlencode({'ver': ver, **mais})}"


# ── Um aviso ─────────────────────────────────────────────────────────────────


@never_cache
@require_safe
def aviso(request: HttpRequest, pk: int) -> HttpResponse:
    """Abrir é ler, menos para quem vê como outra pessoa e para o navegador que se adianta ao clique."""
    da_pessoa = Aviso.objects.visiveis_para(request.user).select_related("recado__por", "recado__tipo")
    achado = get_object_or_404(da_pessoa, pk=pk)
    agora = timezone.now()
    if achado.surge_em > agora:
        raise Http404
    if achado.expira_em is not None and achado.expira_em <= agora:
        return render(request, "central/fora.html", {"aviso": achado}, status=410)
    adiantado = "prefetch" in request.headers.get("Sec-Purpose", "")
    if achado.lido_em is None and request.user.olhado_por is None and not adiantado:
        marcar_lidos(da_pessoa.filter(pk=pk), agora)
    if achado.caminho:
        return redirect(achado.caminho)
    return render(request, "central/aviso.html", _contexto_do_aviso(request, achado))


def _contexto_do_aviso(request: HttpRequest, achado: Aviso) -> dict[str, Any]:
    recado, viva = achado.recado, ListaViva.de(achado.recado, request.user)
    contexto: dict[str, Any] = {
        "aviso": achado,
        "recado": recado,
        "icone_do_tipo": ICONES[TipoDeAviso(achado.tipo)],
        "voltar": _url(NAO_LIDOS),
        # o texto de um resumo pode citar clientes que quem olha não vê; as decisões passam pelo escopo dos dois
        "mostra_texto": achado.tipo != TipoDeAviso.RESUMO or request.user.olhado_por is None,
    }
    if viva is not None:
        contexto |= contexto_da_lista(viva, request.GET.get("apos", ""))
        contexto["pode_exportar"] = pode(request.user, Permissao.EXPORTAR)
    if achado.tipo == TipoDeAviso.RESUMO:
        calado(achado, a_calar(request.user))
        contexto["decisoes"] = decisoes_de(achado, request.user)
    return contexto


def contexto_da_lista(viva: ListaViva, apos: str, tamanho: int = CLIENTES_POR_PAGINA) -> dict[str, Any]:
    pagina = viva.pagina(apos, tamanho)
    return {
        "viva": viva,
        "pagina_viva": pagina,
        "linhas_vivas": viva.linhas(pagina),
        "quantos_vivos": viva.quantos(),
        "url_mais": f"?{urlencode({'apos': pagina.proxima})}#lista-viva" if pagina.proxima else "",
        "url_inicio": "?#lista-viva" if pagina.desde > 1 else "",
    }


# ── Os gestos ────────────────────────────────────────────────────────────────


@require_POST
def lido(request: HttpRequest, pk: int) -> HttpResponse:
    """Marca um como lido, ou de novo como não lido (`lido=nao`)."""
    um = _dela(request).filter(pk=pk)
    if not um.exists():
        raise Http404
    if request.POST.get("lido") == "nao":
        return _feito(request, "De volta aos não lidos." if deixar_por_ler(um) else "")
    return _marcado(request, *marcar_lidos(um))


@require_POST
def todos_lidos(request: HttpRequest) -> HttpResponse:
    """Todos os da aba que a pessoa está vendo, não só os da página."""
    return _marcado(request, *marcar_lidos(_do_recorte(request, request.POST.get("ver") or NAO_LIDOS)))


@require_POST
def desfazer(request: HttpRequest) -> HttpResponse:
    """Desfaz o gesto que o pedido nomeia, assinado: só ele, e só nos avisos da pessoa."""
    em = _ler_gesto(request.POST.get("gesto") or request.GET.get("gesto") or "")
    if em is None:
        raise Http404
    voltaram = desmarcar(Aviso.objects.visiveis_para(request.user), em)
    texto = f"{voltaram} {plural(voltaram, 'aviso voltou,avisos voltaram')} aos não lidos."
    return _feito(request, texto if voltaram else "Nada a desfazer.")


def _marcado(request: HttpRequest, quantos: int, em: datetime) -> HttpResponse:
    if not quantos:
        return _feito(request, "")
    texto = f"{quantos} {plural(quantos, 'aviso marcado como lido,avisos marcados como lidos')}."
    return _feito(request, texto, gesto=signing.dumps(em.isoformat(), salt=_SAL))


def _ler_gesto(texto: str) -> datetime | None:
    try:
        return parse_datetime(signing.loads(texto, salt=_SAL))
    except (signing.BadSignature, ValueError):
        return None


def _feito(request: HttpRequest, texto: str, gesto: str = "") -> HttpResponse:
    """Com htmx, a lista refeita e o sino avisado; sem, de volta à lista, que oferece desfazer."""
    ver = request.POST.get("ver") or request.GET.get("ver") or NAO_LIDOS
    if not request.htmx:
        return redirect(_url(ver, **({"gesto": gesto} if gesto else {})))
    na_lista = request.htmx.target == "central"  # dispensada no alto do dia, a nota se refaz sozinha
    resposta = _mostrar(request, ver) if na_lista else HttpResponse()
    trigger_client_event(resposta, "avisosMudaram", {})
    if texto:
        desfaz = f"{reverse('central:desfazer')}?{urlencode({'gesto': gesto, 'ver': ver})}" if gesto else ""
        volta = {"desfazer": desfaz} if desfaz else {}
        lugar = {"alvo": "#central", "troca": "outerHTML"} if na_lista else {}
        trigger_client_event(resposta, "avisar", {"texto": texto, **volta, **lugar})
    return resposta


urlpatterns = [
    path("", lista, name="lista"),
    path("sino/", sino, name="sino"),
    path("notas/", notas, name="notas"),
    path("lidos/", todos_lidos, name="todos_lidos"),
    path("lidos/desfazer/", desfazer, name="desfazer"),
    path("<int:pk>/", aviso, name="aviso"),
    path("<int:pk>/lido/", lido, name="lido"),
]
