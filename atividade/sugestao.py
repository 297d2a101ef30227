"""Que limites o passado da própria empresa recomenda; quem escolhe é o administrador.

Candidatas: as regras prontas, múltiplos do ciclo da empresa, do segmento e do cliente, e os limites que a curva de
retorno de cada faixa sugere. Vence a de melhor acurácia balanceada no retroteste entre as que os vendedores
aguentam; no empate, a que dá menos por perdidos clientes que voltam, depois a de menor carga, depois a
primeira da lista. Tudo inteiro ou fração exata: as mesmas entradas dão sempre a mesma resposta.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum
from fractions import Fraction

from atividade.cenarios import Cenario
from atividade.regras import DIAS, PRESETS, Periodo, PorCiclo, Regra, RegraInvalida
from atividade.retorno import JANELA, NOMES_DAS_FAIXAS, Duracoes, Retorno
from atividade.retroteste import Amostra, Medidas, amostra, por_a_prova, somar
from atividade.silencios import Atendimento, Contagem

# Das regras prontas, as que não pedem ciclo: os múltiplos do ciclo entram com a reserva de hoje.
FIXAS = tuple((nome, regra) for nome, regra in PRESETS if regra.ciclo is None)
# Quase inativo e inativo, em vezes o ciclo.
MULTIPLOS = (("1.5", "3"), ("2", "3"), ("2", "4"), ("3", "6"))
MULTIPLOS_DO_CLIENTE = (("1.5", "3"), ("2", "4"))
EXTREMOS_DO_CLIENTE = (15, 180, 30, 365)  # quase inativo e inativo, no mínimo e no máximo
# Onde a curva de retorno cai abaixo disto começam o aviso e a inatividade.
VOLTA_NO_AVISO, VOLTA_NA_PERDA = 0.70, 0.40
AVISO_DA_CURVA, PERDA_DA_CURVA, PASSO_DA_CURVA = (30, 180), 365, 5
# Silêncios diferentes que se perderam, e que voltaram, para o passado provar alguma coisa.
MINIMO_DE_SILENCIOS = 30
GANHO_MINIMO = Fraction(1, 100)


class Veredito(StrEnum):
    SUGERIDA = "sugerida"
    A_DE_HOJE = "a_de_hoje"  # nenhuma candidata suportável é melhor que a de hoje
    PESADAS = "pesadas"  # nenhuma candidata cabe na carga
    POUCOS_DADOS = "poucos_dados"


@dataclass(frozen=True, slots=True)
class Candidata:
    nome: str
    regra: Regra


@dataclass(frozen=True, slots=True)
class Avaliada:
    candidata: Candidata
    medidas: Medidas
    carga: Fraction | None

    @property
    def regra(self) -> Regra:
        return self.candidata.regra


@dataclass(frozen=True)
class Passado:
    """O que se sabe do passado da empresa, e quem o atenderia."""

    contagem: Contagem
    cenario: Cenario
    atendimento: Atendimento
    retorno: Retorno
    ciclo_da_empresa: Decimal | None = None
    ciclos_por_segmento: Mapping[int, Decimal] | None = None
    alertas_por_vendedor: int = 40
    contagem_por_ciclo: Contagem | None = None  # sem ela, regras por ciclo não se põem à prova

    def avaliar(self, candidata: Candidata, segmento: int | None = None) -> Avaliada:
        """A candidata no nível da empresa ou do segmento, com as regras mais específicas como estão."""
        return self._medir(candidata, self.cenario.com(candidata.regra, segmento), segmento)

    def de_hoje(self, segmento: int | None = None) -> Avaliada:
        return self._medir(Candidata("Hoje", self.cenario.regra(segmento)), self.cenario, segmento)

    def limite(self, segmento: int | None = None) -> Fraction:
        """A carga suportável; num segmento, a parte que ele é da carteira de quem o atende."""
        return self.alertas_por_vendedor * self.atendimento.quinhao(segmento)

    def _medir(self, candidata: Candidata, cenario: Cenario, segmento: int | None) -> Avaliada:
        contagem = self.contagem_por_ciclo if cenario.usa_ciclo else self.contagem
        if contagem is None:
            raise ValueError("regra por ciclo pede a contagem por ciclo")
        medidas = somar(por_a_prova(contagem, cenario, segmento))
        return Avaliada(candidata, medidas, medidas.carga(self.atendimento.vendedores(segmento)))


@dataclass(frozen=True)
class Sugestao:
    veredito: Veredito
    hoje: Avaliada
    limite: Fraction
    amostra: Amostra
    melhor: Avaliada | None = None
    avaliadas: tuple[Avaliada, ...] = ()


def sugerir(passado: Passado, segmento: int | None = None) -> Sugestao:
    """A melhor candidata suportável ao lado da regra de hoje, ou por que não há o que sugerir."""
    hoje, limite = passado.de_hoje(segmento), passado.limite(segmento)
    vista = amostra(passado.contagem, segmento)
    if min(vista.perdidos, vista.voltaram) < MINIMO_DE_SILENCIOS:
        return Sugestao(Veredito.POUCOS_DADOS, hoje, limite, vista)
    avaliadas = tuple(passado.avaliar(c, segmento) for c in candidatas(passado, segmento))
    cabem = [a for a in avaliadas if a.carga is None or a.carga <= limite]
    if not cabem:
        return Sugestao(Veredito.PESADAS, hoje, limite, vista, avaliadas=avaliadas)
    melhor = min(cabem, key=_ordem)
    veredito = Veredito.SUGERIDA if _compensa(melhor, hoje, limite) else Veredito.A_DE_HOJE
    return Sugestao(veredito, hoje, limite, vista, melhor, avaliadas)


def _ordem(avaliada: Avaliada) -> tuple[Fraction, int, Fraction]:
    """`min` fica com o primeiro entre iguais: a lista de candidatas tem ordem fixa."""
    medidas = avaliada.medidas
    return -(medidas.balanceada or Fraction(0)), medidas.inativos_que_voltaram, avaliada.carga or Fraction(0)


def _compensa(melhor: Avaliada, hoje: Avaliada, limite: Fraction) -> bool:
    """Ganha ao menos um ponto, ou a de hoje não cabe na carga."""
    if hoje.carga is not None and hoje.carga > limite:
        return True
    return (melhor.medidas.balanceada or 0) - (hoje.medidas.balanceada or 0) >= GANHO_MINIMO


# ── Candidatas ───────────────────────────────────────────────────────────────


def candidatas(passado: Passado, segmento: int | None = None) -> list[Candidata]:
    """Sem repetir limites nem a regra de hoje, que continua com o seu “inativo antigo” onde couber."""
    hoje = passado.cenario.regra(segmento)
    vistas: dict[tuple[Periodo, Periodo, PorCiclo | None], Candidata] = {}
    for nome, regra in _todas(passado, segmento):
        vistas.setdefault(_limites(regra), Candidata(nome, _com_antigo(regra, hoje)))
    vistas.pop(_limites(hoje), None)
    return list(vistas.values())


def _limites(regra: Regra) -> tuple[Periodo, Periodo, PorCiclo | None]:
    return regra.periodo, regra.antecedencia, regra.ciclo


def _todas(passado: Passado, segmento: int | None) -> Iterator[tuple[str, Regra]]:
    yield from FIXAS
    do_segmento = (passado.ciclos_por_segmento or {}).get(segmento) if segmento else None
    yield from _multiplos(passado.ciclo_da_empresa, "da empresa")
    yield from _multiplos(do_segmento, "do segmento")
    if passado.contagem_por_ciclo is not None:
        yield from _por_ciclo(passado.cenario.regra(segmento))
    for n, nome in enumerate(NOMES_DAS_FAIXAS):
        if regra := da_curva(passado.retorno.faixa(n, segmento), passado.contagem.dias):
            yield f"Curva de retorno, depois da {nome}", regra


def _multiplos(ciclo: Decimal | None, de_quem: str) -> Iterator[tuple[str, Regra]]:
    for quase, inativo in MULTIPLOS if ciclo else ():
        vezes = f"{quase} e {inativo}".replace(".", ",")
        regra = em_dias(_arredondar(ciclo, quase), _arredondar(ciclo, inativo))
        if regra:
            yield f"{vezes} vezes o ciclo {de_quem}", regra


def _por_ciclo(hoje: Regra) -> Iterator[tuple[str, Regra]]:
    """Múltiplos do ciclo de cada cliente; quem não tem ciclo continua nos limites fixos de hoje."""
    for quase, inativo in MULTIPLOS_DO_CLIENTE:
        multiplos = PorCiclo(Decimal(quase), Decimal(inativo), *EXTREMOS_DO_CLIENTE)
        nome = f"{quase} e {inativo} vezes o ciclo de cada cliente".replace(".", ",")
        yield nome, Regra(hoje.periodo, hoje.antecedencia, ciclo=multiplos)


def _arredondar(ciclo: Decimal | None, vezes: str) -> int:
    return int(((ciclo or 0) * Decimal(vezes)).to_integral_value(ROUND_CEILING))


def da_curva(duracoes: Duracoes, janela: int = JANELA) -> Regra | None:
    """Aviso onde o retorno cai de 70 % (entre 30 e 180 dias), inativo onde cai de 40 %, ou no dobro do aviso."""
    de, ate = AVISO_DA_CURVA
    quase = _queda(duracoes, range(de, ate + 1, PASSO_DA_CURVA), janela, VOLTA_NO_AVISO)
    if quase is None:
        return None
    depois = range(quase + PASSO_DA_CURVA, PERDA_DA_CURVA + 1, PASSO_DA_CURVA)
    inativo = _queda(duracoes, depois, janela, VOLTA_NA_PERDA)
    return em_dias(quase, inativo or 2 * quase)


def _queda(duracoes: Duracoes, escala: range, janela: int, parte: float) -> int | None:
    """O primeiro D em que menos que `parte` volta; o último da escala se não cai; nada se a curva some antes."""
    for dias in escala:
        ponto = duracoes.ponto(dias, janela)
        if ponto is None:
            return None
        if ponto.voltaram < parte:
            return dias
    return escala[-1]


def em_dias(quase: int, inativo: int) -> Regra | None:
    """Regra em dias, se os dois limites fazem uma."""
    try:
        return Regra(Periodo(inativo, DIAS), Periodo(inativo - quase, DIAS))
    except RegraInvalida:
        return None


def _com_antigo(regra: Regra, hoje: Regra) -> Regra:
    if regra.antigo or not hoje.antigo:
        return regra
    try:
        return replace(regra, antigo=hoje.antigo)
    except RegraInvalida:
        return regra
