"""O que um contato fez à agenda, dito na mesma frase que confirma o registro."""

from carteira.formatos import data
from clientes.models import Agendamento, Contato, MudancaDeAgendamento
from clientes.regras_da_agenda import parou


def frase_do_contato(contato: Contato) -> str:
    """O próximo que se marcou, a nova tentativa, ou que se parou de tentar; vazio quando nada mudou."""
    seguinte = contato.agendamentos.filter(cancelado_em__isnull=True).first() or _da_serie(contato)
    if seguinte:
        return f"Próximo em {data(seguinte.em, '%d/%m')}."
    tentativas = MudancaDeAgendamento.objects.filter(contato=contato, desfeita_em__isnull=True)
    mudanca = tentativas.select_related("agendamento__cliente__empresa").first()
    if mudanca is None:
        return ""
    agendamento = mudanca.agendamento
    if parou(agendamento.tentativas, agendamento.cliente.empresa.tentativas_ate_parar):
        return f"{agendamento.tentativas} tentativas sem resposta: decida na agenda."
    return f"Nova tentativa em {data(agendamento.em, '%d/%m')}."


def _da_serie(contato: Contato) -> Agendamento | None:
    """O seguinte de uma série que este contato concluiu."""
    nascidos = Agendamento.objects.filter(
        cliente=contato.cliente, anterior__concluido_em=contato.em, cancelado_em__isnull=True
    )
    return nascidos.first() if contato.ocorrencia.efetiva else None
