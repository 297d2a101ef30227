"""Mudar a data de um agendamento deixando rastro, e voltar atrás sem pisar no que se decidiu depois."""

from datetime import date, time

from django.utils import timezone

from clientes.compromissos import uf_dos_feriados
from clientes.models import Agendamento, Contato, MudancaDeAgendamento, TipoDeMudanca
from clientes.regras_da_agenda import Regras
from contas.models import Usuario

# Só o que uma pessoa remarca conta como remarcação; tentar de novo é da casa.
_CONTAM = frozenset({TipoDeMudanca.REMARCADO, TipoDeMudanca.EDITADO, TipoDeMudanca.ADIADO})


def regras_de(agendamento: Agendamento) -> Regras:
    """As da empresa do cliente, com os feriados que valem para ele."""
    empresa = agendamento.cliente.empresa
    uf = uf_dos_feriados(agendamento.cliente)
    return Regras(empresa.nova_tentativa_em_dias, empresa.tentativas_ate_parar, uf)


def mudar(
    aberto: Agendamento,
    tipo: str,
    *,
    em: date,
    hora: time | None,
    por: Usuario,
    tentativas: int | None = None,
    contato: Contato | None = None,
) -> MudancaDeAgendamento:
    """Escreve a nova data e a mudança que a explica, sobre uma linha já travada."""
    mudanca = MudancaDeAgendamento.objects.create(
        agendamento=aberto,
        tipo=tipo,
        em_antes=aberto.em,
        hora_antes=aberto.hora,
        tentativas_antes=aberto.tentativas,
        em_depois=em,
        contato=contato,
        por=por,
    )
    if em != aberto.em:
        aberto.em_original = aberto.em_original or aberto.em
        aberto.remarcacoes += tipo in _CONTAM
    aberto.em, aberto.hora = em, hora
    aberto.tentativas = aberto.tentativas if tentativas is None else tentativas
    _guardar(aberto)
    return mudanca


def voltar(agendamento: Agendamento, mudanca: MudancaDeAgendamento) -> None:
    """Desfaz a mudança. O que se decidiu depois dela fica: então só a tentativa se desconta."""
    vivas = agendamento.mudancas.filter(desfeita_em__isnull=True)
    if vivas.first() == mudanca:
        mudou = mudanca.em_antes != mudanca.em_depois
        agendamento.em, agendamento.hora = mudanca.em_antes, mudanca.hora_antes
        agendamento.tentativas = mudanca.tentativas_antes
        agendamento.remarcacoes -= mudou and mudanca.tipo in _CONTAM
        if agendamento.em == agendamento.em_original and not agendamento.remarcacoes:
            agendamento.em_original = None
    else:
        agendamento.tentativas = max(agendamento.tentativas - 1, 0)
    mudanca.desfeita_em = timezone.now()
    mudanca.save(update_fields=["desfeita_em"])
    _guardar(agendamento)


def _guardar(agendamento: Agendamento) -> None:
    agendamento.save(update_fields=["em", "hora", "tentativas", "remarcacoes", "em_original"])
