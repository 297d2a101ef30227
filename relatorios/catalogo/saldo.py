"""Saldo do período por quem e mês a mês, e as aberturas por mês: contados dos eventos, com o dono do dia."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from contas.models import Usuario
from relatorios.aberturas import Aberturas as Matriz
from relatorios.aberturas import Linha, aberturas
from relatorios.base import (
    CARTEIRA,
    DE_OUTROS,
    Coluna,
    Elo,
    Escolha,
    Grafico,
    Linhas,
    Numero,
    Relatorio,
    Serie,
)
from relatorios.base import Periodo as FiltroDePeriodo
from relatorios.catalogo import registrar
from relatorios.catalogo.migracao import DONO
from relatorios.composicao import DIMENSOES, Dimensao
from relatorios.pedido import Pedido, recorte_em_partes
from relatorios.saldo import (
    VOLTAS,
    Evento,
    Eventos,
    Periodo,
    Saldo,
    SaldoDoGrupo,
    em_grupos,
    historia_desde,
    meses_de,
    ultimos_meses,
)

_POR = ("vendedor", "equipe", "segmento", "uf", "empresa")
AGRUPAR = Escolha(
    "agrupar", "Agrupar por", tuple((d, DIMENSOES[d].titulo) for d in _POR), de_outros=DE_OUTROS
)
_CONTAS = (
    (Evento.ABERTO.value, "abertos", "Abertos"),
    (Evento.RECUPERADO.value, "recuperados", "Recuperados"),
    (Evento.PERDIDO.value, "perdidos", "Perdidos"),
    ("", "saldo", "Saldo"),
    (VOLTAS, "voltas", "Foram e voltaram"),
    (Evento.REGRA_TIRA.value, "regra_tira", "Perdidos por regra ou correção"),
    (Evento.REGRA_DEVOLVE.value, "regra_devolve", "Recuperados por regra ou correção"),
    (Evento.ENCERRADO.value, "encerrados", "Encerrados"),
)
_SEMPRE_SE_SABEM = ("abertos", "encerrados")
_NOTA = (
    "Aberto fez a primeira compra; recuperado era inativo e comprou; perdido passou a inativo com o tempo. Mudança "
    "de regra, correção e encerramento ficam fora da soma. Em branco, o que ainda não se gravava."
)


def dimensao_de(pedido: Pedido) -> Dimensao:
    return DIMENSOES[pedido.escolhas["agrupar"]]


def _eventos(usuario: Usuario, pedido: Pedido, periodo: Periodo) -> Eventos:
    return Eventos(usuario, pedido.recorte, periodo, pedido.escolhas["dono"])


def _do_pedido(pedido: Pedido) -> Periodo:
    return Periodo(pedido.periodo.de, pedido.periodo.ate)


def _elo(pedido: Pedido, evento: str, periodo: Periodo, **filtros: str) -> Elo:
    datas = {"de": periodo.de.isoformat(), "ate": periodo.ate.isoformat(), "dono": pedido.escolhas["dono"]}
    return Elo({**recorte_em_partes(pedido.recorte), "evento": evento, **datas, **filtros}, "eventos")


def _colunas(
    saldo: Callable[[Any], Saldo], elo: Callable[[Any, Pedido, str], Elo], sem_historia: Callable[[Any], bool]
) -> list[Coluna]:
    """As contas do saldo; o que não se gravou fica em branco, e não zero."""

    def coluna(evento: str, campo: str, titulo: str) -> Coluna:
        def valor(linha: Any) -> int | None:
            oculto = campo not in _SEMPRE_SE_SABEM and sem_historia(linha)
            return None if oculto else getattr(saldo(linha), campo)

        leva = (lambda linha, pedido: elo(linha, pedido, evento)) if evento else None
        return Coluna(campo, titulo, "inteiro", 14, valor=valor, elo=leva)

    return [coluna(*conta) for conta in _CONTAS]


@registrar
class SaldoPorQuem(Relatorio):
    chave = "saldo-do-periodo"
    titulo = "Saldo do período"
    grupo = "Movimento"
    frase = "Quantos clientes abriram, voltaram e se perderam, e de quem eram?"
    filtros = (*CARTEIRA, FiltroDePeriodo("mes"), AGRUPAR, DONO)
    pela_regra = False
    unidade = "grupo,grupos"
    nota = _NOTA

    def colunas(self, usuario: Usuario, pedido: Pedido) -> Sequence[Coluna]:
        dimensao, periodo = dimensao_de(pedido), _do_pedido(pedido)
        desde = historia_desde(pedido.empresas)
        sem = desde is None or periodo.ate < desde

        def elo(g: SaldoDoGrupo, p: Pedido, evento: str) -> Elo:
            return _elo(p, evento, periodo, **({dimensao.nome: g.chave} if g.chave else {}))

        return (
            Coluna("rotulo", dimensao.titulo, largura=30),
            *_colunas(lambda g: g.saldo, elo, lambda _: sem),
        )

    def linhas(self, usuario: Usuario, pedido: Pedido) -> Sequence[SaldoDoGrupo]:
        dimensao = dimensao_de(pedido)
        return em_grupos(_eventos(usuario, pedido, _do_pedido(pedido)).por(dimensao), dimensao)

    def total(self, usuario: Usuario, pedido: Pedido, linhas: Linhas) -> SaldoDoGrupo:
        return SaldoDoGrupo("", "Total", _eventos(usuario, pedido, _do_pedido(pedido)).total())


@registrar
class SaldoPorMes(Relatorio):
    chave = "saldo-por-mes"
    titulo = "Saldo mês a mês"
    grupo = "Movimento"
    frase = "A carteira cresce ou encolhe, mês a mês?"
    filtros = (*CARTEIRA, Numero("meses", "Meses", 13, 1, 60, "meses"), DONO)
    pela_regra = False
    unidade = "mês,meses"
    nota = _NOTA

    def colunas(self, usuario: Usuario, pedido: Pedido) -> Sequence[Coluna]:
        desde = historia_desde(pedido.empresas)

        def sem_historia(linha: tuple[date, Saldo]) -> bool:
            return desde is None or Periodo.do_mes(linha[0]).ate < desde

        def elo(linha: tuple[date, Saldo], p: Pedido, evento: str) -> Elo:
            return _elo(p, evento, Periodo.do_mes(linha[0]))

        return (
            Coluna("mes", "Mês", "data", 12, valor=lambda x: x[0]),
            *_colunas(lambda x: x[1], elo, sem_historia),
        )

    def linhas(self, usuario: Usuario, pedido: Pedido) -> Sequence[tuple[date, Saldo]]:
        if pedido.referencia is None:
            return []
        meses = ultimos_meses(pedido.referencia, pedido.numeros["meses"])
        return _eventos(usuario, pedido, meses).por_mes()

    def grafico(self, usuario: Usuario, pedido: Pedido, linhas: Linhas) -> Grafico | None:
        lidas = list(linhas)
        if not any(s.saldo for _, s in lidas):
            return None
        series = [Serie(t, [getattr(s, c) for _, s in lidas]) for _, c, t in _CONTAS[:3]]
        return Grafico("Abertos, recuperados e perdidos", [f"{m:%m/%y}" for m, _ in lidas], series, "colunas")


@registrar
class Aberturas(Relatorio):
    chave = "aberturas"
    titulo = "Aberturas por mês"
    grupo = "Movimento"
    frase = "Quantos clientes novos cada vendedor abriu em cada mês, e quanto compraram?"
    filtros = (*CARTEIRA, Numero("meses", "Meses", 13, 1, 36, "meses"), AGRUPAR, DONO)
    pela_regra = False
    ordem = "-total"
    unidade = "linha,linhas"
    nota = "Conta o primeiro pedido que vale como compra; o R$ é a soma das compras daquele dia."

    def _meses(self, pedido: Pedido) -> Periodo | None:
        return ultimos_meses(pedido.referencia, pedido.numeros["meses"]) if pedido.referencia else None

    def colunas(self, usuario: Usuario, pedido: Pedido) -> Sequence[Coluna]:
        dimensao, tudo = dimensao_de(pedido), self._meses(pedido)
        if tudo is None:
            return (Coluna("rotulo", dimensao.titulo, largura=30),)

        def elo(periodo: Periodo) -> Any:
            def leva(linha: Linha, p: Pedido) -> Elo:
                dele = {dimensao.nome: linha.chave} if linha.chave else {}
                return _elo(p, Evento.ABERTO.value, periodo, **dele)

            return leva

        def do_mes(mes: date) -> Coluna:
            return Coluna(f"m{mes:%Y%m}", f"{mes:%m/%y}", "inteiro", 9, valor=lambda x: x.no(mes).clientes,
                          elo=elo(Periodo.do_mes(mes)))  # fmt: skip

        return (
            Coluna("rotulo", dimensao.titulo, largura=30),
            *map(do_mes, meses_de(tudo)),
            Coluna("total", "Total", "inteiro", 10, valor=lambda x: x.total.clientes, elo=elo(tudo)),
            Coluna("valor", "R$ da primeira compra", "moeda", 18, valor=lambda x: x.total.valor),
        )

    def linhas(self, usuario: Usuario, pedido: Pedido) -> Sequence[Linha]:
        tudo = self._meses(pedido)
        return aberturas(_eventos(usuario, pedido, tudo), dimensao_de(pedido)).linhas if tudo else []

    def total(self, usuario: Usuario, pedido: Pedido, linhas: Linhas) -> Linha | None:
        tudo = self._meses(pedido)
        lidas = list(linhas)
        if tudo is None or not lidas:
            return None
        return Matriz(meses_de(tudo), lidas).total
