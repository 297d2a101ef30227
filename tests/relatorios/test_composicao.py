"""A composição: contas exatas, por qualquer dimensão, só do que a pessoa vê."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from atividade.models import Indicadores
from carteira.formatos import porcento
from clientes.models import Cliente
from contas.models import Empresa
from relatorios.composicao import (
    DIMENSOES,
    Recorte,
    agrupar,
    clientes_que_somam_metade,
    linhas,
    ordenar,
    por_situacao,
    somar,
)

pytestmark = pytest.mark.django_db
REF = date(2026, 11, 20)


@pytest.fixture(autouse=True)
def _referencia(empresa: Empresa) -> None:
    Empresa.objects.filter(pk=empresa.pk).update(referencia=REF)


def situar(cliente: Cliente, status: str, valor: str = "0", ano_ativo: str = "0", **campos: Any) -> None:
    """Põe o cliente na situação, como o recálculo o deixaria."""
    if status != "prospect":
        campos.setdefault("ultima_compra", REF - timedelta(days=10))
        campos.setdefault("primeira_compra", REF - timedelta(days=400))
    Indicadores.objects.filter(pk=cliente.pk).update(
        status=status, valor_12m=Decimal(valor), valor_ano_ativo=Decimal(ano_ativo), **campos
    )


def conta(pessoa: Any, **recorte: tuple[str, ...]) -> Any:
    return por_situacao(linhas(pessoa, Recorte(**recorte)))


def test_35_de_144_inativos_sao_24_31_por_cento(davi: Any, novo_cliente: Any) -> None:
    for n in range(144):
        situar(novo_cliente(f"C{n}"), "inativo" if n < 35 else "ativo")
    grupo = conta(davi)
    assert grupo.clientes == 144
    assert porcento(grupo.porcento("inativo")) == "24,31%"
    assert porcento(grupo.porcento("ativo")) == "75,69%"
    assert grupo.porcento("ativo") + grupo.porcento("inativo") == 100


def test_prospect_fica_ao_lado_e_encerrado_e_fora_do_perfil_ficam_fora(davi: Any, novo_cliente: Any) -> None:
    situar(novo_cliente("A"), "ativo")
    situar(novo_cliente("Q"), "quase_inativo")
    situar(novo_cliente("P"), "prospect")
    situar(novo_cliente("E", encerrado_em=REF), "inativo")
    situar(novo_cliente("F", fora_do_perfil=True), "inativo")
    grupo = conta(davi)
    assert (grupo.clientes, grupo.prospects, grupo.todos) == (2, 1, 3)
    assert grupo.fatia("inativo").clientes == 0
    assert grupo.porcento("quase_inativo") == 50


def test_valor_em_risco_usa_o_ultimo_ano_ativo_de_quem_nada_comprou_em_12_meses(
    davi: Any, novo_cliente: Any
) -> None:
    situar(novo_cliente("A"), "ativo", "700.10", "700.10")
    situar(novo_cliente("Q1"), "quase_inativo", "200.20", "900.00")
    situar(novo_cliente("Q2"), "quase_inativo", "0", "50.05")
    situar(novo_cliente("I"), "inativo", "0", "33.33")
    grupo = conta(davi)
    assert grupo.valor == Decimal("900.30")
    assert grupo.em_risco == Decimal("250.25")
    assert grupo.perdido == Decimal("33.33")
    assert porcento(grupo.porcento_valor("ativo")) == "77,76%"


def test_marcas_contam_na_referencia_e_recuperado_vence_novo(davi: Any, novo_cliente: Any) -> None:
    situar(novo_cliente("N"), "ativo", novo_ate=REF)
    situar(novo_cliente("V"), "ativo", novo_ate=REF - timedelta(days=1))
    situar(novo_cliente("R"), "ativo", novo_ate=REF, recuperado_ate=REF)
    situar(novo_cliente("X"), "inativo", antigo_em=REF)
    situar(novo_cliente("Y"), "inativo", antigo_em=REF + timedelta(days=1))
    grupo = conta(davi)
    assert grupo.fatia("ativo").marcas == {"novo": 1, "recuperado": 1}
    assert grupo.fatia("inativo").marcas == {"antigo": 1, "recente": 1}


def test_cada_um_ve_a_sua_parte(
    ana: Any, bruno: Any, carla: Any, davi: Any, lia: Any, novo_cliente: Any
) -> None:
    situar(novo_cliente("DA-ANA", vendedor=ana), "ativo")
    situar(novo_cliente("DA-CARLA", vendedor=carla), "ativo")
    situar(novo_cliente("SEM-DONO"), "ativo")
    vistos = {p.nome.split()[0]: conta(p).clientes for p in (ana, bruno, carla, davi, lia)}
    assert vistos == {"Ana": 1, "Bruno": 1, "Carla": 1, "Davi": 3, "Lia": 3}


@pytest.mark.parametrize("dimensao", DIMENSOES)
def test_os_grupos_de_toda_dimensao_somam_a_carteira(
    dimensao: str, davi: Any, ana: Any, carla: Any, novo_cliente: Any
) -> None:
    campos = [
        {"vendedor": ana, "uf": "SC", "segmento": "Agro", "municipio_id": 4205407},
        {"vendedor": ana, "uf": "SC", "segmento": "Tintas", "municipio_id": 4205407},
        {"vendedor": carla, "uf": "PR", "segmento": "Agro"},
        {},
    ]
    for n, (linha, status) in enumerate(
        zip(campos, ("ativo", "quase_inativo", "inativo", "prospect"), strict=True)
    ):
        situar(novo_cliente(f"C{n}", **linha), status, f"{n + 1}.11", curva_abc="A" if n < 2 else "")
    clientes = linhas(davi, Recorte())
    total = somar(agrupar(clientes, DIMENSOES[dimensao]))
    inteira = por_situacao(clientes)
    for status in ("ativo", "quase_inativo", "inativo", "prospect"):
        assert total.fatia(status).clientes == inteira.fatia(status).clientes
        assert total.fatia(status).valor == inteira.fatia(status).valor


def test_municipio_tem_uf_no_nome_e_quem_nao_tem_fica_num_grupo_so(davi: Any, novo_cliente: Any) -> None:
    situar(novo_cliente("F", municipio_id=4205407), "ativo")
    situar(novo_cliente("S1", cidade="Vila Nova"), "ativo")
    situar(novo_cliente("S2"), "ativo")
    grupos = ordenar(agrupar(linhas(davi, Recorte()), DIMENSOES["municipio"]), "nome")
    assert [(g.chave, g.rotulo, g.clientes) for g in grupos] == [
        ("4205407", "Florianópolis/SC", 1),
        ("0", "Município não reconhecido", 2),
    ]


def test_filtros_combinam_e_zero_quer_dizer_sem(davi: Any, ana: Any, novo_cliente: Any) -> None:
    situar(novo_cliente("1", vendedor=ana, uf="SC"), "ativo", curva_abc="A")
    situar(novo_cliente("2", vendedor=ana, uf="PR"), "ativo", curva_abc="B")
    situar(novo_cliente("3", uf="SC"), "ativo")
    assert conta(davi, uf=("SC",)).clientes == 2
    assert conta(davi, uf=("SC",), vendedor=(str(ana.pk),)).clientes == 1
    assert conta(davi, vendedor=("0",)).clientes == 1
    assert conta(davi, abc=("A", "0")).clientes == 2


def test_ordem_e_estavel_e_o_empate_vai_pelo_nome(davi: Any, novo_cliente: Any) -> None:
    for codigo, uf, valor in (("1", "SC", "10"), ("2", "PR", "10"), ("3", "RS", "30")):
        situar(novo_cliente(codigo, uf=uf), "quase_inativo", valor)
    grupos = agrupar(linhas(davi, Recorte()), DIMENSOES["uf"])
    assert [g.rotulo for g in ordenar(grupos, "-risco")] == ["RS", "PR", "SC"]
    assert [g.rotulo for g in ordenar(grupos, "nome")] == ["PR", "RS", "SC"]
    assert ordenar(grupos, "inventada") == ordenar(grupos, "-risco")


def test_quantos_quase_inativos_somam_metade_do_risco(davi: Any, novo_cliente: Any) -> None:
    for n, valor in enumerate(("400", "100", "100", "100", "100")):
        situar(novo_cliente(f"Q{n}"), "quase_inativo", valor)
    clientes = linhas(davi, Recorte())
    assert clientes_que_somam_metade(clientes) == 1
    situar(novo_cliente("Q9"), "quase_inativo", "0.02")
    assert clientes_que_somam_metade(clientes) == 2
    assert clientes_que_somam_metade(clientes.none()) == 0


def test_a_conta_nao_cresce_em_consultas(
    davi: Any, ana: Any, novo_cliente: Any, django_assert_num_queries: Any
) -> None:
    for quantos in (5, 50):
        for n in range(quantos):
            situar(novo_cliente(f"{quantos}-{n}", vendedor=ana), "ativo", "1")
        with django_assert_num_queries(2):  # situação; detalhe
            clientes = linhas(davi, Recorte())
            por_situacao(clientes)
            agrupar(clientes, DIMENSOES["vendedor"])
