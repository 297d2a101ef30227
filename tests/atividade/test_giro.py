"""Giro e positivação: a base do primeiro dia, cada toque no seu dia, e a conta igual à feita cliente a cliente."""

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from atividade import giro as do_giro
from atividade.giro import (
    Giro,
    Janela,
    Quais,
    Resultados,
    Toque,
    giro_de,
    intocados,
    nomes_do_giro,
    resultados_de,
    valor_por_mes,
)
from atividade.models import Indicadores, MudancaStatus, ParametrosDaAtividade
from clientes.carteiras import transferir
from clientes.models import Cliente, Contato, Ocorrencia, PeriodoDeCarteira
from contas.models import Empresa
from tests.atividade.giro_na_unha import ANTES, contatar, dia, na_unha, povoar
from tests.conftest import novo_pedido
from tests.web.carteira_de_teste import datar_posse

pytestmark = pytest.mark.django_db
NOVEMBRO = Janela(date(2026, 11, 1), date(2026, 11, 30))


@pytest.fixture
def efetiva(db: None) -> Ocorrencia:
    return Ocorrencia.objects.filter(efetiva=True).first()


@pytest.fixture
def tentativa(db: None) -> Ocorrencia:
    return Ocorrencia.objects.filter(efetiva=False).first()


@pytest.fixture
def carteira(ana: Any, carla: Any, novo_cliente: Any) -> Any:
    """`carteira("A", "B")`: clientes da Ana, dela desde sempre, cadastrados em janeiro."""

    def _nova(*codigos: str, dono: Any = ana, **campos: Any) -> list[Cliente]:
        clientes = [novo_cliente(c, vendedor=dono, **{"cadastrado_em": ANTES, **campos}) for c in codigos]
        datar_posse(*clientes)
        return clientes

    return _nova


def giro(pessoa: Any, empresa: Empresa, janela: Janela = NOVEMBRO) -> Giro:
    return giro_de([pessoa.pk], [empresa.pk], janela)[pessoa.pk]


# ── A base: quem era dela no primeiro dia ────────────────────────────────────


def test_trinta_contatados_de_cem_e_30_por_cento(carteira, ana, empresa, efetiva):
    clientes = carteira(*(f"C{n:03}" for n in range(100)))
    for cliente in clientes[:30]:
        contatar(cliente, dia(9), ana, efetiva)
    achado = giro(ana, empresa)
    assert (achado.clientes, achado.tocados(Toque.CONTATO)) == (100, 30)
    assert achado.porcento(Toque.CONTATO) == Decimal(30)
    assert achado.porcento(Toque.COMPRA) == Decimal(0)


def test_sem_ninguem_na_base_nao_ha_porcentagem(ana, empresa):
    achado = giro(ana, empresa)
    assert (achado.clientes, achado.porcento(Toque.CONTATO), achado.curva(Toque.CONTATO, NOVEMBRO)[0]) == (
        0,
        None,
        0,
    )


def test_quem_chega_ou_sai_no_meio_do_periodo_nao_muda_a_base(carteira, ana, carla, empresa):
    sai, fica = carteira("SAI", "FICA")
    (chega,) = carteira("CHEGA", dono=carla)
    transferir(clientes=[sai.pk], para=carla, em=dia(10), por=None)
    transferir(clientes=[chega.pk], para=ana, em=dia(10), por=None)
    assert giro(ana, empresa).clientes == 2
    assert set(intocados(ana.pk, [empresa.pk], NOVEMBRO, Toque.CONTATO)) == {sai.pk, fica.pk}


def test_o_dia_da_troca_ja_e_do_novo_dono(carteira, ana, carla, empresa):
    (cliente,) = carteira("A")
    transferir(clientes=[cliente.pk], para=carla, em=dia(1), por=None)
    assert (giro(ana, empresa).clientes, giro(carla, empresa).clientes) == (0, 1)


@pytest.mark.parametrize(
    ("campos", "na_base"),
    [
        ({"encerrado_em": date(2026, 11, 1)}, 0),  # no primeiro dia já estava encerrado
        ({"encerrado_em": date(2026, 11, 2)}, 1),
        ({"fora_do_perfil": True}, 0),
        ({"cadastrado_em": date(2026, 11, 1)}, 1),
        ({"cadastrado_em": date(2026, 11, 2)}, 0),  # ainda não existia
    ],
)
def test_limites_de_quem_entra_na_base(carteira, ana, empresa, campos, na_base):
    carteira("A", **campos)
    assert giro(ana, empresa).clientes == na_base


def test_quem_ja_comprava_esta_na_base_mesmo_cadastrado_depois(carteira, ana, empresa):
    (cliente,) = carteira("A", cadastrado_em=dia(5))
    Indicadores.objects.filter(pk=cliente.pk).update(
        status="ativo", primeira_compra=dia(1), ultima_compra=dia(1)
    )
    assert giro(ana, empresa).clientes == 1


def test_cliente_sem_periodos_e_de_quem_e_hoje(novo_cliente, ana, empresa):
    novo_cliente("A", vendedor=ana, cadastrado_em=ANTES)
    assert not PeriodoDeCarteira.objects.exists()
    assert giro(ana, empresa).clientes == 1


# ── Os toques ────────────────────────────────────────────────────────────────


def test_so_o_efetivo_conta_de_qualquer_pessoa_e_o_desfeito_nao(
    carteira, ana, bruno, empresa, efetiva, tentativa
):
    a, b, c = carteira("A", "B", "C")
    contatar(a, dia(3), bruno, efetiva)
    contatar(b, dia(3), ana, tentativa)
    desfeito = contatar(c, dia(3), ana, efetiva)
    desfeito.desfeito_em = desfeito.em
    desfeito.save()
    assert giro(ana, empresa).toques[Toque.CONTATO] == {dia(3): 1}
    assert intocados(ana.pk, [empresa.pk], NOVEMBRO, Toque.CONTATO) == [b.pk, c.pk]


def test_as_bordas_do_periodo_sao_dias_de_sao_paulo(carteira, ana, empresa, efetiva):
    a, b, c, d = carteira("A", "B", "C", "D")
    contatar(a, date(2026, 10, 31), ana, efetiva, hora=23)
    contatar(b, dia(1), ana, efetiva, hora=0)
    contatar(c, dia(30), ana, efetiva, hora=23)
    contatar(d, date(2026, 12, 1), ana, efetiva, hora=0)
    assert giro(ana, empresa).toques[Toque.CONTATO] == {dia(1): 1, dia(30): 1}


def test_conta_o_primeiro_toque_e_a_curva_sobe_no_dia_dele(carteira, ana, empresa, efetiva):
    a, _ = carteira("A", "B")
    for n in (20, 4, 11):
        contatar(a, dia(n), ana, efetiva)
    curva = giro(ana, empresa).curva(Toque.CONTATO, NOVEMBRO)
    assert curva[:3] == [0, 0, 0]
    assert curva[3:] == [Decimal(50)] * 27


def test_so_o_pedido_que_conta_positiva_e_o_depois_da_referencia_nao_se_ve(carteira, ana, empresa):
    Empresa.objects.update(referencia=dia(20))
    a, b, c = carteira("A", "B", "C")
    novo_pedido(a, "1", dia(20), "0")
    novo_pedido(b, "2", dia(10), "50", "cancelado")
    novo_pedido(c, "3", dia(21), "50")
    assert giro(ana, empresa).toques[Toque.COMPRA] == {dia(20): 1}


def test_o_total_e_a_porcentagem_da_soma(carteira, ana, carla, empresa, efetiva):
    (a,) = carteira("A")
    carteira("B", "C", "D", dono=carla)
    contatar(a, dia(2), ana, efetiva)
    giros = giro_de([ana.pk, carla.pk], [empresa.pk], NOVEMBRO)
    total = giros[ana.pk] + giros[carla.pk]
    assert total.porcento(Toque.CONTATO) == Decimal(25)


# ── Resultados ───────────────────────────────────────────────────────────────


def test_resultados_do_mes_com_valores_exatos(carteira, ana, carla, bruno, empresa, efetiva, tentativa):
    a, b, c = carteira("A", "B", "C")
    contatar(a, dia(2), ana, efetiva)
    contatar(a, dia(3), ana, tentativa)
    contatar(b, dia(4), bruno, efetiva)  # de outra pessoa: não é contato da Ana
    novo_pedido(a, "1", dia(10), "100.10")  # contato no dia 2
    novo_pedido(b, "2", dia(5), "50.00")
    novo_pedido(c, "3", dia(6), "7.00")  # ninguém falou com ele
    novo_pedido(c, "4", dia(7), "900.00", "cancelado")
    MudancaStatus.objects.create(
        cliente=a, de="inativo", para="ativo", em=dia(10), motivo="compra", referencia=dia(10)
    )
    MudancaStatus.objects.create(
        cliente=c, de="inativo", para="ativo", em=dia(6), motivo="compra", referencia=dia(6)
    )
    MudancaStatus.objects.create(
        cliente=b, de="quase_inativo", para="ativo", em=dia(5), motivo="compra", referencia=dia(5)
    )
    achado = resultados_de([ana.pk, carla.pk], [empresa.pk], NOVEMBRO)
    assert achado[ana.pk] == Resultados(2, 1, 3, Decimal("157.10"), 2, Decimal("150.10"), 2, 1)
    assert achado[carla.pk] == Resultados()


@pytest.mark.parametrize(("dias_antes", "conta"), [(30, 1), (31, 0), (0, 1)])
def test_a_atribuicao_vale_de_trinta_dias_antes_ate_o_dia(carteira, ana, empresa, efetiva, dias_antes, conta):
    (a,) = carteira("A")
    novo_pedido(a, "1", dia(30), "10")
    contatar(a, dia(30) - timedelta(days=dias_antes), ana, efetiva, hora=23)
    assert resultados_de([ana.pk], [empresa.pk], NOVEMBRO)[ana.pk].apos_contato == conta


def test_pedido_e_de_quem_era_dono_no_dia(carteira, ana, carla, empresa):
    (a,) = carteira("A")
    transferir(clientes=[a.pk], para=carla, em=dia(15), por=None)
    novo_pedido(a, "1", dia(14), "10")
    novo_pedido(a, "2", dia(15), "20")
    achado = resultados_de([ana.pk, carla.pk], [empresa.pk], NOVEMBRO)
    assert (achado[ana.pk].valor, achado[carla.pk].valor) == (Decimal(10), Decimal(20))
    meses = valor_por_mes([ana.pk, carla.pk], [empresa.pk], NOVEMBRO)
    assert meses == {ana.pk: {dia(1): Decimal(10)}, carla.pk: {dia(1): Decimal(20)}}


def test_empresa_que_nao_se_pede_nao_entra(carteira, ana, empresa, efetiva):
    outra = Empresa.objects.create(codigo="2", nome="Filial")
    (a,) = carteira("A", empresa=outra)
    contatar(a, dia(2), ana, efetiva)
    novo_pedido(a, "1", dia(3), "10")
    assert giro(ana, empresa).clientes == 0
    assert resultados_de([ana.pk], [empresa.pk], NOVEMBRO)[ana.pk] == Resultados()
    assert valor_por_mes([ana.pk], [empresa.pk], NOVEMBRO) == {ana.pk: {}}


# ── A conta feita na unha ────────────────────────────────────────────────────


DE_QUAIS = {
    Quais.TODOS: lambda t: True,
    Quais.CONTATADOS: lambda t: t.contato is not None,
    Quais.COMPRARAM: lambda t: t.compra is not None,
    Quais.SEM_CONTATO: lambda t: t.contato is None,
    Quais.SEM_COMPRA: lambda t: t.compra is None,
    Quais.INTOCADOS: lambda t: t.contato is None and t.compra is None,
}


@pytest.mark.parametrize(
    ("semente", "poucos"), [(1, do_giro.POUCOS), (2, 0)], ids=["de alguns", "de quase todos"]
)
def test_igual_a_conta_cliente_a_cliente(
    semente, poucos, ana, carla, bruno, empresa, efetiva, tentativa, monkeypatch
):
    """De poucos vendedores pelo índice, de quase todos pelas tabelas inteiras: a conta é a mesma."""
    monkeypatch.setattr(do_giro, "POUCOS", poucos)
    Empresa.objects.update(referencia=dia(22))
    empresa.refresh_from_db()
    povoar(random.Random(semente), empresa, [ana, carla, bruno], [efetiva, tentativa])
    pessoas = [ana, carla]
    giros = giro_de([p.pk for p in pessoas], [empresa.pk], NOVEMBRO)
    feitos = resultados_de([p.pk for p in pessoas], [empresa.pk], NOVEMBRO)
    for pessoa in pessoas:
        esperado, resultado, base = na_unha(pessoa, empresa, NOVEMBRO)
        assert giros[pessoa.pk] == esperado
        assert feitos[pessoa.pk] == resultado
        for toque in Toque:
            sobrou = intocados(pessoa.pk, [empresa.pk], NOVEMBRO, toque)
            assert len(sobrou) == esperado.clientes - esperado.tocados(toque)
        for quais, vale in DE_QUAIS.items():
            achados = nomes_do_giro([pessoa.pk], [empresa.pk], NOVEMBRO, quais)
            assert achados == [t for t in base if vale(t)]
        for quando, n in esperado.toques[Toque.CONTATO].items():
            do_dia = nomes_do_giro([pessoa.pk], [empresa.pk], NOVEMBRO, Quais.CONTATADOS, quando)
            assert [t.contato for t in do_dia] == [quando] * n
    assert giros[ana.pk].clientes > 5
    assert feitos[ana.pk].apos_contato > 0


def test_de_alguns_ou_de_quase_todos_a_conta_e_a_mesma_com_voltas_e_em_duas_empresas(
    ana, carla, bruno, empresa, efetiva, tentativa, monkeypatch
):
    """Cada empresa com o seu dia calculado e o seu prazo de atribuição; contatos desfeitos e voltas pelo meio."""
    filial = Empresa.objects.create(codigo="2", nome="Filial", referencia=dia(15))
    Empresa.objects.filter(pk=empresa.pk).update(referencia=dia(22))
    ParametrosDaAtividade.objects.update_or_create(empresa=filial, defaults={"dias_atribuicao": 45})
    sorte = random.Random(5)
    for uma in (empresa, filial):
        povoar(sorte, uma, [ana, carla, bruno], [efetiva, tentativa])
    for n, cliente in enumerate(Cliente.objects.order_by("pk")):
        for em in sorte.sample(range(1, 31), n % 3):
            MudancaStatus.objects.create(
                cliente=cliente, de="inativo", para="ativo", em=dia(em), ordem=1,
                motivo="compra" if em % 5 else "configuracao", referencia=dia(30),
            )  # fmt: skip
    for contato in Contato.objects.order_by("pk")[::6]:
        contato.desfeito_em = contato.em
        contato.save()
    quem = [ana.pk, carla.pk]

    def contar(empresas):
        return giro_de(quem, empresas, NOVEMBRO), resultados_de(quem, empresas, NOVEMBRO)

    for empresas in ([empresa.pk], [filial.pk], [empresa.pk, filial.pk]):
        monkeypatch.setattr(do_giro, "POUCOS", 40)
        de_alguns = contar(empresas)
        monkeypatch.setattr(do_giro, "POUCOS", 0)
        assert contar(empresas) == de_alguns
    dela = de_alguns[1][ana.pk]
    assert dela.pedidos > dela.apos_contato > 3
    assert dela.reativados > dela.reativados_por_contato > 3


def test_uma_consulta_seja_qual_for_o_numero_de_vendedores(carteira, ana, carla, empresa):
    carteira("A", "B")
    carteira("C", dono=carla)
    for pessoas in ([ana.pk], [ana.pk, carla.pk]):
        with CaptureQueriesContext(connection) as consultas:
            giro_de(pessoas, [empresa.pk], NOVEMBRO)
            resultados_de(pessoas, [empresa.pk], NOVEMBRO)
        assert len(consultas) == 2
