"""Crédito e risco: cada número é o da força bruta e o da lista por trás dele, em carteiras sorteadas com semente."""

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from atividade.models import Indicadores
from carteira.filters import FiltroDeClientes
from clientes import credito
from clientes.models import (
    Cliente,
    FaixaEmVigor,
    RestricaoDeCredito,
    ScoreDeCredito,
    TipoDeRestricao,
    Titulo,
)
from contas.models import Empresa, Usuario
from relatorios.catalogo.credito import condicao
from relatorios.composicao import Recorte
from relatorios.credito import fins_de_mes, quadro
from tests.conftest import HOJE
from tests.web.carteira_de_teste import indicar

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
DIAS = 30
FAIXAS = [(0, 300, "Muito baixo"), (301, 500, "Baixo"), (501, 700, "Regular"), (701, 1000, "Bom")]


def ha(dias: int) -> date:
    return HOJE - timedelta(days=dias)


def faixa(valor: int) -> int:
    return next(i for i, (de, ate, _) in enumerate(FAIXAS) if de <= valor <= ate)


@pytest.fixture
def sorteada(empresa: Empresa, ana: Usuario, carla: Usuario, novo_cliente: Any) -> list[Cliente]:
    """Trinta clientes de Ana e cinco de Carla, com títulos, scores e restrições em cima de cada limite."""
    Empresa.objects.filter(pk=empresa.pk).update(referencia=HOJE)
    sorte = random.Random(20261120)
    clientes = []
    for i in range(35):
        c = novo_cliente(f"C{i:02}", vendedor=carla if i >= 30 else ana)
        indicar(c, ha(20) if i % 6 else None, status="ativo" if i % 6 else None)
        clientes.append(c)
    for i, c in enumerate(clientes * 2):
        vence = ha(sorte.choice([-61, -60, -31, -30, -8, -7, 0, 1, 30, 31, 60, 61, 90, 91, 180, 181, 400]))
        pago = sorte.random() < 0.5
        atraso = vence + timedelta(days=sorte.choice([0, 3, 40]))
        Titulo.objects.create(
            empresa=empresa, numero=f"T{i}", cliente=c, emissao=vence - timedelta(days=30), vencimento=vence,
            valor=100 + i, saldo=0 if pago else 50 + i, pago_em=min(atraso, HOJE) if pago else None,
        )  # fmt: skip
        RestricaoDeCredito.objects.create(
            empresa=empresa, cliente=c, fonte="Serasa", tipo=sorte.choice(TipoDeRestricao.values[:6]), em=ha(100 + i),
            numero=str(i), valor=i, baixada_em=sorte.choice([None, ha(0), ha(29), ha(30), ha(31), ha(80)]),
        )  # fmt: skip
        for dias in (0, 29, 30, 31, 90):
            if sorte.random() < 0.5:
                ScoreDeCredito.objects.create(
                    empresa=empresa, cliente=c, fonte=f"F{i // 35}", em=ha(dias),
                    valor=sorte.choice([0, 300, 301, 500, 501, 700, 701, 1000]),
                )  # fmt: skip
    return clientes


def na_lista(usuario: Usuario, **consulta: Any) -> set[int]:
    filtro = FiltroDeClientes(QueryDict("&".join(f"{k}={v}" for k, v in consulta.items())), usuario=usuario)
    assert not filtro.recusados
    return set(filtro.resultado().values_list("pk", flat=True))


def melhoraram(vistos: set[int], como: str) -> set[int]:
    """A regra em Python, linha a linha."""
    if como == "restricao":
        todas = RestricaoDeCredito.objects.all()
        return {r.cliente_id for r in todas if r.baixada_em and ha(DIAS) < r.baixada_em <= HOJE} & vistos
    if como == "titulos":
        titulos = list(Titulo.objects.all())
        devem = {t.cliente_id for t in titulos if t.saldo and t.vencimento < HOJE}
        pagos = {
            t.cliente_id for t in titulos
            if not t.saldo and t.pago_em and t.pago_em > t.vencimento and ha(DIAS) < t.pago_em <= HOJE
        }  # fmt: skip
        return (pagos - devem) & vistos
    achados = set()
    chaves = set(ScoreDeCredito.objects.values_list("cliente", "fonte"))
    for cliente, fonte in chaves:
        scores = sorted(ScoreDeCredito.objects.filter(cliente=cliente, fonte=fonte), key=lambda s: s.em)
        novos, velhos = [s for s in scores if s.em > ha(DIAS)], [s for s in scores if s.em <= ha(DIAS)]
        base = velhos[-1] if velhos else (novos[0] if len(novos) > 1 else None)
        if novos and base and faixa(novos[-1].valor) > faixa(base.valor):
            achados.add(cliente)
    return achados & vistos


def test_cada_numero_e_a_forca_bruta_e_a_lista(
    sorteada: list[Cliente], empresa: Empresa, bruno: Usuario
) -> None:
    empresa.refresh_from_db()
    vistos = {c.pk for c in sorteada[:30]}
    lido = quadro(bruno, Recorte(), hoje=HOJE, empresas=[empresa], dias=DIAS)
    titulos = [t for t in Titulo.objects.all() if t.cliente_id in vistos]
    restricoes = [r for r in RestricaoDeCredito.objects.all() if r.cliente_id in vistos]
    assert lido.clientes == 30

    vencidos = [t for t in titulos if t.saldo and t.vencimento < HOJE]
    devedores = {t.cliente_id for t in vencidos}
    assert (lido.por_titulos.clientes, lido.por_titulos.valor) == (
        len(devedores),
        sum(t.saldo for t in vencidos),
    )
    assert na_lista(bruno, **condicao("inadimplente", "em", "titulos")) == devedores
    abertas = [r for r in restricoes if r.em <= HOJE and not (r.baixada_em and r.baixada_em <= HOJE)]
    restritos = {r.cliente_id for r in abertas}
    assert (lido.por_biro.clientes, lido.por_biro.valor) == (len(restritos), sum(r.valor for r in abertas))
    assert na_lista(bruno, **condicao("inadimplente", "em", "biro")) == restritos

    ativos = set(Indicadores.objects.filter(pk__in=vistos, status="ativo").values_list("pk", flat=True))
    presos = (devedores | restritos) & ativos
    assert (lido.comprometida.clientes, lido.comprometida.da_carteira) == (len(presos), len(ativos))
    assert na_lista(bruno, status="ativo", **condicao("inadimplente", "em", "titulos", "biro")) == presos

    for campo, idades, sinal in (("titulo_vencido", lido.vencidos, 1), ("titulo_vence", lido.a_vencer, -1)):
        for idade, soma in idades:
            deles = [
                t for t in titulos
                if t.saldo and idade.de <= sinal * (HOJE - t.vencimento).days <= (idade.ate or 9999)
            ]  # fmt: skip
            clientes = {t.cliente_id for t in deles}
            assert (soma.clientes, soma.linhas, soma.valor) == (
                len(clientes),
                len(deles),
                sum(t.saldo for t in deles),
            )
            partes = ("min", idade.de) if idade.ate is None else ("entre", idade.de, idade.ate)
            assert na_lista(bruno, **condicao(campo, *partes)) == clientes
    for tipo, soma in lido.por_tipo:
        deles_r = {r.cliente_id for r in abertas if r.tipo == tipo}
        assert soma.clientes == len(deles_r)
        assert na_lista(bruno, **condicao("restricao", "em", tipo.value)) == deles_r


def test_faixas_meses_e_melhoras_sao_a_forca_bruta_e_a_lista(
    sorteada: list[Cliente], empresa: Empresa, bruno: Usuario
) -> None:
    empresa.refresh_from_db()
    vistos = {c.pk for c in sorteada[:30]}
    lido = quadro(bruno, Recorte(), hoje=HOJE, empresas=[empresa], dias=DIAS)
    ultimos = {
        pk: max(ScoreDeCredito.objects.filter(cliente=pk), key=lambda s: (s.em, s.pk), default=None) for pk in vistos
    }  # fmt: skip
    for i, contada in enumerate(lido.distribuicao.faixas):
        deles = {pk for pk, s in ultimos.items() if s and faixa(s.valor) == i}
        assert (contada.nome, contada.clientes) == (FAIXAS[i][2], len(deles))
        assert na_lista(bruno, **condicao("faixa_de_score", "em", contada.nome)) == deles
    sem = {pk for pk, s in ultimos.items() if s is None}
    assert lido.distribuicao.sem_score == len(sem)
    assert na_lista(bruno, **condicao("faixa_de_score", "vazio")) == sem

    assert [m.data for m in lido.meses] == [*fins_de_mes(HOJE), HOJE]
    for mes in (lido.meses[0], lido.meses[9], lido.meses[11]):
        restritos = {
            r.cliente_id for r in RestricaoDeCredito.objects.filter(cliente__in=vistos)
            if r.em <= mes.data and not (r.baixada_em and r.baixada_em <= mes.data)
        }  # fmt: skip
        devedores = {
            t.cliente_id for t in Titulo.objects.filter(cliente__in=vistos)
            if t.emissao <= mes.data and t.vencimento < mes.data and (t.saldo or (t.pago_em and t.pago_em > mes.data))
        }  # fmt: skip
        assert (mes.restritos.clientes, mes.inadimplentes.clientes) == (len(restritos), len(devedores))
        assert na_lista(bruno, **condicao("restrito_em", "no_dia", mes.data)) == restritos
        assert na_lista(bruno, **condicao("inadimplente_em", "no_dia", mes.data)) == devedores

    for como in credito.MELHORAS:
        esperados = melhoraram(vistos, como)
        assert lido.melhoras[como] == len(esperados)
        assert na_lista(bruno, **condicao("credito_melhorou", "nos", DIAS, como)) == esperados


def test_quem_nao_ve_o_credito_nao_o_pergunta_pela_url(
    sorteada: list[Cliente], ana: Usuario, bruno: Usuario
) -> None:
    pergunta = condicao("score", "min", 0)
    assert na_lista(bruno, **pergunta)
    assert na_lista(ana, **pergunta) == set()
    Usuario.objects.filter(pk=ana.pk).update(ve_credito=True)
    ana.refresh_from_db()
    assert na_lista(ana, **pergunta) == na_lista(bruno, **pergunta)


def test_o_quadro_custa_o_mesmo_com_poucos_e_com_muitos(
    sorteada: list[Cliente], empresa: Empresa, bruno: Usuario
) -> None:
    with CaptureQueriesContext(connection) as consultas:
        quadro(bruno, Recorte(), hoje=HOJE, empresas=[empresa], dias=DIAS)
    assert len(consultas) == 9


def test_as_faixas_tem_os_dois_limites_inclusivos_e_cobrem_tudo(empresa: Empresa, davi: Usuario) -> None:
    de_partida = FaixaEmVigor.objects.filter(empresa=empresa).values_list("minimo", "maximo", "nome")
    assert list(de_partida) == FAIXAS
    assert credito.salvar_faixas(empresa=empresa, faixas=[(600, "Bom"), (0, "Ruim")], por=davi)
    assert not credito.salvar_faixas(empresa=empresa, faixas=[(0, "Ruim"), (600, "Bom")], por=davi)
    assert list(de_partida.all()) == [(0, 599, "Ruim"), (600, 1000, "Bom")]
    for ruins in (
        [(1, "A"), (5, "B")],
        [(0, "A")],
        [(0, "A"), (0, "B")],
        [(0, "A"), (9, "a")],
        [(0, "A"), (1001, "B")],
    ):
        with pytest.raises(credito.FaixasInvalidas):
            credito.salvar_faixas(empresa=empresa, faixas=ruins, por=davi)
    assert list(de_partida.all()) == [(0, 599, "Ruim"), (600, 1000, "Bom")]


def test_o_banco_recusa_o_que_nao_existe(empresa: Empresa, novo_cliente: Any) -> None:
    c = novo_cliente("C1")
    ruins = (
        lambda: ScoreDeCredito.objects.create(empresa=empresa, cliente=c, fonte="S", em=HOJE, valor=1001),
        lambda: ScoreDeCredito.objects.create(empresa=empresa, cliente=c, fonte="", em=HOJE, valor=1),
        lambda: RestricaoDeCredito.objects.create(
            empresa=empresa, cliente=c, fonte="S", tipo="protesto", em=HOJE, baixada_em=ha(1)
        ),
        lambda: RestricaoDeCredito.objects.create(
            empresa=empresa, cliente=c, fonte="S", tipo="mudanca_societaria", em=ha(1), baixada_em=HOJE
        ),
        lambda: RestricaoDeCredito.objects.create(
            empresa=empresa, cliente=c, fonte="S", tipo="protesto", em=HOJE, valor=Decimal("-1")
        ),
    )
    for criar in ruins:
        with pytest.raises(IntegrityError), transaction.atomic():
            criar()
