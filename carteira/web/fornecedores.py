"""Fornecedores, só para quem vê crédito: a lista, a página de um, a edição e o que a LGPD pede."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from carteira.lgpd import AnonimizacaoRecusada
from carteira.lgpd_do_fornecedor import anonimizar, clientes_vistos, frase_de, previa, relatorio_do_fornecedor
from carteira.pasta_guardados import o_que_ficou
from carteira.web.acesso import exige
from carteira.web.chips import Chip, Opcao
from carteira.web.formularios_da_lgpd import AnonimizarForm
from carteira.web.formularios_de_cliente import ComDocumento
from carteira.web.lgpd_titular import entregar
from carteira.web.relatorios_arquivos import dos_arquivos
from carteira.web.relatorios_filtros import chips_do_relatorio, como_consulta, sem
from carteira.web.relatorios_pedido import achar, consulta_de, elo
from carteira.web.uma_por_vez import uma_por_vez
from clientes import fornecedores as regras
from clientes.models import FaixaEmVigor, Fornecedor, MudancaDoFornecedor
from clientes.models.fornecedor import frase_da_mudanca
from contas.papeis import Permissao, pode
from relatorios.papel import LINHAS_POR_PARTE, MAXIMO_NO_PAPEL
from relatorios.pedido import Pedido, ler_pedido
from relatorios.tabela import Tabela

CHAVE = "fornecedores"
LINHAS_POR_PAGINA = 50
LINHAS_NA_FICHA = 12
_COLUNAS = ("nome", "score", "restricoes", "valor", "mudou_em")


@exige(Permissao.VER_CREDITO)
@require_GET
def lista(request: HttpRequest) -> HttpResponse:
    relatorio = achar(request, CHAVE)
    pedido = ler_pedido(relatorio, request.user, consulta_de(request))
    tabela = Tabela(relatorio, request.user, pedido)
    pagina = Paginator(tabela.em_ordem, LINHAS_POR_PAGINA).get_page(request.GET.get("pagina"))
    vistos = Fornecedor.objects.visiveis_para(request.user).filter(empresa__in=pedido.empresas)
    quantos = regras.resumo(vistos, timezone.localdate())
    empresas = [e.pk for e in pedido.empresas]
    posicoes = regras.posicoes_das_faixas(empresas)
    for fornecedor in pagina.object_list:
        fornecedor.posicao = posicoes.get((fornecedor.empresa_id, fornecedor.faixa), "")
        fornecedor.dito = frase_da_mudanca(**fornecedor.mudanca) if fornecedor.mudanca else ""
    contexto = {
        "pagina": pagina,
        "quantos": quantos,
        "kpis": _kpis(quantos, request.GET.getlist("empresa")),
        "cabecalhos": [_cabecalho(request, tabela, chave) for chave in _COLUNAS],
        "chips": [
            *(_sem_o_padrao(c, request) for c in chips_do_relatorio(relatorio, request.user, pedido, request.GET)),
            _chip_da_faixa(request, pedido, list(dict.fromkeys(nome for _, nome in posicoes))),
        ],
        "filtrada": any(request.GET.get(n) for n in ("empresa", "busca", "faixa", "restricao", "mudou", "cadastro")),
        "sem_filtros": reverse("fornecedores:lista"),
        "busca": " ".join(pedido.proprios["busca"]),
        "resto": [(k, v) for k, vs in sem(request.GET, "busca", "pagina").lists() for v in vs],
        "varias_empresas": len(pedido.empresas) > 1,
        "pode_importar": pode(request.user, Permissao.IMPORTAR),
        "elo_agendar": elo("agendar", relatorio, tabela),
        "elo_gerar": elo("gerar", relatorio, tabela),
        "papel_demais": tabela.quantas > MAXIMO_NO_PAPEL,
        "limite_do_papel": MAXIMO_NO_PAPEL,
        "papel_em_partes": tabela.quantas > LINHAS_POR_PARTE,
        "linhas_por_parte": LINHAS_POR_PARTE,
        "exportacoes": [(f.upper(), elo("planilha", relatorio, tabela, formato=f)) for f in ("csv", "xlsx")],
    }  # fmt: skip
    return render(request, "fornecedores/lista.html", contexto | dos_arquivos(request))


def _kpis(quantos: dict[str, int], empresas: list[str]) -> list[tuple[str, int, str, str]]:
    """(o que é, quantos, o filtro que os mostra na mesma empresa, o que dizer embaixo)."""
    da_empresa = "".join(f"&{urlencode({'empresa': e})}" for e in empresas)
    ditos = [
        ("Fornecedores", quantos["todos"], "cadastro=todos", "fora das contas de clientes"),
        ("Com restrição em aberto", quantos["restritos"], "restricao=com&cadastro=todos", "no birô, hoje"),
        ("Pioraram", quantos["pioraram"], "mudou=piorou&cadastro=todos", "nos últimos 30 dias"),
        ("Melhoraram", quantos["melhoraram"], "mudou=melhorou&cadastro=todos", "nos últimos 30 dias"),
    ]
    return [(nome, n, filtro + da_empresa, embaixo) for nome, n, filtro, embaixo in ditos]


def _cabecalho(request: HttpRequest, tabela: Tabela, chave: str) -> dict[str, Any]:
    """Um clique ordena (números e datas do maior para o menor); o segundo inverte."""
    coluna = next(c for c in tabela.colunas if c.chave == chave)
    atual, desce = tabela.ordenada_por
    minha = atual is not None and atual.chave == chave
    desceria = not desce if minha else coluna.numerica or coluna.tipo == "data"
    consulta = sem(request.GET, "pagina")
    consulta["ordem"] = f"{'-' if desceria else ''}{chave}"
    sentido = ("descending" if desce else "ascending") if minha else ""
    return {"coluna": coluna, "url": f"?{consulta.urlencode()}", "sentido": sentido}


def _sem_o_padrao(chip: Chip, request: HttpRequest) -> Chip:
    """O que vale sem ninguém ter pedido não parece um filtro ligado."""
    return chip if request.GET.get(chip.nome) else replace(chip, valor="")


def _chip_da_faixa(request: HttpRequest, pedido: Pedido, nomes: list[str]) -> Chip:
    """Um menu, em que uma faixa troca a outra."""
    ligadas = pedido.proprios["faixa"]
    consulta = sem(request.GET, "pagina", "faixa")

    def url(nome: str) -> str:
        return f"?{como_consulta(dict(consulta.lists()) | {'faixa': [nome]}).urlencode()}"

    opcoes = [Opcao(nome, url(nome), nome in ligadas) for nome in nomes]
    return Chip("faixa", "Faixa de score", opcoes, ", ".join(ligadas), f"?{consulta.urlencode()}")


# ── Um fornecedor ────────────────────────────────────────────────────────────


def _visivel(request: HttpRequest, pk: int) -> Fornecedor:
    """O fornecedor, se a pessoa o vê; senão 404, como se não existisse."""
    vistos = Fornecedor.objects.visiveis_para(request.user).select_related("empresa")
    return get_object_or_404(vistos, pk=pk)


@exige(Permissao.VER_CREDITO)
@require_GET
def ficha(request: HttpRequest, pk: int) -> HttpResponse:
    fornecedor, hoje = _visivel(request, pk), timezone.localdate()
    scores = list(fornecedor.scores.all())
    restricoes = list(fornecedor.restricoes.all())
    faixas = list(FaixaEmVigor.objects.filter(empresa=fornecedor.empresa_id).order_by("minimo"))
    abertas = [r for r in restricoes if r.restringe and r.aberta_no(hoje)]
    eventos = [r for r in restricoes if not r.restringe]
    faixa = next((f for f in faixas if scores and f.minimo <= scores[0].valor <= f.maximo), None)
    contexto = {
        "fornecedor": fornecedor,
        "scores": scores[:LINHAS_NA_FICHA],
        "todos_os_scores": scores,
        "faixas": faixas,
        "faixa": faixa,
        "posicao": regras.posicao_de(faixa, faixas),
        "abertas": abertas,
        "valor_aberto": sum(r.valor for r in abertas),
        "baixadas": [r for r in restricoes if r.restringe and r not in abertas],
        "eventos": eventos,
        "mudancas": MudancaDoFornecedor.objects.filter(fornecedor=pk, em__lte=hoje)[:LINHAS_NA_FICHA],
        "pode_editar": pode(request.user, Permissao.IMPORTAR) and not fornecedor.anonimizado_em,
        "cuida": pode(request.user, Permissao.CUIDAR_DE_TITULARES),
    }
    return render(request, "fornecedores/ficha.html", contexto)


class FornecedorForm(ComDocumento, forms.ModelForm):  # type: ignore[type-arg]
    email = forms.EmailField(label="E-mail", required=False)
    observacao = forms.CharField(
        label="Observação", max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )  # o mesmo que o arquivo aceita

    class Meta:
        model = Fornecedor
        fields = regras.EDITAVEIS
        help_texts = {"ativo": "O inativo sai da lista de sempre; a história do crédito fica."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.mascarar()

    def mudancas(self) -> dict[str, Any]:
        return {nome: self.cleaned_data[nome] for nome in self.changed_data}


@exige(Permissao.VER_CREDITO, Permissao.IMPORTAR)
@uma_por_vez(Fornecedor, sem_chave=True)
def editar(request: HttpRequest, pk: int) -> HttpResponse:
    """Só quem administra os dados muda o cadastro; o crédito só muda por arquivo."""
    fornecedor = _visivel(request, pk)
    nome = fornecedor.nome
    form = FornecedorForm(request.POST or None, instance=fornecedor)
    if request.method == "POST" and form.is_valid():
        try:
            mudados = regras.editar(fornecedor=fornecedor, mudancas=form.mudancas(), por=request.user)
        except regras.FornecedorInvalido as recusa:
            form.add_error(None, str(recusa))
        else:
            messages.success(request, "Cadastro salvo." if mudados else "Nada mudou.")
            return redirect("fornecedores:ficha", pk)
    contexto = {"pk": pk, "nome": nome, "form": form}
    return render(request, "fornecedores/editar.html", contexto, status=422 if form.is_bound else 200)


# ── LGPD ─────────────────────────────────────────────────────────────────────


@exige(Permissao.CUIDAR_DE_TITULARES)
@require_GET
def relatorio(request: HttpRequest, pk: int) -> HttpResponse:
    """Tudo o que há sobre ele, para entregar a ele; fica na auditoria quem o tirou."""
    fornecedor = _visivel(request, pk)
    return entregar(
        request,
        lambda: relatorio_do_fornecedor(fornecedor, request.user),
        nome=f"dados-do-fornecedor-{pk}",
        objeto=regras.rotulo(fornecedor),
        alvo=fornecedor,
        volta=redirect("fornecedores:ficha", pk),
    )


@exige(Permissao.CUIDAR_DE_TITULARES)
def esquecer(request: HttpRequest, pk: int) -> HttpResponse:
    """A prévia do que sai; só com a frase digitada se faz, e não tem volta."""
    fornecedor = _visivel(request, pk)
    if fornecedor.anonimizado_em:
        messages.info(request, "Este cadastro já foi anonimizado.")
        return redirect("fornecedores:ficha", pk)
    form = AnonimizarForm(request.POST or None, frase=frase_de(fornecedor))
    if request.method == "POST" and form.is_valid():
        try:
            anonimizar(fornecedor=fornecedor, motivo=form.cleaned_data["motivo"], por=request.user)
        except AnonimizacaoRecusada as erro:
            form.add_error(None, str(erro))
        else:
            messages.success(request, "Anonimizado: quem era, não se sabe mais.")
            if ficou := o_que_ficou(fornecedor.empresa):
                messages.warning(request, ficou)
            return redirect("fornecedores:ficha", pk)
    contexto = {
        "fornecedor": fornecedor,
        "form": form,
        "frase": frase_de(fornecedor),
        "previa": previa(fornecedor),
        "tambem_cliente": regras.como_cliente(fornecedor).exists(),
        "clientes": clientes_vistos(fornecedor, request.user),
    }
    return render(request, "fornecedores/anonimizar.html", contexto, status=422 if form.errors else 200)


urlpatterns = [
    path("", lista, name="lista"),
    path("<int:pk>/", ficha, name="ficha"),
    path("<int:pk>/editar/", editar, name="editar"),
    path("<int:pk>/relatorio/", relatorio, name="relatorio"),
    path("<int:pk>/anonimizar/", esquecer, name="anonimizar"),
]
