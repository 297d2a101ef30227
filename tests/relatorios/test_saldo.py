"""Saldo do período e aberturas: dos eventos, com o dono do dia, iguais à conta na unha e aos nomes."""

import random
from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from atividade.limiares import configurar
from atividade.models import Indicadores, MudancaStatus
from atividade.recalculo import recalcular
from atividade.regras import Periodo
from clientes.models import Cliente, Pedido
from contas.models import Empresa
from relatorios.aberturas import Abertura, aberturas
from relatorios.composicao import DIMENSOES, Recorte
from relatorios.composicao import linhas as da_carteira
from relatorios.migracao import lista_de_quem_mudou, migracao
from relatorios.passado import ATUAL, NA_DATA
from relatorios.saldo import VOLTAS, Evento, Eventos, Saldo, em_grupos, meses_de, ultimos_meses
from relatorios.saldo import Periodo as Dias
from tests.relatorios.test_passado import REF, dono_de, povoar
from tests.sementes import sementes

pytestmark = pytest.mark.django_db
TREZE = ultimos_meses(REF, 13)


def eventos(pessoa: Any, dias: Dias = TREZE, *, dono: str = NA_DATA, **recorte: Any) -> Eventos:
    return Eventos(pessoa, Recorte(**recorte), dias, dono)


@pytest.fixture
def historia(empresa: Empresa, davi: Any, ana: Any, carla: Any, novo_cliente: Any) -> None:
    """120 dias; gravada desde 31/12/2024. N abre, P se perde, R volta, V vai e volta, E encerra."""
    configurar(empresa=empresa, periodo=Periodo.de_texto("120d"), antecedencia=Periodo.de_texto("30d"),
               vigente_desde=date(2020, 1, 1), por=davi)  # fmt: skip
    novo_cliente("N", vendedor=ana, uf="SC", compras=[(date(2026, 1, 5), "70"), (date(2026, 1, 5), "5")])
    novo_cliente("P", vendedor=ana, uf="SC", compras=[(date(2025, 9, 15), "40")])
    novo_cliente("R", vendedor=carla, uf="PR", compras=[(date(2024, 6, 1), "1"), (date(2026, 1, 20), "9")])
    novo_cliente("V", vendedor=carla, compras=[(date(2025, 9, 10), "2"), (date(2026, 1, 31), "3")])
    novo_cliente("E", vendedor=ana, compras=[(date(2025, 12, 1), "1")], encerrado_em=date(2026, 1, 10))
    for dia in (date(2024, 12, 31), REF):
        recalcular(empresa=empresa, referencia=dia, hoje=dia)


def test_o_saldo_de_janeiro(davi: Any, historia: None) -> None:
    """P faz 120 dias em 13/01 e V em 08/01, mas V compra no dia 31."""
    janeiro = eventos(davi, Dias(date(2026, 1, 1), date(2026, 1, 31)))
    total = janeiro.total()
    assert total == Saldo(
        abertos=1, recuperados=2, perdidos=2, encerrados=1, voltas=1, valor_abertos=Decimal(75)
    )
    assert total.saldo == 1
    nomes = {e: [n.codigo for n in janeiro.nomes(e)] for e in (*Evento, VOLTAS)}
    assert nomes == {
        "aberto": ["N"],
        "recuperado": ["V", "R"],
        "perdido": ["P", "V"],
        "regra_tira": [],
        "regra_devolve": [],
        "encerrado": ["E"],
        "voltas": ["V"],
    }
    [volta] = janeiro.nomes(VOLTAS)
    assert (volta.outro_em, volta.em, volta.valor) == (date(2026, 1, 8), date(2026, 1, 31), 3)
    [novo], [perdido, _] = janeiro.nomes("aberto"), janeiro.nomes("perdido")
    assert (novo.valor, novo.vendedor, perdido.em, perdido.valor) == (75, "Ana Souza", date(2026, 1, 13), 40)


def test_as_beiras_do_periodo_estao_dentro(davi: Any, historia: None) -> None:
    assert eventos(davi, Dias(date(2026, 1, 13), date(2026, 1, 13))).total() == Saldo(perdidos=1)
    assert eventos(davi, Dias(date(2026, 1, 14), date(2026, 1, 19))).total() == Saldo()
    assert eventos(davi, Dias(date(2026, 1, 14), date(2026, 1, 20))).total() == Saldo(recuperados=1)


def test_mes_a_mes_e_por_vendedor(davi: Any, ana: Any, historia: None) -> None:
    por_mes = dict(eventos(davi).por_mes())
    assert list(por_mes) == meses_de(TREZE) == [
        date(2025, m, 1) for m in range(2, 13)
    ] + [date(2026, 1, 1), date(2026, 2, 1)]  # fmt: skip
    assert {mes: s.saldo for mes, s in por_mes.items() if not s.vazio} == {
        date(2025, 9, 1): 2,
        date(2025, 12, 1): 1,
        date(2026, 1, 1): 1,
    }
    grupos = em_grupos(eventos(davi).por(DIMENSOES["vendedor"]), DIMENSOES["vendedor"])
    assert [(g.rotulo, g.saldo.abertos, g.saldo.recuperados, g.saldo.perdidos) for g in grupos] == [
        ("Ana Souza", 3, 0, 1),
        ("Carla Dias", 1, 2, 1),
    ]
    so_ana = eventos(davi, vendedor=(str(ana.pk),))
    assert so_ana.total().abertos == so_ana.contar("aberto") == 3
    assert eventos(ana).total() == so_ana.total()


def test_regra_nova_tira_da_soma_e_fica_ao_lado(empresa: Empresa, davi: Any, novo_cliente: Any) -> None:
    for texto, desde in (("120d", date(2020, 1, 1)), ("60d", date(2025, 11, 1))):
        configurar(empresa=empresa, periodo=Periodo.de_texto(texto), antecedencia=Periodo.de_texto("20d"),
                   vigente_desde=desde, por=davi)  # fmt: skip
    novo_cliente("C", compras=[(date(2025, 8, 20), "1")])
    for dia in (date(2025, 10, 31), date(2025, 11, 1)):
        recalcular(empresa=empresa, referencia=dia, hoje=dia)
    novembro = eventos(davi, Dias(date(2025, 11, 1), date(2025, 11, 30)))
    assert novembro.total() == Saldo(regra_tira=1)
    assert [n.codigo for n in novembro.nomes("regra_tira")] == ["C"]


def test_o_que_vem_depois_da_referencia_nao_conta(empresa: Empresa, davi: Any, historia: None) -> None:
    """Numa consulta ao passado a história gravada vai além do dia mostrado."""
    recalcular(empresa=empresa, referencia=date(2026, 1, 10), hoje=REF)
    assert eventos(davi, Dias(date(2026, 1, 1), date(2026, 1, 31))).total() == Saldo(
        abertos=1, perdidos=1, encerrados=1, valor_abertos=Decimal(75)
    )


def test_aberturas_por_vendedor_e_mes(davi: Any, historia: None) -> None:
    matriz = aberturas(eventos(davi), DIMENSOES["vendedor"])
    assert [(x.rotulo, x.total) for x in matriz.linhas] == [
        ("Ana Souza", Abertura(3, Decimal(116))),
        ("Carla Dias", Abertura(1, Decimal(2))),
    ]
    assert matriz.linhas[0].no(date(2026, 1, 1)) == Abertura(1, Decimal(75))
    assert matriz.total.no(date(2025, 9, 1)) == Abertura(2, Decimal(42))
    assert matriz.total.total == Abertura(4, Decimal(118))


# ── Força bruta ──────────────────────────────────────────────────────────────


def na_unha(dias: Dias, dono: str) -> list[tuple[str, str, date, str | None]]:
    """(evento, código, dia, dono) relidos um a um, do que os modelos guardam."""
    lidos = []
    clientes = Cliente.objects.select_related("vendedor").prefetch_related("periodos__vendedor")
    for c in clientes:
        primeira = Indicadores.objects.get(pk=c.pk).primeira_compra
        achados = [("aberto", primeira)] if primeira else []
        for m in MudancaStatus.objects.filter(cliente=c):
            if "inativo" in (m.de, m.para):
                nome = {"compra": "recuperado", "tempo": "perdido"}.get(m.motivo)
                achados.append((nome or ("regra_tira" if m.para == "inativo" else "regra_devolve"), m.em))
        if c.encerrado_em and primeira and primeira <= c.encerrado_em:
            achados.append(("encerrado", c.encerrado_em))
        for nome, em in achados:
            ainda = c.encerrado_em is None or em < c.encerrado_em or nome == "encerrado"
            if dias.de <= em <= dias.ate and ainda and not c.fora_do_perfil:
                lidos.append((nome, c.codigo, em, dono_de(c, em, dono)))
    return lidos


def mudou_na_unha(dias: int) -> dict[tuple[str, str], dict[str, tuple[Decimal, bool]]]:
    """De cada passagem, quem a fez: a situação antes da primeira mudança do período e a de hoje."""
    pares: dict[tuple[str, str], dict[str, tuple[Decimal, bool]]] = defaultdict(dict)
    for i in Indicadores.objects.em_carteira().select_related("cliente"):
        mudancas = [
            m for m in MudancaStatus.objects.filter(cliente=i.pk) if REF - timedelta(days=dias) < m.em <= REF
        ]  # fmt: skip
        if mudancas:
            antes = min(mudancas, key=lambda m: (m.em, m.ordem)).de
            por_regra = any(m.motivo == "configuracao" for m in mudancas)
            vale = i.valor_12m or i.valor_ano_ativo
            pares[antes, i.status][i.cliente.codigo] = (vale, por_regra)
    return pares


@pytest.mark.parametrize("semente", sementes(range(2), sempre=1))
def test_quem_mudou_nos_ultimos_dias_e_a_conta_na_unha_e_os_nomes(
    semente: int, empresa: Empresa, davi: Any, ana: Any, carla: Any
) -> None:
    povoar(empresa, random.Random(semente), [ana, carla], davi)
    for passados in (420, 200, 61, 30, 8, 3, 0):
        dia = REF - timedelta(days=passados)
        recalcular(empresa=empresa, referencia=dia, hoje=dia)
    mexeram = 0
    beiras = {(REF - em).days for em in MudancaStatus.objects.values_list("em", flat=True) if em < REF}
    for dias in (7, 30, *sorted(beiras)[1:3]):
        esperado, clientes = mudou_na_unha(dias), da_carteira(davi, Recorte())
        lida = migracao(clientes, dias)
        assert {(p.de, p.para): (p.clientes, p.valor, p.por_regra) for p in lida.passagens} == {
            par: (len(quem), sum(v for v, _ in quem.values()), sum(r for _, r in quem.values()))
            for par, quem in esperado.items()
            if par[0] != par[1]
        }
        assert lida.foram_e_voltaram == sum(len(q) for (de, para), q in esperado.items() if de == para)
        for passagem in lida.passagens:
            nomes = lista_de_quem_mudou(clientes, dias, de=passagem.de, para=passagem.para)
            assert {i.cliente.codigo for i in nomes} == set(esperado[passagem.de, passagem.para])
        mexeram += lida.clientes
    assert mexeram > 0


@pytest.mark.parametrize("semente", sementes(range(4), sempre=2))
def test_os_eventos_batem_com_a_conta_na_unha(
    semente: int, empresa: Empresa, davi: Any, ana: Any, carla: Any
) -> None:
    sorte = random.Random(semente)
    povoar(empresa, sorte, [ana, carla], davi)
    for passados in (700, 420, 200, 61, 0):
        dia = REF - timedelta(days=passados)
        recalcular(empresa=empresa, referencia=dia, hoje=dia)
    vendedor = DIMENSOES["vendedor"]
    for dono in (NA_DATA, ATUAL):
        for dias in (TREZE, Dias(REF - timedelta(days=sorte.randrange(600)), REF)):
            lido, esperado = eventos(davi, dias, dono=dono), na_unha(dias, dono)
            contados = Counter(nome for nome, *_ in esperado)
            for evento in Evento:
                assert sorted((n.codigo, n.em, n.vendedor) for n in lido.nomes(evento)) == sorted(
                    (codigo, em, quem) for nome, codigo, em, quem in esperado if nome == evento
                )
                assert lido.contar(evento) == contados[evento]
            por_cliente = defaultdict(set)
            for nome, codigo, *_ in esperado:
                por_cliente[codigo].add(nome)
            voltas = {c for c, nomes in por_cliente.items() if {"perdido", "recuperado"} <= nomes}
            assert {n.codigo for n in lido.nomes(VOLTAS)} == voltas
            total = lido.total()
            assert total.saldo == contados["aberto"] + contados["recuperado"] - contados["perdido"]
            assert (total.voltas, total.encerrados) == (len(voltas), contados["encerrado"])
            meses = Counter((nome, em.replace(day=1)) for nome, _, em, _ in esperado)
            for mes, saldo in lido.por_mes():
                assert saldo.abertos == meses["aberto", mes]
                assert saldo.perdidos == meses["perdido", mes]
            grupos = em_grupos(lido.por(vendedor), vendedor)
            donos = Counter((nome, quem or "Sem vendedor") for nome, _, _, quem in esperado)
            for g in grupos:
                assert g.saldo.recuperados == donos["recuperado", g.rotulo]
                assert g.saldo.por_regra == donos["regra_tira", g.rotulo] + donos["regra_devolve", g.rotulo]
            assert sum(g.saldo.saldo for g in grupos) == total.saldo
            esperadas: dict[tuple[str, date], list[Any]] = defaultdict(lambda: [0, Decimal(0)])
            for nome, codigo, em, quem in esperado:
                if nome == "aberto":
                    soma = esperadas[quem or "Sem vendedor", em.replace(day=1)]
                    soma[0] += 1
                    soma[1] += sum(
                        Pedido.objects.filter(cliente__codigo=codigo, data=em, conta=True).values_list(
                            "valor", flat=True
                        )
                    )
            matriz = aberturas(lido, vendedor)
            assert {
                (x.rotulo, mes): [a.clientes, a.valor] for x in matriz.linhas for mes, a in x.meses.items()
            } == esperadas
