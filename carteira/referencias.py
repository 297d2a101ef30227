"""A data em que cada empresa está: as telas leem daqui, nunca do relógio."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.db.models import Case, DateField, F, Q, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast
from django.utils import timezone

from atividade.prioridade import DiasEntre
from contas.escopo import empresas_de
from contas.models import Empresa, Usuario
from contas.pronta import ID, Pronta


@dataclass(frozen=True)
class Referencias:
    """As empresas que a pessoa vê e a referência de cada uma."""

    empresas: dict[int, Empresa]
    hoje: date

    @classmethod
    def de(cls, usuario: Usuario) -> "Referencias":
        if usuario.olhado_por is None:
            empresas = _EMPRESAS(usuario.pk)
        else:
            empresas = list(empresas_de(usuario).select_related("parametros"))
        return cls({e.pk: e for e in empresas}, timezone.localdate())

    def da_empresa(self, empresa_id: int) -> date:
        """Antes da primeira rodada não há referência: ninguém tem indicador, e hoje serve."""
        empresa = self.empresas.get(empresa_id)
        return (empresa.referencia if empresa else None) or self.hoje

    def em_cena(self, pedidas: list[str]) -> list[Empresa]:
        """As empresas que a página mostra: as pedidas na URL, ou todas."""
        return [e for pk, e in self.empresas.items() if not pedidas or str(pk) in pedidas]

    @cached_property
    def por_data(self) -> dict[date, list[int]]:
        grupos: dict[date, list[int]] = defaultdict(list)
        for pk in self.empresas:
            grupos[self.da_empresa(pk)].append(pk)
        return dict(grupos)

    @property
    def unica(self) -> date | None:
        """A data, quando todas as empresas estão na mesma; nada quando divergem."""
        if not self.por_data:
            return self.hoje
        return next(iter(self.por_data)) if len(self.por_data) == 1 else None

    def condicao(self, montar: Callable[[date], Q]) -> Q:
        """A condição com a referência de cada empresa em literal: assim os índices por data servem."""
        if self.unica is not None:
            return montar(self.unica)
        total = Q(pk__in=[])
        for dia, empresas in self.por_data.items():
            total |= Q(empresa__in=empresas) & montar(dia)
        return total

    def expressao(self) -> Combinable:
        """A referência da linha, para contas em SQL."""
        if self.unica is not None:
            return Cast(Value(self.unica), DateField())
        casos = [
            When(empresa__in=empresas, then=Cast(Value(dia), DateField()))
            for dia, empresas in self.por_data.items()
        ]
        return Case(*casos, output_field=DateField())

    def recencia(self) -> DiasEntre:
        return DiasEntre(self.expressao(), F("ultima_compra"))


_EMPRESAS = Pronta(lambda pessoa: empresas_de(Usuario(pk=pessoa)).select_related("parametros"), ID)
