"""Os intervalos entre compras, um a um, lidos dos pedidos que contam.

Um intervalo vai de um dia de compra ao seguinte (dois pedidos no mesmo dia são um) e pertence ao dia
da recompra: é por ele que um período o escolhe.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from atividade.ciclos import Distribuicao
from contas.models import Empresa
from contas.replica import conexao

DESDE_SEMPRE = date(1, 1, 1)
_TODOS = """
SELECT s.cliente_id, s.anterior, s.data, s.data - s.anterior AS dias
  FROM (SELECT p.cliente_id, p.data, lag(p.data) OVER (PARTITION BY p.cliente_id ORDER BY p.data) AS anterior
          FROM clientes_pedido p
         WHERE p.empresa_id = %(empresa)s AND p.conta AND p.data <= %(ate)s
           AND p.cliente_id IN ({escopo})) s
 WHERE s.anterior < s.data AND s.data >= %(de)s
"""
_POR_COMPRA = "SELECT dias, count(*) FROM ({intervalos}) i GROUP BY 1"
_MEDIANAS = (
    "SELECT cliente_id, percentile_cont(0.5) WITHIN GROUP (ORDER BY dias)::numeric(12, 4) AS mediana, "
    "count(*) AS intervalos FROM ({intervalos}) i GROUP BY 1"
)
_POR_CLIENTE = "SELECT ceil(mediana)::int, count(*) FROM ({medianas}) m GROUP BY 1"
_COM_NOMES = """
SELECT c.codigo, coalesce(nullif(c.nome_fantasia, ''), c.razao_social), {colunas}
  FROM ({consulta}) x JOIN clientes_cliente c ON c.id = x.cliente_id
 ORDER BY c.codigo, {ordem}
"""


@dataclass(frozen=True)
class Intervalos:
    """De quem (`clientes`: Indicadores de uma empresa) e de quando (recompras de `de` a `ate`)."""

    empresa: Empresa
    clientes: "QuerySet[Any]"
    ate: date
    de: date = DESDE_SEMPRE

    def por_compra(self) -> Distribuicao:
        """Cada recompra conta."""
        return self._distribuicao(_POR_COMPRA.format(intervalos=self._consulta[0]))

    def por_cliente(self) -> Distribuicao:
        """Cada cliente conta uma vez, com o intervalo mediano dele no período."""
        medianas = _MEDIANAS.format(intervalos=self._consulta[0])
        return self._distribuicao(_POR_CLIENTE.format(medianas=medianas))

    def um_a_um(self) -> Iterator[tuple[str, str, date, date, int]]:
        """Código, nome, compra anterior, recompra e dias, para refazer a conta à mão."""
        consulta = _COM_NOMES.format(
            consulta=self._consulta[0], colunas="x.anterior, x.data, x.dias", ordem="x.data"
        )
        return self._linhas(consulta)

    def medianas(self) -> Iterator[tuple[str, str, int, Decimal]]:
        """Código, nome, quantos intervalos e o mediano de cada cliente."""
        consulta = _COM_NOMES.format(
            consulta=_MEDIANAS.format(intervalos=self._consulta[0]),
            colunas="x.intervalos, x.mediana",
            ordem="1",
        )
        return self._linhas(consulta)

    @cached_property
    def _consulta(self) -> tuple[str, dict[str, Any]]:
        escopo, do_escopo = self.clientes.order_by().values("cliente_id").query.sql_with_params()
        nomeados = {f"escopo_{i}": valor for i, valor in enumerate(do_escopo)}
        escopo = escopo % tuple(f"%({nome})s" for nome in nomeados)
        valores = {"empresa": self.empresa.pk, "de": self.de, "ate": self.ate, **nomeados}
        return _TODOS.format(escopo=escopo), valores

    def _distribuicao(self, sql: str) -> Distribuicao:
        with conexao().cursor() as cursor:
            cursor.execute(sql, self._consulta[1])
            return Distribuicao(dict(cursor.fetchall()))

    def _linhas(self, sql: str) -> Iterator[Any]:
        """Por cursor do servidor: a memória não cresce com a carteira."""
        lida = conexao()
        with transaction.atomic(using=lida.alias), lida.chunked_cursor() as cursor:
            cursor.execute(sql, self._consulta[1])
            yield from iter(cursor)
