"""Trocas sugeridas: cada uma diz por quê; aceitar leva à prévia da transferência, dispensar pede o motivo."""

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_POST

from atividade.sugestoes_de_carteira import (
    Sugestao,
    dispensadas_ao_alcance,
    dispensadas_para,
    dispensar,
    mudar_descanso,
    sem_regra,
    sugestoes_para,
)
from carteira.formatos import numero, plural
from carteira.ids import id_de, ids_de
from carteira.web.acesso import exige
from carteira.web.formularios_de_carteira import MotivoForm
from carteira.web.lugares_das_carteiras import abas
from carteira.web.voltas import PrazoPassado, bilhete, dizer, do_bilhete, passou
from clientes.models import OrigemDaTroca
from contas.papeis import Permissao, pode

POR_PAGINA = 100  # o que cabe num endereço


@exige(Permissao.REATRIBUIR)
def sugestoes(request: HttpRequest) -> HttpResponse:
    hoje = timezone.localdate()
    contexto = {
        "abas": abas(request, "sugestoes"),
        "sugestoes": sugestoes_para(request.user, hoje),
        "sem_regra": sem_regra(request.user),
        "pode_gerir": pode(request.user, Permissao.GERIR_PESSOAS),
        "dispensadas": dispensadas_para(request.user, hoje).count(),
    }
    return render(request, "carteiras/sugestoes.html", contexto)


@exige(Permissao.REATRIBUIR)
def sugestao(request: HttpRequest, chave: str) -> HttpResponse:
    """Os clientes de uma sugestão, marcados: desmarca-se, aceita-se ou dispensa-se."""
    achada = next((s for s in sugestoes_para(request.user, timezone.localdate()) if s.chave == chave), None)
    if achada is None:
        raise Http404
    form = MotivoForm(request.POST if request.POST.get("acao") == "dispensar" else None)
    if request.method == "POST":
        ids = ids_de(request.POST.getlist("cliente"))
        if not ids and not (form.is_bound and achada.vendedor):
            messages.error(request, "Marque ao menos um cliente.")
        elif not form.is_bound:
            return redirect(_a_previa(achada, ids))
        elif form.is_valid():
            return _dispensar(request, achada, ids, form.cleaned_data["motivo"])
    clientes = achada.clientes.select_related("cliente", "segmento", "vendedor")
    contexto = {
        "abas": abas(request, "sugestoes"),
        "sugestao": achada,
        "pagina": Paginator(clientes, POR_PAGINA).get_page(request.GET.get("pagina")),
        "form": form,
    }
    return render(request, "carteiras/sugestao.html", contexto, status=422 if form.errors else 200)


def _a_previa(achada: Sugestao, ids: list[int]) -> str:
    """A transferência já escolhida, para conferir antes de gravar."""
    consulta = QueryDict(mutable=True)
    consulta.setlist("cliente", [str(pk) for pk in ids])
    consulta.setlist("para", [str(d.pk) for d in achada.destinos])
    consulta.update({"origem": OrigemDaTroca.SUGESTAO, "motivo": achada.motivo})
    return f"{reverse('carteiras:transferir')}?{consulta.urlencode()}"


def _dispensar(request: HttpRequest, achada: Sugestao, ids: list[int], motivo: str) -> HttpResponse:
    n = dispensar(sugestao=achada, clientes=ids, motivo=motivo, por=request.user, hoje=timezone.localdate())
    if achada.vendedor:
        messages.success(request, f"A carteira de {achada.vendedor.nome} não volta a ser sugerida tão cedo.")
    else:
        texto = plural(n, "sugestão dispensada,sugestões dispensadas")
        messages.success(request, f"{numero(n)} {texto}; não voltam tão cedo.")
    return redirect("carteiras:sugestoes")


# ── As dispensadas ───────────────────────────────────────────────────────────


@exige(Permissao.REATRIBUIR)
def dispensadas(request: HttpRequest) -> HttpResponse:
    """Quais descansam, por quem, desde quando e por quê; a que volta antes é a primeira."""
    hoje = timezone.localdate()
    descansam = dispensadas_para(request.user, hoje).select_related("cliente", "vendedor", "por")
    contexto = {
        "abas": abas(request, "sugestoes"),
        "pagina": Paginator(descansam.order_by("ate", "-em", "pk"), POR_PAGINA).get_page(
            request.GET.get("pagina")
        ),
    }
    return render(request, "carteiras/dispensadas.html", contexto)


@require_POST
@exige(Permissao.REATRIBUIR)
def trazer_de_volta(request: HttpRequest) -> HttpResponse:
    """A sugestão deixa de descansar hoje; volta a aparecer se ainda fizer sentido."""
    hoje = timezone.localdate()
    alcance = dispensadas_para(request.user, hoje).select_related("cliente", "vendedor")
    achada = get_object_or_404(alcance, pk=id_de(request.POST.get("dispensada", "")) or 0)
    ate = achada.ate
    if mudar_descanso(dispensada=achada, ate=hoje, por=request.user, hoje=hoje):
        vale = bilhete(request, "dispensada", [achada.pk, ate.isoformat()])
        dizer(
            request,
            f"{achada.cliente or achada.vendedor} volta a ser sugerido se ainda fizer sentido.",
            desfazer=f"{reverse('carteiras:dispensar_de_novo')}?vale={vale}",
        )
    return redirect("carteiras:dispensadas")


@require_POST
@exige(Permissao.REATRIBUIR)
def dispensar_de_novo(request: HttpRequest) -> HttpResponse:
    """Desfaz o `trazer_de_volta`: descansa até o dia de antes."""
    hoje, destino = timezone.localdate(), reverse("carteiras:dispensadas")
    try:
        pk, ate = do_bilhete(request, "dispensada", request.GET.get("vale", ""))
    except PrazoPassado:
        return passou(request, destino)
    alcance = dispensadas_ao_alcance(request.user, hoje)
    dispensada, dia = get_object_or_404(alcance, pk=pk), parse_date(ate)
    if dia is None:
        raise BadRequest("Este desfazer já não vale.")
    if mudar_descanso(dispensada=dispensada, ate=dia, por=request.user, hoje=hoje):
        messages.success(request, f"Dispensada de novo, até {dia:%d/%m/%Y}.")
    else:
        messages.info(request, "Nada a desfazer.")
    return redirect(destino)


urlpatterns = [
    path("sugestoes/", sugestoes, name="sugestoes"),
    path("sugestoes/dispensadas/", dispensadas, name="dispensadas"),
    path("sugestoes/dispensadas/voltar/", trazer_de_volta, name="trazer_de_volta"),
    path("sugestoes/dispensadas/desfazer/", dispensar_de_novo, name="dispensar_de_novo"),
    path("sugestoes/<slug:chave>/", sugestao, name="sugestao"),
]
