"""A folha A4 do relatório de risco, para levar à rua: com a barra de ritmo, o que saber antes e onde anotar."""

from datetime import datetime
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone

from contas.models import Papel, Usuario
from relatorios.barra import barra
from relatorios.models import ArquivoGerado
from relatorios.papel import Folha, Parte
from relatorios.risco import Linha, Relatorio


def em_partes(feito: Relatorio, arquivo: ArquivoGerado, *, agora: datetime) -> Folha:
    """O HTML de cada parte; tudo o que a folha usa de fora são estáticos nossos."""
    filtros = [(nome, valor) for nome, valor in arquivo.filtros["descricao"]]
    comum = {
        "relatorio": feito,
        "de_quem": de_quem(arquivo.por, filtros),
        "filtros": filtros,
        "por": arquivo.por,
        "agora": timezone.localtime(agora),
        "anotacoes": range(4),
    }

    def da_parte(parte: Parte) -> str:
        linhas = [(linha, _barra(linha)) for linha in feito.linhas[parte.inicio : parte.fim]]
        return render_to_string("relatorios/folha_de_risco.html", comum | {"linhas": linhas, "parte": parte})

    return da_parte


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
