"""Os arquivos guardados e as linhas que os citam: nem linha sem arquivo, nem arquivo sem linha."""

import os
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.db.models import QuerySet

from carteira.operacao.verificacao import Pedido, Verificacao
from clientes.models import EstadoDaImportacao, Importacao
from notificacoes.models import EstadoDaMensagem, Mensagem
from relatorios.models import ArquivoGerado, EstadoDoArquivo

LOTE = 1000
_REJEITADAS = ".rejeitadas.csv"


def _sem_arquivo(linhas: QuerySet, campo: str, nome: str) -> Iterator[str]:
    for pk, caminho in linhas.exclude(**{campo: ""}).values_list("pk", campo).iterator(LOTE):
        if not Path(caminho).exists():
            yield f"{nome} {pk}: o arquivo dela não está no disco"


def gerados_sem_arquivo(pedido: Pedido) -> Iterator[str]:
    """Prontos e dentro da validade, que alguém ainda pode querer baixar."""
    prontos = ArquivoGerado.objects.filter(estado=EstadoDoArquivo.PRONTO, expira_em__gt=pedido.agora)
    yield from _sem_arquivo(prontos, "caminho", "a linha de arquivo gerado")


def importacoes_sem_arquivo(pedido: Pedido) -> Iterator[str]:
    """Só as que ainda precisam dele: o das já gravadas serve à memória, e some em um mês."""
    precisam = (
        EstadoDaImportacao.ENVIADA,
        EstadoDaImportacao.CONFERINDO,
        EstadoDaImportacao.CONFERIDA,
        EstadoDaImportacao.APLICANDO,
    )
    importacoes = Importacao.objects.filter(empresa__in=pedido.empresas, estado__in=precisam)
    yield from _sem_arquivo(importacoes, "caminho", "a importação")


def anexos_sem_arquivo(pedido: Pedido) -> Iterator[str]:
    a_sair = Mensagem.objects.filter(estado=EstadoDaMensagem.PENDENTE)
    yield from _sem_arquivo(a_sair, "anexo", "a mensagem")


def orfaos(pedido: Pedido) -> Iterator[str]:
    """De lote em lote: nem o disco nem o banco cabem inteiros na memória."""
    raiz = Path(settings.MEDIA_ROOT)
    yield from _orfaos_de(raiz / "importacoes", Importacao.objects.all(), pedido)
    yield from _orfaos_de(raiz / "relatorios", ArquivoGerado.objects.all(), pedido)


def _orfaos_de(pasta: Path, linhas: QuerySet, pedido: Pedido) -> Iterator[str]:
    achados = iter(_arquivos(pasta, pedido))
    while lote := list(islice(achados, LOTE)):
        donos = {caminho.removesuffix(_REJEITADAS) for caminho in lote}
        citados = set(linhas.filter(caminho__in=donos).values_list("caminho", flat=True))
        for caminho in lote:
            if caminho.removesuffix(_REJEITADAS) not in citados:
                yield f"{os.path.relpath(caminho, settings.MEDIA_ROOT)}: nenhuma linha o cita"


def _arquivos(pasta: Path, pedido: Pedido) -> Iterable[str]:
    """O recém-escrito ainda pode ganhar a sua linha."""
    limite = (pedido.agora - pedido.tolerancia).timestamp()
    if not pasta.is_dir():
        return
    with os.scandir(pasta) as entradas:
        for entrada in entradas:
            if entrada.is_file() and entrada.stat().st_mtime < limite:
                yield entrada.path


VERIFICACOES = (
    Verificacao(
        "arquivo-gerado-no-disco",
        "Todo relatório pronto ainda está no disco.",
        "Confira se o volume de dados (VAR_DIR) é o mesmo da web e do worker. Quem pediu pode pedir de novo.",
        gerados_sem_arquivo,
    ),
    Verificacao(
        "importacao-no-disco",
        "O arquivo de toda importação por terminar ainda está no disco.",
        "Confira se o volume de dados (VAR_DIR) é o mesmo da web e do worker; envie o arquivo de novo.",
        importacoes_sem_arquivo,
    ),
    Verificacao(
        "anexo-no-disco",
        "O anexo de toda mensagem por enviar ainda está no disco.",
        "A mensagem será cancelada ao sair; peça o relatório de novo.",
        anexos_sem_arquivo,
        grave=False,
    ),
    Verificacao(
        "arquivo-orfao",
        "Todo arquivo guardado é citado por alguma linha.",
        "São restos (de um banco restaurado, por exemplo). Têm dado pessoal: apague-os da pasta de arquivos.",
        orfaos,
        grave=False,
    ),
)
