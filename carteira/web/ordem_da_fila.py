"""A ordem da fila: a que a URL pede, ou a que a pessoa escolheu; e o que a tela diz dela."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.utils import timezone

from atividade.models import ProbabilidadeEmVigor
from atividade.prioridade import HORIZONTE
from carteira.formatos import data
from carteira.referencias import Referencias
from contas.models import OrdemDaFila

_POR_ORDEM = {
    OrdemDaFila.PERDA: f"quem mais se perde: chance de não comprar em {HORIZONTE} dias × valor do ano",
    OrdemDaFila.RISCO: f"quem tem mais chance de não comprar em {HORIZONTE} dias, seja qual for o valor",
}


def ordem_da_url(request: HttpRequest) -> str:
    """A que a URL diz; vazia quando não diz, ou diz uma que não existe."""
    pedida = request.GET.get("ordem", "")
    return pedida if pedida in OrdemDaFila.values else ""


@dataclass(frozen=True)
class OrdemDita:
    """A ordem numa linha, e por extenso."""

    curta: str
    longa: str


def explicar_a_ordem(ordem: str, referencias: Referencias) -> OrdemDita:
    """Por qual regra se ordena, com que ajuste e quando foi calculado: o mais velho dos cálculos que a fila usa."""
    escolhida = OrdemDaFila(ordem)
    partes = [f"Primeiro os combinados, depois {_POR_ORDEM[escolhida]}."]
    curta = f"Por {escolhida.label.lower()}"
    feitos = [(e.referencia, e.calculada_em) for e in referencias.empresas.values() if e.referencia]
    if feitos:
        referencia, calculada_em = min(feitos, key=lambda par: par[0])
        hora = f", calculados em {_quando(calculada_em)}" if calculada_em else ""
        curta += f", números de {data(referencia, '%d/%m')}"
        partes.append(f"Números de {data(referencia)}{hora}.")
    return OrdemDita(curta, " ".join([*partes, _ajuste(referencias)]))


def _quando(momento: datetime) -> str:
    return f"{timezone.localtime(momento):%d/%m às %H:%M}"


def _ajuste(referencias: Referencias) -> str:
    em_vigor = ProbabilidadeEmVigor.objects.filter(empresa__in=list(referencias.empresas))
    ajustes = list(em_vigor.values_list("ajuste__mes", "ajuste__estimativa"))
    proprios = [mes for mes, estimativa in ajustes if not estimativa]
    if len(proprios) < len(referencias.empresas):
        return "A chance é uma estimativa, ainda sem história própria que baste."
    return f"A chance foi aprendida da história da casa em {min(proprios):%m/%Y}."
