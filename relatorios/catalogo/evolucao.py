"""A composição mês a mês, como o gráfico da tela e a tabela atrás dele."""

from collections.abc import Callable, Sequence
from typing import Any

from django.utils import timezone

from atividade.regras import Status
from atividade.rotulos import PLURAIS
from contas.models import Usuario
from relatorios.base import Coluna, Elo, Escolha, Grafico, Linhas, Relatorio, Serie
from relatorios.catalogo import registrar
from relatorios.catalogo.migracao import DONO, REGRA
from relatorios.catalogo.na_data import RECORTE, elo_dos_clientes
from relatorios.composicao import NA_CONTA, linhas, por_situacao
from relatorios.evolucao import ATUAL, PEDIDOS, RETRATO, SEM_RETRATO, Mes, evolucao, mes_atual
from relatorios.passado import Leitura
from relatorios.pedido import Pedido

_ORIGENS = {
    RETRATO: "retrato do dia", PEDIDOS: "refeito dos pedidos", ATUAL: "hoje", SEM_RETRATO: "sem retrato",
}  # fmt: skip
_PRAZOS = tuple((str(n), f"{n + 1} meses") for n in (12, 24, 36))


def _elo(status: Status) -> Callable[[Mes, Pedido], Elo | None]:
    def elo(mes: Mes, pedido: Pedido) -> Elo | None:
        if not mes.origem:
            return None
        leitura = Leitura(mes.data, pedido.escolhas["regra"], pedido.escolhas["dono"])
        return elo_dos_clientes(pedido, None if mes.origem == ATUAL else leitura, status=[status.value])

    return elo


def _medidas(status: Status) -> list[Coluna]:
    nome = PLURAIS[status]

    def havendo(ler: Callable[[Mes], Any]) -> Callable[[Mes], Any]:
        return lambda mes: ler(mes) if mes.origem else None

    return [
        Coluna(status.value, nome, "inteiro", 11, ordena=False, elo=_elo(status),
               valor=havendo(lambda m: m.clientes.get(status.value, 0))),
        Coluna(f"p_{status.value}", f"% {nome.lower()}", "porcento", 10, ordena=False,
               valor=havendo(lambda m: m.porcento(status.value))),
        Coluna(f"v_{status.value}", f"R$ 12 meses {nome.lower()}", "moeda", 17, ordena=False,
               valor=havendo(lambda m: m.valor.get(status.value, 0))),
    ]  # fmt: skip


def _no_dia(mes: Mes) -> str:
    """Como se via então, onde um fato que chegou depois mudou a conta."""
    vistos = [f"{mes.visto[s]} {PLURAIS[s].lower()}" for s in NA_CONTA if s in mes.visto]
    return f"no dia: {', '.join(vistos)}" if vistos else ""


@registrar
class EvolucaoDaComposicao(Relatorio):
    chave = "composicao-por-mes"
    titulo = "Composição da carteira, mês a mês"
    grupo = "Carteira"
    frase = "A carteira está ficando mais ativa ou menos?"
    filtros = (Escolha("meses", "Meses", _PRAZOS), REGRA, DONO, *RECORTE)
    unidade = "mês,meses"
    nota = (
        "Os fins de mês vêm dos retratos guardados; onde faltam, ou por outra regra ou dono, são refeitos dos pedidos. "
        "Sem uma coisa nem outra, o mês fica em branco."
    )

    def colunas(self, usuario: Usuario, pedido: Pedido) -> Sequence[Coluna]:
        return (
            Coluna("data", "Data", "data", 12, ordena=False),
            *(coluna for s in NA_CONTA for coluna in _medidas(s)),
            Coluna("origem", "De onde vem", largura=20, ordena=False, valor=lambda m: _ORIGENS[m.origem]),
            Coluna("visto", "Observação", largura=20, ordena=False, valor=_no_dia),
        )

    def linhas(self, usuario: Usuario, pedido: Pedido) -> Linhas:
        carteira = por_situacao(linhas(usuario, pedido.recorte))
        if pedido.referencia is None or not carteira.todos:
            return []
        agora = mes_atual(
            pedido.referencia,
            {s.value: carteira.fatia(s).clientes for s in NA_CONTA},
            {s.value: carteira.fatia(s).valor for s in NA_CONTA},
        )
        de_antes = evolucao(
            usuario,
            pedido.recorte,
            pedido.referencia,
            max(pedido.referencia, timezone.localdate()),
            regra=pedido.escolhas["regra"],
            dono=pedido.escolhas["dono"],
            meses=int(pedido.escolhas["meses"]),
        )
        return [*de_antes, agora]

    def grafico(self, usuario: Usuario, pedido: Pedido, linhas: Linhas) -> Grafico:
        meses = list(linhas)
        return Grafico(
            "Clientes por situação, mês a mês",
            [f"{m.data:%m/%y}" for m in meses],
            [Serie(PLURAIS[s], [m.clientes.get(s.value, 0) for m in meses], s.value) for s in NA_CONTA],
            forma="colunas",
        )
