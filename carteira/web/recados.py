"""Recados: quem gere escreve à equipe, vê quem leu, e o que enviou continua à vista."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count, F, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from carteira.formatos import plural
from carteira.lista_viva import ListaViva
from carteira.paginacao import Cursor, Ordem, paginar
from carteira.tasks import enviar_pendentes_task, tocar
from carteira.web import recados_tipos
from carteira.web.acesso import exige
from carteira.web.central import contexto_da_lista
from carteira.web.formularios_de_recado import (
    RecadoForm,
    contas_a_escolher,
    equipes_a_escolher,
    iniciais,
)
from contas.models import Papel
from contas.papeis import Permissao
from notificacoes.models import Aviso, EspecieDeRecado, EstadoDoRecado, Recado
from notificacoes.recados import (
    RecadoRecusado,
    apagar,
    destinatarios,
    emails_do_recado,
    encerrar,
    enviar,
    guardar,
    por_que_nao_se_edita,
    reabrir,
    recibos,
    reenviar,
)

POR_PAGINA, RECIBOS_POR_PAGINA, CLIENTES_NA_PREVIA = 25, 50, 10
ORDEM = Ordem("novos", F("criado_em"), True, False)
ABAS = {
    "em_vigor": ("Em vigor", (EstadoDoRecado.EM_VIGOR,)),
    "agendados": ("Agendados", (EstadoDoRecado.AGENDADO,)),
    "rascunhos": ("Rascunhos", (EstadoDoRecado.RASCUNHO,)),
    "terminados": ("Terminados", (EstadoDoRecado.VENCIDO, EstadoDoRecado.ENCERRADO)),
}
TONS = {EstadoDoRecado.EM_VIGOR: "ativo", EstadoDoRecado.AGENDADO: "prospect"}
_CONTAS = "conta,contas"


def _visivel(request: HttpRequest, pk: int) -> Recado:
    visiveis = Recado.objects.visiveis_para(request.user)
    return get_object_or_404(visiveis.select_related("por", "tipo"), pk=pk)


# ── O que já se escreveu ─────────────────────────────────────────────────────


@require_safe
@exige(Permissao.ENVIAR_RECADOS)
def lista(request: HttpRequest) -> HttpResponse:
    """Por estado, com quantos leram cada um."""
    ver = request.GET.get("ver", "")
    ver = ver if ver in ABAS else "em_vigor"
    visiveis, agora = Recado.objects.visiveis_para(request.user), timezone.now()
    recortes = {chave: visiveis.nos_estados(*estados, agora=agora) for chave, (_, estados) in ABAS.items()}
    cursor = Cursor.de_texto(request.GET.get("apos", ""), ORDEM.nome)
    pagina = paginar(recortes[ver].select_related("por", "tipo"), ORDEM, cursor, POR_PAGINA)
    leituras = _leituras(pagina.linhas)
    contexto = {
        "ver": ver,
        "abas": [
            {
                "rotulo": nome,
                "url": f"?ver={chave}",
                "quantidade": recortes[chave].count(),
                "atual": chave == ver,
            }
            for chave, (nome, _) in ABAS.items()
        ],
        "linhas": [{"recado": r, "tom": _tom(r), **leituras.get(r.pk, {})} for r in pagina.linhas],
        "pagina": pagina,
        "url_mais": f"?{urlencode({'ver': ver, 'apos': pagina.proxima})}" if pagina.proxima else "",
        "url_inicio": f"?ver={ver}" if cursor else "",
        "ha_outros": visiveis.exists(),
        "administra": request.user.papel == Papel.ADMIN,
    }
    return render(request, "recados/lista.html", contexto)


def _leituras(recados: list[Recado]) -> dict[int, dict[str, int]]:
    """Quantos receberam e quantos leram cada recado da página, numa consulta."""
    avisos = Aviso.objects.filter(recado__in=[r.pk for r in recados]).order_by().values("recado")
    contas = avisos.annotate(todos=Count("pk"), leram=Count("pk", filter=Q(visto_em__isnull=False)))
    return {c["recado"]: {"todos": c["todos"], "leram": c["leram"]} for c in contas}


def _tom(recado: Recado) -> str:
    return TONS.get(recado.estado, "neutro")


@require_safe
@exige(Permissao.ENVIAR_RECADOS)
def detalhe(request: HttpRequest, pk: int) -> HttpResponse:
    """O recado como se lê, a quem foi, quem leu e quando, e o que se pode fazer com ele."""
    recado = _visivel(request, pk)
    meu = recado.por_id == request.user.pk
    contexto: dict[str, Any] = {
        "recado": recado,
        "estado": recado.estado,
        "tom": _tom(recado),
        "meu": meu,
        "porque_nao_edita": por_que_nao_se_edita(recado) if meu else "Só quem escreveu o recado o edita.",
        "de_quem": request.user.nome,
    }
    viva = ListaViva.de(recado, request.user)
    if viva is not None:
        contexto |= contexto_da_lista(viva, request.GET.get("apos", ""), tamanho=CLIENTES_NA_PREVIA)
    if recado.enviado_em is None:
        contexto["vai_a"] = list(destinatarios(recado))
    else:
        contexto |= _quem_leu(request, recado)
    return render(request, "recados/detalhe.html", contexto)


def _quem_leu(request: HttpRequest, recado: Recado) -> dict[str, Any]:
    leituras = _leituras([recado]).get(recado.pk, {"todos": 0, "leram": 0})
    faltam = leituras["todos"] - leituras["leram"]
    quem = request.GET.get("quem", "")
    avisos = recibos(recado)
    if quem in {"leram", "faltam"}:
        avisos = avisos.filter(visto_em__isnull=quem == "faltam")
    abas = (
        ("", "Todos", leituras["todos"]),
        ("faltam", "Não leram", faltam),
        ("leram", "Leram", leituras["leram"]),
    )
    pagina = Paginator(avisos, RECIBOS_POR_PAGINA).get_page(request.GET.get("pagina"))
    por_email = emails_do_recado(recado, [aviso.pessoa_id for aviso in pagina])
    for aviso in pagina:
        aviso.por_email = por_email.get(aviso.pessoa_id)
    return {
        "todos": leituras["todos"],
        "leram": leituras["leram"],
        "faltam": faltam,
        "abas": [
            {
                "rotulo": nome,
                "url": f"?quem={chave}" if chave else "?",
                "quantidade": n,
                "atual": chave == quem,
            }
            for chave, nome, n in abas
        ],
        "pagina": pagina,
        "pode_reenviar": recado.estado == EstadoDoRecado.EM_VIGOR and faltam > 0,
        "pode_encerrar": recado.estado in {EstadoDoRecado.EM_VIGOR, EstadoDoRecado.AGENDADO},
        "pode_reabrir": recado.estado == EstadoDoRecado.ENCERRADO
        and (recado.expira_em is None or recado.expira_em > timezone.now()),
    }


# ── Escrever ─────────────────────────────────────────────────────────────────


@exige(Permissao.ENVIAR_RECADOS)
def novo(request: HttpRequest) -> HttpResponse:
    """Em branco: post-it ou lembrete, conforme `?especie=`."""
    especie = request.POST.get("especie") or request.GET.get("especie") or EspecieDeRecado.POSTIT
    if especie not in EspecieDeRecado.values:
        raise Http404
    return _escrever(request, especie, None)


@exige(Permissao.ENVIAR_RECADOS)
def editar(request: HttpRequest, pk: int) -> HttpResponse:
    """Rascunho, ou enviado que ninguém leu; o que já se leu fica como está."""
    recado = _visivel(request, pk)
    motivo = por_que_nao_se_edita(recado)
    if recado.por_id != request.user.pk or motivo:
        messages.warning(request, motivo or "Só quem escreveu o recado o edita.")
        return redirect("recados:detalhe", pk=pk)
    return _escrever(request, recado.especie, recado)


def _escrever(request: HttpRequest, especie: str, recado: Recado | None) -> HttpResponse:
    # editar o que já saiu é reenviá-lo: não volta a ser rascunho sem que ninguém o note
    rascunho = request.POST.get("acao") == "rascunho" and (recado is None or recado.enviado_em is None)
    form = RecadoForm(
        request.POST or None,
        especie=especie,
        por=request.user,
        rascunho=rascunho,
        initial=iniciais(recado, request.user),
    )
    if request.method == "POST" and form.is_valid():
        try:
            return _guardado(request, form, recado, rascunho=rascunho)
        except RecadoRecusado as erro:
            form.add_error(None, str(erro))
    contas = contas_a_escolher(form)
    contexto = {
        "form": form,
        "especie": EspecieDeRecado(especie),
        "postit": especie == EspecieDeRecado.POSTIT,
        "recado": recado,
        "contas": contas,
        "selecionadas": sum(c.marcada for c in contas),
        "equipes": equipes_a_escolher(form, contas),
        "administra": request.user.papel == Papel.ADMIN,
        "voltar": reverse("recados:detalhe", args=[recado.pk]) if recado else reverse("recados:lista"),
    }
    return render(request, "recados/formulario.html", contexto, status=422 if form.errors else 200)


def _guardado(
    request: HttpRequest, form: RecadoForm, recado: Recado | None, *, rascunho: bool
) -> HttpResponse:
    with transaction.atomic():  # guardar recolhe o que já saiu: ou sai de novo, ou nada muda
        escrito = guardar(
            por=request.user,
            dados=form.dados(),
            contas=form.cleaned_data["contas"],
            equipes=form.cleaned_data["equipes"],
            recado=recado,
        )
        quantas = 0 if rascunho else enviar(recado=escrito, por=request.user)
    if rascunho:
        messages.success(request, "Rascunho salvo: ninguém o recebe até você enviar.")
    else:
        _dizer_envio(request, escrito, quantas)
    return redirect("recados:detalhe", pk=escrito.pk)


def _dizer_envio(request: HttpRequest, recado: Recado, quantas: int) -> None:
    recado.refresh_from_db()
    if recado.por_email:
        tocar(enviar_pendentes_task)
    quando = (
        f"surge em {timezone.localtime(recado.surge_em):%d/%m/%Y às %H:%M} para"
        if recado.estado == EstadoDoRecado.AGENDADO
        else "enviado a"
    )
    messages.success(
        request, f"{recado.get_especie_display()} {quando} {quantas} {plural(quantas, _CONTAS)}."
    )


# ── Gestos ───────────────────────────────────────────────────────────────────


@require_POST
@exige(Permissao.ENVIAR_RECADOS)
def envio(request: HttpRequest, pk: int) -> HttpResponse:
    recado = _visivel(request, pk)
    try:
        quantas = enviar(recado=recado, por=request.user)
    except RecadoRecusado as erro:
        messages.error(request, str(erro))
    else:
        if quantas:
            _dizer_envio(request, recado, quantas)
        else:
            messages.info(request, "Este recado já tinha sido enviado: nada saiu de novo.")
    return redirect("recados:detalhe", pk=pk)


@require_POST
@exige(Permissao.ENVIAR_RECADOS)
def reenvio(request: HttpRequest, pk: int) -> HttpResponse:
    recado, numero = _visivel(request, pk), request.POST.get("envio", "")
    try:
        quantas = reenviar(
            recado=recado,
            por=request.user,
            envio=int(numero) if numero.isascii() and numero.isdecimal() and len(numero) < 6 else -1,
            por_email=request.POST.get("por_email") == "on",
        )
    except RecadoRecusado as erro:
        messages.error(request, str(erro))
    else:
        if quantas:
            tocar(enviar_pendentes_task)
            messages.success(request, f"Reenviado a {quantas} {plural(quantas, _CONTAS)} que não leram.")
        else:
            messages.info(request, "Já tinha sido reenviado: nada saiu de novo.")
    return redirect("recados:detalhe", pk=pk)


@require_POST
@exige(Permissao.ENVIAR_RECADOS)
def encerramento(request: HttpRequest, pk: int) -> HttpResponse:
    if encerrar(recado=_visivel(request, pk), por=request.user):
        messages.success(request, "Encerrado: saiu da central de todos. Quem leu e quando continua aqui.")
    else:
        messages.info(request, "Este recado já não estava em vigor: nada mudou.")
    return redirect("recados:detalhe", pk=pk)


@require_POST
@exige(Permissao.ENVIAR_RECADOS)
def reabertura(request: HttpRequest, pk: int) -> HttpResponse:
    if reabrir(recado=_visivel(request, pk), por=request.user):
        messages.success(
            request, "Reaberto: voltou à central de quem o tinha. E-mails parados não saem mais."
        )
    else:
        messages.info(request, "Este recado não pode ser reaberto: nada mudou.")
    return redirect("recados:detalhe", pk=pk)


@require_POST
@exige(Permissao.ENVIAR_RECADOS)
def exclusao(request: HttpRequest, pk: int) -> HttpResponse:
    recado = _visivel(request, pk)
    if not apagar(recado=recado, por=request.user):
        messages.warning(request, "Só um rascunho se apaga: o que saiu fica na história.")
        return redirect("recados:detalhe", pk=pk)
    messages.success(request, f"Rascunho “{recado.titulo}” apagado.")
    return redirect(f"{reverse('recados:lista')}?ver=rascunhos")


urlpatterns = [
    path("", lista, name="lista"),
    path("novo/", novo, name="novo"),
    *recados_tipos.urlpatterns,
    path("<int:pk>/", detalhe, name="detalhe"),
    path("<int:pk>/editar/", editar, name="editar"),
    path("<int:pk>/enviar/", envio, name="enviar"),
    path("<int:pk>/reenviar/", reenvio, name="reenviar"),
    path("<int:pk>/encerrar/", encerramento, name="encerrar"),
    path("<int:pk>/reabrir/", reabertura, name="reabrir"),
    path("<int:pk>/apagar/", exclusao, name="apagar"),
]
