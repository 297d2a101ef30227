"""Os clientes que uma ação em lote alcança: os marcados na lista, ou todos os do filtro.

Vai e volta pelos mesmos campos, em formulário ou endereço: `cliente` repetido, ou `todos=1` com `consulta`,
o texto dos filtros da lista. O que a pessoa não vê não entra, venha de onde vier.
"""

from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from carteira.filters import FiltroDeClientes
from carteira.ids import ids_de
from carteira.referencias import Referencias
from clientes.models import Cliente
from contas.models import Usuario

# Não estreitam a lista: são a vez e o tamanho da página, e a lista viva cujo filtro se está a montar.
DA_PAGINA = frozenset({"apos", "por", "editando"})


class SelecaoRecusada(ValueError):
    """Um filtro que não se entendeu: agir sobre todos sem ele alcançaria quem não se pediu."""


@dataclass(frozen=True, slots=True)
class Selecao:
    usuario: Usuario
    ids: tuple[int, ...] = ()
    consulta: str | None = None  # None: valem os marcados

    @classmethod
    def de(cls, dados: QueryDict, usuario: Usuario) -> "Selecao":
        """Lê os campos; o que não é id fica de fora. Sem nenhum, a seleção é vazia."""
        if dados.get("todos") == "1":
            return cls(usuario, consulta=texto_da_consulta(dados.get("consulta", "")))
        return cls(usuario, tuple(dict.fromkeys(ids_de(dados.getlist("cliente")))))

    def clientes(self) -> Any:
        """`QuerySet` de Cliente, só dos visíveis. Levanta `SelecaoRecusada` se um filtro não vale."""
        visiveis = Cliente.objects.visiveis_para(self.usuario)
        if self.consulta is None:
            return visiveis.filter(pk__in=self.ids)
        filtro = FiltroDeClientes(
            QueryDict(self.consulta), usuario=self.usuario, referencias=Referencias.de(self.usuario)
        )
        if filtro.recusados:
            raise SelecaoRecusada(f"Filtro não entendido: {', '.join(filtro.recusados.values())}.")
        return visiveis.filter(pk__in=filtro.resultado().order_by().values("pk"))

    def campos(self) -> list[tuple[str, str]]:
        """Os mesmos campos de novo, para o formulário que confirma."""
        if self.consulta is not None:
            return [("todos", "1"), ("consulta", self.consulta)]
        return [("cliente", str(pk)) for pk in self.ids]

    def __bool__(self) -> bool:
        return self.consulta is not None or bool(self.ids)


def texto_da_consulta(consulta: str) -> str:
    """A query string sem o que é só da página: é o que uma visão e uma lista viva guardam."""
    limpa = QueryDict(consulta.removeprefix("?"), mutable=True)
    for nome in DA_PAGINA:
        limpa.pop(nome, None)
    return limpa.urlencode()
