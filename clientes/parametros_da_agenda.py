"""O que a empresa decide sobre a agenda: quando tentar de novo, quando parar, quando avisar o gestor, que feriados."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from contas.auditoria import registrar
from contas.models import Empresa, RegistroDeAuditoria, Usuario

ACAO = "agenda.parametros"
CAMPOS = ("nova_tentativa_em_dias", "tentativas_ate_parar", "agenda_escala_em_dias", "feriados_uf")


@transaction.atomic
def mudar_parametros_da_agenda(
    *, empresa: Empresa, valores: dict[str, Any], por: Usuario, motivo: str = ""
) -> set[str]:
    """Grava os que mudaram e diz quais; o que já estava marcado fica como está."""
    atual = Empresa.objects.select_for_update(no_key=True).get(pk=empresa.pk)
    mudados = {c: valores[c] for c in CAMPOS if c in valores and getattr(atual, c) != valores[c]}
    if not mudados:
        return set()
    antes = {campo: getattr(atual, campo) for campo in mudados}
    for campo, valor in mudados.items():
        setattr(atual, campo, valor)
    atual.save(update_fields=list(mudados))
    depois = mudados | ({"motivo": motivo} if motivo else {})
    registrar(ACAO, por=por, objeto=_objeto(empresa), antes=antes, depois=depois)
    return set(mudados)


def mudancas_dos_parametros(empresa: Empresa) -> QuerySet[RegistroDeAuditoria]:
    """O que já mudou, do mais novo ao mais antigo."""
    registros = RegistroDeAuditoria.objects.filter(acao=ACAO, objeto=_objeto(empresa))
    return registros.select_related("por").order_by("-em", "-id")


def _objeto(empresa: Empresa) -> str:
    return f"empresa {empresa.codigo}"
