"""O retrato de cada dia: a composição somada pelas dimensões que as telas agrupam."""

from collections.abc import Callable
from datetime import date, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max, Min

from atividade import fragmentos
from atividade.models import EstadoDoRecalculo, Retrato
from atividade.recalculo import Rodada, abrir, calcular_sem_gravar
from atividade.travas import Trava, adquirir
from clientes.models import Pedido
from contas.models import Empresa

# Em dia passado, o dono é o da data; cliente sem períodos é de quem é hoje.
_DONO_NA_DATA = (
    "LEFT JOIN clientes_periododecarteira o "
    "ON o.cliente_id = i.cliente_id AND o.periodo @> %(referencia)s::date"
)


@transaction.atomic
def fotografar(*, empresa: Empresa, data: date, visto: bool = True) -> int:
    """Guarda (ou refaz) o retrato de um dia; devolve quantas linhas ele tem.

    Sem `visto` é um dia que ninguém acompanhou: não há contagem "como visto no dia" a guardar.
    """
    adquirir(Trava.RECALCULO, empresa.pk)
    empresa.refresh_from_db()
    with connection.cursor() as cursor:
        rodada = abrir(empresa, data, data, cursor)
        rodada.valores |= {"fuso": settings.TIME_ZONE, "visto": visto}
        if data == empresa.referencia and not empresa.consulta_passada:
            return _guardar(rodada, "atividade_indicadores", na_data=False)
        return _guardar(rodada, f"({calcular_sem_gravar(rodada)})", na_data=True)


def preencher(*, empresa: Empresa, ate: date) -> list[date]:
    """Fotografa `ate`, cada dia perdido desde o último retrato e os que um fato mudado desmentiu.

    Devolve os dias fotografados. Interrompido, continua de onde parou.
    """
    ultimo = Retrato.objects.filter(empresa=empresa, data__lt=ate).aggregate(Max("data"))["data__max"]
    dias = (
        [ate] if ultimo is None else [ultimo + timedelta(days=n) for n in range(1, (ate - ultimo).days + 1)]
    )
    refeitos = list(iter(lambda: _refazer_um(empresa, ate), None))
    for dia in dias:
        fotografar(empresa=empresa, data=dia)
    return [*refeitos, *dias]


def fins_de_mes_sem_retrato(empresa: Empresa, desde: date) -> list[date]:
    """Os fins de mês de `desde` até a referência em que já havia pedidos e não há retrato, do mais novo ao mais antigo.

    Os mais novos primeiro: são os que a composição mostra.
    """
    primeiro = Pedido.objects.filter(empresa=empresa, conta=True).aggregate(Min("data"))["data__min"]
    if primeiro is None or empresa.referencia_regular is None:
        return []
    guardados = set(
        Retrato.objects.filter(empresa=empresa, data__gte=desde).values_list("data", flat=True).distinct()
    )
    dias, dia = [], empresa.referencia_regular.replace(day=1) - timedelta(days=1)
    while dia >= max(desde, primeiro):
        dias.append(dia)
        dia = dia.replace(day=1) - timedelta(days=1)
    return [dia for dia in dias if dia not in guardados]


def refotografar(
    *, empresa: Empresa, desde: date, avisar: Callable[[date, int], None] = lambda dia, faltam: None
) -> int:
    """Retrata os fins de mês que faltam, cada um na sua transação: interrompido, continua de onde parou.

    Como eram, pela regra e pelo dono de cada data, com os fatos conhecidos hoje.
    """
    dias = fins_de_mes_sem_retrato(empresa, desde)
    for n, dia in enumerate(dias, 1):
        fotografar(empresa=empresa, data=dia, visto=False)
        avisar(dia, len(dias) - n)
    return len(dias)


@transaction.atomic
def _refazer_um(empresa: Empresa, ate: date) -> date | None:
    """Refaz o primeiro retrato da data mudada em diante e anda o ponteiro; None quando não há mais.

    O ponteiro anda sob a trava do recálculo, na transação do retrato: quem o recua enquanto isso não se perde.
    """
    adquirir(Trava.RECALCULO, empresa.pk)
    estado = EstadoDoRecalculo.objects.filter(empresa=empresa, retratos_desde__isnull=False)
    desde = estado.values_list("retratos_desde", flat=True).first()
    if desde is None:
        return None
    guardados = Retrato.objects.filter(empresa=empresa, data__gte=desde).exclude(data=ate)
    dia: date | None = guardados.aggregate(Min("data"))["data__min"]
    if dia:
        fotografar(empresa=empresa, data=dia)
    estado.update(retratos_desde=dia + timedelta(days=1) if dia else None)
    return dia


def _guardar(rodada: Rodada, fonte: str, *, na_data: bool) -> int:
    dono = {"vendedor": "i.vendedor_id", "equipe": "i.equipe_id", "dono": ""}
    if na_data:
        sem_periodo = "CASE WHEN o.id IS NULL THEN i.{0} ELSE o.{0} END"
        dono = {
            "vendedor": sem_periodo.format("vendedor_id"),
            "equipe": sem_periodo.format("equipe_id"),
            "dono": _DONO_NA_DATA,
        }
    return rodada.passo("retrato", fonte=fonte, marca=fragmentos.marca(), **dono)
