"""O mapa dos clientes para o papel: as UFs em traço e uma bolha por município, ou por vários que se tocariam.

As mesmas contas de `static/js/mapa.js`, que desenha o da tela: a projeção, o raio, as formas e quem se junta a quem.
"""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from itertools import chain
from pathlib import Path

from django.conf import settings
from django.utils.safestring import SafeString

from carteira.formatos import numero, plural
from carteira.graficos.desenho import NADA, n, svg, texto
from carteira.mapa import Lugar
from carteira.marcacao import format_html, juntar

LARGURA, ALTURA = 720.0, 560.0
RAIO_MINIMO, RAIO_MAXIMO, FOLGA = 12.0, 30.0, 12.0
_MAIS_PERTO = 256 * 2**7 / 360  # o zoom 7 da tela, em pixels por grau
_BEIRA = 46.0  # onde cabem a bolha de quem fica na ponta e o nome dela
_COM_NOME = 10  # as maiores bolhas dizem onde estão: no papel não há o que pousar
_CUIDADO = ("quase_inativo", "inativo", "ativo", "prospect")
_TINTAS = {
    "ativo": ("#178893", "claro"),
    "quase_inativo": ("#c9861f", ""),
    "inativo": ("#8a2d4a", ""),
    "prospect": ("#6f57a3", ""),
}


@dataclass(slots=True)
class Bolha:
    """Um ou mais municípios num ponto do desenho, na sede do maior deles."""

    x: float
    y: float
    lugares: list[Lugar] = field(default_factory=list)
    raio: float = 0.0

    def de(self, situacao: str) -> int:
        return sum(lugar.de(situacao) for lugar in self.lugares)

    @property
    def clientes(self) -> int:
        return sum(lugar.clientes for lugar in self.lugares)

    def medida(self, por_valor: bool) -> float:
        return (
            float(sum((li.valor for li in self.lugares), Decimal(0))) if por_valor else float(self.clientes)
        )

    @property
    def dominante(self) -> str:
        return max(_CUIDADO, key=self.de)

    @property
    def em_risco(self) -> float:
        com_compra = sum(self.de(s) for s in ("ativo", "quase_inativo", "inativo"))
        return (self.de("quase_inativo") + self.de("inativo")) / com_compra if com_compra else 0.0

    @property
    def nome(self) -> str:
        resto = len(self.lugares) - 1
        return f"{self.lugares[0].nome} e mais {numero(resto)}" if resto else self.lugares[0].nome


def desenhar(lugares: Sequence[Lugar], *, por_valor: bool = False, por_risco: bool = False) -> SafeString:
    if not lugares:
        return NADA
    vista = _Vista.de(lugares)
    bolhas = juntar_as_proximas(lugares, vista, por_valor)
    pecas = [_bolha(b, por_risco) for b in sorted(bolhas, key=lambda b: -b.raio)]
    return svg(
        (0, 0, LARGURA, vista.altura),
        _frase(lugares, bolhas),
        format_html(
            '<clipPath id="moldura"><rect width="{}" height="{}"/></clipPath>', n(LARGURA), n(vista.altura)
        ),
        format_html('<g clip-path="url(#moldura)">{}</g>', juntar(_contornos(vista))),
        *pecas,
        *(_nome(b) for b in bolhas[:_COM_NOME]),
        classe="mapa-de-papel",
    )


def _frase(lugares: Sequence[Lugar], bolhas: Sequence[Bolha]) -> str:
    clientes = sum(lugar.clientes for lugar in lugares)
    onde = f"{numero(len(lugares))} {plural(len(lugares), 'município,municípios')}"
    maiores = ", ".join(f"{b.nome} {numero(b.clientes)}" for b in bolhas[:3])
    return f"Mapa: {numero(clientes)} {plural(clientes, 'cliente,clientes')} em {onde}; as maiores bolhas: {maiores}."


# ── A projeção ───────────────────────────────────────────────────────────────


def _mercator(latitude: float, longitude: float) -> tuple[float, float]:
    """Em graus, com o sul para baixo, como nos mapas da rede."""
    return longitude, -math.degrees(math.log(math.tan(math.pi / 4 + math.radians(latitude) / 2)))


@dataclass(frozen=True, slots=True)
class _Vista:
    """O pedaço do mapa que cabe na folha: o canto, a escala e a altura do desenho."""

    x: float
    y: float
    escala: float
    altura: float

    @classmethod
    def de(cls, lugares: Sequence[Lugar]) -> "_Vista":
        pontos = [_mercator(lugar.latitude, lugar.longitude) for lugar in lugares]
        (x, x2), (y, y2) = ((min(eixo), max(eixo)) for eixo in zip(*pontos, strict=True))
        dentro = (LARGURA - 2 * _BEIRA) / (x2 - x or 1e-9), (ALTURA - 2 * _BEIRA) / (y2 - y or 1e-9)
        escala = min(*dentro, _MAIS_PERTO)
        alto = max((y2 - y) * escala + 2 * _BEIRA, ALTURA / 2)
        return cls((x + x2) / 2 - LARGURA / escala / 2, (y + y2) / 2 - alto / escala / 2, escala, alto)

    def ponto(self, latitude: float, longitude: float) -> tuple[float, float]:
        x, y = _mercator(latitude, longitude)
        return (x - self.x) * self.escala, (y - self.y) * self.escala

    def toca(self, pontos: Sequence[tuple[float, float]]) -> bool:
        """O contorno tem algo dentro da moldura."""
        xs, ys = zip(*pontos, strict=True)
        return min(xs) <= LARGURA and max(xs) >= 0 and min(ys) <= self.altura and max(ys) >= 0


@cache
def _ufs() -> list[list[list[list[float]]]]:
    """Os anéis de cada UF, em (longitude, latitude)."""
    arquivo = Path(settings.STATICFILES_DIRS[0]) / "mapas" / "ufs.geojson"
    formas = (f["geometry"] for f in json.loads(arquivo.read_text(encoding="utf-8"))["features"])
    return [
        list(chain.from_iterable(f["coordinates"])) if f["type"] == "MultiPolygon" else f["coordinates"]
        for f in formas
    ]


def _contornos(vista: _Vista) -> Iterable[SafeString]:
    for aneis in _ufs():
        tracos = []
        for anel in aneis:
            pontos = [vista.ponto(latitude, longitude) for longitude, latitude in anel]
            if vista.toca(pontos):
                tracos.append("M" + "L".join(f"{n(x)} {n(y)}" for x, y in pontos) + "z")
        if tracos:
            yield format_html(
                '<path d="{}" fill="#f4f3ee" stroke="#b9b8b0" stroke-width="1"/>', "".join(tracos)
            )


# ── As bolhas ────────────────────────────────────────────────────────────────


def juntar_as_proximas(lugares: Sequence[Lugar], vista: _Vista, por_valor: bool) -> list[Bolha]:
    """Do maior para o menor: quem cairia em cima de uma bolha já posta entra na conta dela."""
    ordem = sorted(lugares, key=lambda li: (-Bolha(0, 0, [li]).medida(por_valor), li.codigo))
    maior = max(Bolha(0, 0, ordem[:1]).medida(por_valor), 1)
    bolhas: list[Bolha] = []
    for lugar in ordem:
        x, y = vista.ponto(lugar.latitude, lugar.longitude)
        perto = next(
            (b for b in bolhas if max(abs(b.x - x), abs(b.y - y)) < b.raio + RAIO_MINIMO + FOLGA), None
        )
        if perto is None:
            perto = Bolha(x, y)
            bolhas.append(perto)
        perto.lugares.append(lugar)
        parte = math.sqrt(max(perto.medida(por_valor), 0) / maior)
        perto.raio = min(RAIO_MAXIMO, RAIO_MINIMO + (RAIO_MAXIMO - RAIO_MINIMO) * parte)
    return sorted(bolhas, key=lambda b: -b.medida(por_valor))


def _bolha(bolha: Bolha, por_risco: bool) -> SafeString:
    rotulo = f"{round(bolha.em_risco * 100)}%" if por_risco else _curto(bolha.clientes)
    forma, tinta = _do_risco(bolha) if por_risco else _da_situacao(bolha)
    escrito = texto(0, 4, rotulo, f"escrito {tinta}", "middle")
    return format_html('<g transform="translate({} {})">{}{}</g>', n(bolha.x), n(bolha.y), forma, escrito)


def _curto(quantos: int) -> str:
    return numero(quantos) if quantos < 10_000 else f"{numero(round(quantos / 1000))} mil"


def _da_situacao(bolha: Bolha) -> tuple[SafeString, str]:
    """Lua cheia, meia, vazia ou losango: a forma diz a situação antes da cor."""
    situacao, v = bolha.dominante, bolha.raio - 1.5
    cor, tinta = _TINTAS[situacao]
    traco = format_html('fill="#ffffff" stroke="{}" stroke-width="2.2"', cor)
    if situacao == "prospect":
        return format_html('<path d="M0 -{0}L{0} 0L0 {0}L-{0} 0z" {1}/>', n(v), traco), tinta
    if situacao == "ativo":
        return format_html('<circle r="{}" fill="{}"/>', n(v), cor), tinta
    if situacao == "inativo":
        return format_html('<circle r="{}" {} stroke-dasharray="5 3.4"/>', n(v), traco), tinta
    meia = format_html('<path d="M0 -{0}A{0} {0} 0 0 0 0 {0}z" fill="{1}" fill-opacity=".45"/>', n(v), cor)
    return format_html('<circle r="{}" {}/>{}', n(v), traco, meia), tinta


def _do_risco(bolha: Bolha) -> tuple[SafeString, str]:
    """Um copo: quanto mais cheio, maior a parte em risco ou perdida."""
    v, parte = bolha.raio - 1, bolha.em_risco
    borda = format_html('<circle r="{}" fill="#ffffff" stroke="#6a6a63" stroke-width="1.6"/>', n(v))
    if parte <= 0:
        return borda, ""
    if parte >= 1:
        return format_html('<circle r="{}" fill="#c9c8c0" stroke="#6a6a63" stroke-width="1.6"/>', n(v)), ""
    altura = v - 2 * v * parte
    x = math.sqrt(max(v * v - altura * altura, 0))
    arco = f"M-{n(x)} {n(altura)}A{n(v)} {n(v)} 0 {int(parte > 0.5)} 0 {n(x)} {n(altura)}z"
    return format_html('{}<path d="{}" fill="#c9c8c0"/>', borda, arco), ""


def _nome(bolha: Bolha) -> SafeString:
    """Com um halo, que o separa do que houver por baixo."""
    onde = (bolha.x, bolha.y + bolha.raio + 11, bolha.nome)
    return juntar((texto(*onde, "halo", "middle"), texto(*onde, "tf", "middle")))
