"""O que se pode perguntar de um campo, e como se lê e se mostra cada valor."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from carteira.filtros.expressao import ErroDeFiltro
from carteira.formatos import data, numero

MAIOR_TEXTO = 80
MAIS_DIAS, MAIS_MESES = 36_500, 600


@dataclass(frozen=True, slots=True)
class Argumento:
    """Um valor da condição; `varios` leva todos os que restam."""

    nome: str
    rotulo: str
    entrada: str  # number, date, text ou opcoes
    ler: Callable[[str], Any]
    mostrar: Callable[[Any], str] = str
    varios: bool = False
    inteiro: bool = False


@dataclass(frozen=True, slots=True)
class Operador:
    """`frase` diz a condição em palavras, com `{0}` e `{1}` no lugar dos valores."""

    nome: str
    rotulo: str
    frase: str
    argumentos: tuple[Argumento, ...] = ()

    def ler(self, textos: tuple[str, ...]) -> list[Any]:
        """Os valores já lidos, um por argumento; o de vários é uma lista."""
        lidos: list[Any] = []
        resto = [t.strip() for t in textos if t.strip()]
        for argumento in self.argumentos:
            quantos = len(resto) if argumento.varios else 1
            pedacos, resto = resto[:quantos], resto[quantos:]
            if not pedacos:
                raise ErroDeFiltro(f"falta {argumento.rotulo.lower()}")
            valores = [argumento.ler(p) for p in pedacos]
            lidos.append(list(dict.fromkeys(valores)) if argumento.varios else valores[0])
        if resto:
            raise ErroDeFiltro(f"sobra “{resto[0]}”: “{self.rotulo}” não leva esse valor")
        _conferir_ordem(lidos, self.argumentos)
        return lidos


def _conferir_ordem(lidos: list[Any], argumentos: tuple[Argumento, ...]) -> None:
    """`entre` pede o menor primeiro."""
    if len(argumentos) == 2 and argumentos[0].nome == "de" and lidos[0] > lidos[1]:
        de, ate = (a.mostrar(v) for a, v in zip(argumentos, lidos, strict=True))
        raise ErroDeFiltro(f"{de} vem depois de {ate}: ponha o menor primeiro")


def _inteiro(maior: int, do_que: str, menor: int = 0) -> Callable[[str], int]:
    def ler(texto: str) -> int:
        if texto.isascii() and texto.isdigit() and menor <= int(texto[:9]) <= maior and len(texto) < 9:
            return int(texto)
        raise ErroDeFiltro(
            f"“{texto}” não é um número de {do_que}: use um inteiro de {menor} a {numero(maior)}"
        )

    return ler


def ler_decimal(texto: str) -> Decimal:
    """Com vírgula ou com ponto; só números que o banco também guarda."""
    limpo = texto.replace("R$", "").replace(" ", "")
    limpo = limpo.replace(".", "").replace(",", ".") if "," in limpo else limpo
    try:
        valor = Decimal(limpo)
    except InvalidOperation:
        valor = Decimal("NaN")
    if not valor.is_finite() or abs(valor) >= Decimal(10) ** 14 or valor.as_tuple().exponent < -6:
        raise ErroDeFiltro(f"“{texto}” não é um número: escreva como 1500 ou 1500,50")
    return valor


def ler_data(texto: str) -> date:
    try:
        lida = date.fromisoformat(texto)
    except ValueError:
        lida = _data_brasileira(texto)
    if not 1900 <= lida.year <= 2200:
        raise ErroDeFiltro(f"“{texto}” está longe demais: use um ano de 1900 a 2200")
    return lida


def _data_brasileira(texto: str) -> date:
    try:
        dia, mes, ano = texto.split("/")
        return date(int(ano), int(mes), int(dia))
    except ValueError:
        raise ErroDeFiltro(f"“{texto}” não é uma data: escreva dia/mês/ano") from None


def ler_texto(texto: str) -> str:
    if len(texto) > MAIOR_TEXTO:
        raise ErroDeFiltro(f"“{texto[:20]}…” é longo demais: até {MAIOR_TEXTO} letras")
    return texto


def mostrar_decimal(valor: Decimal) -> str:
    casas = max(-int(valor.normalize().as_tuple().exponent), 0)
    return numero(valor, casas)


def escrever_valor(valor: Any) -> str:
    """Como o valor lido se escreve na URL e no campo do formulário."""
    if isinstance(valor, Decimal):
        return format(valor.normalize(), "f").replace(".", ",")
    return valor.isoformat() if isinstance(valor, date) else str(valor)


DIAS = Argumento("dias", "Dias", "number", _inteiro(MAIS_DIAS, "dias"), numero, inteiro=True)
MESES = Argumento("meses", "Meses", "number", _inteiro(MAIS_MESES, "meses", 1), numero, inteiro=True)
NUMERO = Argumento("numero", "Valor", "text", ler_decimal, mostrar_decimal)
NUMERO_DE = Argumento("de", "De", "text", ler_decimal, mostrar_decimal)
NUMERO_ATE = Argumento("ate", "Até", "text", ler_decimal, mostrar_decimal)
DATA = Argumento("dia", "Dia", "date", ler_data, data)
DATA_DE = Argumento("de", "De", "date", ler_data, data)
DATA_ATE = Argumento("ate", "Até", "date", ler_data, data)
TEXTO = Argumento("texto", "Texto", "text", ler_texto, lambda v: f"“{v}”")
OPCOES = Argumento("opcoes", "Ao menos uma opção", "opcoes", ler_texto, varios=True)

TEM = Operador("tem", "está preenchido", "preenchido")
VAZIO = Operador("vazio", "está vazio", "vazio")
SIM = Operador("sim", "sim", "")
NAO = Operador("nao", "não", "")


def tabela(*operadores: Operador) -> dict[str, Operador]:
    return {o.nome: o for o in operadores}
