"""A lista viva de um post-it: a mesma pergunta da lista de clientes, feita à carteira de quem lê."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.http import urlencode

from atividade.models import Indicadores, Status
from carteira.filters import FiltroDeClientes
from carteira.lista_de_clientes import ordem_pedida
from carteira.paginacao import Cursor, Ordem, Pagina, paginar
from carteira.referencias import Referencias
from contas.models import Usuario
from notificacoes.models import Recado, RegraDaLista

POR_PAGINA = 50
# Há mais tempo sem pedir primeiro; quem nunca pediu, no fim.
ORDEM = "pedido"
COLUNAS = ("documento", "pedido")
# Quem nunca comprou não está atrasado: prospects não entram na lista de quem parou de pedir.
_JA_COMPRARAM = [status.value for status in Status if status != Status.PROSPECT]


def filtro_da_regra(regra: str, dias: int) -> str:
    """Os parâmetros da lista de clientes que dizem a regra: é ela quem decide, aqui só se pergunta."""
    if regra == RegraDaLista.SEM_PEDIDO:
        return urlencode({"sem_comprar": dias, "status": _JA_COMPRARAM}, doseq=True)
    # o filtro de contato inclui o dia N: "mais de N" é de N + 1 em diante
    return urlencode({"sem_contato": dias + 1})


@dataclass(frozen=True)
class ListaViva:
    """A lista de um post-it como uma pessoa a vê agora."""

    recado: Recado
    leitor: Usuario
    referencias: Referencias

    @classmethod
    def de(cls, recado: Recado | None, leitor: Usuario) -> "ListaViva | None":
        if recado is None or not recado.regra:
            return None
        return cls(recado, leitor, Referencias.de(leitor))

    @property
    def consulta(self) -> str:
        return f"{filtro_da_regra(self.recado.regra, self.recado.dias or 0)}&ordem={ORDEM}"

    @property
    def url(self) -> str:
        return f"{reverse('clientes:lista')}?{self.consulta}"

    @property
    def url_csv(self) -> str:
        return f"{reverse('clientes:exportar')}?{self.consulta}&formato=csv&colunas={','.join(COLUNAS)}"

    @property
    def ordem(self) -> Ordem:
        return ordem_pedida(ORDEM, self.leitor, self.referencias)

    def clientes(self) -> QuerySet[Indicadores]:
        filtro = FiltroDeClientes(QueryDict(self.consulta), usuario=self.leitor, referencias=self.referencias)
        return filtro.resultado()

    def quantos(self) -> int:
        return self.clientes().count()

    def pagina(self, apos: str, tamanho: int = POR_PAGINA) -> Pagina:
        ordem = self.ordem
        cursor = Cursor.de_texto(apos, ordem.nome)
        return paginar(self.clientes().select_related("cliente"), ordem, cursor, tamanho)

    def linhas(self, pagina: Pagina) -> list[dict[str, Any]]:
        """Cada cliente com os dias desde o último pedido, contados da referência da empresa dele."""
        return [
            {"cliente": ind.cliente, "ultimo": ind.ultima_compra, "dias": self._dias(ind)}
            for ind in pagina.linhas
        ]

    def _dias(self, ind: Indicadores) -> int | None:
        if ind.ultima_compra is None:
            return None
        return (self.referencias.da_empresa(ind.empresa_id) - ind.ultima_compra).days
