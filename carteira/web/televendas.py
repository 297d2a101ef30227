"""A fila de televendas: um cliente por vez, o resultado e o próximo, sem sair da tela."""

from collections.abc import Mapping, Sequence
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

from atividade.fila import Fora, ParaLigar, Segmento, televendas
from carteira.formatos import data
from carteira.ids import id_de
from carteira.referencias import Referencias
from carteira.web.acesso import cliente_visivel, exige
from carteira.web.atendimento import Atendimento, atendimento_de
from carteira.web.contatos import de_antes, recusado
from carteira.web.fila import proxima_esperada
from carteira.web.formulario_de_contato import ContatoForm
from carteira.web.lista_da_fila import LinhaDaFila, feitos_de, linhas_de, procurar
from carteira.web.ordem_da_fila import explicar_a_ordem, ordem_da_url
from clientes.compromissos import abertos
from clientes.decisoes_da_fila import MOTIVOS_DO_AGORA_NAO, deixados
from clientes.models import Cliente, Contato, DecisaoDaFila, OrigemDoContato, ReservaDaFila
from clientes.relacionamento import RelacionamentoInvalido, registrar_contato
from clientes.televendas import com_outros, renovar, reservar_este, reservar_proximo, soltar
from contas.models import OrdemDaFila
from contas.papeis import Permissao, pode

NOMES = {Segmento.HOJE: "Hoje", Segmento.ATRASADOS: "Atrasados", Segmento.SEMANA: "Semana"}


@dataclass
class Fila:
    """O recorte que a URL pede, com quem já foi feito e quem está com outra pessoa."""

    ver: Segmento
    ordem: str
    ordem_na_url: str  # vazia quando a URL não a diz, e vale a que a pessoa escolheu
    referencias: Referencias
    itens: Sequence[ParaLigar]
    feitos: list[int]
    quantos: dict[str, int]
    alheias: dict[int, ReservaDaFila]
    fora: Fora
    deixados: Mapping[int, DecisaoDaFila]

    @property
    def endereco(self) -> str:
        return endereco_da_fila(self.ver, self.ordem_na_url)

    @property
    def consulta(self) -> str:
        """O que os gestos levam para voltar ao mesmo recorte, na mesma ordem."""
        return self.endereco.partition("?")[2]

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
    ver, na_url = segmento_da_url(request), ordem_da_url(request)
    ordem = na_url or request.user.ordem_da_fila
    depois = deixados(pessoa=request.user, dia=referencias.hoje)
    achada = televendas(
        pessoa=request.user,
        referencias={pk: referencias.da_empresa(pk) for pk in referencias.empresas},
        hoje=referencias.hoje,
        depois=list(depois),
        ordem=ordem,
    )
    itens = achada.por_segmento[ver]
    quantos = {segmento: len(lista) for segmento, lista in achada.por_segmento.items()}
    alheias = com_outros(clientes=[item.ind.pk for item in itens], pessoa=request.user)
    return Fila(ver, ordem, na_url, referencias, itens, achada.feitos, quantos, alheias, achada.fora, depois)


def segmento_da_url(request: HttpRequest) -> Segmento:
    """O recorte da URL; um que não existe é o de hoje."""
    return next((s for s in Segmento if s == request.GET.get("ver")), Segmento.HOJE)


# ── A página ─────────────────────────────────────────────────────────────────


@require_safe
@exige(Permissao.REGISTRAR_CONTATO)
def atender(request: HttpRequest) -> HttpResponse:
    """O próximo da fila, já reservado para quem pediu; `?cliente=` atende um da lista."""
    numero = id_de(request.GET.get("cliente", ""))
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
    return push_url(resposta, fila.endereco) if request.htmx and not form else resposta


def _contexto(request: HttpRequest, fila: Fila, atende: int | None) -> dict[str, Any]:
    return {
        "fila": fila,
        "hoje": fila.referencias.hoje,
        "segmentos": [
            {
                "rotulo": nome,
                "url": endereco_da_fila(s, fila.ordem_na_url),
                "quantidade": fila.quantos[s],
                "atual": s == fila.ver,
            }
            for s, nome in NOMES.items()
        ],
        "ordens": OrdemDaFila.choices,
        "ordem_dita": explicar_a_ordem(fila.ordem, fila.referencias),
        "motivos_do_agora_nao": MOTIVOS_DO_AGORA_NAO,
        "edita_roteiros": pode(request.user, Permissao.EDITAR_ROTEIROS),
        **_contexto_da_lista(request, fila, atende),
    }


def _contexto_da_lista(request: HttpRequest, fila: Fila, atende: int | None) -> dict[str, Any]:
    """A lista de lado: os feitos de hoje em cima, e o resto pela ordem da fila."""
    q = request.GET.get("q", "").strip()
    linhas: list[LinhaDaFila] = linhas_de(fila.itens, fila.referencias, fila.alheias, fila.deixados)
    if fila.ver == Segmento.HOJE:
        linhas = [*feitos_de(fila.feitos, request.user, fila.referencias), *linhas]
    return {
        "fila": fila,
        "linhas": procurar(linhas, q),
        "q": q,
        "atende": atende,
        "url_da_lista": f"{reverse('fila:lista')}?{fila.consulta}",
        "endereco": fila.endereco,
        "passos": [n < len(fila.feitos) for n in range(min(fila.total, 20))],
    }


def _do_cliente(request: HttpRequest, fila: Fila, atende: int, form: ContatoForm | None) -> dict[str, Any]:
    atendimento = atendimento_de(atende, request.user, fila.referencias)
    return {
        "a": atendimento,
        "cliente": atendimento.cliente,
        "form": form or ContatoForm(cliente=atendimento.cliente),
        "posicao": fila.posicao(atende),
        "feito": _feito_hoje(atendimento, request.user.pk),
        "proximo": fila.endereco,
    }


def _feito_hoje(atendimento: Atendimento, pessoa: int) -> Contato | None:
    """O que já se registrou hoje com este cliente: um e-mail ou uma conversa que não passou pelo formulário."""
    hoje = timezone.localdate()
    dela = (c for c in atendimento.contatos if c.atendente_id == pessoa and timezone.localdate(c.em) == hoje)
    return next(dela, None)


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


def endereco_da_fila(ver: str, ordem: str = "") -> str:
    partes = {"ver": ver} | ({"ordem": ordem} if ordem else {})
    return f"{reverse('fila:atender')}?{urlencode(partes)}"


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
            return ao_proximo(request, _feito(feito))
    return mostrar(request, cliente=cliente, form=form)


@transaction.atomic
def _salvar(request: HttpRequest, cliente: Cliente, form: ContatoForm) -> Contato | None:
    """O contato e a devolução da reserva são um gesto só: quem olha no meio vê os dois ou nenhum."""
    if not form.is_valid():
        return None
    feito = registrar_contato(cliente=cliente, por=request.user, origem=OrigemDoContato.FILA, **form.dados())
    soltar(pessoa=request.user, cliente=cliente.pk)
    return feito


def _feito(feito: Contato) -> dict[str, str]:
    proximo = feito.agendamentos.filter(cancelado_em__isnull=True).first()
    texto = f"{feito.ocorrencia}: {feito.cliente.nome}."
    if proximo:
        texto = f"{texto} Próximo em {data(proximo.em, '%d/%m')}."
    desfazer = reverse("clientes:contato_desfazer", args=[feito.cliente_id, feito.pk])
    return {"texto": texto, "desfazer": desfazer}


def ao_proximo(request: HttpRequest, aviso: dict[str, str]) -> HttpResponse:
    """Fim de um gesto: a fila com o próximo cliente e o aviso do que se fez."""
    if not request.htmx:
        messages.success(request, aviso["texto"])
        return redirect(endereco_da_fila(segmento_da_url(request), ordem_da_url(request)))
    resposta = mostrar(request)
    return trigger_client_event(resposta, "avisar", aviso)


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
    try:
        desde = parse_datetime(request.POST.get("desde", ""))
    except ValueError:
        desde = None
    if desde is not None and timezone.is_aware(desde):
        soltar(pessoa=request.user, cliente=pk, desde=desde)
    return HttpResponse(status=204)


urlpatterns = [
    path("", atender, name="atender"),
    path("lista/", lista, name="lista"),
    path("<int:pk>/salvar/", salvar, name="salvar"),
    path("<int:pk>/ainda-atendo/", ainda_atendo, name="ainda_atendo"),
    path("<int:pk>/fechar/", fechar, name="fechar"),
]
