"""Os comandos, como quem os digita: o que dizem, o que escrevem e com que saída terminam."""

import csv
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from atividade.models import Indicadores, Limiar, MudancaStatus
from contas.models import Empresa
from tests.atividade.conftest import de

pytestmark = pytest.mark.django_db


def chamar(*argumentos: str) -> str:
    saida = StringIO()
    call_command(*argumentos, stdout=saida, stderr=saida)
    return saida.getvalue()


def recusa(*argumentos: str) -> str:
    with pytest.raises(CommandError) as erro:
        chamar(*argumentos)
    assert erro.value.returncode == 2
    return str(erro.value)


def test_recalcular_diz_o_que_fez(novo_cliente: Any, hoje: date) -> None:
    novo_cliente("C", compras=[(hoje, 1)])
    texto = chamar("recalcular", "--completo")
    assert texto.startswith(
        "Empresa 1: referência 20/11/2026, completo, 1 linhas alteradas, 0 mudanças de status"
    )
    assert "1 ativo." in texto
    assert Empresa.objects.get().referencia_regular == hoje


def test_recalcular_com_pedidos_parados_avisa(novo_cliente: Any, hoje: date) -> None:
    novo_cliente("C", compras=[(date(2026, 11, 1), 1)])
    texto = chamar("recalcular")
    assert "referência 01/11/2026" in texto
    assert "Pedidos parados: pedidos até 01/11/2026" in texto


def test_recalcular_data_passada_e_consulta(novo_cliente: Any, hoje: date) -> None:
    novo_cliente("C", compras=[(hoje, 1)])
    chamar("recalcular")
    texto = chamar("recalcular", "--data", "2022-03-22", "--empresa", "1")
    assert "(consulta a uma data passada)" in texto
    assert Empresa.objects.get().consulta_passada
    assert not MudancaStatus.objects.exists()


def test_recalcular_recusa_uso_errado(hoje: date) -> None:
    assert (
        recusa("recalcular", "--data", "22/03/2022") == "Data “22/03/2022” não entendida: escreva AAAA-MM-DD."
    )
    assert recusa("recalcular", "--data", "2026-11-21") == "A data 21/11/2026 ainda não chegou."
    assert recusa("recalcular", "--empresa", "9") == "Não há empresa de código 9."
    Empresa.objects.all().delete()
    assert recusa("recalcular") == "Não há nenhuma empresa."


def test_configurar_a_empresa_um_segmento_e_um_cliente(novo_cliente: Any, hoje: date, empresa: Any) -> None:
    cliente = novo_cliente("C1", segmento="Agro")
    texto = chamar(
        "configurar_atividade", "--periodo", "18m", "--antecedencia", "6m", "--motivo", "compra anual"
    )
    assert "inativo após 18 meses, aviso 6 meses antes, desde 20/11/2026" in texto
    chamar(
        "configurar_atividade",
        "--periodo",
        "180d",
        "--antecedencia",
        "60d",
        "--segmento",
        "AGRO",
        "--antigo",
        "365d",
    )
    chamar("configurar_atividade", "--periodo", "6m", "--antecedencia", "45d", "--cliente", "C1", "--empresa", "1",
           "--desde", "2026-01-01")  # fmt: skip
    geral, segmento, do_cliente = Limiar.objects.order_by("pk")
    assert (geral.empresa, geral.motivo, geral.vigente_desde) == (empresa, "compra anual", hoje)
    assert (segmento.segmento, segmento.antigo_n, str(segmento)) == (cliente.segmento, 365, "180d/60d")
    assert (do_cliente.cliente, do_cliente.vigente_desde) == (cliente, date(2026, 1, 1))


def test_configurar_por_ciclo(novo_cliente: Any, hoje: date, empresa: Any) -> None:
    fixa = ("configurar_atividade", "--periodo", "180d", "--antecedencia", "60d")
    texto = chamar(
        *fixa,
        "--ciclo-inativo",
        "3",
        "--ciclo-quase",
        "1,5",
        "--ciclo-inativo-min",
        "30",
        "--ciclo-inativo-max",
        "365",
    )
    assert (
        "inativo após 3× o ciclo do cliente, entre 30 e 365 dias, aviso a 1,5×, entre 1 e 365 dias" in texto
    )
    assert str(Limiar.objects.get()) == "1.5×/3× ciclo (1–365/30–365d), senão 180d/60d"
    ritmado = novo_cliente("C", compras=[(hoje - timedelta(days=40 + 20 * n), 1) for n in range(3)])
    chamar("recalcular", "--data", "2026-11-20")
    assert de(ritmado).status == "quase_inativo"
    chamar(*fixa)
    assert Limiar.objects.latest("pk").ciclo_inativo is None


@pytest.mark.parametrize(
    ("argumentos", "trecho"),
    [
        (["--periodo", "6m", "--antecedencia", "2m", "--ciclo-inativo", "3"], "os dois múltiplos"),
        (["--periodo", "6m", "--antecedencia", "2m", "--ciclo-quase-min", "3"], "os dois múltiplos"),
        (
            ["--periodo", "6m", "--antecedencia", "2m", "--ciclo-inativo", "x", "--ciclo-quase", "1"],
            "“x” não",
        ),
        (
            ["--periodo", "6m", "--antecedencia", "2m", "--ciclo-inativo", "1", "--ciclo-quase", "2"],
            "menor que",
        ),
        (["--periodo", "18", "--antecedencia", "6m"], "não entendido"),
        (["--periodo", "180d", "--antecedencia", "2m"], "antecedência em dias"),
        (["--periodo", "6m", "--antecedencia", "6m"], "menor que o período"),
        (["--periodo", "6m", "--antecedencia", "0d"], "entre 1 e"),
        (["--periodo", "6m", "--antecedencia", "2m", "--empresa", "9"], "Não há empresa"),
        (["--periodo", "6m", "--antecedencia", "2m", "--segmento", "X"], "Não há segmento"),
        (["--periodo", "6m", "--antecedencia", "2m", "--cliente", "X"], "Não há cliente"),
        (["--periodo", "6m", "--antecedencia", "2m", "--desde", "ontem"], "--desde"),
        (["--periodo", "6m"], "--antecedencia"),
    ],
)
def test_configurar_recusa_uso_errado(hoje: date, argumentos: list[str], trecho: str) -> None:
    with pytest.raises(CommandError, match=trecho):
        chamar("configurar_atividade", *argumentos)
    assert not Limiar.objects.exists()


def test_configurar_com_duas_empresas_pede_qual() -> None:
    Empresa.objects.create(codigo="2", nome="Outra")
    assert (
        recusa("configurar_atividade", "--periodo", "6m", "--antecedencia", "2m")
        == "Diga a empresa: --empresa CÓDIGO."
    )


def test_exportar_indicadores_ao_dia_e_ao_centavo(novo_cliente: Any, hoje: date, tmp_path: Path) -> None:
    novo_cliente("B1", compras=[(hoje - timedelta(days=n), "10.10") for n in (0, 10, 35)])
    novo_cliente("A1")
    chamar("recalcular")
    chamar("exportar", "indicadores", str(tmp_path / "i.csv"))
    texto = (tmp_path / "i.csv").read_text(encoding="utf-8-sig")
    linhas = list(csv.reader(texto.splitlines(), delimiter=";"))
    assert texto.splitlines()[0] == (
        "cliente_codigo;primeira_compra;ultima_compra;recencia_dias;pedidos;dias_de_compra;intervalo_medio_dias;"
        "intervalo_mediano_dias;valor_total;valor_12m;curva_abc;status;quase_inativo_em;inativo_em"
    )
    assert linhas[1] == ["A1", "", "", "", "0", "0", "", "", "0.00", "0.00", "", "prospect", "", ""]
    assert linhas[2] == ["B1", "2026-10-16", "2026-11-20", "0", "3", "3", "17.5000", "17.5000", "30.30", "30.30", "A",
                         "ativo", "2027-03-20", "2027-05-20"]  # fmt: skip


def test_conferir_aceita_o_certo_e_denuncia_o_errado(novo_cliente: Any, hoje: date) -> None:
    assert "dizem o mesmo" in chamar("conferir")
    for n in range(12):
        compras = [(hoje - timedelta(days=n * 7 + k * (5 + n * 9)), 10 + n) for k in range(n)]
        novo_cliente(f"C{n}", compras=compras, segmento="Agro" if n % 2 else "")
    chamar("recalcular")
    assert "dizem o mesmo" in chamar("conferir", "--amostra", "100")
    chamar("recalcular", "--data", "2026-08-01")
    assert "dizem o mesmo" in chamar("conferir")
    Indicadores.objects.filter(cliente__codigo="C3").update(valor_12m=1)
    with pytest.raises(CommandError, match=r"1 verificação não passou \(1 achado\)\.") as erro:
        chamar("conferir", "--so", "indicadores-na-unha")
    assert erro.value.returncode == 1
    assert de(Indicadores.objects.get(cliente__codigo="C3").cliente).valor_12m == 1


def test_datas_de_antes_de_1900_e_amostra_vazia_sao_uso_errado(empresa: Empresa, hoje: date) -> None:
    assert recusa("recalcular", "--data", "0001-01-01") == "A data 0001-01-01 é anterior a 1900."
    regra = ("--periodo", "6m", "--antecedencia", "2m")
    assert (
        recusa("configurar_atividade", *regra, "--desde", "0001-01-01")
        == "A data 0001-01-01 é anterior a 1900."
    )
    assert recusa("conferir", "--amostra", "-1") == "A amostra precisa de ao menos um cliente: --amostra N."
    assert not Limiar.objects.exists()
