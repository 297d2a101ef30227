"""O que cada recurso de leitura ganha: as escritas e a leitura desde uma marca, sem que ele as conheça."""

from typing import Any

from drf_spectacular.drainage import get_override
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema, extend_schema_view

from carteira.api import copia, escrita_agenda, escrita_clientes, escrita_contatos, escrita_pedidos
from carteira.api.desde import Sincronizavel
from clientes.models import Cliente

_ESCRITAS: dict[str, tuple[type, dict[str, Any]]] = {
    "clientes": (escrita_clientes.EscreveClientes, escrita_clientes.DECISOES),
    "pedidos": (escrita_pedidos.EscrevePedidos, escrita_pedidos.DECISOES),
    "contatos": (escrita_contatos.EscreveContatos, escrita_contatos.DECISOES),
    "agenda": (escrita_agenda.EscreveAgenda, escrita_agenda.DECISOES),
}
# Endereço → nome nas marcas e lápides.
_SINCRONIAS = {
    nome: nome
    for nome in (
        "clientes",
        "pedidos",
        "itens",
        "orcamentos",
        "notas",
        "titulos",
        "atendimentos",
        "contatos",
        "agenda",
        "scores",
        "restricoes",
    )
} | {"pessoas-de-contato": "pessoas"}
_PROPRIOS: dict[str, dict[str, Any]] = {
    "clientes": {
        "modelo_escrito": Cliente,
        "linhas_da_copia": staticmethod(copia.clientes_da_copia),
        "serializer_da_copia": copia.ClienteDaCopiaSerializer,
    },
    "contatos": {"linhas_da_copia": staticmethod(copia.contatos_da_copia)},
}


def completar(nome: str, recurso: Any) -> Any:
    """O mesmo recurso, com o que o endereço dele tem a mais."""
    bases: list[type] = []
    campos: dict[str, Any] = {"__doc__": recurso.__doc__, "__module__": recurso.__module__} | _PROPRIOS.get(
        nome, {}
    )
    if nome in _ESCRITAS:
        escrita, decisoes = _ESCRITAS[nome]
        bases.append(escrita)
        campos["decisoes"] = recurso.decisoes | decisoes
    if nome in _SINCRONIAS:
        bases.append(Sincronizavel)
        campos["sincronia"] = _SINCRONIAS[nome]
    completo = type(recurso.__name__, (*bases, recurso), campos) if bases else recurso
    return _com_a_copia(completo) if "serializer_da_copia" in campos else completo


def _com_a_copia(recurso: Any) -> Any:
    """No esquema, o que a lista traz e o que vem com `desde`: quem gera um cliente lê os dois."""
    da_lista, da_copia = recurso.serializer_class, recurso.serializer_da_copia
    nome = da_lista.__name__.removesuffix("Serializer")
    um_ou_outro = PolymorphicProxySerializer(
        component_name=f"{nome}OuCopia", serializers=[da_lista, da_copia], resource_type_field_name=None
    )
    exemplos = [e for s in (da_lista, da_copia) for e in get_override(s, "examples", [])]
    return extend_schema_view(list=extend_schema(responses=um_ou_outro, examples=exemplos))(recurso)
