"""Uma verificação: o que tem de ser verdade, como se procura o contrário, e o que fazer se ele aparece."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from contas.models import Empresa

EXEMPLOS = 10


@dataclass(slots=True)
class Pedido:
    """O que se pediu para conferir; as verificações só leem dele (e anotam)."""

    empresas: list[Empresa]
    hoje: date
    agora: datetime
    amostra: int | None = 1000
    semente: int = 0
    # Quem morreu no meio é retomado pela varredura em um ou dois minutos: antes disto, não está preso.
    tolerancia: timedelta = timedelta(minutes=15)
    notas: list[str] = field(default_factory=list)

    @property
    def parametros(self) -> dict[str, Any]:
        return {
            "empresas": [empresa.pk for empresa in self.empresas],
            "hoje": self.hoje,
            "agora": self.agora,
            "limite": self.agora - self.tolerancia,
            "fuso": settings.TIME_ZONE,
        }

    def anotar(self, nota: str) -> None:
        self.notas.append(nota)


@dataclass(frozen=True, slots=True)
class Verificacao:
    """`procurar` é a consulta (uma coluna de texto, uma linha por achado) ou uma função que dá as frases.

    Grave é o que não pode ser; o que não é grave é trabalho à espera de alguém, e não faz a conferência falhar.
    Nem as frases nem as consultas citam nome, documento, telefone ou e-mail: só códigos e números.
    """

    nome: str
    verdade: str
    fazer: str
    procurar: str | Callable[[Pedido], Iterable[str]]
    grave: bool = True

    def achar(self, pedido: Pedido) -> tuple[int, list[str]]:
        """Quantos achados, e os primeiros deles."""
        if isinstance(self.procurar, str):
            return _do_banco(self.procurar, pedido.parametros)
        return _contados(self.procurar(pedido))


def _do_banco(consulta: str, parametros: dict[str, Any]) -> tuple[int, list[str]]:
    """O banco conta; daqui só passam os exemplos."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT achado, count(*) OVER () FROM ({consulta}) x (achado) ORDER BY 1 LIMIT {EXEMPLOS}",
            parametros,
        )
        linhas = cursor.fetchall()
    return (linhas[0][1] if linhas else 0), [achado for achado, _ in linhas]


def _contados(frases: Iterable[str]) -> tuple[int, list[str]]:
    exemplos: list[str] = []
    n = 0
    for n, frase in enumerate(frases, 1):
        if n <= EXEMPLOS:
            exemplos.append(frase)
    return n, exemplos
