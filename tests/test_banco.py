"""O banco da suíte é uma cópia: só vale se o modelo for o que as migrações de agora fariam, e se estiver inteiro."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction

from carteira.local import estrutura
from carteira.local.ambiente import RAIZ
from clientes.models import Cliente
from tests import banco, esvaziar

NOSSOS = {"contas", "clientes", "atividade", "notificacoes", "relatorios", "carteira"}


@pytest.fixture
def arvore(tmp_path: Path) -> Path:
    for nome, texto in (
        ("clientes/migrations/0001_initial.py", "operations = []"),
        ("clientes/migrations/sql/funcao.sql", "SELECT 1"),
        ("clientes/dados/municipios.csv.gz", "x"),
        ("clientes/models/cliente.py", "class Cliente: ..."),
        ("clientes/telas.py", "nada"),
        ("requirements.txt", "django==1"),
    ):
        (tmp_path / nome).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / nome).write_text(texto)
    return tmp_path


@pytest.mark.parametrize(
    ("nome", "muda"),
    [
        ("clientes/migrations/0001_initial.py", True),
        ("clientes/migrations/0002_nova.py", True),
        ("clientes/migrations/sql/funcao.sql", True),
        ("clientes/dados/municipios.csv.gz", True),
        ("requirements.txt", True),
        ("clientes/models/cliente.py", False),
        ("clientes/telas.py", False),
    ],
)
def test_mudar_uma_migracao_muda_a_impressao(arvore: Path, nome: str, muda: bool) -> None:
    antes = estrutura.impressao(*estrutura.MIGRACOES, raiz=arvore)
    (arvore / nome).write_text("mudou")
    assert (estrutura.impressao(*estrutura.MIGRACOES, raiz=arvore) != antes) is muda


def test_mudar_um_modelo_muda_a_impressao_da_suite(arvore: Path) -> None:
    padroes = (*estrutura.MIGRACOES, *estrutura.DEPOIS_DELAS)
    antes = estrutura.impressao(*padroes, raiz=arvore)
    (arvore / "clientes/models/cliente.py").write_text("class Cliente: nome = 1")
    assert estrutura.impressao(*padroes, raiz=arvore) != antes


def _importados(migracao: Path) -> Iterator[str]:
    for no in ast.walk(ast.parse(migracao.read_text(encoding="utf-8"))):
        if isinstance(no, ast.ImportFrom) and no.module:
            yield no.module
        elif isinstance(no, ast.Import):
            yield from (nome.name for nome in no.names)


def test_o_que_as_migracoes_importam_entra_na_impressao() -> None:
    cobertos = set(estrutura.arquivos(*estrutura.MIGRACOES, *estrutura.DEPOIS_DELAS))
    migracoes = estrutura.arquivos("*/migrations/*.py")
    nossos = {m for arquivo in migracoes for m in _importados(arquivo) if m.split(".")[0] in NOSSOS}
    assert "contas.texto" in nossos
    assert [m for m in nossos if RAIZ / f"{m.replace('.', '/')}.py" not in cobertos] == []


@pytest.fixture
def prova(
    monkeypatch: pytest.MonkeyPatch, django_db_setup: None, django_db_blocker: Any, worker_id: str
) -> Iterator[str]:
    """Modelos de mentira, vazios e com outro nome, que se apagam no fim."""
    prefixo = f"prova_modelo_{worker_id}_"
    monkeypatch.setattr(banco, "PREFIXO", prefixo)
    monkeypatch.setattr(banco, "PROVISORIO", f"{prefixo}novo")
    monkeypatch.setattr(banco, "modelo", lambda: f"{prefixo}agora")
    monkeypatch.setattr(banco, "call_command", lambda *a, **k: None)
    with django_db_blocker.unblock():
        yield prefixo
        with banco.vez() as cursor:
            for nome in banco._modelos(cursor):
                cursor.execute(f"DROP DATABASE {nome} WITH (FORCE)")


def _existentes() -> set[str]:
    with banco.vez() as cursor:
        return banco._modelos(cursor)


def _garantir() -> str:
    with banco.vez() as cursor:
        return banco.garantir_modelo(cursor)


@pytest.mark.resistencia
def test_queda_no_meio_nao_deixa_meio_modelo_nem_o_pronto_se_refaz_e_o_velho_so_fica_em_uso(
    prova: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cair(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    da_suite = connection.settings_dict["NAME"]
    with banco.vez() as cursor:
        cursor.execute(f"CREATE DATABASE {prova}em_uso")
    with psycopg.connect(banco.endereco(f"{prova}em_uso")):
        with monkeypatch.context() as no_meio:
            no_meio.setattr(banco, "call_command", cair)
            with pytest.raises(KeyboardInterrupt):
                _garantir()
        assert _existentes() == {f"{prova}novo", f"{prova}em_uso"}
        assert connection.settings_dict["NAME"] == da_suite, "a conexão volta ao banco da suíte"
        assert _garantir() == f"{prova}agora"
        assert _existentes() == {f"{prova}agora", f"{prova}em_uso"}
    monkeypatch.setattr(banco, "call_command", lambda *a, **k: pytest.fail("já estava pronto"))
    _garantir()
    assert _existentes() == {f"{prova}agora"}, "o velho que ninguém usa se apaga"


@pytest.mark.django_db(transaction=True)
def test_o_que_os_testes_desfazem_nao_engana_o_planejador(empresa: Any) -> None:
    """Sem autovacuum a anotar zero linhas em páginas cheias; o que se desfez se solta por inteiro, entre os testes."""

    def tabela(coluna: str) -> Any:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {coluna} FROM pg_class WHERE oid = 'clientes_cliente'::regclass")
            return cursor.fetchone()[0]

    assert "autovacuum_enabled=false" in tabela("reloptions")
    with transaction.atomic():
        Cliente.objects.bulk_create(
            Cliente(codigo=f"C{n}", razao_social="X", empresa=empresa) for n in range(1200)
        )
        transaction.set_rollback(True)
    assert tabela("pg_relation_size(oid)") > 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
    esvaziar.Limpeza().talvez()
    assert tabela("(pg_relation_size(oid), relpages, reltuples)::text") == "(0,0,0)"


def test_trava_de_quem_muitas_linhas_citam_deixa_gravar_quem_so_o_cita() -> None:
    """O banco confere a citação ao gravar: quem então esperasse pela trava, tendo o que ela espera, prenderia os dois.

    Só a união trava mais forte: ela apaga o cliente, na vez das importações.
    """
    citados = re.compile(
        r"\b(?:Cliente|Fornecedor|Usuario|Empresa)\.objects\.select_for_update\((?!no_key=True)"
    )
    salas = ("contas", "clientes", "atividade", "notificacoes", "relatorios", "carteira")
    arquivos = (a for sala in salas for a in (RAIZ / sala).rglob("*.py"))
    achados = {str(a.relative_to(RAIZ)) for a in arquivos if citados.search(a.read_text(encoding="utf-8"))}
    assert achados == {"clientes/fusao.py"}
