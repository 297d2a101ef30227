"""Atendimentos: abrir, fechar e reabrir o que a casa abriu. O que veio do ERP se resolve lá, e volta importado."""

from datetime import date
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from clientes.models import Atendimento, Cliente, Contato, TipoDeAtendimento
from contas.auditoria import registrar
from contas.models import Usuario

PREFIXO = "AT-"
_PROXIMO = "SELECT nextval(pg_get_serial_sequence('clientes_atendimento', 'id'))"


class AtendimentoInvalido(ValueError):
    """Gesto que a casa recusa; a mensagem já vem pronta para a tela."""


@transaction.atomic
def abrir(
    cliente: Cliente,
    tipo: str,
    assunto: str,
    descricao: str,
    por: Usuario,
    contato: Contato | None = None,
    *,
    em: date | None = None,
) -> Atendimento:
    """Abre com o número da casa (AT-123), único na empresa; o contato de que nasceu fica ligado."""
    assunto = assunto.strip()
    if tipo not in TipoDeAtendimento.values:
        raise AtendimentoInvalido("Escolha o tipo do atendimento.")
    if not assunto:
        raise AtendimentoInvalido("Diga em poucas palavras o que houve.")
    pk, numero = _numero_da_casa(cliente.empresa_id)
    atendimento: Atendimento = Atendimento.objects.create(
        pk=pk,
        empresa_id=cliente.empresa_id,
        numero=numero,
        cliente=cliente,
        tipo=tipo,
        assunto=assunto,
        descricao=descricao.strip(),
        aberto_em=em or timezone.localdate(),
        contato=contato,
        aberto_por=por,
    )
    _auditar("abrir atendimento", atendimento, por, depois={"tipo": tipo, "assunto": assunto})
    return atendimento


def _numero_da_casa(empresa_id: int) -> tuple[int, str]:
    """O número é o da própria linha; o que o ERP já usou se pula."""
    with connection.cursor() as cursor:
        while True:
            cursor.execute(_PROXIMO)
            (pk,) = cursor.fetchone()
            numero = f"{PREFIXO}{pk}"
            if not Atendimento.objects.filter(empresa=empresa_id, numero=numero).exists():
                return pk, numero


@transaction.atomic
def fechar(*, atendimento: Atendimento, solucao: str, por: Usuario, em: date | None = None) -> bool:
    """Dá por resolvido, dizendo como; já fechado fica como está."""
    solucao = solucao.strip()
    atual = _da_casa(atendimento)
    if atual.fechado_em is not None:
        return False
    if not solucao:
        raise AtendimentoInvalido("Diga como foi resolvido: quem abrir a ficha depois vai querer saber.")
    antes = {"fechado_em": None, "solucao": atual.solucao}
    # o dia em que se fecha nunca é antes do dia em que se abriu, ainda que a data venha de trás
    atual.fechado_em, atual.solucao = max(em or timezone.localdate(), atual.aberto_em), solucao
    atual.save(update_fields=["fechado_em", "solucao", "atualizado_em"])
    depois = {"fechado_em": str(atual.fechado_em), "solucao": solucao}
    _auditar("fechar atendimento", atual, por, antes=antes, depois=depois)
    return True


@transaction.atomic
def reabrir(*, atendimento: Atendimento, por: Usuario) -> bool:
    """Volta às pendências; a solução que não resolveu fica escrita até a próxima."""
    atual = _da_casa(atendimento)
    if atual.fechado_em is None:
        return False
    antes = {"fechado_em": str(atual.fechado_em)}
    atual.fechado_em = None
    atual.save(update_fields=["fechado_em", "atualizado_em"])
    _auditar("reabrir atendimento", atual, por, antes=antes, depois={"fechado_em": None})
    return True


def e_da_casa(atendimento: Atendimento) -> bool:
    """Aberto aqui por alguém; o do ERP não tem quem o abriu."""
    return atendimento.aberto_por_id is not None


def _da_casa(atendimento: Atendimento) -> Atendimento:
    atual: Atendimento = Atendimento.objects.select_for_update().get(pk=atendimento.pk)
    if not e_da_casa(atual):
        raise AtendimentoInvalido(
            f"O atendimento {atual.numero} veio do ERP: resolva-o lá, e a próxima importação o traz fechado."
        )
    return atual


def _auditar(acao: str, atendimento: Atendimento, por: Usuario, **mudanca: Any) -> None:
    registrar(acao, por=por, objeto=f"atendimento {atendimento.numero}", alvo=atendimento.cliente, **mudanca)
