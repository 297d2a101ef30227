"""Um compromisso na tela: o que se diz dele, os dias a um toque para que ele pode ir, e quem o pode abrir."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from carteira.formatos import data, numero, plural
from carteira.referencias import Referencias
from carteira.web.acesso import destino_seguro
from carteira.web.fila import frase_do_motivo
from carteira.web.formularios_da_agenda import DiaForm
from clientes.compromissos import uf_dos_feriados
from clientes.dias_uteis import SEMANA, somar_uteis, util_desde
from clientes.models import Agendamento, Cliente, Recorrencia
from clientes.regras_da_agenda import parou

SEGUNDA_FEIRA = 0


def agendamento_visivel(request: HttpRequest, pk: int) -> Agendamento:
    """O agendamento, se o cliente estiver no que a pessoa vê; senão 404."""
    visiveis = Agendamento.objects.visiveis_para(request.user).select_related(
        "cliente__empresa", "cliente__indicadores", "responsavel", "criado_por", "pitch__causa", "pitch__por"
    )
    return get_object_or_404(visiveis, pk=pk)


def formulario_de_dia(request: HttpRequest, cliente: Cliente, form: DiaForm, **contexto: Any) -> HttpResponse:
    """O formulário que escolhe um dia, com o aviso quando ele não é útil: diálogo com htmx, página sem."""
    modelo = "agenda/_formulario_dialogo.html" if request.htmx else "agenda/formulario.html"
    contexto |= {"cliente": cliente, "form": form, "acao": request.path, "aviso": form.aviso}
    contexto |= {"voltar": destino_seguro(request, "")}
    return render(request, modelo, contexto, status=422 if form.is_bound else 200)


@dataclass(frozen=True)
class DiaRapido:
    """Um dia útil a um toque, com o nome por que se fala dele."""

    nome: str
    em: date

    @property
    def por_extenso(self) -> str:
        return f"{self.nome} · {SEMANA[self.em.weekday()][:3]} {data(self.em, '%d/%m')}"


def dias_rapidos(hoje: date, uf: str) -> list[DiaRapido]:
    """Amanhã, segunda e em 7 dias, cada um no seu dia útil; o mesmo dia não aparece duas vezes."""
    ate_segunda = (SEGUNDA_FEIRA - hoje.weekday()) % 7 or 7
    opcoes = (
        DiaRapido("Amanhã", somar_uteis(hoje, 1, uf)),
        DiaRapido("Segunda", util_desde(hoje + timedelta(days=ate_segunda), uf)),
        DiaRapido("Em 7 dias", util_desde(hoje + timedelta(days=7), uf)),
    )
    por_dia: dict[date, DiaRapido] = {}
    for opcao in opcoes:
        por_dia.setdefault(opcao.em, opcao)
    return list(por_dia.values())


@dataclass(frozen=True)
class Compromisso:
    """Uma linha da agenda."""

    agendamento: Agendamento
    referencias: Referencias

    def __getattr__(self, nome: str) -> Any:
        return getattr(self.agendamento, nome)

    @property
    def frase(self) -> str:
        return frase_do_motivo(self.cliente.indicadores, self.referencias)

    @property
    def parado(self) -> bool:
        """Chegou ao limite de tentativas: espera que alguém decida."""
        return parou(self.tentativas, self.cliente.empresa.tentativas_ate_parar)

    @property
    def atraso(self) -> str:
        dias = (self.referencias.hoje - self.em).days
        return f"{numero(dias)} {plural(dias, 'dia,dias')} de atraso" if dias > 0 else ""

    @property
    def sem_resposta(self) -> str:
        if not self.tentativas:
            return ""
        return f"{numero(self.tentativas)} {plural(self.tentativas, 'tentativa,tentativas')} sem resposta"

    @property
    def remarcado(self) -> str:
        vezes = {0: "", 1: "remarcado", 2: "remarcado duas vezes"}
        n: int = self.remarcacoes
        texto = vezes.get(n, f"remarcado {numero(n)} vezes")
        return f"{texto}; era {data(self.em_original, '%d/%m')}" if texto and self.em_original else texto

    @property
    def repete(self) -> str:
        if not self.recorrencia:
            return ""
        nome = f"A cada {self.ciclo_dias} dias" if self.recorrencia == Recorrencia.CICLO else None
        texto = nome or self.get_recorrencia_display()
        return f"{texto} até {data(self.repetir_ate, '%d/%m/%Y')}" if self.repetir_ate else texto

    @property
    def rapidos(self) -> list[DiaRapido]:
        return [
            d for d in dias_rapidos(self.referencias.hoje, uf_dos_feriados(self.cliente)) if d.em != self.em
        ]
