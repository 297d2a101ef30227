"""As regras da atividade, puras: nem banco, nem relógio, nem Django.

Aqui mora a única tabela de verdade. O SQL do recálculo é gerado destas tabelas (`fragmentos.py`)
ou conferido contra estas funções, limite a limite, pelos testes de paridade.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from statistics import median

from atividade.prazos import DIAS as DIAS
from atividade.prazos import MAIOR_PERIODO as MAIOR_PERIODO
from atividade.prazos import MESES as MESES
from atividade.prazos import Periodo as Periodo
from atividade.prazos import PorCiclo as PorCiclo
from atividade.prazos import RegraInvalida as RegraInvalida
from atividade.prazos import vezes as vezes


class Status(StrEnum):
    """Onde o cliente está na vida da carteira, do nunca comprou ao silêncio longo."""

    PROSPECT = "prospect"
    ATIVO = "ativo"
    QUASE_INATIVO = "quase_inativo"
    INATIVO = "inativo"


class Marca(StrEnum):
    """Detalhe ao lado do status: os dois primeiros em ativos, os dois últimos em inativos."""

    NOVO = "novo"
    RECUPERADO = "recuperado"
    RECENTE = "recente"
    ANTIGO = "antigo"


class Tendencia(StrEnum):
    SOBE = "sobe"
    ESTAVEL = "estavel"
    CAI = "cai"


class Ritmo(StrEnum):
    UNICA = "unica"
    SEMANAL = "semanal"
    QUINZENAL = "quinzenal"
    MENSAL = "mensal"
    BIMESTRAL = "bimestral"
    TRIMESTRAL = "trimestral"
    SEMESTRAL = "semestral"
    ANUAL = "anual"
    A_CADA_N_DIAS = "a_cada_n_dias"
    IRREGULAR = "irregular"


# Faixas em dias inteiros, as duas pontas dentro; fora delas diz-se "a cada N dias".
FAIXAS_DE_RITMO: tuple[tuple[Ritmo, int, int], ...] = (
    (Ritmo.SEMANAL, 5, 9),
    (Ritmo.QUINZENAL, 10, 20),
    (Ritmo.MENSAL, 21, 45),
    (Ritmo.BIMESTRAL, 46, 75),
    (Ritmo.TRIMESTRAL, 76, 120),
    (Ritmo.SEMESTRAL, 121, 240),
    (Ritmo.ANUAL, 241, 400),
)
DIAS_PARA_CICLO_PROPRIO = 3
CV_IRREGULAR = Decimal("0.5")
FOLGA_DA_TENDENCIA = Decimal("0.10")
NOTAS_RFV = 5


@dataclass(frozen=True, slots=True)
class Limites:
    """As datas em que o status de um cliente muda, contadas da última compra."""

    quase_inativo_em: date
    inativo_em: date
    antigo_em: date | None = None


@dataclass(frozen=True, slots=True)
class Regra:
    """Inativo depois de `periodo`; quase inativo `antecedencia` antes; antigo, se quiser, mais tarde.

    Com `ciclo`, quem tem ciclo próprio segue o dele, e os limites fixos são a reserva dos demais.
    """

    periodo: Periodo
    antecedencia: Periodo
    antigo: Periodo | None = None
    ciclo: PorCiclo | None = None

    def __post_init__(self) -> None:
        _conferir(self)

    def limites(self, ultima_compra: date, ciclo: Decimal | None = None, dias_de_compra: int = 0) -> Limites:
        """As datas do silêncio que começa depois de `ultima_compra`.

        `ciclo` e `dias_de_compra` são os conhecidos nesse dia: nunca o intervalo que se julga.
        """
        antigo_em = self.antigo.depois_de(ultima_compra) if self.antigo else None
        if self.ciclo and ciclo is not None and dias_de_compra >= DIAS_PARA_CICLO_PROPRIO:
            quase, inativo = (timedelta(days=n) for n in self.ciclo.dias(ciclo))
            return Limites(ultima_compra + quase, ultima_compra + inativo, antigo_em)
        return Limites(self._quase(ultima_compra), self.periodo.depois_de(ultima_compra), antigo_em)

    def _quase(self, ultima_compra: date) -> date:
        """Mesma unidade: subtrai antes de somar; meses com dias: tira os dias da data final."""
        if self.mista:
            return self.periodo.depois_de(ultima_compra) - timedelta(days=self.antecedencia.n)
        resto = Periodo(self.periodo.n - self.antecedencia.n, self.periodo.unidade)
        return resto.depois_de(ultima_compra)

    @property
    def mista(self) -> bool:
        return self.periodo.unidade != self.antecedencia.unidade

    @property
    def interna(self) -> tuple[int, int, int]:
        """(meses, dias, dias a tirar) que, somados à última compra, dão quase_inativo_em."""
        if self.mista:
            return self.periodo.n, 0, self.antecedencia.n
        resto = self.periodo.n - self.antecedencia.n
        return (resto, 0, 0) if self.periodo.unidade == MESES else (0, resto, 0)

    @property
    def prazo(self) -> str:
        """Quanto tempo sem comprar faz um inativo, para o meio de uma frase."""
        return f"{self.ciclo}; sem ciclo, {self.periodo}" if self.ciclo else str(self.periodo)

    def __str__(self) -> str:
        fixa = f"inativo após {self.periodo}, aviso {self.antecedencia} antes"
        if self.ciclo is None:
            return fixa
        c = self.ciclo
        aviso = f"aviso a {vezes(c.quase)}, entre {c.quase_min} e {c.quase_max} dias"
        return f"inativo após {c}, {aviso}; sem ciclo, {fixa}"


# Quatro anos seguidos com um bissexto no meio: todo dia do calendário aparece.
_CICLO_DE_QUATRO_ANOS = tuple(date(2023, 1, 1) + timedelta(days=i) for i in range(1461))


@lru_cache(maxsize=1024)
def _conferir(regra: Regra) -> None:
    if regra.periodo.unidade == DIAS and regra.antecedencia.unidade == MESES:
        raise RegraInvalida("Período em dias pede antecedência em dias.")
    if not regra.mista and regra.antecedencia.n >= regra.periodo.n:
        raise RegraInvalida("A antecedência deve ser menor que o período.")
    for dia in _CICLO_DE_QUATRO_ANOS:
        limites = regra.limites(dia)
        if limites.quase_inativo_em <= dia:
            raise RegraInvalida(
                "A antecedência toma o período inteiro: o aviso cairia no dia da própria compra "
                f"(compra em {dia:%d/%m/%Y})."
            )
        if limites.antigo_em and limites.antigo_em <= max(limites.inativo_em, _mais_tarde(regra, dia)):
            raise RegraInvalida("“Inativo antigo” deve começar depois de “inativo”.")


def _mais_tarde(regra: Regra, dia: date) -> date:
    """O inativo mais tardio que um ciclo pode dar."""
    return dia + timedelta(days=regra.ciclo.inativo_max) if regra.ciclo else dia


REGRA_PADRAO = Regra(Periodo(6, MESES), Periodo(2, MESES))

PRESETS: tuple[tuple[str, Regra], ...] = (
    ("Indústria, compra anual (18 meses, aviso 6 meses antes)", Regra(Periodo(18, MESES), Periodo(6, MESES))),
    ("Varejo (180 dias, aviso 60 dias antes)", Regra(Periodo(180, DIAS), Periodo(60, DIAS))),
    (
        "90/365 dias com recente e antigo",
        Regra(Periodo(90, DIAS), Periodo(30, DIAS), antigo=Periodo(365, DIAS)),
    ),
    ("Pós-compra curta (20 dias)", Regra(Periodo(20, DIAS), Periodo(5, DIAS))),
    ("120 dias (aviso 30 dias antes)", Regra(Periodo(120, DIAS), Periodo(30, DIAS))),
    (
        "Pelo ciclo de cada um (quase 1,5×, inativo 3×)",
        Regra(
            Periodo(180, DIAS),
            Periodo(60, DIAS),
            ciclo=PorCiclo(Decimal("1.5"), Decimal(3), 15, 180, 30, 365),
        ),
    ),
)


def classificar(quase_em: date | None, inativo_em: date | None, referencia: date) -> Status:
    """O status é função só das duas datas e da referência; os dois limites são inclusivos."""
    if quase_em is None or inativo_em is None:
        return Status.PROSPECT
    if inativo_em <= referencia:
        return Status.INATIVO
    return Status.QUASE_INATIVO if quase_em <= referencia else Status.ATIVO


def marcar(
    status: Status,
    referencia: date,
    *,
    novo_ate: date | None = None,
    recuperado_ate: date | None = None,
    antigo_em: date | None = None,
) -> Marca | None:
    """A marca ao lado do status; recuperado vence novo, e só há recente onde há antigo."""
    if status == Status.ATIVO:
        if recuperado_ate and referencia <= recuperado_ate:
            return Marca.RECUPERADO
        return Marca.NOVO if novo_ate and referencia <= novo_ate else None
    if status == Status.INATIVO and antigo_em:
        return Marca.ANTIGO if antigo_em <= referencia else Marca.RECENTE
    return None


def ultimo_dia_da_novidade(compra: date, dias: int) -> date:
    """A janela é (referencia − dias, referencia]: o último dia em que a compra ainda está nela."""
    return compra + timedelta(days=dias - 1)


def recuperou(
    regra: Regra, anterior: date, compra: date, ciclo: Decimal | None = None, dias_de_compra: int = 0
) -> bool:
    """A compra encontrou o cliente inativo (no próprio dia do limite já estava).

    O ciclo é o das compras até `anterior`: o silêncio julgado não entra na própria régua.
    """
    return regra.limites(anterior, ciclo, dias_de_compra).inativo_em <= compra


def ciclo_conhecido(dias: Sequence[date]) -> Decimal | None:
    """A mediana exata dos intervalos entre estes dias de compra, distintos e em ordem."""
    saltos = [(depois - antes).days for antes, depois in pairwise(dias)]
    return Decimal(str(median(saltos))).quantize(Decimal("0.0001"), ROUND_HALF_UP) if saltos else None


def arredondar_dias(valor: Decimal) -> int:
    """Dias inteiros, meio para cima, como o round() do PostgreSQL sobre numeric."""
    return int(valor.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def classificar_ritmo(
    dias_de_compra: int, ciclo: Decimal | None, soma: int, soma_quadrados: int
) -> Ritmo | None:
    """Ritmo pelo ciclo próprio; `soma` e `soma_quadrados` são dos intervalos entre dias de compra."""
    if dias_de_compra == 1:
        return Ritmo.UNICA
    if ciclo is None or dias_de_compra < DIAS_PARA_CICLO_PROPRIO:
        return None
    if eh_irregular(dias_de_compra - 1, soma, soma_quadrados):
        return Ritmo.IRREGULAR
    dias = arredondar_dias(ciclo)
    return next((nome for nome, de, ate in FAIXAS_DE_RITMO if de <= dias <= ate), Ritmo.A_CADA_N_DIAS)


def eh_irregular(n: int, soma: int, soma_quadrados: int) -> bool:
    """Coeficiente de variação (populacional) acima de 0,5, em inteiros para ser exato nos dois lados."""
    return 4 * (n * soma_quadrados - soma * soma) > soma * soma


def classificar_tendencia(recente: Decimal, anterior: Decimal) -> Tendencia | None:
    """Últimos 90 dias contra os 90 anteriores; sem valor nos dois não há o que dizer."""
    if not recente and not anterior:
        return None
    if recente > anterior * (1 + FOLGA_DA_TENDENCIA):
        return Tendencia.SOBE
    return Tendencia.CAI if recente < anterior * (1 - FOLGA_DA_TENDENCIA) else Tendencia.ESTAVEL


def nota_rfv(piores: int, total: int) -> int:
    """1 + floor(5 × piores ÷ total): empates têm os mesmos piores, logo a mesma nota."""
    return 1 + NOTAS_RFV * piores // total


def notas_rfv(valores: Sequence[object]) -> list[int]:
    """As notas de uma população inteira, na ordem recebida (quem é estritamente menor é pior)."""
    ordenados = sorted(valores)  # type: ignore[type-var]
    piores: dict[object, int] = {}
    for posicao, valor in enumerate(ordenados):
        piores.setdefault(valor, posicao)
    return [nota_rfv(piores[valor], len(ordenados)) for valor in valores]


def curva_abc(
    clientes: Iterable[tuple[str, Decimal]], a: Decimal = Decimal(80), b: Decimal = Decimal(95)
) -> dict[str, str]:
    """Classe de cada código com valor: A enquanto a fatia acumulada ANTES dele for menor que `a` %."""
    fila = sorted(((c, v) for c, v in clientes if v > 0), key=lambda par: (-par[1], par[0].encode()))
    total = sum((v for _, v in fila), Decimal(0))
    classes, antes = {}, Decimal(0)
    for codigo, valor in fila:
        classes[codigo] = "A" if antes * 100 < a * total else "B" if antes * 100 < b * total else "C"
        antes += valor
    return classes
