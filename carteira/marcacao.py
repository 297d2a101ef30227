"""O `format_html` do Django, para páginas de milhares de peças.

O do Django passa cada peça por um adaptador de textos preguiçosos; numa lista de cinquenta clientes são quatro
mil peças, e um quinto da resposta. O contrato é o mesmo (um teste compara os dois): só o que já é seguro entra
como está.
"""

from collections.abc import Iterable
from html import escape
from typing import Any

from django.utils.safestring import SafeString


def escapar(valor: Any) -> str:
    """O texto pronto para o HTML; o que sabe dizer-se em HTML (`__html__`) diz-se."""
    tipo = type(valor)
    if tipo is SafeString:
        return valor  # type: ignore[no-any-return]
    if tipo is str:
        return escape(valor)
    return str(valor.__html__()) if hasattr(valor, "__html__") else escape(str(valor))


def format_html(modelo: str, *partes: Any) -> SafeString:
    """`modelo` é nosso, no código; cada parte é escapada."""
    return SafeString(modelo.format(*map(escapar, partes)))  # nosec B703 # partes escapadas


def juntar(partes: Iterable[SafeString]) -> SafeString:
    """As partes, já seguras, uma atrás da outra."""
    return SafeString("".join(map(escapar, partes)))  # nosec B703 # partes escapadas
