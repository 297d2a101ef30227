"""O que uma página leu dos seus parâmetros: se a anotação falhasse, o passeio deixaria de provar um filtro."""

from typing import Any

import pytest

from tests.web.paginas_abertas import TODOS, Aberta, ParametrosAnotados


def anotado(monkeypatch: pytest.MonkeyPatch, ler: Any) -> set[str]:
    parametros = ParametrosAnotados("vendedor=7&pagina=2")
    monkeypatch.setattr(ParametrosAnotados, "lidos", lidos := set())
    ler(parametros)
    return lidos


@pytest.mark.parametrize(
    ("ler", "lidos"),
    [
        (lambda p: p.get("vendedor"), {"vendedor"}),
        (lambda p: p["vendedor"], {"vendedor"}),
        (lambda p: p.getlist("equipe"), {"equipe"}),
        (lambda p: "equipe" in p, {"equipe"}),
        (lambda p: p.copy().get("equipe"), {"equipe"}),
        (lambda p: p.copy().pop("vendedor"), {"vendedor"}),
        (bool, {TODOS}),
        (list, {TODOS}),
        (lambda p: {**p}, {TODOS, "vendedor", "pagina"}),
        (lambda p: list(p.lists()), {TODOS}),
        (lambda p: dict(p.copy().lists()), {TODOS}),
    ],
)
def test_toda_leitura_se_anota(monkeypatch: pytest.MonkeyPatch, ler: Any, lidos: set[str]) -> None:
    assert anotado(monkeypatch, ler) >= lidos


def test_repetir_os_parametros_num_elo_nao_e_le_los(monkeypatch: pytest.MonkeyPatch) -> None:
    def _elo(parametros: ParametrosAnotados) -> None:
        outra = parametros.copy()
        outra["pagina"] = "3"
        assert outra.urlencode() == "vendedor=7&pagina=3"
        assert parametros.urlencode() == "vendedor=7&pagina=2"

    assert anotado(monkeypatch, _elo) == set()


def test_a_pagina_muda_so_com_o_que_leu() -> None:
    pagina = Aberta(200, (), (), frozenset({"vendedor"}))
    assert pagina.muda_com("data=2026-10-31&vendedor=7")
    assert not pagina.muda_com("equipe=7&formato=csv")
    assert Aberta(200, (), (), frozenset({TODOS})).muda_com("equipe=7")
