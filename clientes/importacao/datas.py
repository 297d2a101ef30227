"""Datas civis: dd/mm/aaaa, ISO e datas de planilha; o que é impossível ou duvidoso volta com o remédio."""

import re
from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

MARCA_DE_DATA = "\x02"  # prefixo das células que a planilha guarda como data de verdade
DIA_PRIMEIRO, MES_PRIMEIRO, AMBIGUA, NEUTRA = "d", "m", "a", ""

_HORA = r"(?:[T ]\s*([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:[.,][0-9]+)?)?\s*(Z|[+-][0-9]{2}:?[0-9]{2})?)?"
_BRASILEIRA = re.compile(r"([0-9]{1,2})([/.\-])([0-9]{1,2})\2([0-9]{4})" + _HORA, re.ASCII)
_ISO = re.compile(r"([0-9]{4})([/.\-])([0-9]{1,2})\2([0-9]{1,2})" + _HORA, re.ASCII)
_COMPACTA = re.compile(r"((?:19|20)[0-9]{2})([0-9]{2})([0-9]{2})", re.ASCII)
_DOIS_DIGITOS = re.compile(r"[0-9]{1,2}[/.\-][0-9]{1,2}[/.\-][0-9]{2}(?![0-9]).*", re.ASCII)
_VAZIA = re.compile(r"[\s/.\-]*|00?/00?/0{2,4}|0000-00-00.*|0+", re.ASCII)
_MESES = [
    "janeiro",
    "fevereiro",
    "março",
    "abril",
    "maio",
    "junho",
    "julho",
    "agosto",
    "setembro",
    "outubro",
    "novembro",
    "dezembro",
]

NAO_E_DATA = "não é uma data: escreva dd/mm/aaaa ou aaaa-mm-dd"
COLUNA_MES_DIA = "a coluna parece estar em mês/dia/ano: exporte como dd/mm/aaaa ou aaaa-mm-dd"


class DataLida(NamedTuple):
    iso: str | None
    indicio: str = NEUTRA
    motivo: str = ""


def data_vazia(texto: str) -> bool:
    """Os jeitos de um ERP escrever "sem data": vazio, "  /  /    ", 00/00/0000."""
    return bool(_VAZIA.fullmatch(texto.removeprefix("\x01")))


def _civil(ano: int, mes: int, dia: int) -> tuple[str | None, str]:
    if not 1 <= mes <= 12:
        return None, f"o mês {mes} não existe: escreva dd/mm/aaaa"
    if dia < 1:
        return None, "o dia 0 não existe: escreva dd/mm/aaaa"
    if dia > monthrange(max(ano, 1), mes)[1]:
        return None, f"{_MESES[mes - 1]} de {ano} tem {monthrange(max(ano, 1), mes)[1]} dias"
    if ano < 1900:
        return None, "ano anterior a 1900: confira a data"
    return f"{ano:04d}-{mes:02d}-{dia:02d}", ""


def _no_fuso(iso: str, hora: tuple[str | None, ...], fuso: ZoneInfo) -> tuple[str | None, str]:
    """Com hora e fuso escritos, a data civil é a do fuso da instalação; meia-noite exata é só uma data."""
    h, m, s, desvio = hora
    if h is None:
        return iso, ""
    if int(h) > 23 or int(m or 0) > 59 or int(s or 0) > 59:
        return None, "hora impossível: confira a data"
    if not desvio or (int(h), int(m or 0), int(s or 0)) == (0, 0, 0):
        return iso, ""
    escrito = f"{iso}T{int(h):02d}:{m}:{s or '00'}{'+00:00' if desvio == 'Z' else desvio}"
    try:
        return datetime.fromisoformat(escrito).astimezone(fuso).date().isoformat(), ""
    except (ValueError, OverflowError):
        return None, "hora ou fuso impossível: confira a data"


def _brasileira(achado: re.Match[str], fuso: ZoneInfo) -> DataLida:
    dia, mes, ano = int(achado[1]), int(achado[3]), int(achado[4])
    if mes > 12 and 1 <= dia <= 12:
        return DataLida(None, MES_PRIMEIRO, f"o mês {mes} não existe: parece mês/dia/ano, escreva dd/mm/aaaa")
    iso, motivo = _civil(ano, mes, dia)
    if iso:
        iso, motivo = _no_fuso(iso, achado.groups()[4:], fuso)
    indicio = DIA_PRIMEIRO if dia > 12 else (NEUTRA if dia == mes else AMBIGUA)
    return DataLida(iso, indicio if iso else NEUTRA, motivo)


def _de_outra_forma(texto: str) -> DataLida:
    compacta = _COMPACTA.fullmatch(texto)
    if compacta:
        iso, motivo = _civil(int(compacta[1]), int(compacta[2]), int(compacta[3]))
        return DataLida(iso, motivo=motivo)
    if _DOIS_DIGITOS.fullmatch(texto):
        return DataLida(None, motivo="ano com dois dígitos: escreva o ano com quatro, como 31/01/2026")
    if re.fullmatch(r"[0-9]{4,5}(\.[0-9]+)?", texto):
        return DataLida(None, motivo="número de série do Excel: formate a coluna como data")
    return DataLida(None, motivo=NAO_E_DATA)


def ler_data(texto: str, fuso: ZoneInfo) -> DataLida:
    """Lê uma célula de data; o indício serve para descobrir colunas em mês/dia."""
    texto = texto.strip()
    if texto.startswith(MARCA_DE_DATA):
        iso, motivo = _civil(*map(int, texto[1:11].split("-")))
        return DataLida(iso, motivo=motivo)
    texto = texto.removeprefix("\x01")
    brasileira = _BRASILEIRA.fullmatch(texto)
    if brasileira:
        return _brasileira(brasileira, fuso)
    iso_ = _ISO.fullmatch(texto)
    if not iso_:
        return _de_outra_forma(texto)
    iso, motivo = _civil(int(iso_[1]), int(iso_[3]), int(iso_[4]))
    if iso:
        iso, motivo = _no_fuso(iso, iso_.groups()[4:], fuso)
    return DataLida(iso, motivo=motivo)


def recusa_futura(iso: str, hoje: date) -> str:
    """Um fato não acontece depois do dia em que o arquivo chega."""
    return f"data depois de hoje ({hoje:%d/%m/%Y}): confira o ano" if iso > hoje.isoformat() else ""


@dataclass(slots=True)
class IndiciosDeData:
    contagem: dict[str, int] = field(
        default_factory=lambda: {DIA_PRIMEIRO: 0, MES_PRIMEIRO: 0, AMBIGUA: 0, NEUTRA: 0}
    )

    @property
    def parece_mes_dia(self) -> bool:
        """Há datas que só fecham com o mês na frente, e não menos que as que fecham com o dia."""
        mes = self.contagem[MES_PRIMEIRO]
        return mes > 0 and mes >= self.contagem[DIA_PRIMEIRO]
