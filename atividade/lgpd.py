"""Onde, nesta sala, há dados de um titular."""

from clientes.lgpd.esquecer import Regra

NOTAS = (
    Regra("regras do cliente", "atividade_limiar", campos=(("motivo", "''"),)),
    Regra("visitas dispensadas", "atividade_naovisitar", campos=(("nota", "''"),)),
)
