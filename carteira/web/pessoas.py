"""Pessoas: quem trabalha aqui, com que papel, em que equipe, e o que acontece quando sai."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_POST

from atividade.models import Indicadores
from carteira.convites import convidar
from carteira.desligamentos import desligar_de_tudo, o_que_tem
from carteira.formatos import numero, plural
from carteira.web.acesso import exige
from carteira.web.acesso_das_pessoas import avisar_do_email, seguranca_de
from carteira.web.formularios_de_pessoa import CoberturaForm, DesativarForm, PessoaForm
from carteira.web.niveis import administra_tudo
from carteira.web.uma_por_vez import uma_por_vez
from clientes.carteiras import equipe_atual, mudar_de_equipe
from clientes.desligamento import Passagem, agenda_aberta
from clientes.models import Cliente
from contas.coberturas import cobrir, remover_cobertura
from contas.models import Cobertura, Empresa, MembroDeEquipe, Papel, Usuario
from contas.papeis import Permissao
from contas.pessoas import (
    CAMPOS,
    Recusada,
    criar_pessoa,
    editar_pessoa,
    estado_de,
    pessoas_geridas_por,
    por_estado,
    reativar,
)
from contas.texto import chave_de_nome
from notificacoes.devolucoes import em_vigor

POR_PAGINA = 50
CONVITE_A_MAO = "convite_a_mao"
ESTADOS = [
    ("", "Todas"),
    ("ativa", "Ativas"),
    ("convidada", "Convidadas"),
    ("sem_acesso", "Sem acesso"),
    ("desativada", "Desativadas"),
]
ORDENS = {
    "nome": "nome_chave",
    "clientes": "carteira",
    "acesso": "last_login",
}


def empresas_geridas(request: HttpRequest) -> QuerySet[Empresa]:
    return Empresa.objects.filter(vinculos__usuario=request.user).order_by("codigo")


def _pessoa(request: HttpRequest, pk: int) -> Usuario:
    """Pessoa fora das empresas do administrador não existe para ele: 404."""
    return get_object_or_404(pessoas_geridas_por(request.user), pk=pk)


# ── Lista ────────────────────────────────────────────────────────────────────


@exige(Permissao.GERIR_PESSOAS)
def lista(request: HttpRequest) -> HttpResponse:
    hoje = timezone.localdate()
    base = _filtradas(request, pessoas_geridas_por(request.user))
    estado = request.GET.get("estado", "")
    linhas = _ordenadas(request, _anotadas(por_estado(base, estado), hoje))
    pagina = Paginator(linhas, POR_PAGINA).get_page(request.GET.get("pagina"))
    for pessoa in pagina:
        pessoa.estado = estado_de(pessoa)
    contexto = {
        "pagina": pagina,
        "abas": _abas(request, base, estado),
        "papeis": Papel.choices,
        "administra_tudo": administra_tudo(request.user),
        "papel": request.GET.get("papel", ""),
        "q": request.GET.get("q", ""),
        "filtrado": bool(request.GET.get("q") or request.GET.get("papel") or estado),
    }
    modelo = "pessoas/_tabela.html" if request.htmx else "pessoas/lista.html"
    return render(request, modelo, contexto)


def _filtradas(request: HttpRequest, pessoas: QuerySet[Usuario]) -> QuerySet[Usuario]:
    q, papel = request.GET.get("q", "").strip(), request.GET.get("papel", "")
    if q:
        codigo = Q(vinculos__codigo_erp=q, vinculos__empresa__vinculos__usuario=request.user)
        achadas = pessoas.filter(Q(nome_chave__contains=chave_de_nome(q)) | Q(email__icontains=q) | codigo)
        pessoas = Usuario.objects.filter(pk__in=achadas.values("pk"))
    return pessoas.filter(papel=papel) if papel in Papel.values else pessoas


def _anotadas(pessoas: QuerySet[Usuario], hoje: date) -> QuerySet[Usuario]:
    """Carteira e equipe de hoje numa consulta só."""
    clientes = Cliente.objects.filter(vendedor=OuterRef("pk"), encerrado_em__isnull=True).order_by()
    participacao = MembroDeEquipe.objects.filter(usuario=OuterRef("pk"), periodo__contains=hoje)
    return pessoas.annotate(
        carteira=Subquery(clientes.values("vendedor").annotate(n=Count("pk")).values("n")),
        nome_da_equipe=Subquery(participacao.values("equipe__nome")[:1]),
    ).prefetch_related("equipes_geridas")


def _ordenadas(request: HttpRequest, pessoas: QuerySet[Usuario]) -> QuerySet[Usuario]:
    pedido = request.GET.get("ordem", "nome")
    coluna = F(ORDENS.get(pedido.lstrip("-"), "nome_chave"))
    ordem = coluna.desc(nulls_last=True) if pedido.startswith("-") else coluna.asc(nulls_last=True)
    return pessoas.order_by(ordem, "nome_chave", "pk")


def _abas(request: HttpRequest, base: QuerySet[Usuario], atual: str) -> list[dict[str, Any]]:
    """Estados com a contagem do que os outros filtros deixam."""
    abas = []
    for estado, rotulo in ESTADOS:
        consulta = request.GET.copy()
        consulta.pop("pagina", None)
        consulta["estado"] = estado
        quantas = por_estado(base, estado).count()
        abas.append(
            {
                "url": f"?{consulta.urlencode()}",
                "rotulo": rotulo,
                "quantidade": quantas,
                "atual": estado == atual,
            }
        )
    return abas


# ── Cadastro ─────────────────────────────────────────────────────────────────


@exige(Permissao.GERIR_PESSOAS)
def nova(request: HttpRequest) -> HttpResponse:
    hoje = timezone.localdate()
    form = PessoaForm(
        request.POST if request.method == "POST" else None,
        empresas=empresas_geridas(request),
        hoje=hoje,
        nova=True,
        initial={"equipe_desde": hoje, **{f"empresa_{e.pk}": True for e in empresas_geridas(request)}},
    )
    if request.method == "POST" and form.is_valid():
        try:
            pessoa = _criar(request, form)
        except Recusada as recusa:
            form.add_error(None, str(recusa))
        else:
            messages.success(request, _aviso_da_criacao(request, pessoa))
            return redirect("pessoas:editar", pk=pessoa.pk)
    return _formulario(request, form, None)


@transaction.atomic
def _criar(request: HttpRequest, form: PessoaForm) -> Usuario:
    dados = form.cleaned_data
    pessoa = criar_pessoa(dados=dados, vinculos=form.vinculos(), por=request.user)
    if dados["equipe"]:
        mudar_de_equipe(pessoa=pessoa, equipe=dados["equipe"], em=dados["equipe_desde"], por=request.user)
    if dados["convidar"] and pessoa.email:
        pessoa = _convidar(request, pessoa)
    return pessoa


def _convidar(request: HttpRequest, pessoa: Usuario) -> Usuario:
    """Sem servidor de e-mail, o enlace espera na sessão de quem convidou pela próxima página da pessoa."""
    convidada = convidar(pessoa=pessoa, por=request.user)
    if convidada.enlace_a_mao:
        request.session[CONVITE_A_MAO] = {"pessoa": pessoa.pk, "enlace": convidada.enlace_a_mao}
    return convidada.pessoa


def _enlace_a_mao(request: HttpRequest, pessoa: Usuario) -> str:
    """Mostrado uma vez só, logo depois de convidar esta pessoa."""
    guardado = request.session.pop(CONVITE_A_MAO, None) or {}
    return str(guardado["enlace"]) if guardado.get("pessoa") == pessoa.pk else ""


def _aviso_da_criacao(request: HttpRequest, pessoa: Usuario) -> str:
    if CONVITE_A_MAO in request.session:
        return f"{pessoa.nome} foi cadastrada. Sem servidor de e-mail: copie o convite."
    if pessoa.convidado_em:
        return f"{pessoa.nome} foi cadastrada e o convite segue para {pessoa.email}."
    return f"{pessoa.nome} foi cadastrada, ainda sem convite."


@exige(Permissao.GERIR_PESSOAS)
@uma_por_vez()
def editar(request: HttpRequest, pk: int) -> HttpResponse:
    pessoa, hoje = _pessoa(request, pk), timezone.localdate()
    form = PessoaForm(
        request.POST if request.method == "POST" else None,
        empresas=empresas_geridas(request),
        hoje=hoje,
        pessoa=pessoa,
        initial=_iniciais(pessoa, hoje),
    )
    if request.method == "POST" and form.is_valid():
        try:
            _editar(request, pessoa, form)
        except Recusada as recusa:
            form.add_error(None, str(recusa))
        else:
            messages.success(request, "Alterações salvas.")
            return redirect("pessoas:editar", pk=pk)
    resposta = _formulario(request, form, pessoa)
    add_never_cache_headers(resposta)  # pode levar um convite, que não deve ficar guardado no navegador
    return resposta


@transaction.atomic
def _editar(request: HttpRequest, pessoa: Usuario, form: PessoaForm) -> None:
    dados, antigo = form.cleaned_data, pessoa.email
    pessoa = editar_pessoa(pessoa=pessoa, dados=dados, vinculos=form.vinculos(), por=request.user)
    if antigo and pessoa.email and antigo != pessoa.email:
        avisar_do_email(pessoa, antigo)
    mudar_de_equipe(pessoa=pessoa, equipe=dados["equipe"], em=dados["equipe_desde"], por=request.user)


def _iniciais(pessoa: Usuario, hoje: date) -> dict[str, Any]:
    iniciais: dict[str, Any] = {campo: getattr(pessoa, campo) for campo in CAMPOS}
    iniciais |= {"equipe": equipe_atual(pessoa, hoje), "equipe_desde": hoje}
    for vinculo in pessoa.vinculos.all():
        iniciais[f"empresa_{vinculo.empresa_id}"] = True
        iniciais[f"codigo_{vinculo.empresa_id}"] = vinculo.codigo_erp or ""
    return iniciais


def _formulario(
    request: HttpRequest, form: PessoaForm, pessoa: Usuario | None, cobertura: CoberturaForm | None = None
) -> HttpResponse:
    contexto: dict[str, Any] = {"form": form, "pessoa": pessoa, "hoje": timezone.localdate()}
    if pessoa:
        contexto |= {
            "estado": estado_de(pessoa),
            "ela_mesma": pessoa == request.user,
            "enlace_a_mao": _enlace_a_mao(request, pessoa),
            "carteira": _carteira(pessoa),
            "devolucao": next(iter(em_vigor([pessoa.email or ""]).values()), None),
            "coberturas": _coberturas(pessoa, contexto["hoje"]),
            "seguranca": seguranca_de(request, pessoa),
            "cobertura": cobertura or CoberturaForm(substitutos=_vendedores(request, pessoa)),
        }
    invalido = form.errors or (cobertura and cobertura.errors)
    return render(request, "pessoas/formulario.html", contexto, status=422 if invalido else 200)


def _carteira(pessoa: Usuario) -> dict[str, Any]:
    """Quanto a pessoa tem nas mãos: o que passa adiante se ela sair."""
    soma: dict[str, Any] = Indicadores.objects.filter(vendedor=pessoa).aggregate(
        clientes=Count("pk"), valor=Sum("valor_12m", default=0)
    )
    return {**soma, "compromissos": agenda_aberta(pessoa).count()}


def _vendedores(request: HttpRequest, menos: Usuario) -> QuerySet[Usuario]:
    """Vendedores ativos das empresas do administrador, com o tamanho da carteira de cada um."""
    clientes = Cliente.objects.filter(vendedor=OuterRef("pk")).order_by()
    return (
        pessoas_geridas_por(request.user)
        .filter(papel=Papel.VENDEDOR, is_active=True)
        .exclude(pk=menos.pk)
        .annotate(carteira=Subquery(clientes.values("vendedor").annotate(n=Count("pk")).values("n")))
        .order_by("nome_chave", "pk")
    )


# ── Acesso ───────────────────────────────────────────────────────────────────


@require_POST
@exige(Permissao.GERIR_PESSOAS)
def enviar_convite(request: HttpRequest, pk: int) -> HttpResponse:
    pessoa = _pessoa(request, pk)
    try:
        _convidar(request, pessoa)
    except Recusada as recusa:
        messages.error(request, str(recusa))
    else:
        a_mao = CONVITE_A_MAO in request.session
        segue = f"O convite segue para {pessoa.email} e vale por três dias."
        messages.success(request, "Sem servidor de e-mail: copie o convite." if a_mao else segue)
    return redirect("pessoas:editar", pk=pk)


@exige(Permissao.GERIR_PESSOAS)
def desativar(request: HttpRequest, pk: int) -> HttpResponse:
    """Primeiro mostra quanto muda de mãos; só depois desativa."""
    pessoa = _pessoa(request, pk)
    destinos = _vendedores(request, pessoa)
    form = DesativarForm(request.POST if request.method == "POST" else None, destinos=destinos)
    if request.method == "POST" and form.is_valid():
        try:
            passagem = desligar_de_tudo(
                pessoa=pessoa, destinos=form.escolhidos(), em=timezone.localdate(), por=request.user
            )
        except Recusada as recusa:
            form.add_error(None, str(recusa))
        else:
            messages.success(request, _aviso_da_passagem(pessoa, passagem))
            return redirect("pessoas:editar", pk=pk)
    contexto = {
        "form": form,
        "pessoa": pessoa,
        "carteira": _carteira(pessoa),
        "de_quem_sai": o_que_tem(pessoa),
        "destinos": destinos,
    }
    return render(request, "pessoas/desativar.html", contexto, status=422 if form.errors else 200)


@require_POST
@exige(Permissao.GERIR_PESSOAS)
def reativar_pessoa(request: HttpRequest, pk: int) -> HttpResponse:
    pessoa = _pessoa(request, pk)
    try:
        reativar(pessoa=pessoa, por=request.user)
    except Recusada as recusa:
        messages.error(request, str(recusa))
    else:
        messages.success(
            request, f"{pessoa.nome} voltou. A carteira que passou adiante continua com quem recebeu."
        )
    return redirect("pessoas:editar", pk=pk)


def _aviso_da_passagem(pessoa: Usuario, passagem: Passagem) -> str:
    partes = ((passagem.clientes, "cliente,clientes"), (passagem.compromissos, "compromisso,compromissos"))
    contagens = " e ".join(f"{numero(n)} {plural(n, formas)}" for n, formas in partes)
    return f"{pessoa.nome} não entra mais. Mudaram de mãos {contagens}."


# ── Férias ───────────────────────────────────────────────────────────────────


def _coberturas(pessoa: Usuario, hoje: date) -> list[Cobertura]:
    """As que valem ou ainda vão valer, de quem sai e de quem cobre; o período guarda o dia seguinte."""
    futuras = Cobertura.objects.filter(Q(ausente=pessoa) | Q(substituto=pessoa), periodo__endswith__gt=hoje)
    return list(futuras.select_related("ausente", "substituto").order_by("periodo"))


@require_POST
@exige(Permissao.GERIR_PESSOAS)
def criar_cobertura(request: HttpRequest, pk: int) -> HttpResponse:
    pessoa, hoje = _pessoa(request, pk), timezone.localdate()
    form = CoberturaForm(request.POST, substitutos=_vendedores(request, pessoa))
    if form.is_valid():
        try:
            cobrir(ausente=pessoa, por=request.user, **form.cleaned_data)
        except Recusada as recusa:
            form.add_error(None, str(recusa))
        else:
            messages.success(
                request, f"{form.cleaned_data['substituto'].nome} atende a carteira nesses dias."
            )
            return redirect("pessoas:editar", pk=pk)
    dados = PessoaForm(empresas=empresas_geridas(request), hoje=hoje, initial=_iniciais(pessoa, hoje))
    return _formulario(request, dados, pessoa, form)


@require_POST
@exige(Permissao.GERIR_PESSOAS)
def apagar_cobertura(request: HttpRequest, pk: int, cobertura: int) -> HttpResponse:
    pessoa = _pessoa(request, pk)
    achada = get_object_or_404(
        Cobertura.objects.select_related("ausente", "substituto"),
        Q(ausente=pessoa) | Q(substituto=pessoa),
        pk=cobertura,
    )
    remover_cobertura(cobertura=achada, por=request.user)
    messages.success(request, "Cobertura removida.")
    return redirect("pessoas:editar", pk=pk)


urlpatterns = [
    path("", lista, name="lista"),
    path("nova/", nova, name="nova"),
    path("<int:pk>/", editar, name="editar"),
    path("<int:pk>/convidar/", enviar_convite, name="convidar"),
    path("<int:pk>/desativar/", desativar, name="desativar"),
    path("<int:pk>/reativar/", reativar_pessoa, name="reativar"),
    path("<int:pk>/coberturas/", criar_cobertura, name="cobrir"),
    path("<int:pk>/coberturas/<int:cobertura>/remover/", apagar_cobertura, name="remover_cobertura"),
]
