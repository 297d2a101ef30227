"""O fim da API: endereço que não existe responde como o resto dela, e não com uma página."""

from typing import Any

from django.http import Http404

from carteira.api.base import VistaDaApi


class NaoHa(VistaDaApi):
    schema = None
    permission_classes = ()

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        raise Http404
