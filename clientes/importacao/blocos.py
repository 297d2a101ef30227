"""Uma coluna de um bloco de linhas lida de uma vez, se nenhuma célula dela pede cuidado.

É o caminho mais quente da importação, e o comum: cada leitura daqui dá o mesmo que a de uma célula só, em `campos`.
"""

import re
from collections.abc import Callable, Sequence

NULO = r"\N"
VIRGULA_DIRETA = re.compile(r"(?:[1-9][0-9]{0,2}(?:\.[0-9]{3}){1,3}|[0-9]{1,12}),[0-9]{2}", re.ASCII)
PONTO_DIRETO = re.compile(r"[0-9]{1,12}\.[0-9]{2}", re.ASCII)
# Sem ponto, vírgula nem mais: com eles pode ser um número em notação científica, que se julga à parte.
_CODIGO_DIRETO = re.compile(r"[0-9A-Za-z/_-]{1,40}", re.ASCII)

Bloco = tuple[list[str], str]  # o trecho para o COPY de cada célula, e o indício de todas
Direto = Callable[[Sequence[str]], Bloco | None]  # nulo: alguma célula pede a leitura de sempre


def codigos(textos: Sequence[str]) -> Bloco | None:
    """Códigos sem nada a limpar ficam como vieram."""
    return (list(textos), "") if all(map(_CODIGO_DIRETO.fullmatch, textos)) else None


def numeros(textos: Sequence[str]) -> Bloco | None:
    """Dinheiro com duas casas, todo da mesma convenção."""
    if all(map(VIRGULA_DIRETA.fullmatch, textos)):
        return [numero_com_virgula(t) for t in textos], "v"
    if all(map(PONTO_DIRETO.fullmatch, textos)):
        return [numero_com_ponto(t) for t in textos], "p"
    return None


def numero_com_virgula(texto: str) -> str:
    return f"{texto.replace('.', '').replace(',', '.')}\t{NULO}\t{texto}\t{NULO}"


def numero_com_ponto(texto: str) -> str:
    return f"{NULO}\t{texto}\t{texto}\t{NULO}"
