"""Esquecer alguém: onde há dados de um titular e o que fica no lugar deles. As salas de cima declaram as suas.

Uma `Regra` acha as linhas pelo dono; um `Texto`, pelo que nelas se lê (o nome, o documento, o telefone, o e-mail),
onde várias pessoas dividem o mesmo texto. Tudo em conjuntos, uma instrução por tabela.
"""

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote, quote_plus

from django.apps import apps
from django.db import connection

from clientes.documentos import normalizar_documento
from clientes.models import Cliente, Fornecedor, PessoaDeContato
from clientes.telefones import como_se_le

SUBSTITUTO = "titular anonimizado"
# Um nome de uma palavra só ("Financeiro") é de muita gente: só se troca nos textos do próprio titular, e não se curto.
MENOR_NOME_SO = 8


@dataclass(frozen=True, slots=True)
class Titular:
    """De quem se fala: o cliente inteiro, ou só uma pessoa de contato dele."""

    cliente: Cliente
    pessoa: PessoaDeContato | None = None

    @property
    def chaves(self) -> dict[str, int | None]:
        return {"cliente": self.cliente.pk, "pessoa": self.pessoa.pk if self.pessoa else None}

    @property
    def anonimizado(self) -> bool:
        return (self.pessoa.anonimizada_em if self.pessoa else self.cliente.anonimizado_em) is not None


class DeQuem(Protocol):
    """De quem se esquece: as chaves que o SQL das regras cita, e se é só uma pessoa de contato."""

    @property
    def chaves(self) -> Mapping[str, int | None]: ...

    @property
    def pessoa(self) -> PessoaDeContato | None: ...


@dataclass(frozen=True, slots=True)
class TitularFornecedor:
    """O fornecedor como titular: o que há dele não passa por cliente nenhum."""

    fornecedor: Fornecedor
    pessoa: None = None

    @property
    def chaves(self) -> dict[str, int | None]:
        return {"fornecedor": self.fornecedor.pk}


@dataclass(frozen=True, slots=True)
class Regra:
    """As linhas do dono: `campos` diz, por coluna, o que fica no lugar (em SQL); sem eles, a linha sai."""

    nome: str
    tabela: str
    onde: str = "t.cliente_id = %(cliente)s"
    campos: tuple[tuple[str, str], ...] = ()
    da_pessoa: str = ""  # como achar as de uma pessoa de contato só; vazio, não a citam

    def filtro(self, titular: DeQuem) -> str:
        return self.da_pessoa if titular.pessoa else self.onde


@dataclass(frozen=True, slots=True)
class Texto:
    """Colunas de texto (ou jsonb) em que se troca o que identifica; `onde` limita as linhas lidas."""

    nome: str
    tabela: str
    colunas: tuple[str, ...]
    onde: str = "true"
    json: tuple[str, ...] = ()

    @property
    def do_cliente(self) -> bool:
        """As linhas são de um cliente só; as outras, várias pessoas dividem."""
        return "%(cliente)s" in self.onde


def valores_de(titular: Titular) -> list[str]:
    """O que identifica o titular onde quer que se leia, nas formas em que se escreve; do mais longo ao mais curto."""
    achados: set[str] = set()
    for dono in _donos(titular):
        achados |= _de_uma_pessoa(_nomes(dono), dono.telefone, dono.email)
    if titular.pessoa is None:
        achados.update(_do_documento(titular.cliente.documento))
    return _uteis(achados)


def nomes_de_uma_palavra(titular: Titular) -> list[str]:
    """Os nomes que só nos textos do próprio cliente dizem quem é."""
    nomes = (nome.strip() for dono in _donos(titular) for nome in _nomes(dono))
    return _uteis({n for n in nomes if not _composto(n) and len(n) >= MENOR_NOME_SO})


def valores_do_fornecedor(fornecedor: Fornecedor) -> list[str]:
    """O mesmo que `valores_de`, do fornecedor e de com quem se fala nele."""
    nomes = (fornecedor.nome, fornecedor.contato)
    achados = _de_uma_pessoa(nomes, fornecedor.telefone, fornecedor.email)
    return _uteis(achados | _do_documento(fornecedor.documento))


def _donos(titular: Titular) -> list[Cliente | PessoaDeContato]:
    """A pessoa, ou o cliente e as dele; quem já foi esquecido não conta."""
    pessoas = [titular.pessoa] if titular.pessoa else PessoaDeContato.objects.filter(cliente=titular.cliente)
    donos: list[Cliente | PessoaDeContato] = [p for p in pessoas if p is not None and not p.anonimizada_em]
    return donos if titular.pessoa else [*donos, titular.cliente]


def _nomes(dono: Cliente | PessoaDeContato) -> tuple[str, ...]:
    return (dono.razao_social, dono.nome_fantasia) if isinstance(dono, Cliente) else (dono.nome,)


def _composto(nome: str) -> bool:
    return len(nome.split()) > 1


def _de_uma_pessoa(nomes: Iterable[str], telefone: str, email: str) -> set[str]:
    compostos = {nome.strip() for nome in nomes if _composto(nome)}
    return compostos | _do_telefone(telefone) | {email.strip()}


def _uteis(achados: set[str]) -> list[str]:
    """Também como se escrevem numa página e no endereço dela: a consulta guardada é um `q=`."""
    uteis = {v for v in achados if len(v) >= 5}
    formas = {forma(v) for v in uteis for forma in (str, html.escape, quote, quote_plus)}
    return sorted(formas, key=len, reverse=True)


def _do_documento(documento: str) -> set[str]:
    d = normalizar_documento(documento).valor
    if len(d) == 11:
        return {d, f"{d[:3]}.{d[3:6]}.{d[6:9]}-{d[9:]}"}
    if len(d) == 14:
        return {d, f"{d[:2]}.{d[2:5]}.{d[5:8]}/{d[8:12]}-{d[12:]}"}
    return {d} if len(d) >= 8 else set()


def _do_telefone(telefone: str) -> set[str]:
    digitos = re.sub(r"\D", "", telefone)
    if len(digitos) < 8:
        return set()
    return {telefone, digitos, digitos.removeprefix("55"), como_se_le(telefone)}


def padroes(valores: Iterable[str]) -> list[str]:
    """Os mesmos valores para `ILIKE ANY`."""
    return ["%" + re.sub(r"([\\%_])", r"\\\1", v) + "%" for v in valores]


def _expressao(valores: Iterable[str]) -> str:
    return "|".join(re.escape(v) for v in valores)


def contar(regras: Iterable[Regra], titular: DeQuem) -> list[tuple[str, int]]:
    """Quantas linhas de cada tabela seriam tocadas, numa consulta; as vazias não aparecem."""
    partes = [
        f"SELECT '{r.nome}', count(*) FROM {r.tabela} t WHERE {filtro}"
        for r in regras
        if (filtro := r.filtro(titular))
    ]
    if not partes:
        return []
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(partes), titular.chaves)
        somas: dict[str, int] = {}
        for nome, quantas in cursor.fetchall():
            somas[nome] = somas.get(nome, 0) + quantas
    return [(nome, n) for nome, n in somas.items() if n]


def aplicar(
    regras: Iterable[Regra],
    textos: Iterable[Texto],
    titular: DeQuem,
    valores: list[str],
    nomes_so: Iterable[str] = (),
) -> int:
    """Apaga ou substitui, na transação corrente, e conta as linhas; `nomes_so` só se troca nos textos do cliente."""
    dele = sorted({*valores, *nomes_so}, key=len, reverse=True)
    tocadas = 0
    with connection.cursor() as cursor:
        for regra in regras:
            filtro = regra.filtro(titular)
            if not filtro:
                continue
            trocas = ", ".join(f"{coluna} = {valor}" for coluna, valor in regra.campos)
            comando = f"UPDATE {regra.tabela} t SET {trocas}" if trocas else f"DELETE FROM {regra.tabela} t"
            cursor.execute(f"{comando} WHERE {filtro}", titular.chaves)
            tocadas += cursor.rowcount
        for texto in _instalados(textos):
            if procurados := dele if texto.do_cliente else valores:
                tocadas += _trocar(cursor, texto, titular, procurados)
    return tocadas


def _instalados(textos: Iterable[Texto]) -> list[Texto]:
    """Só os de tabelas que esta instalação tem."""
    tabelas = {modelo._meta.db_table for modelo in apps.get_models()}
    return [texto for texto in textos if texto.tabela in tabelas]


def _trocar(cursor: object, texto: Texto, titular: DeQuem, valores: list[str]) -> int:
    trocas = [f"{c} = regexp_replace({c}, %(expressao)s, '{SUBSTITUTO}', 'gi')" for c in texto.colunas] + [
        f"{c} = lgpd_trocar({c}, %(expressao)s, '{SUBSTITUTO}')" for c in texto.json
    ]
    lidas = " || ' ' || ".join(f"coalesce({c}::text, '')" for c in (*texto.colunas, *texto.json))
    cursor.execute(  # type: ignore[attr-defined]
        f"UPDATE {texto.tabela} t SET {', '.join(trocas)} "
        f"WHERE ({texto.onde}) AND ({lidas}) ILIKE ANY (%(padroes)s)",
        {**titular.chaves, "expressao": _expressao(valores), "padroes": padroes(valores)},
    )
    return cursor.rowcount  # type: ignore[attr-defined]
