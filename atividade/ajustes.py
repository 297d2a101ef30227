"""O que uma empresa diz do seu jeito (nomes, grupos): guarda-se só o que difere da fábrica, com registro e volta."""

from typing import Any

from django.db import transaction

from atividade.models import ParametrosDaAtividade
from contas.auditoria import registrar
from contas.models import Empresa, Usuario


def objeto_da_auditoria(empresa: Empresa) -> str:
    return f"empresa {empresa.codigo}"


@transaction.atomic
def guardar_ajuste(
    *, empresa: Empresa, campo: str, chave: str, novos: dict[str, Any], acao: str, por: Usuario, motivo: str
) -> bool:
    """Grava `novos` no campo dos parâmetros e diz se mudou; no registro, o antes e o depois vão sob `chave`."""
    Empresa.objects.select_for_update(no_key=True).get(pk=empresa.pk)
    parametros = ParametrosDaAtividade.objects.get_or_create(empresa=empresa)[0]
    antes: dict[str, Any] = getattr(parametros, campo)
    if antes == novos:
        return False
    setattr(parametros, campo, novos)
    parametros.save(update_fields=[campo, "alterado_em"])
    registrar(
        acao,
        por=por,
        objeto=objeto_da_auditoria(empresa),
        antes={chave: antes},
        depois={chave: novos} | ({"motivo": motivo} if motivo else {}),
    )
    return True
