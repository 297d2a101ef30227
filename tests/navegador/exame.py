"""O exame de uma tela: o axe e a largura, em cada largura e tema, com o menor vai e vem entre o teste e a aba.

A moldura (menu, topo, barra de baixo) é a mesma em quase toda página, e são dois terços de cada uma: a que já se
examinou, igual no que está escrito, no que aparece, nas cores e nas medidas, fica fora do exame seguinte. O que a
largura ou o escuro não mudam na marcação também não se pergunta outra vez (`exame.js`), nem as cores de um texto que
já se julgaram assim (`exame_cores.js`).
"""

import os
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

from django.conf import settings
from playwright.sync_api import Error, Page, expect

from tests.navegador.estaticos import CAMINHO_DO_EXAME, EXAME

TELAS_EM = os.environ.get("ARTEFATOS")
ARTEFATOS = Path(TELAS_EM or settings.BASE_DIR / "artefatos")
LARGURAS = {1440: 900, 1000: 800, 390: 844}
TEMAS = ("claro", "escuro")
# De cada tela guarda-se um retrato, ora da mesa, ora do telefone: desenhá-las é um décimo do que as histórias custam.
OLHADAS = ((1440, "claro"), (390, "escuro"))
_MEDIDA_E_TEMA = re.compile(r"(\d+)[-_](claro|escuro)$")
# Quanto se espera por algo que tem de acontecer: numa máquina ocupada demora, e esperar não afrouxa a asserção.
PACIENCIA = 30_000
CHEGADA = 5  # segundos; um arquivo que se baixa também parte, e nunca chega
VISTAS: set[str] = set()  # as partes da moldura e as cores dos textos, como o exame as viu sem nada a dizer

QUIETA = """() => document.readyState === 'complete' && !window.dePartida
  && !document.querySelector('.htmx-request')"""
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
MEDIR = """(largura) => new Promise((seguir) => {
  const quadro = (depois) => requestAnimationFrame(depois);
  const medir = () => (innerWidth === largura ? quadro(() => quadro(seguir)) : setTimeout(medir, 10));
  medir();
})"""
# O exame vem como script da casa, já compilado da outra vez; onde isso não se pode (um e-mail solto, um aparelho
# sem rede), vai pelo protocolo de depuração, que não esbarra na CSP.
EXAMINAR = f"""async ([caminho, pedido, esperou]) => {{
  const agora = esperou ? () => !document.querySelector('.htmx-request') : {QUIETA};
  const quieta = async () => {{
    for (let vez = 0; vez < 25 && !agora(); vez++) await new Promise((seguir) => setTimeout(seguir, 20));
    return agora();
  }};
  if (pedido.largura) await ({MEDIR})(pedido.largura);
  if (!(await quieta())) return 'espera';
  if (!('exame' in window)) {{
    if (!location.origin.startsWith('http') || navigator.serviceWorker?.controller) return 'falta';
    const script = Object.assign(document.createElement('script'), {{src: caminho}});
    await new Promise((veio) => {{ script.onload = script.onerror = veio; document.head.append(script); }});
    script.remove();
    if (!('exame' in window)) return 'falta';
  }}
  return exame(pedido, quieta, {VESTIR});
}}"""


@dataclass
class Exame:
    """O que se achou em cada tema, e se a página cabe na largura."""

    achados: dict[str | None, list[str]]
    cabe: bool


def violacoes(aba: Page, parte: str | None = None) -> list[str]:
    """Roda o axe (A, AA, 2.2 e boas práticas) e devolve uma linha por violação.

    No tema escuro, só as regras de cor: a marcação é a mesma que o claro já mostrou. Espera o que ainda
    chega (um trecho à espera da resposta fica esmaecido de propósito) e termina o que ainda surge: um
    diálogo que se abre passa por cores que ninguém chega a ler. `parte` é um seletor; sem ele, a página toda.
    """
    return _examinar(aba, (None,), parte).achados[None]


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
    for largura in quais:
        nova = _mudar_a_janela(aba, largura)
        exame = _nos_temas(aba, f"{nome}-{largura}", parte, largura if nova else None)
        if not TELAS_EM and (olhada := OLHADAS[crc32(nome.encode()) % 2])[0] == largura:
            aba.evaluate(VESTIR, olhada[1])
            fotografar(aba, f"{nome}-{largura}-{olhada[1]}")
        achados |= {f"{nome} {largura} {tema}": linhas for tema, linhas in exame.achados.items()}
        achados[f"{nome} {largura}"] = [] if exame.cabe else ["rola para o lado"]
    if volta:
        _medir(aba, quais[0])
    return {onde: linhas for onde, linhas in achados.items() if linhas}


def percorrer(aba: Page, telas: dict[str, str]) -> dict[str, list[str]]:
    """Os `problemas` de cada tela (nome: endereço), aberta uma vez só, na largura em que a anterior deixou a aba."""
    achados: dict[str, list[str]] = {}
    ordem = (1440, 390)
    for nome, endereco in telas.items():
        resposta = aba.goto(endereco)
        assert resposta is not None
        assert resposta.status == 200, (nome, endereco, resposta.status)
        achados |= problemas(aba, nome, quais=ordem, volta=False)
        ordem = ordem[::-1]
    return achados


def _nos_temas(aba: Page, nome: str, parte: str | None, largura: int | None) -> Exame:
    """De uma vez só; um a um, quando se guarda o retrato de cada um ou quando o tema é o do sistema."""
    if not TELAS_EM and (exame := _examinar(aba, TEMAS, parte, largura)).achados:
        return exame
    exame = Exame({}, True)
    for tema in TEMAS:
        _no_sistema(aba, tema)  # onde a página diz o seu, este não conta
        if TELAS_EM:
            quieta(aba)
            aba.evaluate(VESTIR, tema)
            fotografar(aba, f"{nome}-{tema}")
        deste = _examinar(aba, (tema,), parte, largura)
        exame = Exame(exame.achados | deste.achados, exame.cabe and deste.cabe)
    return exame


def _examinar(aba: Page, quais: Sequence[str | None], parte: str | None, largura: int | None = None) -> Exame:
    pedido = {"largura": largura, "temas": quais, "parte": parte, "vistas": " ".join(VISTAS)}
    resposta = _perguntar(aba, pedido)
    achados = {}
    for exame in resposta["exames"]:
        achados[exame["tema"]] = exame["achadas"]
        if not exame["achadas"]:
            VISTAS.update(exame["novas"])
    return Exame(achados, resposta.get("cabe", True))


def _perguntar(aba: Page, pedido: dict[str, Any]) -> dict[str, Any]:
    """Pergunta até a tela estar quieta: cada pergunta à aba custa mais que muita regra, e quase sempre é uma só."""
    prazo, esperou = time.monotonic() + PACIENCIA / 1000, False
    while True:
        try:
            resposta = aba.evaluate(EXAMINAR, [CAMINHO_DO_EXAME, pedido, esperou])
        except Error as erro:
            if "Execution context was destroyed" not in str(erro):
                raise
            resposta = "espera"
        if isinstance(resposta, dict):
            return resposta
        assert time.monotonic() < prazo, "a tela não sossegou"
        if resposta == "falta":
            aba.evaluate(EXAME)
        else:
            quieta(aba)
            esperou = True


def fotografar(aba: Page, nome: str) -> None:
    """Guarda a tela em `artefatos/telas/`, para uma pessoa olhar.

    A janela em JPEG: a página inteira faz o Chromium desenhar tudo de novo, duas vezes. Com `ARTEFATOS=pasta` no
    ambiente, é inteira, sem perdas, e em todas as larguras e temas.
    """
    medida = _MEDIDA_E_TEMA.search(nome)
    if not TELAS_EM and medida and (int(medida[1]), medida[2]) not in OLHADAS:
        return
    destino = ARTEFATOS / "telas" / f"{nome}.{'png' if TELAS_EM else 'jpg'}"
    destino.parent.mkdir(parents=True, exist_ok=True)
    if not TELAS_EM:
        aba.screenshot(path=destino, type="jpeg", quality=60)
        return
    aba.screenshot(path=destino, full_page=True)
    quieta(aba)


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
    if _mudar_a_janela(aba, largura):
        aba.evaluate(MEDIR, largura)


def _mudar_a_janela(aba: Page, largura: int) -> bool:
    """Se a janela teve de mudar: falta então esperar que a página se ajuste."""
    if aba.viewport_size == (medida := {"width": largura, "height": LARGURAS[largura]}):
        return False
    aba.set_viewport_size(medida)  # type: ignore[arg-type]
    return True


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
