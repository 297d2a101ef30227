"""Onde estão as coisas desta cópia: a raiz, `var/` e os endereços dos serviços privados ligados."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

RAIZ = Path(__file__).resolve().parent.parent.parent
ENDERECOS = ("DATABASE_URL", "REDIS_URL")


def pasta_var() -> Path:
    """`var/` da raiz, ou a pasta que VAR_DIR nomeia."""
    return Path(os.environ.get("VAR_DIR") or RAIZ / "var").absolute()


def ler_json(caminho: Path) -> dict[str, Any]:
    """Conteúdo do arquivo; vazio quando ele falta ou está estragado (será refeito)."""
    try:
        lido = json.loads(caminho.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return lido if isinstance(lido, dict) else {}


def gravar_json(caminho: Path, dados: Mapping[str, object]) -> None:
    """Troca o arquivo de uma vez, legível só pelo dono: nunca há meio arquivo."""
    provisorio = caminho.with_name(f".{caminho.name}.{os.getpid()}")
    descritor = os.open(provisorio, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descritor, "w", encoding="utf-8") as arquivo:
        json.dump(dados, arquivo, ensure_ascii=False, indent=1)
    os.replace(provisorio, caminho)


def enderecos(var: Path | None = None) -> dict[str, str]:
    """DATABASE_URL e REDIS_URL dos serviços privados ligados, se houver."""
    gravados = ler_json((var or pasta_var()) / "servicos.json")
    return {nome: str(gravados[nome]) for nome in ENDERECOS if gravados.get(nome)}


def anotar_enderecos(var: Path, **novos: str | None) -> None:
    """Acrescenta (ou, com None, esquece) endereços que `manage.py` deve achar sozinho."""
    caminho = var / "servicos.json"
    todos = {**ler_json(caminho), **novos}
    gravar_json(caminho, {nome: valor for nome, valor in todos.items() if valor is not None})
