"""A composição cruzada por duas dimensões, como tabela que se leva e se agenda."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from contas.models import Usuario
from relatorios.base import DE_OUTROS, Coluna, Elo, Escolha, Linhas
from relatorios.catalogo import registrar
from relatorios.catalogo.composicao import NaData
from relatorios.catalogo.na_data import (
    NA_DATA_PEDIDA,
    RECORTE,
    elo_dos_clientes,
    nao_ha,
    passado_de,
    situacao,
)
from relatorios.composicao import NA_CONTA, Dimensao
from relatorios.cruzada import (
    ATIVIDADE,
    CRUZAVEIS,
    Celula,
    Cruzada,
    Faixa,
    cruzar,
    cruzar_na_data,
    filtros_da_lista,
)
from relatorios.passado import Leitura, Passado
from relatorios.pedido import Pedido

COLUNAS = 12
_OPCOES = tuple((nome, d.titulo) for nome, d in CRUZAVEIS.items())
_PARTES = (("linha", "% da linha"), ("coluna", "% da coluna"), ("geral", "% do total"))
_EM_ORDEM_PROPRIA = ("atividade", "abc")


@dataclass(frozen=True)
class _Linha:
    """Uma faixa com a tabela de que saiu; sem faixa é o total."""

    cruzada: Cruzada
    faixa: Faixa | None = None

    def celula(self, coluna: Faixa | None) -> Celula:
        if self.faixa is None:
            return coluna.total if coluna else self.cruzada.total
        return self.cruzada.celula(self.faixa.chave, coluna.chave) if coluna else self.faixa.total

    def porcento(self, coluna: Faixa | None, pedido: Pedido) -> Decimal | None:
        """A parte pedida, na medida pedida; prospects ficam ao lado."""
        if any(faixa and not faixa.na_conta for faixa in (self.faixa, coluna)):
            return None
        base = {"linha": self.faixa, "coluna": coluna}.get(pedido.escolhas["parte"])
        total = _medida(base.total if base else self.cruzada.total, pedido)
        return Decimal(_medida(self.celula(coluna), pedido)) * 100 / Decimal(total) if total else None


def _medida(celula: Celula, pedido: Pedido) -> int | Decimal:
    return celula.valor if pedido.escolhas["medir"] == "valor" else celula.clientes


def _eixos(pedido: Pedido, passado: Passado | None) -> tuple[Dimensao, Dimensao]:
    """As duas escolhidas, se há naquela data; uma com ela mesma não se cruza."""
    linha, coluna = (CRUZAVEIS[pedido.escolhas[eixo]] for eixo in ("linhas", "colunas"))
    linha, coluna = (ATIVIDADE if nao_ha(passado, d) else d for d in (linha, coluna))
    if linha != coluna:
        return linha, coluna
    return linha, CRUZAVEIS["segmento"] if linha == ATIVIDADE else ATIVIDADE


@registrar
class ComposicaoCruzada(NaData):
    chave = "composicao-cruzada"
    titulo = "Composição por duas dimensões"
    frase = "Como a carteira se reparte entre duas dimensões quaisquer?"
    filtros = (
        Escolha("linhas", "Linhas", _OPCOES, "vendedor", DE_OUTROS),
        Escolha("colunas", "Colunas", _OPCOES, "atividade", DE_OUTROS),
        Escolha("medir", "Medir", (("clientes", "Clientes"), ("valor", "R$ 12 meses"))),
        Escolha("parte", "Porcentagem", _PARTES),
        situacao("situacao", "Situação"),
        *NA_DATA_PEDIDA,
        *RECORTE,
    )
    nota = f"As {COLUNAS} maiores colunas; o total conta todas. Prospects ficam ao lado, fora dos totais."

    def _cruzada(self, usuario: Usuario, pedido: Pedido, passado: Passado | None) -> Cruzada:
        linha, coluna = _eixos(pedido, passado)
        so = "".join(pedido.proprios["situacao"])

        def ler() -> Cruzada:
            if passado:
                return cruzar_na_data(passado, linha, coluna, so)
            return cruzar(usuario, pedido.recorte, linha, coluna, so)

        return pedido.uma_vez(("cruzada", usuario.pk), ler)

    def colunas(self, usuario: Usuario, pedido: Pedido) -> Sequence[Coluna]:
        passado = passado_de(usuario, pedido)
        linha, coluna = _eixos(pedido, passado)
        faixas = self._cruzada(usuario, pedido, passado).colunas
        if coluna.nome not in _EM_ORDEM_PROPRIA:
            faixas = sorted(faixas, key=lambda f: -_medida(f.total, pedido))[:COLUNAS]
        elos = _Elos(linha, coluna, passado.leitura if passado else None)
        return (
            Coluna(
                "rotulo", linha.titulo, largura=28, valor=lambda x: x.faixa.rotulo if x.faixa else "Total"
            ),
            *(c for faixa in faixas for c in _da_faixa(pedido, elos, faixa)),
            *_da_faixa(pedido, elos, None),
        )

    def linhas(self, usuario: Usuario, pedido: Pedido) -> Linhas:
        cruzada = self._cruzada(usuario, pedido, passado_de(usuario, pedido))
        return [_Linha(cruzada, faixa) for faixa in cruzada.linhas]

    def total(self, usuario: Usuario, pedido: Pedido, linhas: Linhas) -> Any:
        primeira = next(iter(linhas), None)
        return _Linha(primeira.cruzada) if primeira else None


@dataclass(frozen=True, slots=True)
class _Elos:
    """Os clientes que cada célula conta, hoje ou naquele dia."""

    linha: Dimensao
    coluna: Dimensao
    leitura: Leitura | None

    def elo(self, pedido: Pedido, linha: Faixa | None, coluna: Faixa | None) -> Elo:
        so = pedido.proprios["situacao"] if ATIVIDADE not in (self.linha, self.coluna) else ()
        filtros: dict[str, Any] = {"status": list(so) or [s.value for s in NA_CONTA]}
        for dimensao, faixa in ((self.linha, linha), (self.coluna, coluna)):
            if faixa:
                filtros |= filtros_da_lista(dimensao, faixa.chave)
        return elo_dos_clientes(pedido, self.leitura, **filtros)


def _da_faixa(pedido: Pedido, elos: _Elos, faixa: Faixa | None) -> tuple[Coluna, Coluna]:
    """O número de uma coluna (ou do total) e a parte dele."""
    chave, titulo = (f"c_{faixa.chave}", faixa.rotulo) if faixa else ("total", "Total")
    tipo, largura = ("moeda", 16) if pedido.escolhas["medir"] == "valor" else ("inteiro", 12)
    return (
        Coluna(chave, titulo, tipo, largura, valor=lambda x: _medida(x.celula(faixa), pedido),
               elo=lambda x, p: elos.elo(p, x.faixa, faixa)),
        Coluna(f"p_{chave}", f"% {titulo}", "porcento", 11, valor=lambda x: x.porcento(faixa, pedido)),
    )  # fmt: skip
