"""De quem estava inativo ou quase, quantos voltaram a comprar: com contato e sem, em igual número de dias.

Com contato: compra do primeiro contato efetivo do período até N dias depois. Sem contato: compra nos primeiros N dias
do período, antes de qualquer contato. Quem liga escolhe para quem ligar: a diferença não prova que foi a ligação; isso
só o grupo de controle prova.
"""

from dataclasses import dataclass
from decimal import Decimal

from atividade import fragmentos
from clientes.comparacao import Comparacao, comparar, wilson
from clientes.comparacao import Grupo as Lado
from relatorios.resultados import regras
from relatorios.resultados.consulta import Consulta, ler

FILTROS = ("empresa", "vendedor", "equipe", "segmento", "uf", "municipio")
RECENTE, ANTIGO, QUASE = "recente", "antigo", "quase"
GRUPOS = (RECENTE, ANTIGO, QUASE)
NOMES = {RECENTE: "Inativos recentes", ANTIGO: "Inativos antigos", QUASE: "Quase inativos"}
MESES_DO_RECENTE = 24
COM, SEM = "com", "sem"
_CONTAR = """
SELECT grupo, contatado, count(*), count(*) FILTER (WHERE comprou), count(*) FILTER (WHERE aberto AND NOT comprou),
       coalesce(sum(contatos) FILTER (WHERE contatado), 0)
  FROM escolhidos GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Parte:
    """Um lado: quantos eram, quantos compraram, quantos ainda têm prazo."""

    clientes: int = 0
    compraram: int = 0
    em_aberto: int = 0
    contatos: int = 0

    @property
    def pct(self) -> Decimal | None:
        return Decimal(self.compraram) * 100 / self.clientes if self.clientes else None

    @property
    def intervalo(self) -> tuple[float, float] | None:
        """O de Wilson, em pontos percentuais."""
        if not self.clientes:
            return None
        de, ate = wilson(self.compraram, self.clientes)
        return 100 * de, 100 * ate

    @property
    def contatos_por_compra(self) -> Decimal | None:
        return Decimal(self.contatos) / self.compraram if self.compraram else None

    def __add__(self, outra: "Parte") -> "Parte":
        return Parte(*(getattr(self, c) + getattr(outra, c) for c in self.__slots__))


@dataclass(frozen=True, slots=True)
class Conversao:
    grupo: str
    com: Parte = Parte()
    sem: Parte = Parte()

    @property
    def clientes(self) -> int:
        return self.com.clientes + self.sem.clientes

    @property
    def comparacao(self) -> Comparacao | None:
        return comparar(
            Lado(self.com.clientes, self.com.compraram), Lado(self.sem.clientes, self.sem.compraram)
        )


def _sql(consulta: Consulta, saida: str) -> str:
    trocas = {
        "regras": regras.todas(),
        "ciclo": fragmentos.ciclo_ate("d.cliente_id", "a.data", "r.ci IS NOT NULL", "d.empresa_id"),
        "quase_em": fragmentos.quase_inativo_em("a.data", "k.ciclo"),
        "inativo_em": fragmentos.inativo_em("a.data", "k.ciclo"),
        "condicao": consulta.condicao(*FILTROS),
    }
    sql = ler("conversao")
    for chave, texto in trocas.items():
        sql = sql.replace("{" + chave + "}", texto)
    return sql + saida


def conversoes(consulta: Consulta) -> dict[str, Conversao]:
    """A conversão de inativos recentes, antigos e quase inativos, em uma consulta."""
    partes: dict[str, dict[bool, Parte]] = {g: {} for g in GRUPOS}
    for grupo, contatado, *numeros in consulta.linhas(_sql(consulta, _CONTAR)):
        partes[grupo][contatado] = Parte(*numeros)
    return {g: Conversao(g, p.get(True, Parte()), p.get(False, Parte())) for g, p in partes.items()}


def clientes_da(consulta: Consulta, grupo: str, lado: str, *, so_compraram: bool = False) -> list[int]:
    """Os clientes atrás de um número da conversão."""
    saida = "SELECT cliente_id FROM escolhidos WHERE grupo = %(grupo)s AND contatado = %(contatado)s"
    if so_compraram:
        saida += " AND comprou"
    return [pk for (pk,) in consulta.linhas(_sql(consulta, saida), grupo=grupo, contatado=lado == COM)]
