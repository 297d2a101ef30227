"""Unir e separar clientes com a casa toda avisada: importações, rotina e recálculo não se cruzam com isto."""

from django.db import OperationalError, connection, transaction

from atividade.travas import Trava, adquirir
from carteira.recalculos import pedir_recalculo
from carteira.travas import Rotina, ocupada
from clientes.fusao import FusaoRecusada, separar, unir
from clientes.importacao.servico import travar_importacoes
from clientes.models import Cliente, Fusao
from contas.models import Empresa, Usuario

ESPERA = "5s"  # por uma importação ou um recálculo que já vai acabar; além disso, diz-se para tentar depois
_OCUPADO = "Uma importação ou um cálculo desta empresa está em curso: tente de novo em alguns minutos."


def unir_clientes(
    *, ficou: Cliente, absorvido: Cliente, escolhas: dict[str, str], motivo: str, por: Usuario
) -> Fusao:
    with transaction.atomic():
        _ter_a_vez(ficou.empresa)
        feita = unir(ficou=ficou, absorvido=absorvido, escolhas=escolhas, motivo=motivo, por=por)
        pedir_recalculo(empresa=ficou.empresa, por=por)
    return feita


def separar_clientes(*, fusao: Fusao, por: Usuario) -> Fusao:
    with transaction.atomic():
        _ter_a_vez(fusao.empresa)
        desfeita = separar(fusao=fusao, por=por)
        pedir_recalculo(empresa=fusao.empresa, por=por)
    return desfeita


def _ter_a_vez(empresa: Empresa) -> None:
    """As travas de quem importa e de quem recalcula, com espera curta."""
    if ocupada(Rotina.NOTURNA):
        raise FusaoRecusada("A rotina da noite está rodando: tente de novo em alguns minutos.")
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{ESPERA}'")
            travar_importacoes(empresa)
            adquirir(Trava.RECALCULO, empresa.pk)
            cursor.execute("SET LOCAL lock_timeout = 0")
    except OperationalError as erro:
        raise FusaoRecusada(_OCUPADO) from erro
