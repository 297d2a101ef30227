"""As páginas que uma pessoa abre: cada endereço se pede uma vez, e dele se guarda o que o passeio confere."""

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from html import unescape
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urljoin, urlsplit

import pytest
from django.http import HttpResponse, QueryDict
from django.test import Client
from django.urls import resolve

from tests.seguranca.carga import vivas

_ELO = re.compile(r'(?:href|hx-get)="(/[^"#]*|\?[^"#]*)')
TODOS = "*"
# O CPF do cliente do cenário, nas formas em que se escreve inteiro.
DOCUMENTO = ("52998224725", "529.982.247-25")

# O telefone e o e-mail de quem fechou todos os canais.
FECHADOS = ("47991230456", "olga@fechado.exemplo")
_FECHADOS = re.compile(r"99123-?0456|olga@fechado")


def fechados(texto: str) -> bool:
    """Mostra o contato de quem pediu para não ser procurado."""
    return bool(_FECHADOS.search(texto))


def lido(resposta: Any) -> str:
    """O texto de uma página, de um CSV em pedaços ou de um XLSX."""
    conteudo = b"".join(resposta.streaming_content) if resposta.streaming else resposta.content
    if conteudo[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(conteudo)) as planilha:
            conteudo = b"".join(planilha.read(n) for n in planilha.namelist())
    return conteudo.decode(errors="replace")


class ParametrosAnotados(QueryDict):
    """Os parâmetros de um pedido, que anotam os que a página leu; quem os percorre leu todos.

    Repeti-los num elo (`copy`, `urlencode`) não é lê-los: na cópia se anota como aqui.
    """

    lidos: set[str] = set()

    def __getitem__(self, nome: str) -> Any:
        self.lidos.add(nome)
        return super().__getitem__(nome)

    def getlist(self, nome: str, default: Any = None) -> Any:
        self.lidos.add(nome)
        return super().getlist(nome, default)

    def __contains__(self, nome: object) -> bool:
        self.lidos.add(str(nome))
        return super().__contains__(nome)

    def pop(self, nome: str, *reserva: Any) -> Any:
        self.lidos.add(nome)
        return super().pop(nome, *reserva)

    def __deepcopy__(self, memo: dict[int, Any]) -> "ParametrosAnotados":
        copia = type(self)("", mutable=True, encoding=self.encoding)
        for nome, valores in super().lists():
            copia.setlist(nome, valores)
        return copia

    def urlencode(self, safe: str | None = None) -> str:
        simples = QueryDict(mutable=True, encoding=self.encoding)
        for nome, valores in super().lists():
            simples.setlist(nome, valores)
        return simples.urlencode(safe)


def _le_todos(metodo: str) -> Callable[..., Any]:
    def _percorrer(self: ParametrosAnotados, *args: Any) -> Any:
        self.lidos.add(TODOS)
        return getattr(QueryDict, metodo)(self, *args)

    return _percorrer


for _metodo in ("__iter__", "__len__", "keys", "values", "items", "lists", "dict"):
    setattr(ParametrosAnotados, _metodo, _le_todos(_metodo))


@dataclass(frozen=True)
class Aberta:
    codigo: int
    elos: tuple[str, ...]  # os que mostra, ou para onde manda
    alheios: tuple[str, ...]  # o que mostra do que é de outros
    lidos: frozenset[str]  # os parâmetros que leu
    vivas: tuple[str, ...] = ()  # onde a carga dos textos faria algo
    documento: bool = False  # mostra um documento inteiro
    fechados: bool = False  # mostra o contato de um canal fechado
    inteira: bool = False  # é uma página, e não um pedaço dela nem um arquivo

    def muda_com(self, filtro: str) -> bool:
        """Sem ler nenhum dos parâmetros, a página seria a mesma, passo por passo."""
        return bool(self.lidos & {TODOS, *parse_qs(filtro)})

    def leu(self, url: str) -> bool:
        """Todos os parâmetros do endereço."""
        return TODOS in self.lidos or parametros(url) <= self.lidos


@dataclass
class Visita:
    """Uma pessoa no cenário; `abertas` são as páginas que já abriu nele."""

    navegador: Client
    alheio: tuple[str, ...]
    abertas: dict[str, Aberta]

    def abrir(self, url: str) -> Aberta:
        if url not in self.abertas:
            self.abertas[url] = self._pedir(url)
        assert not self.abertas[url].vivas, (url, self.abertas[url].vivas)
        return self.abertas[url]

    def abrir_de_uma_vez(self, urls: tuple[str, ...]) -> Iterator[tuple[str, Aberta]]:
        """Os parâmetros de vários elos num pedido só; sozinho, o que assim não se lê, e todos se assim não abre."""
        sozinhos = urls
        if len(urls) > 1:
            junta = self.abrir(juntar(urls))
            if junta.codigo == 200:
                yield juntar(urls), junta
                sozinhos = tuple(url for url in urls[1:] if not junta.leu(url))
        for url in sozinhos:
            yield url, self.abrir(url)

    def _pedir(self, url: str) -> Aberta:
        with pytest.MonkeyPatch.context() as trocas:
            trocas.setattr("django.core.handlers.wsgi.QueryDict", ParametrosAnotados)
            trocas.setattr(ParametrosAnotados, "lidos", lidos := set())
            resposta = self.navegador.get(url)
            texto = lido(resposta)
        elos, tipo = [], resposta.headers.get("Content-Type", "")
        cargas = vivas(texto, tipo)
        if resposta.status_code == 302:
            elos = [urljoin(url, resposta["Location"])]
        elif "text/html" in tipo:
            elos = [urljoin(url, unescape(elo)) for elo in dict.fromkeys(_ELO.findall(texto))]
        # O que a própria pessoa procurou a página repete.
        texto = texto.replace("q=ALHEIO", "").replace('value="ALHEIO"', "").replace("“ALHEIO”", "")
        alheios = tuple(p for p in self.alheio if p in texto)
        inteiro = any(d in texto for d in DOCUMENTO)
        return Aberta(
            resposta.status_code,
            tuple(elos),
            alheios,
            frozenset(lidos),
            cargas,
            inteiro,
            fechados(texto),
            resposta.status_code == 200 and "html" in tipo and "</html>" in texto,
        )


# ── De elo em elo ────────────────────────────────────────────────────────────


# Mudam a forma da página, e não o que entra nela: cada um se abre no seu endereço.
DAO_FORMA = frozenset({
    "formato", "ver", "tabela", "agrupar", "linhas", "colunas", "data", "visao", "forma", "tipo", "inteira",
    "copiar", "evento", "movimento", "voltar",
})  # fmt: skip


def parametros(url: str) -> frozenset[str]:
    return frozenset(parse_qs(urlsplit(url).query))


def juntar(urls: tuple[str, ...]) -> str:
    """O primeiro endereço com os parâmetros que os outros, do mesmo caminho, têm a mais."""
    pares: list[tuple[str, str]] = []
    for url in urls:
        ja = {nome for nome, _ in pares}
        pares += [(n, v) for n, v in parse_qsl(urlsplit(url).query) if n not in ja]
    return f"{urlsplit(urls[0]).path}?{urlencode(pares)}"


@cache
def _rota_da_forma(caminho: str) -> str:
    return resolve(caminho).route


def rota_de(caminho: str) -> str:
    """A rota que atende o caminho; um elo que não leva a nenhuma reprova (`Resolver404`)."""
    return _rota_da_forma(re.sub(r"[0-9]+", "1", caminho))


@dataclass
class Elos:
    """Os elos por abrir: cada rota uma vez, e outra enquanto houver parâmetro que ela ainda não teve.

    Sai primeiro o que traz mais parâmetros novos: um endereço com seis vale por seis com um. Com `contam`, só
    esses pedem a rota outra vez.
    """

    contam: frozenset[str] | None = None
    abertos: dict[str, set[str]] = field(default_factory=dict)
    _esperam: dict[tuple[str, frozenset[str]], str] = field(default_factory=dict)

    def por(self, url: str) -> str:
        """Guarda o que traz algo novo; devolve a rota."""
        partes = urlsplit(url)
        rota = rota_de(partes.path)
        chave = rota, frozenset(parse_qs(partes.query))
        if self._novos(chave):
            self._esperam.setdefault(chave, url)
        return rota

    def _novos(self, chave: tuple[str, frozenset[str]]) -> int:
        rota, parametros = chave
        if rota not in self.abertos:
            return 1 + len(parametros)
        novos = parametros - self.abertos[rota]
        return len(novos if self.contam is None else novos & self.contam)

    def tirar(self) -> tuple[str, ...]:
        """Os próximos a abrir, que cabem num pedido só; nenhum, quando tudo o que se mostrou já se abriu."""
        melhor = max(self._esperam, key=self._novos, default=None)
        if melhor is None or not self._novos(melhor):
            return ()
        urls = [self._abrir(melhor)]
        caminho = urlsplit(urls[0]).path
        for chave in [c for c, url in self._esperam.items() if urlsplit(url).path == caminho]:
            a_mais = chave[1] - self.abertos[melhor[0]]
            if self._novos(chave) and not a_mais & DAO_FORMA:
                urls.append(self._abrir(chave))
        return tuple(urls)

    def _abrir(self, chave: tuple[str, frozenset[str]]) -> str:
        self.abertos.setdefault(chave[0], set()).update(chave[1])
        return self._esperam.pop(chave)


def recusa_nua(codigo: int) -> Callable[..., HttpResponse]:
    """A página de recusa sem a casca: onde se confere só o código, desenhá-la mil vezes não prova nada."""
    return lambda request, exception=None: HttpResponse(status=codigo)
