"""O formulário curto de cada pendência: só os campos que a consertam, ou o motivo de não consertar agora."""

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone

from carteira.formatos import documento, telefone
from clientes.canais import escondidos_de
from clientes.ceps import normalizar_cep
from clientes.documentos import normalizar_documento
from clientes.emails import email_valido
from clientes.higiene import REGRAS
from clientes.importacao.lugares import reconhecer
from clientes.models import UFS, Cliente, Segmento
from clientes.telefones import normalizar_telefone
from contas.equipes import vendedores_geridos
from contas.models import Usuario

_UFS = [("", "UF"), *((uf, uf) for uf in UFS)]


class ConsertoForm(forms.Form):
    """Os campos da pendência, com o que está gravado; o que não serve se recusa aqui, com o remédio."""

    documento = forms.CharField(label="CPF ou CNPJ", max_length=30)
    telefone = forms.CharField(label="Telefone com DDD", max_length=40)
    email = forms.CharField(label="E-mail", max_length=254)
    cep = forms.CharField(label="CEP", max_length=10)
    cidade = forms.CharField(label="Município", max_length=80)
    uf = forms.ChoiceField(label="UF", choices=_UFS)
    vendedor = forms.ModelChoiceField(
        label="Vendedor", queryset=Usuario.objects.none(), empty_label="Escolha"
    )
    segmento = forms.ModelChoiceField(
        label="Segmento", queryset=Segmento.objects.none(), empty_label="Escolha"
    )
    potencial_mensal = forms.DecimalField(
        label="Potencial por mês (R$)", max_digits=14, decimal_places=2, min_value=0, localize=True
    )

    def __init__(self, *args: Any, tipo: str, cliente: Cliente, por: Usuario, **kwargs: Any) -> None:
        self.tipo, self.cliente = tipo, cliente
        mascaras: dict[str, Any] = {"documento": documento, "telefone": telefone}
        escondidos = escondidos_de(por, cliente)
        inicial = {
            c: mascaras.get(c, lambda v: v)(getattr(cliente, c))
            for c in REGRAS[tipo].campos
            if getattr(cliente, c) and c not in escondidos
        }
        super().__init__(*args, initial=inicial, **kwargs)
        for nome in set(self.fields) - set(REGRAS[tipo].campos):
            del self.fields[nome]
        if "vendedor" in self.fields:
            donos = vendedores_geridos(por, timezone.localdate()).filter(empresas=cliente.empresa_id)
            self.fields["vendedor"].queryset = donos  # type: ignore[attr-defined]
        if "segmento" in self.fields:
            segmentos = Segmento.objects.filter(empresa=cliente.empresa_id)
            self.fields["segmento"].queryset = segmentos  # type: ignore[attr-defined]
        primeiro = next(iter(self.fields.values()))
        primeiro.widget.attrs["autofocus"] = True

    def clean_documento(self) -> str:
        lido = normalizar_documento(self.cleaned_data["documento"])
        if not lido.valido:
            raise forms.ValidationError("CPF ou CNPJ não confere: veja se faltou um dígito.")
        return lido.valor

    def clean_telefone(self) -> str:
        lido = normalizar_telefone(self.cleaned_data["telefone"])
        if not lido.valido:
            raise forms.ValidationError(
                f"{lido.aviso[:1].upper()}{lido.aviso[1:].split(',')[0]}: confira o DDD."
            )
        return lido.valor

    def clean_email(self) -> str:
        texto: str = self.cleaned_data["email"].strip().lower()
        if not email_valido(texto):
            raise forms.ValidationError("E-mail não confere: falta o @ ou o domínio?")
        return texto

    def clean_cep(self) -> str:
        lido = normalizar_cep(self.cleaned_data["cep"])
        if not lido.valido:
            raise forms.ValidationError("CEP tem oito dígitos: veja se faltou algum.")
        return lido.valor

    def clean(self) -> dict[str, Any]:
        dados = super().clean() or self.cleaned_data
        if dados.get("cidade") and dados.get("uf") and not reconhecer(dados["cidade"], dados["uf"]).municipio:
            self.add_error("cidade", f"Não há município com este nome em {dados['uf']}: confira a grafia.")
        return dados


class DepoisForm(forms.Form):
    """Não consertar agora: sem dia, aceita-se como está; com dia, volta sozinha."""

    motivo = forms.CharField(label="Motivo", max_length=200)
    ate = forms.DateField(
        label="Volta à fila em",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="Em branco, fica aceita como está; se o valor mudar e continuar errado, a pendência volta.",
    )

    def clean_ate(self) -> date | None:
        ate: date | None = self.cleaned_data["ate"]
        if ate is not None and ate <= timezone.localdate():
            raise forms.ValidationError("Escolha um dia depois de hoje.")
        return ate
