"""Trocas sugeridas: cada uma diz por quê; aceitar leva à prévia da transferência, dispensar pede o motivo."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone

from atividade.sugestoes_de_carteira import Sugestao, dispensar, sem_regra, sugestoes_para
from carteira.formatos import numero, plural
from carteira.ids import ids_de
from carteira.web.acesso import exige
from carteira.web.formularios_de_carteira import MotivoForm
from carteira.web.lugares_das_carteiras import abas
from clientes.models import Cliente, OrigemDaTroca, SugestaoDispensada
from contas.equipes import vendedores_geridos
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
        "dispensadas": _dispensadas(request).count(),
    }
    return render(request, "carteiras/sugestoes.html", contexto)


def _dispensadas(request: HttpRequest) -> Any:
    """As que ainda descansam, dos clientes e dos vendedores ao alcance da pessoa."""
    hoje = timezone.localdate()
    ao_alcance = Q(cliente__in=Cliente.objects.visiveis_para(request.user).values("pk")) | Q(
        vendedor__in=vendedores_geridos(request.user, hoje).values("pk")
    )
    return SugestaoDispensada.objects.filter(ao_alcance, ate__gt=hoje)


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


urlpatterns = [
    path("sugestoes/", sugestoes, name="sugestoes"),
    path("sugestoes/<slug:chave>/", sugestao, name="sugestao"),
]
