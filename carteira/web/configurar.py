"""A página Configurar atividade inteira: o que ela mostra, e como volta quando um dos formulários é recusado."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from atividade.grupos_rfv import ACAO as GRUPOS_RFV
from atividade.grupos_rfv import escrito
from atividade.limiares import RegraEmVigor
from atividade.parametros import ACOES, mudancas_de, parametros_de
from atividade.previa import Rascunho
from atividade.regras_salvas import historico
from atividade.rfv import GRUPOS
from atividade.rotulos import ACAO as ROTULOS
from atividade.rotulos import DE_FABRICA
from carteira.recalculos import RECALCULO
from carteira.web.formularios_de_atividade import (
    MotivoForm,
    ParametrosForm,
    RegraForm,
    RotulosForm,
    SituacoesForm,
    limites_iniciais,
)
from carteira.web.limites import (
    contexto_da_previa,
    contexto_do_histograma,
    presets_da_tela,
    segmentos_da_tela,
)
from carteira.web.niveis import administra_tudo
from contas.escopo import empresas_de
from contas.models import Empresa, RegistroDeAuditoria

MUDANCAS_NA_TELA = 5


def mostrar(
    request: HttpRequest,
    empresa: Empresa,
    geral: RegraEmVigor,
    *,
    form: RegraForm,
    codigo: int = 200,
    **outros: Any,
) -> HttpResponse:
    contexto = {
        "empresa": empresa,
        "empresas": list(empresas_de(request.user)),
        "geral": geral,
        "form": form,
        "presets": presets_da_tela(),
        "segmentos": segmentos_da_tela(empresa),
        "historico": historico(empresa),
        "administra_tudo": administra_tudo(request.user),
        "parametros_form": ParametrosForm(instance=parametros_de(empresa), auto_id="id_parametros_%s"),
        "situacoes_form": SituacoesForm.da_empresa(empresa),
        "rotulos_form": RotulosForm(rotulos=parametros_de(empresa).rotulos, auto_id="id_rotulos_%s"),
        "iniciais": limites_iniciais(geral.regra),
        "andamento": andamento_de(empresa),
        "motivo_form": MotivoForm(auto_id="id_herdar_%s"),
        "mudancas_de_parametros": mudancas_de_parametros(empresa),
        **contexto_do_histograma(empresa, geral, form),
        **contexto_da_previa(Rascunho(empresa, None), form),
        **outros,
    }
    return render(request, "atividade/configurar.html", contexto, status=codigo)


def andamento_de(empresa: Empresa) -> dict[str, Any]:
    """O último recálculo pedido: andando, feito ou falho."""
    execucao = empresa.execucoes.filter(rotina=RECALCULO).order_by("-referencia").first()
    estado = execucao.estado if execucao else ""
    return {"andando": estado in {"pendente", "rodando"}, "falhou": estado == "falhou", "execucao": execucao}


def mudancas_de_parametros(empresa: Empresa) -> list[dict[str, Any]]:
    """As últimas mudanças de janelas, situações e nomes, cada campo com o nome que a tela lhe dá."""
    linhas = []
    for acao in ACOES:
        for n, registro in enumerate(mudancas_de(empresa, acao).select_related("por")[:MUDANCAS_NA_TELA]):
            motivo = (registro.depois or {}).get("motivo", "")
            linhas.append(
                {"registro": registro, "campos": _campos(registro), "motivo": motivo, "ultima": n == 0}
            )
    return sorted(linhas, key=lambda linha: linha["registro"].em, reverse=True)


def _campos(registro: RegistroDeAuditoria) -> list[tuple[str, str, str]]:
    antes, depois = registro.antes or {}, registro.depois or {}
    if registro.acao == ROTULOS:
        antes, depois = antes["rotulos"], depois["rotulos"]
        chaves = [c for c in DE_FABRICA if antes.get(c) != depois.get(c)]
        return [
            (
                DE_FABRICA[c]["um"],
                (antes.get(c) or DE_FABRICA[c])["um"],
                (depois.get(c) or DE_FABRICA[c])["um"],
            )
            for c in chaves
        ]
    if registro.acao == GRUPOS_RFV:
        antes, depois = antes["grupos"], depois["grupos"]
        return [
            (g.nome, _faixas(antes.get(g.chave) or escrito(g)), _faixas(depois.get(g.chave) or escrito(g)))
            for g in GRUPOS
            if antes.get(g.chave) != depois.get(g.chave)
        ]
    rotulos = ParametrosForm.Meta.labels | {"contam": "Contam como compra"}
    return [(nome, _dito(antes[c]), _dito(depois.get(c))) for c, nome in rotulos.items() if c in antes]


def _dito(valor: Any) -> str:
    return ", ".join(valor) if isinstance(valor, list) else str(valor).replace(".", ",")


def _faixas(grupo: dict[str, Any]) -> str:
    """O grupo em uma linha: "Campeões, R 4 a 5, F 4 a 5, V 4 a 5"."""
    return ", ".join([grupo["nome"], *(f"{n.upper()} {grupo[n][0]} a {grupo[n][1]}" for n in "rfv")])
