"""Janelas, classes relativas, marcas e gatilhos, com números exatos."""

from datetime import date, datetime, timedelta
from decimal import Decimal as D
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, connections, transaction
from django.db.backends.utils import CursorWrapper

from atividade import recalculo
from atividade.models import EstadoDoRecalculo, Indicadores, ParametrosDaAtividade, Sujo
from atividade.travas import Trava, adquirir
from clientes.models import Cliente, Contato, Ocorrencia, Pedido, Segmento
from contas.models import Empresa
from tests.atividade.conftest import de
from tests.conftest import novo_pedido

pytestmark = pytest.mark.django_db
R = date(2024, 6, 30)


def antes(dias: int) -> date:
    return R - timedelta(days=dias)


def test_janela_de_doze_meses_e_aberta_no_comeco(rodar: Any, novo_cliente: Any) -> None:
    cliente = novo_cliente("C", compras=[(date(2023, 6, 30), 1), (date(2023, 7, 1), 2), (R, 4)])
    rodar(R)
    linha = de(cliente)
    assert (linha.valor_12m, linha.valor_total, linha.dias_de_compra_12m) == (D(6), D(7), 2)


def test_ano_ativo_conta_da_ultima_compra_para_tras(rodar: Any, novo_cliente: Any) -> None:
    compras = [(date(2021, 3, 10), 1), (date(2021, 3, 11), 2), (date(2022, 3, 10), 4)]
    cliente = novo_cliente("C", compras=compras)
    rodar(R)
    assert (de(cliente).valor_12m, de(cliente).valor_ano_ativo) == (D(0), D(6))


def test_tendencia_nas_beiras_dos_noventa_dias(rodar: Any, novo_cliente: Any) -> None:
    cliente = novo_cliente("C", compras=[(antes(180), 1), (antes(179), 2), (antes(90), 4), (antes(89), 8)])
    rodar(R)
    assert (de(cliente).valor_90d, de(cliente).valor_90d_anterior) == (D(8), D(6))


def test_devolucao_soma_a_parte_e_nao_e_compra(rodar: Any, novo_cliente: Any) -> None:
    cliente = novo_cliente("C")
    novo_pedido(cliente, "D1", antes(10), "-30.50", "devolvido")
    novo_pedido(cliente, "D2", date(2023, 6, 30), "-99.00", "devolvido")
    rodar(R)
    assert (de(cliente).status, de(cliente).devolvido_12m, de(cliente).valor_total) == (
        "prospect",
        D("-30.50"),
        D(0),
    )


def test_pedido_de_valor_zero_e_compra(rodar: Any, novo_cliente: Any) -> None:
    cliente = novo_cliente("C", compras=[(antes(5), "0.00")])
    rodar(R)
    assert (de(cliente).status, de(cliente).pedidos, de(cliente).curva_abc, de(cliente).rfv_v) == (
        "ativo",
        1,
        "",
        1,
    )


def test_curva_abc_com_empate_no_corte_segue_o_codigo(rodar: Any, novo_cliente: Any) -> None:
    codigos = ["b", "B", "a", "A", "é"]
    clientes = {c: novo_cliente(c, compras=[(R, "20.00")]) for c in codigos}
    rodar(R)
    assert {c: de(x).curva_abc for c, x in clientes.items()} == {
        "A": "A",
        "B": "A",
        "a": "A",
        "b": "A",
        "é": "B",
    }


def test_curva_abc_exata_em_tercos(rodar: Any, novo_cliente: Any, empresa: Any) -> None:
    ParametrosDaAtividade.objects.create(empresa=empresa, abc_a=D("33.33"), abc_b=D("66.67"))
    clientes = [novo_cliente(f"C{n}", compras=[(R, "0.01")]) for n in range(3)]
    rodar(R)
    assert [de(c).curva_abc for c in clientes] == ["A", "B", "B"]


def test_encerrado_sem_valor_na_janela_sai_do_rfv(rodar: Any, novo_cliente: Any) -> None:
    novo_cliente("A", compras=[(R, 10)])
    fora = novo_cliente("B", compras=[(date(2020, 1, 1), 10)], fora_do_perfil=True)
    encerrado = novo_cliente("C", compras=[(date(2020, 1, 1), 10)], encerrado_em=R)
    ainda = novo_cliente("D", compras=[(date(2020, 1, 1), 10)], encerrado_em=R + timedelta(days=1))
    com_valor = novo_cliente("E", compras=[(antes(1), 10)], encerrado_em=R)
    rodar(R)
    assert [de(c).rfv_r for c in (fora, encerrado)] == [None, None]
    assert (de(ainda).rfv_r, de(com_valor).rfv_r, de(com_valor).curva_abc) == (1, 2, "A")


def test_quem_volta_ao_perfil_tem_classes_na_mesma_noite(rodar: Any, novo_cliente: Any) -> None:
    for n in range(12):  # com poucos, compensaria refazer todos
        novo_cliente(f"A{n}", compras=[(R, 10)])
    fora = novo_cliente("B", compras=[(date(2020, 1, 1), 10)], fora_do_perfil=True)
    rodar(R)
    assert de(fora).rfv_r is None
    Cliente.objects.filter(pk=fora.pk).update(fora_do_perfil=False)
    assert rodar(R).modo == recalculo.INCREMENTAL
    assert (de(fora).rfv_r, de(fora).rfv_v) == (1, 1)


def test_rfv_em_cinco_degraus(rodar: Any, novo_cliente: Any) -> None:
    clientes = [novo_cliente(f"C{n}", compras=[(antes(50 - 10 * n), 10 + n)]) for n in range(5)]
    rodar(R)
    assert [(de(c).rfv_r, de(c).rfv_f, de(c).rfv_v) for c in clientes] == [(n, 1, n) for n in range(1, 6)]


def test_compra_unica_espera_o_ciclo_do_segmento_senao_o_da_empresa(rodar: Any, novo_cliente: Any) -> None:
    for n in range(3):
        novo_cliente(f"A{n}", compras=[(antes(60 + k * 20), 1) for k in range(3)], segmento="Agro")
    novo_cliente("B", compras=[(antes(60 + k * 50), 1) for k in range(3)], segmento="Varejo")
    do_agro = novo_cliente("X", compras=[(antes(5), 1)], segmento="Agro")
    sem_segmento = novo_cliente("Y", compras=[(antes(5), 1)])
    do_novo = novo_cliente("Z", compras=[(antes(5), 1)], segmento="Novo")
    rodar(R)
    assert [de(c).proxima_compra_esperada for c in (do_agro, sem_segmento, do_novo)] == [
        R + timedelta(days=15)
    ] * 3
    Cliente.objects.filter(pk=do_agro.pk).update(segmento=Segmento.objects.get(nome="Varejo"))
    rodar(R)
    assert de(do_agro).proxima_compra_esperada == R + timedelta(days=45)


def test_medianas_sao_tomadas_uma_vez_por_mes(rodar: Any, novo_cliente: Any, empresa: Any) -> None:
    novo_cliente("A", compras=[(antes(60 + k * 20), 1) for k in range(3)])
    rodar(date(2024, 6, 28))
    novo_cliente("B", compras=[(antes(60 + k * 100), 1) for k in range(3)])
    rodar(R, completo=True)
    assert EstadoDoRecalculo.objects.get().ciclo_da_empresa == D(20)
    rodar(date(2024, 7, 1))
    assert EstadoDoRecalculo.objects.get().ciclo_da_empresa == D(60)


def test_recuperado_so_enquanto_dura_a_janela(rodar: Any, novo_cliente: Any) -> None:
    volta = date(2024, 6, 1)
    cliente = novo_cliente("C", compras=[(date(2023, 1, 1), 1), (volta, 1)])
    rodar(R)
    assert de(cliente).recuperado_ate == volta + timedelta(days=89)
    assert Indicadores.objects.com_marca(R).get().marca == "recuperado"
    rodar(volta + timedelta(days=90))
    assert de(cliente).recuperado_ate is None


def test_mudar_parametros_refaz_todos(rodar: Any, novo_cliente: Any, empresa: Any) -> None:
    cliente = novo_cliente("C", compras=[(antes(200), 5), (R, 1)])
    for n in range(20):
        novo_cliente(f"O{n}")
    rodar(R)
    ParametrosDaAtividade.objects.filter(empresa=empresa).update(janela_valor_meses=6, dias_novidade=300)
    assert rodar(R).modo == "completo"
    assert (de(cliente).valor_janela, de(cliente).valor_12m) == (D(1), D(6))
    assert de(cliente).novo_ate == antes(200) + timedelta(days=299)


def test_noite_natural_e_incremental(rodar: Any, novo_cliente: Any) -> None:
    clientes = [novo_cliente(f"C{n}", compras=[(antes(40), 1)]) for n in range(20)]
    rodar(antes(1))
    novo_pedido(clientes[3], "N", R, 7)
    resultado = rodar(R)
    assert resultado.modo == "incremental"
    assert (de(clientes[3]).valor_total, de(clientes[3]).rfv_r) == (D(8), 5)
    assert not Sujo.objects.exists()


def test_pedido_que_sai_da_janela_muda_o_valor_sem_fato_novo(rodar: Any, novo_cliente: Any) -> None:
    sai = novo_cliente("S", compras=[(date(2023, 7, 1), 5)])
    for n in range(20):
        novo_cliente(f"C{n}", compras=[(antes(40), 1)])
    rodar(R)
    assert de(sai).valor_12m == D(5)
    resultado = rodar(R + timedelta(days=1), completo=False)
    assert de(sai).valor_12m == D(0)
    assert resultado.linhas_alteradas > 0


@pytest.mark.parametrize(
    ("dias", "ontem", "hoje"), [(90, (D(5), D(0)), (D(0), D(5))), (180, (D(0), D(5)), (D(0), D(0)))]
)
def test_incremental_ve_pedido_que_cruza_a_janela_da_tendencia(
    rodar: Any, novo_cliente: Any, dias: int, ontem: Any, hoje: Any
) -> None:
    cliente = novo_cliente("S", compras=[(antes(dias), 5), (antes(dias + 120), 1)])
    for n in range(20):
        novo_cliente(f"C{n}", compras=[(antes(40), 1)])
    rodar(antes(1))
    assert (de(cliente).valor_90d, de(cliente).valor_90d_anterior) == ontem
    assert rodar(R).modo == "incremental"
    assert (de(cliente).valor_90d, de(cliente).valor_90d_anterior) == hoje


def test_incremental_tira_a_marca_de_recuperado_no_fim_da_janela(
    rodar: Any, novo_cliente: Any, empresa: Any
) -> None:
    ParametrosDaAtividade.objects.create(empresa=empresa, dias_novidade=60)
    cliente = novo_cliente("S", compras=[(date(2022, 1, 1), 1), (antes(60), 1)])
    for n in range(20):
        novo_cliente(f"C{n}", compras=[(antes(40), 1)])
    rodar(antes(1))
    assert de(cliente).recuperado_ate == antes(1)
    assert rodar(R).modo == "incremental"
    assert de(cliente).recuperado_ate is None


def test_agregar_por_faixas_da_o_mesmo_que_de_uma_vez(rodar: Any, novo_cliente: Any, empresa: Any) -> None:
    ids = [novo_cliente(f"C{n}", compras=[(antes(n), n), (antes(n * 2), 1)]).pk for n in range(1, 7)]

    def medidas(*faixas: tuple[int | None, int | None]) -> list[Any]:
        with transaction.atomic(), connection.cursor() as cursor:
            rodada = recalculo.abrir(empresa, R, R, cursor)
            for de_, ate in faixas:
                recalculo.medir(rodada, de=de_, ate=ate)
            cursor.execute("SELECT * FROM c_medidas ORDER BY cliente_id")
            return cursor.fetchall()

    assert medidas((ids[0], ids[2]), (ids[3], ids[5])) == medidas((None, None))


def test_duas_empresas_nao_misturam_numeros(rodar: Any, novo_cliente: Any, empresa: Any) -> None:
    outra = Empresa.objects.create(codigo="2", nome="Outra")
    daqui = novo_cliente("C", compras=[(R, 10)])
    de_la = novo_cliente("C", compras=[(R, 90)], empresa=outra)
    rodar(R)
    assert (de(daqui).curva_abc, de(daqui).status, de(de_la).status) == ("A", "ativo", "prospect")
    assert list(Sujo.objects.values_list("cliente_id", flat=True).distinct()) == [de_la.pk]


# ── Gatilhos ─────────────────────────────────────────────────────────────────


def test_cliente_nasce_prospect_e_as_copias_acompanham(
    novo_cliente: Any, ana: Any, carla: Any, norte: Any
) -> None:
    cliente = novo_cliente("C", vendedor=ana, uf="RS", segmento="Agro")
    linha = de(cliente)
    assert (linha.status, linha.vendedor, linha.uf, linha.segmento) == (
        "prospect",
        ana,
        "RS",
        cliente.segmento,
    )
    Cliente.objects.filter(pk=cliente.pk).update(vendedor=carla, equipe=norte, uf="SC", segmento=None)
    linha.refresh_from_db()
    assert (linha.vendedor, linha.equipe, linha.uf, linha.segmento) == (carla, norte, "SC", None)


def test_so_mudanca_que_pesa_suja_o_cliente(novo_cliente: Any) -> None:
    cliente, outro = novo_cliente("C", compras=[(R, 1)]), novo_cliente("D")

    def sujos() -> set[int]:
        marcados = set(Sujo.objects.values_list("cliente_id", flat=True))
        Sujo.objects.all().delete()
        return marcados

    assert sujos() == {cliente.pk, outro.pk}
    Pedido.objects.update(valor_sem_impostos=1)
    Cliente.objects.update(porte="G")
    assert sujos() == set()
    Pedido.objects.update(valor=2)
    assert sujos() == {cliente.pk}
    Pedido.objects.update(cliente=outro)
    assert sujos() == {cliente.pk, outro.pk}
    Pedido.objects.all().delete()
    assert sujos() == {outro.pk}


def test_so_contato_efetivo_move_o_relogio(novo_cliente: Any, ana: Any) -> None:
    cliente = novo_cliente("C")
    efetiva = Ocorrencia.objects.create(nome="Conversa teste", efetiva=True)
    tentativa = Ocorrencia.objects.create(nome="Tentativa teste", efetiva=False)

    def contato(dia: int, ocorrencia: Ocorrencia) -> Contato:
        em = datetime(2024, 6, dia, 12, tzinfo=ZoneInfo("UTC"))
        return Contato.objects.create(
            cliente=cliente, canal="ligacao", ocorrencia=ocorrencia, em=em, atendente=ana
        )

    def ultimo() -> Any:
        quando = Indicadores.objects.get(cliente=cliente).ultimo_contato_em
        return quando and quando.day

    contato(20, tentativa)
    assert ultimo() is None
    segundo = contato(15, efetiva)
    contato(10, efetiva)
    assert ultimo() == 15
    Ocorrencia.objects.filter(pk=tentativa.pk).update(efetiva=True)
    assert ultimo() == 20
    Ocorrencia.objects.filter(pk=tentativa.pk).update(efetiva=False)
    Contato.objects.filter(pk=segundo.pk).update(desfeito_em=segundo.em)
    assert ultimo() == 10
    Contato.objects.filter(ocorrencia=efetiva).delete()
    assert ultimo() is None


def test_cliente_sem_linha_ganha_a_sua_no_completo(novo_cliente: Any, rodar: Any) -> None:
    cliente = novo_cliente("C", compras=[(R, 1)])
    Indicadores.objects.all().delete()
    rodar(R)
    assert de(cliente).status == "ativo"


def test_trava_pede_transacao(monkeypatch: pytest.MonkeyPatch) -> None:
    adquirir(Trava.RECALCULO, 1)
    monkeypatch.setattr(connections["default"], "in_atomic_block", False)
    with pytest.raises(transaction.TransactionManagementError):
        adquirir(Trava.RECALCULO, 1)


def test_arrumacao_so_fora_de_transacao(monkeypatch: pytest.MonkeyPatch) -> None:
    ditos: list[str] = []
    monkeypatch.setattr(CursorWrapper, "execute", lambda cursor, sql, valores=None: ditos.append(sql))
    recalculo.arrumar_pedidos()
    assert ditos == []
    monkeypatch.setattr(connections["default"], "in_atomic_block", False)
    recalculo.arrumar_pedidos()
    assert ditos == ["VACUUM (ANALYZE) clientes_pedido"]
