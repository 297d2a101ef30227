"""Quantas mensagens por minuto cada domínio aceita: contado no banco, vale para todos os processos juntos.

O que não cabe no minuto não fica no caminho: as vencidas do domínio se espalham pelos minutos seguintes, num
comando só, e as dos outros domínios seguem.
"""

from datetime import datetime, timedelta
from typing import Any

from django.core.validators import validate_domain_name
from django.db import connection, transaction

from contas.auditoria import registrar
from contas.models import Usuario
from notificacoes.models import LimiteDeEnvio

_TOMAR_VEZ = """
UPDATE notificacoes_limitedeenvio
SET usadas = CASE WHEN minuto = %(minuto)s THEN usadas + 1 ELSE 1 END, minuto = %(minuto)s
WHERE dominio = %(dominio)s
  AND (minuto IS NULL OR minuto < %(minuto)s OR (minuto = %(minuto)s AND usadas < por_minuto))
RETURNING id
"""
_ESPALHAR = """
WITH vencidas AS (
    SELECT id, proxima_tentativa_em FROM notificacoes_mensagem
    WHERE estado = 'pendente' AND proxima_tentativa_em <= %(agora)s
      AND lower(split_part(para, '@', 2)) = %(dominio)s
    FOR UPDATE SKIP LOCKED
), postas AS (
    SELECT id, (row_number() OVER (ORDER BY proxima_tentativa_em, id) - 1) / %(por_minuto)s AS salto FROM vencidas
)
UPDATE notificacoes_mensagem m SET proxima_tentativa_em = %(seguinte)s + postas.salto * interval '1 minute'
FROM postas WHERE m.id = postas.id
"""


def tomar_vez(dominio: str, agora: datetime) -> bool:
    """Ainda cabe uma neste minuto? Quem pergunta já a toma; dois processos nunca tomam a mesma."""
    with connection.cursor() as cursor:
        cursor.execute(_TOMAR_VEZ, {"dominio": dominio, "minuto": _minuto(agora)})
        return cursor.fetchone() is not None


def espalhar(dominio: str, por_minuto: int, agora: datetime) -> int:
    """Põe as vencidas do domínio nos minutos seguintes, tantas em cada um; devolve quantas."""
    valores: dict[str, Any] = {"dominio": dominio, "por_minuto": por_minuto, "agora": agora}
    valores["seguinte"] = _minuto(agora) + timedelta(minutes=1)
    with connection.cursor() as cursor:
        cursor.execute(_ESPALHAR, valores)
        return int(cursor.rowcount)


def _minuto(agora: datetime) -> datetime:
    return agora.replace(second=0, microsecond=0)


@transaction.atomic
def limitar(*, dominio: str, por_minuto: int, por: Usuario) -> LimiteDeEnvio:
    """Cria ou muda o limite de um domínio."""
    dominio = dominio.strip().lower().lstrip("@")
    validate_domain_name(dominio)
    limite, novo = LimiteDeEnvio.objects.select_for_update().get_or_create(
        dominio=dominio, defaults={"por_minuto": por_minuto}
    )
    antes = None if novo else {"por_minuto": limite.por_minuto}
    if not novo and limite.por_minuto == por_minuto:
        return limite
    limite.por_minuto = por_minuto
    limite.save(update_fields=["por_minuto"])
    registrar("envio.limite", por=por, objeto=dominio, antes=antes, depois={"por_minuto": por_minuto})
    return limite


@transaction.atomic
def deixar_de_limitar(*, limite: LimiteDeEnvio, por: Usuario) -> None:
    registrar("envio.limite", por=por, objeto=limite.dominio, antes={"por_minuto": limite.por_minuto})
    limite.delete()
