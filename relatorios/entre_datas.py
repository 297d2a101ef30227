"""Quem foi de uma situação a outra entre duas datas quaisquer: a matriz e os nomes atrás de cada célula.

As duas pontas são a carteira como era (`atividade.na_data`): os fatos de hoje, a regra e o dono que se escolhem.
O dono, o valor e a curva de cada um são os da chegada; de quem já não estava nela, os da partida.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Any

from django.db.models import Q

from atividade.models import Indicadores, Limiar, MudancaStatus
from atividade.na_data import Momento, relacao
from atividade.regras import Status
from contas.models import Empresa, Usuario
from contas.replica import conexao
from relatorios.composicao import NA_CONTA, SEM, ZERO, Recorte
from relatorios.passado import ATUAL, EPOCA, FORA, NA_DATA

# Quem ainda não era (na partida) e quem já não é (na chegada) também têm lugar na matriz: nada some.
LUGARES = (*(s.value for s in NA_CONTA), Status.PROSPECT.value, FORA)


class Movimento(StrEnum):
    PIOROU = "piorou"
    MELHOROU = "melhorou"
    ENTROU = "entrou"
    CADASTRADO = "cadastrado"
    SAIU = "saiu"
    FICOU = "ficou"


def movimento(de: str, para: str) -> Movimento:
    """O que a passagem quer dizer; quem sai de prospect virou cliente."""
    if de == para:
        return Movimento.FICOU
    if para == FORA:
        return Movimento.SAIU
    if de in (FORA, Status.PROSPECT):
        return Movimento.CADASTRADO if para == Status.PROSPECT else Movimento.ENTROU
    return Movimento.PIOROU if LUGARES.index(para) > LUGARES.index(de) else Movimento.MELHOROU


_PARES = {m: [(a, b) for a in LUGARES for b in LUGARES if movimento(a, b) is m] for m in Movimento}


@dataclass(frozen=True, slots=True)
class Entre:
    """As duas datas e como lê-las: a regra (da época ou de hoje) e o dono (na data ou atual)."""

    de: date
    ate: date
    regra: str = EPOCA
    dono: str = NA_DATA


@dataclass(frozen=True, slots=True)
class Celula:
    """Um par de → para; `por_regra` são os que, sem mudança de regra, teriam ficado."""

    de: str
    para: str
    clientes: int = 0
    valor: Decimal = ZERO
    por_regra: int = 0
    voltaram: int = 0

    @property
    def movimento(self) -> Movimento:
        return movimento(self.de, self.para)

    def __add__(self, outra: "Celula") -> "Celula":
        return replace(
            self,
            clientes=self.clientes + outra.clientes,
            valor=self.valor + outra.valor,
            por_regra=self.por_regra + outra.por_regra,
            voltaram=self.voltaram + outra.voltaram,
        )


@dataclass(frozen=True)
class Matriz:
    """Todas as passagens; o que não houve é uma célula vazia."""

    celulas: tuple[Celula, ...] = ()

    @cached_property
    def _por_par(self) -> dict[tuple[str, str], Celula]:
        return {(c.de, c.para): c for c in self.celulas}

    def celula(self, de: str, para: str) -> Celula:
        return self._por_par.get((de, para), Celula(de, para))

    def somar(self, *, de: str = "", para: str = "", movimento: Movimento | None = None) -> Celula:
        """O total de uma linha, de uma coluna, de um movimento ou de tudo."""
        escolhidas = (
            c
            for c in self.celulas
            if (not de or c.de == de) and (not para or c.para == para)
            if movimento is None or c.movimento is movimento
        )
        return sum(escolhidas, Celula(de, para))

    @property
    def mudaram(self) -> tuple[Celula, ...]:
        return tuple(c for c in self.celulas if c.movimento is not Movimento.FICOU)


@dataclass(frozen=True, slots=True)
class NomeNaMatriz:
    """Um cliente atrás de uma célula."""

    pk: int
    nome: str
    codigo: str
    de: str
    para: str
    por_regra: bool
    voltou: bool
    ultima: date | None
    valor: Decimal
    vendedor: str | None


# Na chegada se lê tudo; da partida, só de quem não chegou.
_PAR = f"""
SELECT coalesce(b.cliente_id, a.cliente_id) AS cliente_id,
       coalesce(a.status, '{FORA}') AS antes, coalesce(b.status, '{FORA}') AS depois,
       {{por_regra}} AS por_regra, {{voltou}} AS voltou, coalesce(b.ultima, a.ultima) AS ultima,
       CASE WHEN b.cliente_id IS NULL THEN a.em_risco ELSE b.em_risco END AS valor,
       CASE WHEN b.cliente_id IS NULL THEN a.vendedor_id ELSE b.vendedor_id END AS vendedor_id,
       CASE WHEN b.cliente_id IS NULL THEN a.equipe_id ELSE b.equipe_id END AS equipe_id,
       CASE WHEN b.cliente_id IS NULL THEN a.curva_abc ELSE b.curva_abc END AS curva_abc
  FROM ({{a}}) a FULL JOIN ({{b}}) b USING (cliente_id) {{juntar_regra}}
"""
_SOMAR = """
SELECT antes, depois, count(*), sum(valor), count(*) FILTER (WHERE por_regra), count(*) FILTER (WHERE voltou)
  FROM ({tudo}) t WHERE {filtro} GROUP BY 1, 2
"""
_CONTAR = "SELECT count(*) FROM ({tudo}) t WHERE {filtro}"
_LISTAR = """
SELECT t.cliente_id, coalesce(nullif(c.nome_fantasia, ''), c.razao_social), c.codigo, t.antes, t.depois,
       t.por_regra, t.voltou, t.ultima, t.valor, v.nome
  FROM ({tudo}) t
  JOIN clientes_cliente c ON c.id = t.cliente_id
  LEFT JOIN contas_usuario v ON v.id = t.vendedor_id
 WHERE {filtro}
 ORDER BY t.valor DESC, c.codigo, t.cliente_id
"""


@dataclass(frozen=True)
class EntreDatas:
    """O recorte da pessoa em duas datas; `hoje` é o dia em que a regra atual é lida.

    Quem vê o quê é de hoje: só aparecem clientes que a pessoa vê agora.
    """

    usuario: Usuario
    recorte: Recorte
    empresas: Sequence[Empresa]
    entre: Entre
    hoje: date

    def matriz(self) -> Matriz:
        return Matriz(tuple(Celula(*linha) for linha in self._executar(_SOMAR)))

    def contar(self, **filtros: Any) -> int:
        return sum(linha[0] for linha in self._executar(_CONTAR, **filtros))

    def nomes(self, inicio: int = 0, quantos: int | None = None, **filtros: Any) -> list[NomeNaMatriz]:
        """Do maior valor ao menor; `de`, `para`, `movimento`, `por_regra` e `voltaram` escolhem."""
        sql = _LISTAR + (f" LIMIT {quantos:d} OFFSET {inicio:d}" if quantos is not None else "")
        return [NomeNaMatriz(*linha) for linha in self._executar(sql, **filtros)]

    @cached_property
    def regra_mudou(self) -> bool:
        """Se alguma regra entrou em vigor no período: só então alguém pode ter mudado por ela."""
        if self.entre.regra != EPOCA:
            return False
        daqui = Q(empresa__isnull=True) | Q(empresa__in=self.empresas)
        return Limiar.objects.filter(
            daqui, vigente_desde__gt=self.entre.de, vigente_desde__lte=self.entre.ate
        ).exists()

    # ── O SQL ──

    def _executar(self, sql: str, **filtros: Any) -> list[Any]:
        com_referencia = [e for e in self.empresas if e.referencia]
        if not com_referencia:
            return []
        partes, parametros = [], dict[str, Any]()
        for n, empresa in enumerate(com_referencia):
            texto, seus = self._par(empresa, f"e{n}")
            partes.append(texto)
            parametros |= seus
        filtro, do_filtro = self._filtro(**filtros)
        consulta = sql.replace("{tudo}", " UNION ALL ".join(partes)).replace("{filtro}", filtro)
        with conexao().cursor() as cursor:
            cursor.execute(consulta, parametros | do_filtro)
            return list(cursor.fetchall())

    def _par(self, empresa: Empresa, prefixo: str) -> tuple[str, dict[str, Any]]:
        """As duas pontas de uma empresa, lado a lado; nenhuma passa da referência dela."""
        assert empresa.referencia is not None
        de, ate = (min(dia, empresa.referencia) for dia in (self.entre.de, self.entre.ate))
        epoca, na_data = self.entre.regra == EPOCA, self.entre.dono == NA_DATA
        clientes, curva = self._visiveis(empresa), bool(self.recorte.abc)
        pontas = {
            "a": (Momento(empresa, de, de if epoca else self.hoje, na_data), True, curva),
            "b": (Momento(empresa, ate, ate if epoca else self.hoje, na_data), True, curva),
        }
        if self.regra_mudou:
            pontas["r"] = (Momento(empresa, ate, de, dono_na_data=False), False, False)
        trocas, parametros = dict[str, str](), {f"{prefixo}_de": de, f"{prefixo}_ate": ate}
        for nome, (momento, valores, com_curva) in pontas.items():
            texto, seus = relacao(momento, clientes, valores=valores, curva=com_curva)
            trocas[nome] = texto.replace("%(", f"%({prefixo}{nome}_")
            parametros |= {f"{prefixo}{nome}_{chave}": valor for chave, valor in seus.items()}
        return self._montar(trocas, prefixo), parametros

    def _montar(self, trocas: dict[str, str], prefixo: str) -> str:
        com_regra = "r" in trocas
        voltou = (
            f"a.status = b.status AND b.cliente_id IN (SELECT m.cliente_id FROM {MudancaStatus._meta.db_table} m "
            f"WHERE m.em > %({prefixo}_de)s AND m.em <= %({prefixo}_ate)s)"
        )
        partes = {
            "por_regra": "coalesce(a.status <> b.status AND r.status = a.status, false)"
            if com_regra
            else "false",
            "voltou": f"coalesce({voltou}, false)",
            "juntar_regra": f"LEFT JOIN ({trocas['r']}) r ON r.cliente_id = b.cliente_id"
            if com_regra
            else "",
            "a": trocas["a"],
            "b": trocas["b"],
        }
        sql = _PAR
        for nome, texto in partes.items():
            sql = sql.replace("{" + nome + "}", texto)
        return sql

    def _visiveis(self, empresa: Empresa) -> Any:
        """O que o recorte diz dos atributos de hoje; dono e curva da data se filtram depois de calculados."""
        de_hoje = replace(self.recorte, abc=())
        if self.entre.dono == NA_DATA:
            de_hoje = replace(de_hoje, vendedor=(), equipe=())
        return Indicadores.objects.visiveis_para(self.usuario).filter(de_hoje.q(), empresa=empresa)

    def _filtro(
        self,
        *,
        de: str = "",
        para: str = "",
        movimento: str = "",
        por_regra: bool = False,
        voltaram: bool = False,
    ) -> tuple[str, dict[str, Any]]:
        partes, valores = ["true"], dict[str, Any]()
        if self.entre.dono == NA_DATA:
            for nome in ("vendedor", "equipe"):
                partes += _um_dos(f"t.{nome}_id", nome, getattr(self.recorte, nome), valores)
        if self.recorte.abc:
            partes.append("t.curva_abc = ANY(%(curvas)s)")
            valores["curvas"] = ["" if v == SEM else v for v in self.recorte.abc]
        for coluna, valor in (("antes", de), ("depois", para)):
            if valor:
                partes.append(f"t.{coluna} = %({coluna})s")
                valores[coluna] = valor
        if movimento:
            partes.append("t.antes || ' ' || t.depois = ANY(%(pares)s)")
            valores["pares"] = [" ".join(par) for par in _PARES[Movimento(movimento)]]
        partes += ["t.por_regra"] * por_regra + ["t.voltou"] * voltaram
        return " AND ".join(partes), valores


def _um_dos(coluna: str, nome: str, escolhidos: Iterable[str], valores: dict[str, Any]) -> list[str]:
    """A condição de um filtro de ids, em que "0" é "sem nenhum"."""
    lista = list(escolhidos)
    if not lista:
        return []
    valores[nome] = [int(v) for v in lista if v != SEM]
    sem = f" OR {coluna} IS NULL" if SEM in lista else ""
    return [f"({coluna} = ANY(%({nome})s){sem})"]


__all__ = [
    "ATUAL",
    "EPOCA",
    "FORA",
    "LUGARES",
    "NA_DATA",
    "Celula",
    "Entre",
    "EntreDatas",
    "Matriz",
    "Movimento",
    "NomeNaMatriz",
    "movimento",
]
