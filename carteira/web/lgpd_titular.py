"""Privacidade de um cliente: base e origem dos dados, oposições, relatório ao titular, anonimização e quem viu."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from carteira.ids import id_de
from carteira.lgpd import AnonimizacaoRecusada, anonimizar, frase_de, previa
from carteira.pasta_guardados import o_que_ficou
from carteira.titular import Relatorio, relatorio_de
from carteira.web.acesso import cliente_visivel, exige
from carteira.web.formularios_da_lgpd import AnonimizarForm, BaseForm, OposicaoForm, RetirarForm
from clientes.canais import campos_fechados
from clientes.lgpd import vistas
from clientes.lgpd.bases import (
    BaseEmVigor,
    BaseInvalida,
    Dado,
    Mudancas,
    base_em_vigor,
    bases_de,
    dados_de,
    declarar,
    mudancas_de,
)
from clientes.lgpd.esquecer import Titular
from clientes.lgpd.oposicao import OposicaoInvalida, opor, retirar, rotulo, sem_registro
from clientes.models import BaseDoTitular, Cliente, Oposicao, ParametrosDeLgpd, PessoaDeContato
from contas.auditoria import chave_do_alvo, registrar
from contas.models import RegistroDeAuditoria
from contas.papeis import Permissao, pode
from relatorios import pdf

VISTAS_NA_TELA = 20


@dataclass(frozen=True, slots=True)
class Quadro:
    """Um titular na tela: quem é, os dados, a base e as oposições."""

    titular: Titular
    nome: str
    chave: str
    dados: list[Dado]
    base: BaseEmVigor
    oposicoes: list[Oposicao]
    do_erp: list[str]


@dataclass(frozen=True, slots=True)
class _Fontes:
    """O que se lê de uma vez para todos os titulares de um cliente."""

    parametros: ParametrosDeLgpd
    bases: dict[int | None, BaseDoTitular]
    mudancas: Mudancas
    oposicoes: list[Oposicao]


@exige(Permissao.VER_CLIENTES)
def pagina(request: HttpRequest, pk: int) -> HttpResponse:
    return _mostrar(request, cliente_visivel(request, pk))


def _mostrar(request: HttpRequest, cliente: Cliente, codigo: int = 200, **formularios: Any) -> HttpResponse:
    cuida = pode(request.user, Permissao.CUIDAR_DE_TITULARES)
    parametros = ParametrosDeLgpd.da(cliente.empresa)
    pessoas = list(PessoaDeContato.objects.filter(cliente=cliente).select_related("importacao"))
    titulares = [Titular(cliente), *(Titular(cliente, p) for p in pessoas)]
    fontes = _Fontes(
        parametros,
        bases_de(cliente),
        mudancas_de([cliente, *pessoas]),
        list(Oposicao.objects.filter(cliente=cliente).select_related("por", "retirada_por")),
    )
    escolhas = [(_chave(t), _nome(t)) for t in titulares if not t.anonimizado]
    contexto = {
        "cliente": cliente,
        "cuida": cuida,
        "registra": pode(request.user, Permissao.REGISTRAR_CONTATO) and not cliente.anonimizado_em,
        "quadros": [_quadro(t, fontes, tudo=cuida) for t in titulares],
        "oposicao": formularios.get("oposicao") or OposicaoForm(titulares=escolhas),
        "base": (formularios.get("base") or BaseForm(titulares=escolhas)) if cuida else None,
        "vistas": vistas.de_quem_viu(cliente)[:VISTAS_NA_TELA] if cuida else (),
        "saidas": _saidas(cliente, pessoas) if cuida else (),
        "alvo": chave_do_alvo(cliente),
        "parametros": parametros,
    }
    return render(request, "lgpd/titular.html", contexto, status=codigo)


def _quadro(titular: Titular, fontes: _Fontes, *, tudo: bool) -> Quadro:
    """Só quem cuida dos titulares lê o número ou o endereço de um canal fechado."""
    pessoa = titular.pessoa.pk if titular.pessoa else None
    oposicoes = [o for o in fontes.oposicoes if o.pessoa_id == pessoa]
    escondidos = frozenset() if tudo else campos_fechados(titular.cliente, titular.pessoa)
    dados = [d for d in dados_de(titular, fontes.mudancas) if d.campo not in escondidos]
    do_erp = sem_registro(titular.pessoa or titular.cliente, oposicoes)
    base = base_em_vigor(titular, fontes.parametros, fontes.bases)
    return Quadro(titular, _nome(titular), _chave(titular), dados, base, oposicoes, do_erp)


def _nome(titular: Titular) -> str:
    return str(titular.pessoa or titular.cliente)


def _chave(titular: Titular) -> str:
    return str(titular.pessoa.pk) if titular.pessoa else "0"


def _saidas(cliente: Cliente, pessoas: list[PessoaDeContato]) -> list[RegistroDeAuditoria]:
    """O que se levou em arquivo deste cliente, e dos relatórios ao titular."""
    alvos = [chave_do_alvo(dono) for dono in (cliente, *pessoas)]
    saidas = RegistroDeAuditoria.objects.filter(alvo__in=alvos, acao__startswith="exportar")
    return list(saidas.order_by("-em")[:VISTAS_NA_TELA])


def _titular(cliente: Cliente, chave: str) -> Titular:
    """O cliente (0 ou nada) ou uma pessoa dele; a de outro é 404."""
    pk = id_de(chave or "0")
    if pk is None:
        raise Http404
    if not pk:
        return Titular(cliente)
    return Titular(
        cliente,
        get_object_or_404(PessoaDeContato.objects.select_related("importacao"), cliente=cliente, pk=pk),
    )


def _escolhas(cliente: Cliente) -> list[tuple[str, str]]:
    pessoas = PessoaDeContato.objects.filter(cliente=cliente, anonimizada_em__isnull=True)
    return [("0", str(cliente)), *((str(p.pk), str(p)) for p in pessoas)]


def _volta(cliente: Cliente) -> HttpResponse:
    return redirect("clientes:privacidade", cliente.pk)


@require_POST
@exige(Permissao.REGISTRAR_CONTATO)
def registrar_oposicao(request: HttpRequest, pk: int) -> HttpResponse:
    cliente = cliente_visivel(request, pk)
    form = OposicaoForm(request.POST, titulares=_escolhas(cliente))
    if not form.is_valid():
        return _mostrar(request, cliente, 422, oposicao=form)
    dados = form.cleaned_data
    titular = _titular(cliente, dados["titular"])
    try:
        fechados = opor(
            cliente=cliente,
            pessoa=titular.pessoa,
            canais=dados["canais"],
            motivo=dados["motivo"],
            em=dados["em"],
            por=request.user,
        )
    except OposicaoInvalida as erro:
        form.add_error(None, str(erro))
        return _mostrar(request, cliente, 422, oposicao=form)
    messages.success(
        request,
        f"Registrado: ninguém mais procura {_nome(titular)} por aí."
        if fechados
        else "Esses canais já estavam fechados.",
    )
    return _volta(cliente)


@exige(Permissao.CUIDAR_DE_TITULARES)
def retirar_oposicao(request: HttpRequest, pk: int, oposicao_pk: int) -> HttpResponse:
    cliente = cliente_visivel(request, pk)
    oposicao = get_object_or_404(
        Oposicao.objects.select_related("cliente", "pessoa"), cliente=cliente, pk=oposicao_pk
    )
    form = RetirarForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        retirar(oposicao=oposicao, motivo=form.cleaned_data["motivo"], por=request.user)
        messages.success(request, f"{oposicao.get_canal_display()}: o canal está aberto de novo.")
        return _volta(cliente)
    contexto = {"cliente": cliente, "oposicao": oposicao, "form": form}
    return render(request, "lgpd/retirar.html", contexto, status=422 if form.errors else 200)


@require_POST
@exige(Permissao.CUIDAR_DE_TITULARES)
def declarar_base(request: HttpRequest, pk: int) -> HttpResponse:
    cliente = cliente_visivel(request, pk)
    form = BaseForm(request.POST, titulares=_escolhas(cliente))
    if form.is_valid():
        dados = form.cleaned_data
        titular = _titular(cliente, dados["titular"])
        try:
            declarar(
                titular=titular,
                base=dados["base"],
                origem=dados["origem"],
                desde=dados["desde"],
                por=request.user,
            )
        except BaseInvalida as erro:
            form.add_error(None, str(erro))
        else:
            messages.success(request, f"Base legal de {_nome(titular)} registrada.")
            return _volta(cliente)
    return _mostrar(request, cliente, 422, base=form)


@require_GET
@exige(Permissao.CUIDAR_DE_TITULARES)
def relatorio(request: HttpRequest, pk: int) -> HttpResponse:
    """Tudo o que há sobre a pessoa, para entregar a ela; fica na auditoria quem o tirou."""
    titular = _titular(cliente_visivel(request, pk), request.GET.get("pessoa", ""))
    return entregar(
        request,
        lambda: relatorio_de(titular),
        nome=f"dados-do-titular-{titular.cliente.pk}",
        objeto=rotulo(titular.cliente, titular.pessoa),
        alvo=titular.pessoa or titular.cliente,
        volta=_volta(titular.cliente),
    )


def entregar(
    request: HttpRequest,
    montar: Callable[[], Relatorio],
    *,
    nome: str,
    objeto: str,
    alvo: Model,
    volta: HttpResponse,
) -> HttpResponse:
    """O relatório ao titular em JSON ou PDF; anota-se antes de montar, para que ele diga também esta saída.

    `volta` é aonde se vai quando o PDF não se pode fazer aqui.
    """
    formato = "json" if request.GET.get("formato") == "json" else "pdf"
    if formato == "pdf" and pdf.bibliotecas_que_faltam():
        messages.error(request, "Este computador não tem as bibliotecas de PDF: leve o relatório em JSON.")
        return volta
    registrar(
        "exportar relatório ao titular",
        por=request.user,
        objeto=objeto,
        depois={"formato": formato.upper()},
        alvo=alvo,
    )
    pronto = montar()
    if formato == "json":
        corpo: str | bytes = json.dumps(pronto.em_json(), ensure_ascii=False, indent=2)
        resposta = HttpResponse(corpo, content_type="application/json; charset=utf-8")
    else:
        html = render_to_string("lgpd/relatorio_pdf.html", {"r": pronto, "por": request.user})
        resposta = HttpResponse(pdf.em_bytes(html), content_type="application/pdf")
    arquivo = f"{nome}-{timezone.localdate():%Y-%m-%d}.{formato}"
    resposta["Content-Disposition"] = f'attachment; filename="{arquivo}"'
    resposta["Cache-Control"] = "private, no-store"
    return resposta


@exige(Permissao.CUIDAR_DE_TITULARES)
def esquecer(request: HttpRequest, pk: int) -> HttpResponse:
    """A prévia do que sai e do que fica; só com a frase digitada se faz, e não tem volta."""
    titular = _titular(cliente_visivel(request, pk), request.GET.get("pessoa", ""))
    if titular.anonimizado:
        messages.info(request, "Este cadastro já foi anonimizado.")
        return _volta(titular.cliente)
    form = AnonimizarForm(request.POST or None, frase=frase_de(titular))
    if request.method == "POST" and form.is_valid():
        try:
            anonimizar(titular=titular, motivo=form.cleaned_data["motivo"], por=request.user)
        except AnonimizacaoRecusada as erro:
            form.add_error(None, str(erro))
        else:
            messages.success(
                request, "Anonimizado. Os pedidos e os totais continuam; quem era, não se sabe mais."
            )
            if ficou := o_que_ficou(titular.cliente.empresa):
                messages.warning(request, ficou)
            return _volta(titular.cliente)
    contexto = {
        "cliente": titular.cliente,
        "nome": _nome(titular),
        "titular": titular,
        "form": form,
        "frase": frase_de(titular),
        "previa": previa(titular),
        "url": request.get_full_path(),
        "relatorio": f"{reverse('clientes:relatorio_ao_titular', args=[pk])}?pessoa={_chave(titular)}",
    }
    return render(request, "lgpd/anonimizar.html", contexto, status=422 if form.errors else 200)


urlpatterns = [
    path("<int:pk>/privacidade/", pagina, name="privacidade"),
    path("<int:pk>/privacidade/opor/", registrar_oposicao, name="opor"),
    path(
        "<int:pk>/privacidade/oposicoes/<int:oposicao_pk>/retirar/", retirar_oposicao, name="retirar_oposicao"
    ),
    path("<int:pk>/privacidade/base/", declarar_base, name="declarar_base"),
    path("<int:pk>/privacidade/relatorio/", relatorio, name="relatorio_ao_titular"),
    path("<int:pk>/privacidade/anonimizar/", esquecer, name="anonimizar"),
]
