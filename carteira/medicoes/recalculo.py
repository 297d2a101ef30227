"""O recálculo ao lado do seu chão: F2, um dia natural, o completo e a mesma conta em pandas, na mesma rodada."""

import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from atividade import recalculo
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
        custos["completo"].append(medir(lambda d=dia: _completo(empresa, d)))
        if pandas := _em_pandas(empresa, dia):
            custos["pandas"].append(pandas)
        else:
            dizer("  sem pandas neste ambiente, ou sem memória para ele: a linha dele fica de fora")
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


def _completo(empresa: Empresa, dia: date) -> None:
    recalculo.recalcular(empresa=empresa, referencia=dia, hoje=dia, completo=True)


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


def _em_pandas(empresa: Empresa, dia: date) -> Custo | None:
    """Num processo à parte, com a sua memória; None se o pandas não está instalado."""
    feito: dict[str, Any] = {}

    def correr() -> None:
        ambiente = {**os.environ, "BANCO": connection.settings_dict["NAME"]}
        comando = [sys.executable, str(_PANDAS), _endereco(), str(empresa.pk), dia.isoformat()]
        feito["codigo"] = subprocess.run(comando, env=ambiente, check=False, capture_output=True).returncode

    custo = medir(correr)
    if feito["codigo"]:
        return None
    return Custo(custo.parede, custo.cpu_aqui, custo.cpu_servidor, pico_dos_filhos())


def _endereco() -> str:
    """Em forma libpq, para um processo que não conhece o projeto."""
    d = connection.get_connection_params()
    nomes = ("dbname", "user", "password", "host", "port")
    return " ".join(f"{n}='{d[n]}'" for n in nomes if d.get(n))
