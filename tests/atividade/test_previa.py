"""A prévia de uma regra: igual à conta cliente a cliente, em todo limite, e sem escrever nada."""

import random
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from atividade.limiares import configurar, herdar, regra_em_vigor
from atividade.models import Indicadores, Limiar
from atividade.previa import Rascunho, previa, quem_mudaria
from atividade.regras import Periodo, PorCiclo, Regra, classificar
from clientes.models import Cliente, Segmento
from contas.models import Empresa
from tests.sementes import sementes

pytestmark = pytest.mark.django_db
REF = date(2026, 2, 28)  # fim de mês curto: é onde a soma de meses trunca
REGRAS = (
    Regra(Periodo(18, "m"), Periodo(6, "m")),
    Regra(Periodo(6, "m"), Periodo(2, "m")),
    Regra(Periodo(180, "d"), Periodo(60, "d")),
    Regra(Periodo(90, "d"), Periodo(30, "d"), Periodo(365, "d")),
    Regra(Periodo(20, "d"), Periodo(5, "d")),
    Regra(Periodo(1, "m"), Periodo(10, "d")),
    Regra(Periodo(12, "m"), Periodo(90, "d")),
)
POR_CICLO = tuple(
    Regra(Periodo(180, "d"), Periodo(60, "d"), ciclo=ciclo)
    for ciclo in (
        PorCiclo(Decimal("1.5"), Decimal(3), 15, 180, 30, 365),
        PorCiclo(Decimal("0.5"), Decimal("0.51"), 1, 300, 2, 300),  # a véspera do inativo manda
        PorCiclo(Decimal("1.33"), Decimal("2.25"), 20, 40, 20, 60),
    )
)


def no_limite(regra: Regra) -> list[date]:
    """Últimas compras um dia antes, no dia e um dia depois de cada limite da regra em REF."""
    dias = [REF - timedelta(days=n) for n in range(800)]
    viradas = [
        dia
        for dia in dias
        if any(
            abs((limite - REF).days) <= 1
            for limite in (regra.limites(dia).quase_inativo_em, regra.limites(dia).inativo_em)
        )
    ]
    return viradas


def povoar(empresa: Empresa, semente: int, pessoas: list[Any], regras: tuple[Regra, ...] = REGRAS) -> None:
    """Carteira ao acaso que pisa em todo limite das regras, já classificada pela regra em vigor."""
    sorte = random.Random(semente)
    segmentos = [
        None,
        *(Segmento.objects.get_or_create(empresa=empresa, nome=n)[0] for n in ("Agro", "Tintas")),
    ]
    compras: list[date | None] = [d for regra in regras for d in no_limite(regra)]
    compras += [REF - timedelta(days=sorte.randrange(900)) for _ in range(60)] + [None] * 4
    for n, ultima in enumerate(compras):
        cliente = Cliente.objects.create(
            empresa=empresa,
            codigo=f"{semente}-{n}",
            razao_social=f"Cliente {n}",
            segmento=sorte.choice(segmentos),
            vendedor=sorte.choice([None, *pessoas]),
            fora_do_perfil=sorte.random() < 0.05,
        )
        medir(cliente, ultima, sorte)


def medir(cliente: Cliente, ultima: date | None, sorte: random.Random) -> None:
    campos: dict[str, Any] = {"ultima_compra": ultima, "status": "prospect"}
    if ultima:
        ciclo, dias = ciclo_que_pisa_no_limite((REF - ultima).days, sorte)
        limites = regra_em_vigor(cliente, REF).regra.limites(ultima, ciclo, dias)
        campos |= {"intervalo_mediano_dias": ciclo, "dias_de_compra": dias}
        campos |= {
            "status": classificar(limites.quase_inativo_em, limites.inativo_em, REF),
            "quase_inativo_em": limites.quase_inativo_em,
            "inativo_em": limites.inativo_em,
            "valor_12m": Decimal(sorte.randrange(3) * 1000) / 7,
            "valor_ano_ativo": Decimal("12.34"),
        }
    Indicadores.objects.filter(pk=cliente.pk).update(**campos)


def ciclo_que_pisa_no_limite(silencio: int, sorte: random.Random) -> tuple[Decimal | None, int]:
    """Um ciclo cujo múltiplo cai no silêncio do cliente, meio dia antes ou meio dia depois."""
    multiplo = sorte.choice([Decimal(3), Decimal("1.5"), Decimal("2.25"), Decimal("1.33"), Decimal("0.51")])
    meios = int(silencio * 2 / multiplo) + sorte.choice([-2, -1, 0, 1, 2])
    dias = sorte.choice([1, 2, 3, 3, 3, 9])
    return (Decimal(max(meios, 2)) / 2, dias) if dias > 1 else (None, 1)


def carteira(empresa: Empresa) -> list[tuple[Any, Limiar | None]]:
    """Cada cliente em carteira e o limiar que vale para ele, perguntado um a um."""
    linhas = Indicadores.objects.filter(empresa=empresa).em_carteira().select_related("cliente__segmento")
    return [(linha, regra_em_vigor(linha.cliente, REF).limiar) for linha in linhas]


def na_unha(rascunho: Rascunho, clientes: Any) -> Counter[tuple[str, str]]:
    """A mesma pergunta, cliente a cliente, com as funções puras."""
    regra = rascunho.regra_efetiva(REF)
    return Counter((linha.status, ficaria(linha, limiar, rascunho, regra)) for linha, limiar in clientes)


def ficaria(linha: Any, limiar: Limiar | None, rascunho: Rascunho, regra: Regra) -> str:
    if not segue(linha, limiar, rascunho) or linha.ultima_compra is None:
        return str(linha.status)
    limites = regra.limites(linha.ultima_compra, linha.intervalo_mediano_dias, linha.dias_de_compra)
    return str(classificar(limites.quase_inativo_em, limites.inativo_em, REF))


def segue(linha: Any, limiar: Limiar | None, rascunho: Rascunho) -> bool:
    """O rascunho alcança o cliente quando nenhum nível mais perto dele tem regra."""
    if rascunho.cliente:
        return bool(linha.pk == rascunho.cliente.pk)
    if limiar and limiar.cliente_id:
        return False
    if rascunho.segmento:
        return bool(linha.segmento_id == rascunho.segmento.pk)
    if limiar and limiar.segmento_id:
        return False
    return not (rascunho.instalacao and limiar and limiar.empresa_id)


def conferir(rascunho: Rascunho, clientes: Any = None) -> None:
    clientes = clientes or carteira(rascunho.empresa)
    esperado, achada = na_unha(rascunho, clientes), previa(rascunho, referencia=REF)
    assert {(m.de, m.para): m.clientes for m in achada.movimentos} == {
        p: n for p, n in esperado.items() if p[0] != p[1]
    }
    depois: Counter[str] = Counter()
    for (_, para), n in esperado.items():
        depois[para] += n
    assert achada.depois == dict(depois)


@pytest.mark.parametrize("semente", sementes((1, 2, 3), sempre=1))
def test_previa_da_empresa_bate_com_a_conta_na_unha_em_todo_limite(
    semente: int, empresa: Empresa, ana: Any, carla: Any, davi: Any
) -> None:
    configurar(
        empresa=empresa, periodo=Periodo(6, "m"), antecedencia=Periodo(2, "m"), vigente_desde=REF, por=davi
    )
    agro = Segmento.objects.create(empresa=empresa, nome="Agro")
    configurar(
        empresa=empresa,
        segmento=agro,
        periodo=Periodo(120, "d"),
        antecedencia=Periodo(30, "d"),
        vigente_desde=REF,
        por=davi,
    )
    povoar(empresa, semente, [ana, carla])
    especial = Cliente.objects.filter(indicadores__ultima_compra__isnull=False).first()
    configurar(
        empresa=empresa,
        cliente=especial,
        periodo=Periodo(10, "m"),
        antecedencia=Periodo(1, "m"),
        vigente_desde=REF,
        por=davi,
    )
    clientes = carteira(empresa)
    for regra in (*REGRAS, *POR_CICLO, None):
        conferir(Rascunho(empresa, regra), clientes)
        conferir(Rascunho(empresa, regra, agro), clientes)
        conferir(Rascunho(empresa, regra, cliente=especial), clientes)


def test_previa_da_instalacao_so_move_empresa_sem_regra_propria(
    empresa: Empresa, ana: Any, davi: Any
) -> None:
    povoar(empresa, 4, [ana], (REGRAS[4], REGRAS[2]))
    clientes = carteira(empresa)
    for regra in (REGRAS[4], POR_CICLO[0], None):
        conferir(Rascunho(empresa, regra, instalacao=True), clientes)
    assert previa(Rascunho(empresa, REGRAS[4], instalacao=True), referencia=REF).clientes > 0
    configurar(
        empresa=empresa, periodo=Periodo(6, "m"), antecedencia=Periodo(2, "m"), vigente_desde=REF, por=davi
    )
    assert previa(Rascunho(empresa, REGRAS[4], instalacao=True), referencia=REF).clientes == 0


def test_previa_parte_da_regra_por_ciclo_em_vigor(empresa: Empresa, ana: Any, davi: Any) -> None:
    regra = POR_CICLO[0]
    configurar(
        empresa=empresa,
        periodo=regra.periodo,
        antecedencia=regra.antecedencia,
        ciclo=regra.ciclo,
        vigente_desde=REF,
        por=davi,
    )
    povoar(empresa, 6, [ana], (REGRAS[2],))
    assert previa(Rascunho(empresa, regra), referencia=REF).clientes == 0
    conferir(Rascunho(empresa, REGRAS[2]))


def test_segmento_que_voltou_a_herdar_segue_o_rascunho_da_empresa(
    empresa: Empresa, davi: Any, novo_cliente: Any
) -> None:
    cliente = novo_cliente("C1", segmento="Agro")
    configurar(
        empresa=empresa,
        segmento=cliente.segmento,
        periodo=Periodo(10, "d"),
        antecedencia=Periodo(5, "d"),
        vigente_desde=REF - timedelta(days=9),
        por=davi,
    )
    herdar(empresa=empresa, segmento=cliente.segmento, vigente_desde=REF, por=davi)
    medir(cliente, REF - timedelta(days=30), random.Random(0))
    movimentos = previa(Rascunho(empresa, REGRAS[4]), referencia=REF).movimentos
    assert [(m.de, m.para, m.clientes) for m in movimentos] == [("ativo", "inativo", 1)]


def test_previa_nao_escreve_nada_e_usa_uma_consulta_pela_carteira(
    empresa: Empresa, ana: Any, django_assert_num_queries: Any
) -> None:
    povoar(empresa, 7, [ana], (REGRAS[0],))
    antes = list(Indicadores.objects.order_by("pk").values())
    # regras mais específicas em vigor; a carteira; os nomes dos vendedores; quantos alertas cada um aguenta
    with django_assert_num_queries(4):
        previa(Rascunho(empresa, REGRAS[0]), referencia=REF)
    assert list(Indicadores.objects.order_by("pk").values()) == antes
    assert not Limiar.objects.exists()


def test_carga_por_vendedor_e_quem_passa_de_40(
    empresa: Empresa, ana: Any, carla: Any, novo_cliente: Any
) -> None:
    for n in range(41):
        medir(novo_cliente(f"A{n}", vendedor=ana), REF - timedelta(days=16), random.Random(n))
    medir(novo_cliente("C", vendedor=carla), REF - timedelta(days=16), random.Random(0))
    medir(novo_cliente("S"), REF - timedelta(days=16), random.Random(0))
    resultado = previa(Rascunho(empresa, REGRAS[4]), referencia=REF)
    assert [(c.vendedor, c.antes, c.depois) for c in resultado.sobrecarregados] == [("Ana Souza", 0, 41)]
    assert resultado.por_vendedor == 21
    por_valor = {c.vendedor: (c.mudam, c.valor) for c in resultado.por_vendedores_que_mudam}
    donos = Indicadores.objects.filter(vendedor__isnull=False).values_list(
        "vendedor__nome", "valor_12m", "valor_ano_ativo"
    )
    somas: dict[str, Decimal] = {}
    for nome, do_ano, ativo in donos:
        somas[nome] = somas.get(nome, Decimal(0)) + (do_ano or ativo)
    assert por_valor == {"Ana Souza": (41, somas["Ana Souza"]), "Carla Dias": (1, somas["Carla Dias"])}
    assert resultado.depois == {"quase_inativo": 43}


def test_os_nomes_da_previa_sao_os_contados_do_maior_valor_ao_menor(empresa: Empresa, ana: Any) -> None:
    povoar(empresa, 5, [ana], (REGRAS[0],))
    rascunho = Rascunho(empresa, REGRAS[0])
    for m in previa(rascunho, referencia=REF).movimentos:
        nomes = list(quem_mudaria(rascunho, referencia=REF, de=m.de, para=m.para))
        assert len(nomes) == m.clientes
        assert sum(n.valor for n in nomes) == m.valor
        assert [n.valor for n in nomes] == sorted((n.valor for n in nomes), reverse=True)
