"""Levar em massa pela API: só quem exporta, e a auditoria diz quem levou, com que token, o quê e quanto.

De página em página também se leva tudo: não se recusa, que é o que a tela mostra, mas o dia que passa de
`NAS_PAGINAS` linhas fica na auditoria.
"""

from typing import Any

from django.utils import timezone
from rest_framework.exceptions import PermissionDenied

from carteira.api.paginas import tamanho_pedido
from carteira.contador import contar
from contas import levas
from contas.papeis import Permissao, pode

NAS_PAGINAS = 1000
DE_PAGINA_EM_PAGINA = "listas, de página em página"
_DIA = 24 * 60 * 60


def e_leva(view: Any, request: Any) -> bool:
    """A página pedida leva gente em massa; quem não exporta a recebe recusada."""
    limite = view.leva_acima_de
    if limite is None or tamanho_pedido(request.query_params.get("por", "")) <= limite:
        return False
    if not pode(request.user, Permissao.EXPORTAR):
        raise PermissionDenied(
            f"Páginas com mais de {limite} linhas são de quem pode exportar: peça por={limite} ou menos."
        )
    return True


def anotar(view: Any, request: Any, linhas: int) -> None:
    recurso = request.path.removeprefix("/api/v1/").strip("/")
    levas.anotar(pessoa=request.user, token=request.auth, recurso=recurso, linhas=linhas)


def anotar_pagina(view: Any, request: Any, linhas: int) -> None:
    """Até o limite do dia, só a conta miúda; dali em diante, uma leva como as outras, com o que veio antes."""
    if view.leva_acima_de is None or not linhas:
        return
    token = request.auth.pk if request.auth else 0
    chave = f"paginas:{timezone.localdate().isoformat()}:{request.user.pk}:{token}"
    total = contar(chave, _DIA, linhas)
    if total > NAS_PAGINAS:
        desta = total if total - linhas <= NAS_PAGINAS else linhas
        levas.anotar(pessoa=request.user, token=request.auth, recurso=DE_PAGINA_EM_PAGINA, linhas=desta)
