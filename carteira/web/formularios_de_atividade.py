"""Os formulários de Configurar atividade: a regra, os parâmetros e as situações que contam."""

from dataclasses import asdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone

from atividade.models import ParametrosDaAtividade, Unidade
from atividade.parametros import CAMPOS
from atividade.prazos import MAIOR_MULTIPLO, MAIOR_PERIODO, Periodo, PorCiclo
from atividade.regras import Regra, RegraInvalida
from atividade.rotulos import DE_FABRICA, MAIOR_ROTULO
from carteira.web.versao import ComVersao
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


def _multiplo(rotulo: str) -> forms.DecimalField:
    return forms.DecimalField(
        label=rotulo,
        required=False,
        min_value=Decimal("0.01"),
        max_value=MAIOR_MULTIPLO,
        localize=True,
        error_messages={"invalid": "Use um número, como 1,5."},
    )


FIXO, CICLO = "fixo", "ciclo"
# O que se oferece a quem liga a regra por ciclo pela primeira vez.
CICLO_SUGERIDO = PorCiclo(Decimal("1.5"), Decimal(3), 15, 180, 30, 365)


class LimitesForm(forms.Form):
    """Só os limites: é o que a prévia lê. As recusas vêm das regras puras, com as frases delas."""

    tipo = forms.ChoiceField(
        label="Como contar",
        choices=[(FIXO, "Prazo fixo"), (CICLO, "Pelo ciclo de cada cliente")],
        required=False,
    )
    periodo_n = _numero("Inativo depois de")
    periodo_unidade = _unidade("Unidade do período")
    antecedencia_n = _numero("Quase inativo a partir de")
    antecedencia_unidade = _unidade("Unidade da antecedência")
    antigo_n = _numero("Inativo antigo depois de", obrigatorio=False)
    antigo_unidade = _unidade("Unidade do antigo")
    ciclo_inativo = _multiplo("Inativo depois de (vezes o ciclo)")
    ciclo_inativo_min = _numero("Inativo: no mínimo", obrigatorio=False)
    ciclo_inativo_max = _numero("Inativo: no máximo", obrigatorio=False)
    ciclo_quase = _multiplo("Quase inativo depois de (vezes o ciclo)")
    ciclo_quase_min = _numero("Quase inativo: no mínimo", obrigatorio=False)
    ciclo_quase_max = _numero("Quase inativo: no máximo", obrigatorio=False)

    def clean(self) -> dict[str, Any]:
        dados = super().clean() or {}
        if dados.get("tipo") == CICLO:
            self._exigir_ciclo(dados)
        if self.errors:
            return dados
        try:
            dados["regra"] = Regra(
                self._periodo(dados, "periodo"),
                self._periodo(dados, "antecedencia"),
                self._antigo(dados),
                self._ciclo(dados),
            )
        except RegraInvalida as recusa:
            self.add_error(None, str(recusa))
        return dados

    @staticmethod
    def _periodo(dados: dict[str, Any], nome: str) -> Periodo:
        return Periodo(dados[f"{nome}_n"], dados[f"{nome}_unidade"])

    def _antigo(self, dados: dict[str, Any]) -> Periodo | None:
        return self._periodo(dados, "antigo") if dados.get("antigo_n") else None

    def _exigir_ciclo(self, dados: dict[str, Any]) -> None:
        for campo in asdict(CICLO_SUGERIDO):
            if dados.get(f"ciclo_{campo}") is None and f"ciclo_{campo}" not in self.errors:
                self.add_error(f"ciclo_{campo}", "Diga quantos.")

    def _ciclo(self, dados: dict[str, Any]) -> PorCiclo | None:
        if dados.get("tipo") != CICLO:
            return None
        return PorCiclo(**{campo: dados[f"ciclo_{campo}"] for campo in asdict(CICLO_SUGERIDO)})


class MotivoForm(forms.Form):
    """Só o porquê: devolver um nível à regra de cima."""

    motivo = forms.CharField(
        label="Motivo",
        max_length=200,
        widget=forms.TextInput(attrs={"placeholder": "Ex.: voltou ao ritmo dos outros"}),
        error_messages={"required": "Diga por que a regra muda: fica no histórico."},
    )


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
        "tipo": CICLO if regra.ciclo else FIXO,
        **{f"ciclo_{c}": _sem_zeros(v) for c, v in asdict(regra.ciclo or CICLO_SUGERIDO).items()},
    }


def _sem_zeros(valor: Decimal | int) -> str:
    """1.50 → 1,5: é como se digita."""
    texto = f"{valor:f}"
    return texto.rstrip("0").rstrip(".").replace(".", ",") if "." in texto else texto


def _motivo() -> forms.CharField:
    return forms.CharField(
        label="Motivo",
        max_length=200,
        widget=forms.TextInput(attrs={"placeholder": "Ex.: a diretoria pediu"}),
        error_messages={"required": "Diga por que muda: fica no histórico."},
    )


class ParametrosForm(ComVersao, forms.ModelForm):  # type: ignore[type-arg]
    """Janelas e limites de cálculo; a ordem A < B é conferida aqui e no banco."""

    motivo = _motivo()

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
            "dias_atribuicao": "Dias do contato ao pedido (atribuição)",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        maiores = {
            "janela_valor_meses": 60,
            "dias_novidade": 730,
            "dias_feed_parado": 60,
            "alertas_por_vendedor": 1000,
            "dias_de_perda": 730,
            "dias_atribuicao": 180,
        }
        for nome, maior in maiores.items():
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
    motivo = _motivo()

    @classmethod
    def da_empresa(cls, empresa: Empresa) -> "SituacoesForm":
        return cls(initial={"situacoes": empresa.situacoes_que_contam}, auto_id="id_situacoes_%s")


class RotulosForm(forms.Form):
    """O nome de cada situação e marca na empresa; vazio é o de fábrica."""

    motivo = _motivo()

    def __init__(self, *args: Any, rotulos: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for chave, formas in DE_FABRICA.items():
            for forma, padrao in formas.items():
                self.fields[f"{chave}_{forma}"] = forms.CharField(
                    label=padrao,
                    required=False,
                    max_length=MAIOR_ROTULO,
                    initial=((rotulos or {}).get(chave) or {}).get(forma, ""),
                    widget=forms.TextInput(attrs={"placeholder": padrao, "autocomplete": "off"}),
                )
        self.order_fields([*(nome for nome in self.fields if nome != "motivo"), "motivo"])

    @property
    def rotulos(self) -> dict[str, dict[str, str]]:
        return {
            chave: {
                forma: self.cleaned_data[f"{chave}_{forma}"] or padrao for forma, padrao in formas.items()
            }
            for chave, formas in DE_FABRICA.items()
        }

    def linhas(self) -> list[tuple[str, Any, Any]]:
        """Para a tabela: o nome de fábrica e os dois campos."""
        return [(f["um"], self[f"{chave}_um"], self[f"{chave}_muitos"]) for chave, f in DE_FABRICA.items()]
