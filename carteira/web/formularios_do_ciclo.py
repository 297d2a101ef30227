"""O que se escolhe na página do ciclo de compra; o que não se entende fica no padrão, com a frase do erro."""

from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict

from atividade.ciclos import LARGURAS

POR_CLIENTE, POR_COMPRA = "cliente", "compra"
PARTE_PADRAO = 80
_DATAS = ["%Y-%m-%d", "%d/%m/%Y"]


def _data(rotulo: str) -> forms.DateField:
    return forms.DateField(
        label=rotulo,
        required=False,
        input_formats=_DATAS,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "Escreva a data como 31/12/2026."},
    )


class CicloForm(forms.Form):
    modo = forms.ChoiceField(
        label="Contar",
        required=False,
        choices=[(POR_CLIENTE, "Por cliente"), (POR_COMPRA, "Por compra")],
        widget=forms.RadioSelect,
    )
    segmento = forms.ChoiceField(label="Segmento", required=False)
    vendedor = forms.ChoiceField(label="Vendedor", required=False)
    de = _data("Recompras de")
    ate = _data("até")
    largura = forms.TypedChoiceField(
        label="Largura da faixa",
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", "Automática"), *((n, f"{n} {'dia' if n == 1 else 'dias'}") for n in LARGURAS)],
    )
    parte = forms.IntegerField(
        label="Concentração (%)",
        required=False,
        min_value=1,
        max_value=99,
        widget=forms.NumberInput(attrs={"min": 1, "max": 99, "inputmode": "numeric"}),
        error_messages={
            "invalid": "Use um número inteiro.",
            "min_value": "Use de 1 a 99.",
            "max_value": "Use de 1 a 99.",
        },
    )

    def __init__(
        self,
        url: QueryDict,
        *,
        segmentos: list[tuple[str, str]],
        vendedores: list[tuple[str, str]],
        referencia: date | None,
    ) -> None:
        dados = {"modo": POR_CLIENTE, "parte": str(PARTE_PADRAO)} | {k: v for k, v in url.items() if v}
        super().__init__(dados)
        self.fields["segmento"].choices = [("", "Todos"), *segmentos]
        self.fields["vendedor"].choices = [("", "Todos"), *vendedores]
        if referencia:
            for nome in ("de", "ate"):
                self.fields[nome].widget.attrs["max"] = referencia.isoformat()

    def clean(self) -> dict[str, Any]:
        dados = super().clean() or {}
        if dados.get("de") and dados.get("ate") and dados["ate"] < dados["de"]:
            self.add_error("ate", "O fim vem antes do começo: o período foi ignorado.")
            dados["de"] = None
        return dados

    def escolhas(self) -> dict[str, Any]:
        """O que vale: o escolhido ou, no que falta ou está errado, o padrão."""
        padrao: dict[str, Any] = {
            "modo": POR_CLIENTE,
            "segmento": "",
            "vendedor": "",
            "de": None,
            "ate": None,
            "largura": None,
            "parte": PARTE_PADRAO,
        }
        return padrao | {k: v for k, v in self.cleaned_data.items() if v}
