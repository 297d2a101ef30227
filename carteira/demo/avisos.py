"""Os avisos dos últimos meses da demonstração, para que o funil e o retorno tenham o que contar.

Só a decisão, como fica depois que a mensagem se apaga: nada sai nem aparece na central. Avisa-se quem o tempo levou a
quase inativo ou inativo, e dois em cada três contatos vieram de um aviso dos dias de antes.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from atividade.models import MotivoDaMudanca, MudancaStatus, Status
from carteira.demo.ritmo import sorteio
from clientes.models import Contato
from notificacoes.models import ItemDeMensagem
from notificacoes.resumos import REGRA

DIAS_DE_AVISOS = 120

Decisao = tuple[int, int, date]  # (pessoa, cliente, dia)


def criar_avisos(*, semente: int, hoje: date) -> int:
    """As decisões de antes de `hoje`; devolve quantas. As que já houver ficam como estão."""
    desde = hoje - timedelta(days=DIAS_DE_AVISOS)
    dias = sorted({*_das_mudancas(desde, hoje), *_dos_contatos(semente, desde, hoje)})
    itens = [
        ItemDeMensagem(
            regra=REGRA, pessoa_id=pessoa, cliente_id=cliente, evento=str(dia), ordem=1, decidido_em=dia
        )
        for pessoa, cliente, dia in dias
    ]
    return len(ItemDeMensagem.objects.bulk_create(itens, ignore_conflicts=True))


def _das_mudancas(desde: date, hoje: date) -> Iterator[Decisao]:
    mudancas = MudancaStatus.objects.filter(
        em__gte=desde,
        em__lt=hoje,
        motivo=MotivoDaMudanca.TEMPO,
        para__in=(Status.QUASE_INATIVO, Status.INATIVO),
        cliente__vendedor__isnull=False,
    )
    return iter(mudancas.values_list("cliente__vendedor", "cliente", "em"))


def _dos_contatos(semente: int, desde: date, hoje: date) -> Iterator[Decisao]:
    comeco = timezone.make_aware(datetime.combine(desde, time.min))
    contatos = Contato.objects.filter(atendente__isnull=False, desfeito_em=None, em__gte=comeco)
    for pessoa, cliente, codigo, em in contatos.values_list("atendente", "cliente", "cliente__codigo", "em"):
        feito = timezone.localtime(em).date()
        sorte = sorteio(semente, "aviso", codigo, feito)
        dia = feito - timedelta(days=sorte.randint(0, 4))
        if sorte.random() < 2 / 3 and desde <= dia < hoje:
            yield pessoa, cliente, dia
