"""Probabilidade: o que a história da empresa ensinou, e quanto do que se disse se cumpriu."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from atividade.models import AjusteDeProbabilidade, EstadoDaExecucao
from atividade.prioridade import HORIZONTE
from atividade.probabilidade.calibracao import MINIMO_DE_LINHAS
from atividade.probabilidade.formulas import Modelo
from atividade.probabilidade.mensal import ajuste_em_vigor
from carteira.probabilidades import PROBABILIDADE, pedir_ajuste
from carteira.web.acesso import exige
from carteira.web.limites import com_empresa
from contas.escopo import empresas_de
from contas.models import Empresa
from contas.papeis import Permissao

META_DO_ERRO, META_DO_GANHO = 0.05, 0.14
MESES_NA_TELA = 12


@exige(Permissao.CONFIGURAR_ATIVIDADE)
@com_empresa
def pagina(request: HttpRequest, *, empresa: Empresa) -> HttpResponse:
    ajuste = ajuste_em_vigor(empresa)
    contexto: dict[str, Any] = {
        "empresa": empresa,
        "empresas": list(empresas_de(request.user)),
        "ajuste": ajuste,
        "andamento": _andamento(empresa),
        "horizonte": HORIZONTE,
        "minimo": MINIMO_DE_LINHAS,
    }
    if ajuste is not None:
        contexto |= _do_ajuste(ajuste)
    return render(request, "probabilidade/pagina.html", contexto)


def _andamento(empresa: Empresa) -> dict[str, Any]:
    """O último ajuste pedido: andando ou falho."""
    execucao = empresa.execucoes.filter(rotina=PROBABILIDADE).order_by("-referencia").first()
    estado = execucao.estado if execucao else ""
    abertos = {EstadoDaExecucao.PENDENTE, EstadoDaExecucao.RODANDO}
    return {"andando": estado in abertos, "falhou": estado == EstadoDaExecucao.FALHOU}


def _do_ajuste(ajuste: AjusteDeProbabilidade) -> dict[str, Any]:
    provas = [_prova(ajuste, "p", "Chance da fila"), _prova(ajuste, "modelo", _nome_da_prova(ajuste))]
    corte = date.fromisoformat(ajuste.prova["corte"]) if ajuste.prova else None
    return {
        "provas": [prova for prova in provas if prova],
        "da_fila": provas[0],
        "corte": corte,
        "modelo_escolhido": Modelo(ajuste.modelo).nome if ajuste.modelo else "",
        "dito_do_modelo": "o mais verossímil de três" if ajuste.modelo else "nenhum ajuste aceito",
        "dito_das_linhas": "só estimativa" if ajuste.estimativa else "janelas de 90 dias já fechadas",
        "meses": AjusteDeProbabilidade.objects.filter(empresa=ajuste.empresa_id)[:MESES_NA_TELA],
    }


def _nome_da_prova(ajuste: AjusteDeProbabilidade) -> str:
    modelo = ajuste.prova.get("modelo_da_prova", "")
    return Modelo(modelo).nome if modelo else ""


def _prova(ajuste: AjusteDeProbabilidade, chave: str, nome: str) -> dict[str, Any] | None:
    """Uma prova como a tela a lê, em %, com as metas já comparadas."""
    prova = ajuste.prova.get(chave)
    if prova is None:
        return None
    return {
        **prova,
        "nome": nome,
        "erro_em_pontos": prova["erro"] * 100,
        "acontecido_em_pontos": prova["acontecido"] * 100,
        "dito_do_erro": _dito(prova["erro"] <= META_DO_ERRO, "até 5%"),
        "dito_do_ganho": _dito((prova["ganho"] or 0) >= META_DO_GANHO, "0,14 ou mais"),
        "linhas_da_tabela": [_faixa(faixa) for faixa in prova["faixas"]],
    }


def _dito(alcancada: bool, meta: str) -> str:
    return f"dentro da meta: {meta}" if alcancada else f"fora da meta: {meta}"


def _faixa(faixa: dict[str, Any]) -> dict[str, Any]:
    return {
        "de": faixa["faixa"] * 10,
        "ate": faixa["faixa"] * 10 + 10,
        "linhas": faixa["linhas"],
        "previsto": faixa["previsto"] * 100,
        "acontecido": faixa["acontecido"] * 100,
    }


@require_POST
@exige(Permissao.CONFIGURAR_ATIVIDADE)
@com_empresa
def ajustar(request: HttpRequest, *, empresa: Empresa) -> HttpResponse:
    """Pede outro ajuste, em segundo plano."""
    if empresa.referencia is None or empresa.consulta_passada:
        messages.error(
            request,
            "Antes é preciso uma carteira calculada na data de hoje: importe pedidos ou rode a rotina.",
        )
    else:
        pedir_ajuste(empresa=empresa, por=request.user)
        messages.success(
            request, f"Ajuste pedido às {timezone.localtime():%H:%M}: os números mudam em instantes."
        )
    return redirect(f"{reverse('probabilidade:pagina')}?empresa={empresa.pk}")


urlpatterns = [path("", pagina, name="pagina"), path("ajustar/", ajustar, name="ajustar")]
