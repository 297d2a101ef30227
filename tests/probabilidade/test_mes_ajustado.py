"""O mês ajustado de quatrocentos clientes: o que se guarda, o que as listas leem e quando se deve outro."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from atividade.models import AjusteDeProbabilidade, Indicadores, ProbabilidadeEmVigor
from atividade.prioridade import p_nao_comprar
from atividade.probabilidade import formulas
from atividade.probabilidade.formulas import Modelo, Parametros
from atividade.probabilidade.mensal import ajustar_empresa, ajuste_em_vigor, devido
from atividade.recalculo import recalcular
from contas.models import Empresa
from tests.de_modulo import no_modulo
from tests.probabilidade.conftest import DIA, semear_em

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def _ajustado(django_db_setup: None, django_db_blocker: Any) -> Iterator[int]:
    def _criar() -> int:
        empresa = Empresa.objects.get(codigo="1")
        semear_em(empresa, 400)
        recalcular(empresa=empresa, referencia=DIA, hoje=DIA)
        empresa.refresh_from_db()
        return ajustar_empresa(empresa=empresa, referencia=DIA, hoje=DIA).pk

    with no_modulo(django_db_blocker, _criar) as ajustado:
        yield ajustado


@pytest.fixture
def mes(db: None, _ajustado: int) -> AjusteDeProbabilidade:
    """Quatrocentos clientes, a noite rodada e o mês ajustado, uma vez: cada teste corre num ponto de retorno."""
    return AjusteDeProbabilidade.objects.get(pk=_ajustado)


def test_o_mes_fica_guardado_em_vigor(mes: AjusteDeProbabilidade, empresa: Empresa) -> None:
    mes.refresh_from_db()
    assert ajuste_em_vigor(empresa) == mes
    assert (mes.mes, mes.referencia, mes.estimativa) == (date(2026, 11, 1), DIA, False)
    assert [m["modelo"] for m in mes.modelos] == ["bgnbd", "mbgnbd", "mbgcnbd2"]
    melhor = max((m for m in mes.modelos if not m["recusa"]), key=lambda m: m["log_verossimilhanca"])
    assert (mes.modelo, mes.r, mes.log_verossimilhanca) == (
        melhor["modelo"],
        melhor["r"],
        melhor["log_verossimilhanca"],
    )
    assert mes.prova["corte"] == "2026-08-22"


def test_repetir_da_os_mesmos_numeros_e_uma_linha_so(mes: AjusteDeProbabilidade, empresa: Empresa) -> None:
    outra = ajustar_empresa(empresa=empresa, referencia=DIA, hoje=DIA)
    mes.refresh_from_db()
    outra.refresh_from_db()
    assert (AjusteDeProbabilidade.objects.count(), ProbabilidadeEmVigor.objects.count()) == (1, 1)
    for campo in ("b0", "s", "r", "alpha", "a", "b", "prova", "modelos"):
        assert getattr(outra, campo) == getattr(mes, campo), campo


def test_as_listas_leem_o_ajuste_e_o_sql_diz_o_mesmo_que_o_python(
    mes: AjusteDeProbabilidade, empresa: Empresa
) -> None:
    m0 = float(empresa.estado_do_recalculo.m0)
    for modelo in Modelo:
        AjusteDeProbabilidade.objects.update(modelo=modelo, r=0.7, alpha=4.0, a=0.8, b=2.4)
        p = Parametros(modelo, 0.7, 28.0, 0.8, 2.4)
        with CaptureQueriesContext(connection) as contadas:
            linhas = list(Indicadores.objects.com_recencia(DIA).com_prioridade(DIA).com_probabilidade(DIA))
        assert len(contadas) == 1
        for ind in linhas[:300]:
            tx = (ind.ultima_compra - ind.primeira_compra).days
            caso = (ind.dias_de_compra - 1, tx, tx + ind.recencia_dias)
            assert ind.p_vivo == pytest.approx(formulas.p_vivo(p, *caso), rel=1e-9)
            assert ind.p_sem_compra == pytest.approx(formulas.p_sem_compra(p, *caso, 90), rel=1e-9)
            esperado = p_nao_comprar(ind.dias_de_compra, ind.recencia_dias, tx, m0, mes.b0, mes.s)
            assert ind.p == pytest.approx(esperado, rel=1e-9)


def test_sem_modelo_e_sem_compra_nao_ha_chance(
    empresa: Empresa, mes: AjusteDeProbabilidade, novo_cliente: Any
) -> None:
    novo_cliente("PROSPECT")
    dias = [4000, *range(700)]
    novo_cliente("ANTIGO", compras=[(DIA - timedelta(days=n), 1) for n in dias])
    recalcular(empresa=empresa, referencia=DIA, hoje=DIA, completo=True)
    com = Indicadores.objects.com_probabilidade(DIA)
    prospect = com.get(cliente__codigo="PROSPECT")
    assert (prospect.p_vivo, prospect.p_sem_compra) == (None, None)
    assert com.get(cliente__codigo="ANTIGO").p_vivo > 0.9  # centenas de compras: nada estoura
    AjusteDeProbabilidade.objects.update(modelo="", r=None, alpha=None, a=None, b=None)
    assert set(com.values_list("p_vivo", "p_sem_compra")) == {(None, None)}


def test_devido_no_mes_novo_ou_quando_a_carteira_muda_um_quinto(
    mes: AjusteDeProbabilidade, empresa: Empresa
) -> None:
    assert not devido(empresa)
    AjusteDeProbabilidade.objects.update(clientes=334)
    assert not devido(empresa)
    AjusteDeProbabilidade.objects.update(clientes=333)
    assert devido(empresa)
    AjusteDeProbabilidade.objects.update(clientes=400)
    empresa.referencia = date(2026, 12, 1)
    assert devido(empresa)
    empresa.consulta_passada = True
    assert not devido(empresa)
