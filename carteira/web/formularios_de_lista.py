"""O formulário de uma lista de trabalho: o que é, até quando, quem liga e quem fica de fora."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.db.models import Q

from carteira.listas import Publico
from clientes.listas import MAIOR_NOME, ListaInvalida, nova_semente
from clientes.models import Campanha, Finalidade, ListaDeTrabalho, MotivoDeExclusao, Reparticao, TipoDeOferta
from clientes.models.lista import DESLIGAVEIS, MAIOR_CONTROLE
from contas.escopo import empresas_de
from contas.models import Equipe, Papel, Usuario

DURACAO = timedelta(days=30)
TIPOS = [("viva", "Viva: refaz-se pelo filtro"), ("congelada", "Congelada: guarda quem entrou")]


def _data(**kwargs: Any) -> forms.DateField:
    return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs)


class ListaForm(forms.Form):
    """Sem `lista`, cria; com ela, edita o que se pode mudar depois de sorteado o controle."""

    empresa = forms.ModelChoiceField(label="Empresa", queryset=None, empty_label=None)
    nome = forms.CharField(label="Nome", max_length=MAIOR_NOME)
    finalidade = forms.ChoiceField(
        label="Para quê",
        choices=Finalidade.choices,
        widget=forms.RadioSelect,
        help_text="Prevenção é de quem ainda compra; recuperação, de inativos.",
    )
    aceita_fora_da_finalidade = forms.BooleanField(
        label="Aceitar também quem não é da finalidade", required=False
    )
    tipo = forms.ChoiceField(label="Como se mantém", choices=TIPOS, widget=forms.RadioSelect)
    de = _data(label="Começa em")
    ate = _data(label="Termina em", required=False, help_text="O último dia que conta.")
    oferta_tipo = forms.ChoiceField(label="Oferta", choices=TipoDeOferta.choices, required=False)
    oferta = forms.CharField(
        label="O que se oferece",
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "Ex.: 8% na primeira reposição"}),
    )
    campanha = forms.ModelChoiceField(
        label="Campanha",
        queryset=None,
        required=False,
        empty_label="Nenhuma",
        help_text="O contato registrado a partir da lista já vem com ela.",
    )
    meta_clientes = forms.IntegerField(
        label="Meta de clientes que compram", required=False, min_value=1, max_value=1_000_000
    )
    meta_valor = forms.DecimalField(
        label="Meta de valor (R$)", required=False, min_value=1, max_digits=14, decimal_places=2
    )
    equipe = forms.ModelChoiceField(
        label="Equipe",
        queryset=None,
        required=False,
        empty_label="Nenhuma",
        help_text="Quem gere a equipe também muda a lista.",
    )
    donos = forms.ModelMultipleChoiceField(
        label="Donos", queryset=None, required=False, widget=forms.CheckboxSelectMultiple
    )
    reparticao = forms.ChoiceField(
        label="Quem liga para quem",
        choices=Reparticao.choices,
        help_text="Só se reparte entre quem já vê o cliente; os outros ficam com o dono da carteira.",
    )
    participantes = forms.ModelMultipleChoiceField(
        label="Entre quem", queryset=None, required=False, widget=forms.CheckboxSelectMultiple
    )
    exclusoes = forms.MultipleChoiceField(
        label="Deixar de fora da chamada",
        required=False,
        choices=[(m.value, m.label[0].upper() + m.label[1:]) for m in MotivoDeExclusao if m in DESLIGAVEIS],
        widget=forms.CheckboxSelectMultiple,
        help_text="Quem pediu para não ser contatado por nenhum canal fica sempre de fora.",
    )
    controle_pct = forms.IntegerField(
        label="Grupo de controle (%)",
        required=False,
        min_value=0,
        max_value=MAIOR_CONTROLE,
        help_text="Sorteados que ninguém chama: com eles se sabe o que a lista fez de verdade.",
    )
    semente = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31)

    def __init__(
        self, *args: Any, usuario: Usuario, hoje: date, lista: ListaDeTrabalho | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.usuario, self.hoje, self.lista = usuario, hoje, lista
        campos: Any = self.fields
        empresas = empresas_de(usuario).order_by("codigo")
        campos["empresa"].queryset = empresas
        if lista is not None or len(empresas) == 1:
            campos["empresa"].widget = forms.HiddenInput()
        campos["campanha"].queryset = self._campanhas()
        campos["equipe"].queryset = _equipes(usuario)
        pessoas = pessoas_da_lista(usuario)
        campos["donos"].queryset = pessoas.exclude(papel=Papel.VENDEDOR)
        campos["participantes"].queryset = pessoas
        if lista is not None:
            self._so_editar(lista)

    def _campanhas(self) -> Any:
        em_uso = Q(ativa=True) & (Q(fim__isnull=True) | Q(fim__gte=self.hoje))
        if self.lista and self.lista.campanha_id:
            em_uso |= Q(pk=self.lista.campanha_id)
        return Campanha.objects.filter(em_uso, empresa__in=empresas_de(self.usuario))

    def _so_editar(self, lista: ListaDeTrabalho) -> None:
        for nome in ("controle_pct", "semente", "exclusoes", "empresa"):
            del self.fields[nome]
        if not lista.viva:
            del self.fields["tipo"]

    @classmethod
    def iniciais(cls, publico: Publico, usuario: Usuario, hoje: date, finalidade: str) -> dict[str, Any]:
        equipes = list(_equipes(usuario)[:2])
        return {
            "empresa": empresas_de(usuario).order_by("codigo").first(),
            "finalidade": finalidade,
            "tipo": "viva" if publico.pode_ser_viva else "congelada",
            "de": hoje,
            "ate": hoje + DURACAO,
            "equipe": equipes[0] if len(equipes) == 1 and usuario.papel == Papel.GESTOR else None,
            "reparticao": Reparticao.DONO,
            "exclusoes": list(DESLIGAVEIS),
            "controle_pct": 0,
            "semente": nova_semente(),
        }

    @classmethod
    def da_lista(cls, lista: ListaDeTrabalho) -> dict[str, Any]:
        iguais = (
            "nome", "finalidade", "aceita_fora_da_finalidade", "de", "ate", "oferta_tipo", "oferta", "campanha",
            "meta_clientes", "meta_valor", "equipe", "reparticao",
        )  # fmt: skip
        return {nome: getattr(lista, nome) for nome in iguais} | {
            "tipo": "viva" if lista.viva else "congelada",
            "donos": lista.donos.all(),
            "participantes": lista.participantes.all(),
        }

    def rascunho(self, publico: Publico) -> ListaDeTrabalho:
        """A lista dita no formulário, ainda sem linha no banco."""
        dados = self.cleaned_data
        return ListaDeTrabalho(
            **self.valores(),
            empresa=dados["empresa"],
            consulta=publico.consulta or "",
            consulta_por=self.usuario,
            criada_por=self.usuario,
            exclusoes_desligadas=sorted(set(DESLIGAVEIS) - set(dados["exclusoes"])),
            controle_pct=dados["controle_pct"] or 0,
            semente=dados["semente"],
        )

    def valores(self) -> dict[str, Any]:
        """Os campos que se editam, como a lista os guarda."""
        dados = self.cleaned_data
        nomes = (
            "nome", "finalidade", "aceita_fora_da_finalidade", "de", "ate", "oferta_tipo", "oferta", "campanha",
            "meta_clientes", "meta_valor", "equipe", "reparticao",
        )  # fmt: skip
        viva = {"viva": dados["tipo"] == "viva"} if "tipo" in self.fields else {}
        return {nome: dados[nome] for nome in nomes} | viva

    def recusar(self, erro: ListaInvalida) -> None:
        self.add_error(erro.campo if erro.campo in self.fields else None, str(erro))


def _equipes(usuario: Usuario) -> Any:
    """O gestor, as que gere; quem administra, todas."""
    if usuario.papel == Papel.ADMIN:
        return Equipe.objects.order_by("nome")
    return Equipe.objects.filter(gestores=usuario).order_by("nome")


def pessoas_da_lista(usuario: Usuario) -> Any:
    """Entre quem se pode repartir: da empresa, a própria pessoa e, para o gestor, os vendedores das equipes dele."""
    ativos = Usuario.objects.filter(
        is_active=True, vinculos__empresa__in=empresas_de(usuario), papel__in=(Papel.VENDEDOR, Papel.GESTOR)
    )
    if usuario.papel == Papel.GESTOR:
        minhas = Equipe.objects.filter(gestores=usuario)
        quem = Q(participacoes__equipe__in=minhas) | Q(equipes_geridas__in=minhas)
        ativos = ativos.filter(quem | Q(pk=usuario.pk))
    return Usuario.objects.filter(pk__in=ativos.values("pk")).order_by("nome_chave", "pk")


class ExclusaoForm(forms.Form):
    motivo = forms.ChoiceField(choices=[(m, m) for m in DESLIGAVEIS])
    ligada = forms.BooleanField(required=False)
