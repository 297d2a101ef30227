"""Meu perfil, Segurança: o segundo passo da entrada, as sessões abertas e os aparelhos lembrados."""

import base64
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from carteira import chaves_de_acesso, entrada
from carteira.origens import origem
from carteira.sessao_em_curso import DEVE
from carteira.tasks import enviar_pendentes_task, tocar
from carteira.web.acesso import destino_seguro
from contas import fatores, lembrados, sessoes
from contas.models import ContaDeFora, RegrasDeAcesso
from notificacoes.cifra import cifrar, decifrar
from notificacoes.seguranca import Fato, avisar

Pagina = Callable[..., HttpResponse]
_SEGREDO = "segredo_do_aplicativo"
_USO = "segredo-em-curso"


def confirmando(pagina: Pagina) -> Pagina:
    """O que muda o modo de entrar pede, antes, que a pessoa prove que é ela; há pouco já vale."""

    @wraps(pagina)
    def conferida(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if sessoes.confirmada(request.session):
            return pagina(request, *args, **kwargs)
        volta = request.path if request.method in {"GET", "HEAD"} else reverse("seguranca:pagina")
        if request.content_type == "application/json":
            return HttpResponse(status=403)
        return redirect(f"{reverse('seguranca:confirmar')}?voltar={volta}")

    return conferida


@never_cache
@require_safe
def pagina(request: HttpRequest) -> HttpResponse:
    pessoa = request.user
    regras = RegrasDeAcesso.atuais()
    desde = fatores.precisa_ligar(pessoa, regras)
    contexto = {
        "tem": fatores.de(pessoa),
        "exigido": pessoa.papel in regras.exige_de,
        "exigido_desde": desde,
        "ja_exigido": desde is not None and desde <= timezone.localdate(),
        "chaves_possiveis": chaves_de_acesso.possiveis(request),
        "abertas": sessoes.abertas(pessoa),
        "esta": request.session.session_key,
        "lembrados": lembrados.lembrados(pessoa),
        "regras": regras,
    }
    return render(request, "seguranca/pagina.html", contexto)


def mudou(request: HttpRequest, fato: Fato, detalhe: str = "") -> None:
    """Depois de cada mudança: a pessoa é avisada por e-mail, e o que se exige dela se confere de novo."""
    avisar(request.user, fato, origem(request), detalhe=detalhe)
    tocar(enviar_pendentes_task)
    desde = fatores.precisa_ligar(request.user)
    request.session[DEVE] = desde.isoformat() if desde else ""


# ── Provar de novo que é a pessoa ────────────────────────────────────────────


class ConfirmarForm(forms.Form):
    senha = forms.CharField(
        label="Senha atual", strip=False, required=False, widget=forms.PasswordInput(render_value=False)
    )
    codigo = forms.CharField(label="Código", max_length=20, required=False)


@never_cache
@sensitive_post_parameters("senha", "codigo")
def confirmar(request: HttpRequest) -> HttpResponse:
    """A senha ou, para quem entra sem ela, o código; ou a chave de acesso. Errar aqui conta como errar na entrada."""
    pessoa, tem = request.user, fatores.de(request.user)
    form = ConfirmarForm(request.POST if request.method == "POST" else None)
    destino = destino_seguro(request, reverse("seguranca:pagina"))
    if request.method == "POST" and form.is_valid():
        if entrada.tentou(pessoa) > entrada.MAX_ERROS:
            form.add_error(None, "Foram muitas tentativas. Espere 15 minutos.")
        elif _confere(pessoa, form.cleaned_data):
            entrada.acertou_de_novo(pessoa)
            sessoes.confirmou(request.session)
            return redirect(destino)
        else:
            form.add_error(None, "Não confere. Tente de novo.")
    contexto = {
        "form": form,
        "tem": tem,
        "de_fora": ContaDeFora.objects.filter(pessoa=pessoa).exists(),
        "chaves": bool(tem.chaves) and chaves_de_acesso.possiveis(request),
        "voltar": destino,
    }
    return render(request, "seguranca/confirmar.html", contexto, status=422 if form.errors else 200)


def _confere(pessoa: Any, dados: dict[str, str]) -> bool:
    if dados["senha"]:
        return bool(pessoa.check_password(dados["senha"]))
    return bool(dados["codigo"] and fatores.conferir_codigo(pessoa, dados["codigo"]))


# ── Aplicativo de códigos ────────────────────────────────────────────────────


class LigarForm(forms.Form):
    codigo = forms.CharField(label="Código que o aplicativo mostra", max_length=10)


@never_cache
@confirmando
@sensitive_variables("segredo")
@sensitive_post_parameters("codigo")
def ligar_aplicativo(request: HttpRequest) -> HttpResponse:
    """O desenho que o aplicativo lê, o segredo que se digita, e o código que prova que ele guardou."""
    if fatores.de(request.user).totp is not None:
        messages.info(request, "O aplicativo de códigos já está ligado.")
        return redirect("seguranca:pagina")
    segredo = _segredo_em_curso(request)
    form = LigarForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            novos = fatores.ligar_totp(request.user, segredo, form.cleaned_data["codigo"])
        except fatores.FatorRecusado as recusa:
            form.add_error("codigo", str(recusa))
        else:
            del request.session[_SEGREDO]
            mudou(request, Fato.TOTP)
            return _depois_de_ligar(request, "Aplicativo de códigos ligado.", novos)
    contexto = {
        "form": form,
        "desenho": _desenho(request.user, segredo),
        "segredo": " ".join(segredo[i : i + 4] for i in range(0, len(segredo), 4)),
    }
    return render(request, "seguranca/aplicativo.html", contexto, status=422 if form.errors else 200)


def _segredo_em_curso(request: HttpRequest) -> str:
    """O mesmo enquanto a pessoa não termina; na sessão, cifrado."""
    guardado = request.session.get(_SEGREDO)
    if guardado is None:
        guardado = request.session[_SEGREDO] = cifrar(fatores.segredo_novo(), _USO)
    return decifrar(guardado, _USO)


def _desenho(pessoa: Any, segredo: str) -> str:
    """O QR como imagem dentro da própria página: nada sai para desenhá-lo."""
    from urllib.parse import quote

    import qrcode
    from qrcode.image.svg import SvgPathImage

    rotulo = quote(f"Carteira:{pessoa.email}")
    imagem = qrcode.make(
        f"otpauth://totp/{rotulo}?secret={segredo}&issuer=Carteira", image_factory=SvgPathImage, border=2
    )
    return base64.b64encode(imagem.to_string()).decode()


def _depois_de_ligar(request: HttpRequest, texto: str, novos: list[str]) -> HttpResponse:
    messages.success(request, texto)
    return redirect("seguranca:codigos" if novos else "seguranca:pagina")


@require_POST
@confirmando
def desligar_aplicativo(request: HttpRequest) -> HttpResponse:
    try:
        fatores.desligar(request.user)
    except fatores.FatorRecusado as recusa:
        messages.error(request, str(recusa))
    else:
        mudou(request, Fato.SEM_TOTP)
        messages.success(request, "Aplicativo de códigos desligado.")
    return redirect("seguranca:pagina")


@require_POST
@confirmando
def apagar_chave(request: HttpRequest, pk: int) -> HttpResponse:
    """Uma chave da própria pessoa; de outra, é como se não existisse."""
    if pk not in {chave.pk for chave in fatores.de(request.user).chaves}:
        raise Http404
    try:
        nome = fatores.desligar(request.user, chave=pk)
    except fatores.FatorRecusado as recusa:
        messages.error(request, str(recusa))
    else:
        mudou(request, Fato.SEM_CHAVE, nome)
        messages.success(request, f"A chave “{nome}” não entra mais.")
    return redirect("seguranca:pagina")


# ── Códigos de recuperação ───────────────────────────────────────────────────


@never_cache
@require_safe
@confirmando
def codigos(request: HttpRequest) -> HttpResponse:
    """Os que ainda servem, na tela ou num arquivo para guardar."""
    tem = fatores.de(request.user)
    if tem.recuperacao is None:
        return redirect("seguranca:pagina")
    lista = [f"{c[:4]} {c[4:]}" for c in tem.recuperacao.wrap().get_unused_codes()]
    if request.GET.get("formato") == "txt":
        resposta = HttpResponse(_arquivo(request, lista), content_type="text/plain; charset=utf-8")
        resposta["Content-Disposition"] = 'attachment; filename="carteira-codigos-de-recuperacao.txt"'
        return resposta
    return render(request, "seguranca/codigos.html", {"codigos": lista})


def _arquivo(request: HttpRequest, lista: list[str]) -> str:
    linhas = [
        f"Carteira: códigos de recuperação de {request.user.email}",
        f"Feitos valer em {timezone.localtime():%d/%m/%Y}. Cada um serve uma vez.",
        "",
        *lista,
        "",
    ]
    return "\r\n".join(linhas)


@require_POST
@confirmando
def refazer_codigos(request: HttpRequest) -> HttpResponse:
    try:
        fatores.refazer_recuperacao(request.user)
    except fatores.FatorRecusado as recusa:
        messages.error(request, str(recusa))
        return redirect("seguranca:pagina")
    mudou(request, Fato.CODIGOS)
    messages.success(request, "Códigos novos. Os de antes deixaram de valer.")
    return redirect("seguranca:codigos")


# ── Sessões e aparelhos ──────────────────────────────────────────────────────


@require_POST
def encerrar_sessao(request: HttpRequest, numero: UUID) -> HttpResponse:
    if not sessoes.encerrar_uma(request.user, numero):
        raise Http404
    messages.success(request, "Sessão encerrada.")
    return redirect(f"{reverse('seguranca:pagina')}#sessoes")


@require_POST
def encerrar_outras(request: HttpRequest) -> HttpResponse:
    quantas = sessoes.encerrar_sessoes(request.user, menos=request.session.session_key)
    messages.success(request, f"Sessões encerradas: {quantas}. Esta continua aberta.")
    return redirect(f"{reverse('seguranca:pagina')}#sessoes")


@require_POST
def esquecer_aparelho(request: HttpRequest, pk: int) -> HttpResponse:
    if not lembrados.esquecer(request.user, pk):
        raise Http404
    messages.success(request, "Aparelho esquecido: a próxima entrada nele pede o segundo passo.")
    return redirect(f"{reverse('seguranca:pagina')}#aparelhos")


urlpatterns = [
    path("", pagina, name="pagina"),
    path("confirmar/", confirmar, name="confirmar"),
    path("aplicativo/", ligar_aplicativo, name="aplicativo"),
    path("aplicativo/desligar/", desligar_aplicativo, name="desligar_aplicativo"),
    path("codigos/", codigos, name="codigos"),
    path("codigos/refazer/", refazer_codigos, name="refazer_codigos"),
    path("chaves/<int:pk>/apagar/", apagar_chave, name="apagar_chave"),
    path("sessoes/outras/encerrar/", encerrar_outras, name="encerrar_outras"),
    path("sessoes/<uuid:numero>/encerrar/", encerrar_sessao, name="encerrar_sessao"),
    path("aparelhos/<int:pk>/esquecer/", esquecer_aparelho, name="esquecer_aparelho"),
]
