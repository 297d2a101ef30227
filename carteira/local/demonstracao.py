"""`./rodar`: prepara tudo, põe web, worker e beat no ar e fica de vigia."""

import fcntl
import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path

from carteira.local import ambiente, comandos, dependencias, estrutura, pacotes, servicos
from carteira.local.ambiente import RAIZ
from carteira.local.etapas import Falha, avisar, dizer, duracao, etapa, rodar
from carteira.local.portas import escolher_porta
from carteira.local.supervisao import Supervisor, recolher_orfaos

PRAZO_DA_PRIMEIRA_PAGINA = 90.0


def preparar(var: Path, perfil: str) -> str:
    """Pacotes do sistema e `.venv`; devolve o Python do projeto."""
    servicos.preparar_pastas(var)
    lista = pacotes.para_testes() if perfil == "testes" else pacotes.para_rodar()
    if dependencias.em_dia(perfil):
        lista = tuple(p for p in lista if p is not pacotes.VENV)
    faltam = pacotes.garantir(lista, var / "registros/pacotes.log")
    if pacotes.VENV in faltam and not dependencias.em_dia(perfil):
        raise Falha("Sem python3-venv não há como continuar.")
    return dependencias.garantir(perfil, var)


def ambiente_dos_filhos(var: Path, enderecos: dict[str, str], **mais: str) -> dict[str, str]:
    """O de quem chamou, menos o que proíbe guardar bytecode: sem ele cada processo recompila dois mil módulos."""
    herdado = {nome: valor for nome, valor in os.environ.items() if nome != "PYTHONDONTWRITEBYTECODE"}
    return {**herdado, "VAR_DIR": str(var), "PYTHONUNBUFFERED": "1", **enderecos, **mais}


def _marca_da_estrutura(env: dict[str, str]) -> dict[str, object]:
    """De que banco e de que migrações se trata: enquanto for a mesma, a estrutura está em dia."""
    return {"url": env.get("DATABASE_URL"), "resumo": estrutura.impressao(*estrutura.MIGRACOES)}


def _migrado(var: Path, marca: dict[str, object]) -> bool:
    return "DATABASE_URL" not in os.environ and ambiente.ler_json(var / "migrado.json") == marca


def migrar(python: str, var: Path, env: dict[str, str]) -> None:
    """Só quando as migrações ou a trava mudaram; num banco de fora, sempre."""
    marca = _marca_da_estrutura(env)
    if _migrado(var, marca):
        return
    with etapa("Estrutura do banco"):
        comando = comandos.manage(python, "migrate", "--noinput", "--skip-checks")
        rodar(comando, env=env, registro=var / "registros/migrate.log")
    ambiente.gravar_json(var / "migrado.json", marca)


def criar_demo(python: str, var: Path, env: dict[str, str]) -> None:
    """Primeira vez: dados de demonstração num banco vazio."""
    with etapa("Dados de demonstração"):
        comando = comandos.manage(python, "criar_demo", "--tamanho", "P", "--se-vazio")
        rodar(comando, env=env, registro=var / "registros/demo.log")
    ambiente.gravar_json(var / "modo.json", {"modo": "demonstracao", "ate": hoje_em_brasilia()})


def hoje_em_brasilia() -> str:
    """A data da demonstração: hora de Brasília, que não tem mais verão, sem depender da base de fusos."""
    return datetime.now(timezone(timedelta(hours=-3))).date().isoformat()


def continuar_demo(python: str, var: Path, env: dict[str, str]) -> None:
    """Traz a demonstração até hoje, uma vez por dia."""
    hoje = hoje_em_brasilia()
    if ambiente.ler_json(var / "modo.json").get("ate") == hoje:
        return
    with etapa("Demonstração trazida até hoje"):
        comando = comandos.manage(python, "criar_demo", "--tamanho", "P", "--continuar")
        rodar(comando, env=env, registro=var / "registros/demo.log")
    ambiente.gravar_json(var / "modo.json", {"modo": "demonstracao", "ate": hoje})


def escolher_modo(var: Path, vazio: bool) -> str:
    """`primeira` (criar a demonstração), `continuar` ou `empresa`; nada se troca em silêncio."""
    modo = ambiente.ler_json(var / "modo.json").get("modo")
    if vazio and modo == "demonstracao":
        avisar(
            "esta cópia já tem a demonstração, e nada foi apagado: entre como administrador e use "
            "“Sair da demonstração”, ou apague a pasta var/."
        )
        return "continuar"
    if vazio:
        ambiente.gravar_json(var / "modo.json", {"modo": "empresa"})
        return "empresa"
    return {"demonstracao": "continuar", "empresa": "empresa"}.get(str(modo), "primeira")


def esperar_pagina(url: str, sup: Supervisor) -> None:
    """Espera a primeira página de verdade, com o HTML já servido."""
    fim = time.monotonic() + PRAZO_DA_PRIMEIRA_PAGINA
    while time.monotonic() < fim:
        try:
            with urllib.request.urlopen(url, timeout=30) as resposta:  # noqa: S310 — é sempre o nosso 127.0.0.1  # nosec B310 # 127.0.0.1
                resposta.read()
                return
        except urllib.error.HTTPError as erro:
            raise Falha(f"A primeira página respondeu {erro.code}; veja {sup.registros}/web.log") from erro
        except OSError:
            if not sup.filhos[0].vivo():
                break
            time.sleep(0.05)
    raise Falha(f"A web não respondeu; veja {sup.registros}/web.log")


@contextmanager
def unico(var: Path) -> Iterator[None]:
    """Um `./rodar` por cópia; o pid anotado serve a `./rodar parar`, que o sabe vivo pela trava."""
    with (var / "rodar.trava").open("a+") as trava:
        try:
            fcntl.flock(trava, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as erro:
            onde = ambiente.ler_json(var / "rodando.json").get("url")
            raise Falha(
                f"Já está rodando{f' em {onde}' if onde else ''}. Para parar: ./rodar parar"
            ) from erro
        try:
            ambiente.gravar_json(var / "rodando.json", {"pid": os.getpid()})
            _recolher(var)
            yield
        finally:
            (var / "rodando.json").unlink(missing_ok=True)


def _recolher(var: Path) -> None:
    if orfaos := recolher_orfaos(var):
        avisar(f"a partida anterior foi interrompida à força: parado o que ela deixou ({', '.join(orfaos)})")


def rodando(var: Path) -> int:
    """Pid do `./rodar` vivo desta cópia; 0 se ninguém segura a trava, diga o arquivo o que disser."""
    if not (var / "rodar.trava").exists():
        return 0
    with (var / "rodar.trava").open("a+") as trava:
        try:
            fcntl.flock(trava, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return int(ambiente.ler_json(var / "rodando.json").get("pid", 0))
    return 0


def _primeiros_passos(python: str, env: dict[str, str], url: str) -> str:
    """Onde começar e com que código; quem já tem administrador só entra."""
    comando = comandos.manage(python, "codigo_inicial")
    saida = subprocess.run(
        comando, cwd=RAIZ, env=env, capture_output=True, text=True, check=False
    ).stdout.strip()
    if not saida:
        return f"Empresa de verdade: entre em {url}"
    return f"Empresa de verdade: comece em {url}comecar/?codigo={saida}   (código {saida})"


def _mostrar_entrada(var: Path, url: str, passos: str, desde: float) -> None:
    dizer(f"\nCarteira no ar em {duracao(time.monotonic() - desde)}:  {url}")
    pessoas = ambiente.ler_json(var / "demo.json").get("pessoas", [])
    if passos:
        dizer(passos)
    elif pessoas:
        dizer("\nPessoas da demonstração:")
        papel, email = (max(len(p[campo]) for p in pessoas) for campo in ("papel", "email"))
        for p in pessoas:
            dizer(f"  {p['papel']:<{papel}}  {p['email']:<{email}}  senha {p['senha']}  ({p['nome']})")
    dizer(f"\nMensagens e registros em {var}. Ctrl-C para parar.\n")


def executar(var: Path, *, vazio: bool, porta: int | None, desde: float) -> None:
    """O comando inteiro, da máquina nua à primeira página."""
    dizer("Carteira")
    python = preparar(var, "execucao")
    with unico(var):
        porta = escolher_porta(porta)
        url = f"http://127.0.0.1:{porta}/"
        ambiente.gravar_json(var / "rodando.json", {"pid": os.getpid(), "url": url})
        sup = Supervisor(var)
        try:
            adiantado = _adiantar_web(sup, python, var, porta)
            with servicos.em_uso(var) as enderecos:
                env = _ambiente(var, enderecos, porta)
                if env != adiantado:
                    sup.parar()
                    sup = Supervisor(var)
                _servir(sup, python, var, env, url, vazio=vazio, desde=desde)
        finally:
            sup.parar()


def _ambiente(var: Path, enderecos: dict[str, str], porta: int) -> dict[str, str]:
    publico = os.environ.get("ENDERECO_PUBLICO", f"http://127.0.0.1:{porta}")
    return ambiente_dos_filhos(var, enderecos, ENDERECO_PUBLICO=publico)


def _adiantar_web(sup: Supervisor, python: str, var: Path, porta: int) -> dict[str, str] | None:
    """Numa cópia que já rodou e nada mudou, a web importa o que precisa enquanto o banco e o Redis sobem.

    Devolve o ambiente com que a ligou; se os serviços acabarem noutro endereço, ela recomeça.
    """
    env = _ambiente(var, servicos.previstos(var), porta)
    ja_rodou = ambiente.ler_json(var / "modo.json").get("modo")
    if not ja_rodou or not _migrado(var, _marca_da_estrutura(env)):
        return None
    _ligar_web(sup, python, env, porta)
    return env


def _ligar_web(sup: Supervisor, python: str, env: dict[str, str], porta: int) -> None:
    sup.ligar("web", comandos.web(python, f"127.0.0.1:{porta}"), env)


def _servir(
    sup: Supervisor, python: str, var: Path, env: dict[str, str], url: str, *, vazio: bool, desde: float
) -> None:
    """Do banco ligado à parada: estrutura, dados, processos, e a vigia até o Ctrl-C."""
    migrar(python, var, env)
    modo = escolher_modo(var, vazio)
    if modo == "primeira":
        criar_demo(python, var, env)
    try:
        _subir(sup, python, var, env, url, modo)
        passos = _primeiros_passos(python, env, url) if modo == "empresa" else ""
        _mostrar_entrada(var, url, passos, desde)
        sup.vigiar(lambda: servicos.vigiar(var))
    finally:
        dizer("\nParando…")
        sup.parar()


def _subir(sup: Supervisor, python: str, var: Path, env: dict[str, str], url: str, modo: str) -> None:
    """A web primeiro e sozinha: quem espera, espera a primeira página."""
    with etapa("Web") as dar:
        if not sup.filhos:
            _ligar_web(sup, python, env, int(url.rstrip("/").rpartition(":")[2]))
        esperar_pagina(url, sup)
        dar(url)
    with etapa("Worker e beat"):
        sup.ligar("worker", comandos.worker(python), env)
        sup.ligar("beat", comandos.beat(python), env)
    if modo == "continuar":
        continuar_demo(python, var, env)
