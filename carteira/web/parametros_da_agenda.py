"""As regras da agenda de uma empresa: uma tela pequena do administrador, com o motivo e a história."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from carteira.web.acesso import exige
from carteira.web.limites import com_empresa
from clientes.models import UFS
from clientes.parametros_da_agenda import CAMPOS, mudancas_dos_parametros, mudar_parametros_da_agenda
from contas.escopo import empresas_de
from contas.models import Empresa, RegistroDeAuditoria
from contas.papeis import Permissao

MUDANCAS_NA_TELA = 10
SO_NACIONAIS = "Os do estado de cada cliente"


class ParametrosDaAgendaForm(forms.Form):
    nova_tentativa_em_dias = forms.IntegerField(
        label="Tentar de novo depois de (dias úteis)",
        min_value=1,
        max_value=60,
        help_text="Quem não atendeu volta à agenda nesse dia.",
    )
    tentativas_ate_parar = forms.IntegerField(
        label="Parar depois de (tentativas)",
        min_value=1,
        max_value=50,
        help_text="A partir daí, uma pessoa decide se insiste, adia ou cancela.",
    )
    agenda_escala_em_dias = forms.IntegerField(
        label="Avisar o gestor depois de (dias de atraso)",
        min_value=1,
        max_value=90,
        help_text="O compromisso esquecido vai no e-mail dele, uma vez.",
    )
    feriados_uf = forms.ChoiceField(
        label="Feriados estaduais",
        choices=[("", SO_NACIONAIS), *((uf, uf) for uf in sorted(UFS))],
        required=False,
        help_text="Os nacionais valem sempre.",
    )
    motivo = forms.CharField(label="Motivo", max_length=200, required=False, help_text="Fica no histórico.")


@exige(Permissao.CONFIGURAR_ATIVIDADE)
@com_empresa
def parametros(request: HttpRequest, *, empresa: Empresa) -> HttpResponse:
    form = ParametrosDaAgendaForm(request.POST or None, initial={c: getattr(empresa, c) for c in CAMPOS})
    if request.method == "POST" and form.is_valid():
        dados = form.cleaned_data
        mudados = mudar_parametros_da_agenda(
            empresa=empresa, valores={c: dados[c] for c in CAMPOS}, por=request.user, motivo=dados["motivo"]
        )
        messages.success(request, "Regras da agenda salvas." if mudados else "Nada mudou.")
        return redirect(f"{reverse('agenda:parametros')}?empresa={empresa.pk}")
    contexto = {
        "empresa": empresa,
        "empresas": list(empresas_de(request.user)),
        "form": form,
        "mudancas": [_mudanca(r) for r in mudancas_dos_parametros(empresa)[:MUDANCAS_NA_TELA]],
    }
    return render(request, "agenda/parametros.html", contexto, status=422 if form.is_bound else 200)


def _mudanca(registro: RegistroDeAuditoria) -> dict[str, Any]:
    antes, depois = registro.antes or {}, registro.depois or {}
    campos = ParametrosDaAgendaForm.base_fields
    ditos = [
        (campos[c].label, antes[c] or SO_NACIONAIS, depois[c] or SO_NACIONAIS) for c in CAMPOS if c in antes
    ]
    return {"registro": registro, "campos": ditos, "motivo": depois.get("motivo", "")}


urlpatterns = [path("regras/", parametros, name="parametros")]
