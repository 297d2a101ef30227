"""Rotinas: as rodadas da noite, a hora delas e «Rodar agora»."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_POST

from atividade.models import EstadoDaExecucao, Execucao
from carteira.formatos import numero, plural
from carteira.horario import horario, mudar_horario, proxima, vaga_devida
from carteira.recalculos import RECALCULO
from carteira.retratos_passados import andamento_de, pedir_retratos
from carteira.rotinas import NOTURNA, pedir_rodada
from carteira.tasks import rotina_noturna_task, tocar
from carteira.travas import Rotina, ocupada
from carteira.web.acesso import exige
from contas.escopo import empresas_de
from contas.models import Usuario
from contas.papeis import Permissao
from notificacoes.caixa import visiveis_para
from notificacoes.models import EstadoDaMensagem

NOITES_POR_PAGINA = 14
TONS = {
    EstadoDaExecucao.FEITA: "ativo",
    EstadoDaExecucao.ADIADA: "quase",
    EstadoDaExecucao.FALHOU: "inativo",
}
NOMES_DOS_PASSOS = {
    "recalculo": "Recálculo",
    "retrato": "Retrato",
    "listas": "Listas",
    "avisos": "Avisos",
    "envio": "Envio",
    "ajuste": "Ajuste",
    "prova": "Prova",
    "retratos": "Retratos",
    "procura": "Procura",
    "copia": "Cópia",
}


class HorarioForm(forms.Form):
    hora = forms.TimeField(
        label="Hora da rotina",
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"invalid": "Escreva a hora como 02:00.", "required": "Escreva a hora como 02:00."},
    )


class RetratosForm(forms.Form):
    desde = forms.DateField(
        label="Desde",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "invalid": "Escreva a data como 31/12/2024.",
            "required": "Escolha o mês mais antigo.",
        },
    )

    def clean_desde(self) -> date:
        desde: date = self.cleaned_data["desde"]
        if desde >= timezone.localdate():
            raise forms.ValidationError("Escolha um dia que já passou.")
        return desde


@exige(Permissao.VER_ROTINAS)
def lista(request: HttpRequest) -> HttpResponse:
    form = HorarioForm(request.POST or None, initial={"hora": horario()})
    if request.method == "POST" and form.is_valid():
        hora = form.cleaned_data["hora"]
        mudar_horario(hora=hora.hour, minuto=hora.minute, por=request.user)
        messages.success(request, f"A rotina passa a rodar às {hora:%H:%M}.")
        return redirect("rotinas:lista")
    return render(
        request, "rotinas/lista.html", _contexto(form, request.user), status=422 if form.errors else 200
    )


@require_POST
@exige(Permissao.VER_ROTINAS)
def rodar(request: HttpRequest) -> HttpResponse:
    """Pede a vaga corrente outra vez, inteira: o que entrou depois conta, e ninguém recebe de novo."""
    vaga = vaga_devida(timezone.now())
    if pedir_rodada(data=vaga, por=request.user):
        tocar(rotina_noturna_task, vaga.isoformat())
        messages.success(
            request,
            f"A rotina de {vaga:%d/%m/%Y} foi chamada, em todas as empresas. Atualize a página em instantes.",
        )
    else:
        messages.warning(request, "A rotina já está rodando.")
    return redirect("rotinas:lista")


@require_POST
@exige(Permissao.VER_ROTINAS)
def retratar(request: HttpRequest) -> HttpResponse:
    """Pede os retratos dos fins de mês que faltam, nas empresas da pessoa."""
    form = RetratosForm(request.POST)
    if not form.is_valid():
        contexto = _contexto(HorarioForm(initial={"hora": horario()}), request.user, form)
        return render(request, "rotinas/lista.html", contexto, status=422)
    desde = form.cleaned_data["desde"]
    faltam = sum(
        pedir_retratos(empresa=e, desde=desde, por=request.user)
        for e in empresas_de(request.user)
        if e.referencia
    )
    if faltam:
        texto = f"{numero(faltam)} {plural(faltam, 'fim de mês será retratado,fins de mês serão retratados')}"
        messages.success(request, f"{texto}. O andamento fica nesta página.")
    else:
        messages.info(request, "Não falta nenhum fim de mês desde essa data.")
    return redirect("rotinas:lista")


def _contexto(form: HorarioForm, pessoa: Usuario, retratos: RetratosForm | None = None) -> dict[str, Any]:
    agora = timezone.now()
    visiveis = Execucao.objects.filter(
        Q(empresa__isnull=True) | Q(empresa__in=empresas_de(pessoa))
    ).select_related("empresa")
    return {
        "form": form,
        "noites": _noites(visiveis),
        "proxima": proxima(agora),
        "vaga": vaga_devida(agora),
        "rodando": ocupada(Rotina.NOTURNA),
        "caixa": _caixa(pessoa),
        "retratos": retratos or RetratosForm(),
        "andamentos": [a for e in empresas_de(pessoa) if (a := andamento_de(e))],
        "recalculos": [linha_da_rodada(e) for e in visiveis.filter(rotina=RECALCULO)[:5]],
    }


def _caixa(pessoa: Usuario) -> dict[str, int]:
    """Quantas mensagens pedem atenção, entre as que a pessoa vê na lista delas."""
    atencao = (EstadoDaMensagem.PENDENTE, EstadoDaMensagem.INCERTO, EstadoDaMensagem.MORTA)
    mensagens = visiveis_para(pessoa).filter(estado__in=atencao).order_by()
    contagens = dict(mensagens.values_list("estado").annotate(Count("pk")))
    return {estado.value: contagens.get(estado.value, 0) for estado in atencao}


def _noites(visiveis: QuerySet[Execucao]) -> list[dict[str, Any]]:
    """As últimas noites, cada uma com a linha geral por baixo das das empresas."""
    noturnas = visiveis.filter(rotina=NOTURNA)
    datas = (
        noturnas.order_by("-referencia").values_list("referencia", flat=True).distinct()[:NOITES_POR_PAGINA]
    )
    noites: dict[Any, dict[str, Any]] = {data: {"data": data, "linhas": [], "geral": None} for data in datas}
    for execucao in noturnas.filter(referencia__in=list(noites)).order_by("empresa__codigo"):
        noite = noites[execucao.referencia]
        noite["linhas"].append(linha_da_rodada(execucao))
        if execucao.empresa_id is None:
            noite["geral"] = noite["linhas"][-1]
    for noite in noites.values():
        noite["duracao_ms"] = sum(linha["execucao"].duracao_ms or 0 for linha in noite["linhas"])
    return list(noites.values())


def linha_da_rodada(execucao: Execucao) -> dict[str, Any]:
    """Uma execução para a tela: a cor do estado, e de cada passo o tempo, o que fez e o erro."""
    passos = [
        {
            "nome": nome,
            **execucao.passos[chave],
            "resumo": _contagens(execucao.passos[chave].get("contagens", {})),
        }
        for chave, nome in NOMES_DOS_PASSOS.items()
        if chave in execucao.passos
    ]
    return {"execucao": execucao, "tom": TONS.get(execucao.estado, "neutro"), "passos": passos}


_FORMAS = {
    "ativo": "ativo,ativos",
    "quase_inativo": "quase inativo,quase inativos",
    "inativo": "inativo,inativos",
    "prospect": "prospect,prospects",
    "linhas_alteradas": "linha mudada,linhas mudadas",
    "mudancas": "mudança de status,mudanças de status",
    "dias": "dia retratado,dias retratados",
    "refeitas": "lista viva refeita,listas vivas refeitas",
    "entraram": "entrou em lista,entraram em listas",
    "sairam": "saiu de lista,saíram de listas",
    "terminadas": "lista terminada,listas terminadas",
    "resumos": "resumo,resumos",
    "volumes": "volume,volumes",
    "agendas": "aviso de agenda,avisos de agenda",
    "avisos": "mensagem de avisos,mensagens de avisos",
    "na_central": "aviso na central,avisos na central",
    "avisos_aos_administradores": "aviso a administradores,avisos a administradores",
    "pares": "par,pares",
    "enviadas": "enviada,enviadas",
    "adiadas": "adiada,adiadas",
    "mortas": "recusada,recusadas",
    "incertas": "incerta,incertas",
    "suspensas": "de endereço devolvido,de endereços devolvidos",
    "canceladas": "que deixou de valer,que deixaram de valer",
}


def _contagens(contagens: dict[str, Any]) -> list[str]:
    return [
        f"{numero(contagens[chave])} {plural(contagens[chave], formas)}"
        for chave, formas in _FORMAS.items()
        if contagens.get(chave)
    ]


urlpatterns = [
    path("", lista, name="lista"),
    path("rodar/", rodar, name="rodar"),
    path("retratos/", retratar, name="retratar"),
]
