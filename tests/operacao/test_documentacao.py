"""docs/operacao.md diz a verdade: os comandos, as métricas, as variáveis e as verificações que cita existem."""

import re
from typing import Any

import pytest
import yaml
from django.core.management import get_commands, load_command_class

from carteira.local.ambiente import RAIZ
from carteira.operacao import metricas
from carteira.operacao.verificacoes import TODAS

TEXTO = (RAIZ / "docs/operacao.md").read_text(encoding="utf-8")
ALERTAS = yaml.safe_load((RAIZ / "deploy/alertas.yml").read_text(encoding="utf-8"))
REGRAS: list[dict[str, Any]] = ALERTAS["groups"][0]["rules"]
DO_PROMETHEUS = {"_total", "_bucket", "_sum", "_count"}


def test_cada_comando_citado_existe_com_as_opcoes_ditas() -> None:
    existem = get_commands()
    citados = re.findall(r"manage\.py ([a-z_]+)([^`\n#]*)", TEXTO)
    assert len({nome for nome, _ in citados}) >= 8
    for nome, resto in citados:
        assert nome in existem, nome
        leitor = load_command_class(existem[nome], nome).create_parser("manage.py", nome)
        opcoes = {opcao for acao in leitor._actions for opcao in acao.option_strings}
        assert set(re.findall(r"--[a-z-]+", resto)) <= opcoes, (nome, resto)
    for nome in re.findall(r"--so ([a-z-]+)", TEXTO):
        assert nome in TODAS


def _sem_sufixo(nome: str) -> str:
    return re.sub(r"_bucket$", "", nome)


@pytest.mark.django_db
def test_cada_metrica_citada_existe_e_cada_uma_que_existe_e_citada() -> None:
    existem = metricas.nomes()
    citadas = set(re.findall(r"`(carteira_\w+)`", TEXTO))
    assert citadas == existem
    nos_alertas = {
        _sem_sufixo(nome) for regra in REGRAS for nome in re.findall(r"\bcarteira_\w+", str(regra["expr"]))
    }
    assert nos_alertas <= existem


def test_cada_alerta_tem_o_que_fazer() -> None:
    citados = re.findall(r"^\| (Carteira\w+) \|", TEXTO, re.MULTILINE)
    assert citados == [regra["alert"] for regra in REGRAS]
    for titulo in re.findall(r"«([^»]+)»(?:, abaixo)? \|$", TEXTO, re.MULTILINE):
        assert f"**{titulo}" in TEXTO, titulo


def test_cada_variavel_citada_existe() -> None:
    conhecidas = (RAIZ / ".env.exemplo").read_text() + (RAIZ / "carteira/settings.py").read_text()
    conhecidas += (RAIZ / "carteira/local/ambiente.py").read_text() + (
        RAIZ / "carteira/local/postgres_binarios.py"
    ).read_text()
    for nome in re.findall(r"`([A-Z]+_[A-Z_]+)`", TEXTO):
        assert nome in conhecidas, nome
