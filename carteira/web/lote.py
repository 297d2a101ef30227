"""A barra de ações sobre os marcados, e a primeira delas: agendar um contato com todos."""

from typing import Any

from django import forms
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from carteira.formatos import data, numero, plural
from carteira.selecao import Selecao, SelecaoRecusada
from carteira.web.acesso import destino_seguro, exige
from carteira.web.formularios_da_agenda import DiaForm
from carteira.web.voltas import PrazoPassado, bilhete, dizer, do_bilhete, passou
from clientes.agenda import Proximo
from clientes.agenda_em_lote import LIMITE, LoteInvalido, agendar_em_lote, desfazer_lote, prever
from clientes.compromissos import DAO_A_OUTROS, uf_dos_feriados
from clientes.dias_uteis import somar_uteis
from clientes.models import CanalDeContato
from contas.models import Usuario
from contas.papeis import Permissao, pode

NOMES_NA_TELA = 8


class AgendarLoteForm(DiaForm):
    tipo = forms.ChoiceField(
        label="O que fazer",
        choices=CanalDeContato.choices,
        widget=forms.RadioSelect,
        initial=CanalDeContato.LIGACAO,
    )
    nota = forms.CharField(label="Nota", max_length=300, required=False)
    de_quem = forms.ChoiceField(
        label="De quem é", choices=[("cada", "Do vendedor de cada cliente"), ("eu", "Meu")], initial="cada"
    )
    field_order = ("tipo", "em", "hora", "nota", "de_quem")

    def __init__(self, *args: Any, por: Usuario, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if por.papel not in DAO_A_OUTROS:
            del self.fields["de_quem"]

    @property
    def de_cada_um(self) -> bool:
        return "de_quem" in self.fields and self["de_quem"].value() == "cada"

    def combinado(self) -> Proximo:
        dados = self.cleaned_data
        return Proximo(dados["em"], dados["hora"], dados["tipo"], dados["nota"])


# ── A barra ──────────────────────────────────────────────────────────────────


def contexto_da_barra(request: HttpRequest) -> dict[str, Any]:
    """Só o que a pessoa pode e o que a casa tem."""
    registra = pode(request.user, Permissao.REGISTRAR_CONTATO)
    acoes = [
        _acao("Agendar", "clientes:lote_agendar", "calendar-plus", "A", registra, dialogo=True),
        _acao("E-mail", "clientes:lote_email", "mail", "E", registra, dialogo=True),
        _acao("Pôr numa lista", "listas:incluir", "list", "L", pode(request.user, Permissao.GERIR_LISTAS)),
        _acao("Transferir", "carteiras:transferir", "users", "T", pode(request.user, Permissao.REATRIBUIR)),
        _acao(
            "Exportar",
            "clientes:exportar",
            "download",
            "P",
            pode(request.user, Permissao.EXPORTAR),
            baixa=True,
        ),
    ]
    return {"acoes_em_lote": [acao for acao in acoes if acao]}


def _acao(rotulo: str, rota: str, icone: str, tecla: str, pode_: bool, **como: bool) -> dict[str, Any] | None:
    try:
        return (
            {"rotulo": rotulo, "url": reverse(rota), "icone": icone, "tecla": tecla, **como}
            if pode_
            else None
        )
    except NoReverseMatch:
        return None


# ── A seleção, em qualquer ação ──────────────────────────────────────────────


def selecao_de(request: HttpRequest) -> tuple[Selecao, Any]:
    """A seleção e os clientes dela; filtro que não se entendeu recusa a ação inteira."""
    dados = request.POST if request.method == "POST" else request.GET
    selecao = Selecao.de(dados, request.user)
    try:
        return selecao, selecao.clientes()
    except SelecaoRecusada as recusa:
        raise BadRequest(str(recusa)) from recusa


def nada_marcado(request: HttpRequest) -> HttpResponse:
    """Ninguém marcado (ou ninguém que a pessoa veja): diz o que fazer."""
    modelo = "clientes/lote/vazio_dialogo.html" if request.htmx else "clientes/lote/vazio.html"
    return render(request, modelo, {"voltar": destino_seguro(request, reverse("clientes:lista"))})


def contagem(n: int) -> str:
    return f"{numero(n)} {plural(n, 'cliente,clientes')}"


def fim(request: HttpRequest, texto: str, *, desfazer: str = "") -> HttpResponse:
    """Fim de uma ação em lote: o aviso traz a volta, e a lista se refaz sem os marcados."""
    if not request.htmx:
        dizer(request, texto, desfazer=desfazer)
        return redirect(destino_seguro(request, reverse("clientes:lista")))
    resposta = HttpResponse(status=204)
    trigger_client_event(resposta, "avisar", {"texto": texto, **({"desfazer": desfazer} if desfazer else {})})
    trigger_client_event(resposta, "loteFeito", {})
    trigger_client_event(resposta, "contatoMudou", {})
    return trigger_client_event(resposta, "fecharDialogo", {})


# ── Agendar ──────────────────────────────────────────────────────────────────


@require_http_methods(["GET", "POST"])
@exige(Permissao.REGISTRAR_CONTATO)
def agendar(request: HttpRequest) -> HttpResponse:
    """O formulário com quem fica de fora e por quê; no dia que não é útil, pergunta antes de gravar."""
    selecao, clientes = selecao_de(request)
    total = clientes.count() if selecao else 0
    if not total:
        return nada_marcado(request)
    uf = _uf(clientes)
    gravar = request.method == "POST" and "em" in request.POST and "previa" not in request.POST
    dados = request.POST if gravar else None
    form = AgendarLoteForm(dados, uf=uf, por=request.user, initial=_iniciais(request, uf))
    if form.is_bound and form.is_valid():
        try:
            return _agendados(request, clientes, form)
        except LoteInvalido as recusa:
            form.add_error(None, str(recusa))
    previsto = _previsao(request, clientes, form) if total <= LIMITE else None
    modelo = "clientes/lote/agendar_dialogo.html" if request.htmx else "clientes/lote/agendar.html"
    contexto = {
        "form": form,
        "aviso": form.aviso,
        "total": total,
        "limite": LIMITE,
        "previsto": previsto,
        "campos_da_selecao": selecao.campos(),
        "voltar": destino_seguro(request, ""),
        "nomes_na_tela": NOMES_NA_TELA,
    }
    return render(request, modelo, contexto, status=422 if form.is_bound and form.errors else 200)


def _iniciais(request: HttpRequest, uf: str) -> dict[str, Any]:
    """Amanhã, em dia útil; ou o que já se escolheu, quando só se refaz a conta de quem fica de fora."""
    campos = ("em", "tipo", "de_quem", "nota", "hora")
    escolhido = {campo: request.POST[campo] for campo in campos if request.POST.get(campo)}
    return {"em": somar_uteis(timezone.localdate(), 1, uf).isoformat(), **escolhido}


def _uf(clientes: Any) -> str:
    """O estado cujos feriados valem; de vários estados, só os nacionais."""
    um_de_cada = clientes.select_related("empresa").order_by("empresa_id", "uf").distinct("empresa_id", "uf")
    ufs = {uf_dos_feriados(cliente) for cliente in um_de_cada}
    return ufs.pop() if len(ufs) == 1 else ""


def _previsao(request: HttpRequest, clientes: Any, form: AgendarLoteForm) -> Any:
    """Quem fica de fora com o que está escolhido agora."""
    tipo = form["tipo"].value()
    try:
        em = parse_date(str(form["em"].value()))
    except ValueError:
        em = None
    return prever(
        clientes=clientes.select_related("vendedor"),
        tipo=tipo if tipo in CanalDeContato.values else CanalDeContato.LIGACAO,
        em=em or timezone.localdate(),
        por=request.user,
        de_cada_um=form.de_cada_um,
    )


def _agendados(request: HttpRequest, clientes: Any, form: AgendarLoteForm) -> HttpResponse:
    ids = list(clientes.values_list("pk", flat=True)[: LIMITE + 1])
    if len(ids) > LIMITE:
        raise LoteInvalido(f"São mais de {numero(LIMITE)} clientes: estreite o filtro ou marque menos.")
    proximo = form.combinado()
    lote = agendar_em_lote(clientes=ids, proximo=proximo, por=request.user, de_cada_um=form.de_cada_um)
    feitos = len(lote.marcados)
    texto = f"{CanalDeContato(proximo.tipo).label} em {data(proximo.em, '%d/%m')} com {contagem(feitos)}."
    if not feitos:
        texto = "Nada foi marcado."
    if lote.fora:
        partes = (f"{numero(len(quem))} {motivo}" for motivo, quem in lote.fora.items())
        texto = f"{texto} De fora: {', '.join(partes)}."
    desfazer = ""
    if feitos:
        vale = bilhete(request, "agenda", [a.pk for a in lote.marcados])
        desfazer = f"{reverse('clientes:lote_agendar_desfazer')}?vale={vale}"
    return fim(request, texto, desfazer=desfazer)


@require_POST
@exige(Permissao.REGISTRAR_CONTATO)
def agendar_desfazer(request: HttpRequest) -> HttpResponse:
    try:
        marcados = do_bilhete(request, "agenda", request.GET.get("vale", ""))
    except PrazoPassado:
        return passou(request, destino_seguro(request, reverse("clientes:lista")))
    desfeitos = desfazer_lote(agendamentos=marcados, por=request.user)
    formas = "agendamento desfeito,agendamentos desfeitos"
    return fim(
        request, f"{numero(desfeitos)} {plural(desfeitos, formas)}." if desfeitos else "Nada a desfazer."
    )


urlpatterns = [
    path("lote/agendar/", agendar, name="lote_agendar"),
    path("lote/agendar/desfazer/", agendar_desfazer, name="lote_agendar_desfazer"),
]
