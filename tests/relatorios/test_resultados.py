"""Resultados: cada número é o da conta feita na unha sobre carteiras sorteadas, e o da lista atrás dele."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from dateutil.relativedelta import relativedelta

from atividade.giro import Janela, resultados_de
from atividade.models import Indicadores, Limiar, ParametrosDaAtividade
from carteira import funil
from carteira.funil import Etapa
from clientes.models import (
    Cliente,
    Contato,
    ListaDeTrabalho,
    MembroDaLista,
    Pedido,
    Pitch,
)
from notificacoes.models import ItemDeMensagem
from notificacoes.retorno import Medida, Prazo, alertas_visiveis, do_periodo, retorno_por
from notificacoes.retorno import clientes_da as do_retorno
from relatorios.composicao import Recorte as RecorteDaCarteira
from relatorios.resultados import contatos, conversao, motivos, objecoes, reativados
from relatorios.resultados.consulta import DIMENSOES, SEM
from relatorios.resultados.controle import controles
from tests import referencia
from tests.conftest import SAO_PAULO
from tests.de_modulo import no_modulo
from tests.relatorios.resultados_sorteados import (
    JANELAS,
    Cena,
    consultar,
    contato_que_vence,
    dias_de_compra,
    dono_em,
    oferta_de,
    reativados_na_unha,
    sortear,
    valor_de,
)

pytestmark = pytest.mark.django_db
HOJE = date(2026, 11, 20)
MANHA = datetime(2026, 11, 20, 9, 0, tzinfo=SAO_PAULO)


@pytest.fixture(scope="module")
def _cena_do_modulo(django_db_setup: None, django_db_blocker: Any) -> Iterator[Cena]:
    def _criar() -> Cena:
        with time_machine.travel(MANHA, tick=False):
            return sortear()

    with no_modulo(django_db_blocker, _criar) as criada:
        yield criada


@pytest.fixture
def cena(_cena_do_modulo: Cena, hoje: date) -> Cena:
    return _cena_do_modulo


@pytest.mark.parametrize("janela", JANELAS, ids=("quinzena", "passada", "longa"))
def test_reativados_sao_os_da_conta_na_unha(cena: Cena, janela: Janela) -> None:
    esperados = reativados_na_unha(cena.clientes, janela)
    consulta = consultar(cena.davi, janela)
    linhas = {x.pk: x for x in reativados.listar(consulta)}
    assert len(esperados) > (20 if janela is JANELAS[2] else 1)
    campos = ("em", "pedidos", "valor", "ultimo", "contato")
    assert {pk: tuple(getattr(x, c) for c in campos) for pk, x in linhas.items()} == {
        pk: tuple(x[c] for c in campos) for pk, x in esperados.items()
    }
    (soma,) = reativados.somar(consulta, [janela])
    assert (soma.clientes, soma.pedidos) == (len(esperados), sum(x["pedidos"] for x in esperados.values()))
    assert soma.valor == sum(x["valor"] for x in esperados.values())
    assert soma.por_contato == sum(x["contato"] is not None for x in esperados.values())


def test_o_prazo_da_atribuicao_e_o_da_empresa_e_a_pagina_pode_experimentar_outro(cena: Cena) -> None:
    ParametrosDaAtividade.objects.update_or_create(empresa=cena.empresa, defaults={"dias_atribuicao": 7})
    consulta, esperados = consultar(cena.davi, JANELAS[2]), reativados_na_unha(cena.clientes, JANELAS[2])
    clientes = {c.pk: c for c in cena.clientes}

    def na_unha(dias: int) -> dict[int, int | None]:
        vencem = {pk: contato_que_vence(clientes[pk], x["em"], dias) for pk, x in esperados.items()}
        return {pk: contato.pk if contato else None for pk, contato in vencem.items()}

    assert {x.pk: x.contato for x in reativados.listar(consulta)} == na_unha(7) != na_unha(30)
    trinta = replace(consulta, atribuicao=30)
    assert {x.pk: x.contato for x in reativados.listar(trinta)} == na_unha(30)
    for medir in (contatos.esforco, conversao.conversoes, objecoes.ouvidas):
        assert medir(consulta) == medir(replace(consulta, atribuicao=7)) != medir(trinta), medir
    feitos = resultados_de([cena.ana.pk, cena.carla.pk], [cena.empresa.pk], JANELAS[2])
    ParametrosDaAtividade.objects.update(dias_atribuicao=30)
    com_trinta = resultados_de([cena.ana.pk, cena.carla.pk], [cena.empresa.pk], JANELAS[2])
    assert sum(f.apos_contato for f in feitos.values()) < sum(f.apos_contato for f in com_trinta.values())


@pytest.mark.parametrize("nome", reativados.DIMENSOES_DOS_REATIVADOS)
def test_os_grupos_somam_o_total_e_levam_a_lista(cena: Cena, nome: str) -> None:
    """O número de cada grupo é o da lista recortada por ele."""
    consulta = consultar(cena.davi, JANELAS[2])
    esperados = reativados_na_unha(cena.clientes, JANELAS[2])
    grupos = {g.chave: g.soma for g in reativados.agrupar(consulta, DIMENSOES[nome])}
    assert {k: s.clientes for k, s in grupos.items()} == {
        k: sum(x[nome] == k for x in esperados.values()) for k in {x[nome] for x in esperados.values()}
    }
    (total,) = reativados.somar(consulta, [JANELAS[2]])
    assert sum(s.valor for s in grupos.values()) == total.valor
    assert sum(s.pedidos for s in grupos.values()) == total.pedidos
    for chave, soma in grupos.items():
        linhas = reativados.listar(consulta.com(**{nome: (chave,)}))
        assert (len(linhas), sum(x.valor for x in linhas)) == (soma.clientes, soma.valor)


def test_cada_mes_da_serie_e_o_relatorio_daquele_mes(cena: Cena) -> None:
    meses = [
        Janela(
            HOJE.replace(day=1) - relativedelta(months=n),
            HOJE.replace(day=1) - relativedelta(months=n) + relativedelta(day=31),
        )
        for n in range(12)
    ]
    consulta = consultar(cena.davi, JANELAS[0])
    for janela, soma in zip(meses, reativados.somar(consulta, meses), strict=True):
        esperados = reativados_na_unha(cena.clientes, janela)
        assert (soma.clientes, soma.valor) == (len(esperados), sum(x["valor"] for x in esperados.values()))


def test_cada_um_ve_os_resultados_dos_clientes_que_ve(cena: Cena) -> None:
    for quem, dono in ((cena.ana, cena.ana), (cena.carla, cena.carla), (cena.bruno, cena.ana)):
        dela = [c for c in cena.clientes if c.vendedor_id == dono.pk]
        achados = {x.pk for x in reativados.listar(consultar(quem, JANELAS[2]))}
        assert achados == set(reativados_na_unha(dela, JANELAS[2]))


def _contatos(clientes: list[Cliente], janela: Janela) -> dict[int, dict[str, Any]]:
    feitos: dict[int, dict[str, Any]] = {}
    for cliente in clientes:
        capturas: dict[int, list[Pedido]] = {}
        for pedido in cliente.pedidos.all():
            if pedido.conta and pedido.data <= HOJE and (contato := contato_que_vence(cliente, pedido.data)):
                capturas.setdefault(contato.pk, []).append(pedido)
        for c in cliente.contatos.all():
            dia = c.em.astimezone(SAO_PAULO).date()
            if c.desfeito_em is None and janela.de <= dia <= janela.ate:
                vendedor, equipe = dono_em(cliente, dia)
                feitos[c.pk] = {
                    "efetivo": c.ocorrencia.efetiva, "cliente": cliente.pk, "pedidos": len(capturas.get(c.pk, [])),
                    "valor": valor_de(capturas.get(c.pk, [])), "quem": str(c.atendente_id), "canal": c.canal,
                    "campanha": str(c.campanha_id or SEM), "vendedor": str(vendedor), "equipe": str(equipe),
                    "uf": cliente.uf or SEM, "segmento": str(cliente.segmento_id or SEM),
                    "empresa": str(cliente.empresa_id), "oferta": oferta_de(cliente, c),
                    "aberto": c.ocorrencia.efetiva and dia + timedelta(days=30) > HOJE,
                }  # fmt: skip
    return feitos


@pytest.mark.parametrize("janela", JANELAS, ids=("quinzena", "passada", "longa"))
def test_contatos_e_pedidos_capturados(cena: Cena, janela: Janela) -> None:
    feitos = _contatos(cena.clientes, janela)
    consulta = consultar(cena.davi, janela)
    total = contatos.esforco(consulta)
    efetivos = [x for x in feitos.values() if x["efetivo"]]
    assert total == contatos.Esforco(
        len(efetivos), len(feitos) - len(efetivos), len({x["cliente"] for x in efetivos}),
        sum(x["pedidos"] > 0 for x in efetivos), sum(x["pedidos"] for x in efetivos),
        sum((x["valor"] for x in efetivos), Decimal(0)), sum(x["aberto"] for x in efetivos),
    )  # fmt: skip
    assert total.pedidos > (5 if janela is JANELAS[2] else 0)
    for nome in contatos.DIMENSOES_DOS_CONTATOS:
        lidos, total_dos_grupos = contatos.agrupar_com_total(consulta, DIMENSOES[nome])
        assert total_dos_grupos == total, nome
        grupos = {g.chave: g.esforco for g in lidos}
        for chave, esforco in grupos.items():
            dele = [x for x in efetivos if x[nome] == chave]
            assert (esforco.contatos, esforco.pedidos) == (len(dele), sum(x["pedidos"] for x in dele))
        assert sum(g.pedidos for g in grupos.values()) == total.pedidos
    for recorte, contar in (
        ("efetivos", total.contatos),
        ("tentativas", total.tentativas),
        ("capturaram", total.com_pedido),
    ):
        assert len(contatos.listar(consulta, recorte)) == contar


def _conversao(
    clientes: list[Cliente], de: date, ate: date
) -> dict[tuple[str, bool], list[tuple[int, bool, bool]]]:
    achados: dict[tuple[str, bool], list[tuple[int, bool, bool]]] = {}
    limiares = list(Limiar.objects.all())
    for cliente in clientes:
        dias = dias_de_compra(cliente)
        antes = [d for d in dias if d < de]
        if not antes:
            continue
        _, regra = referencia.regra_do_cliente(cliente, HOJE, limiares)
        limites = referencia.limites_em(regra, antes[-1], referencia.ciclo_em(sorted(set(dias)), antes[-1]))
        if limites.quase_inativo_em >= de:
            continue
        recente = antes[-1] + relativedelta(months=24) >= de
        grupo = "quase" if limites.inativo_em >= de else "recente" if recente else "antigo"
        falou = sorted(
            c.em.astimezone(SAO_PAULO).date()
            for c in cliente.contatos.all()
            if c.desfeito_em is None and c.ocorrencia.efetiva
        )
        contato = next((d for d in falou if de <= d <= ate), None)
        compra = next((d for d in dias if d >= de), None)
        com = contato is not None and (compra is None or contato <= compra)
        inicio = contato if com and contato else de
        comprou = compra is not None and (compra - inicio).days <= 30
        achados.setdefault((grupo, com), []).append((cliente.pk, comprou, inicio + timedelta(days=30) > HOJE))
    return achados


@pytest.mark.parametrize("inicio", [30, 75, 140])
def test_conversao_de_quem_estava_parado(cena: Cena, inicio: int) -> None:
    janela = Janela(HOJE - timedelta(days=inicio), HOJE - timedelta(days=inicio - 29))
    consulta = consultar(cena.davi, janela)
    esperado = _conversao(cena.clientes, janela.de, janela.ate)
    achado = conversao.conversoes(consulta)
    assert sum(c.clientes for c in achado.values()) == sum(map(len, esperado.values())) > 10
    for grupo in conversao.GRUPOS:
        for lado, com in ((conversao.COM, True), (conversao.SEM, False)):
            quem, parte = esperado.get((grupo, com), []), getattr(achado[grupo], lado)
            assert (parte.clientes, parte.compraram) == (len(quem), sum(c for _, c, _ in quem))
            assert parte.em_aberto == sum(aberto and not comprou for _, comprou, aberto in quem)
            assert set(conversao.clientes_da(consulta, grupo, lado)) == {pk for pk, _, _ in quem}
            compraram = conversao.clientes_da(consulta, grupo, lado, so_compraram=True)
            assert set(compraram) == {pk for pk, comprou, _ in quem if comprou}


@pytest.mark.parametrize("janela", JANELAS, ids=("quinzena", "passada", "longa"))
def test_objecoes_e_quem_comprou_apesar_delas(cena: Cena, janela: Janela) -> None:
    vezes: dict[int, int] = {}
    primeiro: dict[tuple[int, int], date] = {}
    for contato in Contato.objects.filter(desfeito_em=None).prefetch_related("objecoes").order_by("em"):
        dia = contato.em.astimezone(SAO_PAULO).date()
        for o in contato.objecoes.all() if janela.de <= dia <= janela.ate else ():
            vezes[o.pk] = vezes.get(o.pk, 0) + 1
            primeiro.setdefault((o.pk, contato.cliente_id), dia)
    por_pk = {c.pk: c for c in cena.clientes}
    venceu = {
        par for par, dia in primeiro.items()
        if any(dia <= d <= dia + timedelta(days=30) for d in dias_de_compra(por_pk[par[1]]))
    }  # fmt: skip
    consulta = consultar(cena.davi, janela)
    ouvidas = objecoes.ouvidas(consulta)
    assert {o.objecao.pk: o.vezes for o in ouvidas} == vezes
    assert [o.vezes for o in ouvidas] == sorted(vezes.values(), reverse=True)
    for o in ouvidas:
        dela = {c for (pk, c) in primeiro if pk == o.objecao.pk}
        compraram = {c for (pk, c) in venceu if pk == o.objecao.pk}
        assert (o.clientes, o.compraram) == (len(dela), len(compraram))
        assert set(objecoes.clientes_da(consulta, o.objecao.pk)) == dela
        assert set(objecoes.clientes_da(consulta, o.objecao.pk, so_compraram=True)) == compraram


def test_motivos_com_quantos_e_quanto(cena: Cena) -> None:
    """Vale a causa do último pitch que disse uma; quem não tem nenhum fica no fim, contado."""
    esperado: dict[int, list[Any]] = {}
    for ind in Indicadores.objects.filter(status__in=("inativo", "quase_inativo")):
        pitches = Pitch.objects.filter(cliente=ind.pk, causa__isnull=False).order_by("-pk")
        pk = pitches[0].causa_id if pitches else 0
        esperado.setdefault(pk, []).append(ind.valor_12m or ind.valor_ano_ativo)
    achados = motivos.motivos(cena.davi, RecorteDaCarteira())
    assert {m.pk: (m.clientes, m.valor) for m in achados} == {
        pk: (len(v), sum(v)) for pk, v in esperado.items()
    }
    assert achados[-1].pk == motivos.SEM_MOTIVO
    for m in achados:
        assert motivos.clientes_do_motivo(cena.davi, RecorteDaCarteira(), m.pk).count() == m.clientes


@pytest.mark.parametrize("ha", [(2, 0), (45, 40), (100, 60)], ids=("fim de uma", "meio", "começo de outra"))
def test_o_grupo_de_controle_e_a_conta_de_cada_membro(cena: Cena, ha: tuple[int, int]) -> None:
    """Quem a pessoa vê, dos sorteados para a lista e dos deixados de fora: quantos compraram enquanto ela correu."""
    ListaDeTrabalho.objects.exclude(nome="L1").update(controle_pct=20)
    MembroDaLista.objects.filter(cliente__in=cena.clientes[::9]).update(fora_ao_entrar="recente")
    comparadas, janela = 0, Janela(*(HOJE - timedelta(days=n) for n in ha))
    for pessoa, ve in ((cena.davi, None), (cena.bruno, cena.ana), (cena.ana, cena.ana)):
        lidas = {
            c.lista.nome: (
                c.comparacao.a.quantos,
                c.comparacao.a.compraram,
                c.comparacao.b.quantos,
                c.comparacao.b.compraram,
            )
            for c in controles(pessoa, janela, HOJE)
        }
        esperadas = {} if pessoa == cena.ana else _controles(cena, janela, ve)
        assert lidas == esperadas
        comparadas += len(lidas)
    assert comparadas > 0


def _controles(cena: Cena, janela: Janela, dono: Any) -> dict[str, tuple[int, ...]]:
    contadas = {}
    for lista in ListaDeTrabalho.objects.filter(controle_pct__gt=0):
        if lista.de > janela.ate or (lista.ate and lista.ate < janela.de):
            continue
        lados: dict[bool, list[bool]] = {True: [], False: []}
        for m in lista.membros.select_related("cliente"):
            if (dono and m.cliente.vendedor_id != dono.pk) or (not m.controle and m.fora_ao_entrar):
                continue
            de, ate = max(lista.de, m.entrou_em), min(lista.ate or HOJE, HOJE)
            comprou = any(p.conta and de <= p.data <= ate for p in m.cliente.pedidos.all())
            lados[m.controle].append(comprou)
        if lados[True] and lados[False]:
            contadas[lista.nome] = (len(lados[False]), sum(lados[False]), len(lados[True]), sum(lados[True]))
    return contadas


def test_o_funil_e_parte_do_retorno_dos_avisos(cena: Cena) -> None:
    prazo = Prazo(HOJE - timedelta(days=60), HOJE, HOJE)
    alertas = do_periodo(alertas_visiveis(cena.davi), prazo)
    consulta = consultar(cena.davi, Janela(prazo.de, prazo.ate))
    passos = {p.etapa: p for p in funil.funil(alertas, consulta, prazo)}
    numeros = [p.clientes for p in passos.values()]
    assert numeros == sorted(numeros, reverse=True)
    assert numeros[0] > 20
    retorno = retorno_por(alertas, prazo, None)[""]
    assert passos[Etapa.AVISADOS].clientes == retorno.alertados
    assert passos[Etapa.RESPONDERAM].clientes == retorno.contatados
    assert passos[Etapa.COMPRARAM].clientes == retorno.compraram
    responderam = set(funil.clientes_da(Etapa.RESPONDERAM, alertas, consulta, prazo))
    assert responderam == set(do_retorno(Medida.CONTATADOS, alertas, prazo))
    for etapa, quem in _funil(cena.clientes, prazo).items():
        assert set(funil.clientes_da(etapa, alertas, consulta, prazo)) == quem
        assert passos[etapa].clientes == len(quem)


def _funil(clientes: list[Cliente], prazo: Prazo) -> dict[Etapa, set[int]]:
    etapas: dict[Etapa, set[int]] = {e: set() for e in Etapa}
    for cliente in clientes:
        avisos = ItemDeMensagem.objects.filter(cliente=cliente, decidido_em__range=(prazo.de, prazo.ate))
        dia = min(avisos.values_list("decidido_em", flat=True), default=None)
        if dia is None:
            continue
        etapas[Etapa.AVISADOS].add(cliente.pk)
        feitos = [
            (c.em.astimezone(SAO_PAULO).date(), c.ocorrencia.efetiva)
            for c in cliente.contatos.all()
            if c.desfeito_em is None
        ]
        no_prazo = [(d, ok) for d, ok in feitos if dia <= d <= dia + timedelta(days=prazo.contato)]
        resposta = min((d for d, ok in no_prazo if ok), default=None)
        if no_prazo:
            etapas[Etapa.PROCURADOS].add(cliente.pk)
        if resposta is None:
            continue
        etapas[Etapa.RESPONDERAM].add(cliente.pk)
        dias = dias_de_compra(cliente)
        compra = next((d for d in dias if resposta <= d <= dia + timedelta(days=prazo.compra)), None)
        if compra is not None:
            etapas[Etapa.COMPRARAM].add(cliente.pk)
            if any(d > compra for d in dias):
                etapas[Etapa.DE_NOVO].add(cliente.pk)
    return etapas
