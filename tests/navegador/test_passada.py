"""A passada: cada página que nenhuma história examina, aberta por quem a usa, nas duas larguras e nos dois temas."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.navegador import paginas_examinadas as paginas
from tests.navegador.conftest import AXE, LARGURAS, REGRAS, REGRAS_DE_COR, sem_rolagem_lateral, temas
from tests.web.cenario_do_passeio import Cenario, criar_cenario
from tests.web.decisoes import DECISOES, endereco

pytestmark = [pytest.mark.navegador, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("hoje")]
# A moldura (cabeçalho, menu, rodapé) é a de todas, e as histórias já a examinam inteira.
NO_MIOLO = """async (regras) => {
  const {violations} = await axe.run('main', {runOnly: regras, resultTypes: ['violations'], preload: false});
  return violations.flatMap((v) => v.nodes.map((no) => `${v.id}: ${no.target} ${no.failureSummary.slice(0, 200)}`));
}"""


@pytest.fixture
def cenario(monkeypatch: pytest.MonkeyPatch) -> Cenario:
    monkeypatch.setattr("carteira.tasks.tocar", lambda *a: None)
    return criar_cenario()


@pytest.mark.parametrize("parte", [0, 1])
@pytest.mark.parametrize("nome", paginas.NA_PASSADA)
def test_a_pagina_que_nenhuma_historia_abre_se_le_em_toda_largura_e_tema(
    nome: str, parte: int, cenario: Cenario, pagina: Any, live_server: Any
) -> None:
    aba = pagina(cenario.pessoa(nome))
    aba.emulate_media(reduced_motion="reduce")  # sem passagens: a cor que se lê é a que fica
    achadas: dict[str, list[str]] = {}
    for rota in paginas.NA_PASSADA[nome][parte::2]:
        resposta = aba.goto(live_server.url + endereco(rota, cenario.proprios[nome]))
        assert resposta.status == 200, (rota, resposta.status)
        achadas |= {f"{rota} {onde}": ditas for onde, ditas in _olhar(aba) if ditas}
    assert achadas == {}


def _olhar(aba: Page) -> Any:
    aba.evaluate(AXE.read_text())
    for largura, altura in LARGURAS.items():
        if largura == 1000:
            continue
        aba.set_viewport_size({"width": largura, "height": altura})
        for tema in temas(aba):
            yield f"{largura} {tema}", aba.evaluate(NO_MIOLO, REGRAS if tema == "claro" else REGRAS_DE_COR)
        if not sem_rolagem_lateral(aba):
            yield f"{largura}", ["passa da largura"]
    aba.set_viewport_size({"width": 1440, "height": LARGURAS[1440]})


def test_toda_historia_citada_examina_e_nenhuma_rota_se_repete() -> None:
    pasta = Path(__file__).parent
    for arquivo in paginas.EM_HISTORIAS:
        assert "violacoes(" in (pasta / f"test_{arquivo}.py").read_text(), arquivo
    todas = [r for rotas in (*paginas.EM_HISTORIAS.values(), *paginas.NA_PASSADA.values()) for r in rotas]
    assert len(todas) == len(set(todas))
    assert set(todas) <= set(DECISOES)
