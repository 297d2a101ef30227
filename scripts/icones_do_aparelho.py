"""Desenha os ícones de instalação a partir da marca: `.venv/bin/python scripts/icones_do_aparelho.py`.

A meia-lua de `static/icones/carteira.svg`, nos tamanhos que a tela inicial pede; a de máscara ocupa o quadro
inteiro, com a lua dentro do círculo que nenhum aparelho corta.
"""

import os
import shutil
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

ICONES = Path(__file__).resolve().parent.parent / "static" / "icones"
CANTO = 'rx="6.5"'


def desenhar(aba: Page, svg: str, lado: int, nome: str) -> None:
    aba.set_viewport_size({"width": lado, "height": lado})
    aba.set_content(
        f"<style>body{{margin:0}}svg{{display:block;width:{lado}px;height:{lado}px}}</style>{svg}"
    )
    destino = ICONES / nome
    aba.screenshot(path=destino, omit_background=True)
    Image.open(destino).quantize(64, dither=Image.Dither.NONE).save(destino, optimize=True)


def main() -> None:
    marca = (ICONES / "carteira.svg").read_text()
    cheia = marca.replace(CANTO, "")
    mascara = cheia.replace('viewBox="0 0 24 24"', 'viewBox="-3 -3 30 30"').replace(
        '<rect width="24" height="24"', '<rect x="-3" y="-3" width="30" height="30"'
    )
    caminho = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        navegador = playwright.chromium.launch(executable_path=caminho, args=["--no-sandbox"])
        aba = navegador.new_page()
        for lado in (192, 512):
            desenhar(aba, marca, lado, f"carteira-{lado}.png")
        desenhar(aba, cheia, 180, "carteira-180.png")
        desenhar(aba, mascara, 512, "carteira-mascara-512.png")
        navegador.close()


if __name__ == "__main__":
    main()
