"""Os tipos de campo: os operadores de cada um e a condição que fazem.

Uma condição pode dar nulo no banco (quem nunca comprou não tem data). No `WHERE` nulo não passa, e `nao_vale` diz
"não é verdade", que para o nulo é sim: assim negar alcança sempre todos os que a condição não alcança.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from django.core.exceptions import EmptyResultSet, FullResultSet
from django.db.models import BooleanField, DecimalField, F, Func, Q, TextField, Value
from django.db.models.functions import Cast
from django.db.models.lookups import GreaterThanOrEqual, In, IsNull, LessThan, LessThanOrEqual, StartsWith
from django.utils import timezone

from carteira.filtros import operadores as op
from carteira.filtros.operadores import Operador, tabela
from carteira.referencias import Referencias
from clientes.models.cliente import SemAcento
from contas.models import Usuario
from contas.texto import sem_acento

Opcoes = list[tuple[str, str]]
NINGUEM = Q(pk__in=[])


@dataclass(frozen=True)
class Contexto:
    """De quem é a pergunta e em que dia: a compra se conta da referência da empresa; o contato, de hoje."""

    usuario: Usuario
    referencias: Referencias

    @property
    def hoje(self) -> date:
        return self.referencias.hoje


class _NaoVerdade(Func):
    """`(condição) IS NOT TRUE`: falsa ou nula."""

    template = "(%(expressions)s) IS NOT TRUE"
    output_field = BooleanField()
    conditional = True

    def as_sql(self, compiler: Any, connection: Any, **outros: Any) -> tuple[str, Any]:  # type: ignore[override]
        try:
            sql, parametros = compiler.compile(self.source_expressions[0])
        except EmptyResultSet:
            return "TRUE", ()
        except FullResultSet:
            return "FALSE", ()
        return f"({sql}) IS NOT TRUE", parametros


def nao_vale(condicao: Q) -> Q:
    return Q(_NaoVerdade(condicao))


def inicio_do_dia(dia: date) -> datetime:
    return timezone.make_aware(datetime.combine(dia, time()))


@dataclass(frozen=True, kw_only=True)
class Campo:
    """Uma linha do catálogo: tudo o que se sabe de um campo, para a tela, a URL e o banco."""

    nome: str
    rotulo: str
    dica: str = ""
    grupo: str = ""
    operadores: dict[str, Operador] = field(default_factory=dict)
    opcoes: Callable[[Contexto], Opcoes] = field(default=lambda ctx: [])
    fixas: bool = False  # as opções são as mesmas para todos: uma de fora se recusa
    ids: bool = False  # as opções são linhas do banco; a que a pessoa não vê só não acha ninguém
    visivel: Callable[[Usuario], bool] = field(default=lambda usuario: True)

    def q(self, operador: str, valores: list[Any], ctx: Contexto) -> Q:
        raise NotImplementedError


# ── Datas ────────────────────────────────────────────────────────────────────

MAIS = Operador("mais", "há mais de (dias)", "há mais de {0} dias", (op.DIAS,))
MENOS = Operador("menos", "há menos de (dias)", "há menos de {0} dias", (op.DIAS,))
PROXIMOS = Operador("proximos", "nos próximos (dias)", "nos próximos {0} dias", (op.DIAS,))
PASSOU = Operador("passou", "já passou", "já passou")
ENTRE_DATAS = Operador("entre", "entre as datas", "de {0} a {1}", (op.DATA_DE, op.DATA_ATE))
DESDE = Operador("desde", "desde o dia", "desde {0}", (op.DATA,))
ATE = Operador("ate", "até o dia", "até {0}", (op.DATA,))


@dataclass(frozen=True, kw_only=True)
class Data(Campo):
    """Uma data do cliente. `relogio`: quem nunca teve o fato está "há mais" tempo do que qualquer número de dias.

    `de_hoje` conta do relógio da casa (contatos, agenda) e não da referência da empresa; `instante` é data e hora;
    `futura` fala do que vai acontecer.
    """

    coluna: str | Callable[[], Any]
    relogio: bool = False
    de_hoje: bool = False
    instante: bool = False
    futura: bool = False
    nunca: str = "nunca"

    def __post_init__(self) -> None:
        mais = replace(MAIS, rotulo=f"{MAIS.rotulo}, ou {self.nunca}") if self.relogio else MAIS
        quando = (PROXIMOS, PASSOU, mais) if self.futura else (mais, MENOS)
        nunca = Operador("nunca", self.nunca, self.nunca)
        alguma = "tem data" if self.futura else "alguma vez"
        tem = Operador("tem", alguma, alguma)
        object.__setattr__(self, "operadores", tabela(*quando, ENTRE_DATAS, DESDE, ATE, nunca, tem))

    def q(self, operador: str, valores: list[Any], ctx: Contexto) -> Q:
        if operador in ("nunca", "tem"):
            return Q(IsNull(self._expr(), operador == "nunca"))
        if operador in _COM_DATAS:
            return _COM_DATAS[operador](self, *valores)
        if self.de_hoje:
            return self._relativa(operador, valores, ctx.hoje)
        return ctx.referencias.condicao(lambda dia: self._relativa(operador, valores, dia))

    def _relativa(self, operador: str, valores: list[Any], dia: date) -> Q:
        dias = timedelta(days=valores[0]) if valores else timedelta()
        if operador == "mais":
            antes = self.antes(dia - dias)
            return antes | Q(IsNull(self._expr(), True)) if self.relogio else antes
        if operador == "menos":
            return self.a_partir(dia - dias + timedelta(days=1))
        if operador == "passou":
            return self.antes(dia)
        return self.a_partir(dia) & self.antes(dia + dias + timedelta(days=1))

    def antes(self, dia: date) -> Q:
        return Q(LessThan(self._expr(), self._corte(dia)))

    def a_partir(self, dia: date) -> Q:
        return Q(GreaterThanOrEqual(self._expr(), self._corte(dia)))

    def _expr(self) -> Any:
        return F(self.coluna) if isinstance(self.coluna, str) else self.coluna()

    def _corte(self, dia: date) -> Any:
        return inicio_do_dia(dia) if self.instante else dia


_UM_DIA = timedelta(days=1)
_COM_DATAS: dict[str, Callable[..., Q]] = {
    "entre": lambda campo, de, ate: campo.a_partir(de) & campo.antes(ate + _UM_DIA),
    "desde": lambda campo, de: campo.a_partir(de),
    "ate": lambda campo, ate: campo.antes(ate + _UM_DIA),
}

# ── Números ──────────────────────────────────────────────────────────────────


def exato(valor: Decimal) -> Value:
    """O número como foi dito: o campo inteiro não o arredonda antes de comparar."""
    return Value(valor, output_field=DecimalField())


@dataclass(frozen=True, kw_only=True)
class Numero(Campo):
    """Um número do cliente; o que falta não é nem grande nem pequeno, é vazio."""

    coluna: str | Callable[[Contexto], Any]
    unidade: str = ""  # "dias", "R$", "%", "×"
    sem: str = "vazio"
    pode_faltar: bool = True

    def __post_init__(self) -> None:
        um, entre = _formas(self.unidade)
        faltas = (
            Operador("vazio", self.sem, self.sem),
            Operador("tem", f"não é “{self.sem}”", f"não {self.sem}"),
        )
        usados = [
            Operador("min", "é no mínimo", f"≥ {um}", (op.NUMERO,)),
            Operador("max", "é no máximo", f"≤ {um}", (op.NUMERO,)),
            Operador("entre", "está entre", entre, (op.NUMERO_DE, op.NUMERO_ATE)),
            *(faltas if self.pode_faltar else ()),
        ]
        object.__setattr__(self, "operadores", tabela(*usados))

    def q(self, operador: str, valores: list[Any], ctx: Contexto) -> Q:
        if operador in ("vazio", "tem"):
            return Q(IsNull(self._expr(ctx), operador == "vazio"))
        condicao = Q()
        if operador in ("min", "entre"):
            condicao &= Q(GreaterThanOrEqual(self._expr(ctx), exato(valores[0])))
        if operador in ("max", "entre"):
            condicao &= Q(LessThanOrEqual(self._expr(ctx), exato(valores[-1])))
        return condicao

    def _expr(self, ctx: Contexto) -> Any:
        return F(self.coluna) if isinstance(self.coluna, str) else self.coluna(ctx)


def _formas(unidade: str) -> tuple[str, str]:
    if unidade == "R$":
        return "R$ {0}", "de R$ {0} a R$ {1}"
    depois = f" {unidade}" if unidade == "dias" else unidade
    return f"{{0}}{depois}", f"de {{0}} a {{1}}{depois}"


@dataclass(frozen=True, kw_only=True)
class DiasDesde(Campo):
    """Os dias do relógio de uma data. Quem nunca teve o fato está além de qualquer número de dias."""

    data: Data

    OPERADORES: ClassVar = tabela(
        Operador("min", "é no mínimo, ou nunca", "≥ {0} dias", (op.DIAS,)),
        Operador("max", "é no máximo", "≤ {0} dias", (op.DIAS,)),
        Operador(
            "entre", "está entre", "de {0} a {1} dias",
            (op.Argumento("de", "De", "number", op.DIAS.ler, op.DIAS.mostrar, inteiro=True),
             op.Argumento("ate", "Até", "number", op.DIAS.ler, op.DIAS.mostrar, inteiro=True)),
        ),
        Operador("nunca", "nunca", "nunca"),
    )  # fmt: skip

    def __post_init__(self) -> None:
        object.__setattr__(self, "operadores", self.OPERADORES)

    def q(self, operador: str, valores: list[Any], ctx: Contexto) -> Q:
        if operador == "nunca":
            return self.data.q("nunca", [], ctx)
        if operador == "min":
            # "no mínimo N" é "há mais de N - 1"; com zero entram todos, também quem nunca
            return self.data.q("mais", [valores[0] - 1], ctx)
        no_maximo = self.data.q("menos", [valores[-1] + 1], ctx)
        if operador == "max":
            return no_maximo
        return no_maximo & self.data.q("mais", [valores[0] - 1], ctx)


# ── Escolhas, textos e sim ou não ────────────────────────────────────────────

EM = Operador("em", "é", "{0}", (op.OPCOES,))
FORA = Operador("fora", "não é", "não é {0}", (op.OPCOES,))


@dataclass(frozen=True, kw_only=True)
class Escolha(Campo):
    """Um entre vários valores. `condicao` recebe os escolhidos; sem ela, compara a coluna."""

    coluna: str = ""
    condicao: Callable[[list[str], Contexto], Q] | None = None
    falta: str = ""  # o nome de quem não tem nenhuma, se pode não ter

    def __post_init__(self) -> None:
        faltas = (
            (Operador("vazio", self.falta, self.falta), Operador("tem", "tem", "tem")) if self.falta else ()
        )
        object.__setattr__(self, "operadores", tabela(EM, FORA, *faltas))

    def q(self, operador: str, valores: list[Any], ctx: Contexto) -> Q:
        if operador in ("vazio", "tem"):
            vazio = Q(**{f"{self.coluna}__isnull": True}) if self.ids else Q(**{self.coluna: ""})
            return vazio if operador == "vazio" else nao_vale(vazio)
        escolhida = self._uma_de(valores[0], ctx)
        return escolhida if operador == "em" else nao_vale(escolhida)

    def _uma_de(self, valores: list[str], ctx: Contexto) -> Q:
        if self.condicao is not None:
            return self.condicao(valores, ctx)
        return Q(**{f"{self.coluna}__in": [int(v) for v in valores] if self.ids else valores})


@dataclass(frozen=True, kw_only=True)
class Texto(Campo):
    """Um texto livre do cadastro, comparado sem acentos nem maiúsculas."""

    coluna: str
    chave: str = ""  # a coluna já sem acentos, se o banco a guarda
    limpar: Callable[[str], str] = sem_acento  # o que se procura, como a coluna o guarda

    OPERADORES: ClassVar = tabela(
        Operador("eh", "é", "{0}", (op.TEXTO,)),
        Operador("comeca", "começa com", "começa com {0}", (op.TEXTO,)),
        Operador("contem", "contém", "contém {0}", (op.TEXTO,)),
        op.VAZIO,
        op.TEM,
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "operadores", self.OPERADORES)

    def q(self, operador: str, valores: list[Any], ctx: Contexto) -> Q:
        if operador in ("vazio", "tem"):
            vazio = Q(**{self.coluna: ""})
            return vazio if operador == "vazio" else ~vazio
        chave = F(self.chave) if self.chave else SemAcento(F(self.coluna))
        procurado = self.limpar(valores[0].strip())
        if operador == "eh":
            return Q(In(chave, [procurado]))
        if operador == "comeca":
            return Q(StartsWith(Cast(chave, TextField()), procurado))
        return Q(_Contem(chave, Value(procurado)))


@dataclass(frozen=True, kw_only=True)
class Documento(Texto):
    """Fora da ficha vai mascarado: pergunta-se inteiro ou pelo começo, como na busca. Um pedaço do meio, dito aos
    poucos, contaria o que a máscara esconde."""

    OPERADORES: ClassVar = tabela(*(o for n, o in Texto.OPERADORES.items() if n != "contem"))

    def q(self, operador: str, valores: list[Any], ctx: Contexto) -> Q:
        if valores and not self.limpar(valores[0]):
            return NINGUEM
        return super().q(operador, valores, ctx)


class _Contem(Func):
    template = "strpos(%(expressions)s) > 0"
    output_field = BooleanField()
    conditional = True


@dataclass(frozen=True, kw_only=True)
class SimNao(Campo):
    condicao: Callable[[Contexto], Q]
    quando: tuple[str, str] = ("sim", "não")

    def __post_init__(self) -> None:
        sim, nao = self.quando
        object.__setattr__(
            self, "operadores", tabela(Operador("sim", "sim", sim), Operador("nao", "não", nao))
        )

    def q(self, operador: str, valores: list[Any], ctx: Contexto) -> Q:
        sim = self.condicao(ctx)
        return sim if operador == "sim" else nao_vale(sim)


@dataclass(frozen=True, kw_only=True)
class Fato(Campo):
    """Um fato da história do cliente; cada operador tem a sua condição."""

    condicoes: dict[str, Callable[[list[Any], Contexto], Q]]

    def q(self, operador: str, valores: list[Any], ctx: Contexto) -> Q:
        return self.condicoes[operador](valores, ctx)
