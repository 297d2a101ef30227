"""Migração da carteira no período: a matriz de situação × situação, e quem passou de uma a outra."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from atividade.rotulos import NOMES
from contas.models import Usuario
from relatorios.base import CARTEIRA, Coluna, Elo, Escolha, Linhas, Periodo, Relatorio
from relatorios.catalogo import registrar
from relatorios.entre_datas import (
    FORA,
    LUGARES,
    Celula,
    Entre,
    EntreDatas,
    Movimento,
    NomeNaMatriz,
    movimento,
)
from relatorios.passado import ATUAL, EPOCA, NA_DATA
from relatorios.pedido import Pedido, recorte_em_partes

REGRA = Escolha("regra", "Regra", ((EPOCA, "Regra da época"), (ATUAL, "Regra de hoje")))
DONO = Escolha("dono", "Dono", ((NA_DATA, "Dono na data"), (ATUAL, "Dono atual")))
_NOTA = (
    "Da véspera do período ao último dia dele, com os fatos conhecidos hoje; R$/ano é o do fim do período "
    "(de quem encerrou, o do começo)."
)


def _entre(usuario: Usuario, pedido: Pedido) -> EntreDatas:
    """Do fechamento da véspera ao do último dia."""
    p = pedido.periodo
    entre = Entre(p.de - timedelta(days=1), p.ate, pedido.escolhas["regra"], pedido.escolhas["dono"])
    return EntreDatas(usuario, pedido.recorte, pedido.empresas, entre, max(p.ate, pedido.referencia or p.ate))


def _nome(lugar: str, fora: str) -> str:
    return fora if lugar == FORA else NOMES[lugar]


def _antes(linha: Any) -> str:
    return _nome(linha.de, "Ainda fora da carteira")


def _depois(linha: Any) -> str:
    return _nome(linha.para, "Encerrado")


def _elo_de_todos(pedido: Pedido, **lugares: str) -> Elo:
    p = pedido.periodo
    datas = {"de": (p.de - timedelta(days=1)).isoformat(), "ate": p.ate.isoformat()}
    recorte = recorte_em_partes(pedido.recorte)
    return Elo({**recorte, **datas, **pedido.escolhas, **lugares}, "migracao")


def _elo_dos_nomes(celula: Celula, pedido: Pedido) -> Elo:
    return _elo_de_todos(pedido, de_onde=celula.de, para=celula.para)


@registrar
class Migracao(Relatorio):
    chave = "migracao"
    titulo = "Migração da carteira"
    grupo = "Movimento"
    frase = "De que situação para qual foram os clientes no período, e quanto valem?"
    filtros = (*CARTEIRA, Periodo("mes"), REGRA, DONO)
    pela_regra = False
    unidade = "passagem,passagens"
    nota = _NOTA

    def colunas(self, usuario: Usuario, pedido: Pedido) -> Sequence[Coluna]:
        return (
            Coluna("de", "De", largura=24, valor=_antes),
            Coluna("para", "Para", largura=24, valor=_depois),
            Coluna("clientes", "Clientes", "inteiro", 12, elo=_elo_dos_nomes, elo_do_total=_elo_de_todos),
            Coluna("valor", "R$/ano", "moeda", 18),
            Coluna("por_regra", "Só por mudança de regra", "inteiro", 14),
            Coluna("voltaram", "Foram e voltaram", "inteiro", 14),
        )

    def linhas(self, usuario: Usuario, pedido: Pedido) -> Linhas:
        celulas = _entre(usuario, pedido).matriz().celulas
        return sorted(celulas, key=lambda c: (LUGARES.index(c.de), LUGARES.index(c.para)))

    def total(self, usuario: Usuario, pedido: Pedido, linhas: Linhas) -> Any:
        todas = list(linhas)
        colunas = ("clientes", "valor", "por_regra", "voltaram")
        return {"de": "Total"} | {c: sum(getattr(x, c) for x in todas) for c in colunas}

    def achado(self, usuario: Usuario, pedido: Pedido, linhas: Linhas) -> str:
        somas = {m: sum(c.clientes for c in linhas if c.movimento is m) for m in Movimento}
        pior, melhor, novos = (somas[m] for m in (Movimento.PIOROU, Movimento.MELHOROU, Movimento.ENTROU))
        return f"Pioraram {pior}, melhoraram {melhor} e viraram clientes {novos}."


_OPCOES = (
    ("mudou", "Quem mudou"),
    (Movimento.PIOROU.value, "Pioraram"),
    (Movimento.MELHOROU.value, "Melhoraram"),
    (Movimento.ENTROU.value, "Viraram clientes"),
    (Movimento.SAIU.value, "Encerraram"),
)


@registrar
class QuemMudou(Relatorio):
    chave = "quem-mudou"
    titulo = "Quem mudou de situação"
    grupo = "Movimento"
    frase = "Quais clientes pioraram, melhoraram, entraram ou saíram no período?"
    filtros = (*CARTEIRA, Periodo("mes"), Escolha("movimento", "Movimento", _OPCOES), REGRA, DONO)
    pela_regra = False
    ordem = "-valor"
    unidade = "cliente,clientes"
    nota = _NOTA

    def colunas(self, usuario: Usuario, pedido: Pedido) -> Sequence[Coluna]:
        return (
            Coluna("nome", "Cliente", largura=36, elo=lambda n, p: Elo(lugar="cliente", pk=n.pk),
                   sub=lambda n: n.codigo),
            Coluna("de", "De", largura=24, valor=_antes),
            Coluna("para", "Para", largura=24, valor=_depois),
            Coluna("ultima", "Última compra", "data"),
            Coluna("vendedor", "Vendedor", largura=24),
            Coluna("valor", "R$/ano", "moeda", 18, soma=True),
            Coluna("por_regra", "Observação", largura=24,
                   valor=lambda n: "só por mudança de regra" if n.por_regra else ""),
        )  # fmt: skip

    def linhas(self, usuario: Usuario, pedido: Pedido) -> Sequence[NomeNaMatriz]:
        escolhido = pedido.escolhas["movimento"]
        entre = _entre(usuario, pedido)
        if escolhido != "mudou":
            return entre.nomes(movimento=escolhido)
        return [n for n in entre.nomes() if movimento(n.de, n.para) is not Movimento.FICOU]
