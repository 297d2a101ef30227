"""Um objeto com a carga em cada texto que ele tem: o campo que se acrescenta a uma mensagem já nasce carregado."""

import dataclasses
import types
from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Union, get_args, get_origin, get_type_hints

from django.db import models

from tests.conftest import HOJE, SAO_PAULO
from tests.seguranca.carga import CARGA

# O HTML que não pode viver, a quebra que não pode virar cabeçalho, e o bastante para se achar depois de escapado.
PRAGA = f"{CARGA}\r\nBcc: todos@exemplo.test\nX-Praga: 1"
_SIMPLES: dict[Any, Any] = {
    str: PRAGA, int: 3, bool: True, date: HOJE, Decimal: Decimal("1234.56"),
    datetime: datetime(2026, 11, 20, 9, 0, tzinfo=SAO_PAULO), Any: Decimal("1234.56"),
}  # fmt: skip


def hostil(tipo: Any, /, **dados: Any) -> Any:
    """Uma instância de `tipo`, com a praga em cada texto e um valor qualquer no resto; `dados` vence."""
    if tipo in _SIMPLES:
        return _SIMPLES[tipo]
    if get_origin(tipo) in {Union, types.UnionType}:
        return hostil(next(t for t in get_args(tipo) if t is not type(None)))
    if get_origin(tipo) is not None:
        return _de_muitos(tipo)
    if dataclasses.is_dataclass(tipo):
        nomes = get_type_hints(tipo)
        feitos = {c.name: hostil(nomes[c.name]) for c in dataclasses.fields(tipo) if c.name not in dados}
        return tipo(**feitos, **dados)
    if issubclass(tipo, models.Model):
        return _do_modelo(tipo, dados)
    raise AssertionError(f"diga em tests/seguranca/hostil.py como se faz um {tipo}")


def _de_muitos(tipo: Any) -> Any:
    partes = [t for t in get_args(tipo) if t is not Ellipsis]
    if get_origin(tipo) is dict:
        return {hostil(partes[0]): hostil(partes[1])}
    if get_origin(tipo) is tuple and Ellipsis not in get_args(tipo):
        return tuple(hostil(t) for t in partes)
    itens = [hostil(partes[0])]
    return tuple(itens) if get_origin(tipo) in {tuple, Collection} else itens


def _do_modelo(tipo: type[models.Model], dados: dict[str, Any]) -> models.Model:
    """Sem ir ao banco: os textos que não são de lista fechada."""
    textos = {
        c.name: PRAGA
        for c in tipo._meta.concrete_fields
        if isinstance(c, models.CharField | models.TextField) and not c.choices and c.name not in dados
    }
    return tipo(**textos, **dados)
