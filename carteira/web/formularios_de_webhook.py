"""Os formulários dos webhooks: o destino e o período a repetir."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone

from carteira.web.formularios_de_pessoa import DataInput
from contas.models import Empresa
from notificacoes.models import EstadoDaEntrega
from notificacoes.webhooks.catalogo import CATALOGO
from notificacoes.webhooks.destinos import REPETIVEIS


class DestinoForm(forms.Form):
    empresa = forms.ModelChoiceField(label="Empresa", queryset=Empresa.objects.none(), empty_label=None)
    nome = forms.CharField(label="Nome", max_length=80)
    url = forms.CharField(
        label="Endereço",
        max_length=500,
        help_text="Começa por https://. É para lá que cada evento vai, por POST.",
        widget=forms.URLInput(attrs={"placeholder": "https://sistema.exemplo.com.br/avisos"}),
    )
    eventos = forms.MultipleChoiceField(
        label="O que avisar",
        choices=[(evento.nome, evento.rotulo) for evento in CATALOGO],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Escolha ao menos um evento."},
    )
    rede_interna = forms.BooleanField(
        label="Aceitar endereço da rede interna",
        required=False,
        help_text="Só para um sistema dentro da sua rede; deixa usar http://. Metadados de nuvem nunca.",
    )

    def __init__(self, *args: Any, empresas: QuerySet[Empresa], novo: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not novo:
            del self.fields["empresa"]
            return
        self.fields["empresa"].queryset = empresas.order_by("codigo")  # type: ignore[attr-defined]
        if len(empresas) == 1:
            self.fields["empresa"].widget = forms.HiddenInput()
            self.fields["empresa"].initial = empresas[0].pk

    def clean_nome(self) -> str:
        return " ".join(self.cleaned_data["nome"].split())


class PeriodoForm(forms.Form):
    de = forms.DateField(label="De", widget=DataInput())
    ate = forms.DateField(label="Até", widget=DataInput())
    quais = forms.ChoiceField(
        label="Quais",
        choices=[(EstadoDaEntrega.DESISTIDA.value, "Só as desistidas"), ("todas", "Também as entregues")],
        widget=forms.RadioSelect,
    )

    def clean(self) -> dict[str, Any]:
        dados: dict[str, Any] = super().clean() or {}
        if dados.get("de") and dados.get("ate") and dados["de"] > dados["ate"]:
            self.add_error("ate", "O último dia vem depois do primeiro.")
        return dados

    def filtro(self) -> Q:
        """As decididas do primeiro ao último dia, inclusive."""
        dados = self.cleaned_data
        de, ate = (
            timezone.make_aware(datetime.combine(dia, time.min))
            for dia in (dados["de"], dados["ate"] + timedelta(days=1))
        )
        todas = dados["quais"] == "todas"
        estados = REPETIVEIS if todas else (EstadoDaEntrega.DESISTIDA,)
        return Q(decidida_em__gte=de, decidida_em__lt=ate, estado__in=estados)
