"""Uma carteira sorteada e o giro dela contado cliente a cliente, pela memória do Python."""

import random
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange

from atividade.giro import Giro, Janela, Resultados, Tocado, Toque
from atividade.models import Indicadores
from clientes.carteiras import transferir
from clientes.models import Cliente, Contato, Ocorrencia
from contas.models import Empresa, Usuario
from tests.conftest import SAO_PAULO, novo_pedido
from tests.web.carteira_de_teste import datar_posse

ANTES = date(2026, 1, 5)


def dia(n: int) -> date:
    return date(2026, 11, n)


def contatar(cliente: Cliente, quando: date, por: Usuario, ocorrencia: Ocorrencia, hora: int = 10) -> Contato:
    em = datetime.combine(quando, time(hora, 30), SAO_PAULO)
    return Contato.objects.create(
        cliente=cliente, canal="ligacao", ocorrencia=ocorrencia, atendente=por, em=em
    )


def povoar(sorte: random.Random, empresa: Empresa, donos: list[Any], ocorrencias: list[Any]) -> None:
    for n in range(60):
        cliente = Cliente.objects.create(
            empresa=empresa, codigo=f"C{n}", razao_social=f"Cliente {n}", vendedor=sorte.choice(donos),
            cadastrado_em=sorte.choice([ANTES, dia(1), dia(2), None]), fora_do_perfil=n % 13 == 0,
            encerrado_em=sorte.choice([None, None, None, dia(1), dia(2), dia(20)]),
        )  # fmt: skip
        if n % 4:
            datar_posse(cliente)
            if sorte.random() < 0.5:
                para = sorte.choice([d for d in donos if d != cliente.vendedor])
                em = sorte.choice([dia(1), dia(2), dia(15), date(2026, 10, 20)])
                transferir(clientes=[cliente.pk], para=para, em=em, por=None)
        for k in range(sorte.randrange(4)):
            data = dia(1) + timedelta(days=sorte.randrange(-40, 40))
            situacao = sorte.choice(["faturado", "aberto", "cancelado"])
            novo_pedido(cliente, f"{n}-{k}", data, f"{sorte.randrange(99_999) / 100:.2f}", situacao)
        primeira = min((p.data for p in cliente.pedidos.filter(conta=True)), default=None)
        if primeira:
            Indicadores.objects.filter(pk=cliente.pk).update(
                status="ativo", primeira_compra=primeira, ultima_compra=primeira
            )
        for _ in range(sorte.randrange(4)):
            quando = dia(1) + timedelta(days=sorte.randrange(-40, 40))
            contatar(cliente, quando, sorte.choice(donos[:2]), sorte.choice(ocorrencias), sorte.randrange(24))


def dono_em(cliente: Cliente, quando: date) -> int | None:
    periodos = [p for p in cliente.periodos.all() if quando in _dias(p.periodo)]
    return periodos[0].vendedor_id if periodos else cliente.vendedor_id


class _dias:
    def __init__(self, faixa: DateRange) -> None:
        self.faixa = faixa

    def __contains__(self, quando: date) -> bool:
        de, ate = self.faixa.lower, self.faixa.upper
        return (de is None or de <= quando) and (ate is None or quando < ate)


def na_unha(pessoa: Any, empresa: Empresa, janela: Janela) -> tuple[Giro, Resultados, list[Tocado]]:
    base: list[Tocado] = []
    toques: dict[Toque, dict[date, int]] = {t: {} for t in Toque}
    clientes, r = 0, dict.fromkeys(Resultados.__slots__, 0)
    ate = min(janela.ate, empresa.referencia)
    for cliente in Cliente.objects.filter(empresa=empresa).select_related("indicadores"):
        contatos = list(cliente.contatos.filter(desfeito_em=None).select_related("ocorrencia"))
        efetivos = sorted(c.em.astimezone(SAO_PAULO).date() for c in contatos if c.ocorrencia.efetiva)
        compras = sorted(cliente.pedidos.filter(conta=True), key=lambda p: p.data)
        for contato in contatos:
            if contato.atendente == pessoa and contato.em.astimezone(SAO_PAULO).date() in janela.dias:
                r["contatos"] += 1
                r["efetivos"] += contato.ocorrencia.efetiva
        for pedido in compras:
            if not janela.de <= pedido.data <= ate or dono_em(cliente, pedido.data) != pessoa.pk:
                continue
            apos = any(pedido.data - timedelta(days=30) <= d <= pedido.data for d in efetivos)
            r["pedidos"] += 1
            r["valor"] += pedido.valor
            r["apos_contato"] += apos
            r["valor_apos_contato"] += pedido.valor if apos else 0
        cadastro = cliente.cadastrado_em or cliente.criado_em.astimezone(SAO_PAULO).date()
        primeira = cliente.indicadores.primeira_compra
        existia = cadastro <= janela.de or bool(primeira and primeira <= janela.de)
        fora = cliente.fora_do_perfil or bool(cliente.encerrado_em and cliente.encerrado_em <= janela.de)
        if fora or not existia or dono_em(cliente, janela.de) != pessoa.pk:
            continue
        clientes += 1
        primeiros = {
            Toque.CONTATO: min((d for d in efetivos if d in janela.dias), default=None),
            Toque.COMPRA: min((p.data for p in compras if janela.de <= p.data <= ate), default=None),
        }
        for toque, quando in primeiros.items():
            if quando:
                toques[toque][quando] = toques[toque].get(quando, 0) + 1
        base.append(Tocado(cliente.pk, pessoa.pk, primeiros[Toque.CONTATO], primeiros[Toque.COMPRA]))
    sem_nada = sum(t.contato is None and t.compra is None for t in base)
    return Giro(clientes, toques, sem_nada), Resultados(**r), sorted(base, key=lambda t: t.cliente)
