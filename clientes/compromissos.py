"""Os compromissos em conjunto: os abertos, os que pararam, de quem são, e que agendas cada um abre."""

from datetime import date
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from clientes.models import Agendamento, Cliente
from contas.escopo import empresas_de
from contas.models import Cobertura, Papel, Usuario

# Gêmea de `regras_da_agenda.parou`: a casa já não insiste sozinha.
PAROU = Q(tentativas__gte=F("cliente__empresa__tentativas_ate_parar"))
DAO_A_OUTROS = frozenset({Papel.GESTOR, Papel.ADMIN})


def abertos() -> Any:
    """Nem concluídos nem cancelados, por mais que atrasem."""
    return Agendamento.objects.filter(concluido_em__isnull=True, cancelado_em__isnull=True)


def uf_dos_feriados(cliente: Cliente) -> str:
    """O estado cujos feriados valem: o que a empresa disse ou, na falta, o do cliente."""
    return cliente.empresa.feriados_uf or cliente.uf


def responsaveis_possiveis(cliente: Cliente, por: Usuario, em: date | None = None) -> QuerySet[Usuario]:
    """A própria pessoa e, para quem gere, os vendedores que veem o cliente: o dono e quem o cobre hoje."""
    quem = Q(pk=por.pk)
    if por.papel in DAO_A_OUTROS and cliente.vendedor_id:
        cobrem = Cobertura.objects.filter(
            ausente=cliente.vendedor_id, periodo__contains=em or timezone.localdate()
        )
        vendedores = Usuario.objects.filter(vinculos__empresa=cliente.empresa_id, papel=Papel.VENDEDOR)
        quem |= Q(pk__in=vendedores) & (Q(pk=cliente.vendedor_id) | Q(pk__in=cobrem.values("substituto")))
    return Usuario.objects.filter(quem, is_active=True)


def agenda_de(pessoa: Usuario, em: date | None = None) -> QuerySet[Agendamento]:
    """Os compromissos em aberto da pessoa, só de clientes que ela ainda vê.

    Com os dela vão os que ficaram órfãos: o cliente passou a ela e o responsável de antes já não o vê.
    """
    da_carteira = Q(cliente__vendedor=pessoa) & orfaos(em or timezone.localdate())
    dela: QuerySet[Agendamento] = abertos().visiveis_para(pessoa).filter(Q(responsavel=pessoa) | da_carteira)
    return dela


def orfaos(em: date) -> Q:
    """De um vendedor que já não é o dono do cliente nem o cobre."""
    cobre = Cobertura.objects.filter(
        substituto=OuterRef("responsavel"), ausente=OuterRef("cliente__vendedor"), periodo__contains=em
    )
    de_outro = Q(responsavel__papel=Papel.VENDEDOR) & ~Q(responsavel=F("cliente__vendedor"))
    return de_outro & ~Q(Exists(cobre))


def agendas_que_abre(usuario: Usuario, em: date | None = None) -> QuerySet[Usuario]:
    """As outras pessoas cuja agenda se abre: a equipe de quem gere, a empresa do administrador, quem se cobre."""
    hoje = em or timezone.localdate()
    ativos = Usuario.objects.filter(is_active=True, papel__in=(Papel.VENDEDOR, Papel.GESTOR))
    if usuario.papel == Papel.GESTOR:
        quais = Q(participacoes__equipe__gestores=usuario, participacoes__periodo__contains=hoje)
    elif usuario.papel == Papel.ADMIN:
        quais = Q(vinculos__empresa__in=empresas_de(usuario))
    elif usuario.papel == Papel.VENDEDOR:
        quais = Q(ausencias__substituto=usuario, ausencias__periodo__contains=hoje)
    else:
        return ativos.none()
    return ativos.filter(quais).exclude(pk=usuario.pk).distinct()
