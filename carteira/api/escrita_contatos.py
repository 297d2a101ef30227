"""Registrar, fechar, reabrir e desfazer contatos: o formulário da ficha e os casos de uso dela."""

import uuid
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from carteira.api.comuns import que_se_manda
from carteira.api.escrita import Entrada, cliente_visivel, criar, do_formulario, lido, mudar, recusa, travado
from carteira.api.etiqueta import exigir_versao
from carteira.api.idempotencia import PARAMETRO
from carteira.api.permissoes import Decisao
from carteira.api.versao import IF_MATCH
from carteira.web.formulario_de_contato import ContatoForm
from clientes.agenda import AgendaInvalida
from clientes.models import CanalDeContato, Contato, Sentido, TipoDeAtendimento, TipoDeOferta
from clientes.relacionamento import (
    RelacionamentoInvalido,
    fechar_contato,
    reabrir_contato,
    registrar_contato,
)
from contas.models import Escopo
from contas.papeis import Permissao
from notificacoes.ao_cliente import desfazer

_ESCREVE = Decisao(Permissao.REGISTRAR_CONTATO, Escopo.ESCREVER)
DECISOES = {"create": _ESCREVE, "partial_update": _ESCREVE, "destroy": _ESCREVE}


class AtendimentoDoContato(Entrada):
    tipo = serializers.ChoiceField(choices=TipoDeAtendimento.choices)
    assunto = serializers.CharField(max_length=160)


@que_se_manda({"cliente": 42, "canal": "ligacao", "ocorrencia": 1, "observacao": "Pediu tabela nova."})
class NovoContato(Entrada):
    """O que se registra; quem atendeu é a pessoa do token."""

    cliente = serializers.IntegerField(help_text="O id do cliente.")
    canal = serializers.ChoiceField(choices=CanalDeContato.choices)
    ocorrencia = serializers.IntegerField(help_text="O id do resultado, no catálogo.")
    sentido = serializers.ChoiceField(choices=Sentido.choices, required=False)
    observacao = serializers.CharField(required=False, allow_blank=True)
    quando = serializers.DateTimeField(
        required=False, help_text="Quando foi; sem ele, agora. Nunca no futuro."
    )
    objecoes = serializers.ListField(child=serializers.IntegerField(), required=False)
    motivo = serializers.IntegerField(required=False)
    campanha = serializers.IntegerField(required=False)
    oferta = serializers.ChoiceField(
        choices=TipoDeOferta.choices[1:], required=False, help_text="O que se ofereceu; sem ela, a da lista."
    )
    pessoa = serializers.CharField(required=False, max_length=120, help_text="O nome de com quem se falou.")
    pessoa_de_contato = serializers.IntegerField(
        required=False, help_text="Ou o id dela entre as do cliente."
    )
    guardar_pessoa = serializers.BooleanField(required=False)
    em_aberto = serializers.BooleanField(required=False, help_text="Ficou algo por responder.")
    proximo_em = serializers.DateField(required=False, help_text="O dia do próximo contato combinado.")
    proximo_hora = serializers.TimeField(required=False)
    atendimento = AtendimentoDoContato(required=False, help_text="O atendimento que o contato abre.")


@que_se_manda({"em_aberto": False, "nota": "Tabela enviada."})
class MudancaDeContato(Entrada):
    """Fechar o que ficou por responder (`em_aberto: false`, com uma nota se quiser), ou reabri-lo."""

    em_aberto = serializers.BooleanField()
    nota = serializers.CharField(required=False, allow_blank=True, max_length=1000)


class EscreveContatos:
    """As escritas do recurso de contatos."""

    @extend_schema(summary="Registra um contato", request=NovoContato, parameters=[PARAMETRO])
    def create(self, request: Any) -> Any:
        dados = lido(NovoContato, request)
        return criar(self, request, lambda: _registrar(request, dados))

    @extend_schema(summary="Fecha ou reabre um contato", request=MudancaDeContato, parameters=[IF_MATCH])
    def partial_update(self, request: Any, pk: int) -> Any:
        dados = lido(MudancaDeContato, request)
        return mudar(self, request, pk, lambda contato: _fechar_ou_reabrir(request, contato, dados))

    @extend_schema(
        summary="Desfaz um contato",
        description="Também o que ele fez à agenda e o atendimento que abriu. Só quem registrou desfaz.",
        parameters=[IF_MATCH],
    )
    def destroy(self, request: Any, pk: int) -> Response:
        view: Any = self
        with transaction.atomic():
            contato = travado(view, pk)
            exigir_versao(request, view.dados_de(view.objeto(pk)))
            try:
                desfazer(contato=contato, por=request.user)
            except RelacionamentoInvalido as erro:
                raise PermissionDenied(str(erro)) from None
        return Response(status=204)


def _registrar(request: Any, dados: dict[str, Any]) -> Contato:
    cliente = cliente_visivel(request, dados.pop("cliente"))
    form = ContatoForm(_para_o_formulario(dados), cliente=cliente)
    do_formulario(
        form,
        {"atendimento_assunto": "atendimento", "atendimento_tipo": "atendimento", "proximo": "proximo_em"},
    )
    try:
        return registrar_contato(cliente=cliente, por=request.user, **form.dados())
    except RelacionamentoInvalido as erro:
        raise recusa({erro.campo or "geral": [str(erro)]}) from None
    except AgendaInvalida as erro:
        raise recusa({"proximo_em": [str(erro)]}) from None


def _para_o_formulario(dados: dict[str, Any]) -> dict[str, Any]:
    """Os mesmos campos da tela; a repetição do pedido é da `Idempotency-Key`, e a chave aqui é sempre nova."""
    escritos = {"chave": str(uuid.uuid4()), **dados}
    atendimento = escritos.pop("atendimento", None)
    if atendimento:
        escritos |= {"abrir_atendimento": True, "atendimento_tipo": atendimento["tipo"]}
        escritos["atendimento_assunto"] = atendimento["assunto"]
    if "proximo_em" in escritos:
        escritos["proximo"] = "escolher"
    return escritos


def _fechar_ou_reabrir(request: Any, contato: Contato, dados: dict[str, Any]) -> None:
    try:
        if dados["em_aberto"]:
            reabrir_contato(contato=contato, por=request.user)
        else:
            fechar_contato(contato=contato, por=request.user, nota=dados.get("nota", ""))
    except RelacionamentoInvalido as erro:
        raise recusa({erro.campo or "geral": [str(erro)]}) from None
