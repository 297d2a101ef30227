"""Quem sai passa adiante, na mesma transação, os clientes, a agenda e o trabalho que tinha."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery

from clientes.carteiras import mudar_de_equipe, passar
from clientes.compromissos import abertos
from clientes.models import Agendamento, Cliente, OrigemDaTroca
from clientes.trabalho_de_quem_sai import Trabalho, gestor_de, passar_trabalho
from contas.auditoria import registrar
from contas.models import Cobertura, Equipe, Papel, Usuario
from contas.pessoas import Recusada, desativar

MOTIVO = "desligamento"


@dataclass(frozen=True, slots=True)
class Passagem:
    """Quanto passou adiante."""

    clientes: int
    compromissos: int
    trabalho: Trabalho


def agenda_aberta(pessoa: Usuario) -> QuerySet[Agendamento]:
    """Compromissos da pessoa ainda por cumprir."""
    dela: QuerySet[Agendamento] = abertos().filter(responsavel=pessoa)
    return dela


@transaction.atomic
def desligar(*, pessoa: Usuario, destinos: Sequence[Usuario], em: date, por: Usuario) -> Passagem:
    """Desativa a pessoa e reparte o que ela tinha, por código do cliente, entre os destinos.

    Sem destino, os clientes ficam sem vendedor, na equipe em que estão, e os compromissos vão
    para quem gere a equipe (na falta, para quem desliga): nenhum some.
    """
    _conferir_destinos(pessoa, destinos)
    desativar(pessoa=pessoa, por=por)
    compromissos = list(agenda_aberta(pessoa).select_for_update().values_list("pk", flat=True))
    ids = list(Cliente.objects.filter(vendedor=pessoa).order_by("codigo", "pk").values_list("pk", flat=True))
    novos = {pk: destinos[n % len(destinos)] if destinos else None for n, pk in enumerate(ids)}
    passar(destinos=novos, em=em, por=por, motivo=MOTIVO, origem=OrigemDaTroca.DESLIGAMENTO)
    _passar_agenda(compromissos, pessoa, por)
    trabalho = passar_trabalho(pessoa=pessoa, destinos=destinos, hoje=em, por=por)
    _encerrar_participacoes(pessoa, em, por)
    passagem = Passagem(len(ids), len(compromissos), trabalho)
    registrar(
        "passar carteira",
        por=por,
        objeto=pessoa.nome,
        depois={
            "para": [d.nome for d in destinos] or "equipe",
            "clientes": passagem.clientes,
            "compromissos": passagem.compromissos,
            "clientes em listas": trabalho.membros,
            "listas": trabalho.listas,
            "planos": trabalho.planos,
        },
    )
    return passagem


def _conferir_destinos(pessoa: Usuario, destinos: Sequence[Usuario]) -> None:
    """Quem recebe é vendedor ativo e atende todas as empresas em que há clientes a receber."""
    empresas = set(Cliente.objects.filter(vendedor=pessoa).values_list("empresa", flat=True).distinct())
    for destino in destinos:
        if destino == pessoa or destino.papel != Papel.VENDEDOR or not destino.is_active:
            raise Recusada(f"{destino.nome} não pode receber clientes: escolha um vendedor ativo.")
        if empresas - set(destino.vinculos.values_list("empresa", flat=True)):
            raise Recusada(f"{destino.nome} não atende todas as empresas desta carteira.")


def _passar_agenda(compromissos: Sequence[int], pessoa: Usuario, por: Usuario) -> None:
    """O combinado com clientes de outros, que a transferência não leva, vai para o dono; sem dono, para o gestor."""
    abertos = Agendamento.objects.filter(pk__in=compromissos, responsavel=pessoa)
    dono = Cliente.objects.filter(pk=OuterRef("cliente"), vendedor__isnull=False).exclude(vendedor=pessoa)
    abertos.filter(
        cliente__in=Cliente.objects.filter(vendedor__isnull=False).exclude(vendedor=pessoa)
    ).update(responsavel=Subquery(dono.values("vendedor")[:1]))
    gestor = gestor_de(OuterRef("cliente__equipe"), OuterRef("cliente__empresa"))
    sobras = abertos.filter(responsavel=pessoa).annotate(gestor=Subquery(gestor.values("pk")[:1]))
    for compromisso in sobras:
        compromisso.responsavel_id = compromisso.gestor or por.pk
    Agendamento.objects.bulk_update(sobras, ["responsavel"])


def _encerrar_participacoes(pessoa: Usuario, em: date, por: Usuario) -> None:
    """Fora da equipe, da gestão e das coberturas: quem saiu não volta a ver nada por esquecimento."""
    mudar_de_equipe(pessoa=pessoa, equipe=None, em=em, por=por)
    for equipe in Equipe.objects.filter(gestores=pessoa):
        equipe.gestores.remove(pessoa)
    Cobertura.objects.filter(substituto=pessoa, periodo__endswith__gt=em).delete()
