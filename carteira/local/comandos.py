"""As linhas de comando dos processos: uma fonte só para `./rodar`, o Dockerfile e o docker-compose."""

WEB = (
    "--preload",  # a aplicação é importada uma vez só e dividida entre os processos
    "--worker-class", "carteira.servidor.Fios", "--workers", "2", "--threads", "4",
    "--max-requests", "2000", "--max-requests-jitter", "200",
    "--timeout", "120", "--graceful-timeout", "20", "--no-control-socket",
    "--limit-request-line", "8190",  # centenas de clientes marcados cabem no endereço
)  # fmt: skip
WORKER = ("--concurrency", "2", "--max-memory-per-child", "400000", "--loglevel", "INFO")
BEAT = ("--loglevel", "INFO")
REDIS = {"appendonly": "yes", "appendfsync": "everysec", "maxmemory-policy": "noeviction"}
INITDB = ("--encoding=UTF8", "--locale=C.UTF-8", "--text-search-config=simple")
PDF_NO_SISTEMA = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0")
FONTES_NO_SISTEMA = ("fonts-dejavu-core",)


def web(python: str, endereco: str) -> list[str]:
    """gunicorn com fios: conexões ao banco limitadas a processos × fios."""
    return [python, "-m", "gunicorn", *WEB, "--bind", endereco, "carteira.wsgi:application"]


def worker(python: str) -> list[str]:
    return [python, "-m", "celery", "-A", "carteira", "worker", *WORKER]


def beat(python: str) -> list[str]:
    return [python, "-m", "celery", "-A", "carteira", "beat", *BEAT]


def redis(programa: str) -> list[str]:
    """A mesma campainha, para o docker-compose: AOF, e nunca despejar uma tarefa por falta de memória."""
    return [programa, *(parte for nome, valor in REDIS.items() for parte in (f"--{nome}", valor))]


def manage(python: str, *argumentos: str) -> list[str]:
    return [python, "manage.py", *argumentos]
