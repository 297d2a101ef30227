"""Giro e positivação contra o ritmo da meta: a parte da meta que os dias úteis já passados pedem. Puro."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal

from atividade.giro import Giro, Janela, Toque
from clientes.dias_uteis import e_util
from contas.models import Empresa

CAMPO_DA_META = {Toque.CONTATO: "giro", Toque.COMPRA: "positivacao"}
NOMES_DOS_TOQUES = {Toque.CONTATO: "Giro de carteira", Toque.COMPRA: "Positivação"}
_UM_DIA = timedelta(days=1)


def uf_dos_feriados(empresas: Iterable[Empresa]) -> str:
    """O estado cujos feriados valem; empresas de estados diferentes só têm em comum os nacionais."""
    ufs = {empresa.feriados_uf for empresa in empresas}
    return ufs.pop() if len(ufs) == 1 else ""


def uteis_de(janela: Janela, uf: str) -> list[date]:
    return [dia for dia in janela.dias if e_util(dia, uf)]


def curva_util(
    giro: Giro, toque: Toque, janela: Janela, uteis: Sequence[date]
) -> list[tuple[date, int, int]]:
    """(dia útil, tocados nele, até ele) dos que já passaram: o fim de semana conta no dia útil de antes.

    O que vem antes do primeiro dia útil conta nele, e nada do período fica de fora da última linha.
    """
    passados = [dia for dia in uteis if dia <= janela.ate]
    fins = [seguinte - _UM_DIA for seguinte in passados[1:]] + [janela.ate]
    linhas, antes = [], 0
    for dia, fim in zip(passados, fins, strict=False):
        ate = giro.tocados(toque, fim)
        linhas.append((dia, ate - antes, ate))
        antes = ate
    return linhas


@dataclass(frozen=True)
class Medida:
    """Um dos dois números de uma linha, ao lado da meta, do ritmo dela e do período anterior."""

    toque: Toque
    clientes: int
    tocados: int
    antes: Decimal | None
    meta: Decimal | None = None
    passados: int = 0
    uteis: int = 0

    @property
    def nome(self) -> str:
        return NOMES_DOS_TOQUES[self.toque]

    @property
    def porcento(self) -> Decimal | None:
        return Decimal(self.tocados) * 100 / self.clientes if self.clientes else None

    @property
    def pontos(self) -> Decimal | None:
        agora = self.porcento
        return None if agora is None or self.antes is None else agora - self.antes

    @property
    def ritmo(self) -> Decimal | None:
        """A parte da meta que os dias úteis já passados pedem."""
        return self.meta * self.passados / self.uteis if self.meta is not None and self.uteis else None

    @property
    def no_ritmo(self) -> bool | None:
        agora, pede = self.porcento, self.ritmo
        return None if agora is None or pede is None else agora >= pede

    @property
    def faltam(self) -> int:
        """Quantos clientes faltam para estar no ritmo; zero quando está."""
        return self._ate(self.ritmo)

    @property
    def faltam_para_a_meta(self) -> int:
        return self._ate(self.meta)

    def _ate(self, alvo: Decimal | None) -> int:
        if alvo is None:
            return 0
        precisa = (alvo * self.clientes / 100).to_integral_value(ROUND_CEILING)
        return max(0, int(precisa) - self.tocados)


@dataclass(frozen=True)
class Calendario:
    """Os dias úteis do período, e quantos já passaram."""

    uteis: Sequence[date]
    passados: int

    @classmethod
    def de(cls, janela: Janela, hoje: date, uf: str) -> "Calendario":
        uteis = uteis_de(janela, uf)
        return cls(uteis, sum(dia <= hoje for dia in uteis))

    @property
    def restantes(self) -> int:
        return len(self.uteis) - self.passados


def meta_de_varios(pares: Iterable[tuple[int, Decimal | None]]) -> Decimal | None:
    """De (clientes, meta): a meta dos que a têm, cada uma pesando pelos clientes de quem é."""
    com_meta = [(clientes, meta) for clientes, meta in pares if clientes and meta is not None]
    total = sum(n for n, _ in com_meta)
    return sum((n * meta for n, meta in com_meta), Decimal(0)) / total if total else None
