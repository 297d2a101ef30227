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
from clientes.models.cliente import CanalDeContato
from clientes.regras_da_agenda import parou
from contas.escopo import equipes_de_gestores
from notificacoes import emails
from notificacoes.caixa import Item, Rascunho, enfileirar
from notificacoes.enderecos import caminho, endereco
from notificacoes.models import ItemDeMensagem, RegraDeAviso, Sobre
from notificacoes.regras.decisao import Secao
from notificacoes.regras.partida import PARTIDA
from notificacoes.regras.rodada import Canal, Rodada
from notificacoes.rodadas import Noite

REGRA = "agenda_atrasada"
LIMITE: int = PARTIDA[Sobre.AGENDA_ESQUECIDA]["teto"]


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


def escrever_agendas(noite: Noite, rodada: Rodada | None = None) -> int:
    """A mensagem própria, para quem não leu os seus no volume desta noite; devolve quantas."""
    return enfileirar(_rascunhos(rodada or Rodada(noite)))


def _rascunhos(rodada: Rodada) -> Iterable[Rascunho]:
    recebem = rodada.recebem(Sobre.AGENDA_ESQUECIDA, Canal.EMAIL)
    for pk, agenda in agendas_atrasadas(rodada).items():
        pessoa, secoes = rodada.pessoas.todas[pk], rodada.secoes(rodada.pessoas.todas[pk])
        regras = rodada.regras_de(Sobre.AGENDA_ESQUECIDA, recebem[pk])
        sai_em = rodada.saida(pessoa, [*regras, *(secao.regra for secao in secoes)])
        yield emails.agenda_atrasada(pessoa=pessoa, agenda=agenda, secoes=secoes, sai_em=sai_em)


def levar_a_central(rodada: Rodada) -> None:
    """O mesmo, para quem o lê na central; antes dos e-mails, que ao sair dão cada compromisso por dito."""
    recebem = rodada.recebem(Sobre.AGENDA_ESQUECIDA, Canal.CENTRAL)
    for pk, agenda in agendas_atrasadas(rodada, Canal.CENTRAL).items():
        regra = rodada.regras_de(Sobre.AGENDA_ESQUECIDA, recebem[pk])[0]
        rodada.para_a_central[pk].append(secao_da_agenda(agenda, regra))


def secao_da_agenda(agenda: AgendaAtrasada, regra: RegraDeAviso) -> Secao:
    titulo = f"Agenda da equipe: {agenda.total} compromisso{'s' if agenda.total != 1 else ''} na espera"
    dias = max(linha.dias for linha in agenda.linhas)
    texto = f"O mais antigo passou da data há {dias} dia{'s' if dias != 1 else ''}."
    return Secao(
        regra=regra,
        titulo=titulo,
        texto=texto,
        total=agenda.total,
        itens=agenda.itens,
        caminho=caminho("agenda_da_equipe"),
    )


def agendas_atrasadas(rodada: Rodada, canal: Canal = Canal.EMAIL) -> dict[int, AgendaAtrasada]:
    """Por gestor, o que ainda não lhe foi dito; também das empresas paradas, porque a agenda não é do ERP."""
    recebem = rodada.recebem(Sobre.AGENDA_ESQUECIDA, canal)
    if not recebem:
        return {}
    tetos = {empresa: regra.teto for empresa, regra in rodada.propria(Sobre.AGENDA_ESQUECIDA).items()}
    geridas = equipes_de_gestores()
    por_gestor: dict[int, list[Esquecido]] = defaultdict(list)
    for agendamento in _esquecidos(rodada):
        cliente, gestor = agendamento.cliente, agendamento.gestor
        dele = (gestor, cliente.equipe_id, cliente.empresa_id) in geridas
        if dele and cliente.empresa_id in recebem.get(gestor, ()):
            por_gestor[gestor].append(_esquecido(agendamento))
    return {
        quem: AgendaAtrasada(rodada.noite.vaga, linhas[: max(tetos[e] for e in recebem[quem])], len(linhas))
        for quem, linhas in por_gestor.items()
    }


def _esquecidos(rodada: Rodada) -> QuerySet[Any]:
    """Cada compromisso atrasado, uma vez por gestor da equipe do cliente que ainda não soube dele."""
    vaga, empresas = rodada.noite.vaga, list(rodada.propria(Sobre.AGENDA_ESQUECIDA))
    ja_dito = ItemDeMensagem.objects.filter(
        regra=REGRA, pessoa=OuterRef("gestor"), cliente=OuterRef("cliente"), evento=OuterRef("evento")
    )
    if rodada.antes_de:
        ja_dito = ja_dito.filter(decidido_em__lt=rodada.antes_de)
    esquecidos: QuerySet[Any] = (
        abertos()
        .filter(cliente__empresa__in=empresas, cliente__encerrado_em__isnull=True)
        .filter(cliente__fora_do_perfil=False)
        .exclude(cliente__adiado_ate__gt=vaga)
        .exclude(cliente__nao_contatar__contains=list(CanalDeContato.values))
        .annotate(
            dias=DiasEntre(Cast(Value(vaga), DateField()), F("em")),
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
