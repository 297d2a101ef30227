"""Formulários de pessoas e equipes: cada campo escrito aqui, um a um; nada mais entra pelo POST."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts

from carteira.web.versao import ComVersao
from contas.credito_por_papel import papeis_que_veem, por_extenso
from contas.models import Empresa, Equipe, Papel, TipoDeVendedor, Usuario


class DataInput(forms.DateInput):
    """Calendário do navegador, que fala ISO."""

    input_type = "date"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%d", **kwargs)


class PessoaForm(ComVersao, forms.Form):
    nome = forms.CharField(label="Nome", max_length=120)
    email = forms.EmailField(
        label="E-mail", required=False, help_text="É com ele que a pessoa entra. Sem e-mail, fica sem acesso."
    )
    telefone = forms.CharField(label="Telefone", max_length=20, required=False)
    papel = forms.ChoiceField(
        label="Papel", choices=Papel.choices, widget=forms.RadioSelect, initial=Papel.VENDEDOR
    )
    tipo = forms.ChoiceField(
        label="Tipo de vendedor",
        choices=TipoDeVendedor.choices,
        widget=forms.RadioSelect,
        initial=TipoDeVendedor.EXTERNO,
    )
    capacidade_diaria = forms.IntegerField(
        label="Contatos por dia",
        min_value=1,
        max_value=500,
        required=False,
        help_text="Quantos clientes cabem na fila de hoje desta pessoa. Vazio, vale o da empresa.",
    )
    pode_exportar = forms.BooleanField(
        label="Pode exportar a própria carteira",
        required=False,
        help_text="Vendedor interno sempre pode; externo, só com esta licença.",
    )
    ve_credito = forms.TypedChoiceField(
        label="Score e restrições dos clientes",
        choices=(("", "Segundo o papel"), ("True", "Sim, vê"), ("False", "Não vê")),
        coerce=lambda valor: valor == "True",
        empty_value=None,
        required=False,
    )
    equipe = forms.ModelChoiceField(
        label="Equipe", queryset=Equipe.objects.order_by("nome"), required=False, empty_label="Sem equipe"
    )
    equipe_desde = forms.DateField(
        label="Na equipe desde",
        widget=DataInput(),
        required=False,
        help_text="Quem vendeu antes disso não muda.",
    )

    fora_da_versao = frozenset({"equipe_desde"})  # é sempre o dia de hoje

    def __init__(
        self,
        *args: Any,
        empresas: Iterable[Empresa],
        hoje: date,
        pessoa: Usuario | None = None,
        nova: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.vigiado = pessoa
        self.empresas, self.hoje = list(empresas), hoje
        for empresa in self.empresas:
            self._acrescentar_empresa(empresa)
        self.fields["equipe_desde"].widget.attrs["max"] = hoje.isoformat()
        pelo_papel = por_extenso(papeis_que_veem())
        self.fields["ve_credito"].help_text = f"Veem pelo papel: {pelo_papel}. O administrador sempre vê."
        if nova:
            self.fields["convidar"] = forms.BooleanField(
                label="Enviar o convite por e-mail agora", required=False, initial=True
            )

    def _acrescentar_empresa(self, empresa: Empresa) -> None:
        if len(self.empresas) > 1:
            self.fields[f"empresa_{empresa.pk}"] = forms.BooleanField(
                label=f"Trabalha em {empresa.nome}", required=False
            )
        rotulo = "Código no ERP" if len(self.empresas) == 1 else f"Código no ERP em {empresa.nome}"
        self.fields[f"codigo_{empresa.pk}"] = forms.CharField(label=rotulo, max_length=40, required=False)

    def campos_das_empresas(self) -> list[forms.BoundField]:
        nomes = (n for e in self.empresas for n in (f"empresa_{e.pk}", f"codigo_{e.pk}"))
        return [self[nome] for nome in nomes if nome in self.fields]

    def clean_nome(self) -> str:
        return " ".join(self.cleaned_data["nome"].split())

    def clean_equipe_desde(self) -> date:
        desde = self.cleaned_data["equipe_desde"] or self.hoje
        if desde > self.hoje:
            raise forms.ValidationError("Uma mudança de equipe vale de hoje ou de um dia passado.")
        return desde

    def clean(self) -> dict[str, Any]:
        dados: dict[str, Any] = super().clean() or {}
        if dados.get("convidar") and not dados.get("email") and "email" not in self.errors:
            self.add_error(
                "email", "Para convidar é preciso o e-mail. Desmarque o convite para cadastrar sem acesso."
            )
        if not self.vinculos() and not self.errors:
            raise forms.ValidationError("Escolha ao menos uma empresa.")
        return dados

    def vinculos(self) -> dict[Empresa, str]:
        """Empresa → código no ERP; com uma empresa só, todos são dela."""
        dados = self.cleaned_data
        return {
            e: dados.get(f"codigo_{e.pk}", "")
            for e in self.empresas
            if len(self.empresas) == 1 or dados.get(f"empresa_{e.pk}")
        }


class CoberturaForm(forms.Form):
    substituto = forms.ModelChoiceField(
        label="Quem cobre", queryset=Usuario.objects.none(), empty_label="Escolha"
    )
    de = forms.DateField(label="Primeiro dia", widget=DataInput())
    ate = forms.DateField(label="Último dia", widget=DataInput())

    def __init__(self, *args: Any, substitutos: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["substituto"].queryset = substitutos  # type: ignore[attr-defined]


class DesativarForm(forms.Form):
    """O que fazer com a carteira de quem sai: a escolha é obrigatória."""

    modo = forms.ChoiceField(
        label="Os clientes e a agenda vão para",
        choices=[("pessoas", "Outros vendedores"), ("equipe", "A equipe, sem vendedor")],
        widget=forms.RadioSelect,
    )
    destinos = forms.ModelMultipleChoiceField(
        label="Quem recebe",
        queryset=Usuario.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Com mais de um, os clientes são repartidos em partes iguais.",
    )

    def __init__(self, *args: Any, destinos: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["destinos"].queryset = destinos  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        dados: dict[str, Any] = super().clean() or {}
        if dados.get("modo") == "pessoas" and not dados.get("destinos") and "destinos" not in self.errors:
            self.add_error("destinos", "Escolha quem recebe os clientes.")
        return dados

    def escolhidos(self) -> list[Usuario]:
        return list(self.cleaned_data["destinos"]) if self.cleaned_data["modo"] == "pessoas" else []


class EquipeForm(ComVersao, forms.Form):
    nome = forms.CharField(label="Nome da equipe", max_length=80)
    gestores = forms.ModelMultipleChoiceField(
        label="Gestores",
        queryset=Usuario.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Veem os clientes dos vendedores da equipe e os que ela tem sem vendedor.",
    )

    def __init__(self, *args: Any, gestores: Any, equipe: Equipe | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.vigiado = equipe
        self.fields["gestores"].queryset = gestores  # type: ignore[attr-defined]


class MembroForm(forms.Form):
    pessoa = forms.ModelChoiceField(label="Vendedor", queryset=Usuario.objects.none(), empty_label="Escolha")
    desde = forms.DateField(label="Desde", widget=DataInput())

    def __init__(self, *args: Any, pessoas: Any, hoje: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.hoje = hoje
        self.fields["pessoa"].queryset = pessoas  # type: ignore[attr-defined]
        self.fields["desde"].widget.attrs["max"] = hoje.isoformat()

    def clean_desde(self) -> date:
        desde: date = self.cleaned_data["desde"]
        if desde > self.hoje:
            raise forms.ValidationError("Uma mudança de equipe vale de hoje ou de um dia passado.")
        return desde


class PerfilForm(forms.Form):
    nome = forms.CharField(label="Nome", max_length=120)
    telefone = forms.CharField(label="Telefone", max_length=20, required=False)
    tema = forms.ChoiceField(
        label="Tema neste aparelho",
        choices=[("sistema", "O do aparelho"), ("claro", "Claro"), ("escuro", "Escuro")],
        widget=forms.RadioSelect,
    )
    atalhos = forms.BooleanField(label="Usar os atalhos de teclado", required=False)
    assinatura = forms.CharField(
        label="Assinatura dos recados",
        max_length=120,
        required=False,
        help_text="Vai no fim de cada post-it e lembrete que você escrever. Ex.: Att. Adm. Vendas",
    )
    recebe_emails = forms.BooleanField(
        label="Receber os resumos por e-mail",
        required=False,
        help_text="Também os avisos e as cópias de recados. Desligado, só chega o que vai à central.",
    )

    def __init__(self, *args: Any, assina: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not assina:  # só assina quem escreve recados
            del self.fields["assinatura"]

    def clean_nome(self) -> str:
        return " ".join(self.cleaned_data["nome"].split())


def regras_da_senha() -> list[str]:
    """As regras, ditas antes de a pessoa errar."""
    return list(password_validators_help_texts())
