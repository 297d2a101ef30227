"""O gráfico de um relatório: um desenho só para a tela (com o tema) e para o papel (cores chapadas)."""

from collections.abc import Callable, Sequence
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from carteira.formatos import moeda_curta, numero, porcento
from carteira.graficos.desenho import NADA, linha, retangulo, svg, texto
from carteira.graficos.situacoes import PREENCHIMENTOS
from carteira.marcacao import format_html, juntar
from relatorios.base import Grafico

LARGURA, ROTULO, VALOR = 720.0, 190.0, 86.0
_PASSO, _ALTURA = 26.0, 14.0
_COLUNAS = 190.0
_LETRAS = 27
_DA_TELA = PREENCHIMENTOS | {"": "var(--acento)", "1": "var(--texto-3)", "2": "var(--linha-forte)"}
# No papel não há variáveis nem temas; as tramas separam as situações também em preto e branco.
_DO_PAPEL = {
    "ativo": "#178893",
    "quase_inativo": "url(#p-quase)",
    "inativo": "url(#p-inativo)",
    "prospect": "#8a6fc0",
    "": "#3b5bdb",
    "1": "#8b8b84",
    "2": "#c9c8c0",
}
TRAMAS_DO_PAPEL = mark_safe(
    '<defs><pattern id="p-quase" width="6" height="6" patternUnits="userSpaceOnUse">'
    '<rect width="6" height="6" fill="#e0a23a"/><path d="M0 6L6 0" stroke="#6b3f00" stroke-width="1.4"/></pattern>'
    '<pattern id="p-inativo" width="6" height="6" patternUnits="userSpaceOnUse">'
    '<rect width="6" height="6" fill="#d9a2b3"/><circle cx="3" cy="3" r="1.1" fill="#6e1f38"/></pattern></defs>'
)


def grafico_do_relatorio(grafico: Grafico, papel: bool = False) -> SafeString:
    """Barras deitadas ou colunas no tempo, com a legenda quando há mais de uma série."""
    if not grafico.rotulos:
        return NADA
    tintas = [_tinta(serie.status, i, papel) for i, serie in enumerate(grafico.series)]
    desenhar = _colunas if grafico.forma == "colunas" else _barras
    altura, miolo = desenhar(grafico, tintas)
    legenda, sobe = _legenda(grafico, tintas)
    return svg(
        (0, -sobe, LARGURA, altura + sobe),
        grafico.titulo,
        TRAMAS_DO_PAPEL if papel else NADA,
        _com_letra(legenda, miolo),
        classe="do-relatorio",
    )


def _com_letra(*pecas: SafeString) -> SafeString:
    """No papel o SVG não lê os estilos da página: a letra vai escrita; na tela, o CSS manda mais que ela."""
    return format_html(
        '<g font-size="11.5" font-family="Inter, DejaVu Sans, sans-serif" fill="#53534d">{}</g>',
        juntar(pecas),
    )


def _tinta(status: str, posicao: int, papel: bool) -> str:
    tintas = _DO_PAPEL if papel else _DA_TELA
    return tintas[status or ("" if posicao == 0 else str(min(posicao, 2)))]


def _como(tipo: str) -> Callable[[Any], str]:
    if tipo == "moeda":
        return moeda_curta
    return porcento if tipo == "porcento" else lambda v: numero(v, 0 if tipo == "inteiro" else 1)


def _legenda(grafico: Grafico, tintas: Sequence[str]) -> tuple[SafeString, float]:
    if len(grafico.series) < 2:
        return NADA, 0
    pecas, x = [], 0.0
    for serie, tinta in zip(grafico.series, tintas, strict=True):
        pecas += [retangulo(x, -18, 12, 10, tinta=tinta), texto(x + 17, -9, serie.nome)]
        x += 34 + len(serie.nome) * 6.4
    return juntar(pecas), 24


def _barras(grafico: Grafico, tintas: Sequence[str]) -> tuple[float, SafeString]:
    somas = [sum(float(s.valores[i] or 0) for s in grafico.series) for i in range(len(grafico.rotulos))]
    espaco, topo = LARGURA - ROTULO - VALOR, max(*somas, 0) if len(somas) > 1 else max(somas[0], 0)
    como, pecas = _como(grafico.tipo), []
    for i, rotulo in enumerate(grafico.rotulos):
        y, x = i * _PASSO, ROTULO
        pecas.append(texto(ROTULO - 8, y + 12, _curto(rotulo), "tf", "end"))
        for serie, tinta in zip(grafico.series, tintas, strict=True):
            largura = float(serie.valores[i] or 0) / topo * espaco if topo else 0
            dica = f"{rotulo}: {serie.nome} {como(serie.valores[i] or 0)}"
            pecas.append(retangulo(x, y + 1, max(0.0, largura - 1), _ALTURA, tinta=tinta, dica=dica))
            x += max(0.0, largura)
        pecas.append(texto(x + 6, y + 12, como(somas[i])))
    return len(grafico.rotulos) * _PASSO, juntar(pecas)


def _curto(rotulo: str) -> str:
    return rotulo if len(rotulo) <= _LETRAS else f"{rotulo[: _LETRAS - 1]}…"


def _colunas(grafico: Grafico, tintas: Sequence[str]) -> tuple[float, SafeString]:
    somas = [sum(float(s.valores[i] or 0) for s in grafico.series) for i in range(len(grafico.rotulos))]
    topo, passo = max(*somas, 0, 1e-9), LARGURA / max(len(somas), 6)
    como, pecas = _como(grafico.tipo), [linha(0, _COLUNAS, LARGURA, _COLUNAS, "eixo")]
    for i, rotulo in enumerate(grafico.rotulos):
        y, x = _COLUNAS, i * passo
        for serie, tinta in zip(grafico.series, tintas, strict=True):
            altura = float(serie.valores[i] or 0) / topo * (_COLUNAS - 22)
            y -= max(0.0, altura)
            dica = f"{rotulo}: {serie.nome} {como(serie.valores[i] or 0)}"
            pecas.append(retangulo(x + passo * 0.14, y, passo * 0.72, altura - 1, tinta=tinta, dica=dica))
        pecas.append(texto(x + passo / 2, y - 6, como(somas[i]), "tf", "middle"))
        pecas.append(texto(x + passo / 2, _COLUNAS + 16, rotulo, "tt", "middle"))
    return _COLUNAS + 22, juntar(pecas)
