"""A vida de um cliente numa faixa: a situação em cada trecho do tempo e o dia em que mudou."""

from collections.abc import Sequence
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from django.utils.safestring import SafeString

from atividade.historico import Mudanca
from carteira.formatos import data, numero, plural
from carteira.graficos.desenho import NADA, linha, retangulo, svg, texto
from carteira.graficos.situacoes import NOMES, PREENCHIMENTOS
from carteira.marcacao import juntar

LARGURA, ALTURA = 720.0, 26.0
MESES = 24
_ENTRE_ROTULOS = 58.0


def linha_das_situacoes(mudancas: Sequence[Mudanca], referencia: date) -> SafeString:
    """Até dois anos que terminam na referência; antes da primeira mudança conhecida vale o `de` dela."""
    if not mudancas:
        return NADA
    inicio = max(referencia - relativedelta(months=MESES), mudancas[0].em - timedelta(days=60))
    trechos = _trechos(mudancas, inicio, referencia)
    total = max((referencia - inicio).days, 1)
    return svg(
        (0, 0, LARGURA, ALTURA + 22),
        "; ".join(_frase(t, referencia) for t in trechos) + ".",
        juntar(_barra(t, inicio, total, referencia) for t in trechos),
        _datas([t[0] for t in trechos[1:]], inicio, total),
        classe="linha-das-situacoes",
    )


Trecho = tuple[date, date, str]


def _trechos(mudancas: Sequence[Mudanca], inicio: date, fim: date) -> list[Trecho]:
    """(de, até, situação), sem vãos; das mudanças de um dia fica a última, e quem voltou ao mesmo não saiu."""
    por_dia = {m.em: m.para for m in mudancas if m.em <= fim}
    trechos: list[Trecho] = []
    desde, situacao = inicio, mudancas[0].de
    for dia, para in por_dia.items():
        if dia > desde and para != situacao:
            trechos.append((desde, dia, situacao))
            desde = dia
        situacao = para
    return [*trechos, (desde, fim, situacao)]


def _frase(trecho: Trecho, referencia: date) -> str:
    de, ate, situacao = trecho
    fim = "hoje" if ate == referencia else data(ate)
    dias = (ate - de).days
    return f"{NOMES[situacao]} de {data(de)} a {fim} ({numero(dias)} {plural(dias, 'dia,dias')})"


def _barra(trecho: Trecho, inicio: date, total: int, referencia: date) -> SafeString:
    x = (trecho[0] - inicio).days / total * LARGURA
    largura = (trecho[1] - trecho[0]).days / total * LARGURA
    tinta = PREENCHIMENTOS[trecho[2]]
    nome = NOMES[trecho[2]]
    partes = [
        retangulo(x, 0, max(2.0, largura - 1), ALTURA, tinta=tinta, raio=2, dica=_frase(trecho, referencia))
    ]
    if largura > len(nome) * 8 + 16:
        partes.append(retangulo(x + 5, 4, len(nome) * 6.4 + 10, 18, classe="f-sup", raio=4))
        partes.append(texto(x + 10, 17, nome, "tf"))
    return juntar(partes)


def _datas(dias: Sequence[date], inicio: date, total: int) -> SafeString:
    """O dia de cada mudança, se couber ao lado do anterior."""
    partes, livre = [], 0.0
    for dia in dias:
        x = (dia - inicio).days / total * LARGURA
        partes.append(linha(x, 0, x, ALTURA + 5, "eixo"))
        if x >= livre and x <= LARGURA - 24:
            partes.append(texto(x, ALTURA + 18, data(dia, "%d/%m/%y"), "tt", "middle" if x > 24 else "start"))
            livre = x + _ENTRE_ROTULOS
    return juntar(partes)
