"""Os formulários da agenda: marcar, editar, remarcar e adiar; o dia que não é útil se avisa antes de gravar."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.utils import timezone

from clientes.agenda import Proximo
from clientes.dias_uteis import SEMANA, porque_nao_e_util, util_desde
from clientes.models import Agendamento, CanalDeContato, Recorrencia
from contas.models import Usuario

_DATA = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
_HORA = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
ALCANCES = [("este", "Só este"), ("proximos", "Este e os próximos")]


@dataclass(frozen=True, slots=True)
class AvisoDoDia:
    """O dia escolhido não é útil: por quê, e qual é o primeiro útil depois dele."""

    dia: date
    motivo: str
    sugestao: date

    @property
    def semana(self) -> str:
        return SEMANA[self.sugestao.weekday()]


def aviso_do_dia(dia: date | None, uf: str) -> AvisoDoDia | None:
    """Nada quando o dia é útil."""
    motivo = porque_nao_e_util(dia, uf) if dia else ""
    return AvisoDoDia(dia, motivo, util_desde(dia, uf)) if dia and motivo else None


class DiaForm(forms.Form):
    """Um dia de hoje em diante; em dia que não é útil, o aviso fica em `aviso` até alguém confirmar."""

    em = forms.DateField(label="Dia", widget=_DATA)
    hora = forms.TimeField(label="Hora", required=False, widget=_HORA)
    assim_mesmo = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, uf: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.uf = uf
        self.aviso: AvisoDoDia | None = None

    def clean_em(self) -> date:
        dia: date = self.cleaned_data["em"]
        if "em" in self.changed_data and dia < timezone.localdate():
            raise forms.ValidationError("Escolha hoje ou um dia depois.")
        return dia

    def clean(self) -> dict[str, Any]:
        dados = super().clean() or {}
        if dados.get("em") and "em" in self.changed_data and not dados.get("assim_mesmo"):
            self.aviso = aviso_do_dia(dados["em"], self.uf)
            if self.aviso:
                self.add_error("em", "Este dia não é útil. Escolha abaixo o que fazer.")
        return dados


class RemarcarForm(DiaForm):
    """Só o quando."""


class AgendarForm(DiaForm):
    """Um próximo contato inteiro; quem pode dar a outros escolhe o responsável."""

    tipo = forms.ChoiceField(
        label="O que fazer",
        choices=CanalDeContato.choices,
        widget=forms.RadioSelect,
        initial=CanalDeContato.LIGACAO,
    )
    nota = forms.CharField(label="Nota", max_length=300, required=False)
    responsavel = forms.ModelChoiceField(
        label="De quem é", queryset=Usuario.objects.none(), empty_label=None, required=False
    )
    recorrencia = forms.ChoiceField(label="Repetir", choices=Recorrencia.choices, required=False)
    repetir_ate = forms.DateField(label="Repetir até", required=False, widget=_DATA)
    alcance = forms.ChoiceField(
        label="O que mudar", choices=ALCANCES, widget=forms.RadioSelect, initial="este"
    )

    def __init__(
        self, *args: Any, responsaveis: Any, ciclo_dias: int | None, de_serie: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.ciclo_dias = ciclo_dias
        escolhas = list(Recorrencia.choices)
        escolhas[-1] = (Recorrencia.CICLO, f"No ritmo do cliente, a cada {ciclo_dias} dias")
        self.fields["recorrencia"].choices = escolhas if ciclo_dias else escolhas[:-1]  # type: ignore[attr-defined]
        if len(responsaveis) > 1:
            self.fields["responsavel"].queryset = responsaveis  # type: ignore[attr-defined]
        else:
            del self.fields["responsavel"]
        if not de_serie:
            del self.fields["alcance"]

    @classmethod
    def iniciais_de(cls, agendamento: Agendamento) -> dict[str, Any]:
        campos = ("em", "hora", "tipo", "nota", "responsavel", "recorrencia", "repetir_ate")
        return {campo: getattr(agendamento, campo) for campo in campos}

    def combinado(self) -> Proximo:
        dados = self.cleaned_data
        return Proximo(
            dados["em"],
            dados["hora"],
            dados["tipo"],
            dados["nota"],
            dados["recorrencia"],
            dados["repetir_ate"],
            self.ciclo_dias,
        )

    @property
    def so_este(self) -> bool:
        return "alcance" in self.fields and self.cleaned_data["alcance"] != "proximos"
