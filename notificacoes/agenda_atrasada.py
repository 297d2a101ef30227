"""O compromisso esquecido: passados os dias que a empresa escolheu, entra no e-mail de quem gere a equipe, uma vez.

Às segundas vai dentro do volume da semana, e nas outras noites numa mensagem própria: cada pessoa recebe uma
por noite. Quem decide o que já foi dito é a decisão única do item: resolvido antes, não aparece.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import CharField, DateField, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from atividade.prioridade import DiasEntre
from clientes.compromissos import abertos
from clientes.regras_da_agenda import parou
from contas.escopo import equipes_de_gestores
from contas.models import Papel
from notificacoes import emails
from notificacoes.caixa import Item, Rascunho, enfileirar
from notificacoes.destinatarios import que_querem_resumo
from notificacoes.enderecos import endereco
from notificacoes.models import ItemDeMensagem
from notificacoes.rodadas import Noite

REGRA = "agenda_atrasada"
LIMITE = 30


@dataclass(frozen=True, slots=True)
class Esquecido:
    """Um compromisso que passou da hora."""

    cliente: int
    nome: str
    vendedor: str
    tipo: str
    em: date
    dias: int
    nota: str
    evento: str

    @property
    def ficha(self) -> str:
        return endereco("cliente", id=self.cliente)

    @property
    def item(self) -> Item:
        return Item(REGRA, self.cliente, self.evento)


@dataclass(frozen=True, slots=True)
class AgendaAtrasada:
    """O que um gestor lê: os mais atrasados primeiro; os que não couberem vêm na noite seguinte."""

    vaga: date
    linhas: list[Esquecido]
    total: int

    @property
    def restantes(self) -> int:
        return self.total - len(self.linhas)

    @property
    def itens(self) -> list[Item]:
        return [linha.item for linha in self.linhas]


def escrever_agendas(noite: Noite) -> int:
    """A mensagem própria, para quem não leu os seus no volume desta noite; devolve quantas."""
    return enfileirar(_rascunhos(noite))


def _rascunhos(noite: Noite) -> Iterable[Rascunho]:
    agendas = agendas_atrasadas(noite)
    for pessoa in que_querem_resumo(Papel.GESTOR).filter(pk__in=agendas):
        yield emails.agenda_atrasada(pessoa=pessoa, agenda=agendas[pessoa.pk])


def agendas_atrasadas(noite: Noite) -> dict[int, AgendaAtrasada]:
    """Por gestor, o que ainda não lhe foi dito; também das empresas paradas, porque a agenda não é do ERP."""
    geridas = equipes_de_gestores()
    por_gestor: dict[int, list[Esquecido]] = defaultdict(list)
    for agendamento in _esquecidos(noite):
        cliente = agendamento.cliente
        if (agendamento.gestor, cliente.equipe_id, cliente.empresa_id) in geridas:
            por_gestor[agendamento.gestor].append(_esquecido(agendamento))
    return {
        quem: AgendaAtrasada(noite.vaga, linhas[:LIMITE], len(linhas)) for quem, linhas in por_gestor.items()
    }


def _esquecidos(noite: Noite) -> QuerySet[Any]:
    """Cada compromisso atrasado, uma vez por gestor da equipe do cliente que ainda não soube dele."""
    empresas = [*(pronta.empresa for pronta in noite.prontas), *noite.paradas]
    ja_dito = ItemDeMensagem.objects.filter(
        regra=REGRA, pessoa=OuterRef("gestor"), cliente=OuterRef("cliente"), evento=OuterRef("evento")
    )
    esquecidos: QuerySet[Any] = (
        abertos()
        .filter(cliente__empresa__in=empresas, cliente__encerrado_em__isnull=True)
        .filter(cliente__fora_do_perfil=False)
        .exclude(cliente__adiado_ate__gt=noite.vaga)
        .annotate(
            dias=DiasEntre(Cast(Value(noite.vaga), DateField()), F("em")),
            gestor=F("cliente__equipe__gestores"),
            evento=Concat(
                Cast("pk", CharField()), Value(":"), Cast("em", CharField()), output_field=CharField()
            ),
        )
        .filter(Q(dias__gte=F("cliente__empresa__agenda_escala_em_dias")), gestor__isnull=False)
        .exclude(responsavel=F("gestor"))
        .exclude(Exists(ja_dito))
        .select_related("cliente__empresa", "responsavel")
        .order_by("-dias", "cliente__codigo", "pk")
    )
    return esquecidos


def _esquecido(agendamento: Any) -> Esquecido:
    cliente = agendamento.cliente
    return Esquecido(
        cliente=cliente.pk,
        nome=cliente.nome,
        vendedor=agendamento.responsavel.nome,
        tipo=agendamento.get_tipo_display(),
        em=agendamento.em,
        dias=agendamento.dias,
        nota=_nota(agendamento),
        evento=agendamento.evento,
    )


def _nota(agendamento: Any) -> str:
    """O que já se tentou com ele."""
    notas = []
    if agendamento.remarcacoes:
        notas.append(f"combinado no começo para {agendamento.combinado_em:%d/%m}")
    if parou(agendamento.tentativas, agendamento.cliente.empresa.tentativas_ate_parar):
        notas.append(f"{agendamento.tentativas} tentativas sem resposta")
    return ", ".join(notas)
