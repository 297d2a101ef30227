"""Os formulários dos painéis da ficha: pitch, pessoas de contato e atendimentos."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.db.models import Q

from carteira.formatos import telefone
from carteira.web.formularios_de_cliente import esconder, mudancas_de
from carteira.web.versao import ComVersao
from clientes.models import (
    CanalDeContato,
    CausaDaInatividade,
    PapelDaPessoa,
    PessoaDeContato,
    Pitch,
    TipoDeAtendimento,
)


def _texto(rotulo: str, exemplo: str, maximo: int, linhas: int = 3, **resto: Any) -> forms.CharField:
    caixa = forms.Textarea(attrs={"rows": linhas, "placeholder": exemplo})
    return forms.CharField(label=rotulo, max_length=maximo, required=False, widget=caixa, **resto)


class PitchForm(forms.Form):
    causa = forms.ModelChoiceField(
        label="Causa da inatividade",
        queryset=CausaDaInatividade.objects.none(),
        required=False,
        empty_label="Ainda não sei",
    )
    por_que_parou = _texto("Por que parou", "Ex.: a entrega de agosto atrasou nove dias", 2000)
    argumentos = _texto("Argumentos", "Ex.: agora há estoque na cidade, entrega em 48 h", 2000)
    oferta = _texto("Oferta", "Ex.: frete por nossa conta no orçamento aberto", 1000, linhas=2)

    def __init__(self, *args: Any, atual: Pitch | None, **kwargs: Any) -> None:
        if atual is not None:
            campos = ("causa", "por_que_parou", "argumentos", "oferta")
            kwargs["initial"] = {campo: getattr(atual, campo) for campo in campos}
        super().__init__(*args, **kwargs)
        # a causa aposentada continua na versão que a usa
        em_uso = Q(ativa=True) | Q(pk=atual.causa_id if atual else None)
        self.fields["causa"].queryset = CausaDaInatividade.objects.filter(em_uso)  # type: ignore[attr-defined]


class PessoaForm(ComVersao, forms.Form):
    nome = forms.CharField(label="Nome", max_length=120)
    papel = forms.ChoiceField(
        label="Papel",
        choices=PapelDaPessoa.choices,
        widget=forms.RadioSelect,
        initial=PapelDaPessoa.COMPRADOR,
    )
    cargo = forms.CharField(label="Cargo", max_length=80, required=False)
    telefone = forms.CharField(
        label="Telefone ou WhatsApp",
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel"}),
    )
    email = forms.EmailField(label="E-mail", max_length=254, required=False)
    nao_contatar = forms.MultipleChoiceField(
        label="Não quer contato por",
        choices=CanalDeContato.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    principal = forms.BooleanField(label="É com quem se fala primeiro", required=False)
    observacao = forms.CharField(
        label="Observação",
        max_length=300,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "Ex.: atende melhor das 9 às 11 h"}),
    )

    def __init__(
        self,
        *args: Any,
        pessoa: PessoaDeContato | None = None,
        escondidos: Collection[str] = frozenset(),
        **kwargs: Any,
    ) -> None:
        if pessoa is not None:
            kwargs["initial"] = {campo: getattr(pessoa, campo) for campo in self.base_fields}
            kwargs["initial"]["telefone"] = telefone(pessoa.telefone)
        super().__init__(*args, **kwargs)
        self.vigiado = pessoa
        if pessoa is not None:
            esconder(self, escondidos)

    def mudancas(self) -> dict[str, Any]:
        return mudancas_de(self)


class AtendimentoForm(forms.Form):
    tipo = forms.ChoiceField(
        label="O que é",
        choices=TipoDeAtendimento.choices,
        widget=forms.RadioSelect,
        initial=TipoDeAtendimento.RECLAMACAO,
    )
    assunto = forms.CharField(
        label="Assunto",
        max_length=160,
        widget=forms.TextInput(attrs={"placeholder": "Ex.: chaves com defeito no acionador"}),
    )
    descricao = _texto("O que houve", "", 4000)


class FecharAtendimentoForm(forms.Form):
    solucao = forms.CharField(
        label="Como foi resolvido", max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )
