"""A composição cruzada por duas dimensões, como tabela que se leva e se agenda."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from atividade.regras import Status
from contas.models import Usuario
from relatorios.base import CARTEIRA, Coluna, Escolha, Linhas, Relatorio
from relatorios.catalogo import registrar
from relatorios.composicao import NA_CONTA
from relatorios.cruzada import CRUZAVEIS, Celula, Cruzada, Faixa, cruzar, filtros_da_lista
from relatorios.pedido import Pedido

COLUNAS = 12
_OPCOES = tuple((nome, d.titulo) for nome, d in CRUZAVEIS.items())


@dataclass(frozen=True)
class _Linha:
    """Uma faixa com a tabela de que saiu; sem faixa é o total."""

    cruzada: Cruzada
    faixa: Faixa | None = None

    def celula(self, coluna: Faixa | None) -> Celula:
        if self.faixa is None:
            return coluna.total if coluna else self.cruzada.total
        return self.cruzada.celula(self.faixa.chave, coluna.chave) if coluna else self.faixa.total

    def porcento(self, coluna: Faixa) -> Decimal | None:
        """A parte da linha; prospects ficam ao lado."""
        total = self.celula(None).clientes
        conta = total and coluna.na_conta and (self.faixa is None or self.faixa.na_conta)
        return Decimal(self.celula(coluna).clientes) * 100 / total if conta else None


@registrar
class ComposicaoCruzada(Relatorio):
    chave = "composicao-cruzada"
    titulo = "Composição por duas dimensões"
    grupo = "Carteira"
    frase = "Como a carteira se reparte entre duas dimensões quaisquer?"
    filtros = (
        Escolha("linhas", "Linhas", _OPCOES, "vendedor"),
        Escolha("colunas", "Colunas", _OPCOES, "atividade"),
        Escolha("medir", "Medir", (("clientes", "Clientes"), ("valor", "R$ 12 meses"))),
        *CARTEIRA,
        "municipio",
        "perfil",
        "porte",
    )
    nota = (
        f"As {COLUNAS} maiores colunas; o total conta todas. As porcentagens são da linha, em clientes; prospects "
        "ficam ao lado, fora dos totais."
    )

    def _cruzada(self, usuario: Usuario, pedido: Pedido) -> Cruzada:
        linha, coluna = (CRUZAVEIS[pedido.escolhas[eixo]] for eixo in ("linhas", "colunas"))
        return cruzar(usuario, pedido.recorte, linha, coluna)

    def colunas(self, usuario: Usuario, pedido: Pedido) -> Sequence[Coluna]:
        faixas = self._cruzada(usuario, pedido).colunas
        if pedido.escolhas["colunas"] not in ("atividade", "abc"):
            faixas = sorted(faixas, key=lambda f: -f.total.clientes)[:COLUNAS]
        titulo = CRUZAVEIS[pedido.escolhas["linhas"]].titulo
        return (
            Coluna("rotulo", titulo, largura=28, valor=lambda x: x.faixa.rotulo if x.faixa else "Total"),
            *(c for faixa in faixas for c in self._da_faixa(pedido, faixa)),
            self._numero(pedido, "total", "Total", None),
        )

    def _da_faixa(self, pedido: Pedido, faixa: Faixa) -> Sequence[Coluna]:
        chave = f"c_{faixa.chave}"
        parte = Coluna(f"p_{chave}", f"% {faixa.rotulo}", "porcento", 11, valor=lambda x: x.porcento(faixa))
        return self._numero(pedido, chave, faixa.rotulo, faixa), parte

    def _numero(self, pedido: Pedido, chave: str, titulo: str, faixa: Faixa | None) -> Coluna:
        valor = pedido.escolhas["medir"] == "valor"

        def medida(linha: _Linha) -> Any:
            celula = linha.celula(faixa)
            return celula.valor if valor else celula.clientes

        return Coluna(
            chave, titulo, "moeda" if valor else "inteiro", 16 if valor else 12, valor=medida,
            elo=lambda linha, p: _elo(p, linha.faixa, faixa),
        )  # fmt: skip

    def linhas(self, usuario: Usuario, pedido: Pedido) -> Linhas:
        cruzada = self._cruzada(usuario, pedido)
        return [_Linha(cruzada, faixa) for faixa in cruzada.linhas]

    def total(self, usuario: Usuario, pedido: Pedido, linhas: Linhas) -> Any:
        primeira = next(iter(linhas), None)
        return _Linha(primeira.cruzada) if primeira else None


def _elo(pedido: Pedido, linha: Faixa | None, coluna: Faixa | None) -> dict[str, Any]:
    filtros: dict[str, Any] = {"status": [Status(s).value for s in NA_CONTA]}
    for eixo, faixa in (("linhas", linha), ("colunas", coluna)):
        if faixa:
            filtros |= filtros_da_lista(CRUZAVEIS[pedido.escolhas[eixo]], faixa.chave)
    return filtros
