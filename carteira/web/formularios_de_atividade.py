"""Os formulários de Configurar atividade: a regra, os parâmetros e as situações que contam."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from atividade.models import ParametrosDaAtividade, Unidade
from atividade.parametros import CAMPOS
from atividade.regras import MAIOR_PERIODO, Periodo, Regra, RegraInvalida
from contas.models import Empresa, SituacaoDePedido

MAIS_LONGE = 366 * 2  # uma regra marcada para além disso é engano de digitação
_NUMERO = {"min": 1, "max": MAIOR_PERIODO["d"], "inputmode": "numeric", "autocomplete": "off"}


def _numero(rotulo: str, *, obrigatorio: bool = True) -> forms.IntegerField:
    return forms.IntegerField(
        label=rotulo,
        required=obrigatorio,
        min_value=1,
        max_value=MAIOR_PERIODO["d"],
        widget=forms.NumberInput(attrs=_NUMERO),
        error_messages={"required": "Diga quantos.", "invalid": "Use um número inteiro."},
    )


def _unidade(rotulo: str) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=rotulo, choices=Unidade.choices, error_messages={"required": "Escolha meses ou dias."}
    )


class LimitesForm(forms.Form):
    """Só os limites: é o que a prévia lê. As recusas vêm das regras puras, com as frases delas."""

    periodo_n = _numero("Inativo depois de")
    periodo_unidade = _unidade("Unidade do período")
    antecedencia_n = _numero("Quase inativo a partir de")
    antecedencia_unidade = _unidade("Unidade da antecedência")
    antigo_n = _numero("Inativo antigo depois de", obrigatorio=False)
    antigo_unidade = _unidade("Unidade do antigo")

    def clean(self) -> dict[str, Any]:
        dados = super().clean() or {}
        if self.errors:
            return dados
        try:
            dados["regra"] = Regra(
                self._periodo(dados, "periodo"), self._periodo(dados, "antecedencia"), self._antigo(dados)
            )
        except RegraInvalida as recusa:
            self.add_error(None, str(recusa))
        return dados

    @staticmethod
    def _periodo(dados: dict[str, Any], nome: str) -> Periodo:
        return Periodo(dados[f"{nome}_n"], dados[f"{nome}_unidade"])

    def _antigo(self, dados: dict[str, Any]) -> Periodo | None:
        return self._periodo(dados, "antigo") if dados.get("antigo_n") else None


class RegraForm(LimitesForm):
    motivo = forms.CharField(
        label="Motivo",
        max_length=200,
        widget=forms.TextInput(attrs={"placeholder": "Ex.: ciclo encurtou em 2026"}),
        error_messages={"required": "Diga por que a regra muda: fica no histórico."},
    )
    vigente_desde = forms.DateField(
        label="Vale a partir de",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "Data não entendida."},
    )

    def clean_vigente_desde(self) -> date:
        dia: date = self.cleaned_data["vigente_desde"]
        hoje = timezone.localdate()
        if dia < hoje:
            raise forms.ValidationError("Escolha hoje ou um dia depois: o que já passou não muda de regra.")
        if dia > hoje + timedelta(days=MAIS_LONGE):
            raise forms.ValidationError("Escolha um dia dos próximos dois anos.")
        return dia


def limites_iniciais(regra: Regra) -> dict[str, Any]:
    """Os campos que mostram uma regra."""
    antigo = regra.antigo
    return {
        "periodo_n": regra.periodo.n,
        "periodo_unidade": regra.periodo.unidade,
        "antecedencia_n": regra.antecedencia.n,
        "antecedencia_unidade": regra.antecedencia.unidade,
        "antigo_n": antigo.n if antigo else "",
        "antigo_unidade": antigo.unidade if antigo else regra.periodo.unidade,
    }


class ParametrosForm(forms.ModelForm):  # type: ignore[type-arg]
    """Janelas e limites de cálculo; a ordem A < B é conferida aqui e no banco."""

    class Meta:
        model = ParametrosDaAtividade
        fields = CAMPOS
        labels = {
            "janela_valor_meses": "Janela do valor (meses)",
            "dias_novidade": "Dias como novo ou recuperado",
            "abc_a": "Curva A até (%)",
            "abc_b": "Curva B até (%)",
            "dias_feed_parado": "Dias sem pedidos que param a rotina",
            "alertas_por_vendedor": "Alertas que um vendedor aguenta por mês",
            "dias_de_perda": "Dias sem comprar que são uma perda",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        maiores = {"janela_valor_meses": 60, "dias_novidade": 730, "dias_feed_parado": 60}
        for nome, maior in (maiores | {"alertas_por_vendedor": 1000, "dias_de_perda": 730}).items():
            self.fields[nome] = forms.IntegerField(
                label=self.fields[nome].label,
                min_value=1,
                max_value=maior,
                widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
            )
        for nome in ("abc_a", "abc_b"):
            self.fields[nome] = forms.DecimalField(
                label=self.fields[nome].label, min_value=1, max_value=100, max_digits=5, decimal_places=2,
                localize=True,
                widget=forms.TextInput(attrs={"inputmode": "decimal"}),
            )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        dados = super().clean() or {}
        a, b = dados.get("abc_a"), dados.get("abc_b")
        if a is not None and b is not None and a >= b:
            self.add_error("abc_b", "A curva B deve ir além da curva A.")
        return dados

    def _get_validation_exclusions(self) -> set[str]:
        # quem confere as restrições do banco é o caso de uso, depois destas frases
        return {f.name for f in self._meta.model._meta.fields}


class SituacoesForm(forms.Form):
    """Devolvido, cancelado e orçamento nunca são compra: nem aparecem."""

    situacoes = forms.MultipleChoiceField(
        label="Pedidos que contam como compra",
        choices=[(s.value, s.label) for s in (SituacaoDePedido.ABERTO, SituacaoDePedido.FATURADO)],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Escolha ao menos uma situação."},
    )

    @classmethod
    def da_empresa(cls, empresa: Empresa) -> "SituacoesForm":
        return cls(initial={"situacoes": empresa.situacoes_que_contam})
