"""Antes de trocar: quem fica com quanto. E o que a casa sugere trocar, com o porquê."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from atividade.carteiras import prever, totais_por_dono
from atividade.models import Indicadores
from atividade.repartir import Modo
from atividade.sugestoes_de_carteira import dispensar, sem_regra, sugestoes_para
from clientes.carteiras import passar, transferir
from clientes.models import (
    Agendamento,
    Cliente,
    ParametrosDaCarteira,
    RegraDeAtribuicao,
    Segmento,
    SugestaoDispensada,
)
from contas.models import Empresa, TipoDeVendedor, Vinculo
from tests.conftest import HOJE, criar_pessoa, por_na_equipe
from tests.web.carteira_de_teste import indicar

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
RECENTE = HOJE - timedelta(days=20)


@pytest.fixture
def eva(empresa, sul):
    pessoa = criar_pessoa("Eva Luz", empresa, tipo=TipoDeVendedor.INTERNO)
    por_na_equipe(pessoa, sul)
    return pessoa


@pytest.fixture
def novo(novo_cliente):
    """Um cliente com os números da última rodada."""

    def _novo(codigo, dono, valor="100.00", curva="C", **campos):
        status = campos.pop("status", "ativo")
        cliente = novo_cliente(codigo, vendedor=dono, **campos)
        valores = {"valor_12m": Decimal(valor), "valor_ano_ativo": Decimal(valor)}
        return indicar(cliente, RECENTE, status=status, curva_abc=curva, **valores)

    return _novo


def prevista(por, *para, clientes=None, modo=Modo.EQUILIBRIO, em=HOJE):
    escolhidos = Cliente.objects.all() if clientes is None else clientes
    return prever(clientes=escolhidos, para=para, modo=modo, em=em, por=por)


def numeros(lado):
    return [(t.clientes, t.valor, [t.curvas[c] for c in "ABC"]) for t in (lado.antes, lado.depois)]


# ── Prévia ───────────────────────────────────────────────────────────────────


def test_a_previa_diz_quem_muda_quanto_vale_e_como_fica_cada_carteira(novo, ana, carla, davi, eva):
    a1 = novo("A1", ana, "900.50", "A")
    novo("A2", ana, "50.00", "B", status="quase_inativo")
    novo("A3", ana, "10.00", "C", encerrado_em=HOJE)
    novo("E1", eva, "70.00")
    fica = novo("C1", carla, "30.00")
    Agendamento.objects.create(cliente=a1, responsavel=ana, criado_por=ana, em=HOJE)
    Agendamento.objects.create(cliente=a1, responsavel=davi, criado_por=davi, em=HOJE)
    previa = prevista(davi, carla, clientes=Cliente.objects.exclude(vendedor=eva))
    assert (previa.clientes, previa.mudam.valor, previa.fora_da_carteira) == (3, Decimal("960.50"), 1)
    assert previa.por_curva == [("A", 1), ("B", 1), ("C", 1), ("", 0)]
    assert previa.por_status == [("ativo", 2), ("quase_inativo", 1)]
    assert previa.compromissos == 1
    assert previa.ficam == [("já de Carla Dias", 1)]
    assert fica.pk not in previa.destinos
    assert {lado.vendedor: numeros(lado) for lado in previa.lados} == {
        ana: [(2, Decimal("950.50"), [1, 1, 0]), (0, Decimal(0), [0, 0, 0])],
        carla: [(1, Decimal(30), [0, 0, 1]), (3, Decimal("980.50"), [1, 1, 1])],
    }


def test_o_que_a_previa_disse_e_o_que_se_grava(novo, ana, carla, davi, eva):
    for n in range(6):
        novo(f"A{n}", ana, str(100 * n + 1), "AB"[n % 2])
    previa = prevista(davi, carla, eva)
    passar(destinos=previa.destinos, em=HOJE, por=davi, motivo="rota")
    totais = {v: t for (v, _), t in totais_por_dono(Indicadores.objects.all()).items()}
    for lado in previa.lados:
        assert totais.get(lado.vendedor.pk, previa.lados[0].depois).clientes == lado.depois.clientes
    assert {v: t.valor for v, t in totais.items()} == {
        lado.vendedor.pk: lado.depois.valor for lado in previa.lados if lado.depois.clientes
    }


def test_sem_ninguem_que_atenda_a_empresa_o_cliente_nao_muda_e_diz_por_que(novo, ana, carla, davi):
    filial = Empresa.objects.create(codigo="2", nome="Filial")
    for pessoa in (davi, ana):
        Vinculo.objects.create(usuario=pessoa, empresa=filial)
    novo("A1", ana)
    novo("F1", ana, empresa=filial)
    previa = prevista(davi, carla)
    assert (previa.clientes, previa.ficam) == (1, [("ninguém dos escolhidos atende Filial", 1)])


def test_o_dono_que_vem_do_erp_e_a_troca_mais_nova_sao_avisados(novo, ana, carla, davi, empresa):
    do_erp, outro, daqui = novo("A1", ana), novo("A2", ana), novo("A3", ana)
    Cliente.objects.filter(pk=do_erp.pk).update(erp={"vendedor": str(ana.pk)})
    Cliente.objects.filter(pk=outro.pk).update(erp={"vendedor": str(carla.pk)})
    transferir(clientes=[daqui.pk], para=None, em=date(2026, 10, 1), por=davi)
    previa = prevista(davi, carla, em=date(2026, 9, 1))
    assert (previa.do_erp, previa.ja_no_erp, previa.trocas_depois) == (2, 1, 1)
    empresa.dono_da_carteira = "carteira"
    empresa.save()
    assert prevista(davi, carla).do_erp == 0


def test_a_impressao_muda_se_alguem_mexe_e_so_entao(novo, ana, carla, davi, eva):
    um, _ = novo("A1", ana), novo("A2", ana)
    impressao = prevista(davi, carla).impressao
    assert prevista(davi, carla).impressao == impressao
    assert prevista(davi, eva).impressao != impressao
    transferir(clientes=[um.pk], para=eva, em=HOJE, por=davi)
    assert prevista(davi, carla).impressao != impressao


def test_a_previa_custa_o_mesmo_com_3_e_com_30(novo, ana, carla, davi, eva, django_assert_num_queries):
    for n in range(3):
        novo(f"A{n}", ana)
    with django_assert_num_queries(7):
        prevista(davi, carla, eva)
    for n in range(3, 30):
        novo(f"A{n}", ana)
    with django_assert_num_queries(7):
        prevista(davi, carla, eva)


# ── Sugestões ────────────────────────────────────────────────────────────────


def resumo(usuario):
    return {
        s.chave.split("-")[0]: (list(s.clientes.values_list("cliente__codigo", flat=True)), list(s.destinos))
        for s in sugestoes_para(usuario, HOJE)
    }


def test_o_pequeno_de_externo_vai_a_venda_interna_no_limite_exato(
    novo, ana, bruno, carla, davi, eva, empresa
):
    ParametrosDaCarteira.objects.create(empresa=empresa, pequeno_ate=Decimal("500.00"), acima_da_media=900)
    novo("IGUAL", ana, "500.00")
    novo("MENOS", ana, "499.99")
    novo("INTERNO", eva, "10.00")
    novo("NUNCA", ana, "0.00")
    indicar(Cliente.objects.get(codigo="NUNCA"), status="prospect", ultima_compra=None)
    parado = novo("PARADO", ana, "0.00")
    Indicadores.objects.filter(pk=parado.pk).update(valor_ano_ativo=Decimal("800.00"))
    assert resumo(bruno) == {"pequeno": (["MENOS"], [eva])}
    assert resumo(davi) == {"pequeno": (["MENOS"], [carla, eva])}
    ParametrosDaCarteira.objects.update(pequeno_ate=Decimal(0))
    assert resumo(davi) == {}


def test_sem_dono_vale_a_primeira_regra_que_casa(
    novo, novo_cliente, ana, bruno, carla, davi, eva, empresa, sul
):
    tintas = novo_cliente("T", equipe=sul, segmento="Tintas", uf="SC")
    novo_cliente("R", equipe=sul, uf="RS")
    novo_cliente("P", equipe=sul, uf="PR", perfil="Revenda")
    novo_cliente("X", equipe=sul, uf="BA")
    indicar(tintas)
    segmento = Segmento.objects.get(nome="Tintas")
    for ordem, campos, vendedor in (
        (1, {"segmento": segmento}, eva),
        (2, {"uf": "RS"}, ana),
        (3, {"perfil": "revenda"}, carla),
        (4, {"uf": "SC"}, ana),
    ):
        regra = RegraDeAtribuicao.objects.create(empresa=empresa, ordem=ordem, **campos)
        regra.vendedores.add(vendedor)
    achadas = {
        s.titulo: (list(s.clientes.values_list("cliente__codigo", flat=True)), list(s.destinos))
        for s in sugestoes_para(davi, HOJE)
    }
    assert achadas == {
        "Sem vendedor: Tintas": (["T"], [eva]),
        "Sem vendedor: RS": (["R"], [ana]),
        "Sem vendedor: perfil revenda": (["P"], [carla]),
    }
    assert sem_regra(davi) == 1
    da_equipe = {s.titulo: list(s.destinos) for s in sugestoes_para(bruno, HOJE)}
    assert da_equipe["Sem vendedor: perfil revenda"] == [], "Carla não é da equipe dele"


def test_carteira_acima_da_media_passa_os_menores_sem_compromisso_a_quem_tem_menos(novo, ana, bruno, eva):
    for n in range(7):
        novo(f"A{n}", ana, str(100 + n))
    novo("E0", eva)
    Agendamento.objects.create(
        cliente=Cliente.objects.get(codigo="A0"), responsavel=ana, criado_por=ana, em=HOJE
    )
    (sugestao,) = sugestoes_para(bruno, HOJE)
    assert (sugestao.titulo, sugestao.vendedor) == ("Carteira de Ana Souza acima da média", ana)
    assert "Tem 7 clientes, 75 % acima da média da equipe (4)" in sugestao.porque
    assert list(sugestao.clientes.values_list("cliente__codigo", flat=True)) == ["A1", "A2", "A3"]
    assert list(sugestao.destinos) == [eva]


def test_dispensada_descansa_os_meses_da_empresa_e_volta(novo, ana, davi, carla, empresa):
    ParametrosDaCarteira.objects.create(empresa=empresa, pequeno_ate=Decimal(500), meses_de_descanso=3)
    um, dois = novo("A1", ana, "10"), novo("A2", ana, "20")
    (sugestao,) = sugestoes_para(davi, HOJE)
    for _ in range(2):
        dispensar(sugestao=sugestao, clientes=[um.pk], motivo="compra pelo grupo", por=davi, hoje=HOJE)
    assert SugestaoDispensada.objects.get().ate == date(2027, 2, 20)
    assert [i.pk for s in sugestoes_para(davi, HOJE) for i in s.clientes] == [dois.pk]
    assert [i.pk for s in sugestoes_para(davi, date(2027, 2, 19)) for i in s.clientes] == [dois.pk]
    assert [i.pk for s in sugestoes_para(davi, date(2027, 2, 20)) for i in s.clientes] == [um.pk, dois.pk]
