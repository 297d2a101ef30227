"""Arquivos de um ERP qualquer entram, e os indicadores exportados são exatos ao dia e ao centavo."""

import csv
import io
import json
import random
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from tests.aceitacao.oraculo import PedidoDoErp, indicadores

pytestmark = pytest.mark.django_db

FIM = date(2026, 11, 18)
SITUACOES = ["faturado"] * 12 + ["aberto", "cancelado", "devolvido", "orcamento"]
ESCRITAS = {"faturado": "Faturado", "aberto": "ABERTO", "cancelado": "cancelado", "devolvido": "Devolvido",
            "orcamento": "Orçamento"}  # fmt: skip
REGRAS = [("18m", "6m"), ("180d", "60d"), ("6m", "2m"), ("12m", "45d")]
REFERENCIAS = [date(2024, 2, 29), date(2025, 8, 31), date(2026, 3, 31), FIM]


def _carteira(semente: int, quantos: int) -> tuple[list[str], list[PedidoDoErp]]:
    """Clientes com códigos de toda forma e pedidos em ritmos próprios, com dias repetidos e finais de mês."""
    sorte = random.Random(semente)
    codigos = [f"{n:06d}" if n % 3 else f"A{n}" if n % 2 else f"hb-{n}" for n in range(1, quantos + 1)]
    pedidos: list[PedidoDoErp] = []
    for codigo in codigos:
        dia = date(2023, 1, 1) + timedelta(days=sorte.randrange(1200))
        passo = sorte.choice([7, 15, 30, 30, 60, 120, 365])
        for _ in range(sorte.choice([0, 1, 1, 2, 3, 5, 12, 25])):
            if dia > FIM:
                break
            situacao = sorte.choice(SITUACOES)
            centavos = 0 if sorte.random() < 0.02 else sorte.randrange(1, 5_000_000)
            valor = Decimal(centavos).scaleb(-2)
            pedidos.append(PedidoDoErp(f"P{len(pedidos) + 1}", codigo, dia, valor, situacao))
            dia += timedelta(days=sorte.choice([0, 1, passo, passo, round(passo * sorte.uniform(0.3, 2.5))]))
    sorte.shuffle(pedidos)
    return codigos, pedidos


def _reais(valor: Decimal) -> str:
    inteiro, centavos = f"{valor:,.2f}".split(".")
    return f"{inteiro.replace(',', '.')},{centavos}"


def _gravar(
    caminho: Path, cabecalho: list[str], linhas: list[list[str]], codificacao: str, separador: str
) -> Path:
    texto = io.StringIO()
    escritor = csv.writer(texto, delimiter=separador)
    escritor.writerows([cabecalho, *linhas])
    caminho.write_bytes(texto.getvalue().encode(codificacao))
    return caminho


def _importar(capsys: Any, *argumentos: str) -> dict[str, Any]:
    capsys.readouterr()
    call_command("importar", *argumentos, "--json")
    return json.loads(capsys.readouterr().out)


def _exportados(caminho: Path) -> dict[str, dict[str, str]]:
    call_command("exportar", "indicadores", str(caminho))
    with caminho.open(encoding="utf-8-sig", newline="") as arquivo:
        return {linha["cliente_codigo"]: linha for linha in csv.DictReader(arquivo, delimiter=";")}


def _confere(esperado: dict[str, object], lido: dict[str, str]) -> list[str]:
    erros = []
    for coluna, valor in esperado.items():
        texto = lido[coluna]
        if valor is None:
            certo = texto == ""
        elif isinstance(valor, date):
            certo = texto == valor.isoformat()
        elif isinstance(valor, Decimal):
            certo = texto == f"{valor:.2f}"
        elif isinstance(valor, Fraction):
            certo = abs(Fraction(texto) - valor) <= Fraction(1, 200) and len(texto.partition(".")[2]) >= 2
        else:
            certo = texto == str(valor)
        if not certo:
            erros.append(f"{coluna}: esperado {valor}, veio {texto!r}")
    return erros


@pytest.mark.parametrize(
    ("codificacao", "separador"), [("cp1252", ";"), ("utf-8-sig", ","), ("utf-16", "\t")]
)
def test_indicadores_exatos_em_varias_datas_e_regras(codificacao, separador, tmp_path, capsys, hoje):
    codigos, pedidos = _carteira(semente=len(codificacao), quantos=150)
    arquivo_clientes = _gravar(
        tmp_path / "clientes.csv",
        [
            "E-mail",
            "Razão Social",
            "CÓDIGO",
            "Município",
            "UF",
            "Segmento",
            "Vendedor",
            "CPF/CNPJ",
            "Telefone",
        ],
        [["", f"Açúcar & Cia {c}", c, "SAO PAULO", "sp", "Agro", "João da Silva", "", ""] for c in codigos],
        codificacao,
        separador,
    )
    arquivo_pedidos = _gravar(
        tmp_path / "pedidos.csv",
        ["Situação", "Número", "Data", "Cliente_Codigo", "Valor"],
        [[ESCRITAS[p.situacao], p.numero, f"{p.data:%d/%m/%Y}", p.cliente, _reais(p.valor)] for p in pedidos],
        codificacao,
        separador,
    )
    assert _importar(capsys, "clientes", str(arquivo_clientes))["novas"] == len(codigos)
    resultado = _importar(capsys, "pedidos", str(arquivo_pedidos))
    assert (resultado["novas"], resultado["rejeitadas"]) == (len(pedidos), 0)
    assert _importar(capsys, "pedidos", str(arquivo_pedidos))["inalteradas"] == len(pedidos)

    for (periodo, antecedencia), referencia in zip(REGRAS, REFERENCIAS, strict=True):
        call_command(
            "configurar_atividade", "--periodo", periodo, "--antecedencia", antecedencia, "--motivo", "teste"
        )
        call_command("recalcular", "--data", referencia.isoformat())
        lidos = _exportados(tmp_path / "indicadores.csv")
        esperados = indicadores(
            codigos,
            pedidos,
            referencia,
            (int(periodo[:-1]), periodo[-1]),
            (int(antecedencia[:-1]), antecedencia[-1]),
        )
        assert set(lidos) == set(codigos)
        erros = {c: e for c in codigos if (e := _confere(esperados[c], lidos[c]))}
        assert erros == {}, (
            f"{referencia} {periodo}/{antecedencia}: {len(erros)} clientes, p.ex. {list(erros.items())[:3]}"
        )
