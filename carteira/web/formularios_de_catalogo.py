"""Os formulários dos catálogos: só os campos que o papel pode mudar; quem grava é o caso de uso."""

from typing import Any

from django import forms

from carteira.web.versao import ComVersao
from clientes.catalogos import CatalogoInvalido, campos_editaveis
from clientes.models import Campanha, CausaDaInatividade, Motivo, Objecao, Ocorrencia
from contas.escopo import empresas_de
from contas.models import Usuario

_DATA = {"type": "date"}


class ItemForm(ComVersao, forms.ModelForm):  # type: ignore[type-arg]
    """Nome e o que mais o catálogo tem; `confirmo` só aparece quando a mudança refaz alguma coisa."""

    confirmo = forms.BooleanField(label="Sim, recalcular o último contato", required=False)

    def __init__(self, *args: Any, por: Usuario, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.por, self.aviso = por, ""
        for nome in set(self.fields) - set(campos_editaveis(self._meta.model, por.papel)) - {"confirmo"}:
            del self.fields[nome]

    def _post_clean(self) -> None:
        """As regras são do caso de uso: a linha do banco não se toca aqui."""

    def valores(self) -> dict[str, Any]:
        return {nome: self.cleaned_data[nome] for nome in self.fields if nome != "confirmo"}

    def recusar(self, erro: CatalogoInvalido) -> None:
        """Uma confirmação pedida vira aviso com caixa; o resto é erro no campo."""
        if erro.campo == "confirmo":
            self.aviso = str(erro)
        else:
            self.add_error(erro.campo if erro.campo in self.fields else None, str(erro))

    @property
    def campos(self) -> list[Any]:
        return [campo for campo in self.visible_fields() if campo.name != "confirmo"]


class OcorrenciaForm(ItemForm):
    class Meta:
        model = Ocorrencia
        fields = ("nome", "efetiva", "pede_objecao")
        labels = {"efetiva": "Houve conversa", "pede_objecao": "Perguntar a objeção"}
        help_texts = {
            "efetiva": "Conversa move o relógio do último contato e conclui a agenda vencida; "
            "sem ela, o registro é uma tentativa.",
            "pede_objecao": "Ao escolher este resultado, as objeções aparecem com as respostas do gestor.",
        }


class MotivoForm(ItemForm):
    class Meta:
        model = Motivo
        fields = ("nome",)


class ObjecaoForm(ItemForm):
    class Meta:
        model = Objecao
        fields = ("nome", "contra_argumento")
        widgets = {"contra_argumento": forms.Textarea(attrs={"rows": 4})}
        help_texts = {
            "contra_argumento": "O que responder: aparece para o vendedor no meio da ligação, ao marcar a objeção."
        }


class CausaForm(ItemForm):
    class Meta:
        model = CausaDaInatividade
        fields = ("nome", "explicacao")


class CampanhaForm(ItemForm):
    class Meta:
        model = Campanha
        fields = ("empresa", "nome", "inicio", "fim", "oferta")
        widgets = {
            "inicio": forms.DateInput(attrs=_DATA, format="%Y-%m-%d"),
            "fim": forms.DateInput(attrs=_DATA, format="%Y-%m-%d"),
        }
        help_texts = {"fim": "O último dia que vale; vazio, não termina."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        empresas = empresas_de(self.por).order_by("codigo")
        campo: Any = self.fields["empresa"]
        campo.queryset, campo.empty_label = empresas, None
        if self.instance.pk:
            campo.disabled = True
        elif len(empresas) == 1:
            campo.initial, campo.widget = empresas[0], forms.HiddenInput()
