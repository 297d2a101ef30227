"""A pasta vigiada: o ERP deixa arquivos, o Carteira os importa e os guarda ao lado, com um relatório.

Cada arquivo é uma `Importacao` com a `entrada` dele (nome, hora e conteúdo), única no banco: quem morre no meio
retoma de onde parou, e o mesmo arquivo não entra duas vezes.
"""

import hashlib
import logging
import os
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse

from carteira import importacoes
from carteira.pasta_relatorio import escrever_relatorio
from carteira.travas import Rotina, vez
from clientes.importacao import mapeamentos
from clientes.importacao.leitura import abrir
from clientes.importacao.mapeamentos import lembrado, pronto_para, tipo_pelo_cabecalho
from clientes.importacao.nomes import nome_normalizado
from clientes.importacao.recusa import ArquivoRecusado
from clientes.importacao.tipos import TIPOS
from clientes.models import EstadoDaImportacao, Importacao, OrigemDaImportacao
from contas.models import Empresa
from notificacoes.central import RascunhoDeAviso, avisar
from notificacoes.destinatarios import administradores_de
from notificacoes.models import TipoDeAviso

registro = logging.getLogger("carteira.pasta")
PROCESSADOS, RECUSADOS = "processados", "recusados"
_DE_PASSAGEM = (".tmp", ".part", ".partial", ".filepart", ".crdownload")
_COMPLETO = re.compile(r"completo[-_ ]?(\d{4}-\d{2}-\d{2})[-_ ]?(?:a|ate)?[-_ ]?(\d{4}-\d{2}-\d{2})", re.I)
_SEM_TIPO = (
    "O nome não diz o que o arquivo traz, e nenhum mapeamento reconhece as colunas dele: comece o nome por "
    "clientes, pedidos, itens…, ou importe-o uma vez no navegador e salve o mapeamento."
)


@dataclass(frozen=True, slots=True)
class Lido:
    """O que aconteceu a um arquivo, para o comando contar."""

    empresa: str
    nome: str
    destino: str
    mensagem: str


def olhar(*, hoje: date, agora: float | None = None, esperar: bool = True) -> list[Lido]:
    """Uma passada por todas as empresas; de cada uma, só um processo por vez."""
    if not settings.PASTA_DE_ENTRADA:
        return []
    lidos: list[Lido] = []
    for empresa, pasta in pastas():
        with vez(Rotina.PASTA, empresa.pk) as minha:
            if minha:
                lidos += _olhar_uma(empresa, pasta, hoje, agora or time.time(), esperar=esperar)
    return lidos


def pastas() -> Iterator[tuple[Empresa, Path]]:
    """Uma subpasta por código de empresa; a que falta é criada, para o ERP achar onde escrever."""
    raiz = Path(settings.PASTA_DE_ENTRADA)
    for empresa in Empresa.objects.order_by("codigo"):
        if re.fullmatch(r"[\w.-]+", empresa.codigo) and not empresa.codigo.startswith("."):
            pasta = raiz / empresa.codigo
            pasta.mkdir(parents=True, exist_ok=True)
            yield empresa, pasta


def _olhar_uma(empresa: Empresa, pasta: Path, hoje: date, agora: float, *, esperar: bool) -> list[Lido]:
    lidos = []
    for arquivo in _na_ordem(pasta):
        if esperar and agora - arquivo.stat().st_mtime < settings.PASTA_PARADO_SEGUNDOS:
            break  # ainda cresce, e os seguintes podem depender dele: um pedido espera o seu cliente
        try:
            lido = _tomar(empresa, pasta, arquivo, hoje)
        except OSError as erro:
            registro.warning(
                "pasta de %s: %s não se deixou ler ou mover: %s", empresa.codigo, arquivo.name, erro
            )
            continue
        if lido:
            lidos.append(lido)
    return lidos


def _na_ordem(pasta: Path) -> list[Path]:
    """Clientes antes de pedidos, pedidos antes de itens; entre iguais, o mais antigo."""
    ordem = list(TIPOS)
    arquivos = [
        caminho
        for caminho in pasta.iterdir()
        if caminho.is_file() and not caminho.is_symlink()
        and not caminho.name.startswith((".", "~")) and caminho.suffix.lower() not in _DE_PASSAGEM
    ]  # fmt: skip

    def posicao(caminho: Path) -> tuple[int, int, str]:
        tipo = tipo_pelo_nome(caminho.name)
        return ordem.index(tipo) if tipo else len(ordem), caminho.stat().st_mtime_ns, caminho.name

    return sorted(arquivos, key=posicao)


def tipo_pelo_nome(nome: str) -> str:
    """`Pedidos_20261126.xlsx` é de pedidos; o que não começa pelo nome de um tipo não se sabe."""
    escrito = f"{nome_normalizado(nome)} "
    servem = [tipo for tipo in TIPOS if escrito.startswith(f"{nome_normalizado(tipo)} ")]
    return max(servem, key=len, default="")  # "scores de fornecedores" não é "scores"


# ── Um arquivo ───────────────────────────────────────────────────────────────


def _tomar(empresa: Empresa, pasta: Path, arquivo: Path, hoje: date) -> Lido | None:
    """Do arquivo parado ao arquivo guardado; None se mudou no meio ou se outro processo o está gravando."""
    antes = arquivo.stat()
    conteudo = _sha256(arquivo)
    if arquivo.stat().st_mtime_ns != antes.st_mtime_ns or arquivo.stat().st_size != antes.st_size:
        return None
    entrada = hashlib.sha256(
        f"{empresa.pk}\0{arquivo.name}\0{antes.st_mtime_ns}\0{conteudo}".encode()
    ).hexdigest()
    importacao = Importacao.objects.filter(entrada=entrada).first()
    if importacao is None:
        try:
            importacao = _registrar(empresa, arquivo, entrada, conteudo)
        except ArquivoRecusado as recusa:
            return _recusar_sem_registro(empresa, pasta, arquivo, entrada, str(recusa))
        if importacao is None:
            return _guardar(
                empresa, pasta, arquivo, PROCESSADOS, "o mesmo arquivo já tinha entrado; nada mudou", None
            )
    importacoes.executar(importacao.pk, hoje=hoje)
    importacao.refresh_from_db()
    if importacao.estado in importacoes.EM_ANDAMENTO:
        return None
    return _concluir(empresa, pasta, arquivo, importacao)


def _abrir(arquivo: Path) -> BinaryIO:
    """Um atalho posto no lugar do arquivo não leva a leitura para fora da pasta."""
    return os.fdopen(os.open(arquivo, os.O_RDONLY | os.O_NOFOLLOW), "rb")


def _sha256(arquivo: Path) -> str:
    with _abrir(arquivo) as aberto:
        return hashlib.file_digest(aberto, "sha256").hexdigest()


def _copiar(arquivo: Path, destino: Path) -> None:
    with _abrir(arquivo) as origem, destino.open("wb") as copia:
        destino.chmod(0o600)
        shutil.copyfileobj(origem, copia)


def _registrar(empresa: Empresa, arquivo: Path, entrada: str, conteudo: str) -> Importacao | None:
    """Copia para o lugar privado e abre a importação; None se a última gravação deste tipo foi este mesmo conteúdo."""
    if arquivo.stat().st_size > settings.IMPORTACAO_TAMANHO_MAXIMO:
        limite = settings.IMPORTACAO_TAMANHO_MAXIMO >> 20
        raise ArquivoRecusado(f"O arquivo passa de {limite} MB: divida-o ou use manage.py importar.")
    tipo, mapeamento = _reconhecer(empresa, arquivo)
    ultima = Importacao.objects.filter(empresa=empresa, tipo=tipo, estado=EstadoDaImportacao.APLICADA).first()
    if ultima and ultima.sha256 == conteudo:
        return None
    destino = importacoes.pasta_privada() / f"pasta-{entrada}.dat"
    _copiar(arquivo, destino)
    if _sha256(destino) != conteudo:
        destino.unlink()
        raise OSError("mudou enquanto era copiado")  # a próxima passada o vê parado
    opcoes: dict[str, object] = {"lembrar": False, **({"mapeamento": mapeamento} if mapeamento else {})}
    if achado := _COMPLETO.search(arquivo.name):
        opcoes["completo"] = [achado[1], achado[2]]
    try:
        with transaction.atomic():
            return Importacao.objects.create(
                empresa=empresa,
                tipo=tipo,
                origem=OrigemDaImportacao.PASTA,
                entrada=entrada,
                estado=EstadoDaImportacao.APLICANDO,
                nome_do_arquivo=os.fsencode(arquivo.name).decode(errors="replace")[:200],
                caminho=str(destino),
                sha256=conteudo,
                tamanho=arquivo.stat().st_size,
                opcoes=opcoes,
            )
    except IntegrityError:  # outro processo, noutra máquina, abriu-a primeiro
        return Importacao.objects.get(entrada=entrada)


def _reconhecer(empresa: Empresa, arquivo: Path) -> tuple[str, str]:
    """(tipo, mapeamento de fábrica): o nome decide o tipo; sem ele, o cabeçalho de um mapeamento."""
    if achado := _COMPLETO.search(arquivo.name):
        de, ate = achado[1], achado[2]
        if not _datas_em_ordem(de, ate):
            raise ArquivoRecusado(
                f"O período no nome do arquivo ({de} a {ate}) não existe: corrija e envie de novo."
            )
    tipo = tipo_pelo_nome(arquivo.name)
    with abrir(arquivo, mapeamentos.reconhecer_para(tipo)) as tabela:
        tipo = tipo or tipo_pelo_cabecalho(tabela.cabecalho, empresa)
        if not tipo:
            raise ArquivoRecusado(_SEM_TIPO)
        if lembrado(tabela.cabecalho, empresa, tipo):
            return tipo, ""
        pronto = pronto_para(tabela.cabecalho, tipo)
        return tipo, pronto.nome if pronto else ""


def _datas_em_ordem(de: str, ate: str) -> bool:
    try:
        return date.fromisoformat(de) <= date.fromisoformat(ate)
    except ValueError:
        return False


def _concluir(empresa: Empresa, pasta: Path, arquivo: Path, importacao: Importacao) -> Lido:
    if importacao.estado in {EstadoDaImportacao.APLICADA, EstadoDaImportacao.DESFEITA}:
        contas = importacao.resultado or {}
        frase = f"{contas.get('novas', 0)} novas, {contas.get('atualizadas', 0)} atualizadas"
        return _guardar(empresa, pasta, arquivo, PROCESSADOS, frase, importacao)
    motivo = importacao.mensagem or _por_que_nao_entrou(importacao.resultado or {})
    _avisar_admins(
        empresa,
        arquivo.name,
        motivo,
        f"importacao:{importacao.pk}",
        reverse("importacao:abrir", args=[importacao.pk]),
    )
    return _guardar(empresa, pasta, arquivo, RECUSADOS, motivo, importacao)


def _por_que_nao_entrou(contas: dict[str, object]) -> str:
    """O que a conferência achou e que só uma pessoa decide, na página da importação."""
    if contas.get("rejeitadas"):
        return f"{contas['rejeitadas']} linha(s) com erro, e nada entrou: corrija o arquivo ou decida no navegador."
    return "O arquivo diz ser completo e deixaria de trazer muita coisa: confira e confirme no navegador."


def _recusar_sem_registro(empresa: Empresa, pasta: Path, arquivo: Path, entrada: str, motivo: str) -> Lido:
    """O que nem se sabe de que tipo é não chega a ser uma importação."""
    _avisar_admins(empresa, arquivo.name, motivo, entrada[:32], reverse("importacao:enviar"))
    return _guardar(empresa, pasta, arquivo, RECUSADOS, motivo, None)


def _guardar(
    empresa: Empresa, pasta: Path, arquivo: Path, onde: str, mensagem: str, importacao: Importacao | None
) -> Lido:
    """O relatório primeiro, o arquivo depois: se cair entre os dois, a próxima passada refaz o mesmo."""
    destino = pasta / onde
    destino.mkdir(exist_ok=True)
    marca = importacao.pk if importacao else f"{arquivo.stat().st_mtime_ns}"
    nome = f"{marca}-{arquivo.name}"
    escrever_relatorio(destino / f"{nome}.relatorio.txt", arquivo.name, mensagem, importacao)
    if importacao and importacoes.rejeitadas_de(importacao).exists():
        shutil.copyfile(importacoes.rejeitadas_de(importacao), destino / f"{nome}.rejeitadas.csv")
    os.replace(arquivo, destino / nome)
    return Lido(empresa.codigo, arquivo.name, onde, mensagem)


def _avisar_admins(empresa: Empresa, nome: str, motivo: str, chave: str, caminho: str) -> None:
    avisar(
        RascunhoDeAviso(
            chave=f"pasta:{chave}:{pessoa.pk}",
            tipo=TipoDeAviso.SISTEMA,
            pessoa=pessoa,
            titulo=f"Arquivo da pasta recusado: {nome}",
            texto=motivo,
            caminho=caminho,
        )
        for pessoa in administradores_de(empresa)
    )
