"""O que todo resultado recebe: quem olha, que dias, que recorte; e como isso entra numa consulta.

O vendedor e a equipe de um fato são os do dia dele (dono na data); os outros atributos do cliente são os de hoje.
"""

import calendar
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from dateutil.relativedelta import relativedelta
from django.conf import settings

from atividade.giro import Janela, dias_da_atribuicao
from clientes.models import Campanha, CanalDeContato, Cliente, Municipio, Segmento
from clientes.models.lista import TipoDeOferta
from contas.models import Empresa, Equipe, Usuario
from contas.replica import conexao

SEM = "0"
MESES_NA_SERIE = 12
MAIOR_ATRIBUICAO = 180
_SQL = Path(__file__).parent / "sql"


def mes_de(dia: date) -> Janela:
    return Janela(dia.replace(day=1), dia.replace(day=calendar.monthrange(dia.year, dia.month)[1]))


def meses_ate(dia: date) -> list[Janela]:
    """Os doze meses que terminam no deste dia."""
    ultimo = dia.replace(day=1)
    return [mes_de(ultimo - relativedelta(months=n)) for n in reversed(range(MESES_NA_SERIE))]


@dataclass(frozen=True, slots=True)
class Recorte:
    """De que resultados se fala; vazio é todos, `"0"` é "sem": sem campanha, sem vendedor."""

    empresa: tuple[str, ...] = ()
    vendedor: tuple[str, ...] = ()
    equipe: tuple[str, ...] = ()
    segmento: tuple[str, ...] = ()
    uf: tuple[str, ...] = ()
    municipio: tuple[str, ...] = ()
    campanha: tuple[str, ...] = ()
    oferta: tuple[str, ...] = ()
    canal: tuple[str, ...] = ()
    quem: tuple[str, ...] = ()
    origem: tuple[str, ...] = ()

    @property
    def parametros(self) -> dict[str, list[str]]:
        return {f.name: list(valor) for f in fields(self) if (valor := getattr(self, f.name))}


@dataclass(frozen=True, slots=True)
class Consulta:
    """Quem pergunta, os dias (os dois contados), o recorte, os dias da atribuição e até quando há o que contar."""

    usuario: Usuario
    janela: Janela
    hoje: date
    recorte: Recorte = field(default_factory=Recorte)
    atribuicao: int | None = None  # sem dizer, os dias de cada empresa

    def de(self, janela: Janela) -> "Consulta":
        return replace(self, janela=janela)

    def com(self, **recorte: tuple[str, ...]) -> "Consulta":
        return replace(self, recorte=replace(self.recorte, **recorte))

    def linhas(self, sql: str, **mais: Any) -> list[tuple[Any, ...]]:
        """Roda `sql` com o escopo e as condições do recorte no lugar de `{escopo}` e `{recorte:…}`."""
        escopo, nomeados = self._escopo()
        valores = nomeados | {
            f"r_{f.name}": list(getattr(self.recorte, f.name)) for f in fields(self.recorte)
        }
        valores |= {
            "de": self.janela.de,
            "ate": self.janela.ate,
            "hoje": self.hoje,
            "fuso": settings.TIME_ZONE,
            "atribuicao": self.atribuicao,
        }
        with conexao().cursor() as cursor:
            cursor.execute(sql.replace("{escopo}", escopo), valores | mais)
            return list(cursor.fetchall())

    def _escopo(self) -> tuple[str, dict[str, Any]]:
        """Os clientes que a pessoa vê, como subconsulta de parâmetros com nome."""
        visiveis = Cliente.objects.visiveis_para(self.usuario).order_by().values("pk")
        texto, valores = visiveis.query.sql_with_params()
        nomes = [f"escopo_{n}" for n in range(len(valores))]
        return texto % tuple(f"%({n})s" for n in nomes), dict(zip(nomes, valores, strict=True))

    def condicao(self, *dimensoes: str) -> str:
        """As condições do recorte sobre as colunas que a consulta tem; o que não é pedido não pesa."""
        partes = [f"{DIMENSOES[d].coluna} = ANY(%(r_{d})s)" for d in dimensoes if getattr(self.recorte, d)]
        return " AND ".join(partes) or "true"


@dataclass(frozen=True, slots=True)
class Dimensao:
    """Por onde se abre um resultado; a coluna devolve texto, e `"0"` onde não há."""

    nome: str
    titulo: str
    coluna: str
    ausente: str = ""
    modelo: Any = None

    @property
    def em_frase(self) -> str:
        return "UF" if self.nome == "uf" else self.titulo.lower()


def _id(coluna: str) -> str:
    return f"coalesce({coluna}::text, '0')"


def _texto(coluna: str) -> str:
    return f"coalesce(nullif({coluna}, ''), '0')"


POR_CONTATO, ESPONTANEO = "contato", "espontaneo"
DIMENSOES = {
    d.nome: d
    for d in (
        Dimensao("vendedor", "Vendedor", _id("vendedor_id"), "Sem vendedor", Usuario),
        Dimensao("equipe", "Equipe", _id("equipe_id"), "Sem equipe", Equipe),
        Dimensao("uf", "UF", _texto("uf"), "Sem UF"),
        Dimensao("municipio", "Município", _id("municipio_id"), "Município não reconhecido", Municipio),
        Dimensao("segmento", "Segmento", _id("segmento_id"), "Sem segmento", Segmento),
        Dimensao("campanha", "Campanha", _id("campanha_id"), "Sem campanha", Campanha),
        Dimensao("oferta", "Oferta", _texto("oferta"), "Sem oferta"),
        Dimensao("canal", "Canal", _texto("canal"), "Sem contato"),
        Dimensao("quem", "Quem contatou", _id("atendente_id"), "Sem contato", Usuario),
        Dimensao("origem", "Atribuição", "origem"),
        Dimensao("empresa", "Empresa", _id("empresa_id"), modelo=Empresa),
    )
}


def opcoes_por(nomes: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """As dimensões como opções de um filtro."""
    return tuple((nome, DIMENSOES[nome].titulo) for nome in nomes)


_ROTULOS_FIXOS = {
    "oferta": {str(valor): str(rotulo) for valor, rotulo in TipoDeOferta.choices},
    "canal": {str(valor): str(rotulo) for valor, rotulo in CanalDeContato.choices},
    "origem": {POR_CONTATO: "Por contato", ESPONTANEO: "Espontâneo"},
}


def rotulos(dimensao: Dimensao, chaves: Sequence[str]) -> dict[str, str]:
    """O nome de cada chave, em uma consulta."""
    if dimensao.modelo is None:
        nomes = _ROTULOS_FIXOS.get(dimensao.nome, {})
        return {c: dimensao.ausente if c == SEM else nomes.get(c, c) for c in chaves}
    achados = dimensao.modelo._default_manager.in_bulk([int(c) for c in chaves if c.isdigit() and c != SEM])
    return {c: _nome(achados.get(int(c))) if c != SEM else dimensao.ausente for c in chaves if c.isdigit()}


def _nome(linha: Any) -> str:
    if isinstance(linha, Municipio):
        return f"{linha.nome}/{linha.uf}"
    return str(getattr(linha, "nome", linha or "?"))


@cache
def ler(nome: str) -> str:
    """O SQL, com os dias da atribuição da empresa de cada `{atribuicao:tabela}`."""
    texto = (_SQL / f"{nome}.sql").read_text(encoding="utf-8")
    return re.sub(r"\{atribuicao:(\w)\}", lambda m: dias_da_atribuicao(f"{m[1]}.empresa_id"), texto)
