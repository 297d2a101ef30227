"""Quem sai passa tudo adiante na mesma transação: carteira, agenda, listas, planos, avisos e relatórios agendados."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Subquery
from django.utils import timezone

from carteira.formatos import numero, plural
from clientes.desligamento import Passagem, desligar
from clientes.models import ListaDeTrabalho
from clientes.trabalho_de_quem_sai import Trabalho, gestor_de, nas_maos
from contas.auditoria import registrar
from contas.models import Papel, Usuario
from notificacoes.regras.de_quem_sai import passar_avisos, so_dela
from relatorios.agendamentos import de_quem_e, passar_agendamentos


@dataclass(frozen=True, slots=True)
class DeQuemSai:
    """O que está nas mãos de uma pessoa, além dos clientes.

    As listas vivas que ela fez não passam a ninguém: outros olhos trariam outros clientes sem que ninguém escolhesse.
    """

    trabalho: Trabalho
    avisos: int
    relatorios: int
    vivas: int

    @property
    def por_extenso(self) -> str:
        """ "1 plano de ação e 2 relatórios agendados"; vazio quando não há nada."""
        partes = (
            (self.trabalho.membros, "cliente a chamar em listas,clientes a chamar em listas"),
            (self.trabalho.listas, "lista de trabalho,listas de trabalho"),
            (self.trabalho.planos, "plano de ação,planos de ação"),
            (self.avisos, "regra de aviso,regras de aviso"),
            (self.relatorios, "relatório agendado,relatórios agendados"),
        )
        ditas = [f"{numero(n)} {plural(n, formas)}" for n, formas in partes if n]
        return " e ".join(filter(None, (", ".join(ditas[:-1]), *ditas[-1:])))


def o_que_tem(pessoa: Usuario) -> DeQuemSai:
    hoje = timezone.localdate()
    vivas = ListaDeTrabalho.objects.ativas(hoje).filter(viva=True, consulta_por=pessoa)
    return DeQuemSai(nas_maos(pessoa, hoje), len(so_dela(pessoa)), de_quem_e(pessoa).count(), vivas.count())


@transaction.atomic
def desligar_de_tudo(*, pessoa: Usuario, destinos: Sequence[Usuario], em: date, por: Usuario) -> Passagem:
    """Os avisos e relatórios vão a quem recebe a carteira, ao gestor da equipe ou, na falta, a quem desliga.

    Os de quem não vende não descem a quem vende.
    """
    equipe = pessoa.participacoes.filter(periodo__contains=em).values("equipe")[:1]
    gestores = list(gestor_de(Subquery(equipe)).exclude(pk=pessoa.pk))
    passagem = desligar(pessoa=pessoa, destinos=destinos, em=em, por=por)
    candidatos = [*(destinos if pessoa.papel == Papel.VENDEDOR else ()), *gestores, por]
    avisos = passar_avisos(pessoa, candidatos)
    relatorios = passar_agendamentos(pessoa, candidatos, agora=timezone.now())
    if avisos or relatorios:
        registrar(
            "passar avisos e relatórios",
            por=por,
            objeto=pessoa.nome,
            depois={"avisos": avisos, "relatórios": relatorios},
        )
    return passagem
