"""O que o aparelho da pessoa guarda para quando não há sinal, e com que nome."""

import hashlib
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.templatetags.static import static
from django.utils.crypto import salted_hmac

from carteira.folha_unica import FOLHA, PARTES
from contas.models import Usuario

_ESTATICOS = Path(settings.BASE_DIR) / "static"
# A casca: o que toda página pede para se desenhar. O resto só existe com rede.
_DA_CASCA = ("css/*.css", "fontes/*.woff2", "icones/*.svg", "icones/*.png", "js/*.js", "vendor/*/*.js")
_FORA = ("css/a4", "js/sw.js", "vendor/leaflet", "js/mapa.js")  # o papel, o próprio service worker, e o mapa


def chave_da_pessoa(usuario: Usuario) -> str:
    """O nome com que o aparelho separa as pessoas: não diz quem é, e muda de uma instalação para outra."""
    return salted_hmac("carteira.aparelhos", str(usuario.pk)).hexdigest()[:20]


def arquivos_da_casca() -> list[str]:
    achados = (p.relative_to(_ESTATICOS).as_posix() for padrao in _DA_CASCA for p in _ESTATICOS.glob(padrao))
    return sorted(nome for nome in achados if not nome.startswith(_FORA))


def script_do_servico(sem_sinal: str) -> str:
    """O service worker com a lista da casca e uma versão que muda quando muda qualquer byte dela.

    O navegador o pede a cada página: só se leem os arquivos de novo quando algum mudou.
    """
    nomes = arquivos_da_casca()
    pedidos = [FOLHA, *(nome for nome in nomes if nome not in PARTES)]
    return _script((*map(static, pedidos), sem_sinal), tuple(map(_marca, ("js/sw.js", *nomes))))


def _marca(nome: str) -> tuple[Path, int, int]:
    caminho = _ESTATICOS / nome
    visto = caminho.stat()
    return caminho, visto.st_mtime_ns, visto.st_size


@lru_cache(maxsize=1)
def _script(casca: tuple[str, ...], marcas: tuple[tuple[Path, int, int], ...]) -> str:
    """Uma leitura por conjunto de arquivos, como estão no disco; o primeiro é o próprio service worker."""
    corpo, *resto = (caminho.read_bytes() for caminho, _, _ in marcas)
    versao = hashlib.sha256(b"".join([corpo, *resto])).hexdigest()[:16]
    lista = ",".join(f'"{caminho}"' for caminho in casca)
    return f'self.VERSAO = "{versao}";\nself.CASCA = [{lista}];\n{corpo.decode()}'
