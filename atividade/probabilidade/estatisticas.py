"""As estatísticas suficientes da empresa, agrupadas no banco: para cá só vêm números, sem cliente nem objeto."""

from datetime import date

import numpy as np
from django.db import connection

from atividade import fragmentos
from atividade.probabilidade.verossimilhanca import Estatisticas
from contas.models import Empresa

COLUNAS = 5


def estatisticas(empresa: Empresa, ate: date) -> Estatisticas:
    """Todo cliente com compra até `ate`, compras do mesmo dia juntas; tempos em dias."""
    with connection.cursor() as cursor:
        sql = cursor.mogrify(fragmentos.ler("estatisticas"), {"empresa": empresa.pk, "ate": ate})
        with cursor.copy(f"COPY ({sql}) TO STDOUT") as copia:
            texto = b"".join(copia)
    # O separador em branco vale tabulação e fim de linha.
    numeros = np.fromstring(texto.decode("ascii"), sep=" ").reshape(-1, COLUNAS)
    x, tx, t, quantos, somas = numeros.T
    return Estatisticas(x, tx, t, quantos, float(somas.sum()))
