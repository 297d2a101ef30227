"""De que é feita a estrutura de um banco: enquanto a impressão digital for a mesma, o que já está migrado serve."""

from pathlib import Path

from carteira.local import dependencias
from carteira.local.ambiente import RAIZ

# As nossas migrações com os dados que elas carregam, e as das bibliotecas, na versão em que a trava as põe.
MIGRACOES = ("*/migrations/**/*.py", "*/migrations/**/*.sql", "*/dados/*.gz", "requirements.txt")
# O que as migrações importam e o que se faz depois delas (permissões, a hora da noite). Só conta para quem parte
# de um banco recém-migrado: num banco em uso, mudar isto não pede que se migre de novo.
DEPOIS_DELAS = (
    "*/models/**/*.py",
    "*/models.py",
    "contas/texto.py",
    "carteira/apps.py",
    "carteira/horario.py",
    "carteira/settings.py",
)


def arquivos(*padroes: str, raiz: Path = RAIZ) -> list[Path]:
    """O que os padrões nomeiam, em ordem."""
    return sorted({arquivo for padrao in padroes for arquivo in raiz.glob(padrao) if arquivo.is_file()})


def impressao(*padroes: str, raiz: Path = RAIZ) -> str:
    """Um hash do conteúdo de tudo o que os padrões nomeiam."""
    return dependencias.resumo(*arquivos(*padroes, raiz=raiz))
