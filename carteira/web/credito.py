"""Crédito e risco: quem deve, onde o score se concentra, como as restrições andam e quem melhorou."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.text import slugify

from carteira.formatos import moeda_curta, porcento
from carteira.referencias import Referencias
from carteira.web.acesso import cliente_visivel, exige
from carteira.web.limites import com_empresa
from carteira.web.niveis import administra_tudo
from carteira.web.nomes_em_planilha import exportacoes, levar
from carteira.web.paineis import mostrar
from carteira.web.recorte import chips_para, elo_da_lista, ler_recorte, parametros
from carteira.web.uma_por_vez import uma_por_vez
from carteira.web.versao import ComVersao
from clientes import credito
from clientes.models import FaixaEmVigor, ParametrosDeCredito, PlanoDeAcao, RestricaoDeCredito, ScoreDeCredito
from clientes.pendencias import pendencias_de
from contas.models import Empresa
from contas.papeis import Permissao, pode
from relatorios import credito as numeros
from relatorios.catalogo.credito import condicao
from relatorios.composicao import NA_CONTA
from relatorios.planilhas import Coluna

PERIODOS = (7, 30, 90)
PLANOS_NA_TELA = 6
LINHAS_NA_FICHA = 8
LINHAS = range(credito.FAIXAS_MAXIMAS)
# Chave do relatório → o que se leva dele.
_LEVAR = (
    ("restricoes-abertas", "restrições"),
    ("titulos-em-aberto", "títulos"),
    ("faixas-de-score", "faixas"),
    ("credito-por-mes", "mês a mês"),
    ("reabordar", "reabordar"),
)
_DAS_SOMAS = (Coluna("Clientes", "inteiro"), Coluna("Quantos", "inteiro"), Coluna("R$", "moeda", 18))


@exige(Permissao.VER_CREDITO)
def painel(request: HttpRequest) -> HttpResponseBase:
    recorte, hoje = ler_recorte(request.GET), timezone.localdate()
    empresas = Referencias.de(request.user).em_cena(list(recorte.empresa))
    dias = _dias(request, empresas)
    quadro = numeros.quadro(request.user, recorte, hoje=hoje, empresas=empresas, dias=dias)
    if "formato" in request.GET:
        return _levar_tabela(request, quadro)

    def elo(campo: str, operador: str, *valores: Any, **mais: Any) -> str:
        return elo_da_lista(recorte, **condicao(campo, operador, *valores), **mais)

    elos = {
        "titulos": elo("inadimplente", "em", "titulos"),
        "biro": elo("inadimplente", "em", "biro"),
        "presos": elo("inadimplente", "em", "titulos", "biro", status=[s.value for s in NA_CONTA]),
        "sem_score": elo("faixa_de_score", "vazio"),
        "reabordar": elo("credito_melhorou", "nos", dias, *credito.MELHORAS),
    }
    planos = PlanoDeAcao.objects.visiveis_para(request.user).em_curso()
    contexto = {
        "quadro": quadro,
        "hoje": hoje,
        "referencia": max((e.referencia for e in empresas if e.referencia), default=None),
        "chips": chips_para(request.user, recorte, request.GET),
        "filtrada": bool(parametros(recorte)),
        "sem_filtros": reverse("credito:painel"),
        "elos": elos,
        "novo_plano": {nome: _plano_para(elos[nome]) for nome in ("titulos", "reabordar")},
        "vencidos": [(i, s, elo("titulo_vencido", *_entre(i))) for i, s in quadro.vencidos],
        "a_vencer": [(i, s, elo("titulo_vence", *_entre(i))) for i, s in quadro.a_vencer],
        "tipos": [(t.label, s, elo("restricao", "em", t.value)) for t, s in quadro.por_tipo if s.linhas],
        "faixas": [_barra(f, elo("faixa_de_score", "em", f.nome)) for f in quadro.distribuicao.faixas],
        "melhoras": [
            (nome, quadro.melhoras[m], elo("credito_melhorou", "nos", dias, m))
            for m, nome in credito.MELHORAS.items()
        ],
        "meses": [
            (
                mes,
                elo("inadimplente_em", "no_dia", mes.data.isoformat()),
                elo("restrito_em", "no_dia", mes.data.isoformat()),
            )
            for mes in reversed(quadro.meses[:-1])
        ],
        "series": [
            (nome, [getattr(m, chave).clientes for m in quadro.meses], quadro.tendencia(chave))
            for nome, chave in (("Inadimplentes", "inadimplentes"), ("Com restrição", "restritos"))
        ],
        "periodos": [(f"{n} dias", _com(request, dias=n), n == dias) for n in PERIODOS],
        "dias": dias,
        "planos": planos.select_related("dono")[:PLANOS_NA_TELA],
        "pode_planejar": pode(request.user, Permissao.ABRIR_PLANOS),
        "pode_configurar": pode(request.user, Permissao.CONFIGURAR_CREDITO),
        "relatorios": [(nome, _relatorio(chave, recorte, dias)) for chave, nome in _LEVAR],
        "levar_idades": exportacoes(request, "idades"),
        "levar_tipos": exportacoes(request, "tipos"),
    }
    return render(request, "credito/painel.html", contexto)


def _levar_tabela(request: HttpRequest, quadro: numeros.Quadro) -> HttpResponseBase:
    """As tabelas que só esta página tem; as outras são relatórios do catálogo."""
    if request.GET.get("tabela") == "tipos":
        linhas = [(t.label, s) for t, s in quadro.por_tipo if s.linhas]
        return _levar_somas(request, "Restrições em aberto por tipo", (Coluna("Tipo", largura=30),), linhas)
    if request.GET.get("tabela") != "idades":
        raise Http404
    idades = (("Vencido há", quadro.vencidos), ("A vencer em", quadro.a_vencer))
    linhas = [(quando, i.rotulo, s) for quando, lidas in idades for i, s in lidas]
    return _levar_somas(request, "Títulos em aberto por idade", (Coluna("Quando"), Coluna("Idade")), linhas)


def _levar_somas(
    request: HttpRequest, titulo: str, das_linhas: Sequence[Coluna], linhas: Sequence[tuple[Any, ...]]
) -> HttpResponseBase:
    celulas = ([*nomes, soma.clientes, soma.linhas, soma.valor] for *nomes, soma in linhas)
    return levar(request, slugify(titulo), titulo, (*das_linhas, *_DAS_SOMAS), celulas)


def _plano_para(lista: str) -> str:
    """Abrir um plano para os clientes de um elo da lista."""
    return f"{reverse('credito:plano_novo')}?{urlencode({'lista': lista.partition('?')[2]})}"


def _dias(request: HttpRequest, empresas: list[Empresa]) -> int:
    pedido = request.GET.get("dias", "")
    if pedido in {str(n) for n in PERIODOS}:
        return int(pedido)
    return ParametrosDeCredito.da(empresas[0]).reabordar_por if empresas else PERIODOS[1]


def _com(request: HttpRequest, **mudancas: Any) -> str:
    consulta = request.GET.copy()
    for chave, valor in mudancas.items():
        consulta[chave] = str(valor)
    return f"?{consulta.urlencode()}"


def _entre(idade: credito.Idade) -> tuple[Any, ...]:
    return ("min", idade.de) if idade.ate is None else ("entre", idade.de, idade.ate)


def _barra(faixa: numeros.Faixa, url: str) -> dict[str, Any]:
    return {
        "rotulo": f"{faixa.nome} ({faixa.limites})",
        "valor": faixa.clientes,
        "detalhe": f"{porcento(faixa.porcento, 0)} · {moeda_curta(faixa.valor)}"
        if faixa.porcento is not None
        else "",
        "url": url,
    }


def _relatorio(chave: str, recorte: Any, dias: int) -> str:
    mais = {"dias": dias} if chave == "reabordar" else {}
    consulta = urlencode(parametros(recorte) | mais, doseq=True)
    return f"{reverse('relatorios:pagina', args=[chave])}{f'?{consulta}' if consulta else ''}"


# ── A ficha ──────────────────────────────────────────────────────────────────


@exige(Permissao.VER_CREDITO)
def na_ficha(request: HttpRequest, pk: int) -> HttpResponse:
    """Score com fonte e data, restrições, adimplência por fonte e os planos do cliente."""
    cliente, hoje = cliente_visivel(request, pk), timezone.localdate()
    scores = list(ScoreDeCredito.objects.filter(cliente=pk)[: LINHAS_NA_FICHA + 1])
    restricoes = RestricaoDeCredito.objects.filter(cliente=pk)
    abertas = list(restricoes.que_restringem().abertas(hoje))
    passadas = restricoes.exclude(pk__in=[r.pk for r in abertas])
    pendencias = pendencias_de([pk], hoje)[pk]
    parametros_da_empresa = ParametrosDeCredito.da(cliente.empresa)
    planos = PlanoDeAcao.objects.visiveis_para(request.user).filter(itens__cliente=pk)
    return mostrar(
        request,
        cliente,
        "credito",
        "Crédito",
        scores=scores[:LINHAS_NA_FICHA],
        faixa=_faixa(cliente.empresa, scores[0].valor) if scores else None,
        abertas=abertas,
        do_biro=sum(r.valor for r in abertas),
        passadas=passadas[:LINHAS_NA_FICHA],
        pendencias=pendencias,
        a_vista=pendencias.dias_de_atraso > parametros_da_empresa.a_vista_depois_de,
        limite_de_atraso=parametros_da_empresa.a_vista_depois_de,
        planos=planos.select_related("dono").order_by("terminado_em", "prazo", "pk")[:LINHAS_NA_FICHA],
        pode_planejar=pode(request.user, Permissao.ABRIR_PLANOS),
    )


def _faixa(empresa: Empresa, valor: int) -> FaixaEmVigor | None:
    return FaixaEmVigor.objects.filter(empresa=empresa, minimo__lte=valor, maximo__gte=valor).first()


# ── O que a empresa decide ───────────────────────────────────────────────────


class FaixasInput(forms.Widget):
    """As faixas como um valor só, lidas das linhas da página: as de duas pessoas não se misturam."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        linhas = ((data.get(f"faixa-{i}-nome", ""), data.get(f"faixa-{i}-minimo", "")) for i in LINHAS)
        return [_faixa_em_texto(nome.strip(), minimo.strip()) for nome, minimo in linhas if nome or minimo]

    def format_value(self, value: Any) -> Any:
        return value or []


class ParametrosForm(ComVersao, forms.ModelForm):  # type: ignore[type-arg]
    faixas = forms.Field(label="Faixas de score", required=False, widget=FaixasInput)

    class Meta:
        model = ParametrosDeCredito
        fields = ("a_vista_depois_de", "concentracao", "reabordar_por")

    def __init__(self, *args: Any, faixas: list[FaixaEmVigor], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.em_vigor = faixas
        self.fields["faixas"].initial = [_faixa_em_texto(f.nome, f.minimo) for f in faixas]

    def _repor(self, chave: str, textos: list[str]) -> None:
        if chave != "faixas":
            return super()._repor(chave, textos)
        dados: Any = self.data
        for i in LINHAS:
            faixa = self.em_vigor[i] if i < len(self.em_vigor) else None
            dados[f"faixa-{i}-nome"] = faixa.nome if faixa else ""
            dados[f"faixa-{i}-minimo"] = str(faixa.minimo) if faixa else ""

    def clean(self) -> dict[str, Any]:
        """As faixas se conferem, e se gravam, pelas linhas."""
        dados: dict[str, Any] = super().clean() or {}
        dados.pop("faixas", None)
        return dados


def _faixa_em_texto(nome: str, minimo: int | str) -> str:
    return f"{nome}: de {minimo}"


class FaixaForm(forms.Form):
    nome = forms.CharField(label="Nome", max_length=30, required=False)
    minimo = forms.IntegerField(label="A partir de", min_value=0, max_value=1000, required=False)

    def clean(self) -> dict[str, Any]:
        dados = super().clean() or {}
        if bool(dados.get("nome")) != (dados.get("minimo") is not None) and not self.errors:
            raise forms.ValidationError("Dê o nome e o começo da faixa, ou deixe a linha inteira em branco.")
        return dados


Faixas = forms.formset_factory(FaixaForm, extra=0, max_num=credito.FAIXAS_MAXIMAS, validate_max=True)


@exige(Permissao.CONFIGURAR_CREDITO)
@com_empresa
@uma_por_vez()
def configurar(request: HttpRequest, empresa: Empresa) -> HttpResponse:
    """As faixas e os limites: tudo numa página, gravado de uma vez."""
    atuais = FaixaEmVigor.objects.filter(empresa=empresa).order_by("minimo")
    iniciais = [{"nome": f.nome, "minimo": f.minimo} for f in atuais]
    iniciais += [{}] * (credito.FAIXAS_MAXIMAS - len(iniciais))
    form = ParametrosForm(request.POST or None, instance=ParametrosDeCredito.da(empresa), faixas=list(atuais))
    valido = form.is_valid()  # pode pôr nos dados as faixas de agora
    faixas = Faixas(form.data if form.is_bound else None, prefix="faixa", initial=iniciais)
    erro = ""
    if valido and faixas.is_valid():
        escolhidas = [(f["minimo"], f["nome"]) for f in faixas.cleaned_data if f.get("nome")]
        try:
            mudou = credito.salvar_faixas(empresa=empresa, faixas=escolhidas, por=request.user)
        except credito.FaixasInvalidas as recusa:
            erro = str(recusa)
        else:
            mudou |= credito.salvar_parametros(empresa=empresa, por=request.user, **form.cleaned_data)
            messages.success(request, "Salvo: a tela de crédito já usa." if mudou else "Nada mudou.")
            return redirect(f"{reverse('credito:configurar')}?empresa={empresa.pk}")
    contexto = {
        "form": form,
        "faixas": faixas,
        "erro": erro,
        "empresa": empresa,
        "empresas": list(Referencias.de(request.user).empresas.values()),
        "administra_tudo": administra_tudo(request.user),
    }
    return render(
        request, "credito/configurar.html", contexto, status=422 if request.method == "POST" else 200
    )


urlpatterns = [path("", painel, name="painel"), path("configurar/", configurar, name="configurar")]
da_ficha = [path("<int:pk>/credito/", na_ficha, name="credito")]
