"""Os reativados mês a mês: embaixo os que voltaram por um contato, em cima os espontâneos."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.safestring import SafeString

from carteira.formatos import plural
from carteira.graficos.desenho import NADA, linha, retangulo, svg, texto
from carteira.marcacao import juntar

LARGURA, ALTURA, MARGEM = 600.0, 180.0, 96.0


def colunas_de_reativados(meses: Sequence[Mapping[str, Any]]) -> SafeString:
    """`meses`: {rotulo, nome, soma, atual} do mais antigo ao mais novo."""
    if not meses:
        return NADA
    topo = max((m["soma"].clientes for m in meses), default=0) or 1
    passo = LARGURA / len(meses)
    return svg(
        (-4, -20, LARGURA + MARGEM, ALTURA + 44),
        frase(meses),
        linha(0, ALTURA, LARGURA, ALTURA, "eixo"),
        *(_coluna(i, m, passo, topo) for i, m in enumerate(meses)),
        _nomes(meses[-1]["soma"], topo),
    )


def frase(meses: Sequence[Mapping[str, Any]]) -> str:
    ultimo, maior = meses[-1], max(meses, key=lambda m: m["soma"].clientes)
    n, por_contato = ultimo["soma"].clientes, ultimo["soma"].por_contato
    return (
        f"Reativados por mês: {n} {plural(n, 'cliente,clientes')} em {ultimo['nome']}, {por_contato} por contato; "
        f"o maior foi {maior['nome']}, com {maior['soma'].clientes}."
    )


def _coluna(indice: int, mes: Mapping[str, Any], passo: float, topo: int) -> SafeString:
    soma, x = mes["soma"], indice * passo + 5
    contato, todos = (v / topo * ALTURA for v in (soma.por_contato, soma.clientes))
    dica = f"{mes['nome']}: {soma.clientes} ({soma.por_contato} por contato)"
    partes = [
        retangulo(x, ALTURA - todos, passo - 10, todos - contato, classe="f-prospect", raio=2, dica=dica),
        retangulo(x, ALTURA - contato, passo - 10, contato, classe="f-ativo", raio=2, dica=dica),
        texto(
            indice * passo + passo / 2, ALTURA + 17, mes["rotulo"], "tf" if mes["atual"] else "tt", "middle"
        ),
    ]
    if soma.clientes:
        classe = "tf" if mes["atual"] else "tt"
        partes.append(
            texto(indice * passo + passo / 2, ALTURA - todos - 6, str(soma.clientes), classe, "middle")
        )
    return juntar(partes)


def _nomes(ultima: Any, topo: int) -> SafeString:
    """O nome de cada parte, à altura dela na última coluna; sem folga entre as duas, embaixo."""
    contato, todos = (v / topo * ALTURA for v in (ultima.por_contato, ultima.clientes))
    baixo = ALTURA - max(contato / 2, 4)
    alto = min(ALTURA - (todos + contato) / 2, baixo - 16)
    return juntar(
        [texto(LARGURA + 2, baixo, "por contato", "tf"), texto(LARGURA + 2, alto, "espontâneos", "tt")]
    )
