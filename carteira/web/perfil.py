"""O que cada um muda de si mesmo."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters

from carteira.origens import origem
from carteira.tasks import enviar_pendentes_task, tocar
from carteira.web.formularios_de_aviso import PreferenciasForm
from carteira.web.formularios_de_pessoa import PerfilForm, regras_da_senha
from contas.auditoria import registrar
from contas.lembrados import esquecer
from contas.models import SessaoDePessoa
from contas.papeis import Permissao, pode
from contas.pessoas import CAMPOS_DO_PERFIL, editar_perfil
from contas.sessoes import encerrar_sessoes, mudou_de_chave
from notificacoes.regras.preferencias import escolhas_de, salvar_preferencias
from notificacoes.seguranca import Fato, avisar

_UM_ANO = 365 * 24 * 3600


def perfil(request: HttpRequest) -> HttpResponse:
    """Nome, telefone, tema, atalhos e e-mails; papel e empresas só se leem."""
    iniciais = {campo: getattr(request.user, campo) for campo in CAMPOS_DO_PERFIL}
    form = PerfilForm(
        request.POST if request.method == "POST" else None,
        initial={**iniciais, "tema": _tema(request)},
        assina=pode(request.user, Permissao.ENVIAR_RECADOS),
    )
    if request.method == "POST" and form.is_valid():
        editar_perfil(pessoa=request.user, dados=form.cleaned_data)
        messages.success(request, "Perfil salvo.")
        resposta = redirect("contas:perfil")
        _guardar_tema(resposta, form.cleaned_data["tema"], request.is_secure())
        return resposta
    return _pagina(request, form=form)


def _tema(request: HttpRequest) -> str:
    guardado = request.COOKIES.get("tema", "")
    return guardado if guardado in ("claro", "escuro") else "sistema"


def _guardar_tema(resposta: HttpResponse, tema: str, seguro: bool) -> None:
    """O mesmo cookie do botão da barra: o servidor já desenha a página no tema certo."""
    if tema != "sistema":
        resposta.set_cookie("tema", tema, max_age=_UM_ANO, samesite="Lax", secure=seguro)
    else:
        resposta.delete_cookie("tema", samesite="Lax")


def _pagina(request: HttpRequest, **formularios: Any) -> HttpResponse:
    iniciais = {campo: getattr(request.user, campo) for campo in CAMPOS_DO_PERFIL}
    form = formularios.get("form") or PerfilForm(
        initial={**iniciais, "tema": _tema(request)}, assina=pode(request.user, Permissao.ENVIAR_RECADOS)
    )
    senha = formularios.get("senha") or PasswordChangeForm(request.user)
    senha.fields["old_password"].widget.attrs.pop("autofocus", None)  # a página não é só da senha
    contexto = {
        "form": form,
        "senha": senha,
        "regras": regras_da_senha(),
        "avisos": formularios.get("avisos") or _avisos(request),
        "vinculos": request.user.vinculos.select_related("empresa").order_by("empresa__codigo"),
    }
    recusado = form.errors or senha.errors or contexto["avisos"].errors
    return render(request, "contas/perfil.html", contexto, status=422 if recusado else 200)


def _avisos(request: HttpRequest) -> PreferenciasForm:
    return PreferenciasForm(
        request.POST if request.path == reverse("contas:avisos") else None,
        escolhas=escolhas_de(request.user, timezone.localdate()),
        initial={"hora_dos_avisos": request.user.hora_dos_avisos},
    )


def avisos(request: HttpRequest) -> HttpResponse:
    """Por onde, com que frequência e a que horas a pessoa é avisada, dentro do que cada regra deixa."""
    if request.method != "POST":
        return redirect(f"{reverse('contas:perfil')}#avisos")
    form = _avisos(request)
    if not form.is_valid():
        return _pagina(request, avisos=form)
    hora, hoje = form.cleaned_data["hora_dos_avisos"], timezone.localdate()
    salvar_preferencias(pessoa=request.user, hora=hora, ditas=form.ditas(), hoje=hoje)
    messages.success(request, "Preferências de aviso salvas.")
    return redirect(f"{reverse('contas:perfil')}#avisos")


@sensitive_post_parameters()
def trocar_senha(request: HttpRequest) -> HttpResponse:
    """A senha nova encerra as outras sessões na hora; esta continua."""
    if request.method != "POST":
        return redirect("contas:perfil")
    form = PasswordChangeForm(request.user, request.POST)
    if not form.is_valid():
        return _pagina(request, senha=form)
    _guardar_senha(request, form)
    messages.success(request, "Senha trocada. As sessões em outros aparelhos foram encerradas.")
    return redirect("contas:perfil")


@transaction.atomic
def _guardar_senha(request: HttpRequest, form: PasswordChangeForm) -> None:
    pessoa, chave = form.save(), request.session.session_key
    linha = SessaoDePessoa.objects.filter(sessao=chave).first()
    encerrar_sessoes(pessoa, menos=chave)
    esquecer(pessoa)
    update_session_auth_hash(request, pessoa)
    mudou_de_chave(chave, request.session, linha)
    registrar("trocar a própria senha", por=pessoa, objeto=pessoa.nome)
    avisar(pessoa, Fato.SENHA, origem(request))
    tocar(enviar_pendentes_task)


urlpatterns = [
    path("perfil/", perfil, name="perfil"),
    path("perfil/avisos/", avisos, name="avisos"),
    path("perfil/senha/", trocar_senha, name="trocar_senha"),
]
