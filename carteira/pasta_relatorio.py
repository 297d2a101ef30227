"""O relatório que fica ao lado de cada arquivo da pasta vigiada: o que entrou, o que não entrou e por quê."""

import os
from pathlib import Path

from carteira.formatos import numero
from clientes.models import Importacao


def escrever_relatorio(destino: Path, nome: str, mensagem: str, importacao: Importacao | None) -> None:
    """Escrito à parte e posto no lugar de uma vez: ninguém lê um relatório pela metade."""
    provisorio = destino.with_name(f".{destino.name}.tmp")
    provisorio.write_text("\n".join([nome, mensagem, *_detalhes(importacao)]) + "\n", encoding="utf-8")
    os.replace(provisorio, destino)


def _detalhes(importacao: Importacao | None) -> list[str]:
    contas = (importacao.resultado if importacao else None) or {}
    if not importacao or not contas:
        return []
    rejeicoes = [
        f"linha {r['linha']}, {r['coluna'] or 'linha inteira'}, “{r['valor']}”: {r['motivo']}"
        for r in contas.get("rejeicoes", [])
    ]
    sumico = contas.get("desaparecidas")
    return [
        f"{importacao.get_tipo_display()}, importação {importacao.pk}",
        *(
            f"{rotulo}: {numero(contas.get(chave, 0))}"
            for chave, rotulo in (
                ("aceitas", "aceitas"), ("novas", "novas"), ("atualizadas", "atualizadas"),
                ("inalteradas", "inalteradas"), ("rejeitadas", "rejeitadas"),
            )
        ),
        *([f"deixaram de vir: {numero(sumico['quantas'])}"] if sumico else []),
        *(f"aviso: {aviso}" for aviso in contas.get("avisos", [])),
        *rejeicoes,
    ]  # fmt: skip
