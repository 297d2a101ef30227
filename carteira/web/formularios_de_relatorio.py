"""O formulário de um relatório agendado."""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet

from contas.alcada import vendedores_da_alcada
from contas.escopo import empresas_de
from contas.models import Papel, Usuario
from relatorios.agendamentos import pode_levar
from relatorios.base import Relatorio
from relatorios.dias import FIXOS, Consulta, Dias
from relatorios.models import DIAS_DA_SEMANA, AgendamentoDeRelatorio, Formato, Frequencia

ULTIMO_DIA = 31


def quem_pode_receber(usuario: Usuario, relatorio: Relatorio) -> QuerySet[Usuario]:
    """A própria pessoa e, de quem ela responde (alçada do gestor, casa do admin), quem pode levar este relatório."""
    if usuario.papel == Papel.ADMIN:
        outros = Q(vinculos__empresa__in=empresas_de(usuario))
    elif usuario.papel == Papel.GESTOR:
        outros = Q(pk__in=vendedores_da_alcada(usuario).values("pk"))
    else:
        outros = Q()
    ativas = Usuario.objects.filter(Q(pk=usuario.pk) | outros if outros else Q(pk=usuario.pk), is_active=True)
    levam = [pessoa.pk for pessoa in ativas.distinct() if pode_levar(pessoa, relatorio)]
    escolhidas: QuerySet[Usuario] = Usuario.objects.filter(pk__in=levam).order_by("nome", "pk")
    return escolhidas


class AgendamentoForm(forms.Form):
    """Cada frequência lê o seu dia; o que não é dela se ignora."""

    frequencia = forms.ChoiceField(label="Repetir", choices=Frequencia.choices, initial=Frequencia.SEMANAL)
    dia_da_semana = forms.TypedChoiceField(
        label="Dia da semana",
        coerce=int,
        choices=[(i, nome.capitalize()) for i, nome in enumerate(DIAS_DA_SEMANA)],
        help_text="Só conta para toda semana.",
    )
    dia_do_mes = forms.TypedChoiceField(
        label="Dia do mês",
        coerce=int,
        choices=[*((n, str(n)) for n in range(1, ULTIMO_DIA)), (ULTIMO_DIA, "Último dia")],
        help_text="Só conta para todo mês; num mês mais curto, vale o último dia dele.",
    )
    hora = forms.TypedChoiceField(
        label="A partir de", coerce=int, choices=[(h, f"{h}h") for h in range(24)], initial=7
    )
    formato = forms.ChoiceField(label="Formato", choices=Formato.choices, initial=Formato.PDF)
    pessoas = forms.ModelMultipleChoiceField(
        label="A quem",
        queryset=Usuario.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        help_text="Cada pessoa recebe só as linhas que ela vê. Aparece aqui quem pode vê-lo e exportar.",
        error_messages={"required": "Escolha pelo menos uma pessoa."},
    )

    def __init__(
        self,
        *args: Any,
        usuario: Usuario,
        relatorio: Relatorio,
        consulta: Consulta,
        sugeridos: str = "",
        agendamento: AgendamentoDeRelatorio | None = None,
        **kwargs: Any,
    ) -> None:
        """`sugeridos` são os dias que um agendamento novo leva se não se disser outra coisa."""
        inicial: dict[str, Any] = {"pessoas": [usuario.pk]}
        if agendamento is not None:
            semanal = agendamento.frequencia == Frequencia.SEMANAL
            inicial = {
                "frequencia": agendamento.frequencia,
                "dia_da_semana": agendamento.dia if semanal else 0,
                "dia_do_mes": agendamento.dia if agendamento.frequencia == Frequencia.MENSAL else 1,
                "hora": agendamento.hora,
                "formato": agendamento.formato,
                "pessoas": [p.pk for p in agendamento.pessoas.all()],
            }
        super().__init__(*args, initial=inicial, **kwargs)
        self.fields["pessoas"].queryset = quem_pode_receber(usuario, relatorio)
        self.dias, self.consulta = relatorio.dias(), consulta
        if self.dias is not None:
            valem = sugeridos if agendamento is None else self.dias.pedidos(consulta)
            self.fields["dias"] = _campo_dos_dias(self.dias, consulta, valem)

    @property
    def dos_dias(self) -> forms.BoundField | None:
        return self["dias"] if self.dias is not None else None

    def consulta_escolhida(self) -> dict[str, list[str]]:
        """O pedido com os dias que a pessoa escolheu."""
        if self.dias is None:
            return {nome: list(valores) for nome, valores in self.consulta.items()}
        return self.dias.trocar(self.consulta, self.cleaned_data["dias"])

    def campos(self) -> dict[str, Any]:
        """Os do modelo."""
        dados = self.cleaned_data
        dia = {
            Frequencia.SEMANAL: dados["dia_da_semana"],
            Frequencia.MENSAL: dados["dia_do_mes"],
        }.get(dados["frequencia"])
        return {"dia": dia} | {campo: dados[campo] for campo in ("frequencia", "hora", "formato")}


def _campo_dos_dias(dias: Dias, consulta: Consulta, valem: str) -> forms.ChoiceField:
    parados = "" if dias.pedidos(consulta) != FIXOS else " “Sempre” repete os mesmos dias a cada vez."
    return forms.ChoiceField(
        label=dias.titulo,
        choices=dias.opcoes(consulta),
        initial=valem,
        help_text=f"Anda com o tempo: cada envio conta da data dele.{parados}",
    )
