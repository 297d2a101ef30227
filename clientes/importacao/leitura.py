"""Um arquivo aberto como tabela: cabeçalho e linhas em fluxo, CSV, JSON Lines ou planilha, com o número físico da linha."""

import csv
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

from clientes.importacao.arquivo import NOMES_DE_CODIFICACAO, identificar
from clientes.importacao.planilha import COLUNAS_MAXIMO, Pasta
from clientes.importacao.recusa import ArquivoRecusado

NOMES_DE_SEPARADOR = {";": "ponto e vírgula", ",": "vírgula", "\t": "tabulação", "|": "barra vertical"}
_AMOSTRA = 1 << 16
_TITULOS = 20  # linhas de título que um relatório pode trazer acima do cabeçalho
_NOMES_MINIMOS = 2  # quantos nomes de coluna fazem de uma linha um cabeçalho


class Linha(NamedTuple):
    """`problema` não vazio diz que a linha não pôde ser partida em colunas."""

    numero: int
    celulas: list[str]
    problema: str = ""


@dataclass(slots=True)
class Tabela:
    cabecalho: list[str]
    linhas: Iterator[Linha]
    planilha: bool
    descricao: str
    avisos: list[str] = field(default_factory=list)
    posicao: Callable[[], float] = lambda: 0.0  # fração já lida, para o progresso


Reconhecer = Callable[[list[str]], int]  # quantas colunas do cabeçalho são conhecidas


@contextmanager
def abrir(caminho: Path, reconhecer: Reconhecer) -> Iterator[Tabela]:
    """Abre o arquivo; `reconhecer` ajuda a escolher o separador e a planilha da pasta."""
    origem = identificar(caminho)
    if origem.tipo == "xlsx":
        yield _abrir_planilha(Pasta(caminho), reconhecer)
        return
    if origem.tipo == "jsonl":
        from clientes.importacao import linhas_json

        yield linhas_json.abrir(caminho, origem.codificacao)
        return
    with caminho.open("rb") as bruto, io.TextIOWrapper(bruto, origem.codificacao, newline="") as texto:
        yield _abrir_texto(texto, bruto, origem.codificacao, reconhecer)


# ── CSV ──────────────────────────────────────────────────────────────────────


def _abrir_texto(
    texto: io.TextIOWrapper, bruto: io.BufferedReader, codificacao: str, reconhecer: Reconhecer
) -> Tabela:
    amostra = texto.read(_AMOSTRA)
    separador = escolher_separador(amostra, reconhecer)
    texto.seek(0)
    cabecalho, registros = _cabecalho(_registros(texto, separador), reconhecer)
    if len(cabecalho.celulas) > COLUNAS_MAXIMO:
        raise ArquivoRecusado(f"O arquivo tem mais de {COLUNAS_MAXIMO} colunas: deixe só as que interessam.")
    tamanho = max(os.fstat(bruto.fileno()).st_size, 1)
    nome = NOMES_DE_CODIFICACAO.get(codificacao, codificacao.upper())
    avisos = _aviso_de_titulo(cabecalho)
    return Tabela(
        cabecalho=cabecalho.celulas,
        linhas=_alinhadas(_sem_repetir(registros, cabecalho.celulas, avisos), cabecalho.celulas),
        planilha=False,
        descricao=f"{NOMES_DE_SEPARADOR[separador]} · {nome}",
        avisos=avisos,
        posicao=lambda: min(bruto.tell() / tamanho, 1.0),
    )


def escolher_separador(amostra: str, reconhecer: Reconhecer) -> str:
    """O separador que mais revela colunas conhecidas; no empate, o que dá linhas mais iguais."""
    primeira = amostra.lstrip("\ufeff").split("\n", 1)[0].strip().lower()
    if primeira.startswith("sep=") and len(primeira) == 5 and primeira[4] in NOMES_DE_SEPARADOR:
        return primeira[4]
    return max(NOMES_DE_SEPARADOR, key=lambda s: _nota(amostra, s, reconhecer))


def _nota(amostra: str, separador: str, reconhecer: Reconhecer) -> tuple[int, float, int]:
    linhas: list[list[str]] = []
    leitor = csv.reader(io.StringIO(amostra, newline=""), delimiter=separador)
    with suppress(csv.Error):
        linhas.extend(linha for linha, _ in zip(leitor, range(200), strict=False) if linha)
    cabecalho = max(linhas[: _TITULOS + 1], key=reconhecer, default=[])
    if len(cabecalho) < 2:
        return (0, 0.0, 0)
    iguais = sum(len(linha) == len(cabecalho) for linha in linhas) / len(linhas)
    return (reconhecer(cabecalho), iguais, len(cabecalho))


def _registros(texto: io.TextIOWrapper, separador: str) -> Iterator[Linha]:
    """Registros com a linha física em que começam; aspas malfeitas viram problema da linha."""
    leitor = csv.reader(texto, delimiter=separador, strict=True)
    while True:
        inicio = leitor.line_num + 1
        try:
            yield Linha(inicio, next(leitor))
        except StopIteration:
            return
        except csv.Error as erro:
            _recusar_aspas_sem_fim(str(erro), inicio)
            ate = f" (até a linha {leitor.line_num})" if leitor.line_num > inicio else ""
            yield Linha(inicio, [], f"aspas fora do lugar{ate}: dobre as aspas de dentro do texto ou tire-as")


def _recusar_aspas_sem_fim(erro: str, linha: int) -> None:
    if "unexpected end of data" in erro:
        raise ArquivoRecusado(
            f"A linha {linha} abre aspas que nunca fecham: corrija as aspas e envie de novo."
        )
    if "field larger" in erro:
        raise ArquivoRecusado(
            f"A linha {linha} tem um campo enorme, talvez por aspas que não fecham: corrija e envie de novo."
        )


def _cabecalho(registros: Iterator[Linha], reconhecer: Reconhecer) -> tuple[Linha, Iterator[Linha]]:
    """A primeira linha escrita ou, se ela é um título, a que traz nomes de colunas; e o que vem depois."""
    primeira = _primeira_escrita(registros)
    if reconhecer(primeira.celulas) >= _NOMES_MINIMOS:
        return primeira, registros
    seguintes = list(islice(registros, _TITULOS))
    for indice, linha in enumerate(seguintes, 1):
        celulas = _nomes(linha.celulas)
        if reconhecer(celulas) >= _NOMES_MINIMOS:
            return Linha(linha.numero, celulas, "título acima"), chain(seguintes[indice:], registros)
    return primeira, chain(seguintes, registros)


def _nomes(celulas: list[str]) -> list[str]:
    return [celula.replace("\x00", "").strip().strip("\ufeff") for celula in celulas]


def _aviso_de_titulo(cabecalho: Linha) -> list[str]:
    if not cabecalho.problema:
        return []
    return [f"o cabeçalho está na linha {cabecalho.numero}; o que há acima dele ficou de fora"]


def _primeira_escrita(registros: Iterator[Linha]) -> Linha:
    for linha in registros:
        celulas = _nomes(linha.celulas)
        if linha.problema:
            raise ArquivoRecusado(
                f"O cabeçalho (linha {linha.numero}) tem aspas fora do lugar: corrija e envie de novo."
            )
        if len(celulas) == 1 and celulas[0].lower().startswith("sep="):
            continue
        if sum(map(len, celulas)) > 0 and not (len(celulas) == 2 and celulas[0].lower() == "sep="):
            return Linha(linha.numero, celulas)
    raise ArquivoRecusado("O arquivo está vazio: exporte de novo do ERP.")


def _sem_repetir(linhas: Iterator[Linha], cabecalho: list[str], avisos: list[str]) -> Iterator[Linha]:
    """Arquivos emendados e relatórios paginados repetem o cabeçalho no meio: ele não é um cliente."""
    ultima = max(i for i, nome in enumerate(cabecalho) if nome)
    dito = False
    for linha in linhas:
        celulas = linha.celulas
        if len(celulas) > ultima and celulas[ultima].strip() == cabecalho[ultima]:
            nomes = _nomes(celulas)
            if nomes[: ultima + 1] == cabecalho[: ultima + 1] and not any(nomes[ultima + 1 :]):
                if not dito:
                    avisos.append(
                        f"o cabeçalho se repete (linha {linha.numero}) e as repetições ficaram de fora"
                    )
                dito = True
                continue
        yield linha


def _alinhadas(registros: Iterator[Linha], cabecalho: list[str]) -> Iterator[Linha]:
    """Linhas com o número de colunas do cabeçalho; as vazias são puladas, as tortas apontadas."""
    colunas = len(cabecalho)
    com_nome = max(i for i, nome in enumerate(cabecalho, 1) if nome)
    for linha in registros:
        celulas = linha.celulas
        if len(celulas) == colunas:
            if "".join(celulas).strip():
                yield linha
        elif linha.problema:
            yield linha
        elif com_nome <= len(celulas) < colunas:
            # só faltam os separadores que sobram no fim do cabeçalho
            if "".join(celulas).strip():
                yield Linha(linha.numero, [*celulas, *[""] * (colunas - len(celulas))])
        else:
            yield from _torta(linha, colunas)


def _torta(linha: Linha, colunas: int) -> Iterator[Linha]:
    celulas = linha.celulas
    if not "".join(celulas).strip().strip("\x1a"):  # o fim de arquivo dos tempos do DOS
        return
    if len(celulas) > colunas and not "".join(celulas[colunas:]).strip():
        yield Linha(linha.numero, celulas[:colunas])
        return
    yield Linha(
        linha.numero,
        celulas,
        f"a linha tem {len(celulas)} colunas e o cabeçalho tem {colunas}: confira separadores e aspas",
    )


# ── XLSX ─────────────────────────────────────────────────────────────────────


def _abrir_planilha(pasta: Pasta, reconhecer: Reconhecer) -> Tabela:
    pasta.preparar()
    nome, parte, cabecalho = _escolher_folha(pasta, reconhecer)
    avisos = _aviso_de_titulo(cabecalho)
    depois = (Linha(numero, celulas) for numero, celulas in pasta.linhas(parte) if numero > cabecalho.numero)
    linhas = _sem_repetir(depois, cabecalho.celulas, avisos)
    if len(pasta.folhas) > 1:
        outras = ", ".join(f"“{n}”" for n, p in pasta.folhas if p != parte)
        avisos.append(f"foi lida só a planilha “{nome}”; ficaram de fora {outras}")
    colunas = cabecalho.celulas
    return Tabela(colunas, _completadas(linhas, len(colunas)), True, f"planilha “{nome}”", avisos)


def _escolher_folha(pasta: Pasta, reconhecer: Reconhecer) -> tuple[str, str, Linha]:
    """A folha com mais colunas conhecidas; no empate, a primeira com dados."""
    candidatas: list[tuple[int, str, str, Linha]] = []
    for nome, parte in pasta.folhas[:50]:
        comeco = (
            Linha(numero, _nomes([celula.lstrip("\x01\x02\x03") for celula in celulas]))
            for numero, celulas in pasta.linhas(parte)
        )
        escrita = next((linha for linha in comeco if any(linha.celulas)), None)
        if escrita:
            cabecalho, _ = _cabecalho(chain([escrita], comeco), reconhecer)
            candidatas.append((reconhecer(cabecalho.celulas), nome, parte, cabecalho))
    if not candidatas:
        raise ArquivoRecusado("A planilha está vazia: exporte de novo do ERP.")
    _, nome, parte, cabecalho = max(candidatas, key=lambda c: c[0])
    return nome, parte, cabecalho


def _completadas(linhas: Iterator[Linha], colunas: int) -> Iterator[Linha]:
    for numero, celulas, _ in linhas:
        if not "".join(celulas).strip():
            continue
        if len(celulas) > colunas:
            yield Linha(numero, celulas, f"há dados além da última coluna do cabeçalho ({colunas} colunas)")
        else:
            celulas.extend([""] * (colunas - len(celulas)))
            yield Linha(numero, celulas)
