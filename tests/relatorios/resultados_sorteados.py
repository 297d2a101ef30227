"""A carteira sorteada dos resultados, e a conta deles feita na unha: cliente por cliente, sem SQL de conjunto."""

import itertools
import random
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange

from atividade.giro import Janela
from atividade.limiares import configurar, herdar
from atividade.models import Limiar
from atividade.recalculo import recalcular
from atividade.regras import Periodo, PorCiclo
from clientes.models import (
    Campanha,
    CausaDaInatividade,
    Cliente,
    Contato,
    ListaDeTrabalho,
    MembroDaLista,
    Objecao,
    Ocorrencia,
    Pedido,
    PeriodoDeCarteira,
    Pitch,
)
from contas.models import Empresa, Equipe, Papel, Usuario
from notificacoes.models import ItemDeMensagem
from relatorios.resultados.consulta import SEM, Consulta, Recorte
from tests import referencia
from tests.conftest import SAO_PAULO, criar_cliente, criar_pessoa, novo_pedido, por_na_equipe

HOJE = date(2026, 11, 20)
MANHA = datetime(2026, 11, 20, 9, 0, tzinfo=SAO_PAULO)
ANTES = HOJE - timedelta(days=900)
CANAIS = ("ligacao", "email", "visita")
SEGMENTOS = ("Ferragens", "Tintas", "")
UFS = ("SC", "PR", "")


@dataclass
class Cena:
    empresa: Empresa
    ana: Usuario
    carla: Usuario
    bruno: Usuario
    davi: Usuario
    clientes: list[Cliente]


def no_dia(dia: date, hora: int = 10) -> datetime:
    return datetime.combine(dia, time(hora, 30), SAO_PAULO)


def sortear() -> Cena:
    """Sessenta clientes com silêncios em volta dos limites, três regras no tempo, contatos de todo jeito."""
    r = random.Random(20261120)
    empresa = Empresa.objects.get(codigo="1")
    sul, norte = Equipe.objects.create(nome="Sul"), Equipe.objects.create(nome="Norte")
    ana, carla = criar_pessoa("Ana Souza", empresa), criar_pessoa("Carla Dias", empresa)
    bruno, davi = (
        criar_pessoa("Bruno Lima", empresa, Papel.GESTOR),
        criar_pessoa("Davi Rocha", empresa, Papel.ADMIN),
    )
    por_na_equipe(ana, sul)
    por_na_equipe(carla, norte)
    sul.gestores.add(bruno)
    clientes = [_cliente(r, empresa, n, ana, carla, sul, norte) for n in range(60)]
    _regras(empresa, clientes)
    campanhas = [Campanha.objects.create(empresa=empresa, nome=n, inicio=ANTES) for n in ("Volta", "Verão")]
    _conversas(r, clientes, (ana, carla), campanhas)
    _listas(r, empresa, clientes, davi, campanhas)
    _avisos(r, clientes, ana, carla)
    causas = list(CausaDaInatividade.objects.order_by("pk")[:3])
    for cliente in r.sample(clientes, 40):
        Pitch.objects.create(cliente=cliente, por=ana, causa=r.choice([*causas, None]), argumentos="…")
    recalcular(empresa=empresa, referencia=HOJE, hoje=HOJE)
    empresa.refresh_from_db()
    lidos = Cliente.objects.order_by("pk").prefetch_related(
        "pedidos", "contatos__ocorrencia", "periodos", "nas_listas__lista"
    )
    return Cena(empresa, ana, carla, bruno, davi, list(lidos))


def _cliente(
    r: random.Random, empresa: Empresa, n: int, ana: Usuario, carla: Usuario, sul: Any, norte: Any
) -> Cliente:
    dono, equipe = (ana, sul) if n % 2 else (carla, norte)
    cliente = criar_cliente(
        f"C{n:02}", empresa, vendedor=dono, equipe=equipe, segmento=r.choice(SEGMENTOS), uf=r.choice(UFS),
        cadastrado_em=ANTES,
    )  # fmt: skip
    if n % 7 == 0:  # trocou de mãos no meio
        dia = HOJE - timedelta(days=r.randrange(1, 200))
        outro, dele = (carla, norte) if dono == ana else (ana, sul)
        for quem, turma, vida in ((outro, dele, DateRange(None, dia)), (dono, equipe, DateRange(dia, None))):
            PeriodoDeCarteira.objects.create(cliente=cliente, vendedor=quem, equipe=turma, periodo=vida)
    dia = HOJE - timedelta(days=r.choice((-3, 0, 2, 9, 14, 15, 30, 45, 80, 170, 400)))
    for k in range(r.randrange(1, 14)):
        situacao = r.choice(("faturado", "faturado", "faturado", "aberto", "cancelado"))
        pedido = novo_pedido(cliente, f"{n}-{k}", dia, str(r.randrange(1, 90_000) / 100), situacao)
        if r.random() < 0.7:
            Pedido.objects.filter(pk=pedido.pk).update(valor_sem_impostos=pedido.valor * Decimal("0.8"))
        dia -= timedelta(days=r.choice((0, 7, 20, 59, 60, 61, 89, 90, 91, 150)))
    return cliente


def _regras(empresa: Empresa, clientes: list[Cliente]) -> None:
    def dias(n: int, aviso: int, desde: date, **onde: Any) -> None:
        configurar(
            empresa=empresa, periodo=Periodo(n, "d"), antecedencia=Periodo(aviso, "d"), vigente_desde=desde,
            por=None, **onde,
        )  # fmt: skip

    dias(60, 20, ANTES)
    dias(90, 30, HOJE - timedelta(days=60))
    dias(
        150,
        30,
        HOJE - timedelta(days=200),
        segmento=clientes[0].segmento or next(c.segmento for c in clientes if c.segmento),
    )
    ciclo = PorCiclo(Decimal("1.5"), Decimal(2), 10, 80, 20, 120)
    dias(60, 20, HOJE - timedelta(days=150), cliente=clientes[3], ciclo=ciclo)
    herdar(empresa=empresa, cliente=clientes[3], vigente_desde=HOJE - timedelta(days=10), por=None)


def _conversas(
    r: random.Random, clientes: list[Cliente], quem: tuple[Usuario, ...], campanhas: list[Campanha]
) -> None:
    efetivas, tentativas = (list(Ocorrencia.objects.filter(efetiva=e)[:2]) for e in (True, False))
    objecoes_ = list(Objecao.objects.order_by("pk")[:3])
    for cliente in clientes:
        dias_dele = list(cliente.pedidos.values_list("data", flat=True))
        for _ in range(r.randrange(0, 9)):
            # em volta das compras, para cair nos limites da janela
            base = r.choice([*dias_dele, HOJE - timedelta(days=r.randrange(100))])
            dia = min(base - timedelta(days=r.choice((-1, 0, 1, 3, 29, 30, 31))), HOJE)
            contato = Contato.objects.create(
                cliente=cliente, canal=r.choice(CANAIS), ocorrencia=r.choice([*efetivas, *tentativas]),
                atendente=r.choice(quem), em=no_dia(dia, r.choice((0, 10, 23))),
                campanha=r.choice([*campanhas, None]), desfeito_em=MANHA if r.random() < 0.1 else None,
            )  # fmt: skip
            contato.objecoes.set(r.sample(objecoes_, r.randrange(3)))


def _listas(
    r: random.Random, empresa: Empresa, clientes: list[Cliente], davi: Usuario, campanhas: list[Campanha]
) -> None:
    for n, oferta in enumerate(("desconto", "promocao", "")):
        lista = ListaDeTrabalho.objects.create(
            empresa=empresa, nome=f"L{n}", finalidade="recuperacao", de=HOJE - timedelta(days=80 - 20 * n),
            ate=HOJE - timedelta(days=n) if n else None, oferta_tipo=oferta, campanha=campanhas[n] if n < 2 else None,
            consulta_por=davi, criada_por=davi, semente=n,
        )  # fmt: skip
        for cliente in r.sample(clientes, 30):
            entrou = lista.de + timedelta(days=r.randrange(20))
            MembroDaLista.objects.create(
                lista=lista, cliente=cliente, entrou_em=entrou, controle=r.random() < 0.2,
                saiu_em=entrou + timedelta(days=r.randrange(30)) if r.random() < 0.3 else None,
            )  # fmt: skip


def _avisos(r: random.Random, clientes: list[Cliente], *pessoas: Usuario) -> None:
    for n, cliente in enumerate(r.sample(clientes, 45)):
        for dia in r.sample(range(70), 2):
            ItemDeMensagem.objects.create(
                regra="resumo_diario", pessoa=cliente.vendedor, cliente=cliente, evento=f"{n}-{dia}", ordem=1,
                decidido_em=HOJE - timedelta(days=dia),
            )  # fmt: skip


def dias_de_compra(cliente: Cliente) -> list[date]:
    return sorted(p.data for p in cliente.pedidos.all() if p.conta and p.data <= HOJE)


def dono_em(cliente: Cliente, dia: date) -> tuple[int | None, int | None]:
    for p in cliente.periodos.all():
        if (p.periodo.lower is None or p.periodo.lower <= dia) and (
            p.periodo.upper is None or dia < p.periodo.upper
        ):
            return p.vendedor_id, p.equipe_id
    return cliente.vendedor_id, cliente.equipe_id


def contato_que_vence(cliente: Cliente, dia: date, janela: int = 30) -> Contato | None:
    """O último efetivo em [dia − janela, dia]."""
    bons = [
        c for c in cliente.contatos.all()
        if c.desfeito_em is None and c.ocorrencia.efetiva
        and dia - timedelta(days=janela) <= c.em.astimezone(SAO_PAULO).date() <= dia
    ]  # fmt: skip
    return max(bons, key=lambda c: (c.em, c.pk), default=None)


def oferta_de(cliente: Cliente, contato: Contato | None) -> str:
    if contato is None:
        return SEM
    dia = contato.em.astimezone(SAO_PAULO).date()
    boas = [
        m.lista for m in cliente.nas_listas.all()
        if not m.controle and m.lista.oferta_tipo and max(m.entrou_em, m.lista.de) <= dia
        and (m.saiu_em is None or dia <= m.saiu_em) and (m.lista.ate is None or dia <= m.lista.ate)
    ]  # fmt: skip
    boas.sort(key=lambda x: (x.campanha_id is not None and x.campanha_id == contato.campanha_id, x.de, x.pk))
    return str(boas[-1].oferta_tipo) if boas else SEM


def valor_de(pedidos: Any) -> Decimal:
    return sum(
        (p.valor if p.valor_sem_impostos is None else p.valor_sem_impostos for p in pedidos), Decimal(0)
    )


def reativados_na_unha(clientes: list[Cliente], janela: Janela) -> dict[int, dict[str, Any]]:
    achados: dict[int, dict[str, Any]] = {}
    limiares = list(Limiar.objects.all())
    for cliente in clientes:
        dias = sorted(set(dias_de_compra(cliente)))
        for antes, dia in itertools.pairwise(dias):
            _, regra = referencia.regra_do_cliente(cliente, dia, limiares)
            limites = referencia.limites_em(regra, antes, referencia.ciclo_em(dias, antes))
            if not (janela.de <= dia <= janela.ate and limites.inativo_em <= dia):
                continue
            dele = [p for p in cliente.pedidos.all() if p.conta and dia <= p.data <= min(janela.ate, HOJE)]
            contato, (vendedor, equipe) = contato_que_vence(cliente, dia), dono_em(cliente, dia)
            achados[cliente.pk] = {
                "em": dia, "pedidos": len(dele), "valor": valor_de(dele), "ultimo": max(p.data for p in dele),
                "contato": contato.pk if contato else None, "vendedor": str(vendedor), "equipe": str(equipe),
                "uf": cliente.uf or SEM, "segmento": str(cliente.segmento_id or SEM), "municipio": SEM,
                "campanha": str((contato and contato.campanha_id) or SEM), "oferta": oferta_de(cliente, contato),
                "canal": contato.canal if contato else SEM, "empresa": str(cliente.empresa_id),
                "origem": "contato" if contato else "espontaneo",
                "quem": str(contato.atendente_id) if contato else SEM,
            }  # fmt: skip
            break
    return achados


JANELAS = [
    Janela(HOJE - timedelta(days=14), HOJE),
    Janela(HOJE - timedelta(days=45), HOJE - timedelta(days=15)),
    Janela(HOJE - timedelta(days=300), HOJE + timedelta(days=10)),
]


def consultar(quem: Usuario, janela: Janela, **recorte: Any) -> Consulta:
    return Consulta(quem, janela, HOJE, Recorte(**recorte))
