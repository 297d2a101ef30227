"""O dono dos serviços: servidores de banco não rodam como root, então root cede lugar a outro usuário."""

import os
import pwd
import secrets
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carteira.local import ambiente


@dataclass(frozen=True)
class Dono:
    """Usuário sob o qual os serviços privados rodam."""

    uid: int
    gid: int
    nome: str

    @property
    def troca(self) -> bool:
        """Há troca de usuário (só root pode e precisa)?"""
        return os.geteuid() == 0 and self.uid != 0

    def opcoes(self) -> dict[str, Any]:
        """Argumentos de subprocess para rodar como este usuário."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.troca else {}

    def entregar(self, pasta: Path, modo: int = 0o700) -> Path:
        """Cria a pasta (se falta) e a entrega a este usuário, fechada aos demais."""
        pasta.mkdir(mode=modo, parents=True, exist_ok=True)
        if self.troca:
            os.chown(pasta, self.uid, self.gid)
        pasta.chmod(modo)
        return pasta


def escolher_dono() -> Dono:
    """Quem chamou; se for root, o usuário `postgres` ou `nobody` que a máquina já tenha."""
    if os.geteuid() != 0:
        return Dono(os.geteuid(), os.getegid(), "")
    for nome in ("postgres", "_postgres", "nobody"):
        try:
            achado = pwd.getpwnam(nome)
        except KeyError:
            continue
        if achado.pw_uid > 0:
            return Dono(achado.pw_uid, achado.pw_gid, nome)
    raise RuntimeError("Rodando como root e sem usuário `postgres` nem `nobody`: rode como um usuário comum.")


def preparar_var(var: Path, dono: Dono) -> Path:
    """Cria `var/` fechada (0700); como root, o grupo do dono pode só atravessá-la (0710)."""
    var.mkdir(mode=0o700, parents=True, exist_ok=True)
    if dono.troca:
        os.chown(var, -1, dono.gid)
    if os.stat(var).st_uid == os.geteuid():
        var.chmod(0o710 if dono.troca else 0o700)
    return var


def _pode(dono: Dono, info: os.stat_result, bits: int) -> bool:
    if info.st_uid == dono.uid:
        return bool(info.st_mode & (bits << 6))
    if info.st_gid == dono.gid:
        return bool(info.st_mode & (bits << 3))
    return bool(info.st_mode & bits)


def alcanca(dono: Dono, caminho: Path) -> bool:
    """O dono consegue chegar até o caminho? Vê os modos de cada pasta acima, sem mudar nenhum."""
    if not dono.troca:
        return True
    real = caminho.resolve()
    return all(_pode(dono, os.stat(acima), stat.S_IXOTH) for acima in real.parents)


def pasta_dos_servicos(var: Path, dono: Dono) -> Path:
    """`var/`, ou uma pasta privada em /var/lib quando o dono não chega até ela (clone dentro de /root)."""
    if alcanca(dono, var / "x"):
        return var
    anotada = ambiente.ler_json(var / "lugar.json").get("pasta")
    if anotada and Path(anotada).is_dir():
        return Path(anotada)
    base = Path("/var/lib") if os.access("/var/lib", os.W_OK) else Path("/var/tmp")  # noqa: S108  # nosec B108 # nome ao acaso, 0700
    pasta = dono.entregar(base / f"carteira-{secrets.token_hex(4)}")
    ambiente.gravar_json(var / "lugar.json", {"pasta": str(pasta)})
    return pasta


def copiar_para(dono: Dono, origem: Path, destino: Path) -> None:
    """Copia uma árvore para onde o dono a alcança, de uma vez (cópia ao lado e troca de nome)."""
    if destino.is_dir():
        return
    dono.entregar(destino.parent)
    provisorio = destino.with_name(f".{destino.name}.{os.getpid()}")
    shutil.copytree(origem, provisorio, symlinks=True)
    if dono.troca:
        for pasta, _, arquivos in os.walk(provisorio):
            for caminho in (pasta, *(os.path.join(pasta, nome) for nome in arquivos)):
                os.chown(caminho, dono.uid, dono.gid, follow_symlinks=False)
    os.rename(provisorio, destino)


def rodar_como(dono: Dono, comando: list[str], **opcoes: Any) -> subprocess.CompletedProcess[str]:
    """Roda até o fim como o dono; a pasta corrente é uma que ele sempre alcança."""
    return subprocess.run(
        comando, cwd="/", capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
        **dono.opcoes(), **opcoes,
    )  # fmt: skip
