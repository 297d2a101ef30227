"""O calendário pessoal: a página onde se gera e revoga o endereço, e o endereço que o aparelho lê."""

from axes.helpers import get_client_ip_address
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from carteira.contador import uma_vez
from carteira.web.acesso import exige
from clientes.calendario import dono_da_chave, gerar_calendario, revogar_calendario, texto_ical
from clientes.models import CalendarioPessoal
from contas.auditoria import registrar
from contas.models import Usuario
from contas.papeis import Permissao


def _publico(caminho: str) -> str:
    return str(settings.ENDERECO_PUBLICO).rstrip("/") + caminho


@exige(Permissao.REGISTRAR_CONTATO)
def pagina(request: HttpRequest) -> HttpResponse:
    return _mostrar(request)


def _mostrar(request: HttpRequest, endereco: str = "") -> HttpResponse:
    contexto = {
        "calendario": CalendarioPessoal.objects.filter(usuario=request.user).first(),
        "endereco": endereco,
    }
    resposta = render(request, "agenda/calendario.html", contexto)
    if endereco:
        resposta["Cache-Control"] = "no-store"
    return resposta


@require_POST
@exige(Permissao.REGISTRAR_CONTATO)
def gerar(request: HttpRequest) -> HttpResponse:
    """O endereço novo só aparece nesta resposta: o que se guarda não permite refazê-lo."""
    chave = gerar_calendario(pessoa=request.user)
    return _mostrar(request, _publico(reverse("calendario_ics", args=[chave])))


@require_POST
@exige(Permissao.REGISTRAR_CONTATO)
def revogar(request: HttpRequest) -> HttpResponse:
    if revogar_calendario(pessoa=request.user, por=request.user):
        messages.success(request, "Endereço revogado: os aparelhos que o assinavam deixam de ler a agenda.")
    return redirect("agenda:calendario")


@require_safe
@login_not_required
def ics(request: HttpRequest, chave: str) -> HttpResponse:
    """A agenda de quem tem a chave. Quem não vale, e quem saiu da casa, recebe o mesmo 404."""
    pessoa = dono_da_chave(chave)
    if pessoa is None:
        raise Http404
    _anotar_leitura(request, pessoa)
    texto = texto_ical(pessoa, lambda pk: _publico(reverse("clientes:ficha", args=[pk])))
    return HttpResponse(
        texto,
        content_type="text/calendar; charset=utf-8",
        headers={
            "Cache-Control": "private, no-cache",
            "Content-Disposition": 'inline; filename="agenda.ics"',
            "X-Robots-Tag": "noindex",
        },
    )


def _anotar_leitura(request: HttpRequest, pessoa: Usuario) -> None:
    """Um aparelho lê de hora em hora: na auditoria basta a primeira do dia, de cada endereço."""
    chave = f"calendario-lido:{pessoa.pk}:{timezone.localdate()}:{get_client_ip_address(request)}"
    if uma_vez(chave, 24 * 3600):
        registrar("exportar agenda pelo calendário", por=pessoa, objeto=pessoa.nome, alvo=pessoa)


urlpatterns = [
    path("calendario/", pagina, name="calendario"),
    path("calendario/gerar/", gerar, name="calendario_gerar"),
    path("calendario/revogar/", revogar, name="calendario_revogar"),
]
