"""Campos de formulário que leem o que um brasileiro digita."""

from decimal import Decimal
from typing import Any

from django import forms


class NumeroField(forms.DecimalField):
    """Aceita 40, 40,5, 1.234,56, R$ 5.000,00 e 12%; mostra com vírgula, e sem casas quando são zero."""

    widget = forms.TextInput(attrs={"class": "ent num", "inputmode": "decimal", "autocomplete": "off"})

    def to_python(self, value: Any) -> Decimal | None:
        texto = str(value or "").replace("R$", "").replace("%", "").strip()
        if "," in texto:
            texto = texto.replace(".", "").replace(",", ".")
        lido: Decimal | None = super().to_python(texto)
        return lido

    def prepare_value(self, value: Any) -> Any:
        return f"{value:.2f}".replace(".", ",").removesuffix(",00") if isinstance(value, Decimal) else value
