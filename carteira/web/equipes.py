"""Equipes: nome, quem gere, quem faz parte e desde quando."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.contrib import messages
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_POST

from carteira.web.acesso import exige
from carteira.web.formularios_de_pessoa import EquipeForm, MembroForm
from carteira.web.uma_por_vez import uma_por_vez
from clientes.carteiras import mudar_de_equipe
from clientes.models import Cliente
from contas.equipes import excluir_equipe, salvar_equipe
from contas.models import Equipe, MembroDeEquipe, Papel, Usuario
from contas.papeis import Permissao
from contas.pessoas import Recusada, pessoas_geridas_por


@exige(Permissao.GERIR_PESSOAS)
def lista(request: HttpRequest) -> HttpResponse:
    hoje = timezone.localdate()
    pessoas, clientes = pessoas_geridas_por(request.user), _clientes(request, equipe=OuterRef("pk"))
    clientes = clientes.values("equipe")
    equipes = (
        Equipe.objects.annotate(
            membros=Count(
                "participacoes",
                filter=Q(participacoes__periodo__contains=hoje, participacoes__usuario__in=pessoas),
                distinct=True,
            ),
            carteira=Subquery(clientes.annotate(n=Count("pk")).values("n")),
            sem_vendedor=Subquery(clientes.filter(vendedor__isnull=True).annotate(n=Count("pk")).values("n")),
        )
        .prefetch_related("gestores")
        .order_by("nome")
    )
    return render(request, "equipes/lista.html", {"equipes": equipes})


def _clientes(request: HttpRequest, **quais: Any) -> QuerySet[Cliente]:
    """Equipes são da instalação; os clientes contados são os das empresas do administrador."""
    visiveis = Cliente.objects.visiveis_para(request.user)
    return visiveis.filter(encerrado_em__isnull=True, **quais).order_by()


def _gestores(request: HttpRequest) -> QuerySet[Usuario]:
    return (
        pessoas_geridas_por(request.user)
        .filter(papel=Papel.GESTOR, is_active=True)
        .order_by("nome_chave", "pk")
    )


def _gestores_de_fora(request: HttpRequest, equipe: Equipe | None) -> Iterable[Usuario]:
    """Quem o administrador não gere não está no formulário dele, e continua gerindo a equipe."""
    return equipe.gestores.exclude(pk__in=pessoas_geridas_por(request.user)) if equipe else ()


@exige(Permissao.GERIR_PESSOAS)
def nova(request: HttpRequest) -> HttpResponse:
    return _salvar(request, None)


@exige(Permissao.GERIR_PESSOAS)
@uma_por_vez(Equipe)
def editar(request: HttpRequest, pk: int) -> HttpResponse:
    return _salvar(request, get_object_or_404(Equipe, pk=pk))


def _salvar(request: HttpRequest, equipe: Equipe | None) -> HttpResponse:
    iniciais = {"nome": equipe.nome, "gestores": equipe.gestores.all()} if equipe else {}
    form = EquipeForm(
        request.POST if request.method == "POST" else None,
        gestores=_gestores(request),
        equipe=equipe,
        initial=iniciais,
    )
    if request.method == "POST" and form.is_valid():
        try:
            escolhidos = [*form.cleaned_data["gestores"], *_gestores_de_fora(request, equipe)]
            salva = salvar_equipe(
                equipe=equipe, nome=form.cleaned_data["nome"], gestores=escolhidos, por=request.user
            )
        except Recusada as recusa:
            form.add_error("nome", str(recusa))
        else:
            messages.success(request, "Equipe salva.")
            return redirect("equipes:editar", pk=salva.pk)
    return _formulario(request, form, equipe)


def _formulario(
    request: HttpRequest, form: EquipeForm, equipe: Equipe | None, membro: MembroForm | None = None
) -> HttpResponse:
    hoje = timezone.localdate()
    contexto: dict[str, Any] = {"form": form, "equipe": equipe}
    if equipe:
        contexto |= {
            "membros": _membros(request, equipe, hoje),
            "membro": membro
            or MembroForm(pessoas=_de_fora(request, equipe, hoje), hoje=hoje, initial={"desde": hoje}),
            "nunca_serviu": not equipe.participacoes.exists() and not equipe.clientes.exists(),
        }
    invalido = form.errors or (membro and membro.errors)
    return render(request, "equipes/formulario.html", contexto, status=422 if invalido else 200)


def _membros(request: HttpRequest, equipe: Equipe, hoje: date) -> QuerySet[MembroDeEquipe]:
    clientes = _clientes(request, vendedor=OuterRef("usuario"))
    pessoas = pessoas_geridas_por(request.user)
    return (
        MembroDeEquipe.objects.filter(equipe=equipe, periodo__contains=hoje, usuario__in=pessoas)
        .select_related("usuario")
        .annotate(carteira=Subquery(clientes.values("vendedor").annotate(n=Count("pk")).values("n")))
        .order_by("usuario__nome_chave", "usuario_id")
    )


def _de_fora(request: HttpRequest, equipe: Equipe, hoje: date) -> QuerySet[Usuario]:
    dentro = MembroDeEquipe.objects.filter(equipe=equipe, periodo__contains=hoje).values("usuario")
    vendedores = pessoas_geridas_por(request.user).filter(papel=Papel.VENDEDOR, is_active=True)
    return vendedores.exclude(pk__in=dentro).order_by("nome_chave", "pk")


@require_POST
@exige(Permissao.GERIR_PESSOAS)
def incluir(request: HttpRequest, pk: int) -> HttpResponse:
    """A carteira do vendedor entra na equipe junto com ele."""
    equipe, hoje = get_object_or_404(Equipe, pk=pk), timezone.localdate()
    membro = MembroForm(request.POST, pessoas=_de_fora(request, equipe, hoje), hoje=hoje)
    if membro.is_valid():
        pessoa = membro.cleaned_data["pessoa"]
        mudar_de_equipe(pessoa=pessoa, equipe=equipe, em=membro.cleaned_data["desde"], por=request.user)
        messages.success(request, f"{pessoa.nome} faz parte da equipe {equipe.nome}.")
        return redirect("equipes:editar", pk=pk)
    form = EquipeForm(
        gestores=_gestores(request),
        equipe=equipe,
        initial={"nome": equipe.nome, "gestores": equipe.gestores.all()},
    )
    return _formulario(request, form, equipe, membro)


@require_POST
@exige(Permissao.GERIR_PESSOAS)
def tirar(request: HttpRequest, pk: int, pessoa: int) -> HttpResponse:
    equipe, hoje = get_object_or_404(Equipe, pk=pk), timezone.localdate()
    membro = get_object_or_404(
        MembroDeEquipe,
        equipe=equipe,
        periodo__contains=hoje,
        usuario__in=pessoas_geridas_por(request.user).filter(pk=pessoa),
    )
    mudar_de_equipe(pessoa=membro.usuario, equipe=None, em=hoje, por=request.user)
    messages.success(request, f"{membro.usuario.nome} não faz mais parte da equipe {equipe.nome}.")
    return redirect("equipes:editar", pk=pk)


@require_POST
@exige(Permissao.GERIR_PESSOAS)
def excluir(request: HttpRequest, pk: int) -> HttpResponse:
    equipe = get_object_or_404(Equipe, pk=pk)
    try:
        excluir_equipe(equipe=equipe, por=request.user)
    except Recusada as recusa:
        messages.error(request, str(recusa))
        return redirect("equipes:editar", pk=pk)
    messages.success(request, f"Equipe {equipe.nome} excluída.")
    return redirect("equipes:lista")


urlpatterns = [
    path("", lista, name="lista"),
    path("nova/", nova, name="nova"),
    path("<int:pk>/", editar, name="editar"),
    path("<int:pk>/membros/", incluir, name="incluir"),
    path("<int:pk>/membros/<int:pessoa>/tirar/", tirar, name="tirar"),
    path("<int:pk>/excluir/", excluir, name="excluir"),
]
