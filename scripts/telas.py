"""Refaz as telas do README a partir de uma demonstração ligada.

`.venv/bin/python scripts/telas.py [http://127.0.0.1:8000]`: abre o Chromium como as pessoas da demonstração,
percorre as páginas e grava PNGs em `docs/telas/`, leves o bastante para o repositório.
A importação para em *Conferir*: nada é gravado.
"""

import base64
import csv
import io
import os
import shutil
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

RAIZ = Path(__file__).resolve().parent.parent
DESTINO = RAIZ / "docs" / "telas"
SENHA = "ferragens-alianca"
MESA, TELEFONE = (1440, 900), (390, 844)
LIMITE = 250_000
# Sem os ajustes de fonte de cada máquina, as letras caem no mesmo lugar em todas.
OPCOES = ["--no-sandbox", "--lang=pt-BR", "--font-render-hinting=none"]
BRASILIA = ZoneInfo("America/Sao_Paulo")


def main(base: str = "http://127.0.0.1:8000") -> None:
    DESTINO.mkdir(parents=True, exist_ok=True)
    caminho = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        navegador = playwright.chromium.launch(executable_path=caminho, args=OPCOES)
        externo = entrar(navegador, base, "externo", MESA)
        gravar("meus-clientes", foto(externo, "/clientes/"))
        gravar("ficha", foto(externo, ficha_mais_viva(externo)))
        admin = entrar(navegador, base, "admin", MESA)
        gravar("composicao", foto(admin, "/composicao/"))
        gravar("configurar-atividade", limites_mexidos(admin))
        gravar("importar", arquivo_conferido(admin))
        gravar("telefone", lado_a_lado(navegador, base))
        navegador.close()


def entrar(navegador: Browser, base: str, quem: str, tamanho: tuple[int, int], tema: str = "claro") -> Page:
    largura, altura = tamanho
    contexto = navegador.new_context(
        base_url=base,
        viewport={"width": largura, "height": altura},
        color_scheme="dark" if tema == "escuro" else "light",
        has_touch=largura < 821,
        locale="pt-BR",
    )
    contexto.add_cookies([{"name": "tema", "value": tema, "url": base}])
    aba = contexto.new_page()
    aba.goto("/entrar/")
    aba.fill("[name=username]", f"{quem}@alianca.example")
    aba.fill("[type=password]", SENHA)
    aba.click("main [type=submit]")
    aba.wait_for_url("**/clientes/**")
    return aba


def foto(aba: Page, caminho: str = "", *, rolar: int = 0) -> bytes:
    if caminho:
        aba.goto(caminho)
    aba.evaluate("document.fonts.ready")
    aba.evaluate("document.activeElement.blur()")
    aba.evaluate("y => window.scrollTo(0, y)", rolar)
    aba.wait_for_timeout(500)
    return aba.screenshot()


def ficha_mais_viva(aba: Page) -> str:
    """Um cliente com ciclo próprio e atraso: a página que mais tem a dizer."""
    for filtro in ("?fora_do_ritmo=true", "?status=quase_inativo", ""):
        aba.goto(f"/clientes/{filtro}")
        linha = aba.locator("tbody tr:has(.ritmo .x.alto) [data-linha], .clientes tbody [data-linha]")
        if linha.count():
            return str(linha.first.get_attribute("href"))
    raise SystemExit("Esta demonstração não tem clientes.")


def limites_mexidos(aba: Page) -> bytes:
    aba.goto("/atividade/")
    aba.fill("[name=periodo_n]", "120")
    aba.fill("[name=antecedencia_n]", "60")
    aba.wait_for_timeout(1500)
    return foto(aba)


def arquivo_conferido(aba: Page) -> bytes:
    aba.goto("/importar/")
    aba.locator("label", has_text="Pedidos").first.click()
    arquivo: Any = {"name": "pedidos.csv", "mimeType": "text/csv", "buffer": pedidos(aba)}
    aba.set_input_files("input[type=file]", arquivo)
    aba.get_by_role("button", name="Enviar e ligar colunas").click()
    aba.get_by_role("button", name="Conferir o arquivo").click()
    aba.get_by_text("Linhas com erro").first.wait_for()
    return foto(aba)


def pedidos(aba: Page) -> bytes:
    """Uma semana de pedidos como um ERP a exporta, com os enganos de sempre."""
    hoje = datetime.now(BRASILIA).date()  # o dia da demonstração, onde quer que a máquina esteja
    codigos = codigos_de_clientes(aba)
    saida = io.StringIO()
    folha = csv.writer(saida, delimiter=";")
    folha.writerow(["Nº do pedido", "Cód. cliente", "Dt. emissão", "Vlr total", "Situação"])
    for i in range(240):
        dia = hoje - timedelta(days=i % 7)
        folha.writerow(
            [990_000 + i, codigos[i % len(codigos)], f"{dia:%d/%m/%Y}", f"{137 + i * 31},90", "faturado"]
        )
    folha.writerow([990_501, "77812", f"{hoje:%d/%m/%Y}", "1.240,00", "faturado"])
    folha.writerow([990_502, codigos[0], "31/02/2026", "890,00", "faturado"])
    folha.writerow([990_503, codigos[0], f"{hoje:%d/%m/%Y}", "US$ 410,00", "faturado"])
    folha.writerow([990_504, codigos[0], f"{hoje:%d/%m/%Y}", "2.310,50", "em separação"])
    return saida.getvalue().encode("cp1252")


def codigos_de_clientes(aba: Page) -> list[str]:
    resposta = aba.request.get("/clientes/exportar/?formato=csv")
    linhas = csv.reader(io.StringIO(resposta.body().decode("utf-8-sig")), delimiter=";")
    cabecalho = [nome.lower() for nome in next(linhas)]
    coluna = next(i for i, nome in enumerate(cabecalho) if nome in {"codigo", "código"})
    return [linha[coluna].lstrip("'") for linha in linhas][:60]


def lado_a_lado(navegador: Browser, base: str) -> bytes:
    """Quatro telas do telefone numa imagem só: duas claras, duas escuras."""
    fotos = []
    for tema in ("claro", "escuro"):
        aba = entrar(navegador, base, "externo", TELEFONE, tema)
        ficha = ficha_mais_viva(aba)
        fotos += [foto(aba, "/clientes/"), foto(aba, ficha)]
    aparelhos = "".join(f'<img src="data:image/png;base64,{base64.b64encode(f).decode()}">' for f in fotos)
    aba = navegador.new_page(viewport={"width": 1440, "height": 780})
    aba.set_content(
        "<style>body{margin:0;height:780px;background:#e7e7e1;display:flex;gap:28px;align-items:center;"
        "justify-content:center}img{width:324px;border-radius:22px;box-shadow:0 6px 24px #0003}</style>"
        + aparelhos
    )
    return aba.screenshot()


def gravar(nome: str, png: bytes) -> None:
    """As cores de verdade quando cabem no limite; senão, uma paleta."""
    destino = DESTINO / f"{nome}.png"
    original = Image.open(io.BytesIO(png)).convert("RGB")
    for imagem in (original, *(original.quantize(n, Image.Quantize.MAXCOVERAGE, 2) for n in (256, 128))):
        imagem.save(destino, optimize=True)
        if destino.stat().st_size < LIMITE:
            break
    print(f"{destino.relative_to(RAIZ)}: {destino.stat().st_size // 1024} KB")


if __name__ == "__main__":
    main(*sys.argv[1:])
