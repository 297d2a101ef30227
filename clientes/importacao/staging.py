"""Do arquivo à área de carga por COPY: uma passada só, memória constante.

A área é uma tabela temporária (não escreve WAL) com as colunas já lidas; o que depende do conjunto
(repetições, clientes que existem, o formato dos valores) fica para o SQL.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter

from django.db import connection
from django.db.backends.utils import CursorWrapper

from clientes.importacao.blocos import NULO, Direto
from clientes.importacao.campos import Celula, Coluna, Leitor, com_erro_de_formula, cru, escapar
from clientes.importacao.datas import IndiciosDeData
from clientes.importacao.leitura import Linha, Tabela
from clientes.importacao.resultado import Avisos
from clientes.importacao.valores import AMBIGUO, IndiciosDaColuna

_LOTE = 2000
_TEXTO = 4_000_000  # caracteres num bloco: células enormes fecham-no antes
_MEMORIA = 20_000
_LEMBRADO = 200  # caracteres de uma célula cuja leitura se guarda
_ENGOLIU = re.compile(r"[\r\n][^\r\n]*(?:[;\t|]|,\S)")  # o resto de uma linha dentro da célula de outra
_SEM_ERRO = f"\t{NULO}\t{NULO}\t{NULO}"
_VALOR_MAXIMO = 200  # do que a pessoa vê de uma célula recusada
Progresso = Callable[[float], None]


@dataclass(slots=True)
class Carga:
    """O que a passada pelo arquivo deixou: colunas da área, indícios por coluna e avisos."""

    colunas: list[str]
    rotulos: dict[str, str]  # campo → nome da coluna no arquivo
    avisos: Avisos
    numeros: dict[str, IndiciosDaColuna] = field(default_factory=dict)
    datas: dict[str, IndiciosDeData] = field(default_factory=dict)
    linhas: int = 0

    constantes: frozenset[str] = frozenset()  # o que a pessoa disse e vale em todas as linhas

    def tem(self, coluna: str) -> bool:
        return coluna in self.colunas or coluna in self.constantes

    def rotulo(self, campo: str) -> str:
        """O nome da coluna no arquivo; o do campo, se o arquivo não a tem."""
        return self.rotulos.get(campo, campo)


@dataclass(slots=True)
class _Passo:
    """Uma coluna do arquivo a ler em cada linha, com a memória das células já vistas."""

    posicao: int
    campo: str
    ler: Leitor
    indicios: IndiciosDaColuna | IndiciosDeData | None
    vazia: str
    memoria: dict[str, Celula] | None
    direto: Direto | None

    def contar(self, indicios: Mapping[str, int], ambigua: str = "") -> None:
        """O que as células de um bloco mostram da coluna; `ambigua` é a primeira que nada decide."""
        assert self.indicios is not None
        for indicio, vezes in indicios.items():
            if indicio:
                self.indicios.contagem[indicio] += vezes
        if isinstance(self.indicios, IndiciosDaColuna) and not self.indicios.exemplo_ambiguo:
            self.indicios.exemplo_ambiguo = ambigua.strip()


def carregar(
    tabela: Tabela,
    posicoes: dict[str, int],
    colunas: dict[str, Coluna],
    *,
    constantes: dict[str, str],
    avisos: Avisos,
    progresso: Progresso,
) -> Carga:
    """Cria `_carga` e `_erros` e as enche com o arquivo."""
    usadas = [colunas[campo] for campo in colunas if campo in posicoes]
    nomes = [nome for coluna in usadas for nome, _ in coluna.colunas]
    carga = Carga(nomes, {c.campo: tabela.cabecalho[posicoes[c.campo]] for c in usadas}, avisos)
    carga.constantes = frozenset(constantes)
    passos = [_passo(coluna, posicoes[coluna.campo], carga, tabela.planilha) for coluna in usadas]
    with connection.cursor() as cursor:
        _criar_area(cursor, usadas, constantes)
        with cursor.copy(
            f"COPY _carga (linha, {', '.join(nomes)}, erro_coluna, erro_valor, erro_motivo) FROM STDIN"
        ) as copia:
            for lote in _lotes(tabela, passos, carga, progresso):
                copia.write(lote)
        cursor.execute(
            "INSERT INTO _erros SELECT linha, erro_coluna, erro_valor, erro_motivo FROM _carga WHERE erro_motivo IS NOT NULL"
        )
        cursor.execute("ANALYZE _carga")
        cursor.execute("ANALYZE _erros")
    return carga


def _criar_area(cursor: CursorWrapper, usadas: list[Coluna], constantes: dict[str, str]) -> None:
    tipos = ", ".join(f"{nome} {_tipo(tipo)}" for coluna in usadas for nome, tipo in coluna.colunas)
    for coluna, valor in constantes.items():
        tipos += f", {coluna} {'bigint' if coluna == 'empresa_id' else 'text'} DEFAULT '{valor}'"
    cursor.execute(
        "DROP TABLE IF EXISTS _carga, _erros, _repetidas, _vendas, _mudadas, _totais, _contraditos"
    )
    limpar_conferencia(cursor)
    cursor.execute(
        f"CREATE TEMP TABLE _carga (linha integer NOT NULL, {tipos}, erro_coluna text, erro_valor text, "
        "erro_motivo text) ON COMMIT DROP"
    )
    cursor.execute(
        "CREATE TEMP TABLE _erros (linha integer PRIMARY KEY, coluna text, valor text, motivo text) ON COMMIT DROP"
    )
    cursor.execute(
        "CREATE TEMP TABLE _repetidas (linha integer PRIMARY KEY, primeira integer) ON COMMIT DROP"
    )


def limpar_conferencia(cursor: CursorWrapper) -> None:
    """Fora o que a conferência de um tipo deixou, para começar a de outro."""
    cursor.execute(
        "DROP TABLE IF EXISTS _vendedores, _segmentos, _lugares, _documentos, _pronto, _ligadas, _sumidos"
    )


def _tipo(tipo: str) -> str:
    # Códigos e textos comparam-se byte a byte: mais rápido e igual às colunas de destino.
    return 'text COLLATE "C"' if tipo == "text" else tipo


def _passo(coluna: Coluna, posicao: int, carga: Carga, planilha: bool) -> _Passo:
    indicios: IndiciosDaColuna | IndiciosDeData | None = None
    sufixos = [nome for nome, _ in coluna.colunas]
    if f"{coluna.campo}_v" in sufixos:
        indicios = carga.numeros[coluna.campo] = IndiciosDaColuna(casas=coluna.casas)
    elif f"{coluna.campo}_t" in sufixos:
        indicios = carga.datas[coluna.campo] = IndiciosDeData()
    ler = com_erro_de_formula(coluna.ler) if planilha else _sem_marcas(coluna.ler)
    vazia = "\t".join([NULO] * len(coluna.colunas))
    return _Passo(posicao, coluna.campo, ler, indicios, vazia, {} if coluna.memoria else None, coluna.direto)


def _sem_marcas(ler: Leitor) -> Leitor:
    """Num CSV, um controle no começo da célula é sujeira, não a marca interna de planilha.

    Um nulo é estrago; uma quebra seguida de separador, aspas que engoliram a linha de baixo.
    """

    def ler_limpo(texto: str) -> Celula:
        if "\x00" in texto:
            return Celula(NULO, "caractere nulo, invisível, na célula: exporte de novo do ERP")
        if "\n" in texto and _ENGOLIU.search(texto):
            return Celula(
                NULO, "as aspas abertas aqui só fecham em outra linha, e engolem o que há entre elas"
            )
        return ler(texto.lstrip("\x01\x02\x03") if texto[:1] < "\x04" else texto)

    return ler_limpo


def _lotes(tabela: Tabela, passos: list[_Passo], carga: Carga, progresso: Progresso) -> Iterator[str]:
    """Blocos prontos para o COPY; o miolo é o caminho mais quente da importação."""
    for bloco in _blocos(tabela.linhas):
        carga.linhas += len(bloco)
        progresso(tabela.posicao())
        if bloco[0].problema:
            yield _linha_torta(bloco[0], passos) + "\n"
        else:
            yield "\n".join(_ler_bloco(bloco, passos, carga)) + "\n"


def _blocos(linhas: Iterator[Linha]) -> Iterator[list[Linha]]:
    """Até `_LOTE` linhas seguidas, ou `_TEXTO`, na ordem do arquivo; a que não se partiu em colunas vem sozinha."""
    bloco: list[Linha] = []
    texto = 0
    for linha in linhas:
        if linha.problema:
            if bloco:
                yield bloco
            yield [linha]
            bloco, texto = [], 0
            continue
        bloco.append(linha)
        texto += sum(map(len, linha.celulas))
        if len(bloco) >= _LOTE or texto >= _TEXTO:
            yield bloco
            bloco, texto = [], 0
    if bloco:
        yield bloco


def _ler_bloco(bloco: list[Linha], passos: list[_Passo], carga: Carga) -> Iterator[str]:
    """Coluna a coluna; o que uma célula tem a dizer diz-se depois, na ordem em que se lê o arquivo."""
    celulas = [linha.celulas for linha in bloco]
    copias = []
    ditas: list[tuple[int, int, str, Celula]] = []
    for n, passo in enumerate(passos):
        copia, outras = _ler_coluna(passo, [c[passo.posicao] for c in celulas])
        copias.append(copia)
        ditas += [(i, n, texto, celula) for i, texto, celula in outras]
    fins = [_SEM_ERRO] * len(bloco)
    for i, daqui in groupby(sorted(ditas, key=itemgetter(0, 1)), key=itemgetter(0)):
        erros: list[tuple[str, str, str]] = []
        for _, n, texto, celula in daqui:
            rotulo = carga.rotulos[passos[n].campo]
            if celula[1]:
                copias[n][i] = passos[n].vazia
                erros.append((rotulo, cru(texto), celula[1]))
            else:
                carga.avisos.contar(bloco[i].numero, rotulo, celula[2], cru(texto))
        if erros:
            fins[i] = _erro(erros)
    numeros = [str(linha.numero) for linha in bloco]
    return map("".join, zip(map("\t".join, zip(numeros, *copias, strict=True)), fins, strict=True))


def _ler_coluna(passo: _Passo, textos: list[str]) -> tuple[list[str], list[tuple[int, str, Celula]]]:
    """O trecho do COPY de cada célula, e as que trazem erro ou aviso."""
    if passo.direto and (lido := passo.direto(textos)):
        if lido[1]:
            passo.contar({lido[1]: len(textos)})
        return lido[0], []
    celulas = _com_memoria(passo, textos)
    if passo.indicios:
        indicios = list(map(itemgetter(3), celulas))
        ambigua = textos[indicios.index(AMBIGUO)] if AMBIGUO in indicios else ""
        passo.contar(Counter(indicios), ambigua)
    return [c[0] for c in celulas], [
        (i, textos[i], celula) for i, celula in enumerate(celulas) if celula[1] or celula[2]
    ]


def _com_memoria(passo: _Passo, textos: list[str]) -> list[Celula]:
    memoria, ler = passo.memoria, passo.ler
    if memoria is None:
        return list(map(ler, textos))
    if len(memoria) >= _MEMORIA:
        memoria.clear()

    def nova(texto: str) -> Celula:
        celula = ler(texto)
        if len(texto) <= _LEMBRADO:
            memoria[texto] = celula
        return celula

    return [memoria.get(texto) or nova(texto) for texto in textos]


def _visivel(texto: str) -> str:
    return texto.replace("\x00", "␀")[:_VALOR_MAXIMO]


def _erro(erros: list[tuple[str, str, str]]) -> str:
    """Uma rejeição por linha: a primeira célula ruim, e as outras citadas no motivo."""
    coluna, valor, motivo = erros[0]
    outras = "".join(f"; também {c}: {m}" for c, _, m in erros[1:])
    return (
        "\t"
        + "\t".join(escapar(_visivel(t)) for t in (coluna, valor))
        + "\t"
        + escapar((motivo + outras)[:1000])
    )


def _linha_torta(linha: Linha, passos: list[_Passo]) -> str:
    partes = [str(linha.numero), *(p.vazia for p in passos)]
    texto = " ".join(map(cru, linha.celulas))
    return "\t".join([*partes, "", escapar(_visivel(texto)), escapar(linha.problema)])
