"""Os sinais de que a instalação está pronta: o que falta, dito pelo nome e sem segredo nenhum."""

import os
import shutil
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.conf import settings
from django.db import DatabaseError, connection

from carteira.operacao import batidas

BEM, ATENCAO, MAL = "bem", "atencao", "mal"


@dataclass(frozen=True, slots=True)
class Sinal:
    """`texto` é para gente e `nome` para máquinas; nenhum dos dois diz endereço, usuário nem senha."""

    nome: str
    titulo: str
    estado: str
    texto: str
    fazer: str = ""


def banco() -> Sinal:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SHOW server_version")
            versao = cursor.fetchone()[0].split()[0]
    except DatabaseError:
        return Sinal(
            "banco", "Banco de dados", MAL, "não responde",
            "Ligue o PostgreSQL e confira DATABASE_URL no ambiente.",
        )  # fmt: skip
    return Sinal("banco", "Banco de dados", BEM, f"PostgreSQL {versao}")


@cache
def _migracoes_da_versao() -> frozenset[tuple[str, str]]:
    """As que esta versão do programa traz: não mudam enquanto o processo vive."""
    from django.db.migrations.loader import MigrationLoader

    return frozenset(MigrationLoader(None).disk_migrations)


def migracoes() -> Sinal:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT app, name FROM django_migrations")
            feitas = set(cursor.fetchall())
    except DatabaseError:
        feitas = set()
    faltam = len(_migracoes_da_versao() - feitas)
    if faltam:
        return Sinal(
            "migracoes",
            "Estrutura do banco",
            MAL,
            f"{faltam} migrações por aplicar",
            "Rode manage.py migrate.",
        )
    return Sinal("migracoes", "Estrutura do banco", BEM, "em dia")


def redis() -> Sinal:
    if batidas.redis() is None:
        return Sinal(
            "redis", "Redis", ATENCAO, "sem Redis: a fila é de arquivos, só para demonstração",
            "Defina REDIS_URL no ambiente.",
        )  # fmt: skip
    from redis import RedisError

    try:
        batidas.redis().ping()
    except (RedisError, OSError):
        return Sinal(
            "redis", "Redis", MAL, "não responde",
            "Ligue o Redis e confira REDIS_URL. Nada se perde: a varredura retoma o que não tocou.",
        )  # fmt: skip
    return Sinal("redis", "Redis", BEM, "responde")


def disco() -> Sinal:
    uso = shutil.disk_usage(settings.VAR_DIR)
    livre = uso.free // 2**20
    texto = f"{_tamanho(uso.free)} livres de {_tamanho(uso.total)}"
    if livre < settings.DISCO_MINIMO_MB or not os.access(settings.VAR_DIR, os.W_OK):
        return Sinal(
            "disco", "Disco dos arquivos", MAL, texto,
            "Apague cópias antigas ou aumente o volume: sem espaço, importações e relatórios param.",
        )  # fmt: skip
    apertado = livre < 4 * settings.DISCO_MINIMO_MB
    return Sinal(
        "disco", "Disco dos arquivos", ATENCAO if apertado else BEM, texto,
        "Vá apagando cópias antigas ou aumente o volume." if apertado else "",
    )  # fmt: skip


def _batida(nome: str, titulo: str, hora: datetime | None, agora: datetime, comando: str) -> Sinal:
    if hora is None:
        return Sinal(nome, titulo, ATENCAO, "nenhum sinal ainda", f"Ligue-o: {comando}.")
    idade = (agora - hora).total_seconds()
    if idade > batidas.SILENCIO:
        return Sinal(
            nome, titulo, MAL, f"sem sinal há {_duracao(idade)}",
            f"Religue-o ({comando}) e leia o fim do registro dele.",
        )  # fmt: skip
    return Sinal(nome, titulo, BEM, f"deu sinal há {_duracao(idade)}")


def fila(agora: datetime) -> list[Sinal]:
    """O beat e os workers, pela última batida de cada um."""
    from redis import RedisError

    try:
        vivas = batidas.batidas()
    except (RedisError, OSError):
        return []
    if batidas.redis() is None:
        return []
    workers = [hora for quem, hora in vivas.items() if quem.startswith(batidas.WORKER)]
    return [
        _batida("beat", "Relógio (beat)", vivas.get(batidas.BEAT), agora, "celery -A carteira beat"),
        _batida("worker", "Trabalhadores", max(workers, default=None), agora, "celery -A carteira worker"),
    ]


def todos(agora: datetime) -> list[Sinal]:
    """Na ordem em que uns dependem dos outros: sem banco, as migrações não se perguntam."""
    primeiro = banco()
    sinais = [primeiro] if primeiro.estado == MAL else [primeiro, migracoes()]
    return [*sinais, redis(), disco(), *fila(agora)]


def _tamanho(tamanho: float) -> str:
    for unidade in ("B", "KB", "MB", "GB"):
        if tamanho < 1024:
            return f"{tamanho:.0f} {unidade}"
        tamanho /= 1024
    return f"{tamanho:.1f} TB".replace(".", ",")


def _duracao(segundos: float) -> str:
    minutos = int(segundos // 60)
    if minutos < 1:
        return f"{int(segundos)} s"
    if minutos < 120:
        return f"{minutos} min"
    return f"{minutos // 60} h" if minutos < 2880 else f"{minutos // 1440} dias"
