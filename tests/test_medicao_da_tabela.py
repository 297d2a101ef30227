"""`./rodar bench` com dados minúsculos: cada linha da tabela corre, e o JSON tem a forma que se publica."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from carteira.medicoes import dados, milhao, tabela
from tests import banco


@pytest.fixture
def fora_do_banco_da_suite(
    django_db_setup: None, django_db_blocker: Any, monkeypatch: pytest.MonkeyPatch
) -> Any:
    """A medição usa bancos próprios, copiados do modelo da suíte, e apaga-os."""
    monkeypatch.setattr(milhao, "MODELO", banco.modelo())
    # Como nos bancos da suíte: a confirmação não espera o disco. Aqui os tempos não se julgam.
    monkeypatch.setenv("PGOPTIONS", "-c synchronous_commit=off")
    with django_db_blocker.unblock():
        yield


@pytest.mark.timeout(1800)  # corre em segundos; numa máquina dividida, em minutos
def test_a_tabela_inteira_com_poucos_clientes(
    fora_do_banco_da_suite: None, tmp_path: Path, capsys: Any
) -> None:
    arquivo = tmp_path / "medidas.json"
    call_command("bench", clientes=400, vezes=1, json=arquivo)
    achado = json.loads(arquivo.read_text(encoding="utf-8"))
    dito = capsys.readouterr().out

    assert len(achado["linhas"]) == len(tabela.LINHAS)
    for linha, (nome, _, chao, metas) in zip(achado["linhas"], tabela.LINHAS, strict=True):
        assert linha["nome"].startswith(nome.partition("{")[0])
        assert linha["trabalho"]["parede"] > 0, linha["nome"]
        assert (linha["razao"] is not None) == bool(chao), linha["nome"]
        assert len(linha["metas"]) == len(metas)
        assert linha["nome"] in dito
    assert achado["dados"]["clientes"] == 400
    assert achado["dados"]["pedidos"] > 2000
    assert achado["maquina"]["nucleos"] >= 1
    assert not _existe(dados.nome_do_banco(400))


def _existe(nome: str) -> bool:
    with banco.vez() as cursor:
        cursor.execute("SELECT count(*) FROM pg_database WHERE datname = %s", [nome])
        return bool(cursor.fetchone()[0])
