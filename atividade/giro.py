"""Giro de carteira e positivação: dos clientes que eram do vendedor no primeiro dia, quantos foram tocados.

A base é a do dia em que o período começa (dono e cadastro de então, sem encerrados nem fora do perfil): quem chega ou
sai no meio não muda a conta. Contato é o efetivo, de qualquer pessoa e canal; compra é o pedido que conta.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.conf import settings

from atividade import fragmentos
from atividade.models import ParametrosDaAtividade
from atividade.models.limiares import DIAS_DA_ATRIBUICAO
from contas.models import Empresa, Papel, Usuario
from contas.replica import conexao

CEM = Decimal(100)
POUCOS = 40  # até tantos vendedores, vai-se a cada cliente pelo índice
# Na data da linha: o dono de então ou, sem períodos, o de hoje.
_DONO = "CASE WHEN o.id IS NULL THEN c.vendedor_id ELSE o.vendedor_id END"


class Toque(StrEnum):
    CONTATO = "contato"
    COMPRA = "compra"


@dataclass(frozen=True, slots=True)
class Janela:
    """Os dias de um período, os dois contados."""

    de: date
    ate: date

    @property
    def dias(self) -> list[date]:
        return [self.de + timedelta(days=n) for n in range((self.ate - self.de).days + 1)]

    def cortada(self, dia: date) -> "Janela":
        """Até `dia`, se ele cair antes do fim; nunca menos que o primeiro dia."""
        return Janela(self.de, max(self.de, min(self.ate, dia)))


@dataclass(frozen=True, slots=True)
class Giro:
    """Quantos eram, em que dia cada um foi tocado pela primeira vez, e quantos não tiveram contato nem compra."""

    clientes: int = 0
    toques: Mapping[Toque, Mapping[date, int]] = field(default_factory=dict)
    intocados: int = 0

    def tocados(self, toque: Toque, ate: date | None = None) -> int:
        por_dia = self.toques.get(toque, {})
        return sum(n for dia, n in por_dia.items() if ate is None or dia <= ate)

    def porcento(self, toque: Toque, ate: date | None = None) -> Decimal | None:
        """Exato; sem clientes na base não há porcentagem a dizer."""
        return self.tocados(toque, ate) * CEM / self.clientes if self.clientes else None

    def curva(self, toque: Toque, janela: Janela) -> list[Decimal]:
        """A porcentagem acumulada ao fim de cada dia."""
        return [self.porcento(toque, dia) or Decimal(0) for dia in janela.dias]

    def __add__(self, outro: "Giro") -> "Giro":
        return Giro(
            self.clientes + outro.clientes,
            {t: _somar(self.toques.get(t, {}), outro.toques.get(t, {})) for t in Toque},
            self.intocados + outro.intocados,
        )


def _somar(a: Mapping[date, int], b: Mapping[date, int]) -> dict[date, int]:
    return {dia: a.get(dia, 0) + b.get(dia, 0) for dia in {*a, *b}}


def giro_de(vendedores: Iterable[int], empresas: Iterable[int], janela: Janela) -> dict[int, Giro]:
    """O giro de cada vendedor, em uma consulta; quem não tinha clientes tem zero."""
    saida = (
        "SELECT b.vendedor_id, k.dia, p.dia, count(*) FROM base b "
        "LEFT JOIN contatados k USING (cliente_id) LEFT JOIN compraram p USING (cliente_id) GROUP BY 1, 2, 3"
    )
    clientes: dict[int, int] = dict.fromkeys(vendedores, 0)
    intocados: dict[int, int] = dict.fromkeys(clientes, 0)
    toques: dict[int, dict[Toque, dict[date, int]]] = {v: {t: {} for t in Toque} for v in clientes}
    for vendedor, contato, compra, n in _linhas(_do_giro(saida, clientes), clientes, empresas, janela):
        clientes[vendedor] += n
        intocados[vendedor] += n if contato is None and compra is None else 0
        for toque, dia in ((Toque.CONTATO, contato), (Toque.COMPRA, compra)):
            if dia is not None:
                toques[vendedor][toque][dia] = toques[vendedor][toque].get(dia, 0) + n
    return {v: Giro(n, toques[v], intocados[v]) for v, n in clientes.items()}


def intocados(vendedor: int, empresas: Iterable[int], janela: Janela, toque: Toque) -> list[int]:
    """Os clientes da base que ficaram sem contato (ou sem compra) na janela."""
    tocados = {Toque.CONTATO: "contatados", Toque.COMPRA: "compraram"}[toque]
    saida = (
        "SELECT b.cliente_id FROM base b "
        f"WHERE NOT EXISTS (SELECT 1 FROM {tocados} t WHERE t.cliente_id = b.cliente_id) ORDER BY 1"
    )
    return [linha[0] for linha in _linhas(_do_giro(saida, [vendedor]), [vendedor], empresas, janela)]


@dataclass(frozen=True, slots=True)
class Tocado:
    """Um cliente da base, de quem ele era nela, e os dias do primeiro contato e da primeira compra."""

    cliente: int
    vendedor: int
    contato: date | None
    compra: date | None


class Quais(StrEnum):
    """Os nomes que se pedem de uma base."""

    TODOS = "todos"
    CONTATADOS = "contatados"
    COMPRARAM = "compraram"
    SEM_CONTATO = "sem_contato"
    SEM_COMPRA = "sem_compra"
    INTOCADOS = "intocados"


_ONDE = {
    Quais.TODOS: "true",
    Quais.CONTATADOS: "k.dia IS NOT NULL AND k.dia = coalesce(%(dia)s::date, k.dia)",
    Quais.COMPRARAM: "p.dia IS NOT NULL AND p.dia = coalesce(%(dia)s::date, p.dia)",
    Quais.SEM_CONTATO: "k.dia IS NULL",
    Quais.SEM_COMPRA: "p.dia IS NULL",
    Quais.INTOCADOS: "k.dia IS NULL AND p.dia IS NULL",
}


def nomes_do_giro(
    vendedores: Iterable[int], empresas: Iterable[int], janela: Janela, quais: Quais, dia: date | None = None
) -> list[Tocado]:
    """Quem está atrás de um número do giro; `dia` fica só com os que foram tocados pela primeira vez nele."""
    saida = (
        "SELECT b.cliente_id, b.vendedor_id, k.dia, p.dia FROM base b LEFT JOIN contatados k USING (cliente_id) "
        f"LEFT JOIN compraram p USING (cliente_id) WHERE {_ONDE[quais]} ORDER BY 1"
    )
    pessoas = list(vendedores)
    return [Tocado(*linha) for linha in _linhas(_do_giro(saida, pessoas), pessoas, empresas, janela, dia)]


def _do_giro(saida: str, vendedores: Collection[int]) -> str:
    """A mesma base pelos clientes de alguns vendedores ou, de quase todos, pelas tabelas inteiras."""
    if _quase_todos(vendedores):
        posse = "LEFT JOIN clientes_periododecarteira o ON o.cliente_id = c.id AND o.periodo @> %(de)s::date"
        fontes = {"dono": _DONO, "clientes": f"clientes_cliente c {posse}"}
        fontes |= {"contatos": "clientes_contato k", "pedidos": "clientes_pedido p"}
    else:
        fontes = {
            "dono": "d.vendedor_id",
            "clientes": "donos d JOIN clientes_cliente c ON c.id = d.cliente_id",
        }
        fontes |= {
            "contatos": "base b JOIN clientes_contato k ON k.cliente_id = b.cliente_id",
            "pedidos": "base b JOIN clientes_pedido p ON p.cliente_id = b.cliente_id",
        }
    return _trocar(fragmentos.ler("giro"), fontes | {"saida": saida})


def _trocar(sql: str, pedacos: Mapping[str, str]) -> str:
    for nome, pedaco in pedacos.items():
        sql = sql.replace("{" + nome + "}", pedaco)
    return sql


def _quase_todos(vendedores: Collection[int]) -> bool:
    """Metade ou mais dos que há: o índice já não poupa nada."""
    if len(vendedores) <= POUCOS:
        return False
    return len(vendedores) * 2 >= Usuario.objects.filter(papel=Papel.VENDEDOR).count()


def _linhas(
    sql: str, vendedores: Iterable[int], empresas: Iterable[int], janela: Janela, dia: date | None = None
) -> list[Any]:
    parametros = {
        "dia": dia,
        "vendedores": list(dict.fromkeys(vendedores)),
        "empresas": list(empresas),
        "de": janela.de,
        "ate": janela.ate,
        "fuso": settings.TIME_ZONE,
        "atribuicao": None,
    }
    with conexao().cursor() as cursor:
        cursor.execute(sql, parametros)
        return list(cursor.fetchall())


# ── Resultados do período ────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Resultados:
    """Contatos são de quem os registrou; pedidos e reativados, de quem era o dono no dia."""

    contatos: int = 0
    efetivos: int = 0
    pedidos: int = 0
    valor: Decimal = Decimal(0)
    apos_contato: int = 0
    valor_apos_contato: Decimal = Decimal(0)
    reativados: int = 0
    reativados_por_contato: int = 0

    def __add__(self, outro: "Resultados") -> "Resultados":
        return Resultados(*(getattr(self, c) + getattr(outro, c) for c in self.__slots__))


def resultados_de(
    vendedores: Iterable[int], empresas: Iterable[int], janela: Janela
) -> dict[int, Resultados]:
    """O que cada vendedor fez na janela, em uma consulta."""
    pessoas = list(vendedores)
    perto = "" if _quase_todos(pessoas) else "alcance a JOIN "
    no_alcance = " ON {}.cliente_id = a.id" if perto else ""
    pedacos = {
        "dono": _DONO,
        "pedidos": f"{perto}clientes_pedido p{no_alcance.format('p')}",
        "voltas": f"{perto}atividade_mudancastatus m{no_alcance.format('m')}",
        "maior_atribuicao": _MAIOR_ATRIBUICAO,
        "do_pedido": _no_prazo("x.data", "x.empresa_id"),
        "volta_por_contato": _houve_contato("m.cliente_id", "m.em", "c.empresa_id"),
    }
    sql = _trocar(fragmentos.ler("resultados"), pedacos)
    return {pk: Resultados(*resto) for pk, *resto in _linhas(sql, pessoas, empresas, janela)}


def dias_da_atribuicao(empresa: str) -> str:
    """Os dias em SQL: os que a consulta pede ou, sem isso, os da empresa desta coluna."""
    tabela = ParametrosDaAtividade._meta.db_table
    da_empresa = f"SELECT a.dias_atribuicao FROM {tabela} a WHERE a.empresa_id = {empresa}"
    return f"coalesce(%(atribuicao)s::int, ({da_empresa}), {DIAS_DA_ATRIBUICAO})"


def prazo_da_atribuicao(empresas: Iterable[Empresa]) -> str:
    """O mesmo em palavras, de empresas lidas com os parâmetros: um prazo só, ou de quanto a quanto."""
    prazos = sorted(
        e.parametros.dias_atribuicao if hasattr(e, "parametros") else DIAS_DA_ATRIBUICAO for e in empresas
    )
    menor, maior = (prazos[0], prazos[-1]) if prazos else (DIAS_DA_ATRIBUICAO, DIAS_DA_ATRIBUICAO)
    if menor < maior:
        return f"{menor} a {maior} dias (conforme a empresa)"
    return "1 dia" if menor == 1 else f"{menor} dias"


def _houve_contato(cliente: str, dia: str, empresa: str) -> str:
    """Um contato efetivo em [dia − atribuição, dia]: a mesma condição para o pedido e para a volta."""
    return (
        "EXISTS (SELECT 1 FROM clientes_contato k JOIN clientes_ocorrencia r ON r.id = k.ocorrencia_id AND r.efetiva "
        f"WHERE k.cliente_id = {cliente} AND k.desfeito_em IS NULL AND {_no_prazo(dia, empresa)})"
    )


def _no_prazo(dia: str, empresa: str) -> str:
    """O contato `k` em [dia − atribuição, dia]."""
    return (
        f"k.em >= ({dia} - {dias_da_atribuicao(empresa)})::timestamp AT TIME ZONE %(fuso)s "
        f"AND k.em < ({dia} + 1)::timestamp AT TIME ZONE %(fuso)s"
    )


# Nenhuma empresa atribui de mais longe: diz ao banco quantos contatos ler.
_MAIOR_ATRIBUICAO = (
    f"coalesce(%(atribuicao)s::int, (SELECT greatest(max(a.dias_atribuicao), {DIAS_DA_ATRIBUICAO}) "
    f"FROM {ParametrosDaAtividade._meta.db_table} a))"
)


def valor_por_mes(
    vendedores: Iterable[int], empresas: Iterable[int], janela: Janela
) -> dict[int, dict[date, Decimal]]:
    """O valor de cada mês da janela (pelo primeiro dia dele), por vendedor."""
    meses: dict[int, dict[date, Decimal]] = {v: {} for v in vendedores}
    for vendedor, mes, valor in _linhas(fragmentos.ler("valor_por_mes"), list(meses), empresas, janela):
        meses[vendedor][mes] = valor
    return meses
