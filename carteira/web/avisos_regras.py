"""As regras de aviso de uma empresa: a lista, o formulário, a história, pausar, duplicar e tirar."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from carteira.web.acesso import exige
from carteira.web.auditoria import mudancas_ditas
from carteira.web.formularios_de_aviso import (
    COM_DIAS,
    DE_ESTADO,
    PausaForm,
    RegraForm,
    SilencioForm,
    quem_entra,
)
from carteira.web.limites import com_empresa
from carteira.web.uma_por_vez import uma_por_vez
from contas.escopo import empresas_de
from contas.models import Empresa
from contas.papeis import Permissao
from notificacoes.models import RegraDeAviso
from notificacoes.regras import gestao
from notificacoes.regras.palavras import TEXTO_DE_EXEMPLO, VARIAVEIS, preencher
from notificacoes.regras.partida import garantir
from notificacoes.regras.vagas import Quando

MUDANCAS_POR_PAGINA = 20


def regra_da(request: HttpRequest, pk: int) -> RegraDeAviso:
    """A regra, se é de uma empresa de quem administra e não foi arquivada; senão 404."""
    regras = RegraDeAviso.objects.visiveis_para(request.user).em_uso().select_related("empresa")
    return get_object_or_404(regras, pk=pk)


def endereco(empresa: Empresa) -> str:
    return f"{reverse('avisos_regras:lista')}?empresa={empresa.pk}"


def abas(regra: RegraDeAviso, atual: str) -> list[dict[str, Any]]:
    nomes = (("regra", "Regra"), ("previa", "Prévia"), ("historico", "Histórico"))
    return [
        {"rotulo": nome, "url": reverse(f"avisos_regras:{rota}", args=[regra.pk]), "atual": rota == atual}
        for rota, nome in nomes
    ]


@require_safe
@exige(Permissao.GERIR_AVISOS)
@com_empresa
def lista(request: HttpRequest, *, empresa: Empresa) -> HttpResponse:
    return _lista(request, empresa)


def _lista(request: HttpRequest, empresa: Empresa, silencio: SilencioForm | None = None) -> HttpResponse:
    garantir([empresa])
    hoje = timezone.localdate()
    regras = RegraDeAviso.objects.visiveis_para(request.user).em_uso().filter(empresa=empresa)
    linhas = [_linha(regra, hoje) for regra in regras.select_related("empresa")]
    iniciais = {"de": empresa.silencio_de, "ate": empresa.silencio_ate}
    contexto = {
        "empresa": empresa,
        "empresas": list(empresas_de(request.user)),
        "linhas": sorted(linhas, key=lambda linha: not linha["regra"].partida),
        "silencio": silencio or SilencioForm(initial=iniciais),
    }
    return render(request, "avisos/regras/lista.html", contexto, status=422 if silencio else 200)


def _linha(regra: RegraDeAviso, hoje: Any) -> dict[str, Any]:
    quando = Quando.da_regra(regra)
    return {
        "regra": regra,
        "quando": str(quando),
        "proxima": quando.proxima(hoje),
        "em_pausa": em_pausa(regra),
    }


def em_pausa(regra: RegraDeAviso) -> bool:
    """A pausa com data acaba sozinha, no fim do último dia."""
    ate = regra.pausada_ate
    return regra.pausada and (ate is None or ate >= timezone.localdate())


@require_POST
@exige(Permissao.GERIR_AVISOS)
@com_empresa
def silencio(request: HttpRequest, *, empresa: Empresa) -> HttpResponse:
    form = SilencioForm(request.POST)
    if form.is_valid():
        try:
            mudou = gestao.mudar_silencio(empresa=empresa, por=request.user, **form.cleaned_data)
        except ValidationError as recusa:
            form.add_error(None, recusa)
        else:
            messages.success(request, "Horas de silêncio salvas." if mudou else "Nada mudou.")
            return redirect(endereco(empresa))
    return _lista(request, empresa, form)


# ── O formulário ─────────────────────────────────────────────────────────────


@require_http_methods(["GET", "POST"])
@exige(Permissao.GERIR_AVISOS)
@com_empresa
def nova(request: HttpRequest, *, empresa: Empresa) -> HttpResponse:
    return _escrever(request, empresa, None)


@require_http_methods(["GET", "POST"])
@exige(Permissao.GERIR_AVISOS)
@uma_por_vez(RegraDeAviso)
def editar(request: HttpRequest, pk: int) -> HttpResponse:
    regra = regra_da(request, pk)
    return _escrever(request, regra.empresa, regra)


def _escrever(request: HttpRequest, empresa: Empresa, regra: RegraDeAviso | None) -> HttpResponse:
    form = RegraForm(request.POST or None, empresa=empresa, regra=regra, initial=_iniciais(regra))
    if request.method == "POST" and form.is_valid() and (salva := _salvar(request, empresa, regra, form)):
        return redirect("avisos_regras:previa", salva.pk)
    valores = TEXTO_DE_EXEMPLO | {"empresa": empresa.nome}
    contexto = {
        "form": form,
        "regra": regra,
        "empresa": empresa,
        "abas": abas(regra, "regra") if regra else [],
        "em_pausa": bool(regra and em_pausa(regra)),
        "pausa": PausaForm(),
        "com_dias": COM_DIAS,
        "de_estado": DE_ESTADO,
        "grupos_de_pessoas": quem_entra(empresa),
        "variaveis": {nome: explicacao for nome, (explicacao, _) in VARIAVEIS.items()},
        "valores": valores,
        "exemplo": _exemplo(form, valores),
        "marcadas": _marcadas(form),
    }
    return render(request, "avisos/regras/formulario.html", contexto, status=422 if form.is_bound else 200)


def _iniciais(regra: RegraDeAviso | None) -> dict[str, Any]:
    if regra is None:
        return {}
    escolhidas = {"pessoas": list(regra.pessoas.all()), "equipes": list(regra.equipes.all())}
    return {campo: getattr(regra, campo) for campo in gestao.CAMPOS} | escolhidas


def _exemplo(form: RegraForm, valores: dict[str, str]) -> dict[str, str]:
    campos = [campo for campo in ("assunto", "texto") if campo in form.fields]
    return {campo: preencher(form[campo].value() or "", valores) for campo in campos}


def _marcadas(form: RegraForm) -> dict[str, set[str]]:
    """O que está marcado nas escolhas, como texto: do banco ou do que se acabou de enviar."""
    return {
        campo: {str(getattr(valor, "pk", valor)) for valor in form[campo].value() or ()}
        for campo in ("pessoas", "equipes")
        if campo in form.fields
    }


def _salvar(
    request: HttpRequest, empresa: Empresa, regra: RegraDeAviso | None, form: RegraForm
) -> RegraDeAviso | None:
    try:
        salva, mudou = gestao.salvar_regra(empresa=empresa, por=request.user, regra=regra, **form.dados)
    except ValidationError as recusa:
        for campo, frases in recusa.message_dict.items():
            form.add_error(campo if campo in form.fields else None, frases)
        return None
    messages.success(request, f"Regra “{salva}” salva." if mudou else "Nada mudou.")
    return salva


# ── A história e os gestos ───────────────────────────────────────────────────


@require_safe
@exige(Permissao.GERIR_AVISOS)
def historico(request: HttpRequest, pk: int) -> HttpResponse:
    regra = regra_da(request, pk)
    pagina = Paginator(gestao.historia(regra), MUDANCAS_POR_PAGINA).get_page(request.GET.get("pagina"))
    for registro in pagina:
        registro.mudancas = mudancas_ditas(registro)
    contexto = {"regra": regra, "abas": abas(regra, "historico"), "pagina": pagina}
    return render(request, "avisos/regras/historico.html", contexto)


@require_POST
@exige(Permissao.GERIR_AVISOS)
def pausar(request: HttpRequest, pk: int) -> HttpResponse:
    regra, form = regra_da(request, pk), PausaForm(request.POST)
    if not form.is_valid():
        messages.error(request, "A data da pausa não se lê: use o calendário.")
        return redirect("avisos_regras:regra", pk)
    try:
        ate = form.cleaned_data["ate"]
        gestao.pausar(regra=regra, por=request.user, hoje=timezone.localdate(), ate=ate)
    except ValidationError as recusa:
        messages.error(request, recusa.messages[0])
        return redirect("avisos_regras:regra", pk)
    messages.success(request, f"“{regra}” em pausa{f' até {ate:%d/%m/%Y}' if ate else ''}.")
    return redirect(endereco(regra.empresa))


@require_POST
@exige(Permissao.GERIR_AVISOS)
def retomar(request: HttpRequest, pk: int) -> HttpResponse:
    regra = regra_da(request, pk)
    gestao.retomar(regra=regra, por=request.user)
    messages.success(request, f"“{regra}” voltou a avisar.")
    return redirect(endereco(regra.empresa))


@require_POST
@exige(Permissao.GERIR_AVISOS)
def duplicar(request: HttpRequest, pk: int) -> HttpResponse:
    regra = regra_da(request, pk)
    try:
        copia = gestao.duplicar(regra=regra, por=request.user)
    except ValidationError as recusa:
        messages.error(request, recusa.messages[0])
        return redirect("avisos_regras:regra", pk)
    messages.success(request, "Cópia criada, em pausa: ajuste-a e retome quando quiser.")
    return redirect("avisos_regras:regra", copia.pk)


@require_http_methods(["GET", "POST"])
@exige(Permissao.GERIR_AVISOS)
def excluir(request: HttpRequest, pk: int) -> HttpResponse:
    """A confirmação diz o que acontece: some, ou só sai de uso porque já avisou alguém."""
    regra = regra_da(request, pk)
    if request.method == "POST":
        try:
            arquivou = gestao.tirar(regra=regra, por=request.user)
        except ValidationError as recusa:
            messages.error(request, recusa.messages[0])
            return redirect("avisos_regras:regra", pk)
        messages.success(request, f"“{regra}” {'saiu de uso' if arquivou else 'excluída'}.")
        return redirect(endereco(regra.empresa))
    contexto = {"regra": regra, "arquiva": gestao.ja_decidiu(regra)}
    return render(request, "avisos/regras/excluir.html", contexto)


urlpatterns = [
    path("", lista, name="lista"),
    path("silencio/", silencio, name="silencio"),
    path("nova/", nova, name="nova"),
    path("<int:pk>/", editar, name="regra"),
    path("<int:pk>/historico/", historico, name="historico"),
    path("<int:pk>/pausar/", pausar, name="pausar"),
    path("<int:pk>/retomar/", retomar, name="retomar"),
    path("<int:pk>/duplicar/", duplicar, name="duplicar"),
    path("<int:pk>/excluir/", excluir, name="excluir"),
]
