"""Duas gravações da mesma página vão uma depois da outra: a segunda confere a versão depois de a primeira se gravar."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import connection, transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse

Pagina = Callable[..., HttpResponse]


def uma_por_vez(modelo: type[Model] | None = None, *, sem_chave: bool = False) -> Callable[[Pagina], Pagina]:
    """Ler, conferir e gravar na mesma transação, com a linha de `pk` travada antes de lida.

    A trava é a do caso de uso que a relê: subir de uma a outra no meio prende as duas. Onde um nome único muda, a mais
    forte; `sem_chave`, a que deixa gravar quem só cita a linha: o banco confere a citação ao gravar, e quem importa as
    pessoas do cliente, com a busca dele já na mão, esperaria por quem a quer. Sem modelo (números que ainda não têm
    linha, pessoas que se travam em ordem), a trava é da página.
    """

    def decorar(pagina: Pagina) -> Pagina:
        @wraps(pagina)
        def em_ordem(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method != "POST":
                return pagina(request, *args, **kwargs)
            with transaction.atomic():
                if modelo is None:
                    _travar_a_pagina(request.path)
                else:
                    linhas = modelo._base_manager.select_for_update(no_key=sem_chave)
                    linhas.filter(pk=kwargs["pk"]).values_list("pk").first()
                return pagina(request, *args, **kwargs)

        return em_ordem

    return decorar


def _travar_a_pagina(caminho: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"página {caminho}"])
