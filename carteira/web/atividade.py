"""Configurar atividade: escolher os limites olhando a própria carteira, experimentar, aplicar, voltar atrás."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_POST

from atividade.limiares import RegraEmVigor, regra_da_empresa
from atividade.parametros import (
    CAMPOS,
    PARAMETROS,
    SITUACOES,
    desfazer_mudanca,
    mudancas_de,
    mudar_parametros,
    parametros_de,
)
from atividade.previa import Rascunho, quem_mudaria
from atividade.regras import RegraInvalida, Status
from atividade.regras_salvas import historico, regras_por_segmento
from carteira.recalculos import RECALCULO, pedir_recalculo
from carteira.reescritas import pedir_reescrita
from carteira.web import niveis
from carteira.web.acesso import exige
from carteira.web.formularios_de_atividade import (
    LimitesForm,
    MotivoForm,
    ParametrosForm,
    RegraForm,
    SituacoesForm,
    limites_iniciais,
)
from carteira.web.limites import (
    com_empresa,
    contexto_da_previa,
    contexto_do_histograma,
    endereco,
    hoje_da,
    preset_pedido,
    presets_da_tela,
    segmentos_da_tela,
)
from carteira.web.niveis import Nivel, administra_tudo, aplicar
from clientes.compras import mudar_situacoes_que_contam
from clientes.models import Cliente, Segmento
from contas.escopo import empresas_de
from contas.models import Empresa
from contas.papeis import Permissao

NOMES_POR_PAGINA = 50
MUDANCAS_NA_TELA = 5


# ── A página ─────────────────────────────────────────────────────────────────


@exige(Permissao.CONFIGURAR_ATIVIDADE)
@com_empresa
def pagina(request: HttpRequest, *, empresa: Empresa) -> HttpResponse:
    """Mostra a regra em vigor e, no POST, aplica outra."""
    geral = regra_da_empresa(empresa, hoje_da(empresa))
    if request.method == "POST":
        form = RegraForm(request.POST)
        if form.is_valid() and aplicar(request, form, Nivel(empresa)):
            return redirect(endereco(empresa))
        return _mostrar(request, empresa, geral, form=form, codigo=422)
    form = RegraForm(initial=_inicial(request, geral))
    return _mostrar(request, empresa, geral, form=form)


def _inicial(request: HttpRequest, geral: RegraEmVigor) -> dict[str, Any]:
    regra = preset_pedido(request, geral.regra)
    return limites_iniciais(regra) | {"vigente_desde": timezone.localdate()}


def _mostrar(
    request: HttpRequest,
    empresa: Empresa,
    geral: RegraEmVigor,
    *,
    form: RegraForm,
    codigo: int = 200,
    **outros: Any,
) -> HttpResponse:
    contexto = {
        "empresa": empresa,
        "empresas": list(empresas_de(request.user)),
        "geral": geral,
        "form": form,
        "presets": presets_da_tela(),
        "segmentos": segmentos_da_tela(empresa),
        "historico": historico(empresa),
        "administra_tudo": administra_tudo(request.user),
        "parametros_form": ParametrosForm(instance=parametros_de(empresa), auto_id="id_parametros_%s"),
        "situacoes_form": SituacoesForm.da_empresa(empresa),
        "iniciais": limites_iniciais(geral.regra),
        "andamento": _andamento(empresa),
        "motivo_form": MotivoForm(auto_id="id_herdar_%s"),
        "mudancas_de_parametros": _mudancas_de_parametros(empresa),
        **contexto_do_histograma(empresa, geral, form),
        **contexto_da_previa(Rascunho(empresa, None), form),
        **outros,
    }
    return render(request, "atividade/configurar.html", contexto, status=codigo)


# ── Prévia ───────────────────────────────────────────────────────────────────


def _rascunho_pedido(request: HttpRequest, empresa: Empresa) -> Rascunho:
    """O nível que a URL diz, ainda sem regra: segmento, cliente ou instalação; sem nenhum, a empresa."""
    return Rascunho(
        empresa,
        None,
        _um_da_empresa(Segmento, empresa, request.GET.get("segmento", "")),
        _um_da_empresa(Cliente, empresa, request.GET.get("cliente", "")),
        bool(request.GET.get("instalacao")),
    )


def _um_da_empresa(modelo: Any, empresa: Empresa, pedido: str) -> Any:
    if not pedido:
        return None
    pk = pedido if pedido.isascii() and pedido.isdigit() and len(pedido) < 16 else 0
    return get_object_or_404(modelo, empresa=empresa, pk=pk)


@exige(Permissao.CONFIGURAR_ATIVIDADE)
@com_empresa
def mostrar_previa(request: HttpRequest, *, empresa: Empresa) -> HttpResponse:
    """Fragmento que acompanha a digitação; nada é escrito."""
    contexto = contexto_da_previa(_rascunho_pedido(request, empresa), LimitesForm(request.GET))
    return render(request, "atividade/_previa.html", contexto | {"empresa": empresa})


@exige(Permissao.CONFIGURAR_ATIVIDADE)
@com_empresa
def previa_clientes(request: HttpRequest, *, empresa: Empresa) -> HttpResponse:
    """Os nomes por trás de um movimento da prévia."""
    pedido = _rascunho_pedido(request, empresa)
    form = LimitesForm(request.GET)
    if not form.is_valid() or empresa.referencia is None:
        return redirect(endereco(empresa))
    situacoes = {s.value for s in Status}
    de, para = (request.GET.get(n, "") if request.GET.get(n, "") in situacoes else "" for n in ("de", "para"))
    rascunho = replace(pedido, regra=form.cleaned_data["regra"])
    nomes = quem_mudaria(rascunho, referencia=empresa.referencia, data=hoje_da(empresa), de=de, para=para)
    pagina_de_nomes = Paginator(nomes.select_related("cliente", "vendedor"), NOMES_POR_PAGINA).get_page(
        request.GET.get("pagina")
    )
    contexto = {
        "empresa": empresa,
        "regra": rascunho.regra,
        "pagina": pagina_de_nomes,
        "de": de,
        "para": para,
        "voltar": endereco(empresa),
    }
    return render(request, "atividade/previa_clientes.html", contexto)


# ── Parâmetros ───────────────────────────────────────────────────────────────


@require_POST
@exige(Permissao.CONFIGURAR_ATIVIDADE)
@com_empresa
def salvar_parametros(request: HttpRequest, *, empresa: Empresa) -> HttpResponse:
    """Janelas e limites de cálculo; mudar algum pede recálculo."""
    form = ParametrosForm(request.POST, instance=parametros_de(empresa), auto_id="id_parametros_%s")
    if form.is_valid():
        try:
            with transaction.atomic():
                mudou = mudar_parametros(
                    empresa=empresa,
                    valores={c: form.cleaned_data[c] for c in CAMPOS},
                    por=request.user,
                    motivo=form.cleaned_data["motivo"],
                )
                if mudou:
                    pedir_recalculo(empresa=empresa, por=request.user)
        except ValidationError as recusa:
            form.add_error(None, recusa)
        else:
            messages.success(
                request, "Parâmetros salvos. A carteira está sendo recalculada." if mudou else "Nada mudou."
            )
            return redirect(endereco(empresa))
    return _com_erro(request, empresa, parametros_form=form)


@require_POST
@exige(Permissao.CONFIGURAR_ATIVIDADE)
@com_empresa
def salvar_situacoes(request: HttpRequest, *, empresa: Empresa) -> HttpResponse:
    """Que pedidos contam como compra; os pedidos são reescritos em segundo plano antes do recálculo."""
    form = SituacoesForm(request.POST, auto_id="id_situacoes_%s")
    if not form.is_valid():
        return _com_erro(request, empresa, situacoes_form=form)
    with transaction.atomic():
        mudou = mudar_situacoes_que_contam(
            empresa=empresa,
            situacoes=form.cleaned_data["situacoes"],
            por=request.user,
            motivo=form.cleaned_data["motivo"],
        )
        if mudou:
            pedir_reescrita(empresa)
            pedir_recalculo(empresa=empresa, por=request.user)
    messages.success(
        request,
        "Escolha salva. Os pedidos e a carteira estão sendo recalculados." if mudou else "Nada mudou.",
    )
    return redirect(endereco(empresa))


@require_POST
@exige(Permissao.CONFIGURAR_ATIVIDADE)
@com_empresa
def desfazer_parametros(request: HttpRequest, *, empresa: Empresa, pk: int) -> HttpResponse:
    """Volta os parâmetros, ou o que conta como compra, ao que eram antes da última mudança."""
    mudancas = mudancas_de(empresa, PARAMETROS) | mudancas_de(empresa, SITUACOES)
    registro = get_object_or_404(mudancas, pk=pk)
    try:
        with transaction.atomic():
            if desfazer_mudanca(empresa=empresa, registro=registro, por=request.user):
                if registro.acao == SITUACOES:
                    pedir_reescrita(empresa)
                pedir_recalculo(empresa=empresa, por=request.user)
        messages.success(request, "Mudança desfeita. A carteira está sendo recalculada.")
    except RegraInvalida as recusa:
        messages.error(request, str(recusa))
    return redirect(endereco(empresa))


def _mudancas_de_parametros(empresa: Empresa) -> list[dict[str, Any]]:
    """As últimas mudanças de janelas e situações, cada campo com o nome que a tela lhe dá."""
    linhas, rotulos = [], ParametrosForm.Meta.labels | {"contam": "Contam como compra"}
    for acao in (PARAMETROS, SITUACOES):
        for n, registro in enumerate(mudancas_de(empresa, acao).select_related("por")[:MUDANCAS_NA_TELA]):
            antes, depois = registro.antes or {}, registro.depois or {}
            campos = [(rotulos.get(c, c), _dito(antes[c]), _dito(depois.get(c))) for c in antes]
            linhas.append(
                {"registro": registro, "campos": campos, "motivo": depois.get("motivo", ""), "ultima": n == 0}
            )
    return sorted(linhas, key=lambda linha: linha["registro"].em, reverse=True)


def _dito(valor: Any) -> str:
    return ", ".join(valor) if isinstance(valor, list) else str(valor).replace(".", ",")


def _com_erro(request: HttpRequest, empresa: Empresa, **forms: Any) -> HttpResponse:
    geral = regra_da_empresa(empresa, hoje_da(empresa))
    form = RegraForm(initial=limites_iniciais(geral.regra) | {"vigente_desde": timezone.localdate()})
    return _mostrar(request, empresa, geral, form=form, codigo=422, **forms)


# ── Andamento e leitura ──────────────────────────────────────────────────────


def _andamento(empresa: Empresa) -> dict[str, Any]:
    """O último recálculo pedido: andando, feito ou falho."""
    execucao = empresa.execucoes.filter(rotina=RECALCULO).order_by("-referencia").first()
    estado = execucao.estado if execucao else ""
    return {"andando": estado in {"pendente", "rodando"}, "falhou": estado == "falhou", "execucao": execucao}


@exige(Permissao.CONFIGURAR_ATIVIDADE)
@com_empresa
def andamento(request: HttpRequest, *, empresa: Empresa) -> HttpResponse:
    """Fragmento consultado de tempos em tempos até o recálculo acabar."""
    contexto = {"empresa": empresa, "andamento": _andamento(empresa), "acompanhado": True}
    return render(request, "atividade/_andamento.html", contexto)


@exige(Permissao.VER_COMPOSICAO)
@com_empresa
def em_vigor(request: HttpRequest, *, empresa: Empresa) -> HttpResponse:
    """As regras em vigor, para quem só as lê."""
    contexto = {
        "empresa": empresa,
        "empresas": list(empresas_de(request.user)),
        "geral": regra_da_empresa(empresa, hoje_da(empresa)),
        "proprias": [r for r in regras_por_segmento(empresa, hoje_da(empresa)) if r.propria],
        "parametros": parametros_de(empresa),
    }
    return render(request, "atividade/em_vigor.html", contexto)


urlpatterns = [
    path("", pagina, name="configurar"),
    path("previa/", mostrar_previa, name="previa"),
    path("previa/clientes/", previa_clientes, name="previa_clientes"),
    *niveis.urlpatterns,
    path("parametros/", salvar_parametros, name="parametros"),
    path("parametros/<int:pk>/desfazer/", desfazer_parametros, name="parametros_desfazer"),
    path("situacoes/", salvar_situacoes, name="situacoes"),
    path("andamento/", andamento, name="andamento"),
    path("regra/", em_vigor, name="em_vigor"),
]
