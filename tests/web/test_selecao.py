"""Ana marca clientes na lista; a ação em lote alcança esses, e nunca um que ela não vê."""

from typing import Any

import pytest
from django.http import QueryDict

from carteira.ids import id_de, ids_de
from carteira.selecao import Selecao, SelecaoRecusada, texto_da_consulta
from tests.web.carteira_de_teste import indicar

pytestmark = pytest.mark.django_db


@pytest.fixture
def carteiras(ana: Any, carla: Any, novo_cliente: Any, hoje: Any) -> dict[str, Any]:
    donos = {"A1": (ana, "ativo"), "A2": (ana, "inativo"), "C1": (carla, "inativo")}
    feitos = {}
    for codigo, (dona, status) in donos.items():
        feitos[codigo] = novo_cliente(codigo, vendedor=dona)
        indicar(feitos[codigo], hoje, status=status)
    return feitos


def codigos(selecao: Selecao) -> list[str]:
    return sorted(selecao.clientes().values_list("codigo", flat=True))


def test_marcados_so_os_visiveis(ana: Any, carteiras: Any) -> None:
    ids = "&".join(f"cliente={c.pk}" for c in carteiras.values())
    selecao = Selecao.de(QueryDict(f"{ids}&cliente=abc&cliente={'9' * 30}&cliente=-1"), ana)
    assert codigos(selecao) == ["A1", "A2"]
    assert Selecao.de(_dados(selecao), ana) == selecao


def test_todos_do_filtro_so_os_visiveis(ana: Any, carla: Any, carteiras: Any) -> None:
    pedido = "todos=1&consulta=status%3Dinativo%26apos%3Dxyz%26por%3D25"
    selecao = Selecao.de(QueryDict(pedido), ana)
    assert selecao.consulta == "status=inativo"
    assert codigos(selecao) == ["A2"]
    assert codigos(Selecao.de(_dados(selecao), carla)) == ["C1"]


def test_filtro_que_nao_vale_recusa_em_vez_de_alcancar_todos(ana: Any, carteiras: Any) -> None:
    selecao = Selecao.de(QueryDict("todos=1&consulta=status%3Dinventado"), ana)
    with pytest.raises(SelecaoRecusada, match="Situação"):
        selecao.clientes()


def test_sem_campos_nao_ha_ninguem(ana: Any, carteiras: Any) -> None:
    selecao = Selecao.de(QueryDict("consulta=status%3Dinativo"), ana)
    assert not selecao
    assert codigos(selecao) == []


def test_o_texto_guardado_nao_leva_o_que_e_da_pagina() -> None:
    assert texto_da_consulta("?uf=SC&uf=PR&por=100&apos=abc&ordem=-valor") == "uf=SC&uf=PR&ordem=-valor"


def _dados(selecao: Selecao) -> QueryDict:
    dados = QueryDict(mutable=True)
    for nome, valor in selecao.campos():
        dados.appendlist(nome, valor)
    return dados


@pytest.mark.parametrize("texto", ["", "-1", "1.5", "٣", "²", "9" * 19, "9" * 5000])
def test_o_que_nao_e_id_nao_e_nada(texto: str) -> None:
    assert id_de(texto) is None
    assert ids_de(["7", texto, "3"]) == [7, 3]


def test_id_e_empresa_sem_tamanho_nao_derrubam_a_pagina(davi: Any, bruno: Any, entrar: Any) -> None:
    assert entrar(davi).get(f"/carteiras/regras/?empresa={'9' * 5000}").status_code == 404
    assert entrar(bruno).get(f"/roteiros/?equipe={'9' * 5000}").status_code == 404
