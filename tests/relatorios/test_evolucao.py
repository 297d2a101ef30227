"""A composição de meses passados refeita dos pedidos: igual à conta cliente a cliente."""

import random
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from dateutil.relativedelta import relativedelta

from atividade.limiares import configurar, regra_em_vigor
from atividade.models import Retrato
from atividade.recalculo import recalcular
from atividade.regras import Periodo, PorCiclo, Regra, ciclo_conhecido, classificar
from atividade.retratos import preencher
from clientes.carteiras import transferir
from clientes.models import Cliente, Pedido
from contas.models import Empresa, Vinculo
from relatorios.composicao import Recorte
from relatorios.evolucao import evolucao, fins_de_mes
from relatorios.passado import ATUAL, EPOCA, NA_DATA, Leitura, Passado
from tests.conftest import novo_pedido

pytestmark = pytest.mark.django_db
REF = date(2026, 2, 28)
TRES_CICLOS = PorCiclo(Decimal("1.5"), Decimal(3), 10, 300, 20, 400)
REGRAS = (
    ("6m", "2m", None),
    ("18m", "6m", None),
    ("120d", "60d", None),
    ("1m", "10d", None),
    ("6m", "2m", TRES_CICLOS),
    ("120d", "60d", PorCiclo(Decimal("0.2"), Decimal("0.25"), 1, 300, 2, 400)),
)


def povoar(empresa: Empresa, semente: int, dono: Any) -> None:
    sorte = random.Random(semente)
    fins = fins_de_mes(REF)
    for n in range(40):
        cliente = Cliente.objects.create(
            empresa=empresa,
            codigo=f"C{n}",
            razao_social=f"Cliente {n}",
            vendedor=sorte.choice([dono, None]),
            fora_do_perfil=n == 7,
            encerrado_em=sorte.choice(fins) if n % 9 == 0 else None,
        )
        dias = {REF - timedelta(days=sorte.randrange(900)) for _ in range(sorte.randrange(5))}
        dias |= {sorte.choice(fins) - relativedelta(months=sorte.choice((0, 4, 6, 12, 18)))}
        for ordem, dia in enumerate(sorted(dias)):
            situacao = "cancelado" if sorte.random() < 0.2 else "faturado"
            novo_pedido(cliente, f"{n}-{ordem}", dia, f"{sorte.randrange(90_000) / 100:.2f}", situacao)


Lido = tuple[Cliente, list[Pedido], Regra]


def lidos(empresa: Empresa) -> list[Lido]:
    """Cada cliente que entra na conta, com os pedidos que contam e a regra dele."""
    clientes = Cliente.objects.filter(empresa=empresa, fora_do_perfil=False)
    return [
        (c, list(Pedido.objects.filter(cliente=c, conta=True)), regra_em_vigor(c, REF).regra)
        for c in clientes
    ]


def na_unha(todos: list[Lido], dia: date, vendedor: Any = None) -> tuple[Counter[str], Counter[str]]:
    clientes, valores = Counter[str](), Counter[str]()
    for cliente, pedidos, regra in todos:
        if (cliente.encerrado_em and cliente.encerrado_em <= dia) or (
            vendedor and cliente.vendedor_id != vendedor.pk
        ):
            continue
        compras = [p for p in pedidos if p.data <= dia]
        if not compras:
            continue
        dias = sorted({p.data for p in compras})
        limites = regra.limites(dias[-1], ciclo_conhecido(dias), len(dias))
        status = str(classificar(limites.quase_inativo_em, limites.inativo_em, dia))
        clientes[status] += 1
        valores[status] += sum(
            (p.valor for p in compras if p.data > dia - relativedelta(months=12)), Decimal(0)
        )
    return clientes, valores


@pytest.mark.parametrize(("semente", "regra"), list(enumerate(REGRAS)))
def test_meses_sem_retrato_batem_com_a_conta_na_unha(
    semente: int, regra: tuple[str, str, PorCiclo | None], empresa: Empresa, davi: Any, ana: Any
) -> None:
    povoar(empresa, semente, ana)
    *fixa, ciclo = regra
    periodo, antecedencia = (Periodo.de_texto(t) for t in fixa)
    configurar(
        empresa=empresa,
        periodo=periodo,
        antecedencia=antecedencia,
        ciclo=ciclo,
        vigente_desde=REF,
        por=davi,
    )
    recalcular(empresa=empresa, referencia=REF, hoje=REF)
    todos = lidos(empresa)
    for pessoa, vendedor in ((davi, None), (ana, ana)):
        for mes in evolucao(pessoa, Recorte(), REF, regra=ATUAL, dono=ATUAL):
            clientes, valores = na_unha(todos, mes.data, vendedor)
            assert mes.origem == "pedidos"
            assert mes.clientes == dict(clientes), mes.data
            assert mes.valor == dict(valores), mes.data


def test_sem_regra_salva_vale_o_padrao(empresa: Empresa, davi: Any, novo_cliente: Any) -> None:
    novo_cliente("C1", compras=[(date(2025, 8, 31), "10")])
    recalcular(empresa=empresa, referencia=REF, hoje=REF)
    meses = {m.data: m.clientes for m in evolucao(davi, Recorte(), REF)}
    assert meses[date(2025, 12, 31)] == {"quase_inativo": 1}
    assert meses[date(2026, 1, 31)] == {"quase_inativo": 1}
    assert meses[date(2025, 11, 30)] == {"ativo": 1}
    assert meses[date(2025, 7, 31)] == {}


def test_retrato_de_uma_so_das_duas_empresas_nao_basta(empresa: Empresa, davi: Any) -> None:
    outra = Empresa.objects.create(codigo="2", nome="Filial", referencia=REF)
    Vinculo.objects.create(usuario=davi, empresa=outra)
    Empresa.objects.filter(pk=empresa.pk).update(referencia=REF)
    fim = date(2026, 1, 31)
    comum = {"data": fim, "status": "ativo", "valor_12m": 1, "valor_em_risco": 1}
    Retrato.objects.create(empresa=empresa, clientes=3, **comum)
    assert evolucao(davi, Recorte(), REF)[-1].origem == "pedidos"
    assert evolucao(davi, Recorte(empresa=(str(empresa.pk),)), REF)[-1].clientes == {"ativo": 3}
    Retrato.objects.create(empresa=outra, clientes=4, **comum)
    assert evolucao(davi, Recorte(), REF)[-1].clientes == {"ativo": 7}


def test_fins_de_mes_sao_os_doze_anteriores_ao_mes_da_referencia() -> None:
    fins = fins_de_mes(date(2024, 3, 31))
    assert (len(fins), fins[0], fins[-1]) == (12, date(2023, 3, 31), date(2024, 2, 29))


@pytest.mark.parametrize(
    ("regra", "dono"), [(EPOCA, NA_DATA), (EPOCA, ATUAL), (ATUAL, NA_DATA), (ATUAL, ATUAL)]
)
def test_regra_e_dono_dos_meses_batem_com_a_carteira_de_cada_data(
    regra: str, dono: str, empresa: Empresa, davi: Any, ana: Any, carla: Any
) -> None:
    """Cada mês é o que a composição naquela data dá, com a mesma regra, o mesmo dono e o mesmo filtro."""
    povoar(empresa, 5, ana)
    configurar(empresa=empresa, periodo=Periodo.de_texto("60d"), antecedencia=Periodo.de_texto("20d"),
               vigente_desde=date(2025, 9, 15), por=davi)  # fmt: skip
    movidos = list(Cliente.objects.filter(vendedor=ana)[:8].values_list("pk", flat=True))
    transferir(clientes=movidos, para=carla, em=date(2025, 10, 10), por=davi)
    recalcular(empresa=empresa, referencia=REF, hoje=REF)
    recorte = Recorte(vendedor=(str(ana.pk),))
    vistos = set()
    for mes in evolucao(davi, recorte, REF, regra=regra, dono=dono):
        passado = Passado(
            davi, recorte, [Empresa.objects.get(pk=empresa.pk)], Leitura(mes.data, regra, dono), REF
        )
        contados = Counter(c.status for c in passado.clientes() if c.ultima)
        assert mes.clientes == dict(contados), mes.data
        vistos.add(tuple(sorted(contados.items())))
    assert len(vistos) > 1


def test_o_que_se_via_no_dia_aparece_onde_um_fato_o_mudou(
    empresa: Empresa, davi: Any, novo_cliente: Any, entrar: Any
) -> None:
    cliente = novo_cliente("A", compras=[(date(2025, 3, 1), "10")])
    for dia in (date(2026, 1, 31), REF):
        recalcular(empresa=empresa, referencia=dia, hoje=dia)
        preencher(empresa=empresa, ate=dia)
    novo_pedido(cliente, "T", date(2026, 1, 20), "5", "faturado")
    recalcular(empresa=empresa, referencia=REF, hoje=REF)
    preencher(empresa=empresa, ate=REF)
    [janeiro] = [m for m in evolucao(davi, Recorte(), REF) if m.data == date(2026, 1, 31)]
    assert (janeiro.clientes, janeiro.visto) == ({"ativo": 1, "inativo": 0}, {"ativo": 0, "inativo": 1})
    html = entrar(davi).get("/composicao/").content.decode()
    assert "no dia: 1" in html
    assert "Fatos que chegaram depois mudaram" in html
