"""O retroteste igual à conta cliente a cliente, data a data, em todo limite; e o que ele recusa."""

import random
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from atividade.cenarios import Cenario, cenario_em_vigor
from atividade.limiares import configurar, herdar, regra_em_vigor
from atividade.models import Indicadores, Limiar
from atividade.regras import Periodo, PorCiclo, Regra, ciclo_conhecido, classificar
from atividade.retroteste import Desfecho, Medidas, amostra, desfecho, por_a_prova, somar
from atividade.silencios import Atendimento, contar, fins_de_mes, nome_a_nome
from clientes.models import Cliente, Segmento
from contas.models import Empresa
from tests.conftest import novo_pedido
from tests.sementes import sementes

pytestmark = pytest.mark.django_db
REF = date(2026, 2, 28)
DIAS = 60
REGRAS = (
    Regra(Periodo(3, "m"), Periodo(1, "m")),
    Regra(Periodo(90, "d"), Periodo(30, "d"), Periodo(365, "d")),
    Regra(Periodo(20, "d"), Periodo(5, "d")),
    Regra(Periodo(2, "m"), Periodo(10, "d")),
    Regra(Periodo(12, "m"), Periodo(4, "m")),
)
POR_CICLO = (
    Regra(Periodo(3, "m"), Periodo(1, "m"), ciclo=PorCiclo(Decimal("1.5"), Decimal(3), 5, 90, 10, 365)),
    Regra(Periodo(90, "d"), Periodo(30, "d"), ciclo=PorCiclo(Decimal("0.7"), Decimal("1.3"), 1, 40, 2, 60)),
)


def povoar(empresa: Empresa, semente: int, pessoas: list[Any], cortes: tuple[date, ...]) -> None:
    """Compras nas beiras de tudo: do corte, do seguimento, da régua e de cada limite de cada regra."""
    sorte = random.Random(semente)
    segmentos = [None, *(Segmento.objects.create(empresa=empresa, nome=n) for n in ("Agro", "Tintas"))]
    voltas = [0, 1, DIAS, DIAS + 1, 5, 15, 20, 50, 60, 90, 240, 365]
    beiras = [
        corte + timedelta(days=s * d + f)
        for corte in cortes
        for d in voltas
        for s in (1, -1)
        for f in (-1, 0, 1)
    ]
    for n in range(60):
        cliente = Cliente.objects.create(
            empresa=empresa,
            codigo=f"{semente}-{n:02}",
            razao_social=f"Cliente {n}",
            segmento=sorte.choice(segmentos),
            vendedor=sorte.choice([None, *pessoas]),
            fora_do_perfil=sorte.random() < 0.05,
            encerrado_em=sorte.choice([*cortes, cortes[0] + timedelta(days=1)])
            if sorte.random() < 0.2
            else None,
        )
        dias = [sorte.choice(beiras) for _ in range(sorte.randrange(7))]
        for k, dia in enumerate([*dias, *dias[:1]]):  # dois pedidos no mesmo dia são uma compra só
            situacao = sorte.choice(["faturado", "faturado", "aberto", "cancelado"])
            novo_pedido(cliente, f"{cliente.codigo}-{k}", dia, "10.00", situacao)


def compras(cliente: Cliente) -> list[date]:
    return sorted({p.data for p in cliente.pedidos.all() if p.conta and p.data <= REF})


def fatos(empresa: Empresa) -> list[tuple[Cliente, list[date], int | None]]:
    """Cada cliente no perfil, os dias em que comprou e o limiar só dele."""
    limiares = {x.cliente_id: x.pk for x in Limiar.objects.exclude(cliente=None)}
    clientes = Cliente.objects.filter(empresa=empresa, fora_do_perfil=False).prefetch_related("pedidos")
    return [(c, compras(c), limiares.get(c.pk)) for c in clientes]


def na_unha(lidos: Any, cenario: Cenario, corte: date, segmento: int | None = None) -> Medidas:
    """A definição, lida devagar: uma pessoa por vez, com as funções puras."""
    conta: Counter[str] = Counter(cortes=1)
    for cliente, todos, limiar in lidos:
        dias = [d for d in todos if d <= corte]
        encerrado = cliente.encerrado_em is not None and cliente.encerrado_em <= corte
        if not dias or encerrado or (segmento and cliente.segmento_id != segmento):
            continue
        proxima = min((d for d in todos if d > corte), default=None)
        voltou = proxima is not None and proxima <= corte + timedelta(days=DIAS)
        regra = cenario.regra(cliente.segmento_id, limiar)
        limites = regra.limites(dias[-1], ciclo_conhecido(dias), len(dias))
        status = classificar(limites.quase_inativo_em, limites.inativo_em, corte)
        contar_um(conta, status, voltou, cliente.vendedor_id is not None)
        if status == "quase_inativo" and not voltou:
            conta["dias_de_antecedencia"] += (limites.inativo_em - limites.quase_inativo_em).days
            conta["dias_de_silencio"] += (limites.quase_inativo_em - dias[-1]).days
        if dias[-1] > corte - timedelta(days=DIAS):
            avisado = limites.quase_inativo_em <= corte
            conta[{(True, False): "avisadas", (True, True): "avisos_em_vao", (False, False): "sem_aviso"}.get(
                (avisado, voltou), "tranquilos")] += 1  # fmt: skip
    return Medidas(**conta)


def contar_um(conta: Counter[str], status: str, voltou: bool, com_dono: bool) -> None:
    nomes = {
        ("quase_inativo", False): "alertados_perdidos",
        ("quase_inativo", True): "alarmes_falsos",
        ("ativo", False): "ativos_perdidos",
        ("ativo", True): "ativos_que_voltaram",
        ("inativo", False): "inativos_perdidos",
        ("inativo", True): "inativos_que_voltaram",
    }
    conta[nomes[status, voltou]] += 1
    conta["alertados_com_dono"] += status == "quase_inativo" and com_dono


CORTES = fins_de_mes(REF, DIAS)


@pytest.mark.parametrize("semente", sementes(range(6), sempre=2))
def test_igual_a_conta_na_unha_em_todo_corte_regra_e_nivel(
    semente: int, empresa: Empresa, ana: Any, carla: Any, davi: Any
) -> None:
    povoar(empresa, semente, [ana, carla], CORTES)
    agro, tintas = Segmento.objects.filter(empresa=empresa)
    comum = {"empresa": empresa, "vigente_desde": REF, "por": davi}
    configurar(**comum, periodo=Periodo(6, "m"), antecedencia=Periodo(2, "m"))
    configurar(**comum, segmento=agro, periodo=Periodo(45, "d"), antecedencia=Periodo(20, "d"))
    configurar(**comum, segmento=tintas, periodo=Periodo(9, "m"), antecedencia=Periodo(20, "d"))
    herdar(empresa=empresa, segmento=tintas, vigente_desde=REF, por=davi)
    cliente = Cliente.objects.filter(empresa=empresa, fora_do_perfil=False, segmento=agro).first()
    configurar(**comum, cliente=cliente, periodo=Periodo(10, "d"), antecedencia=Periodo(9, "d"))
    cenario = cenario_em_vigor(empresa, REF)
    contagem = contar(empresa, CORTES, referencia=REF, dias=DIAS, cenario=cenario)
    provados = [cenario, *(cenario.com(r) for r in REGRAS), *(cenario.com(r, agro.pk) for r in REGRAS)]
    lidos = fatos(empresa)
    for posto in [*provados, cenario.com(None, agro.pk)]:
        for segmento in (None, agro.pk):
            esperadas = [na_unha(lidos, posto, corte, segmento) for corte in CORTES]
            assert por_a_prova(contagem, posto, segmento) == esperadas
            assert somar(por_a_prova(contagem, posto, segmento)) == sum(esperadas, Medidas())
    contagem = contar(empresa, CORTES, referencia=REF, dias=DIAS, cenario=cenario, por_ciclo=True)
    por_ciclo = [
        *(cenario.com(r) for r in POR_CICLO),
        cenario.com(POR_CICLO[0], agro.pk),
        cenario.com(REGRAS[0]),
    ]
    for posto in por_ciclo:
        esperadas = [na_unha(lidos, posto, corte) for corte in CORTES]
        assert por_a_prova(contagem, posto) == esperadas


def test_os_cenarios_seguem_a_precedencia_que_a_tela_explica(
    empresa: Empresa, davi: Any, novo_cliente: Any
) -> None:
    um, outro, tres = (novo_cliente(c, segmento="Agro") for c in ("C1", "C2", "C3"))
    comum = {"empresa": empresa, "vigente_desde": REF, "por": davi}
    configurar(
        empresa=None, periodo=Periodo(24, "m"), antecedencia=Periodo(1, "m"), vigente_desde=REF, por=davi
    )
    configurar(**comum, cliente=um, periodo=Periodo(10, "d"), antecedencia=Periodo(5, "d"))
    configurar(**comum, cliente=outro, periodo=Periodo(11, "d"), antecedencia=Periodo(5, "d"))
    herdar(empresa=empresa, cliente=outro, vigente_desde=REF, por=davi)
    cenario = cenario_em_vigor(empresa, REF)
    for cliente in (um, outro, tres):
        esperada = regra_em_vigor(cliente, REF).regra
        assert cenario.regra(cliente.segmento_id, cenario.limiares.get(cliente.pk)) == esperada
    assert cenario.base.periodo == Periodo(24, "m")
    configurar(**comum, segmento=um.segmento, periodo=Periodo(12, "d"), antecedencia=Periodo(5, "d"))
    cenario = cenario_em_vigor(empresa, REF)
    assert cenario.regra(tres.segmento_id).periodo == Periodo(12, "d")
    assert cenario.com(REGRAS[0]).regra(tres.segmento_id).periodo == Periodo(12, "d")
    assert cenario.com(REGRAS[0]).regra(None) == REGRAS[0]
    assert cenario.com(None, tres.segmento_id).regra(tres.segmento_id).periodo == Periodo(24, "m")


def test_uma_carteira_de_quatro_pessoas_numa_data(empresa: Empresa, ana: Any, novo_cliente: Any) -> None:
    """90/60 dias em 01/10/2025 e seguimento de 60: um alarme falso, uma perda avisada, uma sem aviso."""
    corte = date(2025, 10, 1)
    ha = lambda dias: (corte - timedelta(days=dias), "10.00")  # noqa: E731
    novo_cliente("FALSO", vendedor=ana, compras=[ha(40), ha(-60)])
    novo_cliente("AVISADA", vendedor=ana, compras=[ha(59), ha(-61)])
    novo_cliente("SEM", compras=[ha(29)])
    novo_cliente("TRANQUILO", vendedor=ana, compras=[ha(0), ha(-1)])
    novo_cliente("JA", vendedor=ana, compras=[ha(90), ha(-5)])
    cenario = Cenario(Regra(Periodo(90, "d"), Periodo(60, "d")))
    contagem = contar(empresa, [corte], referencia=REF, dias=DIAS, cenario=cenario)
    m = somar(por_a_prova(contagem, cenario))
    assert (m.alertados, m.alertados_perdidos, m.alarmes_falsos) == (2, 1, 1)
    assert (m.avisadas, m.sem_aviso, m.avisos_em_vao, m.tranquilos) == (1, 1, 1, 1)
    assert (m.inativos, m.inativos_que_voltaram, m.clientes) == (1, 1, 5)
    assert (m.precisao, m.sensibilidade, m.especificidade, m.balanceada) == (Fraction(1, 2),) * 4
    assert (m.antecedencia, m.silencio) == (60, 30)
    assert m.carga(Atendimento({(ana.pk, None): 4}).vendedores()) == 2
    nomes = {s.codigo: desfecho(s, cenario)[2] for s in nome_a_nome(
        empresa, [corte], referencia=REF, dias=DIAS, cenario=cenario)}  # fmt: skip
    assert nomes == {
        "FALSO": Desfecho.ALARME_FALSO,
        "AVISADA": Desfecho.ALERTADO_PERDIDO,
        "SEM": Desfecho.SEM_AVISO,
        "TRANQUILO": Desfecho.TRANQUILO,
        "JA": Desfecho.INATIVO_VOLTOU,
    }


@pytest.mark.parametrize(("semente", "regra"), [(11, REGRAS[1]), (12, POR_CICLO[0])])
def test_a_lista_de_nomes_refaz_os_numeros(
    semente: int, regra: Regra, empresa: Empresa, ana: Any, davi: Any
) -> None:
    povoar(empresa, semente, [ana], CORTES)
    agro = Segmento.objects.get(empresa=empresa, nome="Agro")
    cliente = Cliente.objects.filter(empresa=empresa, segmento=agro).first()
    configurar(
        empresa=empresa, cliente=cliente, periodo=Periodo(9, "d"), antecedencia=Periodo(5, "d"),
        vigente_desde=REF, por=davi,
    )  # fmt: skip
    cenario = cenario_em_vigor(empresa, REF).com(regra)
    contagem = contar(empresa, CORTES, referencia=REF, dias=DIAS, cenario=cenario, por_ciclo=True)
    for segmento in (None, agro.pk):
        linhas = list(
            nome_a_nome(empresa, CORTES, referencia=REF, dias=DIAS, cenario=cenario, segmento=segmento)
        )
        fins = Counter(desfecho(s, cenario)[2] for s in linhas)
        m = somar(por_a_prova(contagem, cenario, segmento))
        assert len(linhas) == m.clientes
        assert fins[Desfecho.ALERTADO_PERDIDO] == m.alertados_perdidos
        assert fins[Desfecho.ALARME_FALSO] == m.alarmes_falsos
        assert fins[Desfecho.INATIVO_VOLTOU] == m.inativos_que_voltaram
    dias = {cliente.codigo: todos for cliente, todos, _ in fatos(empresa)}
    for s in linhas:
        assert s.dias_de_compra == sum(d <= s.corte for d in dias[s.codigo])


def test_a_amostra_conta_cada_silencio_uma_vez(empresa: Empresa, novo_cliente: Any) -> None:
    """Quem se calou em março e nunca voltou está em todo corte dali em diante, e é uma perda só."""
    novo_cliente("PERDIDO", compras=[(date(2025, 3, 10), "1.00")])
    novo_cliente("MENSAL", compras=[(date(2025, 3, 1) + timedelta(days=30 * n), "1.00") for n in range(12)])
    cenario = Cenario(REGRAS[0])
    contagem = contar(empresa, CORTES, referencia=REF, dias=DIAS, cenario=cenario)
    vista = amostra(contagem)
    assert CORTES[2:4] == (date(2025, 2, 28), date(2025, 3, 31))
    assert (vista.perdidos, vista.voltaram) == (1, 9)
    assert amostra(contagem, segmento=0) == amostra(contagem, segmento=-1)


def test_fins_de_mes_so_com_o_seguimento_inteiro_e_depois_da_primeira_compra() -> None:
    assert fins_de_mes(date(2026, 8, 27), 180)[-1] == date(2026, 2, 28)
    assert fins_de_mes(date(2026, 8, 26), 180)[-1] == date(2026, 1, 31)
    assert fins_de_mes(date(2026, 8, 27), 180)[0] == date(2025, 3, 31)
    assert len(fins_de_mes(date(2026, 8, 27), 180)) == 12
    assert fins_de_mes(date(2026, 8, 27), 180, desde=date(2026, 1, 31)) == (
        date(2026, 1, 31),
        date(2026, 2, 28),
    )
    assert fins_de_mes(date(2026, 8, 27), 180, desde=date(2026, 3, 1)) == ()


def test_seguimento_que_nao_cabe_e_recusado_e_sem_cortes_nada_se_le(
    empresa: Empresa, django_assert_num_queries: Any
) -> None:
    cenario = Cenario(REGRAS[0])
    with pytest.raises(ValueError, match="seguimento"):
        contar(empresa, [REF - timedelta(days=DIAS - 1)], referencia=REF, dias=DIAS, cenario=cenario)
    with django_assert_num_queries(0):
        contagem = contar(empresa, [], referencia=REF, dias=DIAS, cenario=cenario)
    assert por_a_prova(contagem, cenario) == []
    vazias = somar([])
    assert (vazias.balanceada, vazias.precisao, vazias.antecedencia, vazias.carga(3)) == (None,) * 4


def test_doze_cortes_e_todas_as_regras_custam_uma_consulta(
    empresa: Empresa, ana: Any, django_assert_num_queries: Any
) -> None:
    povoar(empresa, 5, [ana], CORTES)
    antes = list(Indicadores.objects.order_by("pk").values())
    cenario = Cenario(REGRAS[0])
    with django_assert_num_queries(1):
        contagem = contar(empresa, CORTES, referencia=REF, dias=DIAS, cenario=cenario)
        for regra in REGRAS:
            por_a_prova(contagem, cenario.com(regra))
    assert list(Indicadores.objects.order_by("pk").values()) == antes
    with django_assert_num_queries(1):
        cenario_em_vigor(empresa, REF)


def test_outra_empresa_nao_entra(empresa: Empresa, novo_cliente: Any) -> None:
    outra = Empresa.objects.create(codigo="2", nome="Outra")
    novo_cliente("C1", empresa=outra, compras=[(date(2025, 6, 1), "1.00")])
    contagem = contar(empresa, CORTES, referencia=REF, dias=DIAS, cenario=Cenario(REGRAS[0]))
    assert contagem.series == {}


def test_atendimento_reparte_a_carga_pela_carteira_de_cada_um() -> None:
    """Ana tem 30 em Agro e 10 em Tintas; Carla, 10 em Tintas: Tintas é 20 dos 50 que as duas atendem."""
    quem = Atendimento({(1, 7): 30, (1, 8): 10, (2, 8): 10})
    assert (quem.vendedores(), quem.vendedores(7), quem.vendedores(8), quem.vendedores(9)) == (2, 1, 2, 0)
    assert quem.quinhao() == 1
    assert quem.quinhao(7) == Fraction(30, 40)
    assert quem.quinhao(8) == Fraction(20, 50)
    assert quem.quinhao(9) == 1
