"""Corta a história da empresa em datas passadas e compara as ordens; nada posterior ao corte se vê ao ordenar.

A população é a de quem já comprou em dois dias ou mais, está há até 180 dias sem comprar e a 30 dias ou menos da
compra seguinte pela própria mediana. b0, s e o modelo de compra são reajustados em cada corte, com o que havia ali.
O desfecho é ficar os 90 dias seguintes sem comprar. Os fatos são os conhecidos hoje: um pedido de antes do corte
que só chegou depois conta.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from django.db import connection, transaction

from atividade.avaliacao.medidas import Alto, Linha, comparar, dez_por_cento
from atividade.avaliacao.metodos import ORACULO, PERDA, SORTEIO, Corte
from atividade.criterios_da_fila import capacidade_de, criterios_da
from atividade.formula_sql import em_sql
from atividade.prioridade import HORIZONTE, HORIZONTE_DE_ELEGIBILIDADE, Z
from atividade.probabilidade.ajuste import ajustar_todos, escolher
from atividade.probabilidade.calibracao import Calibracao, calibrar, literais
from atividade.probabilidade.estatisticas import estatisticas
from atividade.probabilidade.expressoes import P_SEM_COMPRA, P_VIVO
from atividade.probabilidade.formulas import DIAS_NA_SEMANA, Parametros
from atividade.probabilidade.janelas import Janelas, medir_em
from contas.models import Empresa, Papel, Usuario

CORTES = 6
ENTRE_CORTES = 30
SILENCIO_MAXIMO = 180
# Com menos que isto a diferença entre duas ordens é acaso.
MINIMO_DE_CASOS, MINIMO_DE_PERDAS = 200, 30
Avisar = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class CorteFeito:
    """O que um corte tinha, para quem confere."""

    dia: date
    clientes: int
    perdidos: int
    modelo: str
    estimativa: bool


@dataclass(frozen=True, slots=True)
class NoAlto:
    """As ordens comparadas até um ponto: os 10% de cada corte, ou a capacidade do dia."""

    chave: str
    nome: str
    linhas: list[Linha]

    def linha(self, chave: str) -> Linha:
        return next(linha for linha in self.linhas if linha.chave == chave)


@dataclass(frozen=True, slots=True)
class Avaliacao:
    data: date
    cortes: list[CorteFeito]
    altos: list[NoAlto]

    @property
    def casos(self) -> int:
        return sum(corte.clientes for corte in self.cortes)

    @property
    def perdas(self) -> int:
        return sum(corte.perdidos for corte in self.cortes)

    @property
    def pouca(self) -> bool:
        return self.casos < MINIMO_DE_CASOS or self.perdas < MINIMO_DE_PERDAS

    def como_json(self) -> dict[str, Any]:
        return {
            "data": self.data.isoformat(),
            "horizonte_dias": HORIZONTE,
            "casos": self.casos,
            "perdas": self.perdas,
            "pouca_historia": self.pouca,
            "frases": frases(self),
            "cortes": [asdict(c) | {"dia": c.dia.isoformat()} for c in self.cortes],
            "altos": [asdict(alto) for alto in self.altos],
        }


def datas_dos_cortes(data: date, quantos: int = CORTES) -> list[date]:
    """Da mais velha à mais nova, que é a última cujos 90 dias já se fecharam em `data`."""
    ultima = data - timedelta(days=HORIZONTE)
    return [ultima - timedelta(days=ENTRE_CORTES * n) for n in reversed(range(quantos))]


def avaliar(
    *, empresa: Empresa, data: date, quantos: int = CORTES, avisar: Avisar = lambda feitos, de: None
) -> Avaliacao:
    """Compara as ordens nos cortes; só lê. `avisar` ouve quantos passos já se fizeram."""
    datas = datas_dos_cortes(data, quantos)
    passos = 2 * len(datas) + 1
    modelos = []
    for n, dia in enumerate(datas, 1):
        modelos.append(_modelo_em(empresa, dia))
        avisar(n, passos)
    lidos: list[tuple[Corte, CorteFeito]] = []
    with transaction.atomic(), connection.cursor() as cursor:
        janelas = Janelas(empresa, data, cursor)
        for n, (dia, modelo) in enumerate(zip(datas, modelos, strict=True), len(datas) + 1):
            lidos.append(_ler(janelas, dia, modelo))
            avisar(n, passos)
    cheios = [par for par in lidos if par[0].quantos]
    cortes = [corte for corte, _ in cheios]
    altos = (
        [NoAlto(alto.chave, alto.nome, comparar(cortes, alto)) for alto in _altos(empresa)] if cortes else []
    )
    avisar(passos, passos)
    return Avaliacao(data, [feito for _, feito in cheios], altos)


def _modelo_em(empresa: Empresa, dia: date) -> Parametros | None:
    """O modelo de compra mais verossímil só com as compras até o corte."""
    escolhido = escolher(ajustar_todos(estatisticas(empresa, dia), DIAS_NA_SEMANA).values())
    return escolhido.parametros if escolhido else None


def _ler(janelas: Janelas, dia: date, modelo: Parametros | None) -> tuple[Corte, CorteFeito]:
    calibracao = calibrar(janelas, dia)
    corte = ler_corte(janelas, dia, calibracao, modelo)
    feito = CorteFeito(
        dia, corte.quantos, int(corte.perdeu.sum()), modelo.modelo.nome if modelo else "", calibracao.estimativa
    )  # fmt: skip
    return corte, feito


def ler_corte(janelas: Janelas, dia: date, calibracao: Calibracao, modelo: Parametros | None) -> Corte:
    """As linhas do corte numa consulta, com as fórmulas que a fila usa."""
    rodada, linhas = medir_em(janelas.empresa, dia, janelas.hoje, janelas.cursor)
    rodada.valores |= {
        "b0": calibracao.b0,
        "s": calibracao.s,
        "fim": dia + timedelta(days=HORIZONTE),
        "silencio_maximo": SILENCIO_MAXIMO,
        "antecedencia": HORIZONTE_DE_ELEGIBILIDADE,
    }
    medidas = {"n": "j.n", "r": "j.r", "tx": "j.tx"}
    do_modelo = medidas | {"horizonte": str(HORIZONTE)} | (literais(modelo) if modelo else {})
    rodada.passo(
        "avaliacao",
        linhas=linhas,
        z=em_sql(Z, **medidas, m0="j.m0"),
        p_vivo=em_sql(P_VIVO, **do_modelo) if modelo else "NULL::float8",
        p_sem_compra=em_sql(P_SEM_COMPRA, **do_modelo) if modelo else "NULL::float8",
    )
    colunas = np.array(janelas.cursor.fetchall(), dtype=float).reshape(-1, 7).T
    clientes, perdeu, valor, recencia, p, p_vivo, p_sem_compra = colunas
    com_modelo = (p_vivo, p_sem_compra) if modelo else (None, None)
    return Corte(dia, clientes, perdeu, valor, recencia, p, *com_modelo)


def _altos(empresa: Empresa) -> Sequence[Alto]:
    """O décimo de cada corte e o que os vendedores da empresa conseguem ligar num dia."""
    cabem = _capacidade_da_empresa(empresa)
    return (
        Alto("decimo", "10% de cada corte", dez_por_cento),
        Alto("capacidade", f"{cabem} por corte, o que cabe num dia", lambda total: int(min(cabem, total))),
    )


def _capacidade_da_empresa(empresa: Empresa) -> int:
    criterios = criterios_da(empresa)
    vendedores = Usuario.objects.filter(
        vinculos__empresa=empresa, papel=Papel.VENDEDOR, is_active=True
    ).distinct()
    return sum(capacidade_de(v, [criterios]) for v in vendedores) or criterios.capacidade_padrao


# ── O resultado em palavras ──────────────────────────────────────────────────

_NAO_CONCORREM = {PERDA, SORTEIO, ORACULO, "modelo"}


def frases(avaliacao: Avaliacao) -> list[str]:
    """O que um gestor precisa saber, em duas ou três frases."""
    if not avaliacao.altos:
        return ["Ainda não há história que chegue: é preciso ter clientes com duas compras, meses atrás."]
    alto = avaliacao.altos[0]
    ditas = [_do_alto(alto), _contra_a_melhor(alto)]
    if avaliacao.pouca:
        ditas.append(
            f"É pouca história ({avaliacao.casos} casos, {avaliacao.perdas} perdas): "
            "estes números ainda não decidem nada."
        )
    return ditas


def _do_alto(alto: NoAlto) -> str:
    nossa, sorteio = alto.linha(PERDA), alto.linha(SORTEIO)
    return (
        f"De cada 100 clientes no alto da fila, {_por_cento(nossa.precisao.valor)} ficaram mesmo {HORIZONTE} dias sem "
        f"comprar. Ali estavam {_por_cento(nossa.captura.valor)}% do valor que se perdeu; "
        f"ao acaso seriam {_por_cento(sorteio.captura.valor)}%."
    )


def _contra_a_melhor(alto: NoAlto) -> str:
    """Contra a ordem de sempre que mais alcança: vence, perde ou empata dentro do acaso."""
    rivais = [linha for linha in alto.linhas if linha.chave not in _NAO_CONCORREM]
    melhor = max(rivais, key=lambda linha: linha.captura.valor)
    quem = f"“{melhor.nome}”, a melhor das outras, que alcança {_por_cento(melhor.captura.valor)}%"
    if melhor.diferenca.ate < 0:
        return f"Alcança mais valor que {quem}."
    if melhor.diferenca.de > 0:
        return f"Alcança menos valor que {quem}."
    return f"Empata, dentro do acaso, com {quem}."


def _por_cento(fracao: float) -> int:
    return round(fracao * 100)
