"""Mapeamentos salvos: ver, editar, renomear e apagar; os prontos de fábrica ao lado."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_safe

from carteira.web.acesso import exige
from carteira.web.importacao_campos import opcoes_de_campo, problema_das_colunas
from carteira.web.versao import ComVersao
from clientes.importacao.fabrica import PRONTOS
from clientes.importacao.situacoes import chave_de_situacao
from clientes.importacao.tipos import TIPOS
from clientes.models import MapeamentoDeColunas, TipoDeImportacao
from contas.auditoria import registrar
from contas.escopo import empresas_de
from contas.models import Usuario
from contas.papeis import Permissao

POR_PAGINA = 50


class MapeamentoForm(ComVersao, forms.ModelForm):
    class Meta:
        model = MapeamentoDeColunas
        fields = ("nome", "juncao", "decimal")
        labels = {"juncao": "Entre as partes de um campo", "decimal": "Decimal dos números"}
        help_texts = {
            "nome": "Também para manage.py importar --mapeamento.",
            "juncao": "O que separa, por exemplo, o código da loja: 000001-01.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["nome"].required = True

    def clean_nome(self) -> str:
        nome = str(self.cleaned_data["nome"]).strip()
        outros = MapeamentoDeColunas.objects.filter(empresa=self.instance.empresa, nome__iexact=nome)
        if outros.exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("Já há um mapeamento com este nome: escolha outro.")
        return nome


def _visiveis(usuario: Usuario) -> QuerySet[MapeamentoDeColunas]:
    return MapeamentoDeColunas.objects.filter(empresa__in=empresas_de(usuario)).select_related(
        "empresa", "por"
    )


def _achar(request: HttpRequest, pk: int) -> MapeamentoDeColunas:
    return get_object_or_404(_visiveis(request.user), pk=pk)  # type: ignore[arg-type]


@exige(Permissao.IMPORTAR)
@require_safe
def lista(request: HttpRequest) -> HttpResponse:
    salvos = _visiveis(request.user).order_by("nome", "tipo", "pk")  # type: ignore[arg-type]
    tipos = dict(TipoDeImportacao.choices)
    return render(
        request,
        "importacao/mapeamentos.html",
        {
            "pagina": Paginator(salvos, POR_PAGINA).get_page(request.GET.get("pagina")),
            "prontos": [(m, tipos[m.tipo]) for m in PRONTOS],
            "varias": empresas_de(request.user).count() > 1,
        },
    )


@exige(Permissao.IMPORTAR)
@require_http_methods(["GET", "POST"])
def editar(request: HttpRequest, pk: int) -> HttpResponse:
    mapeamento = _achar(request, pk)
    antes = _dados(mapeamento)
    form = MapeamentoForm(request.POST or None, instance=mapeamento)
    problema = ""
    if request.method == "POST":
        colunas = _colunas(request, mapeamento)
        problema = problema_das_colunas(colunas)
        if form.is_valid() and not problema:
            _salvar(request, form.save(commit=False), colunas, antes)
            messages.success(
                request, f"Mapeamento “{mapeamento.nome}” salvo: vale para os próximos arquivos."
            )
            return redirect("importacao:mapeamentos")
        mapeamento.colunas = colunas
    return render(
        request,
        "importacao/mapeamento.html",
        {
            "mapeamento": mapeamento,
            "form": form,
            "problema": problema,
            "colunas": sorted(mapeamento.colunas.items()),
            "campos": opcoes_de_campo(mapeamento.tipo),
            "situacoes": sorted(mapeamento.situacoes.items()),
            "vocabulario": TIPOS[mapeamento.tipo].vocabulario,
            "pular": sorted((c, ", ".join(v)) for c, v in mapeamento.pular.items()),
            "migalhas": _migalhas(str(mapeamento)),
        },
        status=422 if request.method == "POST" else 200,
    )


def _colunas(request: HttpRequest, mapeamento: MapeamentoDeColunas) -> dict[str, str]:
    validos = {valor for valor, _ in opcoes_de_campo(mapeamento.tipo)}
    ditas = {}
    for indice, (coluna, campo) in enumerate(sorted(mapeamento.colunas.items())):
        novo = request.POST.get(f"coluna_{indice}", campo)
        ditas[coluna] = novo if novo in validos else ""
    return ditas


@transaction.atomic
def _salvar(
    request: HttpRequest, mapeamento: MapeamentoDeColunas, colunas: dict[str, str], antes: dict[str, Any]
) -> None:
    mapeamento.colunas = colunas
    vocabulario = TIPOS[mapeamento.tipo].vocabulario
    conhecidas = vocabulario.valores.values if vocabulario else []
    mapeamento.situacoes = {
        texto: destino
        for texto in mapeamento.situacoes
        if (destino := request.POST.get(f"situacao_{texto}", mapeamento.situacoes[texto])) in conhecidas
    }
    nova, destino = (
        request.POST.get("situacao_nova", "").strip(),
        request.POST.get("situacao_nova_destino", ""),
    )
    if nova and destino in conhecidas:
        mapeamento.situacoes[chave_de_situacao(nova)] = destino
    mapeamento.por = request.user  # type: ignore[assignment]
    mapeamento.save()
    registrar(
        "mapeamento.editar", por=request.user, objeto=str(mapeamento)[:120], antes=antes, depois=_dados(mapeamento)  # type: ignore[arg-type]
    )  # fmt: skip


def _dados(mapeamento: MapeamentoDeColunas) -> dict[str, Any]:
    return {
        "nome": mapeamento.nome,
        "colunas": dict(mapeamento.colunas),
        "situacoes": dict(mapeamento.situacoes),
        "juncao": mapeamento.juncao,
        "decimal": mapeamento.decimal,
    }


@exige(Permissao.IMPORTAR)
@require_http_methods(["GET", "POST"])
def apagar(request: HttpRequest, pk: int) -> HttpResponse:
    mapeamento = _achar(request, pk)
    if request.method == "POST":
        with transaction.atomic():
            registrar(
                "mapeamento.apagar", por=request.user, objeto=str(mapeamento)[:120], antes=_dados(mapeamento)
            )  # type: ignore[arg-type]
            mapeamento.delete()
        messages.success(request, f"Mapeamento “{mapeamento}” apagado.")
        return redirect("importacao:mapeamentos")
    return render(
        request,
        "importacao/mapeamento_apagar.html",
        {"mapeamento": mapeamento, "migalhas": _migalhas("Apagar")},
    )


def _migalhas(aqui: str) -> list[dict[str, str]]:
    return [
        {"nome": "Importar dados", "url": reverse("importacao:enviar")},
        {"nome": "Mapeamentos", "url": reverse("importacao:mapeamentos")},
        {"nome": aqui, "url": ""},
    ]


urlpatterns = [
    path("mapeamentos/", lista, name="mapeamentos"),
    path("mapeamentos/<int:pk>/", editar, name="mapeamento"),
    path("mapeamentos/<int:pk>/apagar/", apagar, name="mapeamento_apagar"),
]
