"""Copiar e restaurar: o que volta é o que foi, tabela por tabela, e nada se troca sem a palavra de quem manda."""

import json
from collections.abc import Iterator
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from atividade.models import Execucao
from carteira.operacao import copia, restauracao
from carteira.operacao.copias_da_noite import copiar_de_noite
from clientes.models import Cliente, Importacao
from contas.models import Usuario
from tests import banco
from tests.conftest import SAO_PAULO

pytestmark = pytest.mark.django_db(transaction=True)
NOITE = datetime(2026, 11, 20, 4, 30, tzinfo=SAO_PAULO)


@pytest.fixture
def outro_banco() -> Iterator[str]:
    """Um banco vazio no mesmo servidor: a máquina nova, sem nem a estrutura."""
    nome = f"{connection.settings_dict['NAME']}_restaurado"
    banco.apagar(nome)
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{nome}"')
    yield nome
    banco.apagar(nome)


@pytest.fixture
def dados(ana: Usuario, novo_cliente: Any, settings: Any, tmp_path: Path, hoje: Any) -> Importacao:
    """Um cliente com pedidos, uma importação com o arquivo dela, e uma sessão aberta."""
    settings.MEDIA_ROOT = tmp_path / "arquivos"
    caminho = settings.MEDIA_ROOT / "importacoes" / "a.dat"
    caminho.parent.mkdir(parents=True)
    caminho.write_bytes(b"numero;valor\n1;10,00\n")
    cliente = novo_cliente(
        "C1", vendedor=ana, razao_social="Ação & Filhos", compras=[(hoje, "10.10"), (hoje, "0.05")]
    )
    return Importacao.objects.create(
        empresa=cliente.empresa,
        tipo="pedidos",
        nome_do_arquivo="a.csv",
        caminho=str(caminho),
        estado="conferida",
    )


def chamar(*argumentos: Any) -> str:
    saida = StringIO()
    call_command(*argumentos, stdout=saida)
    return saida.getvalue()


def test_da_copia_ao_banco_vazio_tudo_igual(
    dados: Importacao, entrar: Any, ana: Usuario, outro_banco: str, tmp_path: Path, settings: Any
) -> None:
    entrar(ana).get("/")  # abre uma sessão
    dito = chamar("copiar", str(tmp_path / "copias"))
    (pasta,) = copia.copias_em(tmp_path / "copias")
    assert f"Copiado em {pasta}" in dito
    assert "SECRET_KEY: guarde-a em lugar seguro e separado." in dito
    manifesto = json.loads((pasta / "manifesto.json").read_text())
    esperadas = copia.contar_tabelas()
    assert manifesto["tabelas"] == esperadas
    assert manifesto["tabelas"]["clientes_pedido"][0] == 2
    assert {arquivo.stat().st_mode & 0o777 for arquivo in pasta.iterdir()} == {0o600}

    settings.MEDIA_ROOT = tmp_path / "outra-maquina"
    with banco.usando(outro_banco):
        assert restauracao.vazio()
        feita = chamar("restaurar", str(pasta))
        assert f"{len(esperadas)} tabelas" in feita
        assert "1 arquivo." in feita
        voltaram = copia.contar_tabelas()
        # os caminhos são os da máquina nova; todo o resto é igual, linha por linha
        assert {t for t in voltaram if voltaram[t] != esperadas[t]} == {"clientes_importacao"}
        assert Cliente.objects.get().razao_social == "Ação & Filhos"
        caminho = Path(Importacao.objects.get().caminho)
        assert caminho == tmp_path / "outra-maquina/importacoes/a.dat"
        assert caminho.read_bytes() == b"numero;valor\n1;10,00\n"
        # os gatilhos voltaram: um pedido a menos marca o cliente
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM atividade_sujo")
            cursor.execute("DELETE FROM clientes_pedido WHERE valor < 1")
            cursor.execute("SELECT count(*) FROM atividade_sujo")
            assert cursor.fetchone() == (1,)
            cursor.execute("SELECT count(*) FROM django_session")
            assert cursor.fetchone() == (0,)
        with pytest.raises(CommandError, match="Este banco tem dados"):
            chamar("restaurar", str(pasta))


@pytest.mark.resistencia
def test_por_cima_so_com_a_palavra_e_se_falha_no_meio_o_de_antes_volta(
    dados: Importacao, outro_banco: str, tmp_path: Path, settings: Any
) -> None:
    pasta = copia.copiar(tmp_path / "copias", agora=NOITE)
    manifesto, esperadas = (pasta / "manifesto.json").read_text(), copia.contar_tabelas()
    settings.MEDIA_ROOT = tmp_path / "outra-maquina"
    with banco.usando(outro_banco):
        chamar("restaurar", str(pasta))
        Cliente.objects.update(razao_social="Mudou depois da cópia")
        antes = copia.contar_tabelas()
        errado = json.loads(manifesto)
        errado["tabelas"]["clientes_pedido"][1] = "1"
        (pasta / "manifesto.json").write_text(json.dumps(errado))
        with pytest.raises(CommandError, match="clientes_pedido: as mesmas 2 linhas, com conteúdo diferente"):
            chamar("restaurar", str(pasta), "--por-cima")
        assert copia.contar_tabelas() == antes
        (pasta / "manifesto.json").write_text(manifesto)
        chamar("restaurar", str(pasta), "--por-cima")
        assert copia.contar_tabelas()["clientes_pedido"] == esperadas["clientes_pedido"]
        assert Cliente.objects.get().razao_social == "Ação & Filhos"


def test_copia_estragada_ou_de_outra_coisa_nao_se_restaura(dados: Importacao, tmp_path: Path) -> None:
    pasta = copia.copiar(tmp_path, agora=NOITE)
    with (pasta / "banco.dump").open("r+b") as arquivo:
        arquivo.seek(-1, 2)
        arquivo.write(b"\x00\x01")
    with pytest.raises(CommandError, match=r"banco.dump não é o que o manifesto descreve"):
        chamar("restaurar", str(pasta), "--so-verificar")
    with pytest.raises(CommandError, match="não é uma cópia do Carteira"):
        chamar("restaurar", str(tmp_path))
    assert Cliente.objects.count() == 1


def test_a_copia_da_noite_e_uma_so_e_as_velhas_saem(dados: Importacao, tmp_path: Path, settings: Any) -> None:
    settings.COPIA_DESTINO, settings.COPIA_GUARDAR = "", 2
    assert copiar_de_noite(NOITE) is None
    settings.COPIA_DESTINO = str(tmp_path / "copias")
    for dia in (18, 19, 20, 20):
        feita = copiar_de_noite(NOITE.replace(day=dia))
        assert feita
        assert feita.estado == "feita"
    assert Execucao.objects.filter(rotina="copia").count() == 3
    assert [pasta.name for pasta in copia.copias_em(tmp_path / "copias")] == [
        "carteira-20261120-043000",
        "carteira-20261119-043000",
    ]
    assert feita.passos["copia"]["contagens"]["apagadas"] == 1
    (tmp_path / "cheio").write_text("não é pasta")
    settings.COPIA_DESTINO = str(tmp_path / "cheio")
    falhou = copiar_de_noite(NOITE.replace(day=21))
    assert falhou
    assert falhou.passos["copia"]["estado"] == "erro"
    assert list((tmp_path / "copias").glob(".carteira-*")) == []
