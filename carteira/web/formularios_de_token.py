"""O formulário de um token novo da API."""

from django import forms

from contas.models import Escopo

VALIDADES = [(7, "7 dias"), (30, "30 dias"), (90, "90 dias"), (365, "1 ano")]


class TokenForm(forms.Form):
    nome = forms.CharField(
        label="Nome",
        max_length=60,
        help_text="Que programa vai usá-lo: “ERP”, “planilha do Bruno”.",
    )
    escopos = forms.MultipleChoiceField(
        label="O que ele pode",
        choices=[
            (Escopo.LER.value, "Ler o que você vê"),
            (Escopo.ESCREVER.value, "Escrever um registro por vez"),
            (Escopo.LOTE.value, "Mandar registros em lote"),
        ],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Escolha ao menos uma coisa."},
    )
    dias = forms.TypedChoiceField(label="Vale por", choices=VALIDADES, coerce=int)

    def clean_nome(self) -> str:
        return " ".join(self.cleaned_data["nome"].split())
