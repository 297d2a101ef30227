"""A restauração: confere a cópia, põe-na num banco vazio e compara tabela por tabela com o manifesto.

Por cima de um banco com dados só com a palavra de quem manda, e mesmo assim o de antes fica ao lado até a nova estar
conferida: se algo falha no meio, ele volta ao lugar.
"""

import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction

from carteira.operacao import copia
from carteira.operacao.copia import ANTES, ARQUIVOS, BANCO, CopiaFalhou

# Onde o banco guarda o caminho inteiro de um arquivo: noutra pasta, ele muda junto.
_CAMINHOS = (
    ("clientes_importacao", "caminho"),
    ("relatorios_arquivogerado", "caminho"),
    ("notificacoes_mensagem", "anexo"),
)
Dizer = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Restaurada:
    """O que saiu da restauração: `diferencas` vazia é tudo igual ao que foi copiado."""

    tabelas: int
    linhas: int
    arquivos: int
    diferencas: list[str] = field(default_factory=list)


def verificar(origem: Path) -> dict[str, Any]:
    """O manifesto, se os dois arquivos são os que ele descreve, byte a byte."""
    manifesto = copia.ler_manifesto(origem)
    for nome, soma in manifesto["somas"].items():
        if not (origem / nome).is_file():
            raise CopiaFalhou(f"Falta {nome} em {origem}.")
        if copia.soma_do_arquivo(origem / nome) != soma:
            raise CopiaFalhou(f"{nome} não é o que o manifesto descreve: a cópia está estragada. Use outra.")
    return manifesto


def restaurar(origem: Path, *, por_cima: bool = False, dizer: Dizer = lambda texto: None) -> Restaurada:
    """Tudo ou nada: com qualquer diferença, o banco volta a ser o que era e a exceção diz qual."""
    manifesto = verificar(origem)
    dizer("A cópia está inteira.")
    _conferir_o_lugar(manifesto, por_cima=por_cima)
    with _banco_de_antes_ao_lado():
        _por_no_banco(origem / BANCO)
        dizer("Banco restaurado; comparando tabela por tabela.")
        diferencas = comparar(manifesto["tabelas"], copia.contar_tabelas())
        if diferencas:
            raise CopiaFalhou("A restauração não saiu igual à cópia: " + "; ".join(diferencas[:5]))
        arquivos = _por_os_arquivos(origem / ARQUIVOS)
        _mudar_caminhos(manifesto["pasta_dos_arquivos"], str(settings.MEDIA_ROOT))
    cache.clear()
    linhas = sum(quantas for quantas, _ in manifesto["tabelas"].values())
    return Restaurada(len(manifesto["tabelas"]), linhas, arquivos)


def comparar(esperadas: dict[str, list[Any]], achadas: dict[str, list[Any]]) -> list[str]:
    """Uma frase por tabela que difere."""
    frases = []
    for tabela in sorted({*esperadas, *achadas}):
        esperada, achada = esperadas.get(tabela), achadas.get(tabela)
        if esperada is None or achada is None:
            frases.append(f"{tabela}: {'a mais' if esperada is None else 'falta'}")
        elif esperada[0] != achada[0]:
            frases.append(f"{tabela}: {achada[0]} linhas, deviam ser {esperada[0]}")
        elif esperada[1] != achada[1]:
            frases.append(f"{tabela}: as mesmas {achada[0]} linhas, com conteúdo diferente")
    return frases


# ── O lugar ──────────────────────────────────────────────────────────────────


def _conferir_o_lugar(manifesto: dict[str, Any], *, por_cima: bool) -> None:
    maior = manifesto["postgres"] // 10000
    if copia.maior_versao() < maior:
        raise CopiaFalhou(
            f"A cópia é do PostgreSQL {maior} e este servidor é o {copia.maior_versao()}: "
            "restaure num igual ou mais novo."
        )
    if outras := _outras_conexoes():
        raise CopiaFalhou(
            f"Há {outras} conexões abertas neste banco: pare a web, o worker e o beat, e tente de novo."
        )
    if not vazio() and not por_cima:
        raise CopiaFalhou(
            "Este banco tem dados. Para trocá-los pelos da cópia, repita com --por-cima: o que há nele se perde."
        )


def vazio() -> bool:
    """Sem linha nenhuma de gente: só com a estrutura (ou nem isso), não há o que perder."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('public.contas_usuario') IS NOT NULL")
        if not cursor.fetchone()[0]:
            return True
        cursor.execute(
            "SELECT NOT EXISTS (SELECT FROM contas_usuario) AND NOT EXISTS (SELECT FROM clientes_cliente) "
            "AND NOT EXISTS (SELECT FROM clientes_pedido)"
        )
        return bool(cursor.fetchone()[0])


def _outras_conexoes() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        return int(cursor.fetchone()[0])


# ── O banco ──────────────────────────────────────────────────────────────────


@contextmanager
def _banco_de_antes_ao_lado() -> Iterator[None]:
    """O esquema de antes muda de nome; no fim se apaga, e se algo falha volta a ser o que era."""
    _sql(
        f"DROP SCHEMA IF EXISTS {ANTES} CASCADE",
        f"ALTER SCHEMA public RENAME TO {ANTES}",
        "CREATE SCHEMA public",
    )
    try:
        yield
    except BaseException:
        _sql("DROP SCHEMA public CASCADE", f"ALTER SCHEMA {ANTES} RENAME TO public")
        raise
    _sql(f"DROP SCHEMA {ANTES} CASCADE")


def _sql(*comandos: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for comando in comandos:
            cursor.execute(comando)


def _por_no_banco(arquivo: Path) -> None:
    conexao, ambiente = copia.endereco()
    copia.executar(
        [
            copia.programa("pg_restore", copia.maior_versao()), "--exit-on-error", "--single-transaction", "--no-owner",
            "--no-privileges", *conexao, "--dbname", connection.settings_dict["NAME"], str(arquivo),
        ],
        ambiente,
    )  # fmt: skip


def _mudar_caminhos(de: str, para: str) -> None:
    """Na cópia os caminhos são os da outra máquina."""
    if de == para:
        return
    with transaction.atomic(), connection.cursor() as cursor:
        for tabela, coluna in _CAMINHOS:
            cursor.execute(
                f"UPDATE {tabela} SET {coluna} = %s || substr({coluna}, length(%s) + 1) "
                f"WHERE starts_with({coluna}, %s)",
                [para, de, f"{de}/"],
            )


# ── Os arquivos ──────────────────────────────────────────────────────────────


def _por_os_arquivos(pacote: Path) -> int:
    """Os da cópia tomam o lugar dos de mesmo nome; o filtro recusa o que saia da pasta, ligações e dispositivos."""
    raiz, quantos = Path(settings.MEDIA_ROOT), 0
    raiz.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tarfile.open(pacote) as tar:
        for membro in tar:
            tar.extract(membro, raiz, filter="data")
            (raiz / membro.name).chmod(0o600)
            quantos += 1
    return quantos
