"""Números como o Brasil e o mundo os escrevem, decididos por coluna e nunca por célula.

Cada célula é lida das duas maneiras (decimal com vírgula, decimal com ponto) e deixa um indício;
só com a coluna inteira vista se escolhe a leitura. `1.234` sozinho não diz nada: se nenhuma outra
célula da coluna (nem outra coluna de valores do arquivo) decide, vale o costume daqui, milhar.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

MARCA_DE_NUMERO = "\x01"  # prefixo das células numéricas de planilha, que não têm vírgula nem ponto a decidir
VIRGULA, PONTO, AMBIGUO, NEUTRO, INVALIDO = "v", "p", "a", "", "x"

_VIRGULA = re.compile(r"([1-9][0-9]{0,2}(?:\.[0-9]{3})+|[0-9]+|(?=,[0-9]))(?:,([0-9]+))?", re.ASCII)
_PONTO = re.compile(r"([1-9][0-9]{0,2}(?:,[0-9]{3})+|[0-9]+|(?=\.[0-9]))(?:\.([0-9]+))?", re.ASCII)
_OUTRA_MOEDA = re.compile(r"(US\$|U\$|USD|EUR|GBP|ARS|PYG|UYU|€|£|¥|\$)", re.IGNORECASE)
_REAL = re.compile(r"(R\$|BRL)", re.IGNORECASE)
_ESPACO_DE_MILHAR = re.compile(r"(?<=[0-9])[ \u00a0\u202f'](?=[0-9]{3}(?:[^0-9]|$))")
_CIENTIFICA = re.compile(r"[0-9]+(?:[.,][0-9]+)?E[+-]?[0-9]+", re.IGNORECASE)
_TOLERANCIA = Decimal("0.000001")
_CASAS_DE_FLOAT = 8  # só uma fração comprida assim é poeira de ponto flutuante
_DIGITOS = 14  # inteiros e decimais, como nas colunas do banco

NAO_E_NUMERO = "não é um número: escreva como 1234,56"
CASAS = 2  # de dinheiro; as quantidades têm três
MUITAS_CASAS = {
    2: "mais de duas casas decimais: arredonde para centavos",
    3: "mais de três casas decimais: arredonde",
}
GRANDE_DEMAIS = {
    2: "valor grande demais: o limite é 999.999.999.999,99",
    3: "quantidade grande demais: o limite é 99.999.999.999,999",
}
OUTRA_MOEDA = "só valores em reais (BRL): converta antes de importar"


class Numero(NamedTuple):
    """As duas leituras canônicas ("1234.56") e o que a célula diz sobre a coluna."""

    virgula: str | None
    ponto: str | None
    indicio: str
    motivo: str = ""


def _com_casas(inteiro: str, fracao: str, casas: int) -> tuple[str | None, str]:
    inteiro = inteiro.lstrip("0") or "0"
    if len(inteiro) > _DIGITOS - casas:
        return None, GRANDE_DEMAIS[casas]
    sobra = fracao[casas:].strip("0")
    if sobra:
        exato = Decimal(f"{inteiro}.{fracao}")
        redondo = exato.quantize(Decimal(1).scaleb(-casas))
        if len(fracao) < _CASAS_DE_FLOAT or abs(exato - redondo) > _TOLERANCIA:
            return None, MUITAS_CASAS[casas]
        return str(redondo), ""
    return f"{inteiro}.{fracao[:casas]:0<{casas}}", ""


def _com_sinal(valor: str | None, negativo: bool) -> str | None:
    return f"-{valor}" if valor and negativo and valor.strip("0.") else valor


def _tirar_sinal(texto: str) -> tuple[str, bool]:
    """Aceita -60, 60-, (60,00) e o sinal de menos tipográfico."""
    texto = texto.replace("\u2212", "-").strip()
    if texto.startswith("(") and texto.endswith(")"):
        return texto[1:-1].strip(), True
    if texto.endswith("-"):
        return texto[:-1].strip(), True
    if texto.startswith(("-", "+")):
        return texto[1:].strip(), texto[0] == "-"
    return texto, False


def _numero_de_planilha(texto: str, casas: int) -> Numero:
    exato, passo = Decimal(texto), Decimal(1).scaleb(-casas)
    negativo, absoluto = exato < 0, format(abs(exato), "f")
    inteiro, _, fracao = absoluto.partition(".")
    if len(fracao) > casas and abs(exato - exato.quantize(passo)) <= _TOLERANCIA:
        inteiro, _, fracao = format(abs(exato.quantize(passo)), "f").partition(".")
    valor, motivo = _com_casas(inteiro, fracao, casas)
    lido = _com_sinal(valor, negativo)
    return Numero(lido, lido, NEUTRO if lido else INVALIDO, motivo)


def _sem_enfeites(texto: str) -> tuple[str, bool]:
    """Tira sinal, R$ e espaços de milhar, em qualquer ordem (R$ -60,00 e -R$ 60,00)."""
    corpo, negativo = _tirar_sinal(texto)
    corpo = _REAL.sub("", corpo, count=1).strip()
    if not negativo:
        corpo, negativo = _tirar_sinal(corpo)
    return _ESPACO_DE_MILHAR.sub("", corpo), negativo


def ler_numero(texto: str, casas: int = CASAS) -> Numero:
    """Lê uma célula de dinheiro (ou de quantidade) nas duas convenções, sem escolher."""
    if texto.startswith(MARCA_DE_NUMERO):
        return _numero_de_planilha(texto[1:], casas)
    if _OUTRA_MOEDA.search(_REAL.sub("", texto)):
        return Numero(None, None, INVALIDO, OUTRA_MOEDA)
    corpo, negativo = _sem_enfeites(texto)
    if _CIENTIFICA.fullmatch(corpo):
        return Numero(
            None, None, INVALIDO, "notação científica esconde dígitos: formate a coluna como número"
        )
    com_virgula, com_ponto = _VIRGULA.fullmatch(corpo), _PONTO.fullmatch(corpo)
    if not com_virgula and not com_ponto:
        motivo = "letra “O” no lugar de zero" if re.search("[0-9]O|O[0-9]", corpo, re.I) else NAO_E_NUMERO
        return Numero(None, None, INVALIDO, motivo)
    virgula, motivo_v = (
        _com_casas(com_virgula[1].replace(".", ""), com_virgula[2] or "", casas)
        if com_virgula
        else (None, "")
    )
    ponto, motivo_p = (
        _com_casas(com_ponto[1].replace(",", ""), com_ponto[2] or "", casas) if com_ponto else (None, "")
    )
    return Numero(
        _com_sinal(virgula, negativo),
        _com_sinal(ponto, negativo),
        _indicio(com_virgula, com_ponto),
        motivo_v or motivo_p,
    )


def _indicio(com_virgula: re.Match[str] | None, com_ponto: re.Match[str] | None) -> str:
    if com_virgula and com_ponto:
        return AMBIGUO if not com_virgula[0].isdigit() else NEUTRO
    return VIRGULA if com_virgula else PONTO


@dataclass(slots=True)
class IndiciosDaColuna:
    """O que uma coluna de valores mostrou, somado linha a linha."""

    contagem: dict[str, int] = field(
        default_factory=lambda: {VIRGULA: 0, PONTO: 0, AMBIGUO: 0, NEUTRO: 0, INVALIDO: 0}
    )
    exemplo_ambiguo: str = ""
    casas: int = CASAS

    @property
    def certeza(self) -> str | None:
        """A convenção provada pela própria coluna, se houver."""
        virgulas, pontos = self.contagem[VIRGULA], self.contagem[PONTO]
        if not virgulas and not pontos:
            return None
        return VIRGULA if virgulas >= pontos else PONTO

    @property
    def contraditoria(self) -> bool:
        return bool(self.contagem[VIRGULA] and self.contagem[PONTO])


class Decisao(NamedTuple):
    convencao: str
    contraditoria: bool
    aviso: str = ""


def decidir(coluna: str, indicios: Mapping[str, IndiciosDaColuna], imposta: str | None = None) -> Decisao:
    """Escolhe vírgula ou ponto para a coluna; sem prova própria, segue as outras colunas e o costume."""
    desta = indicios[coluna]
    if imposta:
        return Decisao(imposta, contraditoria=False)
    if desta.certeza:
        return Decisao(desta.certeza, desta.contraditoria)
    vizinhas = {
        outra.certeza for nome, outra in indicios.items() if nome != coluna and not outra.contraditoria
    } - {None}
    convencao = vizinhas.pop() if len(vizinhas) == 1 else VIRGULA
    if not desta.contagem[AMBIGUO]:
        return Decisao(convencao or VIRGULA, contraditoria=False)
    lido = ler_numero(desta.exemplo_ambiguo, desta.casas)
    valor = (lido.virgula if convencao == VIRGULA else lido.ponto) or "recusado"
    aviso = (
        f"coluna {coluna}: nenhum valor mostra se o decimal é vírgula ou ponto; “{desta.exemplo_ambiguo}” "
        f"foi lido como {valor.replace('.', ',')}"
    )
    return Decisao(convencao or VIRGULA, contraditoria=False, aviso=aviso)


def motivo_da_recusa(texto: str, decisao: Decisao, casas: int = CASAS) -> str:
    """Por que esta célula não serve na convenção da coluna, com o remédio."""
    lido = ler_numero(texto, casas)
    decimal = "vírgula" if decisao.convencao == VIRGULA else "ponto"
    if lido.indicio == INVALIDO:
        return lido.motivo
    if decisao.contraditoria and lido.indicio == AMBIGUO:
        return "a coluna mistura decimal com vírgula e com ponto, e este valor pode ser lido dos dois modos"
    if lido.indicio in {VIRGULA, PONTO} and lido.indicio != decisao.convencao:
        return f"fora do padrão da coluna, que usa {decimal} como decimal: escreva do mesmo modo"
    return lido.motivo or MUITAS_CASAS[casas]
