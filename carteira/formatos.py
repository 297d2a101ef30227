"""Números, datas e documentos como se escrevem no Brasil; puro texto, sem HTML."""

import datetime as dt
import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from clientes.documentos import mascarar
from clientes.telefones import como_se_le

VAZIO = "–"
telefone = como_se_le
_MENOS = "\u2212"
_PONTO_POR_VIRGULA = str.maketrans(",.", ".,")
_LIGACOES = {"de", "da", "do", "das", "dos", "e"}
_GRANDEZAS = ((Decimal(10) ** 9, 2, "bi"), (Decimal(10) ** 6, 2, "mi"), (Decimal(10) ** 3, 0, "mil"))


def _decimal(valor: object) -> Decimal | None:
    """Número exato, ou nada quando o valor falta ou não é número."""
    if valor is None or valor == "":
        return None
    if type(valor) is Decimal:
        return valor
    try:
        return Decimal(str(valor))
    except InvalidOperation:
        return None


def numero(valor: object, casas: int = 0) -> str:
    """Separa milhares com ponto e decimais com vírgula, arredondando meio para cima."""
    if type(valor) is int and not casas:  # quase todos os números de uma lista são dias e contagens
        texto = f"{abs(valor):,}".replace(",", ".")
        return f"{_MENOS}{texto}" if valor < 0 else texto
    exato = _decimal(valor)
    if exato is None or not exato.is_finite():
        return VAZIO
    arredondado = exato.quantize(Decimal(1).scaleb(-casas), ROUND_HALF_UP)
    texto = f"{abs(arredondado):,.{casas}f}".translate(_PONTO_POR_VIRGULA)
    return f"{_MENOS}{texto}" if arredondado < 0 else texto


def moeda(valor: object, casas: int = 2) -> str:
    """R$ 1.234,56; negativo com o sinal antes do cifrão."""
    texto = numero(valor, casas)
    if texto == VAZIO:
        return VAZIO
    return f"{_MENOS}R$ {texto[1:]}" if texto.startswith(_MENOS) else f"R$ {texto}"


def moeda_curta(valor: object) -> str:
    """R$ 812, R$ 47 mil, R$ 2,31 mi: para títulos e cartões, nunca para somas a conferir."""
    exato = _decimal(valor)
    if exato is None:
        return VAZIO
    for grandeza, casas, nome in _GRANDEZAS:
        # 999.999 já é "1,00 mi": quem decide é o valor arredondado
        if abs(exato) >= grandeza - grandeza / 2000 * (nome != "mil"):
            return f"{moeda(exato / grandeza, casas)} {nome}"
    return moeda(exato, 0)


def porcento(valor: object, casas: int = 2) -> str:
    """24,31%: `valor` já vem em pontos percentuais."""
    texto = numero(valor, casas)
    return texto if texto == VAZIO else f"{texto}%"


def razao(parte: object, total: object) -> Decimal | None:
    """Parte em % do total; nada quando o total é zero ou falta."""
    numerador, denominador = _decimal(parte), _decimal(total)
    return None if numerador is None or not denominador else numerador * 100 / denominador


def data(valor: dt.date | None, formato: str = "%d/%m/%Y") -> str:
    return valor.strftime(formato) if isinstance(valor, dt.date) else VAZIO


def dias_desde(valor: object, referencia: dt.date | None = None) -> int | None:
    """Dias até a referência; aceita a contagem pronta ou a data do fato."""
    if isinstance(valor, dt.datetime):
        valor = valor.date()
    if isinstance(valor, dt.date):
        return (referencia - valor).days if referencia else None
    return int(valor) if isinstance(valor, int | Decimal | float) else None


def ha_dias(valor: object, referencia: dt.date | None = None) -> str:
    """hoje · ontem · há 51 dias · em 3 dias."""
    dias = dias_desde(valor, referencia)
    if dias is None:
        return VAZIO
    proximos = {0: "hoje", 1: "ontem", -1: "amanhã"}
    return proximos.get(dias) or (f"há {numero(dias)} dias" if dias > 0 else f"em {numero(-dias)} dias")


def plural(quantidade: object, formas: str) -> str:
    """Escolhe a palavra: `plural(1, "cliente,clientes")` → cliente."""
    singular, _, varios = formas.partition(",")
    return singular if _decimal(quantidade) in (1, -1) else varios or f"{singular}s"


def documento_mascarado(valor: object) -> str:
    """O documento fora da ficha: ***.605.38*-**; o que não tem forma de CPF nem CNPJ só mostra que há um."""
    limpo = re.sub(r"[.\-/\s]", "", str(valor or "")).upper()
    return mascarar(limpo) or ("•••" if limpo else "")


def documento(valor: object) -> str:
    """Põe a máscara de CPF ou CNPJ, inclusive no CNPJ com letras; outro tamanho fica como veio."""
    texto = str(valor or "")
    limpo = re.sub(r"[.\-/\s]", "", texto).upper()
    if re.fullmatch(r"\d{11}", limpo):
        return f"{limpo[:3]}.{limpo[3:6]}.{limpo[6:9]}-{limpo[9:]}"
    if re.fullmatch(r"[0-9A-Z]{12}\d{2}", limpo):
        return f"{limpo[:2]}.{limpo[2:5]}.{limpo[5:8]}/{limpo[8:12]}-{limpo[12:]}"
    return texto


def iniciais(nome: object) -> str:
    """Primeira e última inicial, sem contar "de", "da", "dos"."""
    palavras = [p for p in re.findall(r"\w+", str(nome or "")) if p.lower() not in _LIGACOES]
    if not palavras:
        return "?"
    return (palavras[0][0] + (palavras[-1][0] if len(palavras) > 1 else "")).upper()


def duracao_ms(valor: object) -> str:
    """820 ms · 1,2 s · 2 min 05 s · 1 h 02 min."""
    exato = _decimal(valor)
    if exato is None:
        return VAZIO
    if exato < 1000:
        return f"{int(exato)} ms"
    if exato < 60_000:
        return f"{numero(exato / 1000, 1)} s"
    minutos, segundos = divmod(int(exato) // 1000, 60)
    if minutos < 60:
        return f"{minutos} min {segundos:02d} s"
    return f"{minutos // 60} h {minutos % 60:02d} min"
