"""Importar: enviar, ligar colunas, conferir e concluir. Nada é gravado antes da última etapa."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from carteira import importacoes
from carteira.formatos import numero, plural
from carteira.recalculos import pedir_recalculo
from carteira.web import importacao_desfazer, importacao_mapeamentos
from carteira.web.acesso import exige
from carteira.web.importacao_campos import (
    colunas_do_formulario,
    escolher_mapeamento,
    mapeamentos_para,
    opcoes_de_campo,
    problema_das_colunas,
    problema_do_periodo,
)
from clientes.importacao.desfazer import por_que_nao
from clientes.importacao.recusa import ArquivoRecusado
from clientes.importacao.situacoes import Vocabulario
from clientes.importacao.tipos import TIPOS
from clientes.models import Cliente, EstadoDaImportacao, Importacao, TipoDeImportacao
from contas.escopo import empresas_de
from contas.models import Empresa
from contas.papeis import Permissao

ETAPAS = ["Enviar", "Ligar colunas", "Conferir", "Concluir"]
_RECENTES = 8


class EnviarForm(forms.Form):
    tipo = forms.ChoiceField(
        label="O que tem no arquivo",
        choices=TipoDeImportacao.choices,
        widget=forms.RadioSelect,
    )
    empresa = forms.ModelChoiceField(label="Empresa", queryset=Empresa.objects.none(), empty_label=None)
    arquivo = forms.FileField(
        label="Arquivo", error_messages={"required": "Escolha um arquivo.", "empty": "O arquivo está vazio."}
    )

    def __init__(self, *args: Any, empresas: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["empresa"].queryset = empresas  # type: ignore[attr-defined]
        self.fields["empresa"].initial = empresas.first()
        self.fields["tipo"].initial = _o_que_falta(empresas)
        self.fields["arquivo"].widget.attrs["accept"] = ".csv,.txt,.tsv,.xlsx"
        if len(empresas) == 1:
            self.fields["empresa"].widget = forms.HiddenInput()

    def clean_arquivo(self) -> UploadedFile:
        arquivo: UploadedFile = self.cleaned_data["arquivo"]
        if (arquivo.size or 0) > settings.IMPORTACAO_TAMANHO_MAXIMO:
            limite = settings.IMPORTACAO_TAMANHO_MAXIMO >> 20
            raise forms.ValidationError(
                f"O arquivo passa de {limite} MB: divida-o ou use manage.py importar."
            )
        return arquivo


def _o_que_falta(empresas: Any) -> str:
    """Sem clientes, um pedido não tem dono: os clientes vêm primeiro."""
    ha_clientes = Cliente.objects.filter(empresa__in=empresas).exists()
    return TipoDeImportacao.PEDIDOS if ha_clientes else TipoDeImportacao.CLIENTES


def _achar(request: HttpRequest, pk: int) -> Importacao:
    return get_object_or_404(importacoes.visiveis_para(request.user), pk=pk)


def _contexto(importacao: Importacao, atual: int, **mais: Any) -> dict[str, Any]:
    return {"importacao": importacao, "etapas": ETAPAS, "atual": atual, **mais}


@exige(Permissao.IMPORTAR)
@require_http_methods(["GET", "POST"])
def enviar(request: HttpRequest) -> HttpResponse:
    empresas = empresas_de(request.user).order_by("codigo")
    formulario = EnviarForm(request.POST or None, request.FILES or None, empresas=empresas)
    if request.method == "POST" and formulario.is_valid():
        dados = formulario.cleaned_data
        importacao = importacoes.receber(
            arquivo=dados["arquivo"], tipo=dados["tipo"], empresa=dados["empresa"], por=request.user
        )
        return redirect("importacao:colunas", importacao.pk)
    return render(
        request,
        "importacao/enviar.html",
        {
            "formulario": formulario,
            "etapas": ETAPAS,
            "atual": 1,
            "limite_mb": settings.IMPORTACAO_TAMANHO_MAXIMO >> 20,
            "recentes": importacoes.visiveis_para(request.user)[:_RECENTES],
            "leiautes": [(valor, rotulo, TIPOS[valor].leiaute) for valor, rotulo in TipoDeImportacao.choices],
        },
        status=422 if request.method == "POST" else 200,
    )


@exige(Permissao.IMPORTAR)
@require_GET
def modelo(request: HttpRequest, tipo: str) -> HttpResponse:
    """Um arquivo pronto para preencher, com acentos que o Excel abre certo."""
    return HttpResponse(
        f"\ufeff{TIPOS[tipo].modelo}",
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="modelo-{tipo}.csv"'},
    )


@exige(Permissao.IMPORTAR)
@require_GET
def abrir(request: HttpRequest, pk: int) -> HttpResponse:
    """A etapa em que a importação está."""
    importacao = _achar(request, pk)
    return redirect(f"importacao:{_etapa(importacao)}", pk)


def _etapa(importacao: Importacao) -> str:
    if importacao.estado == EstadoDaImportacao.ENVIADA:
        return "colunas"
    return "conferir" if importacao.estado in {"conferindo", "conferida"} else "pronto"


@exige(Permissao.IMPORTAR)
@require_http_methods(["GET", "POST"])
def colunas(request: HttpRequest, pk: int) -> HttpResponse:
    importacao = _achar(request, pk)
    if importacao.estado not in {EstadoDaImportacao.ENVIADA, EstadoDaImportacao.CONFERIDA}:
        return redirect("importacao:abrir", pk)
    try:
        analise = importacoes.analisar(importacao)
    except (ArquivoRecusado, OSError) as recusa:
        mensagem = (
            str(recusa)
            if isinstance(recusa, ArquivoRecusado)
            else "O arquivo não está mais guardado: envie de novo."
        )
        importacoes.recusar(importacao, mensagem)
        return redirect("importacao:pronto", pk)
    problema = analise.problema
    escolher_mapeamento(request, importacao, analise)
    if request.method == "POST":
        importacao.opcoes |= {
            "colunas": colunas_do_formulario(request, analise),
            "lembrar": "lembrar" in request.POST,
            "salvar_como": request.POST.get("salvar_como", "").strip()[:60],
            "completo": [request.POST.get(nome, "") for nome in ("completo_de", "completo_ate")],
        }
        problema = problema_das_colunas(importacao.opcoes["colunas"]) or problema_do_periodo(importacao)
        if not problema:
            analise = importacoes.analisar(importacao)
            problema = analise.problema
        if not problema:
            importacoes.pedir(importacao, EstadoDaImportacao.CONFERINDO)
            return redirect("importacao:conferir", pk)
    else:
        analise = importacoes.analisar(importacao)
    return render(
        request,
        "importacao/colunas.html",
        _contexto(
            importacao,
            2,
            analise=analise,
            problema=problema if request.method == "POST" else "",
            linhas=list(zip(analise.cabecalho, analise.exemplos, analise.campos, strict=True)),
            reconhecidas=sum(bool(c) for c in analise.campos),
            campos=opcoes_de_campo(importacao.tipo),
            mapeamentos=mapeamentos_para(importacao),
            escolhido=importacao.opcoes.get("mapeamento"),
            periodo=TIPOS[importacao.tipo].periodo,
            completo=importacao.opcoes.get("completo") or ["", ""],
            repetida=importacoes.mesma_de_antes(importacao),
        ),
        status=422 if request.method == "POST" else 200,
    )


@exige(Permissao.IMPORTAR)
@require_GET
def conferir(request: HttpRequest, pk: int) -> HttpResponse:
    importacao = _achar(request, pk)
    if importacao.estado not in {EstadoDaImportacao.CONFERINDO, EstadoDaImportacao.CONFERIDA}:
        return redirect("importacao:abrir", pk)
    rejeicoes = (importacao.resultado or {}).get("rejeicoes", [])
    tipo = TIPOS[importacao.tipo]
    return render(
        request,
        "importacao/conferir.html",
        _contexto(
            importacao,
            3,
            progresso=importacoes.progresso_de(importacao),
            palavras_novas=_palavras_desconhecidas(rejeicoes, tipo.vocabulario),
            vocabulario=tipo.vocabulario,
            nomes=tipo.nomes,
            somas=_somas(importacao),
            sumico=_sumico(importacao),
            tem_rejeitadas=bool(importacao.caminho) and importacoes.rejeitadas_de(importacao).exists(),
        ),
    )


def _somas(importacao: Importacao) -> dict[str, Any]:
    """Contagem, total e período como valores de verdade, para os filtros da página."""
    guardadas = (importacao.resultado or {}).get("somas") or {}
    if not guardadas.get("de"):
        return {}
    return {
        "linhas": guardadas["linhas"],
        "valor": Decimal(guardadas["valor"]),
        "de": date.fromisoformat(guardadas["de"]),
        "ate": date.fromisoformat(guardadas["ate"]),
    }


def _sumico(importacao: Importacao) -> dict[str, Any]:
    """O que o arquivo completo deixou de trazer, com o valor de verdade para os filtros da página."""
    guardado = (importacao.resultado or {}).get("desaparecidas")
    periodo = TIPOS[importacao.tipo].periodo
    if not guardado or periodo is None:
        return {}
    return {**guardado, "valor": Decimal(guardado["valor"]), "nomes": periodo.nomes}


def _palavras_desconhecidas(rejeicoes: list[dict[str, Any]], vocabulario: Vocabulario | None) -> list[str]:
    if not vocabulario:
        return []
    achadas = (r["valor"] for r in rejeicoes if r["motivo"].startswith(vocabulario.desconhecido))
    achadas = (palavra for palavra in achadas if palavra != importacoes.APAGADO)
    return list(dict.fromkeys(achadas))[:20]


@exige(Permissao.IMPORTAR)
@require_POST
def situacoes(request: HttpRequest, pk: int) -> HttpResponse:
    """O que cada situação (ou tipo) do ERP quer dizer: dito uma vez, lembrado para os próximos arquivos."""
    importacao = _achar(request, pk)
    vocabulario = TIPOS[importacao.tipo].vocabulario
    conhecidas = vocabulario.valores.values if vocabulario else []
    ditas = dict(importacao.opcoes.get("situacoes", {}))
    textos, destinos = request.POST.getlist("texto"), request.POST.getlist("destino")
    ditas |= {t: d for t, d in zip(textos, destinos, strict=False) if d in conhecidas}
    if importacao.estado == EstadoDaImportacao.CONFERIDA:
        importacoes.pedir(importacao, EstadoDaImportacao.CONFERINDO, situacoes=ditas)
    return redirect("importacao:conferir", pk)


@exige(Permissao.IMPORTAR)
@require_POST
def aplicar(request: HttpRequest, pk: int) -> HttpResponse:
    importacao = _achar(request, pk)
    if importacao.estado != EstadoDaImportacao.CONFERIDA:
        return redirect("importacao:abrir", pk)
    rejeitadas = (importacao.resultado or {}).get("rejeitadas", 0)
    if rejeitadas and "parcial" not in request.POST:
        quantas = f"{numero(rejeitadas)} {plural(rejeitadas, 'linha,linhas')} com erro"
        messages.error(request, f"Há {quantas}: confirme o que fica de fora.")
        return redirect("importacao:conferir", pk)
    sumico = (importacao.resultado or {}).get("desaparecidas") or {}
    if sumico.get("excessivo") and _so_digitos(request.POST.get("sumico", "")) != str(sumico["quantas"]):
        messages.error(
            request, f"Para confirmar, digite quantos deixaram de vir: {numero(sumico['quantas'])}."
        )
        return redirect("importacao:conferir", pk)
    importacao.por = request.user  # type: ignore[assignment]
    importacao.save(update_fields=["por"])
    importacoes.pedir(
        importacao,
        EstadoDaImportacao.APLICANDO,
        parcial=bool(rejeitadas),
        sumico_confirmado=sumico.get("quantas"),
    )
    return redirect("importacao:pronto", pk)


def _so_digitos(texto: str) -> str:
    return "".join(c for c in texto if c.isdigit())


@exige(Permissao.IMPORTAR)
@require_GET
def pronto(request: HttpRequest, pk: int) -> HttpResponse:
    importacao = _achar(request, pk)
    if _etapa(importacao) != "pronto":
        return redirect("importacao:abrir", pk)
    recusada = importacao.estado in {EstadoDaImportacao.RECUSADA, EstadoDaImportacao.FALHOU}
    contexto = _contexto(
        importacao,
        _onde_parou(importacao)
        if recusada
        else 4
        if importacao.estado == EstadoDaImportacao.APLICANDO
        else 5,
        parou=recusada,
        sumico=_sumico(importacao),
        pode_desfazer=not por_que_nao(importacao, agora=timezone.now()),
        desfeita=(importacao.resultado or {}).get("desfeita"),
        progresso=importacoes.progresso_de(importacao),
        recalcula=TIPOS[importacao.tipo].recalcula,
        tem_rejeitadas=bool(importacao.caminho) and importacoes.rejeitadas_de(importacao).exists(),
    )
    return render(request, "importacao/pronto.html", contexto)


def _onde_parou(importacao: Importacao) -> int:
    """A recusada não chegou a concluir: parou ao ligar as colunas, ou ao conferir."""
    return 3 if "colunas" in importacao.opcoes else 2


@exige(Permissao.IMPORTAR)
@require_GET
def andamento(request: HttpRequest, pk: int) -> HttpResponse:
    """O pedaço que a página pergunta a cada segundo: uma linha do banco e uma chave do cache."""
    importacao = _achar(request, pk)
    if importacao.estado not in importacoes.EM_ANDAMENTO:
        return HttpResponseClientRedirect(reverse(f"importacao:{_etapa(importacao)}", args=[pk]))
    return render(
        request,
        "importacao/_andamento.html",
        {"importacao": importacao, "progresso": importacoes.progresso_de(importacao)},
    )


@exige(Permissao.IMPORTAR)
@require_GET
def rejeitadas(request: HttpRequest, pk: int) -> FileResponse:
    importacao = _achar(request, pk)
    caminho = importacoes.rejeitadas_de(importacao)
    if not importacao.caminho or not caminho.exists():
        raise Http404
    nome = importacao.nome_do_arquivo.rsplit(".", 1)[0]
    return FileResponse(
        caminho.open("rb"),
        as_attachment=True,
        filename=f"{nome}-rejeitadas.csv",
        content_type="text/csv; charset=utf-8",
    )


@exige(Permissao.IMPORTAR)
@require_POST
def recalcular(request: HttpRequest, pk: int) -> HttpResponse:
    importacao = _achar(request, pk)
    pedir_recalculo(empresa=importacao.empresa, por=request.user)
    messages.success(request, "O recálculo começou: a carteira se atualiza em instantes.")
    return redirect("importacao:pronto", pk)


urlpatterns = [
    path("", enviar, name="enviar"),
    *(path(f"modelos/{tipo}.csv", modelo, {"tipo": tipo}, name="modelo") for tipo in TIPOS),
    path("<int:pk>/", abrir, name="abrir"),
    path("<int:pk>/colunas/", colunas, name="colunas"),
    path("<int:pk>/conferir/", conferir, name="conferir"),
    path("<int:pk>/situacoes/", situacoes, name="situacoes"),
    path("<int:pk>/aplicar/", aplicar, name="aplicar"),
    path("<int:pk>/pronto/", pronto, name="pronto"),
    path("<int:pk>/andamento/", andamento, name="andamento"),
    path("<int:pk>/rejeitadas/", rejeitadas, name="rejeitadas"),
    path("<int:pk>/recalcular/", recalcular, name="recalcular"),
    *importacao_desfazer.urlpatterns,
    *importacao_mapeamentos.urlpatterns,
]
