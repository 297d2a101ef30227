"""O que toda escrita faz igual: o corpo conferido campo a campo, a versão exigida, a recusa sem nada mudado.

As regras não moram aqui: cada recurso entrega o que leu ao mesmo formulário e ao mesmo caso de uso das páginas.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.db import transaction
from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.response import Response

from carteira.api.etiqueta import etiqueta, exigir_versao
from carteira.api.idempotencia import corpo_em_resumo, uma_vez
from carteira.api.problemas import Problema
from carteira.repetiveis import Atendido
from clientes.models import Cliente


class Entrada(serializers.Serializer[Any]):
    """Só o que se escreve: um campo a mais (dono, empresa, papel) é um erro, não um silêncio."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            outros = sorted(str(nome) for nome in data if nome not in self.fields)
            if outros:
                raise serializers.ValidationError(
                    {nome: ["Este campo não se escreve aqui."] for nome in outros}
                )
        return super().to_internal_value(data)


def lido(entrada: type[Entrada], request: Any, *, parcial: bool = False) -> dict[str, Any]:
    """O corpo, nos tipos certos; 400 com os erros por campo."""
    serializer = entrada(data=request.data, partial=parcial)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def do_formulario(form: forms.BaseForm, nomes: Mapping[str, str] | None = None) -> None:
    """As recusas do formulário, campo a campo, com os nomes que a API lhes dá."""
    if form.is_valid():
        return
    erros = {
        (nomes or {}).get(nome, nome) if nome != "__all__" else "geral": [str(e) for e in ditos]
        for nome, ditos in form.errors.items()
    }
    raise recusa(erros)


def recusa(erros: dict[str, list[str]]) -> Problema:
    return Problema(400, f"Confira: {', '.join(erros)}.", erros)


def cliente_visivel(request: Any, pk: int) -> Cliente:
    """O cliente de quem se fala; fora do que a pessoa vê é como se não existisse."""
    visiveis = Cliente.objects.visiveis_para(request.user).select_related("empresa")
    achado: Cliente | None = visiveis.filter(pk=pk).first()
    if achado is None:
        raise recusa({"cliente": ["Não existe, ou não está no que você vê."]})
    return achado


def criar(view: Any, request: Any, fazer: Callable[[], Any]) -> Any:
    """201 com o objeto, o ETag e o endereço; a mesma `Idempotency-Key` devolve o mesmo, se a pessoa ainda o vê."""

    def criado() -> Response:
        with transaction.atomic():
            return lido_agora(fazer().pk)

    def lido_agora(pk: int) -> Response:
        dados = view.dados_de(view.objeto(pk))
        local = request.build_absolute_uri(f"{request.path.rstrip('/')}/{pk}/")
        return Response(dados, 201, headers={"ETag": etiqueta(dados), "Location": local})

    def relido(antes: Atendido) -> Response:
        return lido_agora(json.loads(antes.corpo)["id"])

    return uma_vez(request, corpo_em_resumo(request.data), criado, relido)


def mudar(view: Any, request: Any, pk: int, fazer: Callable[[Any], Any]) -> Response:
    """Trava a linha, confere a versão e muda; recusado, nada mudou."""
    with transaction.atomic():
        objeto = travado(view, pk)
        exigir_versao(request, view.dados_de(view.objeto(pk)))
        fazer(objeto)
        dados = view.dados_de(view.objeto(pk))
    return Response(dados, headers={"ETag": etiqueta(dados)})


def travado(view: Any, pk: int) -> Any:
    """O objeto, se a pessoa o vê, com a linha travada até o fim: entre conferir e mudar ninguém entra."""
    modelo = getattr(view, "modelo_escrito", view.modelo)
    vistos = modelo._base_manager.filter(pk__in=view.get_queryset().filter(pk=pk).values("pk"))
    return get_object_or_404(vistos.select_for_update(no_key=True))
