"""De que todo recurso da API é feito: parte do que a pessoa vê, na ordem pedida, e diz que operações tem.

Um recurso de leitura declara `modelo`, `serializer_class`, `decisoes`, `visiveis` e `ordens`; a página, o ETag, os
erros e o esquema são daqui. Operação sem linha em `decisoes` é 403 para todos, e um teste a denuncia.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.shortcuts import get_object_or_404
from django.utils.cache import patch_cache_control
from rest_framework.exceptions import ValidationError
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from carteira.api.etiqueta import com_etiqueta
from carteira.api.filtros import recusar_desconhecidos
from carteira.api.levas import anotar, anotar_pagina, e_leva
from carteira.api.paginas import POR_PAGINA, por_coluna
from carteira.api.permissoes import Decisoes
from carteira.paginacao import Ordem
from contas.models import Usuario


class _SemCopia:
    """O que se lê é de quem pediu: nenhum intermediário o guarda."""

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        pronta = super().finalize_response(request, response, *args, **kwargs)  # type: ignore[misc]
        if not pronta.has_header("Cache-Control"):
            patch_cache_control(pronta, private=True, no_store=True)
        return pronta


class VistaDaApi(_SemCopia, APIView):
    """Uma operação que não é de um recurso (a composição, um lote); `decisoes` por método."""

    decisoes: ClassVar[Decisoes] = {}


class Recurso(_SemCopia, GenericViewSet[Any]):
    """Um recurso; as escritas juntam as suas ações e decisões a este."""

    modelo: ClassVar[Any]
    decisoes: ClassVar[Decisoes] = {}
    lookup_field = "pk"
    lookup_value_converter = "int"
    # Relações lidas com a página: para um (`unidas`) e para muitos (`juntas`).
    unidas: ClassVar[Sequence[str]] = ()
    juntas: ClassVar[Sequence[Any]] = ()
    ordens: ClassVar[dict[str, Ordem]] = por_coluna("id")
    ordem_padrao = "id"
    # Páginas com mais linhas que isto são levar em massa: só quem exporta, e fica na auditoria. Nulo, só do que não
    # fala de clientes.
    leva_acima_de: ClassVar[int | None] = POR_PAGINA
    # Na leitura de um só, quando se diz mais que na lista.
    serializer_do_objeto: ClassVar[Any] = None

    def visiveis(self, usuario: Usuario) -> Any:
        """As linhas que a pessoa vê; por padrão, o método único do modelo."""
        return self.modelo.objects.visiveis_para(usuario)

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):  # o esquema só quer saber de que modelo
            return self.modelo._default_manager.none()
        return self.visiveis(self.request.user).select_related(*self.unidas)

    def get_serializer_class(self) -> Any:
        do_objeto = self.serializer_do_objeto if self.action != "list" else None
        return do_objeto or self.serializer_class

    def para_o_filtro(self) -> dict[str, Any]:
        """O que o FilterSet do recurso pede além dos parâmetros."""
        return {}

    def filtrados(self, filtro: Any) -> Any:
        return filtro.qs

    def ordem_pedida(self) -> Ordem:
        pedida = self.request.query_params.get("ordem") or self.ordem_padrao
        if pedida not in self.ordens:
            raise ValidationError({"ordem": [f"Use uma destas: {', '.join(sorted(self.ordens))}."]})
        return self.ordens[pedida]

    def preparar(self, objetos: list[Any]) -> list[Any]:
        """Junta às linhas já lidas o que se diz delas, em conjunto: nunca uma consulta por linha."""
        return objetos


class Listavel(Recurso):
    def list(self, request: Any) -> Any:
        if "desde" in request.query_params and hasattr(self, "sincronia"):
            return self.ler_desde(request)
        leva = e_leva(self, request)
        linhas = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        (anotar if leva else anotar_pagina)(self, request, len(linhas or []))
        return self.get_paginated_response(self.get_serializer(self.preparar(linhas or []), many=True).data)


class Legivel(Listavel):
    """Listar e abrir um."""

    def retrieve(self, request: Any, pk: int) -> Any:
        recusar_desconhecidos(request, set())
        return com_etiqueta(request, self.dados_de(self.objeto(pk)))

    def objeto(self, pk: int) -> Any:
        """O objeto, se a pessoa o vê; senão 404, como se não existisse."""
        achado = get_object_or_404(self.get_queryset().prefetch_related(*self.juntas), pk=pk)
        self.check_object_permissions(self.request, achado)
        return achado

    def dados_de(self, objeto: Any) -> Any:
        """O que se mostra de um: o corpo da leitura, e a base do ETag que as escritas conferem."""
        return self.get_serializer(self.preparar([objeto])[0]).data
