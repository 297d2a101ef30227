"""`./rodar testes`: tudo o que a suíte precisa, depois cada verificação, e por fim o pytest."""

import os
import secrets
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from carteira.local import auditoria, comandos, demonstracao, pacotes, servicos
from carteira.local.ambiente import RAIZ
from carteira.local.etapas import Falha, dizer, etapa

PROCESSOS = 4  # por onde a suíte se reparte; acima disso os serviços é que faltam
APPS_DE_DOMINIO = ("contas", "clientes", "atividade", "notificacoes", "relatorios")
APPS = (*APPS_DE_DOMINIO, "carteira")


def ambiente_de_producao(env: dict[str, str]) -> dict[str, str]:
    """O que uma produção bem configurada teria, para que `check --deploy` valha."""
    producao = {**env, "AMBIENTE": "producao", "DEBUG": "0", "SECRET_KEY": secrets.token_urlsafe(64)}
    producao["ALLOWED_HOSTS"] = "carteira.exemplo.com.br"
    producao.setdefault("REDIS_URL", "redis://127.0.0.1:6379/0")
    return producao


def verificacoes(python: str, env: dict[str, str]) -> Iterator[tuple[str, list[str], dict[str, str]]]:
    """Cada verificação: título, comando e ambiente, na ordem em que começam: as longas primeiro, e por último a que
    ocupa um núcleo pelo tempo que o pytest leva a nascer no outro."""
    modulo = [python, "-m"]
    binarios = Path(python).parent
    yield "Migrações do nada (o banco da suíte)", [*modulo, "tests.banco"], env
    yield "Tipos (mypy)", [*modulo, "mypy", *APPS_DE_DOMINIO], env
    yield "Segurança (bandit)", [*modulo, "bandit", "-q", "-c", "pyproject.toml", "-r", *APPS, "scripts"], env
    yield "Migrações sem parada (django-migration-linter)", [python, "scripts/migracoes.py"], env
    yield "Migrações em dia", comandos.manage(python, "makemigrations", "--check", "--dry-run"), env
    yield "Telas (djlint)", [*modulo, "djlint", "--lint", "--quiet", "templates"], env
    yield "Estilo (ruff)", [*modulo, "ruff", "check", "."], env
    yield "Formato (ruff)", [*modulo, "ruff", "format", "--check", "."], env
    yield "Camadas (import-linter)", [str(binarios / "lint-imports")], env
    yield "JavaScript (oxlint)", [str(binarios / "oxlint"), "--deny-warnings", "static/js"], env
    yield (
        "Produção (check --deploy)",
        comandos.manage(python, "check", "--deploy", "--fail-level", "WARNING"),
        ambiente_de_producao(env),
    )


def _uma(titulo: str, comando: list[str], ambiente_: dict[str, str]) -> str | None:
    """Roda uma, mostrando a saída só se falhar; devolve o título da que falhou."""
    try:
        with etapa(titulo):
            feito = subprocess.run(
                comando, cwd=RAIZ, env=ambiente_, check=False, text=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            )  # fmt: skip
            if feito.returncode:
                raise Falha(feito.stdout.rstrip())
    except Falha as falha:
        dizer(str(falha))
        return titulo
    return None


def _dependencias(python: str) -> str | None:
    """Os avisos públicos sobre as versões travadas, onde a rede deixa: só uma falha conhecida reprova a suíte, e o
    que o índice não respondeu se diz. Exigir cada resposta é de `./rodar auditar`."""
    titulo = "Dependências sem falha conhecida (pip-audit)"
    try:
        with etapa(titulo) as dar:
            feita = auditoria.auditar(python)
            if feita.falhas:
                raise Falha(feita.dito)
            if feita.sem_resposta:
                dar(f"{len(feita.sem_resposta)} sem resposta do índice de pacotes, não conferidas")
    except Falha as falha:
        dizer(str(falha))
        return titulo
    return None


@contextmanager
def verificando(python: str, env: dict[str, str]) -> Iterator[list[str]]:
    """Roda todas, uma por núcleo de cada vez, e à parte a que espera pela rede. O bloco começa quando sobra um núcleo,
    sem esperar pelas últimas; ao sair dele, a lista tem os títulos de todas as que falharam."""
    falhas: list[str] = []
    with ThreadPoolExecutor(1) as rede, ThreadPoolExecutor(_processos()) as fila:
        da_rede = rede.submit(_dependencias, python)
        feitas = [fila.submit(_uma, *verificacao) for verificacao in verificacoes(python, env)]
        fila.submit(lambda: None).result()  # a vez dela chega quando todas já começaram
        falhas += [titulo for feita in feitas if feita.done() and (titulo := feita.result())]
        yield falhas
        falhas[:] = [titulo for feita in [*feitas, da_rede] if (titulo := feita.result())]


def _processos() -> int:
    return min(os.cpu_count() or 1, PROCESSOS)


def _opcoes_do_pytest(argumentos: list[str], resistencia: bool) -> list[str]:
    if resistencia:
        return ["-m", "resistencia", "--no-cov", "--timeout=3600", *argumentos]
    if argumentos:
        return [*argumentos, "--no-cov"]
    repartida = ["-n", str(_processos()), "--dist", "worksteal"]
    return [*repartida, "--cov", "--cov-report=term:skip-covered"]


def _pytest(python: str, env: dict[str, str], argumentos: list[str], resistencia: bool) -> int:
    comando = [python, "-m", "pytest", *_opcoes_do_pytest(argumentos, resistencia)]
    return subprocess.run(comando, cwd=RAIZ, env=env, check=False).returncode


def executar(var: Path, argumentos: list[str], *, resistencia: bool) -> int:
    """Código de saída: 0 só se cada verificação e cada teste passou."""
    dizer("Carteira: testes")
    python = demonstracao.preparar(var, "testes")
    with servicos.em_uso(var, calado=True) as enderecos:
        extra = {"CHROMIUM": achado} if (achado := pacotes.navegador()) else {}
        env = demonstracao.ambiente_dos_filhos(var, enderecos, AMBIENTE="teste", **extra)
        com_elas: AbstractContextManager[list[str]] = (
            nullcontext([]) if argumentos or resistencia else verificando(python, env)
        )
        with com_elas as falhas:
            if falhas:
                dizer(f"Falharam: {', '.join(falhas)}. Os testes correm assim mesmo, para dizer o resto.")
            codigo = _pytest(python, env, argumentos, resistencia)
    if falhas:
        dizer(f"Falharam fora do pytest: {', '.join(falhas)}.")
    return codigo or int(bool(falhas))


def bench(var: Path, argumentos: list[str]) -> int:
    """Passa para `manage.py bench`, se esta versão o tem."""
    if not any(RAIZ.glob("*/management/commands/bench.py")):
        raise Falha("Esta versão ainda não tem medições: o comando `manage.py bench` não existe.")
    python = demonstracao.preparar(var, "testes")  # o pandas, com que se compara, só vem com eles
    with servicos.em_uso(var) as enderecos:
        env = demonstracao.ambiente_dos_filhos(var, enderecos)
        demonstracao.migrar(python, var, env)
        return subprocess.run(
            comandos.manage(python, "bench", *argumentos), cwd=RAIZ, env=env, check=False
        ).returncode


def auditar(var: Path) -> int:
    """`./rodar auditar`: o que não se pôde conferir reprova, e não passa."""
    feita = auditoria.auditar(demonstracao.preparar(var, "testes"))
    if feita.conferiu:
        dizer(feita.dito)
    else:
        dizer(
            "A auditoria não chegou ao índice público de pacotes e não conferiu nada: isto não quer dizer "
            "que há falhas, nem que não há. Rode ./rodar auditar numa máquina com internet."
        )
    return feita.codigo


def servicos_apenas(var: Path) -> None:
    """`./rodar servicos`: deixa o ambiente pronto e o par de serviços ligado, e volta."""
    python = demonstracao.preparar(var, "execucao")
    servicos.deixar_ligados(var)
    with servicos.em_uso(var) as enderecos:
        env = demonstracao.ambiente_dos_filhos(var, enderecos)
        demonstracao.migrar(python, var, env)
    dizer(
        f"Ligados. `{os.path.relpath(python, RAIZ)} manage.py …` os acha sozinho; ./rodar parar os desliga."
    )
