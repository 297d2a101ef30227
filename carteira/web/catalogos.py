"""Os catálogos do relacionamento no navegador: uma página por catálogo, com as mesmas rotas."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST
from django_htmx.http import trigger_client_event

from carteira.web.acesso import exige
from carteira.web.formularios_de_catalogo import (
    CampanhaForm,
    CausaForm,
    ItemForm,
    MotivoForm,
    ObjecaoForm,
    OcorrenciaForm,
)
from carteira.web.uma_por_vez import uma_por_vez
from clientes.catalogos import CatalogoInvalido, Item, apagar, com_usos, mover, por_em_uso, salvar
from clientes.models import Campanha, CausaDaInatividade, Motivo, Objecao, Ocorrencia
from contas.escopo import empresas_de
from contas.papeis import Permissao, pode

PASSOS = {"cima": -1, "baixo": 1}


@dataclass(frozen=True)
class Catalogo:
    """Um catálogo como a tela o mostra; `aberto_ao_gestor` é o que ele lê e escreve em parte."""

    caminho: str
    modelo: type[Item]
    form: type[ItemForm]
    titulo: str
    texto: str
    novo: str
    aberto_ao_gestor: bool = False

    @property
    def ordenavel(self) -> bool:
        return self.modelo is not Campanha

    def rota(self, acao: str = "") -> str:
        return f"catalogos:{self.caminho}{f'_{acao}' if acao else ''}"

    @property
    def url_lista(self) -> str:
        return reverse(self.rota())

    @property
    def rotas(self) -> dict[str, str]:
        """O nome de cada rota, para o template: `{% url catalogo.rotas.editar item.pk %}`."""
        return {acao: self.rota(acao) for acao in ("novo", "editar", "mover", "situacao", "apagar")}


CATALOGOS = (
    Catalogo(
        "ocorrencias", Ocorrencia, OcorrenciaForm, "Resultados",
        "Como um contato termina. A ordem é a das teclas 1 a 9 de quem registra.", "Novo resultado",
    ),
    Catalogo("motivos", Motivo, MotivoForm, "Motivos", "Para que foi o contato.", "Novo motivo"),
    Catalogo(
        "objecoes", Objecao, ObjecaoForm, "Objeções",
        "O que o cliente diz para não comprar, e o que responder.", "Nova objeção", aberto_ao_gestor=True,
    ),
    Catalogo(
        "causas", CausaDaInatividade, CausaForm, "Causas",
        "Por que um cliente parou de comprar; escolhe-se no pitch.", "Nova causa",
    ),
    Catalogo(
        "campanhas", Campanha, CampanhaForm, "Campanhas",
        "Esforços com começo e fim; só recebem contatos do período delas.", "Nova campanha",
    ),
)  # fmt: skip


@exige(Permissao.ESCREVER_CONTRA_ARGUMENTOS)
def inicio(request: HttpRequest) -> HttpResponse:
    """O primeiro catálogo que a pessoa administra."""
    return redirect(_abertos_a(request)[0].url_lista)


def _gere(request: HttpRequest) -> bool:
    return pode(request.user, Permissao.GERIR_CATALOGOS)


def _abertos_a(request: HttpRequest) -> list[Catalogo]:
    return [c for c in CATALOGOS if c.aberto_ao_gestor or _gere(request)]


def _itens(request: HttpRequest, catalogo: Catalogo) -> QuerySet[Any]:
    """Campanha é da empresa; os outros são da instalação."""
    itens = com_usos(catalogo.modelo)
    if catalogo.modelo is Campanha:
        return itens.filter(empresa__in=empresas_de(request.user)).select_related("empresa")
    return itens


def lista(request: HttpRequest, catalogo: Catalogo) -> HttpResponse:
    itens = list(_itens(request, catalogo))
    em_uso = [item for item in itens if item.ativa]
    contexto = {
        "catalogo": catalogo,
        "grupos": [("Em uso", em_uso), ("Fora de uso", [i for i in itens if not i.ativa])],
        "quantos": len(itens),
        "gere": _gere(request),
        "hoje": timezone.localdate(),
        "varias_empresas": len({getattr(i, "empresa_id", 0) for i in itens}) > 1,
        "abas": [
            {"rotulo": c.titulo, "url": c.url_lista, "atual": c is catalogo} for c in _abertos_a(request)
        ],
    }
    so_a_lista = request.htmx and request.htmx.target == "catalogo"
    return render(request, "catalogos/_lista.html" if so_a_lista else "catalogos/lista.html", contexto)


def novo(request: HttpRequest, catalogo: Catalogo) -> HttpResponse:
    return _salvar(request, catalogo, None)


@uma_por_vez()
def editar(request: HttpRequest, catalogo: Catalogo, pk: int) -> HttpResponse:
    return _salvar(request, catalogo, get_object_or_404(_itens(request, catalogo), pk=pk))


def _salvar(request: HttpRequest, catalogo: Catalogo, item: Any) -> HttpResponse:
    form = catalogo.form(request.POST if request.method == "POST" else None, instance=item, por=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            salvo = salvar(
                modelo=catalogo.modelo,
                item=item,
                por=request.user,
                confirmado=form.cleaned_data["confirmo"],
                **form.valores(),
            )
        except CatalogoInvalido as recusa:
            form.recusar(recusa)
        else:
            messages.success(request, f"“{salvo}” salvo.")
            return redirect(catalogo.url_lista)
    contexto = {"catalogo": catalogo, "form": form, "item": item, "gere": _gere(request)}
    return render(request, "catalogos/formulario.html", contexto, status=422 if form.is_bound else 200)


def mudar_de_lugar(request: HttpRequest, catalogo: Catalogo, pk: int) -> HttpResponse:
    """Sobe ou desce um lugar; com htmx a lista volta refeita, e o foco fica no mesmo botão."""
    item = get_object_or_404(_itens(request, catalogo), pk=pk)
    passo = PASSOS.get(request.POST.get("para", ""), 0)
    mudou = passo and mover(item=item, passo=passo, por=request.user)
    if not request.htmx:
        return redirect(catalogo.url_lista)
    resposta = lista(request, catalogo)
    onde = "mudou de lugar" if mudou else "já está na ponta"
    return trigger_client_event(resposta, "anunciar", {"value": f"{item} {onde}."})


def ligar(request: HttpRequest, catalogo: Catalogo, pk: int) -> HttpResponse:
    """Inativa ou reativa, conforme o botão apertado."""
    item = get_object_or_404(_itens(request, catalogo), pk=pk)
    ativa = request.POST.get("ativa") == "1"
    try:
        por_em_uso(item=item, ativa=ativa, por=request.user)
    except CatalogoInvalido as recusa:
        messages.error(request, str(recusa))
    else:
        messages.success(request, f"“{item}” {'voltou ao uso' if ativa else 'saiu de uso'}.")
    return redirect(catalogo.url_lista)


def excluir(request: HttpRequest, catalogo: Catalogo, pk: int) -> HttpResponse:
    item = get_object_or_404(_itens(request, catalogo), pk=pk)
    try:
        apagar(item=item, por=request.user)
    except CatalogoInvalido as recusa:
        messages.error(request, str(recusa))
        return redirect(catalogo.rota("editar"), pk)
    messages.success(request, f"“{item}” apagado.")
    return redirect(catalogo.url_lista)


def _rotas(catalogo: Catalogo) -> list[URLPattern]:
    ler = Permissao.ESCREVER_CONTRA_ARGUMENTOS if catalogo.aberto_ao_gestor else Permissao.GERIR_CATALOGOS

    def rota(fim: str, acao: str, pagina: Callable[..., HttpResponse], permissao: Permissao) -> URLPattern:
        ligada = exige(permissao)(partial(pagina, catalogo=catalogo))
        nome = f"{catalogo.caminho}_{acao}" if acao else catalogo.caminho
        return path(f"{catalogo.caminho}/{fim}", ligada, name=nome)

    rotas = [
        rota("", "", lista, ler),
        rota("novo/", "novo", novo, Permissao.GERIR_CATALOGOS),
        rota("<int:pk>/", "editar", editar, ler),
        rota("<int:pk>/situacao/", "situacao", require_POST(ligar), Permissao.GERIR_CATALOGOS),
        rota("<int:pk>/apagar/", "apagar", require_POST(excluir), Permissao.GERIR_CATALOGOS),
    ]
    if catalogo.ordenavel:
        rotas.append(
            rota("<int:pk>/mover/", "mover", require_POST(mudar_de_lugar), Permissao.GERIR_CATALOGOS)
        )
    return rotas


urlpatterns = [path("", inicio, name="inicio"), *(r for c in CATALOGOS for r in _rotas(c))]
