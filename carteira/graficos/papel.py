"""O HTML de uma página pronto para o papel: sem elos nem ícones, e os desenhos com as cores escritas neles.

O SVG impresso não lê os estilos da página nem as variáveis do tema: vão os estilos dentro de cada um.
"""

import re
from itertools import count

from django.utils.safestring import SafeString, mark_safe

from carteira.graficos.do_relatorio import TRAMAS_DO_PAPEL

_CORES = {
    "--ativo-cheio": "#178893",
    "--quase-cheio": "#e0a23a",
    "--inativo-cheio": "#d9a2b3",
    "--prospect-cheio": "#8a6fc0",
    "--acento": "#3b5bdb",
    "--superficie": "#ffffff",
    "--linha": "#e3e2dc",
    "--linha-forte": "#b9b8b0",
}
_TINTA = "#53534d"
_ESTILO = (
    "<style>text{font-size:11.5px;fill:#53534d;font-family:Inter,'DejaVu Sans',sans-serif}"
    ".tf{fill:#1b1b18;font-weight:600}.tt{fill:#6a6a63}.tx-meta{fill:#1b1b18;font-style:italic}"
    ".grade{stroke:#e3e2dc;stroke-width:1}.eixo{stroke:#b9b8b0;stroke-width:1}"
    ".ln-giro{fill:none;stroke:#3b5bdb;stroke-width:2.5}.ln-giro-fim{fill:#3b5bdb}"
    ".ln-antes{fill:none;stroke:#8b8b84;stroke-width:1.6;stroke-dasharray:4 4}"
    ".ln-antes-fim{fill:#fff;stroke:#8b8b84;stroke-width:1.6}"
    ".ln-meta{stroke:#1b1b18;stroke-width:1.6;stroke-dasharray:1.5 3}"
    ".f-valor{fill:#3b5bdb}.f-prospect{fill:#c3bce0}"
    ".fundo{fill:#eceae3}.quanto{fill:#3b5bdb}.borda{fill:#fff;stroke:#6a6a63}.miolo{fill:#c9c8c0}"
    ".halo{fill:#fff;stroke:#fff;stroke-width:3px;font-weight:600}.escrito{fill:#1b1b18;font-size:10.5px;font-weight:600}.escrito.claro{fill:#fff}</style>"
)
_ELOS = re.compile(r"</?a\b[^>]*>")
_ICONES = re.compile(r'<svg class="ic\b.*?</svg>', re.DOTALL)
_DESENHOS = re.compile(r"(<svg\b[^>]*>)(.*?)(</svg>)", re.DOTALL)
# A forma da situação, que vai em cada linha de uma tabela, não tem nem um nem outro.
_COM_ESTILO = re.compile(r"\bclass=|<text\b")
_VARIAVEL = re.compile(r"var\((--[a-z0-9-]+)\)")


def no_papel(html: str) -> SafeString:
    limpo = _ICONES.sub("", _ELOS.sub("", html))
    numeros = count(1)
    desenhado = _DESENHOS.sub(lambda d: _com_as_cores(d, next(numeros)), limpo)
    return mark_safe(desenhado.replace("currentColor", _TINTA))  # noqa: S308  # nosec B703 B308 # o que entrou já vinha escapado


def _com_as_cores(achado: re.Match[str], numero: int) -> str:
    """As tramas, só em quem as usa; o número não deixa dois desenhos com o mesmo nome."""
    abre, miolo, fecha = achado.groups()
    miolo = _VARIAVEL.sub(lambda v: _CORES.get(v[1], _TINTA), miolo)
    if "url(#h-" in miolo:
        tramas = TRAMAS_DO_PAPEL.replace('id="p-', f'id="p{numero}-')
        miolo = tramas + miolo.replace("url(#h-", f"url(#p{numero}-")
    estilo = _ESTILO if _COM_ESTILO.search(miolo) else ""
    return f"{abre}{estilo}{miolo}{fecha}"
