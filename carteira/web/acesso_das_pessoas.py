"""O que um administrador faz pelo acesso dos outros: exigir o segundo passo, zerá-lo, encerrar sessões, desbloquear."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_POST

from carteira import bloqueios
from carteira.tasks import enviar_pendentes_task, tocar
from carteira.web.acesso import exige
from carteira.web.formularios_de_pessoa import DataInput
from carteira.web.niveis import administra_tudo
from carteira.web.seguranca import confirmando
from carteira.web.uma_por_vez import uma_por_vez
from carteira.web.versao import ComVersao
from contas import fatores, sessoes
from contas.auditoria import registrar
from contas.models import Papel, RegrasDeAcesso, Usuario
from contas.papeis import Permissao
from contas.pessoas import pessoas_geridas_por
from notificacoes.seguranca import Fato, avisar

MAX_FALTAM = 50


class RegrasForm(ComVersao, forms.ModelForm):
    """Só os campos escritos aqui; o resto do modelo não existe para o POST."""

    exige_de = forms.MultipleChoiceField(
        label="Exigir o segundo passo de",
        choices=Papel.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="De quem não se marca, o segundo passo é escolha da pessoa.",
    )

    class Meta:
        model = RegrasDeAcesso
        fields = ("exige_de", "exige_desde", "lembrar_dias", "ocioso_minutos", "sessao_horas")
        widgets = {"exige_desde": DataInput()}
        help_texts = {
            "exige_desde": "Até a véspera é um pedido na tela; deste dia em diante, sem ele não se abre mais nada. "
            "Vazio, vale já.",
            "lembrar_dias": "Nos aparelhos que a pessoa mandar lembrar, o segundo passo não se repete. De 0 a 90.",
            "ocioso_minutos": "Sem uso por esse tempo, a sessão se fecha. De 10 a 720.",
            "sessao_horas": "Mesmo em uso, entra-se de novo depois disso. De 1 a 24.",
        }


@exige(Permissao.ADMINISTRAR_INSTALACAO)
@uma_por_vez()
def regras(request: HttpRequest) -> HttpResponse:
    """As regras da instalação e quem ainda não ligou o segundo passo."""
    if not administra_tudo(request.user):
        raise PermissionDenied("As regras de acesso são de quem administra todas as empresas.")
    atuais = RegrasDeAcesso.atuais()
    form = RegrasForm(request.POST if request.method == "POST" else None, instance=RegrasDeAcesso.atuais())
    if request.method == "POST" and form.is_valid():
        novas = form.save(commit=False)
        if request.user.papel in novas.exige_de and _trancaria(request, novas):
            form.add_error(
                "exige_desde",
                "Você ainda não ligou o seu segundo passo: com esta data, ficaria de fora agora mesmo. "
                "Ligue-o em Meu perfil, Segurança, ou escolha um dia mais à frente.",
            )
        else:
            mudou = fatores.mudar_regras(regras=novas, por=request.user)
            messages.success(request, "Regras de acesso salvas." if mudou else "Nada mudou.")
            return redirect("pessoas:regras_de_acesso")
    faltam = _faltam(request, atuais)
    contexto = {
        "form": form,
        "regras": atuais,
        "faltam": faltam[:MAX_FALTAM],
        "restantes": max(faltam.count() - MAX_FALTAM, 0),
    }
    return render(request, "pessoas/regras_de_acesso.html", contexto, status=422 if form.errors else 200)


def _trancaria(request: HttpRequest, novas: RegrasDeAcesso) -> bool:
    desde = fatores.precisa_ligar(request.user, novas)
    return desde is not None and desde <= timezone.localdate()


def _faltam(request: HttpRequest, regras: RegrasDeAcesso) -> Any:
    """Quem deve ligar e ainda não ligou, dentre as pessoas que este administrador gere."""
    devem = pessoas_geridas_por(request.user).filter(fatores.exigidos(regras))
    return fatores.com_segundo_passo(devem).filter(tem_segundo_passo=False).order_by("nome_chave", "pk")


def seguranca_de(request: HttpRequest, pessoa: Usuario) -> dict[str, Any]:
    """O que a página da pessoa mostra do acesso dela."""
    return {
        "tem": fatores.de(pessoa),
        "sessoes": sessoes.abertas(pessoa).count(),
        "bloqueada": bloqueios.bloqueada(pessoa),
        "deve_desde": fatores.precisa_ligar(pessoa) if pessoa.email else None,
    }


def avisar_do_email(pessoa: Usuario, antigo: str) -> None:
    """Aos dois endereços: se a troca não foi pedida, quem perdeu a conta é quem lê o antigo."""
    for para in (antigo, pessoa.email or ""):
        avisar(pessoa, Fato.EMAIL, para=para, detalhe=f"De {antigo} para {pessoa.email}.")
    tocar(enviar_pendentes_task)


def _gerida(request: HttpRequest, pk: int) -> Usuario:
    return get_object_or_404(pessoas_geridas_por(request.user), pk=pk)


@require_POST
@exige(Permissao.GERIR_PESSOAS)
def zerar(request: HttpRequest, pk: int) -> HttpResponse:
    """Para quem perdeu o telefone: fica a senha, e a pessoa é avisada."""
    pessoa = _gerida(request, pk)
    return _zerar(request, pessoa)


@confirmando
def _zerar(request: HttpRequest, pessoa: Usuario) -> HttpResponse:
    try:
        fatores.zerar(pessoa=pessoa, por=request.user)
    except fatores.FatorRecusado as recusa:
        messages.error(request, str(recusa))
    else:
        sessoes.encerrar_sessoes(pessoa)
        avisar(pessoa, Fato.ZERADO, detalhe=f"Quem zerou: {request.user.nome}.")
        tocar(enviar_pendentes_task)
        messages.success(
            request, f"O segundo passo de {pessoa.nome} foi zerado, e a pessoa avisada por e-mail."
        )
    return redirect("pessoas:editar", pk=pessoa.pk)


@require_POST
@exige(Permissao.GERIR_PESSOAS)
def encerrar(request: HttpRequest, pk: int) -> HttpResponse:
    pessoa = _gerida(request, pk)
    menos = request.session.session_key if pessoa == request.user else None
    quantas = sessoes.encerrar_sessoes(pessoa, menos=menos)
    registrar("encerrar sessões", por=request.user, objeto=pessoa.nome, depois={"sessões": quantas})
    messages.success(request, f"Sessões de {pessoa.nome} encerradas: {quantas}.")
    return redirect("pessoas:editar", pk=pk)


@require_POST
@exige(Permissao.GERIR_PESSOAS)
def desbloquear(request: HttpRequest, pk: int) -> HttpResponse:
    pessoa = _gerida(request, pk)
    abriu = bloqueios.desbloquear(pessoa, por=request.user)
    messages.success(
        request,
        f"A entrada de {pessoa.nome} está aberta de novo." if abriu else "A entrada já estava aberta.",
    )
    return redirect("pessoas:editar", pk=pk)


urlpatterns = [
    path("seguranca/", regras, name="regras_de_acesso"),
    path("<int:pk>/zerar-segundo-passo/", zerar, name="zerar_segundo_passo"),
    path("<int:pk>/encerrar-sessoes/", encerrar, name="encerrar_sessoes"),
    path("<int:pk>/desbloquear/", desbloquear, name="desbloquear"),
]
