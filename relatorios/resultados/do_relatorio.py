"""Do pedido de um relatório comum à consulta dos resultados: os mesmos filtros, os mesmos números da tela."""

from typing import Any

from django.utils import timezone

from atividade.giro import Janela
from contas.models import Usuario
from relatorios.base import Filtro, Numero, Periodo
from relatorios.pedido import Pedido
from relatorios.resultados.consulta import MAIOR_ATRIBUICAO, Consulta, Recorte

FILTROS: tuple[Filtro, ...] = (
    Periodo(),
    Numero("atribuicao", "Prazo da atribuição", 0, 0, MAIOR_ATRIBUICAO, "dias", zero="o de cada empresa"),
    "empresa", "equipe", "vendedor", "segmento", "uf",
)  # fmt: skip


def consulta_de(usuario: Usuario, pedido: Pedido, **recorte: Any) -> Consulta:
    r = pedido.recorte
    da_carteira = {n: getattr(r, n) for n in ("empresa", "equipe", "vendedor", "segmento", "uf")}
    return Consulta(
        usuario,
        Janela(pedido.periodo.de, pedido.periodo.ate),
        timezone.localdate(),
        Recorte(**da_carteira, **recorte),
        pedido.numeros["atribuicao"] or None,
    )


def parametros(pedido: Pedido, **mais: str) -> dict[str, Any]:
    """O pedido como a página dos resultados o lê."""
    r, janela = pedido.recorte, pedido.periodo
    base: dict[str, Any] = {"de": janela.de.isoformat(), "ate": janela.ate.isoformat()}
    base |= {n: v for n in ("empresa", "equipe", "vendedor", "segmento", "uf") if (v := getattr(r, n))}
    if dias := pedido.numeros["atribuicao"]:
        base["atribuicao"] = str(dias)
    return base | mais
