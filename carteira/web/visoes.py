"""As visões salvas da lista: guardar, abrir, mudar, apagar e escolher a padrão."""

import json
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from carteira.selecao import texto_da_consulta
from carteira.web.acesso import exige
from carteira.web.estado_da_lista import com, mesma
from clientes.models import Visao
from clientes.visoes import (
    VisaoInvalida,
    apagar,
    atualizar,
    equipes_em_que_publica,
    renomear,
    restaurar,
    salvar,
    tornar_padrao,
)
from contas.models import Equipe
from contas.papeis import Permissao

NAS_ABAS = 5


class VisaoForm(forms.Form):
    """O nome e, para quem gere equipes, quem a vê."""

    nome = forms.CharField(label="Nome", max_length=60, error_messages={"required": "Dê um nome à visão."})
    equipe = forms.ModelChoiceField(
        label="Quem vê", queryset=Equipe.objects.none(), required=False, empty_label="Só eu"
    )
    consulta = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, equipes: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if equipes:
            self.fields["equipe"].queryset = equipes  # type: ignore[attr-defined]
            self.fields["equipe"].label_from_instance = lambda e: f"A equipe {e}"  # type: ignore[attr-defined]
        else:
            del self.fields["equipe"]


# ── Na lista ─────────────────────────────────────────────────────────────────


def url_da_visao(visao: Visao) -> str:
    """A lista da visão inteira na URL, e de qual visão ela veio."""
    return f"?{visao.consulta}{'&' if visao.consulta else ''}visao={visao.pk}"


def contexto_das_visoes(request: HttpRequest, guardadas: list[Visao], consulta: str) -> dict[str, Any]:
    """As abas: as minhas antes das da equipe; a atual nunca fica escondida no menu."""
    aberta = next((v for v in guardadas if str(v.pk) == request.GET.get("visao")), None)
    em_ordem = sorted(guardadas, key=lambda v: v.dono_id != request.user.pk)
    abas = em_ordem[:NAS_ABAS]
    if aberta is not None and aberta not in abas:
        abas = [*abas[:-1], aberta]
    return {
        "visoes": [_aba(v, aberta) for v in abas],
        "mais_visoes": [_aba(v, aberta) for v in em_ordem if v not in abas],
        "visao": aberta,
        "visao_mudou": aberta is not None and not mesma(aberta.consulta, consulta),
        "visao_e_minha": aberta is not None and aberta.dono_id == request.user.pk,
        "url_sem_visao": _sem_visao(guardadas),
    }


def _aba(visao: Visao, aberta: Visao | None) -> dict[str, Any]:
    return {"visao": visao, "url": url_da_visao(visao), "atual": visao == aberta}


def _sem_visao(guardadas: list[Visao]) -> str:
    """A lista de sempre; quem tem padrão precisa dizê-lo na URL."""
    return "?visao=0" if any(v.padrao for v in guardadas) else "?"  # type: ignore[attr-defined]


# ── Os gestos ────────────────────────────────────────────────────────────────


@require_http_methods(["GET", "POST"])
@exige(Permissao.VER_CLIENTES)
def nova(request: HttpRequest) -> HttpResponse:
    """Guarda a lista como está na tela."""
    form = _formulario(request, {"consulta": request.GET.get("consulta", "")})
    if request.method == "POST" and form.is_valid():
        try:
            visao = salvar(
                dono=request.user,
                nome=form.cleaned_data["nome"],
                consulta=texto_da_consulta(form.cleaned_data["consulta"]),
                equipe=form.cleaned_data.get("equipe"),
            )
        except VisaoInvalida as recusa:
            form.add_error("nome", str(recusa))
        else:
            return _voltar(request, f"Visão “{visao}” salva.", url_da_visao(visao))
    return _mostrar(request, form, "Salvar visão", "Salvar")


@require_http_methods(["GET", "POST"])
@exige(Permissao.VER_CLIENTES)
def editar(request: HttpRequest, pk: int) -> HttpResponse:
    visao = _minha(request, pk)
    form = _formulario(request, {"nome": visao.nome, "equipe": visao.equipe})
    if request.method == "POST" and form.is_valid():
        try:
            mudou = renomear(
                visao=visao, nome=form.cleaned_data["nome"], equipe=form.cleaned_data.get("equipe")
            )
        except VisaoInvalida as recusa:
            form.add_error("nome", str(recusa))
        else:
            return _voltar(
                request, f"Visão “{visao}” salva." if mudou else "Nada mudou.", url_da_visao(visao)
            )
    return _mostrar(request, form, "Renomear visão", "Salvar")


@require_POST
@exige(Permissao.VER_CLIENTES)
def atualizacao(request: HttpRequest, pk: int) -> HttpResponse:
    """A visão passa a ser a lista que está na tela."""
    visao = _minha(request, pk)
    try:
        atualizar(visao=visao, consulta=texto_da_consulta(request.POST.get("consulta", "")))
    except VisaoInvalida as recusa:
        raise PermissionDenied(str(recusa)) from recusa
    return _voltar(request, f"Visão “{visao}” atualizada.", url_da_visao(visao))


@require_POST
@exige(Permissao.VER_CLIENTES)
def exclusao(request: HttpRequest, pk: int) -> HttpResponse:
    visao = _minha(request, pk)
    apagar(visao=visao)
    consulta = QueryDict(visao.consulta)
    desfazer = reverse("clientes:visao_restaurar", args=[pk])
    return _voltar(request, f"Visão “{visao}” apagada.", com(consulta, visao="0"), desfazer=desfazer)


@require_POST
@exige(Permissao.VER_CLIENTES)
def volta(request: HttpRequest, pk: int) -> HttpResponse:
    """Desfaz o apagar, enquanto ninguém a esqueceu."""
    visao = get_object_or_404(Visao, pk=pk, dono=request.user)
    restaurar(visao=visao)
    return _voltar(request, f"Visão “{visao}” de volta.", url_da_visao(visao))


@require_POST
@exige(Permissao.VER_CLIENTES)
def padrao(request: HttpRequest, pk: int) -> HttpResponse:
    """A visão com que a lista abre; a de equipe também serve, e o mesmo botão desfaz."""
    visao = get_object_or_404(Visao.objects.visiveis_para(request.user), pk=pk)
    sim = request.POST.get("padrao", "sim") == "sim"
    tornar_padrao(usuario=request.user, visao=visao if sim else None)
    texto = f"A lista passa a abrir em “{visao}”." if sim else "A lista volta a abrir inteira."
    return _voltar(request, texto, url_da_visao(visao))


def _minha(request: HttpRequest, pk: int) -> Visao:
    """A visão, para mudar: a que não se vê é 404; a da equipe que é de outra pessoa, 403."""
    visao: Visao = get_object_or_404(
        Visao.objects.visiveis_para(request.user).select_related("dono", "equipe"), pk=pk
    )
    if visao.dono != request.user:
        raise PermissionDenied(f"Só {visao.dono.nome} muda esta visão.")
    return visao


def _formulario(request: HttpRequest, iniciais: dict[str, Any]) -> VisaoForm:
    dados = request.POST if request.method == "POST" else None
    return VisaoForm(dados, equipes=equipes_em_que_publica(request.user), initial=iniciais)


def _mostrar(request: HttpRequest, form: VisaoForm, titulo: str, rotulo: str) -> HttpResponse:
    modelo = "clientes/visao_dialogo.html" if request.htmx else "clientes/visao.html"
    contexto = {"form": form, "titulo": titulo, "rotulo": rotulo, "acao": request.path}
    return render(request, modelo, contexto, status=422 if form.is_bound else 200)


def _voltar(request: HttpRequest, texto: str, consulta: str, *, desfazer: str = "") -> HttpResponse:
    """De volta à lista na visão; com htmx só a lista se troca, e o aviso traz a volta."""
    destino = f"{reverse('clientes:lista')}{consulta}"
    if not request.htmx:
        messages.success(request, texto)
        return redirect(destino)
    resposta = HttpResponse(status=204)
    aviso = {"texto": texto, **({"desfazer": desfazer} if desfazer else {})}
    trigger_client_event(resposta, "avisar", aviso)
    trigger_client_event(resposta, "fecharDialogo", {})
    resposta["HX-Location"] = json.dumps({"path": destino, "target": "#lista", "swap": "outerHTML"})
    return resposta


urlpatterns = [
    path("visoes/nova/", nova, name="visao_nova"),
    path("visoes/<int:pk>/", editar, name="visao"),
    path("visoes/<int:pk>/atualizar/", atualizacao, name="visao_atualizar"),
    path("visoes/<int:pk>/apagar/", exclusao, name="visao_apagar"),
    path("visoes/<int:pk>/restaurar/", volta, name="visao_restaurar"),
    path("visoes/<int:pk>/padrao/", padrao, name="visao_padrao"),
]
