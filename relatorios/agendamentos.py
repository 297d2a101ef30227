"""Relatórios agendados: quando cada um vence, e o que se decidiu de cada pessoa. Quem faz e manda mora acima."""

import calendar
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from contas.auditoria import registrar
from contas.models import Usuario
from contas.papeis import Permissao, pode
from relatorios import catalogo
from relatorios.base import Relatorio
from relatorios.dias import Consulta
from relatorios.models import AgendamentoDeRelatorio, EnvioDeRelatorio, Frequencia
from relatorios.pedido import Pedido

_UM_DIA = timedelta(days=1)


def ultima_vaga(agendamento: AgendamentoDeRelatorio, agora: datetime) -> date:
    """A data mais nova em que ele já devia ter saído; a de hoje só conta depois da hora."""
    local = timezone.localtime(agora)
    dia = local.date() if local.hour >= agendamento.hora else local.date() - _UM_DIA
    if agendamento.frequencia == Frequencia.SEMANAL:
        return dia - timedelta(days=(dia.weekday() - (agendamento.dia or 0)) % 7)
    if agendamento.frequencia == Frequencia.MENSAL:
        deste = _no_mes(dia, agendamento.dia or 1)
        return deste if deste <= dia else _no_mes(dia.replace(day=1) - _UM_DIA, agendamento.dia or 1)
    return dia


def _no_mes(mes: date, dia: int) -> date:
    return mes.replace(day=min(dia, calendar.monthrange(mes.year, mes.month)[1]))


@transaction.atomic
def guardar(
    agendamento: AgendamentoDeRelatorio, *, pessoas: Iterable[Usuario], por: Usuario, agora: datetime
) -> AgendamentoDeRelatorio:
    """Novo ou mudado, começa a valer na próxima vez: o que já passou não sai atrasado."""
    acao = "mudar relatório agendado" if agendamento.pk else "agendar relatório"
    agendamento.decidido_ate = ultima_vaga(agendamento, agora)
    agendamento.save()
    escolhidas = list(pessoas)
    agendamento.pessoas.set(escolhidas)
    depois = {"quando": agendamento.quando, "a": [p.nome for p in escolhidas], "formato": agendamento.formato}
    relatorio = catalogo.achar(agendamento.relatorio)
    if relatorio and (dias := dias_em_palavras(relatorio, agendamento.consulta)):
        depois["dias"] = dias
    registrar(acao, por=por, objeto=agendamento.relatorio, depois=depois)
    return agendamento


@transaction.atomic
def pausar(agendamento: AgendamentoDeRelatorio, *, por: Usuario, agora: datetime) -> None:
    agendamento.pausado_em = agora
    agendamento.save(update_fields=["pausado_em"])
    registrar("pausar relatório agendado", por=por, objeto=agendamento.relatorio)


@transaction.atomic
def retomar(agendamento: AgendamentoDeRelatorio, *, por: Usuario, agora: datetime) -> None:
    """Segue da próxima vez; as que a pausa cobriu não saem."""
    agendamento.pausado_em, agendamento.decidido_ate = None, ultima_vaga(agendamento, agora)
    agendamento.save(update_fields=["pausado_em", "decidido_ate"])
    registrar("retomar relatório agendado", por=por, objeto=agendamento.relatorio)


@transaction.atomic
def apagar(agendamento: AgendamentoDeRelatorio, *, por: Usuario) -> None:
    registrar(
        "apagar relatório agendado",
        por=por,
        objeto=agendamento.relatorio,
        antes={"quando": agendamento.quando, "a": [p.nome for p in agendamento.pessoas.all()]},
    )
    agendamento.delete()


@transaction.atomic
def testar(agendamento: AgendamentoDeRelatorio, *, por: Usuario, agora: datetime) -> EnvioDeRelatorio:
    """Um envio só a quem pede, agora; não conta como a vez do dia."""
    envio: EnvioDeRelatorio = agendamento.envios.create(
        pessoa=por, data=timezone.localdate(agora), teste=True, criado_em=agora
    )
    return envio


def de_quem_e(pessoa: Usuario) -> QuerySet[AgendamentoDeRelatorio]:
    dela: QuerySet[AgendamentoDeRelatorio] = AgendamentoDeRelatorio.objects.filter(por=pessoa)
    return dela


@transaction.atomic
def passar_agendamentos(pessoa: Usuario, candidatos: Sequence[Usuario], *, agora: datetime) -> int:
    """Os de quem sai seguem com o primeiro candidato que os pode levar; o que só ela recebia fica em pausa com ele."""
    passados = list(de_quem_e(pessoa).select_for_update().order_by("pk"))
    for agendamento in passados:
        relatorio = catalogo.achar(agendamento.relatorio)
        agendamento.por = next(
            (c for c in candidatos if relatorio and pode_levar(c, relatorio)), candidatos[-1]
        )
        agendamento.pessoas.remove(pessoa)
        if not agendamento.pessoas.filter(is_active=True).exists():
            agendamento.pessoas.add(agendamento.por)
            agendamento.pausado_em = agendamento.pausado_em or agora
        agendamento.save(update_fields=["por", "pausado_em"])
    return len(passados)


def decidir(*, agora: datetime) -> int:
    """Cada agendamento vencido vira um envio por pessoa; repetir não decide de novo."""
    ligados = AgendamentoDeRelatorio.objects.filter(pausado_em=None, por__is_active=True)
    return sum(
        _decidir(agendamento.pk, agora)
        for agendamento in ligados
        if ultima_vaga(agendamento, agora) > agendamento.decidido_ate
    )


@transaction.atomic
def _decidir(pk: int, agora: datetime) -> int:
    agendamento = AgendamentoDeRelatorio.objects.select_for_update().get(pk=pk)
    vaga = ultima_vaga(agendamento, agora)
    if vaga <= agendamento.decidido_ate:
        return 0
    envios = [
        EnvioDeRelatorio(agendamento=agendamento, pessoa=pessoa, data=vaga, criado_em=agora)
        for pessoa in agendamento.pessoas.order_by("pk")
    ]
    EnvioDeRelatorio.objects.bulk_create(envios, ignore_conflicts=True)
    agendamento.decidido_ate = vaga
    agendamento.save(update_fields=["decidido_ate"])
    return len(envios)


def por_que_nao_recebe(agendamento: AgendamentoDeRelatorio, pessoa: Usuario, *, teste: bool = False) -> str:
    """Refeito a cada envio: vazio quando a pessoa ainda pode receber."""
    relatorio = catalogo.achar(agendamento.relatorio)
    if relatorio is None:
        return "Este relatório não existe mais."
    if not pessoa.is_active:
        return "Não tem mais acesso ao Carteira."
    if not pode_levar(pessoa, relatorio):
        return "Não pode mais ver ou exportar este relatório."
    if not pode_levar(agendamento.por, relatorio):
        return "Quem o agendou não pode mais ver ou exportar este relatório."
    if agendamento.pausado_em and not teste:
        return "Pausado antes de sair."
    if not pessoa.email:
        return "Não tem e-mail no cadastro."
    return "" if pessoa.recebe_emails else "Escolheu não receber e-mails."


def pode_levar(pessoa: Usuario, relatorio: Relatorio) -> bool:
    return pode(pessoa, relatorio.permissao) and pode(pessoa, Permissao.EXPORTAR)


def dias_sugeridos(relatorio: Relatorio, pedido: Pedido) -> str:
    """Os dias que um agendamento novo leva: o nome que diz os que se viam, se algum diz."""
    dias, hoje = relatorio.dias(), timezone.localdate()
    return dias.sugeridos(pedido.consulta, pedido.referencia or hoje, hoje) if dias else ""


def dias_em_palavras(relatorio: Relatorio, consulta: Consulta) -> str:
    dias = relatorio.dias()
    return dias.em_palavras(consulta) if dias else ""


def pedido_guardado(pedido: Pedido, ordem: str) -> dict[str, list[str]]:
    """Os filtros da tela, com a ordem em que se via."""
    return pedido.consulta | ({"ordem": [ordem]} if ordem else {})
