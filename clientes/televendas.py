"""Quem está com qual cliente na fila de televendas: duas pessoas nunca recebem o mesmo.

A reserva é uma linha por cliente, com prazo. Ao procurar o próximo, quem está sendo reservado neste instante é
pulado (SKIP LOCKED); a garantia é a unicidade da linha: só a vencida, ou a própria, muda de mãos.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import connection, transaction
from django.db.models import BigIntegerField, Case, F, Func, IntegerField, Q, QuerySet, Value, When
from django.utils import timezone

from clientes.models import Cliente, Contato, ReservaDaFila
from contas.models import Usuario

PRAZO = timedelta(minutes=15)

_TOMAR = """
INSERT INTO clientes_reservadafila AS r (cliente_id, pessoa_id, desde, ate) VALUES (%s, %s, %s, %s)
ON CONFLICT (cliente_id) DO UPDATE
SET pessoa_id = EXCLUDED.pessoa_id, desde = EXCLUDED.desde, ate = EXCLUDED.ate
WHERE r.ate <= EXCLUDED.desde OR r.pessoa_id = EXCLUDED.pessoa_id
"""


def contatos_do_dia(dia: date) -> QuerySet[Contato]:
    """Contatos do dia, efetivos ou não: a tentativa descansa o cliente até amanhã."""
    inicio = timezone.make_aware(datetime.combine(dia, time()))
    return Contato.objects.filter(desfeito_em__isnull=True, em__gte=inicio, em__lt=inicio + timedelta(days=1))


@transaction.atomic
def reservar_proximo(
    *, fila: Sequence[int], pessoa: Usuario, agora: datetime | None = None
) -> ReservaDaFila | None:
    """O cliente com que a pessoa já está ou, pela ordem da fila, o primeiro que ninguém tem; nulo se não há.

    A segunda volta não pula ninguém: quem uma importação em andamento segura também espera uma ligação.
    """
    agora = agora or timezone.now()
    for pular in (True, False):
        while (cliente := _primeiro_livre(fila, pessoa, agora, pular)) is not None:
            if _tomar(cliente, pessoa, agora):
                return _reserva_de(cliente)
    return None


def _primeiro_livre(fila: Sequence[int], pessoa: Usuario, agora: datetime, pular: bool) -> int | None:
    lista = Value(list(fila), output_field=ArrayField(BigIntegerField()))
    posicao = Func(lista, F("pk"), function="array_position", output_field=IntegerField())
    minha = Q(reserva__pessoa=pessoa, reserva__ate__gt=agora)
    livres = (
        Cliente.objects.filter(Q(reserva__isnull=True) | Q(reserva__ate__lte=agora) | minha, pk__in=fila)
        .exclude(pk__in=contatos_do_dia(timezone.localdate(agora)).values("cliente"))
        .order_by(Case(When(minha, then=0), default=1), posicao)
    )
    if pular:
        livres = livres.select_for_update(skip_locked=True, no_key=True, of=("self",))
    return livres.values_list("pk", flat=True).first()


@transaction.atomic
def reservar_este(*, cliente: Cliente, pessoa: Usuario, agora: datetime | None = None) -> ReservaDaFila:
    """O escolhido na lista, se ninguém o tem; a reserva que volta diz com quem ele ficou."""
    agora = agora or timezone.now()
    while True:
        _tomar(cliente.pk, pessoa, agora)
        # entre a recusa e a leitura o outro pode tê-lo soltado: então é tentar de novo
        if (reserva := _reserva_de(cliente.pk)) is not None:
            return reserva


def _tomar(cliente: int, pessoa: Usuario, agora: datetime) -> bool:
    """Toma a reserva livre, vencida ou própria e solta as outras da pessoa: cada um atende um cliente por vez."""
    with connection.cursor() as cursor:
        cursor.execute(_TOMAR, [cliente, pessoa.pk, agora, agora + PRAZO])
        if not cursor.rowcount:
            return False
    outras = ReservaDaFila.objects.filter(pessoa=pessoa).exclude(cliente=cliente)
    # a que outro está tomando neste instante já não é minha: esperar por ela seria um impasse
    outras.filter(
        pk__in=list(outras.select_for_update(skip_locked=True).values_list("pk", flat=True))
    ).delete()
    return True


def _reserva_de(cliente: int) -> ReservaDaFila | None:
    return ReservaDaFila.objects.select_related("pessoa").filter(cliente=cliente).first()


def renovar(*, cliente: int, pessoa: Usuario, agora: datetime | None = None) -> bool:
    """Adia o prazo de quem ainda está atendendo; falso quando a reserva já não é da pessoa."""
    agora = agora or timezone.now()
    minha = ReservaDaFila.objects.filter(cliente=cliente, pessoa=pessoa)
    return bool(minha.update(ate=agora + PRAZO))


def soltar(*, pessoa: Usuario, cliente: int | None = None, desde: datetime | None = None) -> bool:
    """Devolve à fila o cliente da pessoa (ou todos os dela).

    `desde` diz qual reserva: a página que se fecha não solta a que outra página da mesma pessoa acabou de tomar.
    """
    minhas = ReservaDaFila.objects.filter(pessoa=pessoa)
    if cliente is not None:
        minhas = minhas.filter(cliente=cliente)
    if desde is not None:
        minhas = minhas.filter(desde=desde)
    return bool(minhas.delete()[0])


def com_outros(
    *, clientes: Iterable[int], pessoa: Usuario, agora: datetime | None = None
) -> dict[int, ReservaDaFila]:
    """Dos clientes dados, os que estão na mão de outra pessoa, em uma consulta."""
    agora = agora or timezone.now()
    alheias = ReservaDaFila.objects.filter(cliente__in=list(clientes), ate__gt=agora).exclude(pessoa=pessoa)
    return {reserva.cliente_id: reserva for reserva in alheias.select_related("pessoa")}
