"""Quem liga para quem e quem fica no controle: contas puras, repetíveis, e só entre quem vê."""

from clientes.comparacao import Grupo, comparar
from clientes.reparticao import ARepartir, repartir, sortear

ANA, CARLA = 1, 2
SEIS = {n: f"C{n}" for n in range(1, 7)}


def itens(*veem: set[int], ufs: str = "") -> list[ARepartir]:
    lugares = ufs.split() or ["SC"] * len(veem)
    return [
        ARepartir(n, uf, f"Cidade {uf}", frozenset(quem))
        for n, (quem, uf) in enumerate(zip(veem, lugares, strict=True), 1)
    ]


def test_cada_um_com_a_sua_carteira_nao_escreve_ninguem() -> None:
    assert repartir("dono", itens({ANA}, {CARLA}), {ANA: 10}, {}) == {}


def test_partes_iguais_contam_o_que_cada_um_ja_tem_e_so_dao_a_quem_ve() -> None:
    todos = itens(*[{ANA, CARLA}] * 4, {CARLA}, set())
    assert repartir("igual", todos, {ANA: 10, CARLA: 10}, {}) == {
        1: ANA,
        2: CARLA,
        3: ANA,
        4: CARLA,
        5: CARLA,
    }
    assert repartir("igual", todos, {ANA: 10, CARLA: 10}, {ANA: 3}) == {
        1: CARLA,
        2: CARLA,
        3: CARLA,
        4: ANA,
        5: CARLA,
    }


def test_proporcional_a_capacidade() -> None:
    de_quem = repartir("capacidade", itens(*[{ANA, CARLA}] * 6), {ANA: 20, CARLA: 10}, {})
    assert [sum(p == quem for p in de_quem.values()) for quem in (ANA, CARLA)] == [4, 2]


def test_cada_uf_inteira_com_um_a_maior_com_quem_tem_menos() -> None:
    todos = itens(*[{ANA, CARLA}] * 5, ufs="PR SC SC PR SC")
    assert repartir("uf", todos, {ANA: 1, CARLA: 1}, {ANA: 1}) == {
        2: CARLA, 3: CARLA, 5: CARLA, 1: ANA, 4: ANA,
    }  # fmt: skip


def test_na_uf_quem_nao_ve_um_cliente_o_cede_a_outro_que_veja() -> None:
    todos = itens({ANA, CARLA}, {ANA, CARLA}, {CARLA}, set(), ufs="SC SC SC SC")
    assert repartir("municipio", todos, {ANA: 1, CARLA: 1}, {}) == {1: CARLA, 2: CARLA, 3: CARLA}
    assert repartir("municipio", itens({ANA}, {CARLA}), {ANA: 1, CARLA: 1}, {}) == {1: ANA, 2: CARLA}


def test_o_sorteio_e_o_da_semente_e_da_a_proporcao() -> None:
    pedido = {"semente": 42, "pct": 50, "entrando": SEIS, "ja_sorteaveis": 0, "ja_no_controle": 0}
    primeiro = sortear(**pedido)
    assert primeiro == sortear(**pedido | {"entrando": dict(reversed(SEIS.items()))})
    assert len(primeiro) == 3
    assert len({frozenset(sortear(**pedido | {"semente": s})) for s in range(8)}) > 1
    assert sortear(**pedido | {"pct": 0}) == set()


def test_quem_chega_depois_completa_a_proporcao() -> None:
    pedido = {"semente": 42, "pct": 10, "entrando": SEIS}
    assert len(sortear(**pedido, ja_sorteaveis=94, ja_no_controle=9)) == 1
    assert len(sortear(**pedido, ja_sorteaveis=94, ja_no_controle=10)) == 0
    assert len(sortear(semente=1, pct=10, entrando={1: "A"}, ja_sorteaveis=4, ja_no_controle=0)) == 1  # 0,5


def test_intervalo_da_diferenca_e_o_publicado_por_newcombe() -> None:
    """O exemplo do artigo: 56 de 70 contra 48 de 80 dá 20,0 pontos, de 5,24 a 33,39."""
    c = comparar(Grupo(70, 56), Grupo(80, 48))
    assert c is not None
    assert (round(c.diferenca, 2), round(c.de, 2), round(c.ate, 2)) == (20.0, 5.24, 33.39)
    assert (c.pouco, c.conclusiva) == (False, True)


def test_com_pouca_gente_nada_se_conclui() -> None:
    c = comparar(Grupo(29, 29), Grupo(300, 0))
    assert c is not None
    assert (c.pouco, c.conclusiva) == (True, False)
    assert comparar(Grupo(0, 0), Grupo(10, 1)) is None
