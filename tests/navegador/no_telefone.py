"""Apoio das histórias do telefone: a carteira da Ana, a aba atrás da rede que cai, e os toques que se repetem."""

import shutil
import time
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import Page, expect

from atividade.models import Status
from clientes.models import Agendamento
from contas.models import Empresa
from tests.conftest import SENHA
from tests.navegador.rede import Rede
from tests.web.carteira_de_teste import indicar

PACIENCIA = 30_000
AURORA, BAZAR = "Ferragens Aurora", "Bazar Krüger"
GUARDADO = """async () => {
  const bancos = (await indexedDB.databases()).map((b) => b.name);
  return {bancos, caches: await caches.keys(), registros: (await navigator.serviceWorker.getRegistrations()).length};
}"""


@pytest.fixture
def carteira_da_ana(ana: Any, novo_cliente: Any) -> dict[str, Any]:
    """Aurora combinada para hoje, Bazar na hora de comprar."""
    hoje = timezone.localdate()
    Empresa.objects.update(referencia=hoje, pedidos_ate=hoje)
    clientes = {}
    for n, nome in enumerate((AURORA, BAZAR)):
        cliente = novo_cliente(
            f"C{n}", vendedor=ana, razao_social=nome, cidade="Timbó", uf="SC", telefone=f"+554799922019{n}",
            compras=[(hoje - timedelta(days=40 + 30 * k), "1500.40") for k in range(4)],
        )  # fmt: skip
        indicar(cliente, hoje - timedelta(days=40), status=Status.ATIVO, valor_12m=Decimal(6000))
        clientes[nome] = cliente
    Agendamento.objects.create(cliente=clientes[AURORA], responsavel=ana, criado_por=ana, em=hoje)
    return clientes


# Quem não chegou espera 4 s, e o dobro a cada vez, até tentar de novo: o relógio que conta essa espera corre depressa.
# Os prazos do que está a caminho ficam como são.
ESPERA_CURTA = """(() => {
  const marcar = window.setTimeout;
  const esperas = [4000, 8000, 16000, 32000];
  window.setTimeout = (gesto, ms, ...resto) => marcar(gesto, esperas.includes(ms) ? ms / 8 : ms, ...resto);
})()"""


# O prazo de quem espera a rede que não responde, vinte vezes menor: o que se prova é o que vem depois dele.
PRAZOS_CURTOS = """(() => {
  const curto = (ms) => ([5000, 15000, 20000].includes(ms) ? ms / 20 : ms);
  const daPagina = Object.getOwnPropertyDescriptor(XMLHttpRequest.prototype, 'timeout');
  Object.defineProperty(XMLHttpRequest.prototype, 'timeout', {
    ...daPagina, set(ms) { daPagina.set.call(this, curto(ms)); },
  });
  const esgotar = AbortSignal.timeout.bind(AbortSignal);
  AbortSignal.timeout = (ms) => esgotar(curto(ms));
})()"""


@pytest.fixture
def impaciente(monkeypatch: Any, tmp_path: Path) -> None:
    """O service worker deste teste mostra o guardado depois de um segundo de rede ruim, e não de quatro."""
    copia = tmp_path / "static"
    shutil.copytree(Path(settings.BASE_DIR) / "static", copia)
    script = copia / "js" / "sw.js"
    texto = script.read_text()
    assert "const PRAZO = 4000;" in texto
    script.write_text(texto.replace("const PRAZO = 4000;", "const PRAZO = 1000;"))
    monkeypatch.setattr("carteira.aparelhos._ESTATICOS", copia)


@pytest.fixture
def telefone(pagina: Any, rede: Rede) -> Callable[..., Page]:
    """`telefone(pessoa)`: uma aba de 390 px atrás da rede, já em Hoje e com o dia guardado."""

    def _abrir(pessoa: Any, **opcoes: Any) -> Page:
        aba: Page = pagina(pessoa, largura=390, aparelho=True, **opcoes)
        aba.context.add_init_script(ESPERA_CURTA)
        aba.goto(f"{rede.url}/hoje/")
        pronto(aba)
        return aba

    return _abrir


def pronto(aba: Page) -> None:
    """O service worker manda na página e o dia está guardado."""
    aba.evaluate("navigator.serviceWorker.ready.then(() => null)")
    aba.wait_for_function("() => !!navigator.serviceWorker.controller")
    aba.evaluate("async () => { await fetch('/hoje/'); }")
    ate(aba, "async () => !!(await caches.match('/hoje/'))")


def ate(aba: Page, condicao: str, arg: Any = None) -> None:
    """Espera por uma condição assíncrona do navegador."""
    prazo = time.monotonic() + PACIENCIA / 1000
    while not aba.evaluate(condicao, arg):
        assert time.monotonic() < prazo, condicao
        aba.wait_for_timeout(100)


def guardado(aba: Page, comeco: str = "") -> dict[str, Any]:
    """O que há no aparelho: bancos, caches (os que começam assim) e service workers."""
    tudo: dict[str, Any] = aba.evaluate(GUARDADO)
    return tudo | {"caches": [nome for nome in tudo["caches"] if nome.startswith(comeco)]}


def registrar(aba: Page, nome: str, resultado: str, texto: str) -> None:
    """Só toques, da lista ao Salvar."""
    aba.locator(f"#dia [data-nome='{nome}'] [data-registrar]").tap()
    dialogo = aba.locator("#dialogo")
    dialogo.get_by_text(resultado, exact=True).tap()
    dialogo.get_by_label("O que ficou combinado").fill(texto)
    dialogo.get_by_role("button", name="Salvar contato").tap()
    expect(dialogo).to_be_hidden()


def cair(aba: Page, rede: Rede) -> None:
    rede.no_ar = False
    aba.context.set_offline(True)


def voltar(aba: Page, rede: Rede) -> None:
    rede.no_ar = True
    aba.context.set_offline(False)


def faixa(aba: Page) -> Any:
    return aba.get_by_role("region", name="Contatos guardados no aparelho")


def entrar_como(aba: Page, rede: Rede, pessoa: Any) -> None:
    aba.goto(f"{rede.url}/entrar/?next=/hoje/")
    aba.fill("[name=username]", pessoa.email)
    aba.fill("[type=password]", SENHA)
    aba.get_by_role("button", name="Entrar", exact=True).tap()
    aba.wait_for_url(f"{rede.url}/hoje/")
