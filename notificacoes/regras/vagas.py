"""Quando uma regra é devida e a que horas sai. Puro: o dia, o relógio e os feriados vêm de quem chama."""

import calendar
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from clientes.dias_uteis import SEMANA, e_util, util_desde
from notificacoes.models import DiaDaSemana, Periodicidade, RegraDeAviso

_UM_DIA = timedelta(days=1)
# O feriado prolongado mais longo cabe aqui com folga.
_FOLGA = 15
# Até onde se procura a próxima vaga: a mensal num dia 31, com feriado, cabe.
_ADIANTE = 100
# Quantos dias de acontecidos uma mensagem alcança: a periodicidade, um feriado prolongado e noites perdidas.
ALCANCE = {
    Periodicidade.DIARIA: 10,
    Periodicidade.SEMANAL: 17,
    Periodicidade.QUINZENAL: 24,
    Periodicidade.MENSAL: 41,
}


@dataclass(frozen=True, slots=True)
class Quando:
    """A cadência de uma regra."""

    periodicidade: str
    dia_da_semana: int | None = None
    dia_do_mes: int | None = None
    comeca_em: date | None = None
    so_dias_uteis: bool = False
    uf: str = ""

    @classmethod
    def da_regra(cls, regra: RegraDeAviso) -> "Quando":
        return cls(
            regra.periodicidade,
            regra.dia_da_semana,
            regra.dia_do_mes,
            regra.comeca_em,
            regra.so_dias_uteis,
            regra.empresa.feriados_uf,
        )

    def devida(self, vaga: date, noites: Sequence[date] = ()) -> bool:
        """Alguma vaga caiu neste dia ou, se noites se perderam, depois da última avisada.

        `noites` são as avisadas, a mais nova na frente.
        Noite em dia não útil não cumpriu vaga nenhuma da regra que os pula.
        """
        if self.so_dias_uteis and not e_util(vaga, self.uf):
            return False
        cumpridas = (noite for noite in noites if not self.so_dias_uteis or e_util(noite, self.uf))
        ultima = next(cumpridas, None)
        inicio = vaga if ultima is None else min(vaga, ultima + _UM_DIA)
        return any(inicio <= dia <= vaga for dia in self._vagas(inicio - timedelta(days=_FOLGA), vaga))

    def proxima(self, depois_de: date) -> date | None:
        """A primeira vaga depois desse dia."""
        adiante = depois_de + timedelta(days=_ADIANTE)
        vagas = self._vagas(depois_de - timedelta(days=_FOLGA), adiante)
        return min((dia for dia in vagas if dia > depois_de), default=None)

    def _vagas(self, de: date, ate: date) -> Iterator[date]:
        dia = de
        while dia <= ate:
            if self._cai(dia):
                yield util_desde(dia, self.uf) if self.so_dias_uteis else dia
            dia += _UM_DIA

    def _cai(self, dia: date) -> bool:
        if self.periodicidade == Periodicidade.DIARIA:
            return True
        if self.periodicidade == Periodicidade.MENSAL:
            return dia.day == min(self.dia_do_mes or 1, calendar.monthrange(dia.year, dia.month)[1])
        if dia.weekday() != (self.dia_da_semana or 0):
            return False
        return self.periodicidade == Periodicidade.SEMANAL or self._semanas(dia) % 2 == 0

    def _semanas(self, dia: date) -> int:
        comeco = self.comeca_em or date(2024, 1, 1)
        return (segunda(dia) - segunda(comeco)).days // 7

    @property
    def em_frase(self) -> str:
        """ "Você recebe isto às segundas-feiras"."""
        if self.periodicidade == Periodicidade.SEMANAL:
            nome = str(DiaDaSemana(self.dia_da_semana or 0).label)
            return f"aos {nome}s" if nome in ("sábado", "domingo") else f"às {nome.replace('-', 's-')}s"
        frases = {
            Periodicidade.DIARIA: "depois da rotina de cada noite"
            + (", em dias úteis" if self.so_dias_uteis else ""),
            Periodicidade.MENSAL: "uma vez por mês",
        }
        return frases.get(Periodicidade(self.periodicidade), "a cada duas semanas")

    def __str__(self) -> str:
        """ "toda segunda, só em dias úteis"."""
        dia = SEMANA[self.dia_da_semana or 0]
        nomes = {
            Periodicidade.DIARIA: "todo dia",
            Periodicidade.SEMANAL: f"{'todo' if dia in SEMANA[5:] else 'toda'} {dia}",
            Periodicidade.QUINZENAL: f"{dia}, semana sim, semana não",
            Periodicidade.MENSAL: f"dia {self.dia_do_mes or 1} de cada mês",
        }
        return nomes[Periodicidade(self.periodicidade)] + (", só em dias úteis" if self.so_dias_uteis else "")


def segunda(dia: date) -> date:
    """A segunda-feira da semana desse dia."""
    return dia - timedelta(days=dia.weekday())


def fora_do_silencio(momento: datetime, de: time | None, ate: time | None) -> datetime:
    """O próprio momento ou, se cai no silêncio (que pode atravessar a meia-noite), o fim dele."""
    if de is None or ate is None or de == ate:
        return momento
    agora = momento.timetz().replace(tzinfo=None)
    calado = de <= agora < ate if de < ate else agora >= de or agora < ate
    if not calado:
        return momento
    fim = momento.replace(hour=ate.hour, minute=ate.minute, second=0, microsecond=0)
    return fim if fim > momento else fim + _UM_DIA
