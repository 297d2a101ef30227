"""O apoio das histórias: o exame acha o que só uma largura ou um tema mostra, e nada passa de uma história à outra."""

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from contas.models import Usuario
from tests.navegador.conftest import Reserva, problemas

pytestmark = [pytest.mark.navegador, pytest.mark.django_db(transaction=True)]
PAGINA = """<!DOCTYPE html><html lang="pt-BR"><head><title>Exame</title><style>
  body { background: #fff; color: #000 }
  [data-tema=escuro] p { color: #eee }
  button { display: none; width: 500px }
  @media (max-width: 820px) { button { display: block } }
</style></head><body><main><h1>Exame</h1><p>Some no escuro.</p><button></button></main></body></html>"""
GUARDAR = """async () => {
  localStorage.setItem('a', '1');
  await new Promise((feito) => { indexedDB.open('a').onsuccess = (e) => { e.target.result.close(); feito(); }; });
  await caches.open('a');
}"""
GUARDADO = """async () => [
  localStorage.length, (await indexedDB.databases()).length, (await caches.keys()).length,
]"""


def test_o_exame_acha_o_que_so_o_telefone_ou_so_o_escuro_mostra(pagina: Any) -> None:
    aba = pagina()
    aba.set_content(PAGINA)
    achados = {
        onde: [linha.split(":")[0] for linha in linhas] for onde, linhas in problemas(aba, "x").items()
    }
    assert achados == {
        "x 1440 escuro": ["color-contrast"],
        "x 390 claro": ["button-name"],
        "x 390 escuro": ["color-contrast"],
        "x 390": ["rola para o lado"],
    }
    assert aba.viewport_size["width"] == 1440


def test_a_historia_seguinte_nao_acha_nada_da_anterior(
    pagina: Any, reserva: Reserva, live_server: Any, ana: Usuario
) -> None:
    contexto, aba = reserva.abrir(1440, "claro", False, live_server.url)
    aba.goto(f"{live_server.url}/entrar/")
    aba.evaluate(GUARDAR)
    aba.evaluate("document.cookie = 'a=1'")
    assert aba.evaluate(GUARDADO) == [1, 1, 1]
    reserva.deixar(contexto, 1440, "claro", False)
    outro, aba = reserva.abrir(1440, "claro", False, live_server.url)
    assert outro is contexto
    assert outro.cookies() == []
    aba.goto(f"{live_server.url}/entrar/")
    assert aba.evaluate(GUARDADO) == [0, 0, 0]
    reserva.deixar(outro, 1440, "claro", False)


@time_machine.travel(datetime(2020, 11, 20, tzinfo=UTC), tick=False)
def test_com_o_relogio_parado_ha_anos_a_pagina_seguinte_nao_pede_os_estaticos_de_novo(
    pagina: Any, live_server: Any
) -> None:
    aba = pagina()
    aba.goto(f"{live_server.url}/entrar/")
    aba.goto(f"{live_server.url}/entrar/?de=novo")
    baixados = """() => performance.getEntriesByType('resource')
      .filter((r) => r.name.includes('/static/')).map((r) => r.transferSize)"""
    lidos = aba.evaluate(baixados)
    assert len(lidos) > 5
    assert set(lidos) == {0}
