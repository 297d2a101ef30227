"""JSON Lines como tabela: um objeto por linha; as colunas são as chaves que aparecem em alguma delas.

O texto é lido como uma célula de CSV; o número, como o de uma planilha, sem convenção a adivinhar. Chave ausente
numa linha e presente noutra é recusada: ausente conserva e vazio apaga, e não se adivinha qual dos dois é.
"""

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from clientes.importacao.leitura import Linha, Tabela
from clientes.importacao.planilha import COLUNAS_MAXIMO
from clientes.importacao.recusa import ArquivoRecusado
from clientes.importacao.valores import MARCA_DE_NUMERO

MALFORMADA = "JSON malformado"  # como começa o problema da linha que nem objeto é
_NA_MEMORIA = 32 << 20  # até aqui se lê uma vez só
_MARCAS = "\x01\x02\x03"
_EXPOENTE_MAXIMO = 30


class _Recusa(ValueError):
    """Um valor que JSON aceita e uma tabela não."""


class _Numero(str):
    """Um número com casas, já com a marca: texto que comece por ela não se confunde com ele."""

    __slots__ = ()


def abrir(caminho: Path, codificacao: str) -> Tabela:
    if codificacao not in {"utf-8", "utf-8-sig"}:
        raise ArquivoRecusado("JSON Lines é sempre UTF-8: exporte de novo.")
    ler: Callable[[], Iterator[tuple[int, Any]]] = partial(_objetos, caminho)
    if caminho.stat().st_size <= _NA_MEMORIA:
        guardados = list(ler())
        ler = guardados.__iter__
    cabecalho = _cabecalho(ler())
    if not cabecalho:
        numero, primeira = next(ler(), (1, "não há nenhum objeto"))
        raise ArquivoRecusado(f"linha {numero}: {primeira or 'o objeto está vazio'}. Exporte de novo.")
    return Tabela(cabecalho, _linhas(ler(), cabecalho), planilha=True, descricao="JSON Lines · UTF-8")


def _objetos(caminho: Path) -> Iterator[tuple[int, Any]]:
    """(linha, objeto), ou (linha, a frase do que há de errado)."""
    decodificar = json.JSONDecoder(
        object_pairs_hook=_sem_repetir, parse_float=_numero, parse_int=str, parse_constant=_constante
    ).decode
    with caminho.open(encoding="utf-8-sig") as arquivo:
        for numero, texto in enumerate(arquivo, 1):
            if texto.isspace():
                continue
            try:
                lido = decodificar(texto)
                if "\\u" in texto:
                    _conferir_escapes(lido)
            except _Recusa as recusa:
                yield numero, str(recusa)
            except (ValueError, RecursionError) as erro:
                yield numero, f"{MALFORMADA}: {_onde(erro)}"
            else:
                yield numero, lido if isinstance(lido, dict) else f"{MALFORMADA}: a linha não é um objeto"


def _numero(texto: str) -> _Numero:
    if "e" in texto or "E" in texto:
        # 1.23456789E7, como escrevem algumas linguagens; um expoente sem fim encheria a memória
        valor = Decimal(texto)
        if abs(valor.adjusted()) > _EXPOENTE_MAXIMO:
            raise _Recusa(f"o número {texto[:40]} é grande ou pequeno demais")
        texto = format(valor, "f")
    return _Numero(MARCA_DE_NUMERO + texto)


def _constante(texto: str) -> NoReturn:
    raise _Recusa(f"{texto} não é um número: mande null se não há valor")


def _sem_repetir(pares: list[tuple[str, Any]]) -> dict[str, Any]:
    objeto = dict(pares)
    if len(objeto) != len(pares):
        raise _Recusa("a mesma chave aparece duas vezes na linha: deixe uma só")
    return objeto


def _conferir_escapes(objeto: Any) -> None:
    """Meio par de substituição não é letra nenhuma, e o banco não guarda nem ele nem o nulo."""
    valores = [*objeto, *objeto.values()] if isinstance(objeto, dict) else []
    textos = [t for v in valores for t in (v if isinstance(v, list) else [v]) if isinstance(t, str)]
    try:
        if "\x00" in "".join(textos):
            raise _Recusa("caractere nulo, invisível, na linha: exporte de novo do ERP")
        json.dumps(objeto, ensure_ascii=False).encode()
    except UnicodeEncodeError as erro:
        raise _Recusa("a linha tem um \\u pela metade, que não é letra nenhuma: exporte de novo") from erro


def _onde(erro: Exception) -> str:
    return f"confira perto do caractere {erro.colno}" if isinstance(erro, json.JSONDecodeError) else "confira"


def _cabecalho(objetos: Iterator[tuple[int, Any]]) -> list[str]:
    """As chaves na ordem em que aparecem."""
    chaves: dict[str, None] = {}
    for _, objeto in objetos:
        if isinstance(objeto, dict) and not chaves.keys() >= objeto.keys():
            chaves |= dict.fromkeys(objeto)
            if len(chaves) > COLUNAS_MAXIMO:
                raise ArquivoRecusado(
                    f"As linhas têm mais de {COLUNAS_MAXIMO} chaves: deixe só as que interessam."
                )
    return list(chaves)


def _linhas(objetos: Iterator[tuple[int, Any]], cabecalho: list[str]) -> Iterator[Linha]:
    for numero, objeto in objetos:
        if isinstance(objeto, str):
            yield Linha(numero, [], objeto)
            continue
        try:
            celulas = [
                v
                if (tipo := type(v := objeto[chave])) is _Numero or (tipo is str and v[:1] > "\x03")
                else _celula(v)
                for chave in cabecalho
            ]
        except KeyError as falta:
            yield Linha(
                numero,
                _a_vista(objeto),
                f"falta a chave “{falta.args[0]}”, que outras linhas trazem: mande-a em todas (null apaga), ou em nenhuma (conserva)",
            )
        except _Recusa as recusa:
            yield Linha(numero, _a_vista(objeto), str(recusa))
        else:
            yield Linha(numero, celulas)


def _a_vista(objeto: dict[str, Any]) -> list[str]:
    """O que se mostra de uma linha recusada inteira."""
    return [str(valor) for valor in objeto.values()]


def _celula(valor: Any) -> str:
    """O texto da célula; marca de planilha só a dos números, que somos nós que pomos."""
    if isinstance(valor, str):
        return valor if type(valor) is _Numero else valor.lstrip(_MARCAS)
    if valor is None:
        return ""
    if isinstance(valor, bool):
        return "sim" if valor else "não"
    if isinstance(valor, list) and all(type(v) is str for v in valor):
        return ", ".join(valor)
    raise _Recusa(
        "há um objeto ou uma lista de objetos: cada valor é um texto, um número ou uma lista de textos"
    )
