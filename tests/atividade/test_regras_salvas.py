"""As regras que a empresa já teve, o efeito de cada uma e o caminho de volta."""

from datetime import date, timedelta
from typing import Any

import pytest

from atividade.limiares import configurar, herdar, regra_da_empresa, regra_do_segmento
from atividade.models import Limiar, MudancaStatus
from atividade.parametros import mudar_parametros, parametros_de
from atividade.regras import Periodo, RegraInvalida
from atividade.regras_salvas import desfazer, historico, regras_por_segmento
from clientes.models import Segmento
from contas.models import Empresa, RegistroDeAuditoria

pytestmark = pytest.mark.django_db
HOJE = date(2026, 11, 20)


@pytest.fixture
def agro(empresa: Empresa) -> Segmento:
    return Segmento.objects.create(empresa=empresa, nome="Agro")


def regra(empresa: Empresa, por: Any, meses: int, *, desde: date = HOJE, **alvo: Any) -> Limiar:
    return configurar(
        empresa=empresa,
        periodo=Periodo(meses, "m"),
        antecedencia=Periodo(1, "m"),
        vigente_desde=desde,
        por=por,
        **alvo,
    )


def test_historia_emparelha_cada_regra_com_a_anterior_do_mesmo_nivel(
    empresa: Empresa, davi: Any, agro: Segmento
) -> None:
    a, b = regra(empresa, davi, 18), regra(empresa, davi, 12)
    c = regra(empresa, davi, 6, segmento=agro)
    d = herdar(empresa=empresa, segmento=agro, vigente_desde=HOJE, por=davi)
    linhas = {m.limiar: m for m in historico(empresa)}
    assert {m.limiar: m.anterior for m in linhas.values()} == {a: None, b: a, c: None, d: c}
    assert [m.limiar for m in linhas.values() if m.desfazivel] == [d, b]


def test_efeito_e_o_saldo_de_entradas_por_mudanca_de_regra(
    empresa: Empresa, davi: Any, novo_cliente: Any
) -> None:
    nova = regra(empresa, davi, 12)
    for n, (de, para, motivo) in enumerate(
        [
            ("ativo", "quase_inativo", "configuracao"),
            ("ativo", "quase_inativo", "configuracao"),
            ("quase_inativo", "inativo", "configuracao"),
            ("ativo", "quase_inativo", "tempo"),
        ]
    ):
        MudancaStatus.objects.create(
            cliente=novo_cliente(f"C{n}"),
            de=de,
            para=para,
            em=HOJE,
            motivo=motivo,
            limiar=nova,
            referencia=HOJE,
        )
    efeito = historico(empresa)[0].efeito
    assert efeito is not None
    assert (efeito.quase_inativos, efeito.inativos) == (1, 1)


def test_desfazer_do_segmento_volta_a_regra_anterior_dele(
    empresa: Empresa, davi: Any, agro: Segmento
) -> None:
    regra(empresa, davi, 6, segmento=agro)
    ultima = regra(empresa, davi, 3, segmento=agro)
    desfazer(limiar=ultima, em=HOJE, por=davi)
    assert regra_do_segmento(agro, HOJE).regra.periodo == Periodo(6, "m")
    assert [m.propria for m in regras_por_segmento(empresa, HOJE)] == [True]


def test_desfazer_regra_marcada_para_o_futuro_vale_naquele_dia(empresa: Empresa, davi: Any) -> None:
    regra(empresa, davi, 18)
    futura = regra(empresa, davi, 3, desde=HOJE + timedelta(days=10))
    nova = desfazer(limiar=futura, em=HOJE, por=davi)
    assert nova.vigente_desde == futura.vigente_desde
    assert regra_da_empresa(empresa, futura.vigente_desde).regra.periodo == Periodo(18, "m")


def test_desfazer_duas_vezes_a_mesma_e_recusado(empresa: Empresa, davi: Any) -> None:
    unica = regra(empresa, davi, 18)
    desfazer(limiar=unica, em=HOJE, por=davi)
    with pytest.raises(RegraInvalida, match="já não é a última"):
        desfazer(limiar=unica, em=HOJE, por=davi)


def test_parametros_iguais_nao_sao_mudanca(empresa: Empresa, davi: Any) -> None:
    assert not mudar_parametros(empresa=empresa, valores={"dias_novidade": 90, "inventado": 1}, por=davi)
    assert not RegistroDeAuditoria.objects.exists()
    assert parametros_de(empresa).dias_novidade == 90


def test_consultas_da_historia_sao_fixas(empresa: Empresa, davi: Any, django_assert_num_queries: Any) -> None:
    for quantos in (2, 20):
        for n in range(quantos):
            segmento = Segmento.objects.create(empresa=empresa, nome=f"S{quantos}-{n}")
            regra(empresa, davi, 6, segmento=segmento)
        with django_assert_num_queries(2):  # limiares; efeitos
            historico(empresa)
        with django_assert_num_queries(4):  # geral da empresa e da instalação; próprias; segmentos
            regras_por_segmento(empresa, HOJE)
