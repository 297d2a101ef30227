"""`ajustar_probabilidade` e `exportar prioridade`, como quem os digita: exatos, só com o passado, sem escrever nada."""

import csv
import json
from collections.abc import Callable
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from atividade.models import AjusteDeProbabilidade, Execucao, Indicadores, MudancaStatus
from atividade.prioridade import p_nao_comprar
from atividade.probabilidade import formulas
from atividade.probabilidade.ajuste import ajustar, ajustar_todos, escolher
from atividade.probabilidade.formulas import Modelo
from atividade.probabilidade.janelas import cortes_de
from atividade.probabilidade.verossimilhanca import Estatisticas
from contas.models import Empresa
from tests.probabilidade.conftest import DIA, Compras, janela, logistica, m0_em, medidas
from tests.probabilidade.gerador import resumir

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
PASSADO = DIA - timedelta(days=60)


def chamar(*argumentos: str) -> str:
    saida, erro = StringIO(), StringIO()
    call_command(*argumentos, stdout=saida, stderr=erro)
    assert erro.getvalue() == ""
    return saida.getvalue()


def recusa(*argumentos: str) -> tuple[int, str]:
    saida = StringIO()
    with pytest.raises(CommandError) as erro:
        call_command(*argumentos, stdout=saida)
    assert saida.getvalue() == ""
    return erro.value.returncode, str(erro.value)


def na_unha(base: Compras, ate: date) -> Estatisticas:
    """As estatísticas suficientes dos pedidos em memória, sem passar pelo banco."""
    clientes = []
    for compras in base.values():
        dias = sorted({dia for dia, _ in compras if dia <= ate})
        if dias:
            clientes.append(([float((d - dias[0]).days) for d in dias], float((ate - dias[0]).days)))
    return resumir(clientes)


@pytest.mark.parametrize(("unidade", "dias"), [("dia", 1), ("semana", 7), ("mes", 30.4375)])
@pytest.mark.parametrize("modelo", list(Modelo))
def test_ajustar_imprime_so_o_json_do_ajuste_ate_a_data(
    empresa: Empresa, semear: Callable[..., Compras], modelo: Modelo, unidade: str, dias: float
) -> None:
    base = semear(200)
    texto = chamar(
        "ajustar_probabilidade",
        "--modelo",
        modelo,
        "--ate",
        PASSADO.isoformat(),
        "--unidade",
        unidade,
        "--json",
    )
    dito = json.loads(texto)
    esperado = ajustar(modelo, na_unha(base, PASSADO), dias)
    p = esperado.parametros
    assert [dito[nome] for nome in ("r", "alpha", "a", "b")] == pytest.approx(
        [p.r, p.alpha, p.a, p.b], rel=1e-3
    )
    assert dito["log_verossimilhanca"] == pytest.approx(esperado.log_verossimilhanca, abs=1e-5)
    assert dito["clientes"] == esperado.clientes == sum(c[0][0] <= PASSADO for c in base.values())
    assert (dito["modelo"], dito["unidade"], dito["ate"]) == (modelo, unidade, PASSADO.isoformat())
    assert not AjusteDeProbabilidade.objects.exists()
    assert not Execucao.objects.exists()


def test_ajustar_recusa_com_clareza(empresa: Empresa, novo_cliente: Any) -> None:
    novo_cliente("C", compras=[(DIA, 1)])
    codigo, frase = recusa("ajustar_probabilidade", "--json")
    assert (codigo, frase) == (1, "Poucos dados: 1 clientes com compra, e o ajuste pede 100.")
    assert recusa("ajustar_probabilidade", "--ate", "2026-11-21")[0] == 2
    assert recusa("ajustar_probabilidade", "--empresa", "9") == (2, "Não há empresa de código 9.")
    Empresa.objects.create(codigo="2", nome="Outra")
    assert recusa("ajustar_probabilidade") == (2, "Diga a empresa: --empresa CÓDIGO.")


def exportar(pasta: Path, *argumentos: str) -> list[list[str]]:
    arquivo = pasta / "p.csv"
    chamar("exportar", "prioridade", str(arquivo), *argumentos)
    return list(csv.reader(arquivo.read_text(encoding="utf-8-sig").splitlines(), delimiter=";"))


def test_exportar_prioridade_e_a_conta_na_unha_da_data(
    empresa: Empresa, semear: Callable[..., Compras], tmp_path: Path
) -> None:
    base = semear(250)
    cabecalho, *linhas = exportar(tmp_path, "--data", PASSADO.isoformat())
    assert cabecalho == ["cliente_codigo", "p", "valor_12m", "perda_esperada", "p_vivo"]
    b0, s = logistica([linha for corte in cortes_de(PASSADO) for linha in janela(base, corte)])
    escolhido = escolher(ajustar_todos(na_unha(base, PASSADO)).values())
    assert escolhido is not None
    m0, esperadas = m0_em(base, PASSADO), {}
    for codigo, compras in base.items():
        medida = medidas(compras, PASSADO)
        if medida and medida[0] >= 2:
            n, r, tx = medida
            p = p_nao_comprar(n, r, tx, m0, b0, s)
            # a história toda cabe em dois anos: quem não comprou em doze meses vale o último ano ativo
            doze = [v for dia, v in compras if date(2025, 9, 21) < dia <= PASSADO]
            ano = [v for dia, v in compras if PASSADO - timedelta(days=r + 365) < dia <= PASSADO]
            perda = p * float(sum(doze) or sum(ano))
            esperadas[codigo] = (
                p,
                sum(doze),
                perda,
                formulas.p_vivo(escolhido.parametros, n - 1, tx, tx + r),
            )
    assert [linha[0] for linha in linhas] == sorted(esperadas)
    for codigo, p, valor, perda, vivo in linhas:
        esperado = esperadas[codigo]
        assert float(p) == pytest.approx(esperado[0], abs=1e-7)
        assert float(valor) == float(esperado[1])
        assert float(perda) == pytest.approx(esperado[2], abs=1e-3)
        assert float(vivo) == pytest.approx(esperado[3], abs=1e-4)
    assert not AjusteDeProbabilidade.objects.exists()
    assert not MudancaStatus.objects.exists()
    assert not Indicadores.objects.exclude(status="prospect").exists(), "nenhuma rodada foi feita"


def test_exportar_nao_ve_o_que_veio_depois(
    empresa: Empresa, semear: Callable[..., Compras], tmp_path: Path
) -> None:
    base = semear(120)
    antes = exportar(tmp_path, "--data", PASSADO.isoformat())
    from clientes.models import Pedido

    assert Pedido.objects.filter(data__gt=PASSADO).delete()[0] > 0
    assert exportar(tmp_path, "--data", PASSADO.isoformat()) == antes
    assert len(antes) > 20
    assert len(base) == 120


def test_com_poucos_dados_p_e_estimativa_e_p_vivo_fica_vazio(
    empresa: Empresa, novo_cliente: Any, tmp_path: Path
) -> None:
    novo_cliente("DUAS", compras=[(DIA - timedelta(days=n), "10.00") for n in (10, 40)])
    novo_cliente("UMA", compras=[(DIA, 1)])
    novo_cliente("ANTIGA", compras=[(DIA - timedelta(days=n), "7.00") for n in (500, 530)])
    linhas = exportar(tmp_path)
    velha = p_nao_comprar(2, 500, 30, 30.0)
    nova = p_nao_comprar(2, 10, 30, 30.0)
    assert linhas[1:] == [
        ["ANTIGA", f"{velha:.8f}", "0.00", f"{velha * 14:.4f}", ""],
        ["DUAS", f"{nova:.8f}", "20.00", f"{nova * 20:.4f}", ""],
    ]


def test_data_so_vale_para_prioridade(empresa: Empresa, tmp_path: Path) -> None:
    destino = str(tmp_path / "x.csv")
    assert recusa("exportar", "clientes", destino, "--data", "2026-01-01") == (
        2,
        "--data não vale para clientes.",
    )
    assert recusa("exportar", "prioridade", destino, "--data", "2026-11-21")[0] == 2
    assert not (tmp_path / "x.csv").exists()


def test_com_duas_empresas_a_coluna_diz_qual(empresa: Empresa, novo_cliente: Any, tmp_path: Path) -> None:
    outra = Empresa.objects.create(codigo="2", nome="Outra")
    for dona in (empresa, outra):
        novo_cliente("C", empresa=dona, compras=[(DIA - timedelta(days=n), 10) for n in (10, 40)])
    assert [linha[-1] for linha in exportar(tmp_path)] == ["empresa", "1", "2"]
    assert [len(linha) for linha in exportar(tmp_path, "--empresa", "2")] == [5, 5]
