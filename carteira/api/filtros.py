"""Os filtros das listas: os mesmos das páginas, e um parâmetro que ninguém conhece é um erro, não um silêncio."""

from typing import Any

from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError

from carteira.api.paginas import PARAMETROS


class SoOQueSeConhece(DjangoFilterBackend):
    def filter_queryset(self, request: Any, queryset: Any, view: Any) -> Any:
        classe = self.get_filterset_class(view, queryset)
        recusar_desconhecidos(request, set(classe.base_filters) if classe else set())
        filtro = self.get_filterset(request, queryset, view)
        if filtro is None:
            return queryset
        if not filtro.is_valid():
            raise ValidationError(filtro.errors)
        return view.filtrados(filtro)

    def get_filterset_kwargs(self, request: Any, queryset: Any, view: Any) -> dict[str, Any]:
        return super().get_filterset_kwargs(request, queryset, view) | view.para_o_filtro()


def recusar_desconhecidos(request: Any, conhecidos: set[str]) -> None:
    """Um filtro escrito errado traria a carteira inteira como se filtrada."""
    if outros := sorted(set(request.query_params) - conhecidos - PARAMETROS):
        raise ValidationError({nome: ["Este parâmetro não existe aqui."] for nome in outros})
