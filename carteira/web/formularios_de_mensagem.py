"""Os formulários do que se escreve ao cliente, e dos textos prontos da casa."""

import uuid
from typing import TYPE_CHECKING, Any

from django import forms

from carteira.formatos import telefone
from clientes.models import CanalDoModelo, ModeloDeMensagem
from clientes.variaveis import TextoInvalido, conferir

if TYPE_CHECKING:
    from carteira.web.ao_cliente import Carta


class CartaForm(forms.Form):
    """Modelo e destino vêm da carta: só o que se pode escolher aparece."""

    modelo = forms.ChoiceField(label="Mensagem pronta", required=False)
    para = forms.ChoiceField(
        label="Para", widget=forms.RadioSelect, error_messages={"invalid_choice": "Escolha um destes."}
    )
    texto = forms.CharField(
        label="Texto", max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 9})
    )
    chave = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4, required=False)

    def __init__(self, carta: "Carta", *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["modelo"].choices = [("", "Em branco"), *((str(m.pk), m.nome) for m in carta.modelos)]  # type: ignore[attr-defined]
        self.fields["para"].choices = [  # type: ignore[attr-defined]
            (d.chave, f"{d.nome} · {self.como_se_le(d.valor)}") for d in carta.destinos if not d.recusa
        ]

    @staticmethod
    def como_se_le(valor: str) -> str:
        return valor


class EmailForm(CartaForm):
    assunto = forms.CharField(
        label="Assunto", max_length=150, error_messages={"required": "Escreva o assunto do e-mail."}
    )
    field_order = ("para", "modelo", "assunto", "texto", "chave")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["texto"].required = True
        self.fields["texto"].error_messages["required"] = "Escreva o texto do e-mail."
        self.fields["chave"].required = True


class WhatsappForm(CartaForm):
    """O texto é opcional: a conversa pode abrir em branco."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["texto"].widget.attrs["rows"] = 5

    @staticmethod
    def como_se_le(valor: str) -> str:
        return telefone(valor)


class ComVariaveis(forms.Form):
    """Recusa no campo certo a variável que não existe, com o nome dela."""

    def conferido(self, campo: str) -> str:
        texto: str = self.cleaned_data[campo]
        try:
            conferir(texto)
        except TextoInvalido as erro:
            raise forms.ValidationError(str(erro)) from erro
        return texto


class RoteiroForm(ComVariaveis):
    texto = forms.CharField(
        label="Roteiro",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 7}),
        error_messages={"required": "Escreva o que dizer a esta faixa."},
    )

    def clean_texto(self) -> str:
        return self.conferido("texto")


class ModeloForm(ComVariaveis):
    canal = forms.ChoiceField(
        label="Canal", choices=CanalDoModelo.choices, widget=forms.RadioSelect, initial=CanalDoModelo.EMAIL
    )
    nome = forms.CharField(label="Nome", max_length=60, help_text="Como aparece na lista de escolha.")
    assunto = forms.CharField(label="Assunto", max_length=150, required=False)
    corpo = forms.CharField(label="Texto", max_length=4000, widget=forms.Textarea(attrs={"rows": 11}))
    ordem = forms.IntegerField(
        label="Ordem", min_value=0, max_value=999, initial=0, help_text="A primeira é a que já vem escolhida."
    )

    def __init__(self, *args: Any, modelo: ModeloDeMensagem | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.modelo = modelo
        if modelo is not None:
            del self.fields["canal"]
            self.fields["assunto"].required = modelo.canal == CanalDoModelo.EMAIL

    def clean_assunto(self) -> str:
        return self.conferido("assunto")

    def clean_corpo(self) -> str:
        return self.conferido("corpo")

    def clean(self) -> dict[str, Any]:
        dados = super().clean() or {}
        canal = self.modelo.canal if self.modelo else dados.get("canal")
        if canal == CanalDoModelo.EMAIL and "assunto" not in self.errors and not dados.get("assunto"):
            self.add_error("assunto", "O e-mail precisa de um assunto.")
        iguais = ModeloDeMensagem.objects.filter(canal=canal, nome=dados.get("nome"))
        if iguais.exclude(pk=self.modelo.pk if self.modelo else None).exists():
            self.add_error("nome", "Já há uma mensagem pronta com este nome neste canal.")
        return dados
