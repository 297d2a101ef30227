"""Sem internet, `./rodar auditar` diz que nada conferiu e reprova: nunca um verde falso. Na suíte, só falha reprova."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from carteira.local import auditoria, testes

SEM_REDE = "ERROR:pip_audit._cli:amqp: Dependency not found on PyPI and could not be audited: amqp (5.4.2)"
COM_FALHA = "Found 1 known vulnerability in 1 package"


@pytest.mark.parametrize(
    ("codigo", "saida", "avisa", "reprova_a_suite"),
    [
        (1, SEM_REDE, True, False),
        (1, COM_FALHA, False, True),
        (1, f"{SEM_REDE}\n{COM_FALHA}", False, True),
        (0, "No known vulnerabilities found", False, False),
    ],
)
def test_sem_indice_diz_o_que_houve(
    codigo: int, saida: str, avisa: bool, reprova_a_suite: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr(testes.demonstracao, "preparar", lambda *a: "python")
    monkeypatch.setattr(
        auditoria.subprocess, "run", lambda *a, **k: SimpleNamespace(returncode=codigo, stdout=saida)
    )
    assert testes.auditar(tmp_path) == codigo
    assert ("não conferiu nada" in capsys.readouterr().out) == avisa
    assert (testes._dependencias("python") is not None) == reprova_a_suite
    assert ("não conferidas" in capsys.readouterr().out) == avisa
