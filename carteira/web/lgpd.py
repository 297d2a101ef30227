"""Dados pessoais da instalação: a declaração, as listas de bloqueio, os prazos de guarda e o registro de tratamento."""

from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from carteira.formatos import numero, plural
from carteira.retencao import vencidos
from carteira.tratamento import registro_de_tratamento
from carteira.web.acesso import exige
from carteira.web.formularios_da_lgpd import BloqueioForm, DeclaracaoForm
from carteira.web.limites import com_empresa
from carteira.web.uma_por_vez import uma_por_vez
from clientes.lgpd import bloqueio, retencao
from clientes.lgpd.parametros import mudar_parametros
from clientes.models import Bloqueio, ParametrosDeLgpd, TipoDeRetencao
from contas.auditoria import registrar
from contas.escopo import empresas_de
from contas.models import Empresa
from contas.papeis import Permissao
from relatorios import pdf

POR_PAGINA = 50
_LUGARES = (
    ("declaracao", "Declaração"),
    ("bloqueios", "Listas de bloqueio"),
    ("retencao", "Prazos de guarda"),
    ("tratamento", "Registro de tratamento"),
)
_DA_INSTALACAO = {"bloqueios", "retencao"}


def _abas(request: HttpRequest, atual: str) -> list[dict[str, Any]]:
    """O que vale para a instalação inteira só se mostra a quem a administra inteira."""
    lugares = [par for par in _LUGARES if par[0] not in _DA_INSTALACAO or _administra_tudo(request)]
    return [{"rotulo": r, "url": reverse(f"lgpd:{nome}"), "atual": nome == atual} for nome, r in lugares]


def _administra_tudo(request: HttpRequest) -> bool:
    return not Empresa.objects.exclude(pk__in=empresas_de(request.user)).exists()


def da_instalacao(pagina: Any) -> Any:
    """Bloqueios e prazos valem para todas as empresas: mexe neles quem administra todas."""

    @wraps(pagina)
    def conferida(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not _administra_tudo(request):
            raise PermissionDenied(
                "Isto vale para a instalação inteira: é de quem administra todas as empresas."
            )
        resposta: HttpResponse = pagina(request, *args, **kwargs)
        return resposta

    return conferida


@exige(Permissao.CUIDAR_DE_TITULARES)
@com_empresa
@uma_por_vez()
def declaracao(request: HttpRequest, empresa: Empresa) -> HttpResponse:
    """Quem responde pelos dados e com que base se tratam os de quem não tem outra declarada."""
    form = DeclaracaoForm(request.POST or None, instance=ParametrosDeLgpd.da(empresa))
    if request.method == "POST" and form.is_valid():
        if mudar_parametros(empresa=empresa, valores=form.cleaned_data, por=request.user):
            messages.success(request, f"Declaração de {empresa.nome} salva.")
        else:
            messages.info(request, "Nada mudou.")
        return redirect(f"{reverse('lgpd:declaracao')}?empresa={empresa.pk}")
    contexto = {
        "abas": _abas(request, "declaracao"),
        "form": form,
        "empresa": empresa,
        "empresas": empresas_de(request.user).order_by("codigo"),
    }
    return render(request, "lgpd/declaracao.html", contexto, status=422 if form.errors else 200)


@exige(Permissao.CUIDAR_DE_TITULARES)
@da_instalacao
def bloqueios(request: HttpRequest) -> HttpResponse:
    form = BloqueioForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            inclusao = _incluir(request, form.cleaned_data)
        except bloqueio.ListaRecusada as erro:
            form.add_error(None, str(erro))
        else:
            messages.success(request, _dito(inclusao))
            return redirect("lgpd:bloqueios")
    pagina = Paginator(Bloqueio.objects.select_related("por"), POR_PAGINA).get_page(request.GET.get("pagina"))
    contexto = {"abas": _abas(request, "bloqueios"), "form": form, "pagina": pagina}
    return render(request, "lgpd/bloqueios.html", contexto, status=422 if form.errors else 200)


def _incluir(request: HttpRequest, dados: dict[str, Any]) -> bloqueio.Inclusao:
    if dados["arquivo"]:
        valores, ruins = bloqueio.ler(dados["arquivo"].read())
    else:
        lido = bloqueio.entender(dados["valor"])
        if lido is None:
            raise bloqueio.ListaRecusada("Não entendi: escreva o telefone com DDD, ou o e-mail inteiro.")
        valores, ruins = [lido], []
    return bloqueio.incluir(
        valores=valores, lista=dados["lista"].strip(), em=dados["em"], por=request.user, nao_entendidas=ruins
    )


def _dito(inclusao: bloqueio.Inclusao) -> str:
    partes = [
        f"{numero(inclusao.novos)} {plural(inclusao.novos, 'incluído,incluídos')}",
        f"{numero(inclusao.fechados)} {plural(inclusao.fechados, 'canal fechado,canais fechados')} agora",
    ]
    if inclusao.repetidos:
        partes.append(f"{numero(inclusao.repetidos)} já {plural(inclusao.repetidos, 'estava,estavam')}")
    if ruins := inclusao.nao_entendidas:
        mostradas = ", ".join(map(str, ruins[:10])) + (" e outras" if len(ruins) > 10 else "")
        partes.append(f"{plural(len(ruins), 'linha não entendida,linhas não entendidas')}: {mostradas}")
    return "; ".join(partes) + "."


@require_POST
@exige(Permissao.CUIDAR_DE_TITULARES)
@da_instalacao
def tirar_bloqueio(request: HttpRequest, pk: int) -> HttpResponse:
    achado = get_object_or_404(Bloqueio, pk=pk)
    bloqueio.tirar(bloqueio=achado, por=request.user)
    messages.success(
        request, "Saiu da lista. O que ela já fechou segue fechado até se retirar a oposição na ficha."
    )
    return redirect("lgpd:bloqueios")


@exige(Permissao.CUIDAR_DE_TITULARES)
@da_instalacao
def prazos(request: HttpRequest) -> HttpResponse:
    """Por quanto tempo se guarda cada tipo, e o que sairia na próxima noite."""
    erros: dict[str, str] = {}
    if request.method == "POST":
        erros = _guardar_prazos(request)
        if not erros:
            messages.success(request, "Prazos salvos. A rotina da noite os segue.")
            return redirect("lgpd:retencao")
    agora = timezone.now()
    linhas = [
        {
            "regra": regra,
            "dias": request.POST.get(f"dias_{regra.tipo}", regra.dias),
            "vencidos": vencidos(regra, agora),
            "minimo": retencao.MINIMOS.get(TipoDeRetencao(regra.tipo), 1),
            "erro": erros.get(regra.tipo, ""),
        }
        for regra in retencao.regras()
    ]
    contexto = {"abas": _abas(request, "retencao"), "linhas": linhas}
    return render(request, "lgpd/retencao.html", contexto, status=422 if erros else 200)


def _guardar_prazos(request: HttpRequest) -> dict[str, str]:
    erros = {}
    for regra in retencao.regras():
        texto = request.POST.get(f"dias_{regra.tipo}", "")
        if not texto.isascii() or not texto.isdigit() or len(texto) > 6:
            erros[regra.tipo] = "Escreva o prazo em dias."
            continue
        try:
            retencao.mudar(
                tipo=regra.tipo,
                dias=int(texto),
                ligada=request.POST.get(f"ligada_{regra.tipo}") == "on",
                por=request.user,
            )
        except retencao.RegraInvalida as erro:
            erros[regra.tipo] = str(erro)
    return erros


@require_GET
@exige(Permissao.CUIDAR_DE_TITULARES)
@com_empresa
def tratamento(request: HttpRequest, empresa: Empresa) -> HttpResponse:
    """O registro das operações de tratamento (art. 37), escrito da própria configuração."""
    contexto = {
        "abas": _abas(request, "tratamento"),
        "r": registro_de_tratamento(empresa),
        "empresa": empresa,
        "empresas": empresas_de(request.user).order_by("codigo"),
    }
    if request.GET.get("formato") != "pdf":
        return render(request, "lgpd/tratamento.html", contexto)
    if pdf.bibliotecas_que_faltam():
        messages.error(
            request, "Este computador não tem as bibliotecas de PDF: imprima a página pelo navegador."
        )
        return redirect(f"{reverse('lgpd:tratamento')}?empresa={empresa.pk}")
    registrar(
        "exportar registro de tratamento", por=request.user, objeto=empresa.nome, depois={"formato": "PDF"}
    )
    html = render_to_string("lgpd/tratamento_pdf.html", contexto | {"por": request.user})
    resposta = HttpResponse(pdf.em_bytes(html), content_type="application/pdf")
    nome = f"registro-de-tratamento-{timezone.localdate():%Y-%m-%d}.pdf"
    resposta["Content-Disposition"] = f'attachment; filename="{nome}"'
    return resposta


urlpatterns = [
    path("", declaracao, name="declaracao"),
    path("bloqueios/", bloqueios, name="bloqueios"),
    path("bloqueios/<int:pk>/tirar/", tirar_bloqueio, name="tirar_bloqueio"),
    path("retencao/", prazos, name="retencao"),
    path("tratamento/", tratamento, name="tratamento"),
]
