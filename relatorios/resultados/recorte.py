"""O recorte dos resultados como vem na URL e como se lê: a página e os relatórios aceitam e dizem o mesmo."""

from collections.abc import Iterable
from typing import Any

from clientes.models import UFS, Campanha, CanalDeContato
from clientes.models.lista import TipoDeOferta
from contas.escopo import empresas_de
from contas.models import Usuario
from relatorios.pedido import eh_id
from relatorios.resultados.consulta import DIMENSOES, ESPONTANEO, POR_CONTATO, SEM, rotulos

_CONHECIDOS = {
    "uf": {*UFS, SEM},
    "oferta": {*map(str, TipoDeOferta.values), SEM} - {""},
    "canal": {*map(str, CanalDeContato.values), SEM},
    "origem": {POR_CONTATO, ESPONTANEO},
}
FORA = "fora do que você vê"


def aceitos(nome: str, vindos: Iterable[str]) -> tuple[str, ...]:
    """Os valores que a dimensão pode ter, cada um uma vez; o resto é ignorado."""
    conhecidos = _CONHECIDOS.get(nome)
    return tuple(v for v in dict.fromkeys(vindos) if (v in conhecidos if conhecidos else eh_id(v)))


def em_palavras(usuario: Usuario, nome: str, valores: tuple[str, ...]) -> str:
    """Os nomes que a pessoa pode ler."""
    nomes = rotulos(DIMENSOES[nome], _que_se_leem(usuario, nome, valores))
    return ", ".join(dict.fromkeys(nomes.get(v, FORA) for v in valores))


def _que_se_leem(usuario: Usuario, nome: str, valores: tuple[str, ...]) -> tuple[str, ...]:
    """Um número na URL não conta o nome de quem trabalha, nem da campanha que corre, em empresa de outros."""
    empresas = empresas_de(usuario)
    visiveis: Any = {
        "campanha": Campanha.objects.filter(empresa__in=empresas),
        "quem": Usuario.objects.filter(vinculos__empresa__in=empresas),
    }.get(nome)
    if visiveis is None:
        return valores
    seus = visiveis.filter(pk__in=[int(v) for v in valores]).values_list("pk", flat=True)
    legiveis = {SEM, *map(str, seus)}
    return tuple(v for v in valores if v in legiveis)
