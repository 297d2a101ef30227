"""Qual regra vale para quem, desde quando, e a frase que explica."""

from datetime import date
from typing import Any

import pytest

from atividade.limiares import configurar, herdar, regra_da_empresa, regra_do_segmento, regra_em_vigor
from atividade.models import Limiar
from atividade.regras import REGRA_PADRAO, Periodo, RegraInvalida
from contas.models import Empresa, RegistroDeAuditoria
from tests.atividade.conftest import de

pytestmark = pytest.mark.django_db
DIA = date(2026, 3, 1)


def salvar(periodo: str, antecedencia: str = "10d", desde: date = DIA, **nivel: Any) -> Limiar:
    return configurar(
        **{"empresa": None, **nivel},
        periodo=Periodo.de_texto(periodo),
        antecedencia=Periodo.de_texto(antecedencia),
        vigente_desde=desde,
        por=None,
        motivo="teste",
    )


def test_do_padrao_ao_cliente_vence_o_mais_perto(empresa: Any, rodar: Any, novo_cliente: Any) -> None:
    cliente = novo_cliente("C", compras=[(date(2026, 1, 1), 1)], segmento="Agro")
    passos: list[tuple[dict[str, Any], str, str]] = [
        ({}, "90d", "regra da instalação, desde 01/03/2026: 90 dias"),
        ({"empresa": empresa}, "80d", f"regra da empresa {empresa}, desde 01/03/2026: 80 dias"),
        (
            {"empresa": empresa, "segmento": cliente.segmento},
            "180d",
            "regra do segmento Agro, desde 01/03/2026: 180 dias",
        ),
        ({"empresa": empresa, "cliente": cliente}, "60d", "regra deste cliente, desde 01/03/2026: 60 dias"),
    ]
    assert regra_em_vigor(cliente, DIA).texto == "regra padrão: 6 meses"
    rodar(DIA)
    assert (de(cliente).limiar, de(cliente).inativo_em) == (None, date(2026, 7, 1))
    for nivel, periodo, texto in passos:
        limiar = salvar(periodo, **nivel)
        assert regra_em_vigor(cliente, DIA).texto == texto
        rodar(DIA)
        assert de(cliente).limiar == limiar
        assert (
            de(cliente).inativo_em == regra_em_vigor(cliente, DIA).regra.limites(date(2026, 1, 1)).inativo_em
        )


@pytest.mark.parametrize("completo", [False, True])
def test_com_uma_regra_so_ou_com_duas_cada_um_segue_a_sua(
    completo: bool, empresa: Any, rodar: Any, novo_cliente: Any
) -> None:
    """Calou 100 dias e voltou: pela regra de 60 é recuperado, pela de base (6 meses) nunca esteve inativo."""
    agro = novo_cliente("A", compras=[(date(2025, 11, 1), 1), (date(2026, 2, 9), 1)], segmento="Agro")
    outro = novo_cliente("B", compras=[(date(2025, 11, 1), 1), (date(2026, 2, 9), 1)], segmento="Varejo")

    def rodadas() -> list[tuple[Any, ...]]:
        rodar(DIA, completo=completo)
        campos = ("status", "quase_inativo_em", "inativo_em", "recuperado_ate")
        return [tuple(getattr(de(cliente), campo) for campo in campos) for cliente in (agro, outro)]

    de_base = ("ativo", date(2026, 6, 9), date(2026, 8, 9), None)
    assert rodadas() == [de_base, de_base]
    salvar("60d", empresa=empresa, segmento=agro.segmento)
    assert rodadas() == [("ativo", date(2026, 3, 31), date(2026, 4, 10), date(2026, 5, 9)), de_base]
    herdar(empresa=empresa, segmento=agro.segmento, vigente_desde=DIA, por=None)
    assert rodadas() == [de_base, de_base]


def test_no_mesmo_dia_vale_a_salva_por_ultimo_e_as_duas_ficam(
    empresa: Any, rodar: Any, novo_cliente: Any
) -> None:
    cliente = novo_cliente("C", compras=[(date(2026, 1, 1), 1)])
    salvar("90d", empresa=empresa)
    segunda = salvar("120d", empresa=empresa)
    rodar(DIA)
    assert de(cliente).limiar == segunda == regra_em_vigor(cliente, DIA).limiar
    assert Limiar.objects.count() == 2


def test_regra_com_data_futura_espera(empresa: Any, rodar: Any, novo_cliente: Any) -> None:
    cliente = novo_cliente("C", compras=[(date(2026, 1, 1), 1)])
    salvar("90d", empresa=empresa, desde=date(2026, 3, 2))
    rodar(DIA)
    assert de(cliente).limiar is None
    rodar(date(2026, 3, 2))
    assert de(cliente).inativo_em == date(2026, 4, 1)


def test_herdar_devolve_a_regra_de_cima(empresa: Any, rodar: Any, novo_cliente: Any) -> None:
    cliente = novo_cliente("C", compras=[(date(2026, 1, 1), 1)], segmento="Agro")
    geral = salvar("90d", empresa=empresa)
    salvar("30d", empresa=empresa, segmento=cliente.segmento)
    herdar(empresa=empresa, segmento=cliente.segmento, vigente_desde=DIA, por=None)
    assert regra_do_segmento(cliente.segmento, DIA).limiar == geral
    rodar(DIA)
    assert de(cliente).limiar == geral
    herdar(empresa=empresa, vigente_desde=DIA, por=None)
    assert regra_da_empresa(empresa, DIA).regra == REGRA_PADRAO
    rodar(DIA)
    assert de(cliente).limiar is None


def test_inativo_antigo_vem_da_regra(empresa: Any, rodar: Any, novo_cliente: Any) -> None:
    cliente = novo_cliente("C", compras=[(date(2026, 1, 1), 1)])
    configurar(empresa=empresa, periodo=Periodo(90, "d"), antecedencia=Periodo(30, "d"), antigo=Periodo(12, "m"),
               vigente_desde=DIA, por=None)  # fmt: skip
    rodar(DIA)
    assert de(cliente).antigo_em == date(2027, 1, 1)
    assert regra_em_vigor(cliente, DIA).regra.antigo == Periodo(12, "m")


def test_regra_de_outra_empresa_ou_de_dois_niveis_e_recusada(empresa: Any, novo_cliente: Any) -> None:
    outra = Empresa.objects.create(codigo="2", nome="Outra")
    cliente = novo_cliente("C", segmento="Agro")
    with pytest.raises(RegraInvalida, match="outra empresa"):
        salvar("90d", empresa=outra, cliente=cliente)
    with pytest.raises(RegraInvalida, match="não os dois"):
        salvar("90d", empresa=empresa, cliente=cliente, segmento=cliente.segmento)
    assert not Limiar.objects.exists()


def test_salvar_deixa_rastro_na_auditoria(empresa: Any, davi: Any, novo_cliente: Any) -> None:
    cliente = novo_cliente("C", segmento="Agro")
    for nivel in ({}, {"segmento": cliente.segmento}, {"cliente": cliente}):
        salvar("90d", empresa=empresa, **nivel)
    salvar("120d")
    salvar("60d", empresa=empresa)
    ultimo = RegistroDeAuditoria.objects.filter(acao="atividade.limiar").latest("pk")
    assert (ultimo.antes, ultimo.depois["regra"]) == ({"regra": "90d/10d"}, "60d/10d")


def test_regra_de_uma_empresa_nao_toca_a_outra(empresa: Any, rodar: Any, novo_cliente: Any) -> None:
    outra = Empresa.objects.create(codigo="2", nome="Outra")
    salvar("10d", "5d", empresa=outra)
    cliente = novo_cliente("C", compras=[(date(2026, 1, 1), 1)])
    rodar(DIA)
    assert de(cliente).limiar is None
