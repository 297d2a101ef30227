"""A composição da carteira como a tela a mostra, hoje ou numa data: por uma dimensão e por atividade."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from atividade.regras import Marca, Status
from atividade.rotulos import PLURAIS
from contas.models import Usuario
from relatorios.base import DE_OUTROS, Coluna, Elo, Escolha, Grafico, Linhas, Relatorio, Serie
from relatorios.catalogo import registrar
from relatorios.catalogo.na_data import (
    NA_DATA_PEDIDA,
    RECORTE,
    como_se_leu,
    data_pedida,
    elo_dos_clientes,
    nao_ha,
    passado_de,
)
from relatorios.composicao import (
    DIMENSOES,
    NA_CONTA,
    Dimensao,
    Grupo,
    agrupar,
    linhas,
    ordenar,
    por_situacao,
    somar,
)
from relatorios.passado import Leitura, Passado
from relatorios.passado import agrupar as agrupar_na_data
from relatorios.passado import por_situacao as por_situacao_na_data
from relatorios.pedido import Pedido

NO_GRAFICO = 12
SITUACOES = (*NA_CONTA, Status.PROSPECT)
_NOTA = "As porcentagens são sobre ativos, quase inativos e inativos; prospects ficam ao lado, fora da conta."


class NaData(Relatorio):
    """O que se lê de hoje ou, com `data`, de um dia que já passou."""

    grupo = "Carteira"
    nota = _NOTA

    def referencia(self, pedido: Pedido) -> Any:
        return data_pedida(pedido) or pedido.referencia

    def regra(self, pedido: Pedido) -> str:
        return "" if data_pedida(pedido) else super().regra(pedido)

    def achado(self, usuario: Usuario, pedido: Pedido, linhas: Linhas) -> str:
        return como_se_leu(passado_de(usuario, pedido))


def colunas_das_situacoes(elo: Callable[..., Any]) -> list[Coluna]:
    """As medidas de um grupo; `elo(situações)` dá o elo dos clientes que cada uma conta."""
    quase, inativos = (PLURAIS[s].lower() for s in (Status.QUASE_INATIVO, Status.INATIVO))
    return [
        Coluna("clientes", "Clientes", "inteiro", 12, elo=elo(*NA_CONTA)),
        *(_contagem(s, elo) for s in SITUACOES),
        *(_parte(s) for s in NA_CONTA),
        *(_valor(s, elo) for s in NA_CONTA),
        Coluna("valor", "R$ 12 meses", "moeda", 18, elo=elo(*NA_CONTA)),
        *(_parte_do_valor(s) for s in NA_CONTA),
        Coluna("risco", f"R$ em risco ({quase})", "moeda", 18, valor=lambda g: g.em_risco,
               elo=elo(Status.QUASE_INATIVO)),
        Coluna("perdido", f"R$ perdido ({inativos})", "moeda", 18, valor=lambda g: g.perdido,
               elo=elo(Status.INATIVO)),
    ]  # fmt: skip


# As chaves são as da ordem da página: `?ordem=-quase` ordena as duas tabelas do mesmo jeito.
_CHAVES = {Status.QUASE_INATIVO: "quase", Status.INATIVO: "inativos"}


def _contagem(status: Status, elo: Callable[..., Any]) -> Coluna:
    return Coluna(
        _CHAVES.get(status, status.value), PLURAIS[status], "inteiro", 12,
        valor=lambda g: g.fatia(status).clientes, elo=elo(status),
    )  # fmt: skip


def _parte(status: Status) -> Coluna:
    titulo = f"% {PLURAIS[status].lower()}"
    return Coluna(f"p_{status.value}", titulo, "porcento", 11, valor=lambda g: g.porcento(status))


def _parte_do_valor(status: Status) -> Coluna:
    titulo = f"% do valor {PLURAIS[status].lower()}"
    return Coluna(f"pv_{status.value}", titulo, "porcento", 11, valor=lambda g: g.porcento_valor(status))


def _valor(status: Status, elo: Callable[..., Any]) -> Coluna:
    return Coluna(
        f"v_{status.value}", f"R$ 12 meses {PLURAIS[status].lower()}", "moeda", 18,
        valor=lambda g: g.fatia(status).valor, elo=elo(status),
    )  # fmt: skip


@registrar
class ComposicaoPor(NaData):
    chave = "composicao-por"
    titulo = "Composição da carteira, por dimensão"
    frase = "De que é feita a carteira de cada um, hoje ou numa data, e quanto está em risco?"
    filtros = (
        Escolha(
            "agrupar", "Por", tuple((nome, d.titulo) for nome, d in DIMENSOES.items()), de_outros=DE_OUTROS
        ),
        *NA_DATA_PEDIDA,
        *RECORTE,
    )
    ordem = "-risco"
    unidade = "grupo,grupos"

    def _dimensao(self, usuario: Usuario, pedido: Pedido, passado: Passado | None) -> Dimensao:
        """A escolhida ou, se o retrato não a guarda, a primeira que a pessoa pode abrir."""
        pedida = DIMENSOES[pedido.escolhas["agrupar"]]
        if not nao_ha(passado, pedida):
            return pedida
        (escolha,) = (f for f in self.filtros_de(usuario) if isinstance(f, Escolha) and f.chave == "agrupar")
        return DIMENSOES[escolha.opcoes[0][0]]

    def colunas(self, usuario: Usuario, pedido: Pedido) -> Sequence[Coluna]:
        passado = passado_de(usuario, pedido)
        dimensao = self._dimensao(usuario, pedido, passado)
        leitura = passado.leitura if passado else None

        def elo(*status: Status) -> Callable[[Grupo, Pedido], Elo]:
            def leva(grupo: Grupo, p: Pedido) -> Elo:
                do_grupo = {dimensao.nome: grupo.chave} if grupo.chave else {}
                return elo_dos_clientes(p, leitura, status=[s.value for s in status], **do_grupo)

            return leva

        return (
            Coluna("nome", dimensao.titulo, largura=28, valor=lambda g: g.rotulo, elo=elo(*NA_CONTA)),
            *colunas_das_situacoes(elo),
        )

    def linhas(self, usuario: Usuario, pedido: Pedido) -> Linhas:
        passado = passado_de(usuario, pedido)
        dimensao = self._dimensao(usuario, pedido, passado)
        if passado:
            return ordenar(agrupar_na_data(passado.somas(dimensao), dimensao), "nome")
        hoje = linhas(usuario, pedido.recorte, com_cadastro=dimensao.do_cadastro)
        return ordenar(agrupar(hoje, dimensao), "nome")

    def total(self, usuario: Usuario, pedido: Pedido, linhas: Linhas) -> Grupo:
        return somar(linhas)

    def grafico(self, usuario: Usuario, pedido: Pedido, linhas: Linhas) -> Grafico | None:
        maiores = sorted(linhas, key=lambda g: -g.clientes)[:NO_GRAFICO]
        if not any(g.clientes for g in maiores):
            return None
        return Grafico(
            "Clientes por situação, nos maiores grupos",
            [g.rotulo for g in maiores],
            [Serie(PLURAIS[s], [g.fatia(s).clientes for g in maiores], s.value) for s in NA_CONTA],
        )


@dataclass(frozen=True, slots=True)
class _Linha:
    """Uma situação ou, dentro dela, uma marca: da marca só se sabe quantos são."""

    rotulo: str
    clientes: int
    status: tuple[str, ...] = ()
    marca: str = ""
    parte: Decimal | None = None
    valor: Decimal | None = None
    parte_do_valor: Decimal | None = None


def _da_atividade(carteira: Grupo) -> Iterator[_Linha]:
    for status in SITUACOES:
        fatia, conta = carteira.fatia(status), status in NA_CONTA
        if conta or fatia.clientes:
            partes = (carteira.porcento(status), fatia.valor, carteira.porcento_valor(status))
            yield _Linha(PLURAIS[status], fatia.clientes, (status.value,), "", *(partes if conta else ()))
        for marca, quantos in fatia.marcas.items():
            nome = f"{PLURAIS[status]} {PLURAIS[Marca(marca)]}"
            yield _Linha(nome, quantos, (status.value,), marca)


@registrar
class ComposicaoPorAtividade(NaData):
    chave = "composicao-por-atividade"
    titulo = "Composição da carteira, por atividade"
    frase = "Quantos clientes estão ativos, quase inativos e inativos, hoje ou numa data, e quanto compram?"
    filtros = (*NA_DATA_PEDIDA, *RECORTE)
    unidade = "linha,linhas"
    nota = f"{_NOTA} Novos, recuperados, recentes e antigos estão dentro da sua situação."

    def colunas(self, usuario: Usuario, pedido: Pedido) -> Sequence[Coluna]:
        passado = passado_de(usuario, pedido)
        leitura: Leitura | None = passado.leitura if passado else None

        def elo(linha: _Linha, p: Pedido) -> Elo:
            marca = {"marca": linha.marca} if linha.marca else {}
            return elo_dos_clientes(p, leitura, status=list(linha.status), **marca)

        return (
            Coluna("rotulo", "Atividade", largura=28, elo=elo, ordena=False),
            Coluna("clientes", "Clientes", "inteiro", 12, elo=elo, ordena=False),
            Coluna("parte", "%", "porcento", 10, ordena=False),
            Coluna("valor", "R$ 12 meses", "moeda", 18, elo=elo, ordena=False),
            Coluna("parte_do_valor", "% do valor", "porcento", 10, ordena=False),
        )

    def linhas(self, usuario: Usuario, pedido: Pedido) -> Linhas:
        carteira = self._carteira(usuario, pedido)
        return list(_da_atividade(carteira)) if carteira.todos else []

    def _carteira(self, usuario: Usuario, pedido: Pedido) -> Grupo:
        passado = passado_de(usuario, pedido)
        if passado:
            return por_situacao_na_data(passado.somas(DIMENSOES["empresa"]))
        return por_situacao(linhas(usuario, pedido.recorte))

    def total(self, usuario: Usuario, pedido: Pedido, linhas: Linhas) -> _Linha:
        """O das três situações; as marcas já estão nelas."""
        contam = [x for x in linhas if x.valor is not None]
        clientes, valor = sum(x.clientes for x in contam), sum((x.valor for x in contam), Decimal(0))
        cem = Decimal(100)
        status = tuple(s.value for s in NA_CONTA)
        return _Linha("Total", clientes, status, "", cem if clientes else None, valor, cem if valor else None)
