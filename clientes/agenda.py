"""A agenda: marcar, editar, concluir, remarcar e cancelar próximos contatos; cada gesto é um caso de uso.

De dois envios do mesmo gesto só o primeiro acha o agendamento aberto, porque a linha é travada antes.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from clientes.cadastro import adiar
from clientes.compromissos import abertos, responsaveis_possiveis
from clientes.dias_uteis import somar_uteis, util_desde
from clientes.models import (
    Agendamento,
    CanalDeContato,
    Cliente,
    Contato,
    MudancaDeAgendamento,
    Recorrencia,
    TipoDeMudanca,
)
from clientes.mudancas_da_agenda import mudar, regras_de, voltar
from clientes.pitch import atual as pitch_atual
from clientes.regras_da_agenda import depois_da_tentativa, parou
from clientes.series import continuar, retirar_seguinte
from contas.models import Usuario


class AgendaInvalida(ValueError):
    """Gesto que a casa recusa; a mensagem já vem pronta para a tela."""


@dataclass(frozen=True, slots=True)
class Proximo:
    """Um próximo contato: quando, como, e se volta a acontecer."""

    em: date
    hora: time | None = None
    tipo: str = CanalDeContato.LIGACAO
    nota: str = ""
    recorrencia: str = Recorrencia.NENHUMA
    repetir_ate: date | None = None
    ciclo_dias: int | None = None

    def conferir(self) -> None:
        if self.recorrencia == Recorrencia.CICLO and not self.ciclo_dias:
            raise AgendaInvalida("Este cliente ainda não tem ritmo de compra: escolha outra repetição.")
        if self.recorrencia and self.repetir_ate and self.repetir_ate < self.em:
            raise AgendaInvalida("A repetição precisa acabar depois do primeiro dia.")

    def campos(self) -> dict[str, Any]:
        """O que se grava do agendamento; sem repetição, nada dela fica."""
        repete = bool(self.recorrencia)
        return {
            "em": self.em,
            "hora": self.hora,
            "tipo": self.tipo,
            "nota": self.nota.strip(),
            "recorrencia": self.recorrencia,
            "repetir_ate": self.repetir_ate if repete else None,
            "ciclo_dias": self.ciclo_dias if self.recorrencia == Recorrencia.CICLO else None,
            "serie_desde": self.em if repete else None,
        }


# ── Marcar e editar ──────────────────────────────────────────────────────────


@transaction.atomic
def agendar(
    *, cliente: Cliente, proximo: Proximo, por: Usuario, responsavel: Usuario | None = None
) -> Agendamento:
    """Marca um próximo contato; sem responsável, é de quem marca. O mesmo combinado duas vezes é um só."""
    proximo.conferir()
    dono = responsavel or por
    _conferir_responsavel(cliente, dono, por)
    Cliente.objects.select_for_update(no_key=True).get(pk=cliente.pk)
    igual = abertos().filter(cliente=cliente, responsavel=dono, criado_por=por, **proximo.campos()).first()
    return igual or _criar(cliente, proximo, dono, por)


def _conferir_responsavel(cliente: Cliente, responsavel: Usuario, por: Usuario) -> None:
    if responsavel != por and responsavel not in responsaveis_possiveis(cliente, por):
        raise AgendaInvalida(f"{responsavel.nome} não atende {cliente.nome}: escolha outra pessoa.")


def _criar(
    cliente: Cliente, proximo: Proximo, responsavel: Usuario, por: Usuario, contato: Contato | None = None
) -> Agendamento:
    """Com o pitch de hoje preso: é ele que se lê na hora de ligar."""
    return Agendamento.objects.create(
        cliente=cliente,
        responsavel=responsavel,
        criado_por=por,
        contato=contato,
        pitch=pitch_atual(cliente.pk),
        **proximo.campos(),
    )


@transaction.atomic
def editar_agendamento(
    *,
    agendamento: Agendamento,
    proximo: Proximo,
    por: Usuario,
    responsavel: Usuario | None = None,
    so_este: bool = False,
) -> bool:
    """Muda o agendamento; `so_este` o destaca da série, que segue como era a partir do próximo."""
    proximo.conferir()
    aberto = _travado(agendamento)
    if aberto is None:
        return False
    dono = responsavel or aberto.responsavel
    if dono != aberto.responsavel:
        _conferir_responsavel(aberto.cliente, dono, por)
    novos = proximo.campos()
    del novos["em"], novos["hora"]
    if so_este:
        continuar(aberto, depois_de=max(aberto.em, timezone.localdate()))
        novos |= {"recorrencia": Recorrencia.NENHUMA, "repetir_ate": None}
        novos |= {"ciclo_dias": None, "serie_desde": None}
    elif proximo.recorrencia and proximo.em == aberto.em and aberto.serie_desde:
        novos["serie_desde"] = aberto.serie_desde
    for campo, valor in novos.items():
        setattr(aberto, campo, valor)
    aberto.responsavel = dono
    aberto.save(update_fields=[*novos, "responsavel"])
    tentativas = _sem_parada(aberto) if proximo.em != aberto.em else aberto.tentativas
    mudar(aberto, TipoDeMudanca.EDITADO, em=proximo.em, hora=proximo.hora, por=por, tentativas=tentativas)
    return True


# ── Concluir, cancelar, reabrir ──────────────────────────────────────────────


def _travado(agendamento: Agendamento) -> Agendamento | None:
    """O agendamento com a linha travada, se ainda estiver aberto."""
    travados = abertos().select_for_update(of=("self",)).select_related("cliente__empresa", "responsavel")
    return travados.filter(pk=agendamento.pk).first()


@transaction.atomic
def concluir_agendamento(*, agendamento: Agendamento, em: datetime | None = None) -> bool:
    """Dá por feito e, se for de uma série, marca o seguinte; já concluído ou cancelado fica como está."""
    aberto = _travado(agendamento)
    if aberto is None:
        return False
    _concluir(aberto, em or timezone.now())
    return True


def _concluir(aberto: Agendamento, em: datetime) -> None:
    aberto.concluido_em = em
    aberto.save(update_fields=["concluido_em"])
    continuar(aberto, depois_de=max(aberto.em, timezone.localdate(em)))


@transaction.atomic
def cancelar_agendamento(
    *, agendamento: Agendamento, em: datetime | None = None, serie: bool = False
) -> bool:
    """Tira da agenda sem dar por feito; a série continua no seguinte, a não ser que ela também acabe."""
    aberto = _travado(agendamento)
    if aberto is None:
        return False
    aberto.cancelado_em = em or timezone.now()
    aberto.save(update_fields=["cancelado_em"])
    if not serie:
        continuar(aberto, depois_de=max(aberto.em, timezone.localdate(aberto.cancelado_em)))
    return True


@transaction.atomic
def reabrir_agendamento(*, agendamento: Agendamento) -> bool:
    """Desfaz a conclusão ou o cancelamento, e o seguinte da série que nasceu deles."""
    fechado = (
        Agendamento.objects.select_for_update()
        .filter(pk=agendamento.pk)
        .exclude(concluido_em__isnull=True, cancelado_em__isnull=True)
        .first()
    )
    if fechado is None or _serie_tem_outro(fechado):
        return False
    _reabrir(fechado)
    return True


def _serie_tem_outro(fechado: Agendamento) -> bool:
    """O lugar dele na série já é de outro, criado depois que este foi cancelado."""
    outros = Agendamento.objects.filter(anterior=fechado.anterior_id, cancelado_em__isnull=True)
    return bool(fechado.anterior_id) and outros.exclude(pk=fechado.pk).exists()


def _reabrir(fechado: Agendamento) -> None:
    """Se o seguinte já andou por conta própria, a série é dele: este volta sem repetição."""
    if not retirar_seguinte(fechado):
        fechado.recorrencia = Recorrencia.NENHUMA
    fechado.concluido_em = fechado.cancelado_em = None
    fechado.save(update_fields=["concluido_em", "cancelado_em", "recorrencia"])


# ── Mudar a data, e desfazer ─────────────────────────────────────────────────


@transaction.atomic
def remarcar_agendamento(
    *, agendamento: Agendamento, para: date, por: Usuario, hora: time | None = None
) -> MudancaDeAgendamento | None:
    """Muda a data de um agendamento aberto e devolve a mudança, que se pode desfazer.

    Remarcar à mão o que tinha parado é decidir: as tentativas recomeçam.
    """
    aberto = _travado(agendamento)
    if aberto is None:
        return None
    repetido = (aberto.em, aberto.hora) == (para, hora) and not _sem_decisao(aberto)
    if repetido:  # o segundo envio: a mudança é a do primeiro
        return aberto.mudancas.filter(tipo=TipoDeMudanca.REMARCADO, desfeita_em__isnull=True).first()
    return mudar(aberto, TipoDeMudanca.REMARCADO, em=para, hora=hora, por=por, tentativas=_sem_parada(aberto))


def _sem_decisao(aberto: Agendamento) -> bool:
    return parou(aberto.tentativas, aberto.cliente.empresa.tentativas_ate_parar)


def _sem_parada(aberto: Agendamento) -> int:
    return 0 if _sem_decisao(aberto) else aberto.tentativas


@transaction.atomic
def desfazer_mudanca(*, mudanca: MudancaDeAgendamento, por: Usuario) -> bool:
    """Volta à data de antes, se nada mudou depois; repetir não muda nada. Tentativa se desfaz pelo contato dela."""
    aberto = _travado(mudanca.agendamento)
    ultima = aberto.mudancas.filter(desfeita_em__isnull=True).first() if aberto else None
    if aberto is None or ultima != mudanca or mudanca.tipo == TipoDeMudanca.TENTATIVA:
        return False
    voltar(aberto, mudanca)
    if mudanca.tipo == TipoDeMudanca.ADIADO:
        adiar(cliente=aberto.cliente, ate=None, motivo="", por=por, hoje=timezone.localdate())
    return True


# ── Quem decide, quando se parou de tentar ───────────────────────────────────


@transaction.atomic
def insistir(*, agendamento: Agendamento, por: Usuario) -> MudancaDeAgendamento | None:
    """Tentar de novo, do começo da conta: a casa escolhe o dia, como depois de qualquer tentativa."""
    aberto = _travado(agendamento)
    if aberto is None or not _sem_decisao(aberto):
        return None
    regras = regras_de(aberto)
    em = somar_uteis(timezone.localdate(), regras.nova_tentativa_em_dias, regras.uf)
    return mudar(aberto, TipoDeMudanca.INSISTENCIA, em=em, hora=aberto.hora, por=por, tentativas=0)


@transaction.atomic
def adiar_com_o_cliente(
    *, agendamento: Agendamento, ate: date, motivo: str, por: Usuario
) -> MudancaDeAgendamento | None:
    """O cliente sai da fila até o dia, e o compromisso o espera no primeiro dia útil dele."""
    aberto = _travado(agendamento)
    if aberto is None:
        return None
    adiar(cliente=aberto.cliente, ate=ate, motivo=motivo, por=por, hoje=timezone.localdate())
    em = util_desde(ate, regras_de(aberto).uf)
    return mudar(aberto, TipoDeMudanca.ADIADO, em=em, hora=aberto.hora, por=por, tentativas=0)


# ── O que um contato faz à agenda ────────────────────────────────────────────


def acertar_pelo_contato(contato: Contato, proximo: Proximo | None) -> None:
    """O efetivo conclui o que estava na vez; a tentativa conta mais uma e remarca. Roda na transação do contato.

    Na vez está o que venceu até o dia do contato e o que espera resposta de uma tentativa.
    """
    dia = timezone.localdate(contato.em)
    na_vez = Q(em__lte=dia) | Q(tentativas__gt=0) if contato.ocorrencia.efetiva else Q(em__lte=dia)
    vencidos = list(
        abertos()
        .select_for_update(of=("self",))
        .select_related("cliente__empresa")
        .filter(na_vez, cliente=contato.cliente)
        .order_by("pk")
    )
    for aberto in vencidos:
        if contato.ocorrencia.efetiva:
            # `concluido_em` igual ao instante do contato diz quem o concluiu: desfazer reabre estes, e só estes.
            _concluir(aberto, contato.em)
        else:
            _tentar(aberto, contato, dia, proximo)
    if proximo is not None and (contato.ocorrencia.efetiva or not vencidos):
        _criar(contato.cliente, proximo, contato.atendente, contato.atendente, contato)


def _tentar(aberto: Agendamento, contato: Contato, dia: date, proximo: Proximo | None) -> None:
    """Sem resposta: a casa escolhe a nova data ou para; se quem ligou já disse uma, é ela, e está decidido."""
    feita = depois_da_tentativa(em=aberto.em, tentativas=aberto.tentativas, dia=dia, regras=regras_de(aberto))
    em, hora, tentativas = feita.em, aberto.hora, feita.tentativas
    if proximo is not None:
        em, hora, tentativas = proximo.em, proximo.hora, 0 if feita.parou else tentativas
    mudar(
        aberto,
        TipoDeMudanca.TENTATIVA,
        em=em,
        hora=hora,
        por=contato.atendente,
        tentativas=tentativas,
        contato=contato,
    )


def desacertar_pelo_contato(contato: Contato, em: datetime) -> None:
    """O contrário: cancela o que nasceu do contato, reabre o que ele concluiu e desconta a tentativa."""
    abertos().filter(cliente=contato.cliente, contato=contato).update(cancelado_em=em)
    concluidos = Agendamento.objects.select_for_update().filter(
        cliente=contato.cliente, concluido_em=contato.em
    )
    for concluido in concluidos:
        _reabrir(concluido)
    feitas = MudancaDeAgendamento.objects.filter(contato=contato, desfeita_em__isnull=True)
    for mudanca in feitas.select_related("agendamento"):
        voltar(Agendamento.objects.select_for_update().get(pk=mudanca.agendamento_id), mudanca)
