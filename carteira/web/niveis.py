"""A regra de um nível só: um segmento, um cliente ou a instalação inteira. A da empresa mora em `atividade.py`."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from atividade.limiares import (
    RegraEmVigor,
    configurar,
    herdar,
    regra_da_empresa,
    regra_da_instalacao,
    regra_do_segmento,
    regra_em_vigor,
)
from atividade.models import Limiar
from atividade.previa import Rascunho
from atividade.regras import Regra, RegraInvalida
from atividade.regras_salvas import desfazer, historico
from atividade.rotulos import fixar
from carteira.recalculos import pedir_recalculo
from carteira.web.acesso import cliente_visivel, exige
from carteira.web.formularios_de_atividade import MotivoForm, RegraForm, limites_iniciais
from carteira.web.limites import (
    com_empresa,
    contexto_da_previa,
    endereco,
    hoje_da,
    iniciais_pedidos,
    presets_da_tela,
)
from clientes.models import Cliente, Segmento
from contas.escopo import empresas_de
from contas.models import Empresa, Usuario
from contas.papeis import Permissao


@dataclass(frozen=True, slots=True)
class Nivel:
    """Onde a regra vale. `empresa` é a que se está olhando; na instalação, só a da prévia."""

    empresa: Empresa
    segmento: Segmento | None = None
    cliente: Cliente | None = None
    instalacao: bool = False

    @property
    def chave(self) -> dict[str, Any]:
        """As três colunas que identificam o nível em `Limiar`."""
        dona = None if self.instalacao else self.empresa
        return {"empresa": dona, "segmento": self.segmento, "cliente": self.cliente}

    @property
    def nome(self) -> str:
        if self.cliente:
            return f"do cliente {self.cliente.nome}"
        if self.segmento:
            return f"do segmento {self.segmento.nome}"
        return "da instalação" if self.instalacao else "geral"

    @property
    def url(self) -> str:
        if self.cliente:
            return reverse("atividade:cliente", args=[self.cliente.pk])
        if self.segmento:
            pagina = reverse("atividade:segmento", args=[self.segmento.pk])
        else:
            pagina = reverse("atividade:instalacao" if self.instalacao else "atividade:configurar")
        return f"{pagina}?empresa={self.empresa.pk}"

    @property
    def voltar(self) -> str:
        """Para onde se vai depois de aplicar: a ficha do cliente, ou a tela de configurar."""
        return reverse("clientes:ficha", args=[self.cliente.pk]) if self.cliente else endereco(self.empresa)

    def rascunho(self, regra: Regra | None) -> Rascunho:
        return Rascunho(self.empresa, regra, self.segmento, self.cliente, self.instalacao)

    def em_vigor(self, data: date) -> RegraEmVigor:
        if self.cliente:
            return regra_em_vigor(self.cliente, data)
        if self.segmento:
            return regra_do_segmento(self.segmento, data)
        return regra_da_instalacao(data) if self.instalacao else regra_da_empresa(self.empresa, data)

    def propria(self, em_vigor: RegraEmVigor) -> bool:
        """A regra em vigor foi escrita neste nível, e não herdada."""
        limiar = em_vigor.limiar
        chave = {nome: objeto.pk if objeto else None for nome, objeto in self.chave.items()}
        return limiar is not None and chave == {
            "empresa": limiar.empresa_id,
            "segmento": limiar.segmento_id,
            "cliente": limiar.cliente_id,
        }


def administra_tudo(usuario: Usuario) -> bool:
    """A regra da instalação alcança todas as empresas: só quem tem todas a muda."""
    return empresas_de(usuario).count() == Empresa.objects.count()


# ── Gravar ───────────────────────────────────────────────────────────────────


def aplicar(request: HttpRequest, form: RegraForm, nivel: Nivel) -> bool:
    """Grava a regra e pede o recálculo; uma recusa vira erro do formulário."""
    regra: Regra = form.cleaned_data["regra"]
    desde: date = form.cleaned_data["vigente_desde"]
    try:
        with transaction.atomic():
            configurar(
                **nivel.chave,
                periodo=regra.periodo,
                antecedencia=regra.antecedencia,
                antigo=regra.antigo,
                ciclo=regra.ciclo,
                vigente_desde=desde,
                por=request.user,
                motivo=form.cleaned_data["motivo"],
            )
            recalcular_se_ja_vale(request, nivel, desde)
    except RegraInvalida as recusa:
        form.add_error(None, str(recusa))
        return False
    return True


def recalcular_se_ja_vale(request: HttpRequest, nivel: Nivel, desde: date) -> None:
    if desde > timezone.localdate():
        messages.success(request, f"Regra salva: passa a valer em {desde:%d/%m/%Y}.")
        return
    for empresa in Empresa.objects.all() if nivel.instalacao else [nivel.empresa]:
        pedir_recalculo(empresa=empresa, por=request.user)
    messages.success(
        request, "Regra aplicada. A carteira está sendo recalculada; ninguém é avisado por causa disto."
    )


# ── A página de um nível ─────────────────────────────────────────────────────


def _pagina(request: HttpRequest, nivel: Nivel) -> HttpResponse:
    """Mostra a regra do nível e, no POST, aplica outra."""
    em_vigor = nivel.em_vigor(hoje_da(nivel.empresa))
    form = RegraForm(request.POST or None, initial=iniciais_pedidos(request, em_vigor.regra))
    if request.method == "POST" and form.is_valid() and aplicar(request, form, nivel):
        return redirect(nivel.voltar)
    return _mostrar(request, nivel, em_vigor, form, codigo=422 if form.is_bound else 200)


def _mostrar(
    request: HttpRequest,
    nivel: Nivel,
    em_vigor: RegraEmVigor,
    form: RegraForm,
    *,
    codigo: int,
    motivo_form: MotivoForm | None = None,
) -> HttpResponse:
    contexto = {
        "empresa": nivel.empresa,
        "nivel": nivel,
        "em_vigor": em_vigor,
        "propria": nivel.propria(em_vigor),
        "form": form,
        "motivo_form": motivo_form or MotivoForm(auto_id="id_herdar_%s"),
        "historico": historico(nivel.empresa, nivel=nivel.chave),
        "iniciais": limites_iniciais(em_vigor.regra),
        "presets": presets_da_tela(),
        "voltar": nivel.voltar,
        **contexto_da_previa(nivel.rascunho(None), form),
        **(_empresas_da_instalacao(request, nivel.empresa) if nivel.instalacao else {}),
    }
    return render(request, "atividade/nivel.html", contexto, status=codigo)


def _empresas_da_instalacao(request: HttpRequest, empresa: Empresa) -> dict[str, Any]:
    """Quem segue a regra da instalação e quem tem a sua."""
    hoje = hoje_da(empresa)
    regras = [(e, regra_da_empresa(e, hoje)) for e in empresas_de(request.user)]
    return {
        "empresas": [e for e, _ in regras],
        "seguem": [e for e, r in regras if not (r.limiar and r.limiar.empresa_id)],
        "tem_a_sua": [e for e, r in regras if r.limiar and r.limiar.empresa_id],
    }


def _herdar(request: HttpRequest, nivel: Nivel) -> HttpResponse:
    """O nível volta à regra de cima; o motivo é obrigatório."""
    motivo_form = MotivoForm(request.POST, auto_id="id_herdar_%s")
    if not motivo_form.is_valid():
        em_vigor = nivel.em_vigor(hoje_da(nivel.empresa))
        inicial = limites_iniciais(em_vigor.regra) | {"vigente_desde": timezone.localdate()}
        form = RegraForm(initial=inicial)
        return _mostrar(request, nivel, em_vigor, form, codigo=422, motivo_form=motivo_form)
    hoje = timezone.localdate()
    with transaction.atomic():
        herdar(**nivel.chave, vigente_desde=hoje, por=request.user, motivo=motivo_form.cleaned_data["motivo"])
        recalcular_se_ja_vale(request, nivel, hoje)
    return redirect(nivel.voltar)


# ── As portas ────────────────────────────────────────────────────────────────


def _do_segmento(empresa: Empresa, pk: int) -> Nivel:
    return Nivel(empresa, segmento=get_object_or_404(Segmento, empresa=empresa, pk=pk))


def _do_cliente(request: HttpRequest, pk: int) -> Nivel:
    cliente = cliente_visivel(request, pk)
    fixar(cliente.empresa)
    return Nivel(cliente.empresa, cliente=cliente)


def _da_instalacao(request: HttpRequest, empresa: Empresa) -> Nivel:
    if not administra_tudo(request.user):
        raise PermissionDenied
    return Nivel(empresa, instalacao=True)


@exige(Permissao.CONFIGURAR_ATIVIDADE)
@com_empresa
def do_segmento(request: HttpRequest, *, empresa: Empresa, pk: int) -> HttpResponse:
    """A regra própria de um segmento."""
    return _pagina(request, _do_segmento(empresa, pk))


@require_POST
@exige(Permissao.CONFIGURAR_ATIVIDADE)
@com_empresa
def segmento_herdar(request: HttpRequest, *, empresa: Empresa, pk: int) -> HttpResponse:
    """O segmento volta a seguir a regra geral."""
    return _herdar(request, _do_segmento(empresa, pk))


@exige(Permissao.CONFIGURAR_ATIVIDADE)
def do_cliente(request: HttpRequest, pk: int) -> HttpResponse:
    """A regra própria de um cliente, a partir da ficha dele."""
    return _pagina(request, _do_cliente(request, pk))


@require_POST
@exige(Permissao.CONFIGURAR_ATIVIDADE)
def cliente_herdar(request: HttpRequest, pk: int) -> HttpResponse:
    """O cliente volta a seguir a regra do segmento ou da empresa."""
    return _herdar(request, _do_cliente(request, pk))


@exige(Permissao.CONFIGURAR_ATIVIDADE)
@com_empresa
def da_instalacao(request: HttpRequest, *, empresa: Empresa) -> HttpResponse:
    """A regra de toda empresa que não tem a sua."""
    return _pagina(request, _da_instalacao(request, empresa))


@require_POST
@exige(Permissao.CONFIGURAR_ATIVIDADE)
@com_empresa
def instalacao_herdar(request: HttpRequest, *, empresa: Empresa) -> HttpResponse:
    """A instalação volta ao padrão de fábrica."""
    return _herdar(request, _da_instalacao(request, empresa))


@require_POST
@exige(Permissao.CONFIGURAR_ATIVIDADE)
@com_empresa
def empresa_herdar(request: HttpRequest, *, empresa: Empresa) -> HttpResponse:
    """A empresa volta a seguir a regra da instalação."""
    if not MotivoForm(request.POST).is_valid():
        messages.error(request, "Diga por que a regra muda: fica no histórico.")
        return redirect(endereco(empresa))
    return _herdar(request, Nivel(empresa))


@require_POST
@exige(Permissao.CONFIGURAR_ATIVIDADE)
@com_empresa
def desfazer_mudanca(request: HttpRequest, *, empresa: Empresa, pk: int) -> HttpResponse:
    """Volta o nível à regra de antes, com uma linha nova."""
    limiar = get_object_or_404(Limiar.objects.select_related("segmento", "cliente"), pk=pk)
    nivel = _nivel_de(request, limiar, empresa)
    try:
        with transaction.atomic():
            nova = desfazer(limiar=limiar, em=timezone.localdate(), por=request.user)
            recalcular_se_ja_vale(request, nivel, nova.vigente_desde)
    except RegraInvalida as recusa:
        messages.error(request, str(recusa))
    return redirect(nivel.url if nivel.cliente or nivel.instalacao else nivel.voltar)


def _nivel_de(request: HttpRequest, limiar: Limiar, empresa: Empresa) -> Nivel:
    """O nível de um limiar que a pessoa pode mudar; de outra empresa é 404."""
    if limiar.empresa_id is None:
        return _da_instalacao(request, empresa)
    dona = get_object_or_404(empresas_de(request.user), pk=limiar.empresa_id)
    return Nivel(dona, segmento=limiar.segmento, cliente=limiar.cliente)


urlpatterns = [
    path("segmentos/<int:pk>/", do_segmento, name="segmento"),
    path("segmentos/<int:pk>/herdar/", segmento_herdar, name="segmento_herdar"),
    path("clientes/<int:pk>/", do_cliente, name="cliente"),
    path("clientes/<int:pk>/herdar/", cliente_herdar, name="cliente_herdar"),
    path("instalacao/", da_instalacao, name="instalacao"),
    path("instalacao/herdar/", instalacao_herdar, name="instalacao_herdar"),
    path("herdar/", empresa_herdar, name="empresa_herdar"),
    path("mudancas/<int:pk>/desfazer/", desfazer_mudanca, name="desfazer"),
]
