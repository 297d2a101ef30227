"""Pedir um arquivo e fazê-lo: o estado mora em `ArquivoGerado`, o arquivo fora do que se serve."""

from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from atividade import rotulos
from contas.auditoria import registrar
from contas.models import Papel, Usuario
from contas.papeis import Permissao, pode
from relatorios import pdf
from relatorios.barra import barra
from relatorios.composicao import Recorte
from relatorios.models import ABERTOS, ArquivoGerado, EstadoDoArquivo, TipoDeArquivo
from relatorios.risco import LIMITE_DO_PAPEL, Linha, Relatorio, relatorio

DIAS_ATE_EXPIRAR = 7
MAXIMO_DE_TENTATIVAS = 3


class NaoDeu(Exception):
    """O arquivo não sai, e a mensagem diz por quê a quem o pediu."""


@transaction.atomic
def pedir(
    *, por: Usuario, recorte: Recorte, descricao: list[tuple[str, str]], agora: datetime
) -> ArquivoGerado:
    """Um pedido igual ainda na fila é o mesmo: clicar duas vezes não faz dois."""
    filtros = {
        "recorte": {k: list(v) for k, v in asdict(recorte).items() if v},
        "descricao": [list(d) for d in descricao],
    }
    Usuario.objects.select_for_update().get(pk=por.pk)
    aberto: ArquivoGerado | None = ArquivoGerado.objects.filter(
        por=por, tipo=TipoDeArquivo.RELATORIO_DE_RISCO, filtros=filtros, estado__in=ABERTOS
    ).first()
    if aberto:
        return aberto
    registrar("exportar relatório de risco", por=por, objeto="PDF", depois={"filtros": dict(descricao)})
    arquivo: ArquivoGerado = ArquivoGerado.objects.create(
        por=por,
        tipo=TipoDeArquivo.RELATORIO_DE_RISCO,
        filtros=filtros,
        nome=f"relatorio-de-risco-{timezone.localdate(agora):%Y-%m-%d}.pdf",
        pedido_em=agora,
        expira_em=agora + timedelta(days=DIAS_ATE_EXPIRAR),
    )
    return arquivo


def gerar(arquivo: ArquivoGerado, *, agora: datetime) -> None:
    """Conta a tentativa antes do trabalho; refeito, escreve por cima do mesmo lugar."""
    arquivo.tentativas += 1
    arquivo.estado = EstadoDoArquivo.GERANDO
    arquivo.save(update_fields=["tentativas", "estado"])
    if arquivo.tentativas > MAXIMO_DE_TENTATIVAS:
        raise NaoDeu("A geração parou no meio três vezes. Use a planilha ou filtre um vendedor.")
    if not pode(arquivo.por, Permissao.EXPORTAR):
        raise NaoDeu("Quem pediu não pode mais exportar.")
    if pdf.motivo_da_falta():
        raise NaoDeu("Este computador não tem as bibliotecas de PDF. Avise o administrador.")
    destino = Path(settings.MEDIA_ROOT) / "relatorios" / f"{arquivo.pk}.pdf"
    feito = relatorio(arquivo.por, Recorte(**_recorte(arquivo)), limite=LIMITE_DO_PAPEL)
    empresas = [int(pk) for pk in _recorte(arquivo).get("empresa", ())]
    with rotulos.usar(lambda: rotulos.da_pessoa(arquivo.por, empresas)):
        arquivo.paginas = pdf.escrever_pdf(folha(feito, arquivo, agora=agora), destino)
    arquivo.linhas, arquivo.tamanho = len(feito.linhas), destino.stat().st_size
    arquivo.caminho, arquivo.pronto_em, arquivo.estado = str(destino), timezone.now(), EstadoDoArquivo.PRONTO
    arquivo.save()


def _recorte(arquivo: ArquivoGerado) -> dict[str, tuple[str, ...]]:
    return {nome: tuple(valores) for nome, valores in arquivo.filtros["recorte"].items()}


def folha(feito: Relatorio, arquivo: ArquivoGerado, *, agora: datetime) -> str:
    """O HTML da folha A4; tudo o que ela usa de fora são estáticos nossos."""
    filtros = [(nome, valor) for nome, valor in arquivo.filtros["descricao"]]
    contexto = {
        "relatorio": feito,
        "linhas": [(linha, _barra(linha)) for linha in feito.linhas],
        "de_quem": de_quem(arquivo.por, filtros),
        "filtros": filtros,
        "por": arquivo.por,
        "agora": timezone.localtime(agora),
        "anotacoes": range(4),
    }
    return render_to_string("relatorios/folha_de_risco.html", contexto)


def de_quem(usuario: Usuario, filtros: list[tuple[str, str]]) -> str:
    """O título diz de quem é a carteira: a própria, a do vendedor escolhido, ou a que se vê inteira."""
    escolhido = dict(filtros).get("Vendedor", "")
    if usuario.papel == Papel.VENDEDOR:
        return usuario.nome
    return escolhido or ("minhas equipes" if usuario.papel == Papel.GESTOR else "carteira inteira")


def _barra(linha: Linha) -> Any:
    ultima = linha.ind.ultima_compra
    return barra(
        recencia=linha.recencia,
        ciclo=float(linha.ciclo) if linha.ciclo else None,
        quase=(linha.ind.quase_inativo_em - ultima).days,
        inativo=(linha.ind.inativo_em - ultima).days,
        status=linha.ind.status,
    )


def falhar(arquivo: ArquivoGerado, mensagem: str) -> None:
    arquivo.estado, arquivo.mensagem = EstadoDoArquivo.FALHOU, mensagem
    arquivo.save(update_fields=["estado", "mensagem"])


def expirar(arquivo: ArquivoGerado) -> None:
    """Leva o arquivo e deixa a linha: o que saiu e para quem continua escrito."""
    if arquivo.caminho:
        Path(arquivo.caminho).unlink(missing_ok=True)
    arquivo.estado, arquivo.caminho = EstadoDoArquivo.EXPIRADO, ""
    arquivo.save(update_fields=["estado", "caminho"])
