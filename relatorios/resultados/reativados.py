"""Clientes reativados, base pedidos: quem comprou depois de ter sido inativo, quanto, e se foi por um contato."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from atividade import fragmentos
from atividade.giro import Janela
from relatorios.resultados import regras
from relatorios.resultados.atribuicao import oferta_do_contato, ultimo_contato
from relatorios.resultados.consulta import DIMENSOES, Consulta, Dimensao, ler, rotulos

ZERO = Decimal("0.00")
FILTROS = (
    "empresa", "vendedor", "equipe", "segmento", "uf", "municipio", "campanha", "oferta", "canal", "quem", "origem",
)  # fmt: skip
DIMENSOES_DOS_REATIVADOS = (
    "vendedor", "equipe", "uf", "municipio", "segmento", "campanha", "oferta", "canal", "origem", "empresa",
)  # fmt: skip
_MEDIDAS = (
    "count(*), coalesce(sum(pedidos), 0)::bigint, coalesce(sum(valor), 0), count(contato_id), "
    "coalesce(sum(valor) FILTER (WHERE contato_id IS NOT NULL), 0), coalesce(sum(pedidos - sem_imposto), 0)::bigint"
)
ORDENS = {
    "valor": "x.valor",
    "pedidos": "x.pedidos",
    "ultimo": "x.ultimo",
    "silencio": "x.em - x.anterior",
    "cliente": "sem_acento(coalesce(nullif(c.nome_fantasia, ''), c.razao_social))",
    "volta": "x.em",
}
_LISTAR = """
SELECT x.cliente_id, coalesce(nullif(c.nome_fantasia, ''), c.razao_social), c.codigo, e.nome, e.codigo, v.nome,
       x.em, x.em - x.anterior, x.contato_id, x.contato_em, x.canal, u.nome, k.nome, x.oferta, x.pedidos, x.valor,
       x.ultimo
  FROM escolhidas x
  JOIN clientes_cliente c ON c.id = x.cliente_id
  JOIN contas_empresa e ON e.id = x.empresa_id
  LEFT JOIN contas_usuario v ON v.id = x.vendedor_id
  LEFT JOIN contas_usuario u ON u.id = x.atendente_id
  LEFT JOIN clientes_campanha k ON k.id = x.campanha_id
 ORDER BY {ordem}, c.codigo COLLATE "C", x.cliente_id
"""


@dataclass(frozen=True, slots=True)
class Reativado:
    """Uma linha do relatório: os pedidos são do reativador ao fim do período."""

    pk: int
    nome: str
    codigo: str
    empresa: str
    empresa_codigo: str
    vendedor: str | None
    em: date
    silencio: int  # dias sem comprar quando voltou
    contato: int | None
    contato_em: date | None
    canal: str | None
    atendente: str | None
    campanha: str | None
    oferta: str | None
    pedidos: int
    valor: Decimal
    ultimo: date


@dataclass(frozen=True, slots=True)
class Soma:
    """Os reativados de um grupo, ou todos."""

    clientes: int = 0
    pedidos: int = 0
    valor: Decimal = ZERO
    por_contato: int = 0
    valor_por_contato: Decimal = ZERO
    sem_separar_impostos: int = 0  # pedidos que vieram sem o valor sem impostos: neles vale o valor

    @property
    def ticket(self) -> Decimal | None:
        """Por pedido; exato, quem mostra arredonda."""
        return self.valor / self.pedidos if self.pedidos else None

    @property
    def espontaneos(self) -> int:
        return self.clientes - self.por_contato

    @property
    def por_contato_pct(self) -> Decimal | None:
        return Decimal(self.por_contato) * 100 / self.clientes if self.clientes else None


@dataclass(frozen=True, slots=True)
class Grupo:
    chave: str
    rotulo: str
    soma: Soma


def _sql(consulta: Consulta, saida: str) -> str:
    trocas = {
        "regras": regras.todas(),
        "regra_em_vigor": regras.em_vigor("x.cliente_id", "x.segmento_id", "x.empresa_id", "x.em"),
        # por ciclo, a régua é o ciclo conhecido antes do silêncio que se julga
        "ciclo": fragmentos.ciclo_ate("x.cliente_id", "x.anterior", "r.ci IS NOT NULL", "x.empresa_id"),
        "inativo_em": fragmentos.inativo_em("x.anterior", "k.ciclo"),
        "ultimo_contato": ultimo_contato("v.cliente_id", "v.em", "v.empresa_id"),
        "oferta": oferta_do_contato("k", "v.cliente_id"),
        "condicao": consulta.condicao(*FILTROS),
    }
    sql = ler("reativados")
    for chave, texto in trocas.items():
        sql = sql.replace("{" + chave + "}", texto)
    return sql + saida


def _rodar(consulta: Consulta, saida: str, janelas: Sequence[Janela] = (), **mais: Any) -> list[Any]:
    janelas = janelas or [consulta.janela]
    des, ates = [j.de for j in janelas], [j.ate for j in janelas]
    dias = {"des": des, "ates": ates, "primeiro": min(des), "ultimo": max(ates)}
    return consulta.linhas(_sql(consulta, saida), **dias, **mais)


def somar(consulta: Consulta, janelas: Sequence[Janela]) -> list[Soma]:
    """O total de cada janela, cada uma como se fosse o período; uma consulta para todas."""
    linhas = _rodar(consulta, f"SELECT n, {_MEDIDAS} FROM escolhidas GROUP BY 1", janelas)
    achadas = {n: Soma(*resto) for n, *resto in linhas}
    return [achadas.get(n, Soma()) for n in range(1, len(janelas) + 1)]


def agrupar(consulta: Consulta, dimensao: Dimensao) -> list[Grupo]:
    """Um grupo por valor da dimensão, do maior para o menor; a soma deles é o total."""
    linhas = _rodar(consulta, f"SELECT {dimensao.coluna}, {_MEDIDAS} FROM escolhidas GROUP BY 1")
    somas = {chave: Soma(*resto) for chave, *resto in linhas}
    nomes = rotulos(dimensao, list(somas))
    grupos = [Grupo(chave, nomes[chave], soma) for chave, soma in somas.items()]
    return sorted(grupos, key=lambda g: (-g.soma.valor, -g.soma.clientes, g.rotulo, g.chave))


def listar(
    consulta: Consulta, ordem: str = "-valor", limite: int | None = None, pular: int = 0
) -> list[Reativado]:
    """As linhas do relatório; o código desempata."""
    coluna = ORDENS.get(ordem.lstrip("-"), ORDENS["valor"])
    saida = _LISTAR.replace("{ordem}", f"{coluna} DESC" if ordem.startswith("-") else coluna)
    if limite is not None:
        saida += " LIMIT %(limite)s OFFSET %(pular)s"
    return [Reativado(*linha) for linha in _rodar(consulta, saida, limite=limite, pular=pular)]


def dimensao_de(nome: str, padrao: str = "vendedor") -> Dimensao:
    return DIMENSOES[nome if nome in DIMENSOES_DOS_REATIVADOS else padrao]
