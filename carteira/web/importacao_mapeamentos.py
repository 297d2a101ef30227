"""Mapeamentos salvos: ver, editar, renomear e apagar; os prontos de fábrica ao lado."""

from typing import Any
from urllib.parse import quote

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
from carteira.web.uma_por_vez import uma_por_vez
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
_NOVA = {"palavra": "", "destino": "_destino"}


class _Ligacao(forms.ChoiceField):
    """A coluna ou a palavra do ERP, e o que ela quer dizer; o que não está na lista conta como em branco."""

    def clean(self, value: Any) -> str:
        return str(value) if value and self.valid_value(value) else ""


class MapeamentoForm(ComVersao, forms.ModelForm):
    """Cada controle tem o nome da sua coluna: a página velha não escreve na coluna que tomou o lugar de outra."""

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
        vocabulario = TIPOS[self.instance.tipo].vocabulario
        destinos = vocabulario.valores.choices if vocabulario else []
        self._ligar(
            "coluna", self.instance.colunas, [("", "— ignorar —"), *opcoes_de_campo(self.instance.tipo)]
        )
        self._ligar("situacao", self.instance.situacoes, [("", "— esquecer —"), *destinos])

    def _ligar(self, de_que: str, ligados: dict[str, str], escolhas: list[Any]) -> None:
        for dito, ligado in sorted(ligados.items()):
            self.fields[_controle(de_que, dito)] = _Ligacao(
                label=f"“{dito}”", required=False, choices=escolhas, initial=ligado
            )

    def ligados(self, de_que: str, atuais: dict[str, str]) -> dict[str, str]:
        """O que a página diz de cada um; o que ela não traz fica como está."""
        nomes = {dito: _controle(de_que, dito) for dito in atuais}
        return {
            dito: self.cleaned_data.get(nome, "") if nome in self.data else atuais[dito]
            for dito, nome in nomes.items()
        }

    def linhas(self, de_que: str, atuais: dict[str, str]) -> list[tuple[str, str, str]]:
        """O dito, o controle e o que está escolhido nele."""
        nomes = [(dito, _controle(de_que, dito), ligado) for dito, ligado in sorted(atuais.items())]
        return [(dito, nome, self.data.get(nome, ligado)) for dito, nome, ligado in nomes]

    def _chaves_do_registro(self, mudaram: dict[str, str]) -> list[str]:
        plural = {"coluna": "colunas", "situacao": "situacoes"}
        return [plural.get(nome.partition("=")[0], nome) for nome in mudaram]

    def clean_nome(self) -> str:
        nome = str(self.cleaned_data["nome"]).strip()
        outros = MapeamentoDeColunas.objects.filter(empresa=self.instance.empresa, nome__iexact=nome)
        if outros.exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("Já há um mapeamento com este nome: escolha outro.")
        return nome


def _controle(de_que: str, dito: str) -> str:
    return f"{de_que}={quote(dito, safe='')}"


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
@uma_por_vez(MapeamentoDeColunas)
def editar(request: HttpRequest, pk: int) -> HttpResponse:
    mapeamento = _achar(request, pk)
    antes = _dados(mapeamento)
    form = MapeamentoForm(request.POST or None, instance=mapeamento)
    problema = ""
    if request.method == "POST":
        valido = form.is_valid()
        colunas = form.ligados("coluna", mapeamento.colunas)
        problema = problema_das_colunas(colunas)
        if valido and not problema:
            mudou = _salvar(request, form, colunas, antes)
            salvo = f"Mapeamento “{mapeamento.nome}” salvo: vale para os próximos arquivos."
            messages.success(request, salvo if mudou else "Nada mudou.")
            return redirect("importacao:mapeamentos")
    return render(
        request,
        "importacao/mapeamento.html",
        {
            "mapeamento": mapeamento,
            "form": form,
            "problema": problema,
            "colunas": form.linhas("coluna", mapeamento.colunas),
            "campos": opcoes_de_campo(mapeamento.tipo),
            "situacoes": form.linhas("situacao", mapeamento.situacoes),
            "vocabulario": TIPOS[mapeamento.tipo].vocabulario,
            "nova": {nome: request.POST.get(f"situacao_nova{fim}", "") for nome, fim in _NOVA.items()},
            "pular": sorted((c, ", ".join(v)) for c, v in mapeamento.pular.items()),
            "migalhas": _migalhas(str(mapeamento)),
        },
        status=422 if request.method == "POST" else 200,
    )


@transaction.atomic
def _salvar(
    request: HttpRequest, form: MapeamentoForm, colunas: dict[str, str], antes: dict[str, Any]
) -> bool:
    """Grava, e diz se algo mudou; sem mudança, continua a ser de quem o mudou por último."""
    mapeamento = form.save(commit=False)
    mapeamento.colunas = colunas
    vocabulario = TIPOS[mapeamento.tipo].vocabulario
    conhecidas = vocabulario.valores.values if vocabulario else []
    ditas = form.ligados("situacao", mapeamento.situacoes)
    mapeamento.situacoes = {texto: destino for texto, destino in ditas.items() if destino in conhecidas}
    nova, destino = (
        request.POST.get("situacao_nova", "").strip(),
        request.POST.get("situacao_nova_destino", ""),
    )
    if nova and destino in conhecidas:
        mapeamento.situacoes[chave_de_situacao(nova)] = destino
    depois = _dados(mapeamento)
    mudou = [nome for nome, valor in depois.items() if antes[nome] != valor]
    if not mudou:
        return False
    mapeamento.por = request.user  # type: ignore[assignment]
    mapeamento.save()
    registrar(
        "mapeamento.editar",
        por=request.user,  # type: ignore[arg-type]
        objeto=str(mapeamento)[:120],
        antes={nome: antes[nome] for nome in mudou},
        depois={nome: depois[nome] for nome in mudou},
        alvo=mapeamento,
    )
    return True


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
