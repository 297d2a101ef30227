"""O formulário de um recado, e as contas e equipes que quem escreve pode escolher."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.utils import timezone

from contas.models import Equipe, MembroDeEquipe, Usuario
from notificacoes.models import EspecieDeRecado, Publico, Recado, RegraDaLista, TipoDeLembrete
from notificacoes.recados import contas_ao_alcance, equipes_ao_alcance

MAIOR_TEXTO = 2000


def _data(rotulo: str, ajuda: str) -> forms.DateField:
    controle = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=rotulo, required=False, widget=controle, help_text=ajuda)


class RecadoForm(forms.Form):
    """Post-it tem lista viva; lembrete tem tipo. Um rascunho pode ainda não dizer a quem vai."""

    tipo = forms.ModelChoiceField(label="Tipo", queryset=TipoDeLembrete.objects.none(), empty_label="Escolha")
    titulo = forms.CharField(label="Título", max_length=120)
    texto = forms.CharField(
        label="Mensagem", max_length=MAIOR_TEXTO, widget=forms.Textarea(attrs={"rows": 5})
    )
    assinatura = forms.CharField(
        label="Assinatura",
        max_length=120,
        required=False,
        help_text="A do seu perfil; só deste recado se a mudar.",
    )
    regra = forms.ChoiceField(
        label="Lista de clientes",
        required=False,
        choices=[("", "Sem lista"), ("sem_pedido", "Sem pedido há"), ("sem_contato", "Sem contato há")],
        widget=forms.RadioSelect,
        help_text="Cada um vê só os seus clientes, e a lista se refaz a cada leitura.",
    )
    dias = forms.IntegerField(
        label="Mais de (dias)",
        min_value=1,
        max_value=3650,
        error_messages={"required": "Diga de quantos dias é a lista."},
    )
    publico = forms.ChoiceField(label="Para quem", choices=Publico.choices, widget=forms.RadioSelect)
    contas = forms.ModelMultipleChoiceField(
        label="Contas", queryset=Usuario.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )
    equipes = forms.ModelMultipleChoiceField(
        label="Equipes", queryset=Equipe.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )
    surge_no_dia = _data("Surge em", "Vazio, ao enviar. Noutro dia, às 7h.")
    vale_ate = _data("Vale até", "O último dia na central. Vazio, até você encerrar.")
    por_email = forms.BooleanField(
        label="Mandar também por e-mail",
        required=False,
        help_text="Um e-mail a cada pessoa que recebe e-mails; a leitura só se sabe pelo Carteira.",
    )

    def __init__(self, *args: Any, especie: str, por: Usuario, rascunho: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.especie, self.rascunho = especie, rascunho
        campos: Any = self.fields
        campos["contas"].queryset = contas_ao_alcance(por, especie)
        campos["equipes"].queryset = equipes_ao_alcance(por)
        if especie == EspecieDeRecado.POSTIT:
            del campos["tipo"]
            # sem lista não há dias a dizer
            campos["dias"].required = bool((self.data or self.initial).get("regra"))
        else:
            campos["tipo"].queryset = TipoDeLembrete.objects.filter(ativo=True)
            del campos["regra"], campos["dias"]

    def clean(self) -> dict[str, Any]:
        dados: dict[str, Any] = super().clean() or {}
        self._conferir_lista(dados)
        self._conferir_datas(dados, timezone.localdate())
        publico = dados.get("publico", Publico.TODOS)
        se_escolhe = publico != Publico.TODOS and publico not in self.errors
        if se_escolhe and not self.rascunho and not dados.get(publico):
            self.add_error(publico, "Escolha ao menos uma.")
        return dados

    def _conferir_lista(self, dados: dict[str, Any]) -> None:
        if not dados.get("regra"):
            dados["regra"], dados["dias"] = "", None

    def _conferir_datas(self, dados: dict[str, Any], hoje: date) -> None:
        surge, fim = dados.get("surge_no_dia"), dados.get("vale_ate")
        if surge is not None and surge < hoje:
            self.add_error("surge_no_dia", "Escolha hoje ou um dia adiante.")
        if fim is not None and fim < max(surge or hoje, hoje):
            self.add_error("vale_ate", "A validade acaba antes de o recado surgir.")

    def dados(self) -> dict[str, Any]:
        """O que o recado guarda; a escolha de contas e equipes vai à parte."""
        limpos = {n: v for n, v in self.cleaned_data.items() if n not in {"contas", "equipes"}}
        return limpos | {"especie": self.especie}


def iniciais(recado: Recado | None, por: Usuario) -> dict[str, Any]:
    """O que o formulário mostra ao abrir."""
    if recado is None:
        return {
            "assinatura": por.assinatura,
            "publico": Publico.CONTAS,
            "regra": RegraDaLista.SEM_PEDIDO,
            "dias": 20,
        }
    nomes = (
        "titulo",
        "texto",
        "assinatura",
        "regra",
        "dias",
        "publico",
        "surge_no_dia",
        "vale_ate",
        "por_email",
    )
    valores = {nome: getattr(recado, nome) for nome in nomes}
    return valores | {
        "tipo": recado.tipo_id,
        "contas": list(recado.contas.values_list("pk", flat=True)),
        "equipes": list(recado.equipes.values_list("pk", flat=True)),
    }


@dataclass(frozen=True)
class Opcao:
    """Uma conta ou equipe que se pode marcar."""

    pk: int
    nome: str
    sobre: str
    marcada: bool


def contas_a_escolher(form: RecadoForm) -> list[Opcao]:
    """As contas ao alcance, com a equipe de hoje de cada uma."""
    marcadas = _marcadas(form, "contas")
    pessoas = list(form.fields["contas"].queryset)  # type: ignore[attr-defined]
    equipes = dict(_participacoes(pessoas).values_list("usuario", "equipe__nome"))
    return [
        Opcao(p.pk, p.nome, equipes.get(p.pk) or p.get_papel_display(), p.pk in marcadas) for p in pessoas
    ]


def equipes_a_escolher(form: RecadoForm, contas: list[Opcao]) -> list[Opcao]:
    """As equipes ao alcance, com quantos recebem em cada uma."""
    marcadas = _marcadas(form, "equipes")
    quantos = Counter(conta.sobre for conta in contas)
    equipes = form.fields["equipes"].queryset  # type: ignore[attr-defined]
    return [Opcao(e.pk, e.nome, str(quantos.get(e.nome, 0)), e.pk in marcadas) for e in equipes]


def _participacoes(pessoas: list[Usuario]) -> Any:
    hoje = timezone.localdate()
    return MembroDeEquipe.objects.filter(usuario__in=pessoas, periodo__contains=hoje)


def _marcadas(form: RecadoForm, campo: str) -> set[int]:
    valores = form[campo].value() or []
    return {int(v) for v in valores if str(v).isascii() and str(v).isdecimal()}
