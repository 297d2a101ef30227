"""O que Configurar atividade mostra: a empresa escolhida, o histograma, a prévia e as regras prontas."""

from dataclasses import replace
from datetime import date
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from atividade.ciclos import Distribuicao, ciclos_por_segmento, intervalos_por_cliente
from atividade.limiares import RegraEmVigor
from atividade.models import Indicadores
from atividade.previa import Rascunho, previa
from atividade.regras import MESES, PRESETS, Limites, Periodo, Regra, Status
from atividade.regras_salvas import regras_por_segmento
from atividade.rotulos import fixar
from carteira.ids import inteiro_entre
from carteira.web.formularios_de_atividade import LimitesForm, limites_iniciais
from contas.escopo import empresas_de
from contas.models import Empresa

DIAS_NO_MES = 30.4375
MESES_NA_ORDEM = tuple(
    (f"{n} meses", Regra(Periodo(n, MESES), Periodo(max(1, n // 3), MESES))) for n in (3, 6, 12)
)


def com_empresa(pagina: Any) -> Any:
    """A empresa vem da URL (`?empresa=`) ou é a primeira da pessoa; a de outros é 404."""

    @wraps(pagina)
    def achada(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        minhas = list(empresas_de(request.user))
        pedida = request.GET.get("empresa") or request.POST.get("empresa") or ""
        escolha = [e for e in minhas if str(e.pk) == pedida] if pedida else minhas[:1]
        if not escolha:
            return render(request, "404.html", status=404)
        fixar(escolha[0])
        return pagina(request, empresa=escolha[0], **kwargs)

    return achada


def em_dias(periodo: Periodo) -> int:
    """Onde o período cai no eixo do histograma."""
    return round(periodo.n * DIAS_NO_MES) if periodo.unidade == MESES else periodo.n


def hoje_da(empresa: Empresa) -> date:
    """A data em que as regras são lidas: a da carteira, ou hoje se uma regra já começou a valer."""
    return max(empresa.referencia or timezone.localdate(), timezone.localdate())


def endereco(empresa: Empresa) -> str:
    return f"{reverse('atividade:configurar')}?empresa={empresa.pk}"


# ── Regras prontas ───────────────────────────────────────────────────────────


def regras_prontas() -> list[tuple[str, Regra]]:
    return [*MESES_NA_ORDEM, *PRESETS]


def presets_da_tela() -> list[tuple[str, int, dict[str, Any]]]:
    """Nome, posição (para a URL) e os campos que cada uma preenche."""
    return [(nome, n, limites_iniciais(regra)) for n, (nome, regra) in enumerate(regras_prontas())]


def preset_pedido(request: HttpRequest, senao: Regra) -> Regra:
    """A regra que a URL pede, pronta ou por extenso: é assim que se experimenta sem JavaScript."""
    if "periodo_n" in request.GET:
        form = LimitesForm(request.GET)
        return form.cleaned_data["regra"] if form.is_valid() else senao
    prontas = regras_prontas()
    pedido = inteiro_entre(request.GET.get("preset", ""), 0, len(prontas) - 1)
    return senao if pedido is None else prontas[pedido][1]


def iniciais_pedidos(request: HttpRequest, em_vigor: Regra) -> dict[str, Any]:
    """Os campos da regra em vigor, ou da que a URL pede para experimentar, com o motivo dela."""
    motivo = request.GET.get("motivo", "")[:200]
    regra = preset_pedido(request, em_vigor)
    return limites_iniciais(regra) | {"vigente_desde": timezone.localdate(), "motivo": motivo}


def segmentos_da_tela(empresa: Empresa) -> list[tuple[Any, Any]]:
    ciclos = ciclos_por_segmento(empresa)
    linhas = [
        (regra, ciclos.get(regra.segmento.pk)) for regra in regras_por_segmento(empresa, hoje_da(empresa))
    ]
    return sorted(linhas, key=lambda par: -(par[1].clientes if par[1] else 0))


def _regra_do(form: LimitesForm, senao: Regra) -> Regra:
    """A regra digitada, se é regra; senão a que está em vigor, para o gráfico não sumir."""
    if form.is_bound:
        return (
            form.cleaned_data.get("regra") or senao
            if form.is_valid() or hasattr(form, "cleaned_data")
            else senao
        )
    inicial = LimitesForm(form.initial)
    return inicial.cleaned_data["regra"] if inicial.is_valid() else senao


def contexto_do_histograma(empresa: Empresa, geral: RegraEmVigor, form: LimitesForm) -> dict[str, Any]:
    distribuicao = intervalos_por_cliente(empresa)
    regra = _regra_do(form, geral.regra)
    inativo = em_dias(regra.periodo)
    em_vigor = em_dias(geral.regra.periodo)
    escala = _escala(distribuicao, inativo, em_vigor)
    return {
        "distribuicao": distribuicao,
        "faixas": distribuicao.faixas(escala) if distribuicao.clientes else [],
        "acumulado": distribuicao.acumulado(escala),
        "mediana": distribuicao.dias_para(50),
        "oitenta": distribuicao.dias_para(80),
        "quase_dias": inativo - em_dias(regra.antecedencia),
        "inativo_dias": inativo,
        "em_vigor_dias": (em_vigor - em_dias(geral.regra.antecedencia), em_vigor),
    }


def _escala(distribuicao: Distribuicao, *limites: int) -> int:
    """O eixo mostra os limites com folga e quase todos os clientes, em dezenas redondas."""
    quase_todos = distribuicao.dias_para(98) or 0
    alvo = max(*(n * 4 // 3 for n in limites), min(quase_todos, 2 * max(limites)), 60)
    return -(-alvo // 30) * 30


# ── Prévia ───────────────────────────────────────────────────────────────────


def contexto_da_previa(nivel: Rascunho, form: LimitesForm) -> dict[str, Any]:
    """O que a regra do formulário mudaria neste nível; com ela errada, só as frases do erro."""
    limites = LimitesForm(form.data if form.is_bound else form.initial)
    valida = limites.is_valid()
    contexto: dict[str, Any] = {
        "recusas": [] if valida else _frases(limites),
        "segmento_da_previa": nivel.segmento,
    }
    referencia = nivel.empresa.referencia
    if not valida or referencia is None:
        return contexto
    rascunho = replace(nivel, regra=limites.cleaned_data["regra"])
    resultado = previa(rascunho, referencia=referencia, data=hoje_da(nivel.empresa))
    consulta = _nivel_na_url(nivel) | {campo: limites[campo].value() or "" for campo in limites.fields}
    elo = f"{reverse('atividade:previa_clientes')}?{urlencode(consulta)}"
    return contexto | {
        "previa": resultado,
        "limite_de_alertas": resultado.alertas_por_vendedor,
        "regra_da_previa": rascunho.regra,
        "datas_do_cliente": _datas(rascunho),
        "movimentos": [(m, f"{elo}&de={m.de}&para={m.para}") for m in resultado.movimentos],
        "na_conta": [
            (s.value, resultado.depois.get(s, 0))
            for s in (Status.ATIVO, Status.QUASE_INATIVO, Status.INATIVO)
        ],
        "alertas_antes": resultado.antes.get(Status.QUASE_INATIVO, 0),
        "alertas_depois": resultado.depois.get(Status.QUASE_INATIVO, 0),
    }


def _nivel_na_url(nivel: Rascunho) -> dict[str, Any]:
    alvo = {"segmento": nivel.segmento, "cliente": nivel.cliente}
    consulta = {"empresa": nivel.empresa.pk, **{nome: x.pk for nome, x in alvo.items() if x}}
    return consulta | ({"instalacao": 1} if nivel.instalacao else {})


def _datas(rascunho: Rascunho) -> Limites | None:
    """De um cliente só, quando ele mudaria de situação."""
    if rascunho.cliente is None or rascunho.regra is None:
        return None
    ind = Indicadores.objects.get(pk=rascunho.cliente.pk)
    if ind.ultima_compra is None:
        return None
    return rascunho.regra.limites(ind.ultima_compra, ind.intervalo_mediano_dias, ind.dias_de_compra)


def _frases(form: LimitesForm) -> list[str]:
    """Cada recusa uma vez, com o nome do campo quando é de um campo."""
    frases = []
    for campo, erros in form.errors.items():
        rotulo = "" if campo == "__all__" else f"{form.fields[campo].label}: "
        frases += [f"{rotulo}{erro}" for erro in erros]
    return frases
