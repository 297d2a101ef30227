"""Os formulários dos dados pessoais."""

from typing import Any

from django import forms
from django.utils import timezone

from carteira.web.versao import ComVersao
from clientes.models import BaseLegal, CanalDeContato, ParametrosDeLgpd

TAMANHO_MAXIMO = 20 * 2**20


def _dia(rotulo: str) -> forms.DateField:
    return forms.DateField(
        label=rotulo,
        initial=timezone.localdate,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class _DoTitularForm(forms.Form):
    titular = forms.ChoiceField(label="De quem")

    def __init__(self, *args: Any, titulares: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["titular"].choices = titulares  # type: ignore[attr-defined]


class OposicaoForm(_DoTitularForm):
    canais = forms.MultipleChoiceField(
        label="Não quer ser procurado por",
        choices=CanalDeContato.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Escolha ao menos um canal."},
    )
    em = _dia("Quando pediu")
    motivo = forms.CharField(
        label="O que disse",
        max_length=300,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "Ex.: pediu por telefone para não ligar mais"}),
    )


class BaseForm(_DoTitularForm):
    base = forms.ChoiceField(label="Base legal", choices=BaseLegal.choices)
    origem = forms.CharField(
        label="De onde vieram os dados",
        max_length=200,
        widget=forms.TextInput(attrs={"placeholder": "Ex.: ficha de cadastro assinada na feira de Lages"}),
    )
    desde = _dia("Desde")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Divide a página com o da oposição: cada um com os seus ids.
        super().__init__(*args, **{"auto_id": "id_base_%s"} | kwargs)


class RetirarForm(forms.Form):
    motivo = forms.CharField(
        label="Por que o canal volta a se abrir",
        max_length=300,
        widget=forms.TextInput(
            attrs={"placeholder": "Ex.: ligou hoje pedindo para voltar a receber ofertas"}
        ),
    )


class AnonimizarForm(forms.Form):
    motivo = forms.CharField(
        label="Por que",
        max_length=300,
        widget=forms.TextInput(attrs={"placeholder": "Ex.: pedido do titular por e-mail em 24/11/2026"}),
    )
    frase = forms.CharField(label="Escreva a frase acima", max_length=160)

    def __init__(self, *args: Any, frase: str, **kwargs: Any) -> None:
        self.esperada = frase
        super().__init__(*args, **kwargs)

    def clean_frase(self) -> str:
        escrita = " ".join(str(self.cleaned_data["frase"]).split())
        if escrita.casefold() != self.esperada.casefold():
            raise forms.ValidationError("A frase não confere: nada foi apagado.")
        return escrita


class DeclaracaoForm(ComVersao, forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = ParametrosDeLgpd
        fields = ("controlador", "encarregado", "encarregado_email", "base_dos_clientes", "base")
        widgets = {"controlador": forms.TextInput(attrs={"placeholder": "Razão social e CNPJ da empresa"})}


class BloqueioForm(forms.Form):
    """Um arquivo, ou um número ou endereço de cada vez."""

    lista = forms.CharField(label="Nome da lista", max_length=60, initial="Não Me Ligue")
    em = _dia("Data da lista")
    arquivo = forms.FileField(label="Arquivo CSV", required=False)
    valor = forms.CharField(
        label="Ou um só",
        max_length=254,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "Telefone com DDD, ou e-mail"}),
    )

    def clean_arquivo(self) -> Any:
        arquivo = self.cleaned_data["arquivo"]
        if arquivo and arquivo.size > TAMANHO_MAXIMO:
            raise forms.ValidationError("O arquivo passa de 20 MB: divida-o e envie uma parte por vez.")
        return arquivo

    def clean(self) -> dict[str, Any]:
        dados: dict[str, Any] = super().clean() or self.cleaned_data
        if not dados.get("arquivo") and not dados.get("valor") and not self.errors:
            raise forms.ValidationError("Envie o arquivo da lista, ou escreva um telefone ou e-mail.")
        return dados
