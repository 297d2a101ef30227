"""Declínio silencioso: a mesma estação do ano passado, os limites incluídos, e a conta igual à feita na unha."""

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from dateutil.relativedelta import relativedelta

from atividade.models import Indicadores, Status
from contas.models import Empresa
from relatorios.composicao import Recorte, linhas
from relatorios.declinio import MESES, Regra, em_declinio, meses_de, por_vendedor, somar
from tests.conftest import HOJE, criar_cliente
from tests.web.carteira_de_teste import indicar

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _referencia(empresa: Empresa) -> None:
    Empresa.objects.update(referencia=HOJE)


def achar(usuario: Any, regra: Regra) -> dict[str, Any]:
    empresas = Empresa.objects.all()
    achados = em_declinio(linhas(usuario, Recorte()), regra, empresas).select_related("cliente")
    return {ind.cliente.codigo: ind for ind in achados}


def comprador(novo_cliente: Any, codigo: str, dono: Any, *compras: tuple[date, str], **campos: Any) -> Any:
    """Um ativo que compra desde 2020, com as compras dadas."""
    cliente = novo_cliente(codigo, vendedor=dono, compras=compras)
    ultima = max(dia for dia, _ in compras)
    return indicar(cliente, ultima, **{"status": Status.ATIVO, "primeira_compra": date(2020, 1, 1), **campos})


def test_compara_com_os_mesmos_meses_do_ano_passado(novo_cliente, ana, davi):
    comprador(novo_cliente, "CAI", ana, (date(2025, 9, 10), "10000"), (date(2026, 10, 1), "4000"))
    # o ano passado foi fraco nesta estação: o resto do ano não interessa
    comprador(novo_cliente, "SAFRA", ana, (date(2026, 3, 1), "90000"), (date(2026, 10, 1), "500"))
    achado = achar(davi, Regra())
    assert set(achado) == {"CAI"}
    ind = achado["CAI"]
    assert (ind.antes, ind.agora, ind.menos) == (Decimal(10000), Decimal(4000), Decimal(6000))
    assert (ind.por_ano, round(ind.queda, 2)) == (Decimal(12000), Decimal(60))


@pytest.mark.parametrize(
    ("antes", "agora", "entra"),
    [
        ("1000.00", "700.00", True),  # 30% certos
        ("1000.00", "700.01", False),
        ("999.99", "0", False),  # abaixo do piso
        ("1000.00", "1200.00", False),
    ],
)
def test_os_limites_estao_dentro(novo_cliente, ana, davi, antes, agora, entra):
    comprador(novo_cliente, "A", ana, (date(2025, 9, 10), antes), (date(2026, 9, 10), agora))
    assert ("A" in achar(davi, Regra())) is entra


@pytest.mark.parametrize(
    ("dia", "conta"),
    [(date(2025, 5, 20), False), (date(2025, 5, 21), True), (date(2025, 11, 20), True), (date(2025, 11, 21), False)],
)  # fmt: skip
def test_a_janela_do_ano_passado_e_aberta_no_comeco_e_fechada_no_fim(novo_cliente, ana, davi, dia, conta):
    comprador(novo_cliente, "A", ana, (dia, "5000"), (date(2026, 11, 1), "1"))
    assert ("A" in achar(davi, Regra())) is conta


def test_quem_so_tem_um_ano_nao_e_alarme(novo_cliente, ana, davi):
    compras = ((date(2025, 6, 1), "9000"), (date(2026, 10, 1), "10"))
    comprador(novo_cliente, "UM_ANO", ana, *compras, primeira_compra=date(2025, 5, 21))
    comprador(novo_cliente, "MAIS", ana, *compras, primeira_compra=date(2025, 5, 20))
    assert set(achar(davi, Regra())) == {"MAIS"}


@pytest.mark.parametrize("status", [Status.QUASE_INATIVO, Status.INATIVO])
def test_so_quem_ainda_compra(novo_cliente, ana, davi, status):
    comprador(novo_cliente, "A", ana, (date(2025, 9, 10), "9000"), (date(2026, 9, 10), "1"), status=status)
    assert achar(davi, Regra()) == {}


def test_cada_um_ve_o_seu_e_o_total_e_a_soma(novo_cliente, ana, carla, davi):
    comprador(novo_cliente, "A", ana, (date(2025, 9, 10), "9000"), (date(2026, 9, 10), "1000"))
    comprador(novo_cliente, "B", carla, (date(2025, 9, 10), "5000"), (date(2026, 9, 10), "1000"))
    assert set(achar(ana, Regra())) == {"A"}
    vendedores = por_vendedor(em_declinio(linhas(davi, Recorte()), Regra(), Empresa.objects.all()))
    assert [(v.nome, v.total.clientes, v.total.por_ano) for v in vendedores] == [
        ("Ana Souza", 1, Decimal(16000)),
        ("Carla Dias", 1, Decimal(8000)),
    ]
    assert somar(vendedores).menos == Decimal(12000)


def test_cada_empresa_na_sua_referencia(novo_cliente, davi):
    outra = Empresa.objects.create(codigo="2", nome="Filial", referencia=date(2026, 8, 31))
    davi.vinculos.create(empresa=outra)
    compras = ((date(2025, 9, 10), "9000"), (date(2026, 8, 10), "1"))
    comprador(novo_cliente, "AQUI", None, *compras)
    comprador(
        novo_cliente, "LA", None, *compras, empresa=outra
    )  # em 31/08 setembro de 2025 ainda não se compara
    assert set(achar(davi, Regra())) == {"AQUI"}


def na_unha(cliente: Any, regra: Regra, dia: date) -> tuple[Decimal, Decimal] | None:
    ind = cliente.indicadores
    if ind.status != Status.ATIVO or cliente.encerrado_em or cliente.fora_do_perfil:
        return None
    if ind.primeira_compra > dia - relativedelta(months=12 + regra.meses):
        return None
    somas = []
    for fim in (dia - relativedelta(months=12), dia):
        de = dia - relativedelta(months=regra.meses + (12 if fim != dia else 0))
        somas.append(
            sum((p.valor for p in cliente.pedidos.all() if p.conta and de < p.data <= fim), Decimal(0))
        )
    antes, agora = somas
    limite = antes * (100 - regra.queda) / 100
    return (antes, agora) if antes >= regra.piso and agora <= limite and agora < antes else None


@pytest.mark.parametrize("semente", [7, 8])
def test_igual_a_conta_cliente_a_cliente(semente, empresa, ana, carla, davi):
    sorte = random.Random(semente)
    for n in range(40):
        compras = [
            (HOJE - timedelta(days=sorte.randrange(900)), f"{sorte.randrange(1, 400_000) / 100:.2f}")
            for _ in range(sorte.randrange(1, 14))
        ]
        cliente = criar_cliente(f"C{n}", empresa, vendedor=sorte.choice([ana, carla, None]), compras=compras,
                                fora_do_perfil=n % 11 == 0)  # fmt: skip
        cliente.pedidos.filter(numero=f"C{n}-1").update(conta=n % 5 > 0)
        Indicadores.objects.filter(pk=cliente.pk).update(
            status=sorte.choice([Status.ATIVO, Status.ATIVO, Status.QUASE_INATIVO]),
            primeira_compra=min(d for d, _ in compras),
            ultima_compra=max(d for d, _ in compras),
        )
    total = 0
    for meses in MESES:
        regra = Regra(meses, sorte.choice([10, 30, 50]), Decimal(sorte.choice([0, 500, 2000])))
        todos = list(empresa.clientes.select_related("indicadores").prefetch_related("pedidos"))
        esperado = {c.codigo: v for c in todos if (v := na_unha(c, regra, HOJE))}
        achado = achar(davi, regra)
        assert {codigo: (i.antes, i.agora) for codigo, i in achado.items()} == esperado
        assert all(i.por_ano == (i.antes - i.agora) * 12 / meses for i in achado.values())
        total += len(esperado)
        faiscas = meses_de(Empresa.objects.get(pk=empresa.pk), [i.pk for i in achado.values()])
        for ind in achado.values():
            assert len(faiscas[ind.pk]) == 24
            assert sum(faiscas[ind.pk][-meses:]) == ind.agora
            assert sum(faiscas[ind.pk][12 - meses : 12]) == ind.antes
    assert total > 5
