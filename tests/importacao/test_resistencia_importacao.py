"""Importações de verdade, em processos: mortas no meio, em par, e ao lado do recálculo."""

import signal
from pathlib import Path

import pytest
from django.db import connection

from atividade.models import Indicadores
from clientes.importacao.carga_inicial import MINIMO_DE_LINHAS
from clientes.models import Importacao, Pedido
from contas.models import Usuario
from tests.importacao.conftest import PEDIDOS
from tests.processos import Processos, ate

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.resistencia]


def escrever(pasta: Path, quantos: int) -> Path:
    caminho = pasta / "pedidos.csv"
    linhas = (f"{n};A;{n % 28 + 1:02d}/10/2025;{n % 900},25;faturado\n" for n in range(quantos))
    caminho.write_text(PEDIDOS + "".join(linhas))
    return caminho


def indices() -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'clientes_pedido' ORDER BY 1"
        )
        return [(nome, definicao) for nome, definicao in cursor.fetchall()]


def carga_em_curso() -> bool:
    """A carga inicial já tirou os índices e ainda não os confirmou de volta."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE relation = 'clientes_pedido'::regclass "
            "AND mode = 'AccessExclusiveLock' AND granted)"
        )
        return bool(cursor.fetchone()[0])


def test_morta_no_meio_da_carga_inicial_nada_fica_e_a_seguinte_entra(
    ana: Usuario, novo_cliente: object, processos: Processos, tmp_path: Path
) -> None:
    novo_cliente("A", vendedor=ana)  # type: ignore[operator]
    caminho, antes = escrever(tmp_path, MINIMO_DE_LINHAS), indices()
    morta = processos.manage("importar", "pedidos", str(caminho))
    ate(carga_em_curso, 300)
    morta.send_signal(signal.SIGKILL)
    assert morta.wait(60) == -signal.SIGKILL
    ate(lambda: not carga_em_curso(), 60)
    assert (Pedido.objects.count(), Importacao.objects.count(), indices()) == (0, 0, antes)
    assert processos.manage("importar", "pedidos", str(caminho)).wait(300) == 0, processos.registros()
    assert (Pedido.objects.count(), Importacao.objects.count(), indices()) == (MINIMO_DE_LINHAS, 1, antes)


def test_duas_ao_mesmo_tempo_e_um_recalculo_ao_lado_acabam_todos_bem(
    ana: Usuario, novo_cliente: object, processos: Processos, tmp_path: Path
) -> None:
    novo_cliente("A", vendedor=ana)  # type: ignore[operator]
    caminho = escrever(tmp_path, MINIMO_DE_LINHAS)
    juntos = [
        processos.manage("importar", "pedidos", str(caminho)),
        processos.manage("recalcular", "--data", "2025-11-20", "--completo"),
        processos.manage("importar", "pedidos", str(caminho)),
    ]
    assert [p.wait(400) for p in juntos] == [0, 0, 0], processos.registros()
    novas = Importacao.objects.order_by("id").values_list("resultado__novas", "resultado__inalteradas")
    assert list(novas) == [(MINIMO_DE_LINHAS, 0), (0, MINIMO_DE_LINHAS)]
    assert processos.manage("recalcular", "--data", "2025-11-20").wait(300) == 0, processos.registros()
    assert Indicadores.objects.get().pedidos == Pedido.objects.count() == MINIMO_DE_LINHAS
