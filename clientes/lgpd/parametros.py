"""O que a empresa declara dos dados pessoais, com o antes e o depois na auditoria."""

from typing import Any

from django.db import transaction

from clientes.models import ParametrosDeLgpd
from contas.auditoria import registrar
from contas.models import Empresa, Usuario

CAMPOS = ("controlador", "encarregado", "encarregado_email", "base", "base_dos_clientes")


@transaction.atomic
def mudar_parametros(*, empresa: Empresa, valores: dict[str, Any], por: Usuario) -> bool:
    Empresa.objects.select_for_update(no_key=True).get(pk=empresa.pk)
    atual = ParametrosDeLgpd.da(empresa)
    mudados = {c: valores[c] for c in CAMPOS if c in valores and getattr(atual, c) != valores[c]}
    if not mudados:
        return False
    antes = {campo: getattr(atual, campo) for campo in mudados}
    ParametrosDeLgpd.objects.update_or_create(empresa=empresa, defaults=mudados)
    registrar("mudar declaração da LGPD", por=por, objeto=empresa.nome, antes=antes, depois=mudados)
    return True
