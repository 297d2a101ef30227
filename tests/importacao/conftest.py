"""Arquivos escritos na hora e importados pelo serviço, com o dia fixo das histórias."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import load_command_class
from django.test import Client

from clientes.importacao.resultado import Resultado
from clientes.importacao.servico import Opcoes, aplicar
from contas.models import Empresa, Usuario
from tests.conftest import HOJE

PEDIDOS = "numero;cliente_codigo;data;valor;situacao\n"
CLIENTES = "codigo;razao_social;cpf_cnpj;municipio;uf;segmento;vendedor;telefone;email\n"

Rodar = Callable[..., tuple[int, str, str]]


@pytest.fixture
def arquivo(tmp_path: Path) -> Callable[..., Path]:
    """`arquivo("texto")` ou `arquivo(b"bytes")` devolve o caminho de um arquivo com isso."""

    def escrever(conteudo: str | bytes, nome: str = "arquivo.csv") -> Path:
        caminho = tmp_path / nome
        caminho.write_bytes(conteudo.encode() if isinstance(conteudo, str) else conteudo)
        return caminho

    return escrever


@pytest.fixture
def importar(empresa: Empresa, arquivo: Any) -> Callable[..., Resultado]:
    """`importar("pedidos", conteudo)`: aplica aceitando parcialmente, a não ser que se diga outra coisa."""

    def _importar(
        tipo: str, conteudo: Any, *, parcial: bool = True, hoje: Any = HOJE, por: Any = None, **opcoes: Any
    ) -> Resultado:
        caminho = conteudo if isinstance(conteudo, Path) else arquivo(conteudo)
        return aplicar(
            caminho,
            Opcoes(**{"tipo": tipo, "empresa": empresa, **opcoes}),
            por=por,
            hoje=hoje,
            parcial=parcial,
        )

    return _importar


@pytest.fixture
def clientes_a_e_b(importar: Any) -> None:
    """Dois clientes, A e B, para os pedidos terem dono."""
    importar("clientes", "codigo;razao_social\nA;Alfa Ltda\nB;Beta Ltda\n")


@pytest.fixture
def rodar(db: None, hoje: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Rodar:
    """`rodar("importar", "pedidos", caminho)` → (código de saída, saída, erros), como no terminal."""
    # O comando de verdade fecha as conexões ao sair; aqui a transação do teste precisa da sua.
    monkeypatch.setattr("django.core.management.base.connections.close_all", lambda: None)

    def _rodar(comando: str, *argumentos: Any) -> tuple[int, str, str]:
        app = "relatorios" if comando == "exportar" else "clientes"
        codigo = 0
        try:
            load_command_class(app, comando).run_from_argv(["manage.py", comando, *map(str, argumentos)])
        except SystemExit as saida:
            codigo = int(saida.code or 0)
        return codigo, *capsys.readouterr()

    return _rodar


@pytest.fixture
def loja(
    settings: Any, tmp_path: Path, entrar: Any, davi: Usuario, hoje: Any, monkeypatch: pytest.MonkeyPatch
) -> Client:
    """O navegador do administrador, com os arquivos numa pasta de teste e sem fila de tarefas."""
    settings.MEDIA_ROOT = tmp_path
    settings.CELERY_BROKER_URL = "memory://"
    monkeypatch.setattr("carteira.tasks.tocar", lambda *a: None)
    return entrar(davi)


def mandar(
    loja: Client, empresa: Empresa, conteudo: str | bytes, tipo: str = "pedidos", nome: str = "pedidos.csv"
) -> Any:
    dados = conteudo.encode() if isinstance(conteudo, str) else conteudo
    return loja.post(
        "/importar/", {"tipo": tipo, "empresa": empresa.pk, "arquivo": SimpleUploadedFile(nome, dados)}
    )
