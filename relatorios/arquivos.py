"""Pedir um arquivo e fazê-lo: o estado mora em `ArquivoGerado`, o arquivo fora do que se serve."""

from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from atividade import rotulos
from clientes.models import Cliente
from contas.auditoria import registrar
from contas.models import Usuario
from contas.papeis import Permissao, pode
from relatorios import alcance, papel, pdf
from relatorios.base import Relatorio
from relatorios.composicao import Recorte
from relatorios.folha import NaoDeu, escrever, nome_do_arquivo
from relatorios.folha_de_risco import em_partes
from relatorios.models import (
    ABERTOS,
    AlcanceDoArquivo,
    ArquivoGerado,
    EstadoDoArquivo,
    Formato,
    TipoDeArquivo,
)
from relatorios.papel import MAXIMO_NO_PAPEL, Andamento
from relatorios.pedido import Pedido
from relatorios.risco import relatorio

DIAS_ATE_EXPIRAR = 7
MAXIMO_DE_TENTATIVAS = 3
PASSO_DO_PROGRESSO = 5


@transaction.atomic
def pedir(
    *, por: Usuario, recorte: Recorte, descricao: list[tuple[str, str]], agora: datetime
) -> ArquivoGerado:
    """A folha de risco; um pedido igual ainda na fila é o mesmo: clicar duas vezes não faz dois."""
    filtros = {
        "recorte": {k: list(v) for k, v in asdict(recorte).items() if v},
        "descricao": [list(d) for d in descricao],
    }
    nome = f"relatorio-de-risco-{timezone.localdate(agora):%Y-%m-%d}.pdf"
    return _pedir(
        por,
        agora,
        acao="exportar relatório de risco",
        objeto="PDF",
        tipo=TipoDeArquivo.RELATORIO_DE_RISCO,
        filtros=filtros,
        nome=nome,
    )


@transaction.atomic
def pedir_do_catalogo(
    *,
    por: Usuario,
    relatorio: Relatorio,
    pedido: Pedido,
    descricao: list[tuple[str, str]],
    formato: str,
    agora: datetime,
) -> ArquivoGerado:
    """O mesmo para qualquer relatório do catálogo, em PDF ou planilha."""
    filtros = {
        "relatorio": relatorio.chave,
        "consulta": pedido.consulta,
        "descricao": [list(d) for d in descricao],
    }
    return _pedir(
        por,
        agora,
        acao="exportar relatório",
        objeto=f"{relatorio.titulo} ({formato.upper()})",
        tipo=TipoDeArquivo.RELATORIO,
        titulo=relatorio.titulo[:120],
        formato=formato,
        filtros=filtros,
        nome=nome_do_arquivo(relatorio, pedido, formato),
    )


def _pedir(por: Usuario, agora: datetime, *, acao: str, objeto: str, **campos: Any) -> ArquivoGerado:
    igual = {k: v for k, v in campos.items() if k != "nome"}
    Usuario.objects.select_for_update(no_key=True).get(pk=por.pk)
    aberto: ArquivoGerado | None = ArquivoGerado.objects.filter(por=por, estado__in=ABERTOS, **igual).first()
    if aberto:
        return aberto
    registrar(acao, por=por, objeto=objeto, depois={"filtros": dict(campos["filtros"]["descricao"])})
    arquivo: ArquivoGerado = ArquivoGerado.objects.create(
        por=por, pedido_em=agora, expira_em=agora + timedelta(days=DIAS_ATE_EXPIRAR), **campos
    )
    return arquivo


def gerar(arquivo: ArquivoGerado, *, agora: datetime) -> None:
    """Conta a tentativa antes do trabalho; refeito, escreve por cima do mesmo lugar."""
    arquivo.tentativas, arquivo.progresso = arquivo.tentativas + 1, 0
    arquivo.estado = EstadoDoArquivo.GERANDO
    arquivo.save(update_fields=["tentativas", "estado", "progresso"])
    if arquivo.tentativas > MAXIMO_DE_TENTATIVAS:
        raise NaoDeu("A geração parou no meio três vezes. Use a planilha ou filtre um vendedor.")
    if not pode(arquivo.por, Permissao.EXPORTAR):
        raise NaoDeu("Quem pediu não pode mais exportar.")
    if arquivo.formato == Formato.PDF and pdf.motivo_da_falta():
        raise NaoDeu("Este computador não tem as bibliotecas de PDF. Avise o administrador.")
    destino = Path(settings.MEDIA_ROOT) / "relatorios" / f"{arquivo.pk}.{arquivo.formato}"
    no_comeco = alcance.anotar(arquivo)
    with rotulos.usar(lambda: rotulos.da_pessoa(arquivo.por, _empresas(arquivo))):
        destino = _escrever(arquivo, destino, agora)
    alcance.anotar(arquivo, no_comeco)
    arquivo.tamanho, arquivo.progresso = destino.stat().st_size, 100
    arquivo.caminho, arquivo.pronto_em, arquivo.estado = str(destino), timezone.now(), EstadoDoArquivo.PRONTO
    if not _pronto(arquivo):
        destino.unlink(missing_ok=True)


@transaction.atomic
def _pronto(arquivo: ArquivoGerado) -> bool:
    """Falso se, enquanto se fazia, um titular foi esquecido: o que se leu antes disso se refaz."""
    travado = ArquivoGerado.objects.select_for_update().filter(pk=arquivo.pk).first()
    if travado is None or travado.estado != EstadoDoArquivo.GERANDO:
        return False
    arquivo.save()
    return True


def _escrever(arquivo: ArquivoGerado, destino: Path, agora: datetime) -> Path:
    if arquivo.tipo == TipoDeArquivo.RELATORIO:
        return escrever(arquivo, destino, agora=agora, andamento=_anotar(arquivo))
    feito = relatorio(arquivo.por, Recorte(**_recorte(arquivo)), limite=MAXIMO_NO_PAPEL)
    arquivo.linhas = len(feito.linhas)
    fazer = em_partes(feito, arquivo, agora=agora)
    onde, arquivo.nome, arquivo.paginas = papel.escrever(
        fazer, arquivo.linhas, destino, arquivo.nome, _anotar(arquivo)
    )
    return onde


def _anotar(arquivo: ArquivoGerado) -> Andamento:
    """Grava o progresso de cinco em cinco: quem espera vê andar, e o banco não sente."""

    def anotar(parte: int) -> None:
        if parte - arquivo.progresso >= PASSO_DO_PROGRESSO:
            arquivo.progresso = parte
            ArquivoGerado.objects.filter(pk=arquivo.pk).update(progresso=parte)

    return anotar


def _empresas(arquivo: ArquivoGerado) -> list[int]:
    filtros = arquivo.filtros.get("recorte", arquivo.filtros.get("consulta", {}))
    return [int(pk) for pk in filtros.get("empresa", ())]


def _recorte(arquivo: ArquivoGerado) -> dict[str, tuple[str, ...]]:
    return {nome: tuple(valores) for nome, valores in arquivo.filtros["recorte"].items()}


def falhar(arquivo: ArquivoGerado, mensagem: str) -> None:
    arquivo.estado, arquivo.mensagem = EstadoDoArquivo.FALHOU, mensagem
    arquivo.save(update_fields=["estado", "mensagem"])


def esquecer(cliente: Cliente) -> int:
    """Depois de esquecido um titular: os que se faziam voltam à fila, e os prontos que podem citá-lo somem.

    Nesta ordem: o que se acabe de fazer no meio não volta à fila, mas já se lê como pronto.
    """
    refazer = ArquivoGerado.objects.filter(
        pk__in=alcance.dos_que_citam(cliente).values("pk"), estado=EstadoDoArquivo.GERANDO
    ).update(estado=EstadoDoArquivo.PENDENTE, tentativas=0)
    prontos = list(alcance.dos_que_citam(cliente).filter(estado=EstadoDoArquivo.PRONTO))
    for arquivo in prontos:
        expirar(arquivo)
    return refazer + len(prontos)


def esquecer_fornecedores() -> int:
    """Depois de esquecido um fornecedor: os arquivos do relatório deles voltam à fila ou somem."""
    citam = ArquivoGerado.objects.filter(filtros__relatorio="fornecedores")
    refazer = citam.filter(estado=EstadoDoArquivo.GERANDO).update(
        estado=EstadoDoArquivo.PENDENTE, tentativas=0
    )
    prontos = list(citam.filter(estado=EstadoDoArquivo.PRONTO))
    for arquivo in prontos:
        expirar(arquivo)
    return refazer + len(prontos)


def expirar(arquivo: ArquivoGerado) -> None:
    """Leva o arquivo e deixa a linha: o que saiu e para quem continua escrito."""
    if arquivo.caminho:
        Path(arquivo.caminho).unlink(missing_ok=True)
    arquivo.estado, arquivo.caminho = EstadoDoArquivo.EXPIRADO, ""
    arquivo.save(update_fields=["estado", "caminho"])
    AlcanceDoArquivo.objects.filter(arquivo=arquivo).delete()
