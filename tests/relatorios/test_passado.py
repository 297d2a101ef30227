"""A carteira em qualquer data: igual à conta na unha, pela regra e pelo dono da época ou de hoje."""

import itertools
import random
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from dateutil.relativedelta import relativedelta
from django.db.backends.postgresql.psycopg_any import DateRange

from atividade.limiares import configurar, herdar
from atividade.models import Indicadores, Limiar, ParametrosDaAtividade
from atividade.recalculo import recalcular
from atividade.regras import Periodo, PorCiclo, curva_abc
from clientes.carteiras import transferir
from clientes.models import Cliente, Pedido, PeriodoDeCarteira, Segmento
from contas.models import Empresa, Papel, Vinculo
from relatorios.composicao import DIMENSOES, Recorte
from relatorios.passado import ATUAL, EPOCA, NA_DATA, Leitura, Passado, agrupar, ate_hoje, por_situacao
from tests.conftest import SAO_PAULO, criar_pessoa, novo_pedido
from tests.referencia import ciclo_em, limites_em, regra_do_cliente, status_em
from tests.sementes import sementes

pytestmark = pytest.mark.django_db
REF = date(2026, 2, 28)
POR_CICLO = PorCiclo(Decimal("1.5"), Decimal("3"), 5, 120, 20, 300)
REGRAS = ("6m/2m", "18m/6m", "120d/60d", "1m/10d", "90d/30d/365d", "12m/45d")


def em(pessoa: Any, data: date, *, regra: str = EPOCA, dono: str = NA_DATA, **recorte: Any) -> Passado:
    empresas = list(Empresa.objects.filter(vinculos__usuario=pessoa))
    return Passado(pessoa, Recorte(**recorte), empresas, Leitura(data, regra, dono), REF)


def status_de(passado: Passado) -> dict[str, str]:
    return {c.codigo: c.status for c in passado.clientes()}


# ── Histórias ────────────────────────────────────────────────────────────────


@pytest.fixture
def duas_regras(empresa: Empresa, davi: Any) -> None:
    """Até 30/09/2025, inativo com 120 dias; desde 01/10/2025, com 60."""
    for texto, aviso, desde in (("120d", "30d", date(2020, 1, 1)), ("60d", "20d", date(2025, 10, 1))):
        configurar(empresa=empresa, periodo=Periodo.de_texto(texto), antecedencia=Periodo.de_texto(aviso),
                   vigente_desde=desde, por=davi)  # fmt: skip


def test_a_mesma_data_pela_regra_da_epoca_e_pela_de_hoje(
    empresa: Empresa, davi: Any, novo_cliente: Any, duas_regras: None
) -> None:
    novo_cliente("C", compras=[(date(2025, 7, 1), "100")])
    recalcular(empresa=empresa, referencia=REF, hoje=REF)
    # 60 dias depois da compra: 30/08; 90: 29/09; 120: 29/10; 40: 10/08
    esperado = {
        date(2025, 8, 9): ("ativo", "ativo"),
        date(2025, 8, 10): ("ativo", "quase_inativo"),
        date(2025, 8, 30): ("ativo", "inativo"),
        date(2025, 9, 28): ("ativo", "inativo"),
        date(2025, 9, 29): ("quase_inativo", "inativo"),
        date(2025, 9, 30): ("quase_inativo", "inativo"),
        date(2025, 10, 1): ("inativo", "inativo"),
    }
    for data, (epoca, atual) in esperado.items():
        assert status_de(em(davi, data)) == {"C": epoca}, data
        assert status_de(em(davi, data, regra=ATUAL)) == {"C": atual}, data


def test_quem_ainda_nao_era_cliente_ou_ja_estava_encerrado_nao_conta(
    empresa: Empresa, davi: Any, novo_cliente: Any
) -> None:
    novo_cliente("C", compras=[(date(2025, 7, 1), "1")], cadastrado_em=date(2025, 6, 1))
    novo_cliente("E", compras=[(date(2025, 1, 1), "1")], encerrado_em=date(2025, 8, 1))
    novo_cliente("F", compras=[(date(2025, 1, 1), "1")], fora_do_perfil=True)
    sem_data = novo_cliente("P")
    Cliente.objects.filter(pk=sem_data.pk).update(criado_em=datetime(2025, 7, 1, 0, 30, tzinfo=SAO_PAULO))
    recalcular(empresa=empresa, referencia=REF, hoje=REF)
    assert status_de(em(davi, date(2025, 5, 31))) == {"E": "quase_inativo"}
    assert status_de(em(davi, date(2025, 6, 1))) == {"E": "quase_inativo", "C": "prospect"}
    assert status_de(em(davi, date(2025, 7, 1))) == {"E": "inativo", "C": "ativo", "P": "prospect"}
    assert status_de(em(davi, date(2025, 7, 31))) == {"E": "inativo", "C": "ativo", "P": "prospect"}
    assert status_de(em(davi, date(2025, 8, 1))) == {"C": "ativo", "P": "prospect"}


def test_dono_na_data_ou_atual_o_dia_da_troca_e_do_novo(
    empresa: Empresa, davi: Any, ana: Any, carla: Any, novo_cliente: Any
) -> None:
    cliente = novo_cliente("C", vendedor=ana, compras=[(date(2025, 1, 1), "1")])
    PeriodoDeCarteira.objects.create(
        cliente=cliente, vendedor=ana, equipe=cliente.equipe, periodo=DateRange(None, None)
    )
    transferir(clientes=[cliente.pk], para=carla, em=date(2025, 6, 10), por=davi)
    recalcular(empresa=empresa, referencia=REF, hoje=REF)
    por_vendedor = DIMENSOES["vendedor"]

    def donos(data: date, dono: str) -> list[str]:
        return [g.rotulo for g in agrupar(em(davi, data, dono=dono).somas(por_vendedor), por_vendedor)]

    assert donos(date(2025, 6, 9), NA_DATA) == ["Ana Souza"]
    assert donos(date(2025, 6, 10), NA_DATA) == ["Carla Dias"]
    assert donos(date(2025, 6, 9), ATUAL) == ["Carla Dias"]
    assert em(davi, date(2025, 6, 9), vendedor=(str(ana.pk),)).contar() == 1
    assert em(davi, date(2025, 6, 10), vendedor=(str(ana.pk),)).contar() == 0
    assert em(davi, date(2025, 6, 9), vendedor=(str(ana.pk),), dono=ATUAL).contar() == 0
    # o acesso é de hoje: Ana já não o vê, nem no passado
    assert em(ana, date(2025, 6, 9)).contar() == 0
    assert em(carla, date(2025, 6, 9)).contar() == 1


def test_gestor_sem_equipe_ve_uma_carteira_vazia_em_qualquer_dimensao(
    empresa: Empresa, davi: Any, novo_cliente: Any
) -> None:
    novo_cliente("C", compras=[(date(2025, 1, 1), "1")])
    recalcular(empresa=empresa, referencia=REF, hoje=REF)
    sem_equipe = em(criar_pessoa("Otto", empresa, Papel.GESTOR), date(2025, 6, 1))
    assert [sem_equipe.somas(DIMENSOES[nome]) for nome in ("vendedor", "municipio", "perfil", "porte")] == [
        []
    ] * 4
    assert sem_equipe.cruzar(DIMENSOES["municipio"], DIMENSOES["perfil"]) == []
    assert (sem_equipe.contar(), em(davi, date(2025, 6, 1)).contar()) == (0, 1)


def test_pedido_que_chegou_depois_conta_na_data_dele(empresa: Empresa, davi: Any, novo_cliente: Any) -> None:
    cliente = novo_cliente("C", compras=[(date(2025, 1, 1), "10")])
    recalcular(empresa=empresa, referencia=REF, hoje=REF)
    novo_pedido(cliente, "T", date(2025, 5, 1), "5")
    [lido] = em(davi, date(2025, 6, 1)).clientes()
    assert (lido.ultima, lido.valor_12m, lido.status) == (date(2025, 5, 1), 15, "ativo")


def test_de_la_para_ca_diz_onde_cada_um_esta_hoje(empresa: Empresa, davi: Any, novo_cliente: Any) -> None:
    novo_cliente("V", compras=[(date(2025, 1, 1), "10"), (REF, "10")])
    novo_cliente("I", compras=[(date(2025, 1, 1), "10")])
    novo_cliente("E", compras=[(date(2025, 1, 1), "10")], encerrado_em=date(2025, 12, 1))
    recalcular(empresa=empresa, referencia=REF, hoje=REF)
    passado = em(davi, date(2025, 5, 31))
    passagens = ate_hoje(passado.somas(DIMENSOES["uf"]))
    assert [(p.de, p.para, p.clientes) for p in passagens] == [
        ("quase_inativo", "ativo", 1),
        ("quase_inativo", "fora", 1),
        ("quase_inativo", "inativo", 1),
    ]
    assert [c.codigo for c in passado.clientes(status=["quase_inativo"], hoje="fora")] == ["E"]
    assert passado.contar(status=["quase_inativo"], hoje="inativo") == 1


def test_duas_empresas_cada_uma_com_a_sua_regra_e_a_sua_referencia(
    empresa: Empresa, davi: Any, novo_cliente: Any
) -> None:
    outra = Empresa.objects.create(codigo="2", nome="Filial")
    Vinculo.objects.create(usuario=davi, empresa=outra)
    configurar(empresa=outra, periodo=Periodo.de_texto("20d"), antecedencia=Periodo.de_texto("5d"),
               vigente_desde=date(2020, 1, 1), por=davi)  # fmt: skip
    for e, codigo in ((empresa, "A"), (outra, "B")):
        novo_cliente(codigo, empresa=e, compras=[(date(2025, 6, 1), "10")])
    recalcular(empresa=empresa, referencia=REF, hoje=REF)
    recalcular(empresa=outra, referencia=date(2025, 6, 18), hoje=date(2025, 6, 18))
    assert status_de(em(davi, date(2025, 6, 15))) == {"A": "ativo", "B": "ativo"}
    assert status_de(em(davi, date(2025, 7, 1))) == {"A": "ativo", "B": "quase_inativo"}


# ── Força bruta ──────────────────────────────────────────────────────────────


def povoar(empresa: Empresa, sorte: random.Random, pessoas: list[Any], davi: Any) -> None:
    """Trinta clientes, quatro níveis de regra datados, donos que mudaram, encerrados e prospects."""
    segmentos = [None, *(Segmento.objects.create(empresa=empresa, nome=n) for n in ("Agro", "Varejo"))]
    ParametrosDaAtividade.objects.update_or_create(empresa=empresa, defaults={"abc_a": 50, "abc_b": 80})
    for n in range(30):
        dono = sorte.choice([*pessoas, None])
        cliente = Cliente.objects.create(
            empresa=empresa,
            codigo=f"C{n:02}",
            razao_social=f"Cliente {n}",
            vendedor=dono,
            equipe=dono.participacoes.get().equipe if dono else None,
            segmento=sorte.choice(segmentos),
            uf=sorte.choice(["", "SC", "PR"]),
            fora_do_perfil=n == 7,
            encerrado_em=_dia(sorte) if n % 9 == 0 else None,
            cadastrado_em=_dia(sorte) if n % 2 else None,
        )
        if n % 3:
            PeriodoDeCarteira.objects.create(
                cliente=cliente, vendedor=dono, equipe=cliente.equipe, periodo=DateRange(None, None)
            )
            if sorte.random() < 0.5:
                transferir(clientes=[cliente.pk], para=sorte.choice(pessoas), em=_dia(sorte), por=davi)
        for ordem in range(sorte.randrange(6)):
            situacao = "cancelado" if sorte.random() < 0.15 else "faturado"
            valor = sorte.choice(["0.00", "10.00", "10.00", "37.55"])
            novo_pedido(cliente, f"{n}-{ordem}", _dia(sorte), valor, situacao)
    _regras(empresa, sorte, segmentos)


def _regras(empresa: Empresa, sorte: random.Random, segmentos: list[Any]) -> None:
    clientes = list(Cliente.objects.filter(empresa=empresa))
    for _ in range(9):
        nivel = sorte.choice(
            [
                {"empresa": None},
                {"empresa": empresa},
                {"empresa": empresa, "segmento": sorte.choice(segmentos[1:])},
                {"empresa": empresa, "cliente": sorte.choice(clientes)},
            ]
        )
        if sorte.random() < 0.2 and nivel["empresa"]:
            herdar(**nivel, vigente_desde=_dia(sorte), por=None)
            continue
        periodo, antecedencia, *antigo = (Periodo.de_texto(t) for t in sorte.choice(REGRAS).split("/"))
        configurar(**nivel, periodo=periodo, antecedencia=antecedencia, antigo=antigo[0] if antigo else None,
                   vigente_desde=_dia(sorte), por=None,
                   ciclo=sorte.choice([None, POR_CICLO]) if not antigo else None)  # fmt: skip


def _dia(sorte: random.Random) -> date:
    return REF - timedelta(days=sorte.randrange(900))


@dataclass
class Unha:
    """A empresa lida uma vez só; o resto são contas em Python, cliente a cliente."""

    clientes: list[Cliente]
    compras: dict[int, list[Pedido]]
    limiares: list[Limiar]
    parametros: ParametrosDaAtividade

    @classmethod
    def de(cls, empresa: Empresa) -> "Unha":
        clientes = Cliente.objects.filter(empresa=empresa).select_related("vendedor")
        compras = defaultdict(list)
        for pedido in Pedido.objects.filter(empresa=empresa, conta=True):
            compras[pedido.cliente_id].append(pedido)
        parametros = ParametrosDaAtividade.objects.get(empresa=empresa)
        periodos = clientes.prefetch_related("periodos__vendedor")
        return cls(list(periodos), compras, list(Limiar.objects.all()), parametros)

    def em(self, data: date, regras_em: date, dono: str) -> dict[str, tuple[Any, ...]]:
        """(status, marca, última, valor de 12 meses, do ano ativo, curva, dono) de cada membro na data."""
        ate = {c: [p for p in self.compras[c.pk] if p.data <= data] for c in self.clientes}
        anos = {c: soma(ate[c], data - relativedelta(months=12)) for c in self.clientes}
        p = self.parametros
        curvas = curva_abc(((c.codigo, v) for c, v in anos.items()), Decimal(p.abc_a), Decimal(p.abc_b))
        linhas = {}
        for c in self.clientes:
            cadastro = c.cadastrado_em or c.criado_em.astimezone(SAO_PAULO).date()
            fora = c.fora_do_perfil or (c.encerrado_em and c.encerrado_em <= data)
            if fora or (not ate[c] and cadastro > data):
                continue
            ultima = max((p.data for p in ate[c]), default=None)
            ativo = soma(ate[c], ultima - relativedelta(months=12)) if ultima else Decimal(0)
            _, regra = regra_do_cliente(c, regras_em, self.limiares)
            ciclo = ciclo_em(sorted({p.data for p in ate[c]}), ultima)
            status = status_em(regra, ultima, data, ciclo)
            linhas[c.codigo] = (
                status,
                self._marca(status, regra, sorted({p.data for p in ate[c]}), data),
                ultima,
                anos[c],
                ativo,
                curvas.get(c.codigo, ""),
                dono_de(c, data, dono),
            )
        return linhas

    def _marca(self, status: str, regra: Any, dias: list[date], data: date) -> str:
        """Recuperado: comprou na janela de novidade depois de um silêncio que já o dava por inativo."""
        desde = data - timedelta(days=self.parametros.dias_novidade)
        if status == "ativo":
            voltas = (
                b
                for a, b in itertools.pairwise(dias)
                if b > desde and limites_em(regra, a, ciclo_em(dias, a)).inativo_em <= b
            )
            return "recuperado" if any(voltas) else "novo" if dias[0] > desde else ""
        if status == "inativo" and regra.antigo:
            return "antigo" if regra.antigo.depois_de(dias[-1]) <= data else "recente"
        return ""

    def beiras(self, sorte: random.Random) -> list[date]:
        """Dias em que algo muda, e as vésperas: limites de cada regra, compras, regras, trocas, encerramentos."""
        dias = {lim.vigente_desde for lim in self.limiares}
        for c in self.clientes:
            dias |= {c.encerrado_em or REF, *(p.periodo.lower for p in c.periodos.all() if p.periodo.lower)}
            for pedido in self.compras[c.pk]:
                regra = regra_do_cliente(c, sorte.choice([REF, pedido.data]), self.limiares)[1]
                dias_ate = sorted({p.data for p in self.compras[c.pk]})
                limites = limites_em(regra, pedido.data, ciclo_em(dias_ate, pedido.data))
                dias |= {pedido.data, limites.quase_inativo_em, limites.inativo_em}
                dias |= {limites.antigo_em or pedido.data}
        vizinhos = {dia + timedelta(days=n) for dia in dias for n in (-1, 0)}
        return [*sorte.sample(sorted(d for d in vizinhos if d < REF), 8), REF]


def soma(compras: list[Pedido], depois_de: date) -> Decimal:
    return sum((p.valor for p in compras if p.data > depois_de), Decimal(0))


def dono_de(cliente: Cliente, data: date, dono: str) -> str | None:
    periodos = list(cliente.periodos.all())
    if dono == NA_DATA and periodos:
        [atual] = [p for p in periodos if p.periodo.lower is None or p.periodo.lower <= data
                   if p.periodo.upper is None or data < p.periodo.upper]  # fmt: skip
        return atual.vendedor.nome if atual.vendedor else None
    return cliente.vendedor.nome if cliente.vendedor else None


@pytest.mark.parametrize("semente", sementes((0, 4, 1, 2, 3, 5), sempre=2))
def test_qualquer_data_bate_com_a_conta_na_unha(
    semente: int, empresa: Empresa, davi: Any, ana: Any, carla: Any
) -> None:
    sorte = random.Random(semente)
    povoar(empresa, sorte, [ana, carla], davi)
    recalcular(empresa=empresa, referencia=REF, hoje=REF)
    unha, dimensao = Unha.de(empresa), DIMENSOES["abc"]
    for data in unha.beiras(sorte):
        for regra, dono in ((EPOCA, NA_DATA), (ATUAL, ATUAL), (EPOCA, ATUAL), (ATUAL, NA_DATA)):
            esperado = unha.em(data, data if regra == EPOCA else REF, dono)
            passado = em(davi, data, regra=regra, dono=dono)
            lidos = {
                c.codigo: (c.status, c.marca, c.ultima, c.valor_12m, c.em_risco, c.vendedor)
                for c in passado.clientes()
            }
            assert lidos == {
                codigo: (status, marca, ultima, ano, ano or ativo, vendedor)
                for codigo, (status, marca, ultima, ano, ativo, _, vendedor) in esperado.items()
            }, data
        somas = passado.somas(dimensao)
        contados = Counter(linha[0] for linha in esperado.values())
        assert {s: f.clientes for s, f in por_situacao(somas).fatias.items()} == dict(contados)
        curvas = Counter(linha[5] or "0" for linha in esperado.values())
        assert {g.chave: g.todos for g in agrupar(somas, dimensao)} == dict(curvas), data
        for curva, quantos in curvas.items():
            assert em(davi, data, regra=regra, dono=dono, abc=(curva,)).contar() == quantos


@pytest.mark.parametrize("semente", sementes(range(3), sempre=1))
def test_na_referencia_o_passado_e_o_presente(semente: int, empresa: Empresa, davi: Any, ana: Any) -> None:
    povoar(empresa, random.Random(semente), [ana], davi)
    recalcular(empresa=empresa, referencia=REF, hoje=REF)
    hoje = {
        i.cliente.codigo: (i.status, i.valor_12m, i.quase_inativo_em, i.inativo_em, i.limiar_id)
        for i in Indicadores.objects.em_carteira().select_related("cliente")
    }
    lidos = {
        c.codigo: (c.status, c.valor_12m, c.quase_em, c.inativo_em, c.limiar_id)
        for c in em(davi, REF, regra=ATUAL).clientes()
    }
    membros = {c for c in hoje if hoje[c][0] != "prospect" or c in lidos}
    assert lidos == {c: hoje[c] for c in membros}
