"""O aparelho da pessoa: o service worker, o manifesto e os contatos que chegam depois, de quando não havia sinal."""

import uuid
from collections.abc import Callable
from datetime import datetime

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from carteira.aparelhos import chave_da_pessoa, script_do_servico
from carteira.web.acesso import cliente_visivel, exige
from carteira.web.formulario_de_contato import ContatoForm
from clientes.models import Cliente, Contato, OrigemDoContato
from clientes.relacionamento import RelacionamentoInvalido, registrar_contato, registrar_whatsapp
from clientes.sem_sinal import hora_do_contato
from contas.papeis import Permissao

ICONES = (("192x192", "icones/carteira-192.png", "any"), ("512x512", "icones/carteira-512.png", "any"),
          ("512x512", "icones/carteira-mascara-512.png", "maskable"))  # fmt: skip


Registro = Callable[[Cliente, uuid.UUID, datetime], str]  # devolve o motivo da recusa, ou nada


class EnvioForm(forms.Form):
    """O que o aparelho diz de si junto do que a pessoa digitou."""

    chave = forms.UUIDField()
    digitado_em = forms.DateTimeField()
    agora = forms.DateTimeField()


@require_GET
@login_not_required
def servico(request: HttpRequest) -> HttpResponse:
    """`/sw.js`: na raiz, para valer na casa toda; `no-cache`, para ninguém ficar numa versão velha."""
    script = script_do_servico(sem_sinal=reverse("sem_sinal"))
    return HttpResponse(script, content_type="text/javascript", headers={"Cache-Control": "no-cache"})


@require_GET
@login_not_required
def manifesto(request: HttpRequest) -> HttpResponse:
    icones = [
        {"src": static(arquivo), "sizes": tamanho, "type": "image/png", "purpose": uso}
        for tamanho, arquivo, uso in ICONES
    ]
    dados = {
        "name": "Carteira",
        "short_name": "Carteira",
        "description": "A carteira de clientes e o dia de quem vende.",
        "lang": "pt-BR",
        "id": "/",
        "start_url": reverse("hoje"),
        "scope": "/",
        "display": "standalone",
        "background_color": "#f6f6f3",
        "theme_color": "#1f1f1c",
        "icons": icones,
    }
    return JsonResponse(
        dados, content_type="application/manifest+json", json_dumps_params={"ensure_ascii": False}
    )


@require_GET
@login_not_required
def sem_sinal(request: HttpRequest) -> HttpResponse:
    """A página que o service worker mostra no lugar da que não está no aparelho: sem nada de ninguém."""
    return render(request, "aparelho/sem_sinal.html")


@never_cache
@require_POST
@exige(Permissao.REGISTRAR_CONTATO)
def contato(request: HttpRequest, pk: int) -> HttpResponse:
    """O formulário de contato, enviado pelo aparelho com a hora em que foi digitado."""

    def registrar(cliente: Cliente, chave: uuid.UUID, em: datetime) -> str:
        dados = request.POST.copy()
        dados["digitado_em"] = em.isoformat()
        form = ContatoForm(dados, cliente=cliente)
        if not form.is_valid():
            return _erros(form)
        registrar_contato(cliente=cliente, por=request.user, origem=OrigemDoContato.SEM_SINAL, **form.dados())
        return ""

    return _receber(request, pk, registrar)


@never_cache
@require_POST
@exige(Permissao.REGISTRAR_CONTATO)
def whatsapp(request: HttpRequest, pk: int) -> HttpResponse:
    """A conversa que a pessoa abriu no WhatsApp sem passar pela casa: fica a tentativa."""

    def registrar(cliente: Cliente, chave: uuid.UUID, em: datetime) -> str:
        registrar_whatsapp(
            cliente=cliente, chave=chave, por=request.user, em=em, origem=OrigemDoContato.SEM_SINAL
        )
        return ""

    return _receber(request, pk, registrar)


def _receber(request: HttpRequest, pk: int, registrar: Registro) -> HttpResponse:
    """Um envio do aparelho: registra uma vez só por `chave` e responde em poucas palavras o que houve."""
    cliente = cliente_visivel(request, pk)
    if request.POST.get("pessoa") != chave_da_pessoa(request.user):
        return JsonResponse({"estado": "outra_pessoa"}, status=409)
    envio = EnvioForm(request.POST)
    if not envio.is_valid():
        return _recusado("O aparelho enviou o contato incompleto. Copie o texto e registre de novo.")
    dados = envio.cleaned_data
    if Contato.objects.filter(chave=dados["chave"], cliente=cliente, atendente=request.user).exists():
        return JsonResponse({"estado": "ja_estava"})
    try:
        em = hora_do_contato(digitado=dados["digitado_em"], no_aparelho=dados["agora"], agora=timezone.now())
        motivo = registrar(cliente, dados["chave"], em)
    except RelacionamentoInvalido as erro:
        motivo = str(erro)
    return _recusado(motivo) if motivo else JsonResponse({"estado": "registrado"})


def _recusado(motivo: str) -> HttpResponse:
    return JsonResponse({"estado": "recusado", "motivo": motivo}, status=422)


def _erros(form: forms.Form) -> str:
    """Os erros numa frase só: "Resultado: diga como terminou o contato."."""
    partes = [
        f"{form.fields[campo].label or campo}: {' '.join(erros)}" if campo in form.fields else " ".join(erros)
        for campo, erros in form.errors.items()
    ]
    return " ".join(partes)


urlpatterns = [
    path("sw.js", servico, name="servico"),
    path("manifesto.webmanifest", manifesto, name="manifesto"),
    path("sem-sinal/", sem_sinal, name="sem_sinal"),
    path("clientes/<int:pk>/contato/do-aparelho/", contato, name="contato_do_aparelho"),
    path("clientes/<int:pk>/whatsapp/do-aparelho/", whatsapp, name="whatsapp_do_aparelho"),
]
