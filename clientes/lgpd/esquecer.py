"""Esquecer alguém: onde há dados de um titular e o que fica no lugar deles. As salas de cima declaram as suas.

Uma `Regra` acha as linhas pelo dono; um `Texto`, pelo que nelas se lê (o nome, o documento, o telefone, o e-mail),
onde várias pessoas dividem o mesmo texto. Tudo em conjuntos, uma instrução por tabela.
"""

import html
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote, quote_plus

from django.apps import apps
from django.db import connection

from clientes.documentos import normalizar_documento
from clientes.lgpd.nomes import Nomes, separar
from clientes.models import Cliente, Fornecedor, PessoaDeContato
from clientes.telefones import como_se_le
from contas.texto import sem_acento

SUBSTITUTO = "titular anonimizado"


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
    de_fora: bool = False  # como o arquivo do ERP trazia: o número pode vir com qualquer pontuação

    @property
    def do_cliente(self) -> bool:
        """As linhas são de um cliente só; as outras, várias pessoas dividem."""
        return "%(cliente)s" in self.onde


@dataclass(frozen=True, slots=True)
class Procurados:
    """O que identifica alguém, nas formas em que se escreve; do mais longo ao mais curto."""

    contatos: list[str]  # telefone, e-mail, documento
    nomes: list[str]  # que são só dele
    de_varios: list[str]  # nomes que outro cadastro também tem
    de_setor: list[str]  # nomes que não são de uma pessoa

    @property
    def em_todo_texto(self) -> list[str]:
        return _do_mais_longo({*self.contatos, *self.nomes})

    @property
    def com_contato(self) -> list[str]:
        """Onde há um contato dele, também o nome que outros têm."""
        return _do_mais_longo({*self.contatos, *self.nomes, *self.de_varios})

    @property
    def nos_dele(self) -> list[str]:
        return _do_mais_longo({*self.contatos, *self.nomes, *self.de_varios, *self.de_setor})


def procurados_de(titular: Titular) -> Procurados:
    donos = _donos(titular)
    contatos, sem_forma = set[str](), set[str]()
    for dono in donos:
        contatos |= _do_telefone(dono.telefone) | {dono.email.strip()}
        sem_forma |= {dono.telefone, dono.email}
    if titular.pessoa is None:
        contatos |= _do_documento(titular.cliente.documento)
        sem_forma.add(titular.cliente.documento)
    oficiais = (nome for dono in donos if isinstance(dono, Cliente) for nome in _nomes(dono))
    nomes = (nome for dono in donos if isinstance(dono, PessoaDeContato) for nome in _nomes(dono))
    return _procurados(contatos, separar(nomes, sem_forma, oficiais=oficiais, cliente=titular.cliente.pk))


def procurados_do_fornecedor(fornecedor: Fornecedor) -> Procurados:
    """O mesmo, do fornecedor e de com quem se fala nele."""
    contatos = (
        _do_telefone(fornecedor.telefone) | {fornecedor.email.strip()} | _do_documento(fornecedor.documento)
    )
    sem_forma = (fornecedor.telefone, fornecedor.email, fornecedor.documento)
    nomes = separar((fornecedor.contato,), sem_forma, oficiais=(fornecedor.nome,), fornecedor=fornecedor.pk)
    return _procurados(contatos, nomes)


def _procurados(contatos: set[str], nomes: Nomes) -> Procurados:
    dele, de_varios, de_setor = (
        _uteis(quais | {sem_acento(nome) for nome in quais})
        for quais in (nomes.dele, nomes.de_varios, nomes.de_setor)
    )
    return Procurados(_uteis(contatos), dele, de_varios, de_setor)


def _donos(titular: Titular) -> list[Cliente | PessoaDeContato]:
    """A pessoa, ou o cliente e as dele; quem já foi esquecido não conta."""
    pessoas = [titular.pessoa] if titular.pessoa else PessoaDeContato.objects.filter(cliente=titular.cliente)
    donos: list[Cliente | PessoaDeContato] = [p for p in pessoas if p is not None and not p.anonimizada_em]
    return donos if titular.pessoa else [*donos, titular.cliente]


def _nomes(dono: Cliente | PessoaDeContato) -> tuple[str, ...]:
    return (dono.razao_social, dono.nome_fantasia) if isinstance(dono, Cliente) else (dono.nome,)


def _uteis(achados: set[str]) -> list[str]:
    uteis = {v for v in achados if len(v) >= 5}
    return _do_mais_longo({forma for v in uteis for forma in _formas(v)})


def _formas(valor: str) -> tuple[str, ...]:
    """Também como o escrevem uma página, o endereço dela (a consulta guardada é um `q=`), um JSON, um XML e um CSV."""
    em_json = json.dumps(valor, ensure_ascii=False)[1:-1]
    em_xml, em_csv = html.escape(valor, quote=False), valor.replace('"', '""')
    return valor, html.escape(valor), quote(valor), quote_plus(valor), em_json, em_xml, em_csv


def _do_mais_longo(valores: set[str]) -> list[str]:
    return sorted(valores, key=lambda v: (-len(v), v))


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


def em_qualquer_pontuacao(valores: Iterable[str]) -> dict[str, str]:
    """De cada número (documento, telefone), sem os zeros da frente, a expressão que o acha com qualquer pontuação."""
    numeros = (v.lstrip("0") for v in valores if v.isalnum() and any(c.isdigit() for c in v))
    return {n: f"(?<![0-9])0*{'[^0-9A-Za-z]{0,3}'.join(n)}(?![0-9])" for n in numeros if len(n) >= 8}


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
    regras: Iterable[Regra], textos: Iterable[Texto], titular: DeQuem, procurados: Procurados | None = None
) -> int:
    """Apaga ou substitui, na transação corrente, e conta as linhas."""
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
        if procurados is not None:
            tocadas += sum(_trocar_em(cursor, t, titular, procurados) for t in _instalados(textos))
    return tocadas


def _trocar_em(cursor: object, texto: Texto, titular: DeQuem, procurados: Procurados) -> int:
    if texto.do_cliente:
        return _trocar(cursor, texto, titular, procurados.nos_dele)
    tocadas = 0
    if procurados.de_varios:
        tocadas += _trocar(cursor, texto, titular, procurados.com_contato, onde=procurados.contatos)
    return tocadas + _trocar(cursor, texto, titular, procurados.em_todo_texto)


def _instalados(textos: Iterable[Texto]) -> list[Texto]:
    """Só os de tabelas que esta instalação tem."""
    tabelas = {modelo._meta.db_table for modelo in apps.get_models()}
    return [texto for texto in textos if texto.tabela in tabelas]


def _trocar(
    cursor: object, texto: Texto, titular: DeQuem, valores: list[str], onde: list[str] | None = None
) -> int:
    """Troca `valores` nas linhas em que se lê algum deles, ou algum de `onde`."""
    lidos = valores if onde is None else onde
    if not lidos:
        return 0
    trocas = [f"{c} = regexp_replace({c}, %(expressao)s, '{SUBSTITUTO}', 'gi')" for c in texto.colunas] + [
        f"{c} = lgpd_trocar({c}, %(expressao)s, '{SUBSTITUTO}')" for c in texto.json
    ]
    lidas = " || ' ' || ".join(f"coalesce({c}::text, '')" for c in (*texto.colunas, *texto.json))
    numeros = [*em_qualquer_pontuacao(lidos).values()] if texto.de_fora else []
    tambem = f" OR ({lidas}) ~* %(numeros)s" if numeros else ""
    cursor.execute(  # type: ignore[attr-defined]
        f"UPDATE {texto.tabela} t SET {', '.join(trocas)} "
        f"WHERE ({texto.onde}) AND (({lidas}) ILIKE ANY (%(padroes)s){tambem})",
        {
            **titular.chaves,
            "expressao": "|".join(filter(None, (_expressao(valores), *numeros))),
            "padroes": padroes(lidos),
            "numeros": "|".join(numeros),
        },
    )
    return cursor.rowcount  # type: ignore[attr-defined]
