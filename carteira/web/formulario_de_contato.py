"""O formulário de contato: o essencial à vista, o resto em *Mais detalhes*."""

import uuid
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from clientes.agenda import Proximo
from clientes.compromissos import uf_dos_feriados
from clientes.dias_uteis import util_desde
from clientes.escolhas import DIAS_PARA_TRAS, escolhas_do_contato
from clientes.models import (
    CanalDeContato,
    Cliente,
    Objecao,
    Ocorrencia,
    Sentido,
    TipoDeAtendimento,
    TipoDeOferta,
)
from clientes.relacionamento import (
    LIMITE_DA_OBSERVACAO,
    NovoAtendimento,
    RelacionamentoInvalido,
    quando_foi,
)

PROXIMOS = [
    ("", "Sem data"),
    ("1", "Amanhã"),
    ("7", "Em 7 dias"),
    ("15", "Em 15 dias"),
    ("escolher", "Escolher…"),
]
# Campo do formulário → catálogo de que ele escolhe.
_DOS_CATALOGOS = {
    "ocorrencia": "ocorrencias",
    "objecoes": "objecoes",
    "motivo": "motivos",
    "campanha": "campanhas",
    "pessoa_de_contato": "pessoas",
}
_DETALHES = (
    "pessoa_de_contato", "pessoa", "motivo", "campanha", "oferta", "quando", "em_aberto", "abrir_atendimento",
    "atendimento_assunto",
)  # fmt: skip
PESSOAS_A_MAO = 6


class ContatoForm(forms.Form):
    """O registro de um contato, igual na ficha, na lista, na página e na fila.

    Com `cliente` traz as campanhas e as pessoas dele. Os valores limpos já são as linhas dos catálogos, e
    `dados()` são os argumentos de `registrar_contato`.
    """

    canal = forms.ChoiceField(
        label="Como foi",
        choices=CanalDeContato.choices,
        widget=forms.RadioSelect,
        initial=CanalDeContato.LIGACAO,
    )
    ocorrencia = forms.TypedChoiceField(
        label="Resultado",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Diga como terminou o contato.",
            "invalid_choice": "Este resultado não está mais em uso: escolha outro.",
        },
    )
    objecoes = forms.TypedMultipleChoiceField(
        label="Objeções",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "Uma das objeções não está mais em uso: escolha de novo."},
    )
    observacao = forms.CharField(
        label="O que ficou combinado",
        max_length=LIMITE_DA_OBSERVACAO,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "Ex.: confirma com o sócio na segunda"}),
    )
    # Quem estava sem sinal manda o instante em que escreveu: é dele que se contam os dias.
    digitado_em = forms.DateTimeField(required=False, widget=forms.HiddenInput)
    proximo = forms.ChoiceField(
        label="Próximo contato", choices=PROXIMOS, required=False, widget=forms.RadioSelect
    )
    proximo_em = forms.DateField(
        label="Dia", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    proximo_hora = forms.TimeField(
        label="Hora", required=False, widget=forms.TimeInput(attrs={"type": "time"})
    )
    pessoa_de_contato = forms.TypedChoiceField(
        label="Com quem falou",
        required=False,
        empty_value=None,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": "Esta pessoa não está mais entre as do cliente: escolha outra."},
    )
    pessoa = forms.CharField(
        label="Com quem falou",
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "Nome", "list": "pessoas-do-cliente"}),
    )
    guardar_pessoa = forms.BooleanField(label="Guardar entre as pessoas do cliente", required=False)
    motivo = forms.TypedChoiceField(
        label="Motivo",
        required=False,
        empty_value=None,
        error_messages={"invalid_choice": "Este motivo não está mais em uso: escolha outro."},
    )
    campanha = forms.TypedChoiceField(
        label="Campanha",
        required=False,
        empty_value=None,
        error_messages={"invalid_choice": "Esta campanha não está em uso, ou não é desta data."},
    )
    oferta = forms.ChoiceField(
        label="O que se ofereceu",
        choices=[("", "Nada, ou a oferta da lista"), *TipoDeOferta.choices[1:]],
        required=False,
    )
    sentido = forms.ChoiceField(
        label="Quem procurou",
        choices=[(Sentido.ATIVO, "Nós"), (Sentido.RECEPTIVO, "O cliente")],
        required=False,
        widget=forms.RadioSelect,
        initial=Sentido.ATIVO,
    )
    quando = forms.DateTimeField(
        label="Quando foi",
        required=False,
        help_text="Vazio é agora.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    em_aberto = forms.BooleanField(label="Deixar em aberto: ficou algo por responder", required=False)
    abrir_atendimento = forms.BooleanField(label="Abrir um atendimento", required=False)
    atendimento_tipo = forms.ChoiceField(
        label="Tipo",
        choices=TipoDeAtendimento.choices,
        required=False,
        widget=forms.RadioSelect,
        initial=TipoDeAtendimento.RECLAMACAO,
    )
    atendimento_assunto = forms.CharField(
        label="O que houve",
        max_length=160,
        required=False,
        widget=forms.TextInput(
            attrs={"class": "ent", "autocomplete": "off", "placeholder": "Ex.: três caixas vieram abertas"}
        ),
    )
    chave = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(self, *args: Any, cliente: Cliente | None = None, **kwargs: Any) -> None:
        # Outros formulários da mesma página (no diálogo) têm campos de mesmo nome.
        kwargs.setdefault("auto_id", "contato_%s")
        super().__init__(*args, **kwargs)
        self.uf = uf_dos_feriados(cliente) if cliente else ""
        self.escolhas: Any = SimpleLazyObject(
            lambda: escolhas_do_contato(cliente=cliente, hoje=timezone.localdate())
        )
        for nome, catalogo in _DOS_CATALOGOS.items():
            self._ligar(nome, catalogo)
        agora = timezone.localtime()
        desde = agora - timedelta(days=DIAS_PARA_TRAS)
        limites = {"min": f"{desde:%Y-%m-%dT00:00}", "max": f"{agora:%Y-%m-%dT%H:%M}"}
        self.fields["quando"].widget.attrs.update(limites)

    def _ligar(self, nome: str, catalogo: str) -> None:
        """As opções do campo são as linhas do catálogo, lidas só quando preciso; o valor limpo é a linha."""
        campo: Any = self.fields[nome]
        vazio = (
            [] if nome in ("ocorrencia", "objecoes") else [("", "Nenhum" if nome == "motivo" else "Nenhuma")]
        )
        campo.choices = lambda: [
            *vazio, *((pk, linha.nome) for pk, linha in getattr(self.escolhas, catalogo).items())
        ]  # fmt: skip
        campo.coerce = lambda pk: getattr(self.escolhas, catalogo)[int(pk)]

    def clean_quando(self) -> datetime | None:
        """Dito no minuto: o segundo é o de agora, para dois contatos não terem o mesmo instante."""
        em = self.cleaned_data["quando"]
        if em is not None and not em.second:
            agora = timezone.now()
            em = em.replace(second=agora.second, microsecond=agora.microsecond)
        return _instante(em)

    def clean_digitado_em(self) -> datetime | None:
        return _instante(self.cleaned_data["digitado_em"])

    def clean(self) -> dict[str, Any]:
        dados = super().clean() or {}
        if dados.get("proximo") == "escolher" and "proximo_em" not in self.errors:
            self._conferir_o_proximo(dados.get("proximo_em"))
        if dados.get("pessoa") and dados.get("pessoa_de_contato"):
            self.add_error("pessoa", "Escolha uma pessoa ou escreva um nome, não os dois.")
        if dados.get("abrir_atendimento") and not dados.get("atendimento_assunto"):
            self.add_error("atendimento_assunto", "Diga em poucas palavras o que houve.")
        return dados

    def _conferir_o_proximo(self, dia: date | None) -> None:
        if dia is None:
            self.add_error("proximo_em", "Escolha o dia do próximo contato.")
        elif dia < self._dia_de_quem_escreveu():
            self.add_error("proximo_em", "Escolha hoje ou um dia depois.")

    def _dia_de_quem_escreveu(self) -> date:
        return timezone.localdate(self.cleaned_data.get("digitado_em"))

    def combinado(self) -> Proximo | None:
        """O próximo contato dito no formulário, contado do dia em que se escreveu.

        O dia escolhido vale como está; o de um toque cai em dia útil.
        """
        dados = self.cleaned_data
        if not dados["proximo"]:
            return None
        if dados["proximo"] == "escolher":
            return Proximo(dados["proximo_em"], dados["proximo_hora"], dados["canal"])
        dias = timedelta(days=int(dados["proximo"]))
        dia = util_desde(self._dia_de_quem_escreveu() + dias, self.uf)
        return Proximo(dia, None, dados["canal"])

    def dados(self) -> dict[str, Any]:
        """Os argumentos de `registrar_contato`, menos o cliente, quem atende e a origem, que são da sessão."""
        limpos = self.cleaned_data
        iguais = (
            "canal", "ocorrencia", "objecoes", "observacao", "pessoa", "pessoa_de_contato", "guardar_pessoa",
            "motivo", "campanha", "oferta", "em_aberto", "chave",
        )  # fmt: skip
        return {nome: limpos[nome] for nome in iguais} | {
            "sentido": limpos["sentido"] or Sentido.ATIVO,
            "em": limpos["quando"] or limpos["digitado_em"],
            "proximo": self.combinado(),
            "atendimento": self._novo_atendimento(),
        }

    def _novo_atendimento(self) -> NovoAtendimento | None:
        dados = self.cleaned_data
        if not dados["abrir_atendimento"]:
            return None
        tipo = dados["atendimento_tipo"] or TipoDeAtendimento.RECLAMACAO
        return NovoAtendimento(tipo, dados["atendimento_assunto"], dados["observacao"])

    def recusar(self, erro: RelacionamentoInvalido) -> None:
        """A recusa do caso de uso aparece no campo de que ela fala."""
        self.add_error(erro.campo if erro.campo in self.fields else None, str(erro))

    # ── O que o template mostra ──

    @property
    def resultados(self) -> list[tuple[Any, Ocorrencia]]:
        return list(zip(self["ocorrencia"], self.escolhas.ocorrencias.values(), strict=True))

    @property
    def objecoes_e_respostas(self) -> list[tuple[Any, Objecao]]:
        """Cada objeção com o contra-argumento do gestor, que aparece ao marcá-la."""
        pares = list(zip(self["objecoes"], self.escolhas.objecoes.values(), strict=True))
        for opcao, objecao in pares:
            if objecao.contra_argumento:
                opcao.data["attrs"]["aria-describedby"] = f"resposta-{objecao.pk}"
        return pares

    @property
    def pessoas_a_mao(self) -> list[Any]:
        """As primeiras pessoas do cliente, e a que já estava escolhida; as outras se acham ao digitar."""
        outra, *pessoas = self["pessoa_de_contato"]
        visiveis = [p for n, p in enumerate(pessoas) if n < PESSOAS_A_MAO or p.data["selected"]]
        return [outra, *visiveis] if visiveis else []

    @property
    def detalhes_abertos(self) -> bool:
        """O que já se preencheu, ou está errado, não fica escondido."""
        return self.is_bound and any(self[nome].errors or self[nome].value() for nome in _DETALHES)


def _instante(em: datetime | None) -> datetime | None:
    try:
        return None if em is None else quando_foi(em, timezone.now())
    except RelacionamentoInvalido as erro:
        raise forms.ValidationError(str(erro)) from erro
