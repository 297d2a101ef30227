"""Operação: o estado da instalação e o que fazer; e todas as rodadas, com o que cada uma fez."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from atividade.models import EstadoDaExecucao, Execucao
from carteira.horario import vaga_devida
from carteira.operacao import painel
from carteira.operacao.repetir import repetir, repetivel
from carteira.web.acesso import destino_seguro, exige
from carteira.web.rotinas import linha_da_rodada
from contas.papeis import Permissao

POR_PAGINA = 30
NOMES = {
    "noturna": "Rotina da noite",
    "recalculo": "Recálculo",
    "reescrita": "O que conta como compra",
    "retratos": "Retratos do passado",
    "probabilidade": "Ajuste de probabilidade",
    "avaliacao": "Prova da fila",
    "duplicados": "Cadastros duplicados",
    "copia": "Cópia de segurança",
}


@require_safe
@exige(Permissao.VER_ROTINAS)
def pagina(request: HttpRequest) -> HttpResponse:
    contexto = painel.montar(request.user, timezone.now())
    contexto["noite"] = [linha_da_rodada(execucao) for execucao in contexto["noite"]]
    contexto["copia"] = linha_da_rodada(contexto["copia"]) if contexto["copia"] else None
    contexto["a_fazer"] = [(coisa, _onde(coisa)) for coisa in contexto["a_fazer"]]
    return render(request, "operacao/painel.html", contexto)


def _onde(coisa: painel.AFazer) -> str:
    return f"{reverse(coisa.rota)}{coisa.consulta}" if coisa.rota else ""


@require_safe
@exige(Permissao.VER_ROTINAS)
def rodadas(request: HttpRequest) -> HttpResponse:
    todas = painel.visiveis_para(request.user)
    rotina, estado = request.GET.get("rotina", ""), request.GET.get("estado", "")
    rotina = rotina if rotina in NOMES else ""
    estado = estado if estado in EstadoDaExecucao.values else ""
    da_rotina = todas.filter(rotina=rotina) if rotina else todas
    escolhidas = da_rotina.filter(estado=estado) if estado else da_rotina
    pagina_ = Paginator(escolhidas.order_by("-referencia", "-id"), POR_PAGINA).get_page(
        request.GET.get("pagina")
    )
    agora = timezone.now()
    vaga = vaga_devida(agora)
    contexto = {
        "pagina": pagina_,
        "linhas": [
            linha_da_rodada(e)
            | {"nome": NOMES.get(e.rotina, e.rotina), "repetivel": repetivel(e, agora, vaga)}
            for e in pagina_
        ],
        "abas": _abas(da_rotina, rotina, estado),
        "rotinas": [("", "Todas as rotinas"), *NOMES.items()],
        "rotina": rotina,
        "estado": estado,
        "migalhas": [{"nome": "Operação", "url": reverse("operacao:pagina")}, {"nome": "Rodadas"}],
    }
    return render(request, "operacao/rodadas.html", contexto)


def _abas(rodadas_: QuerySet[Execucao], rotina: str, atual: str) -> list[dict[str, Any]]:
    contagens = dict(rodadas_.order_by().values_list("estado").annotate(Count("pk")))
    abas = [{"rotulo": "Todas", "estado": "", "quantidade": sum(contagens.values())}]
    abas += [
        {"rotulo": rotulo, "estado": valor, "quantidade": contagens.get(valor, 0)}
        for valor, rotulo in (
            ("pendente", "À espera"),
            ("rodando", "Rodando"),
            ("feita", "Feitas"),
            ("adiada", "Adiadas"),
            ("falhou", "Falharam"),
        )
    ]
    for aba in abas:
        filtros = {nome: valor for nome, valor in (("rotina", rotina), ("estado", aba["estado"])) if valor}
        aba |= {"url": f"?{urlencode(filtros)}", "atual": aba["estado"] == atual}
    return [aba for aba in abas if aba["quantidade"] or aba["atual"] or not aba["estado"]]


@require_POST
@exige(Permissao.VER_ROTINAS)
def repetir_rodada(request: HttpRequest, pk: int) -> HttpResponse:
    execucao = get_object_or_404(painel.visiveis_para(request.user), pk=pk)
    nome = NOMES.get(execucao.rotina, execucao.rotina)
    if repetir(execucao, por=request.user, agora=timezone.now()):
        messages.success(request, f"{nome} de {execucao.referencia:%d/%m/%Y}: pedida outra vez.")
    else:
        messages.warning(
            request, f"{nome} de {execucao.referencia:%d/%m/%Y} já está em andamento, ou é de outra data."
        )
    return redirect(destino_seguro(request, reverse("operacao:rodadas")))


urlpatterns = [
    path("", pagina, name="pagina"),
    path("rodadas/", rodadas, name="rodadas"),
    path("rodadas/<int:pk>/repetir/", repetir_rodada, name="repetir"),
]
