"""O retrato do dia, os dias perdidos e a primeira contagem."""

from datetime import date, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.backends.postgresql.psycopg_any import DateRange

from atividade.models import Retrato
from atividade.retratos import fins_de_mes_sem_retrato, fotografar, preencher, refotografar
from clientes.models import PeriodoDeCarteira
from tests.conftest import novo_pedido

pytestmark = pytest.mark.django_db
R = date(2024, 6, 30)
ONTEM = date(2020, 1, 1)


def soma(dia: date) -> dict[str, tuple[int, D, D]]:
    """status/marca → (clientes, valor, valor em risco), somado sobre as outras dimensões."""
    linhas: dict[str, tuple[int, D, D]] = {}
    for r in Retrato.objects.filter(data=dia):
        chave = f"{r.status}/{r.marca}"
        n, v, x = linhas.get(chave, (0, D(0), D(0)))
        linhas[chave] = (n + r.clientes, v + r.valor_12m, x + r.valor_em_risco)
    return linhas


def test_retrato_soma_por_status_e_marca(empresa: Any, rodar: Any, novo_cliente: Any, ana: Any) -> None:
    novo_cliente("A", vendedor=ana, compras=[(R, 10)])
    novo_cliente("B", vendedor=ana, compras=[(R, 5)])
    novo_cliente("I", compras=[(date(2022, 1, 1), 70)])
    novo_cliente("P", cadastrado_em=ONTEM)
    novo_cliente("P2", cadastrado_em=R + timedelta(days=1))
    novo_cliente("F", compras=[(R, 99)], fora_do_perfil=True)
    novo_cliente("E", compras=[(R, 99)], encerrado_em=R)
    rodar(R)
    assert fotografar(empresa=empresa, data=R) == Retrato.objects.filter(data=R).count()
    assert soma(R) == {
        "ativo/novo": (2, D(15), D(15)),
        "inativo/": (1, D(0), D(70)),
        "prospect/": (1, D(0), D(0)),
    }
    assert {r.vendedor for r in Retrato.objects.filter(status="ativo")} == {ana}


def test_repetir_o_retrato_nao_muda_nada(empresa: Any, rodar: Any, novo_cliente: Any) -> None:
    novo_cliente("A", compras=[(R, 10)])
    rodar(R)
    campos = [f.attname for f in Retrato._meta.fields if f.attname != "id"]
    fotografar(empresa=empresa, data=R)
    antes = list(Retrato.objects.values(*campos))
    fotografar(empresa=empresa, data=R)
    assert list(Retrato.objects.values(*campos)) == antes


def test_primeira_contagem_fica_como_vista_no_dia(empresa: Any, rodar: Any, novo_cliente: Any) -> None:
    cliente = novo_cliente("A", cadastrado_em=ONTEM)
    rodar(R)
    fotografar(empresa=empresa, data=R)
    novo_pedido(cliente, "N", R)
    rodar(R)
    fotografar(empresa=empresa, data=R)
    vistos = {r.status: (r.clientes, r.clientes_no_dia) for r in Retrato.objects.all()}
    assert vistos == {"prospect": (0, 1), "ativo": (1, 0)}


def test_dias_perdidos_saem_como_se_a_noite_tivesse_corrido(
    empresa: Any, rodar: Any, novo_cliente: Any
) -> None:
    novo_cliente("A", compras=[(R - timedelta(days=121), 10)])
    novo_cliente("B", compras=[(R, 30), (R + timedelta(days=2), 5)])
    rodar(R)
    assert preencher(empresa=empresa, ate=R) == [R]
    rodar(R + timedelta(days=3))
    dias = preencher(empresa=empresa, ate=R + timedelta(days=3))
    assert dias == [R + timedelta(days=n) for n in (1, 2, 3)]
    preenchidos = {dia: soma(dia) for dia in dias}
    Retrato.objects.all().delete()
    for dia in dias[:2]:
        rodar(dia, hoje=dia)
        empresa.refresh_from_db()
        empresa.consulta_passada = False
        empresa.save()
        fotografar(empresa=empresa, data=dia)
        assert soma(dia) == preenchidos[dia]
    assert preenchidos[R + timedelta(days=1)]["ativo/novo"] == (1, D(30), D(30))


def test_em_dia_passado_o_dono_e_o_da_data(
    empresa: Any, rodar: Any, novo_cliente: Any, ana: Any, carla: Any
) -> None:
    cliente = novo_cliente("A", vendedor=carla, compras=[(R - timedelta(days=5), 10)])
    PeriodoDeCarteira.objects.create(cliente=cliente, vendedor=ana, periodo=DateRange(None, R))
    PeriodoDeCarteira.objects.create(cliente=cliente, vendedor=carla, periodo=DateRange(R, None))
    rodar(R)
    fotografar(empresa=empresa, data=R - timedelta(days=1))
    fotografar(empresa=empresa, data=R)
    donos = dict(Retrato.objects.values_list("data", "vendedor__nome"))
    assert donos == {R - timedelta(days=1): "Ana Souza", R: "Carla Dias"}


def test_fato_mudado_refaz_os_retratos_da_data_dele_em_diante(
    empresa: Any, rodar: Any, novo_cliente: Any
) -> None:
    """Pedido atrasado, corrigido ou cancelado: só os retratos que ele desmente são refeitos, uma vez."""
    cliente = novo_cliente("A", cadastrado_em=ONTEM, compras=[(R - timedelta(days=300), 10)])
    dias = [R + timedelta(days=n) for n in range(4)]

    def noite(dia: date) -> list[date]:
        rodar(dia)
        return preencher(empresa=empresa, ate=dia)

    def situacoes() -> list[str]:
        return [next(r.status for r in Retrato.objects.filter(data=dia, clientes=1)) for dia in dias]

    for dia in dias:
        assert noite(dia) == [dia]
    assert situacoes() == ["inativo"] * 4
    atrasado = novo_pedido(cliente, "N", dias[2])
    novo_pedido(cliente, "X", dias[0], situacao="cancelado")
    fim = dias[3] + timedelta(days=1)
    assert noite(fim) == [dias[2], dias[3], fim]
    assert situacoes() == ["inativo", "inativo", "ativo", "ativo"]
    como_visto = {(r.status, r.clientes, r.clientes_no_dia) for r in Retrato.objects.filter(data=dias[2])}
    assert como_visto == {("inativo", 0, 1), ("ativo", 1, 0)}
    assert noite(fim) == [fim]
    atrasado.data = dias[1]
    atrasado.save()
    assert noite(fim) == [*dias[1:], fim]
    assert situacoes() == ["inativo", "ativo", "ativo", "ativo"]
    atrasado.delete()
    rodar(fim, completo=True)
    assert preencher(empresa=empresa, ate=fim) == [*dias[1:], fim]
    assert situacoes() == ["inativo"] * 4
    cliente.encerrado_em = dias[3]
    cliente.save()
    assert noite(fim) == [dias[3], fim]
    assert not Retrato.objects.filter(data__gte=dias[3], clientes__gt=0).exists()


def test_consulta_ao_passado_nao_perde_os_retratos_a_refazer(
    empresa: Any, rodar: Any, novo_cliente: Any
) -> None:
    cliente = novo_cliente("A", cadastrado_em=ONTEM)
    for dia in (R, R + timedelta(days=1)):
        rodar(dia)
        preencher(empresa=empresa, ate=dia)
    novo_pedido(cliente, "N", R)
    rodar(R - timedelta(days=9), hoje=R + timedelta(days=1))
    rodar(R + timedelta(days=2))
    assert preencher(empresa=empresa, ate=R + timedelta(days=2)) == [R + timedelta(days=n) for n in range(3)]
    assert soma(R)["ativo/novo"] == (1, D(100), D(100))


# ── Antes da instalação ──────────────────────────────────────────────────────


def test_os_meses_de_antes_se_retratam_um_a_um_e_quem_para_continua(
    empresa: Any, rodar: Any, novo_cliente: Any, ana: Any, capsys: Any
) -> None:
    novo_cliente("A", vendedor=ana, compras=[(date(2024, 2, 10), 10), (date(2024, 6, 1), 5)])
    rodar(R)
    assert fins_de_mes_sem_retrato(empresa, date(2020, 1, 1)) == [
        date(2024, m, d) for m, d in ((5, 31), (4, 30), (3, 31), (2, 29))
    ]

    class Parou(Exception):
        pass

    def parar(dia: date, faltam: int) -> None:
        if faltam == 2:
            raise Parou

    with pytest.raises(Parou):
        refotografar(empresa=empresa, desde=date(2024, 1, 1), avisar=parar)
    assert set(Retrato.objects.values_list("data", flat=True)) == {date(2024, 5, 31), date(2024, 4, 30)}
    call_command("fotografar", "--desde", "2024-01-01")
    assert "31/03/2024 retratado; faltam 1" in capsys.readouterr().out
    call_command("fotografar", "--desde", "2024-01-01")
    assert "nenhum fim de mês por retratar" in capsys.readouterr().out
    # o padrão da instalação: 6 meses, aviso 2 antes; 10/02 ainda é ativo em 31/05
    assert soma(date(2024, 2, 29)) == {"ativo/novo": (1, D(10), D(10))}
    assert soma(date(2024, 5, 31)) == {"ativo/": (1, D(10), D(10))}
    assert set(Retrato.objects.values_list("vendedor", flat=True)) == {ana.pk}
    for errado in ("amanhã", "2999-01-01"):
        with pytest.raises(CommandError):
            call_command("fotografar", "--desde", errado)


def test_dia_que_ninguem_viu_nao_ganha_contagem_como_visto(
    empresa: Any, rodar: Any, novo_cliente: Any
) -> None:
    cliente = novo_cliente("A", compras=[(date(2024, 5, 1), 10)], cadastrado_em=ONTEM)
    rodar(R)
    refotografar(empresa=empresa, desde=date(2024, 5, 1))
    novo_pedido(cliente, "N", date(2023, 1, 10))
    rodar(R)
    preencher(empresa=empresa, ate=R)
    refeito = [
        (r.status, r.marca, r.clientes, r.clientes_no_dia)
        for r in Retrato.objects.filter(data=date(2024, 5, 31))
    ]
    assert refeito == [("ativo", "recuperado", 1, None)]
