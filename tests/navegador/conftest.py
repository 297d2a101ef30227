"""Um Chromium de verdade, na largura da mesa e na do telefone, nos dois temas."""

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.signals import request_finished, request_started
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect, sync_playwright

from carteira.local import pacotes
from contas.models import Usuario
from tests.navegador import estaticos
from tests.navegador.exame import (  # noqa: F401
    LARGURAS,
    PACIENCIA,
    fotografar,
    larguras,
    percorrer,
    problemas,
    quieta,
    sem_rolagem_lateral,
    temas,
    violacoes,
)

FALHAS = settings.BASE_DIR / "artefatos" / "falhas"
expect.set_options(timeout=PACIENCIA)
OPCOES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Cada página é um mundo novo, que mal começa já acaba: otimizar o seu código custa mais do que rende.
    "--js-flags=--no-opt --no-maglev",
]


# Quem envia um formulário ou toca um elo já está de partida, e a página velha ainda responde por um instante: o
# que se lhe pedisse nesse instante seria de uma tela que a pessoa já não vê, ou morreria com ela.
DE_PARTIDA = """(() => {
  const partir = () => { window.dePartida = true; };
  const fica = (elo) => !elo || elo.target === '_blank' || elo.hasAttribute('download')
    || !elo.protocol.startsWith('http') || elo.href.split('#')[0] === location.href.split('#')[0];
  addEventListener('submit', (e) => { if (!e.defaultPrevented) partir(); });
  addEventListener('click', (e) => {
    if (!e.defaultPrevented && !fica(e.target.closest && e.target.closest('a[href]'))) partir();
  });
  addEventListener('beforeunload', partir);
  addEventListener('pageshow', () => { window.dePartida = false; });
})()"""


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


@pytest.fixture(scope="session", autouse=True)
def _estaticos_da_memoria() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as remendo:
        remendo.setattr(StaticFilesHandler, "__call__", estaticos.servir(StaticFilesHandler.__call__))
        yield


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


class Reserva:
    """Os contextos que uma história deixou: a seguinte os recebe sem nada dela, menos os estáticos já lidos."""

    def __init__(self, navegador: Browser) -> None:
        self._navegador = navegador
        self._livres: dict[tuple[int, str], list[BrowserContext]] = {}

    def abrir(self, largura: int, tema: str, aparelho: bool, origem: str) -> tuple[BrowserContext, Page]:
        """Um contexto e a primeira aba dele; o do aparelho, com service worker, é sempre novo."""
        livres = self._livres.setdefault((largura, tema), [])
        if aparelho or not livres:
            contexto = _contexto(self._navegador, largura, tema, aparelho)
            return contexto, contexto.new_page()
        contexto = livres.pop()
        aba = contexto.new_page()
        protocolo = contexto.new_cdp_session(aba)
        guardas = "local_storage,indexeddb,cache_storage"
        protocolo.send("Storage.clearDataForOrigin", {"origin": origem, "storageTypes": guardas})
        protocolo.detach()
        return contexto, aba

    def deixar(self, contexto: BrowserContext, largura: int, tema: str, aparelho: bool) -> None:
        if aparelho:
            contexto.close()
            return
        for aba in contexto.pages:
            aba.close()
        contexto.clear_cookies()
        contexto.clear_permissions()
        self._livres[(largura, tema)].append(contexto)


@pytest.fixture(scope="session")
def reserva(navegador: Browser) -> Reserva:
    return Reserva(navegador)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """A história que reprova deixa o retrato das suas abas em `artefatos/falhas/`."""
    relatorio = yield
    aberto = getattr(item, "funcargs", {}).get("navegador")
    if call.when == "call" and relatorio.failed and aberto is not None:
        abas = [aba for contexto in aberto.contexts for aba in contexto.pages]
        for ordem, aba in enumerate(abas, 1):
            with suppress(Error):
                aba.screenshot(path=FALHAS / f"{item.name.replace('/', '-')}-{ordem}.png")
    return relatorio


@pytest.fixture
def pagina(reserva: Reserva, live_server: Any, client: Any) -> Iterator[Callable[..., Page]]:
    """`pagina(pessoa, largura=1440, tema="claro")`: uma aba já autenticada; erro de script reprova o teste.

    Com `aparelho=True` o service worker vale; sem, cada aba não traz a casca inteira para guardar.
    """
    abertos: list[tuple[BrowserContext, int, str, bool]] = []
    erros: list[str] = []

    def _abrir(
        pessoa: Usuario | None = None, *, largura: int = 1440, tema: str = "claro", aparelho: bool = False
    ) -> Page:
        contexto, aba = reserva.abrir(largura, tema, aparelho, live_server.url)
        abertos.append((contexto, largura, tema, aparelho))
        cookies = [{"name": "tema", "value": tema, "url": live_server.url}]
        if pessoa is not None:
            client.force_login(pessoa, backend="django.contrib.auth.backends.ModelBackend")
            sessao = client.cookies[settings.SESSION_COOKIE_NAME].value
            cookies.append({"name": settings.SESSION_COOKIE_NAME, "value": sessao, "url": live_server.url})
        contexto.add_cookies(cookies)  # type: ignore[arg-type]
        aba.on("pageerror", lambda erro: erros.append(str(erro)))
        aba.on("console", lambda m: erros.append(m.text) if "Content Security Policy" in m.text else None)
        return aba

    yield _abrir
    for aberto in abertos:
        reserva.deixar(*aberto)
    PEDIDOS.esperar()
    assert erros == []


# O telefone das histórias sem sinal, atrás de uma rede que se pode derrubar.
from tests.navegador.no_telefone import carteira_da_ana, impaciente, telefone  # noqa: E402, F401
from tests.navegador.rede import rede  # noqa: E402, F401
