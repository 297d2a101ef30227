"""As objeções mais ouvidas e, de cada contra-argumento, quantos compraram apesar dela."""

from dataclasses import dataclass
from decimal import Decimal

from clientes.comparacao import wilson
from clientes.models import Objecao
from relatorios.resultados.consulta import Consulta, ler

FILTROS = ("empresa", "vendedor", "equipe", "segmento", "uf", "municipio", "campanha", "canal", "quem")
_CONTAR = """
SELECT objecao_id, sum(vezes)::bigint, count(*), count(*) FILTER (WHERE comprou),
       count(*) FILTER (WHERE aberto AND NOT comprou), sum(valor)
  FROM medidos GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class ObjecaoOuvida:
    """Vezes é em quantos contatos se ouviu; vencida é a de quem comprou até N dias depois de a dizer."""

    objecao: Objecao
    vezes: int
    clientes: int
    compraram: int
    em_aberto: int
    valor: Decimal

    @property
    def vitoria(self) -> Decimal:
        return Decimal(self.compraram) * 100 / self.clientes

    @property
    def intervalo(self) -> tuple[float, float]:
        de, ate = wilson(self.compraram, self.clientes)
        return 100 * de, 100 * ate


def _sql(consulta: Consulta, saida: str) -> str:
    return ler("objecoes").replace("{condicao}", consulta.condicao(*FILTROS)) + saida


def ouvidas(consulta: Consulta) -> list[ObjecaoOuvida]:
    """Da mais ouvida à menos; o nome desempata."""
    linhas = consulta.linhas(_sql(consulta, _CONTAR))
    catalogo = Objecao.objects.in_bulk([pk for pk, *_ in linhas])
    achadas = [ObjecaoOuvida(catalogo[pk], *resto) for pk, *resto in linhas]
    return sorted(achadas, key=lambda o: (-o.vezes, -o.clientes, o.objecao.nome))


def clientes_da(consulta: Consulta, objecao: int, *, so_compraram: bool = False) -> list[int]:
    saida = "SELECT cliente_id FROM medidos WHERE objecao_id = %(objecao)s"
    if so_compraram:
        saida += " AND comprou"
    return [pk for (pk,) in consulta.linhas(_sql(consulta, saida), objecao=objecao)]
