"""A fila de higienização: as pendências por tipo, e o conserto de cada uma, uma depois da outra."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import trigger_client_event

from atividade.models import Indicadores
from carteira.web.acesso import cliente_visivel, destino_seguro, exige
from carteira.web.contatos import responder
from carteira.web.formularios_de_higiene import ConsertoForm, DepoisForm
from carteira.web.nomes_em_planilha import LOTE, exportacoes, levar
from carteira.web.recorte import chips_para, ler_recorte, parametros
from clientes import higiene
from clientes.canais import escondidos_de
from clientes.carteiras import transferir
from clientes.models import Cliente, DecisaoDeHigiene, DecisaoDePendencia, OrigemDaTroca, TipoDePendencia
from contas.papeis import Permissao
from relatorios import qualidade
from relatorios.planilhas import Coluna

POR_PAGINA = 50
DIAS_DO_PROGRESSO = 7
COLUNAS_DAS_DECIDIDAS = (
    Coluna("Código", largura=12),
    Coluna("Cliente", largura=36),
    Coluna("Pendência", largura=24),
    Coluna("Valor visto", largura=28),
    Coluna("Decisão"),
    Coluna("Volta em", "data"),
    Coluna("Motivo", largura=40),
    Coluna("Por", largura=24),
    Coluna("Em", "data"),
)


def abas(atual: str) -> list[dict[str, Any]]:
    lugares = [
        ("fila", "Pendências"),
        ("decididas", "Aceitas e adiadas"),
        ("pares", "Duplicados"),
        ("unioes", "Uniões"),
    ]
    return [
        {"rotulo": rotulo, "url": reverse(f"higienizacao:{nome}"), "atual": nome == atual}
        for nome, rotulo in lugares
    ]


@require_safe
@exige(Permissao.HIGIENIZAR)
def fila(request: HttpRequest) -> HttpResponse:
    hoje, recorte = timezone.localdate(), ler_recorte(request.GET)
    tudo = qualidade.qualidade(request.user, recorte, hoje)
    pedido = request.GET.get("tipo", "")
    tipo = pedido if pedido in higiene.REGRAS else _primeiro(tudo)
    com = qualidade.com(tipo, request.user, recorte, hoje).select_related("cliente", "vendedor", "segmento")
    pagina = Paginator(com, POR_PAGINA).get_page(request.GET.get("pagina"))
    for ind in pagina:
        outras = [t for t in higiene.pendencias_do_cadastro(ind.cliente) if t != tipo]
        ind.como_esta = _como_esta(request, tipo, ind.cliente)
        ind.outras = [_no_meio(t) for t in outras if t not in qualidade.CONVITES]
    consulta = parametros(recorte)
    contexto = {
        "abas": abas("fila"),
        "qualidade": tudo,
        "tipos": [(c, f"?{urlencode({'tipo': c.tipo} | consulta, doseq=True)}") for c in tudo.contagens],
        "tipo": tipo,
        "nome_do_tipo": TipoDePendencia(tipo).label,
        "pagina": pagina,
        "recorte": urlencode(consulta, doseq=True),
        "chips": chips_para(request.user, recorte, request.GET),
        "resolvidas": qualidade.resolvidas(request.user, hoje - timedelta(days=DIAS_DO_PROGRESSO - 1)),
        "levar": f"{reverse('relatorios:pagina', args=['pendencias-de-cadastro'])}?"
        + urlencode({"tipo": tipo} | consulta, doseq=True),
    }
    return render(request, "higienizacao/fila.html", contexto)


def _como_esta(request: HttpRequest, tipo: str, cliente: Cliente) -> str:
    return _dito(request, tipo, cliente, higiene.REGRAS[tipo].valor_visto(cliente))


def _dito(request: HttpRequest, tipo: str, cliente: Cliente, valor: str) -> str:
    """O valor da pendência; o contato de um canal fechado não se diz."""
    fechado = higiene.REGRAS[tipo].visto in escondidos_de(request.user, cliente)
    return "não contatar" if fechado else valor


def _no_meio(tipo: str) -> str:
    """O nome no meio de uma frase: "sem CEP", mas "CEP inválido"."""
    nome = str(TipoDePendencia(tipo).label)
    return nome if nome[1:2].isupper() else nome[:1].lower() + nome[1:]


def _primeiro(tudo: qualidade.Qualidade) -> str:
    """O primeiro tipo com alguém dentro."""
    return next((c.tipo for c in tudo.contagens if c.clientes), TipoDePendencia.DOCUMENTO_INVALIDO)


@exige(Permissao.HIGIENIZAR)
def conserto(request: HttpRequest, tipo: str, pk: int) -> HttpResponse:
    """O formulário curto; salvo, já vem o da próxima pendência do mesmo tipo."""
    if tipo not in higiene.REGRAS:
        raise Http404
    cliente = cliente_visivel(request, pk)
    agir = request.POST.get("acao", "")
    form = ConsertoForm(
        request.POST if request.method == "POST" and agir != "depois" else None,
        tipo=tipo,
        cliente=cliente,
        por=request.user,
    )
    depois = DepoisForm(request.POST if agir == "depois" else None)
    proxima = _proxima(request, tipo, pk)
    if request.method == "POST":
        feito = (
            _adiar(request, cliente, tipo, depois) if agir == "depois" else _salvar(request, cliente, form)
        )
        if feito:
            return _seguir(request, tipo, feito, proxima)
    return _mostrar(request, tipo, cliente, form, depois, proxima)


def _salvar(request: HttpRequest, cliente: Cliente, form: ConsertoForm) -> str:
    if not form.is_valid():
        return ""
    if form.tipo == TipoDePendencia.SEM_VENDEDOR:
        if cliente.vendedor is not None:  # a página ficou aberta enquanto alguém o atribuía
            form.add_error("vendedor", f"Já é de {cliente.vendedor.nome}: para trocar, reatribua na ficha.")
            return ""
        transferir(
            clientes=[cliente.pk],
            para=form.cleaned_data["vendedor"],
            em=timezone.localdate(),
            por=request.user,
            motivo="estava sem vendedor",
            origem=OrigemDaTroca.LISTA,
        )
        higiene.anotar_conserto(cliente=cliente, tipo=form.tipo, por=request.user)
    else:
        higiene.consertar(cliente=cliente, tipo=form.tipo, mudancas=form.cleaned_data, por=request.user)
    return f"{cliente.nome}: salvo."


def _adiar(request: HttpRequest, cliente: Cliente, tipo: str, form: DepoisForm) -> str:
    if not form.is_valid():
        return ""
    motivo, ate = form.cleaned_data["motivo"], form.cleaned_data["ate"]
    try:
        if ate is None:
            higiene.aceitar(cliente=cliente, tipo=tipo, motivo=motivo, por=request.user)
            return f"{cliente.nome}: aceito como está."
        higiene.adiar(
            cliente=cliente, tipo=tipo, ate=ate, motivo=motivo, por=request.user, hoje=timezone.localdate()
        )
    except higiene.HigieneInvalida as recusa:
        form.add_error(None, str(recusa))
        return ""
    return f"{cliente.nome}: adiado até {ate:%d/%m/%Y}."


def _proxima(request: HttpRequest, tipo: str, pk: int) -> Indicadores | None:
    """A que vem depois desta na ordem da fila; acabando, a primeira."""
    hoje, recorte = timezone.localdate(), ler_recorte(request.GET)
    todas = qualidade.com(tipo, request.user, recorte, hoje).exclude(pk=pk).select_related("cliente")
    valor = Indicadores.objects.filter(pk=pk).values_list("valor_12m", flat=True).first()
    depois = todas.filter(valor_12m=valor, pk__gt=pk) | todas.filter(valor_12m__lt=valor)
    return depois.first() or todas.first()


def _endereco(request: HttpRequest, tipo: str, pk: int) -> str:
    consulta = urlencode(parametros(ler_recorte(request.GET)), doseq=True)
    return f"{reverse('higienizacao:conserto', args=[tipo, pk])}{f'?{consulta}' if consulta else ''}"


def _seguir(request: HttpRequest, tipo: str, texto: str, proxima: Indicadores | None) -> HttpResponse:
    recorte = parametros(ler_recorte(request.GET))
    voltar = f"{reverse('higienizacao:fila')}?{urlencode({'tipo': tipo} | recorte, doseq=True)}"
    if not request.htmx:
        messages.success(request, texto)
        return redirect(_endereco(request, tipo, proxima.pk) if proxima else voltar)
    if proxima is None:
        return responder(request, voltar, f"{texto} Acabaram as deste tipo.", fechar=True)
    cliente = cliente_visivel(request, proxima.pk)
    form = ConsertoForm(None, tipo=tipo, cliente=cliente, por=request.user)
    resposta = _mostrar(
        request, tipo, cliente, form, DepoisForm(), _proxima(request, tipo, cliente.pk), status=200
    )
    trigger_client_event(resposta, "avisar", {"texto": texto})
    return trigger_client_event(resposta, "contatoMudou", {})


def _mostrar(
    request: HttpRequest,
    tipo: str,
    cliente: Cliente,
    form: ConsertoForm,
    depois: DepoisForm,
    proxima: Indicadores | None,
    status: int = 0,
) -> HttpResponse:
    contexto = {
        "cliente": cliente,
        "ind": Indicadores.objects.get(pk=cliente.pk),
        "tipo": tipo,
        "nome_do_tipo": TipoDePendencia(tipo).label,
        "como_esta": _como_esta(request, tipo, cliente),
        "form": form,
        "depois": depois,
        "acao": _endereco(request, tipo, cliente.pk),
        "pular": _endereco(request, tipo, proxima.pk) if proxima else "",
    }
    modelo = "higienizacao/_conserto_dialogo.html" if request.htmx else "higienizacao/conserto.html"
    recusado = form.is_bound or depois.is_bound
    return render(request, modelo, contexto, status=status or (422 if recusado else 200))


@require_safe
@exige(Permissao.HIGIENIZAR)
def decididas(request: HttpRequest) -> HttpResponseBase:
    """O que saiu da fila sem conserto, com o motivo e a volta."""
    decisoes = (
        DecisaoDePendencia.objects.visiveis_para(request.user)
        .exclude(decisao=DecisaoDeHigiene.CONSERTADA)
        .select_related("cliente", "por")
        .order_by("-em", "pk")
    )
    if "formato" in request.GET:
        linhas = _linhas_das_decididas(request, decisoes)
        return levar(request, "pendencias-decididas", "Aceitas e adiadas", COLUNAS_DAS_DECIDIDAS, linhas)
    pagina = Paginator(decisoes, POR_PAGINA).get_page(request.GET.get("pagina"))
    for d in pagina:
        d.dito = _dito(request, d.tipo, d.cliente, d.valor) if d.valor else ""
    contexto = {
        "abas": abas("decididas"),
        "pagina": pagina,
        "hoje": timezone.localdate(),
        "exportacoes": exportacoes(request),
    }
    return render(request, "higienizacao/decididas.html", contexto)


def _linhas_das_decididas(request: HttpRequest, decisoes: "QuerySet[Any]") -> Iterator[list[Any]]:
    for d in decisoes.iterator(chunk_size=LOTE):
        yield [
            d.cliente.codigo, d.cliente.nome, d.get_tipo_display(),
            _dito(request, d.tipo, d.cliente, d.valor) if d.valor else "", d.get_decisao_display(), d.ate,
            d.motivo, d.por.nome if d.por else "", timezone.localdate(d.em),
        ]  # fmt: skip


@require_POST
@exige(Permissao.HIGIENIZAR)
def reabrir(request: HttpRequest, decisao: int) -> HttpResponse:
    achada = get_object_or_404(
        DecisaoDePendencia.objects.visiveis_para(request.user).select_related("cliente"), pk=decisao
    )
    higiene.reabrir(cliente=achada.cliente, tipo=achada.tipo, por=request.user)
    messages.success(request, f"{achada.cliente.nome} voltou à fila.")
    return redirect(destino_seguro(request, reverse("higienizacao:decididas")))


urlpatterns = [
    path("", fila, name="fila"),
    path("decididas/", decididas, name="decididas"),
    path("decididas/<int:decisao>/reabrir/", reabrir, name="reabrir"),
    path("<slug:tipo>/<int:pk>/", conserto, name="conserto"),
]
