"""O filtro de uma lista viva: monta-se na lista de clientes, vê-se quem entra e quem sai, e só então se grava."""

from collections import Counter
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from carteira.filtro_da_lista import Troca, por_que_nao_muda, prever_troca, trocar_filtro, voltar_ao_filtro
from carteira.formatos import numero, plural
from carteira.ids import id_de
from carteira.listas import ConsultaRecusada
from carteira.web.acesso import exige
from carteira.web.estado_da_lista import EDITANDO, so_filtros
from carteira.web.listas_comuns import consulta_em_palavras, esconde_condicao, lista_gerida
from carteira.web.voltas import PrazoPassado, bilhete, dizer, do_bilhete, passou
from clientes.exclusoes import frase
from clientes.listas import ListaInvalida, pode_gerir
from clientes.models import Cliente, ListaDeTrabalho
from contas.models import Usuario
from contas.papeis import Permissao

NOMES_NA_PREVIA = 12
MAIOR_CONSULTA = 4000


@exige(Permissao.GERIR_LISTAS)
def filtro(request: HttpRequest, pk: int) -> HttpResponse:
    """GET com um filtro no endereço mostra a prévia dele; sem nenhum, o de agora. POST grava o que se viu."""
    lista, hoje = lista_gerida(request, pk), timezone.localdate()
    consulta = _pedida(request, lista)
    impede, troca = por_que_nao_muda(lista, hoje), None
    recusa = impede
    if not impede and _troca(request, lista, consulta):
        try:
            if request.method == "POST":
                return _trocado(request, lista, consulta)
            troca = prever_troca(lista, consulta, request.user, hoje)
        except (ConsultaRecusada, ListaInvalida) as erro:
            recusa = str(erro)
    contexto = {
        "lista": lista,
        "recusa": recusa,
        "muda": not impede,
        "consulta": consulta,
        "agora": consulta_em_palavras(lista.consulta, request.user),
        "novo": consulta_em_palavras(consulta, request.user) if troca else [],
        "outros_olhos": lista.consulta_por != request.user,
        "esconde_condicao": esconde_condicao(lista.consulta, request.user),
        "url_carteira": _na_carteira(lista, "" if esconde_condicao(consulta, request.user) else consulta),
        **(_previa(troca, request.user) if troca else {}),
    }
    codigo = 422 if request.method == "POST" else 200
    return render(request, "listas/filtro.html", contexto, status=codigo)


def _troca(request: HttpRequest, lista: ListaDeTrabalho, consulta: str) -> bool:
    """Outro filtro, ou o mesmo que a pessoa assume: escolhido por ela, passa a ser lido com os olhos dela."""
    escolhido = request.method == "POST" or EDITANDO in request.GET
    assume = escolhido and lista.consulta_por != request.user
    return assume or consulta != so_filtros(QueryDict(lista.consulta))


def _pedida(request: HttpRequest, lista: ListaDeTrabalho) -> str:
    """O filtro que se quer, sem a cara da lista; quem chega sem nenhum vê o de agora."""
    if request.method == "POST":
        return so_filtros(QueryDict(request.POST.get("consulta", "")))
    # Com o fio da lista de clientes, até o filtro vazio é uma escolha: todos os clientes.
    return so_filtros(request.GET) if EDITANDO in request.GET else so_filtros(QueryDict(lista.consulta))


def em_edicao(request: HttpRequest) -> dict[str, Any]:
    """Na lista de clientes, a lista viva cujo filtro se está a montar e o caminho da prévia; se for de quem a gere."""
    vivas = ListaDeTrabalho.objects.visiveis_para(request.user).filter(viva=True)
    lista = vivas.filter(pk=id_de(request.GET.get(EDITANDO, "")) or 0).first()
    if lista is None or not pode_gerir(lista, request.user):
        return {}
    previa = f"{reverse('listas:filtro', args=[lista.pk])}?{so_filtros(request.GET)}&{EDITANDO}={lista.pk}"
    return {"em_edicao": lista, "url_previa_do_filtro": previa}


def _na_carteira(lista: ListaDeTrabalho, consulta: str) -> str:
    """A lista de clientes com o filtro, e o fio de volta até aqui."""
    dados = QueryDict(consulta, mutable=True)
    dados[EDITANDO] = str(lista.pk)
    return f"{reverse('clientes:lista')}?{dados.urlencode()}"


def _previa(troca: Troca, usuario: Usuario) -> dict[str, Any]:
    motivos = dict(Counter(e.motivo for e in troca.entradas if e.motivo))
    return {
        "troca": troca,
        "grupos": [
            _grupo("entra,entram", "plus", troca.entram, usuario),
            _grupo("sai,saem", "minus", troca.saem, usuario),
        ],
        "de_fora": sum(motivos.values()),
        "frase": frase(motivos),
        "controle": sum(e.controle for e in troca.entradas),
    }


def _grupo(formas: str, icone: str, ids: list[int], usuario: Usuario) -> dict[str, Any]:
    """Os primeiros nomes entre os que a pessoa vê, e quantos mais há."""
    visiveis = Cliente.objects.visiveis_para(usuario).filter(pk__in=ids).order_by("nome_chave", "pk")
    nomes = list(visiveis[:NOMES_NA_PREVIA])
    return {
        "nome": plural(len(ids), formas),
        "icone": icone,
        "quantos": len(ids),
        "clientes": nomes,
        "mais": len(ids) - len(nomes),
    }


def _trocado(request: HttpRequest, lista: ListaDeTrabalho, consulta: str) -> HttpResponse:
    if len(consulta) > MAIOR_CONSULTA:
        raise ListaInvalida("O filtro é comprido demais para se guardar: simplifique-o.")
    hoje, antes, de_quem = timezone.localdate(), lista.consulta, lista.consulta_por_id
    visto = request.POST.get("impressao", "")
    troca = trocar_filtro(lista, consulta, por=request.user, hoje=hoje, impressao=visto)
    vale = bilhete(request, "filtro", [lista.pk, consulta, antes, de_quem])
    entram, saem = len(troca.entram), len(troca.saem)
    texto = (
        f"Filtro trocado: {numero(entram)} {plural(entram, 'entrou,entraram')} e "
        f"{numero(saem)} {plural(saem, 'saiu,saíram')}."
    )
    dizer(request, texto, desfazer=f"{reverse('listas:filtro_desfazer', args=[lista.pk])}?vale={vale}")
    return redirect("listas:abrir", pk=lista.pk)


@require_POST
@exige(Permissao.GERIR_LISTAS)
def filtro_desfazer(request: HttpRequest, pk: int) -> HttpResponse:
    """Volta o filtro de antes, com os olhos de antes; se já mudou de novo, fica como está."""
    lista, destino = lista_gerida(request, pk), reverse("listas:abrir", args=[pk])
    try:
        de_qual, de, para, quem = do_bilhete(request, "filtro", request.GET.get("vale", ""))
    except PrazoPassado:
        return passou(request, destino)
    if de_qual != lista.pk:
        raise BadRequest("Este desfazer é de outra lista.")
    de_quem, hoje = get_object_or_404(Usuario, pk=quem), timezone.localdate()
    if voltar_ao_filtro(lista, de=de, para=para, de_quem=de_quem, por=request.user, hoje=hoje):
        messages.success(request, "O filtro de antes voltou, e a lista se refez por ele.")
    else:
        messages.info(request, "Nada a desfazer: o filtro já é outro.")
    return redirect(destino)


urlpatterns = [
    path("<int:pk>/filtro/", filtro, name="filtro"),
    path("<int:pk>/filtro/desfazer/", filtro_desfazer, name="filtro_desfazer"),
]
