"""Janelas e limites de cálculo da empresa: mudar com registro de quem e de quê."""

from typing import Any

from django.db import transaction

from atividade.models import ParametrosDaAtividade
from contas.auditoria import registrar
from contas.models import Empresa, Usuario

# Mudar um destes muda números já calculados; os outros só se leem quando são usados.
PEDEM_RECALCULO = frozenset({"janela_valor_meses", "dias_novidade", "abc_a", "abc_b", "dias_feed_parado"})
CAMPOS = (
    "janela_valor_meses",
    "dias_novidade",
    "abc_a",
    "abc_b",
    "dias_feed_parado",
    "alertas_por_vendedor",
    "dias_de_perda",
)


def parametros_de(empresa: Empresa) -> ParametrosDaAtividade:
    """Os parâmetros da empresa; sem linha no banco, os de fábrica (ainda não salvos)."""
    return ParametrosDaAtividade.objects.filter(empresa=empresa).first() or ParametrosDaAtividade(
        empresa=empresa
    )


@transaction.atomic
def mudar_parametros(*, empresa: Empresa, valores: dict[str, Any], por: Usuario) -> set[str]:
    """Grava os que mudaram e diz quais; a validação dos limites é a do modelo."""
    Empresa.objects.select_for_update().get(pk=empresa.pk)
    parametros = parametros_de(empresa)
    antes = {campo: str(getattr(parametros, campo)) for campo in CAMPOS}
    mudados = {c: v for c, v in valores.items() if c in CAMPOS and getattr(parametros, c) != v}
    if not mudados:
        return set()
    for campo, valor in mudados.items():
        setattr(parametros, campo, valor)
    parametros.full_clean(exclude=["empresa"], validate_unique=False)
    parametros.save()
    registrar(
        "atividade.parametros",
        por=por,
        objeto=f"empresa {empresa.codigo}",
        antes={c: antes[c] for c in mudados},
        depois={c: str(v) for c, v in mudados.items()},
    )
    return set(mudados)
