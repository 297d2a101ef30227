"""Saldo da carteira mês a mês: o que entrou para cima, o que se perdeu para baixo, e o saldo em linha."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.safestring import SafeString

from carteira.formatos import numero, plural
from carteira.graficos.desenho import NADA, linha, n, retangulo, svg, texto
from carteira.marcacao import format_html, juntar

LARGURA, ALTURA = 640.0, 210.0
# O que soma e o que tira, com a tinta de cada um; a trama distingue sem a cor.
_SOMAM = (("abertos", "var(--ativo-cheio)"), ("recuperados", "url(#h-quase)"))
_TIRA = ("perdidos", "url(#h-inativo)")


def colunas(meses: Sequence[Mapping[str, Any]]) -> SafeString:
    """Uma coluna por mês; `sem_historia` é o mês em que ainda não se gravavam perdas e voltas."""
    if not any(_altos(m) for m in meses):
        return NADA
    passo = LARGURA / len(meses)
    acima = max(sum(m[nome] for nome, _ in _SOMAM) for m in meses)
    escala = ALTURA / max(acima + max(m[_TIRA[0]] for m in meses), 1)
    zero = acima * escala
    return svg(
        (-44, -20, LARGURA + 60, ALTURA + 48),
        frase(meses),
        _eixo(zero, acima, escala),
        juntar(_coluna(m, i * passo, passo, zero, escala) for i, m in enumerate(meses)),
        _saldos(meses, passo, zero, escala),
    )


def _altos(mes: Mapping[str, Any]) -> int:
    return sum(mes[nome] for nome, _ in (*_SOMAM, _TIRA))


def frase(meses: Sequence[Mapping[str, Any]]) -> str:
    """O saldo dos meses somados e o melhor e o pior deles."""
    contados = [m for m in meses if not m["sem_historia"]]
    if not contados:
        return "Só aberturas: as perdas e as voltas ainda não se gravavam."
    total = sum(m["saldo"] for m in contados)
    pior, melhor = (f(contados, key=lambda m: m["saldo"]) for f in (min, max))
    meses_ = f"{len(contados)} {plural(len(contados), 'mês,meses')}"
    return (
        f"Saldo de {com_sinal(total)} em {meses_}; melhor mês {melhor['rotulo']} ({com_sinal(melhor['saldo'])}), "
        f"pior {pior['rotulo']} ({com_sinal(pior['saldo'])})."
    )


def com_sinal(valor: int) -> str:
    return f"+{numero(valor)}" if valor > 0 else numero(valor).replace("-", "\u2212")


def _eixo(zero: float, acima: int, escala: float) -> SafeString:
    partes = [linha(0, zero, LARGURA, zero, "eixo"), texto(-8, zero + 4, "0", "tt", "end")]
    if acima * escala > 24:
        partes.append(texto(-8, 8, f"+{numero(acima)}", "tt", "end"))
    if ALTURA - zero > 24:
        partes.append(texto(-8, ALTURA, f"\u2212{numero(round((ALTURA - zero) / escala))}", "tt", "end"))
    return juntar(partes)


def _coluna(mes: Mapping[str, Any], x: float, passo: float, zero: float, escala: float) -> SafeString:
    blocos, topo = [], zero
    for nome, tinta in _SOMAM:
        altura = mes[nome] * escala
        topo -= altura
        if altura:
            blocos.append(_bloco(mes, nome, x, passo, topo, altura, tinta))
    if mes[_TIRA[0]]:
        blocos.append(_bloco(mes, _TIRA[0], x, passo, zero, mes[_TIRA[0]] * escala, _TIRA[1]))
    return juntar([*blocos, texto(x + passo / 2, ALTURA + 20, mes["rotulo"], "tt", "middle")])


def _bloco(
    mes: Mapping[str, Any], nome: str, x: float, passo: float, y: float, altura: float, tinta: str
) -> SafeString:
    folga = passo * 0.16
    dica = f"{mes['rotulo']}: {numero(mes[nome])} {plural(mes[nome], f'{nome[:-1]},{nome}')}"
    return retangulo(x + folga, y, passo - 2 * folga, altura, tinta=tinta, raio=1.5, dica=dica)


def _saldos(meses: Sequence[Mapping[str, Any]], passo: float, zero: float, escala: float) -> SafeString:
    """A linha só passa pelos meses cujo saldo se conhece; o último leva o número."""
    pontos = [
        (i * passo + passo / 2, zero - m["saldo"] * escala, m)
        for i, m in enumerate(meses)
        if not m["sem_historia"]
    ]
    if not pontos:
        return NADA
    traco = " ".join(f"{n(x)},{n(y)}" for x, y, _ in pontos)
    nos = juntar(
        format_html(
            '<circle class="no-saldo" cx="{}" cy="{}" r="3.5"><title>{}: saldo {}</title></circle>',
            n(x), n(y), m["rotulo"], com_sinal(m["saldo"]),
        )
        for x, y, m in pontos
    )  # fmt: skip
    x, y, ultimo = pontos[-1]
    numero_do_ultimo = texto(x, y - 9, com_sinal(ultimo["saldo"]), "tf sobre", "middle")
    return juntar((format_html('<polyline class="ln-saldo" points="{}"/>', traco), nos, numero_do_ultimo))
