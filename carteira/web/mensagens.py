"""Mensagens: a caixa de saída à vista, e a palavra de uma pessoa para reenviar."""

from collections.abc import Iterable
from typing import Any

from csp.decorators import csp_replace, csp_update
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.http import urlencode
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET

from carteira.tasks import enviar_pendentes_task, tocar
from carteira.web.acesso import exige
from carteira.web.niveis import administra_tudo
from contas.models import Usuario
from contas.papeis import Permissao
from notificacoes.caixa import REENVIAVEIS, reenviar, visiveis_para
from notificacoes.devolucoes import em_vigor
from notificacoes.models import EstadoDaMensagem, Mensagem, TipoDeMensagem
from notificacoes.um_clique import sem_enlaces

POR_PAGINA = 50
TONS = {
    EstadoDaMensagem.ENVIADA: "ativo",
    EstadoDaMensagem.INCERTO: "quase",
    EstadoDaMensagem.MORTA: "inativo",
    EstadoDaMensagem.SUSPENSA: "inativo",
}
PLURAIS = {
    EstadoDaMensagem.PENDENTE: "Pendentes",
    EstadoDaMensagem.ENVIANDO: "Enviando",
    EstadoDaMensagem.ENVIADA: "Enviadas",
    EstadoDaMensagem.INCERTO: "Incertas",
    EstadoDaMensagem.MORTA: "Não enviadas",
    EstadoDaMensagem.CANCELADA: "Canceladas",
    EstadoDaMensagem.SUSPENSA: "Endereço devolvido",
}
# Das que já saíram da casa pode voltar uma devolução.
DEVOLVIVEIS = (EstadoDaMensagem.ENVIADA, EstadoDaMensagem.INCERTO, EstadoDaMensagem.MORTA)
# O corpo destas leva um enlace pessoal: quem o lê entra como a pessoa.
COM_ENLACE_PESSOAL = (TipoDeMensagem.CONVITE, TipoDeMensagem.SENHA, TipoDeMensagem.SEGURANCA)
NO_QUADRO = {
    "default-src": ["'none'"],
    "script-src": ["'none'"],
    "img-src": ["'none'"],
    "connect-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "frame-ancestors": ["'self'"],
    "base-uri": ["'none'"],
    "form-action": ["'none'"],
    "sandbox": ["allow-popups"],
}


@require_GET
@exige(Permissao.VER_MENSAGENS)
def lista(request: HttpRequest) -> HttpResponse:
    mensagens, q, estado = filtradas(request, request.GET)
    pagina = Paginator(mensagens.defer("texto", "html").order_by("-id"), POR_PAGINA).get_page(
        request.GET.get("pagina")
    )
    contexto = {
        "pagina": pagina,
        "linhas": linhas_de(pagina),
        "abas": _abas(_procurar(visiveis_para(request.user), q), q, estado),
        "q": q,
        "estado": estado,
        "filtros": urlencode({nome: valor for nome, valor in (("estado", estado), ("q", q)) if valor}),
        "reenviavel": estado in REENVIAVEIS and pagina.paginator.count,
        "lugar": "enviadas",
        "limita": administra_os_limites(request.user),
    }
    modelo = "mensagens/_tabela.html" if request.htmx else "mensagens/lista.html"
    return render(request, modelo, contexto)


def filtradas(request: HttpRequest, pedido: QueryDict) -> tuple[QuerySet[Mensagem], str, str]:
    """As mensagens do filtro (na URL ou no formulário), o texto procurado e o estado."""
    q, estado = pedido.get("q", "").strip(), pedido.get("estado", "")
    estado = estado if estado in EstadoDaMensagem.values else ""
    procuradas = _procurar(visiveis_para(request.user), q)
    return (procuradas.filter(estado=estado) if estado else procuradas), q, estado


def linhas_de(mensagens: Iterable[Mensagem]) -> list[dict[str, Any]]:
    """Cada mensagem com a cor do estado e a devolução que hoje suspende o endereço dela."""
    mensagens = list(mensagens)
    suspensos = em_vigor(m.para for m in mensagens)
    return [
        {"mensagem": m, "tom": TONS.get(m.estado, "neutro"), "devolucao": suspensos.get(m.para.lower())}
        for m in mensagens
    ]


def administra_os_limites(usuario: Usuario) -> bool:
    """O servidor de e-mail é um só: o que ele aceita é assunto de quem administra todas as empresas."""
    return administra_tudo(usuario)


def _procurar(mensagens: QuerySet[Mensagem], q: str) -> QuerySet[Mensagem]:
    if not q:
        return mensagens
    return mensagens.filter(
        Q(para__icontains=q) | Q(assunto__icontains=q) | Q(pessoa__nome__icontains=q) | Q(message_id=q)
    )


def _abas(mensagens: QuerySet[Mensagem], q: str, atual: str) -> list[dict[str, Any]]:
    contagens = dict(mensagens.order_by().values_list("estado").annotate(Count("pk")))
    abas = [{"rotulo": "Todas", "estado": "", "quantidade": sum(contagens.values())}]
    abas += [
        {"rotulo": PLURAIS[estado], "estado": estado.value, "quantidade": contagens.get(estado.value, 0)}
        for estado in EstadoDaMensagem
    ]
    for aba in abas:
        filtros = {nome: valor for nome, valor in (("estado", aba["estado"]), ("q", q)) if valor}
        aba |= {"url": f"?{urlencode(filtros)}", "atual": aba["estado"] == atual}
    return [aba for aba in abas if aba["quantidade"] or aba["atual"] or not aba["estado"]]


@require_GET
@csp_update({"frame-src": ["'self'"]})
@exige(Permissao.VER_MENSAGENS)
def detalhe(request: HttpRequest, pk: int) -> HttpResponse:
    mensagem = visivel(request, pk)
    contexto = sobre_a_mensagem(mensagem) | {
        "corpo_url": reverse("mensagens:corpo", args=[pk]),
        "texto": sem_enlaces(mensagem.texto),
        "reenviavel": mensagem.estado in REENVIAVEIS,
        "voltou": mensagem.devolucoes.select_related("por").first(),
        "devolvivel": mensagem.estado in DEVOLVIVEIS,
        "administra": True,
        "migalhas": migalhas({"nome": mensagem.assunto}),
    }
    return render(request, "mensagens/detalhe.html", contexto)


def sobre_a_mensagem(mensagem: Mensagem) -> dict[str, Any]:
    """O que a página de uma mensagem mostra, a quem a administra e a quem a recebeu."""
    return {
        "mensagem": mensagem,
        "texto": mensagem.texto,
        "tom": TONS.get(mensagem.estado, "neutro"),
        "mostra_corpo": mensagem.tipo not in COM_ENLACE_PESSOAL,
        "itens": mensagem.itens.count(),
        "devolucao": em_vigor([mensagem.para]).get(mensagem.para.lower()),
    }


@require_GET
@xframe_options_sameorigin
@csp_replace(NO_QUADRO)
@exige(Permissao.VER_MENSAGENS)
def corpo(request: HttpRequest, pk: int) -> HttpResponse:
    """O HTML da mensagem, para o quadro isolado da página: sem scripts, sem formulários, sem imagens de fora."""
    mensagem = visivel(request, pk)
    return corpo_isolado(sem_enlaces(mensagem.html), mostra=mensagem.tipo not in COM_ENLACE_PESSOAL)


def corpo_isolado(html: str, *, mostra: bool) -> HttpResponse:
    if not html or not mostra:
        return HttpResponse("Sem prévia.", content_type="text/plain; charset=utf-8")
    return HttpResponse(html)


@exige(Permissao.VER_MENSAGENS)
def confirmar_reenvio(request: HttpRequest, pk: int) -> HttpResponse:
    """GET pergunta, POST reenvia."""
    mensagem = visivel(request, pk)
    if request.method == "POST":
        return _reenviar(request, mensagem)
    dela = {"nome": mensagem.assunto, "url": reverse("mensagens:detalhe", args=[pk])}
    return render(
        request,
        "mensagens/reenviar.html",
        {
            "mensagem": mensagem,
            "devolucao": em_vigor([mensagem.para]).get(mensagem.para.lower()),
            "migalhas": migalhas(dela, {"nome": "Reenviar"}),
        },
    )


def migalhas(*resto: dict[str, str]) -> list[dict[str, str]]:
    return [{"nome": "Mensagens", "url": reverse("mensagens:lista")}, *resto]


def _reenviar(request: HttpRequest, mensagem: Mensagem) -> HttpResponse:
    if reenviar(mensagem=mensagem, por=request.user):
        tocar(enviar_pendentes_task)
        messages.success(request, f"A mensagem volta à fila e sai em instantes para {mensagem.para}.")
    else:
        messages.warning(
            request,
            "Esta mensagem não está por reenviar, ou o endereço dela segue suspenso: nada foi reenviado.",
        )
    return redirect("mensagens:detalhe", pk=mensagem.pk)


def visivel(request: HttpRequest, pk: int) -> Mensagem:
    return get_object_or_404(visiveis_para(request.user).select_related("pessoa", "contato__cliente"), pk=pk)


urlpatterns = [
    path("", lista, name="lista"),
    path("<int:pk>/", detalhe, name="detalhe"),
    path("<int:pk>/corpo/", corpo, name="corpo"),
    path("<int:pk>/reenviar/", confirmar_reenvio, name="reenviar"),
]
