"""O que nunca vai para um registro: o endereço que é a própria chave (senha, calendário, enlaces dos e-mails)."""

import logging
import re
from typing import Any

# O proxy esconde os mesmos (deploy/Caddyfile); um teste confere os dois com as rotas que abrem sem sessão.
PORTAS_COM_CHAVE = ("senha", "calendario", "descadastrar", "um-clique", "desbloquear")
_CHAVE = re.compile(rf"(/(?:{'|'.join(PORTAS_COM_CHAVE)})/)[^?\s\"']+")
_CONSULTA = re.compile(r"(?<=/)\?[^\s\"']+")
OUVIDOS = ("django.request", "django.security.csrf", "django.security.DisallowedHost", "django.server")


def sem_chaves(texto: Any) -> Any:
    """O texto sem a chave dos enlaces e sem o que se procurou; o que não é texto fica como está."""
    return _CONSULTA.sub("", _CHAVE.sub(r"\1…", texto)) if isinstance(texto, str) else texto


class SemChaves(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(sem_chaves(parte) for parte in record.args)
        record.msg = sem_chaves(record.msg)
        return True


def ligar() -> None:
    """No ouvido de cada um, e não na saída: vale seja qual for o formato que se escolher para ela."""
    for nome in OUVIDOS:
        ouvido = logging.getLogger(nome)
        if not any(isinstance(f, SemChaves) for f in ouvido.filters):
            ouvido.addFilter(SemChaves())
