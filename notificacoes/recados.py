"""Recados: quem pode escrever a quem, e o que acontece ao enviar, reenviar, editar e encerrar.

Os destinatários são lidos no momento do envio e ficam escritos, um aviso cada: quem entra na equipe depois não
recebe o que já saiu, e quem mandou sabe exatamente a quem mandou.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from contas.alcada import vendedores_da_alcada
from contas.auditoria import registrar
from contas.escopo import empresas_de
from contas.models import Equipe, Papel, Usuario
from contas.papeis import Permissao, pode
from contas.pessoas import por_estado
from notificacoes import emails
from notificacoes.caixa import enfileirar
from notificacoes.central import RascunhoDeAviso, avisar
from notificacoes.models import (
    Aviso,
    EspecieDeRecado,
    EstadoDaMensagem,
    EstadoDoRecado,
    Mensagem,
    Publico,
    Recado,
)

# A hora em que surge o que se marca para outro dia: antes da primeira ligação.
HORA_DE_SURGIR = time(7)
CAMPOS = (
    "especie", "tipo", "titulo", "texto", "assinatura", "regra", "dias", "publico", "surge_no_dia", "vale_ate",
    "por_email",
)  # fmt: skip


class RecadoRecusado(ValueError):
    """Gesto que não cabe; a mensagem já vem pronta para a tela."""


# ── A quem ───────────────────────────────────────────────────────────────────


def contas_ao_alcance(por: Usuario, especie: str, hoje: date | None = None) -> QuerySet[Usuario]:
    """Quem pode receber de `por`: o gestor escreve à sua equipe, o administrador às suas empresas.

    Só contas que já entram no sistema (as outras nunca leriam) e, num post-it, só quem vende.
    """
    if not pode(por, Permissao.ENVIAR_RECADOS):
        return Usuario.objects.none()
    if por.papel == Papel.ADMIN:
        pessoas = Usuario.objects.filter(vinculos__empresa__in=empresas_de(por)).distinct()
    else:
        pessoas = vendedores_da_alcada(por, hoje)
    if especie == EspecieDeRecado.POSTIT:
        pessoas = pessoas.filter(papel=Papel.VENDEDOR)
    ativas: QuerySet[Usuario] = Usuario.objects.filter(pk__in=pessoas.values("pk")).exclude(pk=por.pk)
    return por_estado(ativas, "ativa").order_by("nome_chave", "pk")


def equipes_ao_alcance(por: Usuario) -> QuerySet[Equipe]:
    """As que o gestor gere; as que têm gente nas empresas do administrador."""
    if not pode(por, Permissao.ENVIAR_RECADOS):
        return Equipe.objects.none()
    if por.papel != Papel.ADMIN:
        return Equipe.objects.filter(gestores=por)
    da_casa = Usuario.objects.filter(vinculos__empresa__in=empresas_de(por))
    return Equipe.objects.filter(Q(participacoes__usuario__in=da_casa) | Q(gestores__in=da_casa)).distinct()


def destinatarios(recado: Recado, hoje: date | None = None) -> QuerySet[Usuario]:
    """A quem iria se saísse agora; a equipe é quem está nela hoje e quem a gere."""
    hoje = hoje or timezone.localdate()
    contas = contas_ao_alcance(recado.por, recado.especie, hoje)
    if recado.publico == Publico.TODOS:
        return contas
    if recado.publico == Publico.CONTAS:
        return contas.filter(pk__in=recado.contas.values("pk"))
    equipes = equipes_ao_alcance(recado.por).filter(pk__in=recado.equipes.values("pk"))
    membros = Usuario.objects.filter(participacoes__equipe__in=equipes, participacoes__periodo__contains=hoje)
    gestores = Usuario.objects.filter(equipes_geridas__in=equipes)
    return contas.filter(Q(pk__in=membros.values("pk")) | Q(pk__in=gestores.values("pk")))


# ── Escrever e enviar ────────────────────────────────────────────────────────


@transaction.atomic
def guardar(
    *,
    por: Usuario,
    dados: dict[str, Any],
    contas: Iterable[Usuario] = (),
    equipes: Iterable[Equipe] = (),
    recado: Recado | None = None,
) -> Recado:
    """Escreve o rascunho; num recado que já saiu, o recolhe antes, se ninguém o leu (e quem chama reenvia)."""
    if recado is not None:
        recado = _trancado(recado)
        if recado.por_id != por.pk:
            raise RecadoRecusado("Só quem escreveu o recado o edita.")
        _recolher(recado)
    recado = recado or Recado(por=por)
    for campo in CAMPOS:
        setattr(recado, campo, dados.get(campo, getattr(recado, campo)))
    recado.save()
    recado.contas.set(contas if recado.publico == Publico.CONTAS else ())
    recado.equipes.set(equipes if recado.publico == Publico.EQUIPES else ())
    return recado


def _recolher(recado: Recado) -> None:
    if recado.enviado_em is None:
        return
    # quem está lendo, ou enviando o e-mail, espera: o que se confere é o que se apaga
    for linhas in (recado.avisos.all(), _mensagens(recado)):
        list(linhas.select_for_update(of=("self",)).values_list("pk", flat=True))
    motivo = por_que_nao_se_edita(recado)
    if motivo:
        raise RecadoRecusado(motivo)
    _parar_emails(recado)
    recado.avisos.all().delete()
    recado.enviado_em = recado.surge_em = recado.expira_em = recado.reenviado_em = None


def por_que_nao_se_edita(recado: Recado) -> str:
    """Vazio quando se pode: ninguém leu, nenhum e-mail saiu, e não foi encerrado."""
    if recado.enviado_em is None:
        return ""
    if recado.encerrado_em is not None:
        return "Este recado foi encerrado: reabra-o, ou escreva outro."
    if recado.avisos.filter(visto_em__isnull=False).exists():
        return "Alguém já leu este recado: ele fica como está. Encerre-o e escreva outro."
    if (
        _mensagens(recado)
        .exclude(estado__in=(EstadoDaMensagem.PENDENTE, EstadoDaMensagem.CANCELADA))
        .exists()
    ):
        return "O e-mail deste recado já saiu: ele fica como está. Encerre-o e escreva outro."
    return ""


@transaction.atomic
def enviar(*, recado: Recado, por: Usuario, agora: datetime | None = None) -> int:
    """Escreve um aviso por pessoa, e um e-mail se pedido, em poucos comandos; devolve a quantas pessoas.

    Enviar de novo o que já saiu não escreve nada.
    """
    agora = agora or timezone.now()
    recado = _trancado(recado)
    if recado.por_id != por.pk:
        raise RecadoRecusado("Só quem escreveu o recado o envia.")
    if recado.enviado_em is not None:
        return 0
    pessoas = list(destinatarios(recado, timezone.localdate(agora)))
    if not pessoas:
        raise RecadoRecusado("Ninguém receberia este recado: escolha ao menos uma conta ativa.")
    recado.surge_em, recado.expira_em = instantes(recado, agora)
    if recado.expira_em is not None and recado.expira_em <= recado.surge_em:
        raise RecadoRecusado("A validade acaba antes de o recado surgir.")
    recado.enviado_em, recado.envios = agora, recado.envios + 1
    recado.save()
    avisos = avisar(_rascunho_de_aviso(recado, pessoa) for pessoa in pessoas)
    if recado.por_email:
        _escrever_emails(recado, {pessoa: avisos[_chave(recado, pessoa)] for pessoa in pessoas})
    registrar("enviar recado", por=por, objeto=recado.titulo, depois=_resumo(recado, len(pessoas)))
    return len(pessoas)


def instantes(recado: Recado, agora: datetime) -> tuple[datetime, datetime | None]:
    """Quando surge e quando deixa de valer: já, ou às 7h do dia escolhido; até o fim do último dia."""
    hoje = timezone.localdate(agora)
    futuro = recado.surge_no_dia is not None and recado.surge_no_dia > hoje
    surge = _instante(recado.surge_no_dia, HORA_DE_SURGIR) if futuro and recado.surge_no_dia else agora
    fim = _instante(recado.vale_ate + timedelta(days=1), time.min) if recado.vale_ate else None
    return surge, fim


def _instante(dia: date, hora: time) -> datetime:
    return timezone.make_aware(datetime.combine(dia, hora))


def _chave(recado: Recado, pessoa: Usuario) -> str:
    return f"recado:{recado.pk}:{recado.envios}:{pessoa.pk}"


def _rascunho_de_aviso(recado: Recado, pessoa: Usuario) -> RascunhoDeAviso:
    return RascunhoDeAviso(
        chave=_chave(recado, pessoa),
        tipo=recado.especie,
        pessoa=pessoa,
        titulo=recado.titulo,
        texto=recado.texto,
        surge_em=recado.surge_em,
        expira_em=recado.expira_em,
        recado=recado.pk,
    )


def _escrever_emails(recado: Recado, avisos: dict[Usuario, int], sai_em: datetime | None = None) -> int:
    """A cópia por e-mail, uma por pessoa e envio; quem não recebe e-mails lê só no sistema."""
    return enfileirar(
        emails.recado(
            pessoa=pessoa,
            recado=recado,
            chave=_chave(recado, pessoa),
            aviso=aviso,
            sai_em=sai_em or recado.surge_em,
        )
        for pessoa, aviso in avisos.items()
        if pessoa.recebe_emails
    )


def _mensagens(recado: Recado) -> QuerySet[Mensagem]:
    mensagens: QuerySet[Mensagem] = Mensagem.objects.filter(chave__startswith=f"recado:{recado.pk}:")
    return mensagens


def emails_do_recado(recado: Recado, pessoas: Iterable[int]) -> dict[int | None, Mensagem]:
    """De cada uma destas pessoas, o e-mail do último envio; quem não recebe por e-mail não aparece."""
    mensagens = (
        _mensagens(recado).filter(pessoa__in=pessoas).order_by("pessoa_id", "-pk").distinct("pessoa_id")
    )
    return {mensagem.pessoa_id: mensagem for mensagem in mensagens.defer("texto", "html")}


def _parar_emails(recado: Recado) -> int:
    """O que ainda não saiu da caixa não sai mais."""
    paradas = _mensagens(recado).filter(estado=EstadoDaMensagem.PENDENTE)
    return int(paradas.update(estado=EstadoDaMensagem.CANCELADA))


# ── Depois de enviado ────────────────────────────────────────────────────────


@transaction.atomic
def reenviar(
    *, recado: Recado, por: Usuario, envio: int, por_email: bool, agora: datetime | None = None
) -> int:
    """Traz o recado de volta ao alto de quem não leu; `envio` é o que a tela mostrava: dois cliques reenviam um."""
    agora = agora or timezone.now()
    recado = _trancado(recado)
    if recado.envios != envio:
        return 0
    if recado.estado_em(agora) != EstadoDoRecado.EM_VIGOR:
        raise RecadoRecusado("Só se reenvia um recado em vigor.")
    # Quem saiu do alcance de quem escreveu (mudou de equipe, perdeu o acesso) fica com o que já tinha, e só.
    ao_alcance = contas_ao_alcance(recado.por, recado.especie, timezone.localdate(agora))
    faltam = recado.avisos.filter(visto_em__isnull=True, pessoa__in=ao_alcance.values("pk"))
    avisos = {aviso.pessoa: aviso.pk for aviso in faltam.select_related("pessoa")}
    if not avisos:
        raise RecadoRecusado("Todos já leram: não há a quem reenviar.")
    recado.envios, recado.reenviado_em = recado.envios + 1, agora
    recado.save(update_fields=["envios", "reenviado_em"])
    faltam.update(surge_em=agora)
    if por_email:
        _escrever_emails(recado, avisos, sai_em=agora)
    registrar("reenviar recado", por=por, objeto=recado.titulo, depois={"pessoas": len(avisos)})
    return len(avisos)


@transaction.atomic
def encerrar(*, recado: Recado, por: Usuario, agora: datetime | None = None) -> bool:
    """Some da central de todos e os e-mails que faltavam não saem; quem leu e quando continua escrito."""
    agora = agora or timezone.now()
    recado = _trancado(recado)
    if recado.estado_em(agora) not in {EstadoDoRecado.EM_VIGOR, EstadoDoRecado.AGENDADO}:
        return False
    recado.encerrado_em = agora
    recado.save(update_fields=["encerrado_em"])
    recado.avisos.update(expira_em=agora)
    parados = _parar_emails(recado)
    registrar("encerrar recado", por=por, objeto=recado.titulo, depois={"e-mails que não saem": parados})
    return True


@transaction.atomic
def reabrir(*, recado: Recado, por: Usuario, agora: datetime | None = None) -> bool:
    """Volta à central de quem o tinha, enquanto vale; os e-mails parados continuam parados."""
    agora = agora or timezone.now()
    recado = _trancado(recado)
    vence = recado.expira_em
    if recado.encerrado_em is None or (vence is not None and vence <= agora):
        return False
    recado.encerrado_em = None
    recado.save(update_fields=["encerrado_em"])
    recado.avisos.update(expira_em=vence)
    registrar("reabrir recado", por=por, objeto=recado.titulo)
    return True


@transaction.atomic
def apagar(*, recado: Recado, por: Usuario) -> bool:
    """Só um rascunho se apaga; o que saiu é história."""
    recado = _trancado(recado)
    if recado.enviado_em is not None or recado.por_id != por.pk:
        return False
    recado.delete()
    return True


def recibos(recado: Recado) -> QuerySet[Aviso]:
    """Quem recebeu, com a hora em que leu; quem não leu vem antes."""
    avisos: QuerySet[Aviso] = recado.avisos.select_related("pessoa").order_by(
        "pessoa__nome_chave", "pessoa_id"
    )
    return avisos


def _trancado(recado: Recado) -> Recado:
    """Um gesto por vez sobre o mesmo recado."""
    atual: Recado = Recado.objects.select_for_update(of=("self",)).select_related("por").get(pk=recado.pk)
    return atual


def _resumo(recado: Recado, pessoas: int) -> dict[str, Any]:
    return {
        "espécie": recado.get_especie_display(),
        "para": recado.get_publico_display(),
        "pessoas": pessoas,
        "e-mail": recado.por_email,
    }
