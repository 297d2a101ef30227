"""O exame que uma história faz da tela em que está, sem a deixar diferente."""

from playwright.sync_api import Page

from tests.navegador.exame import VESTIR, problemas


def nos_dois_temas(aba: Page, nome: str, largura: int = 1440) -> None:
    """O claro, o escuro e a largura numa ida só à aba; a tela volta ao claro, e o exame seguinte olha a marcação."""
    assert problemas(aba, nome, quais=(largura,), volta=False) == {}
    aba.evaluate(VESTIR, "claro")
