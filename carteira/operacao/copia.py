"""A cópia: o banco por `pg_dump`, os arquivos num tar, e um manifesto que diz o que tem de sair da restauração.

Tudo vê o mesmo instante do banco (a fotografia da transação que conta é a que o `pg_dump` lê). A pasta nasce com um
nome provisório e só ganha o seu quando está completa: uma queda no meio não deixa meia cópia com cara de inteira.
"""

import hashlib
import json
import os
import platform
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from carteira.local import postgres_binarios
from carteira.operacao.versao import versao

BANCO, ARQUIVOS, MANIFESTO = "banco.dump", "arquivos.tar", "manifesto.json"
PREFIXO, PROVISORIO = "carteira-", ".carteira-"
FORMATO = 1
# Onde a restauração guarda o banco de antes, até o novo estar conferido.
ANTES = "carteira_antes_de_restaurar"
# Quem restaura entra de novo: uma sessão copiada seria uma porta aberta.
SEM_LINHAS = ("django_session",)
FORA = (
    "SECRET_KEY: guarde-a em lugar seguro e separado. Sem ela, o servidor de e-mail e os segredos dos webhooks "
    "gravados no banco não se abrem, e os enlaces já enviados deixam de valer.",
    "As outras variáveis do ambiente (.env): DATABASE_URL, REDIS_URL, EMAIL_URL, DKIM_CHAVE, METRICAS_TOKEN.",
    "As sessões abertas: depois de restaurar, todos entram de novo.",
    "O Redis: é só a campainha; a varredura acha no banco o que falta.",
)


class CopiaFalhou(Exception):
    """Por que não deu, em palavras de quem opera."""


def copiar(destino: Path, *, agora: datetime) -> Path:
    """Faz a cópia numa pasta nova de `destino` e devolve a pasta."""
    destino.mkdir(mode=0o700, parents=True, exist_ok=True)
    nome = f"{agora:%Y%m%d-%H%M%S}"
    provisoria, pronta = destino / f"{PROVISORIO}{nome}", destino / f"{PREFIXO}{nome}"
    if pronta.exists():
        raise CopiaFalhou(f"Já há uma cópia em {pronta}: espere um segundo e tente de novo.")
    shutil.rmtree(provisoria, ignore_errors=True)
    provisoria.mkdir(mode=0o700)
    try:
        manifesto = _encher(provisoria, agora)
        _gravar(provisoria / MANIFESTO, json.dumps(manifesto, ensure_ascii=False, indent=1).encode())
        os.rename(provisoria, pronta)
    except BaseException:
        shutil.rmtree(provisoria, ignore_errors=True)
        raise
    return pronta


def _encher(pasta: Path, agora: datetime) -> dict[str, Any]:
    with fotografia() as nome:
        _despejar(pasta / BANCO, nome)
        tabelas = contar_tabelas()
        migracoes = _migracoes()
    quantos = _guardar_arquivos(pasta / ARQUIVOS)
    return {
        "formato": FORMATO,
        "em": agora.isoformat(),
        "carteira": versao(),
        "postgres": connection.pg_version,
        "python": platform.python_version(),
        "migracoes": migracoes,
        "arquivos": quantos,
        "pasta_dos_arquivos": str(settings.MEDIA_ROOT),
        "tabelas": tabelas,
        "somas": {nome: soma_do_arquivo(pasta / nome) for nome in (BANCO, ARQUIVOS)},
        "fora": list(FORA),
    }


# ── O banco ──────────────────────────────────────────────────────────────────


@contextmanager
def fotografia() -> Iterator[str]:
    """Uma leitura só, e o nome por que o `pg_dump` lê o mesmo instante."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        yield str(cursor.fetchone()[0])


def programa(nome: str, maior: int) -> str:
    """O `pg_dump` (ou `pg_restore`) desta máquina que entende um servidor daquela versão."""
    achados = [
        (b.versao, b[nome])
        for b in (*_indicado(), *postgres_binarios.do_sistema(), *postgres_binarios.da_roda())
        if b.versao >= maior and Path(b[nome]).exists()
    ]
    if achados:
        return min(achados)[1]
    if no_caminho := shutil.which(nome):
        return no_caminho
    raise CopiaFalhou(
        f"Não há nesta máquina um {nome} que entenda o PostgreSQL {maior}: instale postgresql-client-{maior} "
        "ou indique a pasta dos programas em PG_BIN."
    )


def _indicado() -> list[postgres_binarios.Binarios]:
    pasta = os.environ.get("PG_BIN")
    return [postgres_binarios.Binarios(Path(pasta), maior_versao())] if pasta else []


def maior_versao() -> int:
    return connection.pg_version // 10000


def endereco() -> tuple[list[str], dict[str, str]]:
    """As opções de conexão e o ambiente: a senha vai por ele, que outros usuários não leem."""
    dados = connection.settings_dict
    opcoes = dados.get("OPTIONS", {})
    host = dados["HOST"] or opcoes.get("host", "")
    porta = dados["PORT"] or opcoes.get("port", "")
    partes = [("--host", host), ("--port", porta), ("--username", dados["USER"])]
    linha = [texto for opcao, valor in partes if valor for texto in (opcao, str(valor))]
    limpo = {nome: valor for nome, valor in os.environ.items() if not nome.startswith("PG")}
    segredos = {"PGPASSWORD": str(dados["PASSWORD"])} if dados["PASSWORD"] else {}
    modo = {"PGSSLMODE": str(opcoes["sslmode"])} if opcoes.get("sslmode") else {}
    return linha, {**limpo, **segredos, **modo, "LC_ALL": "C"}


def _despejar(arquivo: Path, fotografia_: str) -> None:
    conexao, ambiente = endereco()
    excluidas = [f"--exclude-table-data=public.{tabela}" for tabela in SEM_LINHAS]
    comando = [
        programa("pg_dump", maior_versao()), "--format=custom", "--no-owner", "--no-privileges",
        f"--exclude-schema={ANTES}",
        "--lock-wait-timeout=60s", f"--snapshot={fotografia_}", *excluidas, *conexao,
        "--file", str(arquivo), connection.settings_dict["NAME"],
    ]  # fmt: skip
    executar(comando, ambiente)
    arquivo.chmod(0o600)


def executar(comando: list[str], ambiente: dict[str, str]) -> None:
    feito = subprocess.run(comando, env=ambiente, capture_output=True, text=True, check=False)
    if feito.returncode:
        raise CopiaFalhou(f"{Path(comando[0]).name} falhou: {feito.stderr.strip()[-600:]}")


def _migracoes() -> dict[str, str]:
    """A última de cada aplicação: diz de que versão da estrutura é a cópia."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, max(name) FROM django_migrations GROUP BY 1 ORDER BY 1")
        return dict(cursor.fetchall())


def contar_tabelas() -> dict[str, list[Any]]:
    """De cada tabela, quantas linhas e uma soma que não depende da ordem delas: um número por linha, somados.

    Lê cada tabela uma vez, no banco, com memória constante. As opções fixam como uma linha vira texto.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        for opcao in ("datestyle = 'ISO, YMD'", "timezone = 'UTC'", "intervalstyle = 'iso_8601'",
                      "bytea_output = 'hex'", "extra_float_digits = 3"):  # fmt: skip
            cursor.execute(f"SET LOCAL {opcao}")
        cursor.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1"
        )
        somas: dict[str, list[Any]] = {}
        for (tabela,) in cursor.fetchall():
            filtro = "WHERE false" if tabela in SEM_LINHAS else ""
            cursor.execute(
                "SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text "
                f'FROM public."{tabela}" t {filtro}'
            )
            somas[tabela] = list(cursor.fetchone())
        return somas


# ── Os arquivos ──────────────────────────────────────────────────────────────


def _guardar_arquivos(destino: Path) -> int:
    """Sem comprimir: planilhas e PDFs já são. O que some durante a cópia (venceu) não faz falta."""
    raiz, quantos = Path(settings.MEDIA_ROOT), 0
    with tarfile.open(destino, "w") as tar:
        for pasta, pastas, nomes in os.walk(raiz):
            pastas.sort()
            for nome in sorted(nomes):
                caminho = Path(pasta) / nome
                try:
                    tar.add(caminho, arcname=str(caminho.relative_to(raiz)), recursive=False)
                except FileNotFoundError:
                    continue
                quantos += 1
    destino.chmod(0o600)
    return quantos


def soma_do_arquivo(caminho: Path) -> str:
    with caminho.open("rb") as arquivo:
        return hashlib.file_digest(arquivo, "sha256").hexdigest()


def _gravar(caminho: Path, conteudo: bytes) -> None:
    """Até o disco: o manifesto é o que diz que a cópia está inteira."""
    with caminho.open("wb") as arquivo:
        os.fchmod(arquivo.fileno(), 0o600)
        arquivo.write(conteudo)
        arquivo.flush()
        os.fsync(arquivo.fileno())


# ── As cópias que há ─────────────────────────────────────────────────────────


def ler_manifesto(pasta: Path) -> dict[str, Any]:
    try:
        lido = json.loads((pasta / MANIFESTO).read_text(encoding="utf-8"))
    except (OSError, ValueError) as erro:
        raise CopiaFalhou(f"{pasta} não é uma cópia do Carteira: falta (ou não se lê) {MANIFESTO}.") from erro
    if lido.get("formato") != FORMATO:
        raise CopiaFalhou(
            "Esta cópia é de uma versão do Carteira que não conheço: atualize-o antes de restaurar."
        )
    return dict(lido)


def copias_em(destino: Path) -> list[Path]:
    """As inteiras, da mais nova à mais velha."""
    return sorted((p.parent for p in destino.glob(f"{PREFIXO}*/{MANIFESTO}")), reverse=True)


def guardar_so(destino: Path, quantas: int) -> list[Path]:
    """Apaga as mais velhas, e só o que é cópia nossa; a última inteira nunca se apaga."""
    sobram = copias_em(destino)[max(quantas, 1) :]
    for pasta in sobram:
        shutil.rmtree(pasta)
    return sobram
