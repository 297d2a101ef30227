"""Um Chromium de verdade, na largura da mesa e na do telefone, nos dois temas."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.signals import request_finished, request_started
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect, sync_playwright

from carteira.local import pacotes
from contas.models import Usuario
from tests.navegador import estaticos
from tests.navegador.estaticos import AXE, CAMINHO_DO_AXE

TELAS_EM = os.environ.get("ARTEFATOS")
ARTEFATOS = Path(TELAS_EM or settings.BASE_DIR / "artefatos")
LARGURAS = {1440: 900, 1000: 800, 390: 844}
TEMAS = ("claro", "escuro")
OLHADAS = {(1440, "claro"), (390, "escuro")}  # o que se guarda de cada tela: dois retratos dizem os quatro
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
    # Cada página é um mundo novo, que mal começa já acaba: otimizar o seu código custa mais do que rende.
    "--js-flags=--no-opt --no-maglev",
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


def fotografar(aba: Page, nome: str) -> None:
    """Guarda a tela em `artefatos/telas/`, para uma pessoa olhar.

    A janela em JPEG: a página inteira faz o Chromium desenhar tudo de novo, duas vezes. Com `ARTEFATOS=pasta` no
    ambiente, é inteira e sem perdas; inteira vai também a que busca painéis quando se chega a eles: assim todos vêm,
    e o que se confere a seguir é a página toda.
    """
    destino = ARTEFATOS / "telas" / f"{nome}.{'png' if TELAS_EM else 'jpg'}"
    destino.parent.mkdir(parents=True, exist_ok=True)
    if TELAS_EM:
        aba.screenshot(path=destino, full_page=True)
    else:
        aos_poucos = aba.locator("[hx-trigger*=intersect]").count() > 0
        aba.screenshot(path=destino, type="jpeg", quality=60, full_page=aos_poucos)
        if aos_poucos:
            quieta(aba)


# O fim das transições e aparições, já: no meio de uma, o axe leria cores que ninguém chega a ver. Esperar por
# elas não serve: num navegador sem janela, a que não pede quadro novo (atrás de um diálogo) nunca termina. A que
# acaba pode começar outra em quem herda a cor: termina-se até não haver nenhuma.
VESTIR = """(tema) => {
  if (tema) document.documentElement.dataset.tema = tema;
  const andando = () => document.getAnimations().filter(
    (a) => a.playState !== 'finished' && a.effect.getComputedTiming().endTime !== Infinity);
  for (let vez = 0, quais = andando(); quais.length && vez < 20; vez++, quais = andando()) {
    quais.forEach((animacao) => animacao.finish());
  }
}"""
# Vai e volta uma vez só: cada pergunta à aba custa mais que muita regra. Um alvo meio atrás de uma barra fixa não é
# pequeno: mede-se outra vez no meio da janela.
EXAMINAR = """async ([tema, parte, regras, deCor]) => {
  (VESTIR)(tema);
  const examinar = (onde, runOnly) => axe.run(onde, {runOnly, resultTypes: ['violations']});
  const quais = document.documentElement.dataset.tema === 'escuro' ? deCor : regras;
  const achadas = [];
  for (const regra of (await examinar(parte || document, quais)).violations) {
    for (const no of regra.nodes) {
      if (regra.id === 'target-size') {
        document.querySelector(no.target[0]).scrollIntoView({block: 'center'});
        if (!(await examinar(no.target, ['target-size'])).violations.length) continue;
      }
      achadas.push(`${regra.id}: ${no.target} ${(no.failureSummary || '').slice(0, 200)}`);
    }
  }
  return achadas;
}""".replace("VESTIR", VESTIR)
REGRAS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
REGRAS_DE_COR = ["color-contrast", "link-in-text-block"]

# O axe vem como script da casa, já compilado da outra vez; onde isso não se pode (um e-mail solto, um aparelho sem
# rede), vai pelo protocolo de depuração, que não esbarra na CSP.
TRAZER_O_AXE = """async (caminho) => {
  if ('axe' in window) return true;
  if (!location.origin.startsWith('http') || navigator.serviceWorker?.controller) return false;
  const script = Object.assign(document.createElement('script'), {src: caminho});
  await new Promise((veio) => { script.onload = script.onerror = veio; document.head.append(script); });
  script.remove();
  return 'axe' in window;
}"""


def violacoes(aba: Page, parte: str | None = None) -> list[str]:
    """Roda o axe (A, AA, 2.2 e boas práticas) e devolve uma linha por violação.

    No tema escuro, só as regras de cor: a marcação é a mesma que o claro já mostrou. Espera o que ainda
    chega (um trecho à espera da resposta fica esmaecido de propósito) e termina o que ainda surge: um
    diálogo que se abre passa por cores que ninguém chega a ler. `parte` é um seletor; sem ele, a página toda.
    """
    quieta(aba)
    _trazer_o_axe(aba)
    return _examinar(aba, None, parte)


def _trazer_o_axe(aba: Page) -> None:
    if not aba.evaluate(TRAZER_O_AXE, CAMINHO_DO_AXE):
        aba.evaluate(AXE.read_text())


def _examinar(aba: Page, tema: str | None, parte: str | None) -> list[str]:
    achadas: list[str] = aba.evaluate(EXAMINAR, [tema, parte, REGRAS, REGRAS_DE_COR])
    return achadas


TEMA_NA_PAGINA = "'tema' in document.documentElement.dataset"  # num e-mail, só o leitor diz o tema


def temas(aba: Page) -> Iterator[str]:
    """A mesma tela em claro e em escuro, sem abri-la de novo: é o que faz o botão do tema."""
    quieta(aba)
    do_sistema = not aba.evaluate(TEMA_NA_PAGINA)
    for tema in TEMAS:
        if do_sistema:
            _no_sistema(aba, tema)
        aba.evaluate(VESTIR, tema)
        yield tema


def _no_sistema(aba: Page, tema: str) -> None:
    aba.emulate_media(color_scheme="dark" if tema == "escuro" else "light")


MEDIDA_NOVA = """(largura) => new Promise((seguir) => {
  const quadro = (depois) => requestAnimationFrame(depois);
  const medir = () => (innerWidth === largura ? quadro(() => quadro(seguir)) : setTimeout(medir, 10));
  medir();
})"""


def larguras(aba: Page, quais: tuple[int, ...] = (1440, 390), *, volta: bool = True) -> Iterator[int]:
    """A mesma tela na mesa e no telefone, sem abri-la de novo: o servidor não sabe da largura, e a página a segue.

    Serve ao que só se olha; a história que toca a tela abre o telefone de verdade. A aba acaba como começou, se
    `volta`.
    """
    for largura in quais:
        quieta(aba)
        _medir(aba, largura)
        yield largura
    if volta:
        _medir(aba, quais[0])


def _medir(aba: Page, largura: int) -> None:
    if aba.viewport_size != (medida := {"width": largura, "height": LARGURAS[largura]}):
        aba.set_viewport_size(medida)  # type: ignore[arg-type]
        aba.evaluate(MEDIDA_NOVA, largura)  # o que a página ajusta ao mudar de medida já está ajustado


def problemas(
    aba: Page,
    nome: str,
    parte: str | None = None,
    *,
    quais: tuple[int, ...] = (1440, 390),
    volta: bool = True,
) -> dict[str, list[str]]:
    """O que o axe acha, e o que passa da largura, em cada largura e tema da tela que está na aba."""
    achados = {}
    quieta(aba)
    do_sistema = not aba.evaluate(TEMA_NA_PAGINA)
    _trazer_o_axe(aba)
    for largura in larguras(aba, quais, volta=volta):
        for tema in TEMAS:
            quieta(aba)
            if do_sistema:
                _no_sistema(aba, tema)
            if TELAS_EM or (largura, tema) in OLHADAS:
                aba.evaluate(VESTIR, tema)
                fotografar(aba, f"{nome}-{largura}-{tema}")
            achados[f"{nome} {largura} {tema}"] = _examinar(aba, tema, parte)
        achados[f"{nome} {largura}"] = [] if sem_rolagem_lateral(aba) else ["rola para o lado"]
    return {onde: linhas for onde, linhas in achados.items() if linhas}


QUIETA = """() => document.readyState === 'complete' && !window.dePartida
  && !document.querySelector('.htmx-request')"""


def quieta(aba: Page) -> None:
    """A tela já se refez depois de um pedido: o que se tocar agora não é trocado debaixo do dedo."""
    if _responde(aba, QUIETA, durante_a_troca=False):
        return
    expect(aba.locator(".htmx-request")).to_have_count(0)
    prazo = time.monotonic() + CHEGADA
    while _de_partida(aba) and time.monotonic() < prazo:
        aba.wait_for_timeout(20)
    aba.wait_for_load_state()
    expect(aba.locator(".htmx-request")).to_have_count(0)


def _de_partida(aba: Page) -> bool:
    """Se um toque ainda leva a aba a outra página (perguntar durante a troca é já estar de partida)."""
    return _responde(aba, "window.dePartida", durante_a_troca=True)


def _responde(aba: Page, pergunta: str, *, durante_a_troca: bool) -> bool:
    try:
        return bool(aba.evaluate(pergunta))
    except Error as erro:
        if "Execution context was destroyed" not in str(erro):
            raise
        return durante_a_troca


def sem_rolagem_lateral(aba: Page) -> bool:
    """A página não passa da largura da janela."""
    return bool(aba.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


# O telefone das histórias sem sinal, atrás de uma rede que se pode derrubar.
from tests.navegador.no_telefone import carteira_da_ana, impaciente, telefone  # noqa: E402, F401
from tests.navegador.rede import rede  # noqa: E402, F401
