"""Clientes por vendedor e situação: quantos, quanto valem e quanto está em risco."""

from collections.abc import Sequence
from typing import Any

from atividade.regras import Status
from atividade.rotulos import PLURAIS
from contas.models import Usuario
from relatorios.base import CARTEIRA, Coluna, Grafico, Linhas, Relatorio, Serie
from relatorios.catalogo import registrar
from relatorios.composicao import DIMENSOES, NA_CONTA, Grupo, agrupar, linhas, somar
from relatorios.pedido import Pedido

NO_GRAFICO = 12


def _elo(*status: Status) -> Any:
    """Os clientes do vendedor nessas situações; o total vai sem vendedor."""
    situacoes = [s.value for s in status]

    def elo(grupo: Grupo, pedido: Pedido) -> dict[str, Any]:
        return {"status": situacoes} | ({"vendedor": grupo.chave} if grupo.chave else {})

    return elo


def _clientes(status: Status) -> Coluna:
    return Coluna(
        status.value,
        PLURAIS[status],
        "inteiro",
        14,
        valor=lambda g: g.fatia(status).clientes,
        elo=_elo(status),
    )


def _porcento(status: Status) -> Coluna:
    return Coluna(
        f"p_{status.value}",
        f"% {PLURAIS[status].lower()}",
        "porcento",
        12,
        valor=lambda g: g.porcento(status),
    )


@registrar
class VendedorPorSituacao(Relatorio):
    chave = "vendedor-por-situacao"
    titulo = "Clientes por vendedor e situação"
    grupo = "Carteira"
    frase = "De que é feita a carteira de cada vendedor, e quanto dela está em risco?"
    filtros = CARTEIRA
    ordem = "-risco"
    unidade = "vendedor,vendedores"
    nota = "As porcentagens são sobre ativos, quase inativos e inativos; prospects ficam ao lado."

    def colunas(self, usuario: Usuario, pedido: Pedido) -> Sequence[Coluna]:
        risco = f"R$ em risco ({PLURAIS[Status.QUASE_INATIVO].lower()})"
        perdido = f"R$ perdido ({PLURAIS[Status.INATIVO].lower()})"
        return (
            Coluna("vendedor", "Vendedor", largura=28, valor=lambda g: g.rotulo, elo=_elo(*NA_CONTA)),
            Coluna("clientes", "Clientes", "inteiro", 12, elo=_elo(*NA_CONTA)),
            *(coluna(s) for s in NA_CONTA for coluna in (_clientes, _porcento)),
            _clientes(Status.PROSPECT),
            Coluna("valor", "R$ 12 meses", "moeda", 18),
            Coluna("risco", risco, "moeda", 18, valor=lambda g: g.em_risco),
            Coluna("perdido", perdido, "moeda", 18, valor=lambda g: g.perdido),
        )

    def linhas(self, usuario: Usuario, pedido: Pedido) -> Linhas:
        grupos = agrupar(linhas(usuario, pedido.recorte), DIMENSOES["vendedor"])
        return sorted(grupos, key=lambda g: (g.rotulo.casefold(), g.chave))

    def total(self, usuario: Usuario, pedido: Pedido, linhas: Linhas) -> Grupo:
        return somar(linhas)

    def achado(self, usuario: Usuario, pedido: Pedido, linhas: Linhas) -> str:
        grupos = list(linhas)
        maior, total = max(grupos, key=lambda g: g.em_risco), somar(grupos).em_risco
        if not total or len(grupos) < 2:
            return ""
        parte = maior.em_risco * 100 / total
        return f"{maior.rotulo} tem {parte:.0f}% do R$ em risco de {len(grupos)} carteiras."

    def grafico(self, usuario: Usuario, pedido: Pedido, linhas: Linhas) -> Grafico | None:
        maiores = sorted(linhas, key=lambda g: -g.clientes)[:NO_GRAFICO]
        if not any(g.clientes for g in maiores):
            return None
        return Grafico(
            "Clientes por situação, nas maiores carteiras",
            [g.rotulo for g in maiores],
            [Serie(PLURAIS[s], [g.fatia(s).clientes for g in maiores], s.value) for s in NA_CONTA],
        )
