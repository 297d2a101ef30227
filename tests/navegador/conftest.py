"""Um Chromium de verdade, na largura da mesa e na do telefone, nos dois temas."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.signals import request_finished, request_started
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect, sync_playwright

from carteira.local import pacotes
from contas.models import Usuario

AXE = Path(__file__).with_name("axe.min.js")
# Onde as telas ficam. Quem diz a pasta quer olhá-las de perto: vão inteiras; senão, só o que a janela mostra.
TELAS_EM = os.environ.get("ARTEFATOS")
ARTEFATOS = Path(TELAS_EM or settings.BASE_DIR / "artefatos")
LARGURAS = {1440: 900, 1000: 800, 390: 844}
TEMAS = ("claro", "escuro")
# Quanto se espera por algo que tem de acontecer: numa máquina ocupada demora, e esperar não afrouxa a asserção.
PACIENCIA = 30_000
expect.set_options(timeout=PACIENCIA)
OPCOES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


# Quem envia um formulário ou toca um elo já está de partida, e a página velha ainda responde por um instante: o
# que se lhe pedisse nesse instante seria de uma tela que a pessoa já não vê, ou morreria com ela.
DE_PARTIDA = """(() => {
  const partir = () => { window.dePartida = true; };
  const fica = (elo) => !elo || elo.target === '_blank' || elo.hasAttribute('download')
    || elo.href.split('#')[0] === location.href.split('#')[0];
  addEventListener('submit', (e) => { if (!e.defaultPrevented) partir(); });
  addEventListener('click', (e) => {
    if (!e.defaultPrevented && !fica(e.target.closest && e.target.closest('a[href]'))) partir();
  });
  addEventListener('beforeunload', partir);
  addEventListener('pageshow', () => { window.dePartida = false; });
})()"""
CHEGADA = 5  # segundos; um arquivo que se baixa também parte, e nunca chega


class _EmCurso:
    """Os pedidos que o servidor do teste ainda responde: o de uma aba já fechada cruzaria com a limpeza do banco."""

    PRAZO = 3  # segundos

    def __init__(self) -> None:
        self._quantos, self._mudou = 0, threading.Condition()
        request_started.connect(self._comecou, weak=False)
        request_finished.connect(self._terminou, weak=False)

    def _comecou(self, **_: Any) -> None:
        with self._mudou:
            self._quantos += 1

    def _terminou(self, **_: Any) -> None:
        with self._mudou:
            self._quantos = max(self._quantos - 1, 0)
            self._mudou.notify_all()

    def esperar(self) -> None:
        with self._mudou:
            if not self._mudou.wait_for(lambda: self._quantos == 0, self.PRAZO):
                self._quantos = 0


PEDIDOS = _EmCurso()


@pytest.fixture(scope="session")
def navegador() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        aberto = playwright.chromium.launch(executable_path=pacotes.navegador(), args=OPCOES)
        yield aberto
        aberto.close()


def _contexto(navegador: Browser, largura: int, tema: str, aparelho: bool) -> BrowserContext:
    contexto = navegador.new_context(
        viewport={"width": largura, "height": LARGURAS[largura]},
        color_scheme="dark" if tema == "escuro" else "light",
        has_touch=largura < 821,
        locale="pt-BR",
        timezone_id="America/Sao_Paulo",
        bypass_csp=False,
        service_workers="allow" if aparelho else "block",
    )
    contexto.set_default_timeout(PACIENCIA)
    contexto.add_init_script(DE_PARTIDA)
    return contexto


@pytest.fixture
def pagina(navegador: Browser, live_server: Any, client: Any) -> Iterator[Callable[..., Page]]:
    """`pagina(pessoa, largura=1440, tema="claro")`: uma aba já autenticada; erro de script reprova o teste.

    Com `aparelho=True` o service worker vale; sem, cada aba não traz a casca inteira para guardar.
    """
    abertos: list[tuple[BrowserContext, list[str]]] = []

    def _abrir(
        pessoa: Usuario | None = None, *, largura: int = 1440, tema: str = "claro", aparelho: bool = False
    ) -> Page:
        contexto = _contexto(navegador, largura, tema, aparelho)
        erros: list[str] = []
        abertos.append((contexto, erros))
        cookies = [{"name": "tema", "value": tema, "url": live_server.url}]
        if pessoa is not None:
            client.force_login(pessoa, backend="django.contrib.auth.backends.ModelBackend")
            sessao = client.cookies[settings.SESSION_COOKIE_NAME].value
            cookies.append({"name": settings.SESSION_COOKIE_NAME, "value": sessao, "url": live_server.url})
        contexto.add_cookies(cookies)  # type: ignore[arg-type]
        aba = contexto.new_page()
        aba.on("pageerror", lambda erro: erros.append(str(erro)))
        aba.on("console", lambda m: erros.append(m.text) if "Content Security Policy" in m.text else None)
        return aba

    yield _abrir
    for contexto, _ in abertos:
        contexto.close()
    PEDIDOS.esperar()
    assert [erro for _, erros in abertos for erro in erros] == []


def fotografar(aba: Page, nome: str) -> Path:
    """Guarda a tela em `artefatos/telas/`, para uma pessoa olhar.

    A janela em JPEG: a página inteira faz o Chromium desenhar tudo de novo, duas vezes, e comprimi-la em PNG
    custava um quinto das histórias. Com `ARTEFATOS=pasta` no ambiente, é inteira e sem perdas; inteira vai também
    a que busca painéis quando se chega a eles: assim todos vêm, e o que se confere a seguir é a página toda.
    """
    destino = ARTEFATOS / "telas" / f"{nome}.{'png' if TELAS_EM else 'jpg'}"
    destino.parent.mkdir(parents=True, exist_ok=True)
    if TELAS_EM:
        aba.screenshot(path=destino, full_page=True)
    else:
        aos_poucos = aba.locator("[hx-trigger*=intersect]").count() > 0
        aba.screenshot(path=destino, type="jpeg", quality=70, full_page=aos_poucos)
    return destino


# Um alvo meio atrás de uma barra fixa não é pequeno: mede-se outra vez no meio da janela.
EXAMINAR = """async (regras) => {
  const examinar = (onde, runOnly) => axe.run(onde, {runOnly, resultTypes: ['violations']});
  const achadas = [];
  for (const regra of (await examinar(document, regras)).violations) {
    for (const no of regra.nodes) {
      if (regra.id === 'target-size') {
        document.querySelector(no.target[0]).scrollIntoView({block: 'center'});
        if (!(await examinar(no.target, ['target-size'])).violations.length) continue;
      }
      achadas.push(`${regra.id}: ${no.target} ${(no.failureSummary || '').slice(0, 200)}`);
    }
  }
  return achadas;
}"""
REGRAS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
REGRAS_DE_COR = ["color-contrast", "link-in-text-block"]


# O fim das transições e aparições, já: no meio de uma, o axe leria cores que ninguém chega a ver. Esperar por
# elas não serve: num navegador sem janela, a que não pede quadro novo (atrás de um diálogo) nunca termina.
TERMINAR_ANIMACOES = """() => {
  for (const animacao of document.getAnimations()) {
    if (animacao.effect.getComputedTiming().endTime !== Infinity) animacao.finish();
  }
}"""


def violacoes(aba: Page) -> list[str]:
    """Roda o axe (A, AA, 2.2 e boas práticas) e devolve uma linha por violação.

    No tema escuro, só as regras de cor: a marcação é a mesma que o claro já mostrou. Espera o que ainda
    chega (um trecho à espera da resposta fica esmaecido de propósito) e termina o que ainda surge: um
    diálogo que se abre passa por cores que ninguém chega a ler.
    """
    quieta(aba)
    aba.evaluate(TERMINAR_ANIMACOES)
    if not aba.evaluate("'axe' in window"):
        aba.evaluate(AXE.read_text())  # avaliado pelo protocolo de depuração: não esbarra na CSP da página
    escuro = aba.evaluate("document.documentElement.dataset.tema === 'escuro'")
    achadas: list[str] = aba.evaluate(EXAMINAR, REGRAS_DE_COR if escuro else REGRAS)
    return achadas


def temas(aba: Page) -> Iterator[str]:
    """A mesma tela em claro e em escuro, sem abri-la de novo: é o que faz o botão do tema."""
    quieta(aba)
    for tema in TEMAS:
        aba.emulate_media(color_scheme="dark" if tema == "escuro" else "light")
        aba.evaluate("(tema) => { document.documentElement.dataset.tema = tema }", tema)
        aba.evaluate(TERMINAR_ANIMACOES)
        yield tema


def quieta(aba: Page) -> None:
    """A tela já se refez depois de um pedido: o que se tocar agora não é trocado debaixo do dedo."""
    expect(aba.locator(".htmx-request")).to_have_count(0)
    prazo = time.monotonic() + CHEGADA
    while _de_partida(aba) and time.monotonic() < prazo:
        aba.wait_for_timeout(20)
    aba.wait_for_load_state()
    expect(aba.locator(".htmx-request")).to_have_count(0)


def _de_partida(aba: Page) -> bool:
    """Se um toque ainda leva a aba a outra página (perguntar durante a troca é já estar de partida)."""
    try:
        return bool(aba.evaluate("window.dePartida"))
    except Error as erro:
        if "Execution context was destroyed" not in str(erro):
            raise
        return True


def sem_rolagem_lateral(aba: Page) -> bool:
    """A página não passa da largura da janela."""
    return bool(aba.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


# O telefone das histórias sem sinal, atrás de uma rede que se pode derrubar.
from tests.navegador.no_telefone import carteira_da_ana, telefone  # noqa: E402, F401
from tests.navegador.rede import rede  # noqa: E402, F401
