"""Endereços devolvidos: ver, registrar à mão ou por arquivo, liberar."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from carteira.formatos import numero, plural
from carteira.web.acesso import destino_seguro, exige
from carteira.web.mensagens import administra_os_limites, migalhas, visivel
from contas.papeis import Permissao
from notificacoes.arquivos_de_devolucao import ArquivoIlegivel, ler
from notificacoes.devolucoes import (
    Devolvido,
    Resultado,
    liberar,
    registrar,
    registrar_da_mensagem,
    visiveis_para,
)
from notificacoes.models import OrigemDaDevolucao

POR_PAGINA = 50
TAMANHO_MAXIMO = 4 * 2**20


class DevolucaoForm(forms.Form):
    endereco = forms.EmailField(label="Endereço", max_length=254)
    motivo = forms.CharField(
        label="Motivo",
        max_length=300,
        required=False,
        help_text="O que dizia a devolução: caixa inexistente…",
    )


class MotivoForm(forms.Form):
    motivo = DevolucaoForm.base_fields["motivo"]


class ArquivoForm(forms.Form):
    arquivo = forms.FileField(
        label="Arquivo",
        help_text="CSV com as colunas endereco;motivo, ou o aviso de devolução salvo como .eml. Até 4 MB.",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,.eml"}),
    )

    def clean_arquivo(self) -> Any:
        arquivo = self.cleaned_data["arquivo"]
        if arquivo.size > TAMANHO_MAXIMO:
            raise forms.ValidationError("O arquivo passa de 4 MB: divida-o.")
        try:
            self.devolvidos, self.e_aviso = ler(arquivo.name, arquivo.read())
        except ArquivoIlegivel as erro:
            raise forms.ValidationError(str(erro)) from erro
        return arquivo


@require_safe
@exige(Permissao.VER_MENSAGENS)
def lista(request: HttpRequest) -> HttpResponse:
    """Os suspensos de agora; com `ver=liberados`, os que já voltaram a receber."""
    q, liberados = request.GET.get("q", "").strip(), request.GET.get("ver") == "liberados"
    devolucoes = visiveis_para(request.user).filter(liberada_em__isnull=not liberados)
    if q:
        devolucoes = devolucoes.filter(endereco__contains=q.lower())
    pagina = Paginator(devolucoes, POR_PAGINA).get_page(request.GET.get("pagina"))
    contexto = {
        "pagina": pagina,
        "q": q,
        "liberados": liberados,
        "lugar": "devolucoes",
        "limita": administra_os_limites(request.user),
    }
    return render(request, "mensagens/devolucoes.html", contexto)


@require_http_methods(["GET", "POST"])
@exige(Permissao.VER_MENSAGENS)
def nova(request: HttpRequest) -> HttpResponse:
    """Um endereço à mão, ou um arquivo deles."""
    por_arquivo = request.method == "POST" and "por_arquivo" in request.POST
    a_mao = request.POST if request.method == "POST" and not por_arquivo else None
    form = DevolucaoForm(a_mao, initial={"endereco": request.GET.get("endereco", "")[:254]})
    arquivo = ArquivoForm(request.POST, request.FILES) if por_arquivo else ArquivoForm()
    resultado = None
    if a_mao is not None and form.is_valid():
        devolvido = Devolvido(form.cleaned_data["endereco"], form.cleaned_data["motivo"])
        resultado = registrar([devolvido], origem=OrigemDaDevolucao.MAO, por=request.user)
        if not resultado.recusadas:
            return _ao_fim(request, resultado)
        form.add_error("endereco", f"Este endereço {resultado.recusadas[0][2]}.")
    elif por_arquivo and arquivo.is_valid():
        origem = OrigemDaDevolucao.AVISO if arquivo.e_aviso else OrigemDaDevolucao.ARQUIVO
        nome = request.FILES["arquivo"].name
        resultado = registrar(arquivo.devolvidos, origem=origem, por=request.user, arquivo=nome)
        if not resultado.recusadas:
            return _ao_fim(request, resultado)
    contexto = {
        "form": form,
        "arquivo": arquivo,
        "resultado": resultado if por_arquivo else None,
        "migalhas": migalhas({"nome": "Registrar devolução"}),
    }
    return render(
        request, "mensagens/devolucao.html", contexto, status=422 if form.errors or arquivo.errors else 200
    )


def _ao_fim(request: HttpRequest, resultado: Resultado) -> HttpResponse:
    _dizer(request, resultado)
    return redirect("mensagens:devolucoes")


def _dizer(request: HttpRequest, resultado: Resultado) -> None:
    novas, ja = len(resultado.novas), len(resultado.ja_suspensas)
    if novas == 1:
        messages.success(request, f"{resultado.novas[0]} está suspenso até alguém o liberar.")
    elif novas:
        messages.success(request, f"{numero(novas)} endereços suspensos até alguém os liberar.")
    if ja:
        messages.info(request, f"{numero(ja)} {plural(ja, 'já estava suspenso,já estavam suspensos')}.")


@require_http_methods(["GET", "POST"])
@exige(Permissao.VER_MENSAGENS)
def da_mensagem(request: HttpRequest, pk: int) -> HttpResponse:
    """Alguém leu na caixa de entrada que esta voltou: o endereço dela para de receber."""
    mensagem = visivel(request, pk)
    form = MotivoForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        _dizer(
            request,
            registrar_da_mensagem(mensagem=mensagem, motivo=form.cleaned_data["motivo"], por=request.user),
        )
        return redirect("mensagens:detalhe", pk=pk)
    contexto = {"form": form, "mensagem": mensagem, "migalhas": migalhas({"nome": "Registrar devolução"})}
    return render(request, "mensagens/devolver.html", contexto, status=422 if form.errors else 200)


@require_POST
@exige(Permissao.VER_MENSAGENS)
def libertar(request: HttpRequest, pk: int) -> HttpResponse:
    devolucao = get_object_or_404(visiveis_para(request.user), pk=pk)
    if liberar(devolucao=devolucao, por=request.user):
        messages.success(
            request, f"{devolucao.endereco} volta a receber. O que não saiu espera que você o reenvie."
        )
    else:
        messages.info(request, f"{devolucao.endereco} já estava liberado.")
    return redirect(destino_seguro(request, "/mensagens/devolucoes/"))


urlpatterns = [
    path("devolucoes/", lista, name="devolucoes"),
    path("devolucoes/nova/", nova, name="devolucao_nova"),
    path("devolucoes/<int:pk>/liberar/", libertar, name="liberar"),
    path("<int:pk>/devolucao/", da_mensagem, name="devolver"),
]
