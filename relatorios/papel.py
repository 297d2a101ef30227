"""O papel em partes: um PDF de até mil linhas, ou vários, em um ZIP, com todas as linhas e a memória de um só.

O WeasyPrint guarda o documento inteiro até escrevê-lo: dez mil linhas de uma vez custariam mais de 2 GB.
"""

import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from relatorios import pdf

LINHAS_POR_PARTE = 1000
MAXIMO_NO_PAPEL = 20_000  # umas 1.700 páginas, e uns cinco minutos de um trabalhador: depois, a planilha
_LINHAS_POR_PAGINA = 24
Andamento = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Parte:
    """As linhas de `inicio` (de zero) até antes de `fim`; a última leva o que houver até o fim."""

    numero: int
    quantas: int
    inicio: int
    fim: int

    @property
    def primeira(self) -> bool:
        return self.numero == 1

    @property
    def ultima(self) -> bool:
        return self.numero == self.quantas

    @property
    def primeira_linha(self) -> int:
        return self.inicio + 1

    @property
    def tamanho(self) -> int | None:
        return None if self.ultima else self.fim - self.inicio


Folha = Callable[[Parte], str]


def partes(linhas: int) -> list[Parte]:
    """Sem linhas há uma parte, que diz que não há nada."""
    quantas = max(1, -(-linhas // LINHAS_POR_PARTE))
    return [
        Parte(n, quantas, (n - 1) * LINHAS_POR_PARTE, min(n * LINHAS_POR_PARTE, linhas))
        for n in range(1, quantas + 1)
    ]


def escrever(
    folha: Folha, linhas: int, destino: Path, nome: str, andamento: Andamento
) -> tuple[Path, str, int]:
    """O arquivo feito, o nome com que se baixa e as páginas; um PDF só, ou um ZIP deles."""
    todas = partes(linhas)
    if len(todas) == 1:
        return destino, nome, _escrever(folha, todas[0], linhas, destino, andamento)
    pacote = destino.with_suffix(".zip")
    with tempfile.TemporaryDirectory() as pasta:
        folhas = [Path(pasta) / _nome_da_parte(nome, parte) for parte in todas]
        paginas = sum(
            _escrever(folha, parte, linhas, onde, andamento)
            for parte, onde in zip(todas, folhas, strict=True)
        )
        pdf.guardar(pacote, lambda saida: _juntar(saida, folhas))
    return pacote, f"{Path(nome).stem}.zip", paginas


def _escrever(folha: Folha, parte: Parte, linhas: int, onde: Path, andamento: Andamento) -> int:
    def da_pagina(numero: int) -> None:
        feitas = min(parte.inicio + numero * _LINHAS_POR_PAGINA, parte.fim)
        andamento(25 + int(65 * feitas / max(1, linhas)))

    return pdf.escrever_pdf(folha(parte), onde, da_pagina)


def _nome_da_parte(nome: str, parte: Parte) -> str:
    return f"{Path(nome).stem}-parte-{parte.numero:02}-de-{parte.quantas:02}.pdf"


def _juntar(saida: IO[bytes], folhas: list[Path]) -> None:
    """Sem comprimir de novo: o PDF já vem comprimido."""
    with zipfile.ZipFile(saida, "w", zipfile.ZIP_STORED) as pacote:
        for folha in folhas:
            pacote.write(folha, folha.name)
