"""A fila dos arquivos que demoram: um de cada vez na instalação inteira, porque um PDF longo pesa na memória."""

import logging
from datetime import datetime
from typing import Any

from django.db.models import Q

from carteira.travas import Rotina, ocupada, vez
from contas import replica
from contas.models import Usuario
from relatorios import arquivos
from relatorios.base import Relatorio
from relatorios.composicao import Recorte
from relatorios.models import ABERTOS, ArquivoGerado, EstadoDoArquivo
from relatorios.pedido import Pedido

registro = logging.getLogger("carteira.arquivos")
FALHA = "Algo deu errado do nosso lado. Tente de novo; se persistir, use a planilha e avise o suporte."


def pedir(
    *, por: Usuario, recorte: Recorte, descricao: list[tuple[str, str]], agora: datetime
) -> ArquivoGerado:
    """Anota o pedido e toca a campainha depois de confirmado."""
    arquivo = arquivos.pedir(por=por, recorte=recorte, descricao=descricao, agora=agora)
    _tocar(arquivo.pk)
    return arquivo


def pedir_do_catalogo(
    *,
    por: Usuario,
    relatorio: Relatorio,
    pedido: Pedido,
    descricao: list[tuple[str, str]],
    formato: str,
    agora: datetime,
) -> ArquivoGerado:
    """O mesmo, de um relatório do catálogo."""
    arquivo = arquivos.pedir_do_catalogo(
        por=por, relatorio=relatorio, pedido=pedido, descricao=descricao, formato=formato, agora=agora
    )
    _tocar(arquivo.pk)
    return arquivo


def _tocar(pk: int) -> None:
    from carteira.tasks import gerar_arquivo_task, tocar

    tocar(gerar_arquivo_task, pk)


def executar(arquivo_id: int, *, agora: datetime) -> None:
    """Faz o pedido, se ainda estiver aberto; com outro na vez, espera a campainha dele ou a da varredura."""
    with vez(Rotina.ARQUIVO) as minha:
        if not minha:
            return
        arquivo = (
            ArquivoGerado.objects.select_related("por").filter(pk=arquivo_id, estado__in=ABERTOS).first()
        )
        if arquivo is not None:
            _fazer(arquivo, agora)
    proximo = _abertos().first()
    if proximo:
        _tocar(proximo.pk)


def _fazer(arquivo: ArquivoGerado, agora: datetime) -> None:
    try:
        with replica.lendo():
            arquivos.gerar(arquivo, agora=agora)
    except arquivos.NaoDeu as motivo:
        arquivos.falhar(arquivo, str(motivo))
    except Exception:
        registro.exception("arquivo %s falhou", arquivo.pk)
        arquivos.falhar(arquivo, FALHA)


def _abertos() -> Any:
    return ArquivoGerado.objects.filter(estado__in=ABERTOS).order_by("pedido_em", "pk")


def cuidar_dos_arquivos(*, agora: datetime) -> list[int]:
    """Os vencidos somem; o primeiro da fila toca de novo, se ninguém vivo o está fazendo."""
    vencidos = Q(expira_em__lte=agora, estado=EstadoDoArquivo.PRONTO)
    achados = list(ArquivoGerado.objects.filter(vencidos | Q(estado__in=ABERTOS)).order_by("pedido_em", "pk"))
    for arquivo in achados:
        if not arquivo.aberto or arquivo.expira_em <= agora:
            arquivos.expirar(arquivo)
    fila = [arquivo.pk for arquivo in achados if arquivo.aberto]
    if fila and not ocupada(Rotina.ARQUIVO):
        _tocar(fila[0])
    return [arquivo.pk for arquivo in achados]
