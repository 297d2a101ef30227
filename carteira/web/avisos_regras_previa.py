"""O que uma regra mandaria hoje, a quem e quantas; e o teste a si mesmo."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from carteira.ids import id_de
from carteira.web.acesso import exige
from carteira.web.avisos_regras import abas, em_pausa, regra_da
from contas.papeis import Permissao
from notificacoes.regras.previa import enviar_teste
from notificacoes.regras.previa import previa as previa_da_regra
from notificacoes.um_clique import sem_enlaces

PESSOAS_POR_PAGINA = 50


@require_safe
@exige(Permissao.GERIR_AVISOS)
def previa(request: HttpRequest, pk: int) -> HttpResponse:
    regra = regra_da(request, pk)
    hoje = previa_da_regra(regra, timezone.localdate())
    contexto = {
        "regra": regra,
        "abas": abas(regra, "previa"),
        "em_pausa": em_pausa(regra),
        "previa": hoje,
        "pagina": Paginator(hoje.recebem, PESSOAS_POR_PAGINA).get_page(request.GET.get("pagina")),
        "clientes": sum(r.secao.total for r in hoje.recebem),
    }
    return render(request, "avisos/regras/previa.html", contexto)


@require_safe
@exige(Permissao.GERIR_AVISOS)
def mensagem(request: HttpRequest, pk: int, pessoa: int) -> HttpResponse:
    """A mensagem inteira de uma pessoa, palavra por palavra; menos os endereços, que só ela usa."""
    regra = regra_da(request, pk)
    receberia = previa_da_regra(regra, timezone.localdate()).de(pessoa)
    if receberia is None:
        raise Http404
    rascunho = receberia.compor(receberia.pessoa)
    contexto = {
        "regra": regra,
        "receberia": receberia,
        "assunto": rascunho.assunto,
        "texto": sem_enlaces(rascunho.texto),
    }
    return render(request, "avisos/regras/mensagem.html", contexto)


@require_POST
@exige(Permissao.GERIR_AVISOS)
def teste(request: HttpRequest, pk: int) -> HttpResponse:
    regra = regra_da(request, pk)
    pessoa = id_de(request.POST.get("pessoa", ""))
    if enviar_teste(regra, por=request.user, hoje=timezone.localdate(), pessoa=pessoa):
        onde = " e ".join(
            nome
            for nome, usa in (("o seu e-mail", regra.por_email), ("a sua central", regra.na_central))
            if usa
        )
        messages.success(request, f"Teste a caminho: veja {onde}. Ninguém mais o recebe.")
    else:
        messages.error(request, "Hoje ninguém receberia nada por esta regra: não há o que testar.")
    return redirect("avisos_regras:previa", pk)


urlpatterns = [
    path("<int:pk>/previa/", previa, name="previa"),
    path("<int:pk>/previa/<int:pessoa>/", mensagem, name="mensagem"),
    path("<int:pk>/teste/", teste, name="teste"),
]
