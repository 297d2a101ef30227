"""Os campos que uma coluna pode ser, nas páginas que ligam colunas."""

from datetime import date

from django.http import HttpRequest

from clientes.importacao import mapeamentos
from clientes.importacao.colunas import CAMPOS
from clientes.importacao.fabrica import PRONTOS
from clientes.importacao.mapeamentos import lembrado, pronto_para
from clientes.importacao.nomes import nome_normalizado
from clientes.importacao.servico import Analise
from clientes.models import Importacao

# Os que se montam de mais de uma coluna (código e loja, prefixo, número e parcela, DDD e telefone).
_COM_PARTES = ("codigo", "cliente_codigo", "numero", "pedido_numero", "telefone", "situacao")
_PARTES = 4


def opcoes_de_campo(tipo: str) -> list[tuple[str, str]]:
    """(valor, rótulo) de cada campo, e das partes seguintes dos que se montam de várias colunas."""
    opcoes = []
    for campo in CAMPOS[tipo]:
        opcoes.append((campo.nome, f"{campo.rotulo} (obrigatório)" if campo.obrigatorio else campo.rotulo))
        if campo.nome in _COM_PARTES:
            opcoes += [
                (f"{campo.nome}+{parte}", f"{campo.rotulo}: {parte}ª parte")
                for parte in range(2, _PARTES + 1)
            ]
    return opcoes


def problema_das_colunas(colunas: dict[str, str]) -> str:
    """Duas colunas para o mesmo campo, ou uma segunda parte sem a primeira."""
    escolhidos = [campo for campo in colunas.values() if campo]
    repetidos = sorted({campo for campo in escolhidos if escolhidos.count(campo) > 1})
    if repetidos:
        return f"Mais de uma coluna ligada a {', '.join(repetidos)}: deixe uma só."
    soltas = sorted({c.partition("+")[0] for c in escolhidos if "+" in c} - set(escolhidos))
    if soltas:
        return f"Falta a primeira parte de {', '.join(soltas)}: ligue a coluna que a traz."
    return ""


def colunas_do_formulario(request: HttpRequest, analise: Analise) -> dict[str, str]:
    """De-para dito na página: toda coluna entra, as ignoradas com campo vazio."""
    validos = {valor for tipo in CAMPOS for valor, _ in opcoes_de_campo(tipo)}
    ditas: dict[str, str] = {}
    for indice, coluna in enumerate(analise.cabecalho):
        campo = request.POST.get(f"coluna_{indice}", "")
        nome = nome_normalizado(coluna)
        if nome and (nome not in ditas or not ditas[nome]):
            ditas[nome] = campo if campo in validos else ""
    return ditas


def escolher_mapeamento(request: HttpRequest, importacao: Importacao, analise: Analise) -> None:
    """O que a pessoa escolhe agora, o que tinha escolhido ou, na primeira vez, o que serve; só o POST o grava."""
    escolhido = (request.POST or request.GET).get("mapeamento")
    if escolhido is None and "mapeamento" not in importacao.opcoes:
        ja_lembrado = lembrado(analise.cabecalho, importacao.empresa, importacao.tipo)
        pronto = ja_lembrado or pronto_para(analise.cabecalho, importacao.tipo)
        escolhido = pronto.nome if pronto else ""
    if escolhido is not None:
        importacao.opcoes = {**importacao.opcoes, "mapeamento": escolhido}
    if request.method == "GET" and "mapeamento" in request.GET:
        importacao.opcoes.pop("colunas", None)


def mapeamentos_para(importacao: Importacao) -> list[tuple[str, list[str]]]:
    """Os que servem para este tipo, em grupos."""
    salvos_ = mapeamentos.salvos(importacao.empresa, importacao.tipo).values_list("nome", flat=True)
    prontos = [m.nome for m in PRONTOS if m.tipo == importacao.tipo]
    return [(rotulo, nomes) for rotulo, nomes in (("Salvos", list(salvos_)), ("Prontos", prontos)) if nomes]


def problema_do_periodo(importacao: Importacao) -> str:
    de, ate = importacao.opcoes["completo"]
    if not de and not ate:
        importacao.opcoes["completo"] = None
        return ""
    try:
        em_ordem = date.fromisoformat(de) <= date.fromisoformat(ate)
    except ValueError:
        em_ordem = False
    return (
        "" if em_ordem else "Diga o período inteiro do arquivo completo: de uma data até outra depois dela."
    )
