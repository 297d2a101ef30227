"""O que um cliente compra, o que parou de comprar, e o que o segmento compra e ele não."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from atividade import produtos
from atividade.produtos import do_segmento, produtos_de
from clientes.models import ItemDePedido
from tests.conftest import HOJE, novo_pedido
from tests.web.carteira_de_teste import indicar

pytestmark = pytest.mark.django_db


def comprar(cliente: Any, dia: date, *itens: tuple[str, str], situacao: str = "faturado") -> None:
    numero = f"{cliente.codigo}-{cliente.pedidos.count() + 1}"
    pedido = novo_pedido(cliente, numero, dia, "1.00", situacao)
    for n, (nome, valor) in enumerate(itens, 1):
        codigo, _, nome_so = nome.partition(":") if ":" in nome else ("", "", nome)
        ItemDePedido.objects.create(
            pedido=pedido, sequencia=n, produto_codigo=codigo, produto_nome=nome_so or nome, quantidade=1,
            valor=Decimal(valor),
        )  # fmt: skip


def ha(dias: int) -> date:
    return HOJE - timedelta(days=dias)


@pytest.fixture
def cliente(ana, novo_cliente):
    return novo_cliente("C1", vendedor=ana, segmento="Tintas")


def test_mais_comprados_por_valor_em_12_meses_e_sempre(cliente):
    comprar(cliente, ha(400), ("Velho", "900"))
    comprar(cliente, ha(30), ("Prego", "50"), ("Broca", "80"))
    comprar(cliente, ha(10), ("Prego", "60"))
    achados = produtos_de(cliente.pk, HOJE)
    assert [(p.nome, p.valor_12m) for p in achados.em_12_meses] == [("Prego", 110), ("Broca", 80)]
    assert [(p.nome, p.valor) for p in achados.sempre] == [("Velho", 900), ("Prego", 110), ("Broca", 80)]


def test_a_janela_de_12_meses_comeca_no_dia_seguinte(cliente):
    comprar(cliente, date(2025, 11, 20), ("Fora", "10"))
    comprar(cliente, date(2025, 11, 21), ("Dentro", "10"))
    assert [p.nome for p in produtos_de(cliente.pk, HOJE).em_12_meses] == ["Dentro"]


def test_o_mesmo_codigo_e_o_mesmo_produto_com_o_nome_mais_novo(cliente):
    comprar(cliente, ha(60), ("P1:Prego 10x10", "10"))
    comprar(cliente, ha(30), ("P1:Prego 10 x 10 zincado", "10"), ("Lixa d'água", "1"), ("LIXA D'AGUA", "1"))
    achados = produtos_de(cliente.pk, HOJE).sempre
    assert [(p.nome, p.valor) for p in achados] == [("Prego 10 x 10 zincado", 20), ("LIXA D'AGUA", 2)]


@pytest.mark.parametrize(("silencio", "parou"), [(45, False), (46, True)])
def test_parou_quem_passou_de_uma_vez_e_meia_o_ciclo_do_item(cliente, silencio, parou):
    for vez in range(3):
        comprar(cliente, ha(silencio + 30 * vez), ("Fechadura", "100"))
    comprar(cliente, ha(1), ("Prego", "5"))
    parados = produtos_de(cliente.pk, HOJE).parados
    assert [(p.nome, p.ciclo, p.dias) for p in parados] == ([("Fechadura", 30.0, 3)] if parou else [])


def test_dois_dias_de_compra_nao_dao_ritmo_ao_item(cliente):
    comprar(cliente, ha(300), ("Raro", "100"))
    comprar(cliente, ha(270), ("Raro", "100"))
    assert produtos_de(cliente.pk, HOJE).parados == []


def test_os_parados_valem_o_ultimo_ano_em_que_se_compraram(cliente):
    for dias in (900, 700, 650, 600):
        comprar(cliente, ha(dias), ("Disco", "100"))
    (parado,) = produtos_de(cliente.pk, HOJE).parados
    assert (parado.valor_do_ano, parado.valor) == (400, 400)
    comprar(cliente, ha(1500), ("Disco", "70"))
    assert produtos_de(cliente.pk, HOJE).parados[0].valor_do_ano == 400


def test_quem_parou_um_item_e_segue_comprando_vem_antes_de_quem_parou_tudo(cliente):
    for dias in (400, 370, 340):
        comprar(cliente, ha(dias), ("Barato", "1"))
    for dias in (200, 170, 140):
        comprar(cliente, ha(dias), ("Caro", "900"))
    parados = produtos_de(cliente.pk, HOJE).parados
    assert [(p.nome, p.compras_depois) for p in parados] == [("Barato", 3), ("Caro", 0)]


def test_cancelado_devolvido_e_o_que_vem_depois_da_referencia_nao_contam(cliente):
    comprar(cliente, ha(10), ("Prego", "10"), situacao="cancelado")
    comprar(cliente, HOJE + timedelta(days=1), ("Broca", "10"))
    assert produtos_de(cliente.pk, HOJE).total == 0


# ── O segmento ──


def vizinhos(ana: Any, novo_cliente: Any, quantos: int, **campos: Any) -> list[Any]:
    feitos = [novo_cliente(f"V{n}", vendedor=ana, segmento="Tintas", **campos) for n in range(quantos)]
    for vizinho in feitos:
        indicar(vizinho, ha(20), status="ativo")
    return feitos


def segmento_de(cliente: Any) -> produtos.DoSegmento:
    return do_segmento(
        cliente_id=cliente.pk, empresa_id=cliente.empresa_id, segmento_id=cliente.segmento_id, em=HOJE
    )


def test_o_que_um_quinto_do_segmento_compra_e_ele_nunca_comprou(ana, novo_cliente, cliente):
    comprar(cliente, ha(800), ("Massa", "10"))
    todos = vizinhos(ana, novo_cliente, 10)
    for n, vizinho in enumerate(todos):
        comprar(
            vizinho,
            ha(20),
            ("Massa", "10"),
            *([("Verniz", "5")] if n < 2 else []),
            *([("Cera", "5")] if n < 1 else []),
        )
    achado = segmento_de(cliente)
    assert achado.clientes == 10
    assert [(s.nome, s.clientes, s.parte) for s in achado.sugeridos] == [("Verniz", 2, Decimal(20))]


def test_com_menos_de_cinco_vizinhos_nada_se_sugere(ana, novo_cliente, cliente):
    for vizinho in vizinhos(ana, novo_cliente, 4):
        comprar(vizinho, ha(20), ("Verniz", "5"))
    achado = segmento_de(cliente)
    assert (achado.clientes, achado.diz_algo, achado.sugeridos) == (4, False, [])


def test_outro_segmento_encerrado_e_compra_velha_nao_fazem_popular(ana, novo_cliente, cliente):
    for vizinho in vizinhos(ana, novo_cliente, 5):
        comprar(vizinho, ha(20), ("Massa", "10"))
        comprar(vizinho, ha(400), ("Antigo", "10"))
    de_fora = indicar(novo_cliente("F1", vendedor=ana, segmento="Ferro"), ha(20), status="ativo")
    encerrado = novo_cliente("E1", vendedor=ana, segmento="Tintas", encerrado_em=HOJE, encerrado_motivo="x")
    indicar(encerrado, ha(20), status="ativo")
    for outro in (de_fora, encerrado):
        comprar(outro, ha(20), ("Alheio", "10"))
    achado = segmento_de(cliente)
    assert [s.nome for s in achado.sugeridos] == ["Massa"]
    assert achado.clientes == 5


def test_a_amostra_do_segmento_e_dos_que_compraram_por_ultimo(ana, novo_cliente, cliente, monkeypatch):
    monkeypatch.setattr(produtos, "AMOSTRA_DO_SEGMENTO", 5)
    antigos = [novo_cliente(f"A{n}", vendedor=ana, segmento="Tintas") for n in range(6)]
    for antigo in antigos:
        indicar(antigo, ha(90), status="ativo")
        comprar(antigo, ha(90), ("Fora", "5"))
    for vizinho in vizinhos(ana, novo_cliente, 5):
        comprar(vizinho, ha(20), ("Verniz", "5"))
    achado = segmento_de(cliente)
    assert (achado.clientes, achado.amostra, [s.nome for s in achado.sugeridos]) == (5, True, ["Verniz"])


def test_cada_painel_custa_uma_consulta_por_parte(ana, novo_cliente, cliente):
    for n in range(40):
        comprar(cliente, ha(n + 1), ("Prego", "5"), (f"Item {n}", "1"))
    with CaptureQueriesContext(connection) as contadas:
        produtos_de(cliente.pk, HOJE)
        segmento_de(cliente)
    assert len(contadas) == 2
