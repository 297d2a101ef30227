"""Planos de ação: abrir para um cliente ou um grupo, dizer como vai, mudar o dono ou o prazo, terminar."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from clientes.models import AndamentoDoPlano, Cliente, ClienteDoPlano, PlanoDeAcao, SituacaoDoPlano
from clientes.models.plano import EM_CURSO
from contas.auditoria import registrar
from contas.models import Empresa, Papel, Usuario

CLIENTES_MAXIMOS = 200


class PlanoRecusado(ValueError):
    """O que a casa recusa; a mensagem já vem pronta para a tela."""


def donos_possiveis(empresa: Empresa) -> QuerySet[Usuario]:
    """Quem pode cuidar de um plano: quem vende, gere ou administra na empresa, e entra no sistema."""
    papeis = (Papel.VENDEDOR, Papel.GESTOR, Papel.ADMIN)
    return Usuario.objects.filter(
        is_active=True, email__isnull=False, papel__in=papeis, vinculos__empresa=empresa
    ).order_by("nome_chave", "pk")


@transaction.atomic
def abrir(
    *, clientes: Sequence[Cliente], titulo: str, dono: Usuario, prazo: date, por: Usuario, detalhe: str = ""
) -> PlanoDeAcao:
    """Um plano por grupo de clientes da mesma empresa."""
    titulo = " ".join(titulo.split())
    empresas = {c.empresa_id for c in clientes}
    if not clientes:
        raise PlanoRecusado("Escolha ao menos um cliente.")
    if len(clientes) > CLIENTES_MAXIMOS:
        raise PlanoRecusado(f"Um plano leva até {CLIENTES_MAXIMOS} clientes: filtre a lista.")
    if len(empresas) > 1:
        raise PlanoRecusado("Um plano é de uma empresa só: escolha clientes de uma delas.")
    if not titulo:
        raise PlanoRecusado("Diga o que fazer.")
    if prazo < timezone.localdate():
        raise PlanoRecusado("O prazo já passou: escolha hoje ou um dia à frente.")
    plano = PlanoDeAcao.objects.create(
        empresa_id=empresas.pop(), titulo=titulo, detalhe=detalhe.strip(), dono=dono, prazo=prazo, criado_por=por
    )  # fmt: skip
    ClienteDoPlano.objects.bulk_create(ClienteDoPlano(plano=plano, cliente=c) for c in clientes)
    AndamentoDoPlano.objects.create(
        plano=plano, por=por, mudou=f"Aberto para {dono.nome}, até {prazo:%d/%m/%Y}"
    )
    registrar(
        "abrir plano de ação", por=por, objeto=titulo, depois={"dono": dono.nome, "clientes": len(clientes)}
    )
    return plano


@transaction.atomic
def andar(
    *, plano: PlanoDeAcao, por: Usuario, texto: str = "", situacao: str, dono: Usuario, prazo: date
) -> AndamentoDoPlano | None:
    """Um andamento com o que se disse e o que mudou; nada dito e nada mudado não escreve nada."""
    atual = PlanoDeAcao.objects.select_for_update(of=("self",)).select_related("dono").get(pk=plano.pk)
    mudou = [*_mudancas(atual, situacao, dono, prazo)]
    texto = texto.strip()
    if not (texto or mudou):
        return None
    if not atual.em_curso and situacao == atual.situacao and mudou:
        raise PlanoRecusado("O plano já terminou: reabra-o para mudar o dono ou o prazo.")
    if prazo != atual.prazo and prazo < timezone.localdate():
        raise PlanoRecusado("O prazo já passou: escolha hoje ou um dia à frente.")
    atual.dono, atual.prazo = dono, prazo
    if situacao != atual.situacao:
        atual.situacao = situacao
        atual.terminado_em = None if situacao in EM_CURSO else timezone.now()
    atual.save()
    return AndamentoDoPlano.objects.create(plano=atual, por=por, texto=texto, mudou="; ".join(mudou)[:300])


def _mudancas(plano: PlanoDeAcao, situacao: str, dono: Usuario, prazo: date) -> Any:
    if situacao != plano.situacao:
        yield f"{plano.get_situacao_display()} → {SituacaoDoPlano(situacao).label}"
    if dono != plano.dono:
        yield f"dono: {plano.dono.nome} → {dono.nome}"
    if prazo != plano.prazo:
        yield f"prazo: {plano.prazo:%d/%m/%Y} → {prazo:%d/%m/%Y}"
