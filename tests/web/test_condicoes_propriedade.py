"""O motor das condições diz o mesmo que uma leitura ingênua em Python, com nulos por toda parte e E, OU e NÃO."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from atividade.models import Indicadores
from carteira.filters import FiltroDeClientes
from carteira.filtros import expressao
from carteira.filtros.expressao import Condicao, Grupo
from contas.models import Empresa
from tests.conftest import HOJE, SAO_PAULO

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
CLIENTES = 6
DIAS = st.integers(0, 5)


def talvez(valor: Any) -> Any:
    return st.one_of(st.none(), valor)


def _cliente() -> Any:
    """Poucos valores, para que os limites se toquem."""
    return st.fixed_dictionaries(
        {
            "ultima": talvez(DIAS),
            "contato": talvez(st.tuples(DIAS, st.integers(0, 23))),
            "mediana": talvez(st.sampled_from([Decimal(1), Decimal(2)])),
            "dias": st.sampled_from([1, 2, 3, 4]),
            "valor": st.sampled_from([Decimal(0), Decimal("0.01"), Decimal(2)]),
            "antes": st.sampled_from([Decimal(0), Decimal("0.01"), Decimal(2)]),
            "media": talvez(st.sampled_from([Decimal(1), Decimal("2.5")])),
            "abc": st.sampled_from(["", "A", "B"]),
            "potencial": talvez(st.sampled_from([Decimal(0), Decimal(1)])),
            "inativo_em": talvez(st.integers(-3, 3)),
        }
    )


def _e(valor: Any, teste: Any) -> bool:
    """Uma comparação com o que falta é falsa."""
    return valor is not None and teste(valor)


def _dias_de_contato(c: dict[str, Any]) -> int | None:
    return None if c["contato"] is None else c["contato"][0]


def _vezes(c: dict[str, Any]) -> Decimal | None:
    tem = c["ultima"] is not None and c["dias"] >= 3 and c["mediana"]
    return c["ultima"] / c["mediana"] if tem else None


def _tendencia(c: dict[str, Any]) -> str:
    agora, antes = c["valor"], c["antes"]
    if not agora and not antes:
        return "nenhuma"
    if agora > antes * Decimal("1.1"):
        return "sobe"
    return "cai" if agora < antes * Decimal("0.9") else "estavel"


def _potencial(c: dict[str, Any]) -> Decimal | None:
    return None if c["potencial"] is None else c["potencial"] * 12 - c["valor"]


def _relogio(c: dict[str, Any]) -> str:
    compra, contato = c["ultima"], _dias_de_contato(c)
    if compra is None:
        return "nenhum" if contato is None else "contato_depois"
    return "contato_depois" if contato is not None and contato <= compra else "compra_depois"


# Cada átomo: o que se escreve e, à parte, o que ele quer dizer.
ATOMOS: list[tuple[str, Any, Any]] = [
    ("ultimo_pedido.mais", DIAS, lambda c, n: c["ultima"] is None or c["ultima"] > n),
    ("ultimo_pedido.menos", DIAS, lambda c, n: _e(c["ultima"], lambda d: d < n)),
    ("ultimo_pedido.nunca", None, lambda c, n: c["ultima"] is None),
    ("sem_compra.min", DIAS, lambda c, n: c["ultima"] is None or c["ultima"] >= n),
    ("sem_compra.max", DIAS, lambda c, n: _e(c["ultima"], lambda d: d <= n)),
    ("ultimo_contato.mais", DIAS, lambda c, n: _dias_de_contato(c) is None or _dias_de_contato(c) > n),
    ("ultimo_contato.menos", DIAS, lambda c, n: _e(_dias_de_contato(c), lambda d: d < n)),
    ("ultimo_contato.tem", None, lambda c, n: c["contato"] is not None),
    ("sem_contato.max", DIAS, lambda c, n: _e(_dias_de_contato(c), lambda d: d <= n)),
    ("inativo_em.passou", None, lambda c, n: _e(c["inativo_em"], lambda d: d < 0)),
    ("inativo_em.proximos", DIAS, lambda c, n: _e(c["inativo_em"], lambda d: 0 <= d <= n)),
    ("inativo_em.mais", DIAS, lambda c, n: _e(c["inativo_em"], lambda d: -d > n)),
    ("frequencia.min", DIAS, lambda c, n: _e(c["media"], lambda m: m >= n)),
    ("frequencia.max", DIAS, lambda c, n: _e(c["media"], lambda m: m <= n)),
    ("frequencia.vazio", None, lambda c, n: c["media"] is None),
    ("vezes_o_ciclo.min", DIAS, lambda c, n: _e(_vezes(c), lambda v: v >= n)),
    ("vezes_o_ciclo.tem", None, lambda c, n: _vezes(c) is not None),
    ("valor_12m.min", DIAS, lambda c, n: c["valor"] >= n),
    ("potencial_falta.max", DIAS, lambda c, n: _e(_potencial(c), lambda v: v <= n)),
    ("abc.em", st.sampled_from("AB"), lambda c, n: c["abc"] == n),
    ("abc.fora", st.sampled_from("AB"), lambda c, n: c["abc"] != n),
    ("abc.vazio", None, lambda c, n: c["abc"] == ""),
    ("tendencia.em", st.sampled_from(["sobe", "cai", "estavel", "nenhuma"]), lambda c, n: _tendencia(c) == n),
    ("relogios.em", st.sampled_from(["nenhum", "compra_depois", "contato_depois"]), lambda c, n: _relogio(c) == n),
    ("vencido.max", DIAS, lambda c, n: True),
    ("vencido.min", DIAS, lambda c, n: n == 0),
]  # fmt: skip
SENTIDO = {nome: sentido for nome, _, sentido in ATOMOS}


def _atomo() -> Any:
    def com(nome: str, valores: Any) -> Any:
        campo, operador = nome.split(".")
        nenhum = st.builds(Condicao, st.just(campo), st.just(operador), st.just(()), st.booleans())
        if valores is None:
            return nenhum
        um = valores.map(lambda v: (str(v),))
        return st.builds(Condicao, st.just(campo), st.just(operador), um, st.booleans())

    return st.one_of([com(nome, valores) for nome, valores, _ in ATOMOS])


def _grupo(filhos: Any) -> Any:
    itens = st.lists(filhos, min_size=1, max_size=3).map(tuple)
    return st.builds(Grupo, itens, st.booleans(), st.booleans())


ARVORE = st.builds(
    Grupo,
    st.lists(st.one_of(_atomo(), _grupo(st.one_of(_atomo(), _grupo(_atomo())))), min_size=1, max_size=3).map(
        tuple
    ),
    st.booleans(),
)


def vale(no: Any, c: dict[str, Any]) -> bool:
    """A leitura ingênua: verdadeiro ou falso, nunca um talvez."""
    if isinstance(no, Condicao):
        texto = no.valores[0] if no.valores else None
        valor = int(texto) if texto and texto.isdigit() else texto
        achado = bool(SENTIDO[f"{no.campo}.{no.operador}"](c, valor))
    else:
        partes = [vale(item, c) for item in no.itens]
        achado = any(partes) if no.qualquer else all(partes)
    return achado != no.negado


def gravar(pk: int, c: dict[str, Any]) -> None:
    def dia(dias: int | None) -> date | None:
        return None if dias is None else HOJE - timedelta(days=dias)

    ultima, contato = dia(c["ultima"]), None
    if c["contato"] is not None:
        dias, hora = c["contato"]
        contato = datetime(2026, 11, 20, hora, 30, tzinfo=SAO_PAULO) - timedelta(days=dias)
    Indicadores.objects.filter(pk=pk).update(
        status="prospect" if ultima is None else "ativo", ultima_compra=ultima, ultimo_contato_em=contato,
        intervalo_mediano_dias=c["mediana"], dias_de_compra=c["dias"], valor_12m=c["valor"], valor_90d=c["valor"],
        valor_90d_anterior=c["antes"], intervalo_medio_dias=c["media"], curva_abc=c["abc"],
        inativo_em=None if c["inativo_em"] is None else HOJE + timedelta(days=c["inativo_em"]),
    )  # fmt: skip
    Indicadores.objects.get(pk=pk).cliente.__class__.objects.filter(pk=pk).update(
        potencial_mensal=c["potencial"]
    )


def _acham_os_mesmos(davi, novo_cliente, carteira, arvores):  # type: ignore[no-untyped-def]
    Empresa.objects.update(referencia=HOJE)
    pks = list(Indicadores.objects.order_by("pk").values_list("pk", flat=True)) or [
        novo_cliente(f"C{n}").pk for n in range(CLIENTES)
    ]
    for pk, cliente in zip(pks, carteira, strict=True):
        gravar(pk, cliente)
    for arvore in arvores:
        texto = expressao.escrever(arvore)
        consulta = QueryDict(mutable=True)
        consulta["e"] = texto
        filtro = FiltroDeClientes(consulta, usuario=davi)
        assert filtro.recusados == {}
        achados = set(filtro.resultado().values_list("pk", flat=True))
        esperados = {pk for pk, c in zip(pks, carteira, strict=True) if vale(arvore, c)}
        assert achados == esperados, texto


def _com_exemplos(quantos: int) -> Any:
    dados = given(
        carteira=st.lists(_cliente(), min_size=CLIENTES, max_size=CLIENTES),
        arvores=st.lists(ARVORE, min_size=5, max_size=5),
    )
    ajustes = settings(
        max_examples=quantos,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    return ajustes(dados(_acham_os_mesmos))


test_o_motor_e_a_leitura_ingenua_acham_os_mesmos = _com_exemplos(20)
test_o_motor_e_a_leitura_ingenua_em_muitas_arvores = pytest.mark.resistencia(_com_exemplos(400))
