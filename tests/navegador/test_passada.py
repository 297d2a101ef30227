"""A passada: cada página que nenhuma história examina, aberta por quem a usa, nas duas larguras e nos dois temas."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.navegador import paginas_examinadas as paginas
from tests.navegador.conftest import percorrer
from tests.web.cenario_do_passeio import Cenario, criar_cenario
from tests.web.decisoes import DECISOES, endereco

pytestmark = [pytest.mark.navegador, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("hoje")]
PARTES = 4  # para que nenhum processo da suíte fique com a passada toda no fim


@pytest.fixture
def cenario(monkeypatch: pytest.MonkeyPatch) -> Cenario:
    monkeypatch.setattr("carteira.tasks.tocar", lambda *a: None)
    return criar_cenario()


def _em_nome(rota: str) -> str:
    return re.sub(r"<\w+:(\w+)>", r"\1", rota).strip("/").replace("/", "-")


@pytest.mark.parametrize("parte", range(PARTES))
@pytest.mark.parametrize("nome", paginas.NA_PASSADA)
def test_a_pagina_que_nenhuma_historia_abre_se_le_em_toda_largura_e_tema(
    nome: str, parte: int, cenario: Cenario, pagina: Any, live_server: Any
) -> None:
    aba = pagina(cenario.pessoa(nome))
    aba.emulate_media(reduced_motion="reduce")  # sem passagens: a cor que se lê é a que fica
    rotas = paginas.NA_PASSADA[nome][parte::PARTES]
    telas = {_em_nome(rota): live_server.url + endereco(rota, cenario.proprios[nome]) for rota in rotas}
    assert percorrer(aba, telas) == {}


def test_toda_historia_citada_examina_e_nenhuma_rota_se_repete() -> None:
    pasta = Path(__file__).parent
    for arquivo in paginas.EM_HISTORIAS:
        assert re.search(
            r"\b(violacoes|problemas|percorrer)\(", (pasta / f"test_{arquivo}.py").read_text()
        ), arquivo
    todas = [r for rotas in (*paginas.EM_HISTORIAS.values(), *paginas.NA_PASSADA.values()) for r in rotas]
    assert len(todas) == len(set(todas))
    assert set(todas) <= set(DECISOES)
