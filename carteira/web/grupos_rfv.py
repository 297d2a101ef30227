"""Ajustar os grupos do RFV: nomes e faixas, com a conta de quem muda de grupo antes de gravar."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from atividade.grupos_rfv import ACAO, MAIOR_NOME, Ajustes, escrito, mudar_grupos, prever
from atividade.parametros import mudancas_de
from atividade.regras import RegraInvalida
from atividade.rfv import GRUPOS, Tabela, tabela_da
from carteira.web.acesso import exige
from carteira.web.limites import com_empresa
from contas.escopo import empresas_de
from contas.models import Empresa
from contas.papeis import Permissao

_NOTAS = {"r": "Recência", "f": "Frequência", "v": "Valor"}


class GruposForm(forms.Form):
    """O nome e as três faixas de cada grupo, na ordem em que valem."""

    motivo = forms.CharField(label="Motivo", max_length=120, required=False)

    def __init__(self, *args: Any, tabela: Tabela, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for grupo in tabela:
            self.fields[f"{grupo.chave}_nome"] = forms.CharField(
                label=f"Nome de {grupo.nome}", max_length=MAIOR_NOME, initial=grupo.nome
            )
            for nota, nome in _NOTAS.items():
                de, ate = getattr(grupo, nota)
                for ponta, valor in (("de", de), ("ate", ate)):
                    self.fields[f"{grupo.chave}_{nota}_{ponta}"] = forms.IntegerField(
                        label=f"{nome} de {grupo.nome}, {'de' if ponta == 'de' else 'até'}",
                        min_value=1, max_value=5, initial=valor,
                    )  # fmt: skip

    @property
    def ajustes(self) -> Ajustes:
        dados = self.cleaned_data
        return {
            g.chave: {
                "nome": " ".join(dados[f"{g.chave}_nome"].split()),
                **{n: [dados[f"{g.chave}_{n}_de"], dados[f"{g.chave}_{n}_ate"]] for n in _NOTAS},
            }
            for g in GRUPOS
        }

    def linhas(self) -> list[dict[str, Any]]:
        """Para a tabela: o grupo de fábrica, o nome e as faixas."""
        return [
            {
                "grupo": g,
                "nome": self[f"{g.chave}_nome"],
                "faixas": [
                    (nome, self[f"{g.chave}_{n}_de"], self[f"{g.chave}_{n}_ate"])
                    for n, nome in _NOTAS.items()
                ],
            }
            for g in GRUPOS
        ]


def _de_fabrica() -> Ajustes:
    return {g.chave: escrito(g) for g in GRUPOS}


@exige(Permissao.CONFIGURAR_ATIVIDADE)
@com_empresa
def grupos(request: HttpRequest, *, empresa: Empresa) -> HttpResponse:
    """GET mostra a tabela em vigor (ou a de fábrica, com `fabrica`); POST mostra a prévia ou grava."""
    if request.method == "POST":
        form = GruposForm(request.POST, tabela=tabela_da(empresa))
        if form.is_valid() and "gravar" in request.POST:
            try:
                return _gravado(request, empresa, form)
            except RegraInvalida as recusa:
                form.add_error(None, str(recusa))
    else:
        form = GruposForm(tabela=GRUPOS if "fabrica" in request.GET else tabela_da(empresa))
    return _mostrar(request, empresa, form)


def _gravado(request: HttpRequest, empresa: Empresa, form: GruposForm) -> HttpResponse:
    mudou = mudar_grupos(
        empresa=empresa, ajustes=form.ajustes, por=request.user, motivo=form.cleaned_data["motivo"]
    )
    messages.success(request, "Grupos salvos: já valem em toda a carteira." if mudou else "Nada mudou.")
    return redirect(f"{reverse('atividade:rfv')}?empresa={empresa.pk}")


def _mostrar(request: HttpRequest, empresa: Empresa, form: GruposForm) -> HttpResponse:
    previa = None
    try:
        if form.is_bound and form.is_valid():
            previa = prever(empresa, form.ajustes)
        elif "fabrica" in request.GET:
            previa = prever(empresa, _de_fabrica())
        elif not form.is_bound:
            previa = prever(empresa, {g.chave: escrito(g) for g in tabela_da(empresa)})
    except RegraInvalida as recusa:
        if str(recusa) not in form.non_field_errors():
            form.add_error(None, str(recusa))
    ultima = mudancas_de(empresa, ACAO).select_related("por").first()
    contexto = {
        "empresa": empresa,
        "empresas": list(empresas_de(request.user)),
        "form": form,
        "previa": previa,
        "de_fabrica": tabela_da(empresa) == GRUPOS,
        "ultima": ultima,
        "motivo_da_ultima": ((ultima.depois or {}) if ultima else {}).get("motivo", ""),
    }
    so_a_previa = request.htmx and request.htmx.target == "previa-rfv"
    modelo = "atividade/_previa_rfv.html" if so_a_previa else "atividade/rfv.html"
    codigo = 422 if form.errors and not so_a_previa else 200
    return render(request, modelo, contexto, status=codigo)


urlpatterns = [path("rfv/", grupos, name="rfv")]
