"""As ações que o código registra, lidas dele: o que se passa a `registrar` acha-se ali mesmo, ou em quem chama."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

_SALAS = ("contas", "clientes", "atividade", "notificacoes", "relatorios", "carteira")


class _Arquivo:
    """Um arquivo: as funções por nome, as constantes, e cada chamada com a função em que está."""

    def __init__(self, caminho: Path, texto: str) -> None:
        self.caminho, arvore = caminho, ast.parse(texto)
        trazidos = [no for no in ast.walk(arvore) if isinstance(no, ast.ImportFrom)]
        self.constantes = dict(
            par for no in arvore.body if isinstance(no, ast.Assign) for par in _pares(no.targets[0], no.value)
        )
        self.registram = {
            nome.asname or nome.name
            for no in trazidos
            if no.module == "contas.auditoria"
            for nome in no.names
            if nome.name == "registrar"
        }
        self.importa = {n.asname or n.name: n.name for no in trazidos for n in no.names}
        self.chamadas: dict[str, list[tuple[ast.Call, Any]]] = defaultdict(list)
        self._andar(arvore, None)

    def _andar(self, no: ast.AST, funcao: Any) -> None:
        for filho in ast.iter_child_nodes(no):
            if isinstance(filho, ast.Call) and isinstance(filho.func, ast.Name | ast.Attribute):
                nome = filho.func.id if isinstance(filho.func, ast.Name) else filho.func.attr
                self.chamadas[nome].append((filho, funcao))
            self._andar(filho, filho if isinstance(filho, ast.FunctionDef) else funcao)


def _pares(alvo: ast.expr, valor: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(alvo, ast.Name):
        yield alvo.id, valor
    elif isinstance(alvo, ast.Tuple) and isinstance(valor, ast.Tuple):
        yield from ((a.id, v) for a, v in zip(alvo.elts, valor.elts, strict=True) if isinstance(a, ast.Name))


@cache
def _arquivos() -> list[_Arquivo]:
    caminhos = (c for sala in _SALAS for c in sorted(Path(sala).rglob("*.py")) if "migrations" not in c.parts)
    lidos = ((caminho, caminho.read_text(encoding="utf-8")) for caminho in caminhos)
    # quem registra, quem leva uma ação a outro que a registre, e quem lhe dá o nome
    return [_Arquivo(c, texto) for c, texto in lidos if re.search(r"\bregistrar\b|\bacao\b|ACAO", texto)]


@cache
def acoes() -> dict[str, str]:
    """A ação (ou o começo dela, com reticências no fim, quando o resto é o nome da coisa) → onde se registra."""
    achadas: dict[str, str] = {}
    for arquivo in _arquivos():
        for nome in arquivo.registram:
            for chamada, funcao in arquivo.chamadas[nome]:
                lugar = f"{arquivo.caminho}:{chamada.lineno}"
                ditas = list(_ditas(chamada.args[0], funcao, arquivo))
                assert ditas, f"não se sabe que ação se registra em {lugar}"
                achadas |= dict.fromkeys(ditas, lugar)
    return achadas


def _ditas(no: Any, funcao: Any, arquivo: _Arquivo) -> Iterator[str]:
    if isinstance(no, ast.Constant):
        yield str(no.value)
    elif isinstance(no, ast.IfExp):
        yield from _ditas(no.body, funcao, arquivo)
        yield from _ditas(no.orelse, funcao, arquivo)
    elif isinstance(no, ast.JoinedStr):
        comeco = no.values[0]
        quem = comeco.value if isinstance(comeco, ast.FormattedValue) else comeco
        yield from (f"{dita.rstrip()} …" for dita in _ditas(quem, funcao, arquivo))
    elif isinstance(no, ast.Name):
        yield from _do_nome(no.id, funcao, arquivo)


def _do_nome(nome: str, funcao: Any, arquivo: _Arquivo) -> Iterator[str]:
    """Da própria função, do arquivo, do arquivo de onde se importa, ou de quem chama a função."""
    ditos = [
        no.value
        for no in ast.walk(funcao)
        if isinstance(no, ast.Assign) and isinstance(no.targets[0], ast.Name) and no.targets[0].id == nome
    ]
    if ditos or isinstance(arquivo.constantes.get(nome), ast.Constant):
        for dito in ditos or [arquivo.constantes[nome]]:
            yield from _ditas(dito, funcao, arquivo)
        return
    for outro in _arquivos() if nome in arquivo.importa and nome.isupper() else ():
        if isinstance(outro.constantes.get(nome), ast.Constant):
            yield from _ditas(outro.constantes[nome], None, outro)
    yield from _de_quem_chama(nome, funcao, arquivo)


def _de_quem_chama(nome: str, funcao: Any, arquivo: _Arquivo) -> Iterator[str]:
    posicoes = [a.arg for a in funcao.args.args]
    if nome not in [*posicoes, *(a.arg for a in funcao.args.kwonlyargs)]:
        return
    onde = [arquivo] if funcao.name.startswith("_") else _arquivos()
    for outro in onde:
        for chamada, de_onde in outro.chamadas[funcao.name]:
            passado = next((k.value for k in chamada.keywords if k.arg == nome), None)
            if passado is None and nome in posicoes and posicoes.index(nome) < len(chamada.args):
                passado = chamada.args[posicoes.index(nome)]
            if passado is not None:
                yield from _ditas(passado, de_onde, outro)
