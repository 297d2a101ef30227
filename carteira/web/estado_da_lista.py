"""A URL da lista é o estado inteiro: filtros, ordem, colunas, densidade e a visão de que se partiu."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict

from carteira import colunas
from carteira.selecao import DA_PAGINA, texto_da_consulta
from contas.models import Usuario

TAMANHOS = (25, 50, 100)
TAMANHO_PADRAO = 50
DENSIDADES = {"confortavel": "Confortável", "compacta": "Compacta"}
EDITANDO = "editando"  # a lista viva cujo filtro se está a montar
_CURTO = 64
_UM_ANO = 365 * 24 * 3600
# A cara da lista: não estreita nada, e fica quando os filtros se limpam.
_CARA = ("ordem", "por", "colunas", "densidade", "visao", EDITANDO)
_NAO_FILTRAM = frozenset({*_CARA, "apos", "buscar", "mover"})
_DO_FORMULARIO = frozenset(
    [
        "cidade",
        "valor_min",
        "valor_max",
        "sem_contato",
        "sem_comprar",
        "perfil",
        "porte",
        "equipe",
        "bloqueado",
        "ocultos",
        "apos",
    ]
)


def com(consulta: QueryDict, **mudancas: object) -> str:
    """A mesma lista com algo mudado, sempre de volta à primeira página; nunca vazio, para servir de link.

    Escreve direto: uma página tem duzentos destes elos, e copiar a `QueryDict` a cada um custaria o triplo.
    """
    fora = {"apos", *mudancas}
    pares = [(nome, valor) for nome, valores in consulta.lists() if nome not in fora for valor in valores]
    for nome, valor in mudancas.items():
        if isinstance(valor, list | tuple):
            pares += [(nome, str(v)) for v in valor]
        elif valor not in ("", None):
            pares.append((nome, str(valor)))
    return f"?{urlencode(pares)}"


def elo_que_muda(consulta: QueryDict, nome: str) -> Callable[..., str]:
    """O mesmo que `com(consulta, nome=[…])`, para os menus: o resto do endereço escreve-se uma vez por menu."""
    base = com(consulta, **{nome: ""})
    antes = base if base == "?" else f"{base}&"

    def elo(*valores: str) -> str:
        return antes + "&".join([_par(nome, valor) for valor in valores]) if valores else base

    return elo


def _par(nome: str, valor: str) -> str:
    """O que vem no endereço pode ser qualquer coisa: guarda-se o curto, que se repete."""
    return (_par_curto if len(nome) + len(valor) <= _CURTO else _escrito)(nome, valor)


def _escrito(nome: str, valor: str) -> str:
    return urlencode([(nome, valor)])


_par_curto = lru_cache(maxsize=4096)(_escrito)


def limpar(consulta: QueryDict) -> str:
    nova = QueryDict(mutable=True)
    nova.update({nome: consulta[nome] for nome in _CARA if nome in consulta})
    return f"?{nova.urlencode()}"


def estado(consulta: QueryDict) -> str:
    """O que a ficha precisa para voltar a esta lista e andar nela."""
    nova = consulta.copy()
    nova.pop("apos", None)
    return nova.urlencode()


def filtros(consulta: QueryDict) -> list[str]:
    """Os parâmetros que estreitam a lista."""
    return [nome for nome in consulta if nome not in _NAO_FILTRAM and consulta[nome].strip()]


def so_filtros(consulta: QueryDict) -> str:
    """Enquanto for o mesmo, os marcados continuam marcados: mudar a ordem ou as colunas não desmarca ninguém."""
    nova = consulta.copy()
    for nome in _NAO_FILTRAM:
        nova.pop(nome, None)
    return nova.urlencode()


def fora_do_formulario(consulta: QueryDict) -> list[tuple[str, str]]:
    """O que "Mais filtros" leva escondido para não perder os outros filtros."""
    return [
        (nome, valor) for nome, valores in consulta.lists() if nome not in _DO_FORMULARIO for valor in valores
    ]


def fora_do_seletor(consulta: QueryDict) -> list[tuple[str, str]]:
    """O que o seletor de colunas leva escondido: tudo menos as colunas e a vez da página."""
    fora = {"colunas", "mover", "apos"}
    return [(nome, valor) for nome, valores in consulta.lists() if nome not in fora for valor in valores]


def tamanho_de(texto: str) -> int:
    inteiro = int(texto) if texto.isascii() and texto.isdigit() and len(texto) <= 4 else 0
    return inteiro if inteiro in TAMANHOS else TAMANHO_PADRAO


# ── Colunas ──────────────────────────────────────────────────────────────────


def acertar_colunas(request: HttpRequest) -> bool:
    """Põe as colunas da URL na forma curta (`colunas=a,b`) e obedece ao sobe e desce; diz se mudou algo."""
    consulta = request.GET
    mover = consulta.get("mover", "")
    if not mover and len(consulta.getlist("colunas")) < 2:
        return False
    nova = consulta.copy()
    nova.pop("mover", None)
    nova.pop("colunas", None)
    chaves = [c.chave for c in colunas.escolhidas(consulta.getlist("colunas"), request.user)]
    chave, _, para = mover.partition(":")
    if chave in chaves:
        de = chaves.index(chave)
        ate = min(max(de + (-1 if para == "cima" else 1), 0), len(chaves) - 1)
        chaves.insert(ate, chaves.pop(de))
    if chaves != de_partida(request.user):
        nova["colunas"] = ",".join(chaves)
    request.GET = nova  # type: ignore[misc]
    return True


def de_partida(usuario: Usuario) -> list[str]:
    return [coluna.chave for coluna in colunas.escolhidas((), usuario)]


# ── Densidade ────────────────────────────────────────────────────────────────


def densidade_de(request: HttpRequest) -> str:
    """A da URL ou, sem ela, a última que a pessoa escolheu neste navegador."""
    pedida = request.GET.get("densidade") or request.COOKIES.get("densidade", "")
    return pedida if pedida in DENSIDADES else "confortavel"


def lembrar_densidade(request: HttpRequest, resposta: HttpResponse) -> None:
    pedida = request.GET.get("densidade", "")
    if pedida in DENSIDADES and request.COOKIES.get("densidade") != pedida:
        resposta.set_cookie(
            "densidade", pedida, max_age=_UM_ANO, samesite="Lax", secure=request.is_secure(), httponly=True
        )


# ── O que uma visão guarda ───────────────────────────────────────────────────


def para_guardar(consulta: QueryDict, **cara: str) -> str:
    """Os filtros e a cara da lista, ditos por extenso: amanhã ela abre igual, mude o padrão o que mudar."""
    nova = QueryDict(texto_da_consulta(consulta.urlencode()), mutable=True)
    for nome in ("visao", "buscar", "mover", EDITANDO):
        nova.pop(nome, None)
    for nome, valor in cara.items():
        nova[nome] = valor
    return nova.urlencode()


def mesma(uma: str, outra: str) -> bool:
    """As duas query strings dizem a mesma lista, seja qual for a ordem dos parâmetros."""

    def partes(texto: str) -> list[Any]:
        return sorted(
            (nome, sorted(v for v in valores if v))
            for nome, valores in QueryDict(texto).lists()
            if nome not in DA_PAGINA and any(valores)
        )

    return partes(uma) == partes(outra)
