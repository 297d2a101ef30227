"""Liga e desliga o par de serviços privados; o último que os usa apaga a luz.

Cada comando segura uma trava compartilhada enquanto usa os serviços. Quem sai só os desliga se
ninguém mais os usa e se não foi `./rodar servicos` quem pediu que ficassem.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from carteira.local import ambiente, postgres, redis
from carteira.local.etapas import avisar, dizer, etapa
from carteira.local.usuario import escolher_dono, preparar_var

FICAM = "ficam"
PASTAS = ("registros", "arquivos", "emails", "fila", "fila-controle")


def preparar_pastas(var: Path) -> None:
    preparar_var(var, escolher_dono())
    for nome in PASTAS:
        (var / nome).mkdir(mode=0o700, exist_ok=True)


def ligar(var: Path) -> dict[str, str]:
    """Liga o que o ambiente não aponta para outro lugar; devolve os endereços em uso."""
    with (var / "ligando.trava").open("a") as vez:  # dois comandos ao mesmo tempo: um espera o outro
        fcntl.flock(vez, fcntl.LOCK_EX)
        if not os.environ.get("DATABASE_URL"):
            _ligar_postgres(var)
        if not os.environ.get("REDIS_URL"):
            _ligar_redis(var)
    do_ambiente = {nome: os.environ[nome] for nome in ambiente.ENDERECOS if os.environ.get(nome)}
    return {**ambiente.enderecos(var), **do_ambiente}


def previstos(var: Path) -> dict[str, str]:
    """Onde os serviços estarão quando ligados: o ambiente manda, e os privados voltam ao lugar de antes."""
    privados = {}
    if ambiente.ler_json(var / "postgres.json"):
        privados["DATABASE_URL"] = postgres.servidor(var).url
    if ambiente.ler_json(var / "redis.json") and redis.programa():
        privados["REDIS_URL"] = redis.servidor(var).url
    return privados | {nome: os.environ[nome] for nome in ambiente.ENDERECOS if os.environ.get(nome)}


def _ligar_postgres(var: Path) -> None:
    with etapa("PostgreSQL privado") as dar:
        banco = postgres.servidor(var)
        novo = banco.ligar()
        dar(f"versão {banco.binarios.versao}{'' if novo else ', já ligado'}")
        ambiente.anotar_enderecos(var, DATABASE_URL=banco.url)


def _ligar_redis(var: Path) -> None:
    if redis.programa() is None:
        ambiente.anotar_enderecos(var, REDIS_URL=None)
        avisar(redis.AVISO_SEM_REDIS)
        return
    with etapa("Redis privado") as dar:
        campainha = redis.servidor(var)
        novo = campainha.ligar()
        dar(f"porta {campainha.porta}{'' if novo else ', já ligado'}")
        ambiente.anotar_enderecos(var, REDIS_URL=campainha.url)


def desligar(var: Path) -> list[str]:
    """Para os serviços privados que houver e esquece os endereços deles."""
    parados = []
    if ambiente.ler_json(var / "redis.json"):
        campainha = redis.servidor(var)
        parados += ["Redis"] if campainha.pid() else []
        campainha.parar()
    if ambiente.ler_json(var / "postgres.json"):
        banco = postgres.servidor(var)
        parados += ["PostgreSQL"] if banco.pid() else []
        banco.parar()
    if (var / "servicos.json").exists():
        ambiente.anotar_enderecos(var, DATABASE_URL=None, REDIS_URL=None)
    (var / FICAM).unlink(missing_ok=True)
    return parados


def vigiar(var: Path) -> None:
    """Religa o serviço privado que tenha morrido, no mesmo endereço: quem o usa só reconecta."""
    donos = ((postgres, "DATABASE_URL"), (redis, "REDIS_URL"))
    for modulo, nome in donos:
        if os.environ.get(nome) or nome not in ambiente.enderecos(var):
            continue
        if not (servidor := modulo.servidor(var)).pid():
            servidor.ligar()
            avisar(f"o {modulo.__name__.rsplit('.', 1)[-1]} privado tinha parado e foi religado")


def deixar_ligados(var: Path) -> None:
    (var / FICAM).touch()


def _abrir_trava(var: Path) -> IO[str]:
    return (var / "em-uso.trava").open("a")


def _sou_o_ultimo(trava: IO[str]) -> bool:
    try:
        fcntl.flock(trava, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@contextmanager
def em_uso(var: Path, *, calado: bool = False) -> Iterator[dict[str, str]]:
    """Serviços ligados durante o bloco; calado, a despedida não vem depois da última linha de quem chamou."""
    with _abrir_trava(var) as trava:
        fcntl.flock(trava, fcntl.LOCK_SH)
        try:
            yield ligar(var)
        finally:
            parados = desligar(var) if not (var / FICAM).exists() and _sou_o_ultimo(trava) else []
            if parados and not calado:
                dizer(f"  ✓ Desligados: {', '.join(parados)}")
