"""A tabela de um relatório cujas linhas moram no banco: ordem, páginas, soma e planilha em fluxo."""

import tracemalloc
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db.models import F, Func, IntegerField, Value
from django.test.utils import CaptureQueriesContext

from clientes.models import Municipio
from contas.models import Empresa, Usuario
from relatorios.base import Coluna, Escolha, Numero, Periodo, Relatorio
from relatorios.pedido import ler_pedido
from relatorios.periodos import PERIODOS, ler_periodo
from relatorios.planilhas import arquivo_xlsx, partes_csv
from relatorios.tabela import Tabela
from tests.conftest import HOJE

pytestmark = pytest.mark.django_db


class _Serie(Func):
    """Cada linha, tantas vezes; o Django só a conta se souber que multiplica."""

    function, output_field, set_returning = "generate_series", IntegerField(), True


class _Municipios(Relatorio):
    chave, titulo, grupo, frase = "municipios", "Municípios", "Carteira", "?"
    filtros = (
        "uf",
        Periodo("mes-passado"),
        Escolha("medir", "Medir", (("n", "N"), ("valor", "R$"))),
        Numero("dias", "Dias", 30, 1, 90),
    )
    vezes = 1

    def colunas(self, usuario: Usuario, pedido: Any) -> tuple[Coluna, ...]:
        codigo = Coluna("codigo", "Código", "inteiro", soma=True, campo="pk", valor=lambda m: m.pk)
        return (Coluna("nome", "Nome"), codigo)

    def linhas(self, usuario: Usuario, pedido: Any) -> Any:
        municipios = Municipio.objects.filter(uf__in=pedido.recorte.uf or ["SC"])
        if self.vezes > 1:
            return Municipio.objects.annotate(vez=_Serie(Value(1), Value(self.vezes)))
        return municipios


def tabela(usuario: Usuario, relatorio: Relatorio | None = None, **consulta: str) -> Tabela:
    relatorio = relatorio or _Municipios()
    pedido = ler_pedido(relatorio, usuario, {k: [v] for k, v in consulta.items()})
    return Tabela(relatorio, usuario, pedido)


def test_ordem_paginas_e_soma_sao_do_banco_e_nao_leem_o_resto(davi: Usuario) -> None:
    feita = tabela(davi, ordem="-nome", uf="sc")
    todos = list(Municipio.objects.filter(uf="SC").order_by(F("nome").desc(), "pk").values_list("nome", "pk"))
    with CaptureQueriesContext(
        connection,
    ) as consultas:
        assert [tuple(c.valor for c in linha) for linha in feita[10:13]] == todos[10:13]
        assert feita.count() == len(todos)
        total = feita.total
    assert total is not None
    assert [c.valor for c in total] == ["Total", sum(pk for _, pk in todos)]
    assert len(consultas) == 3
    assert "LIMIT 3" in consultas[0]["sql"]
    linhas = list(feita.valores())
    assert [tuple(li) for li in linhas[:-1]] == todos
    assert linhas[-1] == ["Total", total[1].valor]


def test_o_que_a_url_nao_diz_direito_vale_o_padrao(davi: Usuario, empresa: Empresa) -> None:
    Empresa.objects.filter(pk=empresa.pk).update(referencia=HOJE)
    pedido = ler_pedido(
        _Municipios(), davi, {"dias": ["999"], "medir": ["x"], "uf": ["XX", "pr"], "vendedor": ["1"]}
    )
    assert (pedido.numeros["dias"], pedido.escolhas["medir"], pedido.recorte.uf) == (90, "n", ("PR",))
    assert pedido.recorte.vendedor == ()  # não declarado, não lido
    assert (pedido.periodo.de, pedido.periodo.ate) == (date(2026, 10, 1), date(2026, 10, 31))
    assert ler_pedido(_Municipios(), davi, pedido.consulta).consulta == pedido.consulta
    torto = ler_pedido(_Municipios(), davi, {"de": ["2026-11-10"], "ate": ["2026-11-01"]})
    assert torto.periodo == pedido.periodo
    assert "Período não entendido" in torto.aviso


@pytest.mark.parametrize(
    ("nome", "referencia", "de", "ate"),
    [
        ("quinzena", date(2026, 11, 20), date(2026, 11, 16), date(2026, 11, 20)),
        ("quinzena", date(2026, 11, 15), date(2026, 11, 1), date(2026, 11, 15)),
        ("quinzena-passada", date(2026, 11, 15), date(2026, 10, 16), date(2026, 10, 31)),
        ("quinzena-passada", date(2026, 11, 16), date(2026, 11, 1), date(2026, 11, 15)),
        ("mes", date(2026, 11, 20), date(2026, 11, 1), date(2026, 11, 20)),
        ("mes-passado", date(2026, 3, 31), date(2026, 2, 1), date(2026, 2, 28)),
        ("3-meses", date(2026, 11, 30), date(2026, 8, 31), date(2026, 11, 30)),
        ("12-meses", date(2026, 11, 20), date(2025, 11, 21), date(2026, 11, 20)),
        ("ano", date(2026, 11, 20), date(2026, 1, 1), date(2026, 11, 20)),
    ],
)
def test_os_periodos_com_nome(nome: str, referencia: date, de: date, ate: date) -> None:
    assert set(PERIODOS) >= {nome}
    lido, _ = ler_periodo({"periodo": [nome]}, "mes", referencia)
    assert (lido.de, lido.ate, lido.anterior.ate) == (de, ate, de - (date(2026, 1, 2) - date(2026, 1, 1)))


def test_dinheiro_soma_exato_e_ausente_vai_ao_fim(davi: Usuario) -> None:
    class Dinheiro(_Municipios):
        def colunas(self, usuario: Usuario, pedido: Any) -> tuple[Coluna, ...]:
            return (Coluna("nome", "Nome"), Coluna("valor", "R$", "moeda", soma=True))

        def linhas(self, usuario: Usuario, pedido: Any) -> Any:
            return (
                {"nome": n, "valor": v}
                for n, v in (("Á", Decimal("0.10")), ("b", None), ("C", Decimal("0.20")))
            )

    for ordem, nomes in (("valor", "ÁCb"), ("-valor", "CÁb"), ("nome", "ÁbC"), ("-nome", "CbÁ")):
        assert "".join(li[0].valor for li in tabela(davi, Dinheiro(), ordem=ordem)[0:9]) == nomes
    total = tabela(davi, Dinheiro()).total
    assert total is not None
    assert total[1].valor == Decimal("0.30")


@pytest.mark.resistencia
def test_cem_mil_linhas_em_fluxo_com_memoria_chata(davi: Usuario) -> None:
    class Muitas(_Municipios):
        vezes = 20

    for escrever in (
        lambda t: sum(len(parte) for parte in partes_csv(t.colunas_da_planilha, t.valores())),
        lambda t: arquivo_xlsx(t.colunas_da_planilha, t.valores(), "Muitas").close(),
    ):
        feita = tabela(davi, Muitas())
        assert feita.count() > 100_000
        tracemalloc.start()
        escrever(feita)
        _, pico = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert pico < 30 * 1024 * 1024
