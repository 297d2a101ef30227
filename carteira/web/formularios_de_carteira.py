"""Os formulários das carteiras: transferir, férias, regras de atribuição e os números da empresa."""

from datetime import date
from typing import Any

from django import forms
from django.db.models import QuerySet

from atividade.repartir import Modo
from carteira.web.formularios_de_pessoa import DataInput
from carteira.web.versao import ComVersao
from clientes.models import UFS, OrigemDaTroca, ParametrosDaCarteira, RegraDeAtribuicao, Segmento
from contas.models import Empresa, Usuario

CURVAS = [("", "Todas"), ("A", "A"), ("B", "B"), ("C", "C"), ("0", "Sem curva")]
PESSOAS, NINGUEM = "pessoas", "ninguem"
# De onde uma pessoa pode pedir a troca; as outras origens são da casa.
DAS_TELAS = (OrigemDaTroca.LISTA, OrigemDaTroca.FICHA, OrigemDaTroca.PESSOA, OrigemDaTroca.SUGESTAO)


class TrocaForm(forms.Form):
    """Para quem, como repartir, desde quando e por quê; o motivo só se cobra na hora de gravar."""

    destino = forms.ChoiceField(
        label="Passam para",
        choices=[(PESSOAS, "Vendedores"), (NINGUEM, "Ninguém: ficam com a equipe")],
        widget=forms.RadioSelect,
        initial=PESSOAS,
    )
    para = forms.ModelMultipleChoiceField(
        label="Quem recebe",
        queryset=Usuario.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    modo = forms.ChoiceField(
        label="Com mais de um, repartir",
        choices=[(Modo.EQUILIBRIO.value, "Equilibrando valor e ABC"), (Modo.IGUAL.value, "Igual em número")],
        widget=forms.RadioSelect,
        initial=Modo.EQUILIBRIO.value,
    )
    em = forms.DateField(
        label="Vale desde", widget=DataInput(), help_text="Neste dia o cliente já é do novo dono."
    )
    motivo = forms.CharField(label="Motivo", max_length=120)
    origem = forms.ChoiceField(
        choices=[(o.value, o.label) for o in DAS_TELAS], required=False, widget=forms.HiddenInput
    )

    def __init__(
        self, *args: Any, vendedores: QuerySet[Usuario], hoje: date, gravando: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.hoje = hoje
        self.fields["para"].queryset = vendedores  # type: ignore[attr-defined]
        self.fields["em"].widget.attrs["max"] = hoje.isoformat()
        self.fields["motivo"].required = gravando

    def clean_em(self) -> date:
        # O dono de hoje decide quem vê o cliente: uma troca marcada para depois enganaria a todos.
        em: date = self.cleaned_data["em"]
        if em > self.hoje:
            raise forms.ValidationError(
                "Uma troca vale de hoje ou de um dia passado; para férias, use a cobertura."
            )
        return em

    def clean_motivo(self) -> str:
        return " ".join(self.cleaned_data["motivo"].split())

    def clean_origem(self) -> str:
        return self.cleaned_data["origem"] or OrigemDaTroca.LISTA

    def clean(self) -> dict[str, Any]:
        dados: dict[str, Any] = super().clean() or {}
        if dados.get("destino") == PESSOAS and not dados.get("para") and "para" not in self.errors:
            self.add_error("para", "Escolha quem recebe os clientes.")
        return dados

    def quem_recebe(self) -> list[Usuario]:
        return list(self.cleaned_data["para"]) if self.cleaned_data["destino"] == PESSOAS else []


class FeriasForm(forms.Form):
    ausente = forms.ModelChoiceField(label="Quem sai", queryset=Usuario.objects.none(), empty_label="Escolha")
    substituto = forms.ModelChoiceField(
        label="Quem cobre", queryset=Usuario.objects.none(), empty_label="Escolha"
    )
    de = forms.DateField(label="Primeiro dia", widget=DataInput())
    ate = forms.DateField(
        label="Último dia", widget=DataInput(), help_text="No dia seguinte a carteira volta sozinha."
    )

    def __init__(
        self, *args: Any, vendedores: QuerySet[Usuario], editando: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for nome in ("ausente", "substituto"):
            self.fields[nome].queryset = vendedores  # type: ignore[attr-defined]
        if editando:
            del self.fields["ausente"]


class MotivoForm(forms.Form):
    motivo = forms.CharField(label="Motivo", max_length=120)


class RegraForm(ComVersao, forms.ModelForm):  # type: ignore[type-arg]
    """Campo vazio serve a todos."""

    class Meta:
        model = RegraDeAtribuicao
        fields = ("segmento", "perfil", "uf", "vendedores", "ordem")
        widgets = {"vendedores": forms.CheckboxSelectMultiple}
        help_texts = {"ordem": "De cima para baixo, vale a primeira regra que casa com o cliente."}

    uf = forms.ChoiceField(label="UF", required=False, choices=[("", "Qualquer UF"), *((u, u) for u in UFS)])

    def __init__(self, *args: Any, empresa: Empresa, vendedores: QuerySet[Usuario], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.empresa = empresa
        segmento: Any = self.fields["segmento"]
        segmento.queryset, segmento.empty_label = (
            Segmento.objects.filter(empresa=empresa),
            "Qualquer segmento",
        )
        escolha: Any = self.fields["vendedores"]
        escolha.queryset = vendedores.filter(vinculos__empresa=empresa)
        self.fields["ordem"].min_value = 1  # type: ignore[attr-defined]

    def clean_perfil(self) -> str:
        return " ".join(self.cleaned_data["perfil"].split())

    def clean(self) -> dict[str, Any]:
        dados: dict[str, Any] = super().clean() or {}
        iguais = RegraDeAtribuicao.objects.filter(
            empresa=self.instance.empresa,
            segmento=dados.get("segmento"),
            perfil=dados.get("perfil", ""),
            uf=dados.get("uf", ""),
        )
        if not self.errors and iguais.exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("Já há uma regra para estes mesmos clientes: mude aquela.")
        return dados


class ParametrosForm(ComVersao, forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = ParametrosDaCarteira
        fields = ("pequeno_ate", "acima_da_media", "meses_de_descanso", "meses_para_reverificar")
        localized_fields = ("pequeno_ate",)
        help_texts = {
            "pequeno_ate": "Por exemplo 5000,00. Com 0, não se sugere passar pequenos à venda interna."
        }
