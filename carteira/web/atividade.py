"""Configurar atividade: escolher os limites olhando a própria carteira, experimentar, aplicar, voltar atrás."""

from datetime import date
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

from atividade.limiares import RegraEmVigor, configurar, herdar, regra_da_empresa
from atividade.models import Limiar
from atividade.parametros import CAMPOS, PEDEM_RECALCULO, mudar_parametros, parametros_de
from atividade.previa import Rascunho, quem_mudaria
from atividade.regras import Regra, RegraInvalida, Status
from atividade.regras_salvas import desfazer, historico, regras_por_segmento
from carteira.recalculos import RECALCULO, pedir_recalculo
from carteira.reescritas import pedir_reescrita
from carteira.web import evidencias
from carteira.web.acesso import exige
from carteira.web.formularios_de_atividade import (
    LimitesForm,
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
from clientes.compras import mudar_situacoes_que_contam
from clientes.models import Segmento
from contas.escopo import empresas_de
from contas.models import Empresa
from contas.papeis import Permissao

NOMES_POR_PAGINA = 50


# ── A página ─────────────────────────────────────────────────────────────────


@exige(Permissao.CONFIGURAR_ATIVIDADE)
@com_empresa
def pagina(request: HttpRequest, *, empresa: Empresa) -> HttpResponse:
    """Mostra a regra em vigor e, no POST, aplica outra."""
    geral = regra_da_empresa(empresa, hoje_da(empresa))
    if request.method == "POST":
        form = RegraForm(request.POST)
        if form.is_valid() and _aplicar(request, form, empresa):
            return redirect(endereco(empresa))
        return _mostrar(request, empresa, geral, form=form, codigo=422)
    form = RegraForm(initial=_inicial(request, geral))
    return _mostrar(request, empresa, geral, form=form)


def _inicial(request: HttpRequest, geral: RegraEmVigor) -> dict[str, Any]:
    """Os campos da regra em vigor, ou da que a URL pede para experimentar, com o motivo dela."""
    regra = preset_pedido(request, geral.regra)
    motivo = request.GET.get("motivo", "")[:200]
    return limites_iniciais(regra) | {"vigente_desde": timezone.localdate(), "motivo": motivo}


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
        "parametros_form": ParametrosForm(instance=parametros_de(empresa)),
        "situacoes_form": SituacoesForm.da_empresa(empresa),
        "iniciais": limites_iniciais(geral.regra),
        "andamento": _andamento(empresa),
        **contexto_do_histograma(empresa, geral, form),
        **contexto_da_previa(empresa, form),
        **outros,
    }
    return render(request, "atividade/configurar.html", contexto, status=codigo)


# ── Prévia ───────────────────────────────────────────────────────────────────


def _segmento_pedido(request: HttpRequest, empresa: Empresa) -> Segmento | None:
    pedido = request.GET.get("segmento", "")
    if not pedido:
        return None
    return get_object_or_404(
        Segmento, empresa=empresa, pk=pedido if pedido.isdigit() and len(pedido) < 16 else 0
    )


@exige(Permissao.CONFIGURAR_ATIVIDADE)
@com_empresa
def mostrar_previa(request: HttpRequest, *, empresa: Empresa) -> HttpResponse:
    """Fragmento que acompanha a digitação; nada é escrito."""
    segmento = _segmento_pedido(request, empresa)
    contexto = contexto_da_previa(empresa, LimitesForm(request.GET), segmento)
    return render(request, "atividade/_previa.html", contexto | {"empresa": empresa})


@exige(Permissao.CONFIGURAR_ATIVIDADE)
@com_empresa
def previa_clientes(request: HttpRequest, *, empresa: Empresa) -> HttpResponse:
    """Os nomes por trás de um movimento da prévia."""
    segmento = _segmento_pedido(request, empresa)
    form = LimitesForm(request.GET)
    if not form.is_valid() or empresa.referencia is None:
        return redirect(endereco(empresa))
    situacoes = {s.value for s in Status}
    de, para = (request.GET.get(n, "") if request.GET.get(n, "") in situacoes else "" for n in ("de", "para"))
    rascunho = Rascunho(empresa, form.cleaned_data["regra"], segmento)
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


# ── Aplicar e desfazer ───────────────────────────────────────────────────────


def _aplicar(
    request: HttpRequest, form: RegraForm, empresa: Empresa, segmento: Segmento | None = None
) -> bool:
    """Grava a regra e pede o recálculo; uma recusa vira erro do formulário."""
    regra: Regra = form.cleaned_data["regra"]
    try:
        with transaction.atomic():
            configurar(
                empresa=empresa,
                segmento=segmento,
                periodo=regra.periodo,
                antecedencia=regra.antecedencia,
                antigo=regra.antigo,
                vigente_desde=form.cleaned_data["vigente_desde"],
                por=request.user,
                motivo=form.cleaned_data["motivo"],
            )
            _recalcular_se_ja_vale(request, empresa, form.cleaned_data["vigente_desde"])
    except RegraInvalida as recusa:
        form.add_error(None, str(recusa))
        return False
    return True


def _recalcular_se_ja_vale(request: HttpRequest, empresa: Empresa, desde: date) -> None:
    if desde > timezone.localdate():
        messages.success(request, f"Regra guardada: passa a valer em {desde:%d/%m/%Y}.")
        return
    pedir_recalculo(empresa=empresa, por=request.user)
    messages.success(
        request, "Regra aplicada. A carteira está sendo recalculada; ninguém é avisado por causa disto."
    )


@exige(Permissao.CONFIGURAR_ATIVIDADE)
@com_empresa
def do_segmento(request: HttpRequest, *, empresa: Empresa, pk: int) -> HttpResponse:
    """A regra própria de um segmento."""
    segmento = get_object_or_404(Segmento, empresa=empresa, pk=pk)
    atual = next(r for r in regras_por_segmento(empresa, hoje_da(empresa)) if r.segmento.pk == segmento.pk)
    form = RegraForm(request.POST or None, initial=_inicial(request, atual.em_vigor))
    if request.method == "POST" and form.is_valid() and _aplicar(request, form, empresa, segmento):
        return redirect(endereco(empresa))
    contexto = {
        "empresa": empresa,
        "segmento": segmento,
        "atual": atual,
        "form": form,
        "iniciais": limites_iniciais(atual.em_vigor.regra),
        "voltar": endereco(empresa),
        "presets": presets_da_tela(),
        **contexto_da_previa(empresa, form, segmento),
    }
    return render(request, "atividade/segmento.html", contexto, status=422 if form.is_bound else 200)


@require_POST
@exige(Permissao.CONFIGURAR_ATIVIDADE)
@com_empresa
def segmento_herdar(request: HttpRequest, *, empresa: Empresa, pk: int) -> HttpResponse:
    """O segmento volta a seguir a regra geral."""
    segmento = get_object_or_404(Segmento, empresa=empresa, pk=pk)
    motivo = request.POST.get("motivo", "").strip()[:200] or "Voltou à regra geral"
    with transaction.atomic():
        hoje = timezone.localdate()
        herdar(empresa=empresa, segmento=segmento, vigente_desde=hoje, por=request.user, motivo=motivo)
        _recalcular_se_ja_vale(request, empresa, hoje)
    return redirect(endereco(empresa))


@require_POST
@exige(Permissao.CONFIGURAR_ATIVIDADE)
@com_empresa
def desfazer_mudanca(request: HttpRequest, *, empresa: Empresa, pk: int) -> HttpResponse:
    """Volta o nível à regra de antes, com uma linha nova."""
    limiar = get_object_or_404(Limiar, empresa=empresa, cliente=None, pk=pk)
    try:
        with transaction.atomic():
            nova = desfazer(limiar=limiar, em=timezone.localdate(), por=request.user)
            _recalcular_se_ja_vale(request, empresa, nova.vigente_desde)
    except RegraInvalida as recusa:
        messages.error(request, str(recusa))
    return redirect(endereco(empresa))


@require_POST
@exige(Permissao.CONFIGURAR_ATIVIDADE)
@com_empresa
def salvar_parametros(request: HttpRequest, *, empresa: Empresa) -> HttpResponse:
    """Janelas e limites de cálculo; mudar algum pede recálculo."""
    form = ParametrosForm(request.POST, instance=parametros_de(empresa))
    if form.is_valid():
        try:
            with transaction.atomic():
                mudados = mudar_parametros(
                    empresa=empresa, valores={c: form.cleaned_data[c] for c in CAMPOS}, por=request.user
                )
                if mudados & PEDEM_RECALCULO:
                    pedir_recalculo(empresa=empresa, por=request.user)
        except ValidationError as recusa:
            form.add_error(None, recusa)
        else:
            messages.success(request, _dizer_salvos(mudados))
            return redirect(endereco(empresa))
    return _com_erro(request, empresa, parametros_form=form)


def _dizer_salvos(mudados: set[str]) -> str:
    if not mudados:
        return "Nada mudou."
    recalcula = " A carteira está sendo recalculada." if mudados & PEDEM_RECALCULO else ""
    return f"Parâmetros salvos.{recalcula}"


@require_POST
@exige(Permissao.CONFIGURAR_ATIVIDADE)
@com_empresa
def salvar_situacoes(request: HttpRequest, *, empresa: Empresa) -> HttpResponse:
    """Que pedidos contam como compra; os pedidos são reescritos em segundo plano antes do recálculo."""
    form = SituacoesForm(request.POST)
    if not form.is_valid():
        return _com_erro(request, empresa, situacoes_form=form)
    with transaction.atomic():
        mudou = mudar_situacoes_que_contam(
            empresa=empresa, situacoes=form.cleaned_data["situacoes"], por=request.user
        )
        if mudou:
            pedir_reescrita(empresa)
            pedir_recalculo(empresa=empresa, por=request.user)
    messages.success(
        request,
        "Escolha salva. Os pedidos e a carteira estão sendo recalculados." if mudou else "Nada mudou.",
    )
    return redirect(endereco(empresa))


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
    path("segmentos/<int:pk>/", do_segmento, name="segmento"),
    path("segmentos/<int:pk>/herdar/", segmento_herdar, name="segmento_herdar"),
    path("mudancas/<int:pk>/desfazer/", desfazer_mudanca, name="desfazer"),
    path("parametros/", salvar_parametros, name="parametros"),
    path("situacoes/", salvar_situacoes, name="situacoes"),
    path("andamento/", andamento, name="andamento"),
    path("regra/", em_vigor, name="em_vigor"),
    *evidencias.urlpatterns,
]
