"""Contatos feitos e pedidos que eles capturaram: dez contatos, três pedidos, 30 %.

Um pedido é de um contato só (o último efetivo até N dias antes dele), e por isso a soma dos grupos é o total. Um
contato do fim do período ainda pode capturar: conta o pedido até N dias depois, se já houve tempo.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from relatorios.resultados.atribuicao import oferta_do_contato, ultimo_contato
from relatorios.resultados.consulta import DIMENSOES, Consulta, Dimensao, ler, rotulos

ZERO = Decimal("0.00")
FILTROS = (
    "empresa", "vendedor", "equipe", "segmento", "uf", "municipio", "campanha", "oferta", "canal", "quem",
)  # fmt: skip
DIMENSOES_DOS_CONTATOS = (
    "quem", "campanha", "canal", "oferta", "vendedor", "equipe", "segmento", "uf", "empresa",
)  # fmt: skip
EFETIVOS, TENTATIVAS, CAPTURARAM = "efetivos", "tentativas", "capturaram"
_RECORTES = {EFETIVOS: "x.efetiva", TENTATIVAS: "NOT x.efetiva", CAPTURARAM: "x.pedidos > 0"}
_MEDIDAS = (
    "count(*) FILTER (WHERE efetiva), count(*) FILTER (WHERE NOT efetiva), "
    "count(DISTINCT cliente_id) FILTER (WHERE efetiva), count(*) FILTER (WHERE pedidos > 0), "
    "coalesce(sum(pedidos), 0)::bigint, coalesce(sum(valor), 0), count(*) FILTER (WHERE efetiva AND aberto)"
)
_LISTAR = """
SELECT x.id, x.cliente_id, coalesce(nullif(c.nome_fantasia, ''), c.razao_social), c.codigo, x.dia, x.canal, r.nome,
       u.nome, coalesce(k.nome, ''), coalesce(x.pedidos, 0), coalesce(x.valor, 0), x.primeiro
  FROM escolhidos x
  JOIN clientes_cliente c ON c.id = x.cliente_id
  JOIN clientes_ocorrencia r ON r.id = x.ocorrencia_id
  JOIN contas_usuario u ON u.id = x.atendente_id
  LEFT JOIN clientes_campanha k ON k.id = x.campanha_id
 WHERE {recorte}
 ORDER BY x.em DESC, x.id DESC
"""


@dataclass(frozen=True, slots=True)
class Esforco:
    """O que se fez e o que isso capturou."""

    contatos: int = 0  # efetivos
    tentativas: int = 0
    clientes: int = 0
    com_pedido: int = 0
    pedidos: int = 0
    valor: Decimal = ZERO
    em_aberto: int = 0  # contatos cujo prazo de captura ainda corre

    @property
    def conversao(self) -> Decimal | None:
        """Pedidos por cem contatos."""
        return Decimal(self.pedidos) * 100 / self.contatos if self.contatos else None

    @property
    def contatos_por_pedido(self) -> Decimal | None:
        return Decimal(self.contatos) / self.pedidos if self.pedidos else None


@dataclass(frozen=True, slots=True)
class Grupo:
    chave: str
    rotulo: str
    esforco: Esforco


@dataclass(frozen=True, slots=True)
class ContatoFeito:
    pk: int
    cliente: int
    nome: str
    codigo: str
    dia: date
    canal: str
    ocorrencia: str
    quem: str
    campanha: str
    pedidos: int
    valor: Decimal
    primeiro: date | None  # o dia do primeiro pedido capturado


def _sql(consulta: Consulta, saida: str) -> str:
    sql = ler("contatos").replace(
        "{ultimo_contato}", ultimo_contato("p.cliente_id", "p.data", "p.empresa_id")
    )
    sql = sql.replace("{oferta}", oferta_do_contato("k", "k.cliente_id"))
    return sql.replace("{condicao}", consulta.condicao(*FILTROS)) + saida


def esforco(consulta: Consulta) -> Esforco:
    linhas = consulta.linhas(_sql(consulta, f"SELECT {_MEDIDAS} FROM escolhidos"))
    return Esforco(*linhas[0])


def agrupar_com_total(consulta: Consulta, dimensao: Dimensao) -> tuple[list[Grupo], Esforco]:
    """Do que mais contatou ao que menos, e o total, em que cada cliente conta uma vez; lê-se tudo de uma vez."""
    saida = (
        f"SELECT grouping(chave) = 1, chave, {_MEDIDAS} FROM (SELECT {dimensao.coluna} AS chave, * FROM escolhidos) g "
        "GROUP BY GROUPING SETS ((chave), ())"
    )
    esforcos, total = {}, Esforco()
    for de_todos, chave, *resto in consulta.linhas(_sql(consulta, saida)):
        if de_todos:
            total = Esforco(*resto)
        else:
            esforcos[chave] = Esforco(*resto)
    nomes = rotulos(dimensao, list(esforcos))
    grupos = [Grupo(chave, nomes[chave], e) for chave, e in esforcos.items()]
    return sorted(
        grupos, key=lambda g: (-g.esforco.contatos, -g.esforco.tentativas, g.rotulo, g.chave)
    ), total


def listar(
    consulta: Consulta, recorte: str = EFETIVOS, limite: int | None = None, pular: int = 0
) -> list[ContatoFeito]:
    """Os contatos atrás de um número, do mais novo ao mais velho."""
    saida = _LISTAR.replace("{recorte}", _RECORTES[recorte])
    if limite is not None:
        saida += " LIMIT %(limite)s OFFSET %(pular)s"
    return [
        ContatoFeito(*linha) for linha in consulta.linhas(_sql(consulta, saida), limite=limite, pular=pular)
    ]


def dimensao_de(nome: str, padrao: str = "quem") -> Dimensao:
    return DIMENSOES[nome if nome in DIMENSOES_DOS_CONTATOS else padrao]
