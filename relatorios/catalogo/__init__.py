"""Os relatórios da casa: cada arquivo desta pasta traz os seus, marcados com `@registrar`."""

import pkgutil
from functools import cache
from importlib import import_module
from typing import TypeVar

from contas.models import Usuario
from contas.papeis import pode
from relatorios.base import GRUPOS, Relatorio

_R = TypeVar("_R", bound=type[Relatorio])
_registrados: dict[str, Relatorio] = {}
_pastas = [__name__]


def registrar(classe: _R) -> _R:
    """Põe o relatório no catálogo; duas com a mesma chave é erro de quem escreveu a segunda."""
    if classe.grupo not in GRUPOS:
        raise ValueError(f"grupo desconhecido: {classe.grupo}")
    anterior = _registrados.get(classe.chave)
    if anterior is not None and type(anterior).__qualname__ != classe.__qualname__:
        raise ValueError(f"já há um relatório {classe.chave}")
    _registrados[classe.chave] = classe()
    return classe


def tambem_de(pasta: str) -> None:
    """Uma pasta de relatórios que mora acima desta sala: lê-se com as outras, na primeira vez que se pergunta."""
    _pastas.append(pasta)


@cache
def _carregar() -> None:
    for pasta in _pastas:
        for modulo in pkgutil.iter_modules(import_module(pasta).__path__):
            import_module(f"{pasta}.{modulo.name}")


def todos() -> list[Relatorio]:
    """Pelos grupos do índice e, dentro deles, pelo título."""
    _carregar()
    return sorted(_registrados.values(), key=lambda r: (GRUPOS.index(r.grupo), r.titulo))


def achar(chave: str) -> Relatorio | None:
    _carregar()
    return _registrados.get(chave)


def que_pode_ver(usuario: Usuario) -> list[Relatorio]:
    return [r for r in todos() if r.no_indice and pode(usuario, r.permissao)]
