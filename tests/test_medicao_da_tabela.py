"""`./rodar bench` com dados minúsculos: cada linha da tabela corre, e o JSON tem a forma que se publica.

Mede-se na resistência; na suíte, só que cada medição está no comando, lê as suas opções e diz o que mede.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from carteira.management.commands.bench import MEDICOES, Command
from carteira.medicoes import dados, lista, milhao, tabela
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


def test_toda_medicao_le_as_suas_opcoes_e_cada_linha_tem_nome() -> None:
    leitor = Command().create_parser("manage.py", "bench")
    assert {vars(leitor.parse_args([nome]))["medicao"] for nome in MEDICOES} == set(MEDICOES)
    lidas = vars(leitor.parse_args(["--clientes", "400", "--vezes", "1", "--json", "a.json"]))
    assert (lidas["medicao"], lidas["clientes"], lidas["vezes"]) == (None, 400, 1)
    assert (lidas["json"], lidas["pequeno"], lidas["guardar"]) == (Path("a.json"), False, False)
    lidas = vars(leitor.parse_args(["lista", "--clientes", "50", "--so", "busca por", "--condicoes"]))
    assert (lidas["clientes"], lidas["so"], lidas["condicoes"], lidas["vezes"]) == (50, "busca por", True, 15)
    nomes = [nome.format(lista=1, composicao=1, previa=1) for nome, *_ in tabela.LINHAS]
    assert len(nomes) == len(set(nomes)) == 18
    assert [nome for nome in lista.FILTROS if nome.startswith("busca por")] == [
        f"busca por {o_que}"
        for o_que in (
            "nome",
            "uma letra",
            "nome e município",
            "código",
            "documento com máscara",
            "final de telefone",
            "pessoa",
        )
    ]


@pytest.mark.resistencia
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
