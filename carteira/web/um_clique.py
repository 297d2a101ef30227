"""Um clique: a página de confirmação em que caem os enlaces do e-mail. Abrir nunca muda nada; só o POST."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from carteira.formatos import data
from carteira.web.formularios_de_cliente import AdiarForm
from clientes.agenda import AgendaInvalida
from clientes.cadastro import CadastroInvalido
from clientes.models import CanalDeContato, Ocorrencia
from clientes.relacionamento import LIMITE_DA_OBSERVACAO, RelacionamentoInvalido
from notificacoes.models import EnlaceUsado, Gesto
from notificacoes.um_clique import Enlace, EnlaceRecusado, Resposta, abrir, confirmar, desfazer

_DATA = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
_ESTADOS = {
    "sem_acesso": 403,
    "de_outro": 403,
    "adulterado": 404,
    "sem_mensagem": 404,
}  # o resto não vale mais: 410
_TITULOS = {
    "vencido": "Este endereço venceu",
    "adulterado": "Este endereço não é válido",
    "sem_mensagem": "Este endereço não registra nada",
    "sem_acesso": "Esta conta não registra contatos",
    "de_outro": "Este e-mail é de outra pessoa",
    "de_outra_carteira": "O cliente mudou de carteira",
}


class ConversaForm(forms.Form):
    ocorrencia = forms.TypedChoiceField(label="Como terminou", widget=forms.RadioSelect)
    canal = forms.ChoiceField(label="Como foi", widget=forms.RadioSelect)
    observacao = forms.CharField(
        label="O que ficou combinado",
        required=False,
        max_length=LIMITE_DA_OBSERVACAO,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, enlace: Enlace, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ocorrencias: dict[int, Ocorrencia] = {o.pk: o for o in enlace.ocorrencias()}
        resultado: Any = self.fields["ocorrencia"]
        resultado.choices = [(pk, o.nome) for pk, o in ocorrencias.items()]
        resultado.coerce, resultado.initial = lambda pk: ocorrencias[int(pk)], next(iter(ocorrencias), None)
        canal: Any = self.fields["canal"]
        canal.choices = [(c.value, c.label) for c in enlace.canais()]
        canal.initial = canal.choices[0][0]

    def resposta(self) -> Resposta:
        return Resposta(**self.cleaned_data)


class AmanhaForm(forms.Form):
    dia = forms.DateField(label="Dia", widget=_DATA)
    observacao = forms.CharField(label="Nota", required=False, max_length=300)

    def __init__(self, *args: Any, enlace: Enlace, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["dia"].initial = enlace.amanha(timezone.localdate())

    def clean_dia(self) -> Any:
        if self.cleaned_data["dia"] < timezone.localdate():
            raise forms.ValidationError("Escolha hoje ou um dia que ainda vem.")
        return self.cleaned_data["dia"]

    def resposta(self) -> Resposta:
        return Resposta(**self.cleaned_data)


class AdiarPeloEmailForm(AdiarForm):
    def __init__(self, *args: Any, enlace: Enlace, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ate"].initial = timezone.localdate() + timedelta(days=7)
        self.fields["motivo"].initial = f"Adiado pelo e-mail de {data(enlace.vaga)}"

    def resposta(self) -> Resposta:
        return Resposta(dia=self.cleaned_data["ate"], observacao=self.cleaned_data["motivo"])


_FORMULARIOS: dict[Gesto, Any] = {Gesto.AMANHA: AmanhaForm, Gesto.ADIAR: AdiarPeloEmailForm}


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def pagina(request: HttpRequest, token: str) -> HttpResponse:
    """GET e HEAD só mostram; POST confirma ou desfaz, e volta a esta página."""
    try:
        enlace = abrir(token, request.user if request.user.is_authenticated else None)
        if request.method == "POST":
            return _gravar(request, enlace, token)
    except EnlaceRecusado as recusa:
        return _recusado(request, recusa)
    return _mostrar(request, enlace, _formulario(enlace))


def _formulario(enlace: Enlace, dados: Any = None) -> Any:
    return _FORMULARIOS.get(enlace.gesto, ConversaForm)(dados, enlace=enlace)


def _gravar(request: HttpRequest, enlace: Enlace, token: str) -> HttpResponse:
    volta = redirect("um_clique", token=token)
    if request.POST.get("acao") == "desfazer":
        desfazer(enlace)
        return volta
    if enlace.usado:  # o segundo envio: o que se disse no primeiro é o que vale
        return volta
    form = _formulario(enlace, request.POST)
    if form.is_valid():
        try:
            confirmar(enlace, form.resposta())
        except (RelacionamentoInvalido, AgendaInvalida, CadastroInvalido) as erro:
            form.add_error(None, str(erro))
        else:
            return volta
    return _mostrar(request, enlace, form)


def _mostrar(request: HttpRequest, enlace: Enlace, form: Any) -> HttpResponse:
    """Sem entrar, o nome do cliente vai pela metade e o que se escreveu não vai: o e-mail pode ter sido encaminhado."""
    entrou = request.user.is_authenticated
    contexto = {
        "enlace": enlace,
        "form": form,
        "nome": enlace.cliente.nome if entrou else pela_metade(enlace.cliente.nome),
        "feito": dizer_feito(enlace.usado, inteiro=entrou) if enlace.usado else "",
        "outros": [dizer_feito(outro, inteiro=entrou) for outro in enlace.outros],
        "ficha": reverse("clientes:ficha", args=[enlace.cliente.pk]),
    }
    resposta = render(request, "avisos/um_clique.html", contexto, status=422 if form.is_bound else 200)
    return _sem_rastro(resposta)


def _recusado(request: HttpRequest, recusa: EnlaceRecusado) -> HttpResponse:
    contexto = {"titulo": _TITULOS.get(recusa.porque, "Este endereço não vale mais"), "texto": str(recusa)}
    estado = _ESTADOS.get(recusa.porque, 410)
    return _sem_rastro(render(request, "avisos/um_clique_recusado.html", contexto, status=estado))


def _sem_rastro(resposta: HttpResponse) -> HttpResponse:
    """O endereço é a chave: não se indexa, e só se diz de onde se veio a páginas da casa (o POST precisa dizer)."""
    resposta["X-Robots-Tag"] = "noindex"
    resposta["Referrer-Policy"] = "same-origin"
    return resposta


def pela_metade(nome: str) -> str:
    """ "Metalúrgica Aurora do Vale" → "Metalúrgica A…": quem tem o e-mail reconhece, quem não tem não descobre."""
    primeira, _, resto = " ".join(nome.split()).partition(" ")
    return f"{primeira} {resto[:1]}…" if resto else f"{primeira[:4]}…"


def dizer_feito(usado: EnlaceUsado, *, inteiro: bool) -> str:
    """O que o enlace fez, numa linha; `inteiro` diz também o que a pessoa escreveu."""
    if usado.contato is not None:
        canal = CanalDeContato(usado.contato.canal).label
        quando = timezone.localtime(usado.contato.em)
        return f"{usado.contato.ocorrencia} · {canal} · {quando:%d/%m/%Y às %H:%M}"
    if usado.agendamento is not None:
        return f"Contato agendado para {data(usado.agendamento.em)}"
    assert usado.decisao is not None
    motivo = f": {usado.decisao.motivo}" if inteiro else ""
    return f"Adiado até {data(usado.decisao.ate)}{motivo}"
