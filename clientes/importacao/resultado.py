"""O que uma importação fez (ou faria), em números e frases."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from clientes.importacao.completo import Sumico

LIMITE_DE_REJEICOES = 100_000  # além disto o resultado na memória para; o arquivo de rejeitadas traz todas
_EXEMPLOS = 3


@dataclass(frozen=True, slots=True)
class Rejeicao:
    linha: int
    coluna: str
    valor: str
    motivo: str


@dataclass(frozen=True, slots=True)
class Somas:
    """Do que foi entendido: para conferir com o total do ERP antes de gravar."""

    linhas: int = 0
    valor: Decimal = Decimal("0.00")
    de: date | None = None
    ate: date | None = None


@dataclass(frozen=True, slots=True)
class Resultado:
    """`aceitas` = novas + atualizadas + inalteradas; `gravado` diz se o banco mudou de fato."""

    aceitas: int = 0
    novas: int = 0
    atualizadas: int = 0
    inalteradas: int = 0
    rejeitadas: int = 0
    avisos: tuple[str, ...] = ()
    rejeicoes: tuple[Rejeicao, ...] = ()
    somas: Somas = field(default_factory=Somas)
    gravado: bool = False
    descricao: str = ""
    sumico: Sumico | None = None  # do arquivo que se disse completo para um período

    def para_maquinas(self) -> dict[str, Any]:
        """O contrato do `--json`; o sumiço só do arquivo que se disse completo."""
        return {
            "aceitas": self.aceitas,
            "novas": self.novas,
            "atualizadas": self.atualizadas,
            "inalteradas": self.inalteradas,
            "rejeitadas": self.rejeitadas,
            "avisos": list(self.avisos),
            "rejeicoes": [asdict(r) for r in self.rejeicoes],
            **({"desaparecidas": self._desaparecidas(self.sumico)} if self.sumico else {}),
        }

    @staticmethod
    def _desaparecidas(sumico: Sumico) -> dict[str, Any]:
        return {
            "quantas": sumico.quantas,
            "valor": f"{sumico.valor:.2f}",
            "no_periodo": sumico.no_periodo,
            "excessivo": sumico.excessivo,
        }


@dataclass(slots=True)
class _Aviso:
    vezes: int = 0
    exemplos: list[str] = field(default_factory=list)


class Avisos:
    """Avisos iguais contados juntos, com as primeiras linhas de exemplo: memória curta em arquivo longo."""

    def __init__(self, iniciais: Iterable[str] = ()) -> None:
        self._soltos = list(iniciais)
        self._contados: dict[tuple[str, str], _Aviso] = {}

    def dizer(self, texto: str) -> None:
        if texto and texto not in self._soltos:
            self._soltos.append(texto)

    def contar(self, linha: int, coluna: str, texto: str, valor: str = "", vezes: int = 1) -> None:
        chave = (coluna, texto if len(self._contados) < 500 else "outros avisos")
        aviso = self._contados.setdefault(chave, _Aviso())
        aviso.vezes += vezes
        if len(aviso.exemplos) < _EXEMPLOS:
            aviso.exemplos.append(f"linha {linha}" + (f" “{valor[:40]}”" if valor else ""))

    def lista(self) -> tuple[str, ...]:
        return (*self._soltos, *(self._frase(c, t, a) for (c, t), a in self._contados.items()))

    @staticmethod
    def _frase(coluna: str, texto: str, aviso: _Aviso) -> str:
        onde = f"{coluna}: " if coluna else ""
        vezes = f" ({aviso.vezes} linhas: " if aviso.vezes > 1 else " ("
        reticencias = "…" if aviso.vezes > len(aviso.exemplos) else ""
        return f"{onde}{texto}{vezes}{', '.join(aviso.exemplos)}{reticencias})"
