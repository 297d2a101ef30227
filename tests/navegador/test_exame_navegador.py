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


PLANTAR = """(gesto) => {
  const html = (onde, texto) => document.querySelector(onde).insertAdjacentHTML('beforeend', texto);
  const folha = document.styleSheets[0];
  const regra = (texto) => folha.insertRule(texto, folha.cssRules.length);
  GESTO
}"""
INOCENTES = """
  html('main', '<p class=lido>Leia</p><button class=alvo>a</button><button class=alvo>b</button>');
  html('main', '<nav aria-label=Outra><a href=/>Início</a></nav><button class=so-telefone hidden></button>');
"""
SO_NO_ESTILO = """
  regra('[data-tema=escuro] .lido { color: #333; background: #222 }');
  regra('[data-tema=escuro] .lateral a[title=Agenda] * { color: #333 !important }');
  regra('.barra-baixo { background: #767676 !important }');
  regra('@media (max-width: 820px) { .alvo { all: unset; display: block; height: 9px; width: 9px } }');
  regra('@media (max-width: 820px) { .so-telefone { display: block !important; min-height: 44px; width: 44px } }');
"""
NA_MARCACAO = """
  html('.topo .fim', '<button class=da-moldura></button>');
  html('main', '<img src=/x.png>');
  document.querySelector('nav[aria-label=Outra]').ariaLabel = 'Principal no celular';
  document.title = '';
"""
NO_DIALOGO = """
  html('#ajuda-teclas', '<button class=do-dialogo></button>');
  document.querySelector('#ajuda-teclas').showModal();
"""


def test_o_que_se_planta_numa_pagina_ja_examinada_aparece(
    ana: Usuario, pagina: Any, live_server: Any
) -> None:
    aba = pagina(ana)
    aba.goto(f"{live_server.url}/perfil/")

    def plantado(gesto: str) -> dict[str, set[str]]:
        aba.evaluate(PLANTAR.replace("GESTO", gesto))
        return {
            onde: {" ".join(linha.split()[:2]) for linha in linhas}
            for onde, linhas in problemas(aba, "x").items()
        }

    assert plantado(INOCENTES) == {}
    da_barra = {"color-contrast: .barra-baixo", 'color-contrast: button[data-abrir="menu-celular"]'}
    na_mesa_escura = {"color-contrast: .lido", 'color-contrast: a[title="Agenda"]'}
    pequenos = {"target-size: .alvo:nth-child(4)", "target-size: .alvo:nth-child(5)"}
    so_de_estilo = {
        "x 1440 escuro": na_mesa_escura,
        "x 390 claro": da_barra | pequenos | {"button-name: .so-telefone"},
        "x 390 escuro": da_barra | {"color-contrast: .lido"},
    }
    assert plantado(SO_NO_ESTILO) == so_de_estilo
    nas_duas = {"document-title: html", "image-alt: img", "button-name: .da-moldura"}
    assert plantado(NA_MARCACAO) == so_de_estilo | {
        "x 1440 claro": nas_duas,
        "x 390 claro": so_de_estilo["x 390 claro"] | nas_duas | {"landmark-unique: #conteudo"},
    }
    no_dialogo = {"button-name: .do-dialogo"}
    assert plantado(NO_DIALOGO) == {"x 1440 claro": no_dialogo, "x 390 claro": no_dialogo}


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
