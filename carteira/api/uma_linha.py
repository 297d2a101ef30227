"""Uma linha só, pela porta da importação: as colunas, as regras e a procedência de um arquivo de uma linha."""

import json
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from carteira.api.celula import CelulaField
from carteira.api.escrita import Entrada, recusa
from carteira.api.lote.vistas import empresa_pedida
from carteira.api.problemas import Problema
from carteira.lotes import Corpo, Lote, OutraEmCurso, Relato, carregar, guardar
from clientes.importacao.por_linha import LinhaJulgada, SituacaoDaLinha
from clientes.importacao.recusa import ArquivoRecusado
from clientes.importacao.servico import travar_importacoes
from clientes.importacao.tipos import TIPOS
from contas.models import Empresa


def entrada_da_importacao(tipo: str, nome: str, *, menos: str = "", **mais: Any) -> type[Entrada]:
    """A `Entrada` com as colunas do tipo (menos uma, se dita); a empresa vem do endereço."""
    campos: dict[str, Any] = {
        c.nome: CelulaField(required=c.obrigatorio, allow_null=not c.obrigatorio, help_text=c.rotulo)
        for c in TIPOS[tipo].campos
        if c.nome not in {"empresa", menos}
    }
    return type(nome, (Entrada,), {"__doc__": f"As colunas da importação de {tipo}."} | campos | mais)


def gravar_uma(
    request: Any, tipo: str, linha: dict[str, Any], existentes: QuerySet[Any]
) -> tuple[Empresa, dict[str, Any]]:
    """Grava a linha, com a chave como a importação a leu; 409 se ela já é de alguém na empresa."""
    empresa = empresa_pedida(request)
    travar_importacoes(empresa)
    if existentes.filter(empresa=empresa).exists():
        raise _ja_existe()
    (gravada,) = gravar_linhas(request, tipo, empresa, [linha], so_novas=True)
    return empresa, gravada.chave


def gravar_linhas(
    request: Any,
    tipo: str,
    empresa: Empresa,
    linhas: list[dict[str, Any]],
    prefixo: str = "",
    *,
    so_novas: bool = False,
) -> list[LinhaJulgada]:
    """Todas ou nenhuma; a recusa diz o campo de cada uma."""
    corpo = guardar([("\n".join(json.dumps(li) for li in linhas) + "\n").encode()])
    ficou = False
    try:
        relato = _carregar(request, corpo, Lote(tipo, empresa, request.user, "jsonl"), prefixo)
        # Escrita de outro modo (com espaços, com um sim ou não), a chave de quem já existe só aqui se reconhece.
        if so_novas and any(li.situacao != SituacaoDaLinha.NOVA for li in relato.linhas):
            raise _ja_existe()
        ficou = relato.importacao is not None
    finally:
        if not ficou:
            corpo.apagar()
    return relato.linhas


def _carregar(request: Any, corpo: Corpo, lote: Lote, prefixo: str) -> Relato:
    try:
        relato = carregar(corpo, lote, hoje=timezone.localdate())
    except ArquivoRecusado as erro:
        raise Problema(400, str(erro)) from None
    except OutraEmCurso as erro:
        raise Problema(503, str(erro)) from None
    if ruins := [li for li in relato.linhas if li.situacao == SituacaoDaLinha.REJEITADA]:
        raise recusa({_campo(li, prefixo): [li.motivo] for li in ruins})
    return relato


def _ja_existe() -> Problema:
    return Problema(409, "Já existe: para mudar o que há, use PUT ou PATCH no endereço dele.")


def _campo(linha: LinhaJulgada, prefixo: str) -> str:
    nome = linha.coluna or "geral"
    return f"{prefixo}.{linha.linha - 1}.{nome}" if prefixo else nome
