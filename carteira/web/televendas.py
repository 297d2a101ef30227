"""A fila de televendas: um cliente por vez, o resultado e o próximo, sem sair da tela."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import push_url, trigger_client_event

from atividade.fila import ParaLigar, Segmento, televendas
from carteira.formatos import data
from carteira.referencias import Referencias
from carteira.web.acesso import cliente_visivel, exige
from carteira.web.atendimento import atendimento_de
from carteira.web.contatos import de_antes, formulario, recusado
from carteira.web.fila import proxima_esperada
from carteira.web.formulario_de_contato import ContatoForm
from carteira.web.formularios_de_cliente import AdiarForm
from carteira.web.lista_da_fila import LinhaDaFila, feitos_de, linhas_de, procurar
from clientes.cadastro import adiar
from clientes.compromissos import abertos
from clientes.models import Cliente, Contato, OrigemDoContato, ReservaDaFila
from clientes.relacionamento import RelacionamentoInvalido, registrar_contato
from clientes.televendas import com_outros, renovar, reservar_este, reservar_proximo, soltar
from contas.papeis import Permissao, pode

NOMES = {Segmento.HOJE: "Hoje", Segmento.ATRASADOS: "Atrasados", Segmento.SEMANA: "Semana"}
_DEPOIS = "fila_depois"


@dataclass
class Fila:
    """O recorte que a URL pede, com quem já foi feito e quem está com outra pessoa."""

    ver: Segmento
    referencias: Referencias
    itens: Sequence[ParaLigar]
    feitos: list[int]
    quantos: dict[str, int]
    alheias: dict[int, ReservaDaFila]
    bloqueados: int

    @property
    def total(self) -> int:
        return len(self.itens) + (len(self.feitos) if self.ver == Segmento.HOJE else 0)

    @property
    def valor(self) -> Any:
        return sum(item.valor for item in self.itens)

    def posicao(self, cliente: int) -> int | None:
        """O lugar na conta do dia: o terceiro de dezoito."""
        lugar = next((n for n, item in enumerate(self.itens, 1) if item.ind.pk == cliente), None)
        return lugar + self.total - len(self.itens) if lugar else None

    @property
    def com_outras_pessoas(self) -> list[ReservaDaFila]:
        return [self.alheias[item.ind.pk] for item in self.itens if item.ind.pk in self.alheias]


def fila_da_pessoa(request: HttpRequest) -> Fila:
    referencias = Referencias.de(request.user)
    ver = _segmento(request)
    achada = televendas(
        pessoa=request.user,
        referencias={pk: referencias.da_empresa(pk) for pk in referencias.empresas},
        hoje=referencias.hoje,
        depois=_deixados(request, referencias.hoje),
    )
    itens = achada.por_segmento[ver]
    quantos = {segmento: len(lista) for segmento, lista in achada.por_segmento.items()}
    alheias = com_outros(clientes=[item.ind.pk for item in itens], pessoa=request.user)
    return Fila(ver, referencias, itens, achada.feitos, quantos, alheias, achada.bloqueados)


def _segmento(request: HttpRequest) -> Segmento:
    """O recorte da URL; um que não existe é o de hoje."""
    return next((s for s in Segmento if s == request.GET.get("ver")), Segmento.HOJE)


# ── A página ─────────────────────────────────────────────────────────────────


@require_safe
@exige(Permissao.REGISTRAR_CONTATO)
def atender(request: HttpRequest) -> HttpResponse:
    """O próximo da fila, já reservado para quem pediu; `?cliente=` atende um da lista."""
    pedido = request.GET.get("cliente", "")
    numero = int(pedido) if pedido.isascii() and pedido.isdigit() and len(pedido) < 19 else None
    return mostrar(request, cliente=cliente_visivel(request, numero) if numero else None)


def mostrar(
    request: HttpRequest, *, cliente: Cliente | None = None, form: ContatoForm | None = None
) -> HttpResponse:
    """A fila inteira ou, com htmx, o miolo `#fila`; com `form`, o que não se pôde salvar volta como estava."""
    fila = fila_da_pessoa(request)
    if cliente is not None:
        reserva = reservar_este(cliente=cliente, pessoa=request.user)
    else:
        reserva = reservar_proximo(fila=[item.ind.pk for item in fila.itens], pessoa=request.user)
    minha = reserva if reserva and reserva.pessoa_id == request.user.pk else None
    # com o formulário recusado na mão, quem perdeu a reserva ainda vê o que escreveu
    atende = minha.cliente_id if minha else cliente.pk if cliente and form else None
    contexto = _contexto(request, fila, atende) | {
        "reserva": minha,
        "de_outro": reserva if reserva and not minha else None,
        "cliente_de_outro": cliente,
    }
    if atende is not None:
        contexto |= _do_cliente(request, fila, atende, form)
    else:
        contexto |= _do_fim(request, fila)
    modelo = "fila/_fila.html" if request.htmx else "fila/pagina.html"
    resposta = render(request, modelo, contexto, status=422 if form else 200)
    resposta["Cache-Control"] = "no-store"  # voltar a esta página é pedir outro cliente
    return push_url(resposta, _endereco(fila.ver)) if request.htmx and not form else resposta


def _contexto(request: HttpRequest, fila: Fila, atende: int | None) -> dict[str, Any]:
    return {
        "fila": fila,
        "hoje": fila.referencias.hoje,
        "segmentos": [
            {"rotulo": nome, "url": _endereco(s), "quantidade": fila.quantos[s], "atual": s == fila.ver}
            for s, nome in NOMES.items()
        ],
        "edita_roteiros": pode(request.user, Permissao.EDITAR_ROTEIROS),
        **_contexto_da_lista(request, fila, atende),
    }


def _contexto_da_lista(request: HttpRequest, fila: Fila, atende: int | None) -> dict[str, Any]:
    """A lista de lado: os feitos de hoje em cima, e o resto pela ordem da fila."""
    q = request.GET.get("q", "").strip()
    linhas: list[LinhaDaFila] = linhas_de(
        fila.itens, fila.referencias, fila.alheias, _deixados(request, fila.referencias.hoje)
    )
    if fila.ver == Segmento.HOJE:
        linhas = [*feitos_de(fila.feitos, request.user, fila.referencias), *linhas]
    return {
        "fila": fila,
        "linhas": procurar(linhas, q),
        "q": q,
        "atende": atende,
        "url_da_lista": f"{reverse('fila:lista')}?{urlencode({'ver': fila.ver})}",
        "endereco": _endereco(fila.ver),
        "passos": [n < len(fila.feitos) for n in range(min(fila.total, 20))],
    }


def _do_cliente(request: HttpRequest, fila: Fila, atende: int, form: ContatoForm | None) -> dict[str, Any]:
    atendimento = atendimento_de(atende, request.user, fila.referencias)
    return {
        "a": atendimento,
        "cliente": atendimento.cliente,
        "form": form or ContatoForm(cliente=atendimento.cliente),
        "posicao": fila.posicao(atende),
    }


def _do_fim(request: HttpRequest, fila: Fila) -> dict[str, Any]:
    """Ninguém para ligar agora: o que se fez e o que vem."""
    proximo = (
        abertos()
        .visiveis_para(request.user)
        .filter(responsavel=request.user, em__gt=fila.referencias.hoje)
        .select_related("cliente")
        .order_by("em", "hora", "id")
        .first()
    )
    return {"proximo_agendado": proximo, "proxima_esperada": proxima_esperada(request.user)}


@require_safe
@exige(Permissao.REGISTRAR_CONTATO)
def lista(request: HttpRequest) -> HttpResponse:
    """Só a lista de lado: procurar nela e refazê-la não mexe em quem está sendo atendido."""
    reserva = ReservaDaFila.objects.filter(pessoa=request.user, ate__gt=timezone.now()).first()
    contexto = _contexto_da_lista(request, fila_da_pessoa(request), reserva.cliente_id if reserva else None)
    return render(request, "fila/_lista.html", contexto)


def _endereco(ver: str) -> str:
    return f"{reverse('fila:atender')}?{urlencode({'ver': ver})}"


# ── O resultado, e o próximo ─────────────────────────────────────────────────


@require_POST
@exige(Permissao.REGISTRAR_CONTATO)
def salvar(request: HttpRequest, pk: int) -> HttpResponse:
    """Grava o resultado e responde com o próximo cliente; errado, volta com o que foi escrito."""
    cliente = cliente_visivel(request, pk)
    form = ContatoForm(request.POST, cliente=cliente)
    try:
        feito = de_antes(request, cliente) or _salvar(request, cliente, form)
    except RelacionamentoInvalido as erro:
        form = recusado(request, cliente, erro)
    else:
        if feito:
            return _ao_proximo(request, _feito(request, feito))
    return mostrar(request, cliente=cliente, form=form)


@transaction.atomic
def _salvar(request: HttpRequest, cliente: Cliente, form: ContatoForm) -> Contato | None:
    """O contato e a devolução da reserva são um gesto só: quem olha no meio vê os dois ou nenhum."""
    if not form.is_valid():
        return None
    feito = registrar_contato(cliente=cliente, por=request.user, origem=OrigemDoContato.FILA, **form.dados())
    soltar(pessoa=request.user, cliente=cliente.pk)
    return feito


def _feito(request: HttpRequest, feito: Contato) -> dict[str, str]:
    proximo = feito.agendamentos.filter(cancelado_em__isnull=True).first()
    texto = f"{feito.ocorrencia}: {feito.cliente.nome}."
    if proximo:
        texto = f"{texto} Próximo em {data(proximo.em, '%d/%m')}."
    desfazer = reverse("clientes:contato_desfazer", args=[feito.cliente_id, feito.pk])
    return {"texto": texto, "desfazer": desfazer}


def _ao_proximo(request: HttpRequest, aviso: dict[str, str]) -> HttpResponse:
    """Fim de um gesto: a fila com o próximo cliente e o aviso do que se fez."""
    if not request.htmx:
        messages.success(request, aviso["texto"])
        return redirect(_endereco(_segmento(request)))
    resposta = mostrar(request)
    return trigger_client_event(resposta, "avisar", aviso)


@require_POST
@exige(Permissao.REGISTRAR_CONTATO)
def agora_nao(request: HttpRequest, pk: int) -> HttpResponse:
    """Volta para o fim da fila do dia de quem pulou; para os outros, está onde estava."""
    cliente = cliente_visivel(request, pk)
    hoje = timezone.localdate()
    ordem = [outro for outro in _deixados(request, hoje) if outro != pk]
    request.session[_DEPOIS] = {"dia": hoje.isoformat(), "clientes": [*ordem, pk]}
    soltar(pessoa=request.user, cliente=pk)
    return _ao_proximo(request, {"texto": f"{cliente.nome} foi para o fim da fila de hoje."})


def _deixados(request: HttpRequest, hoje: dt.date) -> list[int]:
    guardado = request.session.get(_DEPOIS) or {}
    return list(guardado["clientes"]) if guardado.get("dia") == hoje.isoformat() else []


@exige(Permissao.REGISTRAR_CONTATO)
def pular(request: HttpRequest, pk: int) -> HttpResponse:
    """Adia com data e motivo: o cliente sai da fila de todos e volta sozinho no dia."""
    cliente = cliente_visivel(request, pk)
    form = AdiarForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        dados = form.cleaned_data
        adiar(
            cliente=cliente, ate=dados["ate"], motivo=dados["motivo"], por=request.user, hoje=timezone.localdate()
        )  # fmt: skip
        soltar(pessoa=request.user, cliente=pk)
        messages.success(request, f"{cliente.nome} volta à fila em {data(dados['ate'])}.")
        if not request.htmx:
            return redirect("fila:atender")
        return HttpResponse(status=204, headers={"HX-Redirect": reverse("fila:atender")})
    texto = "Sai da fila de todos até o dia e volta sozinho."
    return formulario(request, cliente, form, titulo="Adiar", rotulo="Adiar e ir ao próximo", texto=texto)


# ── A reserva enquanto se atende ─────────────────────────────────────────────


@require_POST
@exige(Permissao.REGISTRAR_CONTATO)
def ainda_atendo(request: HttpRequest, pk: int) -> HttpResponse:
    """A página avisa que há gente nela; se a reserva venceu e outro pegou o cliente, diz quem."""
    cliente = cliente_visivel(request, pk)
    if renovar(cliente=pk, pessoa=request.user):
        return HttpResponse(status=204)
    reserva = reservar_este(cliente=cliente, pessoa=request.user)
    if reserva.pessoa_id == request.user.pk:
        return HttpResponse(status=204)
    return render(request, "fila/_perdida.html", {"reserva": reserva, "cliente": cliente})


@require_POST
@exige(Permissao.REGISTRAR_CONTATO)
def fechar(request: HttpRequest, pk: int) -> HttpResponse:
    """A página se fechou: o cliente volta à fila, se a reserva ainda é a que ela tinha."""
    cliente_visivel(request, pk)
    desde = parse_datetime(request.POST.get("desde", ""))
    if desde is not None and timezone.is_aware(desde):
        soltar(pessoa=request.user, cliente=pk, desde=desde)
    return HttpResponse(status=204)


urlpatterns = [
    path("", atender, name="atender"),
    path("lista/", lista, name="lista"),
    path("<int:pk>/salvar/", salvar, name="salvar"),
    path("<int:pk>/agora-nao/", agora_nao, name="agora_nao"),
    path("<int:pk>/adiar/", pular, name="adiar"),
    path("<int:pk>/ainda-atendo/", ainda_atendo, name="ainda_atendo"),
    path("<int:pk>/fechar/", fechar, name="fechar"),
]
