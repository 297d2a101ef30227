"""As provas dos 31 temas, provadas: sem a defesa, cada uma reprova. Leva minutos, e por isso é da resistência."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from carteira.local.ambiente import RAIZ
from tests.seguranca.mutacoes import MUTACOES, PROVAS
from tests.seguranca.test_temas import DE_OUTRAS_SALAS, TEMAS


def test_todo_tema_tem_uma_defesa_que_se_tira_e_a_prova_e_uma_das_dele() -> None:
    assert {m.tema for m in MUTACOES} == set(range(1, 32))
    dos_temas = TEMAS | DE_OUTRAS_SALAS
    assert [m.prova for m in MUTACOES if m.prova not in dos_temas[m.tema]] == []


def test_a_tabela_do_modelo_de_ameacas_e_esta() -> None:
    """docs/seguranca.md traz cada tema com as provas e as defesas que aqui se tiram."""
    texto = (RAIZ / "docs/seguranca.md").read_text(encoding="utf-8")
    linhas = dict(re.findall(r"^\| (\d+) \| (.+)$", texto, re.M))
    assert sorted(map(int, linhas)) == list(range(1, 32))
    for m in MUTACOES:
        linha = linhas[str(m.tema)]
        assert m.prova.rpartition("::")[2] in linha, (m.tema, m.prova)
        assert m.defesa in linha, (m.tema, m.defesa)


@pytest.mark.resistencia
def test_sem_a_defesa_a_prova_reprova(tmp_path: Path) -> None:
    quadro = tmp_path / "quadro.json"
    feito = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.seguranca.mutacoes", "-n", "0", "--no-cov", "-q", *PROVAS],
        cwd=RAIZ, env={**os.environ, "MUTACOES": str(quadro), "PYTEST_BANCO": "test_mutacoes"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    # um erro do próprio quadro pararia a passada no meio, e as provas que faltam contariam como fracas
    assert feito.returncode == 0, feito.stdout[-3000:] + feito.stderr[-3000:]
    dito = json.loads(quadro.read_text(encoding="utf-8"))
    assert dito["sozinhas"] == []
    passaram = [
        f"tema {m.tema}: sem «{m.defesa}», {m.prova} continua a passar"
        for numero, m in enumerate(MUTACOES)
        if str(numero) not in dito["caidas"]
    ]
    assert not passaram, "\n".join(passaram)
