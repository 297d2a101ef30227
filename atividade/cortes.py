"""Os cortes de ABC e RFV de uma rodada para a outra: quem não está entre os velhos e os novos não muda de classe."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from atividade import distribuicao

if TYPE_CHECKING:
    from atividade.recalculo import Rodada

_ABC = ("abc_va", "abc_vb")
_NOTAS = tuple(f"{letra}{k}" for letra in "rfv" for k in range(1, 5))
NOMES = (*_ABC, *_NOTAS)
_COLUNAS = {"a": "valor_12m", "v": "valor_12m", "r": "ultima_compra", "f": "dias_de_compra_12m"}
_TIPOS = {"a": "numeric", "v": "numeric", "r": "date", "f": "int"}


def guardar(valores: Mapping[str, Any]) -> dict[str, str | None]:
    """Os cortes entre os parâmetros da rodada, para o JSON do estado."""
    return {nome: None if valores[nome] is None else str(valores[nome]) for nome in NOMES}


def cortar(rodada: "Rodada", *, incremental: bool = False) -> None:
    """Acha os cortes de ABC e RFV da empresa e os põe entre os parâmetros."""
    distribuicao.preparar(rodada, incremental=incremental)
    rodada.passo("cortes", **distribuicao.leituras(incremental=incremental))
    cortes = rodada.linha()
    rodada.valores |= {"abc_va": cortes["abc_a"], "abc_vb": cortes["abc_b"]}
    for letra in "rfv":
        rodada.valores |= {f"{letra}{k}": corte for k, corte in enumerate(cortes[letra], 1)}
    for classe in "ab":
        if cortes[f"abc_{classe}"] is not None:
            rodada.valores |= {"classe": classe.upper(), "valor": cortes[f"abc_{classe}"]}
            rodada.valores["cabem"] = cortes[f"cabem_{classe}"]
            rodada.passo("empates", fonte=distribuicao.populacao(incremental=incremental))


def quem_pode_mudar(antes: Mapping[str, str | None] | None, valores: Mapping[str, Any]) -> str | None:
    """A consulta de quem reclassificar; nula quando é preciso olhar todos.

    Além dos que estão fora dos denominadores, só quem fica entre o corte velho e o novo (o alvo se classifica ao
    gravar-se). No corte de ABC entram sempre os empatados: quantos cabem muda sem o valor mudar.
    """
    depois = guardar(valores)
    if antes is None or None in antes.values() or None in depois.values():
        return None
    return " UNION ".join(["SELECT cliente_id FROM c_fora", *_faixas(antes, depois)])


def _faixas(antes: Mapping[str, str | None], depois: Mapping[str, str | None]) -> Iterator[str]:
    for nome in NOMES:
        if nome in _ABC or antes[nome] != depois[nome]:
            coluna, tipo = _COLUNAS[nome[0]], _TIPOS[nome[0]]
            velho, novo = f"'{antes[nome]}'::{tipo}", f"'{depois[nome]}'::{tipo}"
            yield (
                f"SELECT cliente_id FROM atividade_indicadores WHERE empresa_id = %(empresa)s "
                f"AND {coluna} BETWEEN least({velho}, {novo}) AND greatest({velho}, {novo})"
            )
