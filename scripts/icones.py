"""Acrescenta ícones Lucide ao sprite: `python scripts/icones.py PASTA_DOS_SVG nome [nome…]`.

O sprite guarda só o que as telas usam; a pasta é a `icons/` do pacote `lucide-static`.
"""

import re
import sys
from pathlib import Path

SPRITE = Path(__file__).resolve().parent.parent / "static" / "icones" / "lucide.svg"
SIMBOLO = re.compile(r'<symbol id="([\w-]+)"[^>]*>(.*?)</symbol>', re.S)


def existentes() -> dict[str, str]:
    """Lê os símbolos já guardados: nome → traçado."""
    return dict(SIMBOLO.findall(SPRITE.read_text())) if SPRITE.exists() else {}


def tracado(arquivo: Path) -> str:
    """Só o miolo do SVG: cor e espessura vêm do CSS de quem usa."""
    miolo = re.search(r"<svg[^>]*>(.*)</svg>", arquivo.read_text(), re.S)
    if miolo is None:
        raise SystemExit(f"{arquivo} não parece um ícone SVG.")
    return re.sub(r"\s+", " ", miolo[1]).replace("> <", "><").replace(" />", "/>").strip()


def gravar(simbolos: dict[str, str]) -> None:
    linhas = [
        f'<symbol id="{nome}" viewBox="0 0 24 24">{simbolos[nome]}</symbol>' for nome in sorted(simbolos)
    ]
    corpo = "\n".join(linhas)
    SPRITE.write_text(f'<svg xmlns="http://www.w3.org/2000/svg">\n{corpo}\n</svg>\n')


def main(pasta: str, *nomes: str) -> None:
    simbolos = existentes()
    simbolos |= {nome: tracado(Path(pasta) / f"{nome}.svg") for nome in nomes}
    gravar(simbolos)


if __name__ == "__main__":
    main(*sys.argv[1:])
