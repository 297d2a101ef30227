"""Formulários das regras de aviso e das preferências de cada pessoa."""

from typing import Any

from django import forms
from django.db.models import Q

from carteira.web.formularios_de_pessoa import DataInput
from carteira.web.versao import ComVersao
from contas.models import Empresa, Equipe, Papel, Usuario
from notificacoes.models import DiaDaSemana, Para, Periodicidade, RegraDeAviso, Sobre
from notificacoes.regras.fatos import FATOS
from notificacoes.regras.preferencias import Escolha

# Como se lê a lista de assuntos: o que piora, o que melhora e o que ficou parado.
GRUPOS = (
    ("Situação", (Sobre.ENTROU_QUASE, Sobre.ENTROU_INATIVO, Sobre.REATIVADO)),
    ("Silêncio", (Sobre.SEM_COMPRAR, Sobre.SEM_CONTATO, Sobre.AGENDA_VENCIDA)),
    ("Títulos", (Sobre.INADIMPLENTE, Sobre.REGULARIZOU)),
    ("Crédito", (Sobre.BLOQUEADO, Sobre.DESBLOQUEADO, Sobre.LIMITE_MENOR, Sobre.LIMITE_MAIOR)),
    (
        "Birô, só a quem vê score e restrições",
        (
            Sobre.SCORE_DESCEU,
            Sobre.SCORE_SUBIU,
            Sobre.RESTRICAO_NOVA,
            Sobre.RESTRICAO_BAIXADA,
            Sobre.EVENTO_DO_BIRO,
        ),
    ),
)
COM_DIAS = [sobre.value for sobre, fato in FATOS.items() if fato.pede_dias]
DE_ESTADO = [sobre.value for sobre, fato in FATOS.items() if fato.de_estado]


class HoraInput(forms.TimeInput):
    input_type = "time"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%H:%M", **kwargs)


def _dia_da_semana(rotulo: str, vazio: str) -> forms.TypedChoiceField:
    escolhas = [("", vazio), *((dia, nome.capitalize()) for dia, nome in DiaDaSemana.choices)]
    return forms.TypedChoiceField(
        label=rotulo, choices=escolhas, coerce=int, empty_value=None, required=False
    )


class RegraForm(ComVersao, forms.Form):
    """Uma regra nova ou de uma pessoa; as de partida têm assunto e destinatários fixos."""

    nome = forms.CharField(label="Nome", max_length=80)
    sobre = forms.ChoiceField(
        label="Sobre", choices=[(grupo, [(s.value, s.label) for s in itens]) for grupo, itens in GRUPOS]
    )
    dias = forms.IntegerField(label="Dias (N)", min_value=1, max_value=3650, required=False)
    incluir_bloqueados = forms.BooleanField(label="Incluir clientes bloqueados", required=False)
    so_o_que_mudou = forms.BooleanField(
        label="Só o que mudou desde o último",
        required=False,
        initial=True,
        help_text="Cada cliente é dito uma vez. Desmarcado, a lista inteira volta a cada vez.",
    )
    para = forms.ChoiceField(
        label="Para", choices=Para.choices, widget=forms.RadioSelect, initial=Para.VENDEDORES
    )
    equipes = forms.ModelMultipleChoiceField(
        queryset=Equipe.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )
    pessoas = forms.ModelMultipleChoiceField(
        queryset=Usuario.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )
    periodicidade = forms.ChoiceField(
        label="Quando",
        choices=Periodicidade.choices,
        widget=forms.RadioSelect,
        initial=Periodicidade.DIARIA,
    )
    dia_da_semana = _dia_da_semana("Dia da semana", "Escolha")
    dia_do_mes = forms.IntegerField(
        label="Dia do mês",
        min_value=1,
        max_value=31,
        required=False,
        help_text="No mês que não o tem, o último dia.",
    )
    comeca_em = forms.DateField(
        label="Contando da semana de", required=False, widget=DataInput(), help_text="Vazio, desta semana."
    )
    so_dias_uteis = forms.BooleanField(
        label="Só em dias úteis",
        required=False,
        help_text="Sábado, domingo e feriado passam ao dia útil seguinte.",
    )
    hora = forms.TimeField(
        label="Hora",
        required=False,
        widget=HoraInput(),
        help_text="Vazia, assim que a rotina da noite termina. Com outras regras na mesma mensagem, a mais cedo.",
    )
    por_email = forms.BooleanField(label="Por e-mail", required=False, initial=True)
    na_central = forms.BooleanField(label="Na central de avisos", required=False)
    assunto = forms.CharField(
        label="Título", max_length=120, required=False, help_text="Vazio, o nome da regra."
    )
    texto = forms.CharField(
        label="Texto", max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    teto = forms.IntegerField(
        label="Clientes por mensagem",
        min_value=1,
        max_value=50,
        initial=10,
        help_text="Os que passam disso viram “e mais N”.",
    )
    pessoa_escolhe = forms.BooleanField(
        label="Cada pessoa pode desligar ou espaçar", required=False, initial=True
    )

    def __init__(
        self, *args: Any, empresa: Empresa, regra: RegraDeAviso | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.regra = self.vigiado = regra
        self.fields["pessoas"].queryset = (  # type: ignore[attr-defined]
            Usuario.objects.filter(vinculos__empresa=empresa, is_active=True, email__isnull=False)
        )
        gente = Usuario.objects.filter(vinculos__empresa=empresa)
        da_empresa = Q(participacoes__usuario__in=gente) | Q(gestores__in=gente)
        self.fields["equipes"].queryset = (  # type: ignore[attr-defined]
            Equipe.objects.filter(da_empresa).distinct().order_by("nome")
        )
        if regra and regra.partida:
            self._de_partida(regra)

    def _de_partida(self, regra: RegraDeAviso) -> None:
        """O que ela diz e a quem vem de fábrica; o resto é da empresa."""
        for campo in (
            *("sobre", "para", "pessoas", "equipes", "dias", "so_o_que_mudou"),
            *("incluir_bloqueados", "assunto", "texto"),
        ):
            del self.fields[campo]
        if regra.partida == Sobre.VOLUME:
            self.fields["periodicidade"].choices = [  # type: ignore[attr-defined]
                escolha for escolha in Periodicidade.choices if escolha[0] != Periodicidade.DIARIA
            ]
            del self.fields["teto"]

    @property
    def dados(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class PausaForm(forms.Form):
    ate = forms.DateField(label="Até", required=False, widget=DataInput())


class SilencioForm(forms.Form):
    de = forms.TimeField(label="Das", required=False, widget=HoraInput())
    ate = forms.TimeField(label="Às", required=False, widget=HoraInput())


class PreferenciasForm(forms.Form):
    """Um grupo de campos por regra que alcança a pessoa; só os que ela pode mudar existem."""

    hora_dos_avisos = forms.TimeField(
        label="Receber às", required=False, widget=HoraInput(), help_text="Vazia, a hora de cada regra."
    )

    def __init__(self, *args: Any, escolhas: list[Escolha], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.escolhas = escolhas
        for escolha in escolhas:
            self._acrescentar(escolha)

    def _acrescentar(self, escolha: Escolha) -> None:
        regra, fixa = escolha.regra, not escolha.regra.pessoa_escolhe
        for canal, rotulo in (("por_email", "Por e-mail"), ("na_central", "Na central")):
            if getattr(regra, canal):
                self.fields[f"{canal}_{regra.pk}"] = forms.BooleanField(
                    label=rotulo, required=False, disabled=fixa, initial=getattr(escolha, canal)
                )
        if escolha.pode_espacar:
            campo = _dia_da_semana("Com que frequência", "Todo dia")
            campo.choices = [("", "Todo dia"), *((d, f"Só {n}") for d, n in DiaDaSemana.choices)]
            campo.initial = escolha.dia_da_semana
            self.fields[f"dia_{regra.pk}"] = campo

    def linhas(self) -> list[dict[str, Any]]:
        return [
            {
                "escolha": escolha,
                "canais": [
                    self[nome]
                    for canal in ("por_email", "na_central")
                    if (nome := f"{canal}_{escolha.regra.pk}") in self.fields
                ],
                "dia": self[f"dia_{escolha.regra.pk}"] if escolha.pode_espacar else None,
            }
            for escolha in self.escolhas
        ]

    def ditas(self) -> dict[int, dict[str, Any]]:
        dados = self.cleaned_data
        return {
            pk: {
                "por_email": dados.get(f"por_email_{pk}", True),
                "na_central": dados.get(f"na_central_{pk}", True),
                "dia_da_semana": dados.get(f"dia_{pk}"),
            }
            for pk in (escolha.regra.pk for escolha in self.escolhas)
        }


def quem_entra(empresa: Empresa) -> list[tuple[str, list[Usuario]]]:
    """As contas da empresa, por papel, para a escolha."""
    pessoas = list(Usuario.objects.filter(vinculos__empresa=empresa, is_active=True, email__isnull=False))
    return [
        (papel.label, [p for p in pessoas if p.papel == papel])
        for papel in Papel
        if any(p.papel == papel for p in pessoas)
    ]
