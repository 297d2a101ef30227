"""A árvore das condições e como ela se escreve na URL.

`sem_compra.min.90~ou~abc.em.A~valor_12m.min.10000~fim~nao~produto.comprou.parafuso` lê-se: 90 dias ou mais sem
comprar, E (curva A OU valor de 10.000 ou mais), E NÃO comprou parafuso. Só usa o que nenhum programa recodifica
numa URL: `~` separa, `.` separa as partes de uma condição e `_` diante de um dos três o faz valer por si.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

TAMANHO_MAXIMO = 4000
CONDICOES_MAXIMAS = 40
PROFUNDIDADE_MAXIMA = 3  # grupo, grupo dentro dele e mais um dentro deste
GRUPOS_DEMAIS = "Há grupos demais um dentro do outro. Traga o de dentro para fora."
E, OU, NAO, FIM = "e", "ou", "nao", "fim"
_PEDACO = {separador: re.compile(rf"(?:_[._~]|[^{separador}])*") for separador in "~."}
_ESCAPE = re.compile(r"_(?=[._~]|$)|[.~]")
_ESCAPADO = re.compile(r"_([._~])")


class ErroDeFiltro(ValueError):
    """O que não se entendeu e o que fazer; a mensagem já vem pronta para a tela."""


@dataclass(frozen=True, slots=True)
class Condicao:
    campo: str
    operador: str = ""
    valores: tuple[str, ...] = ()
    negado: bool = False


@dataclass(frozen=True, slots=True)
class Grupo:
    """Vale quando valem todos os itens ou, com `qualquer`, ao menos um; `negado` inverte."""

    itens: tuple["No", ...] = ()
    qualquer: bool = False
    negado: bool = False


No = Condicao | Grupo
Caminho = tuple[int, ...]


def ler(texto: str) -> Grupo:
    """A árvore do texto; recusa, com o trecho e o remédio, o que não se entende."""
    texto = texto.strip()
    if len(texto) > TAMANHO_MAXIMO:
        raise ErroDeFiltro(f"As condições passam de {TAMANHO_MAXIMO} letras. Use menos condições ou valores.")
    if "\x00" in texto:
        raise ErroDeFiltro("As condições têm um caractere que não se escreve. Refaça-as no montador.")
    raiz = _Leitor(_partir(texto, "~") if texto else []).raiz()
    if profundidade(raiz) > PROFUNDIDADE_MAXIMA:
        raise ErroDeFiltro(GRUPOS_DEMAIS)
    if quantas(raiz) > CONDICOES_MAXIMAS:
        raise ErroDeFiltro(f"São mais de {CONDICOES_MAXIMAS} condições. Tire algumas.")
    return raiz


def _partir(texto: str, separador: str) -> list[str]:
    partes, onde = [], 0
    while True:
        achado = _PEDACO[separador].match(texto, onde)
        assert achado is not None
        partes.append(achado[0])
        if achado.end() >= len(texto):
            return partes
        onde = achado.end() + 1


class _Leitor:
    """Descida recursiva sobre os pedaços entre `~`."""

    def __init__(self, pedacos: list[str]) -> None:
        self.pedacos, self.onde = pedacos, 0

    def raiz(self) -> Grupo:
        raiz = Grupo(self._itens(0))
        if self.onde < len(self.pedacos):
            raise ErroDeFiltro(f"Há um “{FIM}” que não fecha grupo nenhum. Tire-o.")
        return _sem_casca(raiz)

    def _comeca_por(self, palavra: str) -> bool:
        return self.onde < len(self.pedacos) and self.pedacos[self.onde] == palavra

    def _itens(self, profundidade: int) -> tuple[No, ...]:
        if profundidade > PROFUNDIDADE_MAXIMA:
            raise ErroDeFiltro(GRUPOS_DEMAIS)
        itens: list[No] = []
        while self.onde < len(self.pedacos) and not self._comeca_por(FIM):
            itens.append(self._item(profundidade))
        return tuple(itens)

    def _item(self, profundidade: int) -> No:
        negado = self._comeca_por(NAO)
        self.onde += negado
        if self.onde >= len(self.pedacos):
            raise ErroDeFiltro(f"Depois de “{NAO}” falta a condição que ele nega.")
        pedaco = self.pedacos[self.onde]
        self.onde += 1
        return (
            self._grupo(pedaco == OU, negado, profundidade)
            if pedaco in (E, OU)
            else _condicao(pedaco, negado)
        )

    def _grupo(self, qualquer: bool, negado: bool, profundidade: int) -> Grupo:
        itens = self._itens(profundidade + 1)
        self.onde += 1  # o `fim`, que no final da URL pode faltar
        if not itens:
            raise ErroDeFiltro("Há um grupo sem nenhuma condição. Ponha uma ou tire o grupo.")
        return Grupo(itens, qualquer, negado)


def _condicao(pedaco: str, negado: bool) -> Condicao:
    campo, *resto = _partir(pedaco, ".")
    if not campo or not resto or not resto[0]:
        raise ErroDeFiltro(
            f"“{pedaco}” não é uma condição: escreve-se campo.operador.valor, como sem_compra.min.90."
        )
    return Condicao(campo, resto[0], tuple(_ESCAPADO.sub(r"\1", v) for v in resto[1:]), negado)


def _sem_casca(raiz: Grupo) -> Grupo:
    """A raiz que só tem um grupo é esse grupo: assim "qualquer uma" também pode ser a raiz."""
    so = raiz.itens[0] if len(raiz.itens) == 1 else None
    return _sem_casca(so) if isinstance(so, Grupo) and not so.negado else raiz


def escrever(raiz: Grupo) -> str:
    """O texto da árvore; o mesmo para a mesma árvore, e vazio sem condições."""
    if not quantas(raiz):
        return ""
    nua = not (raiz.qualquer or raiz.negado)
    pedacos = [p for item in raiz.itens for p in _pedacos(item)] if nua else list(_pedacos(raiz))
    while pedacos[-1] == FIM:
        pedacos.pop()
    return "~".join(pedacos)


def _pedacos(no: No) -> Iterator[str]:
    if no.negado:
        yield NAO
    if isinstance(no, Condicao):
        yield ".".join([no.campo, no.operador, *(_ESCAPE.sub(r"_\g<0>", v) for v in no.valores)])
        return
    yield OU if no.qualquer else E
    for item in no.itens:
        yield from _pedacos(item)
    yield FIM


def condicoes(no: No, caminho: Caminho = ()) -> Iterator[tuple[Caminho, Condicao]]:
    """Cada condição da árvore com o caminho até ela."""
    if isinstance(no, Condicao):
        yield caminho, no
        return
    for n, item in enumerate(no.itens):
        yield from condicoes(item, (*caminho, n))


def profundidade(no: No) -> int:
    """Quantos grupos um dentro do outro; uma condição não é grupo."""
    if isinstance(no, Condicao):
        return 0
    return 1 + max((profundidade(item) for item in no.itens), default=0)


def quantas(no: No) -> int:
    return sum(1 for _ in condicoes(no))


def no_caminho(raiz: Grupo, caminho: Caminho) -> No | None:
    no: No = raiz
    for n in caminho:
        if not isinstance(no, Grupo) or n >= len(no.itens):
            return None
        no = no.itens[n]
    return no


def trocar(raiz: Grupo, caminho: Caminho, novo: No | None) -> Grupo:
    """A árvore com o nó trocado ou, sem `novo`, tirado; grupo que fica vazio sai junto."""
    if not caminho:
        return novo if isinstance(novo, Grupo) else Grupo()
    pai = no_caminho(raiz, caminho[:-1])
    if not isinstance(pai, Grupo) or caminho[-1] >= len(pai.itens):
        return raiz
    itens = list(pai.itens)
    itens[caminho[-1] : caminho[-1] + 1] = [] if novo is None else [novo]
    if not itens and len(caminho) > 1:
        return trocar(raiz, caminho[:-1], None)
    return trocar(raiz, caminho[:-1], replace(pai, itens=tuple(itens)))


def sem(raiz: Grupo, caminho: Caminho) -> Grupo:
    return trocar(raiz, caminho, None)


def acrescentar(raiz: Grupo, caminho: Caminho, novo: No) -> Grupo:
    """A árvore com mais um item no fim do grupo do caminho."""
    grupo = no_caminho(raiz, caminho)
    if not isinstance(grupo, Grupo):
        return raiz
    return trocar(raiz, caminho, replace(grupo, itens=(*grupo.itens, novo)))
