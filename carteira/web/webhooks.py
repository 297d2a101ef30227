"""Webhooks: os sistemas avisados, o que cada um quer saber, e o registro do que lhe foi mandado."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Max, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from carteira.tasks import tocar, webhooks_task
from carteira.web.acesso import exige
from carteira.web.formularios_de_webhook import DestinoForm
from contas.escopo import empresas_de
from contas.papeis import Permissao
from notificacoes.models import DestinoDeWebhook, EntregaDeWebhook, EstadoDaEntrega
from notificacoes.webhooks import destinos
from notificacoes.webhooks.catalogo import CATALOGO, NOMES
from notificacoes.webhooks.entrega import entregar_uma
from notificacoes.webhooks.rede import EnderecoRecusado

POR_PAGINA = 50
SEGREDO = "webhook_segredo"
TONS = {EstadoDaEntrega.ENTREGUE: "ativo", EstadoDaEntrega.DESISTIDA: "inativo"}
PLURAIS = {
    EstadoDaEntrega.PENDENTE: "Pendentes",
    EstadoDaEntrega.ENVIANDO: "Enviando",
    EstadoDaEntrega.ENTREGUE: "Entregues",
    EstadoDaEntrega.DESISTIDA: "Desistidas",
}


def destino_visivel(request: HttpRequest, pk: int) -> DestinoDeWebhook:
    visiveis = DestinoDeWebhook.objects.visiveis_para(request.user)
    return get_object_or_404(visiveis.select_related("empresa", "criado_por"), pk=pk)


def migalhas(*resto: dict[str, str]) -> list[dict[str, str]]:
    return [{"nome": "Webhooks", "url": reverse("webhooks:lista")}, *resto]


def do_destino(destino: DestinoDeWebhook) -> dict[str, str]:
    return {"nome": destino.nome, "url": reverse("webhooks:destino", args=[destino.pk])}


@require_safe
@exige(Permissao.GERIR_WEBHOOKS)
def lista(request: HttpRequest) -> HttpResponse:
    visiveis = DestinoDeWebhook.objects.visiveis_para(request.user).select_related("empresa")
    contados = visiveis.annotate(
        pendentes=Count("entregas", filter=Q(entregas__estado=EstadoDaEntrega.PENDENTE)),
        desistidas=Count("entregas", filter=Q(entregas__estado=EstadoDaEntrega.DESISTIDA)),
        ultima=Max("entregas__entregue_em"),
    ).order_by("nome", "pk")
    contexto = {
        "pagina": Paginator(contados, POR_PAGINA).get_page(request.GET.get("pagina")),
        "catalogo": CATALOGO,
        "varias": empresas_de(request.user).count() > 1,
        "agora": timezone.now(),
    }
    return render(request, "webhooks/lista.html", contexto)


# ── Criar e mudar ────────────────────────────────────────────────────────────


@require_http_methods(["GET", "POST"])
@exige(Permissao.GERIR_WEBHOOKS)
def novo(request: HttpRequest) -> HttpResponse:
    form = DestinoForm(
        request.POST if request.method == "POST" else None, empresas=empresas_de(request.user), novo=True
    )
    if request.method == "POST" and form.is_valid():
        try:
            destino, segredo = destinos.criar(por=request.user, **form.cleaned_data)
        except EnderecoRecusado as recusa:
            form.add_error("url", str(recusa))
        else:
            _guardar_para_mostrar(request, destino, segredo)
            messages.success(request, f"{destino.nome} foi criado. Copie o segredo e mande um teste.")
            return redirect("webhooks:destino", pk=destino.pk)
    return _formulario(request, form, None)


@require_http_methods(["GET", "POST"])
@exige(Permissao.GERIR_WEBHOOKS)
def editar(request: HttpRequest, pk: int) -> HttpResponse:
    destino = destino_visivel(request, pk)
    iniciais = {campo: getattr(destino, campo) for campo in ("nome", "url", "eventos", "rede_interna")}
    form = DestinoForm(
        request.POST if request.method == "POST" else None,
        empresas=empresas_de(request.user),
        initial=iniciais,
    )
    if request.method == "POST" and form.is_valid():
        try:
            mudou = destinos.editar(destino=destino, por=request.user, **form.cleaned_data)
        except EnderecoRecusado as recusa:
            form.add_error("url", str(recusa))
        else:
            messages.success(request, "Alterações salvas." if mudou else "Nada mudou.")
            return redirect("webhooks:destino", pk=pk)
    return _formulario(request, form, destino)


def _formulario(request: HttpRequest, form: DestinoForm, destino: DestinoDeWebhook | None) -> HttpResponse:
    trilha = [do_destino(destino), {"nome": "Mudar"}] if destino else [{"nome": "Novo"}]
    contexto = {"form": form, "destino": destino, "catalogo": CATALOGO, "migalhas": migalhas(*trilha)}
    return render(request, "webhooks/formulario.html", contexto, status=422 if form.errors else 200)


def _guardar_para_mostrar(request: HttpRequest, destino: DestinoDeWebhook, segredo: str) -> None:
    """Espera na sessão de quem o criou pela próxima página do destino; o que se guarda não permite relê-lo."""
    request.session[SEGREDO] = {"destino": destino.pk, "segredo": segredo}


def _segredo_a_mostrar(request: HttpRequest, destino: DestinoDeWebhook) -> str:
    """Mostrado uma vez só, logo depois de criado ou trocado."""
    guardado = request.session.get(SEGREDO) or {}
    if guardado.get("destino") != destino.pk:
        return ""
    del request.session[SEGREDO]
    return str(guardado["segredo"])


# ── O destino e o registro dele ──────────────────────────────────────────────


@require_safe
@exige(Permissao.GERIR_WEBHOOKS)
def destino(request: HttpRequest, pk: int) -> HttpResponse:
    achado = destino_visivel(request, pk)
    estado, evento = request.GET.get("estado", ""), request.GET.get("evento", "")
    entregas = achado.entregas.filter(evento=evento) if evento in NOMES else achado.entregas.all()
    abas = _abas(entregas, estado, evento)
    if estado in EstadoDaEntrega.values:
        entregas = entregas.filter(estado=estado)
    pagina = Paginator(entregas.defer("corpo").order_by("-id"), POR_PAGINA).get_page(
        request.GET.get("pagina")
    )
    agora = timezone.now()
    contexto = {
        "destino": achado,
        "pagina": pagina,
        "linhas": [(e, NOMES.get(e.evento, e.evento), TONS.get(e.estado, "neutro")) for e in pagina],
        "abas": abas,
        "eventos": [NOMES.get(nome, nome) for nome in achado.eventos],
        "evento": evento,
        "estado": estado,
        "escolhas": NOMES.items(),
        "segredo": _segredo_a_mostrar(request, achado),
        "em_troca": bool(achado.segredo_anterior_ate and achado.segredo_anterior_ate > agora),
        "descansa": bool(achado.descansa_ate and achado.descansa_ate > agora),
        "migalhas": migalhas({"nome": achado.nome}),
    }
    resposta = render(request, "webhooks/destino.html", contexto)
    add_never_cache_headers(resposta)  # pode levar um segredo
    return resposta


def _abas(entregas: Any, atual: str, evento: str) -> list[dict[str, Any]]:
    contagens = dict(entregas.order_by().values_list("estado").annotate(Count("pk")))
    abas = [{"rotulo": "Todas", "estado": "", "quantidade": sum(contagens.values())}]
    abas += [
        {"rotulo": rotulo, "estado": estado.value, "quantidade": contagens.get(estado.value, 0)}
        for estado, rotulo in PLURAIS.items()
    ]
    for aba in abas:
        filtros = [f"{n}={v}" for n, v in (("estado", aba["estado"]), ("evento", evento)) if v]
        aba |= {"url": f"?{'&'.join(filtros)}", "atual": aba["estado"] == atual}
    return [aba for aba in abas if aba["quantidade"] or aba["atual"] or not aba["estado"]]


@require_safe
@exige(Permissao.GERIR_WEBHOOKS)
def entrega(request: HttpRequest, pk: int, entrega_pk: int) -> HttpResponse:
    """O corpo que foi mandado e cada tentativa."""
    achado = destino_visivel(request, pk)
    feita: EntregaDeWebhook = get_object_or_404(achado.entregas, pk=entrega_pk)
    contexto = {
        "destino": achado,
        "entrega": feita,
        "tom": TONS.get(feita.estado, "neutro"),
        "nome": NOMES.get(feita.evento, feita.evento),
        "tentativas": feita.registro.all()[:POR_PAGINA],
        "repetivel": feita.estado in destinos.REPETIVEIS,
        "migalhas": migalhas(do_destino(achado), {"nome": NOMES.get(feita.evento, feita.evento)}),
    }
    return render(request, "webhooks/entrega.html", contexto)


# ── Gestos ───────────────────────────────────────────────────────────────────


@require_POST
@exige(Permissao.GERIR_WEBHOOKS)
def testar(request: HttpRequest, pk: int) -> HttpResponse:
    """Manda já, e conta o que o outro lado respondeu."""
    achado = destino_visivel(request, pk)
    feita = entregar_uma(destinos.preparar_teste(destino=achado, por=request.user))
    if feita.estado == EstadoDaEntrega.ENTREGUE:
        messages.success(request, f"{achado.nome} recebeu o teste.")
    else:
        messages.error(request, f"O teste não foi aceito: {feita.erro}")
    return redirect("webhooks:entrega", pk=pk, entrega_pk=feita.pk)


@require_POST
@exige(Permissao.GERIR_WEBHOOKS)
def pausa(request: HttpRequest, pk: int) -> HttpResponse:
    """O próprio botão desfaz."""
    achado = destino_visivel(request, pk)
    if request.POST.get("pausar") == "sim":
        destinos.pausar(destino=achado, por=request.user)
        messages.success(request, "Em pausa: o que acontecer espera aqui até você retomar.")
    else:
        destinos.retomar(destino=achado, por=request.user)
        tocar(webhooks_task)
        messages.success(request, "De volta: o que esperava sai em instantes.")
    return redirect("webhooks:destino", pk=pk)


@require_http_methods(["GET", "POST"])
@exige(Permissao.GERIR_WEBHOOKS)
def segredo(request: HttpRequest, pk: int) -> HttpResponse:
    """GET pergunta; POST troca, ou encerra uma troca em curso."""
    achado = destino_visivel(request, pk)
    if request.method != "POST":
        trilha = migalhas(do_destino(achado), {"nome": "Trocar o segredo"})
        return render(request, "webhooks/segredo.html", {"destino": achado, "migalhas": trilha})
    if request.POST.get("encerrar") == "sim":
        destinos.encerrar_troca(destino=achado, por=request.user)
        messages.success(request, "Só o segredo novo assina a partir de agora.")
    else:
        _guardar_para_mostrar(request, achado, destinos.trocar_segredo(destino=achado, por=request.user))
        messages.success(request, "Segredo trocado. Copie o novo: por 48 horas os dois assinam.")
    return redirect("webhooks:destino", pk=pk)


@require_http_methods(["GET", "POST"])
@exige(Permissao.GERIR_WEBHOOKS)
def apagar(request: HttpRequest, pk: int) -> HttpResponse:
    achado = destino_visivel(request, pk)
    if request.method == "POST":
        destinos.apagar(destino=achado, por=request.user)
        messages.success(request, f"{achado.nome} foi apagado.")
        return redirect("webhooks:lista")
    contexto = {
        "destino": achado,
        "entregas": achado.entregas.count(),
        "migalhas": migalhas(do_destino(achado), {"nome": "Apagar"}),
    }
    return render(request, "webhooks/apagar.html", contexto)


urlpatterns = [
    path("", lista, name="lista"),
    path("novo/", novo, name="novo"),
    path("<int:pk>/", destino, name="destino"),
    path("<int:pk>/editar/", editar, name="editar"),
    path("<int:pk>/testar/", testar, name="testar"),
    path("<int:pk>/pausa/", pausa, name="pausa"),
    path("<int:pk>/segredo/", segredo, name="segredo"),
    path("<int:pk>/apagar/", apagar, name="apagar"),
    path("<int:pk>/entregas/<int:entrega_pk>/", entrega, name="entrega"),
]
