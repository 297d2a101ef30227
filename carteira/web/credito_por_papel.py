"""Quem vê score e restrições: a decisão por papel, com quem ganha e quem perde à vista antes de gravar."""

from itertools import pairwise
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_POST, require_safe

from carteira.ids import inteiro_entre
from carteira.web.acesso import exige
from carteira.web.niveis import administra_tudo
from contas import credito_por_papel as decisoes
from contas.models import PAPEIS_DECIDIDOS, CreditoPorPapel
from contas.papeis import Permissao
from contas.pessoas import pessoas_geridas_por

MUDANCAS_NA_TELA, NOMES_NA_TELA = 20, 50


class PapeisForm(forms.Form):
    papeis = forms.MultipleChoiceField(
        label="Veem score e restrições",
        choices=[(p.value, p.label) for p in PAPEIS_DECIDIDOS],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="O administrador sempre vê. Quem tem decisão própria no cadastro fica com ela.",
    )


class DecisaoForm(PapeisForm):
    motivo = forms.CharField(
        label="Motivo",
        max_length=200,
        help_text="Fica no histórico.",
        error_messages={"required": "Diga por que muda: fica no histórico."},
    )


def _exige_tudo(request: HttpRequest) -> None:
    """Papel não é de uma empresa: quem o decide administra todas."""
    if not administra_tudo(request.user):
        raise PermissionDenied("Quem vê score e restrições decide quem administra todas as empresas.")


@exige(Permissao.ADMINISTRAR_INSTALACAO)
def pagina(request: HttpRequest) -> HttpResponse:
    """A decisão em vigor, a história dela e, no POST, outra."""
    _exige_tudo(request)
    ultima = decisoes.ultima()
    if request.method == "POST":
        form = DecisaoForm(request.POST)
        if form.is_valid() and _decidida(request, form):
            return redirect("pessoas:credito")
    else:
        # O botão da prévia, sem JavaScript, diz que é ele: um elo qualquer não marca nem desmarca papéis.
        da_previa = request.GET.get("ver") == "previa"
        atuais = sorted(decisoes.papeis_de(ultima))
        form = DecisaoForm(initial={"papeis": request.GET.getlist("papeis") if da_previa else atuais})
    excecoes = decisoes.com_decisao_propria(pessoas_geridas_por(request.user))
    contexto = {
        "form": form,
        "vista": ultima.pk if ultima else "",
        "em_vigor": decisoes.por_extenso(decisoes.papeis_de(ultima)),
        "historia": _historia(),
        "excecoes": excecoes.order_by("nome_chave", "pk")[:NOMES_NA_TELA],
        "restantes": max(excecoes.count() - NOMES_NA_TELA, 0),
        **_previa(form["papeis"].value() or ()),
    }
    return render(request, "pessoas/credito.html", contexto, status=422 if form.is_bound else 200)


def _decidida(request: HttpRequest, form: DecisaoForm) -> bool:
    dados = form.cleaned_data
    try:
        mudou = decisoes.mudar(
            papeis=dados["papeis"], vista=_vista(request), por=request.user, motivo=dados["motivo"]
        )
    except decisoes.Recusada as recusa:
        form.add_error(None, str(recusa))
        return False
    messages.success(request, "Guardado: já vale para todos." if mudou else "Nada mudou.")
    return True


def _vista(request: HttpRequest) -> int | None:
    """A decisão que estava à frente de quem enviou; vazia é a de partida, e o que não é número não é nenhuma."""
    dita = request.POST.get("vista", "")
    return inteiro_entre(dita, 1, 2**63 - 1) or -1 if dita else None


def _historia() -> list[dict[str, Any]]:
    """Da mais nova à mais antiga, cada uma com a que ela trocou."""
    linhas = list(CreditoPorPapel.objects.select_related("por")[: MUDANCAS_NA_TELA + 1])
    return [
        {
            "decisao": decisao,
            "antes": decisoes.por_extenso(decisoes.papeis_de(anterior)),
            "depois": decisoes.por_extenso(decisao.papeis),
            "ultima": n == 0,
        }
        for n, (decisao, anterior) in enumerate(pairwise([*linhas, None]))
    ][:MUDANCAS_NA_TELA]


def _previa(papeis: Any) -> dict[str, Any]:
    previa = decisoes.prever([p.value for p in PAPEIS_DECIDIDOS if p in papeis])
    return {
        "previa": previa,
        "lados": [
            (titulo, lado[:NOMES_NA_TELA], max(len(lado) - NOMES_NA_TELA, 0))
            for titulo, lado in (("Passam a ver", previa.ganham), ("Deixam de ver", previa.perdem))
            if lado
        ],
    }


@require_safe
@exige(Permissao.ADMINISTRAR_INSTALACAO)
def previa(request: HttpRequest) -> HttpResponse:
    """O pedaço que acompanha as caixas; nada se grava."""
    _exige_tudo(request)
    return render(request, "pessoas/_previa_do_credito.html", _previa(request.GET.getlist("papeis")))


@require_POST
@exige(Permissao.ADMINISTRAR_INSTALACAO)
def desfazer(request: HttpRequest) -> HttpResponse:
    _exige_tudo(request)
    try:
        decisao = decisoes.desfazer(vista=_vista(request), por=request.user)
    except decisoes.Recusada as recusa:
        messages.error(request, str(recusa))
    else:
        messages.success(request, f"Voltou ao que era: {decisoes.por_extenso(decisao.papeis)}.")
    return redirect("pessoas:credito")


urlpatterns = [
    path("credito/", pagina, name="credito"),
    path("credito/previa/", previa, name="credito_previa"),
    path("credito/desfazer/", desfazer, name="credito_desfazer"),
]
