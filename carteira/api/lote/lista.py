"""Um lote em JSON comum: uma lista de objetos, que se guarda como JSON Lines, um objeto por linha.

O texto de cada objeto fica como veio: quem o lê, e recusa o que há de errado nele, é a importação. Antes de se
decodificar conferem-se quantos são e o tamanho de cada um: poucos MB de `{}` seriam milhões de objetos na memória.
"""

import json
import re
from collections.abc import Iterable, Iterator

from carteira import lotes
from carteira.api.problemas import Problema
from carteira.formatos import numero as por_extenso
from carteira.lotes import MAXIMO_DE_BYTES, CorpoGrande, corpo_grande

MAXIMO_DO_OBJETO = 256 << 10
_BRANCOS = " \t\r\n"
_EM_BRANCO = b"\xef\xbb\xbf \t\r\n"
_TEXTO_OU_CHAVE = re.compile(r'"(?:[^"\\]|\\.)*+"?|[{}]', re.DOTALL)
_ABRE_OU_FECHA = {"{": 1, "}": -1}
_SEM_QUEBRAS = str.maketrans("\r\n", "  ")
_decodificar = json.JSONDecoder().raw_decode


def em_linhas(pedacos: Iterable[bytes]) -> Iterator[bytes]:
    """A lista inteira, aos objetos; o que não é uma lista é 400."""
    texto = _texto(pedacos)
    posicao = _pular(texto, 0)
    if not texto.strip(_BRANCOS):
        return
    if texto[posicao : posicao + 1] != "[":
        raise Problema(
            400, "Mande uma lista de objetos: [{…}, {…}]. Uma linha por objeto é application/x-ndjson."
        )
    posicao = _pular(texto, posicao + 1)
    if texto[posicao : posicao + 1] == "]":
        raise Problema(400, "A lista está vazia: mande pelo menos um objeto.")
    numero = 1
    while True:
        _conferir_quantos(numero)
        fim = _fim_do_objeto(texto, posicao, numero)
        yield texto[posicao:fim].translate(_SEM_QUEBRAS).encode() + b"\n"
        posicao = _pular(texto, fim)
        if texto[posicao : posicao + 1] == "]":
            _conferir_resto(texto, posicao + 1)
            return
        if texto[posicao : posicao + 1] != ",":
            raise _malformada(numero, "depois dele vem uma vírgula ou o fim da lista")
        posicao, numero = _pular(texto, posicao + 1), numero + 1


def linhas_que_cabem(pedacos: Iterable[bytes]) -> Iterator[bytes]:
    """Os pedaços de um JSON Lines, contadas as linhas à medida que chegam; linha em branco não conta."""
    sobra, numero = b"", 0
    for pedaco in pedacos:
        inteiras = (sobra + pedaco).splitlines(keepends=True)
        # A última pode continuar no pedaço seguinte, mesmo acabando em \r: o \n dela ainda vem.
        sobra = b"" if inteiras[-1].endswith(b"\n") else inteiras.pop()
        for linha in inteiras:
            _conferir_tamanho(len(linha), numero + 1)
            numero += bool(linha.strip(_EM_BRANCO))
            _conferir_quantos(numero)
        _conferir_tamanho(len(sobra), numero + 1)
        yield pedaco
    _conferir_quantos(numero + bool(sobra.strip(_EM_BRANCO)))


def _conferir_quantos(numero: int) -> None:
    maximo = lotes.MAXIMO_DE_LINHAS
    if numero > maximo:
        raise CorpoGrande(
            f"São mais de {por_extenso(maximo)} linhas, o limite por vez: parta o corpo em lotes menores."
        )


def _conferir_tamanho(tamanho: int, numero: int) -> None:
    if tamanho > MAXIMO_DO_OBJETO:
        raise CorpoGrande(
            f"O objeto {numero} passa de {MAXIMO_DO_OBJETO >> 10} KB: confira como ele é escrito."
        )


def _texto(pedacos: Iterable[bytes]) -> str:
    lido = bytearray()
    for pedaco in pedacos:
        lido += pedaco
        if len(lido) > MAXIMO_DE_BYTES:
            raise corpo_grande()
    try:
        return lido.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Problema(400, "JSON é sempre UTF-8: confira como o corpo é escrito.") from None


def _pular(texto: str, posicao: int) -> int:
    while texto[posicao : posicao + 1] and texto[posicao] in _BRANCOS:
        posicao += 1
    return posicao


def _fim_do_objeto(texto: str, posicao: int, numero: int) -> int:
    if texto[posicao : posicao + 1] != "{":
        raise _malformada(numero, "não é um objeto")
    _conferir_tamanho(_medir(texto, posicao), numero)
    try:
        return _decodificar(texto, posicao)[1]
    except (ValueError, RecursionError) as erro:
        raise _malformada(numero, "o JSON dele não se lê") from erro


def _medir(texto: str, posicao: int) -> int:
    """O tamanho do objeto pelas chaves que se abrem e fecham; passando do limite, só que passa."""
    abertas = 0
    for achado in _TEXTO_OU_CHAVE.finditer(texto, posicao, posicao + MAXIMO_DO_OBJETO):
        abertas += _ABRE_OU_FECHA.get(achado[0], 0)
        if not abertas:
            return achado.end() - posicao
    return len(texto) - posicao


def _conferir_resto(texto: str, posicao: int) -> None:
    if texto[posicao:].strip(_BRANCOS):
        raise Problema(400, "Há algo depois do fim da lista: mande uma lista só.")


def _malformada(numero: int, defeito: str) -> Problema:
    return Problema(400, f"Objeto {numero} da lista: {defeito}.")
