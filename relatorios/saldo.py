"""O saldo da carteira num período, contado dos fatos: abertos + recuperados − perdidos.

Aberto é quem fez a primeira compra; recuperado, o inativo que comprou; perdido, quem passou a inativo com o tempo.
O que só mudou porque a regra mudou (ou um dado foi corrigido) e quem encerrou não entram na soma: ficam ao lado.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db.models import OuterRef, Subquery

from atividade.models import Indicadores, MudancaStatus
from clientes.models import Municipio, Segmento
from contas.models import Empresa, Equipe, Usuario
from contas.replica import conexao
from relatorios.composicao import SEM, Dimensao, Recorte
from relatorios.passado import NA_DATA


class Evento(StrEnum):
    ABERTO = "aberto"
    RECUPERADO = "recuperado"
    PERDIDO = "perdido"
    REGRA_TIRA = "regra_tira"
    REGRA_DEVOLVE = "regra_devolve"
    ENCERRADO = "encerrado"


@dataclass(frozen=True, slots=True)
class Saldo:
    """Os eventos de um grupo (um mês, um vendedor, ou tudo). `voltas` são clientes, os outros são eventos."""

    abertos: int = 0
    recuperados: int = 0
    perdidos: int = 0
    regra_tira: int = 0
    regra_devolve: int = 0
    encerrados: int = 0
    voltas: int = 0
    valor_abertos: Decimal = Decimal(0)

    @property
    def saldo(self) -> int:
        return self.abertos + self.recuperados - self.perdidos

    @property
    def por_regra(self) -> int:
        return self.regra_tira + self.regra_devolve

    @property
    def vazio(self) -> bool:
        return self == Saldo()


@dataclass(frozen=True, slots=True)
class SaldoDoGrupo:
    chave: str
    rotulo: str
    saldo: Saldo


@dataclass(frozen=True, slots=True)
class NomeDoEvento:
    """Um evento e de quem é; `outro_em` é a outra ponta de quem foi e voltou."""

    pk: int
    nome: str
    codigo: str
    evento: str
    em: date
    outro_em: date | None
    pedido: str | None
    valor: Decimal | None
    situacao: str
    vendedor: str | None


@dataclass(frozen=True, slots=True)
class Periodo:
    """Do primeiro ao último dia, os dois dentro."""

    de: date
    ate: date

    @classmethod
    def do_mes(cls, dia: date) -> "Periodo":
        primeiro = dia.replace(day=1)
        return cls(primeiro, primeiro + relativedelta(months=1) - timedelta(days=1))

    @property
    def e_mes(self) -> bool:
        return self == Periodo.do_mes(self.de)


def ultimos_meses(referencia: date, quantos: int) -> Periodo:
    """`quantos` meses que terminam no da referência."""
    fim = Periodo.do_mes(referencia)
    return Periodo(fim.de - relativedelta(months=quantos - 1), fim.ate)


def meses_de(periodo: Periodo) -> list[date]:
    """O primeiro dia de cada mês do período."""
    total = (periodo.ate.year - periodo.de.year) * 12 + periodo.ate.month - periodo.de.month
    return [periodo.de.replace(day=1) + relativedelta(months=n) for n in range(total + 1)]


# De quem era no dia do evento, ou de quem é; cliente sem períodos guardados é de quem é hoje.
_DONO = {
    True: "CASE WHEN o.id IS NULL THEN i.{0} ELSE o.{0} END",
    False: "i.{0}",
}
_JUNTAR_DONO = "LEFT JOIN clientes_periododecarteira o ON o.cliente_id = i.cliente_id AND o.periodo @> x.em"
# Quem já tinha encerrado no dia do evento não era da carteira; fora do perfil não conta nunca.
_EVENTOS = """
WITH escopo AS MATERIALIZED ({escopo}), brutos AS (
  SELECT e.cliente_id, i.primeira_compra AS em, 0 AS ordem, 'aberto' AS evento, NULL::bigint AS pedido_id
    FROM escopo e JOIN atividade_indicadores i ON i.cliente_id = e.cliente_id
   WHERE i.primeira_compra BETWEEN %(de)s AND %(ate)s
  UNION ALL
  SELECT m.cliente_id, m.em, m.ordem,
         CASE WHEN m.motivo = 'compra' THEN 'recuperado' WHEN m.motivo = 'tempo' THEN 'perdido'
              WHEN m.para = 'inativo' THEN 'regra_tira' ELSE 'regra_devolve' END, m.pedido_id
    FROM atividade_mudancastatus m JOIN escopo e ON e.cliente_id = m.cliente_id
   WHERE m.em BETWEEN %(de)s AND %(ate)s AND (m.de = 'inativo' OR m.para = 'inativo')
  UNION ALL
  SELECT c.id, c.encerrado_em, 0, 'encerrado', NULL
    FROM escopo e JOIN clientes_cliente c ON c.id = e.cliente_id
    JOIN atividade_indicadores i ON i.cliente_id = e.cliente_id
   WHERE c.encerrado_em BETWEEN %(de)s AND %(ate)s AND i.primeira_compra <= c.encerrado_em
), eventos AS (
  SELECT x.*, {vendedor} AS vendedor_id, {equipe} AS equipe_id, i.segmento_id, i.uf, i.empresa_id, i.curva_abc,
         c.municipio_id
    FROM brutos x
    JOIN atividade_indicadores i ON i.cliente_id = x.cliente_id
    JOIN clientes_cliente c ON c.id = x.cliente_id
    JOIN contas_empresa ep ON ep.id = i.empresa_id AND x.em <= ep.referencia
    {dono}
   WHERE NOT c.fora_do_perfil AND (c.encerrado_em IS NULL OR c.encerrado_em > x.em OR x.evento = 'encerrado')
     AND {filtro}
)
"""
_VALOR = """
  SELECT sum(p.valor) FROM clientes_pedido p
   WHERE p.empresa_id = {0}.empresa_id AND p.cliente_id = {0}.cliente_id AND p.conta AND p.data = {0}.em
"""
# O último ano em que comprava, visto do dia em que deixou de ser da carteira ativa.
_ANO_ANTES = """
  SELECT sum(p.valor) FROM clientes_pedido p
   WHERE p.empresa_id = t.empresa_id AND p.cliente_id = t.cliente_id AND p.conta AND p.data < t.em
     AND p.data > (SELECT (max(u.data) - interval '12 months')::date FROM clientes_pedido u
                    WHERE u.empresa_id = t.empresa_id AND u.cliente_id = t.cliente_id AND u.conta AND u.data < t.em)
"""
_SOMAR = f"""
SELECT chave, mes, sum(abertos), sum(recuperados), sum(perdidos), sum(tira), sum(devolve), sum(encerrados),
       count(*) FILTER (WHERE recuperados > 0 AND perdidos > 0), coalesce(sum(valor), 0)
  FROM (SELECT {{chave}} AS chave, {{mes}} AS mes, t.cliente_id,
               count(*) FILTER (WHERE evento = 'aberto') AS abertos,
               count(*) FILTER (WHERE evento = 'recuperado') AS recuperados,
               count(*) FILTER (WHERE evento = 'perdido') AS perdidos,
               count(*) FILTER (WHERE evento = 'regra_tira') AS tira,
               count(*) FILTER (WHERE evento = 'regra_devolve') AS devolve,
               count(*) FILTER (WHERE evento = 'encerrado') AS encerrados,
               sum(({_VALOR.format("t")})) FILTER (WHERE evento = 'aberto') AS valor
          FROM eventos t GROUP BY 1, 2, 3) g
 GROUP BY 1, 2
"""
_UM_POR_EVENTO = "SELECT t.*, NULL::date AS outro_em FROM eventos t WHERE t.evento = %(evento)s"
# Quem foi e voltou aparece uma vez, com a última perda e a última volta.
_UM_POR_CLIENTE = """
SELECT DISTINCT ON (t.cliente_id) t.*, k.perdido_em AS outro_em
  FROM eventos t
  JOIN (SELECT cliente_id, max(em) FILTER (WHERE evento = 'perdido') AS perdido_em
          FROM eventos GROUP BY 1
        HAVING bool_or(evento = 'perdido') AND bool_or(evento = 'recuperado')) k ON k.cliente_id = t.cliente_id
 WHERE t.evento = 'recuperado' ORDER BY t.cliente_id, t.em DESC, t.ordem DESC
"""
_CONTAR = "SELECT count(*) FROM ({quais}) t"
_LISTAR = f"""
SELECT t.cliente_id, coalesce(nullif(c.nome_fantasia, ''), c.razao_social), c.codigo, t.evento, t.em, t.outro_em,
       p.numero, CASE WHEN t.evento IN ('aberto', 'recuperado') THEN ({_VALOR.format("t")}) ELSE ({_ANO_ANTES}) END,
       i.status, v.nome
  FROM ({{quais}}) t
  JOIN clientes_cliente c ON c.id = t.cliente_id
  JOIN atividade_indicadores i ON i.cliente_id = t.cliente_id
  LEFT JOIN clientes_pedido p ON p.id = t.pedido_id
  LEFT JOIN contas_usuario v ON v.id = t.vendedor_id
 ORDER BY t.em DESC, c.codigo, t.cliente_id, t.ordem
"""
COLUNAS = {
    "vendedor": "t.vendedor_id",
    "equipe": "t.equipe_id",
    "segmento": "t.segmento_id",
    "uf": "t.uf",
    "empresa": "t.empresa_id",
    "municipio": "t.municipio_id",
    "abc": "t.curva_abc",
}
VOLTAS = "voltas"


@dataclass(frozen=True)
class Eventos:
    """Os eventos de um período nos clientes que a pessoa vê hoje, com o dono do dia ou o atual."""

    usuario: Usuario
    recorte: Recorte
    periodo: Periodo
    dono: str = NA_DATA

    def total(self) -> Saldo:
        return next((s for _, _, s in self._somar("''", "NULL::date")), Saldo())

    def por_mes(self) -> list[tuple[date, Saldo]]:
        """Todos os meses do período, também os em que nada houve."""
        achados = {mes: saldo for _, mes, saldo in self._somar("''", _MES)}
        return [(mes, achados.get(mes, Saldo())) for mes in meses_de(self.periodo)]

    def por(self, dimensao: Dimensao) -> list[tuple[Any, Saldo]]:
        """Um saldo por valor da dimensão (a chave do banco; nula ou vazia é "sem")."""
        return [(chave, saldo) for chave, _, saldo in self._somar(COLUNAS[dimensao.nome], "NULL::date")]

    def por_mes_e(self, dimensao: Dimensao) -> list[tuple[Any, date, Saldo]]:
        return self._somar(COLUNAS[dimensao.nome], _MES)

    def contar(self, evento: str) -> int:
        [(n,)] = self._executar(_CONTAR.replace("{quais}", _quais(evento)), evento)
        return int(n)

    def nomes(self, evento: str, inicio: int = 0, quantos: int | None = None) -> list[NomeDoEvento]:
        """Um por evento, do mais novo ao mais velho; de quem foi e voltou, um por cliente."""
        sql = _LISTAR.replace("{quais}", _quais(evento))
        sql += f" LIMIT {quantos:d} OFFSET {inicio:d}" if quantos is not None else ""
        return [NomeDoEvento(*linha) for linha in self._executar(sql, evento)]

    # ── O SQL ──

    def _somar(self, chave: str, mes: str) -> list[tuple[Any, date, Saldo]]:
        sql = _SOMAR.replace("{chave}", chave).replace("{mes}", mes)
        return [(c, m, _saldo(resto)) for c, m, *resto in self._executar(sql)]

    def _executar(self, sql: str, evento: str = "") -> list[Any]:
        escopo, do_escopo = self._visiveis().order_by().values("cliente_id").query.sql_with_params()
        parametros: dict[str, Any] = {f"escopo_{n}": valor for n, valor in enumerate(do_escopo)}
        eventos = _EVENTOS.replace("{escopo}", escopo % tuple(f"%({nome})s" for nome in parametros))
        na_data = self.dono == NA_DATA
        eventos = eventos.replace("{dono}", _JUNTAR_DONO if na_data else "")
        donos = {nome: _DONO[na_data].format(f"{nome}_id") for nome in ("vendedor", "equipe")}
        for nome, texto in donos.items():
            eventos = eventos.replace("{" + nome + "}", texto)
        filtro = self._filtro(donos, parametros) if na_data else "true"
        parametros |= {"de": self.periodo.de, "ate": self.periodo.ate, "evento": evento}
        with conexao().cursor() as cursor:
            cursor.execute(eventos.replace("{filtro}", filtro) + sql, parametros)
            return list(cursor.fetchall())

    def _visiveis(self) -> Any:
        """Dono da data se filtra depois de conhecido; o resto do recorte é de hoje."""
        de_hoje = replace(self.recorte, vendedor=(), equipe=()) if self.dono == NA_DATA else self.recorte
        return Indicadores.objects.visiveis_para(self.usuario).filter(de_hoje.q())

    def _filtro(self, donos: dict[str, str], parametros: dict[str, Any]) -> str:
        partes = ["true"]
        for nome, coluna in donos.items():
            escolhidos: Sequence[str] = getattr(self.recorte, nome)
            if escolhidos:
                sem = f" OR {coluna} IS NULL" if SEM in escolhidos else ""
                partes.append(f"({coluna} = ANY(%({nome}s)s){sem})")
                parametros[f"{nome}s"] = [int(v) for v in escolhidos if v != SEM]
        return " AND ".join(partes)


def _saldo(linha: list[Any]) -> Saldo:
    """As contas na ordem de `_SOMAR`: o banco soma contagens em decimal."""
    *contas, valor = linha
    numeros: list[Any] = [*map(int, contas), valor]
    return Saldo(*numeros)


_MES = "date_trunc('month', t.em)::date"


def _quais(evento: str) -> str:
    return _UM_POR_CLIENTE if evento == VOLTAS else _UM_POR_EVENTO


def historia_desde(empresas: Iterable[Empresa]) -> date | None:
    """Desde quando todas elas gravam perdas e voltas; nada se alguma ainda não gravou nenhuma.

    A primeira rodada de uma empresa não escreve mudanças: antes dela só se sabem as primeiras compras.
    """
    primeira = MudancaStatus.objects.filter(cliente__empresa=OuterRef("pk")).order_by("em").values("em")[:1]
    ids = [e.pk for e in empresas]
    desde = list(
        Empresa.objects.filter(pk__in=ids).annotate(desde=Subquery(primeira)).values_list("desde", flat=True)
    )
    return max(desde) if desde and None not in desde else None


_MODELOS: dict[str, Any] = {
    "vendedor": Usuario, "equipe": Equipe, "segmento": Segmento, "empresa": Empresa, "municipio": Municipio,
}  # fmt: skip


def rotulos(dimensao: Dimensao, chaves: Iterable[Any]) -> dict[Any, str]:
    """Os nomes atrás das chaves, em uma consulta; a UF e a curva são o próprio nome, e o vazio é "sem"."""
    distintas = {c for c in chaves if c}
    modelo = _MODELOS.get(dimensao.nome)
    achados = {x.pk: x for x in modelo.objects.filter(pk__in=distintas)} if modelo else {}
    com_uf = dimensao.nome == "municipio"
    nomes = {c: (f"{x.nome}/{x.uf}" if com_uf else x.nome) for c, x in achados.items()}
    return {c: nomes.get(c, str(c)) for c in distintas}


def em_grupos(achados: Iterable[tuple[Any, Saldo]], dimensao: Dimensao) -> list[SaldoDoGrupo]:
    """Com o nome de cada um, de quem mais perdeu para quem mais ganhou."""
    lista = list(achados)
    nomes = rotulos(dimensao, (chave for chave, _ in lista))
    grupos = [
        SaldoDoGrupo(str(chave or SEM), nomes[chave] if chave else dimensao.ausente, saldo)
        for chave, saldo in lista
    ]
    return sorted(grupos, key=lambda g: (g.saldo.saldo, g.rotulo.casefold(), g.chave))
