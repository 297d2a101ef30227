"""Migração entre duas datas: a matriz, os nomes atrás de cada célula e a conta na unha."""

import random
from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange

from atividade.limiares import configurar
from atividade.models import MudancaStatus
from atividade.recalculo import recalcular
from atividade.regras import Periodo
from clientes.carteiras import transferir
from clientes.models import PeriodoDeCarteira
from contas.models import Empresa, Vinculo
from relatorios.composicao import Recorte
from relatorios.entre_datas import (
    ATUAL,
    EPOCA,
    FORA,
    LUGARES,
    NA_DATA,
    Entre,
    EntreDatas,
    Movimento,
    movimento,
)
from tests.relatorios.test_passado import REF, Unha, povoar
from tests.sementes import sementes

pytestmark = pytest.mark.django_db


def entre(
    pessoa: Any, de: date, ate: date, *, regra: str = EPOCA, dono: str = NA_DATA, **recorte: Any
) -> EntreDatas:
    empresas = list(Empresa.objects.filter(vinculos__usuario=pessoa))
    return EntreDatas(pessoa, Recorte(**recorte), empresas, Entre(de, ate, regra, dono), REF)


def pares(lido: EntreDatas) -> dict[tuple[str, str], int]:
    return {(c.de, c.para): c.clientes for c in lido.matriz().celulas}


def codigos(lido: EntreDatas, **filtros: Any) -> list[str]:
    return [n.codigo for n in lido.nomes(**filtros)]


@pytest.fixture
def regra_de_120(empresa: Empresa, davi: Any) -> None:
    configurar(empresa=empresa, periodo=Periodo.de_texto("120d"), antecedencia=Periodo.de_texto("30d"),
               vigente_desde=date(2020, 1, 1), por=davi)  # fmt: skip


def test_cada_um_tem_um_lugar_na_partida_e_outro_na_chegada(
    empresa: Empresa, davi: Any, novo_cliente: Any, regra_de_120: None
) -> None:
    """De 30/06 a 31/12/2025, com 120 dias (quase em 90): P piora, V volta, N nasce, E encerra, F fica."""
    novo_cliente("P", compras=[(date(2025, 6, 1), "50")])
    novo_cliente("V", compras=[(date(2025, 1, 1), "10"), (date(2025, 12, 1), "10")])
    novo_cliente("N", compras=[(date(2025, 11, 1), "7")])
    novo_cliente("E", compras=[(date(2025, 6, 1), "3")], encerrado_em=date(2025, 9, 1))
    novo_cliente("F", compras=[(date(2025, 6, 20), "1"), (date(2025, 12, 20), "1")])
    novo_cliente("R", cadastrado_em=date(2025, 10, 1))
    novo_cliente("C", compras=[(date(2025, 8, 1), "9")], cadastrado_em=date(2025, 1, 1))
    for dia in (date(2025, 6, 30), REF):
        recalcular(empresa=empresa, referencia=dia, hoje=dia)
    lido = entre(davi, date(2025, 6, 30), date(2025, 12, 31))
    assert pares(lido) == {
        ("ativo", "inativo"): 1,
        ("inativo", "ativo"): 1,
        (FORA, "ativo"): 1,
        ("ativo", FORA): 1,
        ("ativo", "ativo"): 1,
        (FORA, "prospect"): 1,
        ("prospect", "inativo"): 1,
    }
    matriz = lido.matriz()
    assert matriz.somar(movimento=Movimento.PIOROU).clientes == 1
    assert matriz.somar(movimento=Movimento.PIOROU).valor == 50
    assert matriz.somar(movimento=Movimento.ENTROU).clientes == 2
    assert matriz.somar(movimento=Movimento.SAIU).valor == 3
    assert matriz.somar(movimento=Movimento.CADASTRADO).clientes == 1
    assert matriz.somar(de="ativo").clientes == 3
    assert matriz.somar(para="ativo").clientes == 3
    assert codigos(lido, movimento="entrou") == ["C", "N"]
    assert codigos(lido, de="ativo", para=FORA) == ["E"]
    # F foi quase inativo, inativo e voltou: está no mesmo lugar e é dito à parte
    assert matriz.somar(movimento=Movimento.FICOU).voltaram == 1
    assert codigos(lido, voltaram=True) == ["F"]


def test_quem_so_mudou_porque_a_regra_mudou(empresa: Empresa, davi: Any, novo_cliente: Any) -> None:
    for texto, aviso, desde in (("120d", "30d", date(2020, 1, 1)), ("60d", "20d", date(2025, 10, 1))):
        configurar(empresa=empresa, periodo=Periodo.de_texto(texto), antecedencia=Periodo.de_texto(aviso),
                   vigente_desde=desde, por=davi)  # fmt: skip
    # em 10/10: R está há 71 dias (60 perde, 120 não), T há 131 (perde por qualquer uma)
    novo_cliente("R", compras=[(date(2025, 7, 31), "1")])
    novo_cliente("T", compras=[(date(2025, 6, 1), "1")])
    recalcular(empresa=empresa, referencia=REF, hoje=REF)
    lido = entre(davi, date(2025, 8, 20), date(2025, 10, 10))
    assert pares(lido) == {("ativo", "inativo"): 2}
    assert lido.matriz().celula("ativo", "inativo").por_regra == 1
    assert codigos(lido, por_regra=True) == ["R"]
    # pela regra de hoje não há regra que mude no meio: em 20/08 R já estava onde está T
    de_hoje = entre(davi, date(2025, 8, 20), date(2025, 10, 10), regra=ATUAL)
    assert pares(de_hoje) == {("ativo", "inativo"): 1, ("inativo", "inativo"): 1}
    assert not any(c.por_regra for c in de_hoje.matriz().celulas)


def test_o_dono_e_o_da_chegada_e_o_acesso_e_de_hoje(
    empresa: Empresa, davi: Any, ana: Any, carla: Any, novo_cliente: Any, regra_de_120: None
) -> None:
    cliente = novo_cliente("C", vendedor=ana, compras=[(date(2025, 6, 1), "1")])
    PeriodoDeCarteira.objects.create(
        cliente=cliente, vendedor=ana, equipe=cliente.equipe, periodo=DateRange(None, None)
    )
    transferir(clientes=[cliente.pk], para=carla, em=date(2025, 9, 1), por=davi)
    recalcular(empresa=empresa, referencia=REF, hoje=REF)
    datas = {"ate_31_08": date(2025, 8, 31), "ate_01_09": date(2025, 9, 1)}
    donos = {
        (nome, quem): entre(davi, date(2025, 6, 30), ate, vendedor=(str(pessoa.pk),)).contar()
        for nome, ate in datas.items()
        for quem, pessoa in (("ana", ana), ("carla", carla))
    }
    assert donos == {
        ("ate_31_08", "ana"): 1,
        ("ate_31_08", "carla"): 0,
        ("ate_01_09", "ana"): 0,
        ("ate_01_09", "carla"): 1,
    }
    assert (
        entre(davi, date(2025, 6, 30), date(2025, 8, 31), dono=ATUAL, vendedor=(str(carla.pk),)).contar() == 1
    )
    assert entre(ana, date(2025, 6, 30), date(2025, 8, 31)).contar() == 0
    assert entre(carla, date(2025, 6, 30), date(2025, 8, 31)).contar() == 1


def test_cada_empresa_para_na_sua_referencia(empresa: Empresa, davi: Any, novo_cliente: Any) -> None:
    outra = Empresa.objects.create(codigo="2", nome="Filial")
    Vinculo.objects.create(usuario=davi, empresa=outra)
    for e, codigo, referencia in ((empresa, "A", REF), (outra, "B", date(2025, 8, 1))):
        configurar(empresa=e, periodo=Periodo.de_texto("120d"), antecedencia=Periodo.de_texto("30d"),
                   vigente_desde=date(2020, 1, 1), por=davi)  # fmt: skip
        novo_cliente(codigo, empresa=e, compras=[(date(2025, 6, 1), "10")])
        recalcular(empresa=e, referencia=referencia, hoje=referencia)
    lido = entre(davi, date(2025, 6, 30), date(2025, 12, 31))
    assert {n.codigo: (n.de, n.para) for n in lido.nomes()} == {
        "A": ("ativo", "inativo"),
        "B": ("ativo", "ativo"),
    }


def test_cada_par_de_lugares_e_um_movimento_so() -> None:
    contados = Counter(movimento(a, b) for a in LUGARES for b in LUGARES)
    assert contados == {
        Movimento.FICOU: 5,
        Movimento.SAIU: 4,
        Movimento.ENTROU: 6,
        Movimento.CADASTRADO: 1,
        Movimento.PIOROU: 6,
        Movimento.MELHOROU: 3,
    }


@pytest.mark.parametrize("semente", sementes((3, 0, 1, 2), sempre=1))
def test_a_matriz_bate_com_a_conta_na_unha_e_com_os_nomes(
    semente: int, empresa: Empresa, davi: Any, ana: Any, carla: Any
) -> None:
    sorte = random.Random(semente)
    povoar(empresa, sorte, [ana, carla], davi)
    for dia in (REF - timedelta(days=500), REF):
        recalcular(empresa=empresa, referencia=dia, hoje=dia)
    unha = Unha.de(empresa)
    mudancas = list(MudancaStatus.objects.values_list("cliente__codigo", "em"))
    for _ in range(4):
        de, ate = sorted(sorte.sample(unha.beiras(sorte), 2))
        for regra, dono in ((EPOCA, NA_DATA), (ATUAL, ATUAL)):
            leituras = [unha.em(d, d if regra == EPOCA else REF, dono) for d in (de, ate)]
            na_regra_de_antes = unha.em(ate, de, dono)
            esperado: dict[str, tuple[Any, ...]] = {}
            for codigo in {*leituras[0], *leituras[1]}:
                antes, depois = (x.get(codigo) for x in leituras)
                a, b = (x[0] if x else FORA for x in (antes, depois))
                _status, _, ultima, ano, ativo, curva, vendedor = depois or antes  # type: ignore[misc]
                so_regra = bool(
                    regra == EPOCA and antes and depois and a != b and na_regra_de_antes[codigo][0] == a
                )
                voltou = a == b and any(c == codigo and de < em <= ate for c, em in mudancas)
                esperado[codigo] = (a, b, so_regra, voltou, ultima, ano or ativo, vendedor, curva)
            lido = entre(davi, de, ate, regra=regra, dono=dono)
            assert {
                n.codigo: (n.de, n.para, n.por_regra, n.voltou, n.ultima, n.valor, n.vendedor)
                for n in lido.nomes()
            } == {codigo: linha[:-1] for codigo, linha in esperado.items()}, (de, ate)
            somas: dict[tuple[str, str], list[Any]] = defaultdict(lambda: [0, Decimal(0), 0, 0])
            for a, b, so_regra, voltou, _, valor, *_resto in esperado.values():
                soma = somas[a, b]
                soma[0] += 1
                soma[1] += valor
                soma[2] += so_regra
                soma[3] += voltou
            celulas = lido.matriz().celulas
            assert {(c.de, c.para): [c.clientes, c.valor, c.por_regra, c.voltaram] for c in celulas} == somas
            for c in celulas:
                assert lido.contar(de=c.de, para=c.para) == c.clientes
            for curva in {linha[-1] for linha in esperado.values()}:
                dela = entre(davi, de, ate, regra=regra, dono=dono, abc=(curva or "0",))
                assert dela.contar() == sum(linha[-1] == curva for linha in esperado.values())
