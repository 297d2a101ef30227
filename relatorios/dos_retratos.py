"""O passado de uma carteira grande demais para refazer dos pedidos na hora: o do retrato mais perto, até a data.

O retrato já traz a regra e o dono daquele dia; não guarda município, perfil e porte, nem onde cada um está hoje.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F, Max, Sum

from atividade.models import Indicadores, Retrato
from contas.escopo import filtro_de_visibilidade
from contas.models import Empresa, Usuario
from relatorios.composicao import Dimensao, Recorte
from relatorios.passado import Leitura, Passado, Soma

CLIENTES_NA_HORA = 150_000
COLUNAS = {
    "vendedor": "vendedor_id",
    "equipe": "equipe_id",
    "segmento": "segmento_id",
    "uf": "uf",
    "abc": "curva_abc",
    "empresa": "empresa_id",
}
_TOTAIS: dict[str, Any] = {"n": Sum("clientes"), "valor": Sum("valor_12m"), "risco": Sum("valor_em_risco")}


def grande_demais(usuario: Usuario, recorte: Recorte) -> bool:
    """A carteira que a pessoa vê não cabe no tempo de uma página; o vendedor e a curva são os da data."""
    de_hoje = replace(recorte, vendedor=(), equipe=(), abc=())
    visiveis = Indicadores.objects.visiveis_para(usuario).filter(de_hoje.q()).order_by()
    return bool(visiveis[: CLIENTES_NA_HORA + 1].count() > CLIENTES_NA_HORA)


def retrato_ate(empresas: Sequence[Empresa], data: date) -> date | None:
    """O último dia, até a data, em que todas as empresas foram retratadas."""
    ids = {e.pk for e in empresas if e.referencia}
    dia: date | None = data
    while ids and dia:
        ultimos = dict(
            Retrato.objects.filter(empresa__in=ids, data__lte=dia)
            .values_list("empresa")
            .annotate(ultimo=Max("data"))
            .order_by()
        )
        if len(ultimos) < len(ids):
            return None
        if len(set(ultimos.values())) == 1:
            return next(iter(ultimos.values()))
        dia = min(ultimos.values())
    return None


class PassadoDosRetratos(Passado):
    """As mesmas perguntas, respondidas pelas somas guardadas; os nomes continuam vindo dos pedidos."""

    def somas(self, dimensao: Dimensao, *, valores: bool = True) -> list[Soma]:
        lidas = self._linhas().annotate(chave=F(COLUNAS[dimensao.nome])).values("chave", "status", "marca")
        return [
            Soma(x["chave"], x["status"], x["status"], x["marca"], x["n"], x["valor"], x["risco"])
            for x in lidas.annotate(**_TOTAIS).order_by()
            if x["n"]
        ]

    def cruzar(
        self, linha: Dimensao, coluna: Dimensao, **filtros: Any
    ) -> list[tuple[Any, Any, int, Decimal, str | None, str | None]]:
        linhas = self._linhas()
        if filtros.get("status"):
            linhas = linhas.filter(status__in=filtros["status"])
        eixos = [COLUNAS.get(d.nome) for d in (linha, coluna)]
        campos = {*filter(None, eixos), *(("status", "marca") if None in eixos else ())}
        return [
            (_eixo(eixos[0], x), _eixo(eixos[1], x), x["n"], x["valor"], None, None)
            for x in linhas.values(*campos).annotate(**_TOTAIS).order_by()
            if x["n"]
        ]

    def _linhas(self) -> Any:
        visiveis = Retrato.objects.filter(filtro_de_visibilidade(self.usuario), data=self.leitura.data)
        ids = [e.pk for e in self.empresas if e.referencia]
        return visiveis.filter(self.recorte.q_do_retrato(), empresa__in=ids)


def _eixo(coluna: str | None, linha: dict[str, Any]) -> Any:
    """Sem coluna é a atividade: a situação e a marca."""
    if coluna:
        return linha[coluna]
    return f"{linha['status']}.{linha['marca']}" if linha["marca"] else linha["status"]


def na_data(
    usuario: Usuario, recorte: Recorte, empresas: Sequence[Empresa], leitura: Leitura, hoje: date
) -> Passado:
    """O passado como cabe: dos pedidos ou, se a carteira é grande e há retrato, do retrato."""
    if recorte.cabe_no_retrato and grande_demais(usuario, recorte):
        dia = retrato_ate(empresas, leitura.data)
        if dia:
            return PassadoDosRetratos(usuario, recorte, empresas, Leitura(dia), hoje)
    return Passado(usuario, recorte, empresas, leitura, hoje)
