"""Janelas e limites de cálculo da empresa: mudar com registro de quem e de quê."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from atividade.ajustes import objeto_da_auditoria
from atividade.grupos_rfv import ACAO as GRUPOS_RFV
from atividade.grupos_rfv import mudar_grupos
from atividade.models import ParametrosDaAtividade
from atividade.regras import RegraInvalida
from atividade.rotulos import ACAO as ROTULOS
from atividade.rotulos import mudar_rotulos
from clientes.compras import mudar_situacoes_que_contam
from contas.auditoria import registrar
from contas.models import Empresa, RegistroDeAuditoria, Usuario

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
    "dias_atribuicao",
)
PARAMETROS, SITUACOES = "atividade.parametros", "atividade.situacoes"
ACOES = (PARAMETROS, SITUACOES, ROTULOS, GRUPOS_RFV)  # o que se muda, e se desfaz, em Configurar atividade


def parametros_de(empresa: Empresa) -> ParametrosDaAtividade:
    """Os parâmetros da empresa; sem linha no banco, os de fábrica (ainda não salvos)."""
    return ParametrosDaAtividade.objects.filter(empresa=empresa).first() or ParametrosDaAtividade(
        empresa=empresa
    )


@transaction.atomic
def mudar_parametros(
    *, empresa: Empresa, valores: dict[str, Any], por: Usuario, motivo: str = ""
) -> set[str]:
    """Grava os que mudaram e diz quais; a validação dos limites é a do modelo."""
    Empresa.objects.select_for_update(no_key=True).get(pk=empresa.pk)
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
        PARAMETROS,
        por=por,
        objeto=objeto_da_auditoria(empresa),
        antes={c: antes[c] for c in mudados},
        depois={c: str(v) for c, v in mudados.items()} | ({"motivo": motivo} if motivo else {}),
        alvo=parametros,
    )
    return set(mudados)


def mudancas_de(empresa: Empresa, *acoes: str) -> "QuerySet[RegistroDeAuditoria]":
    """O que já mudou na empresa por estas ações, do mais novo ao mais antigo."""
    return RegistroDeAuditoria.objects.filter(acao__in=acoes, objeto=objeto_da_auditoria(empresa)).order_by(
        "-em", "-id"
    )


@transaction.atomic
def desfazer_mudanca(*, empresa: Empresa, registro: RegistroDeAuditoria, por: Usuario) -> bool:
    """Volta aos valores de antes da última mudança, com um registro novo; a história não se apaga.

    Diz se isso muda números já calculados.
    """
    Empresa.objects.select_for_update(no_key=True).get(pk=empresa.pk)
    if mudancas_de(empresa, registro.acao).first() != registro:
        raise RegraInvalida("Só a última mudança pode ser desfeita, e esta já não é a última.")
    antes: dict[str, Any] = registro.antes or {}
    motivo = f"Desfeita a mudança de {registro.em:%d/%m/%Y}"
    if registro.acao == ROTULOS:
        mudar_rotulos(empresa=empresa, rotulos=antes["rotulos"], por=por, motivo=motivo)
        return False
    if registro.acao == GRUPOS_RFV:
        mudar_grupos(empresa=empresa, ajustes=antes["grupos"], por=por, motivo=motivo)
        return False
    if registro.acao == SITUACOES:
        return mudar_situacoes_que_contam(empresa=empresa, situacoes=antes["contam"], por=por, motivo=motivo)
    campos: dict[str, Any] = {c: ParametrosDaAtividade._meta.get_field(c) for c in antes if c in CAMPOS}
    valores = {c: campo.to_python(antes[c]) for c, campo in campos.items()}
    mudados = mudar_parametros(empresa=empresa, valores=valores, por=por, motivo=motivo)
    return bool(mudados & PEDEM_RECALCULO)
