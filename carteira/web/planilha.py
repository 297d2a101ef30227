"""Uma tabela como arquivo para baixar, CSV ou XLSX."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse

from atividade.regras import Status
from atividade.rotulos import NOMES, levar
from relatorios.planilhas import Coluna, arquivo_xlsx, partes_csv


def colunas_dos_limites() -> tuple[Coluna, Coluna]:
    """As duas datas da regra, com os nomes que a empresa dá às situações."""
    return (
        Coluna(f"{NOMES[Status.QUASE_INATIVO]} em", "data"),
        Coluna(f"{NOMES[Status.INATIVO]} em", "data"),
    )


def responder_planilha(
    formato: str,
    nome: str,
    colunas: Sequence[Coluna],
    linhas: Iterable[Sequence[Any]],
    aba: str = "Composição",
) -> HttpResponseBase:
    """`nome` sem extensão; o CSV sai em pedaços, o XLSX de um arquivo temporário."""
    if formato == "xlsx":
        return FileResponse(arquivo_xlsx(colunas, linhas, aba), as_attachment=True, filename=f"{nome}.xlsx")
    resposta = StreamingHttpResponse(
        partes_csv(colunas, levar(linhas)), content_type="text/csv; charset=utf-8"
    )
    resposta["Content-Disposition"] = f'attachment; filename="{nome}.csv"'
    return resposta
