"""Um banco novo nasce de uma vez; um que já tem parte da história segue por ela, e chega ao mesmo lugar."""

import tomllib

import pytest
from django.db import connection
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from carteira.local.ambiente import RAIZ
from scripts import migracoes

NOSSAS = {"contas", "clientes", "atividade", "notificacoes", "relatorios"}
Nomes = list[tuple[str, str]]


def _da_historia() -> Nomes:
    """As que vieram uma depois da outra, na ordem em que se escreveram."""
    return migracoes.novas({"linha_de_base": {}})


def _de_uma_vez() -> dict[str, str]:
    return {
        arquivo.parts[-3]: arquivo.stem for arquivo in sorted(RAIZ.glob("*/migrations/[0-9]*_squashed_*.py"))
    }


def _numero(nome: str) -> int:
    return int(nome[:4])


def test_cada_aplicacao_tem_a_sua_e_ela_troca_todas_as_de_antes() -> None:
    no_disco = MigrationLoader(None).disk_migrations
    assert set(_de_uma_vez()) == NOSSAS
    for aplicacao, nome in _de_uma_vez().items():
        ultima = nome.split("_squashed_")[1]
        antes = [(a, m) for a, m in _da_historia() if a == aplicacao and _numero(m) <= _numero(ultima)]
        assert antes[-1] == (aplicacao, ultima)
        assert list(no_disco[aplicacao, nome].replaces) == antes


def test_nenhuma_migracao_depende_de_uma_feita_de_uma_vez() -> None:
    """Dependem da última da história: assim um banco que a segue, e quem lê o SQL de uma só, não precisam da outra."""
    unidas = set(_de_uma_vez().items())
    no_disco = MigrationLoader(None).disk_migrations
    assert [chave for chave, migracao in no_disco.items() if unidas & set(migracao.dependencies)] == []


def _da_historia_inteira() -> ProjectState:
    lidas = MigrationLoader(None, replace_migrations=False)
    unidas = set(_de_uma_vez().items())
    return lidas.project_state([folha for folha in lidas.graph.leaf_nodes() if folha not in unidas])


def test_os_modelos_acabam_iguais_com_as_colunas_na_mesma_ordem() -> None:
    lidas = MigrationLoader(None)
    historia, de_uma_vez = _da_historia_inteira(), lidas.project_state()
    assert MigrationAutodetector(historia, de_uma_vez).changes(graph=lidas.graph) == {}
    assert historia.models.keys() == de_uma_vez.models.keys()
    for chave, modelo in historia.models.items():
        assert list(modelo.fields) == list(de_uma_vez.models[chave].fields), chave


def _feitas(nomes: Nomes) -> None:
    """O banco passa a dizer que as nossas já feitas são estas."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = ANY(%s)", [sorted(NOSSAS)])
        cursor.executemany("INSERT INTO django_migrations (app, name, applied) VALUES (%s, %s, now())", nomes)


def _por_fazer() -> Nomes:
    executor = MigrationExecutor(connection)
    plano = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [(m.app_label, m.name) for m, _ in plano if m.app_label in NOSSAS]


def _da_linha_de_base() -> Nomes:
    base = tomllib.loads(migracoes.CONFIGURACAO.read_text(encoding="utf-8"))["linha_de_base"]
    return [(aplicacao, nome) for aplicacao, nome in _da_historia() if _numero(nome) <= base[aplicacao]]


@pytest.mark.django_db
def test_banco_vazio_faz_as_cinco_e_o_que_veio_depois_delas() -> None:
    _feitas([])
    ultimas = {aplicacao: _numero(nome.split("_squashed_")[1]) for aplicacao, nome in _de_uma_vez().items()}
    depois = [(aplicacao, nome) for aplicacao, nome in _da_historia() if _numero(nome) > ultimas[aplicacao]]
    assert sorted(_por_fazer()) == sorted([*_de_uma_vez().items(), *depois])


@pytest.mark.django_db
def test_banco_a_meio_da_historia_segue_por_ela() -> None:
    feitas = _da_linha_de_base()
    _feitas(feitas)
    assert sorted(_por_fazer()) == sorted(set(_da_historia()) - set(feitas))


@pytest.mark.django_db
def test_so_uma_aplicacao_por_nascer_nasce_de_uma_vez_depois_das_outras() -> None:
    """Quem instalou antes de haver relatórios: o resto segue a história, e eles vêm por último."""
    _feitas([feita for feita in _da_linha_de_base() if feita[0] != "relatorios"])
    assert _por_fazer()[-1][0] == "relatorios"
    assert ("relatorios", _de_uma_vez()["relatorios"]) in _por_fazer()
    assert ("relatorios", "0001_arquivo_gerado") not in _por_fazer()


@pytest.mark.django_db
def test_banco_que_fez_a_historia_toda_so_anota_que_as_fez() -> None:
    _feitas(_da_historia())
    assert _por_fazer() == []
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations WHERE name LIKE '%\\_squashed\\_%'")
        assert dict(cursor.fetchall()) == _de_uma_vez()
