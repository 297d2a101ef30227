"""As páginas que uma pessoa abre: cada endereço se pede uma vez, e dele se guarda o que o passeio confere."""

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urljoin

import pytest
from django.http import QueryDict
from django.test import Client

_ELO = re.compile(r'(?:href|hx-get)="(/[^"#]*|\?[^"#]*)')
TODOS = "*"


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

    def muda_com(self, filtro: str) -> bool:
        """Sem ler nenhum dos parâmetros, a página seria a mesma, passo por passo."""
        return bool(self.lidos & {TODOS, *parse_qs(filtro)})


@dataclass
class Visita:
    """Uma pessoa no cenário; `abertas` são as páginas que já abriu nele."""

    navegador: Client
    alheio: tuple[str, ...]
    abertas: dict[str, Aberta]

    def abrir(self, url: str) -> Aberta:
        if url not in self.abertas:
            self.abertas[url] = self._pedir(url)
        return self.abertas[url]

    def _pedir(self, url: str) -> Aberta:
        with pytest.MonkeyPatch.context() as trocas:
            trocas.setattr("django.core.handlers.wsgi.QueryDict", ParametrosAnotados)
            trocas.setattr(ParametrosAnotados, "lidos", lidos := set())
            resposta = self.navegador.get(url)
            texto = lido(resposta)
        elos = []
        if resposta.status_code == 302:
            elos = [urljoin(url, resposta["Location"])]
        elif "text/html" in resposta.headers.get("Content-Type", ""):
            elos = [urljoin(url, unescape(elo)) for elo in dict.fromkeys(_ELO.findall(texto))]
        # O que a própria pessoa procurou a página repete.
        texto = texto.replace("q=ALHEIO", "").replace('value="ALHEIO"', "").replace("“ALHEIO”", "")
        alheios = tuple(p for p in self.alheio if p in texto)
        return Aberta(resposta.status_code, tuple(elos), alheios, frozenset(lidos))
