"""Retroteste: a regra posta à prova no passado, onde já se sabe quem voltou.

A unidade é o cliente numa data (*corte*), com os pedidos até ali; em vários cortes as contagens se somam.
*Voltar* é comprar em (corte, corte + dias]; *perda* é não voltar. A carteira do corte são os clientes com
compra até ali, não encerrados até ali nem fora do perfil; dono e segmento são os atuais.

**A lista** é o que o vendedor teria visto: os quase inativos do corte, os *alertados*. Inativos não são
alertáveis: já foram dados por perdidos, e ficam ao lado com quantos ainda voltaram.

- alarme falso = alertado que voltou de todo modo; precisão = alertados que não voltaram ÷ alertados;
- silêncio no aviso = dias da última compra a quase_inativo_em; antecedência = daí a inativo_em: médias
  sobre os alertados que não voltaram;
- carga = alertados com dono ÷ (vendedores × cortes): quantos cada vendedor teria na lista em um mês.

**A régua** é a mesma para todas as regras, senão quem dá o cliente por perdido cedo teria menos perdas a
avisar e pareceria melhor. São os que compraram nos `dias` antes do corte, ainda não perdidos por medida
nenhuma. O aviso saiu se quase_inativo_em ≤ corte: o cliente é quase inativo, ou já passou disso.

- perda avisada = não voltou e o aviso saiu; perda sem aviso = não voltou e era ativo;
- sensibilidade = avisadas ÷ perdas; especificidade = ativos que voltaram ÷ os que voltaram;
- acurácia balanceada = média das duas: avisar todos, ninguém ou ao acaso vale meio.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache

from atividade.cenarios import Cenario
from atividade.previa import cortes as cortes_da_regra
from atividade.regras import DIAS_PARA_CICLO_PROPRIO, Limites, Regra, Status, classificar
from atividade.silencios import Contagem, Serie, Silencio


class Desfecho(StrEnum):
    """O que foi feito de um cliente depois do corte."""

    ALERTADO_PERDIDO = "alertado, não voltou"
    ALARME_FALSO = "alertado, voltou (alarme falso)"
    SEM_AVISO = "ativo, não voltou (perda sem aviso)"
    TRANQUILO = "ativo, voltou"
    INATIVO_PERDIDO = "já inativo, não voltou"
    INATIVO_VOLTOU = "já inativo, voltou"


_DESFECHOS = {
    (Status.QUASE_INATIVO, True): Desfecho.ALERTADO_PERDIDO,
    (Status.QUASE_INATIVO, False): Desfecho.ALARME_FALSO,
    (Status.ATIVO, True): Desfecho.SEM_AVISO,
    (Status.ATIVO, False): Desfecho.TRANQUILO,
    (Status.INATIVO, True): Desfecho.INATIVO_PERDIDO,
    (Status.INATIVO, False): Desfecho.INATIVO_VOLTOU,
}


@dataclass(frozen=True, slots=True)
class Medidas:
    """As contagens de um ou mais cortes; o que se divide sai daqui, exato."""

    # a carteira inteira: situação no corte × desfecho
    alertados_perdidos: int = 0
    alarmes_falsos: int = 0
    ativos_perdidos: int = 0
    ativos_que_voltaram: int = 0
    inativos_perdidos: int = 0
    inativos_que_voltaram: int = 0
    alertados_com_dono: int = 0
    dias_de_antecedencia: int = 0
    dias_de_silencio: int = 0
    # a régua: quem comprou nos dias antes do corte
    avisadas: int = 0
    avisos_em_vao: int = 0
    sem_aviso: int = 0
    tranquilos: int = 0
    cortes: int = 0

    def __add__(self, outra: "Medidas") -> "Medidas":
        return Medidas(*(getattr(self, f.name) + getattr(outra, f.name) for f in fields(self)))

    @property
    def alertados(self) -> int:
        return self.alertados_perdidos + self.alarmes_falsos

    @property
    def inativos(self) -> int:
        return self.inativos_perdidos + self.inativos_que_voltaram

    @property
    def clientes(self) -> int:
        """A carteira dos cortes, um cliente por corte."""
        return self.alertados + self.ativos_perdidos + self.ativos_que_voltaram + self.inativos

    @property
    def perdas(self) -> int:
        return self.avisadas + self.sem_aviso

    @property
    def precisao(self) -> Fraction | None:
        return _razao(self.alertados_perdidos, self.alertados)

    @property
    def falsos(self) -> Fraction | None:
        """Que parte da lista voltou de todo modo."""
        return _razao(self.alarmes_falsos, self.alertados)

    @property
    def fracao_que_voltou(self) -> Fraction | None:
        """Dos já dados por perdidos, quantos compraram assim mesmo."""
        return _razao(self.inativos_que_voltaram, self.inativos)

    @property
    def sensibilidade(self) -> Fraction | None:
        return _razao(self.avisadas, self.perdas)

    @property
    def especificidade(self) -> Fraction | None:
        return _razao(self.tranquilos, self.tranquilos + self.avisos_em_vao)

    @property
    def balanceada(self) -> Fraction | None:
        if self.sensibilidade is None or self.especificidade is None:
            return None
        return (self.sensibilidade + self.especificidade) / 2

    @property
    def antecedencia(self) -> Fraction | None:
        return _razao(self.dias_de_antecedencia, self.alertados_perdidos)

    @property
    def silencio(self) -> Fraction | None:
        return _razao(self.dias_de_silencio, self.alertados_perdidos)

    def carga(self, vendedores: int) -> Fraction | None:
        return _razao(self.alertados_com_dono, vendedores * self.cortes)


def _razao(parte: int, todo: int) -> Fraction | None:
    return Fraction(parte, todo) if todo else None


def por_a_prova(contagem: Contagem, cenario: Cenario, segmento: int | None = None) -> list[Medidas]:
    """As medidas de cada corte, na ordem deles; `segmento` restringe a carteira.

    Regra por ciclo pede contagem separada pelo ciclo: sem ele o cliente cairia nos limites de reserva.
    """
    por_corte = [Medidas(cortes=1) for _ in contagem.cortes]
    for (corte, do_segmento, limiar, ciclo), serie in contagem.series.items():
        if segmento is None or do_segmento == segmento:
            regra = cenario.regra(do_segmento, limiar)
            por_corte[corte] += _medir(serie, regra, ciclo, contagem.cortes[corte], contagem.dias)
    return por_corte


def somar(medidas: Iterable[Medidas]) -> Medidas:
    return sum(medidas, Medidas())


def desfecho(silencio: Silencio, cenario: Cenario) -> tuple[Status, Limites, Desfecho]:
    """A situação de um cliente no corte, os limites que a deram e o que veio depois."""
    regra = cenario.regra(silencio.segmento_id, silencio.limiar_id)
    limites = regra.limites(silencio.ultima, silencio.ciclo, silencio.dias_de_compra)
    status = classificar(limites.quase_inativo_em, limites.inativo_em, silencio.corte)
    return status, limites, _DESFECHOS[status, silencio.perdeu]


@dataclass(frozen=True, slots=True)
class Amostra:
    """Quantos silêncios diferentes a régua viu: o mesmo, calado por meses, está em vários cortes."""

    perdidos: int
    voltaram: int


def amostra(contagem: Contagem, segmento: int | None = None) -> Amostra:
    """Cada silêncio conta no primeiro corte que o alcança; se ali voltou a tempo, também nos seguintes."""
    perdidos = voltaram = 0
    for (corte, do_segmento, *_), serie in contagem.series.items():
        if segmento is None or do_segmento == segmento:
            dia = contagem.cortes[corte]
            desde = dia - timedelta(days=contagem.dias)
            if corte:
                desde = max(desde, contagem.cortes[corte - 1])
            contados = serie.contar(serie.trecho(desde, dia))
            perdidos, voltaram = perdidos + contados[0], voltaram + contados[1]
    return Amostra(perdidos, voltaram)


# ── Um grupo num corte ───────────────────────────────────────────────────────


def _medir(serie: Serie, regra: Regra, ciclo: Decimal | None, corte: date, dias: int) -> Medidas:
    """Cada situação é um trecho de últimas compras: comprar antes nunca dá limite depois."""
    quase_ate, inativo_ate = _cortes(regra, ciclo, corte)
    viva_desde = corte - timedelta(days=dias)
    avisada_ate = max(quase_ate, viva_desde)
    lista = serie.trecho(inativo_ate, quase_ate)
    perdidos, falsos, perdidos_com_dono, falsos_com_dono = serie.contar(lista)
    ativos = serie.contar(serie.trecho(quase_ate, corte))
    inativos = serie.contar(serie.trecho(date.min, inativo_ate))
    avisadas = serie.contar(serie.trecho(viva_desde, avisada_ate))
    caladas = serie.contar(serie.trecho(avisada_ate, corte))
    antecedencia, silencio = _dias_dos_avisos(serie, lista, regra, ciclo)
    return Medidas(
        alertados_perdidos=perdidos,
        alarmes_falsos=falsos,
        ativos_perdidos=ativos[0],
        ativos_que_voltaram=ativos[1],
        inativos_perdidos=inativos[0],
        inativos_que_voltaram=inativos[1],
        alertados_com_dono=perdidos_com_dono + falsos_com_dono,
        dias_de_antecedencia=antecedencia,
        dias_de_silencio=silencio,
        avisadas=avisadas[0],
        avisos_em_vao=avisadas[1],
        sem_aviso=caladas[0],
        tranquilos=caladas[1],
    )


def _dias_dos_avisos(serie: Serie, lista: range, regra: Regra, ciclo: Decimal | None) -> tuple[int, int]:
    antecedencia = silencio = 0
    for n in lista:
        if perdidos := serie.perdidos[n]:
            antes, depois = _dias(regra, ciclo, serie.ultimas[n])
            silencio += perdidos * antes
            antecedencia += perdidos * depois
    return antecedencia, silencio


@lru_cache(maxsize=4096)
def _cortes(regra: Regra, ciclo: Decimal | None, corte: date) -> tuple[date, date]:
    """As últimas compras mais novas que já são quase inativo e inativo no corte."""
    if regra.ciclo is None or ciclo is None:
        return cortes_da_regra(regra, corte)
    quase, inativo = _dias(regra, ciclo, corte)  # em dias, os limites não dependem de quando foi a compra
    return corte - timedelta(days=quase), corte - timedelta(days=quase + inativo)


@lru_cache(maxsize=65536)
def _dias(regra: Regra, ciclo: Decimal | None, ultima: date) -> tuple[int, int]:
    """Da última compra ao aviso, e do aviso à inatividade."""
    limites = regra.limites(ultima, ciclo, DIAS_PARA_CICLO_PROPRIO if ciclo is not None else 0)
    quase, inativo = limites.quase_inativo_em, limites.inativo_em
    return (quase - ultima).days, (inativo - quase).days
