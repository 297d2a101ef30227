"""Sem internet, `./rodar auditar` diz que nada conferiu e reprova: nunca um verde falso. Na suíte, só falha reprova."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from carteira.local import auditoria, testes

SEM_REDE = {
    "name": "amqp",
    "skip_reason": "Dependency not found on PyPI and could not be audited: amqp (5.4.2)",
}
BOA = {"name": "django", "version": "5.2.9", "vulns": []}
COM_FALHA = {
    "name": "pillow", "version": "1.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.0"]}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("pacotes", "codigo", "avisa", "reprova_a_suite"),
    [
        ([SEM_REDE], 1, True, False),
        (None, 1, True, False),
        ([COM_FALHA, BOA], 1, False, True),
        ([SEM_REDE, COM_FALHA], 1, False, True),
        ([SEM_REDE, BOA], 1, False, False),
        ([BOA], 0, False, False),
    ],
)
def test_sem_indice_diz_o_que_houve(
    pacotes: Any, codigo: int, avisa: bool, reprova_a_suite: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    saida = "" if pacotes is None else json.dumps({"dependencies": pacotes})
    monkeypatch.setattr(testes.demonstracao, "preparar", lambda *a: "python")
    monkeypatch.setattr(
        auditoria.subprocess,
        "run",
        lambda *a, **k: SimpleNamespace(stdout=saida, stderr="Connection refused"),
    )
    assert testes.auditar(tmp_path) == codigo
    assert ("não conferiu nada" in capsys.readouterr().out) == avisa
    assert (testes._dependencias("python") is not None) == reprova_a_suite
    ditas = "não conferidas" in capsys.readouterr().out
    assert ditas == (not reprova_a_suite and codigo == 1)


def test_a_falha_diz_o_pacote_o_aviso_e_a_versao_que_corrige(monkeypatch: pytest.MonkeyPatch) -> None:
    saida = json.dumps({"dependencies": [COM_FALHA]})
    monkeypatch.setattr(auditoria.subprocess, "run", lambda *a, **k: SimpleNamespace(stdout=saida, stderr=""))
    assert auditoria.auditar("python").dito == "Com falha conhecida: pillow 1.0 (PYSEC-1; corrigida em 2.0)"
