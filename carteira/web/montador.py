"""O montador de condições: cada gesto é um endereço, e sem script a página inteira volta.

O formulário leva a árvore em campos com o caminho no nome (`mc-0-1` é o campo da segunda condição do primeiro
grupo) e o gesto em `acao`; nada se guarda no servidor até que a lista leve o resultado em `e`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.cache import patch_vary_headers

from carteira.filters import FiltroDeClientes
from carteira.filtros import catalogo, expressao
from carteira.filtros.campos import Campo, Contexto
from carteira.filtros.expressao import Caminho, Condicao, ErroDeFiltro, Grupo, No
from carteira.filtros.operadores import Argumento, Operador, escrever_valor
from carteira.referencias import Referencias
from carteira.web.acesso import exige
from contas.papeis import Permissao

NOVA = Condicao("ultimo_contato", "mais")
_DO_MONTADOR = re.compile(r"m[gconvab](-\d+)*")
_FORA = frozenset({"e", "apos", "acao"})
_GESTO = re.compile(r"(condicao|grupo|tirar):((?:\d+(?:-\d+)*)?)")


@exige(Permissao.VER_CLIENTES)
def montador(request: HttpRequest) -> HttpResponse:
    """A página do montador, o miolo dela depois de um gesto, ou só a contagem."""
    acao = request.GET.get("acao", "")
    raiz, erro_da_url = _arvore(request.GET)
    raiz, foco = _fazer(raiz, acao)
    monte = Montagem(raiz, cobrar=acao == "aplicar")
    consulta = _da_lista(request.GET)
    if acao == "aplicar" and not monte.erros:
        return redirect(f"{reverse('clientes:lista')}?{_com_condicoes(consulta, monte.raiz).urlencode()}")
    contexto = _contexto(request, monte, consulta, foco) | {"erro_da_url": erro_da_url}
    resposta = render(request, _modelo(request), contexto)
    patch_vary_headers(resposta, ["HX-Request", "HX-Target"])
    return resposta


def _modelo(request: HttpRequest) -> str:
    alvo = request.htmx.target if request.htmx else None
    return {"montador": "clientes/_montador.html", "previa-do-filtro": "clientes/_previa_do_filtro.html"}.get(
        alvo, "clientes/montador.html"
    )


def _contexto(request: HttpRequest, monte: "Montagem", consulta: QueryDict, foco: str) -> dict[str, Any]:
    referencias = Referencias.de(request.user)
    filtrada = _com_condicoes(consulta, monte.completas)
    filtro = FiltroDeClientes(filtrada, usuario=request.user, referencias=referencias)
    return {
        "titulo": "Combinar condições",
        "raiz": Bloco.de(monte, Contexto(request.user, referencias), foco),
        "grupos_de_campos": catalogo.por_grupo(request.user),
        "da_lista": [(nome, valor) for nome, valores in consulta.lists() for valor in valores],
        "quantos": filtro.resultado().count(),
        "por_completar": monte.por_completar,
        "cheio": expressao.quantas(monte.raiz) >= expressao.CONDICOES_MAXIMAS,
        "url_voltar": f"{reverse('clientes:lista')}?{_com_condicoes(consulta, monte.raiz).urlencode()}"
        if not monte.erros
        else f"{reverse('clientes:lista')}?{consulta.urlencode()}",
        "ha_filtros_na_lista": any(n not in {"ordem", "por"} for n in consulta),
    }


# ── Da URL à árvore e de volta ───────────────────────────────────────────────


def _arvore(dados: QueryDict) -> tuple[Grupo, str]:
    """A árvore dos campos do formulário ou, na chegada, a de `e`; sem nenhuma, uma condição por preencher."""
    if "mg" in dados:
        return _grupo(dados, ()), ""
    try:
        raiz = expressao.ler(dados.get("e", ""))
    except ErroDeFiltro as erro:
        return Grupo((NOVA,)), str(erro)
    return raiz if raiz.itens else Grupo((NOVA,)), ""


def _grupo(dados: QueryDict, caminho: Caminho) -> Grupo:
    chave = _chave(caminho)
    itens = tuple(_itens(dados, caminho))
    return Grupo(itens, dados.get(f"mg{chave}") == expressao.OU, f"mn{chave}" in dados)


def _itens(dados: QueryDict, caminho: Caminho) -> Iterator[No]:
    for n in range(expressao.CONDICOES_MAXIMAS):
        filho = (*caminho, n)
        chave = _chave(filho)
        if f"mg{chave}" in dados and len(filho) < expressao.PROFUNDIDADE_MAXIMA:
            yield _grupo(dados, filho)
        elif f"mc{chave}" in dados:
            yield _condicao(dados, chave)
        else:
            return


def _condicao(dados: QueryDict, chave: str) -> Condicao:
    """Campo trocado recomeça pelo primeiro operador; operador trocado só guarda valores da mesma espécie."""
    nome, negado = dados[f"mc{chave}"], f"mn{chave}" in dados
    campo = catalogo.CAMPOS.get(nome)
    if campo is None:
        return Condicao(nome, dados.get(f"mo{chave}", ""), (), negado)
    operador = campo.operadores.get(dados.get(f"mo{chave}", ""))
    if operador is None or dados.get(f"ma{chave}", nome) != nome:
        return Condicao(nome, next(iter(campo.operadores)), (), negado)
    antes = campo.operadores.get(dados.get(f"mb{chave}", ""), operador)
    if _especies(antes) != _especies(operador):
        return Condicao(nome, operador.nome, (), negado)
    valores = [
        v for i, _ in enumerate(operador.argumentos) for v in dados.getlist(f"mv{chave}-{i}") if v.strip()
    ]
    return Condicao(nome, operador.nome, tuple(valores), negado)


def _especies(operador: Operador) -> list[tuple[str, bool]]:
    return [(a.entrada, a.inteiro) for a in operador.argumentos]


def _chave(caminho: Caminho) -> str:
    return "".join(f"-{n}" for n in caminho)


def _da_lista(dados: QueryDict) -> QueryDict:
    """O que a lista já filtrava, que o montador leva e traz."""
    nova = dados.copy()
    for nome in list(nova):
        if nome in _FORA or _DO_MONTADOR.fullmatch(nome):
            del nova[nome]
    return nova


def _com_condicoes(consulta: QueryDict, raiz: Grupo) -> QueryDict:
    nova = consulta.copy()
    if texto := expressao.escrever(raiz):
        nova["e"] = texto
    return nova


def _fazer(raiz: Grupo, acao: str) -> tuple[Grupo, str]:
    """A árvore depois do gesto, e o que deve receber o foco."""
    achado = _GESTO.fullmatch(acao)
    if achado is None:
        return raiz, ""
    caminho = tuple(int(n) for n in achado[2].split("-")) if achado[2] else ()
    if achado[1] == "tirar":
        return (expressao.sem(raiz, caminho) if caminho else raiz), f"mais{_chave(caminho[:-1])}"
    pai = expressao.no_caminho(raiz, caminho)
    if not isinstance(pai, Grupo) or expressao.quantas(raiz) >= expressao.CONDICOES_MAXIMAS:
        return raiz, ""
    if achado[1] == "grupo":
        if len(caminho) + 1 >= expressao.PROFUNDIDADE_MAXIMA:
            return raiz, ""
        novo: No = Grupo((NOVA,), qualquer=not pai.qualquer)
        foco = f"mc{_chave((*caminho, len(pai.itens), 0))}"
    else:
        novo, foco = NOVA, f"mc{_chave((*caminho, len(pai.itens)))}"
    return expressao.acrescentar(raiz, caminho, novo), foco


# ── O que a tela mostra ──────────────────────────────────────────────────────


@dataclass
class Montagem:
    """A árvore com as condições conferidas: quais faltam preencher e quais não se entendem."""

    raiz: Grupo
    cobrar: bool = False  # só ao aplicar o que falta é erro
    erros: dict[Caminho, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for caminho, condicao in expressao.condicoes(self.raiz):
            try:
                catalogo.valores_de(condicao)
            except ErroDeFiltro as erro:
                self.erros[caminho] = str(erro)

    @property
    def por_completar(self) -> int:
        return len(self.erros)

    @property
    def completas(self) -> Grupo:
        """Só as condições que já se entendem: é delas a contagem."""
        raiz = self.raiz
        for caminho in sorted(self.erros, reverse=True):
            raiz = expressao.sem(raiz, caminho)
        return raiz

    def a_dizer(self, caminho: Caminho) -> str:
        """O erro de uma condição, quando já é hora de dizê-lo."""
        no = expressao.no_caminho(self.raiz, caminho)
        vazia = isinstance(no, Condicao) and not no.valores
        return "" if vazia and not self.cobrar else self.erros.get(caminho, "")


@dataclass
class Entrada:
    """Um valor a preencher."""

    argumento: Argumento
    nome: str
    valor: str = ""
    opcoes: list[tuple[str, str, bool]] = field(default_factory=list)


@dataclass
class Bloco:
    """Um nó pronto para o modelo: um grupo com os seus blocos, ou uma condição com os seus campos."""

    chave: str
    no: No
    ordem: str = ""
    filhos: list["Bloco"] = field(default_factory=list)
    campo: Campo | None = None
    operador: Operador | None = None
    entradas: list[Entrada] = field(default_factory=list)
    erro: str = ""
    foco: str = ""
    cabe_grupo: bool = False

    @classmethod
    def de(cls, monte: Montagem, ctx: Contexto, foco: str, caminho: Caminho = ()) -> "Bloco":
        no = expressao.no_caminho(monte.raiz, caminho)
        assert no is not None
        ordem = ".".join(str(n + 1) for n in caminho)
        bloco = cls(_chave(caminho), no, ordem, foco=foco, erro=monte.a_dizer(caminho))
        if isinstance(no, Grupo):
            bloco.filhos = [cls.de(monte, ctx, foco, (*caminho, n)) for n in range(len(no.itens))]
            bloco.cabe_grupo = len(caminho) + 1 < expressao.PROFUNDIDADE_MAXIMA
            return bloco
        bloco.campo = catalogo.CAMPOS.get(no.campo)
        if bloco.campo is not None:
            bloco.operador = bloco.campo.operadores.get(no.operador)
            bloco.entradas = list(_entradas(bloco, ctx))
        return bloco

    @property
    def e_grupo(self) -> bool:
        return isinstance(self.no, Grupo)

    @property
    def caminho(self) -> str:
        return self.chave.removeprefix("-")

    @property
    def com_foco(self) -> bool:
        return self.foco == f"{'mais' if self.e_grupo else 'mc'}{self.chave}"


def _entradas(bloco: Bloco, ctx: Contexto) -> Iterator[Entrada]:
    """Os valores que o operador pede, com o que já se escreveu; o texto que não se leu volta como veio."""
    assert isinstance(bloco.no, Condicao)
    assert bloco.campo is not None
    restam = list(bloco.no.valores)
    for i, argumento in enumerate(bloco.operador.argumentos if bloco.operador else ()):
        nome = f"mv{bloco.chave}-{i}"
        if argumento.entrada == "opcoes":
            opcoes = [(v, rotulo, v in restam) for v, rotulo in bloco.campo.opcoes(ctx)]
            yield Entrada(argumento, nome, opcoes=opcoes)
        else:
            yield Entrada(argumento, nome, _como_se_escreve(argumento, restam.pop(0) if restam else ""))


def _como_se_escreve(argumento: Argumento, texto: str) -> str:
    try:
        return escrever_valor(argumento.ler(texto)) if texto else ""
    except ErroDeFiltro:
        return texto


# ── As fichinhas da lista ────────────────────────────────────────────────────


@dataclass
class Ficha:
    """Uma condição em palavras com o endereço que a tira, ou um grupo delas."""

    texto: str = ""
    url: str = ""
    filhas: list["Ficha"] = field(default_factory=list)
    ligacao: str = "e"
    negado: bool = False

    @property
    def dita(self) -> str:
        """Sem os elos, para o papel."""
        if not self.filhas:
            return self.texto
        partes = (f"({f.dita})" if f.filhas else f.texto for f in self.filhas)
        return f" {self.ligacao} ".join(
            f"não {parte}" if f.negado else parte for f, parte in zip(self.filhas, partes, strict=True)
        )


def fichas(filtro: FiltroDeClientes, consulta: QueryDict) -> Ficha | None:
    """As condições de `e` como se mostram na lista; nada sem elas."""
    raiz = filtro.condicoes
    if not raiz.itens:
        return None
    return _ficha(raiz, raiz, (), filtro.contexto, consulta, {})


def _ficha(
    raiz: Grupo,
    no: No,
    caminho: Caminho,
    ctx: Contexto,
    consulta: QueryDict,
    lidas: dict[str, dict[str, str]],
) -> Ficha:
    if isinstance(no, Condicao):
        nova = consulta.copy()
        for nome in ("apos", "e"):
            nova.pop(nome, None)
        nova = _com_condicoes(nova, expressao.sem(raiz, caminho))
        sem_nao = replace(no, negado=False)
        return Ficha(catalogo.em_palavras(sem_nao, ctx, lidas), f"?{nova.urlencode()}", negado=no.negado)
    filhas = [_ficha(raiz, item, (*caminho, n), ctx, consulta, lidas) for n, item in enumerate(no.itens)]
    return Ficha(filhas=filhas, ligacao="ou" if no.qualquer else "e", negado=no.negado)


def endereco_do_montador(consulta: QueryDict) -> str:
    nova = consulta.copy()
    nova.pop("apos", None)
    return f"{reverse('clientes:filtro')}?{nova.urlencode()}"


urlpatterns = [path("filtro/", montador, name="filtro")]
