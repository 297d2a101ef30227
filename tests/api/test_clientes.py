"""Clientes pela API: os filtros da página, o que cada um pode ver deles, e as regras em vigor."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from atividade.limiares import configurar
from atividade.models import Indicadores, Status
from atividade.regras import Periodo
from carteira.filters import FiltroDeClientes
from clientes.models import RestricaoDeCredito, ScoreDeCredito, Segmento
from contas.models import Empresa
from tests.conftest import HOJE
from tests.web.carteira_de_teste import indicar

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
CLIENTES = "/api/v1/clientes/"
CNPJ = "09588906000143"


@pytest.fixture
def carteira(ana: Any, empresa: Empresa, novo_cliente: Any) -> dict[str, Any]:
    """Três da Ana: ativa em SC, em risco no PR, e uma encerrada que só se vê pedindo."""
    Empresa.objects.filter(pk=empresa.pk).update(referencia=HOJE)
    comum = {"vendedor": ana, "documento": CNPJ, "documento_valido": True}
    ativa = novo_cliente("A1", razao_social="Açougue São José", uf="SC", **comum)
    em_risco = novo_cliente(
        "A2", razao_social="Bazar", uf="PR", telefone="+554733820000", email="bazar@x.test", **comum
    )
    fechada = novo_cliente("A3", razao_social="Casa", uf="PR", encerrado_em=HOJE, **comum)
    indicar(ativa, HOJE - timedelta(days=5), status=Status.ATIVO, valor_12m=Decimal("10.50"))
    indicar(em_risco, HOJE - timedelta(days=70), status=Status.QUASE_INATIVO, valor_12m=Decimal(99))
    indicar(fechada, HOJE - timedelta(days=70), status=Status.INATIVO)
    return {"ativa": ativa, "em_risco": em_risco, "fechada": fechada}


def codigos(resposta: Any) -> list[str]:
    assert resposta.status_code == 200, resposta.content
    return [c["codigo"] for c in resposta.json()["resultados"]]


@pytest.mark.parametrize(
    ("filtro", "esperados"),
    [
        ("", ["A1", "A2"]),
        ("ocultos=true", ["A1", "A2", "A3"]),
        ("uf=SC&uf=PR&ordem=-valor", ["A2", "A1"]),
        ("status=quase_inativo", ["A2"]),
        ("q=sao jose", ["A1"]),
        ("e=valor_12m.max.50", ["A1"]),
        ("sem_comprar=30", ["A2"]),
        ("vendedor=999999", []),
    ],
)
def test_os_filtros_sao_os_da_pagina(
    filtro: str, esperados: list[str], carteira: Any, ana: Any, token: Any
) -> None:
    assert codigos(token(ana).get(f"{CLIENTES}?{filtro}")) == esperados


def test_condicao_que_nao_se_entende_e_400_com_o_que_ela_tem_de_errado(
    carteira: Any, ana: Any, token: Any
) -> None:
    resposta = token(ana).get(f"{CLIENTES}?e=valr_12m.max.50")
    assert resposta.status_code == 400
    assert "não é um campo" in resposta.json()["erros"]["e"][0]
    assert token(ana).get(f"{CLIENTES}?bloqueado=talvez").status_code == 400


def test_todo_filtro_da_pagina_existe_na_api() -> None:
    from carteira.api.clientes import FiltroDaApi

    assert set(FiltroDaApi.base_filters) == set(FiltroDeClientes.base_filters)


def test_a_linha_diz_o_que_a_pagina_diz_e_o_objeto_diz_por_que(carteira: Any, ana: Any, token: Any) -> None:
    chamador = token(ana, "ler")
    (linha,) = chamador.get(f"{CLIENTES}?status=quase_inativo").json()["resultados"]
    assert (linha["recencia_dias"], linha["ciclo_dias"], linha["valor_12m"]) == (70, "30.0000", "99.00")
    assert (linha["documento"], linha["vendedor"]["nome"], linha["referencia"]) == (
        "**.588.906/****-**", "Ana Souza", "2026-11-20",
    )  # fmt: skip
    inteiro = chamador.get(f"{CLIENTES}{linha['id']}/").json()
    assert inteiro["documento"] == CNPJ
    assert inteiro["por_que"].startswith("Quase inativo desde 10/11/2026; sem compra, inativo em 09/01/2027.")
    assert {k: v for k, v in inteiro.items() if k in linha and k != "documento"} == {
        k: v for k, v in linha.items() if k != "documento"
    }


def test_quem_pediu_para_nao_ser_procurado_nao_tem_o_dado_do_canal(
    carteira: Any, ana: Any, token: Any
) -> None:
    cliente = carteira["em_risco"]
    cliente.pessoas.create(nome="Maria", telefone="+5547999990000", email="m@x.test", nao_contatar=["email"])
    url, chamador = f"{CLIENTES}{cliente.pk}/", token(ana)

    def ditos() -> tuple[str, ...]:
        dito = chamador.get(url).json()
        (maria,) = dito["pessoas"]
        return dito["telefone"], dito["email"], maria["telefone"], maria["email"]

    assert ditos() == ("+554733820000", "bazar@x.test", "+5547999990000", "")
    cliente.nao_contatar = ["ligacao", "whatsapp", "email"]
    cliente.save()
    assert ditos() == ("", "", "", "")


def test_score_e_restricoes_so_para_quem_os_ve(carteira: Any, ana: Any, bruno: Any, token: Any) -> None:
    cliente = carteira["em_risco"]
    comum = {"empresa": cliente.empresa, "cliente": cliente, "fonte": "Serasa", "em": HOJE}
    ScoreDeCredito.objects.create(**comum, valor=612)
    RestricaoDeCredito.objects.create(**comum, tipo="protesto", valor=10)
    url = f"{CLIENTES}{cliente.pk}/"
    assert token(ana).get(url).json()["credito"] is None
    assert token(bruno).get(url).json()["credito"] == {
        "score": 612, "score_em": "2026-11-20", "restricoes_abertas": 1,
    }  # fmt: skip


def test_a_composicao_e_a_da_pagina(carteira: Any, bruno: Any, token: Any) -> None:
    dita = token(bruno).get("/api/v1/composicao/?agrupar=uf").json()
    assert (dita["data"], dita["total"]["clientes"], dita["total"]["valor_12m"]) == (
        "2026-11-20",
        2,
        "109.50",
    )
    por_uf = {g["rotulo"]: {s["status"]: s["clientes_pct"] for s in g["situacoes"]} for g in dita["grupos"]}
    assert por_uf == {
        "PR": {"ativo": "0.00", "quase_inativo": "100.00", "inativo": "0.00"},
        "SC": {"ativo": "100.00", "quase_inativo": "0.00", "inativo": "0.00"},
    }
    assert token(bruno).get("/api/v1/composicao/?uf=XX").json()["erros"] == {
        "uf": ["Este valor não se entende."]
    }


def test_a_fila_do_dia_diz_o_porque(carteira: Any, ana: Any, token: Any) -> None:
    dita = token(ana).get("/api/v1/prioridades/").json()
    (primeiro,) = [i for i in dita["resultados"] if i["cliente"]["codigo"] == "A2"]
    assert "Compra a cada 30 dias, está há 70" in primeiro["por_que"]
    assert (dita["dia"], dita["pessoa"]["nome"]) == ("2026-11-20", "Ana Souza")


def test_os_limites_dizem_a_regra_de_cada_nivel(empresa: Empresa, davi: Any, ana: Any, token: Any) -> None:
    moda = Segmento.objects.create(empresa=empresa, nome="Moda")
    Segmento.objects.create(empresa=empresa, nome="Sem regra")
    desde, seis, dois = date(2026, 1, 1), Periodo(6, "m"), Periodo(2, "m")
    configurar(empresa=None, periodo=seis, antecedencia=dois, vigente_desde=desde, por=davi)
    configurar(
        empresa=empresa,
        segmento=moda,
        periodo=Periodo(18, "m"),
        antecedencia=seis,
        vigente_desde=desde,
        por=davi,
    )
    (dita,) = token(ana).get("/api/v1/limites/").json()["resultados"]
    assert (dita["regra"]["origem"], dita["regra"]["periodo"], dita["regra"]["antecedencia"]) == (
        "regra da instalação", "6m", "2m",
    )  # fmt: skip
    assert [(s["segmento"], s["periodo"]) for s in dita["segmentos"]] == [("Moda", "18m")]
    assert dita["parametros"]["dias_novidade"] == 90
    assert Indicadores.objects.count() == 0
