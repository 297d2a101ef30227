"""Os critérios da fila de uma empresa: o administrador muda, vendo antes quem entra e quem sai de cada fila."""

from dataclasses import asdict
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from atividade.criterios_da_fila import (
    CAMPOS,
    ENTRA,
    SAI,
    criterios_da,
    desfazer_criterios,
    mudancas_dos_criterios,
    mudar_criterios,
    previa_da_fila,
    quem_muda,
)
from atividade.regras import RegraInvalida
from atividade.regras_da_fila import POR_CHAVE, Criterios
from carteira.formatos import moeda
from carteira.web.acesso import exige
from carteira.web.campos import NumeroField
from carteira.web.limites import com_empresa
from contas.escopo import empresas_de
from contas.models import Empresa, RegistroDeAuditoria
from contas.papeis import Permissao

MUDANCAS_NA_TELA = 10
NOMES_POR_PAGINA = 50


class CriteriosForm(forms.Form):
    """Só os critérios: é o que a prévia lê."""

    dias_de_descanso = forms.IntegerField(
        label="Descanso depois de uma conversa (dias)",
        min_value=0,
        max_value=365,
        help_text="Quem foi contatado nesses dias não volta à fila. Zero não descansa ninguém.",
    )
    antecedencia_dias = forms.IntegerField(
        label="Antes da compra esperada (dias)",
        min_value=0,
        max_value=365,
        help_text="O ativo entra na fila quando a próxima compra que se espera está a esses dias ou menos.",
    )
    incluir_bloqueados = forms.BooleanField(label="Bloqueados entram na fila", required=False)
    incluir_inadimplentes = forms.BooleanField(label="Quem tem título vencido entra na fila", required=False)
    valor_minimo = NumeroField(
        label="Esses só entram se valerem por ano (R$)",
        min_value=Decimal(0),
        max_digits=14,
        decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        help_text="Vale para bloqueados e títulos vencidos que entram. Zero deixa entrar todos.",
    )
    capacidade_padrao = forms.IntegerField(
        label="Contatos por dia",
        min_value=1,
        max_value=500,
        help_text="De quem não tem um número próprio no cadastro de pessoas.",
    )

    @property
    def criterios(self) -> Criterios:
        return Criterios(**{campo: self.cleaned_data[campo] for campo in CAMPOS})


class SalvarForm(CriteriosForm):
    motivo = forms.CharField(
        label="Motivo",
        max_length=200,
        help_text="Fica no histórico.",
        error_messages={"required": "Diga por que muda: fica no histórico."},
    )


def _iniciais(criterios: Criterios) -> dict[str, Any]:
    return asdict(criterios) | {"valor_minimo": f"{criterios.valor_minimo:.2f}".replace(".", ",")}


def _endereco(empresa: Empresa) -> str:
    return f"{reverse('fila:criterios')}?empresa={empresa.pk}"


@exige(Permissao.CONFIGURAR_ATIVIDADE)
@com_empresa
def criterios(request: HttpRequest, *, empresa: Empresa) -> HttpResponse:
    """A página e, no POST, a mudança; o que a URL experimenta já vem nos campos."""
    if request.method == "POST":
        form = SalvarForm(request.POST)
        if form.is_valid() and _salvar(request, empresa, form):
            return redirect(_endereco(empresa))
    else:
        pedido = CriteriosForm(request.GET)
        atuais = criterios_da(empresa)
        form = SalvarForm(initial=_iniciais(pedido.criterios if pedido.is_valid() else atuais))
    contexto = {
        "empresa": empresa,
        "empresas": list(empresas_de(request.user)),
        "form": form,
        "mudancas": [
            _mudanca(n, registro)
            for n, registro in enumerate(mudancas_dos_criterios(empresa)[:MUDANCAS_NA_TELA])
        ],
        **_previa(empresa, form.data if form.is_bound else form.initial),
    }
    return render(request, "fila/criterios.html", contexto, status=422 if form.is_bound else 200)


def _salvar(request: HttpRequest, empresa: Empresa, form: SalvarForm) -> bool:
    try:
        mudados = mudar_criterios(
            empresa=empresa, novos=form.criterios, por=request.user, motivo=form.cleaned_data["motivo"]
        )
    except ValidationError as recusa:
        form.add_error(None, recusa)
        return False
    messages.success(request, "Critérios salvos: já valem na fila de todos." if mudados else "Nada mudou.")
    return True


def _mudanca(n: int, registro: RegistroDeAuditoria) -> dict[str, Any]:
    antes, depois = registro.antes or {}, registro.depois or {}
    campos = SalvarForm.base_fields
    ditos = [(campos[c].label, _dito(antes[c]), _dito(depois.get(c))) for c in CAMPOS if c in antes]
    return {"registro": registro, "campos": ditos, "motivo": depois.get("motivo", ""), "ultima": n == 0}


def _dito(valor: Any) -> str:
    if isinstance(valor, bool):
        return "sim" if valor else "não"
    return moeda(Decimal(valor)) if isinstance(valor, str) else str(valor)


# ── A prévia ─────────────────────────────────────────────────────────────────


def _previa(empresa: Empresa, dados: Any) -> dict[str, Any]:
    """O que os critérios do formulário fariam hoje; com eles errados, ou sem carteira, nada a mostrar."""
    form = CriteriosForm(dados)
    if not form.is_valid() or empresa.referencia is None:
        return {"previa": None, "recusada": not form.is_valid()}
    consulta = {"empresa": empresa.pk, **{c: form[c].value() or "" for c in CAMPOS}}
    previa = previa_da_fila(
        empresa=empresa, novos=form.criterios, referencia=empresa.referencia, hoje=timezone.localdate()
    )
    return {"previa": previa, "nomes": f"{reverse('fila:criterios_nomes')}?{urlencode(_ligados(consulta))}"}


def _ligados(consulta: dict[str, Any]) -> dict[str, Any]:
    """Caixa desmarcada não vai na URL, como num formulário."""
    return {campo: "on" if valor is True else valor for campo, valor in consulta.items() if valor != ""}


@require_safe
@exige(Permissao.CONFIGURAR_ATIVIDADE)
@com_empresa
def previa(request: HttpRequest, *, empresa: Empresa) -> HttpResponse:
    """Fragmento que acompanha a digitação; nada é escrito."""
    return render(request, "fila/_previa.html", {"empresa": empresa, **_previa(empresa, request.GET)})


@require_safe
@exige(Permissao.CONFIGURAR_ATIVIDADE)
@com_empresa
def nomes(request: HttpRequest, *, empresa: Empresa) -> HttpResponse:
    """Quem entraria ou sairia, com a regra que o deixa ou deixaria de fora."""
    form = CriteriosForm(request.GET)
    if not form.is_valid() or empresa.referencia is None:
        return redirect(_endereco(empresa))
    movimento = SAI if request.GET.get("movimento") == SAI else ENTRA
    vendedor = request.GET.get("vendedor", "")
    mudam = quem_muda(
        empresa=empresa,
        novos=form.criterios,
        referencia=empresa.referencia,
        hoje=timezone.localdate(),
        movimento=movimento,
        vendedor=vendedor if vendedor.isascii() and vendedor.isdigit() and len(vendedor) < 16 else "",
    )
    pagina = Paginator(mudam.select_related("cliente", "vendedor"), NOMES_POR_PAGINA).get_page(
        request.GET.get("pagina")
    )
    contexto = {
        "empresa": empresa,
        "movimento": movimento,
        "pagina": pagina,
        "linhas": [(ind, POR_CHAVE[ind.antes or ind.depois]) for ind in pagina],
        "voltar": f"{reverse('fila:criterios')}?{request.GET.urlencode()}",
    }
    return render(request, "fila/criterios_nomes.html", contexto)


@require_POST
@exige(Permissao.CONFIGURAR_ATIVIDADE)
@com_empresa
def desfazer(request: HttpRequest, *, empresa: Empresa, pk: int) -> HttpResponse:
    """Volta ao que era antes da última mudança."""
    registro = get_object_or_404(mudancas_dos_criterios(empresa), pk=pk)
    try:
        desfazer_criterios(empresa=empresa, registro=registro, por=request.user)
        messages.success(request, "Mudança desfeita: valem de novo os critérios de antes.")
    except RegraInvalida as recusa:
        messages.error(request, str(recusa))
    return redirect(_endereco(empresa))


urlpatterns = [
    path("criterios/", criterios, name="criterios"),
    path("criterios/previa/", previa, name="criterios_previa"),
    path("criterios/nomes/", nomes, name="criterios_nomes"),
    path("criterios/<int:pk>/desfazer/", desfazer, name="criterios_desfazer"),
]
