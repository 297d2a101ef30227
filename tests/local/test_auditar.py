"""`./rodar auditar`: sem internet, diz que nada conferiu, e reprova; nunca um verde falso."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from carteira.local import testes

SEM_REDE = "ERROR:pip_audit._cli:amqp: Dependency not found on PyPI and could not be audited: amqp (5.4.2)"
COM_FALHA = "Found 1 known vulnerability in 1 package"


@pytest.mark.parametrize(
    ("codigo", "erro", "avisa"), [(1, SEM_REDE, True), (1, COM_FALHA, False), (0, "", False)]
)
def test_sem_indice_diz_o_que_houve(
    codigo: int, erro: str, avisa: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    dito: list[str] = []
    monkeypatch.setattr(testes.demonstracao, "preparar", lambda *a: "python")
    monkeypatch.setattr(
        testes.subprocess, "run", lambda *a, **k: SimpleNamespace(returncode=codigo, stderr=erro)
    )
    monkeypatch.setattr(testes, "dizer", dito.append)
    assert testes.auditar(tmp_path) == codigo
    assert any("não conferiu nada" in linha for linha in dito) == avisa
