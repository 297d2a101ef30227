"""Fazer uma lista do filtro ou dos marcados, com prévia; pôr os marcados numa que já existe; editar."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from atividade.rotulos import fixar
from carteira.formatos import numero, plural
from carteira.ids import id_de
from carteira.listas import (
    DA_FINALIDADE,
    ConsultaRecusada,
    Publico,
    do_publico,
    finalidade_sugerida,
    fora_da_finalidade,
    ids,
    refazer,
)
from carteira.referencias import Referencias
from carteira.selecao import Selecao, SelecaoRecusada
from carteira.web.acesso import exige
from carteira.web.formularios_de_lista import ListaForm
from carteira.web.listas_comuns import consulta_em_palavras, lista_gerida
from carteira.web.voltas import bilhete, dizer
from clientes.exclusoes import frase, rotulo
from clientes.listas import ListaInvalida, criar, editar, incluir
from clientes.membros_da_lista import Entrada, planejar
from clientes.models import Cliente, ListaDeTrabalho, MembroDaLista, OrigemDoMembro
from clientes.models.lista import suas
from contas.models import Papel, Usuario
from contas.papeis import Permissao

NOMES_NA_PREVIA = 12
MAIOR_CONSULTA = 4000


@dataclass(frozen=True)
class Previa:
    """O que a lista teria se fosse gravada agora."""

    lista: ListaDeTrabalho
    entradas: list[Entrada]
    nao_cabem: int  # não são da finalidade
    de_outras: int  # de outra empresa
    pessoas: dict[int, str]
    nomes: list[tuple[Cliente, str]]

    @property
    def motivos(self) -> dict[str, int]:
        return dict(Counter(e.motivo for e in self.entradas if e.motivo))

    @property
    def de_fora(self) -> int:
        return sum(self.motivos.values())

    @property
    def frase_dos_motivos(self) -> str:
        return frase(self.motivos)

    @property
    def mais_nomes(self) -> int:
        return self.de_fora - len(self.nomes)

    @property
    def controle(self) -> int:
        return sum(e.controle for e in self.entradas)

    @property
    def para_ligar(self) -> int:
        return len(self.entradas) - self.de_fora - self.controle

    @property
    def por_pessoa(self) -> list[tuple[str, int]]:
        """Quantos para ligar tem cada um; os sem vendedor ficam com quem gere a equipe."""
        conta = Counter(e.quem_liga for e in self.entradas if not e.controle and not e.motivo)
        pares = [(self.pessoas.get(pk or 0, "Sem vendedor"), n) for pk, n in conta.items()]
        return sorted(pares, key=lambda par: (-par[1], par[0]))

    @property
    def ficam_com_o_dono(self) -> int:
        """Na repartição entre escolhidos, os que nenhum deles vê."""
        return sum(e.responsavel is None and not e.controle and not e.motivo for e in self.entradas)


def prever(lista: ListaDeTrabalho, publico: Any, participantes: list[Usuario], quando: Any) -> Previa:
    da_empresa = publico.filter(empresa=lista.empresa_id)
    quem = ids(do_publico(lista, publico))
    entradas = planejar(lista, quem, participantes, quando)
    envolvidos = {e.quem_liga for e in entradas if e.quem_liga}
    pessoas = dict(Usuario.objects.filter(pk__in=envolvidos).values_list("pk", "nome"))
    fora = {e.cliente: e.motivo for e in [e for e in entradas if e.motivo][:NOMES_NA_PREVIA]}
    clientes = Cliente.objects.in_bulk(list(fora))
    return Previa(
        lista,
        entradas,
        fora_da_finalidade(da_empresa, lista.finalidade).count() if lista.finalidade in DA_FINALIDADE else 0,
        publico.exclude(empresa=lista.empresa_id).count(),
        pessoas,
        [(clientes[pk], rotulo(motivo, 1)) for pk, motivo in fora.items()],
    )


# ── Nova ─────────────────────────────────────────────────────────────────────


@exige(Permissao.GERIR_LISTAS)
def nova(request: HttpRequest) -> HttpResponse:
    """Com o filtro da lista de clientes (ou os marcados) no endereço; o envio grava o que a prévia mostrou."""
    hoje = timezone.localdate()
    dados = request.POST if request.method == "POST" else request.GET
    publico = Publico.de(dados, request.user)
    try:
        quem = publico.indicadores()
    except (ConsultaRecusada, SelecaoRecusada) as erro:
        return _recusada(request, erro)
    iniciais = ListaForm.iniciais(publico, request.user, hoje, finalidade_sugerida(quem))
    form = ListaForm(
        request.POST if request.method == "POST" else None, initial=iniciais, usuario=request.user, hoje=hoje
    )
    if request.method == "POST" and form.is_valid():
        try:
            feita = _criar(form, publico, quem)
        except ListaInvalida as erro:
            form.recusar(erro)
        else:
            messages.success(request, f"Lista “{feita}” criada.")
            return redirect("listas:abrir", pk=feita.pk)
    contexto = _do_formulario(request, form, publico) | {"previa": _previa(form, iniciais, quem)}
    return render(request, "listas/nova.html", contexto, status=422 if form.is_bound else 200)


def _criar(form: ListaForm, publico: Publico, quem: Any) -> ListaDeTrabalho:
    if form.cleaned_data["tipo"] == "viva" and not publico.pode_ser_viva:
        raise ListaInvalida("Só um filtro faz uma lista viva: estes foram escolhidos a dedo.", "tipo")
    if len(publico.consulta or "") > MAIOR_CONSULTA:
        raise ListaInvalida("O filtro é comprido demais para se guardar: simplifique-o.")
    lista = form.rascunho(publico)
    return criar(
        lista=lista,
        clientes=ids(do_publico(lista, quem)),
        por=form.usuario,
        hoje=form.hoje,
        donos=form.cleaned_data["donos"],
        participantes=form.cleaned_data["participantes"],
        origem=OrigemDoMembro.ESCOLHA if publico.consulta is None else OrigemDoMembro.CONSULTA,
    )


def _previa(form: ListaForm, iniciais: dict[str, Any], quem: Any) -> Previa | None:
    """Do que está no formulário; recém-aberto, do que ele propõe."""
    if not form.is_bound:
        rascunho = ListaForm(_enviado(iniciais), usuario=form.usuario, hoje=form.hoje)
        return _previa(rascunho, iniciais, quem) if rascunho.is_valid() else None
    if not form.is_valid():
        return None
    lista = form.rascunho(Publico(form.usuario, ""))
    return prever(lista, quem, list(form.cleaned_data["participantes"]), form.hoje)


def _enviado(iniciais: dict[str, Any]) -> QueryDict:
    """As propostas como se alguém as tivesse enviado."""
    dados = QueryDict(mutable=True)
    for nome, valor in iniciais.items():
        valores = valor if isinstance(valor, list) else [valor]
        dados.setlist(nome, [str(getattr(v, "pk", v)) for v in valores if v is not None])
    dados.setdefault("nome", "–")
    return dados


def _recusada(request: HttpRequest, erro: ValueError) -> HttpResponse:
    return render(request, "listas/recusada.html", {"motivo": str(erro)}, status=400)


def _do_formulario(request: HttpRequest, form: ListaForm, publico: Publico) -> dict[str, Any]:
    fixar(*Referencias.de(request.user).empresas.values())
    return {
        "form": form,
        "publico": publico,
        "filtros": consulta_em_palavras(publico.consulta, request.user) if publico.pode_ser_viva else [],
        "voltar": f"{reverse('clientes:lista')}?{publico.consulta or ''}",
    }


@require_POST
@exige(Permissao.GERIR_LISTAS)
def previa(request: HttpRequest) -> HttpResponse:
    """O que a lista teria com o que está no formulário; não grava nada."""
    publico = Publico.de(request.POST, request.user)
    form = ListaForm(_com_nome(request.POST), usuario=request.user, hoje=timezone.localdate())
    try:
        conta = _previa(form, {}, publico.indicadores())
    except (ConsultaRecusada, SelecaoRecusada) as erro:
        return _recusada(request, erro)
    return render(request, "listas/_previa.html", {"previa": conta, "form": form, "publico": publico})


def _com_nome(dados: QueryDict) -> QueryDict:
    """Quem ainda não deu nome também vê a prévia."""
    com = dados.copy()
    if not com.get("nome", "").strip():
        com["nome"] = "–"
    return com


# ── Editar ───────────────────────────────────────────────────────────────────


@exige(Permissao.GERIR_LISTAS)
def mudar(request: HttpRequest, pk: int) -> HttpResponse:
    lista, hoje = lista_gerida(request, pk), timezone.localdate()
    form = ListaForm(
        request.POST if request.method == "POST" else None,
        initial=ListaForm.da_lista(lista),
        usuario=request.user,
        hoje=hoje,
        lista=lista,
    )
    if request.method == "POST" and form.is_valid():
        try:
            _salvar(form, lista)
        except ListaInvalida as erro:
            form.recusar(erro)
        else:
            messages.success(request, f"Lista “{form.cleaned_data['nome']}” salva.")
            return redirect("listas:abrir", pk=pk)
    contexto = {"form": form, "lista": lista}
    return render(request, "listas/editar.html", contexto, status=422 if form.is_bound else 200)


def _salvar(form: ListaForm, lista: ListaDeTrabalho) -> None:
    dados = form.cleaned_data
    outra = editar(
        lista=lista,
        por=form.usuario,
        hoje=form.hoje,
        donos=[*dados["donos"], *_de_fora(lista.donos, form, "donos")],
        participantes=[*dados["participantes"], *_de_fora(lista.participantes, form, "participantes")],
        **form.valores(),
    )
    if outra:
        refazer(lista, form.hoje)


def _de_fora(atuais: Any, form: ListaForm, campo: str) -> Any:
    """Quem a pessoa não vê no formulário continua onde estava."""
    campos: Any = form.fields
    return atuais.exclude(pk__in=campos[campo].queryset)


# ── Pôr os marcados numa lista ───────────────────────────────────────────────


def listas_que_recebem(usuario: Usuario) -> Any:
    """Congeladas em curso que a pessoa gere."""
    visiveis = ListaDeTrabalho.objects.visiveis_para(usuario).ativas(timezone.localdate()).filter(viva=False)
    geridas = visiveis if usuario.papel == Papel.ADMIN else visiveis.filter(suas(usuario))
    return geridas.select_related("empresa").order_by("nome", "pk")


@exige(Permissao.GERIR_LISTAS)
def por_na_lista(request: HttpRequest) -> HttpResponse:
    """GET mostra o que aconteceria, com a lista escolhida; POST faz."""
    dados = request.POST if request.method == "POST" else request.GET
    selecao, hoje = Selecao.de(dados, request.user), timezone.localdate()
    publico = Publico.de(dados, request.user)
    listas = listas_que_recebem(request.user)
    escolhida = _escolhida(dados.get("lista", ""), listas)
    try:
        quem = publico.indicadores() if selecao else None
    except (ConsultaRecusada, SelecaoRecusada) as erro:
        return _recusada(request, erro)
    com_outros = dados.get("com_outros") == "1"
    if request.method == "POST" and quem is not None and escolhida is not None:
        return _incluir(request, escolhida, _os_que_entram(escolhida, quem, com_outros=com_outros), hoje)
    conta = None
    if escolhida is not None and quem is not None:
        conta = _conta_da_inclusao(escolhida, quem, hoje, com_outros=com_outros)
    contexto = {
        "selecao": selecao,
        "listas": listas,
        "escolhida": escolhida,
        "quantos": quem.count() if quem is not None else 0,
        "conta": conta,
        "com_outros": com_outros,
        "nova": f"{reverse('listas:nova')}?{_endereco(selecao)}",
        "falta_escolher": request.method == "POST",
    }
    return render(request, "listas/incluir.html", contexto, status=422 if request.method == "POST" else 200)


def _endereco(selecao: Selecao) -> str:
    dados = QueryDict(mutable=True)
    for nome, valor in selecao.campos():
        dados.appendlist(nome, valor)
    return dados.urlencode()


def _escolhida(texto: str, listas: Any) -> ListaDeTrabalho | None:
    if not texto:
        return None
    return get_object_or_404(listas, pk=id_de(texto) or 0)


def _os_que_entram(lista: ListaDeTrabalho, quem: Any, *, com_outros: bool) -> Any:
    """Os da empresa da lista; os que não são da finalidade, só se ela aceita ou se pediram."""
    cabem = DA_FINALIDADE.get(lista.finalidade)
    da_empresa = quem.filter(empresa=lista.empresa_id)
    if cabem is None or com_outros or lista.aceita_fora_da_finalidade:
        return da_empresa
    return da_empresa.filter(status__in=cabem)


def _conta_da_inclusao(lista: ListaDeTrabalho, quem: Any, hoje: Any, *, com_outros: bool) -> dict[str, Any]:
    ja = MembroDaLista.objects.na_lista().filter(lista=lista).values("cliente")
    entram = _os_que_entram(lista, quem, com_outros=com_outros)
    entradas = planejar(lista, ids(entram.exclude(pk__in=ja)), list(lista.participantes.all()), hoje)
    motivos = dict(Counter(e.motivo for e in entradas if e.motivo))
    return {
        "entram": len(entradas),
        "ja_estao": quem.filter(pk__in=ja).count(),
        "nao_cabem": fora_da_finalidade(quem.filter(empresa=lista.empresa_id), lista.finalidade).count(),
        "de_outras": quem.exclude(empresa=lista.empresa_id).count(),
        "frase": frase(motivos),
        "de_fora": sum(motivos.values()),
        "controle": sum(e.controle for e in entradas),
    }


def _incluir(request: HttpRequest, lista: ListaDeTrabalho, entram: Any, hoje: Any) -> HttpResponse:
    try:
        feita = incluir(lista=lista, clientes=ids(entram), por=request.user, hoje=hoje)
    except ListaInvalida as erro:
        messages.error(request, str(erro))
    else:
        n, desfazer = feita.quantos, ""
        if n:
            vale = bilhete(
                request, "lista", [lista.pk, feita.de, feita.ate, feita.novos_de, feita.em.isoformat()]
            )
            desfazer = f"{reverse('listas:desincluir', args=[lista.pk])}?vale={vale}"
        texto = f"{numero(n)} {plural(n, 'cliente entrou,clientes entraram')} em “{lista}”."
        dizer(request, texto if n else f"Ninguém entrou: já estavam todos em “{lista}”.", desfazer=desfazer)
    return redirect("listas:abrir", pk=lista.pk)


urlpatterns = [
    path("nova/", nova, name="nova"),
    path("nova/previa/", previa, name="previa"),
    path("incluir/", por_na_lista, name="incluir"),
    path("<int:pk>/editar/", mudar, name="editar"),
]
