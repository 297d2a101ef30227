"""A situação de um pedido nas palavras dos ERPs; o que não se conhece é recusado, nunca adivinhado."""

from collections.abc import Mapping

from contas.models import SituacaoDePedido
from contas.texto import chave_de_nome

_SINONIMOS: dict[str, tuple[str, ...]] = {
    SituacaoDePedido.ABERTO: (
        "aberto", "em aberto", "aberta", "abertos", "abertas", "pendente", "em andamento", "em carteira",
        "a faturar", "aguardando faturamento", "nao faturado", "open",
    ),
    SituacaoDePedido.FATURADO: (
        "faturado", "faturada", "faturados", "faturadas", "nf emitida", "nfe emitida", "nf-e emitida", "nota emitida",
        "nota fiscal emitida", "faturado total", "faturado totalmente", "totalmente faturado", "invoiced",
    ),
    SituacaoDePedido.CANCELADO: (
        "cancelado", "cancelada", "cancelados", "canceladas", "cancelamento", "canc", "estornado", "estornada", "canceled", "cancelled",
    ),
    SituacaoDePedido.DEVOLVIDO: (
        "devolvido", "devolvida", "devolvidos", "devolvidas", "devolucao", "devolucoes", "dev",
    ),
    SituacaoDePedido.ORCAMENTO: (
        "orcamento", "orcamentos", "cotacao", "cotacoes", "proposta", "propostas", "orcado", "em orcamento", "orc",
    ),
}  # fmt: skip
_DE_PARA = {sinonimo: situacao for situacao, nomes in _SINONIMOS.items() for sinonimo in nomes}
SITUACOES = frozenset(s.value for s in SituacaoDePedido)


def chave_de_situacao(texto: str) -> str:
    return chave_de_nome(texto.replace("_", " ")).strip(".:;- ")


def ler_situacao(texto: str, de_para: Mapping[str, str]) -> tuple[str, str]:
    """Devolve (situação, "") ou ("", motivo); `de_para` é o que a pessoa ensinou, e vence."""
    chave = chave_de_situacao(texto)
    situacao = de_para.get(chave) or _DE_PARA.get(chave, "")
    if situacao:
        return str(situacao), ""
    if not chave:
        return "", "situação em branco: preencha com aberto, faturado, cancelado, devolvido ou orçamento"
    return "", (
        "situação desconhecida: use aberto, faturado, cancelado, devolvido ou orçamento, "
        "ou diga uma vez o que ela quer dizer"
    )
