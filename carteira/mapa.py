"""Os clientes de um filtro sobre o mapa: uma soma por município, e o lugar de cada um.

Não há endereço de rua na carteira: a bolha e a rota são da sede do município, que é o que se sabe.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.db.models import QuerySet

from atividade.models import Indicadores
from carteira.graficos.situacoes import NOMES, ORDEM, PLURAIS
from clientes.models import Municipio
from relatorios.composicao import DIMENSOES, ZERO, Grupo, agrupar

SEM_LUGAR = "0"


@dataclass(frozen=True, slots=True)
class Lugar:
    """Um município, ou nenhum (`SEM_LUGAR`), com os clientes que lá estão por situação."""

    codigo: int
    nome: str
    uf: str
    latitude: float
    longitude: float
    grupo: Grupo

    @property
    def clientes(self) -> int:
        return self.grupo.todos

    @property
    def valor(self) -> Decimal:
        return self.grupo.valor

    def de(self, status: str) -> int:
        return self.grupo.fatia(status).clientes

    @property
    def dominante(self) -> str:
        """A situação de mais clientes; no empate, a que pede mais cuidado."""
        cuidado = ("quase_inativo", "inativo", "ativo", "prospect")
        return max(cuidado, key=self.de)


@dataclass(frozen=True, slots=True)
class Mapa:
    lugares: list[Lugar]
    sem_lugar: Lugar | None

    @property
    def clientes(self) -> int:
        return sum(lugar.clientes for lugar in self.lugares)


def mapear(clientes: "QuerySet[Indicadores]") -> Mapa:
    """Uma consulta soma os clientes; outra lê onde fica cada município. Custa o mesmo com 10 ou 100 mil."""
    grupos = agrupar(clientes, DIMENSOES["municipio"])
    codigos = [int(g.chave) for g in grupos if g.chave != SEM_LUGAR]
    onde = Municipio.objects.in_bulk(codigos) if codigos else {}
    lugares = [_lugar(g, onde[int(g.chave)]) for g in grupos if g.chave != SEM_LUGAR]
    perdidos = next((g for g in grupos if g.chave == SEM_LUGAR), None)
    return Mapa(lugares, Lugar(0, perdidos.rotulo, "", 0, 0, perdidos) if perdidos else None)


def _lugar(grupo: Grupo, municipio: Municipio) -> Lugar:
    return Lugar(
        municipio.codigo_ibge, municipio.nome, municipio.uf, municipio.latitude, municipio.longitude, grupo
    )


_CHAVES: dict[str, Any] = {
    "nome": lambda g: (g.nome.lower(), g.uf),
    "clientes": lambda g: g.clientes,
    "valor": lambda g: g.valor,
    "ativo": lambda g: g.de("ativo"),
    "quase": lambda g: g.de("quase_inativo"),
    "inativo": lambda g: g.de("inativo"),
    "prospect": lambda g: g.de("prospect"),
    "risco": lambda g: g.grupo.em_risco,
}


def ordenar(lugares: Sequence[Lugar], ordem: str, padrao: str) -> list[Lugar]:
    """Pela coluna pedida; empates sempre pelo código, para que a mesma página seja a mesma amanhã."""
    nome = ordem if ordem.removeprefix("-") in _CHAVES else padrao
    por_codigo = sorted(lugares, key=lambda lugar: lugar.codigo)
    return sorted(por_codigo, key=_CHAVES[nome.removeprefix("-")], reverse=nome.startswith("-"))


def dados_do_desenho(mapa: Mapa) -> dict[str, Any]:
    """O que o navegador precisa para as bolhas: números crus, na ordem das situações; palavras, uma vez só."""
    return {
        "situacoes": list(ORDEM),
        "nomes": [[NOMES[s].lower(), PLURAIS[s].lower()] for s in ORDEM],
        "lugares": [_para_o_desenho(lugar) for lugar in mapa.lugares],
    }


def _para_o_desenho(lugar: Lugar) -> list[Any]:
    fatias = [lugar.grupo.fatia(s) for s in ORDEM]
    return [
        lugar.codigo,
        f"{lugar.nome}/{lugar.uf}",
        lugar.latitude,
        lugar.longitude,
        [f.clientes for f in fatias],
        [int((f.valor or ZERO).to_integral_value()) for f in fatias],
    ]


def rotas_ate(municipio: Municipio) -> dict[str, str]:
    """Como chegar: no OpenStreetMap, em qualquer navegador, e `geo:`, no aplicativo que a pessoa escolheu.

    Só a sede do município sai daqui: nem o nome nem o código do cliente vão a outro endereço.
    """
    ponto = f"{municipio.latitude},{municipio.longitude}"
    return {
        "osm": f"https://www.openstreetmap.org/directions?{urlencode({'from': '', 'to': ponto})}",
        "geo": f"geo:{ponto}?{urlencode({'q': ponto})}",
    }


def origem_das_telhas() -> str:
    """O endereço a admitir na política da página; vazio quando não há telhas."""
    partes = urlsplit(settings.MAPA_TELHAS)
    return f"{partes.scheme}://{partes.netloc}" if partes.netloc else ""
