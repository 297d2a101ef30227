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
  const estilo = (texto) => {
    const nova = new CSSStyleSheet();
    nova.replaceSync(texto);
    document.adoptedStyleSheets.push(nova);
  };
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


TEXTOS = """
  estilo(`.prova { color: #1b1b18; background: #fff; position: relative; z-index: 0 } .prova * { background: none }
    .prova .foge { color: #ddd } .prova .tapado { position: relative } .prova .escura { background: #1b1b18 }
    .prova .escura { width: 300px } .prova .grande { font-size: 30px; color: #8a8a8a }
    .prova .desligada { color: #ccc } .prova .elo { color: #3f3f3c; text-decoration: underline }`);
  html('main', `<div class=prova><p class=esmaece>Um</p></div>
    <div class=prova><p class=tapado>Dois</p><div class=tampa></div></div>
    <div class=prova><div class=escura><span class=foge>Três</span></div></div>
    <div class=prova><p class=grande>Quatro</p></div>
    <div class=prova><button class=desligada disabled>Cinco</button></div>
    <div class=prova><p>Seis <a class=elo href=/>sete</a> oito</p></div>
    <div class=prova><div class=enfeitado><p class=nove>Nove</p></div></div>`);
"""
# Cada um muda só o que está por trás, por cima ou à volta de um texto já julgado: a letra dele é a mesma.
O_QUE_O_RODEIA = {
    "esmaece": "[data-tema=escuro] .prova .esmaece { opacity: .3 }",
    "tapado": """@media (max-width: 820px) {
        .prova .tampa { background: #222; height: 90px; margin-top: -60px } }""",
    "foge": "@media (max-width: 820px) { .prova .foge { margin-left: 305px } }",
    "grande": ".prova .grande { font-size: 14px }",
    "elo": ".prova .elo { text-decoration: none }",
    "nove": "[data-tema=escuro] .prova .enfeitado { background: #444 }",
}
LIGAR = "document.querySelector('.desligada').disabled = false;"
ONDE = {
    "esmaece": ("1440 escuro", "390 escuro"),
    "tapado": ("390 claro", "390 escuro"),
    "foge": ("390 claro", "390 escuro"),
    "nove": ("1440 escuro", "390 escuro"),
}


def test_um_texto_ja_julgado_aparece_se_muda_o_que_o_rodeia(
    ana: Usuario, pagina: Any, live_server: Any
) -> None:
    aba = pagina(ana)
    aba.goto(f"{live_server.url}/perfil/")
    aba.evaluate(PLANTAR.replace("GESTO", TEXTOS))
    assert problemas(aba, "x") == {}
    aba.evaluate(PLANTAR.replace("GESTO", f"estilo(`{' '.join(O_QUE_O_RODEIA.values())}`); {LIGAR}"))
    achados = problemas(aba, "x")
    todas = ("1440 claro", "1440 escuro", "390 claro", "390 escuro")
    achadas_em = {
        nome: tuple(
            onde for onde in todas if any(f".{nome}" in linha for linha in achados.get(f"x {onde}", []))
        )
        for nome in (*O_QUE_O_RODEIA, "desligada")
    }
    assert achadas_em == {nome: ONDE.get(nome, todas) for nome in achadas_em}


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
