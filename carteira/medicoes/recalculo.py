"""O recálculo ao lado do seu chão: F2, um dia natural, o completo e o mesmo em pandas, na mesma rodada."""

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from atividade import recalculo
from atividade.regras import CV_IRREGULAR, DIAS_PARA_CICLO_PROPRIO, FAIXAS_DE_RITMO, Ritmo
from carteira.medicoes import dados
from carteira.medicoes.custo import Custo, medir, pico_dos_filhos
from contas.models import Empresa

Custos = dict[str, list[Custo]]
# O chão: o mesmo por cliente, só pelo índice. Sem os desvios, o planejador às vezes escolhe um caminho mais caro.
F2 = """
SELECT count(*), max(ultima), max(pedidos), max(soma) FROM (
  SELECT cliente_id, max(data) AS ultima, count(*) AS pedidos, sum(valor) AS soma FROM clientes_pedido
   WHERE empresa_id = %s AND conta GROUP BY cliente_id) g
"""  # os agregados de fora impedem que o planejador deixe de calcular os de dentro
_SO_PELO_INDICE = "SET LOCAL enable_seqscan = off; SET LOCAL enable_hashagg = off; SET LOCAL jit = off"
_PANDAS = Path(__file__).with_name("em_pandas.py")


def medir_tudo(empresa: Empresa, vezes: int, dizer: Callable[[str], None]) -> Custos:
    """Cada repetição é o dia seguinte: os pedidos dele entram, e o mesmo dia se recalcula de cada maneira."""
    custos: Custos = defaultdict(list)
    _acertar_o_mes(empresa)
    for n in range(vezes):
        dia = dados.passar_um_dia(empresa)
        _limpar()
        custos["f2"].append(medir(lambda: _f2(empresa)))
        custos["sem_postos"].append(_desfeito(empresa, dia, _sem_postos))
        custos["incremental"].append(_desfeito(empresa, dia, _incremental))
        custos["so_a_conta"].append(_desfeito(empresa, dia, _so_a_conta))
        pandas = _em_pandas_dos_dois_modos(empresa, dia)
        completo, mudou = _do_completo(empresa, dia)
        custos["completo"].append(completo)
        if pandas is None:
            dizer("  sem pandas neste ambiente, ou sem memória para ele: as linhas dele ficam de fora")
        elif pandas[2] != mudou:
            raise RuntimeError(
                f"o pandas mudou {pandas[2]} linhas e o completo, {mudou}: não é a mesma conta"
            )
        else:
            custos["pandas_so_a_conta"].append(pandas[0])
            custos["pandas"].append(pandas[1])
        dizer(f"  recálculo, {n + 1} de {vezes}")
    return custos


def _acertar_o_mes(empresa: Empresa) -> None:
    """Uma noite antes, que não se mede: ficam os cortes desta versão, e passa-se a virada do mês, sempre completa."""
    while True:
        _completo(empresa, dados.passar_um_dia(empresa))
        empresa.refresh_from_db()
        if empresa.referencia_regular.day <= 20:
            return


def _limpar() -> None:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) clientes_pedido")
        cursor.execute("VACUUM (ANALYZE) atividade_indicadores")


def _f2(empresa: Empresa) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_SO_PELO_INDICE)
        cursor.execute(F2, [empresa.pk])


def _completo(empresa: Empresa, dia: date) -> int:
    return recalculo.recalcular(empresa=empresa, referencia=dia, hoje=dia, completo=True).linhas_alteradas


def _do_completo(empresa: Empresa, dia: date) -> tuple[Custo, int]:
    """O que custou e quantas linhas mudou."""
    mudou: list[int] = []
    return medir(lambda: mudou.append(_completo(empresa, dia))), mudou[0]


def _so_a_conta(empresa: Empresa, dia: date) -> None:
    """Do completo, só ler e calcular: as linhas novas ficam numa tabela temporária, sem se compararem com nada."""
    with connection.cursor() as cursor:
        rodada = recalculo.abrir(empresa, dia, dia, cursor)
        recalculo.medir(rodada)
        recalculo.tomar_medianas(rodada, guardar=True)
        recalculo.cortar(rodada)
        rodada.executar(f"SET LOCAL enable_nestloop = {rodada.so_uma}")
        rodada.executar(f"CREATE TEMP TABLE c_linhas ON COMMIT DROP AS {recalculo.consulta_completa(rodada)}")


def _incremental(empresa: Empresa, dia: date) -> None:
    feito = recalculo.recalcular(empresa=empresa, referencia=dia, hoje=dia)
    if feito.modo != recalculo.INCREMENTAL:
        raise RuntimeError(f"o dia {dia:%d/%m/%Y} não coube no incremental")


def _sem_postos(empresa: Empresa, dia: date) -> None:
    """O incremental sem as classes relativas à empresa (ABC e RFV)."""
    with connection.cursor() as cursor:
        rodada = recalculo.abrir(empresa, dia, dia, cursor)
        rodada.valores["motivo_dos_fatos"] = "correcao"
        recalculo.marcar_alvo(rodada)
        recalculo.medir_alvo(rodada)
        recalculo.gravar_alvo(rodada, com_classes=False)
        recalculo.contar_a_historia(rodada)


def _desfeito(empresa: Empresa, dia: date, fazer: Callable[[Empresa, date], None]) -> Custo:
    """Medido e desfeito, para que a maneira seguinte encontre o mesmo dia por fazer."""

    def fazer_e_conferir() -> None:
        fazer(empresa, dia)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # o que a confirmação cobraria

    with transaction.atomic():
        custo = medir(fazer_e_conferir)
        transaction.set_rollback(True)
    empresa.refresh_from_db()
    _limpar()
    return custo


# Um intervalo do banco não cabe num timedelta: vão os meses e os dias.
_INTERVALOS = ("iq", "ii", "ia")


def _parametros(empresa: Empresa, dia: date) -> dict[str, Any]:
    """A rodada por que o completo faria este dia, em JSON; os dados da medição têm uma regra só, e fixa."""
    with transaction.atomic(), connection.cursor() as cursor:
        rodada = recalculo.abrir(empresa, dia, dia, cursor)
        partes = ", ".join(
            f"extract(year FROM {i}) * 12 + extract(month FROM {i}), extract(day FROM {i})"
            for i in _INTERVALOS
        )
        cursor.execute("SELECT count(*) FROM c_regras")
        if cursor.fetchone() != (1,) or rodada.por_ciclo:
            raise RuntimeError("o pandas só sabe uma regra, sem ciclo")
        cursor.execute(f"SELECT limiar_id, dq, menor_periodo, {partes} FROM c_regras")
        limiar, dq, menor_periodo, *intervalos = cursor.fetchone()
        transaction.set_rollback(True)
    quase, inativo, antigo = (
        None if meses is None else [int(meses), int(dias)]
        for meses, dias in zip(intervalos[::2], intervalos[1::2], strict=True)
    )
    valores, estado = rodada.valores, rodada.estado
    ciclo = estado.ciclo_da_empresa
    return {
        **{nome: valores[nome].isoformat() for nome in ("h12", "janela", "d90", "d180", "novidade")},
        "empresa": empresa.pk, "dia": dia.isoformat(), "gravar": False,
        "dias_novidade": valores["dias_novidade"],
        "abc_a": int(valores["abc_a"] * 100), "abc_b": int(valores["abc_b"] * 100),
        "ciclos": {segmento: float(c) for segmento, c in estado.ciclos_por_segmento.items()},
        "ciclo_da_empresa": None if ciclo is None else float(ciclo),
        "limiar": limiar, "menor_periodo": menor_periodo, "quase": quase, "quase_menos": dq,
        "inativo": inativo, "antigo": antigo,
        "proprio": DIAS_PARA_CICLO_PROPRIO, "ritmos": FAIXAS_DE_RITMO,
        "irregular": (CV_IRREGULAR**2).as_integer_ratio(),
        "unica": Ritmo.UNICA, "nome_irregular": Ritmo.IRREGULAR, "a_cada": Ritmo.A_CADA_N_DIAS,
    }  # fmt: skip


def _em_pandas_dos_dois_modos(empresa: Empresa, dia: date) -> tuple[Custo, Custo, int] | None:
    """Só ler e calcular, e o completo inteiro com quantas linhas mudou; None se o pandas não está instalado."""
    parametros = _parametros(empresa, dia)
    so_a_conta, _ = _em_pandas(parametros)
    inteiro, mudou = _em_pandas(parametros | {"gravar": True})
    _limpar()
    return None if mudou is None else (so_a_conta, inteiro, mudou)


def _em_pandas(parametros: dict[str, Any]) -> tuple[Custo, int | None]:
    """Num processo à parte, com a sua memória."""
    feito: list[subprocess.CompletedProcess[bytes]] = []

    def correr() -> None:
        comando = [sys.executable, str(_PANDAS), _endereco(), json.dumps(parametros)]
        feito.append(subprocess.run(comando, check=False, capture_output=True))

    custo = medir(correr)
    mudou: int | None = None if feito[0].returncode else json.loads(feito[0].stdout)["mudaram"]
    return Custo(custo.parede, custo.cpu_aqui, custo.cpu_servidor, pico_dos_filhos()), mudou


def _endereco() -> str:
    """Em forma libpq, para um processo que não conhece o projeto."""
    d = connection.get_connection_params()
    nomes = ("dbname", "user", "password", "host", "port")
    return " ".join(f"{n}='{d[n]}'" for n in nomes if d.get(n))
