"""Os formulários da ficha: cadastro, adiamento, encerramento e troca de dono."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone

from carteira.formatos import documento, moeda, telefone
from carteira.web.formulario_de_contato import ContatoForm as ContatoForm
from carteira.web.versao import ComVersao
from clientes import pitch
from clientes.cadastro import campos_editaveis, mudado_aqui, valor_no_erp
from clientes.ceps import normalizar_cep
from clientes.documentos import normalizar_documento
from clientes.models import CanalDeContato, Categoria, CausaDaInatividade, Cliente, Segmento
from contas.models import Usuario

FECHADO = (
    "Pediu para não ser procurado por aqui: o que está guardado não se mostra, e em branco fica como está."
)
_DATA = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class AdiarForm(forms.Form):
    ate = forms.DateField(label="Voltar à lista em", widget=_DATA)
    motivo = forms.CharField(label="Motivo", max_length=200)

    def clean_ate(self) -> date:
        if self.cleaned_data["ate"] <= timezone.localdate():
            raise forms.ValidationError("Escolha um dia depois de hoje.")
        return self.cleaned_data["ate"]


class EncerrarForm(forms.Form):
    """De quem já comprou, a causa é obrigatória: é o que conta por que se desistiu de o recuperar."""

    causa = forms.ModelChoiceField(
        label="Por que parou de comprar",
        queryset=CausaDaInatividade.objects.none(),
        empty_label="Escolha a causa",
    )
    motivo = forms.CharField(label="Motivo do encerramento", max_length=200)

    def __init__(self, *args: Any, cliente: Cliente, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dito = pitch.atual(cliente.pk)
        if not cliente.ja_comprou:
            del self.fields["causa"]
            return
        em_uso = Q(ativa=True) | Q(pk=dito.causa_id if dito else None)
        self.fields["causa"].queryset = CausaDaInatividade.objects.filter(em_uso)  # type: ignore[attr-defined]
        self.fields["causa"].initial = dito.causa_id if dito else None


class TransferirForm(forms.Form):
    para = forms.ModelChoiceField(
        label="Novo vendedor", queryset=Usuario.objects.none(), empty_label="Escolha"
    )
    em = forms.DateField(
        label="A partir de", widget=_DATA, help_text="Neste dia o cliente já é do novo vendedor."
    )
    motivo = forms.CharField(label="Motivo", max_length=120)

    def __init__(self, *args: Any, vendedores: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["para"].queryset = vendedores  # type: ignore[attr-defined]

    def clean_em(self) -> date:
        # O dono de hoje é o que decide quem vê a ficha: uma troca marcada para depois enganaria a todos.
        if self.cleaned_data["em"] > timezone.localdate():
            raise forms.ValidationError("Escolha hoje ou um dia passado.")
        return self.cleaned_data["em"]


def do_erp_em_palavras(cliente: Cliente, campo: str) -> str:
    """O que o ERP diz deste campo: o mesmo, ou outro valor que daqui se mudou; vazio quando nunca disse."""
    if campo not in cliente.erp:
        return ""
    if not mudado_aqui(cliente, campo):
        return "Veio do ERP."
    valor = valor_no_erp(cliente, campo)
    return f"Mudado aqui. No ERP: {_por_extenso(campo, valor)}."


def _por_extenso(campo: str, valor: Any) -> str:
    if valor in ("", None, []):
        return "vazio"
    if isinstance(valor, bool):
        return "sim" if valor else "não"
    if campo == "nao_contatar":
        return ", ".join(str(CanalDeContato(c).label).lower() for c in valor if c in CanalDeContato.values)
    if campo == "segmento":
        return str(Segmento.objects.filter(pk=valor).first() or "um segmento que já não existe")
    if campo == "categoria":
        return str(Categoria(valor).label) if valor in Categoria.values else str(valor)
    mascaras: dict[str, Any] = {"documento": documento, "telefone": telefone, "potencial_mensal": moeda}
    return str(mascaras.get(campo, str)(valor))


def esconder(form: forms.BaseForm, campos: Collection[str]) -> None:
    """O contato de um canal fechado vem em branco, e em branco não muda: não se lê, e não se perde ao salvar.

    O formulário leva consigo o que abriu fechado: a oposição pode cair antes de ele voltar.
    """
    fechados = sorted(set(campos) & set(form.fields))
    for nome in fechados:
        form.initial[nome] = ""
        form.fields[nome].help_text = FECHADO
    form.fields["fechados"] = forms.CharField(
        required=False, initial=" ".join(fechados), widget=forms.HiddenInput
    )


def mudancas_de(form: forms.BaseForm) -> dict[str, Any]:
    """O que a pessoa mudou; o que se abriu fechado e voltou em branco ela nem leu, e fica como está."""
    ditos = form.cleaned_data
    fica = {"fechados", *(nome for nome in ditos["fechados"].split() if not ditos.get(nome))}
    return {nome: ditos[nome] for nome in form.fields if nome in form.changed_data and nome not in fica}


class ComDocumento(ComVersao):
    """O cadastro de quem tem CPF ou CNPJ, cliente ou fornecedor: como se mostra, e o que se recusa ao salvar."""

    def mascarar(self) -> None:
        for nome, mascara in (("documento", documento), ("telefone", telefone)):
            if self.initial.get(nome):
                self.initial[nome] = mascara(self.initial[nome])

    def clean_uf(self) -> str:
        return self.cleaned_data["uf"].strip().upper()

    def clean_documento(self) -> str:
        """Documento novo e inválido se recusa aqui; o que já estava fica como está."""
        texto = self.cleaned_data["documento"]
        lido = normalizar_documento(texto)
        if texto and "documento" in self.changed_data and not lido.valido:
            raise forms.ValidationError("CPF ou CNPJ não confere: veja se faltou um dígito.")
        return lido.valor


class ClienteForm(ComDocumento, forms.ModelForm):  # type: ignore[type-arg]
    """Só traz os campos que o papel pode mudar; quem grava é o caso de uso, não o formulário."""

    nao_contatar = forms.MultipleChoiceField(
        label="Não contatar por",
        choices=CanalDeContato.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    email = forms.EmailField(label="E-mail", required=False)

    class Meta:
        model = Cliente
        fields = (
            "razao_social", "nome_fantasia", "documento", "cidade", "uf", "cep", "segmento", "porte", "perfil",
            "categoria", "telefone", "email", "nao_contatar", "potencial_mensal", "fora_do_perfil", "observacao",
        )  # fmt: skip
        widgets = {"observacao": forms.Textarea(attrs={"rows": 3})}

    def __init__(
        self, *args: Any, papel: str, escondidos: Collection[str] = frozenset(), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for nome in set(self.fields) - set(campos_editaveis(papel)):
            del self.fields[nome]
        self.mascarar()
        if "segmento" in self.fields:
            segmentos = Segmento.objects.filter(empresa=self.instance.empresa_id)
            self.fields["segmento"].queryset = segmentos  # type: ignore[attr-defined]
        for nome, campo in self.fields.items():
            campo.help_text = do_erp_em_palavras(self.instance, nome)
        esconder(self, escondidos)

    def clean_cep(self) -> str:
        """CEP novo e inválido se recusa aqui; o que já estava fica como está."""
        texto = self.cleaned_data["cep"]
        lido = normalizar_cep(texto)
        if texto and "cep" in self.changed_data and not lido.valido:
            raise forms.ValidationError("CEP tem oito dígitos: veja se faltou algum.")
        return lido.valor

    def mudancas(self) -> dict[str, Any]:
        return mudancas_de(self)
