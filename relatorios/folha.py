"""Um relatório do catálogo em arquivo: a folha A4 em PDF, ou a planilha, com o que a tela mostra e nada mais."""

import shutil
from datetime import datetime
from itertools import islice
from pathlib import Path

from django.template.loader import render_to_string
from django.utils import timezone

from contas.papeis import pode
from relatorios import catalogo, papel, pdf
from relatorios.base import Relatorio
from relatorios.models import ArquivoGerado, Formato
from relatorios.papel import MAXIMO_NO_PAPEL, Andamento, Folha, Parte
from relatorios.pedido import Pedido, ler_pedido
from relatorios.planilhas import arquivo_xlsx
from relatorios.tabela import Tabela

LARGURA_DO_RETRATO = 116  # a soma das larguras das colunas que cabe em pé
SEM_ALCANCE = "O que este relatório mostrava já não está ao alcance de quem o pede."


class NaoDeu(Exception):
    """O arquivo não sai, e a mensagem diz por quê a quem o pediu."""


def tabela_de(arquivo: ArquivoGerado) -> Tabela:
    """O pedido lido com os olhos de quem recebe, na hora de fazer."""
    relatorio = catalogo.achar(arquivo.filtros["relatorio"])
    if relatorio is None:
        raise NaoDeu("Este relatório não existe mais.")
    if not pode(arquivo.por, relatorio.permissao):
        raise NaoDeu("Quem recebe não pode mais ver este relatório.")
    pedido = ler_pedido(relatorio, arquivo.por, arquivo.filtros["consulta"])
    return Tabela(relatorio, arquivo.por, pedido)


def escrever(arquivo: ArquivoGerado, destino: Path, *, agora: datetime, andamento: Andamento) -> Path:
    """Escreve o arquivo inteiro ou nada, e devolve onde; diz quantas linhas e páginas tem."""
    tabela = tabela_de(arquivo)
    arquivo.linhas = tabela.quantas
    referencia = tabela.relatorio.referencia(tabela.pedido)
    arquivo.filtros |= {
        "achado": tabela.achado,
        "calculado_em": referencia.isoformat() if referencia else "",
    }
    andamento(10)
    if arquivo.formato == Formato.XLSX:
        _escrever_planilha(tabela, destino)
        return destino
    propria = tabela.relatorio.folha(arquivo, tabela.pedido, agora)
    if propria is None and tabela.quantas > MAXIMO_NO_PAPEL:
        maximo = f"{MAXIMO_NO_PAPEL:,}".replace(",", ".")
        raise NaoDeu(f"São mais de {maximo} linhas: use a planilha, ou filtre antes de pedir o PDF.")
    fazer, arquivo.linhas = propria or (em_partes(tabela, arquivo, agora=agora), tabela.quantas)
    andamento(25)
    onde, arquivo.nome, arquivo.paginas = papel.escrever(
        fazer, arquivo.linhas, destino, arquivo.nome, andamento
    )
    return onde


def _escrever_planilha(tabela: Tabela, destino: Path) -> None:
    destino.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with arquivo_xlsx(tabela.colunas_da_planilha, tabela.valores(), tabela.relatorio.titulo) as feito:
        pdf.guardar(destino, lambda saida: shutil.copyfileobj(feito, saida))


def em_partes(tabela: Tabela, arquivo: ArquivoGerado, *, agora: datetime) -> Folha:
    """O HTML de cada parte, na ordem: as linhas vêm num fluxo só; o que a folha usa de fora são estáticos nossos."""
    fluxo = iter(tabela.uma_a_uma())
    comum = {
        "relatorio": tabela.relatorio,
        "pedido": tabela.pedido,
        "tabela": tabela,
        "larguras": larguras(tabela),
        "deitada": deitada(tabela),
        "regra": tabela.relatorio.regra(tabela.pedido),
        "calculado_em": tabela.relatorio.referencia(tabela.pedido),
        "filtros": arquivo.filtros["descricao"],
        "por": arquivo.por,
        "agora": timezone.localtime(agora),
    }

    def da_parte(parte: Parte) -> str:
        linhas = (tabela.celulas(linha) for linha in islice(fluxo, parte.tamanho))
        return render_to_string("relatorios/folha.html", comum | {"linhas": linhas, "parte": parte})

    return da_parte


def deitada(tabela: Tabela) -> bool:
    return sum(c.largura for c in tabela.colunas) > LARGURA_DO_RETRATO


def larguras(tabela: Tabela) -> list[str]:
    """Em %, na proporção das da planilha."""
    soma = sum(c.largura for c in tabela.colunas)
    return [f"{c.largura * 100 / soma:.2f}" for c in tabela.colunas]


def nome_do_arquivo(relatorio: Relatorio, pedido: Pedido, formato: str) -> str:
    return f"{relatorio.chave}-{relatorio.referencia(pedido) or 'sem-data'}.{formato}"
