"""O ambiente `.venv`: criado com venv, sincronizado da trava com hashes por uv, ou por pip se não houver uv.

A marca dentro do `.venv` diz de que trava ele saiu; sem mudança na trava nada se repete.
"""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from carteira.local import ambiente
from carteira.local.ambiente import RAIZ
from carteira.local.etapas import Falha, etapa, rodar

TRAVAS = {"execucao": "requirements.txt", "testes": "requirements-dev.txt"}
TRAVA_DO_UV = "requirements-uv.txt"
LEGIVEL = 0o022  # o dono do PostgreSQL pode precisar ler os programas que vêm na roda


def resumo(*arquivos: Path) -> str:
    """Um hash do conteúdo, para saber se algo mudou."""
    conta = hashlib.sha256()
    for arquivo in arquivos:
        conta.update(arquivo.name.encode() + b"\0" + arquivo.read_bytes() + b"\0")
    return conta.hexdigest()


def _marca_esperada(perfil: str, raiz: Path) -> dict[str, object]:
    """De que trava, com que Python e onde: um `.venv` copiado ou movido não vale."""
    return {
        "perfil": perfil,
        "trava": resumo(raiz / TRAVAS[perfil]),
        "python": list(sys.version_info[:2]),
        "lugar": str(raiz / ".venv"),
    }


def em_dia(perfil: str, raiz: Path = RAIZ) -> bool:
    """O ambiente serve? O de testes serve também para rodar, e não é desfeito à toa."""
    marca = ambiente.ler_json(raiz / ".venv" / "carteira.json")
    perfis = ("execucao", "testes") if perfil == "execucao" else ("testes",)
    return (raiz / ".venv/bin/python").exists() and any(marca == _marca_esperada(p, raiz) for p in perfis)


def _perfil_a_instalar(perfil: str, raiz: Path) -> str:
    """Quem já tinha as ferramentas de teste continua com elas quando a trava muda."""
    tinha = ambiente.ler_json(raiz / ".venv" / "carteira.json").get("perfil")
    return "testes" if tinha == "testes" else perfil


def _criar(venv: Path, registro: Path) -> None:
    """Ambiente novo só quando não há um utilizável com o mesmo Python."""
    programa = venv / "bin/python"
    codigo = f"import sys; print(sys.version_info[:2] == {sys.version_info[:2]}, end='')"
    try:
        serve = (
            subprocess.run([programa, "-m", "pip", "--version"], capture_output=True, check=False).returncode
            == 0
        )
        serve = (
            serve
            and subprocess.run([programa, "-c", codigo], capture_output=True, check=False).stdout == b"True"
        )
    except OSError:
        serve = False
    if serve:
        return
    shutil.rmtree(venv, ignore_errors=True)
    rodar(
        [sys.executable, "-m", "venv", str(venv)],
        registro=registro,
        umask=LEGIVEL,
        erro="Não consegui criar o .venv",
    )


def _instalar(python: str, trava: str, registro: Path) -> str:
    """uv (travado, com hash) ou, se ele não vier, pip: a mesma trava e os mesmos hashes."""
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r"]
    try:
        rodar([*pip, TRAVA_DO_UV], registro=registro, umask=LEGIVEL)
        rodar(
            [python, "-m", "uv", "pip", "sync", "--python", python, "--require-hashes", trava],
            registro=registro,
        )
    except Falha:
        rodar([*pip, trava], registro=registro, umask=LEGIVEL, erro="Não consegui instalar as dependências")
        return "pip"
    return "uv"


def garantir(perfil: str, var: Path, raiz: Path = RAIZ) -> str:
    """Deixa o `.venv` igual à trava; devolve o Python dele."""
    venv = raiz / ".venv"
    python = str(venv / "bin/python")
    if em_dia(perfil, raiz):
        return python
    perfil = _perfil_a_instalar(perfil, raiz)
    with etapa("Ambiente Python em .venv") as dar:
        _criar(venv, var / "registros/venv.log")
        dar(f"{TRAVAS[perfil]} por {_instalar(python, TRAVAS[perfil], var / 'registros/dependencias.log')}")
    ambiente.gravar_json(venv / "carteira.json", _marca_esperada(perfil, raiz))
    return python
