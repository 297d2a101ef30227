"""Configurar atividade: escolher os limites olhando a própria carteira, experimentar, aplicar, voltar atrás."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path

from atividade.limiares import regra_da_empresa
from atividade.parametros import parametros_de
from atividade.previa import Rascunho, quem_mudaria
from atividade.regras import Status
from atividade.regras_salvas import regras_por_segmento
from carteira.web import evidencias, grupos_rfv, niveis, parametros
from carteira.web.acesso import exige
from carteira.web.configurar import andamento_de, mostrar
from carteira.web.formularios_de_atividade import (
    LimitesForm,
    RegraForm,
)
from carteira.web.limites import (
    com_empresa,
    contexto_da_previa,
    endereco,
    hoje_da,
    iniciais_pedidos,
)
from carteira.web.niveis import Nivel, aplicar
from clientes.models import Cliente, Segmento
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
        if form.is_valid() and aplicar(request, form, Nivel(empresa)):
            return redirect(endereco(empresa))
        return mostrar(request, empresa, geral, form=form, codigo=422)
    form = RegraForm(initial=iniciais_pedidos(request, geral.regra))
    return mostrar(request, empresa, geral, form=form)


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
    nivel = Nivel(empresa, pedido.segmento, pedido.cliente, pedido.instalacao)
    contexto = {
        "empresa": empresa,
        "regra": rascunho.regra,
        "pagina": pagina_de_nomes,
        "de": de,
        "para": para,
        "nivel": nivel,
        "nivel_proprio": nivel.url != endereco(empresa),
        "voltar": _de_volta_ao_rascunho(nivel, form),
    }
    return render(request, "atividade/previa_clientes.html", contexto)


def _de_volta_ao_rascunho(nivel: Nivel, form: LimitesForm) -> str:
    """A página do nível com a regra que se experimentava ainda nos campos."""
    campos = urlencode({campo: form[campo].value() or "" for campo in form.fields})
    return f"{nivel.url}{'&' if '?' in nivel.url else '?'}{campos}"


# ── Andamento e leitura ──────────────────────────────────────────────────────


@exige(Permissao.CONFIGURAR_ATIVIDADE)
@com_empresa
def andamento(request: HttpRequest, *, empresa: Empresa) -> HttpResponse:
    """Fragmento consultado de tempos em tempos até o recálculo acabar."""
    contexto = {"empresa": empresa, "andamento": andamento_de(empresa), "acompanhado": True}
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
    *parametros.urlpatterns,
    *grupos_rfv.urlpatterns,
    path("andamento/", andamento, name="andamento"),
    path("regra/", em_vigor, name="em_vigor"),
    *evidencias.urlpatterns,
]
