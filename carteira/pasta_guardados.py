"""O que a pasta vigiada guarda do que já importou: os arquivos que saem com um titular, e os que ficam por conferir.

A pasta é da empresa, e pode não se deixar escrever: apaga-se o que der, e diz-se a quem pediu o que ficou.
"""

import logging
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from carteira.arquivos_do_titular import apagar_ao_gravar
from carteira.formatos import numero, plural
from carteira.pasta import PROCESSADOS, RECUSADOS
from clientes.models import Importacao
from contas.models import Empresa

registro = logging.getLogger("carteira.pasta")


@dataclass(frozen=True, slots=True)
class NaPasta:
    """Com o relatório e as linhas recusadas de cada um; dos que ficam não se sabe mais o que trazem."""

    saem: list[Path]
    ficam: int

    @property
    def na_auditoria(self) -> dict[str, int]:
        ditos = {"apagados na pasta vigiada": len(self.saem), "por conferir na pasta vigiada": self.ficam}
        return ditos if self.saem or self.ficam else {}

    def apagar_ao_gravar(self) -> None:
        for arquivo in self.saem:
            apagar_ao_gravar(arquivo)


def na_pasta(empresa: Empresa, citados: list[Importacao]) -> NaPasta:
    """O nome guardado começa pelo número da importação."""
    deles, todos = tuple(f"{i.pk}-" for i in citados), _guardados(empresa)
    saem = [arquivo for arquivo in todos if arquivo.name.startswith(deles)]
    return NaPasta(saem, len(todos) - len(saem))


def o_que_ficou(empresa: Empresa) -> str:
    """O que dizer depois de esquecer alguém; vazio se a pasta não guarda nada."""
    ficam = na_pasta(empresa, []).ficam
    if not ficam:
        return ""
    frase = plural(ficam, "arquivo que o Carteira não lê mais,arquivos que o Carteira não lê mais")
    return f"A pasta vigiada guarda {numero(ficam)} {frase}: apague lá os que citam a pessoa."


def _guardados(empresa: Empresa) -> list[Path]:
    if not settings.PASTA_DE_ENTRADA:
        return []
    raiz = Path(settings.PASTA_DE_ENTRADA) / empresa.codigo
    try:
        pastas = [p for p in (raiz / PROCESSADOS, raiz / RECUSADOS) if p.is_dir() and not p.is_symlink()]
        return sorted(a for pasta in pastas for a in pasta.iterdir() if a.is_file() and not a.is_symlink())
    except OSError as erro:
        registro.warning("pasta de %s não se deixou ler: %s", empresa.codigo, erro)
        return []
