"""O que o aparelho da pessoa guarda para quando não há sinal, e com que nome."""

import hashlib
from pathlib import Path

from django.conf import settings
from django.templatetags.static import static
from django.utils.crypto import salted_hmac

from contas.models import Usuario

_ESTATICOS = Path(settings.BASE_DIR) / "static"
# A casca: o que toda página pede para se desenhar. O resto só existe com rede.
_DA_CASCA = ("css/*.css", "fontes/*.woff2", "icones/*.svg", "icones/*.png", "js/*.js", "vendor/*/*.js")
_FORA = ("css/a4", "js/sw.js")  # o papel, e o próprio service worker


def chave_da_pessoa(usuario: Usuario) -> str:
    """O nome com que o aparelho separa as pessoas: não diz quem é, e muda de uma instalação para outra."""
    return salted_hmac("carteira.aparelhos", str(usuario.pk)).hexdigest()[:20]


def arquivos_da_casca() -> list[str]:
    achados = (p.relative_to(_ESTATICOS).as_posix() for padrao in _DA_CASCA for p in _ESTATICOS.glob(padrao))
    return sorted(nome for nome in achados if not nome.startswith(_FORA))


def script_do_servico(sem_sinal: str) -> str:
    """O service worker com a lista da casca e uma versão que muda quando muda qualquer byte dela."""
    corpo = (_ESTATICOS / "js/sw.js").read_text(encoding="utf-8")
    nomes = arquivos_da_casca()
    soma = hashlib.sha256(corpo.encode())
    for nome in nomes:
        soma.update((_ESTATICOS / nome).read_bytes())
    casca = ",".join(f'"{caminho}"' for caminho in [*map(static, nomes), sem_sinal])
    return f'self.VERSAO = "{soma.hexdigest()[:16]}";\nself.CASCA = [{casca}];\n{corpo}'
