"""A prova da ordem: a conta na unha dá o mesmo, o futuro não muda a ordem, e pouca história diz que é pouca."""

import json
import math
from collections.abc import Callable
from datetime import date, timedelta
from io import StringIO
from itertools import pairwise
from statistics import median
from typing import Any

import numpy as np
import pytest
from dateutil.relativedelta import relativedelta
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from atividade.avaliacao.medidas import Alto, comparar, dez_por_cento
from atividade.avaliacao.metodos import METODOS, ORACULO, PERDA, SORTEIO, Corte
from atividade.avaliacao.prova import Avaliacao, CorteFeito, avaliar, datas_dos_cortes, frases, ler_corte
from atividade.criterios_da_fila import mudar_criterios
from atividade.prioridade import p_nao_comprar
from atividade.probabilidade import formulas
from atividade.probabilidade.ajuste import ajustar_todos, escolher
from atividade.probabilidade.calibracao import calibrar
from atividade.probabilidade.estatisticas import estatisticas
from atividade.probabilidade.janelas import Janelas
from atividade.regras_da_fila import Criterios
from clientes.models import Cliente, Pedido
from contas.models import Empresa
from tests.conftest import novo_pedido
from tests.probabilidade.conftest import DIA, Compras, m0_em, medidas

pytestmark = pytest.mark.django_db
SETE = Alto("sete", "sete", lambda total: min(7, int(total)))


def ler(empresa: Empresa, dia: date, *, com_modelo: bool = True) -> Corte:
    achado = escolher(ajustar_todos(estatisticas(empresa, dia), 7).values()) if com_modelo else None
    with transaction.atomic(), connection.cursor() as cursor:
        janelas = Janelas(empresa, DIA, cursor)
        return ler_corte(janelas, dia, calibrar(janelas, dia), achado.parametros if achado else None)


# ── A conta na unha ──


def na_unha(base: Compras, empresa: Empresa, dia: date) -> dict[str, dict[str, float]]:
    """O que se sabia de cada cliente da população no corte, pedido por pedido, e o desfecho."""
    m0, achados = m0_em(base, dia), {}
    with transaction.atomic(), connection.cursor() as cursor:
        calibracao = calibrar(Janelas(empresa, DIA, cursor), dia)
    modelo = escolher(ajustar_todos(estatisticas(empresa, dia), 7).values())
    for codigo, compras in base.items():
        medida = medidas(compras, dia)
        if medida is None or medida[0] < 2 or medida[1] > 180:
            continue
        n, r, tx = medida
        dias = sorted({d for d, _ in compras if d <= dia})
        if r < median((b - a).days for a, b in pairwise(dias)) - 30:
            continue
        doze = sum(v for d, v in compras if dia - relativedelta(months=12) < d <= dia)
        ano = sum(v for d, v in compras if dias[-1] - relativedelta(months=12) < d <= dias[-1])
        achados[codigo] = {
            "p": p_nao_comprar(n, r, tx, m0, calibracao.b0, calibracao.s),
            "valor": float(doze or ano),
            "r": r,
            "perdeu": not any(dia < d <= dia + timedelta(days=90) for d, _ in compras),
        }
        if modelo:
            caso = (modelo.parametros.em_dias(7), n - 1, tx, tx + r)
            achados[codigo]["vivo"] = formulas.p_vivo(*caso)
            achados[codigo]["calado"] = formulas.p_sem_compra(*caso, 90)
    return achados


def nota(chave: str, c: dict[str, float]) -> tuple[float, ...]:
    def logit(p: float) -> float:
        return math.log(p / (1 - p))

    if chave == "modelo":
        return (c["valor"] / (1 + math.exp(-(logit(c["p"]) + logit(c["calado"])) / 2)),)
    if chave == "fixos":
        return ((c["r"] >= 60) + (c["r"] >= 120), c["valor"])
    if chave == ORACULO:
        return (c["perdeu"], c["valor"])
    return {
        PERDA: (c["p"] * c["valor"],), "risco": (c["p"],), "recencia": (c["r"],),
        "recencia_valor": (c["r"] * c["valor"],), "ido": (1 - c.get("vivo", 0),),
        "ido_valor": ((1 - c.get("vivo", 0)) * c["valor"],),
    }[chave]  # fmt: skip


def test_cada_ordem_e_a_da_conta_na_unha(empresa: Empresa, semear: Callable[..., Compras]) -> None:
    base = semear(260)
    dias = datas_dos_cortes(DIA, 3)
    assert dias == [DIA - timedelta(days=n) for n in (150, 120, 90)]
    codigos = dict(Cliente.objects.values_list("pk", "codigo"))
    cortes, deles = [ler(empresa, dia) for dia in dias], [na_unha(base, empresa, dia) for dia in dias]
    for corte, dele in zip(cortes, deles, strict=True):
        assert [codigos[int(pk)] for pk in corte.clientes] == sorted(dele)
        assert 0 < corte.perdeu.sum() < corte.quantos
    for alto in (Alto("decimo", "10%", dez_por_cento), SETE):
        linhas = {linha.chave: linha for linha in comparar(cortes, alto, repeticoes=3)}
        assert set(linhas) == {m.chave for m in METODOS} | {SORTEIO}
        for metodo in METODOS:
            primeiros = [
                sorted(dele, key=lambda c: [*(-v for v in nota(metodo.chave, dele[c])), c])[: alto.quantos(len(dele))]
                for dele in deles
            ]  # fmt: skip
            vistos = [dele[c] for dele, topo in zip(deles, primeiros, strict=True) for c in topo]
            total = sum(c["valor"] for dele in deles for c in dele.values() if c["perdeu"])
            precisao = sum(c["perdeu"] for c in vistos) / len(vistos)
            captura = sum(c["valor"] for c in vistos if c["perdeu"]) / total
            linha = linhas[metodo.chave]
            assert (linha.precisao.valor, linha.captura.valor) == pytest.approx((precisao, captura)), (
                metodo.chave
            )
            assert linha.diferenca.valor == pytest.approx(captura - linhas[PERDA].captura.valor)
    teto = linhas[ORACULO]
    assert all(teto.captura.valor >= linha.captura.valor for linha in linhas.values())


def test_o_futuro_nao_muda_a_ordem(empresa: Empresa, semear: Callable[..., Compras]) -> None:
    """Apagar, mudar e inventar pedidos depois do corte só muda o desfecho."""
    semear(200)
    dia = DIA - timedelta(days=90)
    antes = ler(empresa, dia)
    Pedido.objects.filter(data__gt=dia + timedelta(days=20)).delete()
    Pedido.objects.filter(data__gt=dia).update(valor=1_000_000)
    for n, cliente in enumerate(Cliente.objects.order_by("codigo")[:60]):
        novo_pedido(cliente, f"FUTURO{n}", dia + timedelta(days=1), "77777")
    depois = ler(empresa, dia)
    assert depois.perdeu.tolist() != antes.perdeu.tolist()
    for coluna in ("clientes", "valor", "recencia", "p", "p_vivo", "p_sem_compra"):
        assert getattr(depois, coluna).tolist() == getattr(antes, coluna).tolist(), coluna
    for metodo in METODOS:
        if metodo.chave != ORACULO:
            assert metodo.ordem(depois).tolist() == metodo.ordem(antes).tolist(), metodo.chave  # type: ignore[union-attr]


# ── As medidas ──


def inventado(perdeu: str, valores: list[float], clientes: list[int] | None = None) -> Corte:
    n = len(valores)
    return Corte(
        DIA, np.array(clientes or range(n), dtype=float), np.array([float(c) for c in perdeu]),
        np.array(valores, dtype=float), np.full(n, 10.0), np.full(n, 0.5),
    )  # fmt: skip


def test_sem_modelo_as_ordens_dele_nao_entram_e_o_empate_e_de_quem_veio_antes() -> None:
    linhas = {linha.chave: linha for linha in comparar([inventado("1010", [5, 5, 5, 5])], SETE, 20)}
    assert set(linhas) == {"perda", "risco", "recencia_valor", "recencia", "fixos", "oraculo", "sorteio"}
    um = Alto("um", "um", lambda total: 1)
    linhas = {linha.chave: linha for linha in comparar([inventado("1010", [5, 5, 5, 5])], um, 20)}
    assert (linhas["risco"].precisao.valor, linhas["risco"].captura.valor) == (1, 0.5)
    assert (linhas["sorteio"].precisao.valor, linhas["sorteio"].captura.valor) == (0.5, 0.25)


def test_o_intervalo_cerca_o_numero_se_repete_igual_e_e_zero_contra_si() -> None:
    cortes = [inventado("10" * 50, [float(n % 17) for n in range(100)]) for _ in range(2)]
    linhas = comparar(cortes, Alto("decimo", "10%", dez_por_cento))
    assert linhas == comparar(cortes, Alto("decimo", "10%", dez_por_cento))
    nossa = next(linha for linha in linhas if linha.chave == PERDA)
    assert nossa.captura.de <= nossa.captura.valor <= nossa.captura.ate
    assert nossa.captura.de < nossa.captura.ate
    assert (nossa.diferenca.de, nossa.diferenca.valor, nossa.diferenca.ate) == (0, 0, 0)


def test_ninguem_perdido_nao_divide_por_zero() -> None:
    linhas = comparar([inventado("0000", [1, 2, 3, 4])], SETE, 5)
    assert {(linha.precisao.valor, linha.captura.valor) for linha in linhas} == {(0, 0)}


# ── O comando ──


def test_o_comando_diz_o_mesmo_em_texto_e_em_json(
    empresa: Empresa, semear: Callable[..., Compras], davi: Any, ana: Any, hoje: date
) -> None:
    semear(260)
    mudar_criterios(empresa=empresa, novos=Criterios(capacidade_padrao=9), por=davi, motivo="Nove")
    saida = StringIO()
    call_command("avaliar_prioridade", "--data", DIA.isoformat(), "--cortes", "3", "--json", stdout=saida)
    [dito] = json.loads(saida.getvalue())
    assert [corte["dia"] for corte in dito["cortes"]] == ["2026-06-23", "2026-07-23", "2026-08-22"]
    assert [(alto["chave"], alto["nome"]) for alto in dito["altos"]] == [
        ("decimo", "10% de cada corte"), ("capacidade", "9 por corte, o que cabe num dia"),
    ]  # fmt: skip
    assert not dito["pouca_historia"]
    assert dito == {"empresa": "1"} | avaliar(empresa=empresa, data=DIA, quantos=3).como_json()
    texto = StringIO()
    call_command("avaliar_prioridade", "--data", DIA.isoformat(), "--cortes", "3", stdout=texto)
    for linha in dito["altos"][0]["linhas"]:
        numero = f"{100 * linha['captura']['valor']:.1f}%".replace(".", ",")
        assert any(t.startswith(linha["nome"]) and numero in t for t in texto.getvalue().splitlines()), linha
    for frase in dito["frases"]:
        assert frase in texto.getvalue()


def test_pouca_historia_diz_que_e_pouca_e_nenhuma_tambem(
    empresa: Empresa, novo_cliente: Any, hoje: date
) -> None:
    assert frases(avaliar(empresa=empresa, data=DIA))[0].startswith("Ainda não há história que chegue")
    for n in range(3):
        compras = [(DIA - timedelta(days=100 + 30 * k), 100 + n) for k in range(4 + n)]
        novo_cliente(f"C{n}", compras=compras)
    avaliacao = avaliar(empresa=empresa, data=DIA, quantos=2)
    assert avaliacao.pouca
    assert frases(avaliacao)[-1].startswith("É pouca história (6 casos, 3 perdas)")


def test_pedido_errado_e_recusado(empresa: Empresa, hoje: date) -> None:
    for argumentos, motivo in (
        (["--cortes", "0"], "Peça de 1 a 36 cortes"),
        (["--empresa", "9"], "Não há empresa de código 9"),
        (["--data", "2027-01-01"], "ainda não chegou"),
    ):
        with pytest.raises(CommandError, match=motivo):
            call_command("avaliar_prioridade", *argumentos, stdout=StringIO())


def test_a_frase_diz_se_vence_perde_ou_empata(empresa: Empresa) -> None:
    from atividade.avaliacao.medidas import Linha, Medida
    from atividade.avaliacao.prova import NoAlto

    def dita(de: float, ate: float) -> str:
        nada = Medida(0.3, 0.2, 0.4)
        rival = Linha("recencia_valor", "Dias sem comprar × valor", nada, nada, Medida(0, de, ate))
        linhas = [Linha(chave, chave, nada, nada, nada) for chave in (PERDA, SORTEIO)] + [rival]
        feito = CorteFeito(DIA, 500, 90, "", False)
        return frases(Avaliacao(DIA, [feito], [NoAlto("decimo", "10%", linhas)]))[1]

    assert dita(-0.1, -0.01).startswith("Alcança mais valor que")
    assert dita(0.01, 0.1).startswith("Alcança menos valor que")
    assert dita(-0.1, 0.1).startswith("Empata, dentro do acaso, com “Dias sem comprar × valor”")
